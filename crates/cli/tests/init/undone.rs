//! What was made is a change like any other: listed, and taken back.

use std::fs;
use std::process::Command;

use crate::tree::{NODE, PKI, Said, Scratch, findings, on, output, run, same, snapshot};

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
    let (scratch, trees) = two();
    let made = init_two(&scratch).done();
    made.says(&["kubepki undo ", "takes it back, on each node by itself"]);
    assert_eq!(findings(&trees), Vec::<String>::new());
    let before = snapshot(&scratch.path("n1"));
    run(&["undo", "--yes", "--offline", &trees[1]]).done();
    assert!(!scratch.path("n2/etc").exists());
    same(&before, &snapshot(&scratch.path("n1")));
    init_two(&scratch).done().says(&["kubepki undo "]);
    assert_eq!(findings(&trees), Vec::<String>::new());
}

/// They have one name, by which whoever has the trees of several takes them back at once.
#[test]
fn trees_that_came_together_go_together() {
    let (scratch, trees) = two();
    init_two(&scratch).done();
    let undo = ["undo", "--yes", "--offline", &trees[0], &trees[1]];
    run(&undo).done().says(&["files on 2 nodes"]);
    assert!(["n1/etc", "n2/etc"].map(|etc| scratch.path(etc).exists()) == [false; 2]);
    run(&undo).done().says(&["has been taken back"]);
}

/// Killed when both have begun: in the first tree, and in the second.
#[test]
fn trees_that_were_interrupted_together_go_on_together() {
    if output(Command::new("strace").arg("-V")).code != Some(0) {
        println!("skipped: there is no strace(1), which kills at a call");
        return;
    }
    for number in [1, 40, 80, 130] {
        for (command, comes) in [("undo", false), ("apply", true)] {
            let (scratch, trees) = two();
            let fault = format!("inject=renameat:signal=KILL:when={number}");
            let mut killed = Command::new("strace");
            killed.args([
                "-f",
                "-o",
                "/dev/null",
                "-e",
                "trace=renameat",
                "-e",
                &fault,
            ]);
            killed.arg(env!("CARGO_BIN_EXE_kubepki"));
            output(killed.args(init_of_two(&scratch)));
            let is_open = |tree: &String| run(&["history", tree]).stdout.contains("under way");
            assert!(trees.iter().any(is_open), "{number}");
            run(&[command, "--yes", &trees[0], &trees[1]]).done();
            let is_there = |node| scratch.path(node).join(PKI).join("ca.crt").exists();
            assert_eq!(["n1", "n2"].map(is_there), [comes; 2], "{number}");
            assert!(!trees.iter().any(is_open), "{number}");
        }
    }
}

fn two() -> (Scratch, [String; 2]) {
    let scratch = Scratch::empty();
    let trees = ["n1", "n2"].map(|node| format!("--rootfs={}", scratch.path(node).display()));
    (scratch, trees)
}

fn init_of_two(scratch: &Scratch) -> Vec<String> {
    let root = format!("--rootfs={}", scratch.root().display());
    let words = ["init", &root, "--node=n1=10.0.0.1", "--node=n2=10.0.0.2"];
    let words = words.iter().chain(&NODE[2..]);
    words.map(|word| (*word).to_owned()).collect()
}

fn init_two(scratch: &Scratch) -> Said {
    let words = init_of_two(scratch);
    run(&words.iter().map(String::as_str).collect::<Vec<_>>())
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
