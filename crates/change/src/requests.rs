//! Keys, and requests for the certificates that somebody else signs: for whoever has no key of the
//! authorities (`kubeadm certs generate-csr`, `cmd/kubeadm/app/cmd/certs.go`).

use authority::{KeyAlgorithm, KeyError, PrivateKey, Profile, request};
use cluster::catalogue::{Credential, Holder};
use thiserror::Error;
use x509::build::SignError;
use x509::pem;
use zeroize::Zeroizing;

use crate::disk::NewFile;
use crate::kubeconfig::{self, Kubeconfig};
use crate::part::{Layout, Part};
use crate::wish::{Cluster, Node};
use crate::{names, parallel};

/// Why there is no request.
#[derive(Clone, Debug, Error)]
pub enum RequestError {
    /// No key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// No names.
    #[error("{0}")]
    Names(String),
}

/// The files of each part: its key, or the kubeconfig that holds it, and the request. Parts without
/// a certificate have none.
///
/// # Errors
/// When a key or a request cannot be made.
pub fn requests(
    cluster: &Cluster,
    node: &Node,
    layout: &Layout,
    parts: &[Part],
) -> Result<Vec<NewFile>, RequestError> {
    let made = parallel::map(parts, |part| files(cluster, node, layout, part));
    let made: Vec<_> = made.into_iter().collect::<Result<_, _>>()?;
    Ok(made.into_iter().flatten().collect())
}

/// A request in PEM.
///
/// # Errors
/// When the key does not sign.
pub fn to_pem(profile: &Profile, key: &PrivateKey) -> Result<String, SignError> {
    let der = request(profile, key)?;
    Ok(pem::encode("CERTIFICATE REQUEST", &der).to_string())
}

fn files(
    cluster: &Cluster,
    node: &Node,
    layout: &Layout,
    part: &Part,
) -> Result<Vec<NewFile>, RequestError> {
    let (profile, path) = match part {
        Part::Authority(row) => (Profile::authority(row), layout.key(row.base)),
        Part::Credential(row) => (credential(row, cluster, node)?, place(row, layout)),
        Part::ServiceAccount | Part::Manifest(_) | Part::Kubelet => return Ok(Vec::new()),
    };
    let key = PrivateKey::generate(algorithm(cluster, part))?;
    let request = to_pem(&profile, &key)?;
    let key = key.to_pem()?;
    let content = match part {
        Part::Credential(row) if matches!(row.holder, Holder::Kubeconfig(_)) => {
            kubeconfig(cluster, node, row, &profile, &key)
        }
        _ => key,
    };
    Ok(vec![
        NewFile::new(&path, PRIVATE, content.as_bytes()),
        NewFile::new(beside(&path), PRIVATE, request),
    ])
}

/// kubeadm keeps even requests to itself.
const PRIVATE: u32 = 0o600;

fn credential(row: &Credential, cluster: &Cluster, node: &Node) -> Result<Profile, RequestError> {
    let names = names::of(row.name, cluster, node).map_err(RequestError::Names)?;
    Ok(Profile::credential(row, &node.name, names))
}

/// No tool of Kubernetes signs certificates with Ed25519.
fn algorithm(cluster: &Cluster, part: &Part) -> KeyAlgorithm {
    match (part, cluster.key_algorithm) {
        (Part::Authority(_), KeyAlgorithm::Ed25519) => KeyAlgorithm::EcdsaP256,
        (_, algorithm) => algorithm,
    }
}

/// Where a key lies.
fn place(row: &Credential, layout: &Layout) -> String {
    match row.holder {
        Holder::Pki(base) => layout.key(base),
        Holder::Kubeconfig(name) => layout.kubeconfig(name),
    }
}

/// `apiserver.csr` beside `apiserver.key`, `admin.conf.csr` beside `admin.conf`.
fn beside(path: &str) -> String {
    format!("{}.csr", path.strip_suffix(".key").unwrap_or(path))
}

/// With nothing but the key in it: neither the authority nor the certificate are known yet. The
/// kubelet's names the endpoint then, other than in a cluster that is begun.
fn kubeconfig(
    cluster: &Cluster,
    node: &Node,
    row: &Credential,
    profile: &Profile,
    key: &str,
) -> Zeroizing<String> {
    let server = match row.name {
        "kubelet.conf" => cluster.server("admin.conf", node),
        name => cluster.server(name, node),
    };
    let config = Kubeconfig {
        cluster: &cluster.name,
        server: &server,
        ca: None,
        user: &profile.subject.common_name,
        credential: kubeconfig::Credential::Key(key),
    };
    config.to_text()
}
