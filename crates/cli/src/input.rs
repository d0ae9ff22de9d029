//! Reading the files that a command is given: bounded, with `-` for standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::CliError;

/// More than this is no file of certificates: 64 MiB.
const MAX_LEN: u64 = 64 << 20;

/// The bytes of a file, or of standard input for `-`.
///
/// # Errors
/// When it cannot be read, or is too large.
pub fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    let bytes = if path == Path::new("-") {
        read_bounded(io::stdin().lock(), 0)
    } else {
        File::open(path).and_then(|file| {
            let length = file.metadata().map_or(0, |metadata| metadata.len());
            read_bounded(file, length)
        })
    };
    bytes.map_err(|source| CliError::Input {
        path: path.to_owned(),
        source,
    })
}

/// Reads at most [`MAX_LEN`] bytes, of which so many are expected.
fn read_bounded(source: impl Read, expected: u64) -> io::Result<Vec<u8>> {
    let expected = usize::try_from(expected.min(MAX_LEN)).unwrap_or(0);
    let mut bytes = Vec::with_capacity(expected + 1);
    source.take(MAX_LEN + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_LEN {
        return Err(io::Error::other("it is larger than 64 MiB"));
    }
    Ok(bytes)
}
