//! Every channel of every kind of tree shakes hands, and what is spoilt does not.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use time::UtcDateTime;
use time::macros::utc_datetime;

use crate::fixtures::examples;
use crate::handshakes::{Node, all_work, fail};
use crate::kinds::KINDS;
use crate::kubepki::init;
use crate::scratch::Scratch;

/// When what lies in `examples/` is valid.
const EXAMPLES_AT: UtcDateTime = utc_datetime!(2026-12-01 0:00);

#[test]
fn what_kubeadm_made_works_until_it_is_spoilt() {
    for example in ["kubeadm", "kubeadm-ecdsa"] {
        let node = Node::read(&examples().join(example));
        all_work(example, &[("cp", node.clone())], EXAMPLES_AT, &[]);
        every_fault(&node, EXAMPLES_AT);
    }
}

#[test]
fn what_the_program_makes_works_until_it_is_spoilt() {
    for (what, options) in KINDS {
        let scratch = Scratch::new();
        let options = options(scratch.path());
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let rootfs = scratch.path().join("rootfs");
        fs::create_dir(&rootfs).unwrap();
        init(&examples().join("kubeadm.yaml"), &rootfs, &options);
        let node = Node::read(&rootfs);
        let now = UtcDateTime::now();
        all_work(what, &[("cp", node.clone())], now, &[]);
        every_fault(&node, now);
    }
}

/// Spoils a working tree in every way, one at a time.
fn every_fault(node: &Node, at: UtcDateTime) {
    for (name, spoil, channels) in FAULTS {
        let mut spoilt = node.clone();
        spoil(&mut spoilt);
        fail(name, &[("cp", spoilt)], at, channels);
    }
    let later = UtcDateTime::from_unix_timestamp(at.unix_timestamp() + 30 * 365 * 86400).unwrap();
    fail("years later", &[("cp", node.clone())], later, TO_APISERVER);
}

/// A mistake: its name, how it is made, and the channels that it breaks.
type Fault = (&'static str, fn(&mut Node), &'static [&'static str]);

const TO_APISERVER: &[&str] = &[
    "kubelet->kube-apiserver",
    "kube-controller-manager->kube-apiserver",
    "kube-scheduler->kube-apiserver",
    "admin->kube-apiserver",
    "super-admin->kube-apiserver",
];

const TO_ETCD: &[&str] = &["kube-apiserver->etcd", "etcd-healthcheck->etcd"];

const FAULTS: &[Fault] = &[
    (
        "kube-apiserver trusts the cluster's CA for etcd",
        |node| {
            let flag = "--etcd-cafile=/etc/kubernetes/pki/";
            node.replace(
                APISERVER,
                &format!("{flag}etcd/ca.crt"),
                &format!("{flag}ca.crt"),
            );
        },
        &["kube-apiserver->etcd"],
    ),
    (
        "etcd's CA is another",
        |node| node.put(&pki("etcd/ca.crt"), &pki("front-proxy-ca.crt")),
        &[
            "etcd->etcd",
            "kube-apiserver->etcd",
            "etcd-healthcheck->etcd",
        ],
    ),
    (
        "kube-apiserver presents the front proxy's pair",
        |node| node.put_pair(&pki("apiserver"), &pki("front-proxy-client")),
        TO_APISERVER,
    ),
    (
        "kube-apiserver's key is another's",
        |node| node.put(&pki("apiserver.key"), &pki("front-proxy-client.key")),
        TO_APISERVER,
    ),
    (
        "kube-apiserver goes to etcd with a certificate of the cluster's CA",
        |node| {
            node.put_pair(
                &pki("apiserver-etcd-client"),
                &pki("apiserver-kubelet-client"),
            )
        },
        &["kube-apiserver->etcd"],
    ),
    (
        "etcd serves with a client's certificate",
        |node| node.put_pair(&pki("etcd/server"), &pki("etcd/healthcheck-client")),
        TO_ETCD,
    ),
    (
        "a client's certificate serves where the peers meet",
        |node| node.put_pair(&pki("etcd/peer"), &pki("etcd/healthcheck-client")),
        &["etcd->etcd"],
    ),
    (
        "admin.conf trusts another CA",
        |node| {
            const FIELD: &str = "certificate-authority-data: ";
            let ours = node.value(ADMIN, FIELD);
            let other = STANDARD.encode(node.get(&pki("front-proxy-ca.crt")));
            node.replace(ADMIN, &format!("{FIELD}{ours}"), &format!("{FIELD}{other}"));
        },
        &["admin->kube-apiserver"],
    ),
    (
        "admin.conf goes to an address that the certificate does not name",
        |node| {
            let server = node.value(ADMIN, "server: ");
            node.replace(ADMIN, &server, "https://198.51.100.1:6443");
        },
        &["admin->kube-apiserver"],
    ),
    (
        "kube-apiserver takes clients of the front proxy's CA only",
        |node| {
            let flag = "--client-ca-file=/etc/kubernetes/pki/";
            node.replace(
                APISERVER,
                &format!("{flag}ca.crt"),
                &format!("{flag}front-proxy-ca.crt"),
            );
        },
        TO_APISERVER,
    ),
    (
        "the front proxy's certificate is of the cluster's CA",
        |node| node.put_pair(&pki("front-proxy-client"), &pki("apiserver-kubelet-client")),
        &["kube-apiserver->aggregated-apiserver"],
    ),
    (
        "the kubelet takes clients of etcd's CA only",
        |node| {
            node.replace(
                "/var/lib/kubelet/config.yaml",
                "clientCAFile: /etc/kubernetes/pki/ca.crt",
                "clientCAFile: /etc/kubernetes/pki/etcd/ca.crt",
            );
        },
        &["kube-apiserver->kubelet"],
    ),
];

const APISERVER: &str = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const ADMIN: &str = "/etc/kubernetes/admin.conf";

fn pki(name: &str) -> String {
    format!("/etc/kubernetes/pki/{name}")
}
