//! What is made, carried out through the journal: a change of one name in each node's tree, which needs
//! nothing from the others' and may be copied to its node; in all of them or in none.

use change::apply::{ApplyError, apply};
use change::journal::{self, Change, Claim, JournalError, State};
use change::plan::{Plan, Secrets};

use crate::commands::apply::{Going, Operator, Telling};
use crate::error::CliError;
use crate::show;

/// Begins in every tree, before anything is written in the first, and writes.
///
/// # Errors
/// When something cannot be written: then everything is taken back, or what is not is named.
pub fn out(claims: Vec<Claim>, plan: &Plan, secrets: &Secrets) -> Result<Vec<Change>, CliError> {
    let id = journal::new_id(plan, &claims);
    let mut begun = Vec::new();
    for claim in claims {
        let own = plan.on_node(claim.node());
        if own.steps.is_empty() {
            continue;
        }
        match journal::begin_claimed(id.clone(), own, secrets, vec![claim]) {
            Ok(change) => begun.push(change),
            Err(error) => return Err(given_up(begun, error.into())),
        }
    }
    match begun.iter_mut().try_for_each(go) {
        Ok(()) => Ok(begun),
        Err(error) => Err(given_up(begun, error.into())),
    }
}

/// Says how it is taken back.
pub fn say_back(begun: &[Change], quiet: bool) {
    match begun {
        _ if quiet => {}
        [] => {}
        [only] => show::note(&format!("kubepki undo {} takes it back", only.id())),
        [any, ..] => show::note(&format!(
            "kubepki undo {} takes it back, on each node by itself, or here with the --rootfs of each",
            any.id()
        )),
    }
}

/// Nobody is told of a step that is all there is.
fn go(change: &mut Change) -> Result<(), ApplyError> {
    let (going, telling) = (Going::default(), Telling::default());
    let mut hands = Operator::new(&going, &telling, change, true);
    apply(change, &mut hands).map(drop)
}

/// The error, when everything is as it was before; else the change that is not.
fn given_up(begun: Vec<Change>, error: CliError) -> CliError {
    let mut left = None;
    for change in begun.into_iter().rev() {
        let id = change.id().to_owned();
        if !matches!(take_back(change), Ok(true)) {
            left = Some(id);
        }
    }
    match left {
        None => error,
        Some(id) => {
            show::failure(&error.to_string(), None);
            JournalError::Unfinished(id).into()
        }
    }
}

/// Of what is not done at all nothing stays, not even in the history.
fn take_back(mut change: Change) -> Result<bool, ApplyError> {
    if change.state() != State::Done {
        return Ok(change.discard()?);
    }
    change.take_back()?;
    go(&mut change)?;
    Ok(true)
}
