//! The files of two clusters, part by part, and what becomes of the channels.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use audit::{Judged, audit};
use cluster::catalogue::{AUTHORITIES, CREDENTIALS, Holder};
use cluster::{Graph, Inventory, Node};
use time::UtcDateTime;

use crate::content::Content;
use crate::{Difference, kubeconfig, process};

/// What two clusters do not have in common.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// The parts that differ, node by node.
    pub parts: Vec<Part>,
    /// How many parts are the same.
    pub same: usize,
    /// The channels of which an audit says something else.
    pub channels: Vec<(String, Vec<Difference>)>,
}

/// A part that is not the same on both sides.
#[derive(Clone, Debug)]
pub struct Part {
    /// The node, when there are several.
    pub node: Option<Arc<str>>,
    /// kubeadm's name for it, or the file.
    pub name: String,
    /// Where it lies.
    pub place: String,
    /// How it differs.
    pub state: State,
}

/// How a part differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is only in the first; what it is.
    OnlyInA(String),
    /// It is only in the second; what it is.
    OnlyInB(String),
    /// It is in both.
    Differs(Vec<Difference>),
}

impl Comparison {
    /// Whether there is no difference.
    pub fn is_equal(&self) -> bool {
        self.parts.is_empty() && self.channels.is_empty()
    }
}

/// Compares two clusters; channels are judged as of `at`.
pub fn compare(a: &Inventory, b: &Inventory, at: UtcDateTime) -> Comparison {
    let mut comparison = Comparison::default();
    match (a.nodes.as_slice(), b.nodes.as_slice()) {
        // Whatever they are called.
        ([one], [other]) => comparison.nodes(None, one, other),
        (one, other) => comparison.many(one, other),
    }
    comparison.channels = channels(a, b, at);
    comparison
}

impl Comparison {
    fn many(&mut self, a: &[Arc<Node>], b: &[Arc<Node>]) {
        let find =
            |nodes: &'_ [Arc<Node>], name: &str| nodes.iter().position(|node| &*node.name == name);
        let names: BTreeSet<&Arc<str>> = a.iter().chain(b).map(|node| &node.name).collect();
        for name in names {
            match (find(a, name), find(b, name)) {
                (Some(one), Some(other)) => self.nodes(Some(name.clone()), &a[one], &b[other]),
                (one, _) => {
                    let what = "the node's files".to_owned();
                    let state = match one {
                        Some(_) => State::OnlyInA(what),
                        None => State::OnlyInB(what),
                    };
                    self.push(Some(name.clone()), name.to_string(), "/".to_owned(), state);
                }
            }
        }
    }

    fn nodes(&mut self, node: Option<Arc<str>>, a: &Node, b: &Node) {
        self.files(&node, a, b);
        self.kubeconfigs(&node, a, b);
        self.processes(&node, a, b);
    }

    fn files(&mut self, node: &Option<Arc<str>>, a: &Node, b: &Node) {
        let (one, other) = (files(a), files(b));
        for path in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
            let place = |(place, _): &(Arc<str>, Content)| place.to_string();
            let (one, other) = (one.get(path), other.get(path));
            let places = [one, other].map(|found| found.map(place).unwrap_or_default());
            let place = match &places {
                [a, b] if a == b || b.is_empty() => a.clone(),
                [a, b] if a.is_empty() => b.clone(),
                [a, b] => format!("{a}, {b}"),
            };
            let content =
                |found: Option<&(Arc<str>, Content)>| found.map(|(_, content)| content.describe());
            let state = match (one, other) {
                (Some((_, a)), Some((_, b))) => State::Differs(a.compare(b)),
                (Some(_), None) => State::OnlyInA(content(one).unwrap_or_default()),
                (None, _) => State::OnlyInB(content(other).unwrap_or_default()),
            };
            self.push(node.clone(), name_of(path), place, state);
        }
    }

    fn kubeconfigs(&mut self, node: &Option<Arc<str>>, a: &Node, b: &Node) {
        let names = a.kubeconfigs.keys().chain(b.kubeconfigs.keys());
        for name in names.collect::<BTreeSet<_>>() {
            let there = |node: &'_ Node| {
                let used = node.kubeconfigs.get(name).cloned();
                used.filter(|used| used.source.bytes().is_some())
            };
            let what = || "a kubeconfig".to_owned();
            let (one, other) = (there(a), there(b));
            let place = [&one, &other].into_iter().flatten().next();
            let place = place
                .map(|used| used.source.place().to_string())
                .unwrap_or_default();
            let state = match (one, other) {
                (Some(a), Some(b)) => State::Differs(kubeconfig::compare(&a, &b)),
                (Some(_), None) => State::OnlyInA(what()),
                (None, Some(_)) => State::OnlyInB(what()),
                (None, None) => continue,
            };
            self.push(node.clone(), name.to_string(), place, state);
        }
    }

    fn processes(&mut self, node: &Option<Arc<str>>, a: &Node, b: &Node) {
        let components = a.processes.keys().chain(b.processes.keys());
        for component in components.collect::<BTreeSet<_>>() {
            let there = |node: &'_ Node| {
                node.processes
                    .get(component)
                    .is_some_and(|process| process.is_present())
            };
            let (one, other) = (a.processes.get(component), b.processes.get(component));
            let place = [one, other].into_iter().flatten().next();
            let place = place
                .map(|process| process.manifest.place().to_string())
                .unwrap_or_default();
            let what = || "what starts it".to_owned();
            let state = match (there(a), there(b)) {
                (true, false) => State::OnlyInA(what()),
                (false, true) => State::OnlyInB(what()),
                (false, false) => continue,
                (true, true) => match (one, other) {
                    (Some(a), Some(b)) => State::Differs(process::compare(a, b)),
                    _ => continue,
                },
            };
            self.push(node.clone(), component.name().to_owned(), place, state);
        }
    }

    fn push(&mut self, node: Option<Arc<str>>, name: String, place: String, state: State) {
        match state {
            State::Differs(differences) if differences.is_empty() => self.same += 1,
            state => self.parts.push(Part {
                node,
                name,
                place,
                state,
            }),
        }
    }
}

/// The PKI's files, by their path below its folder, or their whole path.
fn files(node: &Node) -> BTreeMap<String, (Arc<str>, Content)> {
    let folder = format!("{}/", node.pki_directory);
    let file = |(path, material): (&Arc<str>, &cluster::Material)| {
        let below = path.strip_prefix(&*folder).unwrap_or(path).to_owned();
        Some((below, (path.clone(), Content::of(material)?)))
    };
    node.pki.iter().filter_map(file).collect()
}

/// kubeadm's short name of a file, with what half of it this is.
fn name_of(path: &str) -> String {
    let (base, half) = match path.rsplit_once('.') {
        Some((base, "crt")) => (base, ""),
        Some((base, "key")) => (base, " key"),
        _ => return path.to_owned(),
    };
    let is_it = |holder: &Holder| matches!(holder, Holder::Pki(known) if *known == base);
    let credential = CREDENTIALS
        .iter()
        .find(|row| is_it(&row.holder))
        .map(|row| row.name);
    let authority = || {
        AUTHORITIES
            .iter()
            .find(|row| row.base == base)
            .map(|row| row.name)
    };
    match credential.or_else(authority) {
        Some(name) => format!("{name}{half}"),
        None => path.to_owned(),
    }
}

/// What an audit says of each channel, where it is not the same of both.
fn channels(a: &Inventory, b: &Inventory, at: UtcDateTime) -> Vec<(String, Vec<Difference>)> {
    let judge = |inventory| audit(inventory, &Graph::of(inventory), at).channels;
    let (one, other) = (judge(a), judge(b));
    let find =
        |channels: &'_ [Judged], id: &str| channels.iter().position(|channel| channel.id == id);
    let mut found = Vec::new();
    for channel in &one {
        let differences = match find(&other, &channel.id) {
            Some(index) => of_channel(Some(channel), Some(&other[index])),
            None => of_channel(Some(channel), None),
        };
        found.push((channel.id.clone(), differences));
    }
    let new = other
        .iter()
        .filter(|channel| find(&one, &channel.id).is_none());
    found.extend(new.map(|channel| (channel.id.clone(), of_channel(None, Some(channel)))));
    found.retain(|(_, differences)| !differences.is_empty());
    found
}

fn of_channel(a: Option<&Judged>, b: Option<&Judged>) -> Vec<Difference> {
    let verdict = |channel: Option<&Judged>| {
        channel.map(|channel| match &channel.error {
            Some(error) => format!("{}: {error}", channel.verdict.name()),
            None => channel.verdict.name().to_owned(),
        })
    };
    let identity = |channel: Option<&Judged>| {
        let identity = channel?.identity.as_ref()?;
        Some(match identity.groups.as_slice() {
            [] => identity.user.clone(),
            groups => format!("{} in {}", identity.user, groups.join(", ")),
        })
    };
    let address = |channel: Option<&Judged>| channel?.address.clone();
    let mut found = Vec::new();
    found.extend(Difference::of_values("verdict", verdict(a), verdict(b)));
    if let (Some(_), Some(_)) = (a, b) {
        found.extend(Difference::of_values("identity", identity(a), identity(b)));
        found.extend(Difference::of_values("address", address(a), address(b)));
    }
    found
}
