//! Why a certificate is not accepted: each error carries the facts and prints Go's own words.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use thiserror::Error;
use time::UtcDateTime;

use crate::certificate::Certificate;
use crate::hostname;
use crate::moment::Now;
use crate::quote::quote;

/// Why Go does not read bytes as a certificate; prints Go's text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ParseError(Cow<'static, str>);

impl ParseError {
    pub(crate) const fn new(text: &'static str) -> Self {
        ParseError(Cow::Borrowed(text))
    }

    pub(crate) fn owned(text: String) -> Self {
        ParseError(Cow::Owned(text))
    }
}

/// Why one certificate's key does not vouch for another certificate; prints Go's text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// The parent has no CA flag, or a key usage without certificate signing.
    #[error("x509: invalid signature: parent certificate cannot sign this kind of certificate")]
    ParentCannotSign,
    /// An algorithm that Go does not verify.
    #[error("x509: cannot verify signature: algorithm unimplemented")]
    UnsupportedAlgorithm,
    /// MD5 or SHA-1; the name is Go's.
    #[error("x509: cannot verify signature: insecure algorithm {0}")]
    InsecureAlgorithm(&'static str),
    /// The parent's RSA key has fewer than 1024 bits.
    #[error(
        "crypto/rsa: {0}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)"
    )]
    SmallRsaKey(usize),
    /// The parent's RSA key cannot be used at all; the text is Go's.
    #[error("{0}")]
    BadRsaKey(&'static str),
    /// The algorithm wants another kind of key than the parent has.
    #[error(
        "x509: signature algorithm specifies an {expected} public key, but have public key of type {found}"
    )]
    KeyKind {
        /// The kind that the algorithm wants.
        expected: &'static str,
        /// Go's type of the parent's key.
        found: &'static str,
    },
    /// An RSA signature that the parent's key did not make.
    #[error("crypto/rsa: verification error")]
    Rsa,
    /// An ECDSA signature that the parent's key did not make.
    #[error("x509: ECDSA verification failure")]
    Ecdsa,
    /// An Ed25519 signature that the parent's key did not make.
    #[error("x509: Ed25519 verification failure")]
    Ed25519,
    /// Go would check it, but the cryptographic library of this program does not have the
    /// algorithm: not Go's text.
    #[error("the signature cannot be checked here: {0} is not available")]
    CannotBeChecked(&'static str),
}

/// What is wrong, in one word that needs no text to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The current time is after a certificate's last moment.
    Expired,
    /// The current time is before a certificate's first moment.
    NotYetValid,
    /// No chain leads to a trusted certificate.
    UnknownAuthority,
    /// The certificate does not name the host.
    NameMismatch,
    /// An extended key usage does not allow what is wanted.
    WrongUsage,
    /// A name is outside what an authority may vouch for.
    NameConstraint,
    /// A certificate signs others but may not.
    NotACa,
    /// More certificates below an authority than it allows.
    PathLength,
    /// MD5, SHA-1 or a short RSA key.
    WeakAlgorithm,
    /// A critical extension that Go does not understand.
    UnhandledCriticalExtension,
    /// No certificate policy is left where one is required.
    NoValidPolicy,
    /// More candidates than Go looks at.
    Budget,
    /// A signature does not fit the key.
    BadSignature,
    /// An algorithm that Go does not have.
    UnsupportedAlgorithm,
    /// The cryptographic library here lacks what Go has.
    CannotBeChecked,
}

impl Kind {
    /// The word, in lower case with hyphens.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Expired => "expired",
            Kind::NotYetValid => "not-yet-valid",
            Kind::UnknownAuthority => "unknown-authority",
            Kind::NameMismatch => "name-mismatch",
            Kind::WrongUsage => "wrong-usage",
            Kind::NameConstraint => "name-constraint",
            Kind::NotACa => "not-a-ca",
            Kind::PathLength => "path-length",
            Kind::WeakAlgorithm => "weak-algorithm",
            Kind::UnhandledCriticalExtension => "unhandled-critical-extension",
            Kind::NoValidPolicy => "no-valid-policy",
            Kind::Budget => "budget",
            Kind::BadSignature => "bad-signature",
            Kind::UnsupportedAlgorithm => "unsupported-algorithm",
            Kind::CannotBeChecked => "cannot-be-checked",
        }
    }
}

impl SignatureError {
    /// What is wrong, in one word.
    pub fn kind(&self) -> Kind {
        match self {
            SignatureError::ParentCannotSign => Kind::NotACa,
            SignatureError::InsecureAlgorithm(_) | SignatureError::SmallRsaKey(_) => {
                Kind::WeakAlgorithm
            }
            SignatureError::UnsupportedAlgorithm => Kind::UnsupportedAlgorithm,
            SignatureError::BadRsaKey(_)
            | SignatureError::KeyKind { .. }
            | SignatureError::Rsa
            | SignatureError::Ecdsa
            | SignatureError::Ed25519 => Kind::BadSignature,
            SignatureError::CannotBeChecked(_) => Kind::CannotBeChecked,
        }
    }
}

/// Why Go does not accept a certificate; prints Go's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyError {
    /// A critical extension that Go does not understand.
    UnhandledCriticalExtension {
        /// Whose extension.
        certificate: Arc<Certificate>,
    },
    /// The current time is outside a certificate's validity.
    OutsideValidity {
        /// Whose validity: the leaf or any authority above it.
        certificate: Arc<Certificate>,
        /// The current time.
        now: UtcDateTime,
    },
    /// An intermediate that is not marked as an authority.
    NotAuthorizedToSign {
        /// The intermediate.
        certificate: Arc<Certificate>,
    },
    /// More certificates below an authority than it allows.
    TooManyIntermediates {
        /// The authority.
        certificate: Arc<Certificate>,
    },
    /// The leaf does not name the host.
    Hostname {
        /// The leaf.
        certificate: Arc<Certificate>,
        /// The wanted name or address.
        host: String,
    },
    /// No chain leads to a trusted certificate.
    UnknownAuthority {
        /// The certificate whose issuer is not found.
        certificate: Arc<Certificate>,
        /// The first candidate that bears the issuer's name, and why it is not the issuer.
        hint: Option<Box<Hint>>,
    },
    /// Go looks at no more than 100 candidates.
    SignatureLimit,
    /// An extended key usage in the chain does not allow what is wanted.
    IncompatibleUsage,
    /// A name in the chain is outside what an authority may vouch for.
    NameConstraint {
        /// Go's words on which name, and why.
        detail: String,
    },
    /// Chains were found, but their policies or usages allow none.
    NoValidChains {
        /// How many fail by usage.
        incompatible_usage: usize,
        /// How many fail by policy.
        invalid_policies: usize,
    },
    /// The parent's key does not vouch for the certificate; only as a [`Hint`] and in a candidate.
    Signature(SignatureError),
    /// No chain was found, but one may exist: a signature cannot be checked by this program.
    CannotBeChecked {
        /// The certificate whose signature it is.
        certificate: Arc<Certificate>,
        /// The algorithm that is missing.
        algorithm: &'static str,
    },
}

/// An authority that bears the wanted name but is not the issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The authority.
    pub authority: Arc<Certificate>,
    /// Why not.
    pub error: VerifyError,
}

impl VerifyError {
    /// What is wrong, in one word.
    pub fn kind(&self) -> Kind {
        match self {
            VerifyError::UnhandledCriticalExtension { .. } => Kind::UnhandledCriticalExtension,
            VerifyError::OutsideValidity { certificate, now } => {
                match certificate.not_before.compare(*now).is_gt() {
                    true => Kind::NotYetValid,
                    false => Kind::Expired,
                }
            }
            VerifyError::NotAuthorizedToSign { .. } => Kind::NotACa,
            VerifyError::TooManyIntermediates { .. } => Kind::PathLength,
            VerifyError::Hostname { .. } => Kind::NameMismatch,
            VerifyError::UnknownAuthority { .. } => Kind::UnknownAuthority,
            VerifyError::SignatureLimit => Kind::Budget,
            VerifyError::IncompatibleUsage => Kind::WrongUsage,
            VerifyError::NameConstraint { .. } => Kind::NameConstraint,
            VerifyError::NoValidChains { .. } => Kind::NoValidPolicy,
            VerifyError::Signature(error) => error.kind(),
            VerifyError::CannotBeChecked { .. } => Kind::CannotBeChecked,
        }
    }

    /// The certificate that is to blame, when it is one.
    pub fn certificate(&self) -> Option<&Arc<Certificate>> {
        match self {
            VerifyError::UnhandledCriticalExtension { certificate }
            | VerifyError::OutsideValidity { certificate, .. }
            | VerifyError::NotAuthorizedToSign { certificate }
            | VerifyError::TooManyIntermediates { certificate }
            | VerifyError::Hostname { certificate, .. }
            | VerifyError::UnknownAuthority { certificate, .. }
            | VerifyError::CannotBeChecked { certificate, .. } => Some(certificate),
            VerifyError::SignatureLimit
            | VerifyError::IncompatibleUsage
            | VerifyError::NameConstraint { .. }
            | VerifyError::NoValidChains { .. }
            | VerifyError::Signature(_) => None,
        }
    }

    /// The authority that bears the issuer's name but is not the issuer.
    pub fn hint(&self) -> Option<&Hint> {
        match self {
            VerifyError::UnknownAuthority { hint, .. } => hint.as_deref(),
            _ => None,
        }
    }
}

impl std::error::Error for VerifyError {}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VerifyError::UnhandledCriticalExtension { .. } => {
                f.write_str("x509: unhandled critical extension")
            }
            VerifyError::OutsideValidity { certificate, now } => {
                write_validity(f, certificate, *now)
            }
            VerifyError::NotAuthorizedToSign { .. } => {
                f.write_str("x509: certificate is not authorized to sign other certificates")
            }
            VerifyError::TooManyIntermediates { .. } => {
                f.write_str("x509: too many intermediates for path length constraint")
            }
            VerifyError::Hostname { certificate, host } => {
                f.write_str(&hostname::mismatch_text(certificate, host))
            }
            VerifyError::UnknownAuthority { hint, .. } => {
                write_unknown_authority(f, hint.as_deref())
            }
            VerifyError::SignatureLimit => f.write_str(
                "x509: signature check attempts limit reached while verifying certificate chain",
            ),
            VerifyError::IncompatibleUsage => {
                f.write_str("x509: certificate specifies an incompatible key usage")
            }
            VerifyError::NameConstraint { detail } => write!(
                f,
                "x509: a root or intermediate certificate is not authorized to sign for this name: {detail}"
            ),
            VerifyError::NoValidChains {
                incompatible_usage,
                invalid_policies,
            } => write_no_valid_chains(f, *incompatible_usage, *invalid_policies),
            VerifyError::Signature(error) => error.fmt(f),
            VerifyError::CannotBeChecked { algorithm, .. } => {
                SignatureError::CannotBeChecked(algorithm).fmt(f)
            }
        }
    }
}

fn write_validity(
    f: &mut fmt::Formatter<'_>,
    certificate: &Certificate,
    now: UtcDateTime,
) -> fmt::Result {
    let is_early = certificate.not_before.compare(now).is_gt();
    let (side, bound) = match is_early {
        true => ("before", certificate.not_before),
        false => ("after", certificate.not_after),
    };
    write!(
        f,
        "x509: certificate has expired or is not yet valid: current time {} is {side} {bound}",
        Now(now)
    )
}

fn write_unknown_authority(f: &mut fmt::Formatter<'_>, hint: Option<&Hint>) -> fmt::Result {
    f.write_str("x509: certificate signed by unknown authority")?;
    let Some(Hint { authority, error }) = hint else {
        return Ok(());
    };
    write!(
        f,
        " (possibly because of {} while trying to verify candidate authority certificate {})",
        quote(error.to_string().as_bytes()),
        quote(authority.short_name().as_bytes())
    )
}

fn write_no_valid_chains(f: &mut fmt::Formatter<'_>, usage: usize, policies: usize) -> fmt::Result {
    let counted = [
        (usage, "incompatible key usage"),
        (policies, "invalid policies"),
    ];
    let details: Vec<String> = counted
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} candidate chains with {what}"))
        .collect();
    f.write_str("x509: no valid chains built")?;
    match details.as_slice() {
        [] => Ok(()),
        details => write!(f, ": {}", details.join(", ")),
    }
}
