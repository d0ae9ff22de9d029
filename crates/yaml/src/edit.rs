//! A text with some of its scalars replaced and without its comments, every line where it was.

use std::collections::BTreeMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};
use zeroize::Zeroizing;

use crate::{Error, syntax};

/// What replaces the scalars that start at these places: line and column, as a [`crate::Node`] has
/// them.
pub type Replacements = BTreeMap<(u32, u32), Zeroizing<String>>;

/// Replaces scalars and takes the comments out. Other scalars keep their lines, and their columns
/// too where nothing before them in the line was replaced.
///
/// # Errors
/// When the text is no YAML.
pub fn replace(text: &str, replacements: &Replacements) -> Result<Zeroizing<String>, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut parser = Parser::new(StrInput::new(text));
    let offsets = Offsets::of(text);
    let mut edited = Zeroizing::new(String::with_capacity(text.len()));
    let mut at = 0;
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| syntax(*error.marker(), error.info()))?;
        let Event::Scalar(value, style, ..) = event else {
            continue;
        };
        let range = offsets.range(text, span, style);
        if range.start < at || value.is_empty() && range.is_empty() {
            continue;
        }
        push_without_comments(&mut edited, &text[at..range.start]);
        match replacements.get(&crate::place(span.start)) {
            Some(new) => push_new(&mut edited, text, &range, style, new),
            None => edited.push_str(&text[range.clone()]),
        }
        at = range.end;
    }
    push_without_comments(&mut edited, &text[at..]);
    Ok(edited)
}

/// Where each character begins.
struct Offsets(Vec<usize>);

impl Offsets {
    fn of(text: &str) -> Self {
        let starts = text.char_indices().map(|(at, _)| at);
        Offsets(starts.chain([text.len()]).collect())
    }

    fn at(&self, index: usize) -> usize {
        let last = self.0.last().copied().unwrap_or_default();
        self.0.get(index).copied().unwrap_or(last)
    }

    /// The scalar itself: the parser's span begins with its anchor and tag, and that of quoted ones
    /// ends behind the blanks and the comment that follow.
    fn range(&self, text: &str, span: Span, style: ScalarStyle) -> Range<usize> {
        let (mut start, mut end) = (self.at(span.start.index()), self.at(span.end.index()));
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        while !is_block && text[start..end].starts_with(['&', '!']) {
            let property = &text[start..end];
            let length = property.find(char::is_whitespace).unwrap_or(property.len());
            let rest = &property[length..];
            start += length + (rest.len() - rest.trim_start().len());
        }
        let quote = match style {
            ScalarStyle::SingleQuoted => Some('\''),
            ScalarStyle::DoubleQuoted => Some('"'),
            _ => None,
        };
        if let Some(quote) = quote {
            end = start + quoted_length(&text[start..end], quote);
        }
        start..end.max(start)
    }
}

/// How many bytes a quoted scalar has, quotes included.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' if quote == '"' => {
                characters.next();
            }
            c if c == quote => match characters.peek() {
                Some((_, '\'')) if quote == '\'' => {
                    characters.next();
                }
                _ => return at + 1,
            },
            _ => {}
        }
    }
    text.len()
}

/// Writes a new value on as many lines as the old one has.
fn push_new(edited: &mut String, text: &str, range: &Range<usize>, style: ScalarStyle, new: &str) {
    let old = &text[range.clone()];
    let breaks = old.matches('\n').count();
    if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
        let line = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let indent = &text[line..range.start];
        let mut lines = new.lines();
        for (number, old) in old.split_inclusive('\n').enumerate() {
            if let Some(line) = lines.next() {
                if number > 0 && !line.is_empty() {
                    edited.push_str(indent);
                }
                edited.push_str(line);
            }
            match old.strip_suffix('\n') {
                Some(_) => edited.push('\n'),
                // What the next line is indented by.
                None if old.trim().is_empty() => edited.push_str(old),
                None => {}
            }
        }
        return;
    }
    let is_plain = style == ScalarStyle::Plain && is_plain_safe(new);
    match is_plain {
        true => edited.push_str(new),
        // What JSON writes is a double-quoted scalar of YAML.
        false => edited.push_str(&serde_json::Value::from(new).to_string()),
    }
    edited.extend(std::iter::repeat_n('\n', breaks));
    let rest = text[range.end..].lines().next().unwrap_or_default();
    if breaks > 0 && !rest.trim().is_empty() {
        let last = old.rsplit('\n').next().unwrap_or_default();
        edited.extend(std::iter::repeat_n(' ', last.chars().count()));
    }
}

/// Whether a text means itself without quotes, in flow too.
fn is_plain_safe(text: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "<>-_./=+@$()~%".contains(c);
    let starts = text.starts_with(|c: char| c.is_ascii_alphanumeric() || "<-/.$".contains(c));
    let is_dash = text.starts_with("- ") || text == "-" || text.starts_with("---");
    starts
        && !is_dash
        && text.char_indices().all(|(at, c)| {
            let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '/';
            let is_colon = c == ':' && text[at + 1..].starts_with(is_inner);
            is_safe(c) || is_colon
        })
}

/// Outside of scalars, what follows a `#` at a line's beginning or behind a blank is a comment.
fn push_without_comments(edited: &mut String, between: &str) {
    for line in between.split_inclusive('\n') {
        let starts = line.match_indices('#').map(|(at, _)| at);
        let mut comments = starts.filter(|at| {
            let before = line[..*at].chars().next_back();
            before.is_none_or(char::is_whitespace)
        });
        match comments.next() {
            Some(at) => {
                edited.push_str(line[..at].trim_end());
                if line.ends_with('\n') {
                    edited.push('\n');
                }
            }
            None => edited.push_str(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str, new: &[((u32, u32), &str)]) -> String {
        let new = new
            .iter()
            .map(|(at, new)| (*at, Zeroizing::new((*new).to_owned())));
        replace(text, &new.collect()).unwrap().to_string()
    }

    #[test]
    fn every_line_stays() {
        let text = "# top\na: 'x y' # c\nb: |  # d\n  one\n  two\n\nc: plain\n  more\nd: [é, \"q\", z#1]\nh: &x v\ni: *x\nk: \"a\n  b\"\nl: |\n  last";
        assert_eq!(
            replaced(text, &[]),
            text.replace("# top", "")
                .replace(" # c", "")
                .replace("  # d", "")
        );
        let all = [
            ((2, 4), "A: 1"),
            ((4, 3), "B\nBB"),
            ((7, 4), "C"),
            ((9, 8), "<d>"),
            ((10, 4), "V"),
            ((12, 4), "K"),
            ((15, 3), "L"),
        ];
        let expected = "\na: \"A: 1\"\nb: |\n  B\n  BB\n\nc: C\n\nd: [é, \"<d>\", z#1]\nh: &x V\ni: *x\nk: \"K\"\n\nl: |\n  L";
        assert_eq!(replaced(text, &all), expected);
        assert_eq!(
            crate::parse(expected).unwrap()[0].get("i").unwrap().text(),
            Some("V")
        );
    }

    #[test]
    fn what_follows_a_block_keeps_its_indentation() {
        let text = "a:\n  - |\n    one\n    two\n  - b\n";
        let expected = "a:\n  - |\n    ONE\n\n  - b\n";
        assert_eq!(replaced(text, &[((3, 5), "ONE")]), expected);
        assert_eq!(
            replaced("u: http://a@b:1", &[((1, 4), "http://<r>@b:1")]),
            "u: http://<r>@b:1"
        );
    }

    #[test]
    fn quotes_and_flow() {
        let text = "{\"a\": \"x\\\"y\", 'b': 'it''s', \"c\": \"1\n 2\", d: e}";
        let new = [
            ((1, 7), "A"),
            ((1, 20), "B"),
            ((1, 34), "C"),
            ((2, 9), "<d>"),
        ];
        let expected = "{\"a\": \"A\", 'b': \"B\", \"c\": \"C\"\n   , d: <d>}";
        assert_eq!(replaced(text, &new), expected);
        assert!(replace("a: [", &Replacements::new()).is_err());
    }
}
