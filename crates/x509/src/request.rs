//! A certification request (PKCS #10, RFC 2986): its bytes, and where in them each field lies.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::certificate::{AlgorithmIdentifier, Extension, PublicKeyInfo};
use crate::der::{DerError, Reader, Rules, Tag, Tlv, range_in, single};
use crate::name::Name;
use crate::oid::Oid;
use crate::value::{bits, integer, object_identifier};

/// extensionRequest, and what Microsoft uses for the same.
const EXTENSION_REQUESTS: [&[u8]; 2] = [
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e],
    &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01, 0x0e],
];

/// A request as it was found. Cloning is cheap; two are equal when their bytes are.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    der: Arc<[u8]>,
    parts: Parts,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    info: Range<usize>,
    version: Range<usize>,
    subject: Range<usize>,
    public_key: Range<usize>,
    attributes: Option<Range<usize>>,
    algorithm: Range<usize>,
    signature: Range<usize>,
}

/// One attribute: what it is, and its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestAttribute<'a> {
    /// Which attribute.
    pub oid: Oid<'a>,
    /// Its values.
    pub values: Vec<Tlv<'a>>,
}

impl Request {
    /// Reads one request that fills `der`, as leniently as OpenSSL does.
    ///
    /// # Errors
    /// When the structure of RFC 2986 section 4 is not there.
    pub fn from_der(der: impl Into<Arc<[u8]>>) -> Result<Self, DerError> {
        let der = der.into();
        let parts = Parts::locate(&der)?;
        Ok(Request { der, parts })
    }

    /// The bytes as found.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The part that is signed (RFC 2986 section 4.2).
    pub fn to_be_signed(&self) -> &[u8] {
        self.element(&self.parts.info).raw
    }

    /// The content of the version's INTEGER.
    pub fn version(&self) -> &[u8] {
        self.element(&self.parts.version).body
    }

    /// Who asks.
    pub fn subject(&self) -> Name<'_> {
        Name::new(self.element(&self.parts.subject))
    }

    /// The key to be vouched for.
    pub fn public_key(&self) -> PublicKeyInfo<'_> {
        PublicKeyInfo::from_checked(self.element(&self.parts.public_key))
    }

    /// The attributes, in order.
    pub fn attributes(&self) -> Vec<RequestAttribute<'_>> {
        let attributes = self.parts.attributes.as_ref();
        attributes
            .and_then(|range| read_attributes(self.element(range)).ok())
            .unwrap_or_default()
    }

    /// The extensions that are asked for.
    pub fn extensions(&self) -> Option<Vec<Extension<'_>>> {
        let mut attributes = self.attributes().into_iter();
        let request = attributes.find(|attribute| attribute.is_extension_request())?;
        let list = request
            .values
            .first()
            .filter(|value| value.tag == Tag::SEQUENCE)?;
        Extension::list(*list).ok()
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

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({})", self.subject())
    }
}

impl RequestAttribute<'_> {
    /// Whether it holds the extensions that are asked for.
    pub fn is_extension_request(&self) -> bool {
        EXTENSION_REQUESTS.contains(&self.oid.0)
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
        let version = fields.expect(Tag::INTEGER)?;
        integer(version)?;
        let subject = fields.expect(Tag::SEQUENCE)?;
        Name::new(subject).check()?;
        let public_key = fields.expect(Tag::SEQUENCE)?;
        PublicKeyInfo::from_tlv(public_key)?;
        let attributes = fields.optional(Tag::context_constructed(0))?;
        attributes.map(read_attributes).transpose()?;
        fields.finish()?;
        Ok(Parts {
            info: range(&info),
            version: range(&version),
            subject: range(&subject),
            public_key: range(&public_key),
            attributes: attributes.as_ref().map(range),
            algorithm: range(&algorithm),
            signature: range(&signature),
        })
    }
}

fn read_attributes(set: Tlv<'_>) -> Result<Vec<RequestAttribute<'_>>, DerError> {
    let mut list = set.reader(Rules::Ber);
    let mut attributes = Vec::new();
    while !list.is_empty() {
        let mut fields = list.expect(Tag::SEQUENCE)?.reader(Rules::Ber);
        let oid = object_identifier(fields.expect(Tag::OID)?)?;
        let values = all(fields.expect(Tag::SET)?.reader(Rules::Ber))?;
        fields.finish()?;
        attributes.push(RequestAttribute { oid, values });
    }
    Ok(attributes)
}

fn all<'a>(mut reader: Reader<'a>) -> Result<Vec<Tlv<'a>>, DerError> {
    let mut elements = Vec::new();
    while !reader.is_empty() {
        elements.push(reader.next_tlv()?);
    }
    Ok(elements)
}
