//! Signed certificate timestamps (`ct_prn.c`, RFC 6962 section 3.2).

use super::{Shown, Text, Unreadable};
use crate::der::Tag;
use crate::time::Asn1Time;
use crate::value::octet_string;

/// How many bytes stand in a line.
const WIDTH: usize = 16;

/// The names of hash and signature algorithms that go together.
const ALGORITHMS: [([u8; 2], &str); 4] = [
    ([4, 3], "ecdsa-with-SHA256"),
    ([4, 1], "sha256WithRSAEncryption"),
    ([5, 3], "ecdsa-with-SHA384"),
    ([5, 1], "sha384WithRSAEncryption"),
];

/// A timestamp of version 1.
struct Timestamp<'a> {
    log: &'a [u8],
    millis: u64,
    extensions: &'a [u8],
    algorithm: [u8; 2],
    signature: &'a [u8],
}

pub(super) fn timestamps(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    text.whole(|text| all_timestamps(text, der, indent))
}

fn all_timestamps(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let mut list = prefixed(&mut octet_string(der)?)?;
    let mut first = true;
    while !list.is_empty() {
        let entry = prefixed(&mut list)?;
        if !first {
            text.str("\n");
        }
        first = false;
        text.indent(indent);
        text.str("Signed Certificate Timestamp:\n");
        text.indent(indent + 4);
        text.str("Version   : ");
        match Timestamp::read(entry)? {
            Some(timestamp) => lines(text, &timestamp, indent + 4),
            None => {
                text.str("unknown\n");
                text.indent(indent + 16);
                text.upper_lines(entry, indent + 16);
            }
        }
    }
    Ok(())
}

/// Bytes behind their length in two bytes.
fn prefixed<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Unreadable> {
    let length = usize::from(u16::from_be_bytes(*rest.first_chunk().ok_or(Unreadable)?));
    let content = rest.get(2..2 + length).ok_or(Unreadable)?;
    *rest = &rest[2 + length..];
    Ok(content)
}

impl<'a> Timestamp<'a> {
    /// `None` for another version.
    fn read(entry: &'a [u8]) -> Result<Option<Self>, Unreadable> {
        let (version, rest) = entry.split_first().ok_or(Unreadable)?;
        if *version != 0 {
            return Ok(None);
        }
        let log = rest.get(..32).ok_or(Unreadable)?;
        let millis = rest[32..].first_chunk().ok_or(Unreadable)?;
        let mut rest = &rest[40..];
        let extensions = prefixed(&mut rest)?;
        let algorithm = *rest.first_chunk().ok_or(Unreadable)?;
        rest = &rest[2..];
        let signature = prefixed(&mut rest)?;
        let millis = u64::from_be_bytes(*millis);
        Ok(Some(Timestamp {
            log,
            millis,
            extensions,
            algorithm,
            signature,
        }))
    }
}

fn lines(text: &mut Text, timestamp: &Timestamp<'_>, indent: usize) {
    text.str("v1 (0x0)\n");
    text.indent(indent);
    text.str("Log ID    : ");
    text.upper_lines(timestamp.log, indent + 12);
    text.str("\n");
    text.indent(indent);
    text.str("Timestamp : ");
    moment(text, timestamp.millis);
    text.str("\n");
    text.indent(indent);
    text.str("Extensions: ");
    match timestamp.extensions {
        [] => text.str("none"),
        bytes => text.upper_lines(bytes, indent + 12),
    }
    text.str("\n");
    text.indent(indent);
    text.str("Signature : ");
    match ALGORITHMS
        .iter()
        .find(|(pair, _)| *pair == timestamp.algorithm)
    {
        Some((_, name)) => text.str(name),
        None => {
            let [hash, signature] = timestamp.algorithm;
            text.put(format_args!("{hash:02X}{signature:02X}"));
        }
    }
    text.str("\n");
    text.indent(indent + 12);
    text.upper_lines(timestamp.signature, indent + 12);
}

/// `Apr  5 17:04:16.275 2013 GMT`
fn moment(text: &mut Text, millis: u64) {
    let seconds = i64::try_from(millis / 1000).ok();
    let Some(time) =
        seconds.and_then(|seconds| time::UtcDateTime::from_unix_timestamp(seconds).ok())
    else {
        return;
    };
    let generalized = format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}.{:03}Z",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        millis % 1000
    );
    // It was just written as it has to be.
    let _ = text.time(&Asn1Time {
        tag: Tag::GENERALIZED_TIME,
        text: generalized.as_bytes(),
    });
}

impl Text {
    /// Lines of bytes in capitals (`BIO_hex_string`).
    fn upper_lines(&mut self, bytes: &[u8], indent: usize) {
        for (index, byte) in bytes.iter().enumerate() {
            if index > 0 && index % WIDTH == 0 {
                self.str("\n");
                self.indent(indent);
            }
            let colon = if index + 1 < bytes.len() { ":" } else { "" };
            self.put(format_args!("{byte:02X}{colon}"));
        }
    }
}
