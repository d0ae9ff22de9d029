//! Why a command could not do its work: what is wrong, and what to do.

use std::path::PathBuf;

use authority::control_plane::Unusable;
use authority::objects::{SealError, TrustBundleError};
use authority::token::NoRandom;
use authority::token::jwks::DiscoveryError;
use authority::token::service_account::{NotAnAccount, SigningError};
use thiserror::Error;

use crate::secret;

/// What ends a command with exit status 2.
#[derive(Debug, Error)]
pub enum CliError {
    /// Standard output could not be written to.
    #[error("cannot write the result: {0}")]
    Output(#[from] std::io::Error),

    /// What was planned is no plan.
    #[error("the plan is not one: {0}")]
    Plan(#[from] change::plan::PlanError),

    /// No certificate goes by this name.
    #[error("there is no certificate `{0}` in a kubeadm cluster")]
    NoCredentialNamed(String),

    /// A change cannot be begun or gone on with.
    #[error(transparent)]
    Journal(#[from] change::journal::JournalError),

    /// A change did not go on.
    #[error(transparent)]
    Apply(#[from] change::apply::ApplyError),

    /// Nodes do not change together.
    #[error(transparent)]
    Together(#[from] change::together::TogetherError),

    /// A root without what it vouches with.
    #[error("a root vouches for new authorities with its key, which is not given")]
    NoRootKey,

    /// A store, for a program that was built without that.
    #[cfg(not(feature = "etcd"))]
    #[error("this kubepki was built without what reaches etcd")]
    NoStore,

    /// A file tree whose change goes through a store.
    #[error("{0} is a change of several nodes")]
    OfSeveral(String),

    /// The demo did not go as it should.
    #[error("`kubepki {line}` ended otherwise than it should: {status}")]
    Story {
        /// What was run.
        line: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },

    /// A node's file tree cannot be read.
    #[error("cannot read the file tree `{}`: {source}", path.display())]
    Rootfs {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },

    /// An archive of nodes' file trees cannot be read.
    #[error("cannot read the file trees in `{}`: {source}", path.display())]
    Archive {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: archive::ReadError,
    },

    /// One name for several nodes.
    #[error("`{}` holds several nodes", .0.display())]
    SeveralNodes(PathBuf),

    /// Some of many file trees could not be read.
    #[error("{0} of the trees could not be read")]
    Trees(usize),

    /// A file that was given cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Input {
        /// Which file; `-` is standard input.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },

    /// API objects that cannot be read.
    #[error("cannot read the API objects in {0}")]
    Dump(#[from] cluster::objects::DumpError),

    /// A folder without dumps.
    #[error("no file in `{}` ends in .yaml, .yml or .json", .0.display())]
    NoDump(PathBuf),

    /// A file in which nothing could be read.
    #[error("cannot read what is in `{}`: {why}", path.display())]
    Broken {
        /// Which file; `-` is standard input.
        path: PathBuf,
        /// What the first thing in it is, and what is wrong with it.
        why: String,
    },

    /// A certificate, perhaps with a key, that is no authority's.
    #[error("`{}` cannot be an authority: {source}", path.display())]
    NotAnAuthority {
        /// The file of the certificate.
        path: PathBuf,
        /// Why not.
        source: authority::AuthorityError,
    },

    /// Something could not be written.
    #[error(transparent)]
    Disk(#[from] change::disk::DiskError),

    /// Nodes and file trees that do not fit.
    #[error("{0}")]
    Nodes(String),

    /// Two nodes that would be one.
    #[error("{0}")]
    Alike(String),

    /// No way to tell a node's address.
    #[error("this machine has no default route, which would tell the node's address")]
    NoAddress,

    /// A part of the PKI that there is not.
    #[error("there is no part `{0}`")]
    NoPart(String),

    /// Something of a node's control plane that cannot be used.
    #[error(transparent)]
    ControlPlane(#[from] Unusable),

    /// A file that should hold a request holds none.
    #[error("no certificate request in `{}`", .0.display())]
    NoRequest(PathBuf),

    /// A single request without a place for its key.
    #[error("it is not said where the key is, or should be")]
    NoKeyFile,

    /// Something could not be made.
    #[error("{0}")]
    NotMade(String),

    /// No key to sign with.
    #[error("the key `{}` is not here", .0.display())]
    NoKey(PathBuf),

    /// Nobody who signs.
    #[error("it is not said which authority signs")]
    NoAuthority,

    /// A file that would have to be overwritten.
    #[error("`{}` is there already", .0.display())]
    Exists(PathBuf),

    /// A name that nothing has that could be explained.
    #[error("nothing is called `{name}`")]
    NothingCalled {
        /// What was asked for.
        name: String,
        /// What is called nearly so.
        near: Vec<String>,
    },

    /// A command that there is not.
    #[error("there is no command `{0}`")]
    NoCommand(String),

    /// A file in which nothing was found.
    #[error("nothing in `{}` is a certificate, a request, a revocation list or a key", .0.display())]
    NothingFound(PathBuf),

    /// A file that holds nothing to show to a server.
    #[error("nothing in `{}` is a certificate, a kubeconfig or a token", .0.display())]
    NoCredential(PathBuf),

    /// A file that should hold certificates holds none.
    #[error("no certificate in `{}`", .0.display())]
    NoCertificate(PathBuf),

    /// What stands where the name of a file is wanted is no such name, but resembles a secret.
    #[error("a secret stands on the command line in place of the name of a file")]
    SecretForName,

    /// A ClusterTrustBundle that kube-apiserver would refuse.
    #[error(transparent)]
    TrustBundle(#[from] TrustBundleError),

    /// The files that control-plane nodes share were not encrypted.
    #[error(transparent)]
    Seal(#[from] SealError),

    /// The keys of tokens cannot be published.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),

    /// A token was not signed.
    #[error(transparent)]
    Signing(#[from] SigningError),

    /// There are no random numbers.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),

    /// Something that no file of the node tells.
    #[error("no manifest of the node tells {what}")]
    NotTold {
        /// What.
        what: &'static str,
        /// The flag that does.
        flag: &'static str,
    },

    /// A bootstrap token where a service account token is wanted.
    #[error("it is a bootstrap token, which only the cluster can check")]
    BootstrapToken,

    /// A service account that there cannot be.
    #[error(transparent)]
    NotAnAccount(#[from] NotAnAccount),

    /// Two things were asked for that exclude each other.
    #[error("{0}")]
    Contradiction(&'static str),

    /// A private key that is encrypted, and nobody to ask.
    #[error("the private key in `{}` is encrypted", .0.display())]
    NoPassword(PathBuf),

    /// A key in a token that cannot be used.
    #[cfg(feature = "pkcs11")]
    #[error(transparent)]
    Token(#[from] pkcs11::TokenError),

    /// A key in a token, for a program that was built without that.
    #[cfg(not(feature = "pkcs11"))]
    #[error("this kubepki was built without what reaches keys in PKCS #11 tokens")]
    NoTokens,

    /// An API that gives nothing to judge.
    #[cfg(feature = "cluster")]
    #[error(transparent)]
    Api(#[from] api::ApiError),

    /// A cluster's API, for a program that was built without that.
    #[cfg(not(feature = "cluster"))]
    #[error("this kubepki was built without what asks a cluster's API")]
    NoCluster,
}

impl CliError {
    /// What the user can do about it, when there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            CliError::Output(_)
            | CliError::Plan(_)
            | CliError::Trees(_)
            | CliError::Input { .. }
            | CliError::NothingFound(_)
            | CliError::TrustBundle(_)
            | CliError::Seal(_)
            | CliError::Discovery(_)
            | CliError::Signing(_)
            | CliError::NoRandom(_)
            | CliError::NotAnAccount(_)
            | CliError::Contradiction(_)
            | CliError::NoRequest(_)
            | CliError::NotMade(_)
            | CliError::NoCredential(_)
            | CliError::NoDump(_)
            | CliError::Story { .. }
            | CliError::Broken { .. } => None,
            CliError::NotAnAuthority { .. } => Some(
                "name the certificate of a CA, then those above it, and the key that belongs to it"
                    .to_owned(),
            ),
            CliError::Dump(_) => Some(
                "give what `kubectl get … -o yaml` or `-o json` prints, several documents with --- between"
                    .to_owned(),
            ),
            CliError::Disk(error) => error.hint().map(str::to_owned),
            CliError::Journal(error) => error.hint(),
            CliError::Apply(error) => error.hint(),
            CliError::Together(error) => error.hint(),
            #[cfg(not(feature = "etcd"))]
            CliError::NoStore => {
                Some("build it with: cargo build --release --locked --features etcd".to_owned())
            }
            CliError::NoRootKey => Some("say --root-ca-key KEY".to_owned()),
            CliError::OfSeveral(_) => {
                Some("give --store URL, so that nobody takes it back any more".to_owned())
            }
            CliError::Nodes(_) => Some(
                "give --rootfs NAME=DIR for each node, or one --rootfs DIR that gets a folder for each"
                    .to_owned(),
            ),
            CliError::Alike(_) => {
                Some("give every node a name, an address and a file tree of its own".to_owned())
            }
            CliError::NoAddress => Some("say --apiserver-advertise-address ADDRESS".to_owned()),
            CliError::NoCredentialNamed(_) => Some("kubepki list shows them".to_owned()),
            CliError::NoPart(_) => Some("kubepki init --dry-run lists them".to_owned()),
            CliError::NotTold { flag, .. } => Some(format!("give --{flag}")),
            CliError::BootstrapToken => Some(
                "kubectl -n kube-system get secret bootstrap-token-ID says until when it is good"
                    .to_owned(),
            ),
            CliError::SecretForName => Some(secret::HINT.to_owned()),
            CliError::ControlPlane(unusable) => unusable_hint(unusable).map(str::to_owned),
            CliError::NoKeyFile => Some("say --key FILE".to_owned()),
            CliError::NoKey(_) => Some(
                "say --ca-key FILE, or a pkcs11: URI, or have it signed where the key is"
                    .to_owned(),
            ),
            CliError::NoAuthority => {
                Some("say --ca-cert FILE and --ca-key FILE, or --ca NAME".to_owned())
            }
            CliError::Exists(_) => Some("move it away first, or name another".to_owned()),
            CliError::NothingCalled { near, .. } => Some(match near.as_slice() {
                [] => "kubepki explain lists everything that can be explained".to_owned(),
                near => format!("did you mean {}?", near.join(", ")),
            }),
            CliError::NoCommand(_) => Some("kubepki --help lists them".to_owned()),
            CliError::NoCertificate(_) => Some(
                "Go takes PEM blocks that begin a line with -----BEGIN CERTIFICATE-----, \
                 or one certificate as DER"
                    .to_owned(),
            ),
            CliError::NoPassword(_) => {
                Some("give --password-file, or run this at a terminal".to_owned())
            }
            #[cfg(feature = "pkcs11")]
            CliError::Token(error) => error.hint().map(str::to_owned),
            #[cfg(not(feature = "pkcs11"))]
            CliError::NoTokens => {
                Some("build it with: cargo build --release --locked --features pkcs11".to_owned())
            }
            #[cfg(feature = "cluster")]
            CliError::Api(_) => None,
            #[cfg(not(feature = "cluster"))]
            CliError::NoCluster => Some(
                "build it with: cargo build --release --locked --features cluster; or give --objects what kubectl prints"
                    .to_owned(),
            ),
            CliError::SeveralNodes(_) => Some("they have names of their own: audit, list and graph take --rootfs ARCHIVE".to_owned()),
            CliError::Archive { .. } | CliError::Rootfs { .. } => {
                Some("give --rootfs a folder or an archive that holds etc/kubernetes".to_owned())
            }
        }
    }
}

fn unusable_hint(unusable: &Unusable) -> Option<&'static str> {
    match unusable {
        Unusable::Unreadable { why, .. } if why == "permission denied" => {
            Some("run this as somebody who may read it")
        }
        Unusable::Missing(_) | Unusable::Unreadable { .. } => {
            Some("--rootfs DIR reads another tree, and --cert-dir DIR another folder of it")
        }
        Unusable::HoldsKey(_) => {
            Some("leave only certificates in it, and keep the key in a file of its own")
        }
        Unusable::ExternalSigner(_) => {
            Some("ask that service; its keys are in no file of this node")
        }
        Unusable::Kubeconfig { .. } => Some("give --server URL"),
        Unusable::NotSet { .. } => Some("--cert-dir DIR takes the file that kubeadm would name"),
        Unusable::Content { .. } => None,
    }
}
