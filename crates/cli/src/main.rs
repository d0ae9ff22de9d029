//! The `kubepki` program: parse, run, and turn the result into 0, 1 or 2.

mod args;
mod ca;
mod commands;
mod confirm;
mod credential;
mod error;
mod find;
mod input;
mod join;
mod objects;
mod output;
mod password;
mod secret;
mod show;
mod signer;
mod together;

use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

use crate::args::Cli;

fn main() -> ExitCode {
    leave_no_core();
    let cli = parse();
    cli.color.apply();
    match commands::run(&cli) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            show::error(&error);
            ExitCode::from(2)
        }
    }
}

/// Private keys pass through this process: a crash must not write them to a file.
fn leave_no_core() {
    let nothing = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // Where the system refuses there is nothing else to do.
    let _ = setrlimit(Resource::Core, nothing);
    // A program that cores are piped to gets them whatever the limit (`core(5)`).
    #[cfg(target_os = "linux")]
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Reads the command line. As a plugin of kubectl, the program goes by the name people type then.
fn parse() -> Cli {
    let called = std::env::args_os().next().unwrap_or_default();
    let is_plugin = Path::new(&called)
        .file_stem()
        .is_some_and(|name| name == "kubectl-pki");
    let command = match is_plugin {
        true => Cli::command().bin_name("kubectl pki"),
        false => Cli::command(),
    };
    let matches = command.try_get_matches();
    match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => refuse(&error),
    }
}

/// Says what is wrong with the command line, or what was asked for with `--help`, and ends.
fn refuse(error: &clap::Error) -> ! {
    let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    let message = error.render().ansi().to_string();
    match secret::redacted(&message, arguments) {
        Some(message) if error.use_stderr() => {
            anstream::eprint!("{message}");
            show::hint(secret::HINT);
            std::process::exit(error.exit_code());
        }
        _ => error.exit(),
    }
}
