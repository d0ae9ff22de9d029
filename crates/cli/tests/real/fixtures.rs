//! What kubeadm made, and what the program makes of the same configuration.

use std::fs;
use std::path::{Path, PathBuf};

use crate::compare::{Tree, differences};
use crate::scratch::{Scratch, copy, shared};

/// The folders of a node in which kubeadm writes.
pub const FOLDERS: [&str; 2] = ["etc/kubernetes", "var/lib/kubelet"];

/// The trees that the real kubeadm made.
pub const FIXTURES: [&str; 2] = ["default", "ecdsa-ha"];

#[test]
fn a_tree_is_like_itself_and_every_change_is_noticed() {
    let Some(fixtures) = fixtures() else { return };
    for fixture in FIXTURES {
        let made = tree_of(&fixtures.join(fixture));
        let same = tree_of(&fixtures.join(fixture));
        assert_eq!(differences(&made, &same), Vec::<String>::new());
    }
    for (path, from, to, noticed) in CHANGES {
        let scratch = Scratch::new();
        copy(&fixtures.join("default"), scratch.path());
        let file = scratch.path().join("rootfs").join(path);
        let content = fs::read_to_string(&file).unwrap();
        assert!(content.contains(from), "{path} has no {from}");
        fs::write(&file, content.replacen(from, to, 1)).unwrap();
        let made = tree_of(&fixtures.join("default"));
        let found = differences(&made, &tree_of(scratch.path())).join("\n");
        assert!(found.contains(noticed), "{path}, {from}: {found}");
    }
}

#[test]
fn trees_of_other_configurations_differ_where_they_should() {
    let Some(fixtures) = fixtures() else { return };
    let found = differences(
        &tree_of(&fixtures.join("default")),
        &tree_of(&fixtures.join("ecdsa-ha")),
    );
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

/// Where the trees are, when they are there.
pub fn fixtures() -> Option<PathBuf> {
    let found = shared("fixtures/kubeadm-1.36");
    if found.is_none() {
        println!("skipped: ../shared/fixtures/kubeadm-1.36 is not there");
    }
    found
}

/// The tree of a fixture, with the modes it had when it was made.
pub fn tree_of(fixture: &Path) -> Tree {
    let modes = fs::read_to_string(fixture.join("modes.txt")).unwrap();
    Tree::read(&fixture.join("rootfs"), &FOLDERS).with_modes(&modes)
}
