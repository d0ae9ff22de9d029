//! What programs are told while a change is gone through: a line for whatever happens.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use jsonschema::Validator;
use serde_json::Value;

use crate::beside_others;
use crate::members::Members;
use crate::nodes::Nodes;
use crate::operator::KUBEPKI;
use crate::scratch::Scratch;
use crate::stand_in::StandIn;

/// What a line is like.
const SCHEMA: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../schemas/apply-v1.schema.json"
);

/// The program, and what it says, line by line; each is as the schema has it.
struct Told {
    running: Child,
    lines: Lines<BufReader<ChildStdout>>,
    schema: Validator,
}

impl Told {
    fn start(command: &mut Command) -> Self {
        let schema = serde_json::from_slice(&fs::read(SCHEMA).unwrap()).unwrap();
        let mut running = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Told {
            lines: BufReader::new(running.stdout.take().unwrap()).lines(),
            running,
            schema: jsonschema::draft202012::new(&schema).unwrap(),
        }
    }
}

impl Iterator for Told {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        let line: Value = serde_json::from_str(&self.lines.next()?.unwrap()).unwrap();
        let errors = self.schema.iter_errors(&line);
        let errors: Vec<String> = errors.map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{line}");
        Some(line)
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}

/// The program for these nodes.
fn kubepki(nodes: &Nodes, words: &[&str]) -> Command {
    let mut command = Command::new(KUBEPKI);
    command.args(words);
    for (name, rootfs) in nodes.trees() {
        command.arg(format!("--rootfs={name}={}", rootfs.display()));
    }
    command
}

/// Begins a change, which stops before the first restart.
fn begin(nodes: &Nodes, what: &str) {
    let begun = kubepki(nodes, &["rotate", what, "--yes", "--no-restart"]).output();
    let begun = begun.unwrap();
    assert_eq!(begun.status.code(), Some(1), "{begun:?}");
}

#[test]
fn programs_are_told_what_is_waited_for() {
    let _beside = beside_others();
    let scratch = Scratch::new();
    let nodes = Nodes::make(scratch.path(), &["--key-algorithm=ECDSA-P256".to_owned()]);
    begin(&nodes, "sa");
    let stand_in = |place: usize| StandIn::start(nodes.rootfs(place), nodes.addresses[place]);
    let _own = stand_in(0);
    let mut others = Vec::new();
    let words = ["apply", "--yes", "-o", "json", "--restart-command", "true"];
    let mut told = Told::start(&mut kubepki(&nodes, &words));
    let mut lines: Vec<Value> = Vec::new();
    for line in &mut told {
        if line["is"] == "waiting" && others.is_empty() {
            others.extend([1, 2].map(stand_in));
        }
        lines.push(line);
    }
    assert_eq!(told.running.wait().unwrap().code(), Some(1));

    let waiting: Vec<usize> = (0..lines.len())
        .filter(|at| lines[*at]["is"] == "waiting")
        .collect();
    let [at] = waiting[..] else {
        panic!("{lines:#?}");
    };
    let [begins, waits, seen] = [at - 1, at, at + 1].map(|at| &lines[at]);
    assert_eq!(begins["is"], "begins");
    assert_eq!(begins["do"], "restart");
    for line in [waits, seen] {
        assert_eq!(line["step"], begins["step"], "{lines:#?}");
        assert_eq!(line["node"], "cp-1", "{lines:#?}");
    }
    let says = waits["says"].as_str().unwrap();
    let facts = [
        "kube-apiserver on cp-2 does not answer",
        "kube-apiserver on cp-3 does not answer",
        "restarting this one now would leave none",
    ];
    assert!(facts.iter().all(|fact| says.contains(fact)), "{says}");
    assert_eq!(seen["is"], "looked-at");
    let ready = format!("https://{}:6443/readyz", nodes.addresses[0]);
    assert_eq!(seen["ready_at"], ready);
    assert_eq!(seen["not_asked"], Value::Null);
    let last = lines.last().unwrap();
    assert_eq!(last["state"], "under-way");
    assert!(last["waits"].is_number(), "{last}");
}

/// Real members: two of three are left, and one of those would have to go.
#[test]
fn no_member_is_started_again_while_another_is_away() {
    let (_beside, scratch) = (beside_others(), Scratch::new());
    let Some(members) = Members::running(scratch.path()) else {
        return;
    };
    begin(members.nodes(), "etcd-ca");
    members.stop(2);
    let restart = members.restart_command();
    let words = [
        "apply",
        "--yes",
        "-o",
        "json",
        "--restart-command",
        &restart,
    ];
    let told = Told::start(&mut kubepki(members.nodes(), &words));
    let mut waited = None;
    for line in told {
        if line["is"] == "waiting" {
            let says = line["says"].as_str().unwrap();
            let facts = ["etcd on cp-3 does not answer", "cost the quorum"];
            assert!(facts.iter().all(|fact| says.contains(fact)), "{says}");
            waited = Some(line["step"].clone());
            members.start_again(2);
        } else if line["is"] == "looked-at" {
            assert_eq!(Some(&line["step"]), waited.as_ref(), "{line}");
            assert!(line["ready_at"].is_string(), "{line}");
            return;
        }
    }
    panic!("nothing was started again");
}
