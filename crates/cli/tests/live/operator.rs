//! Whoever runs the program on a cluster: gives it a way to start pods again, and does what it hands
//! over to people.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Starts a pod again; see there.
const RESTART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/restart.sh");

/// A cluster, and what the program has to be told about it.
pub struct Operator<'a> {
    /// Where the nodes' trees are, each in a folder of its name.
    pub nodes: &'a Path,
    pub names: &'a [&'a str],
    /// Where it is written down what is ready.
    pub ready: &'a Path,
}

impl Operator<'_> {
    /// Runs a command that changes something, to its end; `hand_over` does in between what it waits
    /// for, and is given its words.
    pub fn carry_out(&self, words: &[&str], mut hand_over: impl FnMut(&str)) {
        let words = words.iter().map(OsString::from);
        let mut said = self.run(&words.chain(["--yes".into()]).collect::<Vec<_>>());
        while let Err(text) = said {
            let hint = text
                .lines()
                .find_map(|line| line.split_once("kubepki apply "));
            let (_, command) = hint.unwrap_or_else(|| panic!("{text}"));
            hand_over(&text);
            let words = command.split(' ').map(OsString::from);
            let words = [OsString::from("apply")].into_iter().chain(words);
            said = self.run(&words.collect::<Vec<_>>());
        }
    }

    /// What it says on standard error when it waits for somebody; panics when it fails.
    fn run(&self, words: &[OsString]) -> Result<(), String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
        command.args(words).arg("--restart-command").arg(format!(
            "sh {RESTART} {} {} {{node}} {{component}}",
            self.nodes.display(),
            self.ready.display()
        ));
        for name in self.names {
            let tree: PathBuf = self.nodes.join(name);
            command.arg(format!("--rootfs={name}={}", tree.display()));
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.code() {
            Some(0) => Ok(()),
            Some(1) => Err(said),
            _ => panic!("kubepki {words:?}: {said}"),
        }
    }
}
