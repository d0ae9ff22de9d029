//! Settings that leave TLS out, or leave something open.

use cluster::graph::{ClientAuthMode, Trust};
use cluster::{Component, Setting};

use super::{Context, Rule};
use crate::blame::group;
use crate::problem::{Breakage, Problem};
use crate::report::{Cause, Finding, Severity};

pub(super) const PLAINTEXT: Rule = Rule {
    code: "KP0801",
    title: "one side speaks TLS and the other does not",
    why: "The scheme of a URL decides: http:// to a server that speaks TLS is refused, and carries no credentials.",
};
pub(super) const UNVERIFIED: Rule = Rule {
    code: "KP0802",
    title: "a server is not verified",
    why: "With insecure-skip-tls-verify, or etcd's automatic TLS, anybody in between can pretend to be the server and \
          is given the client's requests.",
};
pub(super) const PENDING: Rule = Rule {
    code: "KP0803",
    title: "a serving certificate waits for approval",
    why: "With serverTLSBootstrap the kubelet asks for its serving certificate, and nobody approves such requests by \
          himself: every connection to it fails until somebody does.",
};
pub(super) const OPEN_ETCD: Rule = Rule {
    code: "KP0804",
    title: "etcd takes everybody",
    why: "Without --trusted-ca-file and --client-cert-auth whoever reaches etcd's port reads and writes the cluster's \
          whole state, all secrets included.",
};
pub(super) const ALWAYS_ALLOW: Rule = Rule {
    code: "KP0805",
    title: "every request is allowed",
    why: "The authorization mode AlwaysAllow lets everybody do everything who reaches the port.",
};
pub(super) const ANONYMOUS_KUBELET: Rule = Rule {
    code: "KP0806",
    title: "the kubelet takes anonymous requests",
    why: "With anonymous authentication on, access to the kubelet hangs on its authorization alone.",
};

pub(super) fn findings(context: &Context<'_, '_>, breakages: &[Breakage<'_>]) -> Vec<Finding> {
    let plain = group(breakages, |breakage| match &breakage.problem {
        Problem::Plaintext { setting, node } => Some((*node, setting.place.clone())),
        _ => None,
    });
    let pending = group(breakages, |breakage| match &breakage.problem {
        Problem::Pending { setting, node } => Some((*node, setting.place.clone())),
        _ => None,
    });
    let plain = plain
        .iter()
        .filter_map(|group| plaintext(context, &group.breakages));
    let pending = pending
        .iter()
        .filter_map(|group| pending_finding(context, &group.breakages));
    let mut findings: Vec<Finding> = plain.chain(pending).collect();
    findings.extend(unverified(context));
    findings.extend(open_etcd(context));
    findings.extend(permissive(context));
    findings
}

fn plaintext(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let Problem::Plaintext { setting, node } = &breakages.first()?.problem else {
        return None;
    };
    let message = format!("{} says http, but the other side speaks TLS", setting.name);
    let evidence = vec![context.at_setting(*node, setting, "plain HTTP")];
    let remedy = "write https:// instead".to_owned();
    Some(context.finding(
        &PLAINTEXT,
        Cause::Plaintext,
        breakages,
        message,
        evidence,
        remedy,
    ))
}

fn pending_finding(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let Problem::Pending { setting, node } = &breakages.first()?.problem else {
        return None;
    };
    let who = context.who(Component::Kubelet, *node);
    let message = format!("{who} waits for its serving certificate to be approved");
    let evidence = vec![context.at_setting(*node, setting, "it asks for one because of this")];
    let remedy = "kubectl get csr, then kubectl certificate approve NAME".to_owned();
    Some(context.finding(
        &PENDING,
        Cause::MissingFile,
        breakages,
        message,
        evidence,
        remedy,
    ))
}

/// Clients that are told to verify nothing.
fn unverified<'a>(context: &Context<'_, 'a>) -> Vec<Finding> {
    let mut told: Vec<(&'a Setting, Option<usize>)> = Vec::new();
    for channel in &context.graph.channels {
        if let Trust::Nothing(Some(setting)) = &channel.trust
            && !told.iter().any(|(other, _)| other.place == setting.place)
            && !setting.value.starts_with("http:")
        {
            told.push((setting, channel.client.node));
        }
    }
    let finding = |(setting, node): (&Setting, Option<usize>)| {
        let message = format!(
            "{} is on in {}: the server is not verified",
            setting.name, setting.place.path
        );
        let remedy = "take it out, and name the CA certificate instead".to_owned();
        warning(
            context,
            &UNVERIFIED,
            message,
            setting,
            node,
            "nothing is verified",
            remedy,
        )
    };
    told.into_iter().map(finding).collect()
}

fn open_etcd(context: &Context<'_, '_>) -> Option<Finding> {
    let mut channels = context.graph.channels.iter();
    let open = channels.find(|channel| {
        channel.server.component == Component::Etcd
            && channel.client.component != Component::Etcd
            && channel.client_auth.mode == ClientAuthMode::None
    })?;
    let process = context.inventory.process(&open.server)?;
    let who = context.who(Component::Etcd, open.server.node);
    let message = format!("{who} asks its clients for no certificate");
    let evidence = vec![context.at_place(
        open.server.node,
        process.manifest.place(),
        "--trusted-ca-file is not set",
    )];
    let remedy = "set --trusted-ca-file and --client-cert-auth".to_owned();
    let mut finding = context.finding(&OPEN_ETCD, Cause::Insecure, &[], message, evidence, remedy);
    finding.severity = Severity::Warning;
    Some(finding)
}

/// Switches that open kube-apiserver or the kubelet.
fn permissive(context: &Context<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, node) in context.inventory.nodes.iter().enumerate() {
        for (component, process) in &node.processes {
            let who = context.who(*component, Some(index));
            let modes = process.settings.get("authorization-mode");
            if let Some(mode) =
                modes.filter(|mode| mode.parts().iter().any(|part| part.value == "AlwaysAllow"))
            {
                let message = format!("{who} allows every request");
                let remedy =
                    "kubeadm sets Node,RBAC for kube-apiserver and Webhook for the kubelet"
                        .to_owned();
                findings.push(warning(
                    context,
                    &ALWAYS_ALLOW,
                    message,
                    mode,
                    Some(index),
                    "allows everything",
                    remedy,
                ));
            }
            let anonymous = process
                .settings
                .get("anonymous-auth")
                .filter(|setting| setting.is_true());
            if let Some(anonymous) = anonymous.filter(|_| *component == Component::Kubelet) {
                let message = format!("{who} takes requests of nobody in particular");
                let remedy = "set authentication.anonymous.enabled to false".to_owned();
                findings.push(warning(
                    context,
                    &ANONYMOUS_KUBELET,
                    message,
                    anonymous,
                    Some(index),
                    "on",
                    remedy,
                ));
            }
        }
    }
    findings
}

fn warning(
    context: &Context<'_, '_>,
    rule: &'static Rule,
    message: String,
    setting: &Setting,
    node: Option<usize>,
    label: &str,
    remedy: String,
) -> Finding {
    let evidence = vec![context.at_setting(node, setting, label)];
    let mut finding = context.finding(rule, Cause::Insecure, &[], message, evidence, remedy);
    finding.severity = Severity::Warning;
    finding
}
