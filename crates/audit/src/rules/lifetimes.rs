//! Certificates that last longer than they should.

use std::collections::HashSet;
use std::sync::Arc;

use time::Duration;
use verify::Certificate;

use super::{Context, Rule, words};
use crate::report::{Cause, Evidence, Finding, Severity};

pub(super) const OUTLIVES: Rule = Rule {
    code: "KP0405",
    title: "a certificate that outlives its authority",
    why: "It counts until its authority's certificate ends and no longer, whatever it says itself: whoever looks at it \
          alone expects too much.",
    reference: "RFC 5280, section 6.1.3",
    cis: &[],
};
pub(super) const LONG: Rule = Rule {
    code: "KP0406",
    title: "certificates that last very long",
    why: "Nothing in Kubernetes revokes a certificate: who has the key has its rights until the day it ends. kubeadm's last \
          a year, its authorities' ten.",
    reference: "cmd/kubeadm/app/constants/constants.go",
    cis: &[],
};

/// How long a certificate may last before it is worth knowing, in days.
const LEAF_DAYS: i64 = 5 * 366;

/// The same for an authority's.
const AUTHORITY_DAYS: i64 = 20 * 366;

pub(super) fn findings(context: &Context<'_, '_>) -> Vec<Finding> {
    let mut seen = HashSet::new();
    let used = context.holdings.iter().filter(|held| held.is_in_use);
    let certificates: Vec<&Arc<Certificate>> = used
        .map(|held| &held.certificate)
        .filter(|one| seen.insert(*one.sha256()))
        .collect();
    let outlives = together(
        context,
        &OUTLIVES,
        certificates.iter().filter_map(|one| outlives(context, one)),
    );
    let long = together(
        context,
        &LONG,
        certificates.iter().filter_map(|one| is_long(context, one)),
    );
    outlives.into_iter().chain(long).collect()
}

/// One finding for all that are so: somebody chose it once.
fn together(
    context: &Context<'_, '_>,
    rule: &'static Rule,
    all: impl Iterator<Item = Evidence>,
) -> Option<Finding> {
    let evidence: Vec<Evidence> = all.collect();
    let (what, remedy) = match rule.code {
        code if code == OUTLIVES.code => (
            "outlives its authority",
            "renew the authority first: with the same key, everything it signed stays good",
        ),
        _ => (
            "lasts very long",
            "have it issued for a year, and renew it by a timer",
        ),
    };
    let first = evidence.first()?;
    let message = match evidence.len() {
        1 => format!("the certificate in {} {what}", words::whereabouts(first)),
        count => format!(
            "{count} certificates, as the one in {}: each {what}",
            words::whereabouts(first)
        ),
    };
    let mut finding = context.finding(
        rule,
        Cause::Expiring,
        &[],
        message,
        evidence,
        remedy.to_owned(),
    );
    finding.severity = Severity::Note;
    Some(finding)
}

fn outlives(context: &Context<'_, '_>, certificate: &Arc<Certificate>) -> Option<Evidence> {
    let issuer = could_outlive(context, certificate).then(|| context.issuer(certificate))??;
    // The same authority may have been renewed with the same key.
    let renewed = context
        .holdings
        .iter()
        .map(|held| &held.certificate)
        .filter(|other| {
            other.raw_subject() == issuer.raw_subject()
                && other.raw_public_key() == issuer.raw_public_key()
        });
    let end = renewed.map(|other| other.not_after).max()?;
    let is_self = issuer.raw_public_key() == certificate.raw_public_key();
    if is_self || end >= certificate.not_after || end.utc() < context.at {
        return None;
    }
    let label = format!(
        "ends {}, its authority {}",
        words::moment(certificate.not_after),
        words::moment(end)
    );
    at(context, certificate, label)
}

/// Whether anybody who bears the name of its issuer ends before it does. Who of them signed it takes
/// longer to say, and nearly always nobody does.
fn could_outlive(context: &Context<'_, '_>, certificate: &Certificate) -> bool {
    let named = context.holdings.pool().potential_parents(certificate);
    named
        .iter()
        .any(|parent| parent.not_after < certificate.not_after)
}

fn is_long(context: &Context<'_, '_>, certificate: &Arc<Certificate>) -> Option<Evidence> {
    let lasts = certificate.not_after.utc() - certificate.not_before.utc();
    let is_ca = certificate
        .extensions
        .basic_constraints
        .as_ref()
        .is_some_and(|constraints| constraints.is_ca);
    let most = if is_ca { AUTHORITY_DAYS } else { LEAF_DAYS };
    (lasts > Duration::days(most)).then_some(())?;
    let label = format!(
        "from {} to {}",
        words::moment(certificate.not_before),
        words::moment(certificate.not_after)
    );
    at(context, certificate, label)
}

fn at(context: &Context<'_, '_>, certificate: &Certificate, label: String) -> Option<Evidence> {
    let holders = context.holdings.holders(certificate);
    holders.first().map(|used| context.at_content(used, label))
}
