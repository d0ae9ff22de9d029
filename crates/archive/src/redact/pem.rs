//! PEM and DER: what is public stays, a private key becomes its public half, and what stands between
//! the blocks goes.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use verify::pem::blocks;
use verify::withheld::{self, PREFIX};
use x509::{Certificate, Request, RevocationList};
use zeroize::Zeroizing;

/// What is said of text between blocks.
const BESIDE: &str = "what stands beside PEM blocks";

/// Whether a line begins as a PEM block does.
pub(super) fn begins_somewhere(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    lines.any(|line| line.starts_with(b"-----BEGIN "))
}

/// The blocks that Go finds in a file, in order.
pub(super) fn redact(bytes: &[u8], left_out: &mut BTreeSet<String>) -> Vec<u8> {
    let mut text = Vec::new();
    for block in blocks(bytes) {
        let is_key = block.label.ends_with("PRIVATE KEY") && !withheld::is_one(&block);
        let (label, content) = match is_key {
            true => {
                left_out.insert("private keys".to_owned());
                let label = format!("{PREFIX}{}", block.label);
                (label, withheld::withhold(&block.content))
            }
            false if withheld::is_one(&block) => (block.label.clone(), block.content.to_vec()),
            false => (block.label.clone(), public(&block.content, left_out)),
        };
        let mut lines = encode(&label, &content, block.has_headers);
        text.append(&mut lines);
    }
    if !is_nothing_else(&String::from_utf8_lossy(bytes)) {
        left_out.insert(BESIDE.to_owned());
    }
    if text.is_empty() && !bytes.is_empty() {
        left_out.insert("a PEM block that no component finds".to_owned());
        return super::LEFT_OUT.to_vec();
    }
    text
}

/// The label may be anything, and is somebody's text: only its usual letters are kept.
fn encode(label: &str, content: &[u8], has_headers: bool) -> Vec<u8> {
    let is_usual = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || " #.-".contains(c);
    let label: String = label.chars().filter(|c| is_usual(*c)).take(64).collect();
    let block = x509::pem::encode(&label, content);
    match block.split_once('\n') {
        Some((begin, rest)) if has_headers => {
            format!("{begin}\nLeft-Out: headers\n\n{rest}").into_bytes()
        }
        _ => block.as_bytes().to_vec(),
    }
}

/// What is surely nothing but public; what else there is goes, in a way that no component reads.
fn public(content: &[u8], left_out: &mut BTreeSet<String>) -> Vec<u8> {
    if is_public(content) {
        return content.to_vec();
    }
    if let Some(length) = certificate_length(content) {
        let end = length.min(content.len());
        let mut kept = content[..end].to_vec();
        if end < content.len() {
            left_out.insert("what follows a certificate in its block".to_owned());
            kept.push(0);
        }
        return kept;
    }
    left_out.insert("the content of blocks that hold no certificate".to_owned());
    withheld::withhold(content)
}

/// Whether bytes are a certificate, a request, a revocation list or a public key, and no more.
pub(super) fn is_public(der: &[u8]) -> bool {
    Certificate::from_der(der).is_ok()
        || Request::from_der(der).is_ok()
        || RevocationList::from_der(der).is_ok()
        || verify::PublicKey::from_der(der).is_some()
        || is_rsa_public(der)
}

/// RFC 8017, A.1.1: two numbers and nothing else.
fn is_rsa_public(der: &[u8]) -> bool {
    use x509::der::{Rules, Tag, single};
    let Ok(outer) = single(der, Tag::SEQUENCE, Rules::Der) else {
        return false;
    };
    let mut fields = outer.reader(Rules::Der);
    let numbers = [fields.expect(Tag::INTEGER), fields.expect(Tag::INTEGER)];
    numbers.iter().all(Result::is_ok) && fields.is_empty()
}

/// How long something is that begins as a certificate does, broken as it may be: a sequence in a
/// sequence that starts with a version or a serial number. No private key begins so.
fn certificate_length(content: &[u8]) -> Option<usize> {
    let (outer, inner) = sequence(content)?;
    let (_, fields) = sequence(inner)?;
    matches!(fields.first()?, 0xa0 | 0x02).then_some(outer)
}

/// The length of the sequence that bytes begin with, and what is in it and after it.
fn sequence(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (0x30, rest) = bytes.split_first().map(|(tag, rest)| (*tag, rest))? else {
        return None;
    };
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            let number = digits
                .iter()
                .fold(0usize, |n, digit| n << 8 | usize::from(*digit));
            (number, rest)
        }
        _ => return None,
    };
    Some((length.checked_add(bytes.len() - rest.len())?, rest))
}

/// PEM inside of a text, indented perhaps; `None` when it has nothing secret.
pub(super) fn inside(text: &str, left_out: &mut BTreeSet<String>) -> Option<String> {
    if !text.contains("-----BEGIN ") {
        return None;
    }
    let mut changes = BTreeSet::new();
    let lines = text.lines().map(|line| format!("{}\n", line.trim()));
    let redacted = redact(lines.collect::<String>().as_bytes(), &mut changes);
    if changes.is_empty() {
        return None;
    }
    left_out.extend(changes);
    String::from_utf8(redacted).ok()
}

/// Whether there is nothing but blocks in a text.
fn is_nothing_else(text: &str) -> bool {
    let mut is_inside = false;
    text.lines().map(str::trim).all(|line| {
        let is_edge = line.starts_with("-----BEGIN ") || line.starts_with("-----END ");
        let is_fine = is_inside || is_edge || line.is_empty();
        is_inside = line.starts_with("-----BEGIN ") || is_inside && !line.starts_with("-----END ");
        is_fine
    })
}

/// PEM as base64, as kubeconfigs and webhooks hold it; `None` when there is none.
pub(super) fn packed(text: &str, left_out: &mut BTreeSet<String>) -> Option<String> {
    let packed: Zeroizing<String> = text.split_whitespace().collect::<String>().into();
    let bytes = Zeroizing::new(BASE64_STANDARD.decode(packed.as_bytes()).ok()?);
    if !begins_somewhere(&bytes) {
        return None;
    }
    let mut changes = BTreeSet::new();
    let redacted = redact(&bytes, &mut changes);
    let is_clean = changes.is_empty();
    left_out.extend(changes);
    Some(match is_clean {
        true => text.to_owned(),
        false => BASE64_STANDARD.encode(redacted),
    })
}
