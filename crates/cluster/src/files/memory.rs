//! A tree held in memory, for tests and for archives.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Attributes, Kind, Tree};

/// What makes an error of the system one of permissions again.
const FORBIDDEN: &str = "permission denied";

/// A tree held in memory. Folders come into being with what is put in them.
#[derive(Default)]
pub struct Memory {
    entries: BTreeMap<String, Entry>,
    absent: Option<BTreeSet<Arc<str>>>,
    keys_withheld: bool,
}

/// Something in a tree.
pub enum Entry {
    /// A regular file.
    File(Zeroizing<Vec<u8>>, Attributes),
    /// A folder, and what the system says when it is listed, if it may not be.
    Directory(Attributes, Option<String>),
    /// A symbolic link, and what it points to.
    Link(String),
    /// A device, a pipe or a socket.
    Special(Attributes),
    /// A file of so many bytes, which are not kept.
    Large(u64, Attributes),
    /// A file that cannot be read; the system's words.
    Unreadable(String, Attributes),
    /// What cannot even be looked at; the system's words.
    Refused(String),
}

impl Memory {
    /// With a file of mode 0600 at `path`.
    #[must_use]
    pub fn file(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let entry = Entry::File(Zeroizing::new(bytes.into()), of_root(0o600));
        self.put(path, entry);
        self
    }

    /// With a symbolic link at `path`.
    #[must_use]
    pub fn link(mut self, path: &str, target: &str) -> Self {
        self.put(path, Entry::Link(target.to_owned()));
        self
    }

    /// Puts something at `path`, which is absolute and has neither `.` nor `..` in it, in place of
    /// what is there.
    pub fn put(&mut self, path: &str, entry: Entry) {
        self.entries.insert(path.to_owned(), entry);
    }

    /// Says whose the file at `path` is, and what its mode is.
    pub fn own(&mut self, path: &str, owned: Attributes) {
        if let Some(Entry::File(_, attributes)) = self.entries.get_mut(path) {
            *attributes = owned;
        }
    }

    /// Makes it a copy of what was looked at in another tree: what is neither here nor one of
    /// `absent` was not collected.
    pub fn know_only(&mut self, absent: BTreeSet<Arc<str>>) {
        self.absent = Some(absent);
    }

    /// Private keys are represented by their public halves.
    pub fn withhold_keys(&mut self) {
        self.keys_withheld = true;
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
        let found = match self.entries.get(path) {
            Some(Entry::File(bytes, attributes)) => (Kind::File(bytes.len() as u64), *attributes),
            Some(Entry::Directory(attributes, _)) => (Kind::Directory, *attributes),
            Some(Entry::Link(_)) => (Kind::Link, of_root(0o777)),
            Some(Entry::Special(attributes)) => (Kind::Special, *attributes),
            Some(Entry::Large(size, attributes)) => (Kind::File(*size), *attributes),
            Some(Entry::Unreadable(_, attributes)) => (Kind::File(0), *attributes),
            Some(Entry::Refused(why)) => return Err(refusal(why)),
            None if path == "/" || self.below(path).next().is_some() => {
                (Kind::Directory, of_root(0o755))
            }
            None => return Err(ErrorKind::NotFound.into()),
        };
        Ok(found)
    }

    fn target(&self, path: &str) -> io::Result<String> {
        match self.entries.get(path) {
            Some(Entry::Link(target)) => Ok(target.clone()),
            _ => Err(ErrorKind::InvalidInput.into()),
        }
    }

    fn read(&self, path: &str, _size: u64, limit: u64) -> io::Result<Zeroizing<Vec<u8>>> {
        match self.entries.get(path) {
            Some(Entry::Unreadable(why, _)) => Err(refusal(why)),
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
        if let Some(Entry::Directory(_, Some(why))) = self.entries.get(path) {
            return Err(refusal(why));
        }
        let names: BTreeSet<&str> = self.below(path).collect();
        Ok(names.into_iter().take(limit).map(str::to_owned).collect())
    }

    fn knows(&self, path: &str) -> bool {
        self.absent
            .as_ref()
            .is_none_or(|absent| absent.contains(path))
    }

    fn keys_withheld(&self) -> bool {
        self.keys_withheld
    }
}

fn of_root(mode: u32) -> Attributes {
    Attributes {
        mode,
        uid: 0,
        gid: 0,
    }
}

/// An error with the system's words, of the kind that they tell.
fn refusal(why: &str) -> io::Error {
    let is_forbidden = why.to_ascii_lowercase().starts_with(FORBIDDEN);
    let kind = match is_forbidden {
        true => ErrorKind::PermissionDenied,
        false => ErrorKind::Other,
    };
    io::Error::new(kind, why.to_owned())
}
