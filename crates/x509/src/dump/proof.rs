//! Whether a rebuilt certificate is the one that was signed.

use aws_lc_rs::signature::{self as provider, UnparsedPublicKey, VerificationAlgorithm};

use crate::Certificate;
use crate::oid::{Oid, known};

/// Whether `issuer` signed the certificate. Names and usages do not matter here.
pub(super) fn is_signed(certificate: &Certificate, issuer: &Certificate) -> bool {
    let key = issuer.public_key();
    let curve = key.algorithm.parameters.map(|curve| Oid(curve.body));
    let name = certificate.signature_algorithm().oid.long_name();
    let Some(algorithm) = name.and_then(|name| algorithm(name, curve)) else {
        return false;
    };
    // In front of the signature stands the count of unused bits, which is 0 as it was written here.
    let signature = certificate.signature().get(1..).unwrap_or_default();
    UnparsedPublicKey::new(algorithm, key.key)
        .verify(certificate.tbs(), signature)
        .is_ok()
}

fn algorithm(name: &str, curve: Option<Oid<'_>>) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (name, curve) {
        ("sha1WithRSAEncryption", _) => &provider::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        ("sha256WithRSAEncryption", _) => &provider::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        ("sha384WithRSAEncryption", _) => &provider::RSA_PKCS1_2048_8192_SHA384,
        ("sha512WithRSAEncryption", _) => &provider::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        ("ecdsa-with-SHA256", Some(known::P256)) => &provider::ECDSA_P256_SHA256_ASN1,
        ("ecdsa-with-SHA384", Some(known::P256)) => &provider::ECDSA_P256_SHA384_ASN1,
        ("ecdsa-with-SHA256", Some(known::P384)) => &provider::ECDSA_P384_SHA256_ASN1,
        ("ecdsa-with-SHA384", Some(known::P384)) => &provider::ECDSA_P384_SHA384_ASN1,
        ("ecdsa-with-SHA256", Some(known::P521)) => &provider::ECDSA_P521_SHA256_ASN1,
        ("ecdsa-with-SHA384", Some(known::P521)) => &provider::ECDSA_P521_SHA384_ASN1,
        ("ecdsa-with-SHA512", Some(known::P521)) => &provider::ECDSA_P521_SHA512_ASN1,
        ("ED25519", _) => &provider::ED25519,
        _ => return None,
    })
}
