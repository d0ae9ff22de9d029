//! `kubepki whoami`: whom a certificate, kubeconfig or token makes of its bearer, at which server.

use std::path::PathBuf;

use audit::identity::{Answer, Dialled, Outcome as Reception};
use clap::ValueEnum;

use super::Outcome;
use crate::args::{At, Tree};
use crate::credential::{Credential, Reader};
use crate::error::CliError;
use crate::password::Password;
use crate::show::whoami::Introduction;
use crate::{secret, show};

/// Arguments of `kubepki whoami`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    tree: Tree,

    #[command(flatten)]
    at: At,

    /// How to show the answer; the credential itself is never shown.
    #[arg(short, long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    output: Format,

    /// The file whose first line is the password for what is encrypted; without it, the password is
    /// asked for at the terminal.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// A certificate, a kubeconfig, or a token; `-` for standard input. The servers are those of
    /// the trees.
    file: PathBuf,
}

/// How the answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// Prints what every server says.
///
/// # Errors
/// When the file or a tree cannot be read.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let bytes = secret::read(&args.file)?;
    let inventory = args.tree.read()?;
    show::unreadable(&inventory, quiet);
    let mut reader = Reader {
        inventory: &inventory,
        rootfs: &args.tree.roots(),
        password: Password::new(args.password_file.as_deref())?,
    };
    let credential = reader.read(&args.file, &bytes)?;
    let at = args.at.moment();
    let introduction = Introduction {
        file: &args.file,
        at,
        dials: dials(&credential, &inventory, at),
        answers: match credential.is_known() {
            true => Answer::all(&inventory, &credential.presented, at),
            false => Vec::new(),
        },
        credential: &credential,
    };
    let text = match args.output {
        Format::Human => introduction.to_human(show::width()),
        Format::Json => format!("{:#}\n", introduction.to_json()),
    };
    show::stdout(text.as_bytes())?;
    Ok(outcome(&introduction.answers))
}

fn dials(
    credential: &Credential,
    inventory: &cluster::Inventory,
    at: time::UtcDateTime,
) -> Vec<Dialled> {
    let used = credential.kubeconfig.as_ref();
    let dialled = used.map(|used| Dialled::all(inventory, used.node, &used.source, at));
    dialled.unwrap_or_default()
}

/// It is a refusal when no server lets the client in, and none is left that might.
fn outcome(answers: &[Answer]) -> Outcome {
    let may = |answer: &Answer| matches!(answer.outcome, Reception::Accepted | Reception::Unknown);
    match answers.is_empty() || answers.iter().any(may) {
        true => Outcome::Clean,
        false => Outcome::Found,
    }
}
