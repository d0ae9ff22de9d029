//! API objects: from dumps in files, in folders of them and on standard input, or from the API itself.

use std::fs;
use std::path::{Path, PathBuf};

use cluster::{Inventory, Objects};
use zeroize::Zeroizing;

use crate::args::Tree;
use crate::error::CliError;
use crate::input;

/// How deep folders of dumps are looked into.
const DEPTH: usize = 8;

/// How many files of a folder are read.
const FILES: usize = 10_000;

/// Where objects are taken from.
#[derive(Debug, clap::Args)]
pub struct Sources {
    /// API objects as `kubectl get … -o yaml` or `-o json` prints them: a file, a folder of them, or
    /// `-`; several times for several. Without --rootfs they are judged by themselves.
    #[arg(long, value_name = "PATH")]
    pub objects: Vec<PathBuf>,

    /// Ask a cluster's API for its objects, as this kubeconfig's user. It is only read from.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,

    /// The context of the kubeconfig, rather than its current one.
    #[arg(long, value_name = "NAME", requires = "kubeconfig")]
    context: Option<String>,
}

impl Sources {
    /// Whether there are any.
    pub fn are_given(&self) -> bool {
        !self.objects.is_empty() || self.kubeconfig.is_some()
    }

    /// A cluster with them: the nodes' files that were given, or this machine's when no objects were.
    ///
    /// # Errors
    /// As [`Sources::read`], and when a tree cannot be read.
    pub fn read_beside(&self, tree: &Tree, quiet: bool) -> Result<Inventory, CliError> {
        if !self.are_given() {
            return tree.read();
        }
        let objects = self.read(quiet)?;
        Ok(tree.read_beside()?.with_objects(objects))
    }

    /// Everything that they hold.
    ///
    /// # Errors
    /// When a dump cannot be read or holds no API object, or the API gives none.
    pub fn read(&self, quiet: bool) -> Result<Objects, CliError> {
        let mut objects = match &self.kubeconfig {
            Some(kubeconfig) => from_api(kubeconfig, self.context.as_deref(), quiet)?,
            None => Objects::default(),
        };
        add_dumps(&mut objects, &self.objects)?;
        Ok(objects)
    }
}

/// Everything that dumps hold.
///
/// # Errors
/// When one cannot be read or holds no API object.
pub fn of_dumps(paths: &[PathBuf]) -> Result<Objects, CliError> {
    let mut objects = Objects::default();
    add_dumps(&mut objects, paths)?;
    Ok(objects)
}

/// What the API holds; what it does not show is noted.
///
/// # Errors
/// When it gives nothing, or the program was built without it.
#[cfg(feature = "cluster")]
pub fn from_api(path: &Path, context: Option<&str>, quiet: bool) -> Result<Objects, CliError> {
    let seen = api::objects(path, context)?;
    for withheld in seen.withheld.iter().filter(|_| !quiet) {
        crate::show::note(&format!("not looked at: {withheld}"));
    }
    Ok(seen.objects)
}

/// The program was built without it.
///
/// # Errors
/// Always.
#[cfg(not(feature = "cluster"))]
pub fn from_api(_path: &Path, _context: Option<&str>, _quiet: bool) -> Result<Objects, CliError> {
    Err(CliError::NoCluster)
}

/// Adds everything that is in some dumps. Of a folder, files that end in .yaml, .yml or .json.
fn add_dumps(objects: &mut Objects, paths: &[PathBuf]) -> Result<(), CliError> {
    for path in paths {
        if !path.is_dir() {
            add(objects, path)?;
            continue;
        }
        let mut files = Vec::new();
        collect(path, DEPTH, &mut files)?;
        if files.is_empty() {
            return Err(CliError::NoDump(path.clone()));
        }
        for file in files {
            add(objects, &file)?;
        }
    }
    Ok(())
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
