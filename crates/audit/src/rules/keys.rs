//! Keys that do not fit their certificate, and keys that TLS does not take.

use std::sync::Arc;

use cluster::Material;
use verify::load::{KeyPair, Known, LoadError};
use verify::{Certificate, Kind, VerifyError};

use super::{Context, Rule, words};
use crate::blame::{self, What, group};
use crate::load::{self, Fault, Half};
use crate::problem::{Breakage, Problem, Use};
use crate::report::{Cause, Evidence, Finding};

pub(super) const MISMATCH: Rule = Rule {
    code: "KP0501",
    title: "a key does not belong to its certificate",
    why: "One of the two was replaced without the other, or taken from another pair. Whoever loads the pair \
          when it starts ends with \"tls: private key does not match public key\"; clients that load it later \
          fail with every connection.",
    reference: "Go crypto/tls X509KeyPair, staging/src/k8s.io/client-go/transport",
    cis: &[],
};
pub(super) const SWAPPED: Rule = Rule {
    code: "KP0502",
    title: "certificate and key are swapped",
    why: "The flag for the certificate names the key, or the other way round.",
    reference: "Go crypto/tls X509KeyPair",
    cis: &[],
};
pub(super) const WEAK: Rule = Rule {
    code: "KP0503",
    title: "an algorithm or key that Go refuses",
    why: "Go verifies no signatures made with MD5 or SHA-1 and takes no RSA keys of less than 1024 bits, \
          whatever else is right.",
    reference: "Go crypto/x509/x509.go checkSignature",
    cis: &[],
};
pub(super) const CANNOT_SIGN: Rule = Rule {
    code: "KP0504",
    title: "a key that TLS cannot use",
    why: "TLS 1.3 has no P-224, and no signature fits into a very short RSA key: the pair loads, \
          and every handshake fails.",
    reference: "RFC 8446, section 4.2.3",
    cis: &[],
};

pub(super) fn findings(context: &Context<'_, '_>, breakages: &[Breakage<'_>]) -> Vec<Finding> {
    let pairs = group(breakages, |breakage| match &breakage.problem {
        Problem::Load {
            what,
            other,
            half,
            fault: Fault::Content(error),
            ..
        } => is_of_pair(*half, error).then(|| (blame::ids(what), other.map(load::id))),
        _ => None,
    });
    let weak = group(breakages, |breakage| {
        weak(&breakage.problem).map(|certificate| *certificate.sha256())
    });
    let unusable = group(breakages, |breakage| match &breakage.problem {
        Problem::CannotSign { presented, .. } => Some(blame::ids(presented)),
        _ => None,
    });
    let pairs = pairs
        .iter()
        .filter_map(|group| pair(context, &group.breakages));
    let weak = weak
        .iter()
        .filter_map(|group| weak_finding(context, &group.breakages));
    let unusable = unusable
        .iter()
        .filter_map(|group| cannot_sign(context, &group.breakages));
    pairs.chain(weak).chain(unusable).collect()
}

fn is_of_pair(half: Half, error: &LoadError) -> bool {
    half == Half::Both
        || matches!(
            error,
            LoadError::KeyForCertificate | LoadError::CertificateForKey
        )
}

fn pair(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let Problem::Load {
        what, other, half, ..
    } = &breakages.first()?.problem
    else {
        return None;
    };
    let other = (*other)?;
    if *half != Half::Both {
        return Some(swapped(context, breakages, what, other));
    }
    let second = Use {
        material: other,
        ..*what
    };
    let is_certificate = is_certificate_to_blame(context, what, &second);
    let (culprit, witness) = match is_certificate {
        true => (what, &second),
        false => (&second, what),
    };
    let (certificate, key) = (words::place(what.material), words::place(other));
    let key_of_certificate = partner(context, other, |file| fit(what.material, file).is_some());
    let certificate_of_key = partner(context, what.material, |file| fit(file, other).is_some());
    let label = match (is_certificate, &key_of_certificate, &certificate_of_key) {
        (true, Some(owner), _) | (false, _, Some(owner)) => format!("belongs to {owner}"),
        _ => "does not belong together".to_owned(),
    };
    let evidence = culprit_evidence(context, culprit, &label)
        .into_iter()
        .chain([context.at_content(witness, "with this")])
        .chain(context.at_naming(witness, "with this"));
    let who = context.who(what.by, what.node);
    let message = match certificate == key {
        true => format!("{who}'s key and certificate in {certificate} do not belong together"),
        false => format!("{who} is given {certificate} with a key that is not its own, {key}"),
    };
    let remedy = match &key_of_certificate {
        Some(own) if certificate != key => format!("use {own}, the key of {certificate}"),
        _ => format!(
            "put the key back that {certificate} was made for, or have the certificate issued again for this key"
        ),
    };
    Some(context.finding(
        &MISMATCH,
        Cause::KeyMismatch,
        breakages,
        message,
        evidence.collect(),
        remedy,
    ))
}

/// The flag when the file is good elsewhere, else the file.
fn culprit_evidence<'a>(
    context: &Context<'_, 'a>,
    culprit: &Use<'a>,
    label: &str,
) -> Vec<Evidence> {
    let content = context.at_content(culprit, label);
    let naming = context.at_naming(culprit, label);
    let change = match has_partner_beside(context, culprit) {
        true => What::Setting,
        false => context.judgement.what_to_change(culprit),
    };
    match change {
        What::Setting => naming.into_iter().chain([content]).collect(),
        What::Content => std::iter::once(content).chain(naming).collect(),
    }
}

/// The certificate is the odd one when its own key lies elsewhere, or when it is good for something
/// else under this very path; otherwise the key.
fn is_certificate_to_blame(
    context: &Context<'_, '_>,
    certificate: &Use<'_>,
    key: &Use<'_>,
) -> bool {
    // A CA's certificate is rightly used for more than one thing.
    let is_authority = |used: &Use<'_>| {
        let first = context.first_certificate(used.material);
        first.is_some_and(|first| {
            first
                .extensions
                .basic_constraints
                .is_some_and(|one| one.is_ca)
        })
    };
    let named_wrongly = |used: &Use<'_>| {
        !is_authority(used) && context.judgement.what_to_change(used) == What::Setting
    };
    if named_wrongly(certificate) != named_wrongly(key) {
        return named_wrongly(certificate);
    }
    // What lies at the same path of another node is a copy.
    let fits_elsewhere = files(context).any(|(path, material)| {
        **path != *key.material.place().path && fit(certificate.material, material).is_some()
    });
    let key_fits_elsewhere = files(context).any(|(path, material)| {
        **path != *certificate.material.place().path && fit(material, key.material).is_some()
    });
    fits_elsewhere && !key_fits_elsewhere
}

/// Whether the file is half of a pair of two files that lie side by side, so that it is right where
/// it is.
fn has_partner_beside(context: &Context<'_, '_>, used: &Use<'_>) -> bool {
    let place = used.material.place();
    let Some((base, end)) = place.path.rsplit_once('.') else {
        return false;
    };
    let partner = format!("{base}.{}", if end == "key" { "crt" } else { "key" });
    let mut beside = files(context).filter(|(path, _)| ***path == *partner);
    beside.any(|(_, other)| match end {
        "key" => fit(other, used.material).is_some(),
        _ => fit(used.material, other).is_some(),
    })
}

/// The file of the PKI that fits, other than `not`.
fn partner(
    context: &Context<'_, '_>,
    not: &Material,
    fits: impl Fn(&Material) -> bool,
) -> Option<String> {
    let mut others = files(context).filter(|(path, _)| ***path != *not.place().path);
    let (path, _) = others.find(|(_, material)| fits(material))?;
    Some(path.to_string())
}

fn files<'a>(context: &Context<'_, 'a>) -> impl Iterator<Item = (&'a Arc<str>, &'a Material)> {
    context.inventory.nodes.iter().flat_map(|node| &node.pki)
}

fn fit(certificate: &Material, key: &Material) -> Option<KeyPair> {
    Known::default()
        .key_pair(load::keys(key), certificate.bytes()?, key.bytes()?)
        .ok()
}

fn swapped<'a>(
    context: &Context<'_, 'a>,
    breakages: &[&Breakage<'_>],
    what: &Use<'a>,
    other: &'a Material,
) -> Finding {
    let second = Use {
        material: other,
        ..*what
    };
    let who = context.who(what.by, what.node);
    let evidence = [what, &second].into_iter().map(|used| {
        let label = "holds the other half";
        context
            .at_naming(used, label)
            .unwrap_or_else(|| context.at_content(used, label))
    });
    let message = format!("{who}'s certificate and key are swapped, or one of them is both");
    let remedy = "swap the two".to_owned();
    context.finding(
        &SWAPPED,
        Cause::KeyMismatch,
        breakages,
        message,
        evidence.collect(),
        remedy,
    )
}

/// The certificate that is refused for its algorithm.
fn weak<'p>(problem: &'p Problem<'_>) -> Option<&'p Arc<Certificate>> {
    let Problem::Refused { leaf, error, .. } = problem else {
        return None;
    };
    let hint = error
        .hint()
        .filter(|hint| hint.error.kind() == Kind::WeakAlgorithm);
    match (hint, error) {
        (Some(hint), VerifyError::UnknownAuthority { certificate, .. }) => match &hint.error {
            // The authority's own key is too short.
            VerifyError::Signature(verify::SignatureError::SmallRsaKey(_)) => Some(&hint.authority),
            _ => Some(certificate),
        },
        _ if error.kind() == Kind::WeakAlgorithm => Some(leaf),
        _ => None,
    }
}

fn weak_finding(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let first = breakages.first()?;
    let certificate = weak(&first.problem)?;
    let uses = context.holdings.holders(certificate);
    let evidence = uses
        .iter()
        .map(|used| context.at_content(used, "refused for its algorithm"));
    let message = format!(
        "the certificate {} uses an algorithm that Go refuses",
        words::called(certificate)
    );
    let remedy =
        "have it issued again, signed with SHA-256 or better by a key of at least 2048 bits"
            .to_owned();
    Some(context.finding(
        &WEAK,
        Cause::WeakAlgorithm,
        breakages,
        message,
        evidence.collect(),
        remedy,
    ))
}

fn cannot_sign(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let Problem::CannotSign { presented, why } = &breakages.first()?.problem else {
        return None;
    };
    let message = format!(
        "{} has a key that TLS cannot use: {why}",
        words::place(presented.material)
    );
    let evidence = vec![context.at_content(presented, "its key is of no use for TLS")];
    let remedy = "have it issued again for a P-256 or RSA-2048 key".to_owned();
    Some(context.finding(
        &CANNOT_SIGN,
        Cause::WeakAlgorithm,
        breakages,
        message,
        evidence,
        remedy,
    ))
}
