//! What of the PKI is in a node's files, whatever they are called, and the same files with something
//! else in its place. Pure.

use std::sync::Arc;

use authority::{Authority, IssueError, KeyAlgorithm, Kind, Names, Profile, Subject, Validity};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::catalogue::Usage as CatalogueUsage;
use cluster::files::Memory;
use cluster::{Files, Kubeconfig, Material, kubeconfig};
use thiserror::Error;
use time::UtcDateTime;
use verify::{Certificate, Curve, PublicKey, Usage, load};
use x509::extension::{GeneralName, general_names, ip_address};
use x509::pem;
use zeroize::Zeroizing;

use crate::given::to_pem;
use crate::keys::{Keys, NewKey, NoKey, half};
use crate::plan::schedule::{Held, Tree};

/// The permission bits of others than owner and group.
const OTHERS: u32 = 0o007;

/// Why something cannot be issued again.
#[derive(Debug, Error)]
pub enum ReissueError {
    /// No key.
    #[error("no key for `{path}`: {source}")]
    Key {
        /// Which file.
        path: String,
        /// Why.
        source: NoKey,
    },
    /// No certificate.
    #[error("`{path}` cannot be issued again: {source}")]
    Issue {
        /// Which file.
        path: String,
        /// Why.
        source: IssueError,
    },
    /// A kubeconfig that holds it in a way that is not understood.
    #[error(
        "`{path}` holds its certificates in a way that cannot be replaced: write them as one line of base64 each"
    )]
    Kubeconfig {
        /// Which file.
        path: String,
    },
}

/// A certificate that is issued again.
#[derive(Clone, Debug)]
pub struct Reissued {
    /// The file that holds it.
    pub path: String,
    /// The certificate of before.
    pub old: Arc<Certificate>,
    /// The new one.
    pub new: Arc<Certificate>,
}

/// A certificate with its key in a tree.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// The file of the certificate.
    pub(crate) path: String,
    /// The files that hold the key: that of the certificate when both are in one, or in a kubeconfig.
    /// None when it is not in the tree.
    pub(crate) keys: Vec<String>,
    /// The certificate, then those that are sent along.
    pub(crate) chain: Vec<Arc<Certificate>>,
    /// Whether it is in a kubeconfig.
    pub(crate) embedded: bool,
}

/// The certificates of a file, when it holds nothing but PEM.
fn certificates(held: &Held) -> Vec<Arc<Certificate>> {
    match is_text_of_kubeconfig(&held.content) {
        true => Vec::new(),
        false => load::client_go_certs(&held.content).unwrap_or_default(),
    }
}

pub(crate) fn is_authority(certificate: &Certificate) -> bool {
    let constraints = certificate.extensions.basic_constraints;
    constraints.is_some_and(|constraints| constraints.is_ca)
}

/// Whether it is worth reading as a kubeconfig.
fn is_text_of_kubeconfig(content: &[u8]) -> bool {
    memchr::memmem::find(content, b"clusters").is_some()
        && memchr::memmem::find(content, b"contexts").is_some()
}

/// A kubeconfig, when the file is one.
fn read_kubeconfig(held: &Held) -> Option<Arc<Kubeconfig>> {
    if !is_text_of_kubeconfig(&held.content) {
        return None;
    }
    const PATH: &str = "/kubeconfig";
    let files = Files::in_memory(Memory::default().file(PATH, held.content.to_vec()), false);
    kubeconfig::at(&files, PATH).parsed.clone().ok()
}

/// What is embedded in a kubeconfig, rather than in a file that it names.
fn embedded(material: Option<&Material>) -> Option<&[u8]> {
    let material = material.filter(|material| material.path().is_none())?;
    material.bytes()
}

fn replace(held: &Held, old: &[u8], new: &[u8]) -> Option<Held> {
    let text = std::str::from_utf8(&held.content).ok()?;
    let (old, new) = (
        Zeroizing::new(STANDARD.encode(old)),
        Zeroizing::new(STANDARD.encode(new)),
    );
    let replaced = text
        .contains(old.as_str())
        .then(|| text.replace(old.as_str(), &new));
    replaced.map(|text| Held {
        content: Zeroizing::new(text.into_bytes()),
        ..*held
    })
}

/// Every file in which certificates are trusted, with what `replace` makes of them where it makes
/// something of them. `apart` are files that are left alone.
///
/// # Errors
/// When a kubeconfig cannot be changed.
pub(crate) fn with_bundles(
    tree: &Tree,
    apart: &[String],
    replace_all: impl Fn(&[Arc<Certificate>]) -> Option<Vec<Arc<Certificate>>>,
) -> Result<Tree, ReissueError> {
    let mut changed = tree.clone();
    for (path, held) in tree.iter().filter(|(path, _)| !apart.contains(path)) {
        let own = certificates(held);
        if own.first().is_some_and(|first| is_authority(first)) {
            if let Some(new) = replace_all(&own) {
                changed.insert(path.clone(), with_text(held, &to_pem(&new)));
            }
            continue;
        }
        let kubeconfig = read_kubeconfig(held);
        let bundle = kubeconfig
            .as_ref()
            .and_then(|it| embedded(it.certificate_authority.as_ref()));
        let Some(bundle) = bundle else { continue };
        let trusted = load::client_go_certs(bundle).unwrap_or_default();
        if let Some(new) = replace_all(&trusted) {
            let wrong = || ReissueError::Kubeconfig { path: path.clone() };
            let new = replace(held, bundle, to_pem(&new).as_bytes()).ok_or_else(wrong)?;
            changed.insert(path.clone(), new);
        }
    }
    Ok(changed)
}

/// Every certificate for which `issuer` vouches, with the place of its key.
pub(crate) fn leaves(tree: &Tree, issuer: &Certificate) -> Vec<Leaf> {
    let mut leaves = all_leaves(tree);
    leaves.retain(|leaf| leaf.chain[0].check_signature_from(issuer).is_ok());
    leaves
}

/// What is sent along with certificates, without what `is_gone`: its text is taken out, and all else
/// in the file stays.
pub(crate) fn send_less(tree: &mut Tree, is_gone: impl Fn(&Certificate) -> bool) {
    for leaf in all_leaves(tree).iter().filter(|leaf| !leaf.embedded) {
        for gone in leaf.chain[1..].iter().filter(|one| is_gone(one)) {
            let Some(held) = tree.get(&leaf.path) else {
                continue;
            };
            let block = to_pem(std::slice::from_ref(gone));
            if let Some(at) = memchr::memmem::find(&held.content, block.as_bytes()) {
                let mut held = held.clone();
                held.content.drain(at..at + block.len());
                tree.insert(leaf.path.clone(), held);
            }
        }
    }
}

/// Every certificate that is no authority's, with the place of its key.
pub(crate) fn all_leaves(tree: &Tree) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    for (path, held) in tree {
        let kubeconfig = read_kubeconfig(held);
        let client = kubeconfig.as_ref().and_then(|it| it.client.as_ref());
        let inside = client.and_then(|pair| embedded(pair.certificate.as_ref()));
        let chain = match inside {
            Some(inside) => load::client_go_certs(inside).unwrap_or_default(),
            None => certificates(held),
        };
        if chain.first().is_some_and(|leaf| !is_authority(leaf)) {
            let keys = match inside {
                Some(_) => vec![path.clone()],
                None => keys_of(tree, &chain[0]),
            };
            leaves.push(Leaf {
                path: path.clone(),
                keys,
                chain,
                embedded: inside.is_some(),
            });
        }
    }
    leaves
}

/// The files that hold the key of a certificate.
pub(crate) fn keys_of(tree: &Tree, certificate: &Certificate) -> Vec<String> {
    let Some(public) = &certificate.public_key else {
        return Vec::new();
    };
    let is_it = |held: &Held| {
        !is_text_of_kubeconfig(&held.content) && half(&held.content).as_ref() == Some(public)
    };
    let files = tree.iter().filter(|(_, held)| is_it(held));
    files.map(|(path, _)| path.clone()).collect()
}

/// Issues a node's certificates again, with new keys of the same kind; those without a key in the
/// tree are left as they are. Certificates of one key have one key afterwards. Servers send `along`
/// too.
///
/// # Errors
/// When one cannot be issued.
pub(crate) fn reissue(
    (node, tree): (&str, &mut Tree),
    keys: &mut dyn Keys,
    leaves: &[Leaf],
    issuer: &Authority,
    along: Option<&Arc<Certificate>>,
    names: impl Fn(&Leaf) -> Option<Names>,
    at: UtcDateTime,
) -> Result<Vec<Reissued>, ReissueError> {
    let mut reissued = Vec::new();
    let mut successors = Successors {
        node,
        keys,
        known: Vec::new(),
    };
    for leaf in leaves.iter().filter(|leaf| !leaf.keys.is_empty()) {
        let old = &leaf.chain[0];
        let path = || leaf.path.clone();
        let key = successors.of(old, &leaf.path)?;
        let profile = profile(old, names(leaf));
        let new = issuer.issue(&profile, &key.public, validity(old, at), at);
        let new = new.map_err(|source| ReissueError::Issue {
            path: path(),
            source,
        })?;
        let mut chain = vec![new.clone()];
        chain.extend(
            leaf.chain[1..]
                .iter()
                .map(|sent| sent_with(issuer, old, sent).clone()),
        );
        chain.extend(along.filter(|_| serves(&new)).cloned());
        let texts = Texts {
            certificate: to_pem(&chain),
            key: key.text.clone(),
        };
        put(tree, leaf, &texts).ok_or_else(|| ReissueError::Kubeconfig { path: path() })?;
        reissued.push(Reissued {
            path: path(),
            old: old.clone(),
            new,
        });
    }
    Ok(reissued)
}

/// What is sent in the place of something that was sent with a certificate: below a root the issuer
/// follows who issued that.
fn sent_with<'a>(
    issuer: &'a Authority,
    old: &Certificate,
    sent: &'a Arc<Certificate>,
) -> &'a Arc<Certificate> {
    let own = issuer.certificate();
    let is_below = own.check_signature_from(own).is_err();
    let is_other = own.raw_public_key() != sent.raw_public_key();
    match is_below && is_other && old.check_signature_from(sent).is_ok() {
        true => own,
        false => sent,
    }
}

/// Whether every kubeconfig that trusts one authority trusts another, too.
pub(crate) fn is_trusted_beside(tree: &Tree, one: &Certificate, other: &Certificate) -> bool {
    let kubeconfigs = tree.values().filter_map(read_kubeconfig);
    let mut bundles = kubeconfigs.filter_map(|it| {
        let bundle = embedded(it.certificate_authority.as_ref())?;
        load::client_go_certs(bundle).ok()
    });
    let has = |all: &[Arc<Certificate>], wanted: &Certificate| all.iter().any(|it| **it == *wanted);
    bundles.all(|all| !has(&all, one) || has(&all, other))
}

/// What takes the place of each key of a node.
struct Successors<'a> {
    node: &'a str,
    keys: &'a mut dyn Keys,
    known: Vec<(PublicKey, NewKey)>,
}

impl Successors<'_> {
    /// What takes the place of a certificate's key.
    fn of(&mut self, old: &Certificate, path: &str) -> Result<&NewKey, ReissueError> {
        let failed = |source| ReissueError::Key {
            path: path.to_owned(),
            source,
        };
        let public = old.public_key.as_ref();
        let public = public.ok_or_else(|| failed(NoKey::Kind))?;
        let known = self.known.iter().position(|(known, _)| known == public);
        let place = match known {
            Some(place) => place,
            None => {
                let key = self.keys.successor(self.node, public).map_err(failed)?;
                self.known.push((public.clone(), key));
                self.known.len() - 1
            }
        };
        Ok(&self.known[place].1)
    }
}

struct Texts {
    certificate: String,
    key: Zeroizing<String>,
}

/// Puts a certificate and its key where the old ones were, and the key wherever else the old one is.
fn put(tree: &mut Tree, leaf: &Leaf, texts: &Texts) -> Option<()> {
    let held = tree.get(&leaf.path)?;
    if leaf.embedded {
        let whole = put_embedded(held, texts)?;
        tree.insert(leaf.path.clone(), whole);
        return Some(());
    }
    let certificate = with_text(held, &texts.certificate);
    tree.insert(leaf.path.clone(), certificate);
    for place in &leaf.keys {
        let held = tree.get(place)?;
        let new = match *place == leaf.path {
            true => {
                let both = Zeroizing::new([texts.certificate.as_str(), &texts.key].concat());
                with_key(held, &both)
            }
            false => with_key(held, &texts.key),
        };
        tree.insert(place.clone(), new);
    }
    Some(())
}

fn put_embedded(held: &Held, texts: &Texts) -> Option<Held> {
    let kubeconfig = read_kubeconfig(held)?;
    let client = kubeconfig.client.as_ref()?;
    let certificate = embedded(client.certificate.as_ref())?;
    let key = embedded(client.key.as_ref())?;
    let half = replace(held, certificate, texts.certificate.as_bytes())?;
    let whole = replace(&half, key, texts.key.as_bytes())?;
    Some(Held {
        mode: whole.mode & !OTHERS,
        ..whole
    })
}

/// The same file with another text.
pub(crate) fn with_text(held: &Held, text: &str) -> Held {
    Held {
        content: Zeroizing::new(text.as_bytes().to_vec()),
        ..*held
    }
}

/// The same file with another text in which there is a private key: nobody else may read it from then
/// on, whatever was before.
pub(crate) fn with_key(held: &Held, text: &str) -> Held {
    Held {
        mode: held.mode & !OTHERS,
        ..with_text(held, text)
    }
}

/// The kind of a key; `None` for one that is not made here.
pub(crate) fn algorithm(key: &PublicKey) -> Option<KeyAlgorithm> {
    match key {
        PublicKey::Rsa(key) => match key.bits() {
            0..=2048 => Some(KeyAlgorithm::Rsa2048),
            2049..=3072 => Some(KeyAlgorithm::Rsa3072),
            _ => Some(KeyAlgorithm::Rsa4096),
        },
        PublicKey::Ecdsa(key) if key.curve == Curve::P256 => Some(KeyAlgorithm::EcdsaP256),
        PublicKey::Ecdsa(key) if key.curve == Curve::P384 => Some(KeyAlgorithm::EcdsaP384),
        PublicKey::Ed25519(_) => Some(KeyAlgorithm::Ed25519),
        _ => None,
    }
}

/// What a certificate says, to be said again: of the subject what Kubernetes knows, the usages, and
/// the names, or others.
pub(crate) fn profile(certificate: &Certificate, names: Option<Names>) -> Profile {
    let subject = Subject {
        organizations: certificate
            .subject
            .organizations()
            .map(str::to_owned)
            .collect(),
        common_name: certificate.subject.common_name().to_owned(),
    };
    let kind = match certificate.extensions.basic_constraints {
        Some(constraints) if constraints.is_ca => Kind::Authority {
            path_length: constraints
                .path_length
                .and_then(|length| u32::try_from(length).ok()),
        },
        _ => Kind::Leaf(usages(certificate)),
    };
    Profile {
        subject,
        kind,
        names: names.unwrap_or_else(|| own_names(certificate)),
    }
}

fn usages(certificate: &Certificate) -> Vec<CatalogueUsage> {
    let known = certificate
        .extensions
        .usages
        .iter()
        .filter_map(|usage| match usage {
            usage if *usage == Usage::server() => Some(CatalogueUsage::Server),
            usage if *usage == Usage::client() => Some(CatalogueUsage::Client),
            _ => None,
        });
    known.collect()
}

fn serves(certificate: &Certificate) -> bool {
    usages(certificate).contains(&CatalogueUsage::Server)
}

/// The names that a certificate has.
pub(crate) fn own_names(certificate: &Certificate) -> Names {
    let raw = certificate
        .extensions
        .raw_names
        .as_deref()
        .unwrap_or_default();
    let mut names = Names::default();
    for name in general_names(raw).unwrap_or_default() {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        match name {
            GeneralName::Dns(bytes) => names.dns.push(text(bytes)),
            GeneralName::Email(bytes) => names.email.push(text(bytes)),
            GeneralName::Uri(bytes) => names.uri.push(text(bytes)),
            GeneralName::Ip(bytes) => names.ip.extend(ip_address(bytes)),
            _ => {}
        }
    }
    names
}

/// As long as before, from five minutes ago, for clocks that are late.
pub(crate) fn validity(old: &Certificate, at: UtcDateTime) -> Validity {
    const SLACK: time::Duration = time::Duration::minutes(5);
    let length = old.not_after.utc() - old.not_before.utc();
    Validity {
        not_before: at - SLACK,
        not_after: at.saturating_add(length - SLACK),
    }
}

/// The public keys of a file, as PEM blocks.
pub(crate) fn public_blocks(held: &Held) -> Vec<(PublicKey, String)> {
    let blocks = verify::pem::blocks(&held.content).filter(|block| block.label == "PUBLIC KEY");
    let known = blocks.filter_map(|block| {
        let key = PublicKey::from_der(&block.content)?;
        Some((key, pem::encode("PUBLIC KEY", &block.content).to_string()))
    });
    known.collect()
}
