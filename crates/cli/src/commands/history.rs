//! `kubepki history`: the changes of nodes, and how far each has come.

use change::journal::{self, Entry};
use change::plan::Kind;
use change::together;
use clap::{Subcommand, ValueEnum};

use super::Outcome;
use crate::args::Trees;
use crate::error::CliError;
use crate::show::{self, change as shown};
use crate::together::Through;

/// Arguments of `kubepki history`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,

    #[command(flatten)]
    trees: Trees,

    #[command(flatten)]
    through: Through,

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

    #[command(flatten)]
    through: Through,
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
    if let Some(party) = args.through.open(&args.trees.paths())? {
        let changes = together::changes(party.store())?;
        let text = match args.output {
            Format::Text => shown::together(&changes),
            Format::Json => shown::together_json(&changes),
        };
        show::stdout(text.as_bytes())?;
        return Ok(Outcome::Clean);
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
    let party = args.through.open(&args.trees.paths())?;
    let disks = args.trees.open()?;
    for disk in &disks {
        let ended = journal::list(disk)?;
        let ended = ended
            .into_iter()
            .filter(|entry| entry.kept && !entry.is_open());
        let ids = match args.all {
            true => ended.map(|entry| entry.id).collect(),
            false => args.changes.clone(),
        };
        for id in ids {
            let nodes = journal::plan(disk, &id)?.nodes;
            let nodes = nodes.iter().filter(|node| node.kind == Kind::Node).count();
            match &party {
                Some(party) => together::forget(party.store(), &id)?,
                // Others would still take it back.
                None if nodes > disks.len() => return Err(CliError::OfSeveral(id)),
                None => {}
            }
            journal::forget(disk, &id)?;
            show::note(&format!("{id}: what files held before is removed"));
        }
    }
    Ok(Outcome::Clean)
}
