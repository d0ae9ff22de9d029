//! Trees in archives: what is said of them is what is said of the trees themselves.

#![allow(clippy::unwrap_used, reason = "a test may end that way")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flate2::Compression;
use flate2::write::GzEncoder;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../examples/{name}"))
}

fn kubepki(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    command.args(arguments).output().unwrap()
}

/// Packs folders as tar packs them.
fn pack(path: &Path, folders: &[(&str, &Path)]) {
    let encoder = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
    let mut builder = tar::Builder::new(encoder);
    builder.follow_symlinks(false);
    for (name, folder) in folders {
        builder.append_dir_all(name, folder).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap();
}

#[test]
fn a_packed_tree_is_judged_as_the_tree() {
    let scratch = tempfile::tempdir().unwrap();
    let archive = scratch.path().join("tree.tar.gz");
    for name in ["kubeadm", "kubeadm-ecdsa", "broken", "blog"] {
        let tree = example(name);
        pack(&archive, &[("node", &tree)]);
        let (tree, archive) = (tree.to_str().unwrap(), archive.to_str().unwrap());
        for command in [
            &["audit", "-o", "json"][..],
            &["audit", "--partial"],
            &["list", "-o", "json"],
            &["graph"],
        ] {
            let at = |root| [command, &["--at", "2026-12-01", "--rootfs", root]].concat();
            let (of_tree, of_archive) = (kubepki(&at(tree)), kubepki(&at(archive)));
            assert!(!of_tree.stdout.is_empty());
            assert_eq!(of_archive, of_tree, "{name} {command:?}");
        }
    }
}

#[test]
fn several_nodes_in_one_archive() {
    let scratch = tempfile::tempdir().unwrap();
    let archive = scratch.path().join("nodes.tar.gz");
    let (a, b) = (example("kubeadm"), example("broken"));
    pack(&archive, &[("all/a", &a), ("all/b", &b)]);
    let named = |name: &str, path: &Path| format!("{name}={}", path.display());
    let common = ["audit", "--at", "2026-12-01", "--rootfs"];
    let trees = [named("a", &a), named("b", &b)];
    let of_trees = kubepki(&[&common[..], &[&trees[0], "--rootfs", &trees[1]]].concat());
    let path = archive.to_str().unwrap();
    assert_eq!(kubepki(&[&common[..], &[path]].concat()), of_trees);

    let several = kubepki(&[&common[..], &[&named("a", &archive)]].concat());
    assert_eq!(several.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&several.stderr).contains("holds several nodes"));
    let one = kubepki(&["token", "ca-hash", "--rootfs", path]);
    assert_eq!(one.status.code(), Some(2));
}

#[test]
fn what_is_no_archive_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("x");
    fs::write(&path, "no archive").unwrap();
    let output = kubepki(&["audit", "--rootfs", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("neither a folder nor a tar, tar.gz or zip archive"),
        "{said}"
    );
}
