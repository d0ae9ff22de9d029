//! A node's file tree: every read stays inside its root, is bounded, and happens once.

mod disk;
mod memory;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use zeroize::Zeroizing;

pub use memory::{Entry, Memory};

/// The largest file that is read, in bytes: far more than any PKI file has.
pub const SIZE_LIMIT: u64 = 16 << 20;

/// How much is read of one tree in all, in bytes.
pub const TOTAL_LIMIT: u64 = 256 << 20;

/// How many entries of one folder are looked at.
const LISTING_LIMIT: usize = 10_000;

/// As many symbolic links as Linux follows for one path (`path_resolution(7)`).
const LINK_LIMIT: usize = 40;

/// A node's files. Paths are absolute, as on the node; symbolic links are followed inside the tree
/// as a process with this root would, and never lead out of it.
pub struct Files {
    tree: Box<dyn Tree>,
    partial: bool,
    is_system: bool,
    cache: Mutex<HashMap<Arc<str>, Arc<File>>>,
    /// Where the folders lie that files were looked for in; none where there is nothing.
    folders: Mutex<HashMap<String, Option<Arc<str>>>>,
    listed: Mutex<BTreeSet<Arc<str>>>,
    read: AtomicU64,
}

/// What was found at a path.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// The path that was asked for.
    pub path: Arc<str>,
    /// Where it really lies, with every symbolic link followed.
    pub real_path: Arc<str>,
    /// Its mode and owner, when there is something.
    pub attributes: Option<Attributes>,
    /// What is there.
    pub content: Content,
    /// Whether it comes from an archive in which private keys are represented by their public
    /// halves.
    pub keys_withheld: bool,
}

/// Mode and owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// The permission bits.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

/// What is at a path.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// A regular file, read.
    Present(Zeroizing<Vec<u8>>),
    /// Nothing, and the tree is complete.
    Missing,
    /// Nothing, but the tree holds only a part of the node's files.
    NotCollected,
    /// Something that could not be read; the system's words.
    Unreadable(String),
    /// A folder.
    Directory,
    /// A device, a pipe or a socket: never opened.
    Special,
    /// A file of more than [`SIZE_LIMIT`] bytes, or of more than is left of [`TOTAL_LIMIT`]; its
    /// size.
    TooLarge(u64),
}

/// What a tree has to be able to do; paths are absolute and hold no symbolic link but at their end.
trait Tree: Send + Sync {
    /// What is at `path` itself.
    fn look(&self, path: &str) -> io::Result<(Kind, Attributes)>;
    /// Where the symbolic link at `path` points.
    fn target(&self, path: &str) -> io::Result<String>;
    /// At most `limit` bytes of the regular file at `path`, which had `size` when it was looked at.
    fn read(&self, path: &str, size: u64, limit: u64) -> io::Result<Zeroizing<Vec<u8>>>;
    /// At most `limit` names in the folder at `path`.
    fn names(&self, path: &str, limit: usize) -> io::Result<Vec<String>>;
    /// Whether it would be known if there were something at `path`.
    fn knows(&self, _path: &str) -> bool {
        true
    }
    /// Whether private keys are represented by their public halves.
    fn keys_withheld(&self) -> bool {
        false
    }
}

/// What something in a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File(u64),
    Directory,
    Link,
    Special,
}

impl Files {
    /// The tree under `root`. With `partial`, what is absent was not collected.
    ///
    /// # Errors
    /// When `root` is not a folder that can be read.
    pub fn on_disk(root: &Path, partial: bool) -> io::Result<Self> {
        Ok(Files {
            is_system: disk::is_same(root, Path::new("/")),
            ..Files::new(disk::Disk::open(root)?, partial)
        })
    }

    /// A tree held in memory.
    pub fn in_memory(tree: Memory, partial: bool) -> Self {
        Files::new(tree, partial)
    }

    fn new(tree: impl Tree + 'static, partial: bool) -> Self {
        Files {
            tree: Box::new(tree),
            partial,
            is_system: false,
            cache: Mutex::default(),
            folders: Mutex::default(),
            listed: Mutex::default(),
            read: AtomicU64::new(0),
        }
    }

    /// Whether what is absent was not collected, rather than missing.
    pub fn is_partial(&self) -> bool {
        self.partial
    }

    /// Whether it is the tree of the system that this runs on, whose modes and owners count, rather
    /// than a copy that may have lost them.
    pub fn is_system(&self) -> bool {
        self.is_system
    }

    /// What is at `path`. Reads it the first time; later answers are the same.
    pub fn get(&self, path: &str) -> Arc<File> {
        if let Some(file) = self.cache().get(path) {
            return file.clone();
        }
        let file = Arc::new(self.load(path));
        self.cache().insert(file.path.clone(), file.clone());
        file
    }

    /// The names in the folder at `path`, sorted.
    ///
    /// # Errors
    /// When it is no folder, or cannot be read.
    pub fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        listed.insert(path.into());
        drop(listed);
        let (real, kind, _) = self.resolve(path)?;
        if kind != Kind::Directory {
            return Err(ErrorKind::NotADirectory.into());
        }
        let mut names = self.tree.names(&real, LISTING_LIMIT)?;
        names.sort();
        Ok(names)
    }

    /// Whether private keys are represented by their public halves.
    pub fn keys_withheld(&self) -> bool {
        self.tree.keys_withheld()
    }

    /// Everything that was looked at so far, by its real path, and the paths at which there was
    /// nothing: a tree of these answers every question of before alike.
    pub fn looked_at(&self) -> (BTreeMap<String, Entry>, BTreeSet<Arc<str>>) {
        let files: Vec<Arc<File>> = self.cache().values().cloned().collect();
        let listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entries = BTreeMap::new();
        let paths = files.iter().map(|file| &file.path).chain(&*listed);
        for path in paths {
            let way = self.resolve_by(path, |at, entry| {
                entries.insert(at.to_owned(), entry);
            });
            // A folder is there twice when it was listed too: its refusal counts.
            if let Ok((real, Kind::Directory, attributes)) = way
                && let Err(error) = self.tree.names(&real, 1)
            {
                entries.insert(real, Entry::Directory(attributes, Some(error.to_string())));
            }
        }
        entries.extend(files.iter().filter_map(|file| file.entry()));
        let missing = files.iter().filter(|file| file.content == Content::Missing);
        (entries, missing.map(|file| file.path.clone()).collect())
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, HashMap<Arc<str>, Arc<File>>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn load(&self, path: &str) -> File {
        let file = |real: &str, attributes, content| File {
            path: path.into(),
            real_path: real.into(),
            attributes,
            content,
            keys_withheld: self.tree.keys_withheld(),
        };
        match self.resolve(path) {
            Ok((real, kind, attributes)) => {
                let content = self.content(path, &real, kind);
                file(&real, Some(attributes), content)
            }
            Err(error) => file(path, None, self.failure(path, &error)),
        }
    }

    fn content(&self, path: &str, real: &str, kind: Kind) -> Content {
        match kind {
            Kind::Directory => Content::Directory,
            Kind::Special | Kind::Link => Content::Special,
            Kind::File(size) if size > self.room() => Content::TooLarge(size),
            Kind::File(size) => match self.tree.read(real, size, SIZE_LIMIT + 1) {
                Ok(bytes) if bytes.len() as u64 > SIZE_LIMIT => {
                    Content::TooLarge(bytes.len() as u64)
                }
                Ok(bytes) => {
                    self.read.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    Content::Present(bytes)
                }
                Err(error) => self.failure(path, &error),
            },
        }
    }

    /// How large the next file may be.
    fn room(&self) -> u64 {
        let read = self.read.load(Ordering::Relaxed);
        SIZE_LIMIT.min(TOTAL_LIMIT.saturating_sub(read))
    }

    fn failure(&self, path: &str, error: &io::Error) -> Content {
        match error.kind() {
            ErrorKind::NotFound if self.partial || !self.tree.knows(path) => Content::NotCollected,
            ErrorKind::NotFound => Content::Missing,
            ErrorKind::PermissionDenied => Content::Unreadable("permission denied".into()),
            ErrorKind::NotADirectory => Content::Unreadable("not a directory".into()),
            _ => Content::Unreadable(error.to_string()),
        }
    }

    /// What a path leads to.
    fn resolve(&self, path: &str) -> io::Result<(String, Kind, Attributes)> {
        match path.rsplit_once('/').filter(|(_, name)| is_name(name)) {
            Some((folder, name)) => self.step(&self.folder(folder)?, name, path),
            None => self.resolve_by(path, |_, _| {}),
        }
    }

    /// Where a folder lies, without the slash at the end. No part of the way is gone twice.
    fn folder(&self, path: &str) -> io::Result<Arc<str>> {
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = folders.get(path) {
            return known.clone().ok_or(ErrorKind::NotFound.into());
        }
        let mut real: Arc<str> = "".into();
        // From the top: what is missing ends the search, however long the path.
        let ends = path.match_indices('/').map(|(end, _)| end);
        for part in ends.chain([path.len()]).map(|end| &path[..end]) {
            let known = folders.get(part).cloned();
            let found = match known {
                Some(known) => known,
                None => {
                    let found = self.look_for_folder(&real, part)?;
                    folders.insert(part.to_owned(), found.clone());
                    found
                }
            };
            real = found.ok_or(ErrorKind::NotFound)?;
        }
        Ok(real)
    }

    /// A folder in another one, whose place is known; none when there is nothing.
    fn look_for_folder(&self, above: &str, path: &str) -> io::Result<Option<Arc<str>>> {
        let found = match path.rsplit_once('/').filter(|(_, name)| is_name(name)) {
            Some((_, name)) => self.step(above, name, path),
            None => self.resolve_by(path, |_, _| {}),
        };
        match found {
            Ok((real, Kind::Directory, _)) => Ok(Some(real.trim_end_matches('/').into())),
            Ok(_) => Err(ErrorKind::NotADirectory.into()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What a name in a folder leads to; `path` is how it was asked for.
    fn step(&self, folder: &str, name: &str, path: &str) -> io::Result<(String, Kind, Attributes)> {
        let at = format!("{folder}/{name}");
        match self.tree.look(&at)? {
            (Kind::Link, _) => self.resolve_by(path, |_, _| {}),
            (kind, attributes) => Ok((at, kind, attributes)),
        }
    }

    /// Follows `path` link by link, as the kernel does, with the tree's root as root. `pass` is told
    /// of every folder and link on the way, and of what cannot be looked at.
    fn resolve_by(
        &self,
        path: &str,
        mut pass: impl FnMut(&str, Entry),
    ) -> io::Result<(String, Kind, Attributes)> {
        let mut pending: VecDeque<String> = split(path).collect();
        let mut at: Vec<String> = Vec::new();
        let mut found = self.tree.look("/")?;
        let mut links = 0;
        while let Some(part) = pending.pop_front() {
            if found.0 != Kind::Directory {
                return Err(ErrorKind::NotADirectory.into());
            }
            if part == ".." {
                at.pop();
                found = self.tree.look(&join(&at))?;
                continue;
            }
            at.push(part);
            found = self.tree.look(&join(&at)).inspect_err(|error| {
                if error.kind() != ErrorKind::NotFound {
                    pass(&join(&at), Entry::Refused(error.to_string()));
                }
            })?;
            if found.0 == Kind::Directory {
                pass(&join(&at), Entry::Directory(found.1, None));
            }
            if found.0 == Kind::Link {
                links += 1;
                if links > LINK_LIMIT {
                    return Err(io::Error::other("too many levels of symbolic links"));
                }
                let target = self.tree.target(&join(&at))?;
                pass(&join(&at), Entry::Link(target.clone()));
                at.pop();
                if target.starts_with('/') {
                    at.clear();
                }
                split(&target)
                    .rev()
                    .for_each(|part| pending.push_front(part));
                found = self.tree.look(&join(&at))?;
            }
        }
        Ok((join(&at), found.0, found.1))
    }
}

impl File {
    /// The bytes, when it is a file that was read.
    pub fn bytes(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Present(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// What it is in a tree, and where; `None` for nothing, and for folders, which are met on the
    /// way to their files.
    fn entry(&self) -> Option<(String, Entry)> {
        let attributes = self.attributes?;
        let entry = match &self.content {
            Content::Present(bytes) => Entry::File(bytes.clone(), attributes),
            Content::Special => Entry::Special(attributes),
            Content::TooLarge(size) => Entry::Large(*size, attributes),
            Content::Unreadable(why) => Entry::Unreadable(why.clone(), attributes),
            Content::Missing | Content::NotCollected | Content::Directory => return None,
        };
        Some((self.real_path.to_string(), entry))
    }
}

fn split(path: &str) -> impl DoubleEndedIterator<Item = String> + '_ {
    path.split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .map(str::to_owned)
}

/// Whether a part of a path is no way through folders.
fn is_name(part: &str) -> bool {
    !matches!(part, "" | "." | "..")
}

fn join(parts: &[String]) -> String {
    format!("/{}", parts.join("/"))
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files")
            .field("partial", &self.partial)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({}, {:?})", self.path, self.content)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Present(bytes) => write!(f, "Present({} bytes)", bytes.len()),
            Content::Missing => f.write_str("Missing"),
            Content::NotCollected => f.write_str("NotCollected"),
            Content::Unreadable(why) => write!(f, "Unreadable({why})"),
            Content::Directory => f.write_str("Directory"),
            Content::Special => f.write_str("Special"),
            Content::TooLarge(size) => write!(f, "TooLarge({size})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(tree: Memory) -> Files {
        Files::in_memory(tree, false)
    }

    #[test]
    fn a_long_way_to_nothing_ends_where_it_begins() {
        let files = files(Memory::default().file("/a/b", "one"));
        let far = files.get(&"/a".repeat(500_000));
        assert!(matches!(far.content, Content::Missing));
        let through_a_file = files.get("/a/b/c/d");
        assert!(
            matches!(&through_a_file.content, Content::Unreadable(why) if why == "not a directory")
        );
        assert_eq!(files.get("/a/c/../b").bytes(), None);
        assert_eq!(files.get("/a/./b").bytes(), Some(&b"one"[..]));
        assert_eq!(files.get("/a/../a/b").bytes(), Some(&b"one"[..]));
    }

    #[test]
    fn follows_links_inside_the_tree() {
        let files = files(
            Memory::default()
                .file("/pki/2026.pem", "one")
                .link("/pki/current.pem", "/pki/2026.pem")
                .link("/pki/up.pem", "../../../../pki/current.pem")
                .link("/etc/pki", "../pki"),
        );
        for path in [
            "/pki/current.pem",
            "/pki/up.pem",
            "/etc/pki/current.pem",
            "/pki/./2026.pem",
        ] {
            let file = files.get(path);
            assert_eq!(file.bytes(), Some(&b"one"[..]), "{path}");
            assert_eq!(&*file.real_path, "/pki/2026.pem");
            assert_eq!(&*file.path, path);
        }
    }

    #[test]
    fn tells_what_is_there() {
        let files = files(
            Memory::default()
                .file("/etc/a", "")
                .link("/etc/loop", "loop")
                .link("/etc/gone", "/nowhere"),
        );
        assert_eq!(files.get("/etc").content, Content::Directory);
        assert_eq!(files.get("/").content, Content::Directory);
        assert_eq!(files.get("/etc/b").content, Content::Missing);
        assert_eq!(files.get("/etc/gone").content, Content::Missing);
        let not_a_directory = Content::Unreadable("not a directory".into());
        assert_eq!(files.get("/etc/a/b").content, not_a_directory);
        assert_eq!(files.get("/etc/a/..").content, not_a_directory);
        assert!(matches!(
            files.get("/etc/loop").content,
            Content::Unreadable(_)
        ));
        assert_eq!(files.list("/etc").unwrap(), ["a", "gone", "loop"]);
        assert!(files.list("/etc/a").is_err());
    }

    #[test]
    fn there_is_a_limit_for_one_and_for_all() {
        let large = usize::try_from(SIZE_LIMIT).unwrap();
        let mut tree = Memory::default().file("/huge", vec![b'x'; large + 1]);
        for i in 0..20 {
            tree = tree.file(&format!("/{i}"), vec![b'x'; large]);
        }
        let files = files(tree);
        assert_eq!(
            files.get("/huge").content,
            Content::TooLarge(SIZE_LIMIT + 1)
        );
        let read = (0..20)
            .filter(|i| files.get(&format!("/{i}")).bytes().is_some())
            .count();
        assert_eq!(read as u64, TOTAL_LIMIT / SIZE_LIMIT);
    }

    #[test]
    fn what_is_absent_from_a_part_was_not_collected() {
        let files = Files::in_memory(Memory::default(), true);
        assert_eq!(files.get("/etc/a").content, Content::NotCollected);
    }

    #[test]
    fn debug_shows_no_content() {
        let files = files(Memory::default().file("/key", "hunter2"));
        assert_eq!(
            format!("{:?}", files.get("/key")),
            "File(/key, Present(7 bytes))"
        );
    }
}
