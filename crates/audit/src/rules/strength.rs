//! Keys that Go still takes and nobody should.

use std::collections::HashSet;
use std::sync::Arc;

use cluster::process::Loaded;
use verify::{Certificate, PublicKey};

use super::{Context, Rule, words};
use crate::problem::Use;
use crate::report::{Cause, Finding, Severity};

pub(super) const SHORT: Rule = Rule {
    code: "KP0505",
    title: "a key that is shorter than it should be",
    why: "Go takes RSA keys from 1024 bits on. Those below 2048 are within reach of who can pay for it.",
    reference: "NIST SP 800-131A, Go crypto/rsa",
    cis: &[],
};
pub(super) const REUSED: Rule = Rule {
    code: "KP0506",
    title: "one key for two purposes",
    why: "Who has the key of an authority is that authority. When another authority has the same key, or service account \
          tokens are signed with it, it lies in more places and neither can be replaced alone.",
    reference: "cmd/kubeadm/app/phases/certs/certs.go",
    cis: &[],
};

/// The shortest RSA key that is good, in bits.
const BITS: usize = 2048;

/// The shortest that Go takes, in bits.
const TAKEN: usize = 1024;

pub(super) fn findings(context: &Context<'_, '_>) -> Vec<Finding> {
    let mut findings = short(context);
    findings.extend(reused(context));
    findings.extend(token_keys(context));
    findings
}

fn short(context: &Context<'_, '_>) -> Vec<Finding> {
    let mut seen = HashSet::new();
    let used = context.holdings.iter().filter(|held| held.is_in_use);
    let once = used.filter(|held| seen.insert(*held.certificate.sha256()));
    let short = once.filter_map(|held| {
        Some((
            &held.certificate,
            bits(held.certificate.public_key.as_ref()?)?,
        ))
    });
    short
        .map(|(certificate, bits)| short_finding(context, certificate, bits))
        .collect()
}

/// How long an RSA key is that is too short.
fn bits(key: &PublicKey) -> Option<usize> {
    match key {
        PublicKey::Rsa(key) if (TAKEN..BITS).contains(&key.bits()) => Some(key.bits()),
        _ => None,
    }
}

fn short_finding(
    context: &Context<'_, '_>,
    certificate: &Arc<Certificate>,
    bits: usize,
) -> Finding {
    let label = format!("RSA, {bits} bits");
    let holders = context.holdings.holders(certificate);
    let evidence = holders.iter().map(|used| context.at_content(used, &label));
    let message = format!(
        "the key of {} has only {bits} bits",
        words::called(certificate)
    );
    let remedy = format!(
        "make a new key of at least {BITS} bits, or of ECDSA P-256, and have the certificate issued for it"
    );
    let mut finding = context.finding(
        &SHORT,
        Cause::WeakAlgorithm,
        &[],
        message,
        evidence.collect(),
        remedy,
    );
    finding.severity = Severity::Warning;
    finding
}

/// Authorities of different names with the same key.
fn reused(context: &Context<'_, '_>) -> Vec<Finding> {
    let mut authorities: Vec<&Arc<Certificate>> = Vec::new();
    let mut findings = Vec::new();
    for held in context
        .holdings
        .iter()
        .filter(|held| held.is_in_use && is_authority(&held.certificate))
    {
        let same = |other: &&&Arc<Certificate>| {
            other.raw_public_key() == held.certificate.raw_public_key()
        };
        match authorities.iter().find(same) {
            None => authorities.push(&held.certificate),
            Some(first) if first.raw_subject() == held.certificate.raw_subject() => {}
            Some(first) => {
                let first = Arc::clone(first);
                findings.push(same_key(context, &first, &held.certificate));
                // Once for each pair of names.
                authorities.push(&held.certificate);
            }
        }
    }
    findings.dedup_by(|a, b| a.message == b.message);
    findings
}

fn same_key(
    context: &Context<'_, '_>,
    first: &Arc<Certificate>,
    second: &Arc<Certificate>,
) -> Finding {
    let message = format!(
        "the authorities {} and {} have the same key",
        words::called(first),
        words::called(second)
    );
    let holders = [second, first]
        .into_iter()
        .flat_map(|one| context.holdings.holders(one));
    let evidence = holders.map(|used| context.at_content(&used, "has the key of both"));
    let evidence = evidence.collect();
    warning(
        context,
        message,
        evidence,
        "give each authority a key of its own",
    )
}

/// Keys that sign tokens and are an authority's too.
fn token_keys(context: &Context<'_, '_>) -> Vec<Finding> {
    let nodes = context.inventory.nodes.iter().enumerate();
    let mut findings: Vec<Finding> = Vec::new();
    for (index, process) in
        nodes.flat_map(|(index, node)| node.processes.values().map(move |process| (index, process)))
    {
        for load in process.loads() {
            let Loaded::PrivateKey(material) = &load.what else {
                continue;
            };
            let used = Use {
                material,
                by: process.component,
                node: Some(index),
            };
            if let Some(finding) = token_key(context, &used)
                && !findings
                    .iter()
                    .any(|other| other.message == finding.message)
            {
                findings.push(finding);
            }
        }
    }
    findings
}

fn token_key(context: &Context<'_, '_>, used: &Use<'_>) -> Option<Finding> {
    let key = context.judgement.loads.private_key(used.material).ok()??;
    if let Some(bits) = bits(&key) {
        let label = format!("RSA, {bits} bits");
        let message = format!("the key that signs service account tokens has only {bits} bits");
        let remedy = format!(
            "make a new key of at least {BITS} bits, and let kube-apiserver check with both for a while"
        );
        let evidence = vec![context.at_content(used, label)];
        let mut finding =
            context.finding(&SHORT, Cause::WeakAlgorithm, &[], message, evidence, remedy);
        finding.severity = Severity::Warning;
        return Some(finding);
    }
    let mut authorities = context
        .holdings
        .iter()
        .filter(|held| is_authority(&held.certificate));
    let authority = authorities.find(|held| held.certificate.public_key.as_ref() == Some(&key))?;
    let message = format!(
        "service account tokens are signed with the key of the authority {}",
        words::called(&authority.certificate)
    );
    let naming = context.at_naming(used, "signs tokens with it");
    let content = context.at_content(used, "signs tokens with it");
    let evidence = naming
        .into_iter()
        .chain([content, context.at_content(&authority.used, "the same key")])
        .collect();
    let text = "make a key for tokens alone, and let kube-apiserver check with both for a while";
    Some(warning(context, message, evidence, text))
}

fn warning(
    context: &Context<'_, '_>,
    message: String,
    evidence: Vec<crate::report::Evidence>,
    remedy: &str,
) -> Finding {
    let mut finding = context.finding(
        &REUSED,
        Cause::Insecure,
        &[],
        message,
        evidence,
        remedy.to_owned(),
    );
    finding.severity = Severity::Warning;
    finding
}

fn is_authority(certificate: &Certificate) -> bool {
    certificate
        .extensions
        .basic_constraints
        .as_ref()
        .is_some_and(|constraints| constraints.is_ca)
}
