//! Three nodes that have nobody above them replace the authority of the very etcd through which they
//! tell each other how far they are.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::alone;
use crate::members::{Members, Programs};
use crate::nodes::NAMES;
use crate::operator::KUBEPKI;
use crate::scratch::Scratch;

#[test]
fn nodes_without_a_master_replace_their_etcds_authority() {
    let Some(programs) = Programs::find() else {
        return;
    };
    let _alone = alone();
    let scratch = Scratch::new();
    let members = Members::make(scratch.path(), programs).start();
    let writers = members.write();
    let before = members.pki("etcd/ca.crt");
    let together = Together {
        members: &members,
        key: scratch.path().join("certificate.key"),
    };
    fs::write(&together.key, "0123456789abcdef".repeat(4)).unwrap();
    together.carry_out(&["rotate", "etcd-ca"]);
    together.carry_out(&["rotate", "etcd-ca", "--finish", "--keep-old", "0"]);
    members.nothing_lost(writers.stop());
    members.nobody_complained();
    assert_ne!(members.pki("etcd/ca.crt"), before);
    members.nowhere(&before);
    let history = together.command(1, &["history", "-o", "json"]).output();
    let history: serde_json::Value = serde_json::from_slice(&history.unwrap().stdout).unwrap();
    let states = history["changes"].as_array().unwrap().iter();
    let states: Vec<_> = states.map(|change| change["state"].as_str()).collect();
    assert_eq!(states, [Some("done"), Some("done")]);
}

/// Somebody on every node, who knows of the others by the store alone.
struct Together<'a> {
    members: &'a Members,
    key: PathBuf,
}

impl Together<'_> {
    fn command(&self, place: usize, words: &[&str]) -> Command {
        let nodes = self.members.nodes();
        let mut command = Command::new(KUBEPKI);
        command
            .args(words)
            .arg("--rootfs")
            .arg(nodes.rootfs(place))
            .args(["--node", NAMES[place], "--store"])
            .arg(format!("etcd://{}:2379", nodes.addresses[place]))
            .arg("--certificate-key-file")
            .arg(&self.key);
        command
    }

    fn worker(&self, place: usize) -> Child {
        let mut command = self.command(place, &["apply"]);
        self.start(&mut command)
    }

    fn start(&self, command: &mut Command) -> Child {
        command
            .args(["--restart-command", &self.members.restart_command()])
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command.spawn().unwrap()
    }

    /// Runs a command on the first node while somebody works on the others, of whom one is killed when
    /// he is waited for, and comes back.
    fn carry_out(&self, words: &[&str]) {
        let (mut second, mut third) = (self.worker(1), self.worker(2));
        let mut first = self.command(0, &[words, &["--yes"]].concat());
        let mut first = self.start(first.stderr(Stdio::piped()));
        let mut is_killed = false;
        for line in BufReader::new(first.stderr.take().unwrap()).lines() {
            let line = line.unwrap();
            println!("{line}");
            // Whoever uses etcd from elsewhere is given what is handed over.
            if let Some((_, step)) = line.split_once("--done ") {
                self.members.hand_over();
                let told = self.command(0, &["apply", "--done", step]).status();
                assert!(told.unwrap().success(), "step {step}");
            }
            if line.contains("waits for cp-2") && !is_killed {
                is_killed = true;
                second.kill().unwrap();
                second.wait().unwrap();
                second = self.worker(1);
            }
        }
        assert!(is_killed, "cp-2 was never waited for");
        for child in [&mut first, &mut second, &mut third] {
            let status = child.wait().unwrap();
            assert!(status.success(), "{words:?}: {status}");
        }
    }
}
