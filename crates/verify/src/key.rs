//! Public keys as Go reads them from a certificate.

use std::sync::Arc;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ParsedPublicKey,
    VerificationAlgorithm,
};
use x509::Oid;
use x509::der::Tag;
use x509::oid::known;

use crate::der::{Cryptobyte, content, is_negative, magnitude, reader, signed};
use crate::error::ParseError;

const DSA: Oid<'static> = Oid(&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01]);
const NULL: &[u8] = &[0x05, 0x00];

/// A public key of a kind that Go's crypto/x509 knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA.
    Rsa(RsaPublicKey),
    /// ECDSA over one of the NIST curves.
    Ecdsa(EcPublicKey),
    /// Ed25519: 32 bytes.
    Ed25519(Arc<[u8]>),
    /// DSA, which Go reads but never verifies with.
    Dsa,
}

/// An RSA public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RsaPublicKey {
    /// The modulus, big-endian without leading zeros.
    pub modulus: Arc<[u8]>,
    /// The public exponent, above zero.
    pub exponent: i64,
}

/// A point on a curve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EcPublicKey {
    /// The curve.
    pub curve: Curve,
    /// The point, uncompressed.
    pub point: Arc<[u8]>,
}

/// The curves that Go's crypto/x509 knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// NIST P-224.
    P224,
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
}

impl PublicKey {
    /// What Go's `%T` calls its type.
    pub(crate) fn go_type(&self) -> &'static str {
        match self {
            PublicKey::Rsa(_) => "*rsa.PublicKey",
            PublicKey::Ecdsa(_) => "*ecdsa.PublicKey",
            PublicKey::Ed25519(_) => "ed25519.PublicKey",
            PublicKey::Dsa => "*dsa.PublicKey",
        }
    }

    /// Reads a key; `None` for an algorithm that Go does not know. `parameters` is the whole
    /// element, empty when absent.
    pub(crate) fn parse(
        algorithm: Oid<'_>,
        parameters: &[u8],
        key: &[u8],
    ) -> Result<Option<Self>, ParseError> {
        match algorithm {
            known::RSA_ENCRYPTION => RsaPublicKey::parse(parameters, key).map(PublicKey::Rsa),
            known::EC_PUBLIC_KEY => EcPublicKey::parse(parameters, key).map(PublicKey::Ecdsa),
            known::ED25519 => parse_ed25519(parameters, key),
            DSA => parse_dsa(parameters, key),
            _ => return Ok(None),
        }
        .map(Some)
    }
}

impl RsaPublicKey {
    /// How many bits the modulus has.
    pub fn bits(&self) -> usize {
        let leading = self.modulus.first().map_or(0, |byte| byte.leading_zeros());
        self.modulus.len() * 8 - leading as usize
    }

    fn parse(parameters: &[u8], key: &[u8]) -> Result<Self, ParseError> {
        if parameters != NULL {
            return Err(ParseError::new("x509: RSA key missing NULL parameters"));
        }
        let fields = content(key, Tag::SEQUENCE);
        let mut fields = fields.ok_or(ParseError::new("x509: invalid RSA public key"))?;
        let modulus = fields.integer();
        let modulus = modulus.ok_or(ParseError::new("x509: invalid RSA modulus"))?;
        let exponent = fields.integer().and_then(signed);
        let exponent = exponent.ok_or(ParseError::new("x509: invalid RSA public exponent"))?;
        if is_negative(modulus) || magnitude(modulus).is_empty() {
            return Err(ParseError::new(
                "x509: RSA modulus is not a positive number",
            ));
        }
        if exponent <= 0 {
            return Err(ParseError::new(
                "x509: RSA public exponent is not a positive number",
            ));
        }
        Ok(RsaPublicKey {
            modulus: magnitude(modulus).into(),
            exponent,
        })
    }
}

impl EcPublicKey {
    fn parse(parameters: &[u8], key: &[u8]) -> Result<Self, ParseError> {
        let curve = reader(parameters).oid();
        let curve = curve.ok_or(ParseError::new("x509: invalid ECDSA parameters"))?;
        let curve = Curve::from_oid(curve);
        let curve = curve.ok_or(ParseError::new("x509: unsupported elliptic curve"))?;
        if key.first() != Some(&4) {
            return Err(ParseError::new("ecdsa: invalid uncompressed public key"));
        }
        curve.check_point(key)?;
        Ok(EcPublicKey {
            curve,
            point: key.into(),
        })
    }
}

impl Curve {
    /// The curve that an object identifier names.
    pub fn from_oid(oid: Oid<'_>) -> Option<Self> {
        match oid {
            known::P224 => Some(Curve::P224),
            known::P256 => Some(Curve::P256),
            known::P384 => Some(Curve::P384),
            known::P521 => Some(Curve::P521),
            _ => None,
        }
    }

    /// Its name, as Go's errors have it.
    pub fn name(self) -> &'static str {
        match self {
            Curve::P224 => "P224",
            Curve::P256 => "P256",
            Curve::P384 => "P384",
            Curve::P521 => "P521",
        }
    }

    /// How many bytes a coordinate takes.
    pub(crate) fn coordinate_len(self) -> usize {
        match self {
            Curve::P224 => 28,
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }

    /// The prime of the field (FIPS 186-4, D.1.2), big-endian.
    fn prime(self) -> Vec<u8> {
        let ones = |count| vec![0xff; count];
        let zeros = |count| vec![0; count];
        match self {
            Curve::P224 => [ones(16), zeros(11), vec![1]].concat(),
            Curve::P256 => [ones(4), vec![0, 0, 0, 1], zeros(12), ones(12)].concat(),
            Curve::P384 => [ones(31), vec![0xfe], ones(4), zeros(8), ones(4)].concat(),
            Curve::P521 => [vec![1], ones(65)].concat(),
        }
    }

    /// Whether an uncompressed point lies on the curve; of P-224, which the provider does not
    /// have, only the range of its coordinates is checked.
    fn check_point(self, point: &[u8]) -> Result<(), ParseError> {
        let name = self.name();
        let length = self.coordinate_len();
        if point.len() != 1 + 2 * length {
            return Err(ParseError::owned(format!("invalid {name} point encoding")));
        }
        let prime = self.prime();
        if point[1..]
            .chunks(length)
            .any(|coordinate| coordinate >= prime.as_slice())
        {
            let element = if self == Curve::P256 {
                " element"
            } else {
                "Element"
            };
            return Err(ParseError::owned(format!(
                "invalid {name}{element} encoding"
            )));
        }
        let algorithm: &'static dyn VerificationAlgorithm = match self {
            Curve::P224 => return Ok(()),
            Curve::P256 => &ECDSA_P256_SHA256_ASN1,
            Curve::P384 => &ECDSA_P384_SHA384_ASN1,
            Curve::P521 => &ECDSA_P521_SHA512_ASN1,
        };
        ParsedPublicKey::new(algorithm, point)
            .map(drop)
            .map_err(|_| ParseError::owned(format!("{name} point not on curve")))
    }
}

fn parse_ed25519(parameters: &[u8], key: &[u8]) -> Result<PublicKey, ParseError> {
    if !parameters.is_empty() {
        return Err(ParseError::new(
            "x509: Ed25519 key encoded with illegal parameters",
        ));
    }
    if key.len() != 32 {
        return Err(ParseError::new("x509: wrong Ed25519 public key size"));
    }
    Ok(PublicKey::Ed25519(key.into()))
}

fn parse_dsa(parameters: &[u8], key: &[u8]) -> Result<PublicKey, ParseError> {
    let public = reader(key).integer();
    let public = public.ok_or(ParseError::new("x509: invalid DSA public key"))?;
    let group = content(parameters, Tag::SEQUENCE)
        .and_then(|mut fields| Some([fields.integer()?, fields.integer()?, fields.integer()?]));
    let group = group.ok_or(ParseError::new("x509: invalid DSA parameters"))?;
    let is_positive = |n: &[u8]| !is_negative(n) && !magnitude(n).is_empty();
    if !is_positive(public) || !group.into_iter().all(is_positive) {
        return Err(ParseError::new("x509: zero or negative DSA parameter"));
    }
    Ok(PublicKey::Dsa)
}
