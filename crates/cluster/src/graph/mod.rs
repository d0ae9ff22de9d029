//! The channels of a cluster: for each kind of TLS connection, what either side presents, what it
//! verifies the other with, the name that is checked, and the identity that has to result.

mod build;
mod describe;
pub mod server;

use std::fmt;
use std::sync::Arc;

use crate::component::Component;
use crate::inventory::Inventory;
use crate::kubeconfig::KubeconfigUse;
use crate::material::{Loader, Material, Pair};
use crate::process::NamedPair;
use crate::setting::Setting;

pub use server::Server;

/// Every channel of a cluster.
#[derive(Debug)]
pub struct Graph {
    /// In a fixed order: by server, then by client, then by node.
    pub channels: Vec<Channel>,
}

/// One kind of connection between two components.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Who connects.
    pub client: Party,
    /// Who answers.
    pub server: Party,
    /// What it is for, in a few words.
    pub purpose: &'static str,
    /// The kubeconfig that the client uses. When it could not be read, what it would say is
    /// `Unknown` below.
    pub kubeconfig: Option<Arc<KubeconfigUse>>,
    /// Where the client connects to, any of these; empty when nothing says so.
    pub addresses: Vec<Address>,
    /// What the server presents.
    pub serving: Serving,
    /// What the client verifies the server with.
    pub trust: Trust,
    /// What the client presents.
    pub credential: Credential,
    /// What the server does with it.
    pub client_auth: ClientAuth,
    /// The identity that the client needs for its job.
    pub required: Required,
    /// Whether the connection is made today. A single etcd member never dials itself: its peer
    /// channel is what a second member would meet.
    pub latent: bool,
}

/// One side of a channel.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Party {
    /// Which component.
    pub component: Component,
    /// On which node: an index into [`crate::Inventory::nodes`]. `None`: not on a given node.
    pub node: Option<usize>,
    /// The node's name, when several nodes were given.
    pub label: Option<Arc<str>>,
}

/// Where a client connects to.
#[derive(Clone, Debug)]
pub struct Address {
    /// `https` or `http`, in lower case; anything else as written.
    pub scheme: String,
    /// A DNS name or an IP address, without brackets.
    pub host: String,
    /// The port, also when it is the scheme's default.
    pub port: u16,
    /// What is written down that makes the client go there.
    pub setting: Setting,
    /// The name that the client checks the server's certificate for, when not `host`.
    pub server_name: Option<Setting>,
}

/// Where a process listens for TLS.
#[derive(Clone, Debug)]
pub struct Listener {
    /// The address it is bound to; where that is every address of the machine, loopback and then the
    /// one that others are told.
    pub hosts: Vec<String>,
    /// The port.
    pub port: u16,
    /// What it presents.
    pub serving: Serving,
}

/// What a server presents.
#[derive(Clone, Debug)]
pub struct Serving {
    /// What everybody gets who asks for no name that another pair is for.
    pub default: Presented,
    /// Further pairs that are chosen by the name the client asks for.
    pub by_name: Vec<NamedPair>,
}

/// The certificate that a server presents.
#[derive(Clone, Debug)]
pub enum Presented {
    /// A certificate with its key.
    Pair(Arc<Pair>),
    /// The process makes one when it starts that no CA of the cluster knows.
    SelfSigned,
    /// None yet: a request for it waits for approval (kubelet, `serverTLSBootstrap`). Every
    /// handshake fails with "tls: internal error".
    Pending(Setting),
    /// It serves without TLS, because this says so.
    Plaintext(Setting),
    /// It is not kept in a node's files; the words say where.
    Elsewhere(&'static str),
    /// What would say it could not be read, or was not collected.
    Unknown,
}

/// What one side verifies the other with.
#[derive(Clone, Debug)]
pub enum Trust {
    /// These CA certificates.
    Bundle {
        /// Where they are.
        material: Material,
        /// Who reads them.
        loader: Loader,
    },
    /// The CA certificates of the system or image, because nothing else is said.
    System,
    /// Nobody: nothing is verified. The setting that says so; `None` when it is the default.
    Nothing(Option<Setting>),
    /// They are not kept in a node's files; the words say where.
    Elsewhere(&'static str),
    /// What would say it could not be read, or was not collected.
    Unknown,
}

/// What a client presents.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A certificate with its key.
    Pair(Arc<Pair>),
    /// A token of a service account.
    ServiceAccountToken(Box<ServiceAccountTokens>),
    /// A bearer token that is written in a kubeconfig or in a file it names.
    Token(Setting),
    /// Whatever a credential plugin answers.
    Plugin(Setting),
    /// Nothing: the client is anonymous.
    Nothing,
    /// What would say it could not be read, or was not collected.
    Unknown,
}

/// How service account tokens are signed and checked.
#[derive(Clone, Debug)]
pub struct ServiceAccountTokens {
    /// The node whose kube-apiserver signs.
    pub signer: usize,
    /// The key kube-apiserver signs with.
    pub signing_key: Option<Material>,
    /// The keys kube-apiserver checks with; any may fit.
    pub verification_keys: Vec<Material>,
    /// The key kube-controller-manager signs legacy secret tokens with.
    pub legacy_signing_key: Option<Material>,
    /// The issuers of the kube-apiserver that signs; the first is the one tokens name.
    pub issuers: Vec<Setting>,
    /// The issuers that the kube-apiserver that checks accepts.
    pub accepted_issuers: Vec<Setting>,
    /// The socket of a signer outside the process, instead of the key files.
    pub external_signer: Option<Setting>,
}

/// What a server does with client certificates.
#[derive(Clone, Debug)]
pub struct ClientAuth {
    /// How it asks.
    pub mode: ClientAuthMode,
    /// What it verifies them with.
    pub trust: Trust,
    /// The common names it accepts, when it does not accept all (front proxy, etcd's peers).
    pub allowed_names: Vec<Setting>,
    /// The alternative names of which a certificate has to have one, when there are any (etcd).
    pub allowed_hostnames: Vec<Setting>,
}

/// How a server asks for client certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuthMode {
    /// It looks at none: whoever presents one is anonymous, or refused.
    None,
    /// It asks, and looks at what came with each request: Go's `RequestClientCert`, then the x509
    /// authenticator. A bad certificate is a 401; none at all is anonymous.
    Request,
    /// The handshake fails without a good one: Go's `RequireAndVerifyClientCert`.
    Require,
    /// Not known.
    Unknown,
}

/// The identity that a client needs for its job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Required {
    /// This user.
    User(&'static str),
    /// Membership in any of these groups.
    AnyGroup(&'static [&'static str]),
    /// This user, or membership in any of these groups.
    UserOrGroup(&'static str, &'static [&'static str]),
    /// The user `system:node:NAME` in the group `system:nodes`. `None`: any name.
    Node(Option<Arc<str>>),
    /// A service account in `kube-system`, or any when empty.
    ServiceAccount(&'static str),
    /// A common name among [`ClientAuth::allowed_names`], or any when there are none.
    FrontProxy,
    /// Whatever the CA vouches for.
    AnyCertificate,
}

impl Graph {
    /// The channels of a cluster, as far as its nodes' files tell. What a file that is absent would
    /// say is `Unknown`; nothing is guessed.
    pub fn of(inventory: &Inventory) -> Self {
        build::graph(inventory)
    }

    /// The channels that some components of a node have a part in: of [`Graph::of`] those, without
    /// drawing the others.
    pub fn around(inventory: &Inventory, node: usize, components: &[Component]) -> Self {
        build::around(inventory, node, components)
    }
}

impl Listener {
    /// Where a component of a node listens for TLS, as far as its settings and their defaults say.
    pub fn of(inventory: &Inventory, node: usize, component: Component) -> Vec<Self> {
        build::listeners(inventory, node, component)
    }
}

impl Channel {
    /// The channels that a kubeconfig leads to from a node, whoever uses it: one for every
    /// kube-apiserver that may answer.
    pub fn of_kubeconfig(
        inventory: &Inventory,
        node: usize,
        kubeconfig: &Arc<KubeconfigUse>,
    ) -> Vec<Channel> {
        build::of_kubeconfig(inventory, node, kubeconfig)
    }

    /// This channel with another state of its server: what `other`, a channel between the same two,
    /// says of the server's side.
    #[must_use]
    pub fn answered_as_in(&self, other: &Channel) -> Channel {
        Channel {
            server: other.server.clone(),
            serving: other.serving.clone(),
            client_auth: other.client_auth.clone(),
            credential: self.credential.checked_as_in(&other.credential),
            ..self.clone()
        }
    }

    /// The id that scripts rely on: `CLIENT->SERVER`.
    pub fn id(&self) -> String {
        format!("{}->{}", self.client, self.server)
    }
}

impl Party {
    /// The same component of another node, by its name; who is on none stays there.
    #[must_use]
    pub fn on(&self, node: &str) -> Party {
        Party {
            label: self.label.as_ref().map(|_| node.into()),
            ..self.clone()
        }
    }
}

impl Credential {
    /// A token is signed on the client's side, and checked on the server's.
    fn checked_as_in(&self, other: &Credential) -> Credential {
        match (self, other) {
            (Credential::ServiceAccountToken(signed), Credential::ServiceAccountToken(checked)) => {
                Credential::ServiceAccountToken(Box::new(ServiceAccountTokens {
                    verification_keys: checked.verification_keys.clone(),
                    accepted_issuers: checked.accepted_issuers.clone(),
                    ..(**signed).clone()
                }))
            }
            _ => self.clone(),
        }
    }
}

impl Address {
    /// The name that the client checks the server's certificate for.
    pub fn checked_name(&self) -> &str {
        match &self.server_name {
            Some(setting) => &setting.value,
            None => &self.host,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.label {
            Some(label) => write!(f, "{}@{label}", self.component),
            None => write!(f, "{}", self.component),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}
