//! A node's files in one archive: collected with nothing secret in them, and read again.
//!
//! [`read`] takes tar, tar.gz and zip, also those that this program did not make. Nothing is ever
//! unpacked to disk: what is kept becomes a tree in memory, and everything has a limit.

mod collect;
pub mod index;
mod read;
mod redact;

pub use collect::{Collection, collect};
/// A file's content without anything secret in it, as [`collect`] keeps it.
pub fn redact(content: &[u8]) -> zeroize::Zeroizing<Vec<u8>> {
    redact::redact(content).bytes
}

pub use read::{Archive, ArchivedNode, File, HEAD, ReadError, files, is_archive, read};
