//! What the tests over the shared corpora have in common.

#![allow(dead_code, reason = "each test uses its part")]

pub mod channels;
pub mod forge;
pub mod rsa;
pub mod texts;
pub mod world;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kubepki_verify::Certificate;
use serde_json::Value;

/// A file or folder of the shared fixtures; prints a word and gives nothing when they are absent.
pub fn shared(path: &str) -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let path = shared.join(path);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// A JSON file, perhaps packed with gzip.
pub fn json(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut text = String::new();
        flate2::read::GzDecoder::new(bytes.as_slice())
            .read_to_string(&mut text)
            .unwrap();
        return serde_json::from_str(&text).unwrap();
    }
    serde_json::from_slice(&bytes).unwrap()
}

/// The bytes of the first block of a PEM text.
pub fn der(pem: &str) -> Vec<u8> {
    kubepki_verify::pem::blocks(pem.as_bytes())
        .next()
        .unwrap()
        .content
        .to_vec()
}

/// The certificates of a list of PEM texts that Go reads.
pub fn certificates(list: &Value) -> impl Iterator<Item = Arc<Certificate>> {
    let texts = list.as_array().unwrap().iter();
    texts.filter_map(|text| {
        Certificate::parse(der(text.as_str().unwrap()))
            .ok()
            .map(Arc::new)
    })
}

/// The strings of a list.
pub fn strings(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_str().unwrap())
        .collect()
}

/// SHA-256 in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares what differs with the list that names every difference and its reason; fails when one
/// is new and when one is gone.
pub fn compare_with_list(differences: &BTreeMap<String, String>, list: &str) {
    let list: BTreeMap<String, String> = serde_json::from_str(list).unwrap();
    let new: Vec<_> = differences
        .iter()
        .filter(|(id, _)| !list.contains_key(*id))
        .collect();
    let gone: Vec<_> = list
        .keys()
        .filter(|id| !differences.contains_key(*id))
        .collect();
    for (id, what) in new.iter().take(40) {
        println!("{id}: {what}");
    }
    assert!(
        new.is_empty(),
        "{} differences are not in the list",
        new.len()
    );
    assert!(gone.is_empty(), "no longer a difference: {gone:?}");
}
