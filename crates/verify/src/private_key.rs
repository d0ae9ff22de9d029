//! Private keys as Go's crypto/x509 parses them. Only the public half is kept: enough to say whether
//! a key loads, and whom it fits.

use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, ECDH_P521};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use x509::Oid;
use x509::der::{Reader, Tag};
use x509::oid::known;
use zeroize::Zeroizing;

use crate::der::{Cryptobyte, content, is_negative, magnitude, reader, signed};
use crate::key::{Curve, EcPublicKey, PublicKey, RsaPublicKey};
use crate::rsa_numbers::Numbers;

/// The public half of a private key that Go parses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicHalf {
    /// A key of a kind that TLS uses.
    Known(PublicKey),
    /// P-224, whose public half the cryptographic library here cannot compute.
    P224,
    /// X25519, which signs nothing.
    X25519,
}

pub(crate) const X25519: Oid<'static> = Oid(&[0x2b, 0x65, 0x6e]);

/// As `x509.ParsePKCS1PrivateKey`.
pub(crate) fn pkcs1(der: &[u8]) -> Option<PublicHalf> {
    let mut outer = reader(der);
    let mut fields = outer.sequence()?;
    let version = fields.integer().and_then(signed)?;
    let modulus = positive(&mut fields)?;
    let exponent = fields.integer().and_then(signed)?;
    let private_exponent = positive(&mut fields)?;
    let mut primes = vec![positive(&mut fields)?, positive(&mut fields)?];
    let mut chinese = [None; 3];
    for number in &mut chinese {
        if fields.has(Tag::INTEGER) {
            *number = Some(positive(&mut fields)?);
        }
    }
    if fields.has(Tag::SEQUENCE) {
        primes.extend(further_primes(fields.sequence()?)?);
    }
    let numbers = Numbers {
        modulus,
        public_exponent: exponent,
        private_exponent,
        primes,
        chinese: match chinese {
            [Some(dp), Some(dq), Some(inverse)] => Some([dp, dq, inverse]),
            _ => None,
        },
    };
    let is_good = outer.is_empty() && version <= 1 && numbers.are_consistent();
    let modulus = magnitude(modulus).into();
    is_good.then_some(PublicHalf::Known(PublicKey::Rsa(RsaPublicKey {
        modulus,
        exponent,
    })))
}

/// As `x509.ParsePKCS8PrivateKey`.
pub(crate) fn pkcs8(der: &[u8]) -> Option<PublicHalf> {
    let mut fields = content(der, Tag::SEQUENCE)?;
    fields.integer()?;
    let mut algorithm = fields.sequence()?;
    let key = fields.element(Tag::OCTET_STRING)?.body;
    let oid = algorithm.oid()?;
    let parameters = match algorithm.is_empty() {
        true => &[][..],
        false => algorithm.any()?.raw,
    };
    match oid {
        known::RSA_ENCRYPTION => pkcs1(key),
        known::EC_PUBLIC_KEY => ec(key, reader(parameters).oid()),
        known::ED25519 if parameters.is_empty() => ed25519(key),
        X25519 if parameters.is_empty() => {
            let seed = reader(key).element(Tag::OCTET_STRING)?.body;
            (seed.len() == 32).then_some(PublicHalf::X25519)
        }
        _ => None,
    }
}

/// As `x509.ParseECPrivateKey`.
pub(crate) fn sec1(der: &[u8]) -> Option<PublicHalf> {
    ec(der, None)
}

/// An ECPrivateKey of RFC 5915; `curve` comes from around it and then counts instead of its own.
fn ec(der: &[u8], curve: Option<Oid<'_>>) -> Option<PublicHalf> {
    let mut fields = content(der, Tag::SEQUENCE)?;
    let version = fields.integer().and_then(signed)?;
    let key = fields.element(Tag::OCTET_STRING)?.body;
    let own_curve = match fields.optional(Tag::context_constructed(0)).ok()? {
        Some(explicit) => Some(reader(explicit.body).oid()?),
        None => None,
    };
    if let Some(explicit) = fields.optional(Tag::context_constructed(1)).ok()? {
        reader(explicit.body).bit_string()?;
    }
    let curve = Curve::from_oid(curve.or(own_curve)?)?;
    (version == 1).then(|| ec_public(curve, der, key)).flatten()
}

/// The point that belongs to the scalar of an ECPrivateKey, which may have too many or too few zeros
/// in front.
fn ec_public(curve: Curve, der: &[u8], scalar: &[u8]) -> Option<PublicHalf> {
    let algorithm = match curve {
        Curve::P224 => return (magnitude(scalar).len() <= 28).then_some(PublicHalf::P224),
        Curve::P256 => &ECDH_P256,
        Curve::P384 => &ECDH_P384,
        Curve::P521 => &ECDH_P521,
    };
    // A point that comes along is held against the scalar, which costs half of computing one and
    // holding that against it. Go does not look at it: when it is wrong, the scalar counts.
    let private = agreement::PrivateKey::from_private_key_der(algorithm, der).ok();
    let private = private.or_else(|| from_scalar(algorithm, curve.coordinate_len(), scalar))?;
    let point = private.compute_public_key().ok()?.as_ref().into();
    Some(PublicHalf::Known(PublicKey::Ecdsa(EcPublicKey {
        curve,
        point,
    })))
}

fn from_scalar(
    algorithm: &'static agreement::Algorithm,
    length: usize,
    scalar: &[u8],
) -> Option<agreement::PrivateKey> {
    let digits = magnitude(scalar);
    let zeros = length.checked_sub(digits.len())?;
    let mut padded = Zeroizing::new(Vec::with_capacity(length));
    padded.resize(zeros, 0);
    padded.extend_from_slice(digits);
    agreement::PrivateKey::from_private_key(algorithm, &padded).ok()
}

fn ed25519(key: &[u8]) -> Option<PublicHalf> {
    let seed = reader(key).element(Tag::OCTET_STRING)?.body;
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
    let public = pair.public_key().as_ref().into();
    Some(PublicHalf::Known(PublicKey::Ed25519(public)))
}

/// An INTEGER above zero.
fn positive<'a>(fields: &mut Reader<'a>) -> Option<&'a [u8]> {
    let number = fields.integer()?;
    (!is_negative(number) && !magnitude(number).is_empty()).then_some(number)
}

/// Of each prime after the second, which comes with two numbers that Go computes anew.
fn further_primes(mut list: Reader<'_>) -> Option<Vec<&[u8]>> {
    let mut primes = Vec::new();
    while !list.is_empty() {
        let mut prime = list.sequence()?;
        primes.push(positive(&mut prime)?);
        prime.integer()?;
        prime.integer()?;
    }
    Some(primes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use x509::write;

    /// A PKCS #8 key of RSA with these parameters.
    fn rsa_with(parameters: &[u8]) -> Option<PublicHalf> {
        let key = include_bytes!("../../../examples/kubeadm/etc/kubernetes/pki/apiserver.key");
        let key = crate::pem::blocks(key).next().unwrap().content;
        let algorithm = [&write::oid(known::RSA_ENCRYPTION), parameters].concat();
        let algorithm = write::element(Tag::SEQUENCE, &algorithm);
        let version = write::unsigned(&[0]);
        pkcs8(&write::sequence([
            &version,
            &algorithm,
            &write::octet_string(&key),
        ]))
    }

    /// An ECPrivateKey of P-256 with this scalar and, perhaps, this point.
    fn p256_with(scalar: &[u8], point: Option<&[u8]>) -> Option<PublicHalf> {
        let point = point.map(|point| write::explicit(1, &write::bit_string(point)));
        sec1(&write::sequence([
            write::unsigned(&[1]),
            write::octet_string(scalar),
            write::explicit(0, &write::oid(known::P256)),
            point.unwrap_or_default(),
        ]))
    }

    #[test]
    fn the_scalar_counts_and_not_the_point_beside_it() {
        let point = |half: &Option<PublicHalf>| match half {
            Some(PublicHalf::Known(PublicKey::Ecdsa(key))) => key.point.clone(),
            _ => panic!("no point"),
        };
        let (one, other) = (p256_with(&[7; 32], None), p256_with(&[8; 32], None));
        assert_ne!(point(&one), point(&other));
        for told in [&point(&one)[..], &point(&other), &[4; 65], &[1, 2], &[]] {
            assert_eq!(p256_with(&[7; 32], Some(told)), one);
        }
        let padded = [&[0; 3][..], &[7; 32]].concat();
        assert_eq!(p256_with(&padded, Some(&point(&one))), one);
        for bad in [&[0xff; 32][..], &[0; 32], &[7; 33], &[]] {
            assert_eq!(p256_with(bad, Some(&point(&one))), None);
        }
    }

    #[test]
    fn parameters_must_be_whole() {
        assert!(rsa_with(&write::null()).is_some());
        assert!(rsa_with(&[]).is_some());
        // Go reads what follows the identifier as one element, whatever it is.
        assert!(rsa_with(&[5, 1]).is_none());
    }
}
