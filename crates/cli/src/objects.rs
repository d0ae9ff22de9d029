//! Dumps of API objects: files, folders of them, standard input.

use std::fs;
use std::path::{Path, PathBuf};

use cluster::Objects;
use zeroize::Zeroizing;

use crate::error::CliError;
use crate::input;

/// How deep folders of dumps are looked into.
const DEPTH: usize = 8;

/// How many files of a folder are read.
const FILES: usize = 10_000;

/// Everything that is in some dumps. Of a folder, files that end in .yaml, .yml or .json.
///
/// # Errors
/// When one cannot be read, or holds no API object.
pub fn read(paths: &[PathBuf]) -> Result<Objects, CliError> {
    let mut objects = Objects::default();
    for path in paths {
        if !path.is_dir() {
            add(&mut objects, path)?;
            continue;
        }
        let mut files = Vec::new();
        collect(path, DEPTH, &mut files)?;
        if files.is_empty() {
            return Err(CliError::NoDump(path.clone()));
        }
        for file in files {
            add(&mut objects, &file)?;
        }
    }
    Ok(objects)
}

fn add(objects: &mut Objects, path: &Path) -> Result<(), CliError> {
    // There may be Secrets in it.
    let bytes = Zeroizing::new(input::read(path)?);
    Ok(objects.add_dump(&path.to_string_lossy(), &bytes)?)
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), CliError> {
    let failed = |source| CliError::Input {
        path: folder.to_owned(),
        source,
    };
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut entries: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    entries.sort();
    for path in entries {
        if path.is_dir() && depth > 0 {
            collect(&path, depth - 1, files)?;
        } else if is_dump(&path) && files.len() < FILES {
            files.push(path);
        }
    }
    Ok(())
}

fn is_dump(path: &Path) -> bool {
    let end = path.extension().and_then(|end| end.to_str());
    path.is_file() && matches!(end, Some("yaml" | "yml" | "json"))
}
