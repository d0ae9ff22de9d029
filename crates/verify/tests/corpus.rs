//! Every certificate of the corpus is read or refused as Go does, with Go's words.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

mod support;

use std::collections::BTreeMap;

use kubepki_verify::Certificate;
use support::{compare_with_list, der, json, shared};

#[test]
fn reads_what_go_reads() {
    let Some(folder) = shared("certs-corpus") else {
        return;
    };
    let manifest = json(&folder.join("manifest.json"));
    let entries = manifest["certs"].as_array().unwrap();
    let mut differences = BTreeMap::new();
    for entry in entries {
        let file = entry["file"].as_str().unwrap();
        let pem = std::fs::read_to_string(folder.join(file)).unwrap();
        let here = Certificate::parse(der(&pem))
            .err()
            .map(|error| error.to_string());
        let go = entry["go"]["error"].as_str().map(str::to_owned);
        if here != go {
            differences.insert(file.to_owned(), format!("here {here:?}, Go {go:?}"));
        }
    }
    println!("{} certificates", entries.len());
    compare_with_list(&differences, include_str!("data/corpus-differences.json"));
}
