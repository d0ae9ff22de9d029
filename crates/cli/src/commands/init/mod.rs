//! `kubepki init`: make the whole PKI of a cluster, or the parts of it that are missing: the plan from
//! nothing.

mod carry;
mod given;
mod report;
pub(super) mod wish;

use std::io::ErrorKind;
use std::path::PathBuf;

pub use given::RootArgs;

use change::compare::{Remark, State, Wanted, compare};
use change::disk::{Disk, DiskError};
use change::journal::{self, Claim, Tree};
use change::make::{self, Change, InTheWay, Means, count_keys, make};
use change::part::{Layout, Part, Phase};
use change::plan::Plan;
use change::prove::prove;
use clap::ValueEnum;
use cluster::files::Memory;
use cluster::{Files, Inventory};
use rustix::fs::Mode;
use time::UtcDateTime;

use super::Outcome;
use crate::confirm::{Consent, confirm};
use crate::error::CliError;
use crate::show::{self, progress::Progress};

/// Arguments of `kubepki init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these parts: certs, kubeconfig, manifests or kubelet.
    #[arg(value_enum, value_name = "PHASE")]
    phase: Option<PhaseName>,

    /// Only these parts of a phase, by kubeadm's names, such as apiserver.
    #[arg(value_name = "NAME", requires = "phase")]
    names: Vec<String>,

    #[command(flatten)]
    wish: wish::WishArgs,

    #[command(flatten)]
    given: given::GivenArgs,

    /// Write the manifests of the static pods too.
    #[arg(long)]
    manifests: bool,

    /// Write the kubelet's configuration too.
    #[arg(long)]
    kubelet_config: bool,

    /// The folder of the kubeconfigs, on the node.
    #[arg(long, value_name = "DIR", default_value = change::part::KUBERNETES,
        value_parser = change::parse::absolute_path)]
    kubeconfig_dir: String,

    #[command(flatten)]
    consent: Consent,

    /// How to say what was done.
    #[arg(short, long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,
}

/// A group of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PhaseName {
    /// Authorities, certificates with their keys, and the service account key.
    Certs,
    /// kubeconfigs.
    Kubeconfig,
    /// The manifests of the static pods.
    Manifests,
    /// The kubelet's configuration.
    Kubelet,
}

/// How it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: schema kubepki.init/v1.
    Json,
}

/// Compares, makes, plans, asks where something is there already, and carries it out.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let wish = args.wish.read(quiet)?;
    if wish.nodes.is_empty() {
        show::note(
            "a node that only works needs nothing made: its kubelet asks for its certificate",
        );
        return Ok(Outcome::Clean);
    }
    let select = args.selection(&wish)?;
    let wanted = Wanted {
        cluster: &wish.cluster,
        nodes: &wish.nodes,
        layout: Layout {
            kubeconfigs: args.kubeconfig_dir.clone(),
            ..Layout::of(&wish.cluster)
        },
        select: &select,
        given: args.given.read()?,
        members: args.wish.members(),
        machine: args.wish.machine(),
    };
    let at = UtcDateTime::now();
    let claims = match args.consent.dry_run {
        true => Vec::new(),
        false => claim(&wish)?,
    };
    let files = read(&wish.trees)?;
    let comparison = match compare(&wanted, &files, at) {
        Ok(comparison) => comparison,
        Err(problems) => return Ok(refuse(&problems)),
    };
    warn(&comparison.warnings, quiet);
    let progress = Progress::new("making keys", count_keys(&wanted, &comparison), quiet);
    let means = Means {
        at,
        algorithm: wish.cluster.key_algorithm,
        progress: &|| progress.tick(),
    };
    let changes = match change::rehearse::rehearse(&wanted, &files, &comparison, at) {
        Ok(()) => make(&wanted, &files, &comparison, &means),
        Err(error) => Err(error),
    };
    progress.clear();
    let changes = match changes {
        Ok(changes) => changes,
        Err(error) => {
            show::failure(&error.to_string(), error.hint());
            return Ok(Outcome::Found);
        }
    };
    let inventory = inventory(&wish, files);
    let planned = make::plan((&args.told(), at), &inventory, &changes, umask());
    let (plan, secrets) = planned.map_err(|taken| in_the_way(&wish, &taken))?;
    let is_safe = is_safe(&inventory, &plan, quiet)?;
    if let Some(outcome) = args.decided(&wish, &changes, is_safe)? {
        return Ok(outcome);
    }
    let begun = carry::out(claims, &plan, &secrets)?;
    args.say(&wish, &changes, true)?;
    carry::say_back(&begun, quiet);
    Ok(Outcome::Clean)
}

impl Args {
    /// Which parts are wanted.
    fn selection(&self, wish: &wish::Wish) -> Result<impl Fn(&Part) -> bool + Sync, CliError> {
        let phase = self.phase.map(PhaseName::phase);
        let named: Vec<String> = self.names.iter().filter(|n| *n != "all").cloned().collect();
        for name in &named {
            let parts = wish.nodes.iter();
            let mut parts = parts.flat_map(|node| Part::all(&wish.cluster, node));
            if !parts.any(|part| Some(part.phase()) == phase && part.name() == name) {
                return Err(CliError::NoPart(name.clone()));
            }
        }
        let (manifests, kubelet) = (self.manifests, self.kubelet_config);
        Ok(move |part: &Part| match phase {
            Some(phase) => {
                part.phase() == phase
                    && (named.is_empty() || named.iter().any(|name| part.name() == name))
            }
            None => match part.phase() {
                Phase::Certs | Phase::Kubeconfig => true,
                Phase::Manifests => manifests,
                Phase::Kubelet => kubelet,
            },
        })
    }

    /// What is asked for, in the words of the command line.
    fn told(&self) -> String {
        let phase = self.phase.and_then(|phase| phase.to_possible_value());
        let phase = phase.iter().map(clap::builder::PossibleValue::get_name);
        let names = self.names.iter().map(String::as_str);
        let words = ["init"].into_iter().chain(phase).chain(names);
        words.collect::<Vec<_>>().join(" ")
    }

    /// How it ends already, when it shall only be shown, when there is nothing to do, or when
    /// something is there and nobody agrees.
    fn decided(
        &self,
        wish: &wish::Wish,
        changes: &[Change],
        is_safe: bool,
    ) -> Result<Option<Outcome>, CliError> {
        let parts = || changes.iter().flat_map(|change| &change.parts);
        let is_empty = parts().all(|made| made.state == State::Absent);
        let nothing = changes.iter().all(|change| change.files.is_empty());
        if self.consent.dry_run || nothing {
            self.say(wish, changes, !self.consent.dry_run)?;
            return Ok(Some(match is_safe {
                true => Outcome::Clean,
                false => Outcome::Found,
            }));
        }
        if is_empty || self.consent.yes {
            return Ok(None);
        }
        show::stderr(&report::text(wish, changes, false));
        let question = match is_safe {
            true => "Write this?",
            false => "It is not safe. Write this nevertheless?",
        };
        Ok((!confirm(question)).then_some(Outcome::Found))
    }

    fn say(&self, wish: &wish::Wish, changes: &[Change], done: bool) -> Result<(), CliError> {
        let text = match self.output {
            Format::Text => report::text(wish, changes, done),
            Format::Json => format!("{:#}\n", report::json(wish, changes, done)),
        };
        show::stdout(text.as_bytes())
    }
}

impl PhaseName {
    fn phase(self) -> Phase {
        match self {
            PhaseName::Certs => Phase::Certs,
            PhaseName::Kubeconfig => Phase::Kubeconfig,
            PhaseName::Manifests => Phase::Manifests,
            PhaseName::Kubelet => Phase::Kubelet,
        }
    }
}

/// The trees, in which nobody else changes anything from here on.
fn claim(wish: &wish::Wish) -> Result<Vec<Claim>, CliError> {
    let disks = wish.trees.iter().map(|tree| Disk::open(tree));
    let disks: Vec<Disk> = disks.collect::<Result<_, _>>()?;
    let claim = |(disk, node): (Disk, &change::wish::Node)| {
        let node = node.name.clone();
        Ok(journal::claim(Tree { node, disk })?)
    };
    disks.into_iter().zip(&wish.nodes).map(claim).collect()
}

/// What runs on the nodes already, by files of which some may be missing.
fn inventory(wish: &wish::Wish, files: Vec<Files>) -> Inventory {
    let names = wish.nodes.iter().map(|node| Some(node.name.clone()));
    Inventory::read(names.zip(files).collect())
}

/// Whether everything that works goes on working. Where nothing runs there is nothing to prove.
fn is_safe(inventory: &Inventory, plan: &Plan, quiet: bool) -> Result<bool, CliError> {
    let processes = inventory
        .nodes
        .iter()
        .flat_map(|node| node.processes.values());
    let runs = processes.into_iter().any(|process| process.is_present());
    if plan.steps.is_empty() || !runs {
        return Ok(true);
    }
    let proof = prove(plan)?;
    match &proof.breach {
        Some(_) => show::stderr(&show::plan::text(plan, &proof)),
        None if !quiet => show::stderr(&show::plan::verdict(plan, &proof)),
        None => {}
    }
    Ok(proof.breach.is_none())
}

fn in_the_way(wish: &wish::Wish, taken: &InTheWay) -> CliError {
    let path = wish.trees[taken.node].join(taken.path.trim_start_matches('/'));
    DiskError::Exists(path.display().to_string()).into()
}

/// The permission bits that this process gives no file.
fn umask() -> u32 {
    // It can only be asked for by setting it: nobody else makes files meanwhile.
    let own = rustix::process::umask(Mode::from_raw_mode(0o077));
    rustix::process::umask(own);
    own.as_raw_mode()
}

/// A tree that is not there yet is an empty one.
fn read(trees: &[PathBuf]) -> Result<Vec<Files>, CliError> {
    let read = |path: &PathBuf| match Files::on_disk(path, false) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Ok(Files::in_memory(Memory::default(), false))
        }
        other => other.map_err(|source| CliError::Rootfs {
            path: path.clone(),
            source,
        }),
    };
    trees.iter().map(read).collect()
}

fn refuse(problems: &[Remark]) -> Outcome {
    for problem in problems {
        show::failure(&problem.to_string(), problem.remedy.as_deref());
    }
    show::note("nothing was changed");
    Outcome::Found
}

fn warn(warnings: &[Remark], quiet: bool) {
    for warning in warnings.iter().filter(|_| !quiet) {
        show::note(&warning.to_string());
    }
}
