//! The story that a newcomer is told.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// The story, and the folder in which it leaves a node.
struct Told {
    folder: TempDir,
    said: String,
}

impl Told {
    /// Tells it where there is this etcd, or none.
    fn with(etcd: Option<&Path>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Whoever makes a command of a path has to quote it.
        let temporary = folder.path().join("it's temporary");
        fs::create_dir(&temporary).unwrap();
        let mut command = command(folder.path());
        command.env("TMPDIR", temporary);
        match etcd {
            Some(etcd) => command.env("KUBEPKI_ETCD", etcd),
            None => command.env_remove("KUBEPKI_ETCD").env("PATH", ""),
        };
        let output = command.output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{errors}");
        Told {
            folder,
            said: String::from_utf8(output.stdout).unwrap(),
        }
    }

    /// Asserts that these are said, in this order.
    fn says(&self, lines: &[&str]) {
        let mut rest = self.said.as_str();
        for line in lines {
            let at = rest
                .find(line)
                .unwrap_or_else(|| panic!("{line} is not in {rest}"));
            rest = &rest[at..];
        }
    }

    /// Asserts that an authority is the only one again.
    fn is_taken_back(&self, authority: &str) {
        let pki = self.folder.path().join("cp-1/etc/kubernetes/pki");
        let authority = fs::read_to_string(pki.join(authority)).unwrap();
        assert_eq!(authority.matches("BEGIN CERTIFICATE").count(), 1);
        assert!(!pki.join("ca-signing.crt").exists());
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    let root = folder.join("cp-1");
    command
        .arg("demo")
        .arg(format!("--keep={}", root.display()));
    command
}

/// What is told in any case before an authority is replaced.
const BROKEN: [&str; 3] = [
    "12 channels, all work; nothing found",
    "error[KP0301]",
    "remedy: let --etcd-cafile name /etc/kubernetes/pki/etcd/ca.crt",
];

#[test]
fn it_makes_breaks_mends_replaces_and_takes_back() {
    let told = Told::with(None);
    told.says(&BROKEN);
    told.says(&[
        "the new one vouches for everything",
        "proven: 15 steps, 1 node",
        "$ kubepki undo",
    ]);
    told.is_taken_back("ca.crt");
    // It touches nothing that is there.
    let again = command(told.folder.path()).output().unwrap();
    assert_eq!(again.status.code(), Some(2));
}

#[test]
fn with_etcd_its_authority_is_replaced_while_it_runs() {
    let Some(etcd) = env::var_os("KUBEPKI_ETCD") else {
        println!("skipped: there is no etcd by KUBEPKI_ETCD");
        return;
    };
    let told = Told::with(Some(Path::new(&etcd)));
    told.says(&BROKEN);
    told.says(&[
        "serves what its files hold at 127.0.0.2:2379, 127.0.0.2:2380",
        "is ready: https://127.0.0.2:2379/health",
        "$ kubepki rotate etcd-ca",
        "proven: 5 steps, 1 node",
        "$ kubepki apply --done=5",
        "$ kubepki undo --done=2",
    ]);
    told.is_taken_back("etcd/ca.crt");
}

#[test]
fn with_an_etcd_that_does_not_start_nothing_runs() {
    let told = Told::with(Some(Path::new("/bin/false")));
    told.says(&["There is an etcd on this machine", "--offline"]);
    told.is_taken_back("ca.crt");
}
