//! URIs as Go's `net/url` parses them and puts them together again.

use std::borrow::Cow;

use crate::ip;
use crate::quote::quote;

/// A parsed URI. Text is bytes: percent signs may hide anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uri {
    scheme: Vec<u8>,
    opaque: Vec<u8>,
    user: Option<(Vec<u8>, Option<Vec<u8>>)>,
    host: Vec<u8>,
    path: Vec<u8>,
    raw_path: Vec<u8>,
    query: Vec<u8>,
    force_query: bool,
    omit_host: bool,
    fragment: Vec<u8>,
    raw_fragment: Vec<u8>,
}

impl Uri {
    /// Host and port, unescaped.
    pub fn host(&self) -> &[u8] {
        &self.host
    }

    /// As `url.Parse`; the error is Go's text, without the name of the operation.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        let (before, fragment) = cut(text, b'#');
        let failed = |input: &[u8], why: String| format!("parse {}: {why}", quote(input));
        let mut uri = parse_before_fragment(before).map_err(|why| failed(before, why))?;
        if let Some(raw) = fragment.filter(|raw| !raw.is_empty()) {
            uri.fragment = unescape(raw, Part::Fragment).map_err(|why| failed(text, why))?;
            if escape(&uri.fragment, Part::Fragment) != raw {
                uri.raw_fragment = raw.to_vec();
            }
        }
        Ok(uri)
    }

    /// As `url.URL.String`.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.scheme.is_empty() {
            out.extend_from_slice(&self.scheme);
            out.push(b':');
        }
        if self.opaque.is_empty() {
            self.write_authority(&mut out);
            self.write_path(&mut out);
        } else {
            out.extend_from_slice(&self.opaque);
        }
        if self.force_query || !self.query.is_empty() {
            out.push(b'?');
            out.extend_from_slice(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push(b'#');
            out.extend_from_slice(&escaped(&self.fragment, &self.raw_fragment, Part::Fragment));
        }
        out
    }

    fn write_authority(&self, out: &mut Vec<u8>) {
        let bare = self.host.is_empty() && self.user.is_none();
        if bare && (self.omit_host || self.path.is_empty() || self.scheme.is_empty()) {
            return;
        }
        out.extend_from_slice(b"//");
        if let Some((name, password)) = &self.user {
            out.extend_from_slice(&escape(name, Part::UserPassword));
            if let Some(password) = password {
                out.push(b':');
                out.extend_from_slice(&escape(password, Part::UserPassword));
            }
            out.push(b'@');
        }
        out.extend_from_slice(&escape(&self.host, Part::Host));
    }

    fn write_path(&self, out: &mut Vec<u8>) {
        let path = match self.path.as_slice() {
            b"*" if self.raw_path.is_empty() => Cow::Borrowed(b"*".as_slice()),
            _ => escaped(&self.path, &self.raw_path, Part::Path),
        };
        if !path.is_empty() && path[0] != b'/' && !self.host.is_empty() {
            out.push(b'/');
        }
        if out.is_empty() && cut(&path, b'/').0.contains(&b':') {
            out.extend_from_slice(b"./");
        }
        out.extend_from_slice(&path);
    }

    fn set_path(&mut self, raw: &[u8]) -> Result<(), String> {
        self.path = unescape(raw, Part::Path)?;
        if escape(&self.path, Part::Path) != raw {
            self.raw_path = raw.to_vec();
        }
        Ok(())
    }

    fn set_authority(&mut self, authority: &[u8]) -> Result<(), String> {
        let Some(at) = authority.iter().rposition(|byte| *byte == b'@') else {
            self.host = parse_host(&self.scheme, authority)?;
            return Ok(());
        };
        self.host = parse_host(&self.scheme, &authority[at + 1..])?;
        let user = &authority[..at];
        if !user.iter().all(|byte| is_user_byte(*byte)) {
            return Err("net/url: invalid userinfo".to_owned());
        }
        let (name, password) = cut(user, b':');
        let name = unescape(name, Part::UserPassword)?;
        let password = password.map(|text| unescape(text, Part::UserPassword));
        self.user = Some((name, password.transpose()?));
        Ok(())
    }
}

/// The parts of a URI, each with characters of its own that need no escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Path,
    Host,
    Zone,
    UserPassword,
    Fragment,
}

impl Part {
    /// Whether Go escapes `byte` here.
    fn escapes(self, byte: u8) -> bool {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => false,
            b'!' | b'(' | b')' | b'*' => !matches!(self, Part::Host | Part::Zone | Part::Fragment),
            b'\'' | b'[' | b']' | b'<' | b'>' | b'"' => !self.is_host(),
            b'$' | b'&' | b'+' | b',' | b';' | b'=' => false,
            b':' => self == Part::UserPassword,
            b'/' | b'@' => self == Part::UserPassword || self.is_host(),
            b'?' => self != Part::Fragment,
            _ => true,
        }
    }

    fn is_host(self) -> bool {
        matches!(self, Part::Host | Part::Zone)
    }
}

fn parse_before_fragment(text: &[u8]) -> Result<Uri, String> {
    if text.iter().any(|byte| *byte < b' ' || *byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let mut uri = Uri::default();
    if text == b"*" {
        uri.path = text.to_vec();
        return Ok(uri);
    }
    let (scheme, mut rest) = split_scheme(text)?;
    uri.scheme = scheme.to_ascii_lowercase();
    if rest.ends_with(b"?") && rest.iter().filter(|byte| **byte == b'?').count() == 1 {
        uri.force_query = true;
        rest = &rest[..rest.len() - 1];
    } else {
        let (before, query) = cut(rest, b'?');
        (rest, uri.query) = (before, query.unwrap_or_default().to_vec());
    }
    if !rest.starts_with(b"/") {
        if !uri.scheme.is_empty() {
            uri.opaque = rest.to_vec();
            return Ok(uri);
        }
        if cut(rest, b'/').0.contains(&b':') {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    if rest.starts_with(b"//") && (!uri.scheme.is_empty() || !rest.starts_with(b"///")) {
        let after = &rest[2..];
        let slash = after.iter().position(|byte| *byte == b'/');
        let (authority, path) = after.split_at(slash.unwrap_or(after.len()));
        uri.set_authority(authority)?;
        rest = path;
    } else if !uri.scheme.is_empty() && rest.starts_with(b"/") {
        uri.omit_host = true;
    }
    uri.set_path(rest)?;
    Ok(uri)
}

fn split_scheme(text: &[u8]) -> Result<(&[u8], &[u8]), String> {
    for (i, byte) in text.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if i > 0 => {}
            b':' if i == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&text[..i], &text[i + 1..])),
            _ => break,
        }
    }
    Ok((&[], text))
}

fn is_user_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte)
}

fn parse_host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, String> {
    match host.iter().rposition(|byte| *byte == b'[') {
        Some(0) => return parse_literal(host),
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {}
    }
    let colons: Vec<usize> = (0..host.len()).filter(|i| host[*i] == b':').collect();
    // Two colons make a bad port of http's host; other schemes may list several hosts.
    let is_strict = matches!(scheme, b"http" | b"https");
    let colon = if is_strict {
        colons.first()
    } else {
        colons.last()
    };
    if let Some(&colon) = colon {
        check_port(&host[colon..])?;
    }
    unescape(host, Part::Host)
}

/// An address in brackets, perhaps with a zone and a port.
fn parse_literal(host: &[u8]) -> Result<Vec<u8>, String> {
    let Some(close) = host.iter().rposition(|byte| *byte == b']') else {
        return Err("missing ']' in host".to_owned());
    };
    let port = &host[close + 1..];
    check_port(port)?;
    let port = unescape(port, Part::Host)?;
    let name = &host[1..close];
    let zone = name.windows(3).position(|three| three == b"%25");
    let (address, zone) = name.split_at(zone.unwrap_or(name.len()));
    let mut unescaped = unescape(address, Part::Host)?;
    unescaped.extend(unescape(zone, Part::Zone)?);
    let parsed = ip::parse_with_zone(&unescaped).map_err(|why| format!("invalid host: {why}"))?;
    if parsed.address.is_ipv4() {
        return Err("invalid IP-literal".to_owned());
    }
    Ok([b"[", unescaped.as_slice(), b"]", &port].concat())
}

fn check_port(port: &[u8]) -> Result<(), String> {
    match port {
        [] => Ok(()),
        [b':', digits @ ..] if digits.iter().all(u8::is_ascii_digit) => Ok(()),
        _ => Err(format!("invalid port {} after host", quote(port))),
    }
}

fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            out.push(unescape_one(rest, part)?);
            rest = &rest[3..];
            continue;
        }
        if part.is_host() && byte < 0x80 && part.escapes(byte) {
            return Err(format!("invalid character {} in host name", quote(&[byte])));
        }
        out.push(byte);
        rest = after;
    }
    Ok(out)
}

/// The byte that the escape at the start of `text` stands for.
fn unescape_one(text: &[u8], part: Part) -> Result<u8, String> {
    let escape = &text[..text.len().min(3)];
    let digit = |i: usize| {
        escape
            .get(i)
            .and_then(|byte| char::from(*byte).to_digit(16))
    };
    let value = match (digit(1), digit(2)) {
        (Some(high), Some(low)) => u8::try_from(high << 4 | low).ok(),
        _ => None,
    };
    // A host may escape only what is not ASCII, a zone only what it could write plainly.
    let is_allowed = |value: u8| match part {
        _ if escape == b"%25" => true,
        Part::Host => value >= 0x80,
        Part::Zone => value == b' ' || !Part::Host.escapes(value),
        _ => true,
    };
    let wrong = || format!("invalid URL escape {}", quote(escape));
    value.filter(|value| is_allowed(*value)).ok_or_else(wrong)
}

fn escape(text: &[u8], part: Part) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        if part.escapes(byte) {
            out.extend(format!("%{byte:02X}").into_bytes());
        } else {
            out.push(byte);
        }
    }
    out
}

/// The text as it was written, when that was a valid way to write it, else escaped anew.
fn escaped<'a>(text: &[u8], raw: &'a [u8], part: Part) -> Cow<'a, [u8]> {
    let is_plain = |byte: &u8| b"!$&'()*+,;=:@[]%".contains(byte) || !part.escapes(*byte);
    let is_valid = !raw.is_empty() && raw.iter().all(is_plain);
    if is_valid && unescape(raw, part).is_ok_and(|unescaped| unescaped == text) {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(escape(text, part))
}

/// What stands before the first `separator`, and what after it if there is one.
fn cut(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == separator) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        let host = |text: &str| {
            let uri = Uri::parse(text.as_bytes()).unwrap();
            String::from_utf8(uri.host).unwrap()
        };
        assert_eq!(host("spiffe://cluster.local/ns/default"), "cluster.local");
        assert_eq!(
            host("https://user:pw@example.com:8080/a?b#c"),
            "example.com:8080"
        );
        assert_eq!(host("http://[fe80::1%25eth0]:80/"), "[fe80::1%eth0]:80");
        assert_eq!(host("urn:uuid:1"), "");
        assert_eq!(host("x://a:1:2"), "a:1:2");
    }

    #[test]
    fn texts_of_errors() {
        let error = |text: &str| Uri::parse(text.as_bytes()).unwrap_err();
        assert_eq!(
            error("http://a:b"),
            r#"parse "http://a:b": invalid port ":b" after host"#
        );
        assert_eq!(
            error("1:2"),
            r#"parse "1:2": first path segment in URL cannot contain colon"#
        );
        assert_eq!(error(":x"), r#"parse ":x": missing protocol scheme"#);
        assert_eq!(
            error("http://a b"),
            r#"parse "http://a b": invalid character " " in host name"#
        );
        assert_eq!(error("/%z"), r#"parse "/%z": invalid URL escape "%z""#);
        assert_eq!(
            error("http://[1.2.3.4]"),
            r#"parse "http://[1.2.3.4]": invalid IP-literal"#
        );
    }

    #[test]
    fn put_together_again() {
        for text in [
            "http://a/%2f?q#f",
            "a/b",
            "*",
            "x:",
            "x:/p",
            "//h/p",
            "http://u:p@h",
            "./a:b",
            "http:///p?",
        ] {
            let uri = Uri::parse(text.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(uri.to_bytes()).unwrap(), text);
        }
    }
}
