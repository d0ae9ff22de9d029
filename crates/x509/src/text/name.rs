//! Distinguished names on one line, and the strings in them (`a_strex.c`).

use super::signature::masked;
use super::{OpensslVersion, Printed, Stop, Text, number};
use crate::der::{Tag, Tlv};
use crate::name::{Attribute, Name};

/// How a character is treated at the start, at the end or anywhere in a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    /// As it is.
    None,
    /// The whole value goes into quotes.
    Quote,
    /// A backslash before it.
    Backslash,
    /// A backslash and two hexadecimal digits.
    Hex,
}

/// How a name is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `C = US, O = "A, B" + CN = x\C3\A9`, as `XN_FLAG_ONELINE` has it.
    OneLine,
    /// `C=US, O=A, B + CN=xé`: 3.2 and later leave out spaces, quotes and most escapes.
    Plain,
}

impl Text {
    /// A name in a line of its own, in the version's style.
    pub(super) fn name(&mut self, name: &Name<'_>) -> Printed {
        self.name_with(
            name,
            match self.version {
                OpensslVersion::V3_5 => Style::Plain,
                OpensslVersion::V3_0 | OpensslVersion::V1_1_1 => Style::OneLine,
            },
        )
    }

    /// A name in an extension, in one style in every version.
    pub(super) fn spaced_name(&mut self, name: &Name<'_>) -> Printed {
        self.name_with(name, Style::OneLine)
    }

    fn name_with(&mut self, name: &Name<'_>, style: Style) -> Printed {
        let attributes = name.attributes().map_err(|_| Stop)?;
        self.attributes(&attributes, style)
    }

    pub(super) fn attributes(&mut self, attributes: &[Attribute<'_>], style: Style) -> Printed {
        let mut previous = None;
        for attribute in attributes {
            match previous {
                Some(rdn) if rdn == attribute.rdn => self.str(" + "),
                Some(_) => self.str(", "),
                None => {}
            }
            previous = Some(attribute.rdn);
            match self.version.names(attribute.oid) {
                Some((short, _)) => self.str(short),
                None => self.put(format_args!("{}", number::dotted(attribute.oid))),
            }
            self.str(match style {
                Style::OneLine => " = ",
                Style::Plain => "=",
            });
            let value = value(&attribute.value, style)?;
            self.bytes(&value);
        }
        Ok(())
    }
}

/// A value with everything escaped that could be misread.
fn value(value: &Tlv<'_>, style: Style) -> Result<Vec<u8>, Stop> {
    let Some(characters) = characters(value)? else {
        let mut raw = value.raw.to_vec();
        if value.tag == Tag::BIT_STRING {
            let bytes = masked(value.body);
            let start = raw.len() - bytes.len();
            raw[start..].copy_from_slice(&bytes);
        }
        let hex: String = raw.iter().map(|byte| format!("{byte:02X}")).collect();
        return Ok(format!("#{hex}").into_bytes());
    };
    let mut out = Vec::with_capacity(characters.len() + 2);
    let mut is_quoted = false;
    let last = characters.len().saturating_sub(1);
    for (index, character) in characters.iter().enumerate() {
        for byte in utf8(*character, value.tag) {
            match escape(byte, index == 0, index == last, style) {
                Escape::None => out.push(byte),
                Escape::Quote => {
                    is_quoted = true;
                    out.push(byte);
                }
                Escape::Backslash => out.extend([b'\\', byte]),
                Escape::Hex => out.extend(format!("\\{byte:02X}").bytes()),
            }
        }
    }
    if is_quoted {
        out.insert(0, b'"');
        out.push(b'"');
    }
    Ok(out)
}

/// The characters of a string; `None` for what is dumped instead. A UTF8String is taken byte by
/// byte, so that it is not converted twice.
fn characters(value: &Tlv<'_>) -> Result<Option<Vec<u32>>, Stop> {
    let width = match value.tag {
        Tag::UTF8_STRING
        | Tag::NUMERIC_STRING
        | Tag::PRINTABLE_STRING
        | Tag::T61_STRING
        | Tag::IA5_STRING
        | Tag::UTC_TIME
        | Tag::GENERALIZED_TIME
        | Tag::VISIBLE_STRING => 1,
        Tag::BMP_STRING => 2,
        Tag::UNIVERSAL_STRING => 4,
        _ => return Ok(None),
    };
    if !value.body.len().is_multiple_of(width) {
        return Err(Stop);
    }
    let big_endian = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | u32::from(*byte))
    };
    Ok(Some(value.body.chunks(width).map(big_endian).collect()))
}

/// The bytes of a character in UTF-8, also of those that are none (`UTF8_putc`).
fn utf8(character: u32, tag: Tag) -> Vec<u8> {
    if tag == Tag::UTF8_STRING {
        return vec![(character & 0xff) as u8];
    }
    let tail = |shift: u32| 0x80 | (character >> shift & 0x3f) as u8;
    match character {
        0..0x80 => vec![character as u8],
        0x80..0x800 => vec![0xc0 | (character >> 6) as u8, tail(0)],
        // Surrogates and what is beyond Unicode have no bytes.
        0xd800..0xe000 | 0x11_0000.. => Vec::new(),
        0x800..0x1_0000 => vec![0xe0 | (character >> 12) as u8, tail(6), tail(0)],
        _ => vec![0xf0 | (character >> 18) as u8, tail(12), tail(6), tail(0)],
    }
}

fn escape(byte: u8, is_first: bool, is_last: bool, style: Style) -> Escape {
    match byte {
        0..0x20 | 0x7f => Escape::Hex,
        b'\\' => Escape::Backslash,
        _ if style == Style::Plain => Escape::None,
        0x80.. => Escape::Hex,
        b',' | b'+' | b';' | b'<' | b'>' => Escape::Quote,
        b'"' => Escape::Backslash,
        b' ' if is_first || is_last => Escape::Quote,
        b'#' if is_first => Escape::Quote,
        _ => Escape::None,
    }
}
