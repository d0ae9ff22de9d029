//! Distinguished names: relative names of attributes, each a type and a string of some kind.

use std::fmt;

use crate::der::{Class, DerError, Reader, Rules, Tag, Tlv};
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
            read_rdn(rdns.expect(Tag::SET)?, rdn, &mut attributes)?;
            rdn += 1;
        }
        Ok(attributes)
    }

    /// The attributes of a relative name that stands alone, whatever its tag.
    ///
    /// # Errors
    /// When it is not built like one.
    pub fn relative(tlv: Tlv<'a>) -> Result<Vec<Attribute<'a>>, DerError> {
        let mut attributes = Vec::new();
        read_rdn(tlv, 0, &mut attributes)?;
        Ok(attributes)
    }

    /// Whether OpenSSL reads it: every attribute is built as it should be, and every string can be
    /// converted to UTF-8 (`x_name.c`, `x509_name_canon`).
    ///
    /// # Errors
    /// When it does not.
    pub fn check(&self) -> Result<(), DerError> {
        for attribute in self.attributes()? {
            attribute.oid.check()?;
            check_value(&attribute.value)?;
        }
        Ok(())
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

/// On one line, as OpenSSL has it for short: `CN=x, O=a + OU=b`.
impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut previous = None;
        for attribute in self.attributes().unwrap_or_default() {
            match previous {
                Some(rdn) if rdn == attribute.rdn => f.write_str(" + ")?,
                Some(_) => f.write_str(", ")?,
                None => {}
            }
            previous = Some(attribute.rdn);
            match attribute.oid.short_name() {
                Some(name) => f.write_str(name)?,
                None => write!(f, "{}", attribute.oid)?,
            }
            write!(f, "={}", text(&attribute.value))?;
        }
        Ok(())
    }
}

fn read_rdn<'a>(
    tlv: Tlv<'a>,
    rdn: usize,
    attributes: &mut Vec<Attribute<'a>>,
) -> Result<(), DerError> {
    let mut set = tlv.reader(Rules::Ber);
    while !set.is_empty() {
        let mut pair = set.expect(Tag::SEQUENCE)?.reader(Rules::Ber);
        let oid = Oid(pair.expect(Tag::OID)?.body);
        let value = pair.next_tlv()?;
        pair.finish()?;
        attributes.push(Attribute { rdn, oid, value });
    }
    Ok(())
}

/// The types that OpenSSL takes for an attribute's value (`B_ASN1_PRINTABLE`), with their content
/// checked where it converts it to UTF-8.
fn check_value(value: &Tlv<'_>) -> Result<(), DerError> {
    let is_fine = match value.tag {
        Tag::SEQUENCE => true,
        tag if tag.class != Class::Universal => false,
        tag if tag.constructed => can_be_collected(value.body),
        Tag::UTF8_STRING => is_openssl_utf8(value.body),
        Tag::BMP_STRING => value.body.len().is_multiple_of(2),
        Tag::UNIVERSAL_STRING => is_utf32(value.body),
        Tag::BIT_STRING => matches!(value.body, [0..8, ..]),
        tag => {
            // NumericString, PrintableString, T61String, IA5String; what has no type of its own in
            // OpenSSL is taken too.
            let is_string = matches!(tag.number, 18..=20 | 22);
            let is_unknown = matches!(tag.number, 0 | 7..=9 | 11 | 13..=15 | 29 | 31..);
            is_string || is_unknown
        }
    };
    match is_fine {
        true => Ok(()),
        false => Err(DerError::BadValue("string")),
    }
}

/// Whether every four bytes are a character.
fn is_utf32(bytes: &[u8]) -> bool {
    let is_character = |four: &[u8]| {
        <[u8; 4]>::try_from(four)
            .is_ok_and(|four| char::from_u32(u32::from_be_bytes(four)).is_some())
    };
    bytes.chunks(4).all(is_character)
}

/// Whether the pieces of a constructed string are there.
fn can_be_collected(body: &[u8]) -> bool {
    let mut pieces = Reader::new(body, Rules::Ber);
    while !pieces.is_empty() {
        if pieces.next_tlv().is_err() {
            return false;
        }
    }
    true
}

/// Whether OpenSSL reads bytes as UTF-8: like everybody, but beyond Unicode too (`UTF8_getc`).
fn is_openssl_utf8(mut bytes: &[u8]) -> bool {
    while let Some((first, rest)) = bytes.split_first() {
        let (extra, least) = match first {
            0..0x80 => (0, 0),
            0xc0..0xe0 => (1, 0x80),
            0xe0..0xf0 => (2, 0x800),
            0xf0..0xf8 => (3, 0x1_0000),
            _ => return false,
        };
        let Some((tail, after)) = rest.split_at_checked(extra) else {
            return false;
        };
        let head = u32::from(*first) & (0x7f >> (if extra == 0 { 0 } else { extra + 1 }));
        let value = tail
            .iter()
            .fold(head, |sum, byte| sum << 6 | u32::from(byte & 0x3f));
        if tail.iter().any(|byte| byte & 0xc0 != 0x80)
            || value < least
            || (0xd800..0xe000).contains(&value)
        {
            return false;
        }
        bytes = after;
    }
    true
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
