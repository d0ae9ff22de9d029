//! Replacing authorities and the service account key while everything works: old and new are trusted
//! together, then what the old one vouched for is issued again, and only then the old one goes.
//!
//! Nobody outside has to keep up with that: the old authority vouches for the new one too, in a
//! certificate that servers send along (RFC 4210 section 4.4 calls it NewWithOld). So kubeconfigs, pods
//! and nodes that trust the old one alone verify servers whose certificates the new one issued, until
//! the old one goes. Below a root it is the root that vouches for both: it stays, and only the
//! intermediate is replaced, which servers and clients send along anyway.

use std::sync::Arc;

use authority::{Authority, IssueError, KeyAlgorithm, KeyError, PrivateKey, Validity};
use cluster::catalogue::{self, Authority as AuthorityRow, Role};
use cluster::{Component, Inventory, Loader, Node, Objects};
use thiserror::Error;
use time::UtcDateTime;
use verify::{Certificate, PublicKey, load};
use zeroize::Zeroizing;

use crate::contents::{self, ReissueError, algorithm, with_bundles, with_key, with_text};
use crate::given::to_pem;
use crate::keys::{Here, Keys, half};
use crate::plan::schedule::{HandOvers, Held, Schedule, Tree};
use crate::plan::{Object, Plan, Secrets};
use crate::publish;

/// What is to be replaced.
#[derive(Clone)]
pub struct What {
    /// These authorities.
    pub authorities: Vec<&'static AuthorityRow>,
    /// The key that service account tokens are signed with.
    pub token_key: bool,
    /// Who vouches for the successors of authorities for which it vouches; it stays itself.
    pub root: Option<Authority>,
}

/// Why there is no plan.
#[derive(Debug, Error)]
pub enum RotateError {
    /// The authority's certificate is on none of the nodes.
    #[error("there is no {name}: no node has a `{file}`")]
    NoAuthority {
        /// By kubeadm's name.
        name: &'static str,
        /// Its file.
        file: String,
    },
    /// Its key is on none of the nodes.
    #[error(
        "the key of {0} is on none of the nodes: whoever keeps it has to issue the new certificates"
    )]
    NoKey(&'static str),
    /// Somebody stands above it.
    #[error(
        "{0} does not vouch for itself: whoever does has to vouch for its successor; give certificate and key with \
         --root-ca and --root-ca-key"
    )]
    Below(&'static str),
    /// Somebody else stands above it.
    #[error("`{root}` does not vouch for {name}: it is below another root")]
    OtherRoot {
        /// By kubeadm's name.
        name: &'static str,
        /// The common name of the root that was given.
        root: String,
    },
    /// A root that has nothing to vouch for.
    #[error("what is to be replaced vouches for itself: leave --root-ca out")]
    NothingBelow,
    /// Certificate and key in one file.
    #[error(
        "`{path}` holds the key of an authority and certificates: give each a file of its own first"
    )]
    Together {
        /// Which file.
        path: String,
    },
    /// A rotation was not brought to its end.
    #[error("{0} is being replaced already: two of it are trusted; finish that first")]
    UnderWay(&'static str),
    /// There is nothing to take away.
    #[error("nothing to finish: of nothing more than one is trusted")]
    NothingToFinish,
    /// A key where many may read it.
    #[error(
        "{0} holds a private key beside authorities: take it out and replace it first; whoever may read the object has it"
    )]
    KeyInObject(Object),
    /// The keys by which tokens are checked are not in a file of their own.
    #[error(
        "the keys that check service account tokens are not in a file of public keys, so that none can be added"
    )]
    TokenKeys,
    /// No new key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No new certificate.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// Something cannot be issued again.
    #[error(transparent)]
    Reissue(#[from] ReissueError),
}

/// An authority and its successor.
struct Turn {
    /// By kubeadm's name.
    name: &'static str,
    old: Arc<Certificate>,
    new: Authority,
    key: Zeroizing<String>,
    /// The new one as the old one vouches for it; nothing where the old one may not.
    bridge: Option<Arc<Certificate>>,
    /// Whether a root vouches for both.
    is_below: bool,
    /// Whether every kubeconfig trusts it.
    is_root_trusted: bool,
}

impl Turn {
    /// Whether whoever has a kubeconfig of before verifies what the new one issues.
    fn is_bridged(&self) -> bool {
        self.bridge.is_some() || self.is_root_trusted
    }
}

/// The key that signs tokens and its successor.
struct TokenTurn {
    old: PublicKey,
    key: Zeroizing<String>,
    public: String,
}

/// What people need before what is issued by the new authority reaches them.
const TO_PEOPLE: &str = "hand out kubeconfigs anew: those of before trust the old authority alone";

/// What people need before the old authority goes.
const NEW_TO_PEOPLE: &str =
    "hand out kubeconfigs anew: the certificates of before are the old authority's";

/// Both at once.
const ALL_TO_PEOPLE: &str = "hand out kubeconfigs anew: those of before trust the old authority alone, which issued their certificates too";

/// What pods need in the same way, where it is not known what the API holds, and where that is seen
/// to by steps of their own.
const TO_PODS: [&str; 2] = [
    "wait until the ConfigMap kube-root-ca.crt holds both authorities in every namespace, put both into ConfigMap \
     kube-public/cluster-info and into the webhooks' bundles that hold the old one, and start pods again that read it \
     only once",
    "start pods again that read the ConfigMap kube-root-ca.crt or their kubeconfig only once",
];

const ALL_TO_PODS: [&str; 2] = [
    "wait until the ConfigMap kube-root-ca.crt holds both authorities in every namespace, put both into ConfigMap \
     kube-public/cluster-info and into the webhooks' bundles that hold the old one, start pods again that read it only \
     once, wait until pods have fetched tokens anew (an hour), make the Secrets with tokens anew, and give new \
     certificates to webhooks and API servers whose own are the old authority's",
    "start pods again that read the ConfigMap kube-root-ca.crt or their kubeconfig only once, wait until pods have fetched \
     tokens anew (an hour), make the Secrets with tokens anew, and give new certificates to webhooks and API servers \
     whose own are the old authority's",
];

const NEW_TO_PODS: &str = "wait until pods have fetched tokens anew (an hour), make the Secrets with tokens anew, and give new certificates to \
    webhooks and API servers whose own are the old authority's";

const TOKENS: &str =
    "wait until pods have fetched tokens anew (an hour), and make the Secrets with tokens anew";

const OLD_TO_PODS: &str = "take the old authority out of the webhooks' bundles, of ConfigMap kube-public/cluster-info, and of ConfigMap \
    kube-system/extension-apiserver-authentication, in which it stays by itself";

/// What backups and monitoring need, which hold copies of etcd's files: whom to trust, before what is
/// issued by the new authority reaches them, and certificates, before the old one goes.
const TO_ETCD: [&str; 2] = [
    "give etcd's authorities, old and new, to whoever uses etcd from elsewhere by copies of its files",
    "give etcd's new authority and certificates of it to whoever uses etcd from elsewhere by copies of its files",
];

/// What is handed over when both are trusted, and when the new one vouches for everything. Nobody
/// outside the nodes was given anything of the front proxy's authority. What the API holds changes
/// with the first of it.
fn hand_overs(
    objects: &Objects,
    turns: &[Turn],
    token: bool,
) -> Result<[HandOvers<'static>; 2], RotateError> {
    let known = usize::from(!objects.is_empty());
    let words = |people: &'static str, pods: &'static str| HandOvers {
        people: Some(people),
        pods: Some(pods),
        ..HandOvers::default()
    };
    let none = HandOvers::default();
    let clusters = turns.iter().find(|turn| turn.name == "ca");
    let is_bridged = clusters.is_some_and(Turn::is_bridged);
    let mut both = match clusters {
        None => [
            none,
            HandOvers {
                pods: token.then_some(TOKENS),
                ..HandOvers::default()
            },
        ],
        Some(turn) if turn.is_root_trusted => [none, words(NEW_TO_PEOPLE, NEW_TO_PODS)],
        Some(_) if is_bridged => [none, words(ALL_TO_PEOPLE, ALL_TO_PODS[known])],
        Some(_) => [
            words(TO_PEOPLE, TO_PODS[known]),
            words(NEW_TO_PEOPLE, NEW_TO_PODS),
        ],
    };
    let first = usize::from(is_bridged);
    let published = publish::published(objects, false, |all| {
        each(all, turns, |all, turn| {
            put_beside(all, turn, [&turn.old, turn.new.certificate()])
        })
    });
    both[first].published = published.map_err(RotateError::KeyInObject)?;
    for turn in turns {
        let pair = [&turn.old, turn.new.certificate()];
        let place = if turn.name == "ca" { first } else { 0 };
        let expected = publish::expected(objects, &turn.old, &pair, &[]);
        both[place].expected.extend(expected);
    }
    if let Some(turn) = turns.iter().find(|turn| turn.name == "etcd-ca") {
        both[0].etcd = turn.bridge.is_none().then_some(TO_ETCD[0]);
        both[1].etcd = Some(TO_ETCD[1]);
    }
    Ok(both)
}

/// A plan that replaces authorities, up to the moment at which nobody needs the old ones any more, of
/// nodes whose files are at hand.
///
/// # Errors
/// When something stands in the way.
pub fn rotate(
    inventory: &Inventory,
    what: &What,
    wish: &str,
    at: UtcDateTime,
) -> Result<(Plan, Secrets), RotateError> {
    plan(inventory, &mut Here, what, wish, at)
}

/// The same plan with keys that may be elsewhere.
///
/// # Errors
/// When something stands in the way.
pub fn plan(
    inventory: &Inventory,
    keys: &mut dyn Keys,
    what: &What,
    wish: &str,
    at: UtcDateTime,
) -> Result<(Plan, Secrets), RotateError> {
    let mut schedule = Schedule::new(wish, inventory, at);
    let rows = what.authorities.iter();
    let root = what.root.as_ref();
    let turns = rows.map(|row| turn((inventory, schedule.trees()), keys, row, root, at));
    let turns: Vec<Turn> = turns.collect::<Result<_, _>>()?;
    if root.is_some() && !turns.iter().any(|turn| turn.is_below) {
        return Err(RotateError::NothingBelow);
    }
    let token = what
        .token_key
        .then(|| token_turn(inventory, schedule.trees(), keys));
    let token = token.transpose()?;
    let apart = sign_apart(inventory, &mut schedule, &turns);
    let nodes = || inventory.nodes.iter().zip(&apart);
    let trees = nodes().zip(schedule.trees()).map(|((node, apart), tree)| {
        let mut tree = tree.clone();
        for turn in &turns {
            tree = with_bundles(&tree, apart, |all| {
                put_beside(all, turn, [&turn.old, turn.new.certificate()])
            })?;
        }
        if let Some(token) = &token {
            add_token_key(node, &mut tree, token)?;
        }
        Ok(tree)
    });
    let trees = trees.collect::<Result<Vec<_>, RotateError>>()?;
    let [first, last] = hand_overs(&inventory.objects, &turns, token.is_some())?;
    schedule.stage("old and new are trusted", trees, first);
    let trees = nodes().zip(schedule.trees()).map(|((node, apart), tree)| {
        let mut tree = tree.clone();
        for turn in &turns {
            succeed((&node.name, &mut tree), keys, apart, turn, at)?;
        }
        if let Some(token) = &token {
            sign_with(&mut tree, token);
        }
        Ok(tree)
    });
    let trees = trees.collect::<Result<Vec<_>, RotateError>>()?;
    schedule.stage("the new one vouches for everything", trees, last);
    Ok(schedule.finish())
}

/// A plan that takes old authorities and keys away, once nobody needs them any more.
///
/// # Errors
/// When there is nothing to take away.
pub fn finish(
    inventory: &Inventory,
    what: &What,
    wish: &str,
    at: UtcDateTime,
) -> Result<(Plan, Secrets), RotateError> {
    let mut schedule = Schedule::new(wish, inventory, at);
    let rows = what.authorities.iter();
    let current = rows.filter_map(|row| current(inventory, schedule.trees(), row));
    let current: Vec<Arc<Certificate>> = current.collect();
    let nodes = inventory.nodes.iter().zip(schedule.trees());
    let trees = nodes.map(|(node, tree)| {
        let mut tree = tree.clone();
        for current in &current {
            tree = with_bundles(&tree, &[], |all| without_others(all, current))?;
        }
        if what.token_key {
            keep_signing_key(node, &mut tree);
        }
        Ok(tree)
    });
    let trees = trees.collect::<Result<Vec<_>, RotateError>>()?;
    if trees == schedule.trees() {
        return Err(RotateError::NothingToFinish);
    }
    let objects = &inventory.objects;
    let published = publish::published(objects, true, |all| each(all, &current, without_others));
    let published = published.map_err(RotateError::KeyInObject)?;
    let expected = current.iter().flat_map(|current| {
        let mut bundles = objects
            .bundles
            .iter()
            .filter_map(|one| one.material.bytes());
        let old = bundles.find_map(|bytes| replaced(bytes, current));
        old.map(|old| publish::expected(objects, &old, &[current], std::slice::from_ref(&old)))
            .unwrap_or_default()
    });
    let is_outside = |name: &str| name == "ca" || name == "front-proxy-ca";
    let is_outside = what.authorities.iter().any(|row| is_outside(row.name));
    schedule.stage(
        "the old one is trusted no more",
        trees,
        HandOvers {
            published,
            expected: expected.collect(),
            pods: (objects.is_empty() && is_outside && !current.is_empty()).then_some(OLD_TO_PODS),
            ..HandOvers::default()
        },
    );
    let nodes = inventory.nodes.iter().zip(schedule.trees());
    let trees = nodes.map(|(node, tree)| {
        let mut tree = sign_together(node, tree);
        contents::send_less(&mut tree, |sent| {
            current.iter().any(|current| is_bridge_to(sent, current))
        });
        tree
    });
    let trees = trees.collect();
    schedule.stage(
        "the new one is as the old one was",
        trees,
        HandOvers::default(),
    );
    Ok(schedule.finish())
}

/// What stands in an authority's own file.
fn bundle_of(node: &Node, tree: &Tree, row: &AuthorityRow) -> Vec<Arc<Certificate>> {
    let file = node.pki_file(&format!("{}.crt", row.base));
    let held = file.file().and_then(|file| tree.get(&*file.real_path));
    held.and_then(|held| load::client_go_certs(&held.content).ok())
        .unwrap_or_default()
}

/// The certificate of an authority that signs: the one whose key is on a node, be it another node than
/// those that trust it.
fn current(inventory: &Inventory, trees: &[Tree], row: &AuthorityRow) -> Option<Arc<Certificate>> {
    let nodes = inventory.nodes.iter().zip(trees);
    let mut bundles = nodes.map(|(node, tree)| (tree, bundle_of(node, tree, row)));
    bundles.find_map(|(tree, bundle)| {
        let mut bundle = bundle.into_iter();
        bundle.find(|one| !contents::keys_of(tree, one).is_empty())
    })
}

fn turn(
    (inventory, trees): (&Inventory, &[Tree]),
    keys: &mut dyn Keys,
    row: &'static AuthorityRow,
    root: Option<&Authority>,
    at: UtcDateTime,
) -> Result<Turn, RotateError> {
    let bundles = inventory
        .nodes
        .iter()
        .zip(trees)
        .map(|(node, tree)| bundle_of(node, tree, row));
    let bundle = bundles.into_iter().find(|bundle| !bundle.is_empty());
    let file = format!("{}.crt", row.base);
    let bundle = bundle.ok_or(RotateError::NoAuthority {
        name: row.name,
        file,
    })?;
    let old = bundle[0].clone();
    if bundle
        .iter()
        .any(|other| *other != old && other.raw_subject() == old.raw_subject())
    {
        return Err(RotateError::UnderWay(row.name));
    }
    let places = trees.iter().flat_map(|tree| {
        let places = contents::keys_of(tree, &old).into_iter();
        places.map(|path| (tree[&path].clone(), path))
    });
    let places: Vec<(Held, String)> = places.collect();
    if places.is_empty() {
        return Err(RotateError::NoKey(row.name));
    }
    let mut old_keys = places.iter().map(|(held, _)| keys.private(&held.content));
    let old_key = old_keys.find_map(|key| key.ok().flatten());
    let has_certificate = |held: &Held| load::client_go_certs(&held.content).is_ok();
    if let Some((_, path)) = places.into_iter().find(|(held, _)| has_certificate(held)) {
        return Err(RotateError::Together { path });
    }
    let is_below = old.check_signature_from(&old).is_err();
    let key = PrivateKey::generate(signing_kind(old.public_key.as_ref()))?;
    let text = keys.made(&key)?;
    let (profile, key) = (contents::profile(&old, None), Arc::new(key));
    let validity = contents::validity(&old, at);
    let new = match (is_below, root) {
        (false, _) => Authority::self_signed(&profile, key, validity)?,
        (true, Some(root)) if old.check_signature_from(root.certificate()).is_ok() => {
            root.subordinate(&profile, key, within(validity, root), at)?
        }
        (true, Some(root)) => {
            return Err(RotateError::OtherRoot {
                name: row.name,
                root: root.certificate().subject.common_name().to_owned(),
            });
        }
        (true, None) => return Err(RotateError::Below(row.name)),
    };
    let is_trusted = |root: &Authority| {
        let mut trees = trees.iter();
        trees.all(|tree| contents::is_trusted_beside(tree, &old, root.certificate()))
    };
    Ok(Turn {
        name: row.name,
        bridge: old_key.and_then(|key| bridge(&old, key, &new, at)),
        is_below,
        is_root_trusted: is_below && root.is_some_and(is_trusted),
        old,
        new,
        key: text,
    })
}

/// No longer than an authority holds.
fn within(validity: Validity, authority: &Authority) -> Validity {
    let end = authority.certificate().not_after.utc();
    Validity {
        not_after: validity.not_after.min(end),
        ..validity
    }
}

/// The new authority as the old one vouches for it, as long as the old one is valid; nothing where the
/// old one may not, as one of path length zero, or where it is not valid.
fn bridge(
    old: &Arc<Certificate>,
    key: PrivateKey,
    new: &Authority,
    at: UtcDateTime,
) -> Option<Arc<Certificate>> {
    let authority = Authority::new(vec![old.clone()], Arc::new(key)).ok()?;
    let profile = contents::profile(new.certificate(), None);
    let validity = within(contents::validity(old, at), &authority);
    let public = new.certificate().raw_public_key();
    authority.issue(&profile, public, validity, at).ok()
}

/// Whether a certificate is this authority as another vouches for it.
fn is_bridge_to(sent: &Certificate, current: &Certificate) -> bool {
    sent != current
        && sent.raw_subject() == current.raw_subject()
        && sent.raw_public_key() == current.raw_public_key()
}

/// The kind of key that signs in the place of another. No tool of Kubernetes signs certificates with
/// Ed25519, and kube-apiserver signs no tokens with it.
fn signing_kind(old: Option<&PublicKey>) -> KeyAlgorithm {
    let kind = old.and_then(algorithm);
    let kind = kind.filter(|kind| *kind != KeyAlgorithm::Ed25519);
    kind.unwrap_or(KeyAlgorithm::EcdsaP256)
}

/// The bundle with the old one replaced by both, in this order.
fn put_beside(
    all: &[Arc<Certificate>],
    turn: &Turn,
    both: [&Arc<Certificate>; 2],
) -> Option<Vec<Arc<Certificate>>> {
    let new = turn.new.certificate();
    let at = all.iter().position(|one| *one == turn.old)?;
    let mut bundle: Vec<_> = all.to_vec();
    bundle.retain(|one| one != &turn.old && one != new);
    let at = at.min(bundle.len());
    bundle.splice(at..at, both.into_iter().cloned());
    Some(bundle)
}

/// The bundle without those of the same name, which were replaced.
fn without_others(
    all: &[Arc<Certificate>],
    current: &Arc<Certificate>,
) -> Option<Vec<Arc<Certificate>>> {
    let is_other =
        |one: &Arc<Certificate>| one != current && one.raw_subject() == current.raw_subject();
    let has_current = all.contains(current);
    let rest: Vec<_> = all.iter().filter(|one| !is_other(one)).cloned().collect();
    (has_current && rest.len() < all.len()).then_some(rest)
}

/// What comes of a bundle when each of some things is done with it; nothing when nothing is.
fn each<T>(
    all: &[Arc<Certificate>],
    things: &[T],
    make: impl Fn(&[Arc<Certificate>], &T) -> Option<Vec<Arc<Certificate>>>,
) -> Option<Vec<Arc<Certificate>>> {
    let made = things.iter().fold(None, |made: Option<Vec<_>>, thing| {
        make(made.as_deref().unwrap_or(all), thing).or(made)
    });
    made.filter(|made| made != all)
}

/// The certificate in a bundle that `current` took the place of.
fn replaced(bundle: &[u8], current: &Certificate) -> Option<Arc<Certificate>> {
    let all = load::client_go_certs(bundle).ok()?;
    let is_old =
        |one: &Arc<Certificate>| **one != *current && one.raw_subject() == current.raw_subject();
    all.into_iter().find(is_old)
}

/// Everything that the old one vouched for is issued by the new one, and the new one signs.
fn succeed(
    (node, tree): (&str, &mut Tree),
    keys: &mut dyn Keys,
    apart: &[String],
    turn: &Turn,
    at: UtcDateTime,
) -> Result<(), RotateError> {
    let leaves = contents::leaves(tree, &turn.old);
    let own = (node, &mut *tree);
    let bridge = turn.bridge.as_ref();
    contents::reissue(own, keys, &leaves, &turn.new, bridge, |_| None, at)?;
    // kubeadm signs with the first certificate of the file.
    *tree = with_bundles(tree, apart, |all| {
        put_beside(all, turn, [turn.new.certificate(), &turn.old])
    })?;
    let own = to_pem(std::slice::from_ref(turn.new.certificate()));
    for path in apart {
        let holds = |held: &Held| {
            load::client_go_certs(&held.content).is_ok_and(|all| all == [turn.old.clone()])
        };
        if let Some(held) = tree.get(path).filter(|held| holds(held)) {
            let new = with_text(held, &own);
            tree.insert(path.clone(), new);
        }
    }
    for path in contents::keys_of(tree, &turn.old) {
        if let Some(held) = tree.get(&path) {
            let new = with_key(held, &turn.key);
            tree.insert(path, new);
        }
    }
    Ok(())
}

/// kube-controller-manager signs with a file of exactly one certificate: where that is the bundle, it
/// gets a file of its own. Gives, for each node, the files that it signs with.
fn sign_apart(inventory: &Inventory, schedule: &mut Schedule, turns: &[Turn]) -> Vec<Vec<String>> {
    let mut apart = Vec::new();
    let mut trees = Vec::new();
    for (node, tree) in inventory.nodes.iter().zip(schedule.trees()) {
        let mut tree = tree.clone();
        let mut own = Vec::new();
        for signing in signing_files(node) {
            let bundle = is_bundle(node, &signing.real_path);
            let held = tree.get(&signing.real_path).cloned();
            let holds = |turn: &Turn| {
                let all = held
                    .as_ref()
                    .map(|held| load::client_go_certs(&held.content).unwrap_or_default());
                all.is_some_and(|all| all.contains(&turn.old))
            };
            let turn = turns.iter().find(|turn| holds(turn));
            match (bundle, turn, held) {
                (true, Some(turn), Some(held)) => {
                    let place = signing.apart();
                    let one = to_pem(std::slice::from_ref(&turn.old));
                    tree.insert(place.real_path.clone(), with_text(&held, &one));
                    signing.rename(&mut tree, &place.path);
                    own.push(place.real_path);
                }
                (false, ..) => own.push(signing.real_path),
                _ => {}
            }
        }
        apart.push(own);
        trees.push(tree);
    }
    schedule.stage(
        "requests are signed with a file of their own",
        trees,
        HandOvers::default(),
    );
    apart
}

/// The other way round: a file of its own that holds what the authority's file holds is not needed.
fn sign_together(node: &Node, tree: &Tree) -> Tree {
    let mut tree = tree.clone();
    for signing in signing_files(node) {
        let Some(together) = signing.together() else {
            continue;
        };
        let same = tree
            .get(&together.real_path)
            .zip(tree.get(&signing.real_path));
        if same.is_some_and(|(one, other)| one.content == other.content) {
            signing.rename(&mut tree, &together.path);
            tree.remove(&signing.real_path);
        }
    }
    tree
}

/// Whether others than the signer read a file, to verify with it.
fn is_bundle(node: &Node, real_path: &str) -> bool {
    let is_it = |load: &cluster::Load| match &load.what {
        cluster::process::Loaded::Bundle(material) => material
            .file()
            .is_some_and(|file| &*file.real_path == real_path),
        _ => false,
    };
    let mut processes = node.processes.values();
    processes.any(|process| process.loads().iter().any(is_it))
}

/// A file that requests are signed with, and where a manifest names it.
struct Signing {
    manifest: String,
    setting: cluster::Setting,
    /// As the process names it.
    path: String,
    /// Where it really lies.
    real_path: String,
}

/// A path as a process names it, and where it really lies.
struct Named {
    path: String,
    real_path: String,
}

/// How the file of the signer is called where the authority's cannot be it.
const APART: &str = "-signing.crt";

impl Signing {
    fn apart(&self) -> Named {
        let named = |path: &str| path.strip_suffix(".crt").unwrap_or(path).to_owned() + APART;
        Named {
            path: named(&self.path),
            real_path: named(&self.real_path),
        }
    }

    fn together(&self) -> Option<Named> {
        let named = |path: &str| Some(path.strip_suffix(APART)?.to_owned() + ".crt");
        Some(Named {
            path: named(&self.path)?,
            real_path: named(&self.real_path)?,
        })
    }

    /// Names another file in the manifest, and leaves everything else as it is.
    fn rename(&self, tree: &mut Tree, path: &str) {
        let Some(held) = tree.get(&self.manifest) else {
            return;
        };
        let text = String::from_utf8_lossy(&held.content);
        let line = self.setting.place.line.unwrap_or(0) as usize;
        let lines = text
            .split_inclusive('\n')
            .enumerate()
            .map(|(at, text)| match at + 1 == line {
                true => text.replacen(&self.path, path, 1),
                false => text.to_owned(),
            });
        let new = with_text(held, &lines.collect::<String>());
        tree.insert(self.manifest.clone(), new);
    }
}

fn signing_files(node: &Node) -> Vec<Signing> {
    let kcm = node.processes.get(&Component::KubeControllerManager);
    let settings = kcm
        .iter()
        .flat_map(|kcm| kcm.settings.iter().map(move |setting| (kcm, setting)));
    let found = settings.filter_map(|(kcm, setting)| {
        let flag = catalogue::flag(Component::KubeControllerManager, &setting.key)?;
        let Role::Certificate {
            loader: Loader::SigningPair,
            ..
        } = flag.role
        else {
            return None;
        };
        Some(Signing {
            manifest: kcm.manifest.file()?.real_path.to_string(),
            real_path: kcm
                .material(&node.files, &setting.key)?
                .file()?
                .real_path
                .to_string(),
            path: setting.value.clone(),
            setting: setting.clone(),
        })
    });
    found.collect()
}

/// The files of a node that hold keys for tokens: those that sign, and those that check.
fn token_files(node: &Node) -> [Vec<String>; 2] {
    let paths = |role: fn(&Role) -> bool| {
        let processes = node.processes.values();
        let loads = processes.flat_map(|process| {
            let settings = process.settings.iter();
            settings.filter_map(move |setting| {
                let flag = catalogue::flag(process.component, &setting.key)?;
                let material = process
                    .material(&node.files, &setting.key)
                    .filter(|_| role(&flag.role))?;
                Some(material.file()?.real_path.to_string())
            })
        });
        let mut paths: Vec<String> = loads.collect();
        paths.sort();
        paths.dedup();
        paths
    };
    [
        paths(|role| matches!(role, Role::TokenSigningKey)),
        paths(|role| matches!(role, Role::TokenVerificationKey)),
    ]
}

fn public_half(held: &Held) -> Option<PublicKey> {
    half(&held.content)
}

fn token_turn(
    inventory: &Inventory,
    trees: &[Tree],
    keys: &mut dyn Keys,
) -> Result<TokenTurn, RotateError> {
    let nodes = inventory.nodes.iter().zip(trees);
    let mut signing = nodes.filter_map(|(node, tree)| {
        let [signing, _] = token_files(node);
        signing.iter().find_map(|path| public_half(tree.get(path)?))
    });
    let old = signing.next().ok_or(RotateError::NoKey("sa"))?;
    let key = PrivateKey::generate(signing_kind(Some(&old)))?;
    Ok(TokenTurn {
        old,
        public: key.public_pem(),
        key: keys.made(&key)?,
    })
}

fn add_token_key(node: &Node, tree: &mut Tree, token: &TokenTurn) -> Result<(), RotateError> {
    let [_, checking] = token_files(node);
    for path in checking {
        let Some(held) = tree.get(&path) else {
            continue;
        };
        if contents::public_blocks(held).is_empty() {
            return Err(RotateError::TokenKeys);
        }
        let both = String::from_utf8_lossy(&held.content).into_owned() + &token.public;
        let new = with_text(held, &both);
        tree.insert(path, new);
    }
    Ok(())
}

fn sign_with(tree: &mut Tree, token: &TokenTurn) {
    let is_old = |held: &Held| public_half(held).as_ref() == Some(&token.old);
    let old: Vec<String> = tree
        .iter()
        .filter(|(_, held)| is_old(held))
        .map(|(path, _)| path.clone())
        .collect();
    for path in old {
        if let Some(held) = tree.get(&path) {
            let new = with_key(held, &token.key);
            tree.insert(path, new);
        }
    }
}

/// Tokens are checked with the key alone that signs them.
fn keep_signing_key(node: &Node, tree: &mut Tree) {
    let [signing, checking] = token_files(node);
    let keys: Vec<PublicKey> = signing
        .iter()
        .filter_map(|path| public_half(tree.get(path)?))
        .collect();
    for path in checking {
        let Some(held) = tree.get(&path) else {
            continue;
        };
        let blocks = contents::public_blocks(held);
        let kept = blocks.iter().filter(|(key, _)| keys.contains(key));
        let text: String = kept.map(|(_, text)| text.as_str()).collect();
        if !text.is_empty() {
            let new = with_text(held, &text);
            tree.insert(path, new);
        }
    }
}

/// Every authority of the catalogue that has a file on one of the nodes, and the token key.
pub fn all(inventory: &Inventory) -> What {
    let is_there = |row: &&AuthorityRow| {
        let file = format!("{}.crt", row.base);
        let mut nodes = inventory.nodes.iter();
        nodes.any(|node| node.pki_file(&file).bytes().is_some())
    };
    What {
        authorities: catalogue::AUTHORITIES.iter().filter(is_there).collect(),
        token_key: true,
        root: None,
    }
}
