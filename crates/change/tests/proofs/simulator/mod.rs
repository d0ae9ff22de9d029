//! Plays a plan through, event by event: the other opinion on what the prover says. It shares the
//! reading of files and the verdict on a channel, and nothing of the search: no node stands for
//! another here.
//!
//! For every channel there is a small world: the steps that are done, and what the client's and the
//! server's processes hold. From every world each event leads to the next: a step, a process that ends
//! and starts again, a process that takes up one changed file. Every world that can be reached is
//! looked at. Steps of others than these two are done as soon as they can be: they change nothing
//! here but what others wait for, and nobody waits for something not to be done.

mod apart;
mod away;
mod ground;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};

use cluster::graph::{Credential, Trust};
use cluster::{Channel, Component, Graph, Inventory};
use kubepki_change::plan::{Action, Kind, Plan, StepId};

use self::ground::{Ground, Number, kubectl};

pub use apart::apart;

/// One end of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum End {
    /// A program of a node.
    Program(Component),
    /// Whoever reads a node's files at every use.
    Reader,
    /// People elsewhere.
    People,
    /// Pods, by what kube-controller-manager published.
    Trusting,
    /// Pods, by the tokens that a program signed.
    Showing(Component),
}

/// Who meets whom: what they are, and on which node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Meeting {
    client: (usize, End),
    server: Option<(usize, Component)>,
}

/// A moment of one channel's life.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    /// How many steps are done, of each node.
    done: Vec<usize>,
    /// What the client's process holds, or people do.
    client: Number,
    /// What the server holds.
    server: Number,
    /// What pods hold, and whether they got it when everything was done that the next hand-over waits
    /// for.
    pods: (Number, bool),
}

pub struct Simulator<'a> {
    plan: &'a Plan,
    lanes: Lanes<'a>,
    ground: Ground<'a>,
    verdicts: RefCell<HashMap<(String, End, Number, Number), bool>>,
}

/// The steps of each node, of people and of pods, and what they wait for.
struct Lanes<'a> {
    plan: &'a Plan,
    steps: Vec<Vec<StepId>>,
    /// In whose lane each step is, and how many are before it there.
    places: HashMap<StepId, (usize, usize)>,
}

impl<'a> Simulator<'a> {
    pub fn new(plan: &'a Plan) -> Self {
        let lanes = Lanes::of(plan);
        Simulator {
            plan,
            ground: Ground::of(plan, &lanes.steps),
            lanes,
            verdicts: RefCell::default(),
        }
    }

    /// What breaks, when something does: a channel's id, or a component of which too many are away.
    pub fn breaks(&self) -> Option<String> {
        let broken = self.channels().into_iter().find(|channel| {
            let mut ends = self.ends(channel).into_iter();
            ends.any(|end| self.fails(channel, end))
        });
        let broken = broken.map(|channel| channel.id());
        broken.or_else(|| away::too_many(&self.lanes, &self.ground))
    }

    /// Those before the first step.
    fn channels(&self) -> Vec<Channel> {
        let base = Inventory::of(self.ground.at_first());
        let is_node = |node: Option<usize>| node.is_none_or(|node| self.kind(node) == Kind::Node);
        let mut channels = Graph::of(&base).channels;
        channels.retain(|channel| {
            !channel.latent && is_node(channel.client.node) && is_node(channel.server.node)
        });
        let people = (0..self.plan.nodes.len()).filter(|node| self.kind(*node) == Kind::People);
        channels.extend(people.flat_map(|node| kubectl(&base, node)));
        channels
    }

    fn kind(&self, node: usize) -> Kind {
        self.plan.nodes[node].kind
    }

    /// Who a channel's client is.
    fn ends(&self, channel: &Channel) -> Vec<Meeting> {
        let Some(node) = channel.client.node else {
            return Vec::new();
        };
        // Whose kube-controller-manager and kube-apiserver pods have it from.
        let node = match &channel.credential {
            Credential::ServiceAccountToken(tokens) => tokens.signer,
            _ => node,
        };
        let ends = match channel.client.component {
            _ if self.kind(node) == Kind::People => vec![End::People],
            Component::ServiceAccount | Component::KubeProxy => vec![
                End::Trusting,
                End::Showing(Component::KubeApiserver),
                End::Showing(Component::KubeControllerManager),
            ],
            Component::Admin | Component::SuperAdmin | Component::EtcdHealthcheck => {
                vec![End::Reader]
            }
            program => vec![End::Program(program)],
        };
        let server = &channel.server;
        let meetings = ends.into_iter().map(|end| Meeting {
            client: (node, end),
            server: server.node.map(|node| (node, server.component)),
        });
        let run = |meeting: &Meeting| {
            let mut programs = meeting.programs();
            programs.all(|(node, program)| self.ground.runs(node, program))
        };
        meetings.filter(run).collect()
    }

    /// Goes through every world of a channel.
    fn fails(&self, channel: &Channel, meeting: Meeting) -> bool {
        let client = match meeting.client_program() {
            Some((node, program)) => self.ground.started(node, program, 0),
            // Of people: which of the copies.
            None => 0,
        };
        let server = meeting.server;
        let mut first = World {
            done: vec![0; self.lanes.steps.len()],
            client,
            server: server.map_or(0, |(node, program)| self.ground.started(node, program, 0)),
            pods: (client, false),
        };
        if !self.works(channel, meeting, &first) {
            return false;
        }
        self.others_go_on(meeting, &mut first);
        let mut seen = HashSet::from([first.clone()]);
        let mut open = VecDeque::from([first]);
        while let Some(world) = open.pop_front() {
            if !self.works(channel, meeting, &world) || !self.can_start(meeting, &world) {
                return true;
            }
            for mut next in self.events(meeting, &world) {
                self.others_go_on(meeting, &mut next);
                if seen.insert(next.clone()) {
                    open.push_back(next);
                }
            }
        }
        false
    }

    /// All steps that change nothing of this channel.
    fn others_go_on(&self, meeting: Meeting, world: &mut World) {
        let has_part = |lane: usize| {
            let is_server = meeting.server.is_some_and(|(node, _)| node == lane);
            let are_pods = meeting.are_pods() && self.kind(lane) == Kind::Pods;
            lane == meeting.client.0 || is_server || are_pods
        };
        self.lanes.go_on(&mut world.done, |lane, _| !has_part(lane));
    }

    /// Every world that can be next.
    fn events(&self, meeting: Meeting, world: &World) -> Vec<World> {
        let mut next = self.steps(meeting, world);
        let by_itself = |program: Option<(usize, Component)>, held| {
            let held = program
                .map(|(node, program)| self.ground.next(node, program, held, world.done[node]));
            held.into_iter().flatten()
        };
        let clients = by_itself(meeting.client_program(), world.client);
        next.extend(clients.map(|client| World {
            client,
            ..world.clone()
        }));
        let servers = by_itself(meeting.server, world.server);
        next.extend(servers.map(|server| World {
            server,
            ..world.clone()
        }));
        match meeting.client {
            (node, End::People) => next.push(World {
                client: world.done[node],
                ..world.clone()
            }),
            _ if meeting.are_pods() => next.push(World {
                pods: (world.client, self.hand_over_is_due(world)),
                ..world.clone()
            }),
            _ => {}
        }
        next
    }

    fn steps(&self, meeting: Meeting, world: &World) -> Vec<World> {
        let due = self.lanes.due(&world.done).into_iter();
        due.filter_map(|(lane, step)| self.step(meeting, world, lane, step))
            .collect()
    }

    fn step(&self, meeting: Meeting, world: &World, lane: usize, step: StepId) -> Option<World> {
        let action = &self.plan.steps[step.0 - 1].action;
        let mut after = world.clone();
        after.done[lane] += 1;
        let done = after.done[lane];
        let is_hand_over = matches!(action, Action::HandOver(_));
        if let Some((_, program)) = meeting.client_program().filter(|(node, _)| *node == lane) {
            after.client = self.ground.after(lane, program, world.client, done, action);
        }
        if let Some((_, program)) = meeting.server.filter(|(node, _)| *node == lane) {
            after.server = self.ground.after(lane, program, world.server, done, action);
        }
        if meeting.client == (lane, End::People) && is_hand_over {
            after.client = done;
        }
        if meeting.are_pods() && self.kind(lane) == Kind::Pods && is_hand_over {
            after.pods.1 = false;
            return world.pods.1.then_some(after);
        }
        Some(after)
    }

    /// Whether everything is done that the next hand-over to pods waits for.
    fn hand_over_is_due(&self, world: &World) -> bool {
        let lanes = self.lanes.steps.iter().enumerate();
        let mut pods = lanes.filter(|(lane, _)| self.kind(*lane) == Kind::Pods);
        let is_one =
            |step: &&StepId| matches!(self.plan.steps[step.0 - 1].action, Action::HandOver(_));
        pods.all(|(lane, steps)| {
            let next = steps[world.done[lane]..].iter().find(is_one);
            next.is_none_or(|step| self.lanes.is_due(*step, &world.done))
        })
    }

    /// Whether both programs would start, if they ended now.
    fn can_start(&self, meeting: Meeting, world: &World) -> bool {
        let mut programs = meeting.programs();
        programs.all(|(node, program)| self.ground.can_start(node, program, world.done[node]))
    }

    fn works(&self, channel: &Channel, meeting: Meeting, world: &World) -> bool {
        let (node, client) = meeting.client;
        let own = match client {
            End::People => self.ground.lying(node, world.client),
            End::Reader => self.ground.lying(node, world.done[node]),
            End::Trusting | End::Showing(_) => world.pods.0,
            End::Program(_) => world.client,
        };
        let key = (channel.id(), client, own, world.server);
        let known = self.verdicts.borrow().get(&key).copied();
        known.unwrap_or_else(|| {
            let works = self.judge(channel, meeting, own, world.server);
            self.verdicts.borrow_mut().insert(key, works);
            works
        })
    }

    fn judge(&self, channel: &Channel, meeting: Meeting, own: Number, server: Number) -> bool {
        let (node, client) = meeting.client;
        let drawn = |node, held| self.ground.drawn(node, held).get(&channel.id()).cloned();
        let theirs = match meeting.server {
            Some((node, _)) => drawn(node, server),
            None => drawn(node, own),
        };
        let (Some(mine), Some(theirs)) = (drawn(node, own), theirs) else {
            return false;
        };
        let mut met = mine.answered_as_in(&theirs);
        match client {
            End::Trusting => met.credential = theirs.credential,
            End::Showing(_) => met.trust = Trust::Nothing(None),
            _ => {}
        }
        let mut stage = vec![self.ground.node(node, own)];
        stage.extend(
            meeting
                .server
                .map(|(node, _)| self.ground.node(node, server)),
        );
        met.client.node = Some(0);
        met.server.node = meeting.server.map(|_| 1);
        let graph = Graph {
            channels: vec![met],
        };
        let verdicts = audit::verdicts(&Inventory::of(stage), &graph, self.plan.at);
        verdicts[0].verdict == audit::Verdict::Works
    }
}

impl<'a> Lanes<'a> {
    fn of(plan: &'a Plan) -> Self {
        let of = |name: &str| {
            let own = plan.numbered().filter(|(_, step)| step.node == name);
            own.map(|(id, _)| id).collect()
        };
        let steps: Vec<Vec<StepId>> = plan.nodes.iter().map(|node| of(&node.name)).collect();
        let mut places = HashMap::new();
        for (lane, steps) in steps.iter().enumerate() {
            let numbered = steps.iter().enumerate();
            places.extend(numbered.map(|(before, step)| (*step, (lane, before))));
        }
        Lanes {
            plan,
            steps,
            places,
        }
    }

    fn action(&self, step: StepId) -> &'a Action {
        &self.plan.steps[step.0 - 1].action
    }

    /// The next steps, each with its lane, of those that wait for nothing any more.
    fn due(&self, done: &[usize]) -> Vec<(usize, StepId)> {
        let next = self.steps.iter().zip(done).enumerate();
        let next = next.filter_map(|(lane, (steps, done))| Some((lane, *steps.get(*done)?)));
        next.filter(|(_, step)| self.is_due(*step, done)).collect()
    }

    /// Whether everything is done that a step waits for.
    fn is_due(&self, step: StepId, done: &[usize]) -> bool {
        let is_done = |(lane, before): (usize, usize)| before < done[lane];
        let (lane, before) = self.places[&step];
        let mut waits = self.plan.steps[step.0 - 1].after.iter();
        before <= done[lane] && waits.all(|one| is_done(self.places[one]))
    }

    /// Does all those steps that can be done.
    fn go_on(&self, done: &mut [usize], those: impl Fn(usize, StepId) -> bool) {
        loop {
            let mut due = self.due(done).into_iter();
            match due.find(|(lane, step)| those(*lane, *step)) {
                Some((lane, _)) => done[lane] += 1,
                None => return,
            }
        }
    }
}

impl Meeting {
    /// The program of the client's side whose files count.
    fn client_program(self) -> Option<(usize, Component)> {
        Some((self.client.0, self.client.1.program()?))
    }

    fn programs(self) -> impl Iterator<Item = (usize, Component)> {
        self.client_program().into_iter().chain(self.server)
    }

    fn are_pods(self) -> bool {
        matches!(self.client.1, End::Trusting | End::Showing(_))
    }
}

impl End {
    fn program(self) -> Option<Component> {
        match self {
            End::Program(program) | End::Showing(program) => Some(program),
            End::Trusting => Some(Component::KubeControllerManager),
            End::Reader | End::People => None,
        }
    }
}
