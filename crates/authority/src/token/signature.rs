//! Signatures of JSON Web Tokens (RFC 7518 section 3), by the keys that kube-apiserver signs with.

use aws_lc_rs::digest::{SHA256, digest};
use verify::key::Curve;
use verify::{Hash, PublicKey, SignatureAlgorithm, SignatureError};
use x509::build::SignError;
use x509::der::{Reader, Rules, Tag, single};
use x509::write;

use super::base64url;
use crate::key::Signer;

/// What a token is signed with; the key decides (`pkg/serviceaccount/jwt.go`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// ECDSA over P-384 with SHA-384.
    Es384,
    /// ECDSA over P-521 with SHA-512.
    Es512,
    /// RSA (PKCS #1 v1.5) with SHA-256, whatever the key's size.
    Rs256,
}

impl Algorithm {
    /// The algorithm that belongs to a key; `None` when kube-apiserver signs with none.
    pub fn of(key: &PublicKey) -> Option<Self> {
        match key {
            PublicKey::Rsa(_) => Some(Algorithm::Rs256),
            PublicKey::Ecdsa(key) => match key.curve {
                Curve::P224 => None,
                Curve::P256 => Some(Algorithm::Es256),
                Curve::P384 => Some(Algorithm::Es384),
                Curve::P521 => Some(Algorithm::Es512),
            },
            PublicKey::Ed25519(_) | PublicKey::Dsa => None,
        }
    }

    /// Its name in a header.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Es256 => "ES256",
            Algorithm::Es384 => "ES384",
            Algorithm::Es512 => "ES512",
            Algorithm::Rs256 => "RS256",
        }
    }

    fn in_certificates(self) -> SignatureAlgorithm {
        match self {
            Algorithm::Es256 => SignatureAlgorithm::Ecdsa(Hash::Sha256),
            Algorithm::Es384 => SignatureAlgorithm::Ecdsa(Hash::Sha384),
            Algorithm::Es512 => SignatureAlgorithm::Ecdsa(Hash::Sha512),
            Algorithm::Rs256 => SignatureAlgorithm::Rsa(Hash::Sha256),
        }
    }
}

/// What kube-apiserver calls a key: SHA-256 over its SubjectPublicKeyInfo
/// (`pkg/serviceaccount/jwt.go`, `keyIDFromPublicKey`).
pub fn key_id(public_key: &[u8]) -> String {
    base64url(digest(&SHA256, public_key).as_ref())
}

/// Signs a message.
///
/// # Errors
/// When the signer cannot, or signs in no form that is known here.
pub(super) fn sign(
    message: &[u8],
    key: &PublicKey,
    signer: &dyn Signer,
) -> Result<Vec<u8>, SignError> {
    let signature = signer.sign(message)?;
    match key {
        PublicKey::Ecdsa(key) => fixed(&signature, key.curve.coordinate_len())
            .ok_or_else(|| SignError("the signature is no pair of numbers".to_owned())),
        _ => Ok(signature),
    }
}

/// Checks a signature.
///
/// # Errors
/// When it is not this key's over this message, with Go's text.
pub(super) fn check(
    algorithm: Algorithm,
    message: &[u8],
    signature: &[u8],
    key: &PublicKey,
) -> Result<(), SignatureError> {
    let algorithm = algorithm.in_certificates();
    match key {
        PublicKey::Ecdsa(key_on_curve) => {
            let length = key_on_curve.curve.coordinate_len();
            if signature.len() != 2 * length {
                return Err(SignatureError::Ecdsa);
            }
            let numbers = signature.chunks(length).map(write::unsigned);
            key.check_signature(algorithm, message, &write::sequence(numbers))
        }
        _ => key.check_signature(algorithm, message, signature),
    }
}

/// The two numbers of an ECDSA signature, each of `length` bytes (RFC 7518 section 3.4).
fn fixed(der: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut fields = single(der, Tag::SEQUENCE, Rules::Der)
        .ok()?
        .reader(Rules::Der);
    Some([number(&mut fields, length)?, number(&mut fields, length)?].concat())
}

fn number(fields: &mut Reader<'_>, length: usize) -> Option<Vec<u8>> {
    let body = fields.expect(Tag::INTEGER).ok()?.body;
    let zeros = body.iter().take_while(|byte| **byte == 0).count();
    let digits = &body[zeros..];
    let padding = vec![0; length.checked_sub(digits.len())?];
    Some([&padding, digits].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_size() {
        let der = write::sequence([write::unsigned(&[0x80]), write::unsigned(&[1, 2])]);
        assert_eq!(fixed(&der, 2), Some(vec![0, 0x80, 1, 2]));
        assert_eq!(fixed(&der, 1), None);
        assert_eq!(fixed(b"junk", 2), None);
    }
}
