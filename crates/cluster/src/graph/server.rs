//! The servers of a cluster, and how each finds out who its clients are.

use super::{ClientAuth, Party, ServiceAccountTokens, build};
use crate::inventory::Inventory;
use crate::material::Material;
use crate::process::Version;
use crate::setting::Setting;

/// A server, with its authenticators in the order in which it asks them.
#[derive(Clone, Debug)]
pub struct Server {
    /// Which.
    pub party: Party,
    /// The version that its image's tag says.
    pub version: Option<Version>,
    /// Everything that may know a client. One success is enough; when there is none, one error is
    /// a refusal (`apiserver/pkg/authentication/request/union/union.go`).
    pub authenticators: Vec<Authenticator>,
    /// What kubeadm would set up for client certificates, where its files are there and what says
    /// how the server is set up is not.
    pub usual: Vec<Authenticator>,
    /// Whether a client that nobody knows, and nobody takes for an impostor, goes on as
    /// `system:anonymous`.
    pub anonymous: bool,
    /// What decides what a client may do.
    pub authorization: Authorization,
}

/// What decides what a client may do, once it is known who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// These authorizers, in order (`--authorization-mode`).
    Modes(Vec<Setting>),
    /// Those that a file lists (`--authorization-config`).
    Configuration(Setting),
    /// Nothing: whoever is let in may do everything.
    Nothing,
    /// kube-apiserver is asked, with a SubjectAccessReview.
    AsksApiserver,
    /// What would say it could not be read, or was not collected.
    Unknown,
}

/// One way to find out who a client is.
#[derive(Clone, Debug)]
pub enum Authenticator {
    /// What would say it could not be read, or was not collected.
    Unknown,
    /// The handshake itself demands a certificate, and who has one may go on (etcd).
    Handshake(ClientAuth),
    /// A front proxy with a certificate names its users in headers
    /// (`request/headerrequest/requestheader.go`).
    RequestHeader {
        /// What its certificate is verified with, and the common names it may have.
        auth: ClientAuth,
        /// Whether there is a header that names the user; without one, nobody is ever named.
        names_users: bool,
        /// From where the server has it.
        source: Source,
    },
    /// The subject of a certificate is the user (`request/x509/x509.go`).
    ClientCertificate {
        /// What the certificate is verified with.
        auth: ClientAuth,
        /// From where the server has it.
        source: Source,
    },
    /// Bearer tokens that stand in a file.
    TokenFile(Material),
    /// Tokens of service accounts (`pkg/serviceaccount`).
    ServiceAccount {
        /// The keys and issuers.
        tokens: Box<ServiceAccountTokens>,
        /// `--api-audiences`, or the issuers.
        audiences: Vec<Setting>,
    },
    /// Bootstrap tokens: what Secrets in `kube-system` say.
    BootstrapToken,
    /// Tokens of an OpenID Connect issuer.
    OpenId(Box<OpenId>),
    /// Tokens of the issuers that a file lists.
    JwtConfiguration(Material),
    /// A service outside is asked who bears a token.
    Webhook(Setting),
    /// kube-apiserver is asked who bears a token.
    TokenReview,
}

/// From where a server has a CA bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// From its own flag or field.
    Own,
    /// From the ConfigMap `kube-system/extension-apiserver-authentication`, where kube-apiserver
    /// publishes its own.
    Published,
}

/// The flags `--oidc-…`.
#[derive(Clone, Debug)]
pub struct OpenId {
    /// Whose tokens.
    pub issuer: Setting,
    /// Whom they have to be for.
    pub client_id: String,
    /// The claim that is the user's name.
    pub username_claim: String,
    /// What is put before it.
    pub username_prefix: String,
    /// The claim that lists the groups.
    pub groups_claim: Option<String>,
    /// What is put before each.
    pub groups_prefix: String,
    /// Claims that have to be there with this value.
    pub required_claims: Vec<(String, String)>,
}

impl Server {
    /// Every server of a cluster that authenticates its clients: those on the given nodes, and of
    /// each kind that is on none, one of which nothing is known.
    pub fn all(inventory: &Inventory) -> Vec<Self> {
        build::servers(inventory)
    }
}
