//! A whole cluster of three nodes: everything is replaced, taken back, replaced and brought to its
//! end.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use ::cluster::Graph;
use kubepki_change::plan::{Action, StepId};
use kubepki_change::rotate;
use kubepki_change::together::{Progress, Record, State, TogetherError, follow, tell_done};

use crate::ground;
use crate::nodes::{First, LOOKS, NODES, Scratch, Setup, Tapped, no_key_was_told};

#[test]
fn there_and_back_and_to_the_end() {
    let scratch = Scratch::of(&ground::several(3), |_| true);
    let store = Tapped::new();
    let setup = Setup::new([]);
    let before = scratch.snapshot();
    let all = rotate::all(&scratch.inventory());
    scratch.with(&store, &setup, || {
        let (id, plan) = scratch.rotate(&store, &all, &setup.key, false).unwrap();
        assert!(
            plan.contents
                .values()
                .all(|text| !text.contains("-----BEGIN RSA PRIVATE"))
        );
        let held = scratch.rotate(&store, &all, &setup.key, false);
        assert!(matches!(held, Err(TogetherError::Held { id: other, .. }) if other == id));
        assert_eq!(follow(&store, &id, &mut |_, _| ()).unwrap(), State::Done);
        is_healthy(&scratch);
        let after = scratch.snapshot();
        are_fresh(&before, &after);

        scratch.undo(&store, &id);
        assert_eq!(
            follow(&store, &id, &mut |_, _| ()).unwrap(),
            State::TakenBack
        );
        assert!(scratch.snapshot() == before, "not as before");

        let (id, _) = scratch.rotate(&store, &all, &setup.key, false).unwrap();
        assert_eq!(follow(&store, &id, &mut |_, _| ()).unwrap(), State::Done);
        let (id, _) = scratch.rotate(&store, &all, &setup.key, true).unwrap();
        assert_eq!(follow(&store, &id, &mut |_, _| ()).unwrap(), State::Done);
        is_healthy(&scratch);
    });
    no_key_was_told(&scratch, &store, 100);
    let after = scratch.snapshot();
    let old = before
        .iter()
        .filter(|(path, _)| path.ends_with("pki/ca.crt"));
    for (path, (_, content)) in old {
        let now = String::from_utf8_lossy(&after[path].1).into_owned();
        assert!(
            !now.contains(&*String::from_utf8_lossy(content)),
            "{path:?}"
        );
    }
}

#[test]
fn what_is_said_to_be_done_is_looked_at() {
    let scratch = Scratch::of(&ground::several(3), |_| true);
    let store = Tapped::new();
    let asks = First {
        asks: true,
        ..First::default()
    };
    let setup = Setup::new([("cp-2", asks)]);
    let mut told = 0;
    scratch.with(&store, &setup, || {
        let (id, plan) = scratch.renew(&store, &setup.key).unwrap();
        let own = plan.steps.iter().filter(|step| step.node == "cp-2");
        let waits = own.filter(|step| matches!(step.action, Action::Await(_)));
        assert!(waits.count() > 0);
        let is_asked = |step: StepId| {
            let step = &plan.steps[step.0 - 1];
            let is_long = matches!(step.action, Action::Restart(_) | Action::Await(_));
            step.node == "cp-2" && is_long
        };
        let mut tell = |_: &Record, progress: &Progress| {
            let begun = progress.begun.keys().copied();
            let open = begun.filter(|step| is_asked(*step) && !progress.done.contains(step));
            for step in open.filter(|step| !progress.told.contains(step)) {
                tell_done(&store, None, step).unwrap();
                told += 1;
            }
        };
        assert_eq!(follow(&store, &id, &mut tell).unwrap(), State::Done);
    });
    assert!(told > 0);
    assert_eq!(LOOKS.load(Ordering::SeqCst), told);
}

/// Nothing that an audit would call an error.
pub fn is_healthy(scratch: &Scratch) {
    let inventory = scratch.inventory();
    let graph = Graph::of(&inventory);
    let report = audit::audit(&inventory, &graph, ground::AT);
    let wrong: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| finding.severity == audit::Severity::Error)
        .map(|finding| finding.rule.code.to_string())
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Authorities' keys are the same everywhere, others are each node's own, and none is as before.
fn are_fresh(before: &crate::nodes::Snapshot, after: &crate::nodes::Snapshot) {
    let key = |node: &str, path: &str| {
        let path = std::path::Path::new(node).join(path);
        let (mode, content) = after[&path].clone();
        assert_ne!(before[&path].1, content, "{}", path.display());
        assert_eq!(mode & 0o077, 0, "{}", path.display());
        content
    };
    for path in ["etc/kubernetes/pki/ca.key", "etc/kubernetes/pki/sa.key"] {
        let all: BTreeSet<Vec<u8>> = NODES.map(|node| key(node, path)).into();
        assert_eq!(all.len(), 1, "{path}");
    }
    for path in [
        "etc/kubernetes/pki/apiserver.key",
        "etc/kubernetes/pki/etcd/server.key",
        "etc/kubernetes/controller-manager.conf",
    ] {
        let all: BTreeSet<Vec<u8>> = NODES.map(|node| key(node, path)).into();
        assert_eq!(all.len(), 3, "{path}");
    }
}
