//! `kubepki apply`: go on with a change that has begun, step by step, to its end.

mod hands;
#[cfg(feature = "cluster")]
mod objects;
mod waiting;

use std::path::{Path, PathBuf};

use hands::say_stop;
pub use hands::{Operator, say_end};

use std::sync::atomic::AtomicBool;

use change::apply::{Ended, apply};
use change::disk::Disk;
use change::journal::{self, Change, JournalError, State};
use change::plan::StepId;
use change::restart::is_system;
use clap::ValueEnum;
use cluster::Objects;

use super::Outcome;
use crate::args::Trees;
use crate::confirm;
use crate::error::CliError;
use crate::objects::from_api;
use crate::show;
use crate::together::{Party, Through};

/// Arguments of `kubepki apply`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The change, as kubepki history calls it; default is the one that is not finished.
    #[arg(value_name = "CHANGE")]
    change: Option<String>,

    #[command(flatten)]
    course: Course,
}

/// Where a change has begun, and how it is gone through.
#[derive(Debug, clap::Args)]
pub struct Course {
    #[command(flatten)]
    pub trees: Trees,

    #[command(flatten)]
    pub going: Going,

    #[command(flatten)]
    pub telling: Telling,

    #[command(flatten)]
    through: Through,
}

/// How steps are done.
#[derive(Debug, Default, clap::Args)]
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

    /// Change and look at objects of the API as this kubeconfig's user, read anew for every step;
    /// default is super-admin.conf or admin.conf of a file tree that is the running system. Without
    /// the API you are told what to do.
    #[arg(long, value_name = "FILE", conflicts_with = "offline")]
    kubeconfig: Option<PathBuf>,

    /// The context of the kubeconfig, rather than its current one.
    #[arg(long, value_name = "NAME", requires = "kubeconfig")]
    context: Option<String>,
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
    let Course { going, telling, .. } = &args.course;
    let together = args.course.together(args.change.as_deref(), |party| {
        party.work(&AtomicBool::new(false), going, telling, quiet)
    })?;
    if let Some(outcome) = together {
        return Ok(outcome);
    }
    let mut changes = journal::open(args.course.trees.open()?, args.change.as_deref())?;
    let is_back = |change: &&Change| change.state() == State::TakingBack;
    if let Some(change) = changes.iter().find(is_back) {
        let id = change.id();
        show::failure(
            &format!("{id} is being taken back"),
            Some(&format!("kubepki undo {id} goes on with that")),
        );
        return Ok(Outcome::Found);
    }
    if is_over(&changes) {
        return Ok(Outcome::Clean);
    }
    match telling.is_told() || going.agreed(&question(&changes)) {
        true => go(&mut changes, going, telling, quiet),
        false => Ok(Outcome::Found),
    }
}

fn question(changes: &[Change]) -> String {
    let left = |change: &Change| change.order().len() - change.done().len();
    let left: usize = changes.iter().map(left).sum();
    let named = changes.iter().take(1);
    let named = named.map(|change| format!("{} ({})", change.id(), change.plan().wish));
    format!("Go on with {}, {left} steps?", named.collect::<String>())
}

impl Course {
    /// With other nodes, when there is a store: tells them what somebody said has been done, or goes.
    ///
    /// # Errors
    /// When the store cannot be reached, or it does not go.
    pub fn together(
        &self,
        change: Option<&str>,
        go: impl FnOnce(&Party) -> Result<Outcome, CliError>,
    ) -> Result<Option<Outcome>, CliError> {
        let Some(party) = self.through.open(&self.trees.paths())? else {
            return Ok(None);
        };
        let outcome = match self.telling.step() {
            Some(step) => party.tell_done(change, step),
            None => go(&party),
        };
        outcome.map(Some)
    }
}

/// Says so when there is nothing left to do.
pub fn is_over(changes: &[Change]) -> bool {
    let Some(id) = changes.first().map(Change::id) else {
        return true;
    };
    let are = |state| changes.iter().all(|change| change.state() == state);
    let state = match (are(State::Done), are(State::TakenBack)) {
        (true, _) => "is done",
        (_, true) => "has been taken back",
        _ => return false,
    };
    show::note(&format!("{id} {state}"));
    true
}

/// Does the steps that are left of changes of one name, which do not wait for each other.
///
/// # Errors
/// When one cannot be done.
pub fn go(
    changes: &mut [Change],
    going: &Going,
    telling: &Telling,
    quiet: bool,
) -> Result<Outcome, CliError> {
    let done = telling.step();
    let has_begun = |step: &StepId| changes.iter().any(|change| change.begun().contains(step));
    if let Some(step) = done.filter(|step| !has_begun(step)) {
        return Err(JournalError::NotBegun(step).into());
    }
    let is_left = |change: &&mut Change| !matches!(change.state(), State::Done | State::TakenBack);
    for change in changes.iter_mut().filter(is_left) {
        let mut hands = Operator::new(going, telling, change, quiet);
        if let Ended::Waits(step) = apply(change, &mut hands)? {
            say_stop(telling, change, step)?;
            return Ok(Outcome::Found);
        }
    }
    say_end(telling, changes)?;
    Ok(Outcome::Clean)
}

/// Kubeconfigs that may change everything, the mightiest first.
const ADMINS: [&str; 2] = [
    "/etc/kubernetes/super-admin.conf",
    "/etc/kubernetes/admin.conf",
];

impl Going {
    /// The kubeconfig for the API: the given one, else the administrator's of this machine, when its
    /// own tree is among those.
    pub fn api(&self, trees: &[&Disk]) -> Option<PathBuf> {
        let is_here = || {
            cfg!(feature = "cluster") && !self.offline && trees.iter().any(|tree| is_system(tree))
        };
        let own = || {
            let mut admins = ADMINS.iter().map(Path::new);
            admins.find(|path| is_here() && path.is_file())
        };
        self.kubeconfig
            .clone()
            .or_else(|| own().map(Path::to_owned))
    }

    /// Whether nobody is asked.
    pub fn is_unasked(&self) -> bool {
        self.yes
    }

    /// Whether nothing runs on the file trees.
    pub fn is_offline(&self) -> bool {
        self.offline
    }

    /// Everything that the API holds of authorities, as far as it can be asked. A kubeconfig that was
    /// given has to lead there.
    ///
    /// # Errors
    /// When it does not.
    pub fn objects(&self, trees: &[&Disk], quiet: bool) -> Result<Objects, CliError> {
        let Some(kubeconfig) = self.api(trees) else {
            return Ok(Objects::default());
        };
        let found = from_api(&kubeconfig, self.context.as_deref(), quiet);
        match found {
            Err(error) if self.kubeconfig.is_none() => {
                show::note(&format!(
                    "the API is not asked for what hangs on authorities: {error}"
                ));
                Ok(Objects::default())
            }
            found => found,
        }
    }

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

    /// The step that somebody said has been done.
    pub fn step(&self) -> Option<StepId> {
        self.done.map(StepId)
    }

    /// Whether programs read what is said.
    pub fn is_json(&self) -> bool {
        self.output == Format::Json
    }
}
