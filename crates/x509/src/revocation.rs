//! A certificate revocation list (RFC 5280 section 5): its bytes, and where in them each field lies.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::certificate::{AlgorithmIdentifier, Extension};
use crate::der::{DerError, Reader, Rules, Tag, Tlv, range_in, single};
use crate::name::Name;
use crate::time::Asn1Time;
use crate::value::{bits, integer};

/// A list as it was found. Cloning is cheap; two are equal when their bytes are.
#[derive(Clone, PartialEq, Eq)]
pub struct RevocationList {
    der: Arc<[u8]>,
    parts: Parts,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    version: Option<Range<usize>>,
    issuer: Range<usize>,
    this_update: Range<usize>,
    next_update: Option<Range<usize>>,
    revoked: Option<Range<usize>>,
    extensions: Option<Range<usize>>,
    algorithm: Range<usize>,
    signature: Range<usize>,
}

/// One certificate that is revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked<'a> {
    /// The content of its serial number.
    pub serial: &'a [u8],
    /// Since when.
    pub date: Asn1Time<'a>,
    /// What more there is to say, such as the reason.
    pub extensions: Vec<Extension<'a>>,
}

impl RevocationList {
    /// Reads one list that fills `der`, as leniently as OpenSSL does.
    ///
    /// # Errors
    /// When the structure of RFC 5280 section 5.1 is not there.
    pub fn from_der(der: impl Into<Arc<[u8]>>) -> Result<Self, DerError> {
        let der = der.into();
        let parts = Parts::locate(&der)?;
        Ok(RevocationList { der, parts })
    }

    /// The bytes as found.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The content of the version's INTEGER; `None` when absent, which means version 1.
    pub fn version(&self) -> Option<&[u8]> {
        self.parts
            .version
            .as_ref()
            .map(|range| self.element(range).body)
    }

    /// Who revokes.
    pub fn issuer(&self) -> Name<'_> {
        Name::new(self.element(&self.parts.issuer))
    }

    /// When the list was made.
    pub fn this_update(&self) -> Asn1Time<'_> {
        Asn1Time::new(self.element(&self.parts.this_update))
    }

    /// When the next is due, when it says so.
    pub fn next_update(&self) -> Option<Asn1Time<'_>> {
        let range = self.parts.next_update.as_ref();
        range.map(|range| Asn1Time::new(self.element(range)))
    }

    /// What is revoked, in order.
    pub fn revoked(&self) -> Vec<Revoked<'_>> {
        let range = self.parts.revoked.as_ref();
        range
            .and_then(|range| read_revoked(self.element(range)).ok())
            .unwrap_or_default()
    }

    /// The list's own extensions.
    pub fn extensions(&self) -> Vec<Extension<'_>> {
        let range = self.parts.extensions.as_ref();
        range
            .and_then(|range| read_extensions(self.element(range)).ok())
            .unwrap_or_default()
    }

    /// The algorithm it is signed with.
    pub fn signature_algorithm(&self) -> AlgorithmIdentifier<'_> {
        AlgorithmIdentifier::from_checked(self.element(&self.parts.algorithm))
    }

    /// The BIT STRING content of the signature.
    pub fn signature(&self) -> &[u8] {
        self.element(&self.parts.signature).body
    }

    fn element(&self, range: &Range<usize>) -> Tlv<'_> {
        Tlv::at(&self.der, range)
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationList({})", self.issuer())
    }
}

impl Parts {
    fn locate(der: &[u8]) -> Result<Self, DerError> {
        let range = |tlv: &Tlv<'_>| range_in(der, tlv.raw);
        let mut outer = single(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
        let info = outer.expect(Tag::SEQUENCE)?;
        let algorithm = outer.expect(Tag::SEQUENCE)?;
        AlgorithmIdentifier::from_tlv(algorithm)?;
        let signature = outer.expect(Tag::BIT_STRING)?;
        bits(signature.body)?;
        outer.finish()?;
        let mut fields = info.reader(Rules::Ber);
        let version = fields.optional(Tag::INTEGER)?;
        AlgorithmIdentifier::from_tlv(fields.expect(Tag::SEQUENCE)?)?;
        let issuer = fields.expect(Tag::SEQUENCE)?;
        Name::new(issuer).check()?;
        let this_update = fields.next_tlv()?;
        let next_update = optional_time(&mut fields)?;
        let revoked = fields.optional(Tag::SEQUENCE)?;
        revoked.map(read_revoked).transpose()?;
        let extensions = fields.optional(Tag::context_constructed(0))?;
        extensions.map(read_extensions).transpose()?;
        fields.finish()?;
        Ok(Parts {
            version: version.as_ref().map(range),
            issuer: range(&issuer),
            this_update: range(&this_update),
            next_update: next_update.as_ref().map(range),
            revoked: revoked.as_ref().map(range),
            extensions: extensions.as_ref().map(range),
            algorithm: range(&algorithm),
            signature: range(&signature),
        })
    }
}

fn optional_time<'a>(fields: &mut Reader<'a>) -> Result<Option<Tlv<'a>>, DerError> {
    match fields.optional(Tag::UTC_TIME)? {
        Some(time) => Ok(Some(time)),
        None => fields.optional(Tag::GENERALIZED_TIME),
    }
}

fn read_extensions(explicit: Tlv<'_>) -> Result<Vec<Extension<'_>>, DerError> {
    Extension::list(single(explicit.body, Tag::SEQUENCE, Rules::Ber)?)
}

fn read_revoked(list: Tlv<'_>) -> Result<Vec<Revoked<'_>>, DerError> {
    let mut list = list.reader(Rules::Ber);
    let mut revoked = Vec::new();
    while !list.is_empty() {
        let mut fields = list.expect(Tag::SEQUENCE)?.reader(Rules::Ber);
        let serial = integer(fields.expect(Tag::INTEGER)?)?;
        let date = Asn1Time::new(fields.next_tlv()?);
        let extensions = fields
            .optional(Tag::SEQUENCE)?
            .map(Extension::list)
            .transpose()?;
        fields.finish()?;
        revoked.push(Revoked {
            serial,
            date,
            extensions: extensions.unwrap_or_default(),
        });
    }
    Ok(revoked)
}
