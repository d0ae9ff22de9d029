//! The `kubepki` program: parse, run, and turn the result into 0, 1 or 2.

mod args;
mod commands;
mod error;
mod find;
mod input;
mod show;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.color.apply();
    match commands::run(&cli) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            show::error(&error);
            ExitCode::from(2)
        }
    }
}
