//! Distinguished names: relative names of attributes, each a type and a string of some kind.

use crate::der::{DerError, Reader, Rules, Tag, Tlv};
use crate::oid::{Oid, known};

/// A distinguished name, borrowed as its whole DER element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name<'a> {
    raw: &'a [u8],
    body: &'a [u8],
}

/// One attribute of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Which relative name (RDN) it belongs to, counted from 0.
    pub rdn: usize,
    /// Its type.
    pub oid: Oid<'a>,
    /// Its value with the tag that tells the kind of string.
    pub value: Tlv<'a>,
}

impl<'a> Name<'a> {
    /// A name from its SEQUENCE element. Attributes are read when asked for.
    pub fn new(tlv: Tlv<'a>) -> Self {
        Name {
            raw: tlv.raw,
            body: tlv.body,
        }
    }

    /// The whole element, as Go's `RawSubject` and `RawIssuer`.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Whether there is no attribute at all.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The attributes in the order they are written.
    pub fn attributes(&self) -> Result<Vec<Attribute<'a>>, DerError> {
        let mut attributes = Vec::new();
        let mut rdns = Reader::new(self.body, Rules::Ber);
        let mut rdn = 0;
        while !rdns.is_empty() {
            let mut set = rdns.expect(Tag::SET)?.reader(Rules::Ber);
            while !set.is_empty() {
                let mut pair = set.expect(Tag::SEQUENCE)?.reader(Rules::Ber);
                let oid = Oid(pair.expect(Tag::OID)?.body);
                let value = pair.next_tlv()?;
                pair.finish()?;
                attributes.push(Attribute { rdn, oid, value });
            }
            rdn += 1;
        }
        Ok(attributes)
    }

    /// All values of one type as text, in order; what cannot be read is left out.
    pub fn values(&self, oid: Oid<'_>) -> Vec<String> {
        let attributes = self.attributes().unwrap_or_default();
        attributes
            .iter()
            .filter(|a| a.oid == oid)
            .map(|a| text(&a.value))
            .collect()
    }

    /// The common name that counts: the last, as Go has it.
    pub fn common_name(&self) -> Option<String> {
        self.values(known::COMMON_NAME).pop()
    }

    /// Every organisation, in order.
    pub fn organizations(&self) -> Vec<String> {
        self.values(known::ORGANIZATION)
    }
}

/// The text of a directory string; bytes outside its alphabet become the replacement character.
pub fn text(value: &Tlv<'_>) -> String {
    match value.tag.number {
        n if n == Tag::BMP_STRING.number => utf16_text(value.body),
        n if n == Tag::UNIVERSAL_STRING.number => utf32_text(value.body),
        n if n == Tag::T61_STRING.number => value.body.iter().map(|b| char::from(*b)).collect(),
        _ => String::from_utf8_lossy(value.body).into_owned(),
    }
}

fn utf16_text(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes
        .chunks(2)
        .map(|c| c.iter().fold(0, |unit, b| unit << 8 | u16::from(*b)))
        .collect();
    String::from_utf16_lossy(&units)
}

fn utf32_text(bytes: &[u8]) -> String {
    let code = |c: &[u8]| c.iter().fold(0, |code, b| code << 8 | u32::from(*b));
    bytes
        .chunks(4)
        .map(|c| char::from_u32(code(c)).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}
