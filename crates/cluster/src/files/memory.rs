//! A tree held in memory, for tests and for archives.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};

use zeroize::Zeroizing;

use super::{Attributes, Kind, Tree};

/// A tree held in memory. Folders come into being with what is put in them.
#[derive(Default)]
pub struct Memory {
    entries: BTreeMap<String, Entry>,
}

enum Entry {
    File(Zeroizing<Vec<u8>>, u32),
    Link(String),
}

impl Memory {
    /// With a file of mode 0600 at `path`.
    #[must_use]
    pub fn file(self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.with(path, Entry::File(Zeroizing::new(bytes.into()), 0o600))
    }

    /// With a symbolic link at `path`.
    #[must_use]
    pub fn link(self, path: &str, target: &str) -> Self {
        self.with(path, Entry::Link(target.to_owned()))
    }

    fn with(mut self, path: &str, entry: Entry) -> Self {
        self.entries.insert(path.to_owned(), entry);
        self
    }

    fn below<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let folder = if path == "/" {
            "/".to_owned()
        } else {
            format!("{path}/")
        };
        self.entries
            .range(folder.clone()..)
            .map_while(move |(name, _)| name.strip_prefix(&*folder))
            .filter_map(|rest| rest.split('/').next())
    }
}

impl Tree for Memory {
    fn look(&self, path: &str) -> io::Result<(Kind, Attributes)> {
        let root = |mode| Attributes {
            mode,
            uid: 0,
            gid: 0,
        };
        match self.entries.get(path) {
            Some(Entry::File(bytes, mode)) => Ok((Kind::File(bytes.len() as u64), root(*mode))),
            Some(Entry::Link(_)) => Ok((Kind::Link, root(0o777))),
            None if path == "/" || self.below(path).next().is_some() => {
                Ok((Kind::Directory, root(0o755)))
            }
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    fn target(&self, path: &str) -> io::Result<String> {
        match self.entries.get(path) {
            Some(Entry::Link(target)) => Ok(target.clone()),
            _ => Err(ErrorKind::InvalidInput.into()),
        }
    }

    fn read(&self, path: &str, limit: u64) -> io::Result<Zeroizing<Vec<u8>>> {
        match self.entries.get(path) {
            Some(Entry::File(bytes, _)) => {
                let end = bytes
                    .len()
                    .min(usize::try_from(limit).unwrap_or(usize::MAX));
                Ok(Zeroizing::new(bytes[..end].to_vec()))
            }
            _ => Err(ErrorKind::NotFound.into()),
        }
    }

    fn names(&self, path: &str, limit: usize) -> io::Result<Vec<String>> {
        let names: BTreeSet<&str> = self.below(path).collect();
        Ok(names.into_iter().take(limit).map(str::to_owned).collect())
    }
}
