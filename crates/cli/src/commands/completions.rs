//! `kubepki completions`: completions for the shell.

use clap::CommandFactory;
use clap_complete::Shell;

use super::Outcome;
use crate::args::Cli;
use crate::error::CliError;

/// Arguments of `kubepki completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which shell.
    shell: Shell,
}

/// Prints the completions to standard output.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "kubepki", &mut script);
    crate::show::stdout(&script)?;
    Ok(Outcome::Clean)
}
