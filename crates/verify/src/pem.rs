//! PEM blocks exactly as Go's `encoding/pem.Decode` finds them: stricter and odder than OpenSSL.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::memmem;
use zeroize::Zeroizing;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";

/// Standard base64 with padding, where Go lets the last bits be anything.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// One block. The content may be a key: it is wiped when dropped, and never shown.
pub struct Block {
    /// What stands after `BEGIN`, such as `CERTIFICATE`.
    pub label: String,
    /// Whether lines `key: value` stand before the base64.
    pub has_headers: bool,
    /// The decoded content.
    pub content: Zeroizing<Vec<u8>>,
}

/// The blocks that Go's loop over `pem.Decode` sees, in order.
pub fn blocks(data: &[u8]) -> impl Iterator<Item = Block> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let (block, after) = decode(rest)?;
        rest = after;
        Some(block)
    })
}

/// The next block and what follows it.
fn decode(data: &[u8]) -> Option<(Block, &[u8])> {
    let mut rest = data;
    loop {
        let end = memmem::find(rest, END)?;
        let after_end = end + END.len();
        // The last BEGIN before the END: earlier ones have no END of their own.
        let begin = memmem::rfind(&rest[..end], BEGIN);
        let begin = begin.filter(|begin| *begin == 0 || rest[begin - 1] == b'\n');
        let Some(begin) = begin else {
            rest = &rest[after_end..];
            continue;
        };
        match decode_block(
            &rest[begin + BEGIN.len()..],
            after_end - begin - BEGIN.len(),
        ) {
            Attempt::Block(block, after) => return Some((block, after)),
            Attempt::Skip(after) => rest = after?,
            Attempt::Stop => return None,
        }
    }
}

/// What came of one pair of BEGIN and END.
enum Attempt<'a> {
    Block(Block, &'a [u8]),
    /// Not a block; where to search on, if there is such a place.
    Skip(Option<&'a [u8]>),
    /// The data ended.
    Stop,
}

/// Reads a block whose label starts `text`; `trailer` is where the text after `END ` starts.
fn decode_block(text: &[u8], trailer: usize) -> Attempt<'_> {
    let (line, rest) = split_line(text);
    // Positions are measured in what is left; the END may lie in a header that Go took for one.
    let position = |rest: &[u8]| trailer.checked_sub(text.len() - rest.len());
    let Some(label) = line.strip_suffix(DASHES) else {
        return Attempt::Skip(position(rest).and_then(|at| rest.get(at..)));
    };
    let Some((has_headers, body)) = skip_headers(rest) else {
        return Attempt::Stop;
    };
    let Some(after_end) = position(body) else {
        return Attempt::Skip(None);
    };
    let skip = || Attempt::Skip(body.get(after_end..));
    let end = after_end.checked_sub(END.len());
    if has_headers && end.is_none() {
        return skip();
    }
    let trailer = &body[after_end..];
    let is_closed = trailer
        .strip_prefix(label)
        .and_then(|rest| rest.strip_prefix(DASHES))
        .is_some_and(|rest| split_line(rest).0.is_empty());
    let Some(content) = is_closed
        .then(|| decode_base64(&body[..end.unwrap_or(0)]))
        .flatten()
    else {
        return skip();
    };
    let label = String::from_utf8_lossy(label).into_owned();
    let after = split_line(trailer).1;
    Attempt::Block(
        Block {
            label,
            has_headers,
            content,
        },
        after,
    )
}

/// Skips lines with a colon; `None` when the data ends there.
fn skip_headers(text: &[u8]) -> Option<(bool, &[u8])> {
    let mut rest = text;
    loop {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = split_line(rest);
        if !line.contains(&b':') {
            return Some((rest.len() < text.len(), rest));
        }
        rest = after;
    }
}

/// The first line without its end and trailing blanks, and what follows it.
fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match memchr::memchr(b'\n', text) {
        Some(at) => (
            text[..at].strip_suffix(b"\r").unwrap_or(&text[..at]),
            &text[at + 1..],
        ),
        None => (text, &[][..]),
    };
    let blanks = line
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    (&line[..line.len() - blanks], rest)
}

/// Decodes base64 in lines; blanks do not count.
fn decode_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut digits = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        match memchr::memchr3(b' ', b'\t', b'\r', line) {
            // Nearly every line, as it is.
            None => digits.extend_from_slice(line),
            Some(_) => digits.extend(line.iter().filter(|byte| !b" \t\r".contains(byte))),
        }
        rest = after.get(1..).unwrap_or_default();
    }
    let mut content = Zeroizing::new(vec![0; digits.len() / 4 * 3]);
    let length = BASE64.decode_slice(digits.as_slice(), &mut content).ok()?;
    content.truncate(length);
    Some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<(String, Vec<u8>)> {
        blocks(text.as_bytes())
            .map(|block| (block.label, block.content.to_vec()))
            .collect()
    }

    const AB: &str = "-----BEGIN X-----\nYWI=\n-----END X-----\n";

    #[test]
    fn blocks_among_text() {
        let ab = ("X".to_owned(), b"ab".to_vec());
        let once = std::slice::from_ref(&ab);
        assert_eq!(
            labels(&format!("text\n{AB}more\n{AB}")),
            [ab.clone(), ab.clone()]
        );
        assert_eq!(labels(&AB.replace('\n', "\r\n")), once);
        assert_eq!(labels(AB.trim_end()), once);
        assert_eq!(
            labels("-----BEGIN X-----\nY W\n\tI=\n-----END X-----  \n"),
            once
        );
        assert_eq!(labels(&format!("-----BEGIN Y-----\n{AB}")), once);
        assert_eq!(
            labels(&format!("-----BEGIN X-----\n!\n-----END X-----\n{AB}")),
            once
        );
    }

    #[test]
    fn what_hides_a_block() {
        assert!(labels(&format!("\u{feff}{AB}")).is_empty());
        assert!(labels(&format!(" {AB}")).is_empty());
        assert!(labels(&AB.replace('\n', "\\n")).is_empty());
        assert!(labels(&AB.replace("END X", "END Y")).is_empty());
        assert_eq!(labels(&format!("{}{AB}", AB.trim_end())).len(), 0);
        assert!(labels("").is_empty());
    }

    #[test]
    fn headers_and_empty_blocks() {
        let with = "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n\nYWI=\n-----END X-----\n";
        let block = blocks(with.as_bytes()).next().unwrap();
        assert!(block.has_headers);
        assert_eq!(block.content.as_slice(), b"ab");
        let empty = "-----BEGIN X-----\n-----END X-----\n";
        assert_eq!(labels(empty), [("X".to_owned(), Vec::new())]);
        assert!(labels("-----BEGIN X-----\na: b\n-----END X-----\n").is_empty());
    }

    #[test]
    fn many_openings_take_linear_time() {
        assert!(labels(&"-----BEGIN X-----\n".repeat(100_000)).is_empty());
        assert_eq!(labels(&AB.repeat(50_000)).len(), 50_000);
    }
}
