//! A certificate as Go's crypto/x509 understands it: every field that a decision looks at.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use x509::der::Tag;
use x509::{Oid, write};

use crate::algorithm::{SignatureAlgorithm, check_key, check_signature};
use crate::der::{Cryptobyte, magnitude, reader};
use crate::error::{ParseError, SignatureError};
use crate::extensions::Extensions;
use crate::key::PublicKey;
use crate::moment::Moment;
use crate::names::DistinguishedName;
use crate::parse;

/// A certificate that Go reads. Two are equal when their bytes are.
#[derive(Clone)]
pub struct Certificate {
    pub(crate) der: Arc<[u8]>,
    pub(crate) sha256: [u8; 32],
    pub(crate) tbs: Range<usize>,
    pub(crate) raw_issuer: Range<usize>,
    pub(crate) raw_subject: Range<usize>,
    pub(crate) raw_public_key: Range<usize>,
    pub(crate) signature: Vec<u8>,
    /// 1, 2 or 3.
    pub version: u8,
    /// The serial number, big-endian without leading zeros; empty for zero.
    pub serial: Vec<u8>,
    /// The algorithm it is signed with.
    pub signature_algorithm: SignatureAlgorithm,
    /// Who vouches.
    pub issuer: DistinguishedName,
    /// Whom it is about.
    pub subject: DistinguishedName,
    /// The first moment of validity.
    pub not_before: Moment,
    /// The last moment of validity.
    pub not_after: Moment,
    /// The key that is vouched for; `None` for an algorithm that Go does not know.
    pub public_key: Option<PublicKey>,
    /// What its extensions say.
    pub extensions: Extensions,
}

/// The key usage bit that lets a key sign certificates.
const KEY_CERT_SIGN: u16 = 1 << 5;

impl Certificate {
    /// Reads one certificate that fills `der`, as Go's `x509.ParseCertificate`.
    ///
    /// # Errors
    /// When Go does not read it, with Go's text.
    pub fn parse(der: impl Into<Arc<[u8]>>) -> Result<Self, ParseError> {
        parse::certificate(der.into())
    }

    /// This certificate with another signature over the same: so becomes of one that was judged
    /// without a signature (see [`Verifier::verify_unsigned`](crate::Verifier::verify_unsigned)) the
    /// one that is issued.
    pub fn with_signature(self, signature: Vec<u8>) -> Self {
        let rest = &self.der[self.tbs.end..];
        let algorithm = reader(rest)
            .element(Tag::SEQUENCE)
            .map_or(&[][..], |tlv| tlv.raw);
        let signed = [self.tbs(), algorithm, &write::bit_string(&signature)];
        let der: Arc<[u8]> = write::sequence(signed).into();
        // The part that is signed ends where the other two begin; all that is looked up lies in it.
        let begin = der.len() - signed.iter().map(|part| part.len()).sum::<usize>();
        let moved = |range: &Range<usize>| {
            let start = range.start - self.tbs.start + begin;
            start..start + range.len()
        };
        Certificate {
            sha256: parse::sha256(&der),
            tbs: moved(&self.tbs),
            raw_issuer: moved(&self.raw_issuer),
            raw_subject: moved(&self.raw_subject),
            raw_public_key: moved(&self.raw_public_key),
            signature,
            der,
            ..self
        }
    }

    /// The bytes as found.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 over the bytes.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// The part that is signed.
    pub fn tbs(&self) -> &[u8] {
        &self.der[self.tbs.clone()]
    }

    /// The signature, its bits aligned to the right.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The bytes of the issuer's name: an authority is looked up by them.
    pub fn raw_issuer(&self) -> &[u8] {
        &self.der[self.raw_issuer.clone()]
    }

    /// The bytes of the subject's name.
    pub fn raw_subject(&self) -> &[u8] {
        &self.der[self.raw_subject.clone()]
    }

    /// The bytes of the SubjectPublicKeyInfo.
    pub fn raw_public_key(&self) -> &[u8] {
        &self.der[self.raw_public_key.clone()]
    }

    /// The serial number in decimal.
    pub fn serial_decimal(&self) -> String {
        decimal(&self.serial)
    }

    /// What Go calls it in a hint: its common name, else its first organisation, else
    /// `serial:` and the number.
    pub fn short_name(&self) -> String {
        match (
            self.subject.common_name(),
            self.subject.organizations().next(),
        ) {
            ("", Some(organization)) => organization.to_owned(),
            ("", None) => format!("serial:{}", self.serial_decimal()),
            (name, _) => name.to_owned(),
        }
    }

    /// Whether `parent`'s key made this certificate's signature and may do so, as
    /// `CheckSignatureFrom`. Names and times play no role.
    ///
    /// # Errors
    /// When it did not or may not.
    pub fn check_signature_from(&self, parent: &Certificate) -> Result<(), SignatureError> {
        let key = parent.signing_key()?;
        check_signature(self.signature_algorithm, self.tbs(), &self.signature, key)
    }

    /// Whether `parent`'s key could make this certificate's signature: what
    /// [`Certificate::check_signature_from`] asks apart from the signature itself.
    pub(crate) fn check_signable_by(&self, parent: &Certificate) -> Result<(), SignatureError> {
        check_key(self.signature_algorithm, parent.signing_key()?)
    }

    /// The key, if this certificate may sign others.
    pub(crate) fn signing_key(&self) -> Result<&PublicKey, SignatureError> {
        let is_ca = match self.extensions.basic_constraints {
            Some(constraints) => constraints.is_ca,
            None => self.version < 3,
        };
        let usage = self.extensions.key_usage;
        if !is_ca || usage != 0 && usage & KEY_CERT_SIGN == 0 {
            return Err(SignatureError::ParentCannotSign);
        }
        self.public_key
            .as_ref()
            .ok_or(SignatureError::UnsupportedAlgorithm)
    }

    /// Whether Go would take this for the same authority as `other`: name, key and SAN.
    pub(crate) fn names_same_holder(&self, other: &Certificate) -> bool {
        self.raw_subject() == other.raw_subject() && self.raw_public_key() == other.raw_public_key()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({:?})", self.short_name())
    }
}

/// An extended key usage.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Usage(Vec<u8>);

impl Usage {
    /// From its object identifier.
    pub fn new(oid: Oid<'_>) -> Self {
        Usage(oid.0.to_vec())
    }

    /// serverAuth.
    pub fn server() -> Self {
        Usage::new(x509::oid::known::SERVER_AUTH)
    }

    /// clientAuth.
    pub fn client() -> Self {
        Usage::new(x509::oid::known::CLIENT_AUTH)
    }

    /// anyExtendedKeyUsage.
    pub fn any() -> Self {
        Usage::new(x509::oid::known::ANY_USAGE)
    }

    /// Its object identifier.
    pub fn oid(&self) -> Oid<'_> {
        Oid(&self.0)
    }
}

/// A big-endian number in decimal.
fn decimal(number: &[u8]) -> String {
    const STEP: u64 = 1_000_000_000;
    let mut rest = magnitude(number).to_vec();
    let mut groups = Vec::new();
    while !rest.is_empty() {
        let mut remainder = 0u64;
        for byte in &mut rest {
            let value = remainder << 8 | u64::from(*byte);
            // Below 256, since the remainder is below the divisor.
            *byte = (value / STEP) as u8;
            remainder = value % STEP;
        }
        groups.push(remainder);
        rest = magnitude(&rest).to_vec();
    }
    let mut groups = groups.iter().rev();
    let first = groups.next().map_or_else(|| "0".to_owned(), u64::to_string);
    groups.fold(first, |text, group| format!("{text}{group:09}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_in_decimal() {
        assert_eq!(decimal(&[]), "0");
        assert_eq!(decimal(&[0x01, 0x00]), "256");
        assert_eq!(decimal(&[0xff; 16]), u128::MAX.to_string());
        assert_eq!(decimal(&1_000_000_000u32.to_be_bytes()), "1000000000");
    }
}
