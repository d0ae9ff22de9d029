//! The command line: options that every command shares, and the list of commands.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use authority::control_plane::ControlPlane;
use change::disk::Disk;
use change::journal;
use change::plan::{Kind, Plan};
use clap::{Parser, Subcommand, ValueEnum};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, Time, UtcDateTime};

use crate::commands;
use crate::error::CliError;
use crate::show;

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
#[allow(clippy::large_enum_variant, reason = "there is only one of it")]
pub enum Command {
    /// Go on with a change that has begun, step by step, to its end.
    Apply(commands::apply::Args),

    /// Say which channels work, and what is wrong in which line of which file.
    Audit(commands::audit::Args),

    /// Print the objects that carry trust into a cluster, as manifests.
    Bundle(commands::bundle::Args),

    /// Pack what an audit needs, with nothing secret in it, for an audit elsewhere.
    Collect(commands::collect::Args),

    /// Print the completions for a shell.
    Completions(commands::completions::Args),

    /// Make keys, and requests for certificates that somebody else signs.
    Csr(commands::csr::Args),

    /// Tell the whole story in a temporary folder: make, look, break, mend, replace, take back.
    Demo(commands::demo::Args),

    /// Say what two certificates, kubeconfigs or file trees do not have in common.
    Diff(commands::diff::Args),

    /// Explain a flag, a file, a channel, a finding or a word of the subject.
    Explain(commands::explain::Args),

    /// Show who connects to whom, what each presents and what each trusts.
    Graph(commands::graph::Args),

    /// List the changes of nodes, and how far each has come.
    History(commands::history::Args),

    /// Make the whole PKI of a cluster, as kubeadm makes it; what is there and valid is kept.
    Init(Box<commands::init::Args>),

    /// Show certificates, requests, revocation lists and keys wherever they are kept.
    Inspect(commands::inspect::Args),

    /// List every credential and authority, and how long each lasts.
    List(commands::list::Args),

    /// Print the manual page of the program or of one command.
    Man(commands::man::Args),

    /// Say whether a plan keeps everything working, whatever happens on the way.
    Prove(commands::prove::Args),

    /// Issue certificates again, with new keys and everything else as before.
    Renew(commands::renew::Args),

    /// Replace authorities, or the key of service account tokens, while everything works.
    Rotate(commands::rotate::Args),

    /// Put other names into the certificates of servers, or compare them with those that clients look for.
    San(commands::san::Args),

    /// Sign a certificate request by a profile that says what it may be for.
    Sign(commands::sign::Args),

    /// Make and check tokens: of nodes that join, and of service accounts.
    Token(commands::token::Args),

    /// Take a change back, from wherever it is.
    Undo(commands::undo::Args),

    /// Make kubeconfigs for people.
    User(commands::user::Args),

    /// Say whether Go, and so every component, would accept a certificate, and why not.
    Verify(commands::verify::Args),

    /// Say whom a certificate, kubeconfig or token makes of its bearer, and what each server says.
    Whoami(commands::whoami::Args),
}

/// Which nodes' files are read.
#[derive(Debug, clap::Args)]
pub struct Tree {
    /// A node's file tree, or an archive of some: tar, tar.gz or zip; several times, or as NAME=DIR,
    /// for several nodes [default: /]
    #[arg(long, value_name = "[NAME=]DIR", value_parser = Rootfs::parse)]
    pub rootfs: Vec<Rootfs>,

    /// What is absent from a tree was not collected, rather than missing.
    #[arg(long)]
    pub partial: bool,
}

/// The nodes whose files are changed.
#[derive(Debug, clap::Args)]
pub struct Trees {
    /// A node's file tree; several times, for several nodes.
    #[arg(long, value_name = "DIR", default_value = "/", value_parser = Rootfs::parse)]
    rootfs: Vec<Rootfs>,
}

/// The node whose files are used.
#[derive(Debug, clap::Args)]
pub struct OneNode {
    /// The node's file tree, or an archive of it: tar, tar.gz or zip.
    #[arg(long, value_name = "DIR", default_value = "/")]
    rootfs: PathBuf,

    /// Take files from this folder of the tree, by kubeadm's names; default are those that the
    /// manifests name, and where there is none, /etc/kubernetes/pki.
    #[arg(long, value_name = "DIR", value_parser = change::parse::absolute_path)]
    cert_dir: Option<String>,
}

/// A node's file tree, and the name it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rootfs {
    /// The name before `=`.
    pub name: Option<String>,
    /// The folder.
    pub path: PathBuf,
}

/// The moment to judge by.
#[derive(Debug, clap::Args)]
pub struct At {
    /// Judge as of then: RFC 3339 or a date; default now.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub at: Option<UtcDateTime>,
}

impl Tree {
    /// Reads everything that the nodes' files say about the cluster.
    ///
    /// # Errors
    /// When a tree is neither a folder nor an archive that can be read.
    pub fn read(&self) -> Result<cluster::Inventory, CliError> {
        let trees = self.roots();
        let trees = trees.iter().map(|rootfs| rootfs.open(self.partial));
        let trees: Vec<_> = trees.collect::<Result<_, _>>()?;
        Ok(cluster::Inventory::read(
            trees.into_iter().flatten().collect(),
        ))
    }

    /// Reads the trees that were asked for beside something else: without any, none.
    ///
    /// # Errors
    /// As [`Tree::read`].
    pub fn read_beside(&self) -> Result<cluster::Inventory, CliError> {
        match self.rootfs.is_empty() {
            true => Ok(cluster::Inventory::read(Vec::new())),
            false => self.read(),
        }
    }

    /// The trees, for writing, each with the name of its node in a plan for what was read of them.
    ///
    /// # Errors
    /// When one is no folder.
    pub fn of_plan(&self, plan: &Plan) -> Result<Vec<journal::Tree>, CliError> {
        let nodes = plan.nodes.iter().filter(|node| node.kind == Kind::Node);
        let trees = self.roots().into_iter().zip(nodes).map(|(rootfs, node)| {
            Ok(journal::Tree {
                node: node.name.clone(),
                disk: rootfs.disk()?,
            })
        });
        trees.collect()
    }

    /// The trees: those that were given, else this machine's own files.
    pub fn roots(&self) -> Vec<Rootfs> {
        let own = || Rootfs {
            name: None,
            path: PathBuf::from("/"),
        };
        match self.rootfs.is_empty() {
            true => vec![own()],
            false => self.rootfs.clone(),
        }
    }
}

impl Trees {
    /// Where they are.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.rootfs
            .iter()
            .map(|rootfs| rootfs.path.clone())
            .collect()
    }

    /// Opens the trees for writing.
    ///
    /// # Errors
    /// When one is no folder.
    pub fn open(&self) -> Result<Vec<Disk>, CliError> {
        self.rootfs.iter().map(Rootfs::disk).collect()
    }
}

impl OneNode {
    /// Reads the node.
    ///
    /// # Errors
    /// When its tree is neither a folder nor an archive that can be read.
    pub fn read(&self) -> Result<cluster::Node, CliError> {
        let rootfs = Rootfs {
            name: None,
            path: self.rootfs.clone(),
        };
        let mut trees = rootfs.open(false)?;
        match (trees.pop(), trees.is_empty()) {
            (Some((_, files)), true) => Ok(cluster::Node::read(files)),
            _ => Err(CliError::SeveralNodes(self.rootfs.clone())),
        }
    }

    /// Its control plane, with the files that were asked for.
    pub fn control_plane<'a>(&'a self, node: &'a cluster::Node) -> ControlPlane<'a> {
        match &self.cert_dir {
            None => ControlPlane::of(node),
            Some(folder) => ControlPlane::with_files_in(node, folder),
        }
    }
}

impl Rootfs {
    /// The trees of a cluster: the folder or archive itself, or those in it, one for each node.
    pub fn of_cluster(path: &Path) -> Vec<Self> {
        let has_files = |path: &Path| path.join("etc").is_dir();
        let whole = Rootfs {
            name: None,
            path: path.to_owned(),
        };
        if path.is_file() || has_files(path) {
            return vec![whole];
        }
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        let mut nodes: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        nodes.retain(|path| has_files(path));
        nodes.sort();
        let node = |path: PathBuf| Rootfs {
            name: path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned()),
            path,
        };
        match nodes.is_empty() {
            true => vec![whole],
            false => nodes.into_iter().map(node).collect(),
        }
    }

    /// Whether a file begins like an archive of file trees.
    pub fn is_archive(path: &Path) -> bool {
        let mut head = Vec::new();
        let limit = archive::HEAD as u64;
        let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut head));
        read.is_ok() && archive::is_archive(&head)
    }

    /// The tree, for writing: a folder that is there.
    ///
    /// # Errors
    /// When it is none.
    pub fn disk(&self) -> Result<Disk, CliError> {
        std::fs::read_dir(&self.path).map_err(|source| CliError::Rootfs {
            path: self.path.clone(),
            source,
        })?;
        Ok(Disk::open(&self.path)?)
    }

    /// The tree, or those in the archive, with their names.
    fn open(&self, partial: bool) -> Result<Vec<(Option<String>, cluster::Files)>, CliError> {
        if self.path.is_file() {
            return self.unpack(partial);
        }
        Ok(vec![(self.name.clone(), open(&self.path, partial)?)])
    }

    fn unpack(&self, partial: bool) -> Result<Vec<(Option<String>, cluster::Files)>, CliError> {
        let failed = |source: archive::ReadError| CliError::Archive {
            path: self.path.clone(),
            source,
        };
        let file = File::open(&self.path).map_err(|error| failed(error.into()))?;
        let read = archive::read(BufReader::new(file)).map_err(failed)?;
        read.notes.iter().for_each(|note| show::note(note));
        if self.name.is_some() && read.nodes.len() > 1 {
            return Err(CliError::SeveralNodes(self.path.clone()));
        }
        let tree = |node: archive::ArchivedNode| {
            let name = self.name.clone().or(node.name);
            (
                name,
                cluster::Files::in_memory(node.tree, partial || node.partial),
            )
        };
        Ok(read.nodes.into_iter().map(tree).collect())
    }

    /// A folder, or `NAME=DIR`. What has a `/` before the `=` is no name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, path) = match text.split_once('=') {
            Some((name, path)) if !name.contains('/') && !Path::new(text).exists() => {
                (Some(name.to_owned()), path)
            }
            _ => (None, text),
        };
        if path.is_empty() || name.as_deref() == Some("") {
            return Err("a folder, or NAME=DIR, is wanted".to_owned());
        }
        Ok(Rootfs {
            name,
            path: path.into(),
        })
    }
}

fn open(root: &Path, partial: bool) -> Result<cluster::Files, CliError> {
    cluster::Files::on_disk(root, partial).map_err(|source| CliError::Rootfs {
        path: root.to_owned(),
        source,
    })
}

impl At {
    /// The moment that was asked for, or now.
    pub fn moment(&self) -> UtcDateTime {
        self.at.unwrap_or_else(UtcDateTime::now)
    }
}

/// A moment in RFC 3339, or the first of a day in UTC.
pub fn parse_time(text: &str) -> Result<UtcDateTime, String> {
    if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
        return Ok(moment.to_utc());
    }
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map(|date| UtcDateTime::new(date, Time::MIDNIGHT))
        .map_err(|_| "not a time: write 2027-01-31 or 2027-01-31T12:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::utc_datetime;

    #[test]
    fn times_are_moments_or_dates() {
        assert_eq!(
            parse_time("2024-06-01"),
            Ok(utc_datetime!(2024-06-01 00:00))
        );
        let offset = parse_time("2024-06-01T02:00:00+02:00");
        assert_eq!(offset, Ok(utc_datetime!(2024-06-01 00:00)));
        assert!(parse_time("yesterday").is_err());
        assert!(parse_time("2024-02-30").is_err());
    }

    #[test]
    fn a_tree_may_have_a_name() {
        let named = Rootfs::parse("cp-1=/srv/cp-1").unwrap();
        assert_eq!(named.name.as_deref(), Some("cp-1"));
        assert_eq!(named.path, Path::new("/srv/cp-1"));
        assert_eq!(Rootfs::parse("/srv/a=b").unwrap().name, None);
        assert!(Rootfs::parse("cp-1=").is_err());
        assert!(Rootfs::parse("=/srv").is_err());
    }
}
