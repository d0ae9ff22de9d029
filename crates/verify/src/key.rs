//! Public keys as Go reads them from a certificate.

use std::sync::Arc;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ParsedPublicKey,
    VerificationAlgorithm,
};
use x509::der::Tag;
use x509::oid::known;
use x509::{Oid, write};

use crate::algorithm::{SignatureAlgorithm, check_signature};
use crate::der::{Cryptobyte, content, is_negative, magnitude, reader, signed};
use crate::error::{ParseError, SignatureError};

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
    /// Reads a SubjectPublicKeyInfo, as `x509.ParsePKIXPublicKey`; `None` when Go does not.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let mut outer = reader(der);
        let mut fields = outer.sequence()?;
        let mut algorithm = fields.sequence()?;
        let oid = algorithm.oid()?;
        let parameters = match algorithm.is_empty() {
            true => &[][..],
            false => algorithm.any()?.raw,
        };
        let key = fields.bit_string()?;
        outer.is_empty().then_some(())?;
        PublicKey::parse(oid, parameters, &key.right_aligned()).ok()?
    }

    /// The SubjectPublicKeyInfo, as `x509.MarshalPKIXPublicKey`; `None` for DSA, which Go does not
    /// write.
    pub fn to_der(&self) -> Option<Vec<u8>> {
        let info = |algorithm: Vec<u8>, key: &[u8]| {
            Some(write::sequence([algorithm, write::bit_string(key)]))
        };
        match self {
            PublicKey::Rsa(key) => {
                let algorithm = [write::oid(known::RSA_ENCRYPTION), write::null()];
                let exponent = write::unsigned(&key.exponent.to_be_bytes());
                let key = write::sequence([write::unsigned(&key.modulus), exponent]);
                info(write::sequence(algorithm), &key)
            }
            PublicKey::Ecdsa(key) => {
                let algorithm = [known::EC_PUBLIC_KEY, key.curve.oid()].map(write::oid);
                info(write::sequence(algorithm), &key.point)
            }
            PublicKey::Ed25519(key) => info(write::sequence([write::oid(known::ED25519)]), key),
            PublicKey::Dsa => None,
        }
    }

    /// Whether this key made a signature over `message`; that of ECDSA as in a certificate.
    ///
    /// # Errors
    /// When it did not, or cannot, with Go's text.
    pub fn check_signature(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        check_signature(algorithm, message, signature, self)
    }

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

    /// The object identifier that names it.
    pub fn oid(self) -> Oid<'static> {
        match self {
            Curve::P224 => known::P224,
            Curve::P256 => known::P256,
            Curve::P384 => known::P384,
            Curve::P521 => known::P521,
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
    pub fn coordinate_len(self) -> usize {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Certificate;

    #[test]
    fn keys_are_written_as_they_were_read() {
        let files: [&[u8]; 3] = [
            include_bytes!("../../../examples/kubeadm/etc/kubernetes/pki/ca.crt"),
            include_bytes!("../../../examples/kubeadm-ecdsa/etc/kubernetes/pki/ca.crt"),
            include_bytes!("../../../examples/kubeadm/etc/kubernetes/pki/sa.pub"),
        ];
        for file in files {
            let content = crate::pem::blocks(file).next().unwrap().content;
            let der = match Certificate::parse(content.as_slice()) {
                Ok(certificate) => certificate.raw_public_key().to_vec(),
                Err(_) => content.to_vec(),
            };
            let key = PublicKey::from_der(&der).unwrap();
            assert_eq!(key.to_der().as_deref(), Some(der.as_slice()));
        }
        let ed25519 = PublicKey::Ed25519(vec![7; 32].into());
        let der = ed25519.to_der().unwrap();
        assert_eq!(PublicKey::from_der(&der), Some(ed25519));
        assert_eq!(PublicKey::from_der(&[der.as_slice(), &[0]].concat()), None);
        assert_eq!(PublicKey::Dsa.to_der(), None);
    }
}
