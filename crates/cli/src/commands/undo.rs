//! `kubepki undo`: take a change back, from wherever it is.

use change::journal::{self, Change, JournalError, State};
use change::prove::prove;
use change::together::{take_back, taking_back};

use super::Outcome;
use super::apply::{Course, go, is_over};
use crate::args::Trees;
use crate::error::CliError;
use crate::show;
use crate::together::Party;

/// Arguments of `kubepki undo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The change, as kubepki history calls it; default is the one that is not finished, and where
    /// there is none, the last.
    #[arg(value_name = "CHANGE")]
    change: Option<String>,

    /// Only show the way back and its proof; with -o json the plan itself.
    #[arg(long, conflicts_with_all = ["yes", "done"])]
    dry_run: bool,

    #[command(flatten)]
    course: Course,
}

/// Asks, and takes everything back.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let Course {
        trees,
        going,
        telling,
        ..
    } = &args.course;
    let named = args.change.as_deref();
    let together = |party: &Party| together(args, party, quiet);
    if let Some(outcome) = args.course.together(named, together)? {
        return Ok(outcome);
    }
    let mut changes = match journal::open(trees.open()?, named) {
        Err(JournalError::Nothing) => {
            let last = last(trees)?.ok_or(JournalError::Nothing)?;
            journal::open(trees.open()?, Some(&last))?
        }
        other => other?,
    };
    if changes
        .iter()
        .all(|change| change.state() == State::TakenBack)
    {
        is_over(&changes);
        return Ok(Outcome::Clean);
    }
    changes.retain(|change| change.state() != State::TakenBack);
    if !telling.is_told() {
        let shown = show_plans(args, &changes)?;
        if args.dry_run || !agreed(args, &changes, shown) {
            return Ok(if args.dry_run { shown } else { Outcome::Found });
        }
    }
    changes.iter_mut().try_for_each(Change::take_back)?;
    go(&mut changes, going, telling, quiet)
}

/// Whether it shall be taken back, which is shown.
fn agreed(args: &Args, changes: &[Change], shown: Outcome) -> bool {
    let Some(change) = changes.first() else {
        return false;
    };
    let going = &args.course.going;
    let is_done = changes.iter().all(|change| change.state() == State::Done);
    let is_meant = args.change.is_some() || !is_done || going.is_offline();
    if shown == Outcome::Found && going.is_unasked() && !is_meant {
        refuse(change.id());
        return false;
    }
    let what = format!("Take {} back ({})", change.id(), change.plan().wish);
    going.agreed(&match shown {
        Outcome::Found => format!("It is not safe. {what} nevertheless?"),
        _ => format!("{what}?"),
    })
}

/// The last change has ended: whoever asks for nothing else may not have meant it, and what made a
/// cluster is not taken from under it by mistake.
fn refuse(id: &str) {
    show::failure(
        "it is not safe, and not said which change is meant: nothing was changed",
        Some(&format!(
            "kubepki undo {id} --yes takes it back nevertheless; --offline, too, where nothing runs"
        )),
    );
}

/// Shows the ways back, each with its proof; something is found when one is not safe.
fn show_plans(args: &Args, changes: &[Change]) -> Result<Outcome, CliError> {
    let mut all = Outcome::Clean;
    for change in changes {
        if show_plan(args, change)? == Outcome::Found {
            all = Outcome::Found;
        }
    }
    Ok(all)
}

/// Shows the way back with its proof; programs are told of it when nothing else is.
fn show_plan(args: &Args, change: &Change) -> Result<Outcome, CliError> {
    let plan = change.way_back()?;
    let proof = prove(&plan)?;
    match (args.course.telling.is_json(), args.dry_run) {
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
    let going = &args.course.going;
    party.beside_own_work(going, quiet, |_| {
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
            is_agreed = is_agreed || back.plan.is_none() || going.agreed(&question);
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
fn last(trees: &Trees) -> Result<Option<String>, CliError> {
    let disks = trees.open()?;
    let entries = match disks.first() {
        Some(disk) => journal::list(disk)?,
        None => Vec::new(),
    };
    Ok(entries.last().map(|entry| entry.id.clone()))
}
