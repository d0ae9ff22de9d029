//! From every point everything can be taken back.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};

use kubepki_change::apply::{Ended, apply};
use kubepki_change::journal::{self, State};
use kubepki_change::plan::StepId;

use crate::cluster::{NODES, Notes, Scratch, plan};

#[test]
fn from_every_point() {
    for steps in 0..=14 {
        let scratch = Scratch::new();
        let before = scratch.snapshot();
        let (mut plan, secrets) = plan(scratch.0.path());
        // The rest is never reached.
        let whole = plan.steps.clone();
        plan.steps.truncate(steps);
        let mut change = journal::begin(plan, &secrets, scratch.trees()).unwrap();
        apply(&mut change, &mut Notes::default()).unwrap();
        drop(change);
        let mut change = journal::open(
            scratch.disks(),
            journal::list(&scratch.disks()[0])
                .unwrap()
                .first()
                .map(|entry| entry.id.as_str()),
        )
        .unwrap()
        .remove(0);
        change.take_back().unwrap();
        assert!(change.plan().way().is_ok());
        let mut notes = Notes::default();
        assert_eq!(apply(&mut change, &mut notes).unwrap(), Ended::Done);
        assert_eq!(change.state(), State::TakenBack);
        assert_eq!(
            scratch.snapshot(),
            before,
            "after {steps} of {}",
            whole.len()
        );
    }
}

#[test]
fn a_file_that_went_belongs_to_whom_it_did() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root gives files to others");
        return;
    }
    let scratch = Scratch::new();
    let gone = scratch.path(NODES[0], "/etc/kubernetes/pki/gone.crt");
    chown(&gone, Some(1234), Some(4321)).unwrap();
    let (plan, secrets) = plan(scratch.0.path());
    let mut change = journal::begin(plan, &secrets, scratch.trees()).unwrap();
    apply(&mut change, &mut Notes::default()).unwrap();
    assert!(!gone.exists());
    change.take_back().unwrap();
    apply(&mut change, &mut Notes::default()).unwrap();
    let back = fs::metadata(&gone).unwrap();
    assert_eq!((back.uid(), back.gid()), (1234, 4321));
    assert_eq!(back.mode() & 0o7777, 0o640);
}

#[test]
fn a_folder_that_came_goes_unless_somebody_uses_it() {
    let scratch = Scratch::new();
    let before = scratch.snapshot();
    let (plan, secrets) = plan(scratch.0.path());
    let mut change = journal::begin(plan, &secrets, scratch.trees()).unwrap();
    apply(&mut change, &mut Notes::default()).unwrap();
    let folders = NODES.map(|node| scratch.path(node, "/etc/kubernetes/pki/etcd"));
    assert!(folders.iter().all(|folder| folder.is_dir()));
    let own = folders[0].join("own.crt");
    fs::write(&own, "somebody's\n").unwrap();
    change.take_back().unwrap();
    apply(&mut change, &mut Notes::default()).unwrap();
    assert!(own.is_file() && !folders[1].exists());
    fs::remove_file(&own).unwrap();
    fs::remove_dir(&folders[0]).unwrap();
    assert_eq!(scratch.snapshot(), before);
}

#[test]
fn whoever_read_it_is_started_again_the_last_first() {
    let scratch = Scratch::new();
    let (plan, secrets) = plan(scratch.0.path());
    let mut change = journal::begin(plan, &secrets, scratch.trees()).unwrap();
    let mut notes = Notes {
        fails_at: Some(StepId(6)),
        ..Notes::default()
    };
    apply(&mut change, &mut notes).unwrap_err();
    change.take_back().unwrap();
    let mut notes = Notes::default();
    apply(&mut change, &mut notes).unwrap();
    let expected = [
        "write cp-2",
        "restart etcd@cp-2",
        "await kube-apiserver@cp-2",
        "write cp-1",
        "restart etcd@cp-1",
        "await kube-apiserver@cp-1",
    ];
    assert_eq!(notes.done, expected);
}

#[test]
fn what_was_interrupted_in_the_middle_of_a_write() {
    let scratch = Scratch::new();
    let before = scratch.snapshot();
    let (plan, secrets) = plan(scratch.0.path());
    let mut change = journal::begin(plan, &secrets, scratch.trees()).unwrap();
    change.begins(StepId(1)).unwrap();
    change.take_back().unwrap();
    drop(change);
    // Interrupted once more: it goes on with taking back.
    let mut change = scratch.open();
    assert_eq!(change.state(), State::TakingBack);
    apply(&mut change, &mut Notes::default()).unwrap();
    assert_eq!(scratch.snapshot(), before);
}

#[test]
fn a_file_that_others_changed_is_not_written_over() {
    let scratch = Scratch::new();
    let (plan, secrets) = plan(scratch.0.path());
    let mut change = journal::begin(plan, &secrets, scratch.trees()).unwrap();
    apply(&mut change, &mut Notes::default()).unwrap();
    let path = scratch.path("cp-1", "/etc/kubernetes/pki/ca.crt");
    fs::write(&path, "mine\n").unwrap();
    change.take_back().unwrap();
    assert!(apply(&mut change, &mut Notes::default()).is_err());
    assert_eq!(fs::read(&path).unwrap(), b"mine\n");
}
