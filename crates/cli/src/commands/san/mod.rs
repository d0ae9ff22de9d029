//! `kubepki san`: the names in the certificates of servers.

mod change;
mod plan;

use clap::Subcommand;

use super::Outcome;
use crate::error::CliError;

/// Arguments of `kubepki san`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Action {
    /// Say which names each certificate should have, and which of them it lacks.
    Plan(plan::Args),

    /// Issue a certificate again with further names.
    Add(change::Args),

    /// Issue a certificate again without some of its names.
    Remove(change::Args),
}

/// Runs what was asked for.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    match &args.action {
        Action::Plan(args) => plan::run(args, quiet),
        Action::Add(args) => change::run(args, true, quiet),
        Action::Remove(args) => change::run(args, false, quiet),
    }
}
