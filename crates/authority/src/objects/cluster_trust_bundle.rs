//! ClusterTrustBundle: certificates that pods may mount, perhaps those of one signer
//! (`pkg/apis/certificates/validation/validation.go`).

use std::collections::HashSet;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};
use thiserror::Error;
use verify::Certificate;
use x509::pem;

use super::holds_key;
use crate::dns;

/// The largest bundle, in bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// Why kube-apiserver would refuse the object.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TrustBundleError {
    /// A text that no signer is called.
    #[error("`{0}` is no name of a signer: it has to look like example.com/name")]
    Signer(String),
    /// Neither a name nor a signer to make one from.
    #[error("a bundle without a signer needs a name")]
    NoName,
    /// A name that does not belong to the signer.
    #[error("the name `{name}` has to be `{prefix}` and a-z, 0-9, - and . behind it")]
    SignersName {
        /// The name.
        name: String,
        /// What it has to start with.
        prefix: String,
    },
    /// A name that only a signer's bundle could have, or none.
    #[error(
        "the name `{0}` has to be of a-z, 0-9, - and .; a colon stands only in those of a signer"
    )]
    Name(String),
    /// More than 1 MiB.
    #[error("the certificates take {0} bytes, and a bundle may have 1 MiB")]
    TooLarge(usize),
    /// Something that is not allowed in a bundle.
    #[error("block {number} is \"{label}\", and a bundle may hold only certificates")]
    Label {
        /// Which, counted from 1.
        number: usize,
        /// What it is.
        label: String,
    },
    /// A private key, even where no block is.
    #[error("there is a private key in it, and everybody may read a bundle")]
    HoldsKey,
    /// A block with headers.
    #[error("block {0} has headers, which no certificate of a bundle may have")]
    Headers(usize),
    /// Go does not read it.
    #[error("block {number} cannot be read: {reason}")]
    Unreadable {
        /// Which, counted from 1.
        number: usize,
        /// Go's words.
        reason: String,
    },
    /// Not a CA.
    #[error("\"{0}\" is no authority's certificate: nothing can be verified with it")]
    NotAnAuthority(String),
    /// None at all.
    #[error("there is no certificate in it")]
    Empty,
}

/// The object, of whatever PEM text `certificates` is. Each certificate is kept once. A signer's
/// bundle that is given no name gets the one that kube-controller-manager gives.
///
/// # Errors
/// When kube-apiserver would refuse it.
pub fn cluster_trust_bundle(
    name: Option<&str>,
    signer: Option<&str>,
    certificates: &str,
) -> Result<Value, TrustBundleError> {
    let bundle = checked(certificates)?;
    let (name, spec) = match signer {
        Some(signer) => (
            signers_name(signer, name, &bundle)?,
            json!({"signerName": signer, "trustBundle": bundle}),
        ),
        None => (own_name(name)?, json!({"trustBundle": bundle})),
    };
    Ok(json!({
        "apiVersion": "certificates.k8s.io/v1beta1",
        "kind": "ClusterTrustBundle",
        "metadata": {"name": name},
        "spec": spec,
    }))
}

/// The text as it is, or without the certificates that were there before.
fn checked(text: &str) -> Result<String, TrustBundleError> {
    if holds_key(text) {
        return Err(TrustBundleError::HoldsKey);
    }
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    let mut count = 0;
    for block in verify::pem::blocks(text.as_bytes()) {
        count += 1;
        if block.label != "CERTIFICATE" {
            return Err(TrustBundleError::Label {
                number: count,
                label: block.label,
            });
        }
        if block.has_headers {
            return Err(TrustBundleError::Headers(count));
        }
        let certificate = authority(&block.content, count)?;
        if seen.insert(*certificate.sha256()) {
            kept.push(certificate);
        }
    }
    let bundle = match count {
        0 => return Err(TrustBundleError::Empty),
        count if count == kept.len() => text.to_owned(),
        _ => kept
            .iter()
            .map(|certificate| pem::encode("CERTIFICATE", certificate.der()).to_string())
            .collect(),
    };
    match bundle.len() > SIZE_LIMIT {
        true => Err(TrustBundleError::TooLarge(bundle.len())),
        false => Ok(bundle),
    }
}

fn authority(der: &[u8], number: usize) -> Result<Certificate, TrustBundleError> {
    let certificate = Certificate::parse(der).map_err(|error| TrustBundleError::Unreadable {
        number,
        reason: error.to_string(),
    })?;
    let constraints = certificate.extensions.basic_constraints.as_ref();
    match constraints.is_some_and(|constraints| constraints.is_ca) {
        true => Ok(certificate),
        false => Err(TrustBundleError::NotAnAuthority(certificate.short_name())),
    }
}

fn signers_name(
    signer: &str,
    name: Option<&str>,
    bundle: &str,
) -> Result<String, TrustBundleError> {
    if !is_signer(signer) {
        return Err(TrustBundleError::Signer(signer.to_owned()));
    }
    let prefix = format!("{}:", signer.replace('/', ":"));
    let Some(name) = name else {
        return Ok(format!("{prefix}{}", suffix(bundle)));
    };
    match name.strip_prefix(&prefix).is_some_and(dns::is_subdomain) {
        true => Ok(name.to_owned()),
        false => Err(TrustBundleError::SignersName {
            name: name.to_owned(),
            prefix,
        }),
    }
}

fn own_name(name: Option<&str>) -> Result<String, TrustBundleError> {
    match name {
        None => Err(TrustBundleError::NoName),
        Some(name) if dns::is_subdomain(name) => Ok(name.to_owned()),
        Some(name) => Err(TrustBundleError::Name(name.to_owned())),
    }
}

/// The first twelve bytes of SHA-256 over the bundle
/// (`pkg/controller/certificates/clustertrustbundlepublisher/publisher.go`).
fn suffix(bundle: &str) -> String {
    let sum = digest(&SHA256, bundle.as_bytes());
    let first = sum.as_ref().iter().take(12);
    first.map(|byte| format!("{byte:02x}")).collect()
}

/// A domain of two labels or more, a slash, and a path of labels with dots between them
/// (`pkg/apis/core/validation/names.go`, `ValidateSignerName`).
fn is_signer(name: &str) -> bool {
    const PATH_LIMIT: usize = 253 + 63 + 1;
    let Some((domain, path)) = name.split_once('/') else {
        return false;
    };
    let are_labels = |text: &str| text.split('.').all(dns::is_label);
    domain.len() <= 253
        && domain.contains('.')
        && are_labels(domain)
        && path.len() <= PATH_LIMIT
        && path.split('.').all(dns::is_subdomain)
}
