//! Bundles in objects of the API: by one nodes verify kube-apiserver when they join, by the others
//! kube-apiserver verifies whom it calls.

use std::collections::BTreeSet;

use authority::objects::{cluster_info, discovery_kubeconfig};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::{Inventory, Objects};
use kubepki_change::given::to_pem;
use kubepki_change::plan::{Action, Plan, StepId};
use kubepki_change::prove::prove;
use kubepki_change::{rotate, undo};
use serde_json::{Value, json};

use crate::ground::{AT, after, cluster, example, of_path_length_zero};
use crate::{breaks, file, holds, only};

const HOOK: &str = "kube-apiserver->ValidatingWebhookConfiguration hook";
const JOINS: &str = "kubelet@joining->kube-apiserver@cp-1";

/// The same cluster with what its API holds: of every kind one object with its authority, and a
/// webhook that has one of its own.
pub fn with_objects(inventory: Inventory) -> Inventory {
    let ca = file(&inventory, "/etc/kubernetes/pki/ca.crt");
    holding(inventory, &ca)
}

fn holding(inventory: Inventory, ca: &[u8]) -> Inventory {
    let server = "https://k8s.example:6443";
    let own = crate::ground::root();
    let own = to_pem(own.chain());
    let objects = [
        cluster_info(&discovery_kubeconfig(server, ca), &[]),
        webhook("hook", ca),
        webhook("own", own.as_bytes()),
        json!({
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": "v1.metrics"},
            "spec": {
                "group": "metrics", "version": "v1",
                "service": {"namespace": "a", "name": "b"}, "caBundle": STANDARD.encode(ca),
            },
        }),
    ];
    let mut read = Objects::default();
    for object in objects {
        read.add_dump("dump.json", object.to_string().as_bytes())
            .unwrap();
    }
    inventory.with_objects(read)
}

fn webhook(name: &str, ca: &[u8]) -> Value {
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [{"name": "a.b.c", "clientConfig": {"url": "https://h", "caBundle": STANDARD.encode(ca)}}],
    })
}

fn published(plan: &Plan) -> usize {
    let is_it = |action: &Action| matches!(action, Action::Publish(_));
    plan.steps
        .iter()
        .position(|step| is_it(&step.action))
        .unwrap()
}

/// The plan with every bundle as `spoil` makes it of before and after.
fn spoilt(plan: &Plan, spoil: impl Fn(&mut String, &mut String)) -> Plan {
    let mut plan = plan.clone();
    for step in &mut plan.steps {
        if let Action::Publish(all) = &mut step.action {
            all.iter_mut()
                .for_each(|one| spoil(&mut one.before, &mut one.after));
        }
    }
    plan
}

#[test]
fn joining_and_callbacks_work_through_a_rotation_and_its_end() {
    for inventory in [example("kubeadm-ecdsa"), cluster(2, 1)] {
        let before = with_objects(inventory);
        let what = only(&["ca"]);
        let (plan, secrets) = rotate::rotate(&before, &what, "rotate", AT).unwrap();
        let proof = holds(&plan);
        for channel in [HOOK, JOINS, "kube-apiserver->APIService v1.metrics"] {
            assert!(
                proof.channels.contains(channel),
                "{channel}: {:?}",
                proof.channels
            );
        }
        let both = [
            file(&before, "/etc/kubernetes/pki/ca.crt"),
            file(&after(&plan, &secrets), "/etc/kubernetes/pki/ca.crt"),
        ];
        let between = holding(after(&plan, &secrets), &both.concat());
        let (finish, _) = rotate::finish(&between, &what, "finish", AT).unwrap();
        assert!(holds(&finish).channels.contains(HOOK));
    }
}

/// New authorities leave the bundles only when nobody is left who was given a certificate of them.
#[test]
fn callbacks_work_on_the_way_back() {
    for inventory in [example("kubeadm-ecdsa"), of_path_length_zero()] {
        let before = with_objects(inventory);
        let (plan, _) = rotate::rotate(&before, &only(&["ca"]), "rotate", AT).unwrap();
        let order = plan.order();
        for begun in published(&plan) + 1..=order.len() {
            let begun: BTreeSet<StepId> = order[..begun].iter().copied().collect();
            let back = undo::plan(&plan, &order, &begun);
            let breach = prove(&back).unwrap().breach;
            assert_eq!(breach, None, "{begun:?}: {:#?}", back.steps);
        }
    }
}

/// Servers are given certificates of the new authority at the hand-over.
#[test]
fn servers_are_trusted_before_they_change() {
    let before = with_objects(example("kubeadm-ecdsa"));
    let (mut plan, _) = rotate::rotate(&before, &only(&["ca"]), "rotate", AT).unwrap();
    let at = published(&plan);
    let over = plan
        .steps
        .iter()
        .rposition(|step| matches!(step.action, Action::HandOver(_)));
    let over = over.unwrap();
    let publish = plan.steps[at].action.clone();
    plan.steps[at].action = plan.steps[over].action.clone();
    plan.steps[over].action = publish;
    let breach = breaks(&plan);
    assert!(breach.what.starts_with("kube-apiserver->"), "{breach:?}");
    assert!(
        breach
            .message
            .unwrap()
            .contains("does not trust CN=kubernetes")
    );
    // Nor is the bundle as it was of any use then.
    let nothing = spoilt(
        &rotate::rotate(&before, &only(&["ca"]), "rotate", AT)
            .unwrap()
            .0,
        |before, after| {
            after.clone_from(before);
        },
    );
    assert!(breaks(&nothing).what.starts_with("kube-apiserver->"));
}

/// What servers have may be the old authority's until then, and what nodes that join meet.
#[test]
fn the_old_authority_stays_until_its_hand_over() {
    let before = with_objects(of_path_length_zero());
    let (plan, _) = rotate::rotate(&before, &only(&["ca"]), "rotate", AT).unwrap();
    holds(&plan);
    let early = spoilt(&plan, |before, after| {
        *after = after.replace(before.as_str(), "")
    });
    let breach = breaks(&early);
    assert!(
        breach.what == JOINS || breach.what.starts_with("kube-apiserver->"),
        "{breach:?}"
    );
    // The old authority may not vouch for the new one: whoever joins has to know both.
    let mut late = plan;
    for step in &mut late.steps {
        if let Action::Publish(all) = &mut step.action {
            all.retain(|one| one.object.name == "cluster-info");
            all.iter_mut()
                .for_each(|one| one.after.clone_from(&one.before));
        }
    }
    assert_eq!(breaks(&late).what, JOINS);
}
