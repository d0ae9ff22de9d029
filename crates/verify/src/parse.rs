//! Reading a certificate's bytes as strictly, and as leniently, as Go's `x509.ParseCertificate`.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use x509::Oid;
use x509::der::{Reader, Tag, Tlv};

use crate::algorithm::SignatureAlgorithm;
use crate::certificate::Certificate;
use crate::der::{Cryptobyte, is_negative, magnitude, reader, signed};
use crate::error::ParseError;
use crate::extensions::Extensions;
use crate::key::PublicKey;
use crate::moment::Moment;
use crate::names::DistinguishedName;
use crate::quote::quote;

type Result<T> = std::result::Result<T, ParseError>;

/// Reads one certificate that fills `der`.
pub(crate) fn certificate(der: Arc<[u8]>) -> Result<Certificate> {
    let mut outer = reader(&der);
    let whole = outer
        .element(Tag::SEQUENCE)
        .or_fail("x509: malformed certificate")?;
    let certificate = fields(&der, whole.body)?;
    match outer.is_empty() {
        true => Ok(certificate),
        false => Err(ParseError::new("x509: trailing data")),
    }
}

/// Reads the fields in Go's order: the first that is wrong gives the error.
fn fields(der: &Arc<[u8]>, body: &[u8]) -> Result<Certificate> {
    let range = |part: &[u8]| range_of(der, part);
    let mut outer = reader(body);
    let whole_tbs = outer
        .element(Tag::SEQUENCE)
        .or_fail("x509: malformed tbs certificate")?;
    let mut tbs = reader(whole_tbs.body);
    let version = version(&mut tbs)?;
    let serial = tbs.integer().or_fail("x509: malformed serial number")?;
    if is_negative(serial) {
        return Err(ParseError::new("x509: negative serial number"));
    }
    let signature_algorithm = signature_algorithm(&mut tbs, &mut outer)?;
    let raw_issuer = tbs
        .element(Tag::SEQUENCE)
        .or_fail("x509: malformed issuer")?
        .raw;
    let issuer = DistinguishedName::parse(raw_issuer)?;
    let mut validity = tbs.sequence().or_fail("x509: malformed validity")?;
    let (not_before, not_after) = (Moment::read(&mut validity)?, Moment::read(&mut validity)?);
    let raw_subject = tbs
        .element(Tag::SEQUENCE)
        .or_fail("x509: malformed issuer")?
        .raw;
    let subject = DistinguishedName::parse(raw_subject)?;
    let raw_public_key = tbs.element(Tag::SEQUENCE).or_fail("x509: malformed spki")?;
    let public_key = public_key(&raw_public_key)?;
    let extensions = after_public_key(&mut tbs, version)?;
    let signature = outer.bit_string().or_fail("x509: malformed signature")?;
    Ok(Certificate {
        der: der.clone(),
        sha256: sha256(der),
        tbs: range(whole_tbs.raw),
        raw_issuer: range(raw_issuer),
        raw_subject: range(raw_subject),
        raw_public_key: range(raw_public_key.raw),
        signature: signature.right_aligned().into_owned(),
        version,
        serial: magnitude(serial).to_vec(),
        signature_algorithm,
        issuer,
        subject,
        not_before,
        not_after,
        public_key,
        extensions,
    })
}

/// 1, 2 or 3.
fn version(tbs: &mut Reader<'_>) -> Result<u8> {
    let malformed = "x509: malformed version";
    let explicit = tbs.optional(Tag::context_constructed(0)).ok();
    let Some(explicit) = explicit.or_fail(malformed)? else {
        return Ok(1);
    };
    let mut explicit = reader(explicit.body);
    let version = explicit.integer().and_then(signed).or_fail(malformed)?;
    match version {
        _ if !explicit.is_empty() || version < 0 => Err(ParseError::new(malformed)),
        0 => Ok(1),
        1 => Ok(2),
        2 => Ok(3),
        _ => Err(ParseError::new("x509: invalid version")),
    }
}

/// The inner algorithm, which must be written like the outer one.
fn signature_algorithm(tbs: &mut Reader<'_>, outer: &mut Reader<'_>) -> Result<SignatureAlgorithm> {
    let inner = tbs.element(Tag::SEQUENCE);
    let inner = inner
        .or_fail("x509: malformed signature algorithm identifier")?
        .body;
    let outer = outer
        .element(Tag::SEQUENCE)
        .or_fail("x509: malformed algorithm identifier")?;
    if inner != outer.body {
        return Err(ParseError::new(
            "x509: inner and outer signature algorithm identifiers don't match",
        ));
    }
    let (oid, parameters) = algorithm_identifier(inner)?;
    Ok(SignatureAlgorithm::identify(oid, parameters))
}

/// An algorithm and the whole element of its parameters, empty when absent.
fn algorithm_identifier(body: &[u8]) -> Result<(Oid<'_>, &[u8])> {
    let mut fields = reader(body);
    let oid = fields.oid().or_fail("x509: malformed OID")?;
    let parameters = match fields.is_empty() {
        true => &[][..],
        false => fields.any().or_fail("x509: malformed parameters")?.raw,
    };
    Ok((oid, parameters))
}

fn public_key(info: &Tlv<'_>) -> Result<Option<PublicKey>> {
    let mut fields = reader(info.body);
    let algorithm = fields.element(Tag::SEQUENCE);
    let algorithm = algorithm.or_fail("x509: malformed public key algorithm identifier")?;
    let (oid, parameters) = algorithm_identifier(algorithm.body)?;
    let key = fields
        .bit_string()
        .or_fail("x509: malformed subjectPublicKey")?;
    PublicKey::parse(oid, parameters, &key.right_aligned())
}

/// The unique identifiers, which exist from version 2, and the extensions, from version 3.
fn after_public_key(tbs: &mut Reader<'_>, version: u8) -> Result<Extensions> {
    let mut extensions = Extensions::default();
    if version == 1 {
        return Ok(extensions);
    }
    for (number, error) in [
        (1, "x509: malformed issuerUniqueID"),
        (2, "x509: malformed subjectUniqueID"),
    ] {
        tbs.optional(Tag::context(number))
            .map_err(|_| ParseError::new(error))?;
    }
    if version == 2 {
        return Ok(extensions);
    }
    let malformed = "x509: malformed extensions";
    let explicit = tbs
        .optional(Tag::context_constructed(3))
        .ok()
        .or_fail(malformed)?;
    let Some(explicit) = explicit else {
        return Ok(extensions);
    };
    let mut list = reader(explicit.body).sequence().or_fail(malformed)?;
    for (oid, critical, value) in extension_list(&mut list)? {
        extensions.add(oid, critical, value)?;
    }
    Ok(extensions)
}

type Extension<'a> = (Oid<'a>, bool, &'a [u8]);

fn extension_list<'a>(list: &mut Reader<'a>) -> Result<Vec<Extension<'a>>> {
    let mut seen = BTreeSet::new();
    let mut extensions = Vec::new();
    while !list.is_empty() {
        let mut fields = list.sequence().or_fail("x509: malformed extension")?;
        let oid = fields
            .oid()
            .or_fail("x509: malformed extension OID field")?;
        let critical = match fields.has(Tag::BOOLEAN) {
            true => fields
                .boolean()
                .or_fail("x509: malformed extension critical field")?,
            false => false,
        };
        let value = fields.element(Tag::OCTET_STRING);
        let value = value.or_fail("x509: malformed extension value field")?.body;
        if !seen.insert(oid) {
            let oid = quote(oid.dotted().as_bytes());
            return Err(ParseError::owned(format!(
                "x509: certificate contains duplicate extension with OID {oid}"
            )));
        }
        extensions.push((oid, critical, value));
    }
    Ok(extensions)
}

/// Where `part`, which was read from `whole`, lies in it.
fn range_of(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr() as usize - whole.as_ptr() as usize;
    start..start + part.len()
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let mut sum = [0; 32];
    sum.copy_from_slice(digest.as_ref());
    sum
}

/// Turns what is missing into Go's words for it.
trait OrFail<T> {
    fn or_fail(self, text: &'static str) -> Result<T>;
}

impl<T> OrFail<T> for Option<T> {
    fn or_fail(self, text: &'static str) -> Result<T> {
        self.ok_or(ParseError::new(text))
    }
}
