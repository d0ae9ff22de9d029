//! The user of a client certificate.

use std::sync::Arc;

use cluster::Setting;
use cluster::process::Version;
use thiserror::Error;
use verify::{Certificate, verify_hostname};
use x509::oid::known;

use super::Identity;

/// Where it stands which credential somebody came with.
pub(crate) const CREDENTIAL_ID: &str = "authentication.kubernetes.io/credential-id";

/// Since when the certificate's sum is told (Kubernetes 1.32, changelog).
const CREDENTIAL_ID_SINCE: (u16, u16) = (1, 32);

/// Since when the UID is read (`apiserver/pkg/features/kube_features.go`,
/// `AllowParsingUserUIDFromCertAuth`).
const UID_SINCE: (u16, u16) = (1, 33);

/// Why a certificate that is accepted still makes no user.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NotAUser {
    /// Kubernetes says nothing then, and goes on to the next authenticator.
    #[error("the certificate has no common name, which would be the user")]
    NoCommonName,
    /// More than one attribute 1.3.6.1.4.1.57683.2.
    #[error("expected 1 UID, but found multiple: [{}]", .0.join(" "))]
    SeveralUids(Vec<String>),
    /// Such an attribute that says nothing.
    #[error("UID cannot be an empty string")]
    EmptyUid,
}

/// The user that servers of Kubernetes take the bearer of a certificate for, without the groups that
/// depend on nothing in it. A server of which no `version` is known is a recent one
/// (`apiserver/pkg/authentication/request/x509/x509.go`, `CommonNameUserConversion`).
///
/// # Errors
/// When it makes no user.
pub(crate) fn of_certificate(
    leaf: &Certificate,
    version: Option<Version>,
) -> Result<Identity, NotAUser> {
    let subject = &leaf.subject;
    if subject.common_name().is_empty() {
        return Err(NotAUser::NoCommonName);
    }
    let does = |since| version.is_none_or(|version| (version.major, version.minor) >= since);
    let mut identity = Identity::new(
        subject.common_name(),
        subject.organizations().map(str::to_owned),
    );
    if does(UID_SINCE) {
        identity.uid = uid(leaf)?;
    }
    if does(CREDENTIAL_ID_SINCE) {
        let halves = leaf.sha256().iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let digits = halves.filter_map(|half| char::from_digit(half.into(), 16));
        let sum: String = digits.collect();
        let id = format!("X509SHA256={sum}");
        identity.extra.insert(CREDENTIAL_ID.to_owned(), vec![id]);
    }
    Ok(identity)
}

/// The user that etcd takes the bearer for, once its own authentication is switched on; it knows no
/// groups (etcd `server/auth/store.go`, `AuthInfoFromTLS`).
pub(crate) fn at_etcd(leaf: &Certificate) -> Identity {
    Identity::new(leaf.subject.common_name(), [])
}

/// Whether the common name is one of those that are allowed, when not all are.
///
/// # Errors
/// When it is not, with Kubernetes' words.
pub(crate) fn check_common_name(leaf: &Certificate, allowed: &[Setting]) -> Result<(), String> {
    let name = leaf.subject.common_name();
    match allowed.is_empty() || allowed.iter().any(|setting| setting.value == name) {
        true => Ok(()),
        false => Err(format!(
            "x509: subject with cn={name} is not in the allowed list"
        )),
    }
}

/// Whether the certificate has one of the names that are allowed, when not any will do
/// (etcd `client/pkg/v3/transport/listener.go`).
pub(crate) fn has_hostname(leaf: &Arc<Certificate>, allowed: &[Setting]) -> bool {
    let has = |setting: &Setting| verify_hostname(leaf, &setting.value).is_ok();
    allowed.is_empty() || allowed.iter().any(has)
}

fn uid(leaf: &Certificate) -> Result<Option<String>, NotAUser> {
    let uids: Vec<&str> = leaf.subject.values(known::KUBERNETES_UID).collect();
    match uids[..] {
        [] => Ok(None),
        [""] => Err(NotAUser::EmptyUid),
        [uid] => Ok(Some(uid.to_owned())),
        _ => Err(NotAUser::SeveralUids(
            uids.into_iter().map(str::to_owned).collect(),
        )),
    }
}
