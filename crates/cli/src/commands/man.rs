//! `kubepki man`: the manual page of the program or of one command, for `man -l -`.

use clap::CommandFactory;

use super::Outcome;
use crate::args::Cli;
use crate::error::CliError;
use crate::show;

/// Arguments of `kubepki man`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The command to explain; without one, the program.
    command: Option<String>,
}

/// Prints the page.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let mut program = Cli::command();
    program.build();
    let page = match &args.command {
        None => program,
        Some(name) => {
            let found = program.find_subcommand(name).cloned();
            let command = found.ok_or_else(|| CliError::NoCommand(name.clone()))?;
            let full_name = format!("kubepki-{name}");
            command.display_name(full_name)
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    show::stdout(&text)?;
    Ok(Outcome::Clean)
}
