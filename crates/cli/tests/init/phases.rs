//! Parts made alone, and being asked.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::tree::{NODE, Said, Scratch, output, program, said, same};

fn phase(node: &Scratch, words: &[&str]) -> Said {
    node.init_only(&[words, &NODE[..3]].concat())
}

/// Every file of the node's tree.
fn files(node: &Scratch) -> Vec<String> {
    let entries = node.tree();
    let paths = entries
        .keys()
        .filter(|path| node.root().join(path).is_file());
    paths.map(|path| path.display().to_string()).collect()
}

#[test]
fn each_part_can_be_made_by_its_name() {
    let node = Scratch::empty();
    let pki = |name: &str| format!("etc/kubernetes/pki/{name}");
    phase(&node, &["certs", "ca"]).done();
    assert_eq!(files(&node), [pki("ca.crt"), pki("ca.key")]);
    phase(&node, &["certs", "apiserver"]).done();
    phase(&node, &["certs", "sa"]).done();
    let made = [
        "apiserver.crt",
        "apiserver.key",
        "ca.crt",
        "ca.key",
        "sa.key",
        "sa.pub",
    ]
    .map(pki);
    assert_eq!(files(&node), made);
    phase(&node, &["kubeconfig", "admin"]).done();
    assert_eq!(files(&node)[0], "etc/kubernetes/admin.conf");
    assert_eq!(files(&node).len(), 7);
    phase(&node, &["manifests"]).done();
    assert_eq!(files(&node).len(), 11);
    phase(&node, &["kubelet"]).done();
    assert!(node.path("var/lib/kubelet/config.yaml").exists());
    phase(&node, &["certs", "etcd-ca", "etcd-peer"]).done();
    node.init(&[]).done();
    assert_eq!(node.findings(), Vec::<String>::new());
}

#[test]
fn a_leaf_needs_its_authority_first() {
    let node = Scratch::empty();
    let before = node.snapshot();
    for (words, remedy) in [
        (["certs", "apiserver"], "kubepki init certs ca"),
        (["certs", "etcd-peer"], "kubepki init certs etcd-ca"),
        (["kubeconfig", "admin"], "kubepki init certs ca"),
    ] {
        let said = phase(&node, &words);
        assert_eq!(said.code, Some(1), "{said:?}");
        said.says(&["cannot be issued: there is no authority", remedy]);
        same(&before, &node.snapshot());
    }
}

#[test]
fn unknown_names_are_told() {
    let node = Scratch::empty();
    for words in [
        &["certs", "bogus"][..],
        &["certs", "admin"],
        &["kubeconfig", "apiserver"],
        &["certs", "ca", "Apiserver"],
        &["bogus"],
        &["certs", ""],
    ] {
        let said = phase(&node, words);
        assert_eq!(said.code, Some(2), "{words:?}: {said:?}");
        assert!(!said.stderr.is_empty() && !node.root().exists());
    }
}

#[test]
fn a_dry_run_writes_nothing_at_all() {
    let node = Scratch::empty();
    let shown = phase(&node, &["--dry-run", "--manifests"]).done();
    shown.says(&[
        "31 files would be written",
        "/etc/kubernetes/pki/ca.{key,crt}",
    ]);
    assert!(!shown.stdout.contains("PRIVATE"));
    assert!(node.snapshot().is_empty());
    let node = Scratch::full()
        .without(&[
            "etc/kubernetes/pki/apiserver.crt",
            "etc/kubernetes/pki/apiserver.key",
        ])
        .with(
            "etc/kubernetes/pki/.ca.key.kubepki-0000000100000000",
            "left by somebody",
        );
    let before = node.snapshot();
    phase(&node, &["--dry-run"])
        .done()
        .says(&["2 files would be written"]);
    phase(&node, &["--dry-run", "-o", "json"])
        .done()
        .says(&["\"written\": false"]);
    same(&before, &node.snapshot());
    assert_eq!(phase(&node, &["--dry-run", "--yes"]).code, Some(2));
}

#[test]
fn nobody_to_ask_is_no() {
    let node = Scratch::full().without(&["etc/kubernetes/admin.conf"]);
    let before = node.snapshot();
    let said = phase(&node, &[]);
    assert_eq!(said.code, Some(1), "{said:?}");
    said.says(&["nobody to ask: nothing was changed", "--yes"]);
    same(&before, &node.snapshot());
    // An answer that comes through a pipe is nobody's.
    let root = format!("--rootfs={}", node.root().display());
    let mut child = program()
        .args(["init", &root])
        .args(&NODE[..3])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have ended already, without looking.
    let _ = child.stdin.take().unwrap().write_all(b"y\n");
    assert_eq!(said_code(child.wait_with_output().unwrap()), Some(1));
    same(&before, &node.snapshot());
    phase(&node, &["--yes"]).done();
    assert!(node.path("etc/kubernetes/admin.conf").exists());
}

#[test]
fn somebody_at_a_terminal_is_asked() {
    if output(Command::new("script").arg("--version")).code != Some(0) {
        println!("skipped: there is no script(1), which makes a terminal");
        return;
    }
    let node = Scratch::full().without(&["etc/kubernetes/admin.conf"]);
    let before = node.snapshot();
    for (answer, code) in [
        ("n\n", Some(1)),
        ("\n", Some(1)),
        ("yes please\n", Some(1)),
        ("y\n", Some(0)),
    ] {
        same(&before, &node.snapshot());
        let program = env!("CARGO_BIN_EXE_kubepki");
        let line = format!(
            "{program} init --rootfs={} {}",
            node.root().display(),
            NODE[..3].join(" ")
        );
        let mut script = Command::new("script");
        script.args(["-qec", &line, "/dev/null"]);
        let mut child = script
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(answer.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), code, "{answer:?}: {text}");
        assert!(text.contains("Write this? [y/N]"), "{text}");
    }
    assert!(node.path("etc/kubernetes/admin.conf").exists());
}

fn said_code(output: std::process::Output) -> Option<i32> {
    said(output).code
}
