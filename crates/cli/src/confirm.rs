//! Asking before something is changed.

use std::io::{IsTerminal, stderr, stdin};

use crate::show;

/// Whether and how to ask.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Consent {
    /// Do it without asking.
    #[arg(short, long, conflicts_with = "dry_run")]
    pub yes: bool,

    /// Only show what would be done.
    #[arg(long)]
    pub dry_run: bool,
}

/// Asks a question that only `y` or `yes` agrees to. Where nobody is there to ask, the answer is no.
pub fn confirm(question: &str) -> bool {
    if !stdin().is_terminal() || !stderr().is_terminal() {
        show::failure(
            "there is something already, and nobody to ask: nothing was changed",
            Some("--yes does it without asking, --dry-run only shows it"),
        );
        return false;
    }
    let agreed = is_yes(question);
    if !agreed {
        show::note("nothing was changed");
    }
    agreed
}

/// The same question with its answer; nothing where nobody is there to ask.
pub fn ask(question: &str) -> Option<bool> {
    let is_there = stdin().is_terminal() && stderr().is_terminal();
    is_there.then(|| is_yes(question))
}

fn is_yes(question: &str) -> bool {
    anstream::eprint!("{question} [y/N] ");
    let mut answer = String::new();
    stdin().read_line(&mut answer).is_ok()
        && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}
