//! Writing DER: one function per type, each giving the whole element.

use time::UtcDateTime;

use crate::der::{Class, Tag};
use crate::oid::Oid;

/// Room for tag and length.
const HEAD: usize = 10;

/// Room for what most elements hold: a certificate is written in a hundred pieces.
const USUAL: usize = 128;

/// An element of any type. Tag numbers above 30 are not written: no structure here has one.
pub fn element(tag: Tag, content: &[u8]) -> Vec<u8> {
    let class = match tag.class {
        Class::Universal => 0x00,
        Class::Application => 0x40,
        Class::Context => 0x80,
        Class::Private => 0xc0,
    };
    let constructed = if tag.constructed { 0x20 } else { 0 };
    // The low five bits, as said above.
    let mut bytes = Vec::with_capacity(HEAD + content.len());
    bytes.push(class | constructed | (tag.number & 0x1f) as u8);
    push_length(&mut bytes, content.len());
    bytes.extend_from_slice(content);
    bytes
}

/// A SEQUENCE of whole elements.
pub fn sequence<T: AsRef<[u8]>>(elements: impl IntoIterator<Item = T>) -> Vec<u8> {
    element(Tag::SEQUENCE, &concat(elements))
}

/// A SET OF whole elements, which DER wants in the order of their bytes (X.690 section 11.6).
pub fn set_of(mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    element(Tag::SET, &concat(elements))
}

/// A BOOLEAN.
pub fn boolean(value: bool) -> Vec<u8> {
    element(Tag::BOOLEAN, &[if value { 0xff } else { 0 }])
}

/// An INTEGER that is not negative, from its big-endian bytes.
pub fn unsigned(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = &number[zeros..];
    let needs_zero = digits.first().is_none_or(|byte| byte & 0x80 != 0);
    let sign: &[u8] = if needs_zero { &[0] } else { &[] };
    element(Tag::INTEGER, &[sign, digits].concat())
}

/// An OBJECT IDENTIFIER.
pub fn oid(oid: Oid<'_>) -> Vec<u8> {
    element(Tag::OID, oid.0)
}

/// NULL.
pub fn null() -> Vec<u8> {
    element(Tag::NULL, &[])
}

/// A BIT STRING of whole bytes.
pub fn bit_string(bytes: &[u8]) -> Vec<u8> {
    element(Tag::BIT_STRING, &[&[0], bytes].concat())
}

/// A BIT STRING of named bits, the first lowest, without zeros at its end.
pub fn named_bits(bits: u16) -> Vec<u8> {
    let reversed = bits.reverse_bits().to_be_bytes();
    let used = 16 - bits.leading_zeros() as usize;
    let bytes = &reversed[..used.div_ceil(8)];
    // Below 8.
    let unused = (bytes.len() * 8 - used) as u8;
    element(Tag::BIT_STRING, &[&[unused], bytes].concat())
}

/// An OCTET STRING.
pub fn octet_string(bytes: &[u8]) -> Vec<u8> {
    element(Tag::OCTET_STRING, bytes)
}

/// A time: UTCTime from 1950 to 2049, else GeneralizedTime (RFC 5280 section 4.1.2.5). Fractions of
/// a second are cut off.
pub fn time(moment: UtcDateTime) -> Vec<u8> {
    let (year, month, day) = moment.to_calendar_date();
    let (hour, minute, second) = moment.as_hms();
    let month = u8::from(month);
    let rest = format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    match year {
        1950..2050 => element(Tag::UTC_TIME, format!("{:02}{rest}", year % 100).as_bytes()),
        _ => element(Tag::GENERALIZED_TIME, format!("{year:04}{rest}").as_bytes()),
    }
}

/// `[number]` around a whole element.
pub fn explicit(number: u32, inner: &[u8]) -> Vec<u8> {
    element(Tag::context_constructed(number), inner)
}

/// `[number]` instead of the primitive tag that belongs to `content`.
pub fn implicit(number: u32, content: &[u8]) -> Vec<u8> {
    element(Tag::context(number), content)
}

fn concat<T: AsRef<[u8]>>(elements: impl IntoIterator<Item = T>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(USUAL);
    for element in elements {
        bytes.extend_from_slice(element.as_ref());
    }
    bytes
}

fn push_length(bytes: &mut Vec<u8>, length: usize) {
    if length < 0x80 {
        bytes.push(length as u8);
        return;
    }
    let digits = length.to_be_bytes();
    let zeros = digits.iter().take_while(|byte| **byte == 0).count();
    bytes.push(0x80 | (digits.len() - zeros) as u8);
    bytes.extend_from_slice(&digits[zeros..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::time::macros::utc_datetime;

    #[test]
    fn lengths_are_shortest() {
        assert_eq!(octet_string(&[7; 0x7f])[..2], [0x04, 0x7f]);
        assert_eq!(octet_string(&[7; 0x80])[..3], [0x04, 0x81, 0x80]);
        assert_eq!(octet_string(&[7; 0x100])[..4], [0x04, 0x82, 0x01, 0x00]);
    }

    #[test]
    fn numbers_are_not_negative() {
        assert_eq!(unsigned(&[]), [0x02, 0x01, 0x00]);
        assert_eq!(unsigned(&[0, 0, 5]), [0x02, 0x01, 0x05]);
        assert_eq!(unsigned(&[0x80]), [0x02, 0x02, 0x00, 0x80]);
    }

    #[test]
    fn named_bits_have_no_tail() {
        assert_eq!(named_bits(0), [0x03, 0x01, 0x00]);
        assert_eq!(named_bits(1), [0x03, 0x02, 0x07, 0x80]);
        assert_eq!(named_bits(0b110_0000), [0x03, 0x02, 0x01, 0x06]);
        assert_eq!(named_bits(0x100), [0x03, 0x03, 0x07, 0x00, 0x80]);
    }

    #[test]
    fn times_by_century() {
        assert_eq!(
            time(utc_datetime!(2049-12-31 23:59:59)),
            b"\x17\x0d491231235959Z"
        );
        assert_eq!(
            time(utc_datetime!(2050-01-01 0:00)),
            b"\x18\x0f20500101000000Z"
        );
        assert_eq!(
            time(utc_datetime!(1949-01-01 0:00)),
            b"\x18\x0f19490101000000Z"
        );
    }

    #[test]
    fn sets_are_sorted() {
        assert_eq!(
            set_of(vec![null(), boolean(true)]),
            [0x31, 5, 1, 1, 0xff, 5, 0]
        );
    }
}
