//! `kubepki undo`: take a change back, from wherever it is.

use change::journal::{self, Change, JournalError, State};
use change::prove::prove;
use change::together::{take_back, taking_back};

use super::Outcome;
use super::apply::{Going, Telling, go, is_over};
use crate::args::Trees;
use crate::error::CliError;
use crate::show;
use crate::together::{Party, Through};

/// Arguments of `kubepki undo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The change, as kubepki history calls it; default is the one that is not finished, and where
    /// there is none, the last.
    #[arg(value_name = "CHANGE")]
    change: Option<String>,

    #[command(flatten)]
    trees: Trees,

    /// Only show the way back and its proof; with -o json the plan itself.
    #[arg(long, conflicts_with_all = ["yes", "done"])]
    dry_run: bool,

    #[command(flatten)]
    going: Going,

    #[command(flatten)]
    telling: Telling,

    #[command(flatten)]
    through: Through,
}

/// Asks, and takes everything back.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    if let Some(party) = args.through.open(&args.trees.paths())? {
        return match args.telling.step() {
            Some(step) => party.tell_done(args.change.as_deref(), step),
            None => together(args, &party, quiet),
        };
    }
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
    if !args.telling.is_told() {
        let shown = show_plan(args, &change)?;
        if args.dry_run {
            return Ok(shown);
        }
        let question = match shown {
            Outcome::Found => "It is not safe. Take {} back ({}) nevertheless?",
            _ => "Take {} back ({})?",
        };
        let question = question.replacen("{}", change.id(), 1);
        if !args
            .going
            .agreed(&question.replacen("{}", &change.plan().wish, 1))
        {
            return Ok(Outcome::Found);
        }
    }
    change.take_back()?;
    go(&mut change, &args.going, &args.telling, quiet)
}

/// Shows the way back with its proof; programs are told of it when nothing else is.
fn show_plan(args: &Args, change: &Change) -> Result<Outcome, CliError> {
    let plan = change.way_back()?;
    let proof = prove(&plan)?;
    match (args.telling.is_json(), args.dry_run) {
        (false, _) => show::stdout(show::plan::text(&plan, &proof).as_bytes())?,
        (true, true) => {
            let text = serde_json::to_string_pretty(&plan).map_err(std::io::Error::from)?;
            show::stdout((text + "\n").as_bytes())?;
        }
        (true, false) => {}
    }
    Ok(match proof.breach {
        None => Outcome::Clean,
        Some(_) => Outcome::Found,
    })
}

/// Shows how it is taken back, asks, and goes that way with the other nodes.
fn together(args: &Args, party: &Party, quiet: bool) -> Result<Outcome, CliError> {
    party.beside_own_work(&args.going, quiet, |_| {
        let mut is_agreed = false;
        loop {
            let back = taking_back(party.store(), &party.disk()?, args.change.as_deref())?;
            if let Some(plan) = &back.plan {
                let proof = prove(plan)?;
                show::stdout(show::plan::text(plan, &proof).as_bytes())?;
            }
            let question = format!(
                "Take {} back ({}), on every node?",
                back.id, back.record.wish
            );
            is_agreed = is_agreed || back.plan.is_none() || args.going.agreed(&question);
            if !is_agreed {
                return Ok(None);
            }
            if take_back(party.store(), &back)? {
                return Ok(Some(back.id));
            }
            show::note("a node has gone on meanwhile: so it is taken back from there");
        }
    })
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
