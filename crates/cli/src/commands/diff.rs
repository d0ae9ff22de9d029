//! `kubepki diff`: what two certificates, or the files of two clusters, do not have in common.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use diff::tree::State;

use super::Outcome;
use crate::args::{At, Rootfs, Tree};
use crate::error::CliError;
use crate::find::{self, Found, Item};
use crate::password::Password;
use crate::show::{self, diff::Page};
use crate::{input, show::diff::Pair};

/// Arguments of `kubepki diff`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file with certificates, requests or kubeconfigs; a node's file tree or an archive of it; or
    /// a folder that holds one for each node.
    a: PathBuf,

    /// What it is compared with: of the same kind.
    b: PathBuf,

    /// What is absent from a tree was not collected, rather than missing.
    #[arg(long)]
    partial: bool,

    #[command(flatten)]
    at: At,

    /// The file whose first line is the password for what is encrypted; without it, the password is
    /// asked for at the terminal.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// How to show what differs.
    #[arg(short, long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,
}

/// How differences are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: schema kubepki.diff/v1.
    Json,
}

/// Compares, and prints what differs.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let page = match (is_tree(&args.a), is_tree(&args.b)) {
        (true, true) => trees(args, quiet)?,
        (false, false) => files(args)?,
        _ => {
            return Err(CliError::Contradiction(
                "one is a file tree and the other is not: there is nothing to compare",
            ));
        }
    };
    let text = match args.output {
        Format::Text => page.human(show::width()),
        Format::Json => format!("{:#}\n", page.json()),
    };
    show::stdout(text.as_bytes())?;
    Ok(match page.is_equal() {
        true => Outcome::Clean,
        false => Outcome::Found,
    })
}

/// Folders and archives are trees.
fn is_tree(path: &Path) -> bool {
    path.is_dir() || Rootfs::is_archive(path)
}

fn trees(args: &Args, quiet: bool) -> Result<Page, CliError> {
    let read = |path: &Path| {
        let rootfs = Rootfs::of_cluster(path);
        let inventory = Tree {
            rootfs,
            partial: args.partial,
        }
        .read()?;
        show::unreadable(&inventory, quiet);
        Ok::<_, CliError>(inventory)
    };
    let (a, b) = (read(&args.a)?, read(&args.b)?);
    let comparison = diff::tree::compare(&a, &b, args.at.moment());
    Ok(Page::of_trees(&args.a, &args.b, comparison))
}

fn files(args: &Args) -> Result<Page, CliError> {
    let mut password = Password::new(args.password_file.as_deref())?;
    let mut read = |path: &Path| {
        let found = find::find(&path.to_string_lossy(), &input::read(path)?, &mut password);
        match found.first().map(|found| &found.item) {
            None => Err(CliError::NothingFound(path.to_owned())),
            Some(Item::Broken(label, why)) => Err(CliError::Broken {
                path: path.to_owned(),
                why: format!("{label}: {why}"),
            }),
            _ => Ok(found),
        }
    };
    let (a, b) = (read(&args.a)?, read(&args.b)?);
    Ok(Page::of_files(&args.a, &args.b, pairs(a, b)))
}

/// What belongs together: the same things first, then those in the same field, then those that are
/// about the same, and at last what is left, one by one.
fn pairs(mut a: Vec<Found>, mut b: Vec<Found>) -> Vec<Pair> {
    let rules: [fn(&Found, &Found) -> bool; 4] = [
        |a, b| is_same(&a.item, &b.item) == Some(true),
        |a, b| a.place.field.is_some() && a.place.field == b.place.field && is_alike(a, b),
        |a, b| is_alike(a, b) && subject(&a.item) == subject(&b.item),
        is_alike,
    ];
    let mut pairs = Vec::new();
    for rule in rules {
        let mut rest = Vec::new();
        for one in a {
            match b.iter().position(|other| rule(&one, other)) {
                Some(index) => {
                    let other = b.remove(index);
                    let state = compare(&one.item, &other.item);
                    pairs.push(Pair::new(&one, Some(&other), state));
                }
                None => rest.push(one),
            }
        }
        a = rest;
    }
    let only = |found: &Found, state: fn(String) -> State| {
        Pair::new(found, None, state(described(&found.item)))
    };
    pairs.extend(a.iter().map(|found| only(found, State::OnlyInA)));
    pairs.extend(b.iter().map(|found| only(found, State::OnlyInB)));
    pairs
}

/// Whether they can be compared at all.
fn is_alike(a: &Found, b: &Found) -> bool {
    let kind = |item: &Item| match item {
        Item::Certificate(_) | Item::Request(_) => 0,
        Item::List(_) => 1,
        Item::Key(_) => 2,
        Item::Broken(..) => 3,
    };
    kind(&a.item) == kind(&b.item)
}

fn subject(item: &Item) -> String {
    match item {
        Item::Certificate(certificate) => certificate.subject().to_string(),
        Item::Request(request) => request.subject().to_string(),
        Item::List(list) => list.issuer().to_string(),
        Item::Key(_) | Item::Broken(..) => String::new(),
    }
}

/// `None` when nobody can tell.
fn is_same(a: &Item, b: &Item) -> Option<bool> {
    match (a, b) {
        (Item::Certificate(a), Item::Certificate(b)) => Some(a == b),
        (Item::Request(a), Item::Request(b)) => Some(a == b),
        (Item::List(a), Item::List(b)) => Some(a.der() == b.der()),
        (Item::Key(a), Item::Key(b)) => a.is_same(b),
        _ => Some(false),
    }
}

fn compare(a: &Item, b: &Item) -> State {
    let certificates = |a: diff::certificate::Facts<'_>, b: diff::certificate::Facts<'_>| {
        diff::certificate::compare(&a, &b)
    };
    State::Differs(match (a, b) {
        (Item::Certificate(a), Item::Certificate(b)) => certificates(a.into(), b.into()),
        (Item::Request(a), Item::Request(b)) => certificates(a.into(), b.into()),
        (Item::Certificate(a), Item::Request(b)) => certificates(a.into(), b.into()),
        (Item::Request(a), Item::Certificate(b)) => certificates(a.into(), b.into()),
        (a, b) => diff::hidden(&described(a), is_same(a, b))
            .into_iter()
            .collect(),
    })
}

fn described(item: &Item) -> String {
    match item {
        Item::Certificate(_) => format!("a certificate for {}", subject(item)),
        Item::Request(_) => format!("a request of {}", subject(item)),
        Item::List(_) => format!("a revocation list of {}", subject(item)),
        Item::Key(key) => format!("a private key, {}", key.kind()),
        Item::Broken(label, why) => format!("{label} that cannot be read: {why}"),
    }
}
