//! JSON as Go writes it, where a signature or a comparison depends on every byte.

use serde_json::Value;

/// On one line, with `<`, `>`, `&` and the two odd line breaks as numbers (`encoding/json`, `Marshal`);
/// they stand nowhere but in texts.
pub(crate) fn as_go(value: &Value) -> String {
    let mut out = value.to_string();
    for c in ['<', '>', '&', '\u{2028}', '\u{2029}'] {
        if out.contains(c) {
            out = out.replace(c, &format!("\\u{:04x}", u32::from(c)));
        }
    }
    out
}
