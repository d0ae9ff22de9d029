//! Three nodes that have nobody above them change what the very etcd lives by through which they tell
//! each other how far they are.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;

use crate::alone;
use crate::kubepki::nothing_found;
use crate::members::Members;
use crate::nodes::NAMES;
use crate::operator::KUBEPKI;
use crate::scratch::Scratch;
use crate::writers::pki;
#[cfg(feature = "cluster")]
use crate::{api::Api, members::Programs};

#[test]
fn nodes_without_a_master_replace_their_etcds_authority() {
    let (_alone, scratch) = (alone(), Scratch::new());
    let Some(members) = Members::running(scratch.path()) else {
        return;
    };
    let writers = members.write();
    let before = members.pki("etcd/ca.crt");
    let together = Together::new(&members);
    for words in [
        &["rotate", "etcd-ca"][..],
        &["rotate", "etcd-ca", "--finish", "--keep-old", "0"],
    ] {
        let mut lost = Lost::default();
        together.carry_out(words, |line, second| {
            lost.hear(line, &together, second);
        });
        assert!(lost.came_back, "cp-2 was never waited for");
    }
    members.nothing_lost(writers.stop());
    members.nobody_complained();
    assert_ne!(members.pki("etcd/ca.crt"), before);
    members.nowhere(&before);
    assert_eq!(together.states(), ["done", "done"]);
}

#[test]
#[ignore = "takes half a minute"]
fn nodes_without_a_master_get_names_and_new_leaves_and_take_them_back() {
    let (_alone, scratch) = (alone(), Scratch::new());
    let Some(members) = Members::running(scratch.path()) else {
        return;
    };
    let writers = members.write();
    let together = Together::new(&members);
    let carry_out = |words: &[&str]| together.carry_out(words, |_, _| {});

    let first = together.leaves();
    carry_out(&["san", "add", "etcd-server", "etcd.example.org"]);
    let named = together.leaves();
    carry_out(&RENEW);
    let renewed = together.leaves();
    for place in 0..NAMES.len() {
        let changed = |before: &[Vec<Vec<u8>>], after: &[Vec<Vec<u8>>]| {
            let pairs = before[place].iter().zip(&after[place]);
            pairs.map(|(one, other)| one != other).collect::<Vec<_>>()
        };
        assert_eq!(changed(&first, &named), [true, false, false, false]);
        assert_eq!(changed(&named, &renewed), [true; LEAVES.len()]);
        assert!(together.names(place).contains("etcd.example.org"));
    }
    nothing_found("renewed", &members.trees());

    carry_out(&["undo"]);
    assert!(together.leaves() == named, "the renewal was not taken back");
    assert_eq!(together.states(), ["done", "taken-back"]);
    let id = together.changes()[0]["change"].as_str().unwrap().to_owned();
    carry_out(&["undo", &id]);
    assert!(together.leaves() == first, "the name was not taken back");
    assert_eq!(together.states(), ["taken-back", "taken-back"]);
    nothing_found("taken back", &members.trees());
    members.nothing_lost(writers.stop());
    members.nobody_complained();
}

/// The object is changed, and whoever did so never hears of it.
#[test]
#[ignore = "takes a minute or two"]
#[cfg(feature = "cluster")]
fn who_publishes_is_killed_and_another_goes_on() {
    let (_alone, scratch) = (alone(), Scratch::new());
    let Some(programs) = Programs::find() else {
        return;
    };
    let members = Members::make(scratch.path(), programs);
    let offline = ["rotate", "front-proxy-ca", "--yes", "--offline"];
    let mut rotate = Command::new(KUBEPKI);
    rotate.args(offline);
    for (name, rootfs) in members.trees() {
        rotate.arg(format!("--rootfs={name}={}", rootfs.display()));
    }
    assert!(rotate.status().unwrap().success());
    let members = members.start();
    let both = members.pki("front-proxy-ca.crt");
    let api = Api::start(scratch.path(), &both);
    let together = Together::new(&members);
    let by_api = |words: &[&str]| {
        let mut command = together.command(0, words);
        command.arg("--kubeconfig").arg(&api.kubeconfig);
        together.start(&mut command)
    };

    let finish = [
        "rotate",
        "front-proxy-ca",
        "--finish",
        "--keep-old",
        "0",
        "--yes",
    ];
    let (mut second, mut third) = (together.worker(1), together.worker(2));
    let mut first = by_api(&finish);
    api.kill(first.0.id());
    together.hurry(&mut [&mut first]);
    assert_eq!(first.0.wait().unwrap().code(), None);
    let new = members.pki("front-proxy-ca.crt");
    assert_ne!(new, both);
    assert_eq!(api.state(), (new.clone(), 1));
    assert!(!second.has_ended() && !third.has_ended());
    let mut again = by_api(&["apply"]);
    together.hurry(&mut [&mut again, &mut second, &mut third]);
    for worker in [&mut again, &mut second, &mut third] {
        assert!(worker.0.wait().unwrap().success());
    }
    assert_eq!(api.state(), (new, 1));
    assert_eq!(together.states(), ["done"]);

    let (mut second, mut third) = (together.worker(1), together.worker(2));
    let mut first = by_api(&["undo", "--yes"]);
    together.hurry(&mut [&mut first, &mut second, &mut third]);
    for worker in [&mut first, &mut second, &mut third] {
        assert!(worker.0.wait().unwrap().success());
    }
    assert_eq!(api.state(), (both.clone(), 2));
    assert_eq!(members.pki("front-proxy-ca.crt"), both);
}

/// Certificates of every node, in the folder of the PKI.
const LEAVES: [&str; 4] = [
    "etcd/server",
    "etcd/peer",
    "apiserver",
    "apiserver-etcd-client",
];

/// Has all of these issued anew. What a kubelet takes up within minutes is none of them.
const RENEW: [&str; 5] = [
    "renew",
    "etcd-server",
    "etcd-peer",
    "apiserver",
    "apiserver-etcd-client",
];

/// Whoever works on the second node is killed in the middle. When he is missed, the third's member of
/// etcd is stopped: he comes back, and may not start his own again before that one is there.
#[derive(Default)]
struct Lost {
    is_killed: bool,
    came_back: bool,
}

impl Lost {
    /// Hears what is said on the first node.
    fn hear(&mut self, line: &str, together: &Together<'_>, second: &mut Worker) {
        if line.contains("cp-1  start etcd again") && !self.is_killed {
            self.is_killed = true;
            second.kill();
        }
        if line.contains("waits for cp-2") && self.is_killed && !self.came_back {
            self.came_back = true;
            together.members.stop(2);
            let mut command = together.command(1, &["apply"]);
            *second = together.start(command.stderr(Stdio::piped()));
            let mut lines = lines(second);
            let mut said = String::new();
            // What is long is said in several lines.
            while !said.contains("cost the quorum") {
                said += lines.next().unwrap().unwrap().trim();
                said.push(' ');
            }
            assert!(said.contains("etcd on cp-3 does not answer"), "{said}");
            together.members.start_again(2);
            // Whoever is not heard to the end cannot speak to the end.
            thread::spawn(move || lines.for_each(drop));
        }
    }
}

/// Somebody who runs the program; killed when dropped.
struct Worker(Child);

impl Worker {
    #[cfg(feature = "cluster")]
    fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Somebody on every node, who knows of the others by the store alone.
struct Together<'a> {
    members: &'a Members,
    key: PathBuf,
}

impl<'a> Together<'a> {
    fn new(members: &'a Members) -> Self {
        let key = members.folder().join("certificate.key");
        fs::write(&key, "0123456789abcdef".repeat(4)).unwrap();
        Together { members, key }
    }

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

    fn worker(&self, place: usize) -> Worker {
        let mut command = self.command(place, &["apply"]);
        self.start(&mut command)
    }

    fn start(&self, command: &mut Command) -> Worker {
        command
            .args(["--restart-command", &self.members.restart_command()])
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        Worker(command.spawn().unwrap())
    }

    /// Runs a command on the first node while somebody works on the others; `hear` is told what is
    /// said on the first, and given who works on the second.
    fn carry_out(&self, words: &[&str], mut hear: impl FnMut(&str, &mut Worker)) {
        let (mut second, mut third) = (self.worker(1), self.worker(2));
        let mut first = self.command(0, &[words, &["--yes"]].concat());
        let mut first = self.start(first.stderr(Stdio::piped()));
        for line in lines(&mut first) {
            let line = line.unwrap();
            println!("{line}");
            // Whoever uses etcd from elsewhere is given what is handed over.
            if let Some((_, step)) = line.split_once("--done ") {
                self.members.hand_over();
                let told = self.command(0, &["apply", "--done", step]).status();
                assert!(told.unwrap().success(), "step {step}");
            }
            hear(&line, &mut second);
        }
        for worker in [&mut first, &mut second, &mut third] {
            let status = worker.0.wait().unwrap();
            assert!(status.success(), "{words:?}: {status}");
        }
    }

    /// Says of whatever the nodes wait for that its time is over, until these have ended: the patience
    /// that it needs is not ours. What is done in the API comes after that.
    #[cfg(feature = "cluster")]
    fn hurry(&self, workers: &mut [&mut Worker]) {
        while !workers.iter_mut().all(|worker| worker.has_ended()) {
            for step in 1..=9 {
                let step = step.to_string();
                let mut tell = self.command(0, &["apply", "--done", &step]);
                // It may not have begun.
                let _ = tell.stdout(Stdio::null()).stderr(Stdio::null()).status();
            }
        }
    }

    /// What the second node knows of all changes, the first one first.
    fn changes(&self) -> Vec<serde_json::Value> {
        let history = self.command(1, &["history", "-o", "json"]).output();
        let history: serde_json::Value = serde_json::from_slice(&history.unwrap().stdout).unwrap();
        history["changes"].as_array().unwrap().clone()
    }

    fn states(&self) -> Vec<String> {
        let changes = self.changes().into_iter();
        let states = changes.map(|change| change["state"].as_str().unwrap().to_owned());
        states.collect()
    }

    /// What is in some certificates of every node.
    fn leaves(&self) -> Vec<Vec<Vec<u8>>> {
        let trees = self.members.trees().into_iter();
        let leaf = |rootfs: &PathBuf, name| pki(rootfs, &format!("{name}.crt"));
        let all = trees.map(|(_, rootfs)| LEAVES.map(|name| leaf(&rootfs, name)).to_vec());
        all.collect()
    }

    /// What is printed of a member's certificate.
    fn names(&self, place: usize) -> String {
        let file = self.members.nodes().rootfs(place);
        let file = file.join("etc/kubernetes/pki/etcd/server.crt");
        let said = Command::new(KUBEPKI).arg("inspect").arg(file).output();
        String::from_utf8(said.unwrap().stdout).unwrap()
    }
}

fn lines(worker: &mut Worker) -> Lines<BufReader<ChildStderr>> {
    BufReader::new(worker.0.stderr.take().unwrap()).lines()
}
