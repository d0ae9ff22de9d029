//! Text in lines of limited width.

/// Breaks text between words into lines of at most `width` characters; a longer word stays whole,
/// and so does what no-break spaces hold together.
pub fn wrap(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        } else if !out.is_empty() {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.replace('\u{a0}', " ")
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_are_as_wide_as_they_may_be() {
        assert_eq!(wrap("one two three", 7), "one two\nthree");
        assert_eq!(
            wrap("a/very/long/path is long", 6),
            "a/very/long/path\nis\nlong"
        );
        assert_eq!(wrap("", 10), "");
    }
}
