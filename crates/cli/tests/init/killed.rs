//! Killed at any moment, or refused by the disk: nothing is half written or laid open, and what has
//! begun is gone on with or taken back.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::tree::{NODE, Scratch, Snapshot, on, output, program, snapshot};

/// What is done about it.
#[derive(Clone, Copy, Debug)]
enum Next {
    Init,
    Apply,
    Undo,
}

const NEXT: [Next; 3] = [Next::Init, Next::Apply, Next::Undo];

/// The calls that write, and how many of each there are at most.
const CALLS: [(&str, usize); 10] = [
    ("mkdirat", 29),
    ("renameat2", 38),
    ("renameat", 107),
    ("linkat", 68),
    ("symlinkat", 44),
    ("fsync", 120),
    ("unlinkat", 113),
    ("ftruncate", 3),
    ("fchmod", 15),
    ("write", 101),
];

const FAULTS: [&str; 3] = ["signal=KILL", "error=EIO", "error=ENOSPC"];

/// Nothing is half written or open to others, and what belongs together is there or not.
fn is_whole(scratch: &Scratch, when: &str) {
    for (path, (mode, content)) in snapshot(&scratch.root()) {
        let name = path.to_string_lossy();
        if mode & 0o170_000 != 0o100_000 {
            continue;
        }
        let is_journals = path.starts_with("var/lib/kubepki");
        let is_secret = name.contains(".key") || name.contains(".conf.") || name.ends_with(".conf");
        if is_secret || is_journals {
            assert_eq!(mode & 0o077, 0, "{when}: {name} is open to others");
        }
        let is_whole = is_journals || name.contains(".kubepki-") || content.ends_with(b"\n");
        assert!(is_whole, "{when}: {name} is half written");
    }
    let names = [
        "ca.key",
        "ca.crt",
        "apiserver.key",
        "apiserver.crt",
        "sa.key",
        "sa.pub",
    ];
    let there = names
        .iter()
        .filter(|name| scratch.pki(name).exists())
        .count();
    assert!(
        [0, names.len()].contains(&there),
        "{when}: {there} are there"
    );
}

/// What it leaves is gone on with or taken back; what never began has left nothing.
fn recovers(scratch: &Scratch, next: Next, when: &str) {
    is_whole(scratch, when);
    let history = on(scratch, &["history"]).done().stdout;
    let (is_open, is_done) = (history.contains("under way"), history.contains(" done "));
    assert!(
        is_open || is_done || scratch.tree().is_empty() || is_bare(scratch),
        "{when}"
    );
    match next {
        Next::Init if is_open => {
            let said = scratch.init(&[]);
            assert_eq!(said.code, Some(2), "{when}: {said:?}");
            said.says(&["is not finished", "hint: kubepki apply", "kubepki undo"]);
            on(scratch, &["apply", "--yes"]).done();
        }
        Next::Init => {}
        Next::Apply => {
            let said = on(scratch, &["apply", "--yes"]);
            assert_eq!(said.code == Some(0), is_open, "{when}: {said:?}");
        }
        Next::Undo => {
            let said = on(scratch, &["undo", "--yes", "--offline"]);
            assert_eq!(said.code == Some(0), is_open || is_done, "{when}: {said:?}");
            assert!(is_bare(scratch), "{when}: {:?}", scratch.tree().keys());
        }
    }
    let said = scratch.init(&[]);
    assert_eq!(said.code, Some(0), "{when}: {said:?}");
    assert_eq!(scratch.findings(), Vec::<String>::new(), "{when}");
    let is_left = |path: &str| path.contains(".kubepki-") || path.contains("/contents/");
    let entries = snapshot(&scratch.root());
    let mut paths = entries.keys().map(|path| path.to_string_lossy());
    assert_eq!(paths.find(|path| is_left(path)), None, "{when}");
}

/// Whether nothing is in the tree but the folders above what is written about changes.
fn is_bare(scratch: &Scratch) -> bool {
    let tree: Snapshot = scratch.tree();
    let mut paths = tree.keys().map(|path| path.to_string_lossy());
    paths.all(|path| matches!(&*path, "var" | "var/lib"))
}

#[test]
fn at_twenty_moments() {
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
    for moment in 0..20 {
        let scratch = Scratch::empty();
        let mut child = start(&scratch);
        let wait = whole.mul_f64(f64::from(moment) / 18.0);
        thread::sleep(wait.min(Duration::from_secs(60)));
        // It may have ended already.
        let _ = child.kill();
        child.wait().unwrap();
        fs::create_dir_all(scratch.root()).unwrap();
        let next = NEXT[moment as usize % 3];
        recovers(
            &scratch,
            next,
            &format!("after {wait:?} of {whole:?}, {next:?}"),
        );
    }
}

#[test]
fn at_some_calls_that_write() {
    at_calls(|most| most.div_ceil(5));
}

#[test]
#[ignore = "takes minutes"]
fn at_every_call_that_writes() {
    at_calls(|_| 1);
}

/// At every so many calls of a kind, each time with another fault and something else done about it.
fn at_calls(every: impl Fn(usize) -> usize) {
    if output(Command::new("strace").arg("-V")).code != Some(0) {
        println!("skipped: there is no strace(1), which kills at a call");
        return;
    }
    let rounds: Vec<_> = (CALLS.into_iter())
        .flat_map(|(call, most)| {
            let numbers = (1..=most).step_by(every(most));
            numbers.map(move |number| (call, number))
        })
        .enumerate()
        .collect();
    // Two at a time: the program and strace wait for each other.
    let ended: usize = thread::scope(|scope| {
        let halves = rounds.chunks(rounds.len().div_ceil(2)).map(|half| {
            let not_well = |&(round, (call, number)): &_| !goes_well(round, call, number);
            scope.spawn(move || half.iter().filter(|next| not_well(next)).count())
        });
        let halves: Vec<_> = halves.collect();
        halves.into_iter().map(|half| half.join().unwrap()).sum()
    });
    assert!(ended >= 40, "only {ended} did not go well");
}

/// Whether init goes well with a fault at the call of this number; what is left is mended whole.
fn goes_well(round: usize, call: &str, number: usize) -> bool {
    let (fault, next) = (FAULTS[round % 3], NEXT[round / 3 % 3]);
    let scratch = Scratch::empty();
    fs::create_dir_all(scratch.root()).unwrap();
    let code = run(&scratch, call, &format!("{fault}:when={number}"));
    let when = format!("{fault} at {call} number {number}, {next:?}");
    recovers(&scratch, next, &when);
    code == Some(0)
}

/// Runs init with a fault.
fn run(scratch: &Scratch, call: &str, fault: &str) -> Option<i32> {
    let root = format!("--rootfs={}", scratch.root().display());
    let mut command = Command::new("strace");
    command.args(["-f", "-o", "/dev/null", "-e"]);
    command.args([&format!("trace={call}"), "-e"]);
    command.arg(format!("inject={call}:{fault}"));
    command.args([env!("CARGO_BIN_EXE_kubepki"), "init", &root]);
    command.args(NODE).stdin(Stdio::null());
    let ended = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    ended.unwrap().code()
}

#[test]
fn replacing_is_whole_too() {
    if output(Command::new("strace").arg("-V")).code != Some(0) {
        println!("skipped: there is no strace(1), which kills at a call");
        return;
    }
    let manifest = "etc/kubernetes/manifests/etcd.yaml";
    for number in (1..=9).step_by(2) {
        let scratch = Scratch::full();
        let right = fs::read(scratch.path(manifest)).unwrap();
        let scratch = scratch.with(manifest, "kind: Pod\n");
        run(&scratch, "renameat2", &format!("signal=KILL:when={number}"));
        let found = fs::read(scratch.path(manifest)).unwrap();
        assert!(found == right || found == b"kind: Pod\n");
        if on(&scratch, &["history"]).stdout.contains("under way") {
            on(&scratch, &["undo", "--yes", "--offline"]).done();
            let found = fs::read(scratch.path(manifest)).unwrap();
            assert_eq!(found, b"kind: Pod\n", "{number}");
        }
        scratch.init(&[]).done();
        assert_eq!(fs::read(scratch.path(manifest)).unwrap(), right);
        assert_eq!(scratch.findings(), Vec::<String>::new());
    }
}
