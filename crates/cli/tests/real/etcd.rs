//! An etcd of three members runs on what the program makes.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

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

/// Starts every member as its manifest says.
fn start(nodes: &Nodes, etcd: &Path, logs: &Path) -> Vec<Process> {
    let start = |(index, address): (usize, &Ipv4Addr)| {
        let rootfs = nodes.rootfs(index);
        let pod = Pod::read(&rootfs, "etcd").below(&rootfs).at(*address);
        let mut command = pod.for_etcd(etcd).command(etcd);
        Process::start(NAMES[index], &mut command, logs)
    };
    nodes.addresses.iter().enumerate().map(start).collect()
}
