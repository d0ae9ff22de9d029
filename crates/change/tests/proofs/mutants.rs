//! Plans that are spoilt in every small way: prover and simulator have to agree on each.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use authority::Names;
use cluster::{Component, Inventory};
use kubepki_change::choice::{Named, Renamed, credential};
use kubepki_change::plan::{Action, Plan, StepId};
use kubepki_change::prove::prove;
use kubepki_change::renew::renew;
use kubepki_change::rotate;

use crate::ground::{AT, example, several};
use crate::only;
use crate::simulator::{Simulator, apart};

struct Mutant {
    what: String,
    plan: Plan,
}

/// Every plan that is shipped, for one node.
fn plans() -> Vec<Plan> {
    let before = example("kubeadm-ecdsa");
    let rotated = |names: &[&str]| {
        let wish = format!("rotate {}", names.join(" "));
        rotate::rotate(&before, &only(names), &wish, AT).unwrap().0
    };
    let everything = Named {
        names: None,
        before: None,
    };
    vec![
        rotated(&["sa"]),
        rotated(&["etcd-ca"]),
        rotated(&["front-proxy-ca"]),
        rotated(&["ca"]),
        rotated(&["etcd-ca", "front-proxy-ca", "sa"]),
        finished(&before, &["ca"]),
        finished(&before, &["etcd-ca", "sa"]),
        finished(&before, &["front-proxy-ca"]),
        crate::shipped::shipped("kubeadm-renew-all-in-a-rotation"),
        renew(&before, "renew all", &everything, AT).unwrap().plan,
        renamed(&before, "apiserver", &["k8s.example"], &[]),
        renamed(&before, "etcd-server", &["etcd.example"], &[]),
        // The address that kube-apiserver dials.
        renamed(&before, "etcd-server", &["etcd.example"], &["127.0.0.1"]),
    ]
}

fn renamed(before: &Inventory, name: &str, add: &[&str], remove: &[&str]) -> Plan {
    let own = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let choice = Renamed {
        row: credential(name).unwrap(),
        add: Names {
            dns: own(add),
            ..Names::default()
        },
        remove: own(remove).into_iter().collect(),
    };
    let wish = format!("san add {name} {add:?}, san remove {name} {remove:?}");
    renew(before, &wish, &choice, AT).unwrap().plan
}

fn finished(before: &Inventory, names: &[&str]) -> Plan {
    let (plan, secrets) = rotate::rotate(before, &only(names), "rotate", AT).unwrap();
    let between = crate::ground::after(&plan, &secrets);
    let wish = format!("rotate {} --finish", names.join(" "));
    rotate::finish(&between, &only(names), &wish, AT).unwrap().0
}

fn mutants() -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for plan in plans() {
        let mut add = |what: String, plan: Plan| {
            let older = of_version(&plan, "v1.35.0");
            let what = format!("{}: {what}", plan.wish);
            mutants.push(Mutant {
                what: format!("{what}, with Kubernetes 1.35"),
                plan: older,
            });
            mutants.push(Mutant { what, plan });
        };
        add("as it is".to_owned(), plan.clone());
        for at in 0..plan.steps.len() {
            add(format!("without step {}", at + 1), without(&plan, at));
            if at + 1 < plan.steps.len() && plan.steps[at].node == plan.steps[at + 1].node {
                let mut swapped = plan.clone();
                let (one, other) = (
                    plan.steps[at].action.clone(),
                    plan.steps[at + 1].action.clone(),
                );
                (swapped.steps[at].action, swapped.steps[at + 1].action) = (other, one);
                add(
                    format!("steps {} and {} the other way round", at + 1, at + 2),
                    swapped,
                );
            }
            if at + 1 < plan.steps.len() {
                let both = without(&without(&plan, at + 1), at);
                add(format!("without steps {} and {}", at + 1, at + 2), both);
            }
            if !plan.steps[at].after.is_empty() {
                let mut free = plan.clone();
                free.steps[at].after.clear();
                add(format!("step {} whenever it likes", at + 1), free);
            }
        }
    }
    mutants
}

fn without(plan: &Plan, at: usize) -> Plan {
    let mut less = plan.clone();
    less.steps.remove(at);
    for step in &mut less.steps {
        step.after.retain(|after| after.0 != at + 1);
        for after in step.after.iter_mut().filter(|after| after.0 > at + 1) {
            *after = StepId(after.0 - 1);
        }
    }
    less
}

/// The same with another version of Kubernetes, whose files are read again by other rules.
fn of_version(plan: &Plan, version: &str) -> Plan {
    let mut other = plan.clone();
    for text in other.contents.values_mut() {
        *text = text.replace("v1.36.0", version);
    }
    other
}

/// Nodes are much alike, and what is missing on one of them breaks there alone: that the others have
/// it hides nothing.
#[test]
fn one_of_three_like_nodes_is_missed() {
    let before = several(3);
    let (plan, _) = rotate::rotate(&before, &only(&["etcd-ca"]), "rotate", AT).unwrap();
    assert_eq!(prove(&plan).unwrap().breach, None);
    let first = |node: &str, is_it: fn(&Action) -> bool| {
        let mut steps = plan.steps.iter();
        steps
            .position(|step| step.node == node && is_it(&step.action))
            .unwrap()
    };
    let writes = |action: &Action| matches!(action, Action::Write(_));
    // The others still wait for it, so that the order stays.
    let undone = |at: usize| {
        let mut spoilt = plan.clone();
        spoilt.steps[at].action = Action::HandOver("nobody does it".to_owned());
        spoilt
    };
    let restarts = |action: &Action| *action == Action::Restart(Component::Etcd);
    for (node, other) in [("cp-1", "cp-2"), ("cp-2", "cp-3"), ("cp-3", "cp-1")] {
        let mut moved = plan.clone();
        moved.steps[first(node, restarts)].node = other.to_owned();
        let spoilt = [
            ("the first write", undone(first(node, writes))),
            ("the first restart", undone(first(node, restarts))),
            ("the restart that went elsewhere", moved),
        ];
        for (what, spoilt) in spoilt {
            let breach = prove(&spoilt).unwrap().breach;
            let breach = breach.unwrap_or_else(|| panic!("{what} is not missed on {node}"));
            assert!(
                breach.what.contains(&format!("etcd@{node}")),
                "{what} on {node}: {breach:?}"
            );
        }
    }
}

/// One of so many is looked at with every run of the tests.
const SAMPLE: usize = 9;

#[test]
fn prover_and_simulator_agree_on_a_sample() {
    let sample: Vec<Mutant> = mutants().into_iter().step_by(SAMPLE).collect();
    let broken = agree(&sample);
    assert!(broken > 3 && broken < sample.len(), "{broken}");
}

#[test]
#[ignore = "takes minutes: cargo test --release -p kubepki-change --test proofs -- --ignored --nocapture"]
fn prover_and_simulator_agree_on_every_mutant() {
    let mutants = mutants();
    assert!(mutants.len() >= 300, "{}", mutants.len());
    let broken = agree(&mutants);
    println!(
        "{} mutants, {broken} of them break something",
        mutants.len()
    );
    assert!(broken > 50 && broken < mutants.len());
}

/// Proves each and plays it through; how many break something.
fn agree(mutants: &[Mutant]) -> usize {
    let (next, broken) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let check = || {
        while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
            let breach = prove(&mutant.plan).unwrap().breach;
            let played = Simulator::new(&apart(&mutant.plan)).breaks();
            broken.fetch_add(usize::from(played.is_some()), Ordering::Relaxed);
            let agreed = breach.is_some() == played.is_some();
            assert!(
                agreed,
                "{}: proven {breach:?}, played {played:?}",
                mutant.what
            );
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        (0..threads).for_each(|_| drop(scope.spawn(check)));
    });
    broken.into_inner()
}
