//! IP addresses as Go reads them (`net/netip.ParseAddr`, with its words for what is wrong) and
//! prints them (`net.IP`, `net.IPNet`).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::quote::quote;

/// An address of 4 or 16 bytes, as a certificate holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IpBytes {
    /// Four bytes.
    V4([u8; 4]),
    /// Sixteen bytes, which may be an IPv4 address in IPv6's clothes.
    V6([u8; 16]),
}

impl IpBytes {
    /// From 4 or 16 bytes.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        match bytes.len() {
            4 => bytes.try_into().ok().map(IpBytes::V4),
            _ => bytes.try_into().ok().map(IpBytes::V6),
        }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            IpBytes::V4(bytes) => bytes,
            IpBytes::V6(bytes) => bytes,
        }
    }

    /// The address, with an IPv4 address in IPv6's clothes as IPv4: two are the same for Go when
    /// this is.
    pub fn address(&self) -> IpAddr {
        match self {
            IpBytes::V4(bytes) => IpAddr::V4(Ipv4Addr::from(*bytes)),
            IpBytes::V6(bytes) => IpAddr::V6(Ipv6Addr::from(*bytes)).to_canonical(),
        }
    }
}

/// As `net.IP.String`.
impl fmt::Display for IpBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address().fmt(f)
    }
}

/// An address and a mask of as many bytes: a subtree of a name constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IpNetwork {
    /// The address; bits outside the mask may be set.
    pub address: IpBytes,
    /// The mask; ones, then zeros.
    pub mask: IpBytes,
}

impl IpNetwork {
    /// Whether an address lies in it, as `net.IPNet.Contains`.
    pub(crate) fn contains(&self, address: IpBytes) -> bool {
        let (network, mask) = self.canonical();
        let address = canonical_bytes(address);
        let masked = |bytes: &[u8]| {
            bytes
                .iter()
                .zip(&mask)
                .map(|(b, m)| b & m)
                .collect::<Vec<_>>()
        };
        address.len() == network.len() && masked(&address) == masked(&network)
    }

    /// The last address of the network, when the address stands for its first.
    pub(crate) fn last(&self) -> IpBytes {
        let bytes = self.address.bytes().iter().zip(self.mask.bytes());
        let last: Vec<u8> = bytes.map(|(address, mask)| address | !mask).collect();
        IpBytes::new(&last).unwrap_or(self.address)
    }

    fn canonical(&self) -> (Vec<u8>, Vec<u8>) {
        let address = canonical_bytes(self.address);
        let mask = self.mask.bytes();
        let mask = &mask[mask.len() - address.len()..];
        (address, mask.to_vec())
    }
}

/// As `net.IPNet.String`.
impl fmt::Display for IpNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, mask) = self.canonical();
        let ones: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
        write!(f, "{}/{ones}", self.address)
    }
}

fn canonical_bytes(address: IpBytes) -> Vec<u8> {
    match address.address() {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

/// As `net.ParseIP`: an address without a zone, IPv4 in IPv6's clothes as IPv4.
pub(crate) fn parse(text: &str) -> Option<IpAddr> {
    match parse_with_zone(text.as_bytes()) {
        Ok(parsed) if !parsed.has_zone => Some(parsed.address.to_canonical()),
        _ => None,
    }
}

/// What `netip.ParseAddr` makes of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parsed {
    pub address: IpAddr,
    pub has_zone: bool,
}

/// As `netip.ParseAddr`, with its error's text.
pub(crate) fn parse_with_zone(text: &[u8]) -> Result<Parsed, String> {
    let parsed = match text.iter().find(|byte| matches!(byte, b'.' | b':' | b'%')) {
        Some(b'.') => parse_v4(text).map(|v4| Parsed {
            address: v4.into(),
            has_zone: false,
        }),
        Some(b':') => parse_v6(text),
        Some(_) => Err(Wrong::new("missing IPv6 address")),
        None => Err(Wrong::new("unable to parse IP")),
    };
    parsed.map_err(|wrong| wrong.text(text))
}

/// What is wrong, and the rest of the text where it was noticed.
struct Wrong<'a> {
    what: &'static str,
    at: &'a [u8],
}

impl<'a> Wrong<'a> {
    fn new(what: &'static str) -> Self {
        Wrong { what, at: &[] }
    }

    fn at(what: &'static str, at: &'a [u8]) -> Self {
        Wrong { what, at }
    }

    fn text(&self, input: &[u8]) -> String {
        let at = match self.at {
            [] => String::new(),
            at => format!(" (at {})", quote(at)),
        };
        format!("ParseAddr({}): {}{at}", quote(input), self.what)
    }
}

fn parse_v4(text: &[u8]) -> Result<Ipv4Addr, Wrong<'_>> {
    let mut fields = [0u8; 4];
    let (mut position, mut value, mut length) = (0, 0u32, 0);
    for (i, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' if length == 1 && value == 0 => {
                return Err(Wrong::new("IPv4 field has octet with leading zero"));
            }
            b'0'..=b'9' => {
                value = value * 10 + u32::from(byte - b'0');
                length += 1;
                fields[position] =
                    u8::try_from(value).map_err(|_| Wrong::new("IPv4 field has value >255"))?;
            }
            b'.' if i == 0 || i == text.len() - 1 || text[i - 1] == b'.' => {
                return Err(Wrong::at(
                    "IPv4 field must have at least one digit",
                    &text[i..],
                ));
            }
            b'.' if position == 3 => return Err(Wrong::new("IPv4 address too long")),
            b'.' => (position, value, length) = (position + 1, 0, 0),
            _ => return Err(Wrong::at("unexpected character", &text[i..])),
        }
    }
    if position < 3 {
        return Err(Wrong::new("IPv4 address too short"));
    }
    Ok(Ipv4Addr::from(fields))
}

fn parse_v6(input: &[u8]) -> Result<Parsed, Wrong<'_>> {
    let (text, has_zone) = match input.iter().position(|byte| *byte == b'%') {
        Some(i) if i + 1 == input.len() => {
            return Err(Wrong::new("zone must be a non-empty string"));
        }
        Some(i) => (&input[..i], true),
        None => (input, false),
    };
    let address = V6Reader::default().read(text)?;
    Ok(Parsed {
        address: address.into(),
        has_zone,
    })
}

/// The bytes read so far, and where `::` stands among them.
#[derive(Default)]
struct V6Reader {
    bytes: Vec<u8>,
    ellipsis: Option<usize>,
}

impl V6Reader {
    fn read(mut self, text: &[u8]) -> Result<Ipv6Addr, Wrong<'_>> {
        let mut rest = text;
        if let Some(after) = text.strip_prefix(b"::") {
            self.ellipsis = Some(0);
            rest = after;
            if rest.is_empty() {
                return Ok(Ipv6Addr::UNSPECIFIED);
            }
        }
        while self.bytes.len() < 16 {
            rest = self.read_group(rest)?;
            if rest.is_empty() {
                break;
            }
        }
        if !rest.is_empty() {
            return Err(Wrong::at("trailing garbage after address", rest));
        }
        self.finish()
    }

    /// Reads one group and the colons after it; returns what follows.
    fn read_group<'a>(&mut self, text: &'a [u8]) -> Result<&'a [u8], Wrong<'a>> {
        let length = text
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        if length > 4 {
            return Err(Wrong::at("each group must have 4 or less digits", text));
        }
        if length == 0 {
            let what = "each colon-separated field must have at least one digit";
            return Err(Wrong::at(what, text));
        }
        let (digits, rest) = text.split_at(length);
        if rest.first() == Some(&b'.') {
            return self.read_v4_tail(text);
        }
        let value = digits.iter().fold(0u16, |sum, byte| {
            let digit = char::from(*byte).to_digit(16).unwrap_or(0);
            sum << 4 | u16::try_from(digit).unwrap_or(0)
        });
        self.bytes.extend(value.to_be_bytes());
        self.read_colons(rest)
    }

    fn read_v4_tail<'a>(&mut self, text: &'a [u8]) -> Result<&'a [u8], Wrong<'a>> {
        if self.ellipsis.is_none() && self.bytes.len() != 12 {
            let what = "embedded IPv4 address must replace the final 2 fields of the address";
            return Err(Wrong::at(what, text));
        }
        if self.bytes.len() + 4 > 16 {
            let what = "too many hex fields to fit an embedded IPv4 at the end of the address";
            return Err(Wrong::at(what, text));
        }
        self.bytes.extend(parse_v4(text)?.octets());
        Ok(&[])
    }

    fn read_colons<'a>(&mut self, rest: &'a [u8]) -> Result<&'a [u8], Wrong<'a>> {
        match rest {
            [] => Ok(rest),
            [b':'] => Err(Wrong::at("colon must be followed by more characters", rest)),
            [b':', b':', ..] if self.ellipsis.is_some() => {
                Err(Wrong::at("multiple :: in address", &rest[1..]))
            }
            [b':', b':', after @ ..] => {
                self.ellipsis = Some(self.bytes.len());
                Ok(after)
            }
            [b':', after @ ..] => Ok(after),
            _ => Err(Wrong::at("unexpected character, want colon", rest)),
        }
    }

    fn finish(mut self) -> Result<Ipv6Addr, Wrong<'static>> {
        let missing = 16 - self.bytes.len().min(16);
        match self.ellipsis {
            None if missing > 0 => return Err(Wrong::new("address string too short")),
            Some(_) if missing == 0 => {
                return Err(Wrong::new(
                    "the :: must expand to at least one field of zeros",
                ));
            }
            Some(at) => drop(self.bytes.splice(at..at, vec![0; missing])),
            None => {}
        }
        <[u8; 16]>::try_from(self.bytes)
            .map(Ipv6Addr::from)
            .map_err(|_| Wrong::new("address string too short"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_standard_library_reads() {
        let texts = [
            "1.2.3.4",
            "01.2.3.4",
            "1.2.3",
            "1.2.3.4.5",
            "256.1.1.1",
            "1..2.3",
            "::",
            "::1",
            "1::",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7::",
            "1:2:3:4:5:6:7:8::",
            "::1.2.3.4",
            "1:2::3::4",
            "12345::",
            "::ffff:1.2.3.4",
            "1:2:3:4:5:6:1.2.3.4",
            "1:2:3:4:5:6:7:1.2.3.4",
            "::1.2.3",
            "fe80:",
            ":1",
            "g::",
            "1:2:3:4:5:6:7:8:9",
            "",
            "kubernetes",
        ];
        for text in texts {
            let standard = text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical());
            assert_eq!(parse(text), standard, "{text}");
        }
        assert_eq!(parse("fe80::1%eth0"), None);
        assert!(parse_with_zone(b"fe80::1%eth0").is_ok_and(|parsed| parsed.has_zone));
    }

    #[test]
    fn says_what_is_wrong() {
        let text = |input: &[u8]| parse_with_zone(input).unwrap_err();
        assert_eq!(text(b"x"), r#"ParseAddr("x"): unable to parse IP"#);
        assert_eq!(
            text(b"1:2"),
            r#"ParseAddr("1:2"): address string too short"#
        );
        assert_eq!(
            text(b"::g"),
            r#"ParseAddr("::g"): each colon-separated field must have at least one digit (at "g")"#
        );
    }

    #[test]
    fn networks_print_and_contain() {
        let network = |address: &[u8], mask: &[u8]| IpNetwork {
            address: IpBytes::new(address).unwrap(),
            mask: IpBytes::new(mask).unwrap(),
        };
        let ten = network(&[10, 0, 0, 0], &[255, 0, 0, 0]);
        assert_eq!(ten.to_string(), "10.0.0.0/8");
        assert!(ten.contains(IpBytes::V4([10, 1, 2, 3])));
        let mapped = Ipv4Addr::new(10, 9, 9, 9).to_ipv6_mapped().octets();
        assert!(ten.contains(IpBytes::V6(mapped)));
        assert!(!ten.contains(IpBytes::V4([11, 0, 0, 0])));
        assert_eq!(ten.last(), IpBytes::V4([10, 255, 255, 255]));
    }
}
