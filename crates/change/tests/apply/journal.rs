//! Changes go to their end, stop where they should, and go on from there.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use kubepki_change::apply::{ApplyError, Ended, How, apply};
use kubepki_change::journal::{self, FOLDER, JournalError, State};
use kubepki_change::plan::StepId;

use crate::cluster::{NODES, Notes, Scratch, everything, plan};

const CA: &str = "/etc/kubernetes/pki/ca.crt";

#[test]
fn a_change_goes_to_its_end() {
    let scratch = Scratch::new();
    let (plan, secrets) = plan(scratch.0.path());
    let mut change = journal::begin(plan, &secrets, scratch.trees()).unwrap();
    let mut notes = Notes::default();
    assert_eq!(apply(&mut change, &mut notes).unwrap(), Ended::Done);
    assert_eq!(change.state(), State::Done);
    let once = ["write", "await kube-apiserver@", "restart etcd@"];
    let stage = NODES.map(|node| once.map(|what| format!("{what} {node}").replace("@ ", "@")));
    let stage: Vec<String> = stage
        .into_iter()
        .flatten()
        .chain(["hand out kubeconfigs".to_owned()])
        .collect();
    assert_eq!(notes.done, [stage.clone(), stage].concat());
    for node in NODES {
        let now = |path: &str| fs::read_to_string(scratch.path(node, path)).ok();
        assert_eq!(now(CA).unwrap(), "new ca\nold ca\n");
        assert_eq!(now("/etc/kubernetes/pki/gone.crt"), None);
        let new = fs::metadata(scratch.path(node, "/etc/kubernetes/pki/new.crt")).unwrap();
        assert_eq!(new.permissions().mode() & 0o777, 0o604);
    }
}

#[test]
fn secrets_lie_in_folders_and_files_that_are_nobody_elses() {
    let scratch = Scratch::new();
    let (plan, secrets) = plan(scratch.0.path());
    let change = journal::begin(plan, &secrets, scratch.trees()).unwrap();
    let folder = scratch.path("cp-1", FOLDER).join(change.id());
    for folder in [&folder, &folder.join("kept"), &folder.join("contents")] {
        let mode = fs::metadata(folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    let all = everything(&folder);
    assert!(
        all.values().all(|(mode, _)| *mode == 0o600),
        "{:?}",
        all.keys()
    );
    let public = fs::read_to_string(folder.join("plan.json")).unwrap();
    assert!(public.contains("rotate ca"));
    let staged = fs::read_dir(folder.join("contents")).unwrap().count();
    assert_eq!(staged, 4);
}

#[test]
fn it_stops_for_somebody_and_goes_on() {
    let scratch = Scratch::new();
    let (plan, secrets) = plan(scratch.0.path());
    let mut change = journal::begin(plan, &secrets, scratch.trees()).unwrap();
    let mut notes = Notes {
        waits_at: Some(StepId(7)),
        ..Notes::default()
    };
    assert_eq!(
        apply(&mut change, &mut notes).unwrap(),
        Ended::Waits(StepId(7))
    );
    drop(change);
    let mut change = scratch.open();
    assert_eq!(change.done().len(), 6);
    let mut notes = Notes::default();
    assert_eq!(apply(&mut change, &mut notes).unwrap(), Ended::Done);
    assert_eq!(notes.done.len(), 8);
}

/// Nothing is taken to be over of which that cannot be known.
#[test]
fn a_change_whose_plan_is_gone_is_not_passed_over() {
    let scratch = Scratch::new();
    let (plan, secrets) = plan(scratch.0.path());
    let change = journal::begin(plan, &secrets, scratch.trees()).unwrap();
    let folders = NODES.map(|node| scratch.path(node, FOLDER).join(change.id()));
    drop(change);
    let held = fs::read(folders[0].join("plan.json")).unwrap();
    fs::remove_file(folders[0].join("plan.json")).unwrap();
    let lost = journal::open(scratch.disks(), None).unwrap_err();
    assert!(matches!(&lost, JournalError::Lost(path) if path.ends_with("plan.json")));
    fs::write(folders[0].join("plan.json"), held).unwrap();
    for folder in folders {
        fs::remove_file(folder.join("node")).unwrap();
    }
    let none = journal::open(scratch.disks(), None).unwrap_err();
    assert!(matches!(none, JournalError::NoChange(_)), "{none}");
}

#[test]
fn two_changes_are_kept_apart() {
    let scratch = Scratch::new();
    let (first, secrets) = plan(scratch.0.path());
    let change = journal::begin(first.clone(), &secrets, scratch.trees()).unwrap();
    let id = change.id().to_owned();
    let held = journal::begin(first.clone(), &secrets, scratch.trees());
    assert!(matches!(held, Err(JournalError::Disk(_))));
    drop(change);
    let refused = journal::begin(first, &secrets, scratch.trees()).unwrap_err();
    assert!(matches!(&refused, JournalError::Unfinished(other) if *other == id));
    assert!(
        refused
            .hint()
            .unwrap()
            .contains(&format!("kubepki undo {id}"))
    );
}

#[test]
fn the_world_is_looked_at_again() {
    let scratch = Scratch::new();
    let (first, secrets) = plan(scratch.0.path());
    fs::write(scratch.path("cp-2", CA), "other\n").unwrap();
    let refused = journal::begin(first.clone(), &secrets, scratch.trees()).unwrap_err();
    assert!(
        matches!(&refused, JournalError::Changed(path) if path.ends_with("cp-2/etc/kubernetes/pki/ca.crt"))
    );
    fs::write(scratch.path("cp-2", CA), "old ca\n").unwrap();
    let mut change = journal::begin(first, &secrets, scratch.trees()).unwrap();
    fs::write(scratch.path("cp-2", CA), "other\n").unwrap();
    let stopped = apply(&mut change, &mut Notes::default()).unwrap_err();
    assert!(matches!(
        &stopped,
        ApplyError::Moved { step: StepId(1), path, how: How::Changed, .. } if path.contains("cp-2")
    ));
    assert!(change.begun().is_empty());
    // What it says is there to be put back.
    let hint = stopped.hint().unwrap();
    let mut kept = hint
        .split_whitespace()
        .filter(|word| word.contains("/kept/"));
    let kept = fs::read_to_string(scratch.path("cp-2", kept.next().unwrap()));
    assert_eq!(kept.unwrap(), "old ca\n");
}

#[test]
fn a_restart_that_fails_stops_it_there() {
    let scratch = Scratch::new();
    let (plan, secrets) = plan(scratch.0.path());
    let mut change = journal::begin(plan, &secrets, scratch.trees()).unwrap();
    let mut notes = Notes {
        fails_at: Some(StepId(3)),
        ..Notes::default()
    };
    let stopped = apply(&mut change, &mut notes).unwrap_err();
    assert!(matches!(
        stopped,
        ApplyError::Restart {
            step: StepId(3),
            ..
        }
    ));
    assert_eq!((change.begun().len(), change.done().len()), (3, 2));
}

#[test]
fn a_cut_line_is_written_over_and_a_foreign_one_refused() {
    let scratch = Scratch::new();
    let (plan, secrets) = plan(scratch.0.path());
    let change = journal::begin(plan, &secrets, scratch.trees()).unwrap();
    let path = scratch
        .path("cp-1", FOLDER)
        .join(change.id())
        .join("journal");
    drop(change);
    let add = |text: &str| {
        let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    add("{\"at\":\"2026-11-25T00:00:00Z\",\"what\":\"done\",\"st");
    let mut change = scratch.open();
    assert!(change.done().is_empty());
    apply(&mut change, &mut Notes::default()).unwrap();
    drop(change);
    assert_eq!(journal::list(&scratch.disks()[0]).unwrap().len(), 1);
    add("mine\n");
    let refused = journal::list(&scratch.disks()[0]).unwrap_err();
    assert!(
        matches!(&refused, JournalError::Foreign { path, .. } if path.ends_with("journal")),
        "{refused}"
    );
}

#[test]
fn what_was_staged_goes_when_no_way_back_writes_it() {
    let scratch = Scratch::new();
    let (plan, secrets) = plan(scratch.0.path());
    let mut change = journal::begin(plan, &secrets, scratch.trees()).unwrap();
    let folder = scratch
        .path("cp-1", FOLDER)
        .join(change.id())
        .join("contents");
    let staged = || -> Vec<String> {
        let entries = fs::read_dir(&folder).unwrap();
        let contents = entries.map(|entry| fs::read_to_string(entry.unwrap().path()));
        contents.map(Result::unwrap).collect()
    };
    assert_eq!(staged().len(), 4);
    apply(&mut change, &mut Notes::default()).unwrap();
    // What lies between two stages; the new key is where it belongs, and nowhere else.
    assert!(staged().iter().all(|text| text != "new key\n"));
    let first = scratch.snapshot();
    change.take_back().unwrap();
    apply(&mut change, &mut Notes::default()).unwrap();
    assert_ne!(scratch.snapshot(), first);
    assert_eq!(staged(), Vec::<String>::new());
}

#[test]
fn what_has_not_written_anything_can_be_as_if_it_had_never_begun() {
    let scratch = Scratch::new();
    let all = || everything(scratch.0.path());
    let before = all();
    let (first, secrets) = plan(scratch.0.path());
    let change = journal::begin(first.clone(), &secrets, scratch.trees()).unwrap();
    assert_ne!(all(), before);
    assert!(change.discard().unwrap());
    assert_eq!(all(), before);
    assert!(!scratch.path("cp-1", "/var").exists());
    // Somebody else's file is no reason to forget that something was to be done there.
    let change = journal::begin(first, &secrets, scratch.trees()).unwrap();
    fs::write(scratch.path("cp-2", CA), "other\n").unwrap();
    assert!(!change.discard().unwrap());
    assert!(journal::open(scratch.disks(), None).is_ok());
}

#[test]
fn forgetting_removes_every_secret() {
    let scratch = Scratch::new();
    let (plan, secrets) = plan(scratch.0.path());
    let mut change = journal::begin(plan, &secrets, scratch.trees()).unwrap();
    let id = change.id().to_owned();
    drop(change);
    let refused = journal::forget(&scratch.disks()[0], &id);
    assert!(matches!(refused, Err(JournalError::Unfinished(_))));
    change = scratch.open();
    apply(&mut change, &mut Notes::default()).unwrap();
    drop(change);
    let disk = &scratch.disks()[0];
    journal::forget(disk, &id).unwrap();
    journal::forget(disk, &id).unwrap();
    let left: Vec<_> = everything(&scratch.path("cp-1", FOLDER))
        .into_keys()
        .collect();
    // Journal, node, plan, whom the file that went belonged to, and which folder came.
    assert_eq!(left.len(), 5, "{left:?}");
    assert!(!journal::list(disk).unwrap()[0].kept);
    let mut change = journal::open(scratch.disks(), Some(&id)).unwrap().remove(0);
    assert!(matches!(
        change.take_back(),
        Err(JournalError::Forgotten(_))
    ));
}
