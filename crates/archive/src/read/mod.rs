//! Reading an archive: what its members are, where in it nodes' trees begin, and what is kept.

mod tape;
mod zipped;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Seek, SeekFrom};

use cluster::files::{Attributes, Entry, Memory};
use flate2::read::MultiGzDecoder;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::index::{self, Index, Kind};

/// By so many bytes of its beginning a file is known to be an archive.
pub const HEAD: usize = 512;

/// The largest archive that is read, in bytes.
const ARCHIVE_LIMIT: u64 = 512 << 20;

/// How much an archive may unpack to, what is passed over included, in bytes.
const UNPACKED_LIMIT: u64 = 1 << 30;

/// How much of it is kept, in bytes.
const KEPT_LIMIT: u64 = cluster::files::TOTAL_LIMIT;

/// How many members an archive may have.
const MEMBER_LIMIT: usize = 65_000;

/// How many nodes an archive may hold.
const NODE_LIMIT: usize = 1000;

/// The longest name, in bytes; as `PATH_MAX`.
const NAME_LIMIT: usize = 4096;

/// What a node's tree is known by.
const MARK: [&str; 2] = ["etc", "kubernetes"];

/// What an archive holds.
pub struct Archive {
    /// The nodes, in the index's order, else by the names of their folders.
    pub nodes: Vec<ArchivedNode>,
    /// What of the archive was passed over, in sentences without a full stop.
    pub notes: Vec<String>,
}

/// A node's tree.
pub struct ArchivedNode {
    /// What the index or the folder calls it; `None` when the archive is the tree of one node.
    pub name: Option<String>,
    /// Its files.
    pub tree: Memory,
    /// Whether they were a part of the node's files to begin with.
    pub partial: bool,
}

/// A file in an archive.
pub struct File {
    /// Its name there, without a leading slash.
    pub name: String,
    /// What is in it.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// Why an archive cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The system, or the archive is broken.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is none.
    #[error("it is neither a folder nor a tar, tar.gz or zip archive")]
    NotAnArchive,
    /// Something in a zip archive is broken, or encrypted.
    #[error("a broken zip archive: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// A limit was reached.
    #[error("the archive {0}")]
    Limit(&'static str),
    /// There is no tree in it.
    #[error("nothing in the archive lies below etc/kubernetes")]
    NoTree,
    /// The index is broken.
    #[error("{name} in the archive is broken: {0}", name = index::NAME)]
    Index(String),
}

/// Something in an archive, by its path without a leading slash.
#[derive(Default)]
struct Members {
    list: BTreeMap<String, Member>,
    kept: u64,
    outside: usize,
}

enum Member {
    Entry(Entry),
    /// The same file as another member.
    Hard(String),
}

/// Reads an archive: tar, tar.gz or zip.
///
/// # Errors
/// When it is none, is broken, holds no node's tree or is larger than is reasonable.
pub fn read(source: impl Read + Seek) -> Result<Archive, ReadError> {
    members(source)?.into_archive()
}

/// Every file in an archive, by its name in it, wherever nodes' trees lie.
///
/// # Errors
/// When it is none, is broken, or is larger than is reasonable.
pub fn files(source: impl Read + Seek) -> Result<Vec<File>, ReadError> {
    let members = members(source)?.list.into_iter();
    let file = |(name, member)| match member {
        Member::Entry(Entry::File(bytes, _)) => Some(File { name, bytes }),
        _ => None,
    };
    Ok(members.filter_map(file).collect())
}

/// Whether a file that begins so is an archive.
pub fn is_archive(head: &[u8]) -> bool {
    form(head).is_some()
}

enum Form {
    Tar,
    Gzip,
    Zip,
}

fn form(head: &[u8]) -> Option<Form> {
    match head {
        [0x1f, 0x8b, ..] => Some(Form::Gzip),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Some(Form::Zip),
        head => tape::is_header(head).then_some(Form::Tar),
    }
}

fn members(mut source: impl Read + Seek) -> Result<Members, ReadError> {
    if source.seek(SeekFrom::End(0))? > ARCHIVE_LIMIT {
        return Err(ReadError::Limit("has more than 512 MiB"));
    }
    source.rewind()?;
    let mut head = [0; HEAD];
    let length = read_up_to(&mut source, &mut head)?;
    source.rewind()?;
    let mut members = Members::default();
    match form(&head[..length]) {
        Some(Form::Gzip) => tape::read(MultiGzDecoder::new(source), &mut members)?,
        Some(Form::Zip) => zipped::read(source, &mut members)?,
        Some(Form::Tar) => tape::read(source, &mut members)?,
        None => return Err(ReadError::NotAnArchive),
    }
    Ok(members)
}

fn read_up_to(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    loop {
        match source.read(&mut buffer[length..]) {
            Ok(0) => return Ok(length),
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

impl Members {
    /// Takes a member in; of two of one name the later counts, as when it is unpacked.
    fn add(&mut self, name: &[u8], member: Member) {
        match clean(name) {
            Some(path) if !path.is_empty() => {
                self.list.insert(path, member);
            }
            Some(_) => {}
            None => self.outside += 1,
        }
    }

    /// Reads a file's bytes, unless it is too large to be looked at.
    fn file(
        &mut self,
        size: u64,
        attributes: Attributes,
        content: impl Read,
    ) -> Result<Entry, ReadError> {
        const LIMIT: u64 = cluster::files::SIZE_LIMIT;
        if size > LIMIT {
            return Ok(Entry::Large(size, attributes));
        }
        // Room for all of it at once: a vector that grows leaves copies behind.
        let room = usize::try_from(size.min(1 << 20)).unwrap_or(0) + 1;
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        content.take(LIMIT + 1).read_to_end(&mut bytes)?;
        self.kept += bytes.len() as u64;
        if self.kept > KEPT_LIMIT {
            return Err(ReadError::Limit(
                "holds more than 256 MiB; leave out what is not configuration",
            ));
        }
        Ok(match bytes.len() as u64 > LIMIT {
            true => Entry::Large(bytes.len() as u64, attributes),
            false => Entry::File(bytes, attributes),
        })
    }

    fn has_room(&self) -> Result<(), ReadError> {
        match self.list.len() + self.outside < MEMBER_LIMIT {
            true => Ok(()),
            false => Err(ReadError::Limit("has more than 65000 members")),
        }
    }

    fn into_archive(mut self) -> Result<Archive, ReadError> {
        let index = self.take_index()?;
        let nodes = match &index {
            Some((base, index)) => self.indexed(base, index),
            None => self.plain()?,
        };
        if nodes.is_empty() {
            return Err(ReadError::NoTree);
        }
        let notes = match self.outside {
            0 => Vec::new(),
            count => vec![format!(
                "{count} members of the archive are passed over: their names lead out of it, or are no text"
            )],
        };
        Ok(Archive { nodes, notes })
    }

    /// The index, with the folder that it lies in.
    fn take_index(&mut self) -> Result<Option<(String, Index)>, ReadError> {
        let is_index = |path: &&String| path.rsplit('/').next() == Some(index::NAME);
        // The one that lies the least deep.
        let found = self
            .list
            .keys()
            .filter(is_index)
            .min_by_key(|path| path.matches('/').count());
        let Some(path) = found.cloned() else {
            return Ok(None);
        };
        let Some(Member::Entry(Entry::File(bytes, _))) = self.list.remove(&path) else {
            return Err(ReadError::Index("it is no file".to_owned()));
        };
        let broken = |why: String| Err(ReadError::Index(why));
        match serde_json::from_slice::<Index>(&bytes) {
            Ok(index) if index.schema != index::SCHEMA => broken(format!(
                "its schema is not {}: it takes another version of kubepki",
                index::SCHEMA
            )),
            Ok(index) if index.nodes.len() > NODE_LIMIT => {
                Err(ReadError::Limit("holds more than 1000 nodes"))
            }
            Ok(index) => {
                let base = path.strip_suffix(index::NAME).unwrap_or_default();
                Ok(Some((base.to_owned(), index)))
            }
            Err(error) => broken(error.to_string()),
        }
    }

    fn indexed(&mut self, base: &str, index: &Index) -> Vec<ArchivedNode> {
        let mut nodes = Vec::new();
        for node in &index.nodes {
            let Some(folder) = clean(node.folder.as_bytes()) else {
                continue;
            };
            let mut tree = self.tree(&format!("{base}{folder}/"));
            for entry in &node.entries {
                overlay(&mut tree, entry);
            }
            let absent: BTreeSet<_> = node.absent.iter().map(|path| (&**path).into()).collect();
            tree.know_only(absent);
            tree.withhold_keys();
            nodes.push(ArchivedNode {
                name: Some(node.name.clone()).filter(|name| !name.is_empty()),
                tree,
                partial: node.partial,
            });
        }
        nodes
    }

    /// The trees of an archive that somebody made by other means.
    fn plain(&mut self) -> Result<Vec<ArchivedNode>, ReadError> {
        let roots: BTreeSet<String> = self.list.keys().filter_map(|path| root(path)).collect();
        if roots.len() > NODE_LIMIT {
            return Err(ReadError::Limit("holds more than 1000 nodes"));
        }
        let is_one = roots.len() == 1;
        let node = |root: String| {
            let name = root.trim_end_matches('/').rsplit('/').next();
            let name = name.filter(|name| !is_one && !name.is_empty());
            ArchivedNode {
                name: name.map(str::to_owned),
                tree: self.tree(&root),
                partial: false,
            }
        };
        Ok(roots.into_iter().map(node).collect())
    }

    /// Takes out everything below `root`, which ends with a slash or is empty.
    fn tree(&mut self, root: &str) -> Memory {
        let mut tree = Memory::default();
        let below = self.list.range(root.to_owned()..);
        let names: Vec<String> = below
            .map(|(name, _)| name)
            .take_while(|name| name.starts_with(root))
            .cloned()
            .collect();
        for name in names {
            let path = format!("/{}", &name[root.len()..]);
            match self.list.remove(&name) {
                Some(Member::Entry(entry)) => tree.put(&path, entry),
                Some(Member::Hard(target)) => {
                    let inside = target.strip_prefix(root).unwrap_or_default();
                    tree.put(&path, Entry::Link(format!("/{inside}")));
                }
                None => {}
            }
        }
        tree
    }
}

/// Puts into a tree what the index says of something in it.
fn overlay(tree: &mut Memory, entry: &index::Entry) {
    let Some(path) = clean(entry.path.as_bytes()).filter(|path| !path.is_empty()) else {
        return;
    };
    let path = format!("/{path}");
    let attributes = entry.attributes();
    let entry = match &entry.kind {
        Kind::File => return tree.own(&path, attributes),
        Kind::Directory { why } => Entry::Directory(attributes, why.clone()),
        Kind::Link { target } => Entry::Link(target.clone()),
        Kind::Special => Entry::Special(attributes),
        Kind::Large { size } => Entry::Large(*size, attributes),
        Kind::Unreadable { why } => Entry::Unreadable(why.clone(), attributes),
        Kind::Refused { why } => Entry::Refused(why.clone()),
    };
    tree.put(&path, entry);
}

/// What of a path lies before `etc/kubernetes`.
fn root(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    // Something has to lie in it.
    let at = parts
        .windows(MARK.len() + 1)
        .position(|parts| parts[..MARK.len()] == MARK)?;
    let before: String = parts[..at].iter().map(|part| format!("{part}/")).collect();
    Some(before)
}

/// A member's name without leading slashes and `.`; `None` for one that leads out or is no text.
fn clean(name: &[u8]) -> Option<String> {
    if name.len() > NAME_LIMIT {
        return None;
    }
    let name = std::str::from_utf8(name).ok()?;
    let parts = name.split('/').filter(|part| !matches!(*part, "" | "."));
    let parts: Vec<&str> = parts.collect();
    let is_inside = !parts.contains(&"..") && !name.contains('\0');
    is_inside.then(|| parts.join("/"))
}
