//! A certificate: its bytes, and where in them each field lies.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::der::{DerError, Reader, Rules, Tag, Tlv, range_in, single};
use crate::name::Name;
use crate::oid::Oid;
use crate::time::Asn1Time;
use crate::value::{bits, boolean, integer, object_identifier};

/// A certificate as it was found. Cloning is cheap; two are equal when their bytes are.
#[derive(Clone)]
pub struct Certificate {
    der: Arc<[u8]>,
    parts: Parts,
}

/// Where each field lies in the bytes; a field is its whole element.
#[derive(Clone, Debug)]
struct Parts {
    tbs: Range<usize>,
    version: Option<Range<usize>>,
    serial: Range<usize>,
    inner_algorithm: Range<usize>,
    issuer: Range<usize>,
    not_before: Range<usize>,
    not_after: Range<usize>,
    subject: Range<usize>,
    public_key: Range<usize>,
    issuer_unique_id: Option<Range<usize>>,
    subject_unique_id: Option<Range<usize>>,
    extensions: Option<Range<usize>>,
    outer_algorithm: Range<usize>,
    signature: Range<usize>,
}

/// An algorithm with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlgorithmIdentifier<'a> {
    /// The whole element.
    pub raw: &'a [u8],
    /// Which algorithm.
    pub oid: Oid<'a>,
    /// Its parameters, when written.
    pub parameters: Option<Tlv<'a>>,
}

/// A SubjectPublicKeyInfo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKeyInfo<'a> {
    /// The whole element, as Go's `RawSubjectPublicKeyInfo`.
    pub raw: &'a [u8],
    /// Which algorithm the key is for.
    pub algorithm: AlgorithmIdentifier<'a>,
    /// The key's bits, without the count of unused ones.
    pub key: &'a [u8],
}

/// One extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Which extension.
    pub oid: Oid<'a>,
    /// Whether who does not know it must refuse the certificate.
    pub critical: bool,
    /// The content of its OCTET STRING.
    pub value: &'a [u8],
}

impl Certificate {
    /// Reads one certificate that fills `der`, as leniently as OpenSSL does.
    ///
    /// # Errors
    /// When the structure of RFC 5280 section 4.1 is not there.
    pub fn from_der(der: impl Into<Arc<[u8]>>) -> Result<Self, DerError> {
        let der = der.into();
        let parts = Parts::locate(&der)?;
        Ok(Certificate { der, parts })
    }

    /// The bytes as found.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The part that is signed.
    pub fn tbs(&self) -> &[u8] {
        &self.der[self.parts.tbs.clone()]
    }

    /// The version element's integer content; `None` when absent, which means version 1.
    pub fn version(&self) -> Option<&[u8]> {
        let explicit = self.element(self.parts.version.as_ref()?);
        explicit
            .reader(Rules::Ber)
            .expect(Tag::INTEGER)
            .ok()
            .map(|tlv| tlv.body)
    }

    /// The content of the serial number: two's complement, as written.
    pub fn serial(&self) -> &[u8] {
        self.element(&self.parts.serial).body
    }

    /// The algorithm named inside the signed part.
    pub fn inner_algorithm(&self) -> AlgorithmIdentifier<'_> {
        self.algorithm(&self.parts.inner_algorithm)
    }

    /// The algorithm named beside the signature.
    pub fn signature_algorithm(&self) -> AlgorithmIdentifier<'_> {
        self.algorithm(&self.parts.outer_algorithm)
    }

    /// Who vouches.
    pub fn issuer(&self) -> Name<'_> {
        Name::new(self.element(&self.parts.issuer))
    }

    /// Whom it is about.
    pub fn subject(&self) -> Name<'_> {
        Name::new(self.element(&self.parts.subject))
    }

    /// The first moment of validity.
    pub fn not_before(&self) -> Asn1Time<'_> {
        Asn1Time::new(self.element(&self.parts.not_before))
    }

    /// The last moment of validity.
    pub fn not_after(&self) -> Asn1Time<'_> {
        Asn1Time::new(self.element(&self.parts.not_after))
    }

    /// The key that is vouched for.
    pub fn public_key(&self) -> PublicKeyInfo<'_> {
        PublicKeyInfo::from_checked(self.element(&self.parts.public_key))
    }

    /// The issuer's unique identifier element (`[1]`), a relic of version 2.
    pub fn issuer_unique_id(&self) -> Option<Tlv<'_>> {
        self.parts
            .issuer_unique_id
            .as_ref()
            .map(|range| self.element(range))
    }

    /// The subject's unique identifier element (`[2]`), a relic of version 2.
    pub fn subject_unique_id(&self) -> Option<Tlv<'_>> {
        self.parts
            .subject_unique_id
            .as_ref()
            .map(|range| self.element(range))
    }

    /// The extensions in the order they are written.
    pub fn extensions(&self) -> Vec<Extension<'_>> {
        let Some(range) = &self.parts.extensions else {
            return Vec::new();
        };
        read_extensions(self.element(range)).unwrap_or_default()
    }

    /// The first extension of one kind.
    pub fn extension(&self, oid: Oid<'_>) -> Option<Extension<'_>> {
        self.extensions()
            .into_iter()
            .find(|extension| extension.oid == oid)
    }

    /// The BIT STRING content of the signature: the count of unused bits, then the bytes.
    pub fn signature(&self) -> &[u8] {
        self.element(&self.parts.signature).body
    }

    /// SHA-256 over the whole certificate.
    pub fn sha256(&self) -> [u8; 32] {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.der);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        bytes
    }

    /// SHA-1 over the whole certificate, which old tools know it by.
    pub fn sha1(&self) -> [u8; 20] {
        let digest =
            aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der);
        let mut bytes = [0; 20];
        bytes.copy_from_slice(digest.as_ref());
        bytes
    }

    fn element(&self, range: &Range<usize>) -> Tlv<'_> {
        Tlv::at(&self.der, range)
    }

    fn algorithm(&self, range: &Range<usize>) -> AlgorithmIdentifier<'_> {
        AlgorithmIdentifier::from_checked(self.element(range))
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
        write!(
            f,
            "Certificate({:?})",
            self.subject().common_name().unwrap_or_default()
        )
    }
}

impl Parts {
    fn locate(der: &[u8]) -> Result<Self, DerError> {
        let range = |tlv: &Tlv<'_>| range_in(der, tlv.raw);
        let mut outer = single(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
        let tbs = outer.expect(Tag::SEQUENCE)?;
        let outer_algorithm = outer.expect(Tag::SEQUENCE)?;
        AlgorithmIdentifier::from_tlv(outer_algorithm)?;
        let signature = outer.expect(Tag::BIT_STRING)?;
        bits(signature.body)?;
        outer.finish()?;

        let mut fields = tbs.reader(Rules::Ber);
        let version = fields.optional(Tag::context_constructed(0))?;
        if let Some(version) = version {
            integer(single(version.body, Tag::INTEGER, Rules::Ber)?)?;
        }
        let serial = fields.expect(Tag::INTEGER)?;
        integer(serial)?;
        let inner_algorithm = fields.expect(Tag::SEQUENCE)?;
        AlgorithmIdentifier::from_tlv(inner_algorithm)?;
        let issuer = fields.expect(Tag::SEQUENCE)?;
        Name::new(issuer).check()?;
        let mut validity = fields.expect(Tag::SEQUENCE)?.reader(Rules::Ber);
        let (not_before, not_after) = (time(&mut validity)?, time(&mut validity)?);
        validity.finish()?;
        let subject = fields.expect(Tag::SEQUENCE)?;
        Name::new(subject).check()?;
        let public_key = fields.expect(Tag::SEQUENCE)?;
        PublicKeyInfo::from_tlv(public_key)?;
        let issuer_unique_id = fields.optional(Tag::context(1))?;
        let subject_unique_id = fields.optional(Tag::context(2))?;
        let extensions = fields.optional(Tag::context_constructed(3))?;
        if let Some(extensions) = extensions {
            read_extensions(extensions)?;
        }
        fields.finish()?;

        Ok(Parts {
            tbs: range(&tbs),
            version: version.as_ref().map(range),
            serial: range(&serial),
            inner_algorithm: range(&inner_algorithm),
            issuer: range(&issuer),
            not_before: range(&not_before),
            not_after: range(&not_after),
            subject: range(&subject),
            public_key: range(&public_key),
            issuer_unique_id: issuer_unique_id.as_ref().map(range),
            subject_unique_id: subject_unique_id.as_ref().map(range),
            extensions: extensions.as_ref().map(range),
            outer_algorithm: range(&outer_algorithm),
            signature: range(&signature),
        })
    }
}

/// A UTCTime or a GeneralizedTime; what it means is looked at later.
fn time<'a>(fields: &mut Reader<'a>) -> Result<Tlv<'a>, DerError> {
    let tlv = fields.next_tlv()?;
    match tlv.tag {
        Tag::UTC_TIME | Tag::GENERALIZED_TIME => Ok(tlv),
        _ => Err(DerError::BadValue("time")),
    }
}

impl<'a> AlgorithmIdentifier<'a> {
    /// From an element that was checked when what holds it was read.
    pub(crate) fn from_checked(tlv: Tlv<'a>) -> Self {
        AlgorithmIdentifier::from_tlv(tlv).unwrap_or(AlgorithmIdentifier {
            raw: tlv.raw,
            oid: Oid(&[]),
            parameters: None,
        })
    }

    /// From its SEQUENCE element.
    pub fn from_tlv(tlv: Tlv<'a>) -> Result<Self, DerError> {
        let mut fields = tlv.reader(Rules::Ber);
        let oid = object_identifier(fields.expect(Tag::OID)?)?;
        let parameters = if fields.is_empty() {
            None
        } else {
            Some(fields.next_tlv()?)
        };
        fields.finish()?;
        Ok(AlgorithmIdentifier {
            raw: tlv.raw,
            oid,
            parameters,
        })
    }
}

impl<'a> PublicKeyInfo<'a> {
    /// From an element that was checked when what holds it was read.
    pub(crate) fn from_checked(tlv: Tlv<'a>) -> Self {
        PublicKeyInfo::from_tlv(tlv).unwrap_or(PublicKeyInfo {
            raw: tlv.raw,
            algorithm: AlgorithmIdentifier::from_checked(tlv),
            key: &[],
        })
    }

    /// From its SEQUENCE element.
    pub fn from_tlv(tlv: Tlv<'a>) -> Result<Self, DerError> {
        let mut fields = tlv.reader(Rules::Ber);
        let algorithm = AlgorithmIdentifier::from_tlv(fields.expect(Tag::SEQUENCE)?)?;
        let key = bits(fields.expect(Tag::BIT_STRING)?.body)?.bytes;
        fields.finish()?;
        Ok(PublicKeyInfo {
            raw: tlv.raw,
            algorithm,
            key,
        })
    }
}

/// Reads `[3] { SEQUENCE OF Extension }`.
fn read_extensions(explicit: Tlv<'_>) -> Result<Vec<Extension<'_>>, DerError> {
    Extension::list(single(explicit.body, Tag::SEQUENCE, Rules::Ber)?)
}

impl<'a> Extension<'a> {
    /// From a SEQUENCE OF extensions.
    ///
    /// # Errors
    /// When one of them is not built as it should be.
    pub fn list(tlv: Tlv<'a>) -> Result<Vec<Self>, DerError> {
        let mut list = tlv.reader(Rules::Ber);
        let mut extensions = Vec::new();
        while !list.is_empty() {
            extensions.push(Extension::from_tlv(list.expect(Tag::SEQUENCE)?)?);
        }
        Ok(extensions)
    }

    /// From its SEQUENCE element.
    pub fn from_tlv(tlv: Tlv<'a>) -> Result<Self, DerError> {
        let mut fields = tlv.reader(Rules::Ber);
        let oid = object_identifier(fields.expect(Tag::OID)?)?;
        let critical = fields.optional(Tag::BOOLEAN)?.map(boolean).transpose()?;
        let critical = critical.unwrap_or(false);
        let value = fields.expect(Tag::OCTET_STRING)?.body;
        fields.finish()?;
        Ok(Extension {
            oid,
            critical,
            value,
        })
    }
}
