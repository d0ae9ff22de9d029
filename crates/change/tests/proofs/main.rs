//! Plans that are made, and plans that are spoilt: what the prover says of them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

mod care;
mod channels;
mod ground;
mod mutants;
mod objects;
mod shipped;
mod simulator;

use std::collections::BTreeSet;

use audit::Severity;
use cluster::catalogue::AUTHORITIES;
use cluster::graph::Party;
use cluster::{Channel, Component, Graph, Inventory};
use kubepki_change::choice::Named;
use kubepki_change::plan::schedule::{HandOvers, Schedule};
use kubepki_change::plan::{Action, Plan, PlanError, StepId};
use kubepki_change::prove::{Breach, Proof, prove};
use kubepki_change::renew::renew;
use kubepki_change::rotate::{self, What};
use kubepki_change::undo;

use crate::ground::{AT, after, cluster, example, of_path_length_zero, several};
use crate::simulator::apart;

pub(crate) fn only(names: &[&str]) -> What {
    let all = AUTHORITIES.iter();
    What {
        authorities: all.filter(|row| names.contains(&row.name)).collect(),
        token_key: names.contains(&"sa"),
        root: None,
    }
}

fn holds(plan: &Plan) -> Proof {
    let proof = prove(plan).unwrap();
    assert_eq!(proof.breach, None, "{}", plan.wish);
    assert!(proof.left_out.is_empty(), "{:?}", proof.left_out);
    proof
}

fn breaks(plan: &Plan) -> Breach {
    prove(plan)
        .unwrap()
        .breach
        .unwrap_or_else(|| panic!("{} is taken for safe", plan.wish))
}

/// Rotates and finishes; gives the cluster in the end.
fn replaced(inventory: &Inventory, what: &What) -> Inventory {
    let (plan, secrets) = rotate::rotate(inventory, what, "rotate", AT).unwrap();
    holds(&plan);
    let between = after(&plan, &secrets);
    well(&between);
    let (plan, secrets) = rotate::finish(&between, what, "finish", AT).unwrap();
    holds(&plan);
    let end = after(&plan, &secrets);
    well(&end);
    end
}

/// The audit finds no error, and every channel works that did.
fn well(inventory: &Inventory) {
    let report = audit::audit(inventory, &Graph::of(inventory), AT);
    let errors = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    let errors: Vec<_> = errors.map(|finding| &finding.message).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let failing = report
        .channels
        .iter()
        .filter(|channel| channel.verdict == audit::Verdict::Fails);
    assert_eq!(failing.count(), 0);
}

fn file(inventory: &Inventory, path: &str) -> Vec<u8> {
    inventory.nodes[0].files.get(path).bytes().unwrap().to_vec()
}

#[test]
fn each_is_replaced() {
    for (name, path) in [
        ("ca", "/etc/kubernetes/pki/ca.crt"),
        ("etcd-ca", "/etc/kubernetes/pki/etcd/ca.crt"),
        ("front-proxy-ca", "/etc/kubernetes/pki/front-proxy-ca.crt"),
        ("sa", "/etc/kubernetes/pki/sa.pub"),
    ] {
        let before = example("kubeadm-ecdsa");
        let end = replaced(&before, &only(&[name]));
        assert_ne!(file(&before, path), file(&end, path));
        let paths =
            |inventory: &Inventory| inventory.nodes[0].pki.keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(&before), paths(&end), "{name}");
        let manifest = "/etc/kubernetes/manifests/kube-controller-manager.yaml";
        assert!(file(&before, manifest) == file(&end, manifest), "{name}");
    }
}

#[test]
fn all_are_replaced_at_once() {
    let before = example("kubeadm");
    let end = replaced(&before, &rotate::all(&before));
    let trusts_old = |path: &str| {
        let old = verify::load::append_certs_from_pem(&file(&before, path));
        let new = verify::load::append_certs_from_pem(&file(&end, path));
        assert_eq!(new.len(), 1, "{path}");
        new.iter().any(|one| old.contains(one))
    };
    for path in ["ca.crt", "etcd/ca.crt", "front-proxy-ca.crt"] {
        assert!(!trusts_old(&format!("/etc/kubernetes/pki/{path}")));
    }
}

#[test]
fn an_intermediate_is_replaced_and_its_root_stays() {
    let (root, before) = ground::below_a_root(2);
    let what = What {
        root: Some(root.clone()),
        ..rotate::all(&before)
    };
    let end = replaced(&before, &what);
    let held = |inventory: &Inventory, name: &str| {
        let file = file(inventory, &format!("/etc/kubernetes/pki/{name}"));
        verify::load::client_go_certs(&file).unwrap()
    };
    for name in ["ca.crt", "etcd/ca.crt", "front-proxy-ca.crt"] {
        let new = held(&end, name);
        assert_eq!(new.len(), 1, "{name}");
        assert!(new[0].check_signature_from(root.certificate()).is_ok());
        assert_ne!(held(&before, name), new);
    }
    // Servers and clients send the new one in the place of the old one, and servers are verified with
    // it and the root.
    for name in ["apiserver.crt", "apiserver-kubelet-client.crt"] {
        assert_eq!(held(&end, name)[1..], held(&end, "ca.crt"), "{name}");
    }
    let both = [held(&end, "ca.crt"), root.chain().to_vec()].concat();
    assert_eq!(held(&end, "ca-bundle.crt"), both);
    let (plan, _) = rotate::rotate(&before, &what, "rotate all", AT).unwrap();
    let words = plan.steps.iter().filter_map(|step| match &step.action {
        Action::HandOver(words) => Some((&*step.stage, &**words)),
        _ => None,
    });
    // Who trusts the root needs nothing before the new one vouches for everything; etcd's clients
    // elsewhere know etcd's own authority alone.
    let early: Vec<_> = words
        .filter(|(stage, _)| *stage == "old and new are trusted")
        .map(|(_, words)| words)
        .collect();
    assert!(
        early.len() == 1 && early[0].contains("etcd's authorities"),
        "{early:?}"
    );
}

#[test]
fn an_intermediate_is_not_replaced_without_its_root() {
    let (_, before) = ground::below_a_root(1);
    let other = Some(ground::root());
    for (root, said) in [(None, "--root-ca-key"), (other, "below another root")] {
        let what = What {
            root,
            ..only(&["ca"])
        };
        let refused = rotate::rotate(&before, &what, "rotate ca", AT)
            .err()
            .unwrap();
        assert!(refused.to_string().contains(said), "{refused}");
    }
}

#[test]
fn three_nodes_keep_working() {
    let before = several(3);
    replaced(&before, &rotate::all(&before));
}

/// The prover asks for the channels of one component of a node at a time.
#[test]
fn what_is_drawn_of_a_part_is_what_the_whole_has_of_it() {
    let inventory = cluster(3, 2);
    let whole = Graph::of(&inventory).channels;
    let both = |channel: &Channel| [channel.client.component, channel.server.component];
    let components: BTreeSet<Component> = whole.iter().flat_map(both).collect();
    let mut drawn = 0;
    for node in 0..inventory.nodes.len() {
        for component in components.iter().copied() {
            let is_its = |party: &Party| party.node == Some(node) && party.component == component;
            let of_it = whole
                .iter()
                .filter(|channel| is_its(&channel.client) || is_its(&channel.server));
            let of_it: Vec<String> = of_it.map(|channel| format!("{channel:?}")).collect();
            let part = Graph::around(&inventory, node, &[component]).channels;
            let part: Vec<String> = part.iter().map(|channel| format!("{channel:?}")).collect();
            assert_eq!(part, of_it, "{component} of node {node}");
            drawn += part.len();
        }
    }
    // Each from either of its ends, where both are on a node.
    assert!(drawn > whole.len(), "{drawn}");
}

#[test]
fn a_rotation_in_the_middle_is_not_begun_again_and_renewals_keep_both() {
    let before = example("kubeadm-ecdsa");
    let (plan, secrets) = rotate::rotate(&before, &only(&["ca"]), "rotate", AT).unwrap();
    let between = after(&plan, &secrets);
    let again = rotate::rotate(&between, &only(&["ca"]), "rotate", AT);
    assert!(matches!(again, Err(rotate::RotateError::UnderWay("ca"))));
    let everything = Named {
        names: None,
        before: None,
    };
    let renewal = renew(&between, "renew all", &everything, AT).unwrap();
    holds(&renewal.plan);
    let renewed = after(&renewal.plan, &renewal.secrets);
    for kubeconfig in ["admin.conf", "scheduler.conf", "kubelet.conf"] {
        let read = renewed.nodes[0].kubeconfigs.get(kubeconfig).unwrap();
        let trusted = read
            .parsed
            .as_ref()
            .unwrap()
            .certificate_authority
            .as_ref()
            .unwrap();
        let trusted = verify::load::append_certs_from_pem(trusted.bytes().unwrap());
        assert_eq!(trusted.len(), 2, "{kubeconfig}");
    }
}

/// The old authority vouches for the new one, in what servers send: so whoever trusts the old one
/// alone is told last.
#[test]
fn nobody_outside_has_to_keep_up() {
    let before = example("kubeadm-ecdsa");
    let what = rotate::all(&before);
    let (plan, secrets) = rotate::rotate(&before, &what, "rotate", AT).unwrap();
    let outside: Vec<bool> = plan
        .steps
        .iter()
        .map(|step| ["people", "pods"].contains(&step.node.as_str()))
        .collect();
    assert!(outside.is_sorted(), "{:#?}", plan.steps);
    let between = after(&plan, &secrets);
    let (plan, secrets) = rotate::finish(&between, &what, "finish", AT).unwrap();
    let end = after(&plan, &secrets);
    for (path, sent) in [
        ("apiserver.crt", 2),
        ("etcd/peer.crt", 2),
        ("front-proxy-client.crt", 1),
    ] {
        let path = format!("/etc/kubernetes/pki/{path}");
        let all = |inventory: &Inventory| {
            verify::load::append_certs_from_pem(&file(inventory, &path)).len()
        };
        assert_eq!([all(&before), all(&between), all(&end)], [1, sent, 1]);
    }
}

/// An authority of path length zero vouches for no other: people and pods are told before.
#[test]
fn an_authority_that_may_not_vouch_is_replaced_too() {
    let before = of_path_length_zero();
    let (plan, _) = rotate::rotate(&before, &only(&["ca"]), "rotate", AT).unwrap();
    holds(&plan);
    let hand_overs = plan
        .steps
        .iter()
        .filter(|step| matches!(step.action, Action::HandOver(_)));
    assert_eq!(hand_overs.count(), 4);
}

/// A change is taken back from anywhere on its way, and that is a plan too.
#[test]
fn taking_back_is_safe_from_everywhere() {
    let before = example("kubeadm-ecdsa");
    for names in [["sa"], ["etcd-ca"], ["front-proxy-ca"], ["ca"]] {
        let (plan, _) = rotate::rotate(&before, &only(&names), "rotate", AT).unwrap();
        let order = plan.order();
        for begun in 1..=order.len() {
            let begun: BTreeSet<StepId> = order[..begun].iter().copied().collect();
            let back = undo::plan(&plan, &order, &begun);
            let proof = prove(&back).unwrap();
            assert_eq!(
                proof.breach,
                None,
                "{names:?}, {} begun: {:#?}",
                begun.len(),
                back.steps
            );
        }
    }
}

/// It is taken back from the middle of a step too, when of what the step writes some is there: every
/// planner's, from each place in the middle of each of its writes.
#[test]
fn taking_back_is_safe_from_the_middle_of_a_step() {
    let mut places = 0;
    for plan in every_planner() {
        let own = interrupted(&plan);
        println!("{}: {own} places in the middle of a write", plan.wish);
        places += own;
    }
    // Some write into one folder alone, where everything changes at once.
    assert!(places > 12, "{places}");
}

/// A plan of each kind that there is; one of them for two nodes.
fn every_planner() -> Vec<Plan> {
    let before = example("kubeadm-ecdsa");
    let rotated = |names: &[&str]| {
        let wish = format!("rotate {}", names.join(" "));
        let planned = rotate::rotate(&before, &only(names), &wish, AT);
        planned.unwrap().0
    };
    let names = [["ca"], ["etcd-ca"], ["front-proxy-ca"], ["sa"]];
    let mut plans: Vec<Plan> = names.iter().map(|names| rotated(names)).collect();
    let all = rotate::rotate(&before, &rotate::all(&before), "rotate all", AT);
    let two = rotate::rotate(&several(2), &only(&["etcd-ca"]), "rotate etcd-ca", AT);
    plans.extend([all, two].map(|planned| planned.unwrap().0));
    plans.extend([
        mutants::renewed(&before),
        mutants::renamed(&before, "apiserver", &["k8s.example"], &[]),
        ground::filled_up(&[
            "/admin.conf",
            "/apiserver-kubelet-client.crt",
            "/apiserver-kubelet-client.key",
        ]),
    ]);
    plans
}

/// Interrupts every write of a plan wherever some of its parts are missing yet, and takes it back from
/// there; how many places there are.
fn interrupted(forward: &Plan) -> usize {
    let mut places = 0;
    let left_out = prove(forward).unwrap().left_out;
    for begun in 1..=forward.steps.len() {
        let whole = first_steps(forward, begun);
        let parts = apart(&whole).steps.len() - apart(&first_steps(forward, begun - 1)).steps.len();
        for missing in 1..parts {
            let proof = prove(&there_and_back(forward, &whole, missing)).unwrap();
            let place = format!(
                "{}: step {begun} without {missing} of its {parts} parts",
                forward.wish
            );
            assert_eq!(proof.breach, None, "{place}");
            assert_eq!(proof.left_out, left_out, "{place}");
            places += 1;
        }
    }
    places
}

fn first_steps(plan: &Plan, count: usize) -> Plan {
    Plan {
        steps: plan.steps[..count].to_vec(),
        ..plan.clone()
    }
}

/// A change that is interrupted before the last parts of its last step, and taken back then, as one
/// plan: whoever holds something that lay there on the way there may hold it on the way back.
fn there_and_back(forward: &Plan, begun: &Plan, missing: usize) -> Plan {
    let order: Vec<StepId> = begun.numbered().map(|(step, _)| step).collect();
    let back = undo::plan(forward, &order, &order.iter().copied().collect());
    let mut both = apart(begun);
    both.steps.truncate(both.steps.len() - missing);
    let there = both.steps.len();
    both.steps.extend(back.steps);
    for (at, step) in both.steps.iter_mut().enumerate().skip(there) {
        for after in &mut step.after {
            *after = StepId(after.0 + there);
        }
        // The way back begins when nothing is done any more on the way there.
        if at == there {
            step.after.extend((1..=there).map(StepId));
        }
    }
    both
}

#[test]
fn there_is_nothing_to_finish_where_nothing_was_begun() {
    let before = example("kubeadm");
    let planned = rotate::finish(&before, &rotate::all(&before), "finish", AT);
    assert!(matches!(planned, Err(rotate::RotateError::NothingToFinish)));
}

/// From the first files to the last in one go: a restart of everything in the end.
fn at_once(before: &Inventory, what: &What) -> Plan {
    let (plan, secrets) = rotate::rotate(before, what, "rotate", AT).unwrap();
    let (finish, secrets) = rotate::finish(&after(&plan, &secrets), what, "finish", AT).unwrap();
    let end = after(&finish, &secrets);
    let mut schedule = Schedule::new("replace and renew all at once", before, AT);
    let trees = Schedule::new("", &end, AT).trees().to_vec();
    schedule.stage(
        "replaced",
        trees,
        HandOvers {
            people: Some("new"),
            etcd: None,
            pods: Some("new"),
            ..HandOvers::default()
        },
    );
    schedule.finish().0
}

#[test]
fn an_authority_that_is_replaced_at_once_breaks() {
    for name in ["ca", "etcd-ca", "front-proxy-ca", "sa"] {
        breaks(&at_once(&example("kubeadm-ecdsa"), &only(&[name])));
    }
}

/// What `kubeadm certs renew all` of 1.36 does to kubeconfigs in the middle of a rotation: of two
/// authorities only the first of the file stays, here the new one, while the old one's certificate is
/// still served.
#[test]
fn kubeconfigs_that_lose_an_authority_break() {
    let (what, before) = (only(&["ca"]), example("kubeadm-ecdsa"));
    let (rotation, secrets) = rotate::rotate(&before, &what, "rotate", AT).unwrap();
    let (finish, new) = rotate::finish(&after(&rotation, &secrets), &what, "finish", AT).unwrap();
    let end = Schedule::new("", &after(&finish, &new), AT)
        .trees()
        .to_vec();
    let is_last = |stage: &str| stage == "old and new are trusted";
    let trusted = rotation.steps.iter().rposition(|step| is_last(&step.stage));
    let steps = rotation.steps[..=trusted.unwrap()].to_vec();
    let between = after(&Plan { steps, ..rotation }, &secrets);

    let mut schedule = Schedule::new("kubeadm certs renew all", &between, AT);
    let mut trees = schedule.trees().to_vec();
    for name in ["scheduler.conf", "controller-manager.conf"] {
        let path = format!("/etc/kubernetes/{name}");
        trees[0].insert(path.clone(), end[0][&path].clone());
    }
    schedule.stage("renewed", trees, HandOvers::default());
    let breach = breaks(&schedule.finish().0);
    assert!(breach.said.contains("unknown authority"), "{breach:?}");
}

#[test]
fn etcds_bundle_is_read_only_at_the_start() {
    let (mut plan, _) =
        rotate::rotate(&example("kubeadm-ecdsa"), &only(&["etcd-ca"]), "rotate", AT).unwrap();
    let is_restart = |component| {
        move |step: &kubepki_change::plan::Step| step.action == Action::Restart(component)
    };
    let etcd = plan
        .steps
        .iter()
        .position(is_restart(Component::Etcd))
        .unwrap();
    plan.steps[etcd].action = Action::HandOver("nobody restarts it".to_owned());
    let breach = breaks(&plan);
    assert!(breach.what.ends_with("->etcd@cp-1"), "{breach:?}");
    assert!(
        breach.said.contains("bad certificate") || breach.said.contains("unknown"),
        "{breach:?}"
    );
}

#[test]
fn etcd_loses_its_quorum_when_two_of_three_restart() {
    let before = several(3);
    let (mut plan, _) = rotate::rotate(&before, &only(&["etcd-ca"]), "rotate", AT).unwrap();
    holds(&plan);
    let restarts = |plan: &Plan| {
        let those = plan
            .numbered()
            .filter(|(_, step)| step.action == Action::Restart(Component::Etcd));
        those.map(|(id, _)| id).collect::<Vec<StepId>>()
    };
    let second = restarts(&plan)[1];
    plan.steps[second.0 - 1].after.clear();
    let breach = breaks(&plan);
    assert_eq!(breach.what, "etcd");
    assert!(
        breach.said.contains("of 3 members 1 are left"),
        "{breach:?}"
    );
}

/// With kubeadm's flags kube-apiserver knows the member beside it alone, and is not there without it.
#[test]
fn kube_apiserver_goes_with_its_etcd() {
    let (mut plan, _) = rotate::rotate(&several(2), &only(&["etcd-ca"]), "rotate", AT).unwrap();
    holds(&plan);
    let restart = |node: &str, component| {
        let mut all = plan.numbered();
        let is_it = |step: &kubepki_change::plan::Step| {
            step.node == node && step.action == Action::Restart(component)
        };
        all.find(|(_, step)| is_it(step)).unwrap().0
    };
    let other = restart("cp-1", Component::KubeApiserver);
    let etcd = restart("cp-2", Component::Etcd);
    let apiserver = restart("cp-2", Component::KubeApiserver);
    plan.steps[etcd.0 - 1].after.clear();
    plan.steps[apiserver.0 - 1].after.push(other);
    let breach = breaks(&plan);
    assert_eq!(breach.what, "kube-apiserver", "{breach:?}");
}

#[test]
fn what_is_no_plan_is_refused() {
    let (plan, _) =
        rotate::rotate(&example("kubeadm-ecdsa"), &only(&["sa"]), "rotate", AT).unwrap();
    let spoilt = |spoil: fn(&mut Plan)| {
        let mut plan = plan.clone();
        spoil(&mut plan);
        prove(&plan).unwrap_err()
    };
    let last = StepId(plan.steps.len());
    assert!(matches!(
        spoilt(|plan| plan.schema.clear()),
        PlanError::Schema(_)
    ));
    assert!(matches!(
        spoilt(|plan| plan.contents.clear()),
        PlanError::NoContent { .. }
    ));
    assert!(matches!(
        spoilt(|plan| plan.steps[0].node.clear()),
        PlanError::NoNode { .. }
    ));
    assert!(matches!(
        spoilt(|plan| plan.steps[0].after.push(StepId(0))),
        PlanError::NoStep { .. }
    ));
    assert!(matches!(
        spoilt(|plan| plan.steps[0].after.push(StepId(6))),
        PlanError::Circle(_)
    ));
    assert_eq!(last, StepId(6));
    assert!(matches!(
        spoilt(|plan| plan.nodes.push(plan.nodes[0].clone())),
        PlanError::Twice(_)
    ));
}

#[test]
fn a_plan_is_read_as_it_was_written_and_holds_no_key() {
    let (plan, secrets) =
        rotate::rotate(&example("kubeadm"), &only(&["ca", "sa"]), "rotate", AT).unwrap();
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    assert!(!text.contains("BEGIN RSA PRIVATE KEY") && !text.contains("BEGIN PRIVATE KEY"));
    let lines = secrets
        .iter()
        .filter(|(_, content)| content.starts_with(b"-----BEGIN RSA PRIVATE"));
    let mut seen = 0;
    for (_, content) in lines {
        seen += 1;
        let line = String::from_utf8(content.to_vec()).unwrap();
        let line = line.lines().nth(5).unwrap().to_owned();
        assert!(!text.contains(&line));
    }
    assert!(seen > 4);
}
