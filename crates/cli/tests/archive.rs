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
fn certificates_in_an_archive() {
    let scratch = tempfile::tempdir().unwrap();
    let archive = scratch.path().join("x.tar.gz");
    pack(&archive, &[("any", &example("kubeadm/etc/kubernetes/pki"))]);
    let of = |path: &Path| {
        let output = kubepki(&["inspect", "-o", "pem", path.to_str().unwrap()]);
        let mut blocks: Vec<String> = String::from_utf8(output.stdout)
            .unwrap()
            .split_inclusive("-----END CERTIFICATE-----\n")
            .map(str::to_owned)
            .collect();
        blocks.sort();
        blocks
    };
    let of_archive = of(&archive);
    assert_eq!(of_archive.len(), 10);
    assert_eq!(of_archive, of(&example("kubeadm/etc/kubernetes/pki")));
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

/// What was collected of a tree, in a file of its own.
fn collected(tree: &Path, scratch: &Path) -> PathBuf {
    let archive = scratch.join("collected.tar.gz");
    let (root, path) = (tree.to_str().unwrap(), archive.to_str().unwrap());
    let output = kubepki(&["collect", "--force", "--rootfs", root, "-o", path]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stdout, b"");
    archive
}

#[test]
fn what_is_collected_is_judged_as_the_tree() {
    let scratch = tempfile::tempdir().unwrap();
    let made = scratch.path().join("made");
    fs::create_dir(&made).unwrap();
    let init = [
        "init",
        "--rootfs",
        made.to_str().unwrap(),
        "--node-name",
        "cp-1",
        "--apiserver-advertise-address",
        "10.0.0.1",
        "--manifests",
        "--kubelet-config",
        "--key-algorithm",
        "ECDSA-P256",
        "--quiet",
    ];
    assert_eq!(kubepki(&init).status.code(), Some(0));
    let examples = ["kubeadm", "kubeadm-ecdsa", "broken", "blog"].map(example);
    for tree in examples.iter().chain([&made]) {
        let archive = collected(tree, scratch.path());
        for command in [
            &["audit", "-o", "json"][..],
            &["audit"],
            &["list", "-o", "wide"],
            &["graph"],
        ] {
            let at = |root: &Path| {
                let root = root.to_str().unwrap();
                kubepki(&[command, &["--at", "2027-01-31", "--rootfs", root]].concat())
            };
            // Evidence is shown with its lines, of which a source may have been hidden.
            assert_eq!(at(&archive), at(tree), "{} {command:?}", tree.display());
        }
    }
}

#[test]
fn an_archive_is_written_once_and_for_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = tempfile::tempdir().unwrap();
    let archive = collected(&example("kubeadm"), scratch.path());
    assert_eq!(
        fs::metadata(&archive).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let (path, tree) = (archive.to_str().unwrap(), example("kubeadm"));
    let tree = tree.to_str().unwrap();
    let again = kubepki(&["collect", "--rootfs", tree, "-o", path]);
    assert_eq!(again.status.code(), Some(2));
    let other = scratch.path().join("other.tar.gz");
    let dry = kubepki(&[
        "collect",
        "--rootfs",
        tree,
        "-o",
        other.to_str().unwrap(),
        "--dry-run",
    ]);
    assert!(String::from_utf8_lossy(&dry.stdout).contains("/etc/kubernetes/pki/ca.key"));
    assert!(!other.exists());
    // What was collected is collected again as it is.
    let twice = kubepki(&["collect", "--rootfs", path, "-o", other.to_str().unwrap()]);
    assert_eq!(twice.status.code(), Some(0), "{twice:?}");
    let audit = |root: &str| kubepki(&["audit", "--at", "2026-12-01", "--rootfs", root]);
    assert_eq!(audit(other.to_str().unwrap()), audit(tree));
}

#[test]
fn unpacked_on_disk_it_is_no_node() {
    let scratch = tempfile::tempdir().unwrap();
    let archive = collected(&example("kubeadm"), scratch.path());
    let unpacked = scratch.path().join("unpacked");
    tar::Archive::new(flate2::read::GzDecoder::new(File::open(archive).unwrap()))
        .unpack(&unpacked)
        .unwrap();
    let root = unpacked.join("controlplane");
    let output = kubepki(&[
        "audit",
        "--at",
        "2026-12-01",
        "--rootfs",
        root.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("tls: failed to parse private key"), "{said}");
}
