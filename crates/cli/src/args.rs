//! The command line: options that every command shares, and the list of commands.

use clap::{Parser, Subcommand, ValueEnum};

use crate::commands;

/// One program for the PKI of a Kubernetes cluster.
#[derive(Debug, Parser)]
#[command(name = "kubepki", version, arg_required_else_help = true)]
pub struct Cli {
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,

    /// Say less on standard error.
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Say more on standard error.
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,

    #[command(subcommand)]
    pub command: Command,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Makes the choice hold for everything that is printed from now on.
    pub fn apply(self) {
        let choice = match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the completions for a shell.
    Completions(commands::completions::Args),
}
