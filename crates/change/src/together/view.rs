//! What others may know of a node, and what only the node can make of what they plan for it.

use std::collections::BTreeMap;

use authority::PrivateKey;
use authority::signing::Asked;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::{Files, Inventory};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::UtcDateTime;
use verify::withheld::PREFIX;
use verify::{PublicKey, pem};
use zeroize::Zeroizing;

use crate::contents::{algorithm, all_leaves, profile};
use crate::plan::schedule::{Held, Tree};
use crate::plan::{Digest, Item, Kind, Plan, Secrets};
use crate::{parallel, requests};

/// What others may know of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Its files without what is secret, as a plan with no steps has them.
    pub files: Plan,
    /// For the key of every certificate, by the digest of its SubjectPublicKeyInfo, one that shall
    /// take its place.
    pub requests: BTreeMap<String, Request>,
}

/// A key that shall take the place of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// A certificate request, which shows that whoever sent it has the key.
    pub request: String,
    /// The public half of the key, as files hold it in a plan.
    pub half: String,
}

/// What only the node itself knows.
pub(super) struct Own {
    /// What its files hold.
    secrets: Secrets,
    /// Its private keys, and those that were made for it.
    pub(super) keys: Ring,
}

/// Private keys in PEM, by what represents them where they may not be shown.
#[derive(Default)]
pub(super) struct Ring(BTreeMap<String, Zeroizing<String>>);

/// Why a node cannot do what was planned for it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum FillError {
    #[error("no key for `{0}`: it is neither on the node, nor was it sent there")]
    NoKey(String),
    #[error(
        "`{0}` holds more that is secret than its keys, in a way in which it cannot be changed from elsewhere"
    )]
    Secret(String),
    #[error("a request cannot be made: {0}")]
    Request(String),
}

impl View {
    /// Of a node, as its files are now.
    pub(super) fn of(node: &str, files: Files, at: UtcDateTime) -> Result<(Self, Own), FillError> {
        let read = Inventory::read(vec![(Some(node.to_owned()), files)]);
        let mut secrets = Secrets::default();
        let mut plan = Plan::new("view", at);
        for own in &read.nodes {
            plan.add_node(node, Kind::Node, &own.files, &mut secrets);
        }
        let mut keys = Ring::default();
        secrets
            .iter()
            .for_each(|(_, content)| keys.add_all(content));
        let requests = made(&tree(&plan, &secrets), &mut keys)?;
        let view = View {
            files: plan,
            requests,
        };
        Ok((view, Own { secrets, keys }))
    }

    /// The node's files, in which keys are represented by their public halves.
    pub(super) fn tree(&self) -> Option<(String, Files)> {
        let node = self.files.nodes.first()?;
        let files = self.files.tree(&node.files, &node.absent);
        Some((node.name.clone(), files))
    }

    /// The key that the node offers in place of another, with what represents it; `None` when it
    /// offers none, or does not show that it has it.
    pub(super) fn offered(&self, old: &PublicKey) -> Option<(Vec<u8>, &str)> {
        let request = self.requests.get(&Digest::of(&old.to_der()?).0)?;
        let block = pem::blocks(request.request.as_bytes()).next()?;
        let asked = Asked::read(&block.content).ok()?;
        let half = crate::keys::half(request.half.as_bytes())?;
        (half.to_der()? == asked.public_key).then_some((asked.public_key, &*request.half))
    }
}

/// New keys for everything in a tree, and the requests that say so.
fn made(tree: &Tree, keys: &mut Ring) -> Result<BTreeMap<String, Request>, FillError> {
    let mut wanted = BTreeMap::new();
    for leaf in all_leaves(tree) {
        let public = leaf.chain[0].public_key.as_ref();
        let known = public.and_then(|key| Some((Digest::of(&key.to_der()?).0, algorithm(key)?)));
        if let Some((old, kind)) = known.filter(|_| !leaf.keys.is_empty()) {
            wanted.insert(old, (kind, profile(&leaf.chain[0], None)));
        }
    }
    let wanted: Vec<_> = wanted.into_iter().collect();
    let make = |(old, (kind, profile)): &(String, (_, _))| {
        let wrong = |error: &dyn std::fmt::Display| FillError::Request(error.to_string());
        let key = PrivateKey::generate(*kind).map_err(|error| wrong(&error))?;
        let request = requests::to_pem(profile, &key).map_err(|error| wrong(&error))?;
        let text = key.to_pem().map_err(|error| wrong(&error))?;
        Ok((old.clone(), request, text))
    };
    let mut requests = BTreeMap::new();
    for made in parallel::map(&wanted, make) {
        let (old, request, text) = made?;
        let half = keys.add(&text);
        requests.insert(old, Request { request, half });
    }
    Ok(requests)
}

/// The regular files of the only node of a plan.
fn tree(plan: &Plan, secrets: &Secrets) -> Tree {
    let items = plan.nodes.iter().flat_map(|node| &node.files);
    let held = items.filter_map(|(path, item)| match item {
        Item::File { content, mode } => {
            let content = Zeroizing::new(secrets.get(content)?.to_vec());
            Some((
                path.clone(),
                Held {
                    mode: *mode,
                    content,
                },
            ))
        }
        _ => None,
    });
    held.collect()
}

impl Own {
    /// What a file of the node shall really hold, of which this may be shown.
    pub(super) fn fill(
        &self,
        view: &View,
        path: &str,
        shown: &str,
    ) -> Result<Zeroizing<Vec<u8>>, FillError> {
        let mut nodes = view.files.nodes.iter();
        let now = match nodes.find_map(|node| node.files.get(path)) {
            Some(Item::File { content, .. }) => self.secrets.get(content),
            _ => None,
        };
        let filled = match now.and_then(|now| Lines::of(now, shown)) {
            Some(lines) => lines.filled(&self.keys),
            None => self.keys.fill(shown),
        };
        let filled = filled.ok_or_else(|| FillError::NoKey(path.to_owned()))?;
        match *archive::redact(filled.as_bytes()) == *shown.as_bytes() {
            true => Ok(Zeroizing::new(filled.as_bytes().to_vec())),
            false => Err(FillError::Secret(path.to_owned())),
        }
    }
}

/// A text line by line: what it is, what may be shown of that, and what shall be shown.
struct Lines<'a>(Vec<(&'a str, String, &'a str)>);

impl<'a> Lines<'a> {
    /// When nothing but the content of lines changes.
    fn of(now: &'a [u8], shown: &'a str) -> Option<Self> {
        let now = std::str::from_utf8(now).ok()?;
        let before = archive::redact(now.as_bytes());
        let before = std::str::from_utf8(&before).ok()?;
        let count = |text: &str| text.split_inclusive('\n').count();
        if count(now) != count(before) || count(now) != count(shown) {
            return None;
        }
        let lines = now.split_inclusive('\n').zip(before.split_inclusive('\n'));
        let lines = lines.zip(shown.split_inclusive('\n'));
        Some(Lines(
            lines
                .map(|((now, before), shown)| (now, before.to_owned(), shown))
                .collect(),
        ))
    }

    /// Lines that stay are as they were, with whatever is secret in them.
    fn filled(&self, keys: &Ring) -> Option<Zeroizing<String>> {
        let mut text = Zeroizing::new(String::new());
        for (now, before, shown) in &self.0 {
            match before == shown {
                true => text.push_str(now),
                false => text.push_str(&keys.fill(shown)?),
            }
        }
        Some(text)
    }
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

impl Ring {
    /// Adds a private key in PEM, and gives what represents it.
    pub(super) fn add(&mut self, key: &str) -> String {
        let half = archive::redact(key.as_bytes());
        let half = String::from_utf8_lossy(&half).into_owned();
        self.0.insert(half.clone(), Zeroizing::new(key.to_owned()));
        half
    }

    /// Adds every private key in a file.
    pub(super) fn add_all(&mut self, content: &[u8]) {
        let Ok(text) = std::str::from_utf8(content) else {
            return;
        };
        for (start, end) in blocks(text) {
            if is_key(&text[start..end]) {
                self.add(&text[start..end]);
            }
        }
        for (_, packed) in packed(text) {
            for (start, end) in blocks(&packed) {
                if is_key(&packed[start..end]) {
                    self.add(&packed[start..end]);
                }
            }
        }
    }

    /// The key that is represented so somewhere in a file.
    pub(super) fn of(&self, content: &[u8]) -> Option<&str> {
        let text = std::str::from_utf8(content).ok()?;
        let mut found = blocks(text).into_iter();
        found.find_map(|(start, end)| self.0.get(&text[start..end]).map(|key| key.as_str()))
    }

    /// Whether one of these keys stands in a text that may be shown.
    pub(super) fn is_in(&self, shown: &str) -> bool {
        let has = |text: &str| {
            let mut found = blocks(text).into_iter();
            found.any(|(start, end)| self.0.contains_key(&text[start..end]))
        };
        has(shown) || packed(shown).iter().any(|(_, text)| has(text))
    }

    /// A text with the private keys in place of what represents them; `None` when one is not known.
    fn fill(&self, shown: &str) -> Option<Zeroizing<String>> {
        let text = self.fill_blocks(shown)?;
        let mut whole = text.clone();
        for (run, inside) in packed(&text) {
            if inside.contains(PREFIX) {
                let new = Zeroizing::new(STANDARD.encode(self.fill_blocks(&inside)?.as_bytes()));
                whole = Zeroizing::new(whole.replace(&*run, &new));
            }
        }
        Some(whole)
    }

    fn fill_blocks(&self, shown: &str) -> Option<Zeroizing<String>> {
        let mut text = Zeroizing::new(String::new());
        let mut last = 0;
        for (start, end) in blocks(shown) {
            let block = &shown[start..end];
            text.push_str(&shown[last..start]);
            match block.contains(PREFIX) {
                true => text.push_str(self.0.get(block)?),
                false => text.push_str(block),
            }
            last = end;
        }
        text.push_str(&shown[last..]);
        Some(text)
    }

    /// One after the other, as they are sealed.
    pub(super) fn to_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.values().map(|key| key.as_str()).collect())
    }
}

/// Whether a block is a private key itself.
fn is_key(block: &str) -> bool {
    let label = block.lines().next().unwrap_or_default();
    label.ends_with("PRIVATE KEY-----") && !label.contains(PREFIX)
}

/// Where PEM blocks begin and end in a text, each with the end of its last line.
fn blocks(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find(BEGIN).map(|at| from + at) {
        let Some(last) = text[start..].find(END).map(|at| start + at) else {
            break;
        };
        let end = text[last..]
            .find('\n')
            .map_or(text.len(), |at| last + at + 1);
        found.push((start, end));
        from = end;
    }
    found
}

/// Runs of base64 in a text in which PEM is, each with what it is.
fn packed(text: &str) -> Vec<(Zeroizing<String>, Zeroizing<String>)> {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let runs = text.split(|c| !is_base64(c)).filter(|run| run.len() >= 64);
    let decoded = runs.filter_map(|run| {
        let bytes = Zeroizing::new(STANDARD.decode(run).ok()?);
        let inside = Zeroizing::new(std::str::from_utf8(&bytes).ok()?.to_owned());
        inside
            .contains(BEGIN)
            .then(|| (Zeroizing::new(run.to_owned()), inside))
    });
    decoded.collect()
}
