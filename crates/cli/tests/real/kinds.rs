//! The kinds of PKI that components have to run on.

use std::path::Path;

/// The options of `kubepki init` that make it; files go into the folder.
type Options = fn(&Path) -> Vec<String>;

/// What each is called, and how it is made.
pub const KINDS: [(&str, Options); 2] = [
    ("RSA-2048", |_| keys("RSA-2048")),
    ("ECDSA-P256", |_| keys("ECDSA-P256")),
];

fn keys(algorithm: &str) -> Vec<String> {
    vec!["--key-algorithm".to_owned(), algorithm.to_owned()]
}
