//! Values of simple types, as OpenSSL takes them: integers, bit strings, identifiers.

use crate::der::{DerError, Rules, Tag, Tlv, first};
use crate::oid::Oid;

/// A BIT STRING: the bits that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitString<'a> {
    /// The bytes; the unused bits of the last may be anything.
    pub bytes: &'a [u8],
    /// How many bits of the last byte do not count.
    pub unused: u8,
}

impl BitString<'_> {
    /// The names of the bits that are set.
    pub fn names(&self, names: &[&'static str]) -> Vec<&'static str> {
        let names = names.iter().enumerate();
        names
            .filter(|(bit, _)| self.is_set(*bit))
            .map(|(_, name)| *name)
            .collect()
    }

    /// Whether bit `n` is set, counted from the most significant of the first byte.
    pub fn is_set(&self, n: usize) -> bool {
        let counts =
            self.bytes.len() * 8 - usize::from(self.unused.min(7)).min(self.bytes.len() * 8);
        n < counts && self.bytes[n / 8] & (0x80 >> (n % 8)) != 0
    }
}

/// A BIT STRING that fills `der`.
pub fn bit_string(der: &[u8]) -> Result<BitString<'_>, DerError> {
    bits(first(der, Tag::BIT_STRING, Rules::Ber)?.body)
}

/// The content of a BIT STRING.
pub(crate) fn bits(content: &[u8]) -> Result<BitString<'_>, DerError> {
    match content.split_first() {
        Some((unused, bytes)) if *unused < 8 => Ok(BitString {
            bytes,
            unused: *unused,
        }),
        _ => Err(DerError::BadValue("BIT STRING")),
    }
}

/// An OCTET STRING that fills `der`.
pub fn octet_string(der: &[u8]) -> Result<&[u8], DerError> {
    Ok(first(der, Tag::OCTET_STRING, Rules::Ber)?.body)
}

/// The identifier in an element; OpenSSL refuses padded and unfinished arcs.
pub(crate) fn object_identifier(tlv: Tlv<'_>) -> Result<Oid<'_>, DerError> {
    let oid = Oid(tlv.body);
    oid.check().map(|()| oid)
}

/// The value of a BOOLEAN element.
pub(crate) fn boolean(tlv: Tlv<'_>) -> Result<bool, DerError> {
    match tlv.body {
        [byte] => Ok(*byte != 0),
        _ => Err(DerError::BadValue("BOOLEAN")),
    }
}

/// The content of an INTEGER element, which must be minimal.
pub(crate) fn integer(tlv: Tlv<'_>) -> Result<&[u8], DerError> {
    match tlv.body {
        [] => Err(DerError::BadValue("INTEGER")),
        [0, next, ..] if next & 0x80 == 0 => Err(DerError::BadValue("INTEGER")),
        [0xff, next, ..] if next & 0x80 != 0 => Err(DerError::BadValue("INTEGER")),
        body => Ok(body),
    }
}
