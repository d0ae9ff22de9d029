//! From text to objects: streams, Lists, and what is made of each kind.

mod certificates;
mod config_maps;
mod secrets;
mod webhooks;

use std::ops::Range;
use std::sync::Arc;

use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;
use x509::Place;
use yaml::{Node, Value};
use zeroize::Zeroizing;

use super::{DumpError, Named, OBJECT_LIMIT, Objects, VALUE_LIMIT};
use crate::document::{self, Cursor};
use crate::material::Material;
use crate::setting::Setting;

/// What stands where a line of a Secret was.
const HIDDEN: &str = "(not shown)";

/// An object that is being read.
struct Reading<'a> {
    named: Arc<Named>,
    root: Cursor<'a>,
}

/// A node of a document that is an object, with what its List says of it.
struct Found<'a> {
    node: &'a Node,
    group: &'a str,
    kind: &'a str,
}

pub(super) fn dump(objects: &mut Objects, path: &Arc<str>, bytes: &[u8]) -> Result<(), DumpError> {
    let malformed = |place, reason| DumpError::Malformed { place, reason };
    let place = Place::file(path.clone());
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let reason = format!("not UTF-8 from byte {}", error.valid_up_to());
        malformed(place.clone(), reason)
    })?;
    let documents = yaml::parse_up_to(VALUE_LIMIT, text).map_err(|error| {
        let broken = document::broken(&place, &error);
        malformed(broken.place, broken.reason)
    })?;
    let found = all(&documents);
    if found.is_empty() && !documents.iter().any(is_list) {
        return Err(DumpError::NoObject(path.clone()));
    }
    for one in &found {
        add(objects, one, path)?;
    }
    let text = without_secrets(text, &found);
    objects.texts.insert(path.clone(), text.into());
    Ok(())
}

pub(super) fn answer(
    objects: &mut Objects,
    text: &str,
    address: &dyn Fn(Option<&str>, &str) -> String,
) -> Result<(), DumpError> {
    let mut documents = yaml::parse_up_to(VALUE_LIMIT, text).map_err(|error| {
        let broken = document::broken(&Place::file(address(None, "")), &error);
        DumpError::Malformed {
            place: broken.place,
            reason: broken.reason,
        }
    })?;
    documents.iter_mut().for_each(forget_lines);
    for one in all(&documents) {
        let named = named(&one);
        let path = address(named.namespace.as_deref(), &named.name).into();
        add(objects, &one, &path)?;
    }
    Ok(())
}

/// The lines of an answer are nobody's.
fn forget_lines(node: &mut Node) {
    node.line = 0;
    node.column = 0;
    match &mut node.value {
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter_mut().for_each(forget_lines),
        Value::Mapping(entries) => entries.iter_mut().for_each(|(key, value)| {
            forget_lines(key);
            forget_lines(value);
        }),
    }
}

fn text_of<'a>(node: &'a Node, key: &str) -> &'a str {
    node.get(key).and_then(Node::text).unwrap_or_default()
}

fn is_list(node: &Node) -> bool {
    text_of(node, "kind").ends_with("List") && node.get("items").is_some()
}

/// Every object, those of Lists included; an API leaves their kind to the list's.
fn all(documents: &[Node]) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    for document in documents {
        let (group, kind) = (text_of(document, "apiVersion"), text_of(document, "kind"));
        if !is_list(document) {
            found.push(Found {
                node: document,
                group,
                kind,
            });
            continue;
        }
        let items = document.get("items").map(Node::items).unwrap_or_default();
        found.extend(items.iter().map(|node| {
            let own = (text_of(node, "apiVersion"), text_of(node, "kind"));
            Found {
                node,
                group: if own.0.is_empty() { group } else { own.0 },
                kind: match own.1 {
                    "" => kind.trim_end_matches("List"),
                    own => own,
                },
            }
        }));
    }
    found.retain(|one| !one.kind.is_empty() && !one.group.is_empty());
    found
}

fn named(found: &Found<'_>) -> Named {
    let metadata = |key| {
        let metadata = found.node.get("metadata");
        metadata.map_or("", |metadata| text_of(metadata, key))
    };
    let namespace = metadata("namespace");
    Named {
        kind: found.kind.into(),
        namespace: (!namespace.is_empty()).then(|| namespace.into()),
        name: metadata("name").into(),
    }
}

/// Adds an object, when it is of a kind that has to do with trust.
fn add(objects: &mut Objects, found: &Found<'_>, path: &Arc<str>) -> Result<(), DumpError> {
    objects.seen += 1;
    if objects.seen > OBJECT_LIMIT {
        return Err(DumpError::TooMany(path.clone()));
    }
    let named = Arc::new(named(found));
    let start = (found.node.line, found.node.column);
    let places = objects.places.entry(path.clone()).or_default();
    places.push((start, named.clone()));
    let reading = Reading {
        named,
        root: Cursor::new(found.node, path),
    };
    let group = found.group.rsplit_once('/').map_or("", |(group, _)| group);
    match (group, found.kind) {
        ("", "ConfigMap") => config_maps::add(objects, &reading),
        ("", "Secret") => secrets::add(objects, &reading),
        ("", "Namespace") => namespace(objects, &reading),
        (
            "admissionregistration.k8s.io",
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration",
        ) => webhooks::admission(objects, &reading),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            webhooks::conversion(objects, &reading);
        }
        ("apiregistration.k8s.io", "APIService") => webhooks::api(objects, &reading),
        ("certificates.k8s.io", "CertificateSigningRequest") => {
            certificates::request(objects, &reading);
        }
        ("certificates.k8s.io", "ClusterTrustBundle") => certificates::bundle(objects, &reading),
        _ => {}
    }
    Ok(())
}

impl<'a> Reading<'a> {
    fn is(&self, namespace: &str, name: &str) -> bool {
        self.named.namespace.as_deref() == Some(namespace) && &*self.named.name == name
    }

    fn created(&self) -> Option<UtcDateTime> {
        let metadata = self.root.get("metadata")?;
        let moment = metadata.text_at("creationTimestamp")?;
        let moment = time::OffsetDateTime::parse(moment, &Rfc3339).ok()?;
        Some(moment.to_utc())
    }
}

fn namespace(objects: &mut Objects, reading: &Reading<'_>) {
    let goes = reading.root.at(&["metadata", "deletionTimestamp"]);
    if goes.is_none() {
        let place = reading.root.place();
        objects.namespaces.push((reading.named.clone(), place));
    }
}

/// A text as it stands there.
fn plain(cursor: &Cursor<'_>) -> Option<Material> {
    let text = cursor.text()?;
    let bytes = Zeroizing::new(text.as_bytes().to_vec());
    Some(cursor.embedded(bytes, false))
}

/// What base64 stands for; what is none, as it stands there.
fn decoded(cursor: &Cursor<'_>) -> Option<Material> {
    cursor.decoded(false).or_else(|| plain(cursor))
}

/// A value, and where it stands.
fn setting(cursor: &Cursor<'_>) -> Option<Setting> {
    Some(Setting {
        key: cursor.field().into(),
        name: cursor.field().into(),
        value: cursor.text()?.to_owned(),
        place: cursor.place(),
        mark: None,
    })
}

/// The text, with every line hidden that belongs to a Secret: what is in there has no name that
/// would tell.
fn without_secrets(text: &str, found: &[Found<'_>]) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut starts: Vec<(u32, bool)> = found
        .iter()
        .map(|one| (one.node.line, one.kind == "Secret"))
        .collect();
    starts.sort_unstable();
    let ends = starts.iter().skip(1).map(|(line, _)| *line);
    let ends = ends.chain([u32::MAX]);
    let hidden: Vec<Range<u32>> = starts
        .iter()
        .zip(ends)
        .filter(|((_, is_secret), _)| *is_secret)
        // Of two on one line, neither is shown.
        .map(|((start, _), end)| *start..end.max(start + 1))
        .collect();
    if hidden.is_empty() {
        return text.to_owned();
    }
    let mut hidden = hidden.into_iter().peekable();
    let mut shown = String::with_capacity(text.len());
    for (line, number) in text.lines().zip(1u32..) {
        while hidden.next_if(|range| range.end <= number).is_some() {}
        let is_hidden = hidden.peek().is_some_and(|range| range.contains(&number));
        shown.push_str(if is_hidden { HIDDEN } else { line });
        shown.push('\n');
    }
    shown
}
