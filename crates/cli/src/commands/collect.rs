//! `kubepki collect`: an archive for an audit elsewhere, with nothing secret in it.

use std::path::PathBuf;

use archive::Collection;
use archive::index::{Entry, Kind};
use cluster::listing::Listing;
use cluster::{Graph, Inventory};
use time::UtcDateTime;
use zeroize::Zeroizing;

use super::Outcome;
use crate::args::Tree;
use crate::error::CliError;
use crate::show::table::{Cell, Table};
use crate::{output, show};

/// Arguments of `kubepki collect`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    tree: Tree,

    /// The archive, a tar.gz that only its owner may read.
    #[arg(
        short,
        long,
        value_name = "FILE",
        default_value = "kubepki-collect.tar.gz"
    )]
    output: PathBuf,

    /// Replace the archive when it is there.
    #[arg(long)]
    force: bool,

    /// Only say what would be in it, and what of it would be left out.
    #[arg(long)]
    dry_run: bool,
}

/// Collects what an audit would read.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let inventory = args.tree.read()?;
    let now = UtcDateTime::now();
    ask_everything(&inventory, now);
    let collection = archive::collect(&inventory, env!("CARGO_PKG_VERSION"), now);
    if args.dry_run {
        show::stdout(table(&collection).render().as_bytes())?;
        return Ok(Outcome::Clean);
    }
    let mut packed = Zeroizing::new(Vec::new());
    collection.write(&mut *packed)?;
    match args.force {
        true => output::replace(&args.output, output::PRIVATE, &packed)?,
        false => output::write_new(&args.output, output::PRIVATE, &packed)?,
    }
    if !quiet {
        show::stderr(&said(&args.output.display().to_string(), &collection));
    }
    Ok(Outcome::Clean)
}

/// What is never asked of a tree is not collected.
fn ask_everything(inventory: &Inventory, now: UtcDateTime) {
    let graph = Graph::of(inventory);
    let _ = audit::audit(inventory, &graph, now);
    let _ = Listing::of(inventory);
}

/// What was collected, in a few lines.
fn said(path: &str, collection: &Collection) -> String {
    let mut text = String::new();
    for node in &collection.index.nodes {
        let files = node
            .entries
            .iter()
            .filter(|entry| entry.kind == Kind::File)
            .count();
        text.push_str(&format!("{}: {files} files\n", node.name));
        for entry in node.entries.iter().filter(|entry| is_unreadable(entry)) {
            text.push_str(&format!("  not read: {}\n", entry.path));
        }
    }
    let all = collection.index.nodes.iter().flat_map(|node| &node.entries);
    let mut left_out: Vec<&String> = all.flat_map(|entry| &entry.left_out).collect();
    left_out.sort();
    left_out.dedup();
    for what in left_out {
        text.push_str(&format!("left out: {what}\n"));
    }
    format!("{text}written: {path}; kubepki audit --rootfs {path}\n")
}

fn is_unreadable(entry: &Entry) -> bool {
    matches!(
        entry.kind,
        Kind::Unreadable { .. } | Kind::Refused { .. } | Kind::Large { .. }
    )
}

fn table(collection: &Collection) -> Table {
    let mut table = Table::new(["NODE", "MODE", "OWNER", "PATH", "LEFT OUT"]);
    for node in &collection.index.nodes {
        for entry in &node.entries {
            table.push(vec![
                Cell::from(&*node.name),
                entry.mode.clone().unwrap_or_default().into(),
                owner(entry).into(),
                path(entry).into(),
                entry.left_out.join("; ").into(),
            ]);
        }
    }
    table
}

fn owner(entry: &Entry) -> String {
    match (entry.uid, entry.gid) {
        (Some(uid), Some(gid)) => format!("{uid}:{gid}"),
        _ => String::new(),
    }
}

fn path(entry: &Entry) -> String {
    let path = cluster::draw::printable(&entry.path);
    match &entry.kind {
        Kind::File => path.to_string(),
        Kind::Directory { why: None } => format!("{path}/"),
        Kind::Directory { why: Some(why) } => format!("{path}/ ({why})"),
        Kind::Link { target } => format!("{path} -> {}", cluster::draw::printable(target)),
        Kind::Special => format!("{path} (no regular file)"),
        Kind::Large { size } => format!("{path} ({size} bytes: too large)"),
        Kind::Unreadable { why } | Kind::Refused { why } => format!("{path} ({why})"),
    }
}
