//! What kube-apiserver publishes so that others can check its tokens: its keys, and where they are
//! (`pkg/serviceaccount/openidmetadata.go`).

use std::collections::BTreeSet;

use serde_json::{Value, json};
use thiserror::Error;
use verify::PublicKey;
use verify::key::Curve;

use super::{Algorithm, base64url, key_id};
use crate::json::as_go;

/// Where kube-apiserver serves the keys.
pub const JWKS_PATH: &str = "/openid/v1/jwks";

/// Why kube-apiserver would publish nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DiscoveryError {
    /// No key at all.
    #[error("there is no key that checks tokens")]
    NoKeys,
    /// A key that no token is signed with.
    #[error(
        "key {0} is neither RSA nor ECDSA on P-256, P-384 or P-521: kube-apiserver publishes none then"
    )]
    KeyKind(usize),
    /// An issuer that OpenID does not allow.
    #[error(
        "the issuer `{0}` is not published: it has to be an https URL without query and fragment"
    )]
    Issuer(String),
    /// An address of the keys that is none.
    #[error("the address of the keys `{0}` is no https URL")]
    KeysUrl(String),
}

/// The JSON Web Key Set, byte for byte what `/openid/v1/jwks` serves.
///
/// # Errors
/// When kube-apiserver would publish nothing.
pub fn key_set(keys: &[PublicKey]) -> Result<String, DiscoveryError> {
    if keys.is_empty() {
        return Err(DiscoveryError::NoKeys);
    }
    let keys = keys.iter().enumerate();
    let keys: Vec<Value> = keys
        .map(|(index, key)| jwk(key).ok_or(DiscoveryError::KeyKind(index)))
        .collect::<Result<_, _>>()?;
    Ok(as_go(&json!({ "keys": keys })))
}

/// The discovery document, byte for byte what `/.well-known/openid-configuration` serves.
///
/// # Errors
/// When kube-apiserver would publish nothing.
pub fn configuration(
    issuer: &str,
    keys_url: &str,
    keys: &[PublicKey],
) -> Result<String, DiscoveryError> {
    if !issuer.starts_with("https://") || issuer.contains(['?', '#']) {
        return Err(DiscoveryError::Issuer(issuer.to_owned()));
    }
    if !keys_url.starts_with("https://") {
        return Err(DiscoveryError::KeysUrl(keys_url.to_owned()));
    }
    key_set(keys)?;
    let algorithms: BTreeSet<&str> = keys
        .iter()
        .filter_map(|key| Algorithm::of(key).map(Algorithm::name))
        .collect();
    Ok(as_go(&json!({
        "issuer": issuer,
        "jwks_uri": keys_url,
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
    })))
}

/// A key, its fields in the order in which go-jose writes them (`jwk.go`, `rawJSONWebKey`).
fn jwk(key: &PublicKey) -> Option<Value> {
    let algorithm = Algorithm::of(key)?.name();
    let key_id = key_id(&key.to_der()?);
    Some(match key {
        PublicKey::Rsa(key) => {
            let exponent = key.exponent.to_be_bytes();
            let zeros = exponent.iter().take_while(|byte| **byte == 0).count();
            json!({
                "use": "sig", "kty": "RSA", "kid": key_id, "alg": algorithm,
                "n": base64url(&key.modulus), "e": base64url(&exponent[zeros..]),
            })
        }
        PublicKey::Ecdsa(key) => {
            // The point starts with a byte that says it is not compressed.
            let (x, y) = key
                .point
                .get(1..)?
                .split_at_checked(key.curve.coordinate_len())?;
            json!({
                "use": "sig", "kty": "EC", "kid": key_id, "crv": curve_name(key.curve),
                "alg": algorithm, "x": base64url(x), "y": base64url(y),
            })
        }
        PublicKey::Ed25519(_) | PublicKey::Dsa => return None,
    })
}

/// RFC 7518 section 6.2.1.1.
fn curve_name(curve: Curve) -> &'static str {
    match curve {
        Curve::P224 => "P-224",
        Curve::P256 => "P-256",
        Curve::P384 => "P-384",
        Curve::P521 => "P-521",
    }
}
