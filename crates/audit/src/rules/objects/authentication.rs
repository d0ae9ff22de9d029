//! ConfigMap `extension-apiserver-authentication`, by which extension API servers know clients.

use std::sync::Arc;

use cluster::Component;
use cluster::objects::{Bundle, Purpose};
use verify::Certificate;

use super::known::{self, has_key, has_name, held};
use super::{Found, ways};
use crate::problem::Use;
use crate::report::{Cause, Finding, Severity};
use crate::rules::{Context, Rule, authorities, words};

pub(in crate::rules) const LEFT_BEHIND: Rule = Rule {
    code: "KP1102",
    title: "extension API servers still trust an authority that was replaced",
    why: "kube-apiserver adds its authorities to extension-apiserver-authentication and takes none away before it expires, \
          not even when it is started again: whoever has a certificate of the old one is somebody for metrics-server and \
          its like.",
    reference: "pkg/controlplane/controller/clusterauthenticationtrust/cluster_authentication_trust_controller.go",
    cis: &[],
};
pub(in crate::rules) const DIFFERS: Rule = Rule {
    code: "KP1103",
    title: "extension API servers do not know whom kube-apiserver knows",
    why: "kube-apiserver writes its flags into extension-apiserver-authentication. What is not in there is a stranger for \
          extension API servers: they answer 401, to the front proxy too.",
    reference: "staging/src/k8s.io/apiserver/pkg/server/options/authentication.go",
    cis: &[],
};

pub(super) fn findings(context: &Context<'_, '_>) -> Vec<Finding> {
    let fields = [
        (Purpose::Clients, "client-ca-file"),
        (Purpose::FrontProxy, "requestheader-client-ca-file"),
    ];
    let mut findings = Vec::new();
    for (purpose, flag) in fields {
        for bundle in known::bundles(context, &purpose) {
            let certificates = held(context, &bundle.material);
            match known::told(context, Component::KubeApiserver, flag) {
                Some(told) => {
                    let lacking = lacking(context, bundle, &certificates, &told);
                    let left = || left_behind(context, bundle, &certificates, &told);
                    findings.extend(lacking.or_else(left));
                }
                None => findings.extend(left_by_others(context, bundle, &certificates)),
            }
        }
    }
    findings.extend(not_allowed(context));
    findings
}

/// What every node's kube-apiserver is told.
type Told<'a> = [(Use<'a>, Vec<Arc<Certificate>>)];

fn is_current(context: &Context<'_, '_>, certificate: &Certificate) -> bool {
    certificate.not_after.utc() >= context.at
}

/// Whom it trusts, and no kube-apiserver does.
fn left_behind(
    context: &Context<'_, '_>,
    bundle: &Bundle,
    certificates: &[Arc<Certificate>],
    told: &Told<'_>,
) -> Option<Finding> {
    let mut extra = certificates.iter();
    let extra = extra
        .find(|one| is_current(context, one) && !told.iter().any(|(_, told)| has_key(told, one)))?;
    let (used, _) = told.first()?;
    let is_replaced = told.iter().any(|(_, told)| has_name(told, extra));
    let trusted = context.at_content(used, "what kube-apiserver trusts");
    let mut finding = left(
        context,
        bundle,
        extra,
        "which kube-apiserver does not trust any more",
    );
    if !is_replaced {
        finding.cause = Cause::Conflict;
    }
    finding.evidence.push(trusted);
    Some(finding)
}

/// Without files: an older authority beside a newer one of its name, which nothing else holds.
fn left_by_others(
    context: &Context<'_, '_>,
    bundle: &Bundle,
    certificates: &[Arc<Certificate>],
) -> Option<Finding> {
    let others: Vec<Arc<Certificate>> = known::for_apiserver(context)
        .flat_map(|bundle| held(context, &bundle.material))
        .collect();
    let extra = certificates.iter().find(|one| {
        let is_newer = |other: &&Arc<Certificate>| {
            other.raw_subject() == one.raw_subject()
                && other.raw_public_key() != one.raw_public_key()
                && has_key(&others, other)
        };
        let is_replaced = certificates.iter().any(|other| is_newer(&other));
        is_current(context, one) && !has_key(&others, one) && is_replaced
    })?;
    Some(left(
        context,
        bundle,
        extra,
        "which nothing else in the cluster trusts",
    ))
}

fn left(context: &Context<'_, '_>, bundle: &Bundle, extra: &Certificate, state: &str) -> Finding {
    let name = words::called(extra);
    let label = format!(
        "holds a {name} that began {}",
        words::moment(extra.not_before)
    );
    Found {
        rule: &LEFT_BEHIND,
        cause: Cause::StaleTrust,
        severity: Severity::Warning,
        message: format!("{} still trusts a {name} {state}", bundle.object),
        evidence: vec![context.in_object(&bundle.material, label)],
        said: None,
        remedy: "when nothing uses its certificates any more, delete the ConfigMap: kube-apiserver writes it again within a minute".to_owned(),
    }
    .finding(context)
}

/// Whom every kube-apiserver trusts, and it does not.
fn lacking(
    context: &Context<'_, '_>,
    bundle: &Bundle,
    certificates: &[Arc<Certificate>],
    told: &Told<'_>,
) -> Option<Finding> {
    if certificates.is_empty() {
        return None;
    }
    let all = told
        .iter()
        .flat_map(|(used, told)| told.iter().map(move |one| (used, one)));
    let (used, lacks) = all
        .filter(|(_, one)| is_current(context, one))
        .find(|(_, one)| !has_key(certificates, one))?;
    let name = words::called(lacks);
    let evidence = vec![
        context.in_object(&bundle.material, format!("does not hold that {name}")),
        context.at_content(used, "what kube-apiserver trusts"),
    ];
    let is_stale = has_name(certificates, lacks);
    let finding = Found {
        rule: &DIFFERS,
        cause: if is_stale { Cause::StaleTrust } else { Cause::UntrustedIssuer },
        severity: Severity::Warning,
        message: format!("{} does not know the {name} that kube-apiserver trusts", bundle.object),
        evidence,
        said: Some("Unauthorized".to_owned()),
        remedy: "see in kube-apiserver's log why it does not write the ConfigMap, or delete it: it is written again within a minute".to_owned(),
    };
    Some(finding.breaking(ways(&Purpose::FrontProxy), context))
}

/// A front proxy whose name is not among those that are allowed.
fn not_allowed(context: &Context<'_, '_>) -> Option<Finding> {
    let allowed = context.inventory.objects.allowed_names.as_ref()?;
    let names: Vec<String> = serde_json::from_str(&allowed.value).ok()?;
    let proxies = authorities::uses(context, Component::KubeApiserver, |key| {
        key == "proxy-client-cert-file"
    });
    let stranger = proxies.into_iter().find_map(|used| {
        let leaf = context.first_certificate(used.material)?;
        let name = leaf.subject.common_name().to_owned();
        (!names.is_empty() && !names.contains(&name)).then_some((used, name))
    });
    let (used, name) = stranger?;
    let evidence = vec![
        context.at_setting(None, allowed, "the names that are taken"),
        context.at_content(&used, format!("is \"{name}\"")),
    ];
    let finding = Found {
        rule: &DIFFERS,
        cause: Cause::WrongIdentity,
        severity: Severity::Warning,
        message: format!("extension API servers take nobody called \"{name}\" for the front proxy, which kube-apiserver is"),
        evidence,
        said: Some(format!("x509: subject with cn={name} is not in the allowed list")),
        remedy: "add the name to --requestheader-allowed-names; kube-apiserver writes it into the ConfigMap".to_owned(),
    };
    Some(finding.breaking(ways(&Purpose::FrontProxy), context))
}
