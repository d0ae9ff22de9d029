//! What two certificates, or the files of two clusters, do not have in common, and what that means.
//!
//! All of it is pure. Nothing secret is kept: of keys and tokens it is said that they differ, and no
//! more.

pub mod certificate;
mod content;
mod kubeconfig;
mod process;
pub mod tree;

/// One thing in which two differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs, in words that people use: `subject`, `names`, or a flag's name.
    pub what: String,
    /// How.
    pub change: Change,
    /// What that means in a cluster, where it is known.
    pub meaning: Option<String>,
}

/// How two differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A value; `None` where there is none.
    Value {
        /// In the first.
        a: Option<String>,
        /// In the second.
        b: Option<String>,
    },
    /// Some of many.
    Set {
        /// Those only in the first.
        only_a: Vec<String>,
        /// Those only in the second.
        only_b: Vec<String>,
    },
    /// Something that is not shown, such as a key.
    Hidden,
    /// Something that is not shown, and that cannot be compared.
    Unknown,
}

/// What can be said of two things that are not shown; nothing when they are the same.
pub fn hidden(what: &str, is_same: Option<bool>) -> Option<Difference> {
    match is_same {
        Some(true) => None,
        Some(false) => Some(Difference::new(what, Change::Hidden)),
        None => Some(Difference::new(what, Change::Unknown)),
    }
}

impl Difference {
    fn new(what: impl Into<String>, change: Change) -> Self {
        Difference {
            what: what.into(),
            change,
            meaning: None,
        }
    }

    fn meaning(self, meaning: impl Into<Option<String>>) -> Self {
        Difference {
            meaning: meaning.into(),
            ..self
        }
    }

    /// The same, of a part of something.
    fn within(self, whole: &str) -> Self {
        Difference {
            what: format!("{whole}: {}", self.what),
            ..self
        }
    }

    /// When two values differ.
    fn of_values(what: &str, a: Option<String>, b: Option<String>) -> Option<Self> {
        (a != b).then(|| Difference::new(what, Change::Value { a, b }))
    }

    /// When two sets differ.
    fn of_sets(what: &str, a: &[String], b: &[String]) -> Option<Self> {
        let without = |all: &[String], others: &[String]| -> Vec<String> {
            let only = all.iter().filter(|one| !others.contains(one));
            only.cloned().collect()
        };
        let (only_a, only_b) = (without(a, b), without(b, a));
        let is_same = only_a.is_empty() && only_b.is_empty();
        (!is_same).then(|| Difference::new(what, Change::Set { only_a, only_b }))
    }
}
