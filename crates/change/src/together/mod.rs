//! Several nodes change together, through a store that all of them reach: no node is the master, no
//! private key leaves its node, and what lies on a node's own disk is the truth about its steps.
//!
//! 1. Whoever plans takes the lock. Every node answers with its [`view`]: its files without what is
//!    secret, and a request with a fresh key for every certificate.
//! 2. The planner makes a draft in which files hold public halves. Every node fills what is its own
//!    with its private keys, and says which digests came out: of these the plan is made and proven.
//! 3. Every node stages the plan, and only when all have, it begins, in one transaction.
//! 4. Before a step begins, a transaction says so, which holds only while the change goes this way
//!    and everything that the step comes after is done. When a node's own journal has it, the store
//!    is told that the step is done.
//! 5. Taking back is one transaction too: from then on nothing begins any more, so that all nodes
//!    make the same plan from what had begun.
//!
//! Until 3 the lock goes when the planner does: nothing has happened then.

mod memory;
mod planner;
mod said;
pub mod view;
mod worker;

use std::collections::BTreeMap;

use thiserror::Error;

use crate::apply::ApplyError;
use crate::journal::JournalError;
use crate::plan::{PlanError, StepId};

pub use memory::Shared;
pub use planner::{Offered, Planner, TakingBack, forget, take_back, taking_back, tell_done};
pub use said::{Progress, Record, State, changes, unfinished};
pub use worker::{Moment, Worker, follow};

/// Where nodes tell each other how far they are. Everything below a key's `/` is below it.
pub trait Store: Send + Sync {
    /// Everything whose key begins so, as of one moment.
    ///
    /// # Errors
    /// When it cannot be asked at all. One that does not answer for a while is waited for.
    fn read(&self, prefix: &str) -> Result<Seen, StoreError>;

    /// Does all of `what` at once when all of `when` holds, and says whether it did. When the answer
    /// was lost it is asked once more: what was done then does not hold a second time, so whoever is
    /// refused looks what is there.
    ///
    /// # Errors
    /// As [`Store::read`].
    fn write(&self, when: &[When], what: &[What]) -> Result<bool, StoreError>;

    /// The names of the nodes that keep the store; none when it is not kept by nodes.
    ///
    /// # Errors
    /// As [`Store::read`].
    fn members(&self) -> Result<Vec<String>, StoreError>;

    /// Lets some time go by, so that others can say something.
    fn pause(&self);

    /// What is there, of those whose key begins so, when that can be said at once: who waits for
    /// something else does not wait for the store.
    fn glance(&self, prefix: &str) -> Option<Seen> {
        self.read(prefix).ok()
    }
}

/// What was there at one moment.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The moment, counted by the store.
    pub revision: i64,
    /// Values by key.
    pub values: BTreeMap<String, Vec<u8>>,
}

/// What has to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// A key has this value; without one, there is no such key.
    Is(String, Option<Vec<u8>>),
    /// There is such a key.
    IsThere(String),
    /// Nothing whose key begins so was written after that moment.
    NothingAfter(String, i64),
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A key gets a value.
    Put(String, Vec<u8>),
    /// A key gets a value for as long as whoever says so is alive.
    PutWhileAlive(String, Vec<u8>),
    /// Everything whose key begins so goes.
    Remove(String),
}

/// Why a store is of no use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct StoreError(pub String);

/// Why nodes do not change together.
#[derive(Debug, Error)]
pub enum TogetherError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A step, or the node's journal.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// It is no plan.
    #[error("the plan is not one: {0}")]
    Plan(#[from] PlanError),
    /// Another change has begun and not ended.
    #[error("the change {id} is not finished: {wish}, from {by}")]
    Held {
        /// Its name.
        id: String,
        /// What it is for.
        wish: String,
        /// The node that it was planned on.
        by: String,
    },
    /// Somebody else works for the node.
    #[error("another kubepki works for {0} already")]
    Busy(String),
    /// Nodes for which nobody works.
    #[error("nobody works for {}", .0.join(", "))]
    Absent(Vec<String>),
    /// A node does not do what is its part.
    #[error("{node}: {why}")]
    Refused {
        /// Which.
        node: String,
        /// Why, in its own words.
        why: String,
    },
    /// The keys of authorities would have to travel.
    #[error("{} sign with what is replaced too, and would need the new keys", .0.join(", "))]
    NotSealed(Vec<String>),
    /// A value that this program did not write.
    #[error("the store holds something else under `{key}`: {why}")]
    Foreign {
        /// Which key.
        key: String,
        /// What is wrong with it.
        why: String,
    },
    /// A change that the store does not know.
    #[error("the store knows no change {0}")]
    Unknown(String),
    /// The lock went, because the store lost sight of the planner.
    #[error("the store has not heard from here for too long: nothing was begun")]
    Lost,
    /// There is no way back from there.
    #[error("{0} has been taken back, or was never begun")]
    Over(String),
    /// A step that has not begun.
    #[error("step {0} has not begun, or is done")]
    NotBegun(StepId),
}

impl From<JournalError> for TogetherError {
    fn from(error: JournalError) -> Self {
        ApplyError::from(error).into()
    }
}

impl TogetherError {
    /// What can be done about it, when there is something to say.
    pub fn hint(&self) -> Option<String> {
        match self {
            TogetherError::Apply(error) => error.hint(),
            TogetherError::Held { id, .. } => Some(format!(
                "kubepki apply --store goes on with it on every node, kubepki undo {id} --store takes it back"
            )),
            TogetherError::Busy(_) => {
                Some("it is enough that one does; --node names another".to_owned())
            }
            TogetherError::Absent(nodes) => Some(format!(
                "run kubepki apply --store … on {}, and once more here",
                nodes.join(", ")
            )),
            TogetherError::NotSealed(_) => Some(
                "give --certificate-key-file with the same key (64 hexadecimal digits) here and to kubepki apply there"
                    .to_owned(),
            ),
            TogetherError::Unknown(_) => {
                Some("kubepki history --store lists the changes".to_owned())
            }
            _ => None,
        }
    }
}
