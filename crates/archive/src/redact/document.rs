//! Manifests, kubeconfigs and configurations, in YAML and JSON.

use std::collections::BTreeSet;

use cluster::{Component, catalogue};
use yaml::{Node, Replacements, Style, Value};
use zeroize::Zeroizing;

use super::{MARK, environment, pem, words};

/// The kinds that are known: what is secret in them has a name that says so. Of others, only the kind
/// is kept.
const KINDS: [&str; 19] = [
    "AdmissionConfiguration",
    "AuthenticationConfiguration",
    "AuthorizationConfiguration",
    "CredentialProviderConfig",
    "EgressSelectorConfiguration",
    "EncryptionConfig",
    "EncryptionConfiguration",
    "ImagePolicy",
    "KubeProxyConfiguration",
    "KubeSchedulerConfiguration",
    "KubeletConfiguration",
    "ClusterConfiguration",
    "PodSecurityConfiguration",
    "EventRateLimitConfiguration",
    "Policy",
    "ResourceQuotaConfiguration",
    "TracingConfiguration",
    "WebhookAdmission",
    "WebhookAdmissionConfiguration",
];

/// Fields below which nothing is kept.
const CLOSED: [&str; 9] = [
    "auth-provider",
    "httpHeaders",
    "volumeAttributes",
    "flexVolume",
    "data",
    "stringData",
    "binaryData",
    "extensions",
    "parameters",
];

/// How a document is read.
#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Pod,
    Kubeconfig,
    /// A kind that is known.
    Known,
    /// No kind: only what the catalogue knows is kept.
    Fields,
    /// Anything else.
    Other,
}

/// Redacts a file that is YAML, or would be if it were not broken; `None` when it is neither.
pub(super) fn redact(text: &str, left_out: &mut BTreeSet<String>) -> Option<Zeroizing<String>> {
    let documents = match yaml::parse(text) {
        Ok(documents) => documents,
        Err(error) => return broken(text, &error, left_out),
    };
    let mut walk = Walk {
        sort: Sort::Other,
        used: BTreeSet::new(),
        new: Replacements::new(),
        left_out,
    };
    for document in &documents {
        walk.document(document);
    }
    let redacted = yaml::replace(text, &walk.new).ok()?;
    // Nothing but what was replaced may have changed, and nothing may have moved to another line.
    let again = yaml::parse(&redacted).ok()?;
    let same = documents.len() == again.len()
        && documents
            .iter()
            .zip(&again)
            .all(|(old, new)| is_same(old, new, &walk.new));
    same.then_some(redacted)
}

fn is_same(old: &Node, new: &Node, replaced: &Replacements) -> bool {
    let both = |old: &[Node], new: &[Node]| {
        old.len() == new.len()
            && old
                .iter()
                .zip(new)
                .all(|(old, new)| is_same(old, new, replaced))
    };
    let is_there = old.line == new.line || old.text() == Some("");
    is_there
        && match (&old.value, &new.value) {
            (Value::Scalar(one), Value::Scalar(other)) => {
                replaced.contains_key(&(old.line, old.column)) || *one.text == *other.text
            }
            (Value::Sequence(one), Value::Sequence(other)) => both(one, other),
            (Value::Mapping(one), Value::Mapping(other)) => {
                one.len() == other.len()
                    && one
                        .iter()
                        .zip(other)
                        .all(|((key, value), (other_key, other_value))| {
                            is_same(key, other_key, replaced)
                                && is_same(value, other_value, replaced)
                        })
            }
            _ => false,
        }
}

/// A text that is no YAML, with its letters hidden, when it is no YAML for the same reason.
fn broken(
    text: &str,
    error: &yaml::Error,
    left_out: &mut BTreeSet<String>,
) -> Option<Zeroizing<String>> {
    let mut hidden = Zeroizing::new(String::with_capacity(text.len()));
    let mut before = ' ';
    for c in text.chars() {
        let is_letter = c.is_alphanumeric() && before != '\\';
        hidden.push(if is_letter { 'x' } else { c });
        before = c;
    }
    (yaml::parse(&hidden).as_ref().err() == Some(error)).then(|| {
        left_out.insert(
            "every letter: the file is no YAML, and what is in it cannot be told".to_owned(),
        );
        hidden
    })
}

struct Walk<'a> {
    sort: Sort,
    /// The variables that arguments refer to.
    used: BTreeSet<String>,
    new: Replacements,
    left_out: &'a mut BTreeSet<String>,
}

impl Walk<'_> {
    fn document(&mut self, root: &Node) {
        let text = |key: &str| root.get(key).and_then(Node::text);
        let is_kubeconfig = root.get("users").is_some() || root.get("clusters").is_some();
        self.sort = match text("kind") {
            Some("Pod") => Sort::Pod,
            Some("Config") | None if is_kubeconfig => Sort::Kubeconfig,
            Some(kind) if KINDS.contains(&kind) => Sort::Known,
            None if !root.entries().is_empty() => Sort::Fields,
            _ => Sort::Other,
        };
        self.node(root, &mut Vec::new());
    }

    fn node<'n>(&mut self, node: &'n Node, path: &mut Vec<&'n str>) {
        match &node.value {
            Value::Scalar(_) => self.scalar(node, path),
            Value::Sequence(items) => match path.last() {
                Some(&("command" | "args")) if self.sort != Sort::Other => self.command(items),
                _ => items.iter().for_each(|item| self.node(item, path)),
            },
            Value::Mapping(entries) => {
                if let Some(containers) = node.get("containers").filter(|_| self.sort == Sort::Pod)
                {
                    self.used = used(containers);
                }
                // A variable, a header, a parameter: wherever it stands.
                let is_named = self.sort == Sort::Pod && node.get("name").is_some();
                for (key, value) in entries {
                    let name = key.text().unwrap_or_default();
                    if key.text().is_none() || words::scrub(name, &mut BTreeSet::new()) != name {
                        self.hide(key, "keys of mappings");
                    }
                    if is_named && name == "value" {
                        let variable = node.get("name").and_then(Node::text);
                        self.variable(variable.unwrap_or_default(), value);
                        continue;
                    }
                    path.push(name);
                    self.node(value, path);
                    path.pop();
                }
            }
        }
    }

    fn scalar(&mut self, node: &Node, path: &[&str]) {
        let text = node.text().unwrap_or_default();
        let name = path.last().copied().unwrap_or_default();
        if words::is_plain(text) {
            return;
        }
        if name.ends_with("-data") && self.sort == Sort::Kubeconfig {
            return self.packed(node, text);
        }
        if self.is_closed(path) {
            return self.hide(
                node,
                if path.contains(&"annotations") {
                    "annotations"
                } else {
                    "fields"
                },
            );
        }
        let is_secret = words::is_secret_name(name) && !is_field(path);
        match is_secret {
            true => self.hide(node, "fields"),
            false => self.scrub(node, text),
        }
    }

    /// Whether nothing of a place is kept.
    fn is_closed(&self, path: &[&str]) -> bool {
        let is_below = |name: &str| path.iter().rev().skip(1).any(|part| *part == name);
        match self.sort {
            Sort::Other => !is_identity(path),
            Sort::Fields => !is_identity(path) && !is_field(path),
            // kubeadm's annotations name addresses; anybody else's may hold anything.
            Sort::Pod if is_below("annotations") => !path
                .last()
                .is_some_and(|name| name.starts_with("kubeadm.kubernetes.io/")),
            Sort::Kubeconfig if is_below("user") => {
                CLOSED.iter().any(|name| is_below(name)) || path.contains(&"env")
            }
            _ => CLOSED.iter().any(|name| is_below(name)),
        }
    }

    /// The words of a command: a script's words line by line.
    fn command(&mut self, items: &[Node]) {
        let texts: Vec<&str> = items
            .iter()
            .map(|item| item.text().unwrap_or_default())
            .collect();
        let mut changes = BTreeSet::new();
        let new = words::arguments(texts.iter().copied(), &mut changes);
        for ((item, text), new) in items.iter().zip(texts).zip(new) {
            match text.contains(char::is_whitespace) {
                _ if item.text().is_none() => self.hide(item, "arguments"),
                true => self.script(item, text),
                false if new != text => self.put(item, new),
                false => self.scrub(item, text),
            }
        }
        self.left_out.extend(changes);
    }

    fn script(&mut self, item: &Node, text: &str) {
        if let Some(new) = pem::inside(text, self.left_out) {
            return self.put(item, new);
        }
        let lines = text.split_inclusive('\n');
        let new: String = lines
            .map(|line| environment::words_of(line, self.left_out))
            .collect();
        let is_block = matches!(&item.value, Value::Scalar(scalar) if scalar.style == Style::Block);
        match new == text {
            true => {}
            // Only in a block does every line stay in its own.
            false if is_block => self.put(item, new),
            false => self.put(item, new.replace('\n', " ")),
        }
    }

    /// A variable of a container: known, referred to, harmless, or hidden.
    fn variable(&mut self, name: &str, value: &Node) {
        let text = value.text().unwrap_or_default();
        let etcd = name
            .strip_prefix("ETCD_")
            .map(|name| name.to_ascii_lowercase().replace('_', "-"));
        let is_flag = etcd.is_some_and(|flag| catalogue::flag(Component::Etcd, &flag).is_some());
        let is_kept = is_flag || self.used.contains(name) || environment::is_harmless(name);
        match is_kept && !words::is_secret_name(name) {
            true if value.text().is_some() => self.scrub(value, text),
            _ => self.hide(value, "variables"),
        }
    }

    /// PEM as base64, and what should have been.
    fn packed(&mut self, node: &Node, text: &str) {
        if let Some(new) = pem::packed(text, self.left_out) {
            return self.put(node, new);
        }
        use base64::Engine;
        let compact: Zeroizing<String> = text.split_whitespace().collect::<String>().into();
        let is_base64 = base64::prelude::BASE64_STANDARD
            .decode(compact.as_bytes())
            .is_ok();
        self.left_out.insert("base64 that holds no PEM".to_owned());
        match is_base64 {
            true => self.put(node, base64::prelude::BASE64_STANDARD.encode(MARK)),
            false => self.put(node, MARK.to_owned()),
        }
    }

    fn scrub(&mut self, node: &Node, text: &str) {
        if let Some(new) = pem::packed(text, self.left_out) {
            return self.put(node, new);
        }
        let new = match text.contains("-----BEGIN ") {
            true => pem::inside(text, self.left_out),
            false => Some(words::scrub(text, self.left_out)),
        };
        if let Some(new) = new {
            self.put(node, new);
        }
    }

    /// Hides a scalar, or every scalar in something.
    fn hide(&mut self, node: &Node, what: &str) {
        for item in node.items() {
            self.hide(item, what);
        }
        for (key, value) in node.entries() {
            self.hide(key, what);
            self.hide(value, what);
        }
        let text = node.text().unwrap_or_default();
        if !words::is_plain(text) {
            let mark = words::marked(text, what, self.left_out);
            self.put(node, mark);
        }
    }

    fn put(&mut self, node: &Node, new: String) {
        if node.text() != Some(&new) {
            self.new
                .insert((node.line, node.column), Zeroizing::new(new));
        }
    }
}

/// What tells a document's kind and name.
fn is_identity(path: &[&str]) -> bool {
    matches!(
        path,
        ["apiVersion" | "kind"] | ["metadata", "name" | "namespace"]
    )
}

/// Whether a component's configuration has this field, and it stands for a flag.
fn is_field(path: &[&str]) -> bool {
    let field = path.join(".");
    [
        Component::Kubelet,
        Component::Etcd,
        Component::KubeScheduler,
    ]
    .into_iter()
    .any(|component| catalogue::field(component, &field).is_some())
}

/// The variables that the arguments of containers refer to: `$(NAME)`, and in scripts `$NAME`.
fn used(containers: &Node) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let lists = containers
        .items()
        .iter()
        .flat_map(|container| [container.get("command"), container.get("args")]);
    for item in lists.flatten().flat_map(Node::items) {
        for part in item.text().unwrap_or_default().split('$').skip(1) {
            let name = part.trim_start_matches(['(', '{']);
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let end = name.find(|c| !is_name(c)).unwrap_or(name.len());
            used.insert(name[..end].to_owned());
        }
    }
    used
}
