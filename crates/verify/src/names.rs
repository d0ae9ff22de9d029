//! Domain names, mailboxes and distinguished names as Go's crypto/x509 reads them.

use x509::Oid;
use x509::der::Tag;
use x509::oid::known;

use crate::der::{Cryptobyte, content};
use crate::error::ParseError;

/// A distinguished name whose strings have been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DistinguishedName {
    attributes: Vec<(Vec<u8>, String)>,
}

impl DistinguishedName {
    /// The common name that counts, which is the last; empty when there is none.
    pub fn common_name(&self) -> &str {
        self.values(known::COMMON_NAME).last().unwrap_or("")
    }

    /// Every organisation, in order.
    pub fn organizations(&self) -> impl Iterator<Item = &str> {
        self.values(known::ORGANIZATION)
    }

    /// The values of one attribute, in order.
    pub fn values(&self, oid: Oid<'static>) -> impl DoubleEndedIterator<Item = &str> {
        let of_kind = move |(kind, _): &&(Vec<u8>, String)| kind.as_slice() == oid.0;
        self.attributes
            .iter()
            .filter(of_kind)
            .map(|(_, value)| value.as_str())
    }

    /// Reads an RDNSequence, as `parseName`.
    pub(crate) fn parse(raw: &[u8]) -> Result<Self, ParseError> {
        let invalid = || ParseError::new("x509: invalid RDNSequence");
        let mut rdns = content(raw, Tag::SEQUENCE).ok_or_else(invalid)?;
        let mut attributes = Vec::new();
        while !rdns.is_empty() {
            let set = rdns.element(Tag::SET).ok_or_else(invalid)?;
            let mut set = crate::der::reader(set.body);
            while !set.is_empty() {
                attributes.push(parse_attribute(set.sequence())?);
            }
        }
        Ok(DistinguishedName { attributes })
    }
}

type Attribute = (Vec<u8>, String);

fn parse_attribute(pair: Option<x509::der::Reader<'_>>) -> Result<Attribute, ParseError> {
    let invalid = |what| ParseError::new(what);
    let mut pair = pair.ok_or(invalid("x509: invalid RDNSequence: invalid attribute"))?;
    let oid = pair.oid();
    let oid = oid.ok_or(invalid("x509: invalid RDNSequence: invalid attribute type"))?;
    let value = pair.any();
    let value = value.ok_or(invalid(
        "x509: invalid RDNSequence: invalid attribute value",
    ))?;
    let text = string(value.raw[0], value.tag, value.body).map_err(|why| {
        ParseError::owned(format!(
            "x509: invalid RDNSequence: invalid attribute value: {why}"
        ))
    })?;
    Ok((oid.0.to_vec(), text))
}

/// Reads a directory string of one of the kinds Go knows; `identifier` is the tag's byte.
fn string(identifier: u8, tag: Tag, body: &[u8]) -> Result<String, String> {
    let ascii = |allowed: fn(u8) -> bool, error: &str| {
        let all = body.iter().all(|byte| allowed(*byte));
        all.then(|| body.iter().map(|byte| char::from(*byte)).collect())
            .ok_or_else(|| error.to_owned())
    };
    match tag {
        Tag::T61_STRING => Ok(body.iter().map(|byte| char::from(*byte)).collect()),
        Tag::PRINTABLE_STRING => ascii(is_printable, "invalid PrintableString"),
        Tag::UTF8_STRING => {
            String::from_utf8(body.to_vec()).map_err(|_| "invalid UTF-8 string".to_owned())
        }
        Tag::BMP_STRING => bmp_string(body).ok_or_else(|| "invalid BMPString".to_owned()),
        Tag::IA5_STRING => ascii(|byte| byte.is_ascii(), "invalid IA5String"),
        Tag::NUMERIC_STRING => ascii(
            |byte| byte.is_ascii_digit() || byte == b' ',
            "invalid NumericString",
        ),
        _ => Err(format!("unsupported string type: {identifier}")),
    }
}

fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"'()+,-./ :=?*&".contains(&byte)
}

fn bmp_string(body: &[u8]) -> Option<String> {
    let (units, odd) = body.as_chunks::<2>();
    if !odd.is_empty() {
        return None;
    }
    let units = units.strip_suffix(&[[0, 0]]).unwrap_or(units);
    let character = |unit: &[u8; 2]| match u16::from_be_bytes(*unit) {
        0xfffe | 0xffff | 0xfdd0..=0xfdef => None,
        unit => char::from_u32(u32::from(unit)),
    };
    units.iter().map(character).collect()
}

/// Whether a name may stand in a SAN or a constraint, as `domainNameValid`: printable labels, none
/// of them empty, no dot at the end; a constraint may begin with a dot.
pub(crate) fn is_domain(name: &[u8], constraint: bool) -> bool {
    if name.is_empty() {
        return true;
    }
    let labels = match name {
        [b'.', rest @ ..] if constraint => rest,
        _ => name,
    };
    let is_label =
        |label: &[u8]| !label.is_empty() && label.iter().all(|byte| (33..=126).contains(byte));
    labels.split(|byte| *byte == b'.').all(is_label)
}

/// A mailbox of RFC 2821: what stands before the `@`, with escapes resolved, and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mailbox {
    pub local: Vec<u8>,
    pub domain: Vec<u8>,
}

impl Mailbox {
    /// As `parseRFC2821Mailbox`.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (local, rest) = match text {
            [b'"', rest @ ..] => quoted_local(rest)?,
            _ => plain_local(text)?,
        };
        let domain = rest.strip_prefix(b"@")?;
        is_domain(domain, false).then(|| Mailbox {
            local,
            domain: domain.to_vec(),
        })
    }

    /// With the domain in lower case, which is how mailboxes are compared.
    pub fn with_lower_domain(mut self) -> Self {
        self.domain.make_ascii_lowercase();
        self
    }

    /// Local part, `@`, domain.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.local.as_slice(), b"@", &self.domain].concat()
    }
}

/// A quoted string after its first quote: its text, and what follows the last quote.
fn quoted_local(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut local = Vec::new();
    let mut rest = text;
    loop {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        match byte {
            b'"' => return Some((local, rest)),
            b'\\' => {
                let (&escaped, after) = rest.split_first()?;
                if !matches!(escaped, 1..=9 | 11 | 12 | 14..=127) {
                    return None;
                }
                local.push(escaped);
                rest = after;
            }
            1..=8 | 11 | 12 | 14..=33 | 35..=91 | 93..=127 => local.push(byte),
            _ => return None,
        }
    }
}

/// Atoms with dots between them.
fn plain_local(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut local = Vec::new();
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'\\' {
            let (&escaped, after) = after.split_first()?;
            local.push(escaped);
            rest = after;
        } else if byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte) {
            local.push(byte);
            rest = after;
        } else {
            break;
        }
    }
    let has_stray_dot = local.starts_with(b".")
        || local.ends_with(b".")
        || local.windows(2).any(|two| two == b"..");
    (!local.is_empty() && !has_stray_dot).then_some((local, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains() {
        for name in ["", "a", "a.b", "*.example.com", "a_b", "."] {
            assert_eq!(is_domain(name.as_bytes(), false), name != ".", "{name}");
        }
        assert!(!is_domain(b".a", false) && is_domain(b".a", true));
        for name in ["a.", "a..b", "a b", "..a"] {
            assert!(!is_domain(name.as_bytes(), true), "{name}");
        }
    }

    #[test]
    fn mailboxes() {
        let parsed = |text: &str| Mailbox::parse(text.as_bytes()).map(|mailbox| mailbox.to_bytes());
        assert_eq!(
            parsed("a.b@Example.com").as_deref(),
            Some(b"a.b@Example.com".as_slice())
        );
        assert_eq!(
            parsed(r#""a \" b"@c"#).as_deref(),
            Some(br#"a " b@c"#.as_slice())
        );
        for text in ["", "a", ".a@b", "a.@b", "a..b@c", "@b", "a@b.", "a@b..c"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn strings_of_names() {
        assert_eq!(bmp_string(&[0, b'a', 0, 0]).as_deref(), Some("a"));
        assert_eq!(bmp_string(&[0xd8, 0]), None);
        assert_eq!(bmp_string(&[0]), None);
        assert!(string(19, Tag::PRINTABLE_STRING, b"a@b").is_err());
        let unknown = string(28, Tag::UNIVERSAL_STRING, b"").unwrap_err();
        assert_eq!(unknown, "unsupported string type: 28");
    }
}
