//! Killed at every system call that writes, and refused by the disk at many: each time the change
//! goes on, or everything is taken back.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use kubepki_change::apply::{Ended, apply};
use kubepki_change::journal::{self, JournalError};

use crate::cluster::{NODES, Notes, Scratch, Snapshot, everything, plan, trees};

const TREES: &str = "KUBEPKI_TEST_TREES";

/// The calls that write, and how many of each a whole change makes at most.
const CALLS: [(&str, u32); 10] = [
    ("mkdirat", 24),
    ("linkat", 16),
    ("symlinkat", 16),
    ("renameat", 24),
    ("renameat2", 40),
    ("fsync", 200),
    ("unlinkat", 40),
    ("ftruncate", 60),
    ("fchmod", 24),
    ("write", 120),
];

/// Not a test by itself: what the others run, and kill.
#[test]
fn child() {
    let Some(root) = env::var_os(TREES) else {
        return;
    };
    let root = Path::new(&root);
    let (plan, secrets) = plan(root);
    let mut change = match journal::begin(plan, &secrets, trees(root)) {
        Ok(change) => change,
        Err(error) => panic!("{error}; {:?}", error.hint()),
    };
    if let Err(error) = apply(&mut change, &mut Notes::default()) {
        panic!("{error}; {:?}", error.hint());
    }
}

/// Runs a change with a fault; `None` without strace.
fn run(root: &Path, call: &str, fault: &str) -> Option<(bool, String)> {
    let mut command = Command::new("strace");
    command
        .args(["-f", "-o", "/dev/null", "-e"])
        .args([&format!("trace={call}"), "-e"])
        .arg(format!("inject={call}:{fault}"))
        .arg(env::current_exe().unwrap())
        .args([
            "--exact",
            "interrupted::child",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(TREES, root)
        .stdin(Stdio::null());
    let Ok(output) = command.output() else {
        println!("skipped: there is no strace(1), which kills at a step");
        return None;
    };
    let said = [output.stdout, output.stderr].concat();
    Some((
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    ))
}

/// Nothing is half written, and no key can be read by others.
fn is_whole(scratch: &Scratch, when: &str) {
    for (path, (mode, content)) in everything(scratch.0.path()) {
        let name = path.to_string_lossy();
        let is_secret =
            String::from_utf8_lossy(&content).contains("key") && !name.ends_with("plan.json");
        assert!(
            !is_secret || mode & 0o077 == 0,
            "{when}: {name} is open to others"
        );
        let is_inner = name.contains(".kubepki-") || name.ends_with("/journal");
        let is_json = name.ends_with(".json");
        assert!(
            is_inner || is_json || content.ends_with(b"\n"),
            "{when}: {name} is half written"
        );
    }
}

/// What belongs together is old or new together, for whoever reads it now.
fn belongs_together(scratch: &Scratch, when: &str) {
    for node in NODES {
        let file = |name: &str| {
            let path = scratch.path(node, "/etc/kubernetes/pki").join(name);
            std::fs::read_to_string(path).ok()
        };
        let signs = file("ca.crt").is_some_and(|text| text.starts_with("new ca"));
        let has_key = file("ca.key").as_deref() == Some("new key\n");
        assert_eq!(signs, has_key, "{when}, on {node}");
        assert_eq!(signs, file("new.crt").is_some(), "{when}, on {node}");
    }
}

/// It goes on to its end, or back to its beginning, and leaves nothing behind.
fn recovers(scratch: &Scratch, back: bool, when: &str) {
    let [first, wanted] = ends();
    let ended = match journal::open(scratch.disks(), None) {
        Ok(mut changes) => {
            let mut change = changes.remove(0);
            if back {
                change.take_back().unwrap();
            }
            let ended = apply(&mut change, &mut Notes::default());
            assert_eq!(
                ended.map_err(|error| error.to_string()),
                Ok(Ended::Done),
                "{when}"
            );
            true
        }
        // Not begun, or done.
        Err(JournalError::Nothing) => false,
        Err(error) => panic!("{when}: {error}"),
    };
    let now = scratch.snapshot();
    match ended {
        true => assert_eq!(&now, if back { first } else { wanted }, "{when}"),
        false => assert!(now == *first || now == *wanted, "{when}: {now:?}"),
    }
    // Whatever was left is swept away by the next one.
    if now == *first {
        let (plan, secrets) = plan(scratch.0.path());
        let mut change = journal::begin(plan, &secrets, scratch.trees()).unwrap();
        apply(&mut change, &mut Notes::default()).unwrap();
    }
    let left = everything(scratch.0.path());
    let left = left
        .keys()
        .find(|path| path.to_string_lossy().contains(".kubepki-"));
    assert_eq!(left, None, "{when}");
}

/// The trees before and after the change.
fn ends() -> &'static [Snapshot; 2] {
    static ENDS: OnceLock<[Snapshot; 2]> = OnceLock::new();
    ENDS.get_or_init(|| {
        let scratch = Scratch::new();
        let first = scratch.snapshot();
        let (plan, secrets) = plan(scratch.0.path());
        let mut change = journal::begin(plan, &secrets, scratch.trees()).unwrap();
        apply(&mut change, &mut Notes::default()).unwrap();
        [first, scratch.snapshot()]
    })
}

#[test]
fn killed_at_every_call_that_writes() {
    let mut killed = 0;
    for (call, most) in CALLS {
        for number in 1..=most {
            let scratch = Scratch::new();
            let Some((went_well, _)) = run(
                scratch.0.path(),
                call,
                &format!("signal=KILL:when={number}"),
            ) else {
                return;
            };
            let when = format!("at {call} number {number}");
            is_whole(&scratch, &when);
            belongs_together(&scratch, &when);
            recovers(&scratch, number % 2 == 0, &when);
            if went_well {
                break;
            }
            killed += 1;
            assert!(
                number < most || call == "write",
                "{call} is made more than {most} times"
            );
        }
    }
    assert!(killed >= 100, "only {killed} were killed");
}

#[test]
fn refused_at_calls_that_write() {
    for (error, says, step) in [("EIO", "", 5), ("ENOSPC", "the disk is full", 11)] {
        for (call, most) in CALLS.into_iter().filter(|(call, _)| *call != "write") {
            for number in (1..=most).step_by(step) {
                let scratch = Scratch::new();
                let Some((went_well, said)) = run(
                    scratch.0.path(),
                    call,
                    &format!("error={error}:when={number}"),
                ) else {
                    return;
                };
                let when = format!("{error} at {call} number {number}");
                is_whole(&scratch, &when);
                belongs_together(&scratch, &when);
                assert!(went_well || said.contains(says), "{when}: {said}");
                recovers(&scratch, number % 2 == 0, &when);
                if went_well && call != "unlinkat" {
                    break;
                }
            }
        }
    }
}
