//! The kinds of PKI that components have to run on.

use std::path::Path;
use std::process::Command;

use crate::process::output;

/// The options of `kubepki init` that make it; files go into the folder.
type Options = fn(&Path) -> Vec<String>;

/// What each is called, and how it is made.
pub const KINDS: [(&str, Options); 4] = [
    ("RSA-2048", |_| keys("RSA-2048")),
    ("ECDSA-P256", |_| keys("ECDSA-P256")),
    ("Ed25519", |_| keys("Ed25519")),
    ("intermediates below a root", below_root),
];

fn keys(algorithm: &str) -> Vec<String> {
    vec!["--key-algorithm".to_owned(), algorithm.to_owned()]
}

fn below_root(folder: &Path) -> Vec<String> {
    let [certificate, key] = ["root.crt", "root.key"].map(|name| folder.join(name));
    let mut openssl = Command::new("openssl");
    openssl
        .args([
            "req", "-x509", "-nodes", "-days", "7300", "-subj", "/CN=root",
        ])
        .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-addext", "keyUsage=critical,keyCertSign,cRLSign"])
        .args([Path::new("-out"), &certificate, Path::new("-keyout"), &key]);
    output(&mut openssl).unwrap();
    let mut options = keys("ECDSA-P256");
    for (option, file) in [("--root-ca", certificate), ("--root-ca-key", key)] {
        options.extend([option.to_owned(), file.display().to_string()]);
    }
    options
}
