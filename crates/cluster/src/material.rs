//! What a component loads: a file that a setting names, seen through its mounts, or bytes embedded
//! in a kubeconfig.

use std::fmt;
use std::sync::Arc;

use x509::Place;
use zeroize::Zeroizing;

use crate::files::{Content, File};
use crate::setting::Setting;

/// Something that is loaded, with what names it.
#[derive(Clone, Debug)]
pub struct Material {
    /// The flag or field that names it; `None` when it is a default that nobody wrote down.
    pub setting: Option<Setting>,
    /// Where its bytes are.
    pub origin: Origin,
}

/// Where the bytes are.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A file.
    File {
        /// The path as the process gives it to the kernel.
        path: Arc<str>,
        /// The file on the node that this is.
        file: Arc<File>,
    },
    /// A path inside the container that no mount brings in: only the image could hold it.
    NotMounted {
        /// The path as the process gives it to the kernel.
        path: Arc<str>,
        /// The `volumeMounts` of the container, or the container when it has none.
        mounts: Place,
    },
    /// Decoded from a field of a kubeconfig.
    Embedded(Secret),
}

/// Bytes that may be a private key: wiped when dropped, never printed.
#[derive(Clone)]
pub struct Secret {
    bytes: Arc<Zeroizing<Vec<u8>>>,
    keys_withheld: bool,
}

/// A certificate (chain) with its private key. Both may be the same file.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The certificate and what follows it; `None` when only the key is set.
    pub certificate: Option<Material>,
    /// The private key; `None` when only the certificate is set.
    pub key: Option<Material>,
    /// Who reads them, and so what is accepted.
    pub loader: Loader,
}

/// Who reads a file: what it accepts, what happens when it does not, and when it looks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loader {
    /// A CA bundle that is watched (`dynamic_cafile_content.go`): one bad CERTIFICATE block or an
    /// empty file ends the process; other blocks are skipped.
    DynamicCa,
    /// A pair that is watched (`dynamic_serving_content.go`): read as `tls.X509KeyPair` does.
    DynamicPair,
    /// kube-controller-manager's signing pair: a [`Loader::DynamicPair`] of exactly one
    /// certificate, read once it leads (`pkg/controller/certificates/signer/ca_provider.go`).
    SigningPair,
    /// A pool read once, in which everything must be good (`client-go/util/cert/io.go`).
    StrictPool,
    /// A CA file or field of a kubeconfig or of kube-apiserver's kubelet client
    /// (`client-go/transport/transport.go`): certificates that cannot be read are skipped, an
    /// empty file is an empty pool, other content without a certificate is refused.
    ClientGoCa,
    /// A client pair of a kubeconfig or of kube-apiserver's kubelet client: files must exist, and
    /// are put together at the first connection; embedded ones at once.
    ClientGoPair,
    /// A pair that etcd or its client reads for every handshake (`transport/listener.go`).
    EtcdPair,
    /// A pool that etcd or its client reads once (`tlsutil/tlsutil.go`): a PEM block that is no
    /// certificate is fatal, no PEM at all is an empty pool.
    EtcdPool,
    /// Keys that check service account tokens (`keyutil.PublicKeysFromFile`).
    ServiceAccountPublic,
    /// The key that signs service account tokens (`keyutil.PrivateKeyFromFile`).
    ServiceAccountPrivate,
    /// A kubeconfig (`client-go/tools/clientcmd`).
    Kubeconfig,
    /// A further configuration file.
    Configuration,
    /// The kubelet's own store: certificate and key in one file (`client-go/util/certificate`).
    KubeletStore,
}

impl Material {
    /// The bytes, when there are any to read.
    pub fn bytes(&self) -> Option<&[u8]> {
        match &self.origin {
            Origin::File { file, .. } => file.bytes(),
            Origin::NotMounted { .. } => None,
            Origin::Embedded(secret) => Some(secret.bytes()),
        }
    }

    /// Where the content lies: the file on the node, or the field it is embedded in.
    pub fn place(&self) -> Place {
        match (&self.origin, &self.setting) {
            (Origin::File { file, .. }, _) => Place::file(file.path.clone()),
            (Origin::NotMounted { path, .. }, _) => Place::file(path.clone()),
            (Origin::Embedded(_), Some(setting)) => setting.place.clone(),
            (Origin::Embedded(_), None) => Place::default(),
        }
    }

    /// The path as the process gives it to the kernel, when it is a file.
    pub fn path(&self) -> Option<&Arc<str>> {
        match &self.origin {
            Origin::File { path, .. } | Origin::NotMounted { path, .. } => Some(path),
            Origin::Embedded(_) => None,
        }
    }

    /// The file on the node, when it is one that a mount brings in.
    pub fn file(&self) -> Option<&Arc<File>> {
        match &self.origin {
            Origin::File { file, .. } => Some(file),
            _ => None,
        }
    }

    /// Whether private keys in it are represented by their public halves: it comes from an archive.
    pub fn keys_withheld(&self) -> bool {
        match &self.origin {
            Origin::File { file, .. } => file.keys_withheld,
            Origin::NotMounted { .. } => false,
            Origin::Embedded(secret) => secret.keys_withheld,
        }
    }

    /// Whether nobody can say what it is, because the tree holds only a part of the node's files.
    pub fn is_not_collected(&self) -> bool {
        self.file()
            .is_some_and(|file| matches!(file.content, Content::NotCollected))
    }
}

impl Secret {
    /// Takes the bytes over. With `keys_withheld`, private keys are represented by their public
    /// halves.
    pub fn new(bytes: Zeroizing<Vec<u8>>, keys_withheld: bool) -> Self {
        Secret {
            bytes: Arc::new(bytes),
            keys_withheld,
        }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.bytes.len())
    }
}
