//! `kubepki undo`: take a change back, from wherever it is.

use change::journal::{self, JournalError, State};

use super::Outcome;
use super::apply::{Going, Telling, go, is_over};
use crate::args::Trees;
use crate::error::CliError;

/// Arguments of `kubepki undo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The change, as kubepki history calls it; default is the one that is not finished, and where
    /// there is none, the last.
    #[arg(value_name = "CHANGE")]
    change: Option<String>,

    #[command(flatten)]
    trees: Trees,

    #[command(flatten)]
    going: Going,

    #[command(flatten)]
    telling: Telling,
}

/// Asks, and takes everything back.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let mut change = match journal::open(args.trees.open()?, args.change.as_deref()) {
        Err(JournalError::Nothing) => {
            let last = last(args)?.ok_or(JournalError::Nothing)?;
            journal::open(args.trees.open()?, Some(&last))?
        }
        other => other?,
    };
    if change.state() == State::TakenBack {
        is_over(&change);
        return Ok(Outcome::Clean);
    }
    let question = format!("Take {} back ({})?", change.id(), change.plan().wish);
    if !args.telling.is_told() && !args.going.agreed(&question) {
        return Ok(Outcome::Found);
    }
    change.take_back()?;
    go(&mut change, &args.going, &args.telling, quiet)
}

/// The last change of the first tree.
fn last(args: &Args) -> Result<Option<String>, CliError> {
    let disks = args.trees.open()?;
    let entries = match disks.first() {
        Some(disk) => journal::list(disk)?,
        None => Vec::new(),
    };
    Ok(entries.last().map(|entry| entry.id.clone()))
}
