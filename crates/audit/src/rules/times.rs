//! Certificates whose time has not come, is over, or soon will be.

use std::collections::HashSet;
use std::sync::Arc;

use time::Duration;
use verify::{Certificate, Kind};

use super::{Context, Rule, words};
use crate::blame;
use crate::problem::{Breakage, Problem, Use};
use crate::report::{Cause, Evidence, Finding, Severity};

pub(super) const EXPIRED: Rule = Rule {
    code: "KP0401",
    title: "a certificate's time is over",
    why: "Both sides of a connection look at the clock. kubeadm's certificates last a year and are renewed by \
          `kubeadm upgrade` or `kubeadm certs renew`; a cluster that is left alone stops after a year.",
    reference: "RFC 5280, section 4.1.2.5",
    cis: &[],
};
pub(super) const NOT_YET_VALID: Rule = Rule {
    code: "KP0402",
    title: "a certificate's time has not come",
    why: "The clock of the node that uses it is behind, or that of the one that issued it was ahead.",
    reference: "RFC 5280, section 4.1.2.5",
    cis: &[],
};
pub(super) const EXPIRING: Rule = Rule {
    code: "KP0403",
    title: "a certificate's time is over soon",
    why: "A warning within 30 days of the end, a note within 90. The kubelet's own certificate is left out \
          when it renews itself.",
    reference: "cmd/kubeadm/app/constants/constants.go",
    cis: &[],
};

/// How long before the end a warning is due, in days.
const WARNING_DAYS: i64 = 30;

/// How long before the end a note is due, in days.
const NOTE_DAYS: i64 = 90;

pub(super) fn findings(context: &Context<'_, '_>, breakages: &[Breakage<'_>]) -> Vec<Finding> {
    let mut seen = HashSet::new();
    let certificates = context.holdings.iter().map(|held| &held.certificate);
    let once = certificates.filter(|certificate| seen.insert(*certificate.sha256()));
    once.filter_map(|certificate| of_certificate(context, certificate, breakages))
        .collect()
}

fn of_certificate(
    context: &Context<'_, '_>,
    certificate: &Arc<Certificate>,
    breakages: &[Breakage<'_>],
) -> Option<Finding> {
    let left = certificate.not_after.utc() - context.at;
    let (rule, cause) = match () {
        () if certificate.not_before.utc() > context.at => (&NOT_YET_VALID, Cause::NotYetValid),
        () if left.is_negative() => (&EXPIRED, Cause::Expired),
        () if left <= Duration::days(NOTE_DAYS) => (&EXPIRING, Cause::Expiring),
        () => return None,
    };
    let because = breakages
        .iter()
        .filter(|breakage| is_because_of(breakage, certificate));
    let because: Vec<&Breakage<'_>> = because.collect();
    let holders = context.holdings.holders(certificate);
    if cause == Cause::Expiring && holders.iter().all(renews_itself) {
        return None;
    }
    let (state, label) = words_for(cause, certificate, left);
    let evidence: Vec<Evidence> = holders
        .iter()
        .map(|used| context.at_content(used, &label))
        .collect();
    let place = evidence.first().map(words::whereabouts).unwrap_or_default();
    let message = format!(
        "{} {} in {place} {state}",
        kind(certificate),
        words::called(certificate)
    );
    let mut finding = context.finding(
        rule,
        cause,
        &because,
        message,
        evidence,
        remedy(cause, &holders),
    );
    finding.severity = severity(context, certificate, cause, because.is_empty(), left);
    Some(finding)
}

fn words_for(cause: Cause, certificate: &Certificate, left: Duration) -> (&'static str, String) {
    let end = words::moment(certificate.not_after);
    match cause {
        Cause::NotYetValid => {
            let begin = words::moment(certificate.not_before);
            ("is not valid yet", format!("begins {begin}"))
        }
        Cause::Expired => ("has expired", format!("ended {end}")),
        _ => (
            "expires soon",
            format!("ends {end}, in {} days", left.whole_days()),
        ),
    }
}

fn kind(certificate: &Certificate) -> &'static str {
    match certificate.extensions.basic_constraints {
        Some(constraints) if constraints.is_ca => "the CA certificate",
        _ => "the certificate",
    }
}

/// The kubelet's own store, which it renews.
fn renews_itself(used: &Use<'_>) -> bool {
    used.material.place().path.ends_with("-current.pem")
}

fn severity(
    context: &Context<'_, '_>,
    certificate: &Certificate,
    cause: Cause,
    breaks_nothing: bool,
    left: Duration,
) -> Severity {
    let mut held = context
        .holdings
        .iter()
        .filter(|held| *held.certificate == *certificate);
    match cause {
        Cause::Expiring if left <= Duration::days(WARNING_DAYS) => Severity::Warning,
        Cause::Expiring => Severity::Note,
        _ if !breaks_nothing => Severity::Error,
        // Beside others in a bundle it may have been left for those who still need it.
        _ => match held
            .any(|held| held.is_in_use && context.certificates(held.used.material).len() == 1)
        {
            true => Severity::Warning,
            false => Severity::Note,
        },
    }
}

fn remedy(cause: Cause, holders: &[Use<'_>]) -> String {
    let credential = holders
        .iter()
        .find_map(|used| blame::credential_at(&used.material.place()));
    match (cause, credential) {
        (Cause::NotYetValid, _) => "set the clock right, or have it issued again".to_owned(),
        (_, Some(credential)) if credential.renewable => {
            format!("renew it: kubeadm certs renew {}", credential.name)
        }
        _ => "have it issued again".to_owned(),
    }
}

/// Whether something is refused because of the times of this certificate.
fn is_because_of(breakage: &Breakage<'_>, certificate: &Arc<Certificate>) -> bool {
    let Problem::Refused { error, .. } = &breakage.problem else {
        return false;
    };
    let is_time = |kind| matches!(kind, Kind::Expired | Kind::NotYetValid);
    let hinted = error
        .hint()
        .is_some_and(|hint| is_time(hint.error.kind()) && hint.authority == *certificate);
    hinted || is_time(error.kind()) && error.certificate() == Some(certificate)
}
