//! Private and public keys: what kind they are, and whether they belong to a certificate. The private half
//! is looked at and never kept.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, Ed25519KeyPair, KeyPair,
};
use thiserror::Error;

use crate::certificate::{AlgorithmIdentifier, PublicKeyInfo};
use crate::der::{DerError, Reader, Rules, Tag, Tlv, single};
use crate::oid::{Oid, known};

/// A private key that is not encrypted.
pub struct PrivateKey {
    form: Form,
    kind: KeyKind,
    /// The public half, as in the bits of a SubjectPublicKeyInfo.
    public: Option<Vec<u8>>,
}

/// How a private key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `RSA PRIVATE KEY`.
    Pkcs1,
    /// `PRIVATE KEY`.
    Pkcs8,
    /// `EC PRIVATE KEY`.
    Sec1,
}

/// What kind of key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with a modulus of so many bits.
    Rsa(usize),
    /// An elliptic curve, by OpenSSL's name or in numbers.
    Ec(String),
    /// Anything else, by OpenSSL's name or in numbers.
    Other(String),
}

/// Why bytes are not a private key that can be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Not built like a key.
    #[error("not a private key: {0}")]
    Der(#[from] DerError),
    /// It has to be decrypted first.
    #[error("the private key is encrypted; decrypt a copy with: openssl pkey -in FILE")]
    Encrypted,
}

impl PrivateKey {
    /// Reads PKCS #8, PKCS #1 or SEC 1, whatever it is.
    ///
    /// # Errors
    /// When it is none of them, or encrypted.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let fields = single(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
        let mut after = fields;
        let first = after.next_tlv()?;
        if first.tag == Tag::SEQUENCE
            && after
                .next_tlv()
                .is_ok_and(|tlv| tlv.tag == Tag::OCTET_STRING)
        {
            return Err(KeyError::Encrypted);
        }
        let second = {
            let mut after = fields;
            after.expect(Tag::INTEGER)?;
            after.next_tlv()?
        };
        Ok(match second.tag {
            Tag::SEQUENCE => pkcs8(der, fields)?,
            Tag::INTEGER => pkcs1(fields)?,
            Tag::OCTET_STRING => sec1(der, fields, None)?,
            _ => return Err(DerError::BadValue("private key").into()),
        })
    }

    /// Whether another is the same key, however each is written; `None` when one does not tell.
    pub fn is_same(&self, other: &PrivateKey) -> Option<bool> {
        let (one, other_half) = (self.public.as_ref()?, other.public.as_ref()?);
        Some(self.kind == other.kind && one == other_half)
    }

    /// How it is written.
    pub fn form(&self) -> Form {
        self.form
    }

    /// What kind of key it is.
    pub fn kind(&self) -> &KeyKind {
        &self.kind
    }

    /// Whether it belongs to a public key; `None` when nobody here can tell.
    pub fn fits(&self, public: &PublicKeyInfo<'_>) -> Option<bool> {
        if kind_of(public) != self.kind {
            return Some(false);
        }
        self.public.as_deref().map(|bits| bits == public.key)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.kind)
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyKind::Rsa(bits) => write!(f, "RSA {bits}"),
            KeyKind::Ec(curve) if curve == "prime256v1" => f.write_str("ECDSA P-256"),
            KeyKind::Ec(curve) if curve == "secp384r1" => f.write_str("ECDSA P-384"),
            KeyKind::Ec(curve) if curve == "secp521r1" => f.write_str("ECDSA P-521"),
            KeyKind::Ec(curve) => write!(f, "ECDSA {curve}"),
            KeyKind::Other(name) => f.write_str(name),
        }
    }
}

/// What kind of key a SubjectPublicKeyInfo holds.
pub fn kind_of(info: &PublicKeyInfo<'_>) -> KeyKind {
    let kind = kind(&info.algorithm);
    match kind {
        KeyKind::Rsa(_) => KeyKind::Rsa(modulus_bits(info.key).unwrap_or(0)),
        kind => kind,
    }
}

/// The kind that an algorithm tells; of RSA the size is in the key.
fn kind(algorithm: &AlgorithmIdentifier<'_>) -> KeyKind {
    match algorithm.oid {
        known::RSA_ENCRYPTION => KeyKind::Rsa(0),
        known::EC_PUBLIC_KEY => match algorithm.parameters {
            Some(curve) if curve.tag == Tag::OID => KeyKind::Ec(name(Oid(curve.body))),
            _ => KeyKind::Ec("with explicit parameters".to_owned()),
        },
        known::ED25519 => KeyKind::Other("Ed25519".to_owned()),
        oid => KeyKind::Other(name(oid)),
    }
}

fn name(oid: Oid<'_>) -> String {
    oid.short_name().map_or_else(|| oid.dotted(), str::to_owned)
}

/// The size of the modulus that starts an RSAPublicKey.
fn modulus_bits(der: &[u8]) -> Option<usize> {
    let mut fields = single(der, Tag::SEQUENCE, Rules::Ber)
        .ok()?
        .reader(Rules::Ber);
    Some(bits(fields.expect(Tag::INTEGER).ok()?.body))
}

fn bits(content: &[u8]) -> usize {
    let zeros = content.iter().take_while(|byte| **byte == 0).count();
    let significant = &content[zeros..];
    significant.first().map_or(0, |first| {
        significant.len() * 8 - first.leading_zeros() as usize
    })
}

/// RSAPrivateKey holds the public key too (RFC 8017 appendix A.1.2).
fn pkcs1(mut fields: Reader<'_>) -> Result<PrivateKey, KeyError> {
    fields.expect(Tag::INTEGER)?;
    let (modulus, exponent) = (fields.expect(Tag::INTEGER)?, fields.expect(Tag::INTEGER)?);
    Ok(PrivateKey {
        form: Form::Pkcs1,
        kind: KeyKind::Rsa(bits(modulus.body)),
        public: Some(crate::write::sequence([modulus.raw, exponent.raw])),
    })
}

/// PrivateKeyInfo (RFC 5208 section 5).
fn pkcs8(der: &[u8], mut fields: Reader<'_>) -> Result<PrivateKey, KeyError> {
    fields.expect(Tag::INTEGER)?;
    let algorithm = AlgorithmIdentifier::from_tlv(fields.expect(Tag::SEQUENCE)?)?;
    let inner = fields.expect(Tag::OCTET_STRING)?.body;
    let key = match kind(&algorithm) {
        KeyKind::Rsa(_) => pkcs1(single(inner, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber))?,
        KeyKind::Ec(_) => {
            let inner = single(inner, Tag::SEQUENCE, Rules::Ber)?;
            sec1(der, inner.reader(Rules::Ber), algorithm.parameters)?
        }
        kind => {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok();
            let public = pair.map(|pair| pair.public_key().as_ref().to_vec());
            PrivateKey {
                form: Form::Pkcs8,
                kind,
                public,
            }
        }
    };
    Ok(PrivateKey {
        form: Form::Pkcs8,
        ..key
    })
}

/// ECPrivateKey (RFC 5915 section 3), of which the curve may be told outside. The public half is
/// optional in it, and then computed.
fn sec1(
    der: &[u8],
    mut fields: Reader<'_>,
    curve: Option<Tlv<'_>>,
) -> Result<PrivateKey, KeyError> {
    fields.expect(Tag::INTEGER)?;
    fields.expect(Tag::OCTET_STRING)?;
    let explicit = fields.optional(Tag::context_constructed(0))?;
    let inside = explicit
        .map(|tlv| tlv.reader(Rules::Ber).next_tlv())
        .transpose()?;
    let curve = curve
        .or(inside)
        .filter(|curve| curve.tag == Tag::OID)
        .map(|curve| name(Oid(curve.body)));
    let curve = curve.unwrap_or_else(|| "with explicit parameters".to_owned());
    let written = fields.optional(Tag::context_constructed(1))?;
    let written = written
        .map(|tlv| tlv.reader(Rules::Ber).expect(Tag::BIT_STRING))
        .transpose()?;
    let written = written
        .and_then(|bits| bits.body.get(1..))
        .map(<[u8]>::to_vec);
    let public = written.or_else(|| computed(&curve, der));
    Ok(PrivateKey {
        form: Form::Sec1,
        kind: KeyKind::Ec(curve),
        public,
    })
}

fn computed(curve: &str, der: &[u8]) -> Option<Vec<u8>> {
    let algorithm = match curve {
        "prime256v1" => &ECDSA_P256_SHA256_ASN1_SIGNING,
        "secp384r1" => &ECDSA_P384_SHA384_ASN1_SIGNING,
        "secp521r1" => &ECDSA_P521_SHA512_ASN1_SIGNING,
        _ => return None,
    };
    let pair = EcdsaKeyPair::from_private_key_der(algorithm, der).ok()?;
    Some(pair.public_key().as_ref().to_vec())
}
