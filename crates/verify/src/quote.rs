//! How Go's error texts show a string: `strconv.Quote`, the `%q` of `fmt`.

use std::fmt::Write;

/// `text` in double quotes, with Go's escapes for what does not print.
pub(crate) fn quote(text: &[u8]) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for chunk in text.utf8_chunks() {
        chunk
            .valid()
            .chars()
            .for_each(|c| push_char(&mut quoted, c));
        for byte in chunk.invalid() {
            push_escape(&mut quoted, format_args!("\\x{byte:02x}"));
        }
    }
    quoted.push('"');
    quoted
}

fn push_char(quoted: &mut String, c: char) {
    match c {
        '"' | '\\' => quoted.extend(['\\', c]),
        '\x07' => quoted.push_str("\\a"),
        '\x08' => quoted.push_str("\\b"),
        '\x0c' => quoted.push_str("\\f"),
        '\n' => quoted.push_str("\\n"),
        '\r' => quoted.push_str("\\r"),
        '\t' => quoted.push_str("\\t"),
        '\x0b' => quoted.push_str("\\v"),
        ..' ' | '\x7f' => push_escape(quoted, format_args!("\\x{:02x}", u32::from(c))),
        _ if is_printable(c) => quoted.push(c),
        ..'\u{10000}' => push_escape(quoted, format_args!("\\u{:04x}", u32::from(c))),
        _ => push_escape(quoted, format_args!("\\U{:08x}", u32::from(c))),
    }
}

fn push_escape(quoted: &mut String, escape: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = quoted.write_fmt(escape);
}

/// Whether a character is a letter, mark, number, punctuation or symbol: the standard library
/// knows, but says so only when it escapes text, where a mark must not come first.
fn is_printable(c: char) -> bool {
    let text: String = ['a', c].into_iter().collect();
    text.escape_debug().nth(1) == Some(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_as_go_does() {
        assert_eq!(quote(b"kubernetes"), r#""kubernetes""#);
        assert_eq!(
            quote(b"a\"b\\c\n\x01\x7f\xff"),
            r#""a\"b\\c\n\x01\x7f\xff""#
        );
        assert_eq!(
            quote("ü\u{301}\u{200b}\u{e0001}".as_bytes()),
            "\"ü\u{301}\\u200b\\U000e0001\""
        );
    }
}
