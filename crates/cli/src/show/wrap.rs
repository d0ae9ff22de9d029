//! Text in lines of limited width.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

/// Breaks text between words into lines of at most `width` columns (a Korean character takes two); a longer word stays whole,
/// and so does what no-break spaces hold together. Nobody reads a word of more than [`LONGEST`]
/// characters: it is cut off.
pub fn wrap(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split(' ').map(shortened) {
        let length = word.width();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        } else if !out.is_empty() {
            out.push(' ');
            column += 1;
        }
        out.push_str(&word);
        column += length;
    }
    out.replace('\u{a0}', " ")
}

/// What is shown of one word, in characters.
const LONGEST: usize = 500;

/// A word without what is too long of it.
pub fn shortened(word: &str) -> Cow<'_, str> {
    match word.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &word[..end])),
        None => Cow::Borrowed(word),
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, wrap};

    #[test]
    fn lines_are_as_wide_as_they_may_be() {
        assert_eq!(wrap("one two three", 7), "one two\nthree");
        assert_eq!(
            wrap("a/very/long/path is long", 6),
            "a/very/long/path\nis\nlong"
        );
        assert_eq!(wrap("", 10), "");
        assert_eq!(wrap("인증서 파일", 11), "인증서 파일");
        assert_eq!(wrap("인증서 파일", 10), "인증서\n파일");
        assert_eq!(wrap(&"a".repeat(9999), 10).chars().count(), LONGEST + 1);
    }
}
