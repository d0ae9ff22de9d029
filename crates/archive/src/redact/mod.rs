//! A file without anything secret in it, that a component would still read as before: private keys
//! become their public halves, secrets a mark, and every line stays where it was.
//!
//! What is not understood is not kept: a file that is neither PEM nor DER nor a configuration in YAML,
//! JSON or systemd's manner is left out but for the fact that it is there.

mod document;
mod environment;
mod pem;
mod words;

use std::collections::BTreeSet;

use zeroize::Zeroizing;

/// What stands in place of a secret: no base64, no number, no path.
const MARK: &str = "<redacted>";

/// What stands in place of a file. No component finds anything in it, nor takes it for empty.
const LEFT_OUT: &[u8] = b"# left out by kubepki collect\n";

/// What is said of such a file.
const EVERYTHING: &str = "everything: it is neither PEM, DER nor a configuration";

/// A file's new content, and what of the old is not in it.
pub(crate) struct Redacted {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// In words, without repetition.
    pub(crate) left_out: BTreeSet<String>,
}

/// Redacts one file.
pub(crate) fn redact(bytes: &[u8]) -> Redacted {
    let mut left_out = BTreeSet::new();
    let redacted = match std::str::from_utf8(bytes) {
        _ if bytes.is_empty() => Vec::new(),
        _ if pem::begins_somewhere(bytes) => pem::redact(bytes, &mut left_out),
        Ok(text) => text_file(text, &mut left_out),
        Err(_) if pem::is_public(bytes) => bytes.to_vec(),
        Err(error) => no_text(error.valid_up_to(), &mut left_out),
    };
    Redacted {
        bytes: Zeroizing::new(redacted),
        left_out,
    }
}

fn text_file(text: &str, left_out: &mut BTreeSet<String>) -> Vec<u8> {
    if environment::is_environment(text) {
        return environment::redact(text, left_out).into_bytes();
    }
    match document::redact(text, left_out) {
        Some(redacted) => redacted.as_bytes().to_vec(),
        None => all(left_out),
    }
}

fn all(left_out: &mut BTreeSet<String>) -> Vec<u8> {
    left_out.insert(EVERYTHING.to_owned());
    LEFT_OUT.to_vec()
}

/// What is no text stays none, from the same byte on: that is what its reader complains about.
fn no_text(valid: usize, left_out: &mut BTreeSet<String>) -> Vec<u8> {
    left_out.insert(EVERYTHING.to_owned());
    let mut bytes = vec![b'x'; valid];
    bytes.push(0xff);
    bytes
}
