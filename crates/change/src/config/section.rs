//! One mapping of a configuration file: typed fields are taken out of it, and what nobody asked for
//! is named.

use std::cell::RefCell;

use yaml::{Node, Style, Value};

use super::{Remark, Version};

/// What is to be said about a file.
#[derive(Default)]
pub(super) struct Log {
    /// What makes it useless.
    pub errors: RefCell<Vec<Remark>>,
    /// What is odd.
    pub warnings: RefCell<Vec<Remark>>,
}

/// A mapping and the path of fields that leads to it.
pub(super) struct Section<'a> {
    node: Option<&'a Node>,
    field: String,
    version: Version,
    log: &'a Log,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    /// The top of a document.
    pub fn top(node: &'a Node, version: Version, log: &'a Log) -> Self {
        Section::of(Some(node), String::new(), version, log)
    }

    /// The version of the document.
    pub fn version(&self) -> Version {
        self.version
    }

    fn of(node: Option<&'a Node>, field: String, version: Version, log: &'a Log) -> Self {
        let section = Section {
            node,
            field,
            version,
            log,
            known: RefCell::default(),
        };
        if let Some(node) = node.filter(|node| !matches!(node.value, Value::Mapping(_))) {
            section.error(node, "should be a mapping of fields");
        }
        section
    }

    /// Whether it is written at all.
    pub fn is_there(&self) -> bool {
        self.node.is_some()
    }

    /// A mapping inside.
    pub fn section(&self, key: &'static str) -> Section<'a> {
        self.inner(self.get(key), self.below(key))
    }

    /// The mappings of a sequence inside.
    pub fn sections(&self, key: &'static str) -> Vec<Section<'a>> {
        let items = self.items(key).into_iter();
        items
            .map(|(field, node)| self.inner(Some(node), self.below(&field)))
            .collect()
    }

    /// A text.
    pub fn text(&self, key: &'static str) -> Option<String> {
        self.string(self.get(key)?, key)
    }

    /// A text that stands for something.
    pub fn parsed<T>(
        &self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let node = self.get(key)?;
        let text = self.string(node, key).filter(|text| !text.is_empty())?;
        parse(&text).map_err(|why| self.wrong(node, key, why)).ok()
    }

    /// The texts of a sequence, each standing for something.
    pub fn list<T>(&self, key: &'static str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let item = |(field, node): (String, &'a Node)| {
            let text = self.string(node, &field)?;
            parse(&text)
                .map_err(|why| self.wrong(node, &field, why))
                .ok()
        };
        self.items(key).into_iter().filter_map(item).collect()
    }

    /// A whole number.
    pub fn number(&self, key: &'static str) -> Option<i64> {
        let node = self.get(key)?;
        let number = node.text().and_then(|text| text.parse().ok());
        if number.is_none() {
            self.wrong(node, key, "should be a number".to_owned());
        }
        number
    }

    /// True or false, as YAML 1.1 writes them.
    pub fn flag(&self, key: &'static str) -> Option<bool> {
        let node = self.get(key)?;
        let flag = node.text().and_then(boolean);
        if flag.is_none() {
            self.wrong(node, key, "should be true or false".to_owned());
        }
        flag
    }

    /// Keys and texts of a mapping that has keys of any name.
    pub fn pairs(&self, key: &'static str) -> Vec<(String, String)> {
        let entries = self.get(key).map(Node::entries).unwrap_or_default();
        let pair = |(name, value): &'a (Node, Node)| {
            let name = name.text()?.to_owned();
            Some((name, self.string(value, key)?))
        };
        entries.iter().filter_map(pair).collect()
    }

    /// Says that a field stands there which has no effect here.
    pub fn ignored(&self, key: &'static str, why: &str) {
        if let Some(node) = self.get(key) {
            self.warn(node, &self.below(key), why);
        }
    }

    /// Names the fields that nobody asked for; `known` are those that have nothing to do with the
    /// PKI.
    pub fn finish(&self, known: &[&str]) {
        let entries = self.node.map(Node::entries).unwrap_or_default();
        for (key, _) in entries {
            let name = key.text().unwrap_or("?");
            let is_known = self.known.borrow().contains(&name) || known.contains(&name);
            if !is_known || !self.has(name) {
                self.warn(
                    key,
                    &self.below(name),
                    "is not a field of this version: it is ignored",
                );
            }
        }
    }

    /// Says that the value of a field is wrong.
    pub fn wrong(&self, node: &Node, field: &str, why: String) {
        let field = self.below(field);
        self.log
            .errors
            .borrow_mut()
            .push(Remark::at(node, format!("{field}: {why}")));
    }

    /// Says that the mapping as a whole is wrong.
    pub fn refuse(&self, why: &str) {
        if let Some(node) = self.node {
            self.error(node, why);
        }
    }

    fn error(&self, node: &Node, why: &str) {
        let text = match self.field.as_str() {
            "" => why.to_owned(),
            field => format!("{field}: {why}"),
        };
        self.log.errors.borrow_mut().push(Remark::at(node, text));
    }

    fn warn(&self, node: &Node, field: &str, why: &str) {
        let remark = Remark::at(node, format!("{field} {why}"));
        self.log.warnings.borrow_mut().push(remark);
    }

    fn inner(&self, node: Option<&'a Node>, field: String) -> Section<'a> {
        Section::of(node, field, self.version, self.log)
    }

    /// Whether a field is one of this version.
    fn has(&self, key: &str) -> bool {
        self.version == Version::V1Beta4 || !NEW_IN_V1BETA4.contains(&key)
    }

    fn get(&self, key: &'static str) -> Option<&'a Node> {
        self.known.borrow_mut().push(key);
        let node = self.node.filter(|_| self.has(key))?.get(key)?;
        (!node.is_null()).then_some(node)
    }

    fn items(&self, key: &'static str) -> Vec<(String, &'a Node)> {
        let Some(node) = self.get(key) else {
            return Vec::new();
        };
        if !matches!(node.value, Value::Sequence(_)) {
            self.wrong(node, key, "should be a list".to_owned());
        }
        let items = node.items().iter().enumerate();
        items
            .map(|(index, node)| (format!("{key}[{index}]"), node))
            .collect()
    }

    /// A scalar that is a text: what YAML takes for a number or a truth value is not one, and
    /// kubeadm refuses it.
    fn string(&self, node: &Node, field: &str) -> Option<String> {
        let why = match &node.value {
            Value::Scalar(scalar) if scalar.style != Style::Plain => None,
            Value::Scalar(scalar) if !is_text(&scalar.text) => {
                Some("is not a text for YAML: put it in quotes")
            }
            Value::Scalar(_) => None,
            _ => Some("should be a text"),
        };
        match why {
            Some(why) => {
                self.wrong(node, field, why.to_owned());
                None
            }
            None => node.text().map(str::to_owned),
        }
    }

    fn below(&self, key: &str) -> String {
        match self.field.as_str() {
            "" => key.to_owned(),
            field => format!("{field}.{key}"),
        }
    }
}

/// The fields that v1beta3 does not have (`cmd/kubeadm/app/apis/kubeadm/v1beta4/doc.go`).
const NEW_IN_V1BETA4: [&str; 8] = [
    "encryptionAlgorithm",
    "certificateValidityPeriod",
    "caCertificateValidityPeriod",
    "extraEnvs",
    "imagePullSerial",
    "timeouts",
    "dryRun",
    "proxy",
];

/// YAML 1.1's words for true and false, which Go's reader takes.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Some(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Some(false)
        }
        _ => None,
    }
}

/// Whether a plain scalar is a text, rather than a number or a truth value.
pub(super) fn is_text(text: &str) -> bool {
    let number = text.replace('_', "");
    let looks_like = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-');
    let is_number = number.starts_with(looks_like)
        && (number.parse::<f64>().is_ok()
            || number
                .strip_prefix("0x")
                .is_some_and(|hex| u64::from_str_radix(hex, 16).is_ok())
            || number
                .strip_prefix("0b")
                .is_some_and(|bin| u64::from_str_radix(bin, 2).is_ok()));
    !is_number && boolean(text).is_none()
}
