//! Service account tokens as kube-apiserver signs and checks them (`pkg/serviceaccount`).

mod claims;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;
use time::UtcDateTime;
use verify::PublicKey;
use x509::build::SignError;
use zeroize::Zeroizing;

pub use claims::{
    Account, BoundTo, Claims, Grant, Kubernetes, LEGACY_ISSUER, NotAnAccount, Object,
};

use super::signature::{self, Algorithm};
use super::{base64url, key_id};
use crate::key::Signer;

/// The longest token that is read, in bytes: Go's limit for all of a request's headers.
pub const LENGTH_LIMIT: usize = 1 << 20;

/// How far clocks may be apart, in seconds (go-jose, `jwt.DefaultLeeway`).
const LEEWAY: i64 = 60;

/// A token that was read, and not yet checked.
pub struct Token {
    /// What its header says it is signed with.
    pub algorithm: String,
    /// Which key its header says it is signed with.
    pub key_id: Option<String>,
    /// What it says, as far as kube-apiserver looks at it.
    pub claims: Claims,
    /// Everything it says.
    pub payload: Value,
    message: String,
    signature: Vec<u8>,
}

/// Why a text is no token. The text itself is not told.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParseError {
    /// Longer than [`LENGTH_LIMIT`].
    #[error("it is longer than any token: {0} bytes")]
    TooLong(usize),
    /// Not `header.payload.signature`.
    #[error("not a JSON web token: it has to be three parts with dots between them")]
    Parts,
    /// A part that is not base64 for URLs without padding.
    #[error("the token's {0} is no base64 for URLs")]
    Base64(&'static str),
    /// A part that is not the JSON it has to be.
    #[error("the token's {part} is not what it has to be: {reason}")]
    Json {
        /// Which.
        part: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A header with extensions that have to be understood (RFC 7515 section 4.1.11).
    #[error("the token's header wants something to be understood that kube-apiserver does not")]
    Critical,
}

/// Why no token was signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SigningError {
    /// A key that kube-apiserver does not sign with.
    #[error("service account tokens are signed with RSA or ECDSA keys on P-256, P-384 or P-521")]
    KeyKind,
    /// The key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// What kube-apiserver checks tokens with.
#[derive(Clone, Debug, Default)]
pub struct Checker {
    /// The keys of `--service-account-key-file`.
    pub keys: Vec<PublicKey>,
    /// `--service-account-issuer`, all of them.
    pub issuers: Vec<String>,
    /// `--api-audiences`, or the issuers when it is not set.
    pub audiences: Vec<String>,
}

/// Why kube-apiserver refuses a token. What only its storage tells (whether the account, the pod or
/// the Secret still exist) is not checked here.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Another issuer's.
    #[error(
        "its issuer is \"{found}\", and kube-apiserver takes {}",
        listed(accepted)
    )]
    Issuer {
        /// The token's.
        found: String,
        /// kube-apiserver's.
        accepted: Vec<String>,
    },
    /// Signed with a key that is not there.
    #[error("invalid signature, no keys found: none of the keys is {key_id}")]
    NoKey {
        /// The key that the token names.
        key_id: String,
    },
    /// Signed with something else than the key is for.
    #[error(
        "it says to be signed with \"{found}\", and the key is for {}",
        listed(expected)
    )]
    Algorithm {
        /// The token's.
        found: String,
        /// Those of the keys.
        expected: Vec<String>,
    },
    /// Not signed with that key, or changed since.
    #[error("the signature is not the key's: another key made it, or the token was changed")]
    Signature,
    /// For somebody else.
    #[error("it is for {}, not for {}", listed(found), listed(accepted))]
    Audience {
        /// The token's.
        found: Vec<String>,
        /// kube-apiserver's.
        accepted: Vec<String>,
    },
    /// Its time is over.
    #[error("service account token has expired")]
    Expired,
    /// Its time has not come.
    #[error("service account token is not valid yet")]
    NotYetValid,
    /// It says to be signed later than now.
    #[error("service account token is issued in the future")]
    IssuedInTheFuture,
    /// Something is not said that has to be.
    #[error("{0} claim is missing")]
    Missing(&'static str),
    /// The subject is not the account that the other claims name.
    #[error("sub claim is invalid: it is not the account that the other claims name")]
    Subject,
}

impl Token {
    /// Reads a token of three parts.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.len() > LENGTH_LIMIT {
            return Err(ParseError::TooLong(text.len()));
        }
        let parts: Vec<&str> = text.splitn(4, '.').collect();
        let [header, payload, signature] = parts[..] else {
            return Err(ParseError::Parts);
        };
        let fields: Header = json("header", &decode("header", header)?)?;
        if fields.critical.is_some() {
            return Err(ParseError::Critical);
        }
        let bytes = decode("payload", payload)?;
        Ok(Token {
            algorithm: fields.algorithm,
            key_id: fields.key_id.filter(|id| !id.is_empty()),
            claims: json("payload", &bytes)?,
            payload: json("payload", &bytes)?,
            message: format!("{header}.{payload}"),
            signature: decode("signature", signature)?,
        })
    }
}

/// Signs claims: `header.payload.signature`, the header naming the key.
///
/// # Errors
/// When the key cannot sign tokens.
pub fn sign(claims: &Claims, signer: &dyn Signer) -> Result<Zeroizing<String>, SigningError> {
    let key = PublicKey::from_der(signer.public_key()).ok_or(SigningError::KeyKind)?;
    let algorithm = Algorithm::of(&key).ok_or(SigningError::KeyKind)?;
    let key_id = key_id(signer.public_key());
    let header = format!(r#"{{"alg":"{}","kid":"{key_id}"}}"#, algorithm.name());
    let payload = claims.to_json();
    let message = format!(
        "{}.{}",
        base64url(header.as_bytes()),
        base64url(payload.as_bytes())
    );
    let signature = signature::sign(message.as_bytes(), &key, signer)?;
    Ok(Zeroizing::new(format!(
        "{message}.{}",
        base64url(&signature)
    )))
}

impl Checker {
    /// Whether kube-apiserver would accept a token at the moment `at`, in its order of questions.
    ///
    /// # Errors
    /// When it would not, and why.
    pub fn check(&self, token: &Token, at: UtcDateTime) -> Result<(), Refusal> {
        let claims = &token.claims;
        let is_legacy = claims.is_legacy();
        if !is_legacy && !self.issuers.contains(&claims.issuer) {
            return Err(Refusal::Issuer {
                found: claims.issuer.clone(),
                accepted: self.issuers.clone(),
            });
        }
        self.check_signature(token)?;
        let is_for_us = |audience: &String| self.audiences.contains(audience);
        if !claims.audiences.is_empty() && !claims.audiences.iter().any(is_for_us) {
            return Err(Refusal::Audience {
                found: claims.audiences.clone(),
                accepted: self.audiences.clone(),
            });
        }
        check_claims(claims, at)
    }

    /// Every key that the token could mean is tried, so that several may be accepted for a while.
    fn check_signature(&self, token: &Token) -> Result<(), Refusal> {
        let named = |key: &&PublicKey| match (&token.key_id, key.to_der()) {
            (Some(wanted), Some(der)) => *wanted == key_id(&der),
            (wanted, _) => wanted.is_none(),
        };
        let keys: Vec<&PublicKey> = self.keys.iter().filter(named).collect();
        if keys.is_empty() {
            let key_id = token.key_id.clone().unwrap_or_default();
            return Err(Refusal::NoKey { key_id });
        }
        let algorithms = keys
            .iter()
            .filter_map(|key| Some((*key, Algorithm::of(key)?)));
        let (fitting, others): (Vec<_>, Vec<_>) =
            algorithms.partition(|(_, algorithm)| algorithm.name() == token.algorithm);
        if fitting.is_empty() {
            let expected = others
                .iter()
                .map(|(_, algorithm)| algorithm.name().to_owned());
            return Err(Refusal::Algorithm {
                found: token.algorithm.clone(),
                expected: expected.collect(),
            });
        }
        let made_it = |(key, algorithm): &(&PublicKey, Algorithm)| {
            let checked =
                signature::check(*algorithm, token.message.as_bytes(), &token.signature, key);
            checked.is_ok()
        };
        match fitting.iter().any(made_it) {
            true => Ok(()),
            false => Err(Refusal::Signature),
        }
    }
}

/// What can be said of a token without any key: whether its time is now, and whether it names an
/// account.
///
/// # Errors
/// When every kube-apiserver would refuse it, and why.
pub fn check_claims(claims: &Claims, at: UtcDateTime) -> Result<(), Refusal> {
    match claims.is_legacy() {
        true => check_legacy(claims),
        false => check_times(claims, at.unix_timestamp()),
    }
}

/// `go-jose/jwt/validation.go`, with the words of `pkg/serviceaccount/claims.go`.
fn check_times(claims: &Claims, now: i64) -> Result<(), Refusal> {
    let is_after_now =
        |moment: Option<i64>| moment.is_some_and(|moment| now.saturating_add(LEEWAY) < moment);
    let is_over = |moment: i64| now.saturating_sub(LEEWAY) > moment;
    if is_after_now(claims.not_before) {
        return Err(Refusal::NotYetValid);
    }
    if claims.expires.is_some_and(is_over) {
        return Err(Refusal::Expired);
    }
    if is_after_now(claims.issued_at) {
        return Err(Refusal::IssuedInTheFuture);
    }
    // No account is without a name: the storage will not have it.
    match claims.account() {
        None => Err(Refusal::Missing("kubernetes.io")),
        Some(_) => Ok(()),
    }
}

/// `pkg/serviceaccount/legacy.go`: everything has to be said, and no time counts.
fn check_legacy(claims: &Claims) -> Result<(), Refusal> {
    let said = |claim: &Option<String>, name| match claim.as_deref() {
        None | Some("") => Err(Refusal::Missing(name)),
        Some(_) => Ok(()),
    };
    said(&claims.subject, "sub")?;
    said(&claims.legacy_namespace, "namespace")?;
    said(&claims.legacy_secret, "secretName")?;
    said(&claims.legacy_name, "serviceAccountName")?;
    said(&claims.legacy_uid, "serviceAccountUID")?;
    match claims.subject == claims.user_name() {
        true => Ok(()),
        false => Err(Refusal::Subject),
    }
}

/// The part of a header that counts.
#[derive(Deserialize)]
struct Header {
    #[serde(rename = "alg")]
    algorithm: String,
    #[serde(rename = "kid")]
    key_id: Option<String>,
    #[serde(rename = "crit")]
    critical: Option<Value>,
}

fn decode(part: &'static str, text: &str) -> Result<Vec<u8>, ParseError> {
    let decoded = BASE64_URL_SAFE_NO_PAD.decode(text);
    decoded.map_err(|_| ParseError::Base64(part))
}

/// An object. Lists are no objects, though serde would take their elements for fields.
fn json<T: for<'a> Deserialize<'a>>(part: &'static str, bytes: &[u8]) -> Result<T, ParseError> {
    let wrong = |reason: String| ParseError::Json { part, reason };
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(wrong("it is no object".to_owned()));
    }
    serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))
}

fn listed(texts: &[String]) -> String {
    match texts {
        [] => "none".to_owned(),
        texts => texts.join(", "),
    }
}
