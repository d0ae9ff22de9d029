//! What Go's `cryptobyte` reads, on top of the strict reader of the `x509` crate: booleans,
//! integers, object identifiers and bit strings, each in its only DER form.

use std::borrow::Cow;

use x509::Oid;
use x509::der::{Reader, Rules, Tag, Tlv};

/// A reader by Go's rules.
pub(crate) fn reader(input: &[u8]) -> Reader<'_> {
    Reader::new(input, Rules::Der)
}

/// The content of the one element that starts `input`; what follows it is ignored, as Go does.
pub(crate) fn content(input: &[u8], tag: Tag) -> Option<Reader<'_>> {
    reader(input).element(tag).map(|tlv| tlv.reader(Rules::Der))
}

/// A BIT STRING.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BitString<'a> {
    bytes: &'a [u8],
    unused: u8,
}

impl<'a> BitString<'a> {
    /// Whether bit `i` is set, counted from the most significant.
    pub fn bit(&self, i: usize) -> bool {
        let known = self.bytes.len() * 8 - usize::from(self.unused);
        i < known && self.bytes[i / 8] >> (7 - i % 8) & 1 == 1
    }

    /// The bits as a number, with the unused ones shifted out.
    pub fn right_aligned(&self) -> Cow<'a, [u8]> {
        if self.unused == 0 {
            return Cow::Borrowed(self.bytes);
        }
        let mut carry = 0;
        let shift = |byte: &u8| {
            let shifted = carry << (8 - self.unused) | byte >> self.unused;
            carry = *byte;
            shifted
        };
        Cow::Owned(self.bytes.iter().map(shift).collect())
    }
}

/// Reads primitive types; `None` is Go's `false`.
pub(crate) trait Cryptobyte<'a> {
    fn element(&mut self, tag: Tag) -> Option<Tlv<'a>>;
    fn sequence(&mut self) -> Option<Reader<'a>>;
    fn any(&mut self) -> Option<Tlv<'a>>;
    fn has(&self, tag: Tag) -> bool;
    fn boolean(&mut self) -> Option<bool>;
    /// The content of an INTEGER in its shortest form.
    fn integer(&mut self) -> Option<&'a [u8]>;
    fn oid(&mut self) -> Option<Oid<'a>>;
    fn bit_string(&mut self) -> Option<BitString<'a>>;
}

impl<'a> Cryptobyte<'a> for Reader<'a> {
    fn element(&mut self, tag: Tag) -> Option<Tlv<'a>> {
        self.expect(tag).ok()
    }

    fn sequence(&mut self) -> Option<Reader<'a>> {
        Some(self.element(Tag::SEQUENCE)?.reader(Rules::Der))
    }

    fn any(&mut self) -> Option<Tlv<'a>> {
        self.next_tlv().ok()
    }

    fn has(&self, tag: Tag) -> bool {
        self.peek() == Some(tag)
    }

    fn boolean(&mut self) -> Option<bool> {
        match self.element(Tag::BOOLEAN)?.body {
            [0] => Some(false),
            [0xff] => Some(true),
            _ => None,
        }
    }

    fn integer(&mut self) -> Option<&'a [u8]> {
        shortest(self.element(Tag::INTEGER)?.body)
    }

    fn oid(&mut self) -> Option<Oid<'a>> {
        let body = self.element(Tag::OID)?.body;
        has_small_arcs(body).then_some(Oid(body))
    }

    fn bit_string(&mut self) -> Option<BitString<'a>> {
        let (&unused, bytes) = self.element(Tag::BIT_STRING)?.body.split_first()?;
        let padding = bytes
            .last()
            .map_or(0, |last| last & ((1u16 << unused.min(8)) - 1) as u8);
        let fits = unused <= 7 && (unused == 0 || !bytes.is_empty());
        (fits && padding == 0).then_some(BitString { bytes, unused })
    }
}

/// The content of an INTEGER, if it has no needless leading byte.
pub(crate) fn shortest(body: &[u8]) -> Option<&[u8]> {
    match body {
        [] => None,
        [0, next, ..] if next & 0x80 == 0 => None,
        [0xff, next, ..] if next & 0x80 != 0 => None,
        _ => Some(body),
    }
}

/// Two's complement as a machine integer, if it fits.
pub(crate) fn signed(integer: &[u8]) -> Option<i64> {
    if integer.len() > 8 {
        return None;
    }
    let sign = if is_negative(integer) { -1 } else { 0 };
    Some(
        integer
            .iter()
            .fold(sign, |n, byte| n << 8 | i64::from(*byte)),
    )
}

/// Whether two's complement is below zero.
pub(crate) fn is_negative(integer: &[u8]) -> bool {
    integer.first().is_some_and(|byte| byte & 0x80 != 0)
}

/// The bytes of a number without leading zeros; empty for zero.
pub(crate) fn magnitude(integer: &[u8]) -> &[u8] {
    let zeros = integer.iter().take_while(|byte| **byte == 0).count();
    &integer[zeros..]
}

/// Whether an identifier is one that Go's `asn1.ObjectIdentifier` can hold: every arc in its
/// shortest form and below 2³¹.
fn has_small_arcs(body: &[u8]) -> bool {
    is_oid(body)
        && body
            .split_inclusive(|byte| byte & 0x80 == 0)
            .all(|arc| arc.len() < 5 || arc.len() == 5 && arc[0] & 0x7f < 8)
}

/// Whether every arc is complete and in its shortest form, as Go's `x509.OID` wants it.
pub(crate) fn is_oid(body: &[u8]) -> bool {
    body.last().is_some_and(|last| last & 0x80 == 0)
        && body
            .split_inclusive(|byte| byte & 0x80 == 0)
            .all(|arc| arc[0] != 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_one_form() {
        assert_eq!(shortest(&[0, 0x7f]), None);
        assert_eq!(shortest(&[0xff, 0x80]), None);
        assert_eq!(shortest(&[0, 0x80]).and_then(signed), Some(128));
        assert_eq!(signed(&[0x80]), Some(-128));
        assert_eq!(signed(&[0; 9]), None);
    }

    #[test]
    fn arcs_are_below_two_to_the_31() {
        assert!(has_small_arcs(&[0x2a, 0x87, 0xff, 0xff, 0xff, 0x7f]));
        assert!(!has_small_arcs(&[0x2a, 0x88, 0x80, 0x80, 0x80, 0x00]));
        assert!(!has_small_arcs(&[0x2a, 0x80, 0x01]));
        assert!(!has_small_arcs(&[0x2a, 0x81]));
        assert!(!has_small_arcs(&[]));
    }

    #[test]
    fn unused_bits_are_shifted_out() {
        let bits = reader(&[0x03, 0x03, 0x04, 0xab, 0xc0])
            .bit_string()
            .unwrap();
        assert_eq!(bits.right_aligned().as_ref(), &[0x0a, 0xbc]);
        assert!(bits.bit(0) && !bits.bit(1) && bits.bit(9) && !bits.bit(12));
        assert!(reader(&[0x03, 0x02, 0x01, 0x01]).bit_string().is_none());
        assert!(reader(&[0x03, 0x02, 0x08, 0x00]).bit_string().is_none());
    }
}
