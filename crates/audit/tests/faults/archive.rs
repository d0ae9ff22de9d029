//! What is said of a tree is said of what was collected of it, though no key is in there.

use std::io::Cursor;

use cluster::listing::Listing;
use cluster::{Files, Graph, Inventory};
use kubepki_audit::{Report, audit};
use time::UtcDateTime;
use time::macros::utc_datetime;

use crate::faults;
use crate::harmless::HARMLESS;
use crate::tree::Tree;

const NOW: UtcDateTime = utc_datetime!(2026-12-01 0:00);

#[test]
fn the_archive_of_a_tree_is_judged_alike() {
    let mut complaints = Vec::new();
    let changes = faults().map(|fault| (fault.name, fault.make));
    let changes = changes.chain(HARMLESS.iter().map(|change| (change.name, change.make)));
    // Every change in one of the trees, and every other one in a tree of which there is only a part.
    for (number, (name, make)) in changes.enumerate() {
        let healthy = Tree::healthy();
        let mut tree = healthy[number % healthy.len()].clone();
        make(&mut tree);
        let is_partial = number / healthy.len() % 2 == 1;
        if let Err(complaint) = compare(&tree, is_partial) {
            complaints.push(format!("{:?}: {name}: {complaint}", tree.algorithm));
        }
    }
    assert!(
        complaints.is_empty(),
        "{} differ\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

fn compare(tree: &Tree, partial: bool) -> Result<(), String> {
    let inventory = tree.inventory(partial);
    let of_tree = judge(&inventory);
    let _ = Listing::of(&inventory);
    let collection = ::archive::collect(&inventory, "0", NOW);
    let mut packed = Vec::new();
    collection
        .write(&mut packed)
        .map_err(|error| error.to_string())?;
    let read = ::archive::read(Cursor::new(packed)).map_err(|error| error.to_string())?;
    let trees = read.nodes.into_iter().map(|node| {
        let files = Files::in_memory(node.tree, node.partial);
        (node.name, files)
    });
    let of_archive = judge(&Inventory::read(trees.collect()));
    for (old, new) in [
        (
            format!("{:#?}", of_tree.findings),
            format!("{:#?}", of_archive.findings),
        ),
        (
            format!("{:#?}", of_tree.channels),
            format!("{:#?}", of_archive.channels),
        ),
    ] {
        let mut lines = old.lines().zip(new.lines());
        if let Some((old, new)) = lines.find(|(old, new)| old != new) {
            return Err(format!("{old} / {new}"));
        }
        if old != new {
            return Err("one says more".to_owned());
        }
    }
    Ok(())
}

fn judge(inventory: &Inventory) -> Report {
    audit(inventory, &Graph::of(inventory), NOW)
}
