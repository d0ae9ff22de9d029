//! What is written is whole, or not there.

#![allow(clippy::unwrap_used, reason = "a test may end that way")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use kubepki_change::disk::{Disk, DiskError, Folder, NewFile, Set, write};
use tempfile::TempDir;

fn file(path: &str, content: &str) -> NewFile {
    NewFile::new(path, 0o600, content)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Every path below a folder.
fn all(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            found.push(path.strip_prefix(root).unwrap().display().to_string());
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn folders_and_files_get_their_modes() {
    let root = TempDir::new().unwrap();
    let disk = Disk::open(root.path()).unwrap();
    let folders = [Folder {
        path: "/var/lib/kubelet".to_owned(),
        mode: 0o700,
    }];
    let files = [
        file("/etc/pki/ca.key", "key"),
        NewFile::new("/etc/pki/ca.crt", 0o644, "certificate"),
    ];
    disk.write(&folders, &files).unwrap();
    assert_eq!(mode(&root.path().join("var/lib/kubelet")), 0o700);
    assert_eq!(mode(&root.path().join("etc/pki")), 0o755);
    assert_eq!(mode(&root.path().join("etc/pki/ca.key")), 0o600);
    assert_eq!(mode(&root.path().join("etc/pki/ca.crt")), 0o644);
    let certificate = fs::read(root.path().join("etc/pki/ca.crt")).unwrap();
    assert_eq!(certificate, b"certificate");
    assert_eq!(all(&root.path().join("etc/pki")), ["ca.crt", "ca.key"]);
}

#[test]
fn one_that_exists_keeps_all_from_being_written() {
    let root = TempDir::new().unwrap();
    let disk = Disk::open(root.path()).unwrap();
    disk.write(&[], &[file("/etc/b", "old")]).unwrap();
    let new = [
        file("/etc/a", "new"),
        file("/etc/b", "new"),
        file("/srv/x/c", "new"),
    ];
    let refused = disk.write(&[], &new).unwrap_err();
    assert!(matches!(&refused, DiskError::Exists(path) if path.ends_with("/etc/b")));
    assert_eq!(all(root.path()), ["etc", "etc/b"]);
    assert_eq!(fs::read(root.path().join("etc/b")).unwrap(), b"old");
}

#[test]
fn what_was_replaced_comes_back_when_the_rest_fails() {
    let root = TempDir::new().unwrap();
    let disk = Disk::open(root.path()).unwrap();
    disk.write(&[], &[file("/a", "old"), file("/b", "old")])
        .unwrap();
    let new = || [file("/a", "new").replacing(), file("/b", "new")];
    assert!(disk.write(&[], &new()).is_err());
    assert_eq!(fs::read(root.path().join("a")).unwrap(), b"old");
    let [a, b] = new();
    disk.write(&[], &[a, b.replacing()]).unwrap();
    assert_eq!(fs::read(root.path().join("a")).unwrap(), b"new");
    assert_eq!(all(root.path()), ["a", "b"]);
}

#[test]
fn links_are_followed_inside_the_tree_only() {
    let root = TempDir::new().unwrap();
    let outside = TempDir::new().unwrap();
    fs::create_dir_all(root.path().join("data")).unwrap();
    symlink("/data", root.path().join("etc")).unwrap();
    symlink(outside.path(), root.path().join("escape")).unwrap();
    symlink("/data/target", root.path().join("data/link")).unwrap();
    let disk = Disk::open(root.path()).unwrap();
    disk.write(&[], &[file("/etc/a", "new")]).unwrap();
    assert_eq!(fs::read(root.path().join("data/a")).unwrap(), b"new");
    assert!(disk.write(&[], &[file("/escape/a", "new")]).is_err());
    assert!(all(outside.path()).is_empty());
    // A link in the place of the file is not followed, and not replaced unasked.
    assert!(disk.write(&[], &[file("/etc/link", "new")]).is_err());
    assert!(!root.path().join("data/target").exists());
}

#[test]
fn two_at_once_are_kept_apart() {
    let root = TempDir::new().unwrap();
    let disk = Disk::open(root.path()).unwrap();
    let lock = disk.lock().unwrap();
    let other = Disk::open(root.path()).unwrap();
    assert!(matches!(other.lock(), Err(DiskError::Locked(_))));
    drop(lock);
    assert!(other.lock().is_ok());
}

#[test]
fn what_a_killed_process_left_is_swept_away() {
    let root = TempDir::new().unwrap();
    let left = root.path().join(".ca.key.kubepki-0000000100000000");
    let kept = root.path().join(".ca.key.kubepki-notes");
    fs::write(&left, "half").unwrap();
    fs::write(&kept, "mine").unwrap();
    let disk = Disk::open(root.path()).unwrap();
    disk.sweep("/");
    disk.sweep("/not/there");
    assert!(!left.exists() && kept.exists());
}

#[test]
fn several_trees_are_written_all_or_none() {
    let roots = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    fs::write(roots[1].path().join("b"), "old").unwrap();
    let disks = roots
        .each_ref()
        .map(|root| Disk::open(root.path()).unwrap());
    let files = [file("/etc/a", "new"), file("/b", "new")];
    let sets = disks.each_ref().map(|disk| Set {
        disk,
        folders: &[],
        files: &files,
    });
    assert!(matches!(write(&sets), Err(DiskError::Exists(path)) if path.ends_with("/b")));
    assert!(all(roots[0].path()).is_empty());
    assert_eq!(all(roots[1].path()), ["b"]);
    fs::remove_file(roots[1].path().join("b")).unwrap();
    write(&sets).unwrap();
    assert!(
        roots
            .iter()
            .all(|root| all(root.path()) == ["b", "etc", "etc/a"])
    );
}

#[test]
fn a_root_that_was_made_for_nothing_goes_again() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("new/root");
    let disk = Disk::open(&root).unwrap();
    drop(disk.lock().unwrap());
    assert!(all(folder.path()).is_empty());
    // Whoever had opened it meanwhile does not write into what is gone.
    assert!(matches!(disk.lock(), Err(DiskError::Locked(_))));
    let disk = Disk::open(&root).unwrap();
    let lock = disk.lock().unwrap();
    disk.write(&[], &[file("/a", "new")]).unwrap();
    drop(lock);
    assert_eq!(all(folder.path()), ["new", "new/root", "new/root/a"]);
}
