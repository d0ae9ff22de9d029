//! Several files of one folder that change at the same moment: a certificate and its key, say, which
//! whoever reads them in between would find not to belong together.
//!
//! One rename changes one name. So every name becomes a symbolic link first, which leads through one
//! more link to what the file held before; then that one link is turned, and after that every name is
//! a file again. Whenever it stops, by a crash or for good, all files are as they were or all are as
//! they shall be, and whoever has the folder mounted sees that, because the links lead nowhere else.
//! It is what the kubelet does for volumes of ConfigMaps (`pkg/volume/util/atomic_writer.go`), but for
//! the links that stay there.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{
    AtFlags, Dir, Mode, OFlags, fchmod, fsync, linkat, mkdirat, openat, readlinkat, renameat,
    symlinkat, unlinkat,
};
use rustix::io::Errno;

use super::fresh;

/// What files held before.
const OLD: &str = "old";
/// What they shall hold.
const NEW: &str = "new";
/// The link to one of these.
const NOW: &str = "now";
/// The link that will be in its place.
const NEXT: &str = "next";

/// The files of one folder that change together, while both contents are there.
#[derive(Debug)]
pub(super) struct Turn {
    folder: OwnedFd,
    /// Our folder in it.
    name: String,
    own: OwnedFd,
    /// The files.
    names: Vec<String>,
}

impl Turn {
    /// Puts what files hold, and what they shall hold, beside them. The latter lies under other names
    /// in the same folder, and goes from there.
    pub(super) fn prepare(folder: OwnedFd, files: &[(&str, &str)]) -> io::Result<Self> {
        let name = fresh("turn");
        let own = make(&folder, &name)?;
        let names = files.iter().map(|(name, _)| (*name).to_owned());
        let turn = Turn {
            names: names.collect(),
            folder,
            name,
            own,
        };
        match turn.fill(files) {
            Ok(()) => Ok(turn),
            Err(error) => {
                turn.remove();
                Err(error)
            }
        }
    }

    fn fill(&self, files: &[(&str, &str)]) -> io::Result<()> {
        let (old, new) = (make(&self.own, OLD)?, make(&self.own, NEW)?);
        symlinkat(OLD, &self.own, NOW)?;
        for (name, temporary) in files {
            match linkat(&self.folder, *name, &old, *name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(error) => return Err(error.into()),
            }
            renameat(&self.folder, *temporary, &new, *name)?;
        }
        [&old, &new, &self.own].into_iter().try_for_each(fsync)?;
        Ok(())
    }

    /// Every file holds what it shall, all from the same moment on.
    pub(super) fn forwards(&self) -> io::Result<()> {
        self.to(NEW)
    }

    /// Every file holds what it did before.
    pub(super) fn back(&self) -> io::Result<()> {
        self.to(OLD)
    }

    /// What is done so far has to be on the disk before the next begins: a machine that stops keeps
    /// the order.
    fn to(&self, side: &str) -> io::Result<()> {
        self.names.iter().try_for_each(|name| self.link(name))?;
        fsync(&self.folder)?;
        symlinkat(side, &self.own, NEXT)?;
        renameat(&self.own, NEXT, &self.own, NOW)?;
        fsync(&self.own)?;
        self.names.iter().try_for_each(|name| self.settle(name))
    }

    /// A name leads to what it is now, by way of the link that is turned.
    fn link(&self, name: &str) -> io::Result<()> {
        let temporary = fresh(name);
        symlinkat(
            format!("{}/{NOW}/{name}", self.name),
            &self.folder,
            &temporary,
        )?;
        renameat(&self.folder, &temporary, &self.folder, name)?;
        Ok(())
    }

    /// A name is a file again: the one that it leads to.
    fn settle(&self, name: &str) -> io::Result<()> {
        let temporary = fresh(name);
        let target = format!("{}/{NOW}/{name}", self.name);
        match linkat(
            &self.folder,
            &*target,
            &self.folder,
            &temporary,
            AtFlags::empty(),
        ) {
            Ok(()) => renameat(&self.folder, &temporary, &self.folder, name)?,
            Err(Errno::NOENT) => unlinkat(&self.folder, name, AtFlags::empty())?,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// What is not needed any more.
    pub(super) fn remove(&self) {
        for side in [OLD, NEW] {
            let entries = open(&self.own, side).ok().and_then(|side| {
                let entries = Dir::read_from(&side).ok()?;
                Some((side, entries))
            });
            let Some((folder, entries)) = entries else {
                continue;
            };
            for entry in entries.flatten() {
                let _ = unlinkat(&folder, entry.file_name(), AtFlags::empty());
            }
            let _ = unlinkat(&self.own, side, AtFlags::REMOVEDIR);
        }
        for link in [NOW, NEXT] {
            let _ = unlinkat(&self.own, link, AtFlags::empty());
        }
        let _ = unlinkat(&self.folder, &self.name, AtFlags::REMOVEDIR);
    }
}

/// Ends what a process that was killed did not: every name that leads through our folder `name` is a
/// file again.
pub(super) fn settle(folder: &OwnedFd, name: &str) -> io::Result<()> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)?.flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        let leads = readlinkat(folder, &*file, Vec::new());
        let is_ours = |target: &std::ffi::CString| {
            target.to_bytes() == format!("{name}/{NOW}/{file}").as_bytes()
        };
        if leads.is_ok_and(|target| is_ours(&target)) {
            names.push(file);
        }
    }
    let turn = Turn {
        folder: open(folder, ".")?,
        own: open(folder, name)?,
        name: name.to_owned(),
        names,
    };
    turn.names.iter().try_for_each(|name| turn.settle(name))?;
    fsync(&turn.folder)?;
    turn.remove();
    Ok(())
}

/// A folder that whoever may read the files can pass through, whatever the umask.
fn make(folder: impl AsFd, name: &str) -> io::Result<OwnedFd> {
    let mode = Mode::from_raw_mode(0o755);
    mkdirat(&folder, name, mode)?;
    let made = open(folder, name)?;
    fchmod(&made, mode)?;
    Ok(made)
}

fn open(folder: impl AsFd, name: &str) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(openat(folder, name, flags, Mode::empty())?)
}
