//! A plan: which files are written where, who is started again and what is waited for, in which
//! order. Anybody can read it and have it proven: where a file holds a private key, the plan holds
//! its public half.

mod check;
mod objects;
pub mod schedule;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use cluster::files::{Attributes, Entry, Memory};
use cluster::{Component, Files};
use serde::{Deserialize, Serialize};
use time::UtcDateTime;
use zeroize::Zeroizing;

pub use check::{PlanError, Way};
pub use objects::{Expected, Object, Published};

/// The version of the format that is written and read.
pub const SCHEMA: &str = "kubepki.plan/v1";

/// A change, step by step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: String,
    /// What it is for, as it was asked for: `rotate ca`.
    pub wish: String,
    /// The moment it was made for: certificates are judged as of then.
    #[serde(with = "rfc3339")]
    pub at: UtcDateTime,
    /// Who is changed.
    pub nodes: Vec<Node>,
    /// What files hold, by digest.
    pub contents: BTreeMap<Digest, String>,
    /// The steps. Those of one node are done one after the other; between nodes only
    /// [`Step::after`] says what comes first.
    pub steps: Vec<Step>,
}

/// A step, counted from 1 in the order of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(pub usize);

/// The SHA-256 of what really lies in a file, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub String);

/// A node, or others who hold what comes from one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Who it is.
    #[serde(default, skip_serializing_if = "Kind::is_node")]
    pub kind: Kind,
    /// What lies there before the first step, by real path.
    pub files: BTreeMap<String, Item>,
    /// Paths at which there is nothing; of all others nothing is known.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub absent: BTreeSet<String>,
    /// The folders that are made before something is written, when they are not there, with their
    /// permission bits, of which the umask takes some away; those above a file come with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub folders: BTreeMap<String, u32>,
}

/// Who a node of a plan is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A node, whose files the plan writes.
    #[default]
    Node,
    /// People and programs elsewhere, who were given kubeconfigs: they hold the copies of before
    /// until a hand-over.
    People,
    /// Pods, who hold the CA that was published and the token that was signed when they started,
    /// until a hand-over.
    Pods,
}

/// What lies at a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// A regular file.
    File {
        /// What it holds.
        content: Digest,
        /// Its permission bits.
        mode: u32,
    },
    /// A symbolic link.
    Link(String),
    /// A folder.
    Folder {
        /// Its permission bits.
        mode: u32,
    },
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The name of the node it is done on.
    pub node: String,
    /// What is done.
    #[serde(rename = "do")]
    pub action: Action,
    /// Steps of other nodes that have to be done before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<StepId>,
    /// What the cluster has with the steps of this name done, in a few words: `both are trusted`.
    pub stage: String,
}

/// What is done in a step. Every one can be repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Files are written, all or none: folder by folder in this order, those of one folder at the
    /// same moment; then those that go are removed, one by one. Of people and pods: they are handed
    /// these.
    Write(Vec<Written>),
    /// A component is started again, and waited for until it is healthy.
    Restart(#[serde(with = "component")] Component),
    /// A component is waited for until it has taken up these files.
    Await(Awaited),
    /// Bundles in objects of the API are exchanged.
    Publish(Vec<Published>),
    /// The cluster is waited for until it has published what it keeps itself.
    Expect(Vec<Expected>),
    /// Somebody has to do something, and say so: from then on nobody holds what was handed out
    /// before.
    HandOver(String),
}

/// A file that is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// Where it really lies.
    pub path: String,
    /// What it holds then; nothing when it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Digest>,
    /// Its permission bits.
    pub mode: u32,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Awaited {
    /// Who reads.
    #[serde(with = "component")]
    pub component: Component,
    /// What is read.
    pub paths: BTreeSet<String>,
    /// After how many seconds it is certain, when that can be said.
    pub seconds: u32,
}

/// What the files of a change really hold, private keys and all; never part of a plan.
#[derive(Default)]
pub struct Secrets {
    contents: BTreeMap<Digest, Zeroizing<Vec<u8>>>,
}

impl Plan {
    /// A plan without steps.
    pub fn new(wish: impl Into<String>, at: UtcDateTime) -> Self {
        Plan {
            schema: SCHEMA.to_owned(),
            wish: wish.into(),
            at,
            nodes: Vec::new(),
            contents: BTreeMap::new(),
            steps: Vec::new(),
        }
    }

    /// Adds what a file holds: to the plan without what is secret, to `secrets` as it is.
    pub fn keep(&mut self, content: &[u8], secrets: &mut Secrets) -> Digest {
        let digest = Digest::of(content);
        if !self.contents.contains_key(&digest) {
            let public = archive::redact(content);
            let text = String::from_utf8_lossy(&public).into_owned();
            self.contents.insert(digest.clone(), text);
            secrets.insert(digest.clone(), content);
        }
        digest
    }

    /// Leaves out what no file holds, before or after a step.
    pub(crate) fn forget_unused(&mut self) {
        let items = self.nodes.iter().flat_map(|node| node.files.values());
        let lying = items.filter_map(|item| match item {
            Item::File { content, .. } => Some(content),
            _ => None,
        });
        let written = self.steps.iter().flat_map(|step| match &step.action {
            Action::Write(files) => files.as_slice(),
            _ => &[],
        });
        let written = written.filter_map(|file| file.content.as_ref());
        let used: BTreeSet<Digest> = lying.chain(written).cloned().collect();
        self.contents.retain(|digest, _| used.contains(digest));
    }

    /// Adds a node as its files are now: everything that was looked at.
    pub fn add_node(&mut self, name: &str, kind: Kind, files: &Files, secrets: &mut Secrets) {
        let (entries, absent) = files.looked_at();
        let mut items = BTreeMap::new();
        for (path, entry) in entries {
            let item = match entry {
                Entry::File(bytes, attributes) => Item::File {
                    content: self.keep(&bytes, secrets),
                    mode: attributes.mode,
                },
                Entry::Link(target) => Item::Link(target),
                Entry::Directory(attributes, _) => Item::Folder {
                    mode: attributes.mode,
                },
                // Whatever cannot be read is not known.
                _ => continue,
            };
            items.insert(path, item);
        }
        self.nodes.push(Node {
            name: name.to_owned(),
            kind,
            files: items,
            absent: absent.iter().map(ToString::to_string).collect(),
            folders: BTreeMap::new(),
        });
    }

    /// What is done on one node, when it waits for no other.
    #[must_use]
    pub fn on_node(&self, name: &str) -> Self {
        let nodes = self.nodes.iter().filter(|node| node.name == name);
        let steps = self.steps.iter().filter(|step| step.node == name);
        let mut own = Plan {
            nodes: nodes.cloned().collect(),
            steps: steps.cloned().collect(),
            ..self.clone()
        };
        own.forget_unused();
        own
    }

    /// Whether a step is done on a node, rather than by people or pods.
    pub(crate) fn is_on_node(&self, step: StepId) -> bool {
        let name = self.steps.get(step.0 - 1).map(|step| &step.node);
        let mut nodes = self.nodes.iter();
        nodes.any(|node| Some(&node.name) == name && node.kind == Kind::Node)
    }

    /// The steps with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (StepId, &Step)> {
        (1..).map(StepId).zip(&self.steps)
    }

    /// Every file that is written on a node, in the order of the plan.
    pub fn written<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a Written> {
        let own = self.steps.iter().filter(move |step| step.node == node);
        let files = own.filter_map(|step| match &step.action {
            Action::Write(files) => Some(files),
            _ => None,
        });
        files.flatten()
    }

    /// The paths of a node at which there is nothing: of what is written later that is known, too.
    pub(crate) fn absent(&self, node: &Node) -> BTreeSet<String> {
        let written = self.written(&node.name).map(|file| file.path.clone());
        let written = written.filter(|path| !node.files.contains_key(path));
        node.absent.iter().cloned().chain(written).collect()
    }

    /// An order in which one alone can do the steps: always the first that can be done. Steps that
    /// wait for each other are left out.
    pub fn order(&self) -> Vec<StepId> {
        let mut order = Vec::with_capacity(self.steps.len());
        let mut open: Vec<(StepId, &Step)> = self.numbered().collect();
        let mut done = BTreeSet::new();
        let can = |done: &BTreeSet<StepId>, open: &[(StepId, &Step)], at: usize| {
            let step = open[at].1;
            let mut before = open[..at].iter();
            step.after.iter().all(|one| done.contains(one))
                && before.all(|(_, other)| other.node != step.node)
        };
        while let Some(at) = (0..open.len()).find(|at| can(&done, &open, *at)) {
            let (step, _) = open.remove(at);
            done.insert(step);
            order.push(step);
        }
        order
    }

    /// A tree as it is with these items, without what is secret.
    pub fn tree(&self, items: &BTreeMap<String, Item>, absent: &BTreeSet<String>) -> Files {
        let mut memory = Memory::default();
        for (path, item) in items {
            memory.put(path, self.entry(item));
        }
        let absent = absent.iter().filter(|path| !items.contains_key(*path));
        memory.know_only(absent.map(|path| path.as_str().into()).collect());
        memory.withhold_keys();
        Files::in_memory(memory, false)
    }

    fn entry(&self, item: &Item) -> Entry {
        let owned = |mode| Attributes {
            mode,
            uid: 0,
            gid: 0,
        };
        match item {
            Item::File { content, mode } => {
                let text = self.contents.get(content).map(String::as_bytes);
                let bytes = Zeroizing::new(text.unwrap_or_default().to_vec());
                Entry::File(bytes, owned(*mode))
            }
            Item::Link(target) => Entry::Link(target.clone()),
            Item::Folder { mode } => Entry::Directory(owned(*mode), None),
        }
    }
}

/// Paths in words, folder by folder: `/etc/kubernetes/pki/{ca.crt, ca.key}`.
pub fn listed<'a>(paths: impl Iterator<Item = &'a str>) -> String {
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in paths {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        folders.entry(folder).or_default().push(name);
    }
    let listed = folders
        .iter()
        .map(|(folder, names)| match names.as_slice() {
            [name] => format!("{folder}/{name}"),
            names => format!("{folder}/{{{}}}", names.join(", ")),
        });
    listed.collect::<Vec<_>>().join(", ")
}

impl Kind {
    fn is_node(&self) -> bool {
        *self == Kind::Node
    }
}

impl Written {
    /// What appears at the same moment, in the order of [`Action::Write`].
    pub(crate) fn by_moment(files: &[Written]) -> Vec<Vec<&Written>> {
        let mut moments: Vec<Vec<&Written>> = Vec::new();
        for file in files.iter().filter(|file| file.content.is_some()) {
            let mut known = moments.iter_mut();
            match known.find(|others| others[0].folder() == file.folder()) {
                Some(others) => others.push(file),
                None => moments.push(vec![file]),
            }
        }
        let gone = files.iter().filter(|file| file.content.is_none());
        moments.extend(gone.map(|file| vec![file]));
        moments
    }

    fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// What lies at the path then.
    pub fn item(&self) -> Option<Item> {
        self.content.clone().map(|content| Item::File {
            content,
            mode: self.mode,
        })
    }
}

impl Digest {
    /// Of what is in a file.
    pub fn of(content: &[u8]) -> Self {
        let sum = digest(&SHA256, content);
        let bytes = sum.as_ref().iter();
        Digest(bytes.map(|byte| format!("{byte:02x}")).collect())
    }
}

impl Secrets {
    /// What a file holds.
    pub fn get(&self, digest: &Digest) -> Option<&[u8]> {
        self.contents.get(digest).map(|content| content.as_slice())
    }

    /// Everything that is held.
    pub fn iter(&self) -> impl Iterator<Item = (&Digest, &[u8])> {
        let contents = self.contents.iter();
        contents.map(|(digest, content)| (digest, content.as_slice()))
    }

    /// Adds what a file holds.
    pub(crate) fn keep(&mut self, content: &[u8]) -> Digest {
        let digest = Digest::of(content);
        self.insert(digest.clone(), content);
        digest
    }

    fn insert(&mut self, digest: Digest, content: &[u8]) {
        let content = Zeroizing::new(content.to_vec());
        self.contents.insert(digest, content);
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} contents)", self.contents.len())
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A component by its name.
mod component {
    use cluster::Component;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(value: &Component, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(value.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Component, D::Error> {
        let name = String::deserialize(from)?;
        let unknown = || de::Error::custom(format!("there is no component `{name}`"));
        Component::from_program(&name).ok_or_else(unknown)
    }
}

/// A moment, as RFC 3339 writes it.
mod rfc3339 {
    use serde::{Deserialize, Deserializer, Serializer, de, ser};
    use time::format_description::well_known::Rfc3339;
    use time::{OffsetDateTime, UtcDateTime};

    pub(super) fn serialize<S: Serializer>(value: &UtcDateTime, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&value.format(&Rfc3339).map_err(ser::Error::custom)?)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<UtcDateTime, D::Error> {
        let text = String::deserialize(from)?;
        let moment = OffsetDateTime::parse(&text, &Rfc3339).map_err(de::Error::custom)?;
        let utc = moment.checked_to_utc();
        utc.ok_or_else(|| de::Error::custom(format!("{text} is out of range")))
    }
}
