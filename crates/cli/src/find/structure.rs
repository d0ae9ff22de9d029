//! Every text in a YAML or JSON document, with the path of the field it stands in.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use x509::Place;
use yaml::{Node, Value};
use zeroize::Zeroizing;

use super::Finder;

/// Shorter base64 holds no certificate and no key.
const LEAST: usize = 40;

impl Finder<'_> {
    /// Every field of the documents, when that is what the text is.
    pub(super) fn structure(&mut self, text: &str, place: &Place, depth: usize) {
        let documents = yaml::parse(text).unwrap_or_default();
        let is_structured =
            |node: &Node| matches!(node.value, Value::Mapping(_) | Value::Sequence(_));
        for document in documents.iter().filter(|document| is_structured(document)) {
            self.node(document, "", place, depth);
        }
    }

    fn node(&mut self, node: &Node, field: &str, place: &Place, depth: usize) {
        for (index, item) in node.items().iter().enumerate() {
            self.node(item, &format!("{field}[{index}]"), place, depth);
        }
        for (key, value) in node.entries() {
            self.node(
                value,
                &joined(field, key.text().unwrap_or("?")),
                place,
                depth,
            );
        }
        if let Some(text) = node.text() {
            let place = place.at_line(node.line).in_field(field);
            self.scalar(text, &place, depth);
        }
    }

    fn scalar(&mut self, text: &str, place: &Place, depth: usize) {
        if text.contains("-----BEGIN ") {
            return self.blocks(text.as_bytes(), place);
        }
        if depth == 0 || text.len() < LEAST {
            return;
        }
        if text.contains('\n') && text.contains(": ") {
            // A kubeconfig in a ConfigMap: its lines are no lines of the file.
            let before = self.found.len();
            self.structure(text, place, depth - 1);
            return self.settle(before, place);
        }
        let clean: Zeroizing<String> = Zeroizing::new(text.split_whitespace().collect());
        let is_base64 =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        if clean.bytes().all(is_base64)
            && let Ok(content) = BASE64_STANDARD.decode(clean.as_bytes())
        {
            let content = Zeroizing::new(content);
            let before = self.found.len();
            self.anything(&content, place, depth - 1);
            self.settle(before, place);
        }
    }

    /// What was found inside a field lies where the field does; a field inside it stands behind.
    fn settle(&mut self, before: usize, outer: &Place) {
        for found in &mut self.found[before..] {
            found.place.line = outer.line;
            found.place.field = match (&outer.field, &found.place.field) {
                (Some(outer), Some(inner)) if outer != inner => {
                    Some(format!("{outer} > {inner}").into())
                }
                (outer, inner) => inner.clone().or_else(|| outer.clone()),
            };
        }
    }
}

/// `a.b`, and `a["b.c"]` where the key itself has a point.
fn joined(field: &str, key: &str) -> String {
    match (field.is_empty(), key.contains('.')) {
        (_, true) => format!("{field}[{key:?}]"),
        (true, false) => key.to_owned(),
        (false, false) => format!("{field}.{key}"),
    }
}
