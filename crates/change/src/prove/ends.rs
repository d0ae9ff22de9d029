//! The two ends of channels in every state in which they can be, and the moments at which they can.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use cluster::graph::{Credential, Presented, Trust};
use cluster::{Channel, Component, Material, Pair};

use super::history::{Course, Start};
use super::published::Published;
use super::scene::Scene;
use crate::plan::{Kind, Way};

/// One state of one end.
#[derive(Debug)]
pub(super) struct End {
    /// Whose state it is: a process, or somebody with a kubeconfig.
    pub(super) holder: Component,
    /// On which node.
    pub(super) node: usize,
    /// The disk that it holds, as a view of the scene.
    pub(super) view: usize,
    /// How it came about.
    pub(super) start: Start,
    /// Whether it holds just what a start gives.
    pub(super) is_fresh: bool,
    /// Whether it is as before the first step.
    pub(super) is_first: bool,
    /// When it can be: of some nodes, how many steps are done.
    pub(super) moments: Vec<Vec<(usize, usize)>>,
    /// What counts of it as a client.
    pub(super) role: Role,
}

/// What counts of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// Everything.
    Whole,
    /// What was published, by which pods verify: kube-controller-manager is the holder.
    PodsTrust,
    /// The tokens it signed, which pods show: kube-apiserver or kube-controller-manager.
    PodsToken,
    /// What is published for nodes that join, by which those verify.
    Joining,
}

/// All of them.
#[derive(Default)]
pub(super) struct Ends {
    ends: BTreeMap<(usize, Component, Role), Vec<End>>,
    /// How many states there are on each node, each after each number of steps.
    pub(super) states: BTreeMap<usize, usize>,
}

/// Whoever reads the files of a node at every use.
const READ_AT_USE: [Component; 3] = [
    Component::Admin,
    Component::SuperAdmin,
    Component::EtcdHealthcheck,
];

impl Ends {
    pub(super) fn of(scene: &mut Scene<'_>, way: &Way) -> Self {
        let mut ends = Ends::default();
        let pods = (0..way.lanes.len()).find(|node| scene.kind(*node) == Kind::Pods);
        for node in 0..way.lanes.len() {
            match scene.kind(node) {
                Kind::Node => ends.add_node(scene, way, node, pods),
                Kind::People => {
                    let course = scene.histories[node].held();
                    ends.add(scene, node, Component::Admin, &course, &[]);
                }
                Kind::Pods => {}
            }
        }
        if let Some(joining) = scene.joining() {
            ends.add_joining(scene, &joining);
        }
        ends
    }

    /// Nodes that join read what is published at that moment. Each of its states is one as long as
    /// the lane that publishes it is no further.
    fn add_joining(&mut self, scene: &mut Scene<'_>, joining: &Published) {
        let holder = Component::Kubelet;
        let states = joining.states.iter().map(|state| End {
            holder,
            node: joining.lane,
            view: scene.view_of_joining(joining.lane, &state.text),
            start: Start::Before,
            is_fresh: false,
            is_first: state.counts.contains(&0),
            moments: state
                .counts
                .clone()
                .map(|done| vec![(joining.lane, done)])
                .collect(),
            role: Role::Joining,
        });
        let states = states.collect();
        self.ends
            .insert((joining.lane, holder, Role::Joining), states);
    }

    fn add_node(&mut self, scene: &mut Scene<'_>, way: &Way, node: usize, pods: Option<usize>) {
        for program in scene.programs(node) {
            let readings = scene.readings(node, program);
            let course = scene.histories[node].course(program, &readings);
            let states = course.iter().map(BTreeMap::len).sum::<usize>();
            *self.states.entry(node).or_default() += states;
            self.add(scene, node, program, &course, &readings);
            let roles: &[Role] = match program {
                Component::KubeControllerManager => &[Role::PodsTrust, Role::PodsToken],
                Component::KubeApiserver => &[Role::PodsToken],
                _ => &[],
            };
            for role in roles {
                self.add_pods(scene, way, (node, program, *role), pods);
            }
        }
        let course = scene.histories[node].current();
        for person in READ_AT_USE {
            self.add(scene, node, person, &course, &[]);
        }
    }

    fn add(
        &mut self,
        scene: &mut Scene<'_>,
        node: usize,
        holder: Component,
        course: &Course,
        readings: &[Vec<cluster::Reading>],
    ) {
        let mut found: BTreeMap<_, End> = BTreeMap::new();
        for (done, states) in course.iter().enumerate() {
            for (state, start) in states {
                let is_new = !found.contains_key(state);
                let end = found.entry(state.clone()).or_insert_with(|| End {
                    holder,
                    node,
                    view: 0,
                    start: *start,
                    is_fresh: false,
                    is_first: false,
                    moments: Vec::new(),
                    role: Role::Whole,
                });
                if is_new {
                    let items = scene.histories[node].seen(state, readings);
                    end.view = scene.view_of(node, holder, items);
                }
                end.start = end.start.min(*start);
                end.is_first |= done == 0;
                end.is_fresh |= scene.histories[node].is_as_now(state, done, readings);
                end.moments.push(vec![(node, done)]);
            }
        }
        let ends = found.into_values().collect();
        self.ends.insert((node, holder, Role::Whole), ends);
    }

    /// Pods hold what a process published or signed at any moment since the last hand-over.
    fn add_pods(
        &mut self,
        scene: &Scene<'_>,
        way: &Way,
        (node, holder, role): (usize, Component, Role),
        pods: Option<usize>,
    ) {
        let Some(own) = self.ends.get(&(node, holder, Role::Whole)) else {
            return;
        };
        let steps = scene.histories[node].len();
        let held = |end: &End| {
            let from = end.moments.iter().flatten().map(|(_, done)| *done);
            let moments = from.flat_map(|from| (from..=steps).map(move |now| (from, now)));
            let mut held: Vec<Vec<(usize, usize)>> = Vec::new();
            for (from, now) in moments {
                match pods {
                    None => held.push(vec![(node, now)]),
                    Some(pods) => {
                        let history = &scene.histories[pods];
                        let counts = (0..=history.len()).filter(|done| {
                            let since = way.needed(pods, history.handed_over(*done), node);
                            from >= since && way.go_together((node, now), (pods, *done))
                        });
                        held.extend(counts.map(|done| vec![(node, now), (pods, done)]));
                    }
                }
            }
            held.sort();
            held.dedup();
            held
        };
        let ends = own.iter().map(|end| End {
            moments: held(end),
            role,
            ..*end
        });
        let ends = ends.collect();
        self.ends.insert((node, holder, role), ends);
    }

    /// The ends of every client, each with all its states.
    pub(super) fn clients(&self) -> impl Iterator<Item = &[End]> {
        self.ends.values().map(Vec::as_slice)
    }

    /// The states of a server.
    pub(super) fn servers(&self, node: usize, component: Component) -> &[End] {
        let found = self.ends.get(&(node, component, Role::Whole));
        found.map_or(&[], Vec::as_slice)
    }

    /// The states of all processes.
    pub(super) fn processes(&self) -> impl Iterator<Item = &End> {
        let whole = self
            .ends
            .iter()
            .filter(|((.., role), _)| *role == Role::Whole);
        whole.flat_map(|(_, ends)| ends)
    }
}

impl End {
    /// The channels whose client it is, as it holds them.
    pub(super) fn channels<'s>(
        &'s self,
        scene: &'s Scene<'_>,
    ) -> impl Iterator<Item = (&'s String, &'s Arc<Channel>)> {
        let channels = scene.channels(self.view, self.holder).iter();
        channels.filter(|(_, channel)| {
            channel.client.node == Some(self.node) && self.is_client_of(channel) && !channel.latent
        })
    }

    fn is_client_of(&self, channel: &Channel) -> bool {
        let component = channel.client.component;
        match (self.role, &channel.credential) {
            (Role::Whole | Role::Joining, _) => component == self.holder,
            // It is a pod, and the same on every node: the one on the node whose kube-apiserver signs
            // for all of them stands for the others.
            (_, Credential::ServiceAccountToken(tokens)) if component == Component::KubeProxy => {
                tokens.signer == self.node
            }
            (Role::PodsTrust | Role::PodsToken, _) => component == Component::ServiceAccount,
        }
    }

    /// A channel with this client and that server, of which no more counts than what the client
    /// holds.
    pub(super) fn met_by(&self, own: &Channel, server: &Channel) -> Channel {
        let mut channel = own.answered_as_in(server);
        match self.role {
            Role::Whole | Role::Joining => {}
            Role::PodsTrust => channel.credential = server.credential.clone(),
            Role::PodsToken => channel.trust = Trust::Nothing(None),
        }
        channel
    }

    /// The same for ends that hold the same as clients of this channel.
    pub(super) fn as_client(&self, scene: &Scene<'_>, channel: &Channel) -> u64 {
        let mut sum = Sum::new(self.role as u8);
        sum.settings(scene, self.view, self.holder);
        sum.client(channel);
        sum.finish()
    }

    /// The same for ends that hold the same as servers of this channel.
    pub(super) fn as_server(&self, scene: &Scene<'_>, channel: &Channel) -> u64 {
        let mut sum = Sum::new(u8::MAX);
        sum.settings(scene, self.view, self.holder);
        sum.server(channel);
        sum.finish()
    }
}

/// The same for views of a holder that hold the same of both sides of this channel.
pub(super) fn held(scene: &Scene<'_>, view: usize, holder: Component, channel: &Channel) -> u64 {
    let mut sum = Sum::new(0);
    sum.settings(scene, view, holder);
    sum.client(channel);
    sum.server(channel);
    // One of them is kept for all: whatever else a verdict comes from has to be in it too.
    let auth = &channel.client_auth;
    sum.text(&format!(
        "{:?} {:?} {:?}",
        channel.required, auth.mode, channel.latent
    ));
    let allowed = auth.allowed_names.iter().chain(&auth.allowed_hostnames);
    allowed.for_each(|name| sum.text(&name.value));
    sum.finish()
}

/// A fingerprint of contents.
struct Sum(DefaultHasher);

impl Sum {
    fn new(seed: u8) -> Self {
        let mut hasher = DefaultHasher::new();
        seed.hash(&mut hasher);
        Sum(hasher)
    }

    /// What a process was told when it started.
    fn settings(&mut self, scene: &Scene<'_>, view: usize, holder: Component) {
        let process = scene.process(view, holder);
        for setting in process.iter().flat_map(|process| process.settings.iter()) {
            self.text(&setting.key);
            self.text(&setting.value);
        }
    }

    /// A client's side of a channel.
    fn client(&mut self, channel: &Channel) {
        for address in &channel.addresses {
            self.text(&format!(
                "{}://{address} {}",
                address.scheme,
                address.checked_name()
            ));
        }
        self.trust(&channel.trust);
        match &channel.credential {
            Credential::Pair(pair) => self.pair(pair),
            Credential::ServiceAccountToken(tokens) => {
                let keys = tokens.signing_key.iter().chain(&tokens.legacy_signing_key);
                keys.for_each(|key| self.material(key));
            }
            other => self.text(&format!("{other:?}")),
        }
    }

    /// A server's side of a channel.
    fn server(&mut self, channel: &Channel) {
        let named = channel.serving.by_name.iter();
        named.for_each(|named| self.pair(&named.pair));
        match &channel.serving.default {
            Presented::Pair(pair) => self.pair(pair),
            other => self.text(&format!("{other:?}")),
        }
        self.trust(&channel.client_auth.trust);
        if let Credential::ServiceAccountToken(tokens) = &channel.credential {
            let keys = tokens.verification_keys.iter();
            keys.for_each(|key| self.material(key));
        }
    }

    fn text(&mut self, text: &str) {
        text.hash(&mut self.0);
    }

    fn material(&mut self, material: &Material) {
        material.bytes().hash(&mut self.0);
    }

    fn pair(&mut self, pair: &Pair) {
        let halves = pair.certificate.iter().chain(&pair.key);
        halves.for_each(|half| self.material(half));
    }

    fn trust(&mut self, trust: &Trust) {
        match trust {
            Trust::Bundle { material, .. } => self.material(material),
            other => self.text(&format!("{other:?}")),
        }
    }

    fn finish(self) -> u64 {
        self.0.finish()
    }
}
