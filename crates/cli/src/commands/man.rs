//! `kubepki man`: the manual page of the program or of one command, for `man -l -`.

use clap::CommandFactory;

use super::Outcome;
use crate::args::Cli;
use crate::error::CliError;
use crate::show;

/// Arguments of `kubepki man`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The command to explain, such as `token sign`; without one, the program.
    command: Vec<String>,
}

/// Prints the page.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let mut page = Cli::command();
    page.build();
    for name in &args.command {
        let full_name = format!("{}-{name}", page.get_display_name().unwrap_or("kubepki"));
        let found = page.find_subcommand(name).cloned();
        let command = found.ok_or_else(|| CliError::NoCommand(args.command.join(" ")))?;
        page = command.display_name(full_name);
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    show::stdout(&text)?;
    Ok(Outcome::Clean)
}
