//! Killed at any moment: nothing is half written or laid open, and the next run goes on or says what
//! to do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::tree::{NODE, Scratch, output, program};

/// What it leaves is fit to go on from.
fn recovers(scratch: &Scratch, when: &str) {
    for (path, (mode, content)) in crate::tree::snapshot(&scratch.root()) {
        let name = path.to_string_lossy();
        let is_folder = scratch.root().join(&path).is_dir();
        let is_secret = name.contains(".key") || name.contains(".conf.") || name.ends_with(".conf");
        if is_secret && !is_folder {
            assert_eq!(mode & 0o077, 0, "{when}: {name} is open to others");
        }
        let is_whole = is_folder || name.contains(".kubepki-") || content.ends_with(b"\n");
        assert!(is_whole, "{when}: {name} is half written");
    }
    let mut said = scratch.init(&[]);
    if said.code == Some(1) {
        let hints = said
            .stderr
            .lines()
            .filter_map(|line| line.split_once("rm "));
        let mut removed = 0;
        for path in hints.flat_map(|(_, paths)| paths.split_whitespace()) {
            fs::remove_file(scratch.path(path.trim_start_matches('/'))).unwrap();
            removed += 1;
        }
        assert_eq!(removed, 1, "{when}: {said:?}");
        said = scratch.init(&[]);
    }
    assert_eq!(said.code, Some(0), "{when}: {said:?}");
    let entries = crate::tree::snapshot(&scratch.root());
    let left = entries
        .keys()
        .find(|path| path.to_string_lossy().contains(".kubepki-"));
    assert_eq!(left, None, "{when}");
    assert_eq!(scratch.findings(), Vec::<String>::new(), "{when}");
}

#[test]
fn at_fifty_moments() {
    let start = |scratch: &Scratch| {
        let root = format!("--rootfs={}", scratch.root().display());
        let mut command = program();
        command
            .args(["init", &root])
            .args(NODE)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let began = Instant::now();
    start(&Scratch::empty()).wait().unwrap();
    let whole = began.elapsed();
    for moment in 0..50 {
        let scratch = Scratch::empty();
        let mut child = start(&scratch);
        let wait = whole.mul_f64(f64::from(moment) / 45.0);
        std::thread::sleep(wait.min(Duration::from_secs(60)));
        // It may have ended already.
        let _ = child.kill();
        child.wait().unwrap();
        fs::create_dir_all(scratch.root()).unwrap();
        recovers(&scratch, &format!("after {wait:?} of {whole:?}"));
    }
}

#[test]
fn at_every_step_of_writing() {
    if output(Command::new("strace").arg("-V")).code != Some(0) {
        println!("skipped: there is no strace(1), which kills at a step");
        return;
    }
    let mut killed = 0;
    for (call, steps) in [("renameat2", 1..=36), ("fsync", 1..=40), ("mkdirat", 1..=8)] {
        // Every step of what counts, some of the rest.
        let step = if call == "renameat2" { 1 } else { 4 };
        for step in steps.step_by(step) {
            let scratch = Scratch::empty();
            fs::create_dir_all(scratch.root()).unwrap();
            let inject = format!("inject={call}:signal=KILL:when={step}");
            let root = format!("--rootfs={}", scratch.root().display());
            let mut command = Command::new("strace");
            command.args([
                "-f",
                "-o",
                "/dev/null",
                "-e",
                &inject,
                env!("CARGO_BIN_EXE_kubepki"),
                "init",
                &root,
            ]);
            let status = command
                .args(NODE)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .status()
                .unwrap();
            killed += u32::from(status.code() != Some(0));
            recovers(&scratch, &format!("at {call} number {step}"));
        }
    }
    assert!(killed >= 40, "only {killed} were killed");
}

#[test]
fn replacing_is_whole_too() {
    if output(Command::new("strace").arg("-V")).code != Some(0) {
        println!("skipped: there is no strace(1), which kills at a step");
        return;
    }
    let manifest = "etc/kubernetes/manifests/etcd.yaml";
    for step in 1..=3 {
        let scratch = Scratch::full();
        let right = fs::read(scratch.path(manifest)).unwrap();
        let scratch = scratch.with(manifest, "kind: Pod\n");
        let inject = format!("inject=renameat2:signal=KILL:when={step}");
        let root = format!("--rootfs={}", scratch.root().display());
        let mut command = Command::new("strace");
        command.args([
            "-f",
            "-o",
            "/dev/null",
            "-e",
            &inject,
            env!("CARGO_BIN_EXE_kubepki"),
            "init",
            &root,
        ]);
        command
            .args(NODE)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        let found = fs::read(scratch.path(manifest)).unwrap();
        assert!(found == right || found == b"kind: Pod\n");
        let mode = fs::metadata(scratch.path(manifest))
            .unwrap()
            .permissions()
            .mode();
        assert!(matches!(mode & 0o777, 0o600 | 0o644), "{mode:o}");
        scratch.init(&[]).done();
        assert_eq!(fs::read(scratch.path(manifest)).unwrap(), right);
        assert_eq!(scratch.findings(), Vec::<String>::new());
    }
}
