//! What goes wrong in a channel, with who uses what: the facts that blame is laid by.

use std::sync::Arc;

use cluster::graph::Required;
use cluster::process::Note;
use cluster::{Component, KubeconfigUse, Loader, Material, Setting};
use verify::tls::{CannotSign, Side};
use verify::{Certificate, VerifyError};

use crate::identity::{Identity, NotAUser};
use crate::load::{Fault, Half, Id, id};

/// A material as a component uses it: the same file may be used for several things.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use<'a> {
    pub(crate) material: &'a Material,
    /// Who uses it.
    pub(crate) by: Component,
    /// On which node.
    pub(crate) node: Option<usize>,
}

/// One thing that goes wrong.
#[derive(Clone, Debug)]
pub(crate) enum Problem<'a> {
    /// What is needed to judge was not collected.
    NotCollected(Use<'a>),
    /// Something cannot be loaded.
    Load {
        what: Use<'a>,
        /// The other half, when it is a pair.
        other: Option<&'a Material>,
        half: Half,
        loader: Loader,
        fault: Fault,
    },
    /// A pair of which only one half is set; the half that is.
    HalfPair { set: Use<'a>, missing: Half },
    /// client-go refuses a kubeconfig.
    Kubeconfig {
        used: &'a Arc<KubeconfigUse>,
        by: Component,
        node: Option<usize>,
    },
    /// The process does not come up for another reason, of which the inventory took note.
    NotStarted {
        component: Component,
        node: usize,
        note: Note,
    },
    /// A certificate is not accepted.
    Refused {
        presented: Use<'a>,
        /// What it was verified with; nothing for the system's authorities.
        trust: Option<Use<'a>>,
        /// Who presented it.
        side: Side,
        leaf: Arc<Certificate>,
        error: VerifyError,
    },
    /// The server makes a certificate for itself that the client cannot know.
    SelfSigned {
        server: Component,
        node: Option<usize>,
        trust: Use<'a>,
    },
    /// The owner of a key cannot use it in TLS.
    CannotSign { presented: Use<'a>, why: CannotSign },
    /// The certificate does not name what is dialled.
    Name {
        presented: Use<'a>,
        leaf: Arc<Certificate>,
        host: &'a Setting,
        /// The node where the host is named.
        node: Option<usize>,
        name: String,
    },
    /// One side speaks TLS, the other does not.
    Plaintext {
        setting: &'a Setting,
        node: Option<usize>,
    },
    /// The client is verified, but presents nothing.
    NoCredential {
        client: Component,
        node: Option<usize>,
        kubeconfig: Option<&'a Arc<KubeconfigUse>>,
        server: Component,
    },
    /// The server looks at no client certificates.
    NoClientAuthority {
        server: Component,
        node: Option<usize>,
    },
    /// The server is verified with the system's authorities, which do not know the cluster's.
    NoAuthority {
        client: Component,
        node: Option<usize>,
        kubeconfig: Option<&'a Arc<KubeconfigUse>>,
        presented: Use<'a>,
    },
    /// The identity is not what the role needs.
    Identity {
        presented: Use<'a>,
        leaf: Arc<Certificate>,
        kubeconfig: Option<&'a Arc<KubeconfigUse>>,
        identity: Identity,
        required: Required,
    },
    /// The certificate makes no user.
    NoUser { presented: Use<'a>, why: NotAUser },
    /// The common name, or none of the alternative names, is one of those that are allowed.
    NotAllowed {
        presented: Use<'a>,
        names: String,
        allowed: Setting,
        /// The node where the list stands.
        node: Option<usize>,
    },
    /// The server looks for the user's name in other headers than the front proxy writes.
    UserHeader {
        /// What says in which; else what makes it look at headers at all.
        setting: Setting,
        node: Option<usize>,
    },
    /// The client is known, but no authorizer is asked that would let it do its job.
    NotAuthorized {
        /// The list that one is missing from.
        modes: Setting,
        node: Option<usize>,
        /// The one that is missing.
        lacks: &'static str,
    },
    /// The server's certificate waits for approval.
    Pending {
        setting: &'a Setting,
        node: Option<usize>,
    },
    /// Tokens are signed with a key that nobody checks with.
    TokenKey {
        signing: Use<'a>,
        checking: Vec<Use<'a>>,
        /// The node where they are checked.
        checker: Option<usize>,
        legacy: bool,
    },
    /// Tokens name an issuer that is not accepted.
    TokenIssuer {
        named: &'a Setting,
        /// The node where they are signed.
        signer: Option<usize>,
        accepted: Vec<Setting>,
        /// The node where they are checked.
        checker: Option<usize>,
    },
}

/// A problem in a channel, and what the side that notices says.
#[derive(Clone, Debug)]
pub(crate) struct Breakage<'a> {
    /// The channel's index in the graph; `None` for what no channel needs.
    pub(crate) channel: Option<usize>,
    pub(crate) problem: Problem<'a>,
    pub(crate) said: String,
}

/// A certificate verified with a bundle, anywhere in the cluster: what blame is weighed with.
#[derive(Clone, Debug)]
pub(crate) struct Relation<'a> {
    pub(crate) presented: Use<'a>,
    pub(crate) trust: Use<'a>,
    /// Whether the bundle knows the issuer.
    pub(crate) issuer_known: bool,
    /// Whether all is well.
    pub(crate) accepted: bool,
}

impl<'a> Use<'a> {
    /// The material's identity, whoever uses it.
    pub(crate) fn id(&self) -> Id {
        id(self.material)
    }

    /// Whether it is the same material for the same purpose.
    pub(crate) fn is_same_use(&self, other: &Use<'_>) -> bool {
        self.id() == other.id() && self.setting() == other.setting() && self.by == other.by
    }

    /// What names it, when it is written down in a file of its own: not the field that embeds it.
    pub(crate) fn setting(&self) -> Option<&'a Setting> {
        self.material
            .setting
            .as_ref()
            .filter(|setting| setting.is_written())
    }

    /// What names it, when that names a file.
    pub(crate) fn naming(&self) -> Option<&'a Setting> {
        self.material.path().and(self.setting())
    }
}

impl Problem<'_> {
    /// Whether it was met on a channel's way and does not break it: pods do not use the tokens of
    /// Secrets.
    pub(crate) fn is_beside(&self) -> bool {
        matches!(self, Problem::TokenKey { legacy: true, .. })
    }

    /// Whether it only says that nobody can know.
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self, Problem::NotCollected(_))
    }
}
