//! A JSON value as YAML, in the layout, with the quotes and the line breaks of the writer that
//! Kubernetes' own programs use (`sigs.k8s.io/yaml`).

use std::borrow::Cow;

use serde_json::Value;

/// How many columns a level is further in.
const STEP: usize = 2;

/// A line that is longer goes on in the next at its first space beyond.
const WIDTH: usize = 80;

/// The value as one YAML document. Keys keep their order; what has several lines is a block behind
/// `|`.
pub fn write(value: &Value) -> String {
    let mut out = String::new();
    if is_block(value) {
        block(&mut out, value, 0);
    } else {
        line(&mut out, value, 0);
    }
    out
}

/// The lines of a list or mapping that holds something. The first line's margin is there already:
/// it may stand behind a dash.
fn block(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                margin(out, if index == 0 { 0 } else { indent });
                out.push_str("- ");
                if is_block(item) {
                    block(out, item, indent + STEP);
                } else {
                    line(out, item, indent);
                }
            }
        }
        Value::Object(entries) => {
            for (index, (key, item)) in entries.iter().enumerate() {
                margin(out, if index == 0 { 0 } else { indent });
                out.push_str(&key_of(key));
                out.push(':');
                if is_block(item) {
                    // Lists stay at the key's column.
                    let indent = indent + if item.is_array() { 0 } else { STEP };
                    out.push('\n');
                    margin(out, indent);
                    block(out, item, indent);
                } else {
                    out.push(' ');
                    line(out, item, indent);
                }
            }
        }
        _ => line(out, value, indent),
    }
}

fn line(out: &mut String, value: &Value, indent: usize) {
    let column = out.chars().rev().take_while(|c| *c != '\n').count();
    let text = scalar(value, indent + STEP);
    match text.contains('\n') {
        true => out.push_str(&text),
        false => fold(out, &text, column, indent + STEP),
    }
    out.push('\n');
}

/// Breaks a line at single spaces; between double quotes also before several, where a backslash
/// holds the second.
fn fold(out: &mut String, text: &str, mut column: usize, indent: usize) {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let inner = quote.map_or(0..text.len(), |_| 1..text.len().saturating_sub(1));
    let mut before = ' ';
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        let is_end = quote.is_some() && (at == inner.start || at + 1 == inner.end);
        let single = next != Some(' ');
        let may_break = c == ' ' && before != ' ' && !is_end && (single || quote == Some('"'));
        if may_break && column > WIDTH {
            out.push('\n');
            margin(out, indent);
            column = indent;
            if !single {
                out.push('\\');
                column += 1;
            }
        } else {
            out.push(c);
            column += 1;
        }
        before = c;
    }
}

fn margin(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
        _ => false,
    }
}

/// What fits behind a key or a dash; further lines are `indent` columns in.
fn scalar(value: &Value, indent: usize) -> String {
    match value {
        Value::String(text) if text.contains('\n') && may_be_literal(text) => literal(text, indent),
        Value::String(text) => quoted(text).into_owned(),
        other => other.to_string(),
    }
}

fn key_of(text: &str) -> Cow<'_, str> {
    match text.contains('\n') {
        true => double_quoted(text).into(),
        false => quoted(text),
    }
}

/// A block that keeps every character (YAML 1.2 section 8.1.2): how deep it is in when its first
/// line cannot show it, and how it ends.
fn literal(text: &str, indent: usize) -> String {
    let deep = if text.starts_with([' ', '\n']) {
        "2"
    } else {
        ""
    };
    let end = match text.strip_suffix('\n') {
        None => "-",
        Some(rest) if rest.is_empty() || rest.ends_with('\n') => "+",
        Some(_) => "",
    };
    let mut out = format!("|{deep}{end}");
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            margin(&mut out, indent);
            out.push_str(line);
        }
    }
    out
}

/// A line of spaces alone would be taken for a narrower margin, and what ends in a space for a
/// mistake.
fn may_be_literal(text: &str) -> bool {
    let printable = |c: char| c == '\n' || is_printable(c);
    text.chars().all(printable) && !text.contains(" \n") && !text.ends_with(' ')
}

/// A string of one line: without quotes where it can be nothing else.
fn quoted(text: &str) -> Cow<'_, str> {
    match text {
        _ if !text.chars().all(is_printable) || is_another_type(text) => double_quoted(text).into(),
        _ if is_plain(text) => text.into(),
        _ => format!("'{}'", text.replace('\'', "''")).into(),
    }
}

/// Whether no character means anything where it stands (YAML 1.2 section 7.3.3).
fn is_plain(text: &str) -> bool {
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    let mut means_nothing = true;
    while let Some(c) = characters.next() {
        let ends = characters.peek().is_none_or(|next| *next == ' ');
        means_nothing &= match c {
            ':' => !ends,
            '#' => before != ' ',
            _ => true,
        };
        before = c;
    }
    let starts_plain = !text.starts_with(|c| "#,[]{}&*!|>'\"%@` ".contains(c))
        && !["---", "..."].iter().any(|mark| text.starts_with(mark))
        && !["-", "?", "- ", "? "].iter().any(|mark| match mark.len() {
            1 => text == *mark,
            _ => text.starts_with(mark),
        });
    means_nothing && starts_plain && !text.ends_with(' ')
}

/// Whether a reader of YAML 1.1 or 1.2 could take the text for something other than a string.
fn is_another_type(text: &str) -> bool {
    const WORDS: [&str; 15] = [
        "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", ".nan", ".inf", "<<",
        "=",
    ];
    let lower = text.to_ascii_lowercase();
    let unsigned = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    WORDS.contains(&&*lower)
        || unsigned == ".inf"
        || is_number(unsigned)
        || is_base_60(unsigned)
        || is_date(text)
}

/// Any number that Go or YAML 1.1 know: `_` may stand between digits, and a prefix tells the base.
fn is_number(unsigned: &str) -> bool {
    let plain = unsigned.replace('_', "");
    let in_base = |prefix: &str, base: u32| {
        let digits = plain.strip_prefix(prefix);
        digits.is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_digit(base)))
    };
    let starts = plain.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    (starts && plain.parse::<f64>().is_ok())
        || in_base("0x", 16)
        || in_base("0o", 8)
        || in_base("0b", 2)
}

/// `1:30` was a number once: further places are below sixty, the last may have a fraction.
fn is_base_60(unsigned: &str) -> bool {
    let Some((first, rest)) = unsigned.split_once(':') else {
        return false;
    };
    let rest = rest.split_once('.').map_or(rest, |(places, _)| places);
    let digit = |b: u8| b.is_ascii_digit();
    let place = |text: &str| match text.as_bytes() {
        [one] => digit(*one),
        [ten, one] => (b'0'..=b'5').contains(ten) && digit(*one),
        _ => false,
    };
    first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().all(|b| digit(b) || b == b'_')
        && rest.split(':').all(place)
}

/// Four digits, month and day, and perhaps a time behind them.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut number = |length: std::ops::RangeInclusive<usize>| {
        let part = parts.next().unwrap_or_default();
        let end = part
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(part.len());
        length.contains(&end)
    };
    number(4..=4) && number(1..=2) && number(1..=2)
}

/// As JSON has it, which YAML takes too; what cannot be printed is a number.
fn double_quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match is_printable(c) {
            true => out.push(c),
            false => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    out
}

/// Printable on one line (YAML 1.2 section 5.1), apart from the tab.
fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn reads_as_it_was() {
        let value = json!({
            "a": [{"b": 1, "c": ["x", "1.5", "yes", "a: b", ""]}, [], {}, [["deep"]]],
            "key: odd": {"m": null, "t": true, "s": "two\nlines", "u": "\u{7f}é"},
            "empty": {},
        });
        let expected = "a:\n- b: 1\n  c:\n  - x\n  - \"1.5\"\n  - \"yes\"\n  - 'a: b'\n  - \"\"\n- []\n- {}\n- - - deep\n'key: odd':\n  m: null\n  t: true\n  s: |-\n    two\n    lines\n  u: \"\\u007fé\"\nempty: {}\n";
        assert_eq!(write(&value), expected);
        assert_eq!(write(&json!([])), "[]\n");
        assert_eq!(write(&json!("x")), "x\n");
    }

    #[test]
    fn quotes_where_kubernetes_has_them() {
        for plain in [
            "--advertise-address=192.0.2.2",
            "10.96.0.1",
            "https://192.0.2.2:6443",
            "system:nodes",
            "/etc/kubernetes/pki",
            "192.0.2.2:6443",
            "a#b",
            "a:b",
            "kubernetes-admin@kubernetes",
            "v1",
            "8m0s",
            "1.36.0",
            "nodes",
            "-x",
            "fd00::1",
            "é",
            "e3",
        ] {
            assert_eq!(quoted(plain), plain);
        }
        for double in [
            "",
            "true",
            "No",
            "1",
            "-1.5",
            "1e3",
            "0x1F",
            "0b1",
            "1_000",
            "12:30:45",
            "~",
            "2026-11-23",
            "2026-11-23T17:15:18Z",
            ".5",
            "+.inf",
            "a\tb",
        ] {
            assert_eq!(quoted(double), format!("{double:?}"), "{double}");
        }
        for single in [
            "*",
            "a: b",
            "a #b",
            " a",
            "a ",
            "- a",
            "-",
            "{a}",
            "[\"X-Remote-User\"]",
            "'",
            "@x",
            "? a",
            "a:",
            "---",
            "%a",
            "| x",
        ] {
            let expected = format!("'{}'", single.replace('\'', "''"));
            assert_eq!(quoted(single), expected, "{single}");
        }
    }

    #[test]
    fn long_lines_go_on_in_the_next() {
        let words = "sixteen letters ".repeat(6);
        let text = format!("{words} {words}");
        let value = json!({"plain": text.trim(), "list": [format!("{words}: a"), "x".repeat(99)]});
        let five = "sixteen letters ".repeat(5);
        let five = five.trim();
        let expected = format!(
            "plain: {five}\n  sixteen letters  {}\n  sixteen letters sixteen letters\n\
             list:\n- '{five}\n  sixteen letters : a'\n- {}\n",
            &five[16..],
            "x".repeat(99)
        );
        let written = write(&value);
        assert_eq!(written, expected);
        let document = &parse(&written).unwrap()[0];
        assert_eq!(
            document.get("plain").and_then(|node| node.text()),
            Some(text.trim())
        );
    }

    #[test]
    fn blocks_keep_every_character() {
        let value = json!({"pem": "-----\nAAAA\n-----\n", "list": ["a\n\nb", " x\ny\n\n", "\n"]});
        let expected = "pem: |\n  -----\n  AAAA\n  -----\nlist:\n- |-\n  a\n\n  b\n- |2+\n   x\n  y\n\n- |2+\n\n";
        assert_eq!(write(&value), expected);
        assert_eq!(write(&json!({"k": "a \nb"})), "k: \"a \\nb\"\n");
    }

    /// What was written is read as the same texts, wherever it stands.
    fn survives(text: &str) {
        let value = json!({"a": [text, {text: text}, [text]], "b": {"c": text}, "d": 1});
        let yaml = write(&value);
        let documents = parse(&yaml).unwrap_or_else(|error| panic!("{error}: {yaml}"));
        assert_eq!(documents.len(), 1, "{yaml}");
        let items = documents[0].get("a").unwrap().items();
        let entry = &items[1].entries()[0];
        let inner = documents[0].get("b").and_then(|b| b.get("c"));
        let read = [
            Some(&items[0]),
            Some(&entry.0),
            Some(&entry.1),
            items[2].items().first(),
            inner,
        ];
        for node in read {
            assert_eq!(node.and_then(|node| node.text()), Some(text), "{yaml}");
        }
        assert_eq!(documents[0].get("d").unwrap().text(), Some("1"));
        let quoted = matches!(&items[0].value, crate::Value::Scalar(scalar) if scalar.style != crate::Style::Plain);
        assert!(quoted || !items[0].is_null());
    }

    proptest! {
        #[test]
        fn any_text_survives(text in any::<String>()) {
            survives(&text);
        }

        #[test]
        fn long_texts_survive(text in "([ab]{1,9}[ \t:']{1,3}){9,20}") {
            survives(&text);
        }

        #[test]
        fn odd_texts_survive(text in "[ \n:#'\"|>\\[\\]{}&*!%@`?\u{e9}a1,.~=<-]{0,12}") {
            survives(&text);
        }
    }
}
