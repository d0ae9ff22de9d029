//! `kubepki san plan`: the names that each serving certificate should have by the manifests and
//! kubeconfigs, and those that it lacks.

use audit::serving::serving;
use clap::ValueEnum;
use cluster::Graph;

use super::Outcome;
use crate::args::Tree;
use crate::error::CliError;
use crate::show::{self, san};

/// Arguments of `kubepki san plan`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    tree: Tree,

    /// How to show them.
    #[arg(short, long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,
}

/// How names are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: schema kubepki.san-plan/v1.
    Json,
}

/// Compares, and prints what came out; a name that somebody needs and does not find is something
/// found.
pub(super) fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let inventory = args.tree.read()?;
    show::unreadable(&inventory, quiet);
    let found = serving(&inventory, &Graph::of(&inventory));
    let text = match args.output {
        Format::Text => san::human(&found, show::width()),
        Format::Json => format!("{:#}\n", san::json(&found)),
    };
    show::stdout(text.as_bytes())?;
    let is_missing = found
        .iter()
        .any(|serving| serving.missing().next().is_some());
    Ok(if is_missing {
        Outcome::Found
    } else {
        Outcome::Clean
    })
}
