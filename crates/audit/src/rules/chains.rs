//! Certificates on the way to a trusted one that may not do what they are there for.

use std::sync::Arc;

use verify::tls::Side;
use verify::{Certificate, Kind, Usage, VerifyError};

use super::{Context, Rule};
use crate::blame::group;
use crate::problem::{Breakage, Problem};
use crate::report::{Cause, Evidence, Finding};

pub(super) const NOT_A_CA: Rule = Rule {
    code: "KP0307",
    title: "a certificate signs others but may not",
    why: "An authority's certificate needs CA:TRUE in its basic constraints, and Certificate Sign when it has \
          a key usage.",
    reference: "RFC 5280, sections 4.2.1.3 and 4.2.1.9",
    cis: &[],
};
pub(super) const PATH_LENGTH: Rule = Rule {
    code: "KP0308",
    title: "more authorities in a row than one of them allows",
    why: "The path length of an authority says how many others may stand between it and the leaf.",
    reference: "RFC 5280, section 4.2.1.9",
    cis: &[],
};
pub(super) const NAME_CONSTRAINT: Rule = Rule {
    code: "KP0309",
    title: "a name outside what an authority may vouch for",
    why: "An authority's name constraints hold for every certificate below it.",
    reference: "RFC 5280, section 4.2.1.10",
    cis: &[],
};
pub(super) const CRITICAL_EXTENSION: Rule = Rule {
    code: "KP0310",
    title: "a critical extension that Go does not understand",
    why: "What is marked critical and not understood makes a certificate useless.",
    reference: "RFC 5280, section 4.2",
    cis: &[],
};
pub(super) const OTHER: Rule = Rule {
    code: "KP0311",
    title: "a chain that Go does not accept",
    why: "Certificate policies that allow nothing, or more candidates than Go looks at.",
    reference: "RFC 5280, section 4.2.1.4, Go crypto/x509/verify.go",
    cis: &[],
};
pub(super) const USAGE: Rule = Rule {
    code: "KP0601",
    title: "a certificate is not for this use",
    why: "A server's certificate needs serverAuth among its extended key usages, a client's clientAuth; \
          etcd's need both. An authority that lists usages limits what is below it.",
    reference: "RFC 5280, section 4.2.1.12",
    cis: &[],
};

pub(super) fn findings(context: &Context<'_, '_>, breakages: &[Breakage<'_>]) -> Vec<Finding> {
    let groups = group(breakages, |breakage| {
        let (kind, certificate) = culprit(context, &breakage.problem)?;
        rule(kind)?;
        Some((kind, *certificate.sha256()))
    });
    groups
        .iter()
        .filter_map(|group| finding(context, &group.breakages))
        .collect()
}

fn rule(kind: Kind) -> Option<(&'static Rule, Cause)> {
    Some(match kind {
        Kind::NotACa => (&NOT_A_CA, Cause::NotACa),
        Kind::PathLength => (&PATH_LENGTH, Cause::PathLength),
        Kind::NameConstraint => (&NAME_CONSTRAINT, Cause::NameConstraint),
        Kind::UnhandledCriticalExtension => (&CRITICAL_EXTENSION, Cause::Unsupported),
        Kind::WrongUsage => (&USAGE, Cause::WrongUsage),
        Kind::NoValidPolicy | Kind::Budget | Kind::UnsupportedAlgorithm => {
            (&OTHER, Cause::Unsupported)
        }
        _ => return None,
    })
}

/// What is wrong, and with which certificate.
fn culprit(context: &Context<'_, '_>, problem: &Problem<'_>) -> Option<(Kind, Arc<Certificate>)> {
    let Problem::Refused {
        leaf, error, side, ..
    } = problem
    else {
        return None;
    };
    if let Some(hint) = error.hint() {
        return (hint.error.kind() == Kind::NotACa).then(|| (Kind::NotACa, hint.authority.clone()));
    }
    let certificate = match error {
        VerifyError::IncompatibleUsage => unfit(context, leaf, *side),
        VerifyError::NameConstraint { .. } => constrained(context, leaf),
        _ => error.certificate().unwrap_or(leaf).clone(),
    };
    Some((error.kind(), certificate))
}

/// The first certificate upwards that lists usages and not this one.
fn unfit(context: &Context<'_, '_>, leaf: &Arc<Certificate>, side: Side) -> Arc<Certificate> {
    let wanted = match side {
        Side::Server => Usage::server(),
        Side::Client => Usage::client(),
    };
    let is_unfit = |certificate: &Arc<Certificate>| {
        let usages = &certificate.extensions.usages;
        !usages.is_empty() && !usages.contains(&wanted) && !usages.contains(&Usage::any())
    };
    context
        .above(leaf)
        .into_iter()
        .find(is_unfit)
        .unwrap_or_else(|| leaf.clone())
}

fn constrained(context: &Context<'_, '_>, leaf: &Arc<Certificate>) -> Arc<Certificate> {
    let mut above = context.above(leaf).into_iter();
    above
        .find(|certificate| certificate.extensions.name_constraints.is_some())
        .unwrap_or_else(|| leaf.clone())
}

fn finding(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let (kind, certificate) = culprit(context, &breakages.first()?.problem)?;
    let (rule, cause) = rule(kind)?;
    let Problem::Refused {
        presented, side, ..
    } = &breakages.first()?.problem
    else {
        return None;
    };
    let label = label(kind, &certificate);
    let mut evidence: Vec<Evidence> = context
        .holdings
        .holders(&certificate)
        .iter()
        .map(|used| context.at_content(used, label.clone()))
        .collect();
    evidence.extend(context.at_naming(presented, "presented because of this"));
    let what = evidence
        .first()
        .map(|first| first.place.path.to_string())
        .unwrap_or_default();
    let who = context.who(presented.by, presented.node);
    let role = match side {
        Side::Server => "as a server",
        Side::Client => "as a client",
    };
    let message = match kind {
        Kind::WrongUsage => {
            format!("{what} does not allow what {who} uses it for: presenting it {role}")
        }
        Kind::NotACa => {
            format!("{what} is not a CA certificate, but others are signed with its key")
        }
        _ => format!(
            "{what} is refused where {who} presents it {role}: {}",
            rule.title
        ),
    };
    let remedy = remedy(kind, *side).to_owned();
    Some(context.finding(rule, cause, breakages, message, evidence, remedy))
}

fn label(kind: Kind, certificate: &Certificate) -> String {
    match kind {
        Kind::WrongUsage => format!("allows only {}", usages(certificate)),
        Kind::NotACa => "is not marked as a CA that signs certificates".to_owned(),
        Kind::PathLength => "allows fewer authorities below it".to_owned(),
        Kind::NameConstraint => "limits the names below it".to_owned(),
        Kind::UnhandledCriticalExtension => {
            format!(
                "critical, and not understood: {}",
                certificate.extensions.unhandled_critical.join(", ")
            )
        }
        _ => "refused".to_owned(),
    }
}

fn usages(certificate: &Certificate) -> String {
    let name = |usage: &Usage| match usage {
        usage if *usage == Usage::server() => "serverAuth".to_owned(),
        usage if *usage == Usage::client() => "clientAuth".to_owned(),
        usage => usage.oid().to_string(),
    };
    certificate
        .extensions
        .usages
        .iter()
        .map(name)
        .collect::<Vec<_>>()
        .join(", ")
}

fn remedy(kind: Kind, side: Side) -> &'static str {
    match (kind, side) {
        (Kind::WrongUsage, Side::Server) => {
            "have it issued again with the extended key usage serverAuth, or present the certificate that is meant"
        }
        (Kind::WrongUsage, Side::Client) => {
            "have it issued again with the extended key usage clientAuth, or present the certificate that is meant"
        }
        (Kind::NotACa, _) => {
            "have the authority's certificate made again with CA:TRUE and Certificate Sign, for the same key"
        }
        (Kind::PathLength, _) => {
            "have the authority's certificate made again with a longer path length, or leave an intermediate out"
        }
        (Kind::NameConstraint, _) => "have it issued by an authority that may vouch for the name",
        _ => "have it issued again without what Go refuses",
    }
}
