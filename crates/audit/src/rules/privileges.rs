//! Certificates that may do more than their bearer needs.

use cluster::graph::Credential;
use cluster::{Channel, Component};

use super::{Context, Rule};
use crate::problem::Use;
use crate::report::{Cause, Finding, Severity};

pub(super) const MASTERS: Rule = Rule {
    code: "KP0608",
    title: "a certificate of system:masters in daily use",
    why: "Whoever is in system:masters may do everything, past every access rule, until the certificate ends or the CA is \
          replaced: it cannot be taken back. It is for the day when nothing else works.",
    reference: "pkg/kubeapiserver/authorizer/reload.go",
    cis: &["5.1.7"],
};

/// Who is asked for first by whoever has stolen a node.
const MASTERS_GROUP: &str = "system:masters";

/// The last minor version of which kubeadm itself made kube-apiserver's certificate for kubelets so.
const OWN_UNTIL: u16 = 28;

pub(super) fn findings(context: &Context<'_, '_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for channel in &context.graph.channels {
        let Some(finding) = finding(context, channel) else {
            continue;
        };
        let is_told = |other: &Finding| other.evidence.first() == finding.evidence.first();
        if !findings.iter().any(is_told) {
            findings.push(finding);
        }
    }
    findings
}

fn finding(context: &Context<'_, '_>, channel: &Channel) -> Option<Finding> {
    let severity = severity(context, channel)?;
    let Credential::Pair(pair) = &channel.credential else {
        return None;
    };
    let material = pair.certificate.as_ref()?;
    let leaf = context.first_certificate(material)?;
    leaf.subject
        .organizations()
        .find(|group| *group == MASTERS_GROUP)?;
    let used = Use {
        material,
        by: channel.client.component,
        node: channel.client.node,
    };
    let who = context.who(used.by, used.node);
    let message = format!("{who} works with a certificate of {MASTERS_GROUP}");
    let evidence =
        vec![context.at_content(&used, format!("makes its bearer one of {MASTERS_GROUP}"))];
    let remedy = match used.by {
        Component::Admin => {
            "have it issued again with O=kubeadm:cluster-admins, as kubeadm does since 1.29"
                .to_owned()
        }
        _ => "have it issued again with the groups that its role needs, and no more".to_owned(),
    };
    let mut finding = context.finding(&MASTERS, Cause::Insecure, &[], message, evidence, remedy);
    finding.severity = severity;
    Some(finding)
}

/// How bad it is that this client may do everything.
fn severity(context: &Context<'_, '_>, channel: &Channel) -> Option<Severity> {
    let version = || context.inventory.process(&channel.client)?.version;
    let is_own =
        || version().is_none_or(|version| version.major == 1 && version.minor <= OWN_UNTIL);
    match channel.client.component {
        Component::Admin => Some(Severity::Note),
        Component::KubeApiserver if channel.server.component != Component::Kubelet => None,
        Component::KubeApiserver if is_own() => Some(Severity::Note),
        Component::KubeApiserver
        | Component::Kubelet
        | Component::KubeControllerManager
        | Component::KubeScheduler => Some(Severity::Warning),
        _ => None,
    }
}
