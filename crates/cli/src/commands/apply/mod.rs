//! `kubepki apply`: go on with a change that has begun, step by step, to its end.

mod hands;

use change::apply::{Ended, apply};
use change::journal::{self, Change, JournalError, State};
use change::plan::StepId;
use clap::ValueEnum;

use super::Outcome;
use crate::args::Trees;
use crate::confirm;
use crate::error::CliError;
use crate::show;

/// Arguments of `kubepki apply`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The change, as kubepki history calls it; default is the one that is not finished.
    #[arg(value_name = "CHANGE")]
    change: Option<String>,

    #[command(flatten)]
    trees: Trees,

    #[command(flatten)]
    going: Going,

    #[command(flatten)]
    telling: Telling,
}

/// How steps are done.
#[derive(Debug, clap::Args)]
pub struct Going {
    /// Do it without asking.
    #[arg(short, long)]
    yes: bool,

    /// Nothing runs on these file trees: nobody is started again, waited for or handed anything.
    #[arg(long, requires = "yes", conflicts_with_all = ["restart_command", "no_restart"])]
    offline: bool,

    /// Start components again by this command of a shell, with {component} and {node} in it; default
    /// is an annotation in the manifest of a static pod, and systemctl for the kubelet, where the
    /// file tree is that of the running system.
    #[arg(long, value_name = "CMD")]
    restart_command: Option<String>,

    /// Start nothing again: say what has to be, and wait until it is said to be done.
    #[arg(long, conflicts_with = "restart_command")]
    no_restart: bool,
}

/// What is told, and how it is said.
#[derive(Debug, Default, clap::Args)]
pub struct Telling {
    /// This step, for which it stopped, has been done.
    #[arg(long, value_name = "STEP")]
    done: Option<usize>,

    /// How to say how far it is.
    #[arg(short, long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,
}

/// How it is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, on standard error.
    #[default]
    Text,
    /// For programs: a line for whatever happens, of schema kubepki.apply/v1.
    Json,
}

/// Goes on.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let mut change = journal::open(args.trees.open()?, args.change.as_deref())?;
    if change.state() == State::TakingBack {
        let id = change.id();
        show::failure(
            &format!("{id} is being taken back"),
            Some(&format!("kubepki undo {id} goes on with that")),
        );
        return Ok(Outcome::Found);
    }
    if is_over(&change) {
        return Ok(Outcome::Clean);
    }
    let left = change.order().len() - change.done().len();
    let question = format!(
        "Go on with {} ({}), {left} steps?",
        change.id(),
        change.plan().wish
    );
    match args.telling.is_told() || args.going.agreed(&question) {
        true => go(&mut change, &args.going, &args.telling, quiet),
        false => Ok(Outcome::Found),
    }
}

/// Says so when there is nothing left to do.
pub fn is_over(change: &Change) -> bool {
    let state = match change.state() {
        State::Done => "is done",
        State::TakenBack => "has been taken back",
        _ => return false,
    };
    show::note(&format!("{} {state}", change.id()));
    true
}

/// Does the steps that are left.
///
/// # Errors
/// When one cannot be done.
pub fn go(
    change: &mut Change,
    going: &Going,
    telling: &Telling,
    quiet: bool,
) -> Result<Outcome, CliError> {
    let done = telling.done.map(StepId);
    if let Some(step) = done.filter(|step| !change.begun().contains(step)) {
        return Err(JournalError::NotBegun(step).into());
    }
    let mut hands = hands::Operator::new(going, telling, change, quiet);
    let ended = apply(change, &mut hands)?;
    hands.say_end(change, ended)?;
    Ok(match ended {
        Ended::Done => Outcome::Clean,
        Ended::Waits(_) => Outcome::Found,
    })
}

impl Going {
    /// Whether it shall be done.
    pub fn agreed(&self, question: &str) -> bool {
        self.yes || confirm::confirm(question)
    }
}

impl Telling {
    /// Whether somebody said that a step has been done.
    pub fn is_told(&self) -> bool {
        self.done.is_some()
    }

    /// Whether programs read what is said.
    fn is_json(&self) -> bool {
        self.output == Format::Json
    }
}
