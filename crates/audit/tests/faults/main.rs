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
mod faults;
mod harmless;
mod identities;
mod pki;
mod tree;

use kubepki_audit::{Finding, Report, Severity, Verdict};
use time::macros::utc_datetime;

use faults::{FAULTS, Fault, NOT_YET};
use harmless::HARMLESS;
use tree::{APISERVER, Tree};

#[test]
fn every_fault_is_found_once_at_its_place() {
    let mut complaints = Vec::new();
    for healthy in Tree::healthy() {
        for fault in FAULTS {
            let mut tree = healthy.clone();
            (fault.make)(&mut tree);
            let complaint = compare(fault, &tree, &tree.audit());
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
        assert!(
            FAULTS.iter().any(|fault| fault.name == *name),
            "no fault {name}"
        );
    }
    assert!(
        complaints.is_empty(),
        "{} differ\n{}",
        complaints.len(),
        complaints.join("\n")
    );
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
fn compare(fault: &Fault, tree: &Tree, report: &Report) -> Option<String> {
    let errors: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| is_error(finding))
        .collect();
    let [found] = errors[..] else {
        let all: Vec<String> = report.findings.iter().map(summary).collect();
        return Some(format!("{} errors: {all:#?}", errors.len()));
    };
    let evidence = found.evidence.first()?;
    let place = &evidence.place;
    if !fault.causes.contains(&found.cause.name()) {
        return Some(format!("not {:?}: {}", fault.causes, summary(found)));
    }
    if !fault.paths.contains(&&*place.path) {
        return Some(format!("not in {:?}: {}", fault.paths, summary(found)));
    }
    if let Some(flag) = fault.flag {
        let line = tree.line_number(&place.path, flag);
        let last = flag.rsplit(' ').next()?.trim_end_matches([':', '=']);
        let named = evidence
            .flag
            .as_deref()
            .is_some_and(|named| named.ends_with(last));
        if place.line != Some(line) || !named {
            return Some(format!("not at {flag}, line {line}: {}", summary(found)));
        }
    }
    let mut expected: Vec<&str> = fault.channels.of(tree.algorithm).to_vec();
    let mut channels: Vec<&str> = found.channels.iter().map(String::as_str).collect();
    expected.sort_unstable();
    channels.sort_unstable();
    if channels != expected {
        return Some(format!("breaks not {expected:?}: {}", summary(found)));
    }
    let failing = report
        .channels
        .iter()
        .filter(|channel| channel.verdict == Verdict::Fails);
    let mut failing: Vec<&str> = failing.map(|channel| channel.id.as_str()).collect();
    failing.sort_unstable();
    (failing != expected).then(|| format!("failing are {failing:?}, not {expected:?}"))
}

/// Everything that would worry somebody.
fn disturbances(report: &Report) -> impl Iterator<Item = String> + '_ {
    let findings = report
        .findings
        .iter()
        .filter(|finding| finding.severity > Severity::Note)
        .map(summary);
    let failing = report
        .channels
        .iter()
        .filter(|channel| channel.verdict != Verdict::Works);
    findings.chain(failing.map(|channel| format!("{} {}", channel.id, channel.verdict.name())))
}

fn is_error(finding: &Finding) -> bool {
    finding.severity == Severity::Error
}

fn summary(finding: &Finding) -> String {
    let evidence = finding
        .evidence
        .first()
        .map(|evidence| evidence.place.to_string());
    format!(
        "{} {} {} at {}: {} [{}]",
        finding.severity,
        finding.rule.code,
        finding.cause,
        evidence.unwrap_or_default(),
        finding.message,
        finding.channels.join(" ")
    )
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
