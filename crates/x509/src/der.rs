//! Tag, length, value: a reader over BER or DER bytes that borrows, never copies, and never recurses
//! deeper than [`MAX_DEPTH`].

use std::ops::Range;

use thiserror::Error;

/// How deep constructed encodings of indefinite length may nest before they are refused.
pub const MAX_DEPTH: u32 = 30;

/// Which encodings a [`Reader`] takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// What OpenSSL's decoder takes: BER, with indefinite and padded lengths.
    Ber,
    /// What Go's `cryptobyte` takes: definite, minimal lengths and one-byte tags.
    Der,
}

/// The class bits of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Types of ASN.1 itself.
    Universal,
    /// Types of one application.
    Application,
    /// Types that the surrounding structure defines, written `[n]`.
    Context,
    /// Types of one organisation.
    Private,
}

/// An identifier: class, whether the content is constructed, and the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The class bits.
    pub class: Class,
    /// Whether the content is a sequence of further elements.
    pub constructed: bool,
    /// The tag number.
    pub number: u32,
}

impl Tag {
    /// BOOLEAN.
    pub const BOOLEAN: Tag = Tag::universal(1);
    /// INTEGER.
    pub const INTEGER: Tag = Tag::universal(2);
    /// BIT STRING.
    pub const BIT_STRING: Tag = Tag::universal(3);
    /// OCTET STRING.
    pub const OCTET_STRING: Tag = Tag::universal(4);
    /// NULL.
    pub const NULL: Tag = Tag::universal(5);
    /// OBJECT IDENTIFIER.
    pub const OID: Tag = Tag::universal(6);
    /// ENUMERATED.
    pub const ENUMERATED: Tag = Tag::universal(10);
    /// UTF8String.
    pub const UTF8_STRING: Tag = Tag::universal(12);
    /// NumericString.
    pub const NUMERIC_STRING: Tag = Tag::universal(18);
    /// PrintableString.
    pub const PRINTABLE_STRING: Tag = Tag::universal(19);
    /// TeletexString, also called T61String.
    pub const T61_STRING: Tag = Tag::universal(20);
    /// IA5String.
    pub const IA5_STRING: Tag = Tag::universal(22);
    /// UTCTime.
    pub const UTC_TIME: Tag = Tag::universal(23);
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: Tag = Tag::universal(24);
    /// VisibleString.
    pub const VISIBLE_STRING: Tag = Tag::universal(26);
    /// UniversalString.
    pub const UNIVERSAL_STRING: Tag = Tag::universal(28);
    /// BMPString.
    pub const BMP_STRING: Tag = Tag::universal(30);
    /// SEQUENCE and SEQUENCE OF.
    pub const SEQUENCE: Tag = Tag {
        class: Class::Universal,
        constructed: true,
        number: 16,
    };
    /// SET and SET OF.
    pub const SET: Tag = Tag {
        class: Class::Universal,
        constructed: true,
        number: 17,
    };

    /// A primitive universal tag.
    pub const fn universal(number: u32) -> Tag {
        Tag {
            class: Class::Universal,
            constructed: false,
            number,
        }
    }

    /// `[number]` around a primitive value (IMPLICIT).
    pub const fn context(number: u32) -> Tag {
        Tag {
            class: Class::Context,
            constructed: false,
            number,
        }
    }

    /// `[number]` around further elements (EXPLICIT, or IMPLICIT over a SEQUENCE).
    pub const fn context_constructed(number: u32) -> Tag {
        Tag {
            class: Class::Context,
            constructed: true,
            number,
        }
    }

    /// Same class and number, whether constructed or not.
    pub fn is_like(self, other: Tag) -> bool {
        self.class == other.class && self.number == other.number
    }
}

/// Why bytes are not the element that was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DerError {
    /// The input ends inside an element.
    #[error("the data ends inside an element")]
    Truncated,
    /// A tag or length is not encoded as the rules want it.
    #[error("a tag or length is badly encoded")]
    BadHeader,
    /// Another element stands where `expected` should.
    #[error("expected {expected:?}, found {found:?}")]
    UnexpectedTag {
        /// The tag that should stand here.
        expected: Tag,
        /// The tag that stands here.
        found: Tag,
    },
    /// Bytes follow where nothing may.
    #[error("there is data after the end")]
    TrailingData,
    /// Elements nest deeper than [`MAX_DEPTH`].
    #[error("elements nest too deep")]
    TooDeep,
    /// The content of an element is not what its type allows.
    #[error("bad {0}")]
    BadValue(&'static str),
}

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// Its identifier.
    pub tag: Tag,
    /// The whole element: header, content and, for indefinite lengths, the end mark.
    pub raw: &'a [u8],
    /// The content alone.
    pub body: &'a [u8],
    /// Whether the length was written as indefinite (BER only).
    pub indefinite: bool,
}

impl<'a> Tlv<'a> {
    /// The element that was found at `range` when what holds it was read.
    pub(crate) fn at(der: &'a [u8], range: &Range<usize>) -> Self {
        let raw = &der[range.clone()];
        let empty = Tlv {
            tag: Tag::NULL,
            raw,
            body: &[],
            indefinite: false,
        };
        Reader::new(raw, Rules::Ber).next_tlv().unwrap_or(empty)
    }

    /// A reader over the content.
    pub fn reader(&self, rules: Rules) -> Reader<'a> {
        Reader::new(self.body, rules)
    }
}

/// Reads elements one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    rules: Rules,
}

impl<'a> Reader<'a> {
    /// Reads `input` by `rules`.
    pub fn new(input: &'a [u8], rules: Rules) -> Self {
        Reader { rest: input, rules }
    }

    /// Whether everything is read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The rules this reader goes by.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// The tag of the next element, if there is one with a readable tag.
    pub fn peek(&self) -> Option<Tag> {
        read_tag(self.rest, self.rules).ok().map(|(tag, _)| tag)
    }

    /// The next element, whatever it is.
    pub fn next_tlv(&mut self) -> Result<Tlv<'a>, DerError> {
        let (tlv, rest) = read_tlv(self.rest, self.rules, 0)?;
        self.rest = rest;
        Ok(tlv)
    }

    /// The next element, which must carry exactly `tag`.
    pub fn expect(&mut self, tag: Tag) -> Result<Tlv<'a>, DerError> {
        let before = *self;
        let tlv = self.next_tlv()?;
        if tlv.tag != tag {
            *self = before;
            return Err(DerError::UnexpectedTag {
                expected: tag,
                found: tlv.tag,
            });
        }
        Ok(tlv)
    }

    /// The next element if it carries `tag`; otherwise nothing is read.
    pub fn optional(&mut self, tag: Tag) -> Result<Option<Tlv<'a>>, DerError> {
        if self.peek() == Some(tag) {
            self.next_tlv().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Fails unless everything is read.
    pub fn finish(&self) -> Result<(), DerError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(DerError::TrailingData)
        }
    }
}

/// Where a part lies in the whole that it was borrowed from.
pub(crate) fn range_in(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr() as usize - whole.as_ptr() as usize;
    start..start + part.len()
}

/// Reads exactly one element that fills `input`.
pub fn single<'a>(input: &'a [u8], tag: Tag, rules: Rules) -> Result<Tlv<'a>, DerError> {
    let mut reader = Reader::new(input, rules);
    let tlv = reader.expect(tag)?;
    reader.finish()?;
    Ok(tlv)
}

/// Reads the element that starts `input`, whatever follows it: OpenSSL reads the values of
/// extensions so.
pub fn first<'a>(input: &'a [u8], tag: Tag, rules: Rules) -> Result<Tlv<'a>, DerError> {
    Reader::new(input, rules).expect(tag)
}

fn read_tlv(input: &[u8], rules: Rules, depth: u32) -> Result<(Tlv<'_>, &[u8]), DerError> {
    if depth > MAX_DEPTH {
        return Err(DerError::TooDeep);
    }
    let (tag, after_tag) = read_tag(input, rules)?;
    let (length, content) = read_length(after_tag, rules)?;
    let (body, rest, indefinite) = match length {
        Some(n) if n > content.len() => return Err(DerError::Truncated),
        Some(n) => (&content[..n], &content[n..], false),
        None if !tag.constructed => return Err(DerError::BadHeader),
        None => {
            let (body, rest) = split_at_end_mark(content, rules, depth)?;
            (body, rest, true)
        }
    };
    let raw = &input[..input.len() - rest.len()];
    Ok((
        Tlv {
            tag,
            raw,
            body,
            indefinite,
        },
        rest,
    ))
}

fn split_at_end_mark(content: &[u8], rules: Rules, depth: u32) -> Result<(&[u8], &[u8]), DerError> {
    let mut rest = content;
    while !rest.starts_with(&[0, 0]) {
        rest = read_tlv(rest, rules, depth + 1)?.1;
    }
    Ok((&content[..content.len() - rest.len()], &rest[2..]))
}

fn read_tag(input: &[u8], rules: Rules) -> Result<(Tag, &[u8]), DerError> {
    let (&first, mut rest) = input.split_first().ok_or(DerError::Truncated)?;
    let class = match first >> 6 {
        0 => Class::Universal,
        1 => Class::Application,
        2 => Class::Context,
        _ => Class::Private,
    };
    let mut number = u32::from(first & 0x1f);
    if number == 0x1f {
        if rules == Rules::Der {
            return Err(DerError::BadHeader);
        }
        (number, rest) = read_long_tag_number(rest)?;
    }
    Ok((
        Tag {
            class,
            constructed: first & 0x20 != 0,
            number,
        },
        rest,
    ))
}

fn read_long_tag_number(mut input: &[u8]) -> Result<(u32, &[u8]), DerError> {
    let mut number: u32 = 0;
    loop {
        let (&byte, rest) = input.split_first().ok_or(DerError::Truncated)?;
        if number >> 24 != 0 {
            return Err(DerError::BadHeader);
        }
        number = number << 7 | u32::from(byte & 0x7f);
        input = rest;
        if byte & 0x80 == 0 {
            return Ok((number, input));
        }
    }
}

/// The length, `None` for the indefinite form.
fn read_length(input: &[u8], rules: Rules) -> Result<(Option<usize>, &[u8]), DerError> {
    let (&first, rest) = input.split_first().ok_or(DerError::Truncated)?;
    if first < 0x80 {
        return Ok((Some(usize::from(first)), rest));
    }
    let count = usize::from(first & 0x7f);
    match rules {
        Rules::Ber if count == 0 => return Ok((None, rest)),
        Rules::Der if count == 0 || count > 4 => return Err(DerError::BadHeader),
        _ => {}
    }
    if rest.len() < count {
        return Err(DerError::Truncated);
    }
    let (digits, rest) = rest.split_at(count);
    let length = big_endian(digits)?;
    if rules == Rules::Der && (digits[0] == 0 || length < 0x80) {
        return Err(DerError::BadHeader);
    }
    Ok((Some(length), rest))
}

fn big_endian(digits: &[u8]) -> Result<usize, DerError> {
    let significant = digits.iter().skip_while(|byte| **byte == 0);
    if significant.clone().count() > 4 {
        return Err(DerError::BadHeader);
    }
    Ok(significant.fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_refuses_what_ber_takes() {
        let padded = [0x04, 0x81, 0x01, 0xff];
        assert!(single(&padded, Tag::OCTET_STRING, Rules::Ber).is_ok());
        assert_eq!(
            single(&padded, Tag::OCTET_STRING, Rules::Der),
            Err(DerError::BadHeader)
        );
        let indefinite = [0x30, 0x80, 0x05, 0x00, 0x00, 0x00];
        let tlv = single(&indefinite, Tag::SEQUENCE, Rules::Ber).unwrap();
        assert_eq!((tlv.body, tlv.raw), (&[0x05, 0x00][..], &indefinite[..]));
        assert!(single(&indefinite, Tag::SEQUENCE, Rules::Der).is_err());
    }

    #[test]
    fn nesting_is_bounded() {
        let bomb = [0x30, 0x80].repeat(100_000);
        assert_eq!(
            single(&bomb, Tag::SEQUENCE, Rules::Ber),
            Err(DerError::TooDeep)
        );
    }

    #[test]
    fn a_wrong_tag_leaves_the_reader_in_place() {
        let mut reader = Reader::new(&[0x05, 0x00], Rules::Der);
        assert!(reader.expect(Tag::SEQUENCE).is_err());
        assert!(reader.expect(Tag::NULL).is_ok());
    }
}
