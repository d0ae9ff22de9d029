//! Trust in one certificate instead of who issued it.

use cluster::Channel;
use cluster::graph::{Presented, Trust};
use verify::{Options, Pool};

use super::{Context, Rule, words};
use crate::problem::Use;
use crate::report::{Cause, Finding, Judged, Severity, Verdict};

pub(super) const PINNED: Rule = Rule {
    code: "KP0314",
    title: "a client that trusts a server's certificate instead of its authority",
    why: "Go accepts a certificate that is itself among the roots. With the next one, which the same authority issues, \
          the client is lost: renewing looks harmless, and nothing tells that somebody pinned the old one.",
    reference: "Go crypto/x509/verify.go",
    cis: &[],
};

pub(super) fn findings(context: &Context<'_, '_>) -> Vec<Finding> {
    let channels = context.graph.channels.iter();
    let mut findings: Vec<Finding> = Vec::new();
    for (channel, judged) in channels.zip(&context.judgement.channels) {
        let found = pinned(context, channel, judged);
        let is_new = |finding: &Finding| {
            let places = |finding: &Finding| finding.evidence.first().map(|one| one.place.clone());
            !findings
                .iter()
                .any(|other| places(other) == places(finding))
        };
        let found = found.filter(is_new);
        findings.extend(found);
    }
    findings
}

/// A channel that works only because the server's very certificate is among the roots. One that
/// its own key signed has no other authority.
fn pinned(context: &Context<'_, '_>, channel: &Channel, judged: &Judged) -> Option<Finding> {
    let Trust::Bundle { material, .. } = &channel.trust else {
        return None;
    };
    let Presented::Pair(pair) = &channel.serving.default else {
        return None;
    };
    let served = context.certificates(pair.certificate.as_ref()?);
    let leaf = served.iter().next()?;
    let roots = context.certificates(material);
    if judged.verdict == Verdict::Fails
        || !roots.contains(leaf)
        || leaf.raw_issuer() == leaf.raw_subject()
    {
        return None;
    }
    let others: Pool = roots.iter().filter(|root| *root != leaf).cloned().collect();
    let options = Options::server("", context.at);
    let verifier = &context.judgement.verifier;
    if verifier.verify(leaf, &others, &served, &options).is_ok() {
        return None;
    }
    let trust = Use {
        material,
        by: channel.client.component,
        node: channel.client.node,
    };
    let message = format!(
        "{} trusts the certificate {} of {} itself, and not \"{}\", which issued it",
        context.who(channel.client.component, channel.client.node),
        words::called(leaf),
        channel.server.component,
        leaf.issuer.common_name()
    );
    let evidence = vec![context.at_content(&trust, "holds the server's own certificate")];
    let remedy = "put the authority's certificate there".to_owned();
    let mut finding = context.finding(
        &PINNED,
        Cause::UntrustedIssuer,
        &[],
        message,
        evidence,
        remedy,
    );
    finding.severity = Severity::Warning;
    Some(finding)
}
