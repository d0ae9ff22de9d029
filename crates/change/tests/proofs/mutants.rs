//! Plans that are spoilt in every small way: prover and simulator have to agree on each.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use authority::Names;
use cluster::{Component, Inventory};
use kubepki_change::choice::{Named, Renamed, credential};
use kubepki_change::plan::{Action, Kind, Plan, Step, StepId};
use kubepki_change::prove::{Proof, prove};
use kubepki_change::renew::renew;
use kubepki_change::rotate;

use crate::ground::{AT, cluster, example, several};
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
        renewed(&before),
        renamed(&before, "apiserver", &["k8s.example"], &[]),
        renamed(&before, "etcd-server", &["etcd.example"], &[]),
        // The address that kube-apiserver dials.
        renamed(&before, "etcd-server", &["etcd.example"], &["127.0.0.1"]),
    ]
}

pub fn renewed(before: &Inventory) -> Plan {
    let everything = Named {
        names: None,
        before: None,
    };
    renew(before, "renew all", &everything, AT).unwrap().plan
}

pub fn renamed(before: &Inventory, name: &str, add: &[&str], remove: &[&str]) -> Plan {
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

/// The same plan, with something odd on every node that changes nothing: so none is like another, and
/// each is gone through by itself.
fn odd(plan: &Plan) -> Plan {
    let mut odd = plan.clone();
    for (at, node) in odd.nodes.iter_mut().enumerate() {
        node.absent.insert(format!("/odd{at}"));
    }
    odd
}

/// What is said of nodes that are alike has to be what is said when each is gone through.
#[test]
fn like_nodes_are_counted_as_if_each_were_gone_through() {
    let before = cluster(4, 3);
    let (plan, _) = rotate::rotate(&before, &only(&["ca"]), "rotate", AT).unwrap();
    let proof = prove(&plan).unwrap();
    assert_eq!(proof.breach, None);
    let apart = prove(&odd(&plan)).unwrap();
    // Of control-plane nodes the first has the kubeconfig that people have a copy of.
    assert_eq!([proof.explored, apart.explored], [3 + 2, 4 + 3]);
    let counted = Proof {
        explored: apart.explored,
        ..proof.clone()
    };
    assert_eq!(counted, apart);
    let all = plan.nodes.iter().filter(|node| node.kind == Kind::Node);
    for node in all {
        let calls = format!("kube-apiserver@cp-4->kubelet@{}", node.name);
        assert!(proof.channels.contains(&calls), "{calls}");
    }
}

/// Where a wildcard stands for names, nodes are not alike because they differ in theirs alone.
#[test]
fn with_wildcards_nobody_is_alike() {
    let (mut plan, _) = rotate::rotate(&cluster(1, 3), &only(&["sa"]), "rotate", AT).unwrap();
    assert_eq!(prove(&plan).unwrap().explored, 1 + 2);
    let manifest = |text: &&mut String| text.contains("--tls-cert-file");
    let manifest = plan.contents.values_mut().find(manifest).unwrap();
    manifest.push_str("# *.example\n");
    assert_eq!(prove(&plan).unwrap().explored, 1 + 3);
}

/// Of many nodes that are alike one is spoilt, and is like none any more.
#[test]
fn one_of_many_like_nodes_is_missed() {
    let before = cluster(6, 4);
    let (plan, _) = rotate::rotate(&before, &only(&["ca"]), "rotate", AT).unwrap();
    assert_eq!(prove(&plan).unwrap().breach, None);
    for node in ["cp-1", "cp-6", "worker-3"] {
        let mut steps = plan.steps.iter();
        let is_first = |step: &Step| step.node == node && matches!(step.action, Action::Write(_));
        let mut spoilt = plan.clone();
        let first = steps.position(is_first).unwrap();
        spoilt.steps[first].action = Action::HandOver("nobody does it".to_owned());
        let breach = prove(&spoilt).unwrap().breach;
        let breach = breach.unwrap_or_else(|| panic!("nobody misses what {node} lacks"));
        assert!(
            breach.what.contains(&format!("@{node}")),
            "{node}: {breach:?}"
        );
    }
}

/// Plans of which one of several like nodes is spoilt: a step is missing, or it gets files of another.
fn spoilt_on_one(before: &Inventory, names: &[&str]) -> Vec<Mutant> {
    let (plan, _) = rotate::rotate(before, &only(names), "rotate", AT).unwrap();
    let mut mutants = Vec::new();
    let mut add = |what: String, plan: Plan| {
        let what = format!("{}: {what}", names.join(" "));
        mutants.push(Mutant { what, plan });
    };
    for (node, other) in [("cp-3", "cp-4"), ("worker-2", "worker-3")] {
        let own = |name: &str| {
            let own = plan.numbered().filter(|(_, step)| step.node == name);
            own.map(|(id, _)| id.0 - 1).collect::<Vec<_>>()
        };
        for (at, others) in own(node).into_iter().zip(own(other)) {
            add(
                format!("without step {} on {node}", at + 1),
                without(&plan, at),
            );
            let mut free = plan.clone();
            free.steps[at].after.clear();
            add(format!("step {} on {node} whenever it likes", at + 1), free);
            let (Action::Write(files), Action::Write(theirs)) =
                (&plan.steps[at].action, &plan.steps[others].action)
            else {
                continue;
            };
            for (place, theirs) in theirs.iter().enumerate().take(files.len()) {
                let mut exchanged = files.clone();
                exchanged[place] = theirs.clone();
                let mut plan = plan.clone();
                plan.steps[at].action = Action::Write(exchanged);
                add(format!("with {} of {other} on {node}", theirs.path), plan);
            }
        }
    }
    mutants
}

/// How many break something; of each the same is said when every node is gone through by itself.
fn told_alike(mutants: &[Mutant]) -> usize {
    let tell = |mutant: &Mutant| {
        let [proof, apart] = [&mutant.plan, &odd(&mutant.plan)].map(|plan| prove(plan).unwrap());
        assert_eq!(
            proof.breach.is_some(),
            apart.breach.is_some(),
            "{}",
            mutant.what
        );
        let counts = |proof: &Proof| (proof.states, proof.checks, proof.channels.clone());
        assert_eq!(counts(&proof), counts(&apart), "{}", mutant.what);
        let length = |proof: &Proof| proof.breach.as_ref().map(|breach| breach.done.len());
        assert_eq!(length(&proof), length(&apart), "{}", mutant.what);
        proof.breach.is_some()
    };
    mutants.iter().filter(|mutant| tell(mutant)).count()
}

#[test]
fn a_sample_of_plans_spoilt_on_one_node_is_told_as_if_none_were_alike() {
    let mutants = spoilt_on_one(&cluster(4, 3), &["ca"]);
    let sample: Vec<Mutant> = mutants.into_iter().step_by(17).collect();
    let broken = told_alike(&sample);
    assert!(broken > 0 && broken < sample.len(), "{broken}");
}

#[test]
#[ignore = "takes minutes: cargo test --release -p kubepki-change --test proofs -- --ignored --nocapture"]
fn every_plan_spoilt_on_one_node_is_told_as_if_none_were_alike() {
    let before = cluster(4, 3);
    let (mut all, mut broken) = (0, 0);
    for name in ["ca", "etcd-ca", "front-proxy-ca", "sa"] {
        let mutants = spoilt_on_one(&before, &[name]);
        all += mutants.len();
        broken += told_alike(&mutants);
    }
    println!("{all} plans spoilt on one of several like nodes, {broken} of them break something");
    assert!(broken > 20 && broken < all, "{broken} of {all}");
}

/// Plans of several nodes that are spoilt on one of those that are alike, on all of them, and in what
/// they wait for.
fn spoilt_among(before: &Inventory, names: &[&str]) -> Vec<Mutant> {
    let (plan, _) = rotate::rotate(before, &only(names), "rotate", AT).unwrap();
    let nodes: Vec<&str> = before.nodes.iter().map(|node| &*node.name).collect();
    let mut mutants = Vec::new();
    let mut add = |what: String, plan: Plan| {
        let what = format!("{} on {}: {what}", names.join(" "), nodes.join(", "));
        mutants.push(Mutant { what, plan });
    };
    add("as it is".to_owned(), plan.clone());
    add(
        "nobody waits".to_owned(),
        waiting_for_nobody(&plan, |_| true),
    );
    for (at, step) in plan.steps.iter().enumerate() {
        if !nodes.contains(&&*step.node) {
            continue;
        }
        let (id, like) = (at + 1, like_steps(&plan, at));
        add(format!("without step {id}"), undone(&plan, &[at]));
        add(
            format!("step {id} waits for nobody"),
            waiting_for_nobody(&plan, |one| one == at),
        );
        // Once for all of them.
        if like.len() > 1 && like[0] == at {
            add(
                format!("without step {id} and those like it"),
                undone(&plan, &like),
            );
            let free = waiting_for_nobody(&plan, |one| like.contains(&one));
            add(format!("step {id} and those like it wait for nobody"), free);
        }
        for other in nodes.iter().filter(|other| **other != step.node) {
            let mut moved = plan.clone();
            moved.steps[at].node = (*other).to_owned();
            if moved.way().is_ok() {
                add(format!("step {id} on {other} instead"), moved);
            }
        }
    }
    mutants
}

/// Nobody does these; the others still wait for it, so that the order stays.
fn undone(plan: &Plan, steps: &[usize]) -> Plan {
    let mut spoilt = plan.clone();
    for at in steps {
        spoilt.steps[*at].action = Action::HandOver("nobody does it".to_owned());
    }
    spoilt
}

fn waiting_for_nobody(plan: &Plan, those: impl Fn(usize) -> bool) -> Plan {
    let mut free = plan.clone();
    let steps = free.steps.iter_mut().enumerate();
    let those = steps.filter(|(at, _)| those(*at));
    those.for_each(|(_, step)| step.after.clear());
    free
}

/// This step, and those of other nodes that do the same to the same files.
fn like_steps(plan: &Plan, at: usize) -> Vec<usize> {
    let done = |step: &Step| match &step.action {
        Action::Write(files) => files.iter().map(|file| file.path.clone()).collect(),
        other => vec![format!("{other:?}")],
    };
    let (own, steps) = (&plan.steps[at], plan.steps.iter().enumerate());
    let like = steps.filter(|(_, step)| step.stage == own.stage && done(step) == done(own));
    like.map(|(at, _)| at).collect()
}

/// Clusters so small that each of their nodes can be played through; of the last two some nodes are
/// gone through for others.
const SMALL: [(u16, u16); 5] = [(2, 0), (3, 0), (2, 1), (4, 0), (1, 4)];

fn spoilt_among_all(names: &[&[&str]]) -> Vec<Mutant> {
    let clusters = SMALL.map(|(control_planes, workers)| cluster(control_planes, workers));
    let each = clusters
        .iter()
        .flat_map(|before| names.iter().map(move |names| (before, *names)));
    each.flat_map(|(before, names)| spoilt_among(before, names))
        .collect()
}

/// One of so many is looked at with every run of the tests.
const SAMPLE: usize = 9;

#[test]
fn prover_and_simulator_agree_on_a_sample() {
    let sample: Vec<Mutant> = mutants().into_iter().step_by(SAMPLE).collect();
    let Agreed { broken, .. } = agree(&sample);
    assert!(broken > 3 && broken < sample.len(), "{broken}");
}

#[test]
#[ignore = "takes minutes: cargo test --release -p kubepki-change --test proofs -- --ignored --nocapture"]
fn prover_and_simulator_agree_on_every_mutant() {
    let mutants = mutants();
    assert!(mutants.len() >= 300, "{}", mutants.len());
    let Agreed { broken, .. } = agree(&mutants);
    println!(
        "{} mutants, {broken} of them break something",
        mutants.len()
    );
    assert!(broken > 50 && broken < mutants.len());
}

/// Of these, one of so many is looked at with every run of the tests.
const SAMPLE_OF_SEVERAL: usize = 23;

#[test]
fn prover_and_simulator_agree_on_a_sample_of_several_nodes() {
    let mutants = spoilt_among_all(&[&["etcd-ca"]]).into_iter();
    let sample: Vec<Mutant> = mutants.step_by(SAMPLE_OF_SEVERAL).collect();
    let Agreed { broken, folded } = agree(&sample);
    assert!(broken > 3 && broken < sample.len(), "{broken}");
    assert!(folded > 1, "{folded}");
}

#[test]
#[ignore = "takes minutes: cargo test --release -p kubepki-change --test proofs -- --ignored --nocapture"]
fn prover_and_simulator_agree_on_every_mutant_of_several_nodes() {
    let mutants = spoilt_among_all(&[&["ca"], &["etcd-ca"], &["front-proxy-ca"], &["sa"]]);
    let Agreed { broken, folded } = agree(&mutants);
    println!(
        "{} mutants of several nodes, {broken} of them break something; in {folded} some nodes were \
         gone through for others",
        mutants.len()
    );
    assert!(broken > 100 && broken < mutants.len(), "{broken}");
    assert!(folded > 100, "{folded}");
}

/// What prover and simulator both say of some mutants.
struct Agreed {
    /// How many break something.
    broken: usize,
    /// In how many the prover went through some nodes for others.
    folded: usize,
}

/// Proves each and plays it through.
fn agree(mutants: &[Mutant]) -> Agreed {
    let [next, broken, folded] = [const { AtomicUsize::new(0) }; 3];
    let check = || {
        while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
            let proof = prove(&mutant.plan).unwrap();
            let played = Simulator::new(&apart(&mutant.plan)).breaks();
            broken.fetch_add(usize::from(played.is_some()), Ordering::Relaxed);
            let is_folded = proof.explored < proof.nodes;
            folded.fetch_add(usize::from(is_folded), Ordering::Relaxed);
            let breach = proof.breach;
            assert!(
                breach.is_some() == played.is_some(),
                "{}: proven {breach:?}, played {played:?}",
                mutant.what
            );
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        (0..threads).for_each(|_| drop(scope.spawn(check)));
    });
    Agreed {
        broken: broken.into_inner(),
        folded: folded.into_inner(),
    }
}
