//! What every server says to one credential: the words for it.

use std::sync::Arc;

use authority::token::service_account::Token;
use cluster::graph::Server;
use cluster::graph::server::{Authorization, Source};
use cluster::{Inventory, Party, Setting};
use time::UtcDateTime;
use verify::Certificate;

use super::hearing::Hearing;
use super::{Identity, union};
use crate::judge::Judge;

/// The group that may do everything.
pub(super) const MASTERS: &str = "system:masters";

/// What a client comes with: either, or both.
#[derive(Default)]
pub struct Presented {
    /// Its certificate, and those of issuers that it sends along.
    pub chain: Vec<Arc<Certificate>>,
    /// Its bearer token.
    pub bearer: Option<Bearer>,
}

/// A bearer token, as far as it tells something.
pub enum Bearer {
    /// A JSON web token.
    Jwt(Box<Token>),
    /// A bootstrap token: the part that is no secret.
    Bootstrap(String),
    /// Something that means nothing without whoever made it.
    Other,
}

/// What a server says.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Which server.
    pub server: Party,
    /// What becomes of the client.
    pub outcome: Outcome,
    /// Whom it is taken for; with [`Outcome::Unknown`], if it is accepted. `None` when it is
    /// nobody, or names its users itself.
    pub identity: Option<Identity>,
    /// Whether it may name anybody in headers.
    pub speaks_for_others: bool,
    /// Why it is refused, or why nobody can say.
    pub why: Option<String>,
    /// What decides then what it may do.
    pub authorization: Authorization,
    /// What every authenticator says, in the server's order.
    pub steps: Vec<Step>,
}

/// What becomes of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is let in.
    Accepted,
    /// Nobody knows it, and nobody refuses it.
    Anonymous,
    /// It is not let in.
    Refused,
    /// The files do not tell.
    Unknown,
}

/// What one authenticator says.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which.
    pub method: Method,
    /// The flag or field it is set up with.
    pub setting: Option<Setting>,
    /// Whose flag that is.
    pub source: Source,
    /// What it says.
    pub opinion: Opinion,
}

/// Ways to find out who a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Whatever there is.
    Unknown,
    /// The handshake.
    Handshake,
    /// Headers of a front proxy.
    RequestHeader,
    /// The subject of a certificate.
    ClientCertificate,
    /// A file of tokens.
    TokenFile,
    /// Tokens of service accounts.
    ServiceAccount,
    /// Bootstrap tokens.
    BootstrapToken,
    /// OpenID Connect.
    OpenId,
    /// A service outside.
    Webhook,
    /// kube-apiserver.
    TokenReview,
    /// All that look at bearer tokens.
    BearerToken,
}

/// What an authenticator says to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opinion {
    /// It knows the client.
    Takes(Identity),
    /// The client names its users in headers; without them it is not known.
    SpeaksForOthers,
    /// It lets everybody in.
    TakesEverybody,
    /// It refuses the client, with its words.
    Refuses(String),
    /// It does not know the client, and leaves it to the next.
    Passes(String),
    /// The files do not tell.
    Unknown {
        /// Why not.
        why: String,
        /// Whom it takes the client for, if it does.
        identity: Option<Identity>,
    },
}

impl Answer {
    /// What every server of a cluster says to a client, as of `at`.
    pub fn all(inventory: &Inventory, presented: &Presented, at: UtcDateTime) -> Vec<Self> {
        let servers = Server::all(inventory);
        let judge = Judge::new(inventory, at);
        let hearing = Hearing::new(&judge, &servers, presented, at);
        servers
            .iter()
            .map(|server| hearing.answer(server))
            .collect()
    }

    /// Whether it is taken for somebody whom kube-apiserver denies nothing, whatever its authorizers
    /// would say (`pkg/kubeapiserver/authorizer/reload.go`).
    pub fn is_master(&self) -> bool {
        let identity = self.identity.as_ref();
        identity.is_some_and(|identity| identity.is_in(MASTERS))
    }

    /// What the authenticator said that decided, when one did.
    pub fn decisive(&self) -> Option<&Step> {
        union::decisive(&self.steps)
    }
}

impl Outcome {
    /// `accepted`, `anonymous`, `refused` or `unknown`.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Accepted => "accepted",
            Outcome::Anonymous => "anonymous",
            Outcome::Refused => "refused",
            Outcome::Unknown => "unknown",
        }
    }
}

impl Method {
    /// In lower case, with hyphens.
    pub fn name(self) -> &'static str {
        match self {
            Method::Unknown => "unknown",
            Method::Handshake => "tls",
            Method::RequestHeader => "request-header",
            Method::ClientCertificate => "client-certificate",
            Method::TokenFile => "token-file",
            Method::ServiceAccount => "service-account",
            Method::BootstrapToken => "bootstrap-token",
            Method::OpenId => "openid-connect",
            Method::Webhook => "webhook",
            Method::TokenReview => "token-review",
            Method::BearerToken => "bearer-token",
        }
    }

    /// Whether it looks at bearer tokens.
    pub(super) fn is_of_tokens(self) -> bool {
        !matches!(
            self,
            Method::Handshake | Method::RequestHeader | Method::ClientCertificate
        )
    }
}

impl Opinion {
    /// `takes`, `speaks-for-others`, `takes-everybody`, `refuses`, `passes` or `unknown`.
    pub fn name(&self) -> &'static str {
        match self {
            Opinion::Takes(_) => "takes",
            Opinion::SpeaksForOthers => "speaks-for-others",
            Opinion::TakesEverybody => "takes-everybody",
            Opinion::Refuses(_) => "refuses",
            Opinion::Passes(_) => "passes",
            Opinion::Unknown { .. } => "unknown",
        }
    }

    /// Whether the client is let in, known or not.
    pub(super) fn takes(&self) -> bool {
        matches!(
            self,
            Opinion::Takes(_) | Opinion::SpeaksForOthers | Opinion::TakesEverybody
        )
    }

    /// Why, when it does not take the client.
    pub fn why(&self) -> Option<&str> {
        match self {
            Opinion::Refuses(why) | Opinion::Passes(why) | Opinion::Unknown { why, .. } => {
                Some(why)
            }
            _ => None,
        }
    }
}

impl Step {
    pub(super) fn new(method: Method, setting: Option<Setting>, opinion: Opinion) -> Self {
        Step {
            method,
            setting,
            source: Source::Own,
            opinion,
        }
    }

    pub(super) fn from(self, source: Source) -> Self {
        Step { source, ..self }
    }

    pub(super) fn is_decided(&self) -> bool {
        !matches!(self.opinion, Opinion::Passes(_))
    }
}
