//! From what files shall hold, stage by stage, to steps: who is started again, what is waited for,
//! and what has to be done before what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cluster::catalogue::Reload;
use cluster::files::Memory;
use cluster::process::Version;
use cluster::{Component, Files, Inventory, Material, Node};
use time::UtcDateTime;
use verify::load;
use zeroize::Zeroizing;

use crate::contents;

use super::{
    Action, Awaited, Expected, Item, Kind, Plan, Published, Secrets, Step, StepId, Written,
};

/// The regular files of a node, by real path.
pub type Tree = BTreeMap<String, Held>;

/// A regular file.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    /// Its permission bits.
    pub mode: u32,
    /// What it holds.
    pub content: Zeroizing<Vec<u8>>,
}

/// The lane of people and programs elsewhere.
pub const PEOPLE: &str = "people";

/// The lane of pods.
pub const PODS: &str = "pods";

/// The kubeconfigs that people have copies of.
const HANDED_OUT: [&str; 2] = [
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/super-admin.conf",
];

/// How long a component that watches its files may take, in seconds, and a little more.
const SLACK: u32 = 5;

/// A plan that is being made.
pub struct Schedule {
    plan: Plan,
    secrets: Secrets,
    trees: Vec<Tree>,
    /// What starts the components of each node: it names other files, and so is written after them.
    manifests: Vec<BTreeSet<Arc<str>>>,
    version: Option<Version>,
    /// The last step of every node, by its place.
    last: BTreeMap<usize, StepId>,
}

/// What has to be handed over when a stage is done.
#[derive(Clone, Debug, Default)]
pub struct HandOvers<'a> {
    /// To people: what they are told. They are given the kubeconfigs as they are then.
    pub people: Option<&'a str>,
    /// To whoever uses etcd from elsewhere: what they are told.
    pub etcd: Option<&'a str>,
    /// What is exchanged in the API.
    pub published: Vec<Published>,
    /// What the cluster is then waited for to publish.
    pub expected: Vec<Expected>,
    /// To pods: what has to be done.
    pub pods: Option<&'a str>,
}

impl Schedule {
    /// A plan for these nodes, as their files are now.
    pub fn new(wish: &str, inventory: &Inventory, at: UtcDateTime) -> Self {
        let mut schedule = Schedule {
            plan: Plan::new(wish, at),
            secrets: Secrets::default(),
            trees: Vec::new(),
            manifests: inventory.nodes.iter().map(|node| manifests(node)).collect(),
            version: None,
            last: BTreeMap::new(),
        };
        for node in &inventory.nodes {
            schedule.add(&node.name, Kind::Node, &node.files);
        }
        let versions = inventory.nodes.iter().filter_map(|node| {
            let apiserver = node.processes.get(&Component::KubeApiserver)?;
            apiserver.version
        });
        schedule.version = versions.min();
        let copies = schedule.copies();
        let memory = copies
            .iter()
            .fold(Memory::default(), |memory, (path, held)| {
                memory.file(path, held.content.to_vec())
            });
        let copied = Files::in_memory(memory, false);
        copies.keys().for_each(|path| drop(copied.get(path)));
        schedule.add(PEOPLE, Kind::People, &copied);
        schedule.add(
            PODS,
            Kind::Pods,
            &Files::in_memory(Memory::default(), false),
        );
        schedule
    }

    /// The files of each node as they are after the stages so far.
    pub fn trees(&self) -> &[Tree] {
        let nodes = self
            .plan
            .nodes
            .iter()
            .filter(|node| node.kind == Kind::Node);
        &self.trees[..nodes.count()]
    }

    /// The plan, and what its files really hold.
    pub fn finish(self) -> (Plan, Secrets) {
        (self.plan, self.secrets)
    }

    /// Adds a stage: the files shall be as these trees have them, one for each node. It begins when
    /// the stage before is done everywhere.
    pub fn stage(&mut self, name: &str, trees: Vec<Tree>, hand_over: HandOvers<'_>) {
        let mut stage = Stage {
            name,
            begins_after: self.last.clone(),
            begun: BTreeSet::new(),
            restarted: None,
        };
        for (node, tree) in trees.into_iter().enumerate() {
            self.node(&mut stage, node, tree);
        }
        let copies = self.copies();
        let (people, pods) = (self.place(PEOPLE), self.place(PODS));
        stage.begins_after = self.last.clone();
        stage.begun.clear();
        let to_people = hand_over.people.filter(|_| !copies.is_empty());
        let written = match to_people {
            Some(_) => self.written(people, copies),
            None => Vec::new(),
        };
        if !written.is_empty() {
            self.step(&mut stage, people, Action::Write(written));
        }
        let words: Vec<&str> = to_people.into_iter().chain(hand_over.etcd).collect();
        if !words.is_empty() {
            self.step(&mut stage, people, Action::HandOver(words.join("; ")));
        }
        if !hand_over.published.is_empty() {
            self.step(&mut stage, pods, Action::Publish(hand_over.published));
        }
        if !hand_over.expected.is_empty() {
            self.step(&mut stage, pods, Action::Expect(hand_over.expected));
        }
        if let Some(words) = hand_over.pods {
            self.step(&mut stage, pods, Action::HandOver(words.to_owned()));
        }
    }

    /// A node's files, who takes them up by itself, and who has to be started again.
    fn node(&mut self, stage: &mut Stage<'_>, node: usize, tree: Tree) {
        let before = self.trees[node].clone();
        let written = self.written(node, tree);
        if written.is_empty() {
            return;
        }
        let paths = written.iter().map(|file| &file.path);
        let paths =
            paths.filter(|path| !says_the_same(before.get(*path), self.trees[node].get(*path)));
        let paths: BTreeSet<String> = paths.cloned().collect();
        self.step(stage, node, Action::Write(written));
        let (awaited, restarted) = self.readers(node, &paths);
        for awaited in awaited {
            self.step(stage, node, Action::Await(awaited));
        }
        let serves = restarted
            .iter()
            .any(|it| Component::STATIC_PODS.contains(it));
        for component in restarted {
            // One after the other: etcd keeps its quorum, and kube-apiserver answers.
            let before = stage.restarted.filter(|_| serves);
            let step = self.step(stage, node, Action::Restart(component));
            let after = before
                .filter(|(other, _)| *other != node)
                .map(|(_, step)| step);
            self.plan.steps[step.0 - 1].after.extend(after);
            if serves {
                stage.restarted = Some((node, step));
            }
        }
    }

    /// Who takes changed files up by itself, and who only when it starts.
    fn readers(&self, node: usize, changed: &BTreeSet<String>) -> (Vec<Awaited>, Vec<Component>) {
        let items = self.items(node);
        let own = &self.plan.nodes[node];
        let files = self.plan.tree(&items, &own.absent);
        let read = Inventory::read(vec![(Some(own.name.clone()), files)]);
        let (mut awaited, mut restarted) = (Vec::new(), Vec::new());
        for component in Component::PROGRAMS {
            let process = read.nodes[0].processes.get(&component);
            let Some(process) = process.filter(|process| process.is_present()) else {
                continue;
            };
            let readings = process.readings(self.version);
            let is_changed = |reading: &&cluster::Reading| {
                reading.paths.iter().any(|path| changed.contains(&**path))
            };
            let read = readings.iter().filter(is_changed);
            let later = read.filter(|reading| reading.reload != Reload::EveryHandshake);
            let (later, at_start): (Vec<_>, Vec<_>) = later.partition(|one| one.is_repeated());
            if !at_start.is_empty() {
                restarted.push(component);
            } else if !later.is_empty() {
                let seconds = later.iter().filter_map(|one| one.reload.seconds()).max();
                let paths = later.iter().flat_map(|one| &one.paths);
                awaited.push(Awaited {
                    component,
                    paths: paths.map(ToString::to_string).collect(),
                    seconds: seconds.unwrap_or(0) + SLACK,
                });
            }
        }
        (awaited, restarted)
    }

    /// What has to be written for a node's files to be so; from now on they are.
    fn written(&mut self, node: usize, tree: Tree) -> Vec<Written> {
        let before = std::mem::take(&mut self.trees[node]);
        let mut written = Vec::new();
        for (path, held) in &tree {
            if before.get(path) != Some(held) {
                written.push(Written {
                    path: path.clone(),
                    content: Some(self.plan.keep(&held.content, &mut self.secrets)),
                    mode: held.mode,
                });
            }
        }
        let gone = before.iter().filter(|(path, _)| !tree.contains_key(*path));
        written.extend(gone.map(|(path, held)| Written {
            path: path.clone(),
            content: None,
            mode: held.mode,
        }));
        let manifests = self.manifests.get(node);
        let is_manifest = |path: &str| manifests.is_some_and(|all| all.contains(path));
        written.sort_by_key(|file| is_manifest(&file.path));
        self.trees[node] = tree;
        written
    }

    fn step(&mut self, stage: &mut Stage<'_>, node: usize, action: Action) -> StepId {
        let begins = stage.begun.insert(node);
        let others = stage
            .begins_after
            .iter()
            .filter(|(other, _)| begins && **other != node);
        self.plan.steps.push(Step {
            node: self.plan.nodes[node].name.clone(),
            action,
            after: others.map(|(_, step)| *step).collect(),
            stage: stage.name.to_owned(),
        });
        let step = StepId(self.plan.steps.len());
        self.last.insert(node, step);
        step
    }

    fn add(&mut self, name: &str, kind: Kind, files: &Files) {
        self.plan.add_node(name, kind, files, &mut self.secrets);
        let items = self
            .plan
            .nodes
            .last()
            .into_iter()
            .flat_map(|node| &node.files);
        let held = items.filter_map(|(path, item)| match item {
            Item::File { content, mode } => {
                let content = self.secrets.get(content)?.to_vec();
                let mode = *mode & 0o7777;
                Some((
                    path.clone(),
                    Held {
                        mode,
                        content: Zeroizing::new(content),
                    },
                ))
            }
            _ => None,
        });
        let tree = held.collect();
        self.trees.push(tree);
    }

    /// The kubeconfigs that people are given: those of the first node that has them.
    fn copies(&self) -> Tree {
        let find = |path: &str| self.trees().iter().find_map(|tree| tree.get(path));
        let copies = HANDED_OUT
            .iter()
            .filter_map(|path| Some(((*path).to_owned(), find(path)?.clone())));
        copies.collect()
    }

    fn place(&self, name: &str) -> usize {
        let place = self.plan.nodes.iter().rposition(|node| node.name == name);
        place.unwrap_or_default()
    }

    /// What lies on a node after the steps so far.
    fn items(&self, node: usize) -> BTreeMap<String, Item> {
        let mut items = self.plan.nodes[node].files.clone();
        items.retain(|path, item| {
            !matches!(item, Item::File { .. }) || self.trees[node].contains_key(path)
        });
        for (path, held) in &self.trees[node] {
            let content = super::Digest::of(&held.content);
            items.insert(
                path.clone(),
                Item::File {
                    content,
                    mode: held.mode,
                },
            );
        }
        items
    }
}

/// The files that start the components of a node.
pub(crate) fn manifests(node: &Node) -> BTreeSet<Arc<str>> {
    let manifests = node.processes.values().map(|process| &process.manifest);
    let files = manifests.filter_map(Material::file);
    files.map(|file| file.real_path.clone()).collect()
}

/// A stage that is being laid out.
struct Stage<'a> {
    name: &'a str,
    /// What has to be done before it begins anywhere.
    begins_after: BTreeMap<usize, StepId>,
    /// Where it has begun.
    begun: BTreeSet<usize>,
    /// The last restart, and where.
    restarted: Option<(usize, StepId)>,
}

/// Whether two files hold the same authorities: their order is only for kubeadm, which signs with the
/// first.
fn says_the_same(one: Option<&Held>, other: Option<&Held>) -> bool {
    let authorities = |held: Option<&Held>| {
        let all = load::client_go_certs(&held?.content).ok()?;
        let sums: BTreeSet<[u8; 32]> = all.iter().map(|one| *one.sha256()).collect();
        all.iter()
            .all(|one| contents::is_authority(one))
            .then_some(sums)
    };
    let one = authorities(one);
    one.is_some() && one == authorities(other)
}
