//! What is shipped to renew certificates by itself is taken by systemd, and says what the program
//! understands.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may end that way"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = "/usr/local/bin/kubepki";

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(shipped(name)).unwrap()
}

/// The program takes these words, here on a node in the examples, whose certificates are long over.
fn understood(words: &[&str]) {
    let (yes, rest): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| **word == "--yes");
    assert_eq!(yes.len(), 1, "{words:?}");
    let node = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/kubeadm");
    let output = Command::new(env!("CARGO_BIN_EXE_kubepki"))
        .args(rest)
        .args(["--dry-run", "--at", "2027-01-31", "--rootfs"])
        .arg(node)
        .env_clear()
        .output()
        .unwrap();
    assert_ne!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn a_service_and_its_timer() {
    let service = read("kubepki-renew.service");
    let words = service.lines().find_map(|line| {
        let words = line.strip_prefix("ExecStart=")?;
        words.strip_prefix(PROGRAM)
    });
    understood(&words.unwrap().split_whitespace().collect::<Vec<_>>());
    if Command::new("systemd-analyze")
        .arg("--version")
        .output()
        .is_err()
    {
        println!("skipped: there is no systemd-analyze(1)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let service = service.replace(PROGRAM, env!("CARGO_BIN_EXE_kubepki"));
    fs::write(folder.path().join("kubepki-renew.service"), service).unwrap();
    fs::copy(
        shipped("kubepki-renew.timer"),
        folder.path().join("kubepki-renew.timer"),
    )
    .unwrap();
    for unit in ["kubepki-renew.service", "kubepki-renew.timer"] {
        let output = Command::new("systemd-analyze")
            .args(["verify", "--man=no"])
            .arg(folder.path().join(unit))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let own: Vec<&str> = said
            .lines()
            .filter(|line| line.contains("kubepki"))
            .collect();
        assert_eq!(own, Vec::<&str>::new());
    }
}

#[test]
fn a_cron_job() {
    let documents = yaml::parse(&read("kubepki-renew.yaml")).unwrap();
    let at = |path: &[&str]| {
        let node = path
            .iter()
            .try_fold(&documents[0], |node, key| node.get(key));
        node.unwrap_or_else(|| panic!("{path:?}"))
    };
    assert_eq!(at(&["kind"]).text(), Some("CronJob"));
    let pod = ["spec", "jobTemplate", "spec", "template", "spec"];
    let containers = at(&[&pod[..], &["containers"]].concat()).items();
    let command = containers[0].get("command").unwrap().items();
    let words: Vec<&str> = command.iter().filter_map(yaml::Node::text).collect();
    let place = words.iter().position(|word| *word == PROGRAM).unwrap();
    understood(&words[place + 1..]);
    // It has to see the node as the node sees itself.
    for key in ["hostNetwork", "hostPID"] {
        assert_eq!(at(&[&pod[..], &[key]].concat()).text(), Some("true"));
    }
}
