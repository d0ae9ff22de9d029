//! The names in a dump: `O = system:masters, CN = admin`, `O=…, CN=…` or `/O=…/CN=…`.

use super::DumpError;
use super::lines::Lines;
use crate::der::Tag;
use crate::oid::{Oid, known};
use crate::write;

/// Which kinds of strings a name is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kinds {
    /// PrintableString where the characters allow it, as Go writes names.
    Go,
    /// UTF8String but for the country, as OpenSSL's configuration has it.
    OpenSsl,
}

impl Kinds {
    pub(super) const ALL: [Kinds; 2] = [Kinds::Go, Kinds::OpenSsl];

    fn tag(self, oid: Oid<'_>, text: &[u8]) -> Tag {
        const COUNTRY: Oid<'_> = Oid(&[0x55, 0x04, 0x06]);
        const EMAIL: Oid<'_> = Oid(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01");
        const DOMAIN_COMPONENT: Oid<'_> = Oid(b"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19");
        // X.680 section 41.4; Go writes `*` so too.
        let is_printable =
            |byte: &u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?*".contains(byte);
        match oid {
            EMAIL | DOMAIN_COMPONENT => Tag::IA5_STRING,
            COUNTRY => Tag::PRINTABLE_STRING,
            _ if self == Kinds::Go && text.iter().all(is_printable) => Tag::PRINTABLE_STRING,
            _ => Tag::UTF8_STRING,
        }
    }
}

/// A name as printed: relative names of attributes, each a type and a text.
#[derive(Clone, Debug)]
pub(super) struct PrintedName(Vec<Vec<(Oid<'static>, Vec<u8>)>>);

impl PrintedName {
    pub(super) fn read(text: &str, lines: &Lines<'_>) -> Result<Self, DumpError> {
        let mut relatives = Vec::new();
        let mut is_joined = false;
        for (attribute, separator) in split(text) {
            let attribute = read(attribute).ok_or(lines.damaged("name"))?;
            match relatives.last_mut() {
                Some(last) if is_joined => Vec::push(last, attribute),
                _ => relatives.push(vec![attribute]),
            }
            is_joined = separator == Some('+');
        }
        Ok(PrintedName(relatives))
    }

    pub(super) fn to_der(&self, kinds: Kinds) -> Vec<u8> {
        write::sequence(self.0.iter().map(|relative| {
            let attributes = relative.iter().map(|(oid, text)| {
                let value = write::element(kinds.tag(*oid, text), text);
                write::sequence([write::oid(*oid), value])
            });
            write::set_of(attributes.collect())
        }))
    }
}

/// An attribute. Types that OpenSSL has no name for are not told apart from other text.
fn read(text: &str) -> Option<(Oid<'static>, Vec<u8>)> {
    let (name, value) = text.split_once('=')?;
    let oid = match name.trim() {
        "CN" => known::COMMON_NAME,
        name => Oid::by_short_name(name).or_else(|| Oid::by_long_name(name))?,
    };
    Some((oid, unescape(value.trim_start())?))
}

/// The attributes, each with what follows it.
fn split(text: &str) -> Vec<(&str, Option<char>)> {
    if let Some(text) = text.strip_prefix('/') {
        return text.split('/').map(|part| (part, Some('/'))).collect();
    }
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ',' | '+' if !is_quoted => {
                parts.push((text[start..at].trim(), Some(c)));
                start = at + 1;
            }
            _ => {}
        }
    }
    let last = text[start..].trim();
    parts.extend((!text.is_empty()).then_some((last, None)));
    parts
}

/// `\,` is a comma, `\C3\A9` two bytes, and quotes around a text are not part of it.
fn unescape(text: &str) -> Option<Vec<u8>> {
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let mut rest = inner.unwrap_or(text).as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            bytes.push(*byte);
            continue;
        }
        let pair = rest.get(..2).and_then(|pair| str::from_utf8(pair).ok());
        let pair = pair.filter(|pair| pair.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => bytes.push(byte),
            None => bytes.push(*rest.first()?),
        }
        rest = &rest[if pair.is_some() { 2 } else { 1 }..];
    }
    Some(bytes)
}
