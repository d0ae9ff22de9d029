//! What is made, as a plan: for every node the files that come, in the order in which they were made,
//! so that what names others comes after them. Nobody is started again: nobody runs by files that are
//! not there, and the kubelet starts static pods by itself when their manifests appear or change.

use cluster::{Content, Files, Inventory};
use time::UtcDateTime;

use super::Change;
use crate::disk::{NewFile, above};
use crate::plan::{Action, Item, Kind, Plan, Secrets, Step, Written};

/// Something lies where a file shall come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InTheWay {
    /// The place of the node.
    pub node: usize,
    /// Where, on the node.
    pub path: String,
}

/// The plan for nodes of which this is what was read, in the order of `changes`, and what its files
/// really hold. New files do not get the permission bits of `umask`.
///
/// # Errors
/// When something that is no file lies in the place of one.
pub fn plan(
    (wish, at): (&str, UtcDateTime),
    inventory: &Inventory,
    changes: &[Change],
    umask: u32,
) -> Result<(Plan, Secrets), InTheWay> {
    let mut plan = Plan::new(wish, at);
    let mut secrets = Secrets::default();
    for (place, (own, change)) in inventory.nodes.iter().zip(changes).enumerate() {
        let files = change.files.iter();
        let written = files.map(|file| Written {
            path: real_path(&own.files, &file.path),
            content: Some(plan.keep(&file.content, &mut secrets)),
            mode: file.mode & !umask,
        });
        let written: Vec<Written> = written.collect();
        plan.add_node(&own.name, Kind::Node, &own.files, &mut secrets);
        let Some(node) = plan.nodes.last_mut().filter(|_| !written.is_empty()) else {
            continue;
        };
        let mut each = change.files.iter().zip(&written);
        let is_taken = |(file, at): &(&NewFile, &Written)| {
            is_in_the_way(&own.files, file, node.files.get(&at.path))
        };
        if let Some((file, _)) = each.find(is_taken) {
            return Err(InTheWay {
                node: place,
                path: file.path.clone(),
            });
        }
        let folders = change.folders.iter();
        node.folders = folders.map(|one| (one.path.clone(), one.mode)).collect();
        plan.steps.push(Step {
            node: own.name.to_string(),
            action: Action::Write(written),
            after: Vec::new(),
            stage: "what was missing is there".to_owned(),
        });
    }
    Ok((plan, secrets))
}

/// Where a file lies or comes to lie, with every symbolic link followed that is there.
fn real_path(files: &Files, path: &str) -> String {
    let found = files.get(path);
    if found.bytes().is_some() {
        return found.real_path.to_string();
    }
    let folders = above(path).map(|folder| (folder, files.get(folder)));
    let mut there = folders.filter(|(_, found)| found.content == Content::Directory);
    match there.next() {
        Some((folder, found)) => {
            let real = found.real_path.trim_end_matches('/');
            format!("{real}{}", &path[folder.len()..])
        }
        None => path.to_owned(),
    }
}

/// Whether something else lies there than nothing, or the file that is replaced.
fn is_in_the_way(files: &Files, file: &NewFile, lies: Option<&Item>) -> bool {
    match files.get(&file.path).content {
        Content::Present(_) => !file.replaces,
        // A symbolic link that leads nowhere.
        Content::Missing => lies.is_some(),
        _ => true,
    }
}
