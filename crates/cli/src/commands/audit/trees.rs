//! `kubepki audit --trees`: many clusters in one call, a line for each.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread::available_parallelism;

use audit::Report;
use cluster::Graph;
use time::UtcDateTime;

use super::{Args, Format, Outcome, outcome};
use crate::args::{Rootfs, Tree};
use crate::error::CliError;
use crate::show::audit::trees::{Count, Judged, Lines};
use crate::show::{self, audit::Volume, progress::Progress};

/// Judges every cluster in the folder and prints what became of it, in the order of their names. No
/// more than a line is kept of one that is judged.
///
/// # Errors
/// When the folder cannot be read; and in the end, when a cluster could not.
pub(super) fn run(args: &Args, folder: &Path, volume: Volume) -> Result<Outcome, CliError> {
    let is_json = match args.output {
        Format::Human => false,
        Format::Json => true,
        _ => {
            return Err(CliError::Contradiction(
                "--trees prints a line for each tree: for people, or with -o json",
            ));
        }
    };
    let clusters = clusters(folder)?;
    let at = args.at.moment();
    let lines = Lines::new(clusters.iter().map(|(name, _)| name), at, show::width());
    let progress = Progress::new("judging trees", clusters.len(), volume == Volume::Quiet);
    let mut count = Count::default();
    let mut worst = Outcome::Clean;
    if !is_json {
        show::stdout(lines.headings().as_bytes())?;
    }
    let judge = |(name, path): &(String, PathBuf)| {
        let report = judge(path, args.tree.partial, at);
        let is_bad = |report: &Report| outcome(report, args.fail_on) == Outcome::Found;
        let is_bad = report.as_ref().is_ok_and(is_bad);
        (Judged::new(name, path, report), is_bad)
    };
    in_order(&clusters, judge, |(judged, is_bad)| {
        count.add(&judged);
        if is_bad {
            worst = Outcome::Found;
        }
        let line = match is_json {
            true => format!("{}\n", lines.json(&judged)),
            false => lines.human(&judged),
        };
        progress.clear();
        show::stdout(line.as_bytes())?;
        progress.tick();
        Ok(())
    })?;
    progress.clear();
    if !is_json && volume != Volume::Quiet {
        show::stdout(format!("\n{count}\n").as_bytes())?;
    }
    match count.unreadable {
        0 => Ok(worst),
        unreadable => Err(CliError::Trees(unreadable)),
    }
}

/// The folders and archives in a folder, by name.
fn clusters(folder: &Path) -> Result<Vec<(String, PathBuf)>, CliError> {
    let unreadable = |source| CliError::Input {
        path: folder.to_owned(),
        source,
    };
    let mut clusters = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with('.') && (has_folders(&path) || Rootfs::is_archive(&path)) {
            clusters.push((name.into_owned(), path));
        }
    }
    clusters.sort();
    Ok(clusters)
}

/// Whether there is a folder in it: of a file tree, or of a node. One of files alone is neither.
fn has_folders(path: &Path) -> bool {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    path.is_dir() && entries.into_iter().any(|entry| entry.path().is_dir())
}

fn judge(path: &Path, partial: bool, at: UtcDateTime) -> Result<Report, CliError> {
    let rootfs = Rootfs::of_cluster(path);
    let inventory = Tree { rootfs, partial }.read()?;
    Ok(audit::audit(&inventory, &Graph::of(&inventory), at))
}

/// Does `work` on every processor, and hands what comes of it to `emit` in the items' order.
fn in_order<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    mut emit: impl FnMut(R) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let threads = available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let take = || {
        let index = next.fetch_add(1, Ordering::Relaxed);
        items.get(index).map(|item| (index, item))
    };
    std::thread::scope(|scope| {
        let (send, receive) = sync_channel(threads);
        for _ in 0..threads.min(items.len()) {
            let (send, take, work) = (send.clone(), &take, &work);
            scope.spawn(move || {
                while let Some((index, item)) = take() {
                    // Nobody listens any more when a result could not be written.
                    if send.send((index, work(item))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let (mut waiting, mut turn) = (BTreeMap::new(), 0);
        for (index, result) in receive {
            waiting.insert(index, result);
            while let Some(result) = waiting.remove(&turn) {
                emit(result)?;
                turn += 1;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn results_come_in_order() {
        let items: Vec<usize> = (0..50).collect();
        let work = |item: &usize| {
            std::thread::sleep(Duration::from_micros((50 - *item as u64) * 20));
            *item
        };
        let mut seen = Vec::new();
        let emit = |item| {
            seen.push(item);
            Ok(())
        };
        in_order(&items, work, emit).unwrap();
        assert_eq!(seen, items);
    }

    #[test]
    fn the_first_failure_ends_it() {
        let items: Vec<usize> = (0..50).collect();
        let mut seen = 0;
        let emit = |_| {
            seen += 1;
            Err(CliError::Contradiction("no"))
        };
        assert!(in_order(&items, |item| *item, emit).is_err());
        assert_eq!(seen, 1);
    }
}
