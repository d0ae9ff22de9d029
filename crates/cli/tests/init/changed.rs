//! What was made is changed by a plan, killed on the way, gone on with, and taken back.

use std::fs;
use std::process::{Command, Stdio};

use crate::tree::{Scratch, on, output, program};

#[test]
fn there_and_back() {
    let scratch = Scratch::full();
    let first = scratch.tree();
    let asked = on(&scratch, &["rotate", "ca"]);
    assert_eq!(asked.code, Some(1));
    assert_eq!(scratch.tree(), first);
    on(&scratch, &["rotate", "ca", "--yes", "--offline"]).done();
    assert_ne!(scratch.tree(), first);
    assert_eq!(scratch.findings(), Vec::<String>::new());
    on(&scratch, &["history"]).says(&["rotate ca", "done"]);
    let changed = scratch.tree();
    on(&scratch, &["undo", "--dry-run"]).says(&["before: old and new are trusted", "proven"]);
    on(&scratch, &["undo", "--dry-run", "-o", "json"]).says(&["\"kubepki.plan/v1\""]);
    assert_eq!(scratch.tree(), changed);
    on(&scratch, &["undo", "--yes", "--offline"]).says(&["taken back"]);
    assert_eq!(scratch.tree(), first);
    on(&scratch, &["history", "forget", "--all"]).done();
    on(&scratch, &["history"]).says(&["taken back", "forgotten"]);
}

/// Whoever trusts the old authority alone, and verifies with OpenSSL, verifies what is served.
#[test]
fn what_is_served_is_verified_with_the_old_authority() {
    let scratch = Scratch::full();
    let pki = scratch.root().join("etc/kubernetes/pki");
    let old = scratch.root().join("old.crt");
    std::fs::copy(pki.join("ca.crt"), &old).unwrap();
    on(&scratch, &["rotate", "ca", "--yes", "--offline"]).done();
    let served = pki.join("apiserver.crt");
    for trusted in [&old, &pki.join("ca.crt")] {
        let mut openssl = Command::new("openssl");
        openssl.args(["verify", "-purpose", "sslserver", "-CAfile"]);
        openssl.arg(trusted).arg("-untrusted").args([&served; 2]);
        output(&mut openssl).done();
    }
}

#[test]
fn objects_are_steps() {
    let scratch = Scratch::full();
    let dump = scratch.beside("info.yaml");
    let info = on(&scratch, &["bundle", "cluster-info"]);
    fs::write(&dump, &info.stdout).unwrap();
    let dump = format!("--objects={}", dump.display());
    let plan = on(&scratch, &["rotate", "ca", "--dry-run", &dump]);
    let put = "put the other authority too into ConfigMap kube-public/cluster-info";
    plan.says(&[put, "start pods again that read"]);
    plan.done();
    let unknown = on(&scratch, &["rotate", "ca", "--dry-run"]);
    unknown.says(&["into the webhooks' bundles that hold"]);
    let json = on(&scratch, &["rotate", "ca", "-o", "json", &dump]);
    json.says(&["\"publish\"", "/data/kubeconfig"]);
    // Where no API can be asked, somebody does it, and is told how.
    on(&scratch, &["rotate", "ca", "--yes", "--offline", &dump]).done();
    let finish = ["rotate", "ca", "--finish", "--keep-old", "0", "--dry-run"];
    let end = on(&scratch, &finish);
    end.says(&["take the old authority out of the webhooks' bundles"]);
}

#[test]
fn the_old_one_is_kept_for_a_while() {
    let scratch = Scratch::full();
    on(&scratch, &["rotate", "sa", "--yes", "--offline"]).done();
    let finish = ["rotate", "sa", "--finish", "--dry-run"];
    let early = on(&scratch, &finish);
    assert_eq!(early.code, Some(1));
    early.says(&["is kept until", "--keep-old 0"]);
    on(&scratch, &[&finish[..], &["--keep-old", "0"]].concat()).done();
    on(&scratch, &[&finish[..], &["--at", "2030-01-01"]].concat()).done();
    let other = on(&scratch, &["rotate", "etcd-ca", "--finish", "--dry-run"]);
    other.says(&["nothing to finish"]);
}

#[test]
fn somebody_is_waited_for() {
    let scratch = Scratch::full();
    // Nothing is dialled: loopback of a node is not this machine's.
    let manifest = scratch.path("etc/kubernetes/manifests/kube-apiserver.yaml");
    if manifest.exists() {
        let text = fs::read_to_string(&manifest).unwrap();
        fs::write(&manifest, text.replace("10.0.0.1", "127.0.0.1")).unwrap();
    }
    let waits = on(&scratch, &["rotate", "sa", "--yes"]);
    assert_eq!(waits.code, Some(1));
    waits.says(&["step 2 waits for you (n1)", "--done 2"]);
    let refused = on(&scratch, &["renew", "apiserver", "--yes", "--offline"]);
    assert_eq!(refused.code, Some(2));
    refused.says(&["is not finished", "kubepki undo"]);
    on(&scratch, &["apply", "--done", "2"]).says(&["step 4 waits for you (n1)"]);
    assert_eq!(on(&scratch, &["apply", "--done", "5"]).code, Some(2));
    let failed = on(
        &scratch,
        &[
            "apply",
            "--yes",
            "--restart-command",
            "echo no {component}@{node} >&2; false",
        ],
    );
    assert_eq!(failed.code, Some(2));
    failed.says(&["no kube-apiserver@n1"]);
    on(&scratch, &["apply", "--yes", "--offline", "-o", "json"]).says(&["\"state\":\"done\""]);
}

#[test]
fn killed_when_it_writes() {
    if output(Command::new("strace").arg("-V")).code != Some(0) {
        println!("skipped: there is no strace(1), which kills at a step");
        return;
    }
    for number in (1..=91).step_by(9) {
        let scratch = Scratch::full();
        let first = scratch.tree();
        let inject = format!("inject=renameat2:signal=KILL:when={number}");
        let root = format!("--rootfs={}", scratch.root().display());
        let mut command = Command::new("strace");
        command.args(["-f", "-o", "/dev/null", "-e", &inject]);
        command.arg(program().get_program());
        command.args(["rotate", "ca", "--yes", "--offline", &root]);
        command.stdin(Stdio::null());
        output(&mut command);
        let back = number % 2 == 0;
        let verb = if back { "undo" } else { "apply" };
        let history = on(&scratch, &["history"]).stdout;
        // Else the last change would be taken back, which made the node.
        let begun = history.contains("rotate ca");
        if begun {
            let said = on(&scratch, &[verb, "--yes", "--offline"]);
            let over = said.stderr.contains("no change is under way");
            assert!(over || said.code == Some(0), "{number}: {said:?}");
        }
        if back {
            assert_eq!(scratch.tree(), first, "{number}");
        }
        assert_eq!(scratch.findings(), Vec::<String>::new(), "{number}");
    }
}
