//! The one place that writes to a node: sets of files, each whole or not there, all or none, and those
//! of one folder that replace others at the same moment.

mod turn;

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io::{self, Seek, SeekFrom, Write};
use std::iter;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{
    AtFlags, FlockOperation, Mode, OFlags, RenameFlags, ResolveFlags, flock, fstat, mkdirat,
    openat, openat2, renameat_with, statat, unlinkat,
};
use rustix::io::Errno;
use thiserror::Error;
use zeroize::Zeroizing;

use self::turn::Turn;

/// A node's file tree that may be written to. Every path is absolute, as on the node; symbolic links
/// are followed inside the tree as a process with this root would, and never lead out of it.
#[derive(Debug)]
pub struct Disk {
    root: OwnedFd,
    path: PathBuf,
    /// The root and the folders above it, as far as they were not there before.
    made: Vec<PathBuf>,
}

/// What is to be written to one tree.
pub struct Set<'a> {
    /// The tree.
    pub disk: &'a Disk,
    /// The folders that have to be there: those named get their modes, further ones 0755.
    pub folders: &'a [Folder],
    /// The files.
    pub files: &'a [NewFile],
}

/// A file to be written.
pub struct NewFile {
    /// Where, on the node.
    pub path: String,
    /// Its permission bits; the umask takes some away.
    pub mode: u32,
    /// What is in it.
    pub content: Zeroizing<Vec<u8>>,
    /// Whether something that is there may be replaced.
    pub replaces: bool,
    /// Whether it gets its permission bits whatever the umask, and the owner of what it replaces.
    pub exact: bool,
    /// Its user and group where it replaces nothing; nothing for those of this process.
    pub owner: Option<(u32, u32)>,
}

/// A folder that has to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Where, on the node.
    pub path: String,
    /// Its permission bits when it is made; the umask takes some away.
    pub mode: u32,
}

/// Nobody else changes the tree while this is held. A root that was made for it, and in which
/// nothing was written, goes with it.
#[derive(Debug)]
pub struct Lock {
    folder: OwnedFd,
    made: Vec<PathBuf>,
}

/// Why nothing was written. What was there is still there.
#[derive(Debug, Error)]
pub enum DiskError {
    /// The tree cannot be opened.
    #[error("cannot open the file tree `{}`: {source}", path.display())]
    Open {
        /// Its root.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// Another process is changing the tree.
    #[error("`{}` is being changed by another process", .0.display())]
    Locked(PathBuf),
    /// A file that should not be there is.
    #[error("`{0}` is there already")]
    Exists(String),
    /// A folder cannot be made or opened.
    #[error("cannot use the folder `{path}`: {source}")]
    Folder {
        /// Which.
        path: String,
        /// The system's words.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write `{path}`: {source}")]
    Write {
        /// Which.
        path: String,
        /// The system's words.
        source: io::Error,
    },
    /// A file cannot be removed.
    #[error("cannot remove `{path}`: {source}")]
    Remove {
        /// Which.
        path: String,
        /// The system's words.
        source: io::Error,
    },
}

impl DiskError {
    /// What can be done about it, when there is something to say.
    pub fn hint(&self) -> Option<&'static str> {
        let source = match self {
            DiskError::Locked(_) => return Some("wait until it is done, and run this again"),
            DiskError::Exists(_) => return Some("move it away first, or name another"),
            DiskError::Open { source, .. }
            | DiskError::Folder { source, .. }
            | DiskError::Write { source, .. }
            | DiskError::Remove { source, .. } => source,
        };
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Some("the disk is full: nothing was changed; make room, and run this again")
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                Some("it is mounted read-only: nothing was changed")
            }
            io::ErrorKind::PermissionDenied => {
                Some("nothing was changed; run this as somebody who may write there")
            }
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                Some("something else is in the place of a folder: move it away, or name another")
            }
            _ => None,
        }
    }
}

impl Disk {
    /// The tree under `root`, which is made when it is not there.
    ///
    /// # Errors
    /// When it cannot be made or opened.
    pub fn open(root: &Path) -> Result<Self, DiskError> {
        let wrong = |source| DiskError::Open {
            path: root.to_owned(),
            source,
        };
        let is_absent = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let made = root.ancestors().take_while(is_absent);
        let made = made.map(Path::to_owned).collect();
        fs::create_dir_all(root).map_err(wrong)?;
        Ok(Disk {
            root: File::open(root).map_err(wrong)?.into(),
            path: root.to_owned(),
            made,
        })
    }

    /// Keeps others from changing the tree, for as long as the lock is held.
    ///
    /// # Errors
    /// When somebody else holds the lock.
    pub fn lock(&self) -> Result<Lock, DiskError> {
        let wrong = |source: Errno| DiskError::Open {
            path: self.path.clone(),
            source: source.into(),
        };
        let folder = self.open_folder("/", OFlags::RDONLY).map_err(wrong)?;
        match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(DiskError::Locked(self.path.clone())),
            Err(source) => return Err(wrong(source)),
        }
        if fstat(&folder).map_err(wrong)?.st_nlink == 0 {
            // Whoever made the folder has just taken it away again.
            return Err(DiskError::Locked(self.path.clone()));
        }
        Ok(Lock {
            folder,
            made: self.made.clone(),
        })
    }

    /// Writes to this tree alone: see [`write()`].
    ///
    /// # Errors
    /// When something cannot be written, or is there and may not be replaced.
    pub fn write(&self, folders: &[Folder], files: &[NewFile]) -> Result<(), DiskError> {
        write(&[Set {
            disk: self,
            folders,
            files,
        }])
    }

    /// Writes the end of a file, which is made with mode 0600 when it is not there: what it holds
    /// beyond `length` bytes is replaced. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written; then at most a part of `end` was.
    pub fn write_end(&self, path: &str, length: u64, end: &[u8]) -> Result<(), DiskError> {
        let wrong = |source: io::Error| DiskError::Write {
            path: self.named(path),
            source,
        };
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let (above, name) = split(path);
        let folder = self.open_folder(above, OFlags::RDONLY);
        let folder = folder.map_err(|source| wrong(source.into()))?;
        let file = openat(&folder, name, flags, Mode::from_raw_mode(0o600));
        let file = File::from(file.map_err(|source| wrong(source.into()))?);
        let write = |mut file: &File| {
            file.set_len(length)?;
            file.seek(SeekFrom::End(0))?;
            file.write_all(end)?;
            file.sync_all()
        };
        write(&file).map_err(wrong)
    }

    /// Removes files, as far as they are there. They are gone from the disk when this returns.
    ///
    /// # Errors
    /// When one cannot be removed; those before it are gone.
    pub fn remove(&self, paths: &[&str]) -> Result<(), DiskError> {
        paths
            .iter()
            .try_for_each(|path| self.unlink(path, AtFlags::empty()))
    }

    /// Removes the files of a folder, if it is there, but for those of these names. They are gone from
    /// the disk when this returns.
    ///
    /// # Errors
    /// When one cannot be removed.
    pub fn empty_folder(
        &self,
        path: &str,
        is_kept: impl Fn(&str) -> bool,
    ) -> Result<(), DiskError> {
        let wrong = |source: Errno| DiskError::Remove {
            path: self.named(path),
            source: source.into(),
        };
        let folder = match self.open_folder(path, OFlags::RDONLY) {
            Err(Errno::NOENT) => return Ok(()),
            folder => folder.map_err(wrong)?,
        };
        let entries = rustix::fs::Dir::read_from(&folder).map_err(wrong)?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_owned()));
        let names: Vec<_> = names.collect::<Result<_, Errno>>().map_err(wrong)?;
        let is_gone = |name: &&std::ffi::CString| {
            let name = name.to_string_lossy();
            name != "." && name != ".." && !is_kept(&name)
        };
        let mut gone = names.iter().filter(is_gone);
        let gone = gone.try_for_each(|name| unlinkat(&folder, name, AtFlags::empty()));
        gone.and_then(|()| rustix::fs::fsync(&folder))
            .map_err(wrong)
    }

    /// Removes an empty folder, if it is there.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove_folder(&self, path: &str) -> Result<(), DiskError> {
        self.unlink(path, AtFlags::REMOVEDIR)
    }

    /// Removes a folder, if it is there and nothing is in it.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove_empty_folder(&self, path: &str) -> Result<(), DiskError> {
        match self.remove_folder(path) {
            // What is no folder is not the one that was made.
            Err(DiskError::Remove { source, .. })
                if matches!(
                    source.kind(),
                    io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(())
            }
            done => done,
        }
    }

    fn unlink(&self, path: &str, flags: AtFlags) -> Result<(), DiskError> {
        let (above, name) = split(path);
        let done = self.open_folder(above, OFlags::RDONLY).and_then(|folder| {
            match unlinkat(&folder, name, flags) {
                Ok(()) => rustix::fs::fsync(&folder),
                other => other,
            }
        });
        match done {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(source) => Err(DiskError::Remove {
                path: self.named(path),
                source: source.into(),
            }),
        }
    }

    /// Where the tree is on this machine.
    pub fn root(&self) -> &Path {
        &self.path
    }

    /// A path of the tree as this machine knows it.
    pub(crate) fn named(&self, path: &str) -> String {
        self.path.join(relative(path)).display().to_string()
    }

    fn open_folder(&self, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
        let flags = flags | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let path = relative(path);
        openat2(
            &self.root,
            path,
            flags,
            Mode::empty(),
            ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS,
        )
    }

    /// Sweeps away what a process that was killed left half done in a folder; what cannot be removed
    /// stays. Only whoever holds the lock does so.
    pub fn sweep(&self, folder: &str) {
        let Ok(folder) = self.open_folder(folder, OFlags::RDONLY) else {
            return;
        };
        let Ok(entries) = rustix::fs::Dir::read_from(&folder) else {
            return;
        };
        let names = entries.flatten().map(|entry| entry.file_name().to_owned());
        for name in names.filter(|name| is_temporary(&name.to_string_lossy())) {
            // Others may still lead through a folder of ours.
            if unlinkat(&folder, &name, AtFlags::empty()) == Err(Errno::ISDIR) {
                let _ = turn::settle(&folder, &name.to_string_lossy());
            }
        }
    }
}

/// Writes to trees, all or nothing: every file of every tree is complete and on the disk before the
/// first of them appears under its name, and when one cannot be written, none is.
///
/// # Errors
/// When something cannot be written, or is there and may not be replaced.
pub fn write(sets: &[Set<'_>]) -> Result<(), DiskError> {
    let mut changes: Vec<Change<'_>> = sets.iter().map(Change::new).collect();
    let done = run(&mut changes);
    if done.is_err() {
        changes.iter().rev().for_each(Change::undo);
    }
    done
}

fn run(changes: &mut [Change<'_>]) -> Result<(), DiskError> {
    changes.iter_mut().try_for_each(Change::stage)?;
    changes.iter_mut().try_for_each(Change::place)?;
    changes.iter().try_for_each(Change::make_durable)?;
    changes.iter().for_each(Change::forget_replaced);
    Ok(())
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A folder with something in it stays.
        self.made
            .iter()
            .all(|folder| fs::remove_dir(folder).is_ok());
        // Said, rather than left to the closing of the file: a program that another thread is about
        // to start has the file too until then, and would hold the lock for that long.
        let _ = flock(&self.folder, FlockOperation::Unlock);
    }
}

impl NewFile {
    /// A file that is not there yet.
    pub fn new(path: impl Into<String>, mode: u32, content: impl Into<Vec<u8>>) -> Self {
        NewFile {
            path: path.into(),
            mode,
            content: Zeroizing::new(content.into()),
            replaces: false,
            exact: false,
            owner: None,
        }
    }

    /// The same, which may replace what is there.
    #[must_use]
    pub fn replacing(self) -> Self {
        NewFile {
            replaces: true,
            ..self
        }
    }

    /// The same, with these very permission bits, and the owner of what it replaces.
    #[must_use]
    pub fn exactly(self) -> Self {
        NewFile {
            exact: true,
            ..self
        }
    }
}

/// What was done so far, so that it can be taken back.
struct Change<'a> {
    set: &'a Set<'a>,
    disk: &'a Disk,
    /// The folders that were made.
    made: Vec<String>,
    staged: Vec<Staged>,
    turns: Vec<Turn>,
}

/// A file under its temporary name, or already under its own.
struct Staged {
    path: String,
    folder: OwnedFd,
    /// The path of the folder in the tree.
    above: String,
    name: String,
    temporary: String,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Under its temporary name.
    Waiting,
    /// Under its own name, where nothing was.
    Placed,
    /// Under its own name; what was there has the temporary one.
    Exchanged,
    /// In the hands of a turn.
    Turned,
}

impl<'a> Change<'a> {
    fn new(set: &'a Set<'a>) -> Self {
        Change {
            set,
            disk: set.disk,
            made: Vec::new(),
            staged: Vec::new(),
            turns: Vec::new(),
        }
    }

    /// Everything under temporary names.
    fn stage(&mut self) -> Result<(), DiskError> {
        for folder in self.set.folders {
            self.make_folder(&folder.path, folder.mode)?;
        }
        self.set.files.iter().try_for_each(|file| self.write(file))
    }

    /// Everything under its own name, in order, so that what was made so far is fit to go on from;
    /// but where several files of a folder are replaced, all of them with the first.
    fn place(&mut self) -> Result<(), DiskError> {
        for at in 0..self.staged.len() {
            let (staged, file) = (&mut self.staged[at], &self.set.files[at]);
            if staged.state != State::Waiting {
                continue;
            }
            match file.replaces {
                true => self.place_in(split(&file.path).0)?,
                false => staged.place(false)?,
            }
        }
        Ok(())
    }

    /// What is replaced in a folder.
    fn place_in(&mut self, folder: &str) -> Result<(), DiskError> {
        let files = self.staged.iter_mut().zip(self.set.files);
        let replaced = files.filter(|(staged, file)| file.replaces && staged.above == folder);
        let mut replaced: Vec<&mut Staged> = replaced.map(|(staged, _)| staged).collect();
        match replaced.as_mut_slice() {
            [one] => one.place(true),
            _ => turn(replaced, &mut self.turns),
        }
    }

    fn forget_replaced(&self) {
        self.staged.iter().for_each(Staged::forget_replaced);
        self.turns.iter().for_each(Turn::remove);
    }

    fn make_folder(&mut self, path: &str, mode: u32) -> Result<(), DiskError> {
        let disk = self.disk;
        let wrong = |source: Errno| DiskError::Folder {
            path: disk.named(path),
            source: source.into(),
        };
        match self.disk.open_folder(path, OFlags::PATH) {
            Ok(_) => return Ok(()),
            Err(Errno::NOENT) => {}
            Err(source) => return Err(wrong(source)),
        }
        let (above, name) = split(path);
        self.make_folder(above, 0o755)?;
        let above = self.disk.open_folder(above, OFlags::PATH).map_err(wrong)?;
        match mkdirat(above, name, Mode::from_raw_mode(mode)) {
            Ok(()) => self.made.push(path.to_owned()),
            Err(Errno::EXIST) => {}
            Err(source) => return Err(wrong(source)),
        }
        Ok(())
    }

    /// Writes a file under a temporary name beside its own, with its mode from the first byte.
    fn write(&mut self, file: &NewFile) -> Result<(), DiskError> {
        let named = self.disk.named(&file.path);
        let wrong = |source: io::Error| DiskError::Write {
            path: named.clone(),
            source,
        };
        let (above, name) = split(&file.path);
        self.make_folder(above, 0o755)?;
        let folder = self
            .disk
            .open_folder(above, OFlags::RDONLY)
            .map_err(|source| wrong(source.into()))?;
        let (temporary, mut out) = create(&folder, name, file.mode).map_err(wrong)?;
        let owned = match file.exact {
            true => own(&folder, name, &out, file),
            false => Ok(()),
        };
        self.staged.push(Staged {
            path: named.clone(),
            folder,
            above: above.to_owned(),
            name: name.to_owned(),
            temporary,
            state: State::Waiting,
        });
        owned
            .and_then(|()| out.write_all(&file.content))
            .and_then(|()| out.sync_all())
            .map_err(wrong)
    }

    /// The new names reach the disk with the folders that hold them.
    fn make_durable(&self) -> Result<(), DiskError> {
        let made = self.made.iter().map(|path| split(path).0);
        let folders: BTreeSet<&str> = self
            .set
            .files
            .iter()
            .map(|file| split(&file.path).0)
            .chain(made)
            .collect();
        for path in folders {
            let folder = self.disk.open_folder(path, OFlags::RDONLY);
            let synced = folder.and_then(rustix::fs::fsync);
            synced.map_err(|source| DiskError::Folder {
                path: self.disk.named(path),
                source: source.into(),
            })?;
        }
        Ok(())
    }

    /// Takes everything back, as far as the system lets it.
    fn undo(&self) {
        for turn in self.turns.iter().rev() {
            // What cannot be taken back now is whole, and ended when it is swept away.
            if turn.back().is_ok() {
                turn.remove();
            }
        }
        for staged in self.staged.iter().rev() {
            staged.undo();
        }
        for path in self.made.iter().rev() {
            let (above, name) = split(path);
            if let Ok(above) = self.disk.open_folder(above, OFlags::PATH) {
                let _ = unlinkat(above, name, AtFlags::REMOVEDIR);
            }
        }
    }
}

/// All of one folder at the same moment.
fn turn(mut staged: Vec<&mut Staged>, turns: &mut Vec<Turn>) -> Result<(), DiskError> {
    let Some(first) = staged.first() else {
        return Ok(());
    };
    let path = first.path.clone();
    let wrong = |source| DiskError::Write {
        path: path.clone(),
        source,
    };
    let names = staged.iter().map(|one| (&*one.name, &*one.temporary));
    let names: Vec<(&str, &str)> = names.collect();
    let folder = first.folder.try_clone().map_err(wrong)?;
    let turn = Turn::prepare(folder, &names).map_err(wrong)?;
    staged.iter_mut().for_each(|one| one.state = State::Turned);
    let turned = turn.forwards().map_err(wrong);
    turns.push(turn);
    turned
}

impl Staged {
    fn place(&mut self, replaces: bool) -> Result<(), DiskError> {
        let placed = self.rename(&self.temporary, &self.name, RenameFlags::NOREPLACE);
        self.state = match placed {
            Ok(()) => State::Placed,
            Err(Errno::EXIST) if replaces => {
                let exchanged = self.rename(&self.temporary, &self.name, RenameFlags::EXCHANGE);
                exchanged.map_err(|source| self.wrong(source))?;
                State::Exchanged
            }
            Err(Errno::EXIST) => return Err(DiskError::Exists(self.path.clone())),
            Err(source) => return Err(self.wrong(source)),
        };
        Ok(())
    }

    fn rename(&self, from: &str, to: &str, flags: RenameFlags) -> Result<(), Errno> {
        renameat_with(&self.folder, from, &self.folder, to, flags)
    }

    fn forget_replaced(&self) {
        if self.state == State::Exchanged {
            let _ = unlinkat(&self.folder, &self.temporary, AtFlags::empty());
        }
    }

    fn undo(&self) {
        let name = match self.state {
            State::Turned => return,
            State::Placed => &self.name,
            State::Waiting => &self.temporary,
            State::Exchanged => {
                let _ = self.rename(&self.temporary, &self.name, RenameFlags::EXCHANGE);
                &self.temporary
            }
        };
        let _ = unlinkat(&self.folder, name, AtFlags::empty());
    }

    fn wrong(&self, source: Errno) -> DiskError {
        DiskError::Write {
            path: self.path.clone(),
            source: source.into(),
        }
    }
}

const MARK: &str = ".kubepki-";

/// A name beside `name` that no other process has.
fn fresh(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!(".{name}{MARK}{:08x}{count:08x}", std::process::id())
}

/// A new file beside `name`, under a name that nobody else has.
fn create(folder: impl AsFd, name: &str, mode: u32) -> io::Result<(String, File)> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    loop {
        let temporary = fresh(name);
        match openat(&folder, &temporary, flags, Mode::from_raw_mode(mode)) {
            Ok(file) => return Ok((temporary, file.into())),
            // Left behind by a process of the same number.
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Gives a new file the owner of what is called `name`, or where there is nothing the one it shall
/// have, and its permission bits, which a change of the owner may have taken from it.
fn own(folder: impl AsFd, name: &str, new: &File, file: &NewFile) -> io::Result<()> {
    let is = fstat(new)?;
    let owner = match statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(old) => Some((old.st_uid, old.st_gid)),
        Err(Errno::NOENT) => file.owner,
        Err(source) => return Err(source.into()),
    };
    if let Some((user, group)) = owner.filter(|owner| *owner != (is.st_uid, is.st_gid)) {
        std::os::unix::fs::fchown(new, Some(user), Some(group))?;
    }
    let is = fstat(new)?;
    match is.st_mode & 0o7777 == file.mode {
        true => Ok(()),
        false => new.set_permissions(Permissions::from_mode(file.mode)),
    }
}

fn is_temporary(name: &str) -> bool {
    let number = name
        .strip_prefix('.')
        .and_then(|name| name.rsplit_once(MARK));
    number.is_some_and(|(_, number)| {
        number.len() == 16 && number.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn relative(path: &str) -> &str {
    match path.trim_matches('/') {
        "" => ".",
        path => path,
    }
}

/// The folders above an absolute path, the nearest first, without the root.
pub(crate) fn above(path: &str) -> impl Iterator<Item = &str> {
    fn folder<'a>(path: &&'a str) -> Option<&'a str> {
        let (folder, _) = split(path);
        (folder != "/").then_some(folder)
    }
    iter::successors(folder(&path), folder)
}

/// The folder and the name of a path.
fn split(path: &str) -> (&str, &str) {
    let path = path.trim_end_matches('/');
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((above, name)) => (above, name),
        None => (".", path),
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_lock_ends_whoever_else_has_its_file() {
        let folder = TempDir::new().unwrap();
        let disk = Disk::open(folder.path()).unwrap();
        let lock = disk.lock().unwrap();
        // As a program has it that was forked and does not run yet.
        let forked = lock.folder.try_clone().unwrap();
        assert!(matches!(disk.lock(), Err(DiskError::Locked(_))));
        drop(lock);
        disk.lock().unwrap();
        drop(forked);
    }
}
