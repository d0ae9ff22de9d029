//! Objects that carry trust into a cluster, as manifests ready to be applied.

mod cluster_trust_bundle;
mod config_maps;
mod kubeadm_certs;
mod roles;
mod secrets;

use base64::prelude::{BASE64_STANDARD, Engine};
use thiserror::Error;

pub use cluster_trust_bundle::{TrustBundleError, cluster_trust_bundle};
pub use config_maps::{
    ClientAuthentication, RequestHeader, cluster_info, discovery_kubeconfig,
    extension_apiserver_authentication, root_ca,
};
pub use kubeadm_certs::{
    CertificateKey, EXTERNAL_ETCD, NotAKey, SHARED, STACKED_ETCD, SealError, kubeadm_certs,
    kubeadm_certs_terms,
};
pub use roles::{certs_roles, discovery_roles};
pub use secrets::bootstrap_token;

use crate::dns;

/// The name of a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace(String);

/// Why a text is no name of a namespace.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no name of a namespace: a-z, 0-9, and - inside, at most 63 characters")]
pub struct NotANamespace(String);

impl Namespace {
    /// Checks a name.
    ///
    /// # Errors
    /// When no namespace can be called so.
    pub fn parse(name: &str) -> Result<Self, NotANamespace> {
        match dns::is_label(name) {
            true => Ok(Namespace(name.to_owned())),
            false => Err(NotANamespace(name.to_owned())),
        }
    }
}

/// Whether a private key stands in a text, however badly: what is around a bundle's certificates is
/// published with them.
pub(crate) fn holds_key(text: &str) -> bool {
    text.contains("PRIVATE KEY-----")
}

fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}
