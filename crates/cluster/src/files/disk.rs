//! A tree on disk, under some root.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Attributes, Kind, Tree};

/// A tree on disk.
pub(super) struct Disk {
    root: PathBuf,
}

/// Whether two paths lead to the same folder.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    let identity = |path| fs::metadata(path).map(|found| (found.dev(), found.ino()));
    matches!((identity(one), identity(other)), (Ok(one), Ok(other)) if one == other)
}

impl Disk {
    /// The tree under `root`, which has to be a folder.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        fs::read_dir(root)?;
        Ok(Disk {
            root: root.to_owned(),
        })
    }

    fn outside(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }
}

impl Tree for Disk {
    fn look(&self, path: &str) -> io::Result<(Kind, Attributes)> {
        // The root is the one place where a link of the outside is followed.
        let metadata = if path == "/" {
            fs::metadata(&self.root)?
        } else {
            fs::symlink_metadata(self.outside(path))?
        };
        let kind = match metadata.file_type() {
            t if t.is_file() => Kind::File(metadata.len()),
            t if t.is_dir() => Kind::Directory,
            t if t.is_symlink() => Kind::Link,
            _ => Kind::Special,
        };
        let attributes = Attributes {
            mode: metadata.permissions().mode() & 0o7777,
            uid: metadata.uid(),
            gid: metadata.gid(),
        };
        Ok((kind, attributes))
    }

    fn target(&self, path: &str) -> io::Result<String> {
        fs::read_link(self.outside(path))?
            .into_os_string()
            .into_string()
            .map_err(|_| io::Error::new(ErrorKind::InvalidData, "a link that is not UTF-8"))
    }

    fn read(&self, path: &str, size: u64, limit: u64) -> io::Result<Zeroizing<Vec<u8>>> {
        let mut file = File::open(self.outside(path))?.take(limit);
        // Room for all of it at once: a vector that grows leaves copies behind. A regular file gives
        // less than there is room for only at its end.
        let size = usize::try_from(size.min(limit)).unwrap_or(0);
        let mut bytes = Zeroizing::new(vec![0; size + 1]);
        let length = file.read(&mut bytes)?;
        bytes.truncate(length);
        if length != size {
            file.read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    }

    fn names(&self, path: &str, limit: usize) -> io::Result<Vec<String>> {
        fs::read_dir(self.outside(path))?
            .take(limit)
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }
}
