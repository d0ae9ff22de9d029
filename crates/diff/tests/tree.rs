//! Small changes in a tree that kubeadm made, and what is said of them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what is wrong by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cluster::files::Memory;
use cluster::{Files, Inventory};
use kubepki_diff::tree::{Comparison, State, compare};
use kubepki_diff::{Change, Difference};
use time::UtcDateTime;
use time::macros::utc_datetime;
use verify::withheld::{PREFIX, withhold};

const AT: UtcDateTime = utc_datetime!(2026-12-01 0:00);
const PKI: &str = "/etc/kubernetes/pki";
const APISERVER: &str = "/etc/kubernetes/manifests/kube-apiserver.yaml";

type Tree = BTreeMap<String, Vec<u8>>;

fn example(name: &str) -> Tree {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name);
    let mut tree = Tree::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = format!("/{}", path.strip_prefix(&root).unwrap().display());
                    tree.insert(name, fs::read(&path).unwrap());
                }
            }
        }
    }
    tree
}

fn inventory(nodes: &[(Option<&str>, &Tree)]) -> Inventory {
    let files = |tree: &Tree| {
        let files = tree.iter();
        let memory = files.fold(Memory::default(), |memory, (path, bytes)| {
            memory.file(path, bytes.clone())
        });
        Files::in_memory(memory, false)
    };
    let nodes = nodes
        .iter()
        .map(|(name, tree)| (name.map(str::to_owned), files(tree)));
    Inventory::read(nodes.collect())
}

/// The example, and the same after a change.
fn compare_after(change: impl FnOnce(&mut Tree)) -> Comparison {
    let before = example("kubeadm");
    let mut after = before.clone();
    change(&mut after);
    compare(
        &inventory(&[(None, &before)]),
        &inventory(&[(None, &after)]),
        AT,
    )
}

fn edit(tree: &mut Tree, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(tree[path].clone()).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from} in {path}");
    tree.insert(path.to_owned(), text.replace(from, to).into_bytes());
}

/// The only part that differs, with its differences.
fn only_part(comparison: &Comparison) -> (&str, &[Difference]) {
    let [part] = comparison.parts.as_slice() else {
        panic!("{:?}", comparison.parts);
    };
    match &part.state {
        State::Differs(differences) => (&part.name, differences),
        state => panic!("{state:?}"),
    }
}

fn value(a: &str, b: &str) -> Change {
    Change::Value {
        a: Some(a.to_owned()),
        b: Some(b.to_owned()),
    }
}

#[test]
fn a_tree_is_equal_to_itself() {
    let comparison = compare_after(|_| {});
    assert!(comparison.is_equal(), "{comparison:?}");
    // Ten certificates with their keys, sa.key and sa.pub, five kubeconfigs, four manifests and the
    // kubelet's configuration.
    assert_eq!(comparison.same, 32);
}

#[test]
fn a_flag_and_the_channel_that_it_breaks() {
    let comparison = compare_after(|tree| {
        let (from, to) = (
            "--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt",
            "--etcd-cafile=/etc/kubernetes/pki/ca.crt",
        );
        edit(tree, APISERVER, from, to);
        // What does not concern the PKI is not compared.
        edit(tree, APISERVER, "    - --allow-privileged=true\n", "");
    });
    let (name, differences) = only_part(&comparison);
    assert_eq!(name, "kube-apiserver");
    let [difference] = differences else {
        panic!("{differences:?}");
    };
    assert_eq!(difference.what, "--etcd-cafile");
    let paths = [
        "/etc/kubernetes/pki/etcd/ca.crt",
        "/etc/kubernetes/pki/ca.crt",
    ];
    assert_eq!(difference.change, value(paths[0], paths[1]));
    let [(id, of_channel)] = comparison.channels.as_slice() else {
        panic!("{:?}", comparison.channels);
    };
    assert_eq!(id, "kube-apiserver->etcd");
    assert_eq!(of_channel[0].what, "verdict");
}

#[test]
fn lists_are_compared_part_by_part() {
    let comparison = compare_after(|tree| {
        let url = "--etcd-servers=https://127.0.0.1:2379";
        edit(
            tree,
            APISERVER,
            url,
            &format!("{url},https://192.20.97.8:2379"),
        );
    });
    let (_, differences) = only_part(&comparison);
    let added = Change::Set {
        only_a: Vec::new(),
        only_b: vec!["https://192.20.97.8:2379".to_owned()],
    };
    assert_eq!(differences[0].change, added);
}

#[test]
fn files_on_one_side_only() {
    let comparison = compare_after(|tree| {
        tree.remove(&format!("{PKI}/front-proxy-ca.key")).unwrap();
        let certificate = tree[&format!("{PKI}/ca.crt")].clone();
        tree.insert(format!("{PKI}/old-ca.crt"), certificate);
    });
    let parts: Vec<_> = comparison
        .parts
        .iter()
        .map(|part| (&*part.name, &part.state))
        .collect();
    let old = State::OnlyInB("CN=kubernetes".to_owned());
    assert_eq!(
        parts[0],
        (
            "front-proxy-ca key",
            &State::OnlyInA("a private key".to_owned())
        )
    );
    assert_eq!(parts[1].0, "old-ca.crt");
    let (State::OnlyInB(is), State::OnlyInB(wanted)) = (parts[1].1, &old) else {
        panic!("{parts:?}");
    };
    assert!(is.starts_with(wanted), "{is}");
    assert_eq!(parts.len(), 2);
}

#[test]
fn keys_are_the_same_or_not_and_never_shown() {
    let comparison = compare_after(|tree| {
        let key = tree[&format!("{PKI}/sa.key")].clone();
        tree.insert(format!("{PKI}/ca.key"), key);
    });
    let (name, differences) = only_part(&comparison);
    assert_eq!(name, "ca key");
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].change, Change::Hidden);
    let all = format!("{comparison:?}");
    let key = String::from_utf8(example("kubeadm")[&format!("{PKI}/sa.key")].clone()).unwrap();
    for line in key.lines().filter(|line| !line.starts_with("-----")) {
        assert!(!all.contains(line));
    }
}

/// In an archive a key is represented by its public half.
#[test]
fn a_withheld_key_is_the_same_key() {
    let comparison = compare_after(|tree| {
        let path = format!("{PKI}/ca.key");
        let block = x509::pem::blocks(&tree[&path]).next().unwrap();
        let half = withhold(block.content.as_ref().unwrap());
        let label = format!("{PREFIX}{}", block.label);
        tree.insert(path, x509::pem::encode(&label, &half).as_bytes().to_vec());
    });
    assert!(comparison.parts.is_empty(), "{:?}", comparison.parts);
}

#[test]
fn bundles_are_compared_by_certificate() {
    let other = example("kubeadm-ecdsa")[&format!("{PKI}/ca.crt")].clone();
    let comparison = compare_after(|tree| {
        tree.get_mut(&format!("{PKI}/ca.crt"))
            .unwrap()
            .extend(&other);
    });
    let (name, differences) = only_part(&comparison);
    assert_eq!(name, "ca");
    let Change::Set { only_a, only_b } = &differences[0].change else {
        panic!("{differences:?}");
    };
    assert!(only_a.is_empty());
    assert_eq!(only_b.len(), 1);
    assert!(
        only_b[0].starts_with("CN=kubernetes (sha256 "),
        "{only_b:?}"
    );
}

#[test]
fn certificates_are_compared_field_by_field() {
    let comparison = compare_after(|tree| {
        let scheduler = tree["/etc/kubernetes/scheduler.conf"].clone();
        tree.insert(
            "/etc/kubernetes/controller-manager.conf".to_owned(),
            scheduler,
        );
    });
    let (name, differences) = only_part(&comparison);
    assert_eq!(name, "controller-manager.conf");
    let subject = differences
        .iter()
        .find(|one| one.what == "client certificate: subject")
        .unwrap();
    let names = [
        "CN=system:kube-controller-manager",
        "CN=system:kube-scheduler",
    ];
    assert_eq!(subject.change, value(names[0], names[1]));
    let meaning = subject.meaning.as_deref().unwrap();
    assert!(
        meaning.contains(
            "for user system:kube-scheduler, not for user system:kube-controller-manager"
        )
    );
    assert!(
        differences
            .iter()
            .any(|one| one.what == "client key: private key")
    );
    let [(id, _)] = comparison.channels.as_slice() else {
        panic!("{:?}", comparison.channels);
    };
    assert_eq!(id, "kube-controller-manager->kube-apiserver");
}

#[test]
fn nodes_are_told_apart_by_name() {
    let (one, two) = (example("kubeadm"), example("kubeadm-ecdsa"));
    let a = inventory(&[(Some("cp-1"), &one), (Some("cp-2"), &two)]);
    let b = inventory(&[(Some("cp-2"), &two), (Some("cp-3"), &one)]);
    let comparison = compare(&a, &b, AT);
    let what = || "the node's files".to_owned();
    let parts: Vec<_> = comparison
        .parts
        .iter()
        .map(|part| (&*part.name, &part.state))
        .collect();
    assert_eq!(
        parts,
        [
            ("cp-1", &State::OnlyInA(what())),
            ("cp-3", &State::OnlyInB(what())),
        ]
    );
}
