//! `kubepki audit`: which channels of a cluster work, and what is wrong where.

mod logs;
mod trees;

use std::path::{Path, PathBuf};

use audit::log;
use audit::{Report, Severity};
use clap::ValueEnum;
use cluster::Graph;

use super::Outcome;
use crate::args::{At, Tree};
use crate::error::CliError;
use crate::objects::Sources;
use crate::show;

/// Arguments of `kubepki audit`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    tree: Tree,

    /// Judge many clusters: every folder or archive in this one is a node's file tree, or holds one
    /// for each node; a line for each.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["rootfs", "objects", "kubeconfig"])]
    trees: Option<PathBuf>,

    #[command(flatten)]
    sources: Sources,

    #[command(flatten)]
    at: At,

    /// Say which finding explains what components say in this log, or standard input for `-`;
    /// several times for several.
    #[arg(long, value_name = "FILE", conflicts_with = "trees")]
    log: Vec<PathBuf>,

    /// How to show what is found.
    #[arg(short, long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    output: Format,

    /// Exit with 1 when something at least as bad as this is found.
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY")]
    fail_on: FailOn,
}

/// How findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For programs: schema kubepki.audit/v1.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// A page for a browser, in one file.
    Html,
}

/// What makes the command fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Errors.
    Error,
    /// Errors and warnings.
    Warning,
    /// Everything that is found.
    Note,
}

/// Judges the cluster and prints the findings.
pub fn run(args: &Args, volume: show::audit::Volume) -> Result<Outcome, CliError> {
    if let Some(folder) = &args.trees {
        return trees::run(args, folder, volume);
    }
    check(args)?;
    let quiet = volume == show::audit::Volume::Quiet;
    let inventory = args.sources.read_beside(&args.tree, quiet)?;
    let graph = Graph::of(&inventory);
    let report = audit::audit(&inventory, &graph, args.at.moment());
    let log = logs::read(&args.log, &report)?;
    let explained = log.as_ref().map(|log| (log, log::explain(log, &report)));
    let text = match args.output {
        Format::Human => {
            let (width, said) = (show::width(), explained.as_ref());
            let said = said.map(|(log, said)| show::audit::log::human(log, said, &report, width));
            let found = show::audit::human(&report, &inventory, volume, width);
            said.into_iter()
                .chain([found])
                .collect::<Vec<_>>()
                .join("\n")
        }
        Format::Json => {
            let mut json = show::audit::json(&report);
            if let Some((log, said)) = &explained {
                json["log"] = show::audit::log::json(log, said, &report);
            }
            format!("{json:#}\n")
        }
        Format::Sarif => format!("{:#}\n", show::audit::sarif(&report)),
        Format::Html => web::audit(&inventory, &graph, &report),
    };
    show::stdout(text.as_bytes())?;
    Ok(outcome(&report, args.fail_on))
}

/// Standard input is there once, and what logs say is shown in two forms.
fn check(args: &Args) -> Result<(), CliError> {
    let given = args.sources.objects.iter().chain(&args.log);
    if given.filter(|path| **path == Path::new("-")).count() > 1 {
        return Err(CliError::Contradiction("standard input can be read once"));
    }
    match args.output {
        Format::Sarif | Format::Html if !args.log.is_empty() => Err(CliError::Contradiction(
            "--log explains what components say: for people, or with -o json",
        )),
        _ => Ok(()),
    }
}

fn outcome(report: &Report, fail_on: FailOn) -> Outcome {
    let least = match fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Note => Severity::Note,
    };
    match report
        .findings
        .iter()
        .any(|finding| finding.severity >= least)
    {
        true => Outcome::Found,
        false => Outcome::Clean,
    }
}
