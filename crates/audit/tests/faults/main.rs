//! Small mistakes in healthy trees, each with what has to be said of it; and changes that are none.
//!
//! What is expected comes from the components themselves (the facts on the trust graph), not from
//! what the audit says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what is wrong by panicking"
)]

mod archive;
mod calendar;
mod cluster;
mod faults;
mod harmless;
mod identities;
mod judging;
mod more;
mod objects;
mod pki;
mod score;
mod serving;
mod several;
mod symptoms;
mod tree;

use kubepki_audit::{Finding, Severity, Verdict};
use time::macros::utc_datetime;

use faults::{FAULTS, Fault, NOT_YET};
use harmless::HARMLESS;
use judging::{Expected, compare, disturbances};
use more::{ELSEWHERE, MORE};
use tree::{APISERVER, Tree};

/// Every fault of a single node.
fn faults() -> impl Iterator<Item = &'static Fault> {
    FAULTS.iter().chain(MORE)
}

#[test]
fn every_fault_is_found_once_at_its_place() {
    let mut complaints = Vec::new();
    for healthy in Tree::healthy() {
        for fault in faults() {
            let mut tree = healthy.clone();
            (fault.make)(&mut tree);
            let complaint = complaint(fault, &tree);
            let expected = NOT_YET.iter().any(|(name, _)| *name == fault.name);
            let complaint = match (complaint, expected) {
                (Some(_), true) => None,
                (None, true) => Some("is told rightly: take it out of NOT_YET".to_owned()),
                (complaint, false) => complaint,
            };
            let name = format!("{:?}: {}", tree.algorithm, fault.name);
            complaints.extend(complaint.map(|why| format!("{name}: {why}")));
        }
    }
    for (name, _) in NOT_YET {
        assert!(faults().any(|fault| fault.name == *name), "no fault {name}");
    }
    assert!(
        complaints.is_empty(),
        "{} differ\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

/// A reason is for a row that has no fault, and a row is told once.
#[test]
fn what_no_tree_can_have_has_a_reason() {
    assert!(ELSEWHERE.is_sorted_by(|(one, _), (other, _)| one < other));
    for (row, reason) in ELSEWHERE {
        assert!((1..=155).contains(row) && !reason.is_empty(), "row {row}");
    }
}

#[test]
fn harmless_changes_are_passed_over() {
    let mut complaints = Vec::new();
    for healthy in Tree::healthy() {
        for change in HARMLESS {
            let mut tree = healthy.clone();
            (change.make)(&mut tree);
            let report = tree.audit();
            let name = format!("{:?}: {}", tree.algorithm, change.name);
            complaints.extend(disturbances(&report).map(|why| format!("{name}: {why}")));
        }
    }
    assert!(
        complaints.is_empty(),
        "{} differ\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

#[test]
fn what_kubeadm_made_is_well() {
    for tree in Tree::healthy() {
        let report = tree.audit();
        assert_eq!(report.findings.len(), 0, "{:#?}", report.findings);
        let identity = |id: &str| {
            let channel = report
                .channels
                .iter()
                .find(|channel| channel.id == id)
                .unwrap();
            assert_eq!(channel.verdict, Verdict::Works, "{id}");
            let identity = channel.identity.as_ref();
            identity
                .map(|identity| (identity.user.as_str(), identity.groups.join(",")))
                .unwrap()
        };
        let node = ["controlplane", "cp-1.example.internal"]
            [usize::from(tree.algorithm == pki::Algorithm::Ecdsa)];
        let (user, groups) = identity("kubelet->kube-apiserver");
        assert_eq!(user, format!("system:node:{node}"));
        assert!(groups.starts_with("system:nodes"));
        let (user, groups) = identity("admin->kube-apiserver");
        assert_eq!(user, "kubernetes-admin");
        assert!(groups.starts_with("kubeadm:cluster-admins"));
        let (user, groups) = identity("super-admin->kube-apiserver");
        assert_eq!(user, "kubernetes-super-admin");
        assert!(groups.starts_with("system:masters"));
        for (id, user) in [
            (
                "kube-controller-manager->kube-apiserver",
                "system:kube-controller-manager",
            ),
            ("kube-scheduler->kube-apiserver", "system:kube-scheduler"),
            (
                "kube-proxy->kube-apiserver",
                "system:serviceaccount:kube-system:kube-proxy",
            ),
            ("kube-apiserver->etcd", "kube-apiserver-etcd-client"),
            ("etcd-healthcheck->etcd", "kube-etcd-healthcheck-client"),
            ("kube-apiserver->kubelet", "kube-apiserver-kubelet-client"),
            ("kube-apiserver->aggregated-apiserver", "front-proxy-client"),
        ] {
            assert_eq!(identity(id).0, user, "{id}");
        }
        assert_eq!(report.channels.len(), 12);
        assert!(
            report
                .channels
                .iter()
                .all(|channel| channel.verdict == Verdict::Works)
        );
    }
}

#[test]
fn a_year_later_everything_has_expired() {
    for tree in Tree::healthy() {
        let report = tree.audit_at(utc_datetime!(2028-01-01 0:00));
        assert!(
            report
                .findings
                .iter()
                .filter(|finding| is_error(finding))
                .all(|finding| finding.cause.name() == "expired")
        );
        // Seven certificates in files, and one in each of five kubeconfigs; the authorities last.
        let count = report
            .findings
            .iter()
            .filter(|finding| is_error(finding))
            .count();
        assert_eq!(count, 12, "{:#?}", report.findings);
    }
}

/// What is wrong with what is said of a fault.
fn complaint(fault: &Fault, tree: &Tree) -> Option<String> {
    let place = fault.paths.first()?;
    let line = fault.flag.map(|flag| {
        let name = flag.trim_start_matches("- ");
        let end = name.split([':', '=']).next().unwrap_or_default();
        (tree.line_number(place, flag), end.to_owned())
    });
    let channels = fault.channels.of(tree.algorithm).iter();
    let expected = Expected {
        severity: fault.severity,
        causes: fault.causes,
        places: fault.paths.iter().map(|path| (None, *path)).collect(),
        line,
        channels: channels.map(ToString::to_string).collect(),
    };
    compare(&expected, &tree.audit())
}

fn is_error(finding: &Finding) -> bool {
    finding.severity == Severity::Error
}

#[test]
fn the_bootstrap_of_these_tests_is_sound() {
    for mut tree in Tree::healthy() {
        tree.flag(APISERVER, "--secure-port", "6444");
        assert!(tree.text(APISERVER).contains("    - --secure-port=6444\n"));
        tree.reissue("apiserver", |_| {});
        tree.reissue_embedded("ca", tree::ADMIN_CONF, |_| {});
        tree.flag(APISERVER, "--secure-port", "6443");
        assert_eq!(
            disturbances(&tree.audit()).collect::<Vec<_>>(),
            Vec::<String>::new()
        );
    }
}
