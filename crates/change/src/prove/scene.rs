//! What every process holds in every state it can be in, as nodes and channels that can be judged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cluster::graph::{Credential, Party, Trust};
use cluster::material::{Origin, Secret};
use cluster::process::Version;
use cluster::{Channel, Component, Graph, Inventory, Loader, Material, Reading};
use zeroize::Zeroizing;

use super::ends;
use super::history::{History, Items};
use super::published::{self, Published};
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
    /// What nodes that join read.
    joining: Option<Published>,
    /// The channels of all views: most views of a node hold the same of most channels.
    shared: BTreeMap<(Component, String, u64), Arc<Channel>>,
}

/// A disk as a process sees it.
struct View {
    node: Arc<cluster::Node>,
    /// For whoever sees it so: the channels that they have a part in, by id.
    channels: BTreeMap<Component, Channels>,
}

/// Where the kubelet of a node that joins is, in a channel's id.
const JOINING: &str = "joining";

type Channels = BTreeMap<String, Arc<Channel>>;

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
            joining: published::all(plan, &way.lanes)
                .into_iter()
                .find(Published::is_for_joining),
            shared: BTreeMap::new(),
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
        self.views.push(View {
            node: read.nodes[0].clone(),
            channels: BTreeMap::new(),
        });
        self.known.insert((node, items), self.views.len() - 1);
        self.views.len() - 1
    }

    /// The same for a process or a person, with their channels.
    pub(super) fn view_of(&mut self, node: usize, holder: Component, items: Items) -> usize {
        let view = self.view(node, items);
        if self.views[view].channels.contains_key(&holder) {
            return view;
        }
        let mut cluster = Inventory::of(self.base.nodes.clone());
        cluster.nodes[node] = self.views[view].node.clone();
        let drawn = match self.kind(node) {
            Kind::People => kubectl(&cluster, node),
            _ => self.around(&cluster, node, holder),
        };
        let mut channels = Channels::new();
        for channel in drawn {
            let (id, held) = (channel.id(), ends::held(self, view, holder, &channel));
            let known = self.shared.entry((holder, id.clone(), held));
            channels.insert(id, known.or_insert_with(|| Arc::new(channel)).clone());
        }
        self.views[view].channels.insert(holder, channels);
        view
    }

    /// The channels of one of a node's components, those of people to it, and those of pods that
    /// have from it what they hold.
    fn around(&self, cluster: &Inventory, node: usize, holder: Component) -> Vec<Channel> {
        let parts: &[Component] = match holder {
            Component::KubeApiserver | Component::KubeControllerManager => {
                &[holder, Component::ServiceAccount, Component::KubeProxy]
            }
            _ => &[holder],
        };
        let mut channels = Graph::around(cluster, node, parts).channels;
        if holder != Component::KubeApiserver {
            return channels;
        }
        let nodes = 0..self.plan.nodes.len();
        let people = nodes.filter(|other| self.kind(*other) == Kind::People);
        let to_it = |channel: &Channel| channel.server.node == Some(node);
        let theirs = people
            .flat_map(|other| kubectl(cluster, other))
            .filter(to_it);
        let theirs: Vec<Channel> = theirs.collect();
        if let Some(joining) = &self.joining {
            let text = &joining.states[0].text;
            channels.extend(
                theirs
                    .iter()
                    .map(|channel| joined(channel, joining.lane, text)),
            );
        }
        channels.extend(theirs);
        channels
    }

    /// What nodes that join read, when the plan changes it.
    pub(super) fn joining(&self) -> Option<Published> {
        self.joining.clone()
    }

    /// What a node that joins holds of this bundle. It goes where people do.
    pub(super) fn view_of_joining(&mut self, lane: usize, bundle: &str) -> usize {
        let people = (0..self.plan.nodes.len()).filter(|node| self.kind(*node) == Kind::People);
        let theirs = people.flat_map(|node| kubectl(&self.base, node));
        let channels = theirs.map(|channel| joined(&channel, lane, bundle));
        let channels = channels
            .map(|channel| (channel.id(), Arc::new(channel)))
            .collect();
        self.views.push(View {
            node: self.base.nodes[lane].clone(),
            channels: [(Component::Kubelet, channels)].into(),
        });
        self.views.len() - 1
    }

    /// A process as it is in a view.
    pub(super) fn process(&self, view: usize, component: Component) -> Option<&cluster::Process> {
        self.views[view].node.processes.get(&component)
    }

    /// The channels of whoever sees a view, by id.
    pub(super) fn channels(&self, view: usize, holder: Component) -> &Channels {
        static NONE: Channels = BTreeMap::new();
        self.views[view].channels.get(&holder).unwrap_or(&NONE)
    }

    /// The channels of a node's component before the first step.
    pub(super) fn first_channels(&self, node: usize, component: Component) -> Vec<Channel> {
        Graph::around(&self.base, node, &[component]).channels
    }

    /// Every view as a node of its own.
    pub(super) fn stage(&self) -> Inventory {
        self.stage_of(0..self.views.len())
    }

    /// The same of some views, in this order.
    pub(super) fn stage_of(&self, views: impl Iterator<Item = usize>) -> Inventory {
        Inventory::of(views.map(|view| self.views[view].node.clone()).collect())
    }
}

/// The channels of people with kubeconfigs, wherever they are.
fn kubectl(cluster: &Inventory, node: usize) -> Vec<Channel> {
    let kubeconfigs = cluster.nodes[node].kubeconfigs.iter();
    let there = kubeconfigs.filter(|(_, used)| used.parsed.is_ok());
    let channels = there.flat_map(|(_, used)| Channel::of_kubeconfig(cluster, node, used));
    channels.collect()
}

/// The channel of somebody with a kubeconfig as a node has it that joins and verifies by this bundle.
/// What it shows then, a token that somebody gave it, is not in any file.
fn joined(channel: &Channel, lane: usize, bundle: &str) -> Channel {
    let bytes = Zeroizing::new(bundle.as_bytes().to_vec());
    Channel {
        client: Party {
            component: Component::Kubelet,
            node: Some(lane),
            label: Some(JOINING.into()),
        },
        kubeconfig: None,
        trust: Trust::Bundle {
            material: Material {
                setting: None,
                origin: Origin::Embedded(Secret::new(bytes, false)),
            },
            loader: Loader::ClientGoCa,
        },
        credential: Credential::Unknown,
        ..channel.clone()
    }
}
