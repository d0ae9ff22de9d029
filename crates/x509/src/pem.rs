//! PEM as people have it: in the middle of other text, indented, quoted, with `\n` written out, with
//! any line breaks and labels. What Go makes of the same bytes is `verify::pem`.

use std::collections::HashMap;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::memmem::Finder;
use zeroize::Zeroizing;

/// How many blocks of one text are read.
pub const BLOCK_LIMIT: usize = 100_000;

/// The longest block that is read, in bytes of text.
const LENGTH_LIMIT: usize = 16 << 20;

/// The longest label.
const LABEL_LIMIT: usize = 64;

/// Padding may be missing, and bits behind the last byte may be anything.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// One block.
#[derive(Clone)]
pub struct Block {
    /// What stands behind `BEGIN`, such as `CERTIFICATE`.
    pub label: String,
    /// The line where it begins, counted from 1.
    pub line: u32,
    /// The headers, such as `Proc-Type` and `DEK-Info`.
    pub headers: Vec<(String, String)>,
    /// The content; `None` when it is no base64, or the block does not end.
    pub content: Option<Zeroizing<Vec<u8>>>,
}

/// One block as Go, OpenSSL and kubeadm write it: lines of 64 characters, no headers. The text is
/// allocated once, so that of a private key nothing is left behind when it is wiped.
pub fn encode(label: &str, der: &[u8]) -> Zeroizing<String> {
    const LINE: usize = 48;
    let lines = der.chunks(LINE);
    let room = 2 * (label.len() + 17) + der.len().div_ceil(3) * 4 + lines.len();
    let mut text = Zeroizing::new(String::with_capacity(room));
    text.extend(["-----BEGIN ", label, "-----\n"]);
    for line in lines {
        base64::prelude::BASE64_STANDARD.encode_string(line, &mut text);
        text.push('\n');
    }
    text.extend(["-----END ", label, "-----\n"]);
    text
}

/// Every block of a text, in order.
pub fn blocks(text: &[u8]) -> Blocks<'_> {
    Blocks {
        text,
        at: 0,
        line: 1,
        counted: 0,
        found: 0,
        searched: HashMap::new(),
    }
}

/// The blocks of a text.
pub struct Blocks<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
    /// Up to where lines have been counted.
    counted: usize,
    found: usize,
    /// Up to where a label is known to have no END, so that blocks that do not end are not searched
    /// for it again and again.
    searched: HashMap<String, usize>,
}

impl Iterator for Blocks<'_> {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        const BEGIN: &[u8] = b"-----BEGIN ";
        while self.found < BLOCK_LIMIT {
            let begin = self.at + Finder::new(BEGIN).find(&self.text[self.at..])?;
            self.at = begin + BEGIN.len();
            let Some(label) = label(&self.text[self.at..]) else {
                continue;
            };
            self.at += label.len() + 5;
            self.found += 1;
            return Some(self.block(begin, label.to_owned()));
        }
        None
    }
}

impl Blocks<'_> {
    fn block(&mut self, begin: usize, label: String) -> Block {
        let line = self.line_of(begin);
        let end = format!("-----END {label}-----");
        let Some(length) = self.length(&label, &end) else {
            return Block {
                label,
                line,
                headers: Vec::new(),
                content: None,
            };
        };
        let body = &self.text[self.at..self.at + length];
        let (headers, body) = headers(body, prefix(self.text, begin));
        self.at += length + end.len();
        let content = decode(&body);
        Block {
            label,
            line,
            headers,
            content,
        }
    }

    /// How long a block is whose text begins here; `None` when it does not end.
    fn length(&mut self, label: &str, end: &str) -> Option<usize> {
        let limit = self.text.len().min(self.at.saturating_add(LENGTH_LIMIT));
        let searched = self.searched.get(label).copied().unwrap_or_default();
        let start = searched.clamp(self.at, limit);
        let Some(length) = Finder::new(end).find(&self.text[start..limit]) else {
            // One may begin before the limit and end behind it.
            let searched = limit.saturating_sub(end.len());
            self.searched.insert(label.to_owned(), searched);
            return None;
        };
        Some(start - self.at + length)
    }

    fn line_of(&mut self, at: usize) -> u32 {
        let breaks = memchr::memchr_iter(b'\n', &self.text[self.counted..at]).count();
        self.line = self
            .line
            .saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        self.counted = at;
        self.line
    }
}

/// The label up to its dashes.
fn label(text: &[u8]) -> Option<&str> {
    let text = &text[..text.len().min(LABEL_LIMIT + 5)];
    let end = Finder::new("-----").find(text)?;
    let label = std::str::from_utf8(&text[..end]).ok()?;
    let is_fine = label
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || byte == b' ');
    (is_fine && !label.is_empty()).then_some(label)
}

/// What stands before `BEGIN` in its line: every line of the block may begin so, as in a quotation.
fn prefix(text: &[u8], begin: usize) -> &[u8] {
    let start = memchr::memrchr(b'\n', &text[..begin]).map_or(0, |at| at + 1);
    text[start..begin].trim_ascii()
}

/// The headers, and the lines below them in one, without what they begin with.
fn headers(body: &[u8], prefix: &[u8]) -> (Vec<(String, String)>, Zeroizing<Vec<u8>>) {
    let mut headers = Vec::new();
    let mut rest = Zeroizing::new(Vec::with_capacity(body.len()));
    for line in lines(body) {
        let line = line.trim_ascii();
        let line = line.strip_prefix(prefix).unwrap_or(line).trim_ascii();
        match header(line) {
            Some(header) if rest.is_empty() => headers.push(header),
            _ => rest.extend_from_slice(line),
        }
    }
    (headers, rest)
}

/// Lines that end with a line break, or with one that is written out as `\n` or `\r\n`.
fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let real = body.split(|byte| *byte == b'\n');
    real.flat_map(|line| {
        let written = line.split(|byte| *byte == b'\\');
        written.enumerate().map(|(index, piece)| match piece {
            // What follows a backslash is the letter of the break.
            [b'n' | b'r', rest @ ..] if index > 0 => rest,
            piece => piece,
        })
    })
}

fn header(line: &[u8]) -> Option<(String, String)> {
    let (name, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
    Some((name.trim().to_owned(), value.trim().to_owned()))
}

fn decode(body: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let is_space = |byte: &&u8| !byte.is_ascii_whitespace() && **byte != b'"' && **byte != b',';
    let content = LENIENT.decode(body).or_else(|_| {
        let clean: Vec<u8> = body.iter().filter(is_space).copied().collect();
        LENIENT.decode(&*Zeroizing::new(clean))
    });
    content
        .ok()
        .filter(|content| !content.is_empty())
        .map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, u32, Option<Vec<u8>>)> {
        let found = blocks(text.as_bytes());
        found
            .map(|block| {
                (
                    block.label,
                    block.line,
                    block.content.map(|content| content.to_vec()),
                )
            })
            .collect()
    }

    #[test]
    fn blocks_that_do_not_end_hide_no_others() {
        let whole = |label: &str| format!("-----BEGIN {label}-----\nYWJj\n-----END {label}-----\n");
        let open = "-----BEGIN A-----\nYWJj\n";
        let found = read(&[open, &whole("B"), open, &whole("B")].concat());
        let ends: Vec<bool> = found.iter().map(|block| block.2.is_some()).collect();
        assert_eq!(ends, [false, true, false, true]);
        // Too far away for the first, and not for the second.
        let far = " ".repeat(LENGTH_LIMIT);
        let found = read(&[open, &far, &whole("A")].concat());
        let ends: Vec<bool> = found.iter().map(|block| block.2.is_some()).collect();
        assert_eq!(ends, [false, true]);
    }

    #[test]
    fn blocks_are_found_wherever_they_stand() {
        let abc = || Some(b"abcdef".to_vec());
        let label = || "CERTIFICATE".to_owned();
        for (text, line) in [
            (
                "-----BEGIN CERTIFICATE-----\nYWJj\nZGVm\n-----END CERTIFICATE-----\n",
                1,
            ),
            (
                "text\r\n  -----BEGIN CERTIFICATE-----\r\n  YWJj\r\n\r\n  ZGVm\r\n  -----END CERTIFICATE-----",
                2,
            ),
            (
                "> -----BEGIN CERTIFICATE-----\n> YWJj\n> ZGVm\n> -----END CERTIFICATE-----",
                1,
            ),
            (
                r#"{"a":"-----BEGIN CERTIFICATE-----\nYWJj\nZGVm\n-----END CERTIFICATE-----\n"}"#,
                1,
            ),
            (
                "x-----BEGIN CERTIFICATE-----YWJjZGVm-----END CERTIFICATE-----",
                1,
            ),
        ] {
            assert_eq!(read(text), [(label(), line, abc())], "{text}");
        }
    }

    #[test]
    fn headers_are_kept_apart() {
        let text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nYWJj\n-----END RSA PRIVATE KEY-----";
        let block = blocks(text.as_bytes()).next().unwrap();
        assert_eq!(
            block.headers[0],
            ("Proc-Type".to_owned(), "4,ENCRYPTED".to_owned())
        );
        assert_eq!(block.content.as_deref(), Some(&b"abc".to_vec()));
    }

    #[test]
    fn broken_blocks_are_told() {
        assert_eq!(read("-----BEGIN A-----\nYWJj"), [("A".to_owned(), 1, None)]);
        assert_eq!(
            read("-----BEGIN A-----\n?\n-----END A-----"),
            [("A".to_owned(), 1, None)]
        );
        assert!(read("-----BEGIN \n-----").is_empty());
    }
}
