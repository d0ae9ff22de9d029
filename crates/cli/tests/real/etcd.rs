//! An etcd of three members runs on what the program makes.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::kinds::KINDS;
use crate::kubepki::{audit, nothing_found};
use crate::nodes::{NAMES, Nodes};
use crate::pod::Pod;
use crate::process::{Process, output, wait_for};
use crate::scratch::Scratch;
use crate::tools;

/// What Go says of a certificate whose authority it does not know.
const UNKNOWN: &str = "x509: certificate signed by unknown authority";

/// What a member that works answers.
const HEALTH: [&str; 2] = ["endpoint", "health"];

/// The file of kube-apiserver's arguments.
const APISERVER: &str = "etc/kubernetes/manifests/kube-apiserver.yaml";

#[test]
fn three_members_run() {
    let (Some(etcd), Some(etcdctl)) = (tools::etcd("etcd"), tools::etcd("etcdctl")) else {
        return;
    };
    for (what, options) in KINDS {
        let scratch = Scratch::new();
        let nodes = Nodes::make(scratch.path(), &options(scratch.path()));
        nothing_found(what, &nodes.trees());
        let mut members = start(&nodes, &etcd, scratch.path());
        let by = |pair, arguments: &[&str]| output(&mut nodes.etcdctl(&etcdctl, pair, arguments));

        wait_for(what, &mut members, || {
            by("etcd/healthcheck-client", &HEALTH)
        });
        let written = ["put", "greeting", "good morning"];
        by("etcd/healthcheck-client", &written).unwrap();
        let read = ["get", "greeting", "--print-value-only"];
        let read = by("apiserver-etcd-client", &read).unwrap();
        assert_eq!(read, "good morning\n", "{what}");

        let soon = [&HEALTH[..], &["--command-timeout=1s"]].concat();
        let refused = || {
            let error = by("apiserver-kubelet-client", &soon).unwrap_err();
            assert_eq!(error.matches("is unhealthy").count(), 3, "{what}: {error}");
            members.iter().all(|member| member.said(UNKNOWN))
        };
        assert!((0..30).any(|_| refused()), "{what}: not for its authority");
        predicted(what, &nodes);
    }
}

/// The audit foresees that etcd refuses the certificate that it just refused.
fn predicted(what: &str, nodes: &Nodes) {
    let manifest = nodes.rootfs(0).join(APISERVER);
    let text = fs::read_to_string(&manifest).unwrap();
    let wrong = text.replace("apiserver-etcd-client", "apiserver-kubelet-client");
    fs::write(manifest, wrong).unwrap();
    let report = audit(&nodes.trees());
    let channels = report["channels"].as_array().unwrap().iter();
    let failing: Vec<_> = channels
        .filter(|channel| channel["verdict"] == "fails")
        .collect();
    assert!(!failing.is_empty(), "{what}");
    for channel in failing {
        assert_eq!(channel["client"], "kube-apiserver@cp-1", "{what}");
        let error = channel["go_error"].as_str().unwrap();
        assert!(error.contains(UNKNOWN), "{what}: {error}");
    }
}

/// What is served is looked at after every restart, as what a member's log says shows: etcd's
/// authority is replaced, and every member started again when it is said to be.
#[test]
fn members_are_looked_at_when_they_were_started_again() {
    let (Some(etcd), Some(etcdctl)) = (tools::etcd("etcd"), tools::etcd("etcdctl")) else {
        return;
    };
    let (what, options) = KINDS[1];
    let scratch = Scratch::new();
    let nodes = Nodes::make(scratch.path(), &options(scratch.path()));
    let mut members = start(&nodes, &etcd, scratch.path());
    let health = |members: &mut Vec<Process>| {
        wait_for(what, members, || {
            output(&mut nodes.etcdctl(&etcdctl, "etcd/healthcheck-client", &HEALTH))
        });
    };
    health(&mut members);
    let wish = scratch.path().join("wish");
    let mut rotate = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    rotate.args(["rotate", "etcd-ca", "--yes"]);
    for (name, rootfs) in nodes.trees() {
        rotate.arg("--rootfs");
        rotate.arg(format!("{name}={}", rootfs.display()));
    }
    // Whoever starts members again is the test: it is told, and waited for.
    let command = format!(
        "echo {{component}}@{{node}} >{0}.new && mv {0}.new {0} && while [ -e {0} ]; do sleep 0.1; done",
        wish.display()
    );
    let mut rotating = rotate
        .args(["--restart-command", &command])
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut restarted = Vec::new();
    while rotating.try_wait().unwrap().is_none() {
        sleep(Duration::from_millis(100));
        let Ok(wanted) = fs::read_to_string(&wish) else {
            continue;
        };
        let (component, node) = wanted.trim_end().split_once('@').unwrap();
        if component == "etcd" {
            let index = NAMES.iter().position(|name| *name == node).unwrap();
            members.remove(index);
            members.insert(index, start_one(&nodes, &etcd, scratch.path(), index));
            restarted.push(index);
        }
        fs::remove_file(&wish).unwrap();
    }
    let rotated = rotating.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&rotated.stderr);
    // It waits for whoever uses etcd from elsewhere.
    assert_eq!(rotated.status.code(), Some(1), "{said}");
    assert!(restarted.len() >= 3, "{restarted:?}: {said}");
    let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("uses etcd from elsewhere"), "{said}");
    for address in &nodes.addresses {
        let seen = format!("serves what its files hold at {address}:2379, {address}:2380");
        assert!(said.contains(&seen), "{seen}: {said}");
    }
    health(&mut members);
    for member in &members {
        let log = member.log();
        let wrong = log
            .lines()
            .find(|line| line.contains("rejected connection"));
        assert_eq!(wrong, None);
    }
}

/// Starts every member as its manifest says.
fn start(nodes: &Nodes, etcd: &Path, logs: &Path) -> Vec<Process> {
    let all = 0..nodes.addresses.len();
    all.map(|index| start_one(nodes, etcd, logs, index))
        .collect()
}

fn start_one(nodes: &Nodes, etcd: &Path, logs: &Path, index: usize) -> Process {
    let rootfs = nodes.rootfs(index);
    let pod = Pod::read(&rootfs, "etcd").below(&rootfs);
    let pod = pod.at(nodes.addresses[index]).for_etcd(etcd);
    Process::start(NAMES[index], &mut pod.command(etcd), logs)
}
