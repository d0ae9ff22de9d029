//! `kubepki audit --trees`: each line says what an audit of that tree alone says.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn example(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    path.join(name).canonicalize().unwrap()
}

fn kubepki(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    command.args(arguments).args(["--at", "2027-01-31"]);
    command.output().unwrap()
}

fn audit_of(rootfs: &[String]) -> Value {
    let mut arguments = vec!["audit", "-o", "json"];
    for rootfs in rootfs {
        arguments.extend(["--rootfs", rootfs]);
    }
    serde_json::from_slice(&kubepki(&arguments).stdout).unwrap()
}

fn lines(folder: &Path) -> (Option<i32>, Vec<Value>) {
    let output = kubepki(&["audit", "-o", "json", "--trees", folder.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    (output.status.code(), lines.collect())
}

#[test]
fn each_line_is_an_audit() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    for name in ["broken", "kubeadm", "blog"] {
        symlink(example(name), place(name)).unwrap();
    }
    // A cluster of two nodes, as `init --rootfs` lays them out.
    fs::create_dir(place("two")).unwrap();
    symlink(example("kubeadm"), place("two/cp-1")).unwrap();
    symlink(example("kubeadm-ecdsa"), place("two/cp-2")).unwrap();
    fs::write(place("README"), "no tree").unwrap();

    let (code, found) = lines(folder.path());
    assert_eq!(code, Some(1));
    let names: Vec<&str> = found
        .iter()
        .map(|line| line["tree"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["blog", "broken", "kubeadm", "two"]);
    for line in &found {
        let name = line["tree"].as_str().unwrap();
        let rootfs = match name {
            "two" => ["cp-1", "cp-2"]
                .map(|node| format!("{node}={}", place("two").join(node).display()))
                .to_vec(),
            name => vec![place(name).display().to_string()],
        };
        let alone = audit_of(&rootfs);
        assert_eq!(line["summary"], alone["summary"], "{name}");
        assert_eq!(line["worst"], alone["findings"][0], "{name}");
        assert_eq!(line["error"], Value::Null, "{name}");
    }
}

#[test]
fn what_cannot_be_read_loses_no_other() {
    let folder = tempfile::tempdir().unwrap();
    symlink(example("kubeadm"), folder.path().join("good")).unwrap();
    // The head of an archive whose end is missing.
    fs::write(
        folder.path().join("half.tar.gz"),
        [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3],
    )
    .unwrap();
    let (code, found) = lines(folder.path());
    assert_eq!(code, Some(2));
    assert_eq!(found[0]["summary"]["error"], 0);
    assert_eq!(found[1]["summary"], Value::Null);
    assert!(found[1]["error"].as_str().unwrap().contains("half.tar.gz"));
}

#[test]
fn an_empty_folder_has_no_trees() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(lines(folder.path()), (Some(0), Vec::new()));
    let missing = folder.path().join("missing");
    assert_eq!(lines(&missing).0, Some(2));
}
