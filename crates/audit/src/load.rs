//! Loading what a component loads, as it does, once for a whole audit.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use cluster::files::Content;
use cluster::material::Origin;
use cluster::{Loader, Material, Pair};
use verify::load::{KeyPair, Keys, Known, LoadError};
use verify::{Certificate, Pool, PublicKey};
use x509::Place;

/// What the system says of a file that the user of this program may not read.
pub(crate) const FORBIDDEN: &str = "permission denied";

/// Why something that is loaded is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The tree holds only a part of the node's files, and not this one.
    NotCollected,
    /// There is no such file.
    Missing,
    /// No mount brings the path into the container.
    NotMounted,
    /// Something else than a file that can be read; the system's words.
    Unreadable(String),
    /// The file is empty, and its reader does not take that.
    Empty,
    /// The content is not what it has to be.
    Content(LoadError),
    /// No list of revoked certificates in DER.
    NoRevocationList,
    /// A signing pair with more than one certificate.
    SeveralCertificates(usize),
    /// Only the other half of the pair is set.
    NotSet,
}

/// Which half of a pair is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Half {
    /// The certificate.
    Certificate,
    /// The private key.
    Key,
    /// Both: they do not belong together.
    Both,
}

/// What tells one material from another: the bytes' address, which lasts as long as the inventory,
/// or where there are none, the place that names them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Id {
    File(usize),
    Bytes(usize),
    Path(Arc<str>, Place),
}

/// Everything that was loaded so far.
#[derive(Default)]
pub(crate) struct Loads {
    known: Known,
    pairs: RefCell<HashMap<(Id, Id), PairResult>>,
    pools: RefCell<HashMap<(Id, Loader), PoolResult>>,
    certificates: RefCell<HashMap<Id, Arc<Pool>>>,
    keys: RefCell<HashMap<Id, KeyResult>>,
}

/// The public half of a key that signs tokens; `None` for a kind that cannot.
type KeyResult = Result<Option<PublicKey>, Fault>;

type PairResult = Result<Arc<Sent>, (Half, Fault)>;

type PoolResult = Result<Arc<Pool>, Fault>;

/// What somebody presents who holds the key.
pub(crate) struct Sent {
    /// Its own certificate.
    pub(crate) leaf: Arc<Certificate>,
    /// What goes along with it, up to the first that Go does not read.
    pub(crate) intermediates: Arc<Pool>,
}

impl Sent {
    fn new(pair: KeyPair, known: &Known) -> Self {
        let others = pair.certificates.iter().skip(1);
        let others = others.map_while(|der| known.parse(der).ok());
        Sent {
            intermediates: Arc::new(others.collect()),
            leaf: pair.leaf,
        }
    }
}

/// The material's identity.
pub(crate) fn id(material: &Material) -> Id {
    match &material.origin {
        Origin::File { file, .. } => Id::File(Arc::as_ptr(file) as usize),
        Origin::Embedded(secret) => Id::Bytes(secret.bytes().as_ptr() as usize),
        Origin::NotMounted { path, mounts } => Id::Path(path.clone(), mounts.clone()),
    }
}

/// The bytes, or why there are none.
pub(crate) fn bytes(material: &Material) -> Result<&[u8], Fault> {
    let Some(file) = material.file() else {
        return material.bytes().ok_or(Fault::NotMounted);
    };
    match &file.content {
        Content::Present(bytes) => Ok(bytes),
        Content::Missing => Err(Fault::Missing),
        Content::NotCollected => Err(Fault::NotCollected),
        // That whoever runs this may not read it says nothing about the component.
        Content::Unreadable(why) if why == FORBIDDEN => Err(Fault::NotCollected),
        Content::Unreadable(why) => Err(Fault::Unreadable(why.clone())),
        Content::Directory => Err(Fault::Unreadable("is a directory".to_owned())),
        Content::Special => Err(Fault::Unreadable("is not a regular file".to_owned())),
        Content::TooLarge(size) => Err(Fault::Unreadable(format!("is too large ({size} bytes)"))),
    }
}

/// Every certificate that Go reads in a file, whoever loads it: in order, the issuers that come along
/// included. An audit takes them from [`Loads::certificates`].
pub(crate) fn certificates(material: &Material) -> Pool {
    Loads::default().read_certificates(material)
}

impl Loads {
    /// The pair, as its loader takes it.
    pub(crate) fn pair(&self, pair: &Pair) -> PairResult {
        let certificate = pair
            .certificate
            .as_ref()
            .ok_or((Half::Certificate, Fault::NotSet))?;
        let key = pair.key.as_ref().ok_or((Half::Key, Fault::NotSet))?;
        let ids = (id(certificate), id(key));
        if let Some(known) = self.pairs.borrow().get(&ids) {
            return known.clone();
        }
        let loaded = self.read_pair(certificate, key, pair.loader);
        self.pairs.borrow_mut().insert(ids, loaded.clone());
        loaded
    }

    fn read_pair(&self, certificate: &Material, key: &Material, loader: Loader) -> PairResult {
        let keys = keys(key);
        let of = |half| move |fault| (half, fault);
        let certificate = bytes(certificate).map_err(of(Half::Certificate))?;
        let key = bytes(key).map_err(of(Half::Key))?;
        if matches!(loader, Loader::DynamicPair | Loader::SigningPair) {
            not_empty(certificate).map_err(of(Half::Certificate))?;
            not_empty(key).map_err(of(Half::Key))?;
        }
        let pair = match self.known.key_pair(keys, certificate, key) {
            // Go can say whether the key fits. That it does is the better guess: TLS has no use for it.
            Err(LoadError::CannotBeChecked) => self.unchecked_pair(certificate),
            pair => pair,
        };
        let pair = pair.map_err(|error| (half_at_fault(&error), Fault::Content(error)))?;
        match pair.certificates.len() {
            several if loader == Loader::SigningPair && several != 1 => {
                Err((Half::Certificate, Fault::SeveralCertificates(several)))
            }
            _ => Ok(Arc::new(Sent::new(pair, &self.known))),
        }
    }

    /// A pair of which only the certificate is looked at.
    fn unchecked_pair(&self, certificate: &[u8]) -> Result<KeyPair, LoadError> {
        let certificates = self.known.client_go_certs(certificate)?;
        let leaf = certificates.first().ok_or(LoadError::NoCertificates)?;
        Ok(KeyPair {
            certificates: certificates.iter().map(|one| one.der().into()).collect(),
            leaf: leaf.clone(),
        })
    }

    /// The public half of a private key, as client-go reads it.
    pub(crate) fn private_key(&self, material: &Material) -> KeyResult {
        let id = id(material);
        if let Some(known) = self.keys.borrow().get(&id) {
            return known.clone();
        }
        let read = |bytes| keys(material).private_key(bytes).map_err(Fault::Content);
        let loaded = bytes(material).and_then(read);
        self.keys.borrow_mut().insert(id, loaded.clone());
        loaded
    }

    /// The CA certificates, as their loader takes them.
    pub(crate) fn pool(&self, material: &Material, loader: Loader) -> PoolResult {
        let key = (id(material), loader);
        if let Some(known) = self.pools.borrow().get(&key) {
            return known.clone();
        }
        let loaded = self.read_pool(material, loader);
        self.pools.borrow_mut().insert(key, loaded.clone());
        loaded
    }

    fn read_pool(&self, material: &Material, loader: Loader) -> PoolResult {
        let bytes = bytes(material)?;
        let pool = match loader {
            Loader::DynamicCa | Loader::StrictPool => {
                not_empty(bytes)?;
                let certificates = self.known.client_go_certs(bytes);
                certificates.map(|all| Arc::new(Pool::from_iter(all)))
            }
            Loader::EtcdPool => self.known.etcd_pool(keys(material), bytes).map(Arc::new),
            // An empty file is an empty pool (client-go/transport/transport.go).
            _ => match self.certificates(material) {
                pool if pool.is_empty() && !bytes.is_empty() => Err(LoadError::NoCertificates),
                pool => Ok(pool),
            },
        };
        pool.map_err(Fault::Content)
    }

    /// What [`certificates`] reads.
    pub(crate) fn certificates(&self, material: &Material) -> Arc<Pool> {
        let mut known = self.certificates.borrow_mut();
        let read = known.entry(id(material));
        read.or_insert_with(|| Arc::new(self.read_certificates(material)))
            .clone()
    }

    fn read_certificates(&self, material: &Material) -> Pool {
        bytes(material)
            .map(|bytes| self.known.append_certs_from_pem(bytes))
            .unwrap_or_default()
    }

    /// The first of what [`certificates`] reads.
    pub(crate) fn first_certificate(&self, material: &Material) -> Option<Arc<Certificate>> {
        self.certificates(material).iter().next().cloned()
    }
}

/// Whether private keys are there, or only their public halves.
pub(crate) fn keys(material: &Material) -> Keys {
    match material.keys_withheld() {
        true => Keys::Withheld,
        false => Keys::Whole,
    }
}

fn not_empty(bytes: &[u8]) -> Result<(), Fault> {
    if bytes.is_empty() {
        Err(Fault::Empty)
    } else {
        Ok(())
    }
}

/// Which half a loader complains about.
fn half_at_fault(error: &LoadError) -> Half {
    match error {
        LoadError::NoPemForCertificate
        | LoadError::KeyForCertificate
        | LoadError::OtherForCertificate(_)
        | LoadError::UnknownPublicKey
        | LoadError::NoCertificates
        | LoadError::Certificate(_) => Half::Certificate,
        LoadError::KeyKindMismatch | LoadError::KeyMismatch | LoadError::CannotBeChecked => {
            Half::Both
        }
        _ => Half::Key,
    }
}
