//! What kubeadm made, and what the program makes of the same configuration.

use std::fs;
use std::path::{Path, PathBuf};

use crate::compare::{Tree, differences};
use crate::kubepki::{init, nothing_found};
use crate::scratch::{Scratch, copy};

/// The folders of a node in which kubeadm writes.
pub const FOLDERS: [&str; 2] = ["etc/kubernetes", "var/lib/kubelet"];

/// The modes of either tree when the real kubeadm made it; git does not keep them.
const MODES: &str = include_str!("../data/kubeadm-modes");

/// Folders that were on the node before, as on Debian: the manifests mount them.
const BEFORE: [&str; 3] = [
    "etc/ca-certificates",
    "usr/share/ca-certificates",
    "usr/local/share/ca-certificates",
];

#[test]
fn the_program_makes_what_kubeadm_made() {
    for (example, before) in [("kubeadm", &BEFORE[..]), ("kubeadm-ecdsa", &[])] {
        let made = Scratch::new();
        for folder in before {
            fs::create_dir_all(made.path().join(folder)).unwrap();
        }
        let configuration = examples().join(format!("{example}.yaml"));
        init(&configuration, made.path(), &[]);
        let found = differences(&tree_of(example), &Tree::read(made.path(), &FOLDERS));
        assert!(found.is_empty(), "{example}: {found:#?}");
        nothing_found(example, &[("cp", made.path())]);
    }
}

#[test]
fn a_tree_is_like_itself_and_every_change_is_noticed() {
    for example in ["kubeadm", "kubeadm-ecdsa"] {
        let found = differences(&tree_of(example), &tree_of(example));
        assert_eq!(found, Vec::<String>::new());
    }
    for (path, from, to, noticed) in CHANGES {
        let scratch = Scratch::new();
        copy(&examples().join("kubeadm"), scratch.path());
        let file = scratch.path().join(path);
        let content = fs::read_to_string(&file).unwrap();
        assert!(content.contains(from), "{path} has no {from}");
        fs::write(&file, content.replacen(from, to, 1)).unwrap();
        let changed = Tree::read(scratch.path(), &FOLDERS).with_modes(MODES);
        let found = differences(&tree_of("kubeadm"), &changed).join("\n");
        assert!(found.contains(noticed), "{path}, {from}: {found}");
    }
}

#[test]
fn trees_of_other_configurations_differ_where_they_should() {
    let found = differences(&tree_of("kubeadm"), &tree_of("kubeadm-ecdsa"));
    for expected in [
        "etc/kubernetes/pki/apiserver.crt: - extension 2.5.29.17 ",
        "etc/kubernetes/pki/etcd/server.crt: + subject O= CN=cp-1.example.internal",
        "etc/kubernetes/pki/ca.key: + block EC PRIVATE KEY",
        "etc/kubernetes/admin.conf: +     server: https://k8s-api.example.internal:8443",
        "var/lib/kubelet/config.yaml: - - 10.96.0.10",
    ] {
        assert!(
            found.iter().any(|line| line.starts_with(expected)),
            "{expected} is not in {found:#?}"
        );
    }
}

/// A change of one file, and what has to be said of it.
const CHANGES: [(&str, &str, &str, &str); 5] = [
    (
        "etc/kubernetes/pki/sa.key",
        "-----END RSA PRIVATE KEY-----\n",
        "-----END RSA PRIVATE KEY-----\n\n",
        "not as Go writes PEM",
    ),
    (
        "etc/kubernetes/admin.conf",
        "name: kubernetes-admin",
        "name: kubernetes-Admin",
        "admin.conf: + ",
    ),
    (
        "etc/kubernetes/manifests/etcd.yaml",
        "--client-cert-auth=true",
        "--client-cert-auth=false",
        "etcd.yaml: - ",
    ),
    (
        "etc/kubernetes/manifests/etcd.yaml",
        "status: {}\n",
        "status: {}",
        "etcd.yaml: ",
    ),
    (
        "etc/kubernetes/kubelet.conf",
        "    server: https://192.20.97.8:6443",
        "    server: https://192.20.97.8:6444",
        "kubelet.conf: - ",
    ),
];

/// What is for show and for tests.
pub fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// The tree of an example, with the modes it had when it was made.
fn tree_of(example: &str) -> Tree {
    Tree::read(&examples().join(example), &FOLDERS).with_modes(MODES)
}
