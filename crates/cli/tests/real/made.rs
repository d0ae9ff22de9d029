//! What `kubepki init` makes, in every kind of configuration: the audit finds nothing at all, and every
//! channel's handshake succeeds.

use std::fs;
use std::path::Path;

use time::UtcDateTime;

use crate::handshakes::{Node, all_work, all_work_but};
use crate::kubepki::kubepki;
use crate::scratch::{Scratch, copy};

const NODE: &str = "--node-name=n1";
const ADDRESS: &str = "--apiserver-advertise-address=10.0.0.1";
const FAST: &str = "--key-algorithm=ECDSA-P256";

/// Makes one node and shakes its hands.
fn works(name: &str, arguments: &[&str]) {
    let scratch = Scratch::new();
    make(
        scratch.path(),
        &[&[NODE, ADDRESS, FAST], arguments].concat(),
    );
    judge(name, &scratch, &[]);
}

fn make(root: &Path, arguments: &[&str]) {
    let root = format!("--rootfs={}", root.display());
    let all = [
        "init",
        root.as_str(),
        "--manifests",
        "--kubelet-config",
        "--yes",
    ];
    kubepki(&[&all, arguments].concat());
}

fn judge(name: &str, scratch: &Scratch, unknown: &[&str]) {
    let node = Node::read(scratch.path());
    all_work(name, &[("n1", node)], UtcDateTime::now(), unknown);
}

#[test]
fn every_kind_of_key() {
    for kind in [
        "RSA-2048",
        "RSA-3072",
        "RSA-4096",
        "ECDSA-P256",
        "ECDSA-P384",
        "Ed25519",
    ] {
        let scratch = Scratch::new();
        let kind = format!("--key-algorithm={kind}");
        make(scratch.path(), &[NODE, ADDRESS, &kind]);
        judge(&kind, &scratch, &[]);
    }
}

#[test]
fn every_kind_of_network() {
    works(
        "dual stack",
        &[
            "--service-cidr=10.96.0.0/12,fd00:10::/112",
            "--pod-network-cidr=10.244.0.0/16,fd00:20::/64",
        ],
    );
    works("IPv6 first", &["--service-cidr=fd00:10::/112,10.96.0.0/12"]);
    let scratch = Scratch::new();
    let address = "--apiserver-advertise-address=fd00::1";
    make(
        scratch.path(),
        &[NODE, address, FAST, "--service-cidr=fd00:10::/112"],
    );
    judge("IPv6 only", &scratch, &[]);
    works("a domain", &["--service-dns-domain=cluster.example.org"]);
    works("a port", &["--apiserver-bind-port=7443"]);
    works(
        "more names",
        &["--apiserver-cert-extra-sans=10.9.9.9,*.apps.example,fd00::9,API.Example"],
    );
    works(
        "an endpoint with a name",
        &["--control-plane-endpoint=api.example"],
    );
    works(
        "an endpoint with a port",
        &["--control-plane-endpoint=api.example:8443"],
    );
    works(
        "an endpoint with an address",
        &["--control-plane-endpoint=10.0.0.100:6443"],
    );
    works(
        "an endpoint of IPv6",
        &["--control-plane-endpoint=[fd00::100]:6443"],
    );
}

#[test]
fn other_folders_and_times() {
    works(
        "other folders",
        &["--cert-dir=/srv/pki", "--kubeconfig-dir=/etc/kubernetes"],
    );
    works(
        "short lives",
        &[
            "--certificate-validity-period=4380h",
            "--ca-certificate-validity-period=8760h",
        ],
    );
    let scratch = Scratch::new();
    make(
        scratch.path(),
        &[
            NODE,
            ADDRESS,
            FAST,
            "--certificate-validity-period=87600h",
            "--ca-certificate-validity-period=876000h",
        ],
    );
    let node = Node::read(scratch.path());
    all_work_but(
        "long lives",
        &[("n1", node)],
        UtcDateTime::now(),
        &[],
        &["KP0406"],
    );
}

#[test]
fn below_a_root() {
    let scratch = Scratch::new();
    // Any cluster's CA can be a root, even one of the same name; it should outlive what is below it.
    let other = Scratch::new();
    make(
        other.path(),
        &[
            NODE,
            ADDRESS,
            FAST,
            "--ca-certificate-validity-period=175200h",
        ],
    );
    let pki = other.path().join("etc/kubernetes/pki");
    let root = format!("--root-ca={}", pki.join("ca.crt").display());
    let key = format!("--root-ca-key={}", pki.join("ca.key").display());
    make(scratch.path(), &[NODE, ADDRESS, FAST, &root, &key]);
    judge("below a root", &scratch, &[]);
    let again = Scratch::new();
    let members = [
        "--node=n1=10.0.0.1",
        "--node=n2=10.0.0.2",
        "--node=n3=10.0.0.3",
    ];
    make(
        again.path(),
        &[
            &members[..],
            &[FAST, &root, &key, "--control-plane-endpoint=api.example"],
        ]
        .concat(),
    );
    several("three below a root", again.path());
}

#[test]
fn authorities_that_are_brought_along() {
    let other = Scratch::new();
    make(other.path(), &[NODE, ADDRESS, "--key-algorithm=RSA-2048"]);
    let pki = other.path().join("etc/kubernetes/pki");
    let given = [
        ("ca", "ca"),
        ("etcd-ca", "etcd/ca"),
        ("front-proxy-ca", "front-proxy-ca"),
    ];
    let given = given.iter().flat_map(|(option, base)| {
        ["cert", "key"].map(|half| {
            let end = half.replace("cert", "crt");
            format!("--{option}-{half}={}/{base}.{end}", pki.display())
        })
    });
    let given: Vec<String> = given.collect();
    works(
        "given",
        &given.iter().map(String::as_str).collect::<Vec<_>>(),
    );
}

#[test]
fn authorities_whose_keys_are_elsewhere() {
    let scratch = Scratch::new();
    make(scratch.path(), &[NODE, ADDRESS, FAST]);
    for base in ["ca", "etcd/ca", "front-proxy-ca"] {
        let key = scratch
            .path()
            .join(format!("etc/kubernetes/pki/{base}.key"));
        fs::remove_file(key).unwrap();
    }
    make(scratch.path(), &[NODE, ADDRESS, FAST]);
    // Kubelets get no certificates from the cluster.
    let node = Node::read(scratch.path());
    all_work_but(
        "external",
        &[("n1", node)],
        UtcDateTime::now(),
        &[],
        &["KP0814"],
    );
}

#[test]
fn an_etcd_elsewhere() {
    let other = Scratch::new();
    make(other.path(), &[NODE, ADDRESS, FAST]);
    let scratch = Scratch::new();
    let folder = scratch.path().join("etc/etcd-client");
    fs::create_dir_all(&folder).unwrap();
    let pki = other.path().join("etc/kubernetes/pki");
    for (from, to) in [
        ("etcd/ca.crt", "ca.crt"),
        ("apiserver-etcd-client.crt", "client.crt"),
        ("apiserver-etcd-client.key", "client.key"),
    ] {
        fs::copy(pki.join(from), folder.join(to)).unwrap();
    }
    let text = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\netcd:\n  external:\n    \
        endpoints: [https://etcd.example:2379]\n    caFile: /etc/etcd-client/ca.crt\n    \
        certFile: /etc/etcd-client/client.crt\n    keyFile: /etc/etcd-client/client.key\n";
    let file = other.path().join("config.yaml");
    fs::write(&file, text).unwrap();
    let config = format!("--config={}", file.display());
    make(scratch.path(), &[&config, NODE, ADDRESS, FAST]);
    judge("external etcd", &scratch, &["kube-apiserver->etcd"]);
}

#[test]
fn three_nodes() {
    for kind in ["ECDSA-P256", "Ed25519"] {
        let scratch = Scratch::new();
        let kind = format!("--key-algorithm={kind}");
        let members = [
            "--node=n1=10.0.0.1",
            "--node=n2=10.0.0.2",
            "--node=n3=10.0.0.3",
        ];
        make(
            scratch.path(),
            &[
                &members[..],
                &[&kind, "--control-plane-endpoint=api.example"],
            ]
            .concat(),
        );
        several(&kind, scratch.path());
    }
}

/// A node that joins later, from what the first ones share.
#[test]
fn one_more_node() {
    let scratch = Scratch::new();
    let endpoint = "--control-plane-endpoint=10.0.0.100";
    let members = [
        "--node=n1=10.0.0.1",
        "--node=n2=10.0.0.2",
        "--node=n3=10.0.0.3",
    ];
    make(scratch.path(), &[&members[..2], &[FAST, endpoint]].concat());
    let later = Scratch::new();
    copy(scratch.path(), later.path());
    make(later.path(), &[&members[..], &[FAST, endpoint]].concat());
    several("one more", later.path());
}

fn several(name: &str, root: &Path) {
    let nodes = ["n1", "n2", "n3"].map(|name| (name, Node::read(&root.join(name))));
    all_work(name, &nodes, UtcDateTime::now(), &[]);
}
