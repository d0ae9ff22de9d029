//! What there is to say of a credential: what it is, whom it makes of its bearer, and what every
//! server says.

mod human;
mod json;

use std::path::Path;

use audit::identity::{Answer, Dialled, Identity, Step};
use cluster::graph::server::Source;
use time::UtcDateTime;

use crate::credential::Credential;

/// A credential and all answers to it.
pub struct Introduction<'a> {
    /// Where it lies.
    pub file: &'a Path,
    /// As of when.
    pub at: UtcDateTime,
    /// What it is.
    pub credential: &'a Credential,
    /// Where a kubeconfig leads.
    pub dials: Vec<Dialled>,
    /// What every server says; nothing when a plugin would have to be asked first.
    pub answers: Vec<Answer>,
}

impl Introduction<'_> {
    /// Whom most servers take the bearer for: the first that knows, kube-apiserver before all.
    fn identity(&self) -> Option<&Identity> {
        use audit::identity::Outcome::{Accepted, Unknown};
        let known = |outcome| {
            let answers = self.answers.iter();
            let mut such = answers.filter(move |answer| answer.outcome == outcome);
            such.find_map(|answer| answer.identity.as_ref())
        };
        let named = |identity: &&Identity| !identity.user.is_empty();
        known(Accepted).or_else(|| known(Unknown)).filter(named)
    }
}

/// The flag or field that an authenticator is set up with, and its value.
fn rule(step: &Step) -> Option<String> {
    let setting = step.setting.as_ref()?;
    let (name, value) = (&setting.name, &setting.value);
    Some(match step.source {
        Source::Own if name.contains('.') => format!("{name}: {value}"),
        Source::Own => format!("{name}={value}"),
        Source::Published => format!("kube-apiserver's {name}, as published"),
    })
}
