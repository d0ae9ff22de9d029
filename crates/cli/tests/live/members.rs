//! Three members of etcd that run by their manifests, and people who have copies of what their
//! clients need.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::https::{Client, Credentials, Failure};
use crate::nodes::{NAMES, Nodes};
use crate::operator::{self, Operator};
use crate::pod::{self, Pod};
use crate::process::{output, wait_for};
use crate::runner::{Away, Node, Runner};
use crate::stand_in::StandIn;
use crate::tools;
use crate::writers::{Failed, Tally, Who, Writers, pair, pki};

/// What a program says when a certificate kept a connection from coming about.
const COMPLAINTS: [&str; 4] = [
    "x509: ",
    "tls: ",
    "bad certificate",
    "private key does not match",
];

/// The programs.
pub struct Programs {
    etcd: PathBuf,
    etcdctl: PathBuf,
}

impl Programs {
    /// Where they are; what is missing is named.
    pub fn find() -> Option<Self> {
        Some(Programs {
            etcd: tools::etcd("etcd")?,
            etcdctl: tools::etcd("etcdctl")?,
        })
    }
}

/// Three members that run.
pub struct Members {
    folder: PathBuf,
    nodes: Nodes,
    programs: Programs,
    runners: Vec<Runner>,
    stand_ins: Vec<StandIn>,
    /// What people outside were given last.
    given: Arc<Mutex<Credentials>>,
}

impl Members {
    /// Three that run on files in the folder, where there are the programs.
    pub fn running(folder: &Path) -> Option<Self> {
        Some(Members::make(folder, Programs::find()?).start())
    }

    /// Makes all files of three nodes in the folder; nothing runs yet.
    pub fn make(folder: &Path, programs: Programs) -> Self {
        let nodes = Nodes::make(folder, &["--key-algorithm=ECDSA-P256".to_owned()]);
        fs::create_dir(folder.join("ready")).unwrap();
        let members = Members {
            given: Arc::new(Mutex::new(outside(&nodes.rootfs(0)))),
            folder: folder.to_owned(),
            nodes,
            programs,
            runners: Vec::new(),
            stand_ins: Vec::new(),
        };
        (0..NAMES.len()).for_each(|place| members.settle(place));
        members
    }

    /// Starts etcd on them.
    pub fn start(mut self) -> Self {
        for place in 0..NAMES.len() {
            self.runners.push(Runner::start(self.node(place)));
            let (rootfs, address) = (self.nodes.rootfs(place), self.nodes.addresses[place]);
            self.stand_ins.push(StandIn::start(rootfs, address));
        }
        self.settle_down();
        self
    }

    /// The manifests of etcd and kube-apiserver say what the node's loopback address is here, and
    /// etcd's nothing that this etcd does not know. Of the others nothing runs.
    fn settle(&self, place: usize) {
        let address = self.nodes.addresses[place].to_string();
        for pod in ["etcd", "kube-apiserver"] {
            let path = format!("etc/kubernetes/manifests/{pod}.yaml");
            let path = self.nodes.rootfs(place).join(path);
            let text = fs::read_to_string(&path)
                .unwrap()
                .replace("127.0.0.1", &address);
            let client = format!("https://{address}:2379");
            let text = text.replace(&format!("{client},{client}"), &client);
            let is_old = pod == "etcd" && pod::is_old(&self.programs.etcd);
            fs::write(&path, if is_old { of_old(&text) } else { text }).unwrap();
            let runs = format!("{}.{pod}.runs", NAMES[place]);
            fs::write(self.folder.join("ready").join(runs), "").unwrap();
        }
    }

    fn node(&self, place: usize) -> Node {
        let rootfs = self.nodes.rootfs(place);
        let etcd = self.programs.etcd.clone();
        let held = self.held_place(place);
        Node {
            name: NAMES[place].to_owned(),
            manifests: rootfs.join("etc/kubernetes/manifests"),
            ready: self.folder.join("ready"),
            logs: self.folder.clone(),
            network: None,
            pods: vec!["etcd"],
            command: Box::new(move |pod| {
                fs::write(&held, pki(&rootfs, "etcd/ca.crt")).unwrap();
                Pod::read(&rootfs, pod).below(&rootfs).command(&etcd)
            }),
        }
    }

    fn ready(&self, node: &str, pod: &str) -> PathBuf {
        self.folder.join("ready").join(format!("{node}.{pod}"))
    }

    /// Where it is noted down whom a member trusts since it started.
    fn held_place(&self, place: usize) -> PathBuf {
        self.folder.join(format!("{}.held", NAMES[place]))
    }

    /// Whom a member trusts since it started.
    pub fn held(&self, place: usize) -> Vec<u8> {
        fs::read(self.held_place(place)).unwrap()
    }

    /// Every node and its root.
    pub fn trees(&self) -> Vec<(&'static str, PathBuf)> {
        self.nodes.trees()
    }

    /// The address of a member.
    pub fn address(&self, place: usize) -> Ipv4Addr {
        self.nodes.addresses[place]
    }

    /// Starts a member again, and waits for a while until it is ready: what is spoilt need not become
    /// so.
    pub fn restart(&self, place: usize) {
        let (folder, ready) = (self.folder.join("nodes"), self.folder.join("ready"));
        let command = operator::restart(&folder, &ready).replace("{component}", "etcd");
        let command = command.replace("{node}", NAMES[place]);
        let status = Command::new("timeout")
            .args(["10", "sh", "-c", &command])
            .status();
        status.unwrap();
    }

    /// Asks a member to end, which is not started again.
    pub fn stop(&self, place: usize) {
        self.runners[place].hold();
    }

    /// Starts one that was stopped.
    pub fn start_again(&self, place: usize) {
        self.runners[place].release();
    }

    /// Kills a member, and waits for a while until it is ready again.
    pub fn kill_and_wait(&self, place: usize) {
        let ready = self.ready(NAMES[place], "etcd");
        fs::write(&ready, "").unwrap();
        self.kill(place);
        let end = Instant::now() + Duration::from_secs(10);
        let is_ready = || fs::read(&ready).is_ok_and(|manifest| !manifest.is_empty());
        while !is_ready() && Instant::now() < end {
            sleep(Duration::from_millis(50));
        }
    }

    /// In every kube-apiserver's place somebody writes, and somebody outside does.
    pub fn write(&self) -> Writers {
        let apiserver = |place: usize| {
            let who = Who::ApiServer {
                rootfs: self.nodes.rootfs(place),
                ready: self.ready(NAMES[place], "kube-apiserver"),
            };
            (NAMES[place].to_owned(), who)
        };
        let mut all: Vec<_> = (0..NAMES.len()).map(apiserver).collect();
        all.push(("outside".to_owned(), Who::Outside(self.given.clone())));
        Writers::start(&self.addresses(), all)
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        let addresses = self.nodes.addresses.iter();
        addresses.map(|address| (*address, 2379).into()).collect()
    }

    /// Kills a member; it is started again.
    pub fn kill(&self, place: usize) {
        self.runners[place].kill();
    }

    /// Waits until all are ready.
    pub fn settle_down(&self) {
        wait_for("etcd", &mut [], || self.all_ready());
    }

    /// The times in which two of three were away, so that nobody could write.
    pub fn without_quorum(&self) -> Vec<(Instant, Instant)> {
        let away: Vec<Vec<Away>> = self.runners.iter().map(Runner::away).collect();
        let pairs = [(0, 1), (0, 2), (1, 2)].into_iter();
        let both = pairs.flat_map(|(one, other)| {
            let others = &away[other];
            let with_each = |mine| {
                others
                    .iter()
                    .filter_map(move |other| both_away(mine, other))
            };
            away[one].iter().flat_map(with_each).collect::<Vec<_>>()
        });
        both.collect()
    }

    fn all_ready(&self) -> Result<(), String> {
        match NAMES.iter().all(|name| self.ready(name, "etcd").exists()) {
            true => Ok(()),
            false => Err("not all are ready".to_owned()),
        }
    }

    /// Runs the program, and hands over to people outside what it wants handed over.
    pub fn carry_out(&self, words: &[&str]) {
        let (folder, ready) = (self.folder.join("nodes"), self.folder.join("ready"));
        let operator = Operator::beside(&folder, self.nodes.names(), &ready);
        operator.carry_out(words, |_| self.hand_over());
    }

    /// People outside get what they need now.
    pub fn hand_over(&self) {
        *self.given.lock().unwrap() = outside(&self.nodes.rootfs(0));
    }

    /// The folder in which all of this is.
    #[cfg(feature = "etcd")]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The nodes.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// How a pod is started again.
    pub fn restart_command(&self) -> String {
        operator::restart(&self.folder.join("nodes"), &self.folder.join("ready"))
    }

    /// A file of the first node's PKI.
    pub fn pki(&self, name: &str) -> Vec<u8> {
        pki(&self.nodes.rootfs(0), name)
    }

    /// What people outside have.
    pub fn given(&self) -> Credentials {
        self.given.lock().unwrap().clone()
    }

    /// What each member answers to somebody.
    pub fn ask_all(&self, credentials: &Credentials) -> Vec<Result<u16, Failure>> {
        let ask = |address| {
            let mut client = Client::new(address, credentials)?;
            let body = format!(r#"{{"key": "{}"}}"#, STANDARD.encode("a"));
            Ok(client.ask("POST", "/v3/kv/range", &body)?.status)
        };
        self.addresses().into_iter().map(ask).collect()
    }

    /// Asserts that everything that was written is there, and that nothing failed.
    pub fn nothing_lost(&self, tallies: Vec<Tally>) {
        let outcome = self.outcome(tallies);
        assert!(outcome.failed.is_empty(), "{:?}", outcome.failed);
        assert!(outcome.lost.is_empty(), "lost {:?}", outcome.lost);
    }

    /// What became of everything that was written; asserts that no certificate was the reason that
    /// something had to be tried again.
    pub fn outcome(&self, tallies: Vec<Tally>) -> Outcome {
        let mut outcome = Outcome::default();
        for tally in tallies {
            println!("{tally}");
            assert!(tally.refused.is_empty(), "{tally}: {:?}", tally.refused);
            let there = self.numbers(&tally.name);
            let unknown: BTreeSet<u64> = tally.failed.iter().map(|one| one.number).collect();
            let acknowledged = (1..=tally.written).filter(|number| !unknown.contains(number));
            let lost = acknowledged.filter(|one| !there.contains(one));
            let named = lost.map(|number| format!("{}/{number}", tally.name));
            outcome.lost.extend(named);
            outcome.written += tally.written;
            outcome.retried += tally.retried;
            outcome.longest = outcome.longest.max(tally.longest);
            outcome.failed.extend(tally.failed);
        }
        outcome
    }

    /// Takes out of etcd what is there: it starts the more slowly, the more it holds.
    pub fn empty(&self) {
        let said = self.etcdctl(&["del", "--from-key", "", "-w", "json"]);
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        let revision = said["header"]["revision"].to_string();
        self.etcdctl(&["compact", &revision]);
    }

    /// What is there of what somebody wrote.
    fn numbers(&self, writer: &str) -> BTreeSet<u64> {
        let prefix = format!("{writer}/");
        let read = ["get", "--prefix", &prefix, "--keys-only"];
        let read = self.etcdctl(&read);
        let numbers = read.lines().filter_map(|line| line.strip_prefix(&prefix));
        numbers.map(|number| number.parse().unwrap()).collect()
    }

    /// What etcdctl answers to a client of the first node.
    fn etcdctl(&self, words: &[&str]) -> String {
        let (program, pair) = (&self.programs.etcdctl, "apiserver-etcd-client");
        output(&mut self.nodes.etcdctl(program, pair, words)).unwrap()
    }

    /// Asserts that no certificate kept any connection of a member's from coming about.
    pub fn nobody_complained(&self) {
        for name in NAMES {
            let log = fs::read_to_string(self.folder.join(format!("{name}.etcd.log"))).unwrap();
            let complains = |line: &&str| COMPLAINTS.iter().any(|words| line.contains(words));
            let lines: Vec<&str> = log.lines().filter(complains).collect();
            assert!(lines.is_empty(), "{name}: {lines:#?}");
        }
    }

    /// Asserts that a certificate is in no file of any node's, but for what is kept to take changes
    /// back.
    pub fn nowhere(&self, certificate: &[u8]) {
        let text = String::from_utf8_lossy(certificate);
        // A part of its key: names and times are others' too.
        let line = text.lines().nth(4).unwrap();
        let trees = self.nodes.trees().into_iter();
        let paths = trees.flat_map(|(_, rootfs)| files(&rootfs));
        let holding: Vec<PathBuf> = paths.filter(|path| holds(path, line)).collect();
        // What they hold besides tells whether it was never taken away, or came back.
        let held = holding
            .iter()
            .filter(|path| path.extension().is_some_and(|end| end == "crt"))
            .map(|path| fs::read_to_string(path).unwrap());
        assert!(
            holding.is_empty(),
            "{holding:#?}\n{}",
            held.collect::<String>()
        );
    }
}

/// What became of everything that was written.
#[derive(Default)]
pub struct Outcome {
    pub written: u64,
    /// How many had to be tried again.
    pub retried: u64,
    pub failed: Vec<Failed>,
    /// What was acknowledged and is not there.
    pub lost: Vec<String>,
    /// The longest time that one took.
    pub longest: Duration,
}

/// When two were away, if they were at the same time.
fn both_away(one: &Away, other: &Away) -> Option<(Instant, Instant)> {
    let now = Instant::now();
    let from = one.from.max(other.from);
    let until = one.until.unwrap_or(now).min(other.until.unwrap_or(now));
    (from < until).then_some((from, until))
}

/// A manifest without what came with etcd 3.6.
fn of_old(text: &str) -> String {
    let is_known = |line: &&str| !pod::NEW_FLAGS.iter().any(|flag| line.contains(flag));
    let lines = text.split_inclusive('\n').filter(is_known);
    lines.collect::<String>().replace("/readyz", "/health")
}

/// The copies that somebody is given who uses etcd from elsewhere.
fn outside(rootfs: &Path) -> Credentials {
    Credentials {
        trust: pki(rootfs, "etcd/ca.crt"),
        pair: Some(pair(rootfs, "etcd/healthcheck-client")),
        token: None,
    }
}

/// Whether a file has a text, be it in base64.
fn holds(path: &Path, text: &str) -> bool {
    let content = fs::read(path).unwrap();
    let content = String::from_utf8_lossy(&content);
    let decoded = content
        .split_whitespace()
        .filter_map(|word| STANDARD.decode(word).ok());
    let mut decoded = decoded.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    content.contains(text) || decoded.any(|decoded| decoded.contains(text))
}

/// Every file of a node that the program or a component reads.
fn files(rootfs: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![rootfs.join("etc"), rootfs.join("var/lib/kubelet")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files
}
