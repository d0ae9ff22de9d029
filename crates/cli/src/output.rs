//! Where a result goes: to standard output, or into a file that is not there yet.

use std::path::Path;

use change::disk::{Disk, DiskError, NewFile};

use crate::error::CliError;
use crate::show;

/// What only its owner may read.
pub const PRIVATE: u32 = 0o600;

/// What everybody may read.
pub const PUBLIC: u32 = 0o644;

/// Writes a result to a file with these permission bits, or to standard output when none is named.
///
/// # Errors
/// When it cannot be written, or the file is there already.
pub fn write(path: Option<&Path>, mode: u32, content: &[u8]) -> Result<(), CliError> {
    match path {
        None => show::stdout(content),
        Some(path) => write_new(path, mode, content),
    }
}

/// Writes a file that is not there yet.
///
/// # Errors
/// When it cannot be written, or is there already.
pub fn write_new(path: &Path, mode: u32, content: &[u8]) -> Result<(), CliError> {
    write_file(path, |name| NewFile::new(name, mode, content))
}

/// Writes a file, in place of one that may be there.
///
/// # Errors
/// When it cannot be written.
pub fn replace(path: &Path, mode: u32, content: &[u8]) -> Result<(), CliError> {
    write_file(path, |name| NewFile::new(name, mode, content).replacing())
}

fn write_file(path: &Path, file: impl Fn(String) -> NewFile) -> Result<(), CliError> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let disk = Disk::open(folder.unwrap_or(Path::new(".")))?;
    let written = disk.write(&[], &[file(format!("/{name}"))]);
    written.map_err(|error| match error {
        DiskError::Exists(_) => CliError::Exists(path.to_owned()),
        DiskError::Write { source, .. } => CliError::Disk(DiskError::Write {
            path: path.display().to_string(),
            source,
        }),
        other => other.into(),
    })
}
