//! Where the real components are.

use std::env;
use std::path::{Path, PathBuf};

/// A component that only `KUBEPKI_TEST_BIN` can have; says so when it has not.
pub fn component(name: &str) -> Option<PathBuf> {
    let found = of_test_bin(name);
    if found.is_none() {
        println!("skipped: KUBEPKI_TEST_BIN has no {name}");
    }
    found
}

fn of_test_bin(name: &str) -> Option<PathBuf> {
    executable(Path::new(&env::var_os("KUBEPKI_TEST_BIN")?), name)
}

fn executable(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = folder.join(name);
    path.is_file().then_some(path)
}
