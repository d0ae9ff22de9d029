//! Secrets with certificates and keys.

use std::sync::Arc;

use cluster::objects::{SharedKeys, TlsSecret};
use time::Duration;
use verify::Certificate;
use verify::load::LoadError;

use super::Found;
use super::known::{self, held};
use crate::report::{Cause, Finding, Severity};
use crate::rules::{Context, Rule, words};

pub(in crate::rules) const PAIR: Rule = Rule {
    code: "KP1109",
    title: "a TLS Secret whose certificate and key do not make a pair",
    why: "The API takes any two texts. Who mounts the Secret does not start with it, or keeps what it had before until it is \
          started again.",
    reference: "pkg/apis/core/validation/validation.go (ValidateSecret), Go crypto/tls X509KeyPair",
    cis: &[],
};
pub(in crate::rules) const REPLACED: Rule = Rule {
    code: "KP1110",
    title: "a TLS Secret with a certificate of an authority that was replaced",
    why: "The authority was made again with the same name and another key, and this certificate is still the old one's: who \
          trusts the new one alone refuses it.",
    reference: "Kubernetes documentation: Manual Rotation of CA Certificates",
    cis: &[],
};
pub(in crate::rules) const SHARED_KEYS: Rule = Rule {
    code: "KP1111",
    title: "the keys of the cluster's authorities lie in the API",
    why: "kubeadm puts them into the Secret kubeadm-certs for control-plane nodes that join, encrypted, and has it deleted \
          after two hours with its token. Longer, everybody who may read Secrets, and every backup of etcd, is one key away \
          from being anybody.",
    reference: "cmd/kubeadm/app/phases/copycerts/copycerts.go",
    cis: &[],
};

/// How long kubeadm leaves the keys there.
const SHARED: Duration = Duration::hours(2);

pub(super) fn findings(context: &Context<'_, '_>) -> Vec<Finding> {
    let objects = &context.inventory.objects;
    let current = current(context);
    let secrets = objects.secrets.iter();
    let secrets = secrets
        .filter_map(|secret| pair(context, secret).or_else(|| replaced(context, secret, &current)));
    let shared = objects.shared_keys.iter();
    secrets
        .chain(shared.map(|shared| shared_keys(context, shared)))
        .collect()
}

fn pair(context: &Context<'_, '_>, secret: &TlsSecret) -> Option<Finding> {
    let (certificate, key) = (&secret.pair.certificate, &secret.pair.key);
    let bytes = |half: &Option<cluster::Material>| {
        let bytes = half.as_ref().and_then(|half| half.bytes());
        bytes.unwrap_or_default().to_vec()
    };
    let key_bytes = zeroize::Zeroizing::new(bytes(key));
    let half = certificate.as_ref().or(key.as_ref())?;
    let error = verify::load::key_pair(&bytes(certificate), &key_bytes).err()?;
    let (cause, severity, state) = match error {
        LoadError::CannotBeChecked => return None,
        LoadError::KeyMismatch | LoadError::KeyKindMismatch => (
            Cause::KeyMismatch,
            Severity::Error,
            "holds a key that does not belong to its certificate",
        ),
        // As some tools leave it until there is a certificate.
        _ if bytes(certificate).is_empty() && key_bytes.is_empty() => (
            Cause::MissingFile,
            Severity::Warning,
            "holds neither certificate nor key yet",
        ),
        _ => (
            Cause::Unreadable,
            Severity::Error,
            "holds no certificate with its key",
        ),
    };
    let finding = Found {
        rule: &PAIR,
        cause,
        severity,
        message: format!("{} {state}", secret.object),
        evidence: vec![context.in_object(half, error.to_string())],
        said: Some(error.to_string()),
        remedy:
            "put certificate and key of one pair there, or have who makes the Secret make it again"
                .to_owned(),
    };
    Some(finding.finding(context))
}

/// The authorities that the cluster goes by: those in the PKI's files, else the newest in objects.
fn current(context: &Context<'_, '_>) -> Vec<Arc<Certificate>> {
    let in_files = context.holdings.iter();
    let in_files: Vec<_> = in_files
        .filter(|held| held.used.node.is_some() && held.is_in_use)
        .map(|held| held.certificate.clone())
        .collect();
    match in_files.is_empty() {
        true => known::newest(context),
        false => in_files,
    }
}

fn replaced(
    context: &Context<'_, '_>,
    secret: &TlsSecret,
    current: &[Arc<Certificate>],
) -> Option<Finding> {
    let certificate = secret.pair.certificate.as_ref()?;
    let leaf = held(context, certificate).into_iter().next()?;
    let mut namesakes = current
        .iter()
        .filter(|authority| authority.raw_subject() == leaf.raw_issuer())
        .peekable();
    namesakes.peek()?;
    if leaf.raw_issuer() == leaf.raw_subject()
        || namesakes.any(|authority| {
            context
                .judgement
                .verifier
                .check_signature(&leaf, authority)
                .is_ok()
        })
    {
        return None;
    }
    let issuer = leaf.issuer.common_name();
    let label = format!("signed by a \"{issuer}\" with another key");
    let finding = Found {
        rule: &REPLACED,
        cause: Cause::StaleTrust,
        severity: Severity::Warning,
        message: format!(
            "the certificate in {} is signed by a \"{issuer}\" that has been replaced",
            secret.object
        ),
        evidence: vec![context.in_object(certificate, label)],
        said: None,
        remedy: format!("have {} issued again", words::called(&leaf)),
    };
    Some(finding.finding(context))
}

fn shared_keys(context: &Context<'_, '_>, shared: &SharedKeys) -> Finding {
    let age = shared.created.map(|created| context.at - created);
    let is_recent = age.is_some_and(|age| age <= SHARED);
    let (severity, state) = match (is_recent, shared.has_owner) {
        (true, true) => (Severity::Note, "until their token ends"),
        (_, false) => (Severity::Warning, "and nothing will delete them"),
        (false, true) => (Severity::Warning, "and should have gone with their token"),
    };
    Found {
        rule: &SHARED_KEYS,
        cause: Cause::Insecure,
        severity,
        message: format!("{} holds the keys of the cluster's authorities, {state}", shared.object),
        evidence: vec![context.at_place(None, shared.place.clone(), "encrypted under the certificate key")],
        said: None,
        remedy: "when no control-plane node is to join: kubectl -n kube-system delete secret kubeadm-certs".to_owned(),
    }
    .finding(context)
}
