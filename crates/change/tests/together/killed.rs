//! Any node is killed at any time, or stopped at any step, and comes back.

use std::sync::atomic::Ordering;

use ::cluster::catalogue::AUTHORITIES;
use kubepki_change::rotate::What;
use kubepki_change::together::{State, TogetherError, follow};

use crate::ground;
use crate::nodes::{First, Scratch, Setup, Snapshot, Tapped};

/// Without anything that runs, so that proofs are quick.
pub fn still() -> Scratch {
    Scratch::of(&ground::several(3), |path| !path.contains("/manifests/"))
}

fn what() -> What {
    let rows = AUTHORITIES
        .iter()
        .filter(|row| row.name == "front-proxy-ca");
    What {
        authorities: rows.collect(),
        token_key: false,
        root: None,
    }
}

/// Public files, which are the same whatever keys were made.
fn shape(snapshot: &Snapshot) -> Vec<(String, u32)> {
    let files = snapshot.iter();
    files
        .map(|(path, (mode, _))| (path.display().to_string(), *mode))
        .collect()
}

#[test]
fn at_some_words() {
    assert!(killed_at(5) > 15);
}

#[test]
#[ignore = "minutes"]
fn at_every_word() {
    assert!(killed_at(1) > 80);
}

/// Kills a node at every so manieth word, and says how many times.
fn killed_at(step: usize) -> usize {
    let mut times = 0;
    let who = [
        ("cp-1", false),
        ("cp-2", true),
        ("cp-3", false),
        ("cp-1", true),
    ];
    for ((node, is_done), first) in who.into_iter().zip(1..) {
        for number in (first..).step_by(step) {
            let scratch = still();
            let before = scratch.snapshot();
            let store = Tapped::new();
            let first = First {
                killed: Some((number, is_done)),
                ..First::default()
            };
            let setup = Setup::new([(node, first)]);
            scratch.with(&store, &setup, || {
                let begun = loop {
                    match scratch.rotate(&store, &what(), &setup.key, false) {
                        Ok(begun) => break begun,
                        // Its keys were gone; planned anew.
                        Err(TogetherError::Refused { why, .. }) => {
                            assert!(why.contains("started again"), "{why}");
                            assert!(scratch.snapshot() == before);
                        }
                        Err(error) => panic!("{node} at {number}: {error}"),
                    }
                };
                let ended = follow(&store, &begun.0, &mut |_, _| ()).unwrap();
                assert_eq!(ended, State::Done, "{node} at {number}");
                let after = scratch.snapshot();
                assert_eq!(shape(&after), shape(&before));
                assert!(after != before);
                scratch.undo(&store, &begun.0);
                let ended = follow(&store, &begun.0, &mut |_, _| ()).unwrap();
                assert_eq!(ended, State::TakenBack, "{node} at {number}");
                assert!(scratch.snapshot() == before, "{node} at {number}");
            });
            let left = scratch.everything();
            assert!(
                left.keys()
                    .all(|path| !path.to_string_lossy().contains(".kubepki-")),
                "{node} at {number}"
            );
            if !setup.killed.load(Ordering::SeqCst) {
                break;
            }
            times += 1;
        }
    }
    times
}

#[test]
fn a_node_that_is_away_is_waited_for_and_everything_can_be_taken_back_meanwhile() {
    for number in [13, 15, 18, 21] {
        let scratch = still();
        let before = scratch.snapshot();
        let store = Tapped::new();
        let first = First {
            killed: Some((number, true)),
            stays_away: true,
            ..First::default()
        };
        let setup = Setup::new([("cp-2", first)]);
        scratch.with(&store, &setup, || {
            let Ok((id, _)) = scratch.rotate(&store, &what(), &setup.key, false) else {
                // It fell while it was planned: nothing has begun.
                assert!(scratch.snapshot() == before);
                setup.back.store(true, Ordering::SeqCst);
                return;
            };
            while !setup.fallen.load(Ordering::SeqCst) {
                let record = kubepki_change::together::changes(&store).unwrap();
                if record.iter().any(|(_, record, _)| record.state.has_ended()) {
                    break;
                }
                std::thread::yield_now();
            }
            scratch.undo(&store, &id);
            setup.back.store(true, Ordering::SeqCst);
            let ended = follow(&store, &id, &mut |_, _| ()).unwrap();
            assert_eq!(ended, State::TakenBack, "{number}");
            // Every node has written its end down.
            assert!(scratch.snapshot() == before, "{number}");
        });
    }
}
