//! Objects of the API follow: the node on which it was planned publishes them, or whoever is told to.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::Ordering;

use ::cluster::catalogue::AUTHORITIES;
use kubepki_change::plan::{Action, Plan, StepId};
use kubepki_change::rotate::What;
use kubepki_change::together::{Progress, State, changes, follow, tell_done};

use crate::api::{Api, WRITTEN};
use crate::killed::still;
use crate::nodes::{First, Scratch, Setup, Tapped, no_key_was_told};

const FILE: &str = "etc/kubernetes/pki/ca.crt";

fn what() -> What {
    let rows = AUTHORITIES.iter().filter(|row| row.name == "ca");
    What {
        authorities: rows.collect(),
        token_key: false,
        root: None,
    }
}

fn api(scratch: &Scratch) -> Api {
    Api::new(scratch.root("cp-1").join(FILE))
}

/// The steps that are done in the API.
fn steps(plan: &Plan) -> Vec<StepId> {
    let is_api = |action: &Action| matches!(action, Action::Publish(_) | Action::Expect(_));
    let own = plan.numbered().filter(|(_, step)| is_api(&step.action));
    own.map(|(step, _)| step).collect()
}

fn progress(store: &Tapped, id: &str) -> Progress {
    let all = changes(store).unwrap().into_iter();
    let mut own = all.filter(|(other, ..)| other == id);
    own.next().unwrap().2
}

#[test]
fn objects_follow_there_and_back_and_to_the_end_whoever_is_killed_meanwhile() {
    let scratch = still();
    let store = Tapped::new();
    let api = api(&scratch);
    let mut setup = Setup::new([]);
    setup.apis.insert("cp-1", api.clone());
    let old = fs::read_to_string(scratch.root("cp-1").join(FILE)).unwrap();
    let before = WRITTEN.map(|path| api.object(path));
    scratch.with(&store, &setup, || {
        let rotate = |finish: bool| {
            let objects = api.objects();
            let begun = scratch.rotate_with(&store, &what(), &setup.key, finish, objects);
            let (id, plan) = begun.unwrap();
            assert_eq!(follow(&store, &id, &mut |_, _| ()).unwrap(), State::Done);
            assert!(!steps(&plan).is_empty());
            id
        };
        // Killed when it is there, and before anybody has written that down.
        api.kill(2);
        let id = rotate(false);
        assert_eq!(api.changes(), WRITTEN.len());
        let both = WRITTEN.map(|path| api.object(path));
        assert!(both.iter().zip(&before).all(|(one, other)| one != other));

        api.kill(1);
        scratch.undo(&store, &id);
        let ended = follow(&store, &id, &mut |_, _| ()).unwrap();
        assert_eq!(ended, State::TakenBack);
        assert_eq!(WRITTEN.map(|path| api.object(path)), before);
        assert_eq!(api.changes(), 2 * WRITTEN.len());

        rotate(false);
        assert!(api.text().contains(&old));
        let files = scratch.snapshot();
        let id = rotate(true);
        assert!(!api.text().contains(&old));
        // Nothing is final.
        scratch.undo(&store, &id);
        let ended = follow(&store, &id, &mut |_, _| ()).unwrap();
        assert_eq!(ended, State::TakenBack);
        assert!(api.text().contains(&old) && scratch.snapshot() == files);
    });
    no_key_was_told(&scratch, &store, 20);
}

#[test]
fn who_publishes_is_waited_for() {
    let scratch = still();
    let store = Tapped::new();
    let api = api(&scratch);
    let away = First {
        stays_away: true,
        ..First::default()
    };
    let mut setup = Setup::new([("cp-1", away)]);
    setup.apis.insert("cp-1", api.clone());
    // Nobody who has an API has to take another's place.
    setup.apis.insert("cp-2", api.clone());
    api.kill(1);
    scratch.with(&store, &setup, || {
        let objects = api.objects();
        let begun = scratch.rotate_with(&store, &what(), &setup.key, false, objects);
        let (id, plan) = begun.unwrap();
        while !setup.fallen.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        let published = steps(&plan)[0];
        let way = plan.way().unwrap();
        for _ in 0..20 {
            let so_far = progress(&store, &id);
            assert!(so_far.begun.contains_key(&published) && !so_far.done.contains(&published));
            let later = |step: &&StepId| way.is_before(published, **step);
            assert_eq!(so_far.begun.keys().find(later), None);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        setup.back.store(true, Ordering::SeqCst);
        assert_eq!(follow(&store, &id, &mut |_, _| ()).unwrap(), State::Done);
        assert_eq!(api.changes(), WRITTEN.len());
    });
}

#[test]
fn without_an_api_somebody_says_that_it_is_done() {
    let scratch = still();
    let store = Tapped::new();
    let api = api(&scratch);
    let mut setup = Setup::new([]);
    setup.apis.insert("cp-3", api.clone());
    scratch.with(&store, &setup, || {
        let objects = api.objects();
        let begun = scratch.rotate_with(&store, &what(), &setup.key, false, objects);
        let (id, plan) = begun.unwrap();
        let mut told = BTreeSet::new();
        let ended = follow(&store, &id, &mut |_, progress| {
            let open = progress
                .begun
                .keys()
                .filter(|step| !progress.done.contains(step));
            let open = open.filter(|step| steps(&plan).contains(step)).copied();
            for step in open.filter(|step| !progress.told.contains(step)) {
                tell_done(&store, None, step).unwrap();
                told.insert(step);
            }
        });
        assert_eq!(ended.unwrap(), State::Done);
        assert_eq!(told, steps(&plan).into_iter().collect());
        assert_eq!(api.changes(), 0);
    });
}
