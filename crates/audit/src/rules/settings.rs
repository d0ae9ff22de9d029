//! Settings that leave TLS or a verification out.

use cluster::graph::{Presented, Trust};
use cluster::{Component, Setting};

use super::{Context, Rule};
use crate::blame::group;
use crate::problem::{Breakage, Problem, Use};
use crate::report::{Cause, Finding, Severity};

pub(super) const PLAINTEXT: Rule = Rule {
    code: "KP0801",
    title: "one side speaks TLS and the other does not",
    why: "The scheme of a URL decides: http:// to a server that speaks TLS is refused, and carries no credentials.",
    reference: "etcd client/v3/client.go, staging/src/k8s.io/client-go/rest/config.go",
    cis: &["2.1"],
};
pub(super) const UNVERIFIED: Rule = Rule {
    code: "KP0802",
    title: "a server is not verified",
    why: "With insecure-skip-tls-verify, or etcd's automatic TLS, anybody in between can pretend to be the server and \
          is given the client's requests.",
    reference: "staging/src/k8s.io/client-go/transport/transport.go, etcd client/pkg/transport/listener.go",
    cis: &["2.3", "2.6"],
};
pub(super) const PENDING: Rule = Rule {
    code: "KP0803",
    title: "a serving certificate waits for approval",
    why: "With serverTLSBootstrap the kubelet asks for its serving certificate, and nobody approves such requests by \
          himself: every connection to it fails until somebody does.",
    reference: "pkg/kubelet/certificate/kubelet.go",
    cis: &[],
};

pub(super) const KUBELETS_UNVERIFIED: Rule = Rule {
    code: "KP0815",
    title: "kubelets are not verified, though they could be",
    why: "Without --kubelet-certificate-authority kube-apiserver takes whoever answers at a node's address for its \
          kubelet, and hands over what is typed into kubectl exec. Kubelets that make their own certificates cannot be \
          verified; these have theirs signed.",
    reference: "pkg/kubelet/client/kubelet_client.go",
    cis: &["1.2.5", "1.3.6", "4.2.11"],
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
    findings.extend(unverified_kubelets(context));
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

/// kube-apiserver that verifies no kubelet, while an authority of the cluster signs for kubelets.
fn unverified_kubelets(context: &Context<'_, '_>) -> Option<Finding> {
    let mut channels = context.graph.channels.iter();
    let (channel, signed) = channels.find_map(|channel| {
        let is_blind = channel.server.component == Component::Kubelet
            && matches!(channel.trust, Trust::Nothing(None));
        let Presented::Pair(pair) = &channel.serving.default else {
            return None;
        };
        let material = pair.certificate.as_ref().filter(|_| is_blind)?;
        let leaf = context.first_certificate(material)?;
        let issuer = context.issuer(&leaf)?;
        // The kubelet's own signs nothing else.
        let is_authority = |used: &Use<'_>| used.material.place() != material.place();
        context
            .holdings
            .holders(issuer)
            .iter()
            .any(is_authority)
            .then_some((channel, material))
    })?;
    let process = context.inventory.process(&channel.client)?;
    let node = channel.client.node;
    let who = context.who(Component::KubeApiserver, node);
    let message =
        format!("{who} verifies no kubelet, though an authority signs their certificates");
    let evidence = vec![
        context.at_place(
            node,
            process.manifest.place(),
            "--kubelet-certificate-authority is not set",
        ),
        context.at_material(channel.server.node, signed, "signed for a kubelet"),
    ];
    let remedy =
        "set --kubelet-certificate-authority, once every kubelet has its certificate signed"
            .to_owned();
    let mut finding = context.finding(
        &KUBELETS_UNVERIFIED,
        Cause::Insecure,
        &[],
        message,
        evidence,
        remedy,
    );
    finding.severity = Severity::Note;
    Some(finding)
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
