//! `kubepki history`: the changes of nodes, and how far each has come.

use change::journal::{self, Entry};
use clap::{Subcommand, ValueEnum};

use super::Outcome;
use crate::args::Trees;
use crate::error::CliError;
use crate::show::{self, change as shown};

/// Arguments of `kubepki history`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,

    #[command(flatten)]
    trees: Trees,

    /// How to show them.
    #[arg(short, long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Action {
    /// Remove what files held before changes that have ended, private keys too: they cannot be
    /// taken back any more.
    Forget(Forget),
}

/// Arguments of `kubepki history forget`.
#[derive(Debug, clap::Args)]
struct Forget {
    /// The changes.
    #[arg(value_name = "CHANGE", required_unless_present = "all")]
    changes: Vec<String>,

    /// All that have ended.
    #[arg(long, conflicts_with = "changes")]
    all: bool,

    #[command(flatten)]
    trees: Trees,
}

/// How they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: schema kubepki.history/v1.
    Json,
}

/// Lists, or forgets.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    if let Some(Action::Forget(args)) = &args.action {
        return forget(args);
    }
    let mut entries: Vec<Entry> = Vec::new();
    for disk in args.trees.open()? {
        entries.extend(journal::list(&disk)?);
    }
    entries.sort_by(|one, other| (&one.at, &one.node).cmp(&(&other.at, &other.node)));
    let text = match args.output {
        Format::Text => shown::history(&entries),
        Format::Json => shown::history_json(&entries),
    };
    show::stdout(text.as_bytes())?;
    Ok(Outcome::Clean)
}

fn forget(args: &Forget) -> Result<Outcome, CliError> {
    for disk in args.trees.open()? {
        let ended = journal::list(&disk)?;
        let ended = ended
            .into_iter()
            .filter(|entry| entry.kept && !entry.is_open());
        let ids = match args.all {
            true => ended.map(|entry| entry.id).collect(),
            false => args.changes.clone(),
        };
        for id in ids {
            journal::forget(&disk, &id)?;
            show::note(&format!("{id}: what files held before is removed"));
        }
    }
    Ok(Outcome::Clean)
}
