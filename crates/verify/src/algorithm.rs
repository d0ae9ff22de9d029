//! Signature algorithms: which one an identifier names, and checking a signature with it.

use aws_lc_rs::signature::{self as provider, UnparsedPublicKey, VerificationAlgorithm};
use x509::Oid;
use x509::der::{Reader, Rules, Tag};

use crate::der::{Cryptobyte, content, reader, signed};
use crate::error::SignatureError;
use crate::key::{Curve, PublicKey, RsaPublicKey};

/// The hash that is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// The signature algorithms that Go's crypto/x509 knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// None of them.
    Unknown,
    /// RSA with MD5, refused.
    Md5Rsa,
    /// RSA with SHA-1, refused.
    Sha1Rsa,
    /// RSASSA-PKCS1-v1_5.
    Rsa(Hash),
    /// RSASSA-PSS with the hash's length of salt.
    RsaPss(Hash),
    /// DSA with SHA-1, refused.
    DsaSha1,
    /// DSA with SHA-256, which Go does not verify.
    DsaSha256,
    /// ECDSA with SHA-1, refused.
    EcdsaSha1,
    /// ECDSA, over whatever curve the key is on.
    Ecdsa(Hash),
    /// Ed25519.
    Ed25519,
}

/// `parameters` of RSASSA-PSS that are not the hash (RFC 4055).
const MGF1: Oid<'static> = Oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08]);

impl SignatureAlgorithm {
    /// As `getSignatureAlgorithmFromAI`; `parameters` is the whole element, empty when absent.
    pub fn identify(algorithm: Oid<'_>, parameters: &[u8]) -> Self {
        use SignatureAlgorithm as A;
        match algorithm.0 {
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, last] => match last {
                4 => A::Md5Rsa,
                5 => A::Sha1Rsa,
                10 => pss_hash(parameters).map_or(A::Unknown, A::RsaPss),
                11 => A::Rsa(Hash::Sha256),
                12 => A::Rsa(Hash::Sha384),
                13 => A::Rsa(Hash::Sha512),
                _ => A::Unknown,
            },
            [0x2b, 0x0e, 0x03, 0x02, 0x1d] => A::Sha1Rsa,
            [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03] => A::DsaSha1,
            [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x02] => A::DsaSha256,
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01] => A::EcdsaSha1,
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, last] => match last {
                2 => A::Ecdsa(Hash::Sha256),
                3 => A::Ecdsa(Hash::Sha384),
                4 => A::Ecdsa(Hash::Sha512),
                _ => A::Unknown,
            },
            [0x2b, 0x65, 0x70] if parameters.is_empty() => A::Ed25519,
            _ => A::Unknown,
        }
    }

    /// What Go calls an algorithm it refuses as insecure.
    fn insecure(self) -> Option<&'static str> {
        match self {
            SignatureAlgorithm::Md5Rsa => Some("MD5-RSA"),
            SignatureAlgorithm::Sha1Rsa => Some("SHA1-RSA"),
            SignatureAlgorithm::DsaSha1 => Some("DSA-SHA1"),
            SignatureAlgorithm::EcdsaSha1 => Some("ECDSA-SHA1"),
            _ => None,
        }
    }

    /// What Go calls the kind of key it needs.
    fn key_kind(self) -> &'static str {
        match self {
            SignatureAlgorithm::Unknown => "0",
            SignatureAlgorithm::Md5Rsa
            | SignatureAlgorithm::Sha1Rsa
            | SignatureAlgorithm::Rsa(_)
            | SignatureAlgorithm::RsaPss(_) => "RSA",
            SignatureAlgorithm::DsaSha1 | SignatureAlgorithm::DsaSha256 => "DSA",
            SignatureAlgorithm::EcdsaSha1 | SignatureAlgorithm::Ecdsa(_) => "ECDSA",
            SignatureAlgorithm::Ed25519 => "Ed25519",
        }
    }
}

/// Checks a signature over `message`, as `checkSignature` with SHA-1 forbidden.
pub(crate) fn check_signature(
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
    key: &PublicKey,
) -> Result<(), SignatureError> {
    use SignatureAlgorithm as A;
    check_key(algorithm, key)?;
    match (algorithm, key) {
        (A::Rsa(hash), PublicKey::Rsa(key)) => {
            check_rsa(key, pkcs1(hash, key.bits()), message, signature)
        }
        (A::RsaPss(hash), PublicKey::Rsa(key)) => {
            check_rsa(key, pss(hash, key.bits()), message, signature)
        }
        (A::Ecdsa(hash), PublicKey::Ecdsa(key)) => {
            let Some(algorithm) = ecdsa(key.curve, hash) else {
                return Err(SignatureError::CannotBeChecked("ECDSA over P-224"));
            };
            UnparsedPublicKey::new(algorithm, &key.point)
                .verify(message, signature)
                .map_err(|_| SignatureError::Ecdsa)
        }
        (A::Ed25519, PublicKey::Ed25519(key)) => UnparsedPublicKey::new(&provider::ED25519, key)
            .verify(message, signature)
            .map_err(|_| SignatureError::Ed25519),
        _ => Err(SignatureError::UnsupportedAlgorithm),
    }
}

/// What `checkSignature` refuses before it looks at a signature: whether one by this algorithm and
/// key could be good at all.
pub(crate) fn check_key(
    algorithm: SignatureAlgorithm,
    key: &PublicKey,
) -> Result<(), SignatureError> {
    use SignatureAlgorithm as A;
    if let Some(name) = algorithm.insecure() {
        return Err(SignatureError::InsecureAlgorithm(name));
    }
    match (algorithm, key) {
        (A::Unknown, _) | (_, PublicKey::Dsa) => Err(SignatureError::UnsupportedAlgorithm),
        (A::Rsa(_) | A::RsaPss(_), PublicKey::Rsa(key)) => check_rsa_key(key),
        (A::Ecdsa(_), PublicKey::Ecdsa(_)) | (A::Ed25519, PublicKey::Ed25519(_)) => Ok(()),
        _ => Err(SignatureError::KeyKind {
            expected: algorithm.key_kind(),
            found: key.go_type(),
        }),
    }
}

/// An algorithm for RSA, or what the provider cannot do.
type RsaAlgorithm = Result<&'static provider::RsaParameters, &'static str>;

fn check_rsa(
    key: &RsaPublicKey,
    algorithm: RsaAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    if signature.len() != key.modulus.len() {
        return Err(SignatureError::Rsa);
    }
    let algorithm = algorithm.map_err(SignatureError::CannotBeChecked)?;
    let exponent = key.exponent.to_be_bytes();
    let components = provider::RsaPublicKeyComponents {
        n: key.modulus.as_ref(),
        e: crate::der::magnitude(&exponent),
    };
    components
        .verify(algorithm, message, signature)
        .map_err(|_| SignatureError::Rsa)
}

/// What Go refuses of a key when it verifies with it (crypto/rsa, `checkPublicKey`).
fn check_rsa_key(key: &RsaPublicKey) -> Result<(), SignatureError> {
    let wrong = if key.bits() < 1024 {
        return Err(SignatureError::SmallRsaKey(key.bits()));
    } else if key.modulus.last().is_some_and(|byte| byte & 1 == 0) {
        "crypto/rsa: public modulus is even"
    } else if key.exponent < 2 {
        "crypto/rsa: public exponent too small or negative"
    } else if key.exponent & 1 == 0 {
        "crypto/rsa: public exponent is even"
    } else if key.exponent > i64::from(i32::MAX) {
        "crypto/rsa: public exponent too large"
    } else {
        return Ok(());
    };
    Err(SignatureError::BadRsaKey(wrong))
}

fn pkcs1(hash: Hash, bits: usize) -> RsaAlgorithm {
    match hash {
        _ if bits > 8192 => Err("RSA above 8192 bits"),
        Hash::Sha256 => Ok(&provider::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        Hash::Sha512 => Ok(&provider::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        Hash::Sha384 if bits < 2048 => Err("RSA with SHA-384 below 2048 bits"),
        Hash::Sha384 => Ok(&provider::RSA_PKCS1_2048_8192_SHA384),
    }
}

fn pss(hash: Hash, bits: usize) -> RsaAlgorithm {
    match hash {
        _ if bits > 8192 => Err("RSA above 8192 bits"),
        _ if bits < 2048 => Err("RSA-PSS below 2048 bits"),
        Hash::Sha256 => Ok(&provider::RSA_PSS_2048_8192_SHA256),
        Hash::Sha384 => Ok(&provider::RSA_PSS_2048_8192_SHA384),
        Hash::Sha512 => Ok(&provider::RSA_PSS_2048_8192_SHA512),
    }
}

fn ecdsa(curve: Curve, hash: Hash) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (curve, hash) {
        (Curve::P224, _) => return None,
        (Curve::P256, Hash::Sha256) => &provider::ECDSA_P256_SHA256_ASN1,
        (Curve::P256, Hash::Sha384) => &provider::ECDSA_P256_SHA384_ASN1,
        (Curve::P256, Hash::Sha512) => &provider::ECDSA_P256_SHA512_ASN1,
        (Curve::P384, Hash::Sha256) => &provider::ECDSA_P384_SHA256_ASN1,
        (Curve::P384, Hash::Sha384) => &provider::ECDSA_P384_SHA384_ASN1,
        (Curve::P384, Hash::Sha512) => &provider::ECDSA_P384_SHA512_ASN1,
        (Curve::P521, Hash::Sha256) => &provider::ECDSA_P521_SHA256_ASN1,
        (Curve::P521, Hash::Sha384) => &provider::ECDSA_P521_SHA384_ASN1,
        (Curve::P521, Hash::Sha512) => &provider::ECDSA_P521_SHA512_ASN1,
    })
}

/// The hash of RSASSA-PSS parameters that Go takes: MGF1 over the same hash, a salt as long as the
/// hash, and the usual trailer.
fn pss_hash(parameters: &[u8]) -> Option<Hash> {
    let mut fields = content(parameters, Tag::SEQUENCE)?;
    let mut explicit = |number| {
        let tlv = fields.element(Tag::context_constructed(number))?;
        Some(tlv.reader(Rules::Der))
    };
    let (hash, hash_parameters) = algorithm(&mut explicit(0)?)?;
    let (mask, mask_hash) = algorithm(&mut explicit(1)?)?;
    let salt = explicit(2)?.integer().and_then(signed)?;
    let trailer = match fields.has(Tag::context_constructed(3)) {
        true => content(fields.rest(), Tag::context_constructed(3))?
            .integer()
            .and_then(signed)?,
        false => 1,
    };
    let (mask_hash, mask_hash_parameters) = algorithm(&mut reader(mask_hash))?;
    let is_plain = |parameters: &[u8]| matches!(parameters, [] | [0x05, 0x00]);
    let is_usual = is_plain(hash_parameters)
        && is_plain(mask_hash_parameters)
        && mask == MGF1
        && mask_hash == hash
        && trailer == 1;
    match (hash.0, salt) {
        _ if !is_usual => None,
        ([0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01], 32) => Some(Hash::Sha256),
        ([0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02], 48) => Some(Hash::Sha384),
        ([0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03], 64) => Some(Hash::Sha512),
        _ => None,
    }
}

/// An AlgorithmIdentifier: which algorithm, and the whole element of its parameters.
fn algorithm<'a>(input: &mut Reader<'a>) -> Option<(Oid<'a>, &'a [u8])> {
    let mut fields = input.sequence()?;
    let oid = fields.oid()?;
    let parameters = match fields.is_empty() {
        true => &[][..],
        false => fields.any()?.raw,
    };
    Some((oid, parameters))
}
