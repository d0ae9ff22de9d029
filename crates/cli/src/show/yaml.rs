//! A JSON value as YAML, for people who would rather read that.

use serde_json::Value;

/// The value as a YAML document.
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Array(_) | Value::Object(_) if !is_empty(value) => block(&mut out, value, 0),
        _ => {
            out.push_str(&inline(value));
            out.push('\n');
        }
    }
    out
}

/// The lines of a list or mapping that holds something.
fn block(out: &mut String, value: &Value, indent: usize) {
    let margin = " ".repeat(indent);
    match value {
        Value::Array(items) => {
            for item in items {
                out.push_str(&margin);
                out.push('-');
                element(out, item, indent);
            }
        }
        Value::Object(entries) => {
            for (key, item) in entries {
                out.push_str(&margin);
                out.push_str(&scalar(key));
                out.push(':');
                if item.is_array() || item.is_object() {
                    child(out, item, indent);
                } else {
                    out.push_str(&format!(" {}\n", inline(item)));
                }
            }
        }
        _ => out.push_str(&inline(value)),
    }
}

/// What follows `-`: the first line of a mapping stands beside it.
fn element(out: &mut String, item: &Value, indent: usize) {
    if is_empty(item) || !(item.is_array() || item.is_object()) {
        out.push_str(&format!(" {}\n", inline(item)));
        return;
    }
    let mut inner = String::new();
    block(&mut inner, item, indent + 2);
    out.push(' ');
    out.push_str(inner.trim_start());
}

/// What follows `key:` when it has lines of its own; lists stay at the key's column.
fn child(out: &mut String, item: &Value, indent: usize) {
    if is_empty(item) {
        out.push_str(&format!(" {}\n", inline(item)));
        return;
    }
    out.push('\n');
    block(out, item, if item.is_array() { indent } else { indent + 2 });
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// A string without quotes when nobody could take it for anything else, else as JSON has it, which
/// YAML takes too.
fn scalar(text: &str) -> String {
    let first = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./@+ ".contains(c);
    let word = matches!(
        &*text.to_ascii_lowercase(),
        "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    if first && text.chars().all(plain) && !word && !text.ends_with(' ') {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_as_it_was() {
        let value = json!({
            "a": [{"b": 1, "c": ["x", "1.5", "yes", "a: b", ""]}, [], {}, [["deep"]]],
            "key: odd": {"m": null, "t": true, "s": "two\nlines", "u": "\u{7f}é"},
            "empty": {},
        });
        let text = to_yaml(&value);
        let expected = "a:\n- b: 1\n  c:\n  - x\n  - \"1.5\"\n  - \"yes\"\n  - \"a: b\"\n  - \"\"\n- []\n- {}\n- - - deep\n\"key: odd\":\n  m: null\n  t: true\n  s: \"two\\nlines\"\n  u: \"\u{7f}é\"\nempty: {}\n";
        assert_eq!(text, expected);
        assert_eq!(to_yaml(&json!([])), "[]\n");
        assert_eq!(to_yaml(&json!("x")), "x\n");
    }
}
