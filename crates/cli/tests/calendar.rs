//! `kubepki list --calendar -o ics` beside the rules of RFC 5545, and a program that reads it.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name)
}

fn calendar(tree: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    command.args([
        "list",
        "--calendar",
        "--at",
        "2026-12-01",
        "--horizon",
        "5000d",
        "-o",
        "ics",
    ]);
    let output = command.arg("--rootfs").arg(example(tree)).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn follows_the_rules() {
    for tree in ["kubeadm", "kubeadm-ecdsa", "broken"] {
        let text = calendar(tree);
        assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']));
        assert!(
            text.split("\r\n").all(|line| line.len() <= 75),
            "section 3.1"
        );
        let unfolded = text.replace("\r\n ", "");
        let lines: Vec<(&str, &str)> = unfolded
            .lines()
            .map(|line| line.split_once(':').unwrap())
            .collect();
        let mut open: Vec<&str> = Vec::new();
        for (name, value) in &lines {
            match *name {
                "BEGIN" => open.push(value),
                "END" => assert_eq!(open.pop(), Some(*value)),
                _ => assert!(!open.is_empty()),
            }
        }
        assert!(open.is_empty());
        let values = |wanted: &str| -> Vec<&str> {
            let found = lines.iter().filter(|(name, _)| *name == wanted);
            found.map(|(_, value)| *value).collect()
        };
        let events = values("BEGIN")
            .iter()
            .filter(|value| **value == "VEVENT")
            .count();
        assert!(events >= 2, "certificates end, and authorities later");
        let ids: BTreeSet<&str> = values("UID").into_iter().collect();
        assert_eq!(ids.len(), events, "each event has an id of its own");
        assert_eq!(values("DTSTART").len(), events);
        assert_eq!(values("DTSTAMP").len(), events);
        assert_eq!(values("VERSION"), ["2.0"]);
    }
}

/// `icalendar` of PyPI reads it and prints an agenda.
#[test]
fn a_calendar_program_reads_it() {
    let program = std::env::var_os("KUBEPKI_ICALENDAR").unwrap_or_else(|| "icalendar".into());
    if Command::new(&program).arg("--version").output().is_err() {
        println!("skipped: no icalendar");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calendar.ics");
    std::fs::write(&file, calendar("kubeadm")).unwrap();
    let output = Command::new(&program).arg(&file).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "apiserver, apiserver-etcd-client",
        "12 channels stop",
        "stops: kubelet -> kube-apiserver",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
}
