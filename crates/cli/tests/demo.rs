//! The story that a newcomer is told.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::fs;
use std::process::{Command, Output};

fn demo(options: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    command.arg("demo").args(options).output().unwrap()
}

#[test]
fn it_makes_breaks_mends_replaces_and_takes_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("cp-1");
    let keep = format!("--keep={}", root.display());
    let output = demo(&[&keep]);
    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    let mut rest = said.as_str();
    for line in [
        "12 channels, all work; nothing found",
        "error[KP0301]",
        "remedy: let --etcd-cafile name /etc/kubernetes/pki/etcd/ca.crt",
        "the new one vouches for everything",
        "proven: 15 steps, 1 node",
        "$ kubepki undo",
    ] {
        let at = rest
            .find(line)
            .unwrap_or_else(|| panic!("{line} is not in {rest}"));
        rest = &rest[at..];
    }
    let authority = fs::read_to_string(root.join("etc/kubernetes/pki/ca.crt")).unwrap();
    assert_eq!(authority.matches("BEGIN CERTIFICATE").count(), 1);
    assert!(!root.join("etc/kubernetes/pki/ca-signing.crt").exists());
    // It touches nothing that is there.
    let again = demo(&[&keep]);
    assert_eq!(again.status.code(), Some(2));
}
