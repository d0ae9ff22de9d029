//! A node's files, from bytes to findings: each file follows a line `==> path`.

#![no_main]

use cluster::draw::{self, NOT_JUDGED};
use cluster::files::Memory;
use cluster::listing::Listing;
use cluster::{Files, Graph, Inventory};
use libfuzzer_sys::fuzz_target;
use time::macros::utc_datetime;

fuzz_target!(|data: &[u8]| {
    for partial in [false, true] {
        let inventory = Inventory::read(vec![(None, Files::in_memory(tree(data), partial))]);
        let graph = Graph::of(&inventory);
        for picture in [draw::text, draw::dot, draw::mermaid, draw::svg] {
            picture(&graph, NOT_JUDGED);
        }
        Listing::of(&inventory);
        let report = audit::audit(&inventory, &graph, utc_datetime!(2026-12-01 0:00));
        assert!(
            report
                .findings
                .iter()
                .all(|finding| !finding.message.is_empty())
        );
    }
});

fn tree(data: &[u8]) -> Memory {
    let mut tree = Memory::default();
    let mut file: Option<(String, Vec<u8>)> = None;
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(b"==> ") {
            Some(path) => {
                let path = String::from_utf8_lossy(path).trim_end().to_owned();
                if let Some((path, bytes)) = file.replace((path, Vec::new())) {
                    tree = tree.file(&path, bytes);
                }
            }
            None => file
                .iter_mut()
                .for_each(|(_, bytes)| bytes.extend_from_slice(line)),
        }
    }
    match file {
        Some((path, bytes)) => tree.file(&path, bytes),
        None => tree,
    }
}
