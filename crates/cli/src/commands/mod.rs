//! One file per command; each has its `Args` and a `run`.

pub mod apply;
pub mod audit;
pub mod bundle;
pub mod collect;
pub mod completions;
pub mod csr;
pub mod demo;
pub mod diff;
pub mod explain;
pub mod graph;
pub mod history;
pub mod init;
pub mod inspect;
pub mod list;
pub mod man;
mod offer;
pub mod prove;
pub mod renew;
pub mod rotate;
pub mod san;
pub mod sign;
pub mod token;
pub mod undo;
pub mod user;
pub mod verify;
pub mod whoami;

use std::process::ExitCode;

use crate::args::{Cli, Command};
use crate::error::CliError;
use crate::show::audit::Volume;

/// How a command ended, when the work could be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is well, or done: exit 0.
    Clean,
    /// Something was found, or refused: exit 1.
    Found,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Clean => ExitCode::SUCCESS,
            Outcome::Found => ExitCode::from(1),
        }
    }
}

/// Runs the command that was asked for.
///
/// # Errors
/// When the work could not be done: exit 2.
pub fn run(cli: &Cli) -> Result<Outcome, CliError> {
    match &cli.command {
        Command::Apply(args) => apply::run(args, cli.quiet),
        Command::Audit(args) => audit::run(args, volume(cli)),
        Command::Bundle(args) => bundle::run(args, cli.quiet),
        Command::Collect(args) => collect::run(args, cli.quiet),
        Command::Completions(args) => completions::run(args),
        Command::Csr(args) => csr::run(args, cli.quiet),
        Command::Demo(args) => demo::run(args, cli.quiet),
        Command::Diff(args) => diff::run(args, cli.quiet),
        Command::Explain(args) => explain::run(args, cli.quiet),
        Command::Graph(args) => graph::run(args, cli.quiet),
        Command::History(args) => history::run(args),
        Command::Init(args) => init::run(args, cli.quiet),
        Command::Inspect(args) => inspect::run(args, cli.quiet),
        Command::List(args) => list::run(args, cli.quiet),
        Command::Man(args) => man::run(args),
        Command::Prove(args) => prove::run(args),
        Command::Renew(args) => renew::run(args, cli.quiet),
        Command::Rotate(args) => rotate::run(args, cli.quiet),
        Command::San(args) => san::run(args, cli.quiet),
        Command::Sign(args) => sign::run(args, cli.quiet),
        Command::Token(args) => token::run(args, cli.quiet),
        Command::Undo(args) => undo::run(args, cli.quiet),
        Command::User(args) => user::run(args, cli.quiet),
        Command::Verify(args) => verify::run(args, cli.quiet),
        Command::Whoami(args) => whoami::run(args, cli.quiet),
    }
}

fn volume(cli: &Cli) -> Volume {
    match (cli.quiet, cli.verbose) {
        (true, _) => Volume::Quiet,
        (_, true) => Volume::Verbose,
        _ => Volume::Normal,
    }
}
