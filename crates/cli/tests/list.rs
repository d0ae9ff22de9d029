//! `kubepki list` beside what `kubeadm certs check-expiration` says of the same trees.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What kubeadm does not list.
const OURS: [&str; 4] = ["kubelet-client", "kubelet-server", "kubelet.conf", "sa"];

fn fixture() -> Option<PathBuf> {
    let path = "../../../shared/fixtures/kubeadm-1.36/default";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn list(root: &Path, fixture: &Path, more: &[&str]) -> String {
    let at = fs::read_to_string(fixture.join("captured/captured-at.txt")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    command
        .args(["list", "--at", at.trim(), "--rootfs"])
        .arg(root)
        .args(more);
    let output = command.output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The lines without what kubeadm does not list, and without blanks at their ends.
fn comparable(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !OURS.contains(&line.split(' ').next().unwrap_or_default()))
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// A copy of the tree without some files.
fn copy_without(root: &Path, left_out: &[&str]) -> PathBuf {
    let copy = std::env::temp_dir().join(format!("kubepki-list-{}", std::process::id()));
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        fs::create_dir_all(copy.join(&folder)).unwrap();
        for entry in fs::read_dir(root.join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root.join(&path).is_dir() {
                folders.push(path);
            } else if !left_out.iter().any(|name| path.ends_with(name)) {
                fs::copy(root.join(&path), copy.join(&path)).unwrap();
            }
        }
    }
    copy
}

#[test]
fn says_what_kubeadm_says() {
    let Some(fixture) = fixture() else { return };
    let kubeadm = fs::read_to_string(fixture.join("captured/check-expiration.txt")).unwrap();
    let ours = list(&fixture.join("rootfs"), &fixture, &[]);
    assert_eq!(comparable(&ours), comparable(&kubeadm));
    for name in ["kubelet.conf", "sa"] {
        assert!(ours.lines().any(|line| line.starts_with(name)), "{name}");
    }
}

#[test]
fn says_what_is_external_and_missing() {
    let Some(fixture) = fixture() else { return };
    let left_out = [
        "pki/ca.key",
        "pki/front-proxy-ca.key",
        "super-admin.conf",
        "etcd/peer.crt",
    ];
    let root = copy_without(&fixture.join("rootfs"), &left_out);
    let ours = list(&root, &fixture, &[]);
    fs::remove_dir_all(&root).unwrap();
    let captured = fixture.join("captured/external-ca.check-expiration.txt");
    let kubeadm = fs::read_to_string(captured).unwrap();
    assert_eq!(comparable(&ours), comparable(&kubeadm));
}

#[test]
fn json_has_kubeadms_keys() {
    let Some(fixture) = fixture() else { return };
    let kubeadm = fs::read(fixture.join("captured/check-expiration.json")).unwrap();
    let kubeadm: Value = serde_json::from_slice(&kubeadm).unwrap();
    let ours = list(&fixture.join("rootfs"), &fixture, &["-o", "json"]);
    let ours: Value = serde_json::from_str(&ours).unwrap();
    for kind in ["certificates", "certificateAuthorities"] {
        for wanted in kubeadm[kind].as_array().unwrap() {
            let rows = ours[kind].as_array().unwrap();
            let row = rows
                .iter()
                .find(|row| row["name"] == wanted["name"])
                .unwrap();
            for (key, value) in wanted.as_object().unwrap() {
                // The moment of the capture is known to the second only.
                match value.as_i64() {
                    Some(seconds) => {
                        assert!((seconds..=seconds + 1).contains(&row[key].as_i64().unwrap()))
                    }
                    None => assert_eq!(&row[key], value, "{key} of {}", wanted["name"]),
                }
            }
        }
    }
}
