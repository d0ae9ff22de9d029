//! `kubepki init`: make the whole PKI of a cluster, or the parts of it that are missing.

mod given;
mod report;
pub(super) mod wish;

use std::io::ErrorKind;
use std::path::PathBuf;

pub use given::RootArgs;

use change::compare::{Remark, State, Wanted, compare};
use change::disk::{self, Disk, Set};
use change::make::{Change, Means, count_keys, make};
use change::part::{Layout, Part, Phase};
use clap::ValueEnum;
use cluster::Files;
use cluster::files::Memory;
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

/// Compares, makes, asks where something is there already, and writes.
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
    let disks = match args.consent.dry_run {
        true => Vec::new(),
        false => open(&wish.trees)?,
    };
    let folders = wanted.layout.folders();
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    let locks = disks.iter().map(|disk| disk.lock(&folders));
    let _locks: Vec<_> = locks.collect::<Result<_, _>>()?;
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
    carry_out(args, &wish, &disks, &changes)
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

/// Asks when something is there already, writes, and says what was done.
fn carry_out(
    args: &Args,
    wish: &wish::Wish,
    disks: &[Disk],
    changes: &[Change],
) -> Result<Outcome, CliError> {
    let nothing = changes.iter().all(|change| change.files.is_empty());
    let parts = || changes.iter().flat_map(|change| &change.parts);
    let is_empty = parts().all(|made| made.state == State::Absent);
    let said = |done: bool| match args.output {
        Format::Text => report::text(wish, changes, done),
        Format::Json => format!("{:#}\n", report::json(wish, changes, done)),
    };
    if args.consent.dry_run {
        show::stdout(said(false).as_bytes())?;
        return Ok(Outcome::Clean);
    }
    if !nothing && !is_empty && !args.consent.yes {
        show::stderr(&report::text(wish, changes, false));
        if !confirm("Write this?") {
            return Ok(Outcome::Found);
        }
    }
    let sets = disks.iter().zip(changes);
    let sets = sets.map(|(disk, change)| Set {
        disk,
        folders: &change.folders,
        files: &change.files,
    });
    disk::write(&sets.collect::<Vec<_>>())?;
    show::stdout(said(true).as_bytes())?;
    Ok(Outcome::Clean)
}

fn open(trees: &[PathBuf]) -> Result<Vec<Disk>, CliError> {
    trees.iter().map(|tree| Ok(Disk::open(tree)?)).collect()
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
