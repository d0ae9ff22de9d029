//! Folders that vanish with the test.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

/// A folder that vanishes with the test.
pub struct Scratch(TempDir);

impl Scratch {
    pub fn new() -> Self {
        let mut builder = tempfile::Builder::new();
        Scratch(builder.prefix("kubepki-").tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Copies a folder with all that is in it, modes included.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
}
