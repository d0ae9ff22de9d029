//! What every process holds in every state it can be in, as nodes and channels that can be judged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cluster::process::Version;
use cluster::{Channel, Component, Graph, Inventory, Reading};

use super::history::{History, Items};
use crate::plan::{Kind, Plan, Way};

/// The nodes of a plan, and every disk that a process on one of them may see.
pub(super) struct Scene<'a> {
    plan: &'a Plan,
    pub(super) histories: Vec<History<'a>>,
    /// Each node as it is before the first step.
    base: Inventory,
    version: Option<Version>,
    /// The paths of each node at which there is nothing unless something is written there.
    absent: Vec<BTreeSet<String>>,
    views: Vec<View>,
    known: BTreeMap<(usize, Items), usize>,
}

/// A disk as a process sees it.
struct View {
    node: Arc<cluster::Node>,
    /// The channels that its node has a part in, by id.
    channels: BTreeMap<String, Channel>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(plan: &'a Plan, way: &Way) -> Self {
        let histories = way.lanes.iter().enumerate();
        let histories = histories.map(|(node, lane)| History::of(plan, node, lane));
        let absent: Vec<_> = plan.nodes.iter().map(|node| plan.absent(node)).collect();
        let trees = plan.nodes.iter().zip(&absent).map(|(node, absent)| {
            let files = plan.tree(&node.files, absent);
            (Some(node.name.clone()), files)
        });
        let base = Inventory::read(trees.collect());
        let apiserver =
            |node: &Arc<cluster::Node>| node.processes.get(&Component::KubeApiserver)?.version;
        Scene {
            plan,
            histories: histories.collect(),
            version: base.nodes.iter().filter_map(apiserver).min(),
            base,
            absent,
            views: Vec::new(),
            known: BTreeMap::new(),
        }
    }

    /// Whether it is a node, or who else.
    pub(super) fn kind(&self, node: usize) -> Kind {
        self.plan.nodes[node].kind
    }

    /// The programs that run on a node before the first step.
    pub(super) fn programs(&self, node: usize) -> Vec<Component> {
        let processes = self.base.nodes[node].processes.values();
        let there = processes.filter(|process| process.is_present());
        there.map(|process| process.component).collect()
    }

    /// What a process reads that starts after none, one, two … steps.
    pub(super) fn readings(&mut self, node: usize, component: Component) -> Vec<Vec<Reading>> {
        let steps = 0..=self.histories[node].len();
        let mut readings = Vec::new();
        for done in steps {
            let view = self.view(node, self.histories[node].disks[done].clone());
            let process = self.views[view].node.processes.get(&component);
            readings.push(process.map_or_else(Vec::new, |it| it.readings(self.version)));
        }
        readings
    }

    /// A disk as something on a node sees it.
    pub(super) fn view(&mut self, node: usize, items: Items) -> usize {
        if let Some(known) = self.known.get(&(node, items.clone())) {
            return *known;
        }
        let tree = self.plan.tree(&items, &self.absent[node]);
        let read = Inventory::read(vec![(Some(self.plan.nodes[node].name.clone()), tree)]);
        let read = read.nodes[0].clone();
        let mut cluster = Inventory::of(self.base.nodes.clone());
        cluster.nodes[node] = read.clone();
        let drawn = match self.kind(node) {
            Kind::People => kubectl(&cluster, node),
            _ => self.around(&cluster, node),
        };
        let channels = drawn.into_iter();
        self.views.push(View {
            node: read,
            channels: channels.map(|channel| (channel.id(), channel)).collect(),
        });
        self.known.insert((node, items), self.views.len() - 1);
        self.views.len() - 1
    }

    /// The channels of a node's components, and those of people to them.
    fn around(&self, cluster: &Inventory, node: usize) -> Vec<Channel> {
        let nodes = 0..self.plan.nodes.len();
        let people = nodes.filter(|other| self.kind(*other) == Kind::People);
        let to_it = |channel: &Channel| channel.server.node == Some(node);
        let theirs = people
            .flat_map(|other| kubectl(cluster, other))
            .filter(to_it);
        let mut channels = Graph::around(cluster, node).channels;
        channels.extend(theirs);
        channels
    }

    /// A process as it is in a view.
    pub(super) fn process(&self, view: usize, component: Component) -> Option<&cluster::Process> {
        self.views[view].node.processes.get(&component)
    }

    /// The channels that a node has a part in, as something sees it.
    pub(super) fn channels(&self, view: usize) -> &BTreeMap<String, Channel> {
        &self.views[view].channels
    }

    /// The channels that a node has a part in before the first step.
    pub(super) fn first_channels(&self, node: usize) -> impl Iterator<Item = &Channel> {
        let first = self
            .known
            .get(&(node, self.histories[node].disks[0].clone()));
        let channels = first.map(|view| self.channels(*view).values());
        channels.into_iter().flatten()
    }

    /// Every view as a node of its own.
    pub(super) fn stage(&self) -> Inventory {
        Inventory::of(self.views.iter().map(|view| view.node.clone()).collect())
    }
}

/// The channels of people with kubeconfigs, wherever they are.
fn kubectl(cluster: &Inventory, node: usize) -> Vec<Channel> {
    let kubeconfigs = cluster.nodes[node].kubeconfigs.iter();
    let there = kubeconfigs.filter(|(_, used)| used.parsed.is_ok());
    let channels = there.flat_map(|(_, used)| Channel::of_kubeconfig(cluster, node, used));
    channels.collect()
}
