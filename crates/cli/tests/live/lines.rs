//! What programs are told while a change is gone through: a line for whatever happens.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::beside_others;
use crate::nodes::Nodes;
use crate::operator::KUBEPKI;
use crate::scratch::Scratch;
use crate::stand_in::StandIn;

#[test]
fn programs_are_told_what_is_waited_for() {
    let _beside = beside_others();
    let scratch = Scratch::new();
    let nodes = Nodes::make(scratch.path(), &["--key-algorithm=ECDSA-P256".to_owned()]);
    let trees = nodes.trees().into_iter();
    let trees: Vec<String> = trees
        .map(|(name, rootfs)| format!("--rootfs={name}={}", rootfs.display()))
        .collect();
    let kubepki = |words: &[&str]| {
        let mut command = Command::new(KUBEPKI);
        command.args(words).args(&trees).env_clear();
        command
    };
    let begun = kubepki(&["rotate", "sa", "--yes", "--no-restart"]).output();
    let begun = begun.unwrap();
    assert_eq!(begun.status.code(), Some(1), "{begun:?}");

    let stand_in = |place: usize| StandIn::start(nodes.rootfs(place), nodes.addresses[place]);
    let _own = stand_in(0);
    let mut others = Vec::new();
    let mut running = kubepki(&["apply", "--yes", "-o", "json", "--restart-command", "true"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines: Vec<Value> = Vec::new();
    for line in BufReader::new(running.stdout.take().unwrap()).lines() {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
        assert_eq!(line["schema"], "kubepki.apply/v1");
        if line["is"] == "waiting" && others.is_empty() {
            others.extend([1, 2].map(stand_in));
        }
        lines.push(line);
    }
    assert_eq!(running.wait().unwrap().code(), Some(1));

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
