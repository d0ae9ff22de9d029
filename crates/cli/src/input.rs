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
        read_bounded(io::stdin().lock())
    } else {
        File::open(path).and_then(read_bounded)
    };
    bytes.map_err(|source| CliError::Input {
        path: path.to_owned(),
        source,
    })
}

fn read_bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_LEN + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_LEN {
        return Err(io::Error::other("it is larger than 64 MiB"));
    }
    Ok(bytes)
}
