//! What was made is a change like any other: listed, and taken back.

use std::fs;

use crate::tree::{NODE, Scratch, findings, on, run, same, snapshot};

const APISERVER: [&str; 2] = [
    "etc/kubernetes/pki/apiserver.crt",
    "etc/kubernetes/pki/apiserver.key",
];

#[test]
fn nothing_stays_of_what_came() {
    let scratch = Scratch::empty();
    let said = scratch.init(&[]).done();
    said.says(&["note: kubepki undo ", " takes it back"]);
    on(&scratch, &["history"]).says(&["init", "done"]);
    // Whoever runs by these files would stop.
    on(&scratch, &["undo", "--dry-run"]).says(&["remove /etc/kubernetes", "not safe"]);
    let before = scratch.snapshot();
    let unmeant = on(&scratch, &["undo", "--yes"]);
    assert_eq!(unmeant.code, Some(1), "{unmeant:?}");
    let id = said.stderr.split_whitespace().nth(3).unwrap();
    unmeant.says(&[
        "not said which change is meant",
        &format!("kubepki undo {id} --yes"),
    ]);
    same(&before, &scratch.snapshot());
    on(&scratch, &["undo", id, "--yes"]).says(&["taken back", "34 files on 1 node"]);
    let left: Vec<String> = scratch
        .tree()
        .keys()
        .map(|path| path.display().to_string())
        .collect();
    // What is written about changes lies there.
    assert_eq!(left, ["var", "var/lib"]);
    on(&scratch, &["history"]).says(&["init", "taken back"]);
    scratch.init(&[]).done();
    assert_eq!(scratch.findings(), Vec::<String>::new());
}

#[test]
fn what_was_there_stays() {
    let scratch = Scratch::full().without(&APISERVER);
    let before = scratch.tree();
    let said = scratch.init(&[]).done();
    // Something runs by the files that are there.
    said.says(&["proven: 1 step, 1 node"]);
    on(&scratch, &["undo", "--yes", "--offline"]).done();
    same(&before, &scratch.tree());
    on(&scratch, &["undo", "--yes"]).says(&["has been taken back"]);
}

#[test]
fn what_was_replaced_is_put_back() {
    let manifest = "etc/kubernetes/manifests/kube-scheduler.yaml";
    let scratch = Scratch::full().with(manifest, "kind: Pod\n");
    let before = scratch.tree();
    scratch.init(&[]).done().says(&["replaced"]);
    on(&scratch, &["undo", "--yes", "--offline"]).done();
    same(&before, &scratch.tree());
}

#[test]
fn a_folder_that_somebody_uses_stays() {
    let scratch = Scratch::full().with("etc/kubernetes/mine", "mine");
    on(&scratch, &["undo", "--yes", "--offline"]).done();
    assert!(scratch.path("etc/kubernetes/mine").exists());
    assert!(!scratch.path("etc/kubernetes/pki").exists());
    assert!(!scratch.path("var/lib/etcd").exists());
}

#[test]
fn nothing_to_do_is_no_change() {
    let scratch = Scratch::full();
    let before = scratch.snapshot();
    scratch.init(&[]).done();
    same(&before, &scratch.snapshot());
}

#[test]
fn another_change_comes_to_its_end_first() {
    let scratch = Scratch::full().without(&["etc/kubernetes/admin.conf"]);
    let waits = ["rotate", "sa", "--yes", "--no-restart"];
    assert_eq!(on(&scratch, &waits).code, Some(1));
    let before = scratch.snapshot();
    let said = scratch.init(&[]);
    assert_eq!(said.code, Some(2), "{said:?}");
    said.says(&["is not finished", "kubepki apply", "kubepki undo"]);
    same(&before, &scratch.snapshot());
}

/// Each node's tree can be copied to its node: it has all that is needed there.
#[test]
fn each_tree_has_a_change_of_its_own() {
    let scratch = Scratch::empty();
    let root = format!("--rootfs={}", scratch.root().display());
    let nodes = ["--node=n1=10.0.0.1", "--node=n2=10.0.0.2"];
    let all = [&["init", &root], &nodes[..], &NODE[2..]].concat();
    run(&all)
        .done()
        .says(&["kubepki undo takes it back, on each node by itself"]);
    let trees = ["n1", "n2"].map(|node| format!("--rootfs={}", scratch.path(node).display()));
    assert_eq!(findings(&trees), Vec::<String>::new());
    let before = snapshot(&scratch.path("n1"));
    run(&["undo", "--yes", "--offline", &trees[1]]).done();
    assert!(!scratch.path("n2/etc").exists());
    same(&before, &snapshot(&scratch.path("n1")));
    run(&all).done().says(&["kubepki undo "]);
    assert_eq!(findings(&trees), Vec::<String>::new());
}

/// In all trees or in none.
#[test]
fn what_cannot_be_written_in_one_tree_is_in_none() {
    let scratch = Scratch::empty();
    let root = format!("--rootfs={}", scratch.root().display());
    // A symbolic link that leads nowhere, in the place of a folder.
    fs::create_dir_all(scratch.path("n2/var/lib")).unwrap();
    std::os::unix::fs::symlink("/nowhere", scratch.path("n2/var/lib/etcd")).unwrap();
    std::os::unix::fs::symlink("/nowhere", scratch.path("n2/etc")).unwrap();
    let before = snapshot(&scratch.path("n2"));
    let nodes = ["--node=n1=10.0.0.1", "--node=n2=10.0.0.2"];
    let said = run(&[&["init", &root], &nodes[..], &NODE[2..]].concat());
    assert_eq!(said.code, Some(2), "{said:?}");
    same(&before, &snapshot(&scratch.path("n2")));
    assert!(!scratch.path("n1/etc").exists(), "{said:?}");
    let tree = format!("--rootfs={}", scratch.path("n1").display());
    run(&["history", &tree]).says(&["taken back"]);
}
