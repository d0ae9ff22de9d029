//! The extensions of a dump, in the words that OpenSSL has for them.

use std::net::IpAddr;

use super::DumpError;
use super::lines::{Lines, hex};
use crate::build::extension;
use crate::extension::KEY_USAGES;
use crate::oid::{Oid, known};
use crate::write;

/// All extensions up to the signature, each the whole element.
pub(super) fn all(lines: &mut Lines<'_>) -> Result<Vec<Vec<u8>>, DumpError> {
    let mut extensions = Vec::new();
    if lines.after("X509v3 extensions:").is_none() {
        return Ok(extensions);
    }
    while let Some(title) = lines
        .peek()
        .filter(|line| !line.starts_with("Signature Algorithm:"))
    {
        lines.next();
        let (name, rest) = title.split_once(':').ok_or(lines.damaged("extension"))?;
        let critical = match rest.trim() {
            "" => false,
            "critical" => true,
            _ => return Err(lines.damaged("extension")),
        };
        let unsupported = lines.unsupported(format!("the extension {name:?}"));
        let Some(oid) = Oid::by_long_name(name) else {
            return Err(unsupported);
        };
        let text = lines.next().ok_or(lines.missing("extension's value"))?;
        let value = value(oid, text).ok_or(unsupported)?;
        extensions.push(extension(oid, critical, &value));
    }
    Ok(extensions)
}

/// The element inside an extension whose text is one line.
fn value(oid: Oid<'_>, text: &str) -> Option<Vec<u8>> {
    match oid {
        known::BASIC_CONSTRAINTS => basic_constraints(text),
        known::KEY_USAGE => key_usage(text),
        known::EXT_KEY_USAGE => {
            let usages = text
                .split(", ")
                .map(|name| Oid::by_long_name(name).map(write::oid));
            Some(write::sequence(usages.collect::<Option<Vec<_>>>()?))
        }
        known::SUBJECT_KEY_IDENTIFIER => Some(write::octet_string(&hex(text)?)),
        known::AUTHORITY_KEY_IDENTIFIER => {
            let id = hex(text.strip_prefix("keyid:").unwrap_or(text))?;
            Some(write::sequence([write::implicit(0, &id)]))
        }
        known::SUBJECT_ALT_NAME => {
            let names = text.split(", ").map(general_name);
            Some(write::sequence(names.collect::<Option<Vec<_>>>()?))
        }
        _ => None,
    }
}

fn basic_constraints(text: &str) -> Option<Vec<u8>> {
    let (ca, length) = text
        .split_once(", pathlen:")
        .map_or((text, None), |(ca, n)| (ca, Some(n)));
    let ca = match ca {
        "CA:TRUE" => write::boolean(true),
        "CA:FALSE" => Vec::new(),
        _ => return None,
    };
    let length = match length {
        Some(length) => write::unsigned(&length.parse::<u32>().ok()?.to_be_bytes()),
        None => Vec::new(),
    };
    Some(write::sequence([ca, length]))
}

fn key_usage(text: &str) -> Option<Vec<u8>> {
    let bits = text.split(", ").try_fold(0, |bits, name| {
        let bit = KEY_USAGES.iter().position(|usage| *usage == name)?;
        Some(bits | 1 << bit)
    });
    Some(write::named_bits(bits?))
}

/// A name with its kind in front; other kinds than these do not stand in a cluster's certificates.
fn general_name(text: &str) -> Option<Vec<u8>> {
    let (kind, text) = text.split_once(':')?;
    match kind {
        "email" => Some(write::implicit(1, text.as_bytes())),
        "DNS" => Some(write::implicit(2, text.as_bytes())),
        "URI" => Some(write::implicit(6, text.as_bytes())),
        "IP Address" => match text.parse().ok()? {
            IpAddr::V4(ip) => Some(write::implicit(7, &ip.octets())),
            IpAddr::V6(ip) => Some(write::implicit(7, &ip.octets())),
        },
        _ => None,
    }
}
