//! Signing what others ask for: which requests a profile admits, and what becomes of them.
//!
//! The rules for nodes are those of Kubernetes' own signers (`pkg/apis/certificates/helpers.go`);
//! what kubeadm makes has a profile for each row of the catalogue.

mod asked;
mod profiles;

use std::time::Duration;

use cluster::catalogue::Usage;
use thiserror::Error;
use time::UtcDateTime;

use crate::issue::{Authority, Validity};
use crate::profile::{Kind, Names, Profile, Subject};

pub use asked::{Asked, RequestError};

/// A way to sign requests.
#[derive(Clone, Copy, Debug)]
pub struct SigningProfile {
    /// Its name.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub purpose: &'static str,
    /// kubeadm's short name of the authority that signs, unless another is named; `None` when there
    /// is none that everybody has.
    pub authority: Option<&'static str>,
    /// What the certificate is for.
    pub issues: Issues,
    /// Whom it may be about.
    pub subject: SubjectRule,
    /// Which names it may have.
    pub names: NamesRule,
    /// How long it lasts, unless something else is said.
    pub lifetime: Duration,
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issues {
    /// TLS.
    Leaf(&'static [Usage]),
    /// Signing others, but no further authorities.
    Authority,
}

/// Whom a certificate may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectRule {
    /// Anybody with a common name.
    Named,
    /// A node: `system:node:NAME` in the group `system:nodes` and no other.
    Node,
    /// As the catalogue has it; `NODE` stands for the name of any node.
    Exactly {
        /// The common name.
        common_name: &'static str,
        /// The organisation.
        organization: Option<&'static str>,
    },
}

/// Which alternative names a certificate may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamesRule {
    /// None.
    None,
    /// Any, or none.
    Any,
    /// DNS names and addresses, or none.
    Hosts,
    /// At least one DNS name or address.
    SomeHost,
}

/// What is allowed beyond what a profile admits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowances {
    /// The group `system:masters`.
    pub system_masters: bool,
}

/// Why a request is not signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Nobody could take back what the group may do.
    #[error("the group system:masters is asked for: {WHY_NOT_MASTERS}")]
    SystemMasters,
    /// A node's identity is asked for in another way than a node's.
    #[error("a node is \"system:node:NAME\" in the group system:nodes and no other, not {0}")]
    NotANode(String),
    /// The subject is another than the profile's.
    #[error("the subject should be {expected}, not {found}")]
    Subject {
        /// The profile's.
        expected: String,
        /// The request's.
        found: String,
    },
    /// There is nobody whom it is about.
    #[error("its subject has no common name, which kube-apiserver takes for the user")]
    NoCommonName,
    /// No name that a client could dial.
    #[error("it asks for no DNS name and no address, and clients verify nothing else")]
    NoHost,
    /// Names that the profile does not admit.
    #[error("it asks for the names {0}, which this profile does not admit")]
    Names(String),
}

/// Why nobody is put into `system:masters` without being asked twice.
pub const WHY_NOT_MASTERS: &str = "kube-apiserver lets it do everything and never asks RBAC about \
    it, so that it cannot be taken back before the certificate ends, because Kubernetes does not \
    check revocation";

/// How long a certificate is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// From when to when.
    pub validity: Validity,
    /// Whether it is shorter than was asked for, because whoever vouches for it ends then.
    pub is_cut: bool,
}

/// The group that may do everything.
const MASTERS: &str = "system:masters";

impl SigningProfile {
    /// Every profile: those of this table, then one for each credential of the catalogue.
    pub fn all() -> impl Iterator<Item = SigningProfile> {
        profiles::all()
    }

    /// The profile of a name.
    pub fn named(name: &str) -> Option<SigningProfile> {
        Self::all().find(|profile| profile.name == name)
    }

    /// What becomes of a request: subject and names as asked for, everything else as the profile
    /// has it.
    ///
    /// # Errors
    /// When the profile does not admit it.
    pub fn admit(&self, asked: &Asked, allowed: Allowances) -> Result<Profile, Refusal> {
        let subject = &asked.subject;
        self.subject.check(subject)?;
        self.names.check(&asked.names)?;
        if self.is_client() {
            check_groups(subject, allowed)?;
        }
        Ok(Profile {
            subject: subject.clone(),
            kind: self.kind(),
            names: asked.names.clone(),
        })
    }

    fn is_client(&self) -> bool {
        matches!(self.issues, Issues::Leaf(usages) if usages.contains(&Usage::Client))
    }

    fn kind(&self) -> Kind {
        match self.issues {
            Issues::Leaf(usages) => Kind::Leaf(usages.to_vec()),
            Issues::Authority => Kind::Authority {
                path_length: Some(0),
            },
        }
    }
}

/// Whether somebody may be in these groups.
///
/// # Errors
/// When one of them needs an allowance that is not given.
pub fn check_groups(subject: &Subject, allowed: Allowances) -> Result<(), Refusal> {
    let in_masters = subject.organizations.iter().any(|group| group == MASTERS);
    match in_masters && !allowed.system_masters {
        true => Err(Refusal::SystemMasters),
        false => Ok(()),
    }
}

impl SubjectRule {
    fn check(self, subject: &Subject) -> Result<(), Refusal> {
        if subject.common_name.is_empty() {
            return Err(Refusal::NoCommonName);
        }
        match self {
            SubjectRule::Named => Ok(()),
            SubjectRule::Node => match is_node(subject) {
                true => Ok(()),
                false => Err(Refusal::NotANode(subject.to_string())),
            },
            SubjectRule::Exactly {
                common_name,
                organization,
            } => {
                let groups = subject.organizations.iter().map(String::as_str);
                let fits = groups.eq(organization) && is_like(&subject.common_name, common_name);
                fits.then_some(()).ok_or_else(|| Refusal::Subject {
                    expected: expected(common_name, organization),
                    found: subject.to_string(),
                })
            }
        }
    }
}

impl NamesRule {
    fn check(self, names: &Names) -> Result<(), Refusal> {
        let hosts = names.dns.len() + names.ip.len();
        let refused: Vec<String> = match self {
            NamesRule::Any => Vec::new(),
            NamesRule::None => names.to_strings(),
            NamesRule::Hosts | NamesRule::SomeHost => {
                names.email.iter().chain(&names.uri).cloned().collect()
            }
        };
        match refused.is_empty() {
            false => Err(Refusal::Names(refused.join(", "))),
            true if self == NamesRule::SomeHost && hosts == 0 => Err(Refusal::NoHost),
            true => Ok(()),
        }
    }
}

impl Term {
    /// From five minutes ago, for clocks that are late, for so long from now, but not beyond the end
    /// of those who vouch for it.
    pub fn new(authority: &Authority, at: UtcDateTime, lifetime: Duration) -> Self {
        const SLACK: Duration = Duration::from_secs(5 * 60);
        let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        let wanted = at.saturating_add(time::Duration::seconds(seconds));
        let ends = authority.chain().iter();
        let end = ends.map(|above| above.not_after.utc()).min();
        let not_after = end.map_or(wanted, |end| wanted.min(end));
        Term {
            validity: Validity {
                not_before: at - SLACK,
                not_after,
            },
            is_cut: not_after < wanted,
        }
    }
}

fn is_node(subject: &Subject) -> bool {
    subject.organizations == ["system:nodes"] && is_like(&subject.common_name, "system:node:NODE")
}

/// Whether a name is this one, with some node's name in the place of `NODE`.
fn is_like(name: &str, pattern: &str) -> bool {
    match pattern.strip_suffix("NODE") {
        Some(start) => name
            .strip_prefix(start)
            .is_some_and(|node| !node.is_empty()),
        None => name == pattern,
    }
}

fn expected(common_name: &str, organization: Option<&str>) -> String {
    let subject = Subject {
        organizations: organization.map(str::to_owned).into_iter().collect(),
        common_name: common_name.to_owned(),
    };
    subject.to_string()
}
