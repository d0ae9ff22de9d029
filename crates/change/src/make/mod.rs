//! What is missing, made: keys, certificates, kubeconfigs, and the files they go into.

mod plan;
mod texts;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use authority::{
    Authority, IssueError, KeyAlgorithm, KeyError, Kind, PrivateKey, Profile, Signer, Validity,
};
use cluster::Files;
use cluster::catalogue::{AUTHORITIES, Authority as AuthorityRow, Credential, Holder};
use thiserror::Error;
use time::UtcDateTime;
use verify::Certificate;
use zeroize::Zeroizing;

use crate::compare::{Comparison, State, TokenKey, Wanted};
use crate::disk::{Folder, NewFile};
use crate::given::Known;
use crate::part::Part;
use crate::wish::Node;
use crate::{names, parallel};

pub use plan::{InTheWay, plan};

/// What is to be written to a node.
pub struct Change {
    /// The folders that have to be there.
    pub folders: Vec<Folder>,
    /// The files.
    pub files: Vec<NewFile>,
    /// Each part with what becomes of it.
    pub parts: Vec<Made>,
}

/// A part with what became of it.
pub struct Made {
    /// The part.
    pub part: Part,
    /// What was there before.
    pub state: State,
    /// Its files on the node; those that are made now when some are.
    pub paths: Vec<String>,
    /// The certificate, when one was issued.
    pub certificate: Option<Arc<Certificate>>,
}

/// Why nothing was made.
#[derive(Debug, Error)]
pub enum MakeError {
    /// No key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No certificate.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// No names.
    #[error("{0}")]
    Names(String),
    /// An audit of what would be made finds a mistake.
    #[error("what would be made would not work: {message} ({code})")]
    WouldNotWork {
        /// The finding's code.
        code: &'static str,
        /// What is wrong.
        message: String,
        /// What can be done about it.
        remedy: String,
    },
}

impl MakeError {
    /// What can be done about it, when there is something to say.
    pub fn hint(&self) -> Option<&str> {
        match self {
            MakeError::WouldNotWork { remedy, .. } => Some(remedy),
            _ => None,
        }
    }
}

/// How things are made.
pub struct Means<'a> {
    /// The moment by which everything is made and judged.
    pub at: UtcDateTime,
    /// The kind of keys.
    pub algorithm: KeyAlgorithm,
    /// Is told of every key that was made.
    pub progress: &'a (dyn Fn() + Sync),
}

/// How many keys [`make`] will make.
pub fn count_keys(wanted: &Wanted<'_>, comparison: &Comparison) -> usize {
    let needs = Needs::of(wanted, comparison);
    needs.authorities.len() + usize::from(needs.token_key) + needs.credentials.len()
}

/// Makes what is missing, for all nodes at once.
///
/// # Errors
/// When something cannot be made, or would not work once it was.
pub fn make(
    wanted: &Wanted<'_>,
    files: &[Files],
    comparison: &Comparison,
    means: &Means<'_>,
) -> Result<Vec<Change>, MakeError> {
    let needs = Needs::of(wanted, comparison);
    let mut keys = needs.keys(means)?.into_iter();
    let mut authorities: BTreeMap<_, Known> = comparison
        .authorities
        .iter()
        .filter_map(|(name, known)| Some((*name, known.clone()?)))
        .collect();
    for (row, key) in needs.authorities.iter().zip(keys.by_ref()) {
        let made = new_authority(wanted, row, key, means.at)?;
        authorities.insert(row.name, made);
    }
    let token_key = match needs.token_key {
        true => keys.next().map(token_key).transpose()?,
        false => comparison.token_key.clone(),
    };
    let credentials: Vec<_> = needs.credentials.iter().zip(keys).collect();
    let issued = parallel::map(&credentials, |((node, row), key)| {
        issue(wanted, &wanted.nodes[*node], row, key, &authorities, means)
    });
    let issued = issued.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut issued = issued.iter();
    let mut changes = Vec::new();
    for ((node, files), parts) in wanted.nodes.iter().zip(files).zip(&comparison.nodes) {
        let mut builder =
            texts::Builder::new(wanted, node, files, &authorities, token_key.as_ref());
        for (part, state) in parts {
            let issued = match (part, state) {
                (Part::Credential(_), State::Absent) => issued.next(),
                _ => None,
            };
            builder.add(*part, *state, issued);
        }
        changes.push(builder.finish());
    }
    Ok(changes)
}

/// What keys are needed for, in the order in which [`Needs::keys`] makes them.
struct Needs {
    authorities: Vec<&'static AuthorityRow>,
    token_key: bool,
    /// By the node's place.
    credentials: Vec<(usize, &'static Credential)>,
}

impl Needs {
    fn of(wanted: &Wanted<'_>, comparison: &Comparison) -> Self {
        let parts = || comparison.nodes.iter().flatten();
        let is_wanted = |row: &&'static AuthorityRow| (wanted.select)(&Part::Authority(row));
        let is_absent =
            |row: &&AuthorityRow| matches!(comparison.authorities.get(row.name), Some(None));
        let mut token_keys = parts().filter(|(part, _)| matches!(part, Part::ServiceAccount));
        let credentials = comparison
            .nodes
            .iter()
            .enumerate()
            .flat_map(|(node, parts)| {
                parts.iter().filter_map(move |(part, state)| match part {
                    Part::Credential(row) if *state == State::Absent => Some((node, *row)),
                    _ => None,
                })
            });
        Needs {
            authorities: AUTHORITIES
                .iter()
                .filter(is_wanted)
                .filter(is_absent)
                .collect(),
            token_key: comparison.token_key.is_none() && token_keys.next().is_some(),
            credentials: credentials.collect(),
        }
    }

    fn keys(&self, means: &Means<'_>) -> Result<Vec<PrivateKey>, KeyError> {
        // No tool of Kubernetes signs certificates with Ed25519, and kube-apiserver signs no tokens
        // with it.
        let signing = match means.algorithm {
            KeyAlgorithm::Ed25519 => KeyAlgorithm::EcdsaP256,
            algorithm => algorithm,
        };
        let count = self.authorities.len() + usize::from(self.token_key);
        let mut algorithms = vec![signing; count];
        algorithms.extend(self.credentials.iter().map(|_| means.algorithm));
        let keys = parallel::map(&algorithms, |algorithm| {
            let key = PrivateKey::generate(*algorithm);
            (means.progress)();
            key
        });
        keys.into_iter().collect()
    }
}

/// An authority that vouches for itself, or that the given root vouches for; no other may stand
/// below it then.
fn new_authority(
    wanted: &Wanted<'_>,
    row: &AuthorityRow,
    key: PrivateKey,
    at: UtcDateTime,
) -> Result<Known, MakeError> {
    let text = key.to_pem()?;
    let validity = validity(at, wanted.cluster.ca_validity);
    let mut profile = Profile::authority(row);
    let root = wanted.given.root.as_ref();
    let authority = match root.and_then(|root| root.authority.as_ref()) {
        None => Authority::self_signed(&profile, Arc::new(key), validity)?,
        Some(root) => {
            profile.kind = Kind::Authority {
                path_length: Some(0),
            };
            root.subordinate(&profile, Arc::new(key), validity, at)?
        }
    };
    Ok(Known::made(authority, text))
}

fn token_key(key: PrivateKey) -> Result<TokenKey, KeyError> {
    Ok(TokenKey {
        private: Arc::new(key.to_pem()?),
        public: key.public_pem(),
    })
}

/// A certificate that was issued, and its key.
pub(crate) struct Issued {
    certificate: Arc<Certificate>,
    key: Zeroizing<String>,
}

fn issue(
    wanted: &Wanted<'_>,
    node: &Node,
    row: &'static Credential,
    key: &PrivateKey,
    authorities: &BTreeMap<&'static str, Known>,
    means: &Means<'_>,
) -> Result<Issued, MakeError> {
    let names = names::of(row.name, wanted.cluster, node).map_err(MakeError::Names)?;
    let profile = Profile::credential(row, &node.name, names);
    let known = authorities.get(row.authority);
    let authority = known.and_then(|known| known.authority.as_ref());
    let Some(authority) = authority else {
        // `compare` has seen to it.
        let text = format!(
            "there is no authority `{}` to issue {}",
            row.authority, row.name
        );
        return Err(MakeError::Names(text));
    };
    let mut validity = validity(means.at, wanted.cluster.certificate_validity);
    if let Holder::Kubeconfig(_) = row.holder {
        // As kubeadm: what a kubeconfig holds counts from when its authority does.
        validity.not_before = authority.certificate().not_before.utc();
    }
    Ok(Issued {
        certificate: authority.issue(&profile, key.public_key(), validity, means.at)?,
        key: key.to_pem()?,
    })
}

/// From five minutes ago, for clocks that are late, for so many seconds from now.
fn validity(at: UtcDateTime, seconds: i64) -> Validity {
    const SLACK: Duration = Duration::from_secs(5 * 60);
    Validity {
        not_before: at - SLACK,
        not_after: at.saturating_add(time::Duration::seconds(seconds)),
    }
}
