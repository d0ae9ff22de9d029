//! Plays a plan of one node through, event by event: the other opinion on what the prover says. It
//! shares the reading of files and the verdict on a channel, and nothing of the search.
//!
//! A write is taken apart first, by rules of its own: of what lies in one folder everything changes at
//! once, removals come last and singly.
//!
//! For every channel there is a small world: the steps that are done, and what the client's and the
//! server's processes hold. From every world each event leads to the next: a step, a process that ends
//! and starts again, a process that takes up one changed file. Every world that can be reached is
//! looked at.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

use audit::Verdict;
use cluster::catalogue::Reload;
use cluster::graph::Trust;
use cluster::{Channel, Component, Graph, Inventory, Node, Reading};
use kubepki_change::plan::{Action, Item, Kind, Plan, Step, StepId, Written};

type Disk = BTreeMap<String, Item>;

/// The same as a list, with whose disk it is.
type Lying = Vec<(String, Item)>;

/// What a process holds: what it read, by path.
type Held = BTreeMap<String, Option<Item>>;

/// A number for something held, so that worlds are small.
type Number = usize;

/// One end of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum End {
    /// A program of the node.
    Program(Component),
    /// Whoever reads the node's files at every use.
    Reader(Component),
    /// People elsewhere.
    People,
    /// Pods, by what kube-controller-manager published.
    Trusting,
    /// Pods, by the tokens that a program signed.
    Showing(Component),
}

/// A moment of one channel's life.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    /// How many steps are done: of the node, of people, of pods.
    done: [usize; 3],
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
    /// The steps of the node, of people and of pods.
    lanes: [Vec<StepId>; 3],
    disks: Vec<Disk>,
    copies: Vec<Disk>,
    nodes: RefCell<HashMap<Lying, Arc<Node>>>,
    held: RefCell<(HashMap<Held, Number>, Vec<Held>)>,
    verdicts: RefCell<HashMap<(String, End, Number, Number), bool>>,
    starts: RefCell<HashMap<(Component, usize), bool>>,
    /// What comes next for one program, so that it is found out once.
    next: RefCell<HashMap<(Component, Number, usize), Vec<Number>>>,
    after: RefCell<HashMap<(Component, Number, usize), Number>>,
}

impl<'a> Simulator<'a> {
    /// For a plan of one node.
    pub fn new(plan: &'a Plan) -> Self {
        let lane = |kind: Kind| -> Vec<StepId> {
            let those = plan.nodes.iter().filter(|node| node.kind == kind);
            let names: BTreeSet<&str> = those.map(|node| node.name.as_str()).collect();
            let steps = plan.numbered();
            steps
                .filter(|(_, step)| names.contains(step.node.as_str()))
                .map(|(id, _)| id)
                .collect()
        };
        let lanes = [lane(Kind::Node), lane(Kind::People), lane(Kind::Pods)];
        let start = |kind: Kind| {
            plan.nodes
                .iter()
                .find(|node| node.kind == kind)
                .unwrap()
                .files
                .clone()
        };
        Simulator {
            plan,
            disks: written(plan, start(Kind::Node), &lanes[0]),
            copies: written(plan, start(Kind::People), &lanes[1]),
            lanes,
            nodes: RefCell::default(),
            held: RefCell::default(),
            verdicts: RefCell::default(),
            starts: RefCell::default(),
            next: RefCell::default(),
            after: RefCell::default(),
        }
    }

    /// What breaks, when something does: a channel's id, or a program that does not start.
    pub fn breaks(&self) -> Option<String> {
        let node = self.node(&self.disks[0]);
        let base = Inventory::of(vec![node.clone(), self.people(&self.copies[0])]);
        let mut channels = Graph::of(&base).channels;
        channels.retain(|channel| channel.client.node == Some(0) && channel.server.node != Some(1));
        channels.extend(kubectl(&base));
        for channel in channels.iter().filter(|channel| !channel.latent) {
            for client in ends(channel.client.component, channel.client.node == Some(1)) {
                if self.fails(channel, client) {
                    return Some(channel.id());
                }
            }
        }
        None
    }

    /// Goes through every world of a channel.
    fn fails(&self, channel: &Channel, client: End) -> bool {
        let server = channel.server.node.map(|_| channel.server.component);
        let first = World {
            done: [0; 3],
            client: self.first(client),
            server: server.map_or(0, |server| self.started(server, 0)),
            pods: (self.first(client), false),
        };
        if !self.works(channel, client, &first) {
            return false;
        }
        let mut seen = HashSet::from([first.clone()]);
        let mut open = VecDeque::from([first]);
        while let Some(world) = open.pop_front() {
            if !self.works(channel, client, &world) || !self.can_start(client, server, &world) {
                return true;
            }
            for next in self.events(client, server, &world) {
                if seen.insert(next.clone()) {
                    open.push_back(next);
                }
            }
        }
        false
    }

    /// What the client holds before the first step.
    fn first(&self, client: End) -> Number {
        match client.program() {
            Some(program) => self.started(program, 0),
            // Of people: which of the copies.
            None => 0,
        }
    }

    /// Every world that can be next.
    fn events(&self, client: End, server: Option<Component>, world: &World) -> Vec<World> {
        let mut next = self.steps(client, server, world);
        let now = world.done[0];
        if let Some(program) = client.program() {
            let changed = self.next(program, world.client, now).into_iter();
            next.extend(changed.map(|client| World {
                client,
                ..world.clone()
            }));
        }
        if let Some(program) = server {
            let changed = self.next(program, world.server, now).into_iter();
            next.extend(changed.map(|server| World {
                server,
                ..world.clone()
            }));
        }
        if client.is_pods() {
            let ready = self
                .next_hand_over(world)
                .is_none_or(|step| self.is_due(step, world));
            next.push(World {
                pods: (world.client, ready),
                ..world.clone()
            });
        }
        if client == End::People {
            next.push(World {
                client: world.done[1],
                ..world.clone()
            });
        }
        next
    }

    fn steps(&self, client: End, server: Option<Component>, world: &World) -> Vec<World> {
        let mut next = Vec::new();
        for lane in 0..3 {
            let step = self.lanes[lane].get(world.done[lane]);
            let Some(step) = step.filter(|step| self.is_due(**step, world)) else {
                continue;
            };
            let action = &self.plan.steps[step.0 - 1].action;
            let mut after = world.clone();
            after.done[lane] += 1;
            match (lane, action) {
                (0, action) => {
                    if let Some(program) = client.program() {
                        after.client = self.after(program, world.client, after.done[0], action);
                    }
                    if let Some(program) = server {
                        after.server = self.after(program, world.server, after.done[0], action);
                    }
                }
                (1, Action::HandOver(_)) if client == End::People => after.client = after.done[1],
                (2, Action::HandOver(_)) if client.is_pods() => {
                    if !world.pods.1 {
                        continue;
                    }
                    after.pods.1 = false;
                }
                _ => {}
            }
            next.push(after);
        }
        next
    }

    /// Whether everything is done that a step waits for.
    fn is_due(&self, step: StepId, world: &World) -> bool {
        let done =
            |one: &StepId| (0..3).any(|lane| self.lanes[lane][..world.done[lane]].contains(one));
        let own = self.lanes.iter().find(|lane| lane.contains(&step)).unwrap();
        let before = own.iter().take_while(|one| **one != step);
        self.plan.steps[step.0 - 1].after.iter().all(done) && before.into_iter().all(done)
    }

    fn next_hand_over(&self, world: &World) -> Option<StepId> {
        let mut rest = self.lanes[2][world.done[2]..].iter();
        rest.find(|step| matches!(self.plan.steps[step.0 - 1].action, Action::HandOver(_)))
            .copied()
    }

    fn next(&self, program: Component, held: Number, done: usize) -> Vec<Number> {
        let key = (program, held, done);
        let known = self.next.borrow().get(&key).cloned();
        known.unwrap_or_else(|| {
            let next = self.alone(program, held, done);
            self.next.borrow_mut().insert(key, next.clone());
            next
        })
    }

    fn after(&self, program: Component, held: Number, done: usize, action: &Action) -> Number {
        let key = (program, held, done);
        let known = self.after.borrow().get(&key).copied();
        known.unwrap_or_else(|| {
            let after = self.stepped(program, held, done, action);
            self.after.borrow_mut().insert(key, after);
            after
        })
    }

    /// What a program holds after a step of its node.
    fn stepped(&self, program: Component, held: Number, done: usize, action: &Action) -> Number {
        if *action == Action::Restart(program) {
            return self.started(program, done);
        }
        let disk = &self.disks[done];
        let mut mine = self.what(held);
        for reading in self.readings(program, &mine) {
            let awaited = match action {
                Action::Await(awaited) if awaited.component == program => reading
                    .paths
                    .iter()
                    .any(|path| awaited.paths.contains(&**path)),
                _ => false,
            };
            if awaited && reading.is_repeated() || reading.reload == Reload::EveryHandshake {
                take_up(&mut mine, &reading, disk);
            }
        }
        self.number(mine)
    }

    /// What a program may hold next by itself: it ends and starts again, or takes up one change.
    fn alone(&self, program: Component, held: Number, done: usize) -> Vec<Number> {
        let mine = self.what(held);
        let mut next = vec![self.started(program, done)];
        for reading in self
            .readings(program, &mine)
            .iter()
            .filter(|one| one.is_repeated())
        {
            let mut other = mine.clone();
            take_up(&mut other, reading, &self.disks[done]);
            next.push(self.number(other));
        }
        next
    }

    /// What a program holds that has just started.
    fn started(&self, program: Component, done: usize) -> Number {
        let disk = &self.disks[done];
        let mut held = Held::new();
        for reading in self.readings_on(program, disk) {
            take_up(&mut held, &reading, disk);
        }
        self.number(held)
    }

    /// What it read when it started, as far as what it holds says.
    fn readings(&self, program: Component, held: &Held) -> Vec<Reading> {
        self.readings_on(program, &self.seen(held))
    }

    fn readings_on(&self, program: Component, disk: &Disk) -> Vec<Reading> {
        let node = self.node(disk);
        let version = node.processes[&Component::KubeApiserver].version;
        let process = node.processes.get(&program);
        process
            .map(|process| process.readings(version))
            .unwrap_or_default()
    }

    /// Whether both programs would start, if they ended now.
    fn can_start(&self, client: End, server: Option<Component>, world: &World) -> bool {
        let programs = client.program().into_iter().chain(server);
        programs.into_iter().all(|program| {
            let key = (program, world.done[0]);
            let known = self.starts.borrow().get(&key).copied();
            known.unwrap_or_else(|| {
                let stage = Inventory::of(vec![self.node(&self.disks[world.done[0]])]);
                let starts = !audit::stops(&stage, self.plan.at).contains_key(&(program, 0));
                self.starts.borrow_mut().insert(key, starts);
                starts
            })
        })
    }

    fn works(&self, channel: &Channel, client: End, world: &World) -> bool {
        let own = match client {
            End::People => world.client,
            End::Reader(_) => world.done[0],
            End::Trusting | End::Showing(_) => world.pods.0,
            End::Program(_) => world.client,
        };
        let key = (channel.id(), client, own, world.server);
        let known = self.verdicts.borrow().get(&key).copied();
        known.unwrap_or_else(|| {
            let works = self.judge(channel, client, own, world.server);
            self.verdicts.borrow_mut().insert(key, works);
            works
        })
    }

    fn judge(&self, channel: &Channel, client: End, own: Number, server: Number) -> bool {
        let one = match client {
            End::People => self.people(&self.copies[own]),
            End::Reader(_) => self.node(&self.disks[own]),
            _ => self.node(&self.seen(&self.what(own))),
        };
        let other = match channel.server.node {
            Some(_) => self.node(&self.seen(&self.what(server))),
            None => one.clone(),
        };
        let find = |seen: &Arc<Node>, people: bool| {
            let base = match people {
                true => Inventory::of(vec![self.node(&self.disks[0]), seen.clone()]),
                false => Inventory::of(vec![seen.clone(), self.people(&self.copies[0])]),
            };
            let mut channels = Graph::of(&base).channels;
            channels.extend(kubectl(&base));
            channels
                .into_iter()
                .find(|found| found.id() == channel.id())
        };
        let (Some(mine), Some(theirs)) = (find(&one, client == End::People), find(&other, false))
        else {
            return false;
        };
        let mut met = mine.answered_as_in(&theirs);
        match client {
            End::Trusting => met.credential = theirs.credential.clone(),
            End::Showing(_) => met.trust = Trust::Nothing(None),
            _ => {}
        }
        met.client.node = Some(0);
        met.server.node = met.server.node.map(|_| 1);
        let graph = Graph {
            channels: vec![met],
        };
        let verdicts = audit::verdicts(&Inventory::of(vec![one, other]), &graph, self.plan.at);
        verdicts[0].verdict == Verdict::Works
    }

    /// A disk that shows what is held.
    fn seen(&self, held: &Held) -> Disk {
        let mut disk = self.disks[0].clone();
        for (path, item) in held {
            match item {
                Some(item) => disk.insert(path.clone(), item.clone()),
                None => disk.remove(path),
            };
        }
        disk
    }

    fn node(&self, disk: &Disk) -> Arc<Node> {
        let place = self
            .plan
            .nodes
            .iter()
            .position(|node| node.kind == Kind::Node);
        self.read(disk, place.unwrap())
    }

    fn people(&self, disk: &Disk) -> Arc<Node> {
        let place = self
            .plan
            .nodes
            .iter()
            .position(|node| node.kind == Kind::People);
        self.read(disk, place.unwrap())
    }

    fn read(&self, disk: &Disk, place: usize) -> Arc<Node> {
        let mut key: Lying = disk
            .iter()
            .map(|(path, item)| (path.clone(), item.clone()))
            .collect();
        key.push((String::new(), Item::Link(place.to_string())));
        let known = self.nodes.borrow().get(&key).cloned();
        known.unwrap_or_else(|| {
            let node = &self.plan.nodes[place];
            let written = self.plan.written(&node.name).map(|file| file.path.clone());
            let absent = node.absent.iter().cloned().chain(written).collect();
            let files = self.plan.tree(disk, &absent);
            let read = Inventory::read(vec![(Some(node.name.clone()), files)]).nodes[0].clone();
            self.nodes.borrow_mut().insert(key, read.clone());
            read
        })
    }

    fn number(&self, held: Held) -> Number {
        let (numbers, all) = &mut *self.held.borrow_mut();
        *numbers.entry(held.clone()).or_insert_with(|| {
            all.push(held);
            all.len() - 1
        })
    }

    fn what(&self, number: Number) -> Held {
        self.held.borrow().1[number].clone()
    }
}

impl End {
    /// The program whose files count.
    fn program(self) -> Option<Component> {
        match self {
            End::Program(program) | End::Showing(program) => Some(program),
            End::Trusting => Some(Component::KubeControllerManager),
            End::Reader(_) | End::People => None,
        }
    }

    fn is_pods(self) -> bool {
        matches!(self, End::Trusting | End::Showing(_))
    }
}

/// Who a channel's client is.
fn ends(client: Component, is_elsewhere: bool) -> Vec<End> {
    match client {
        _ if is_elsewhere => vec![End::People],
        Component::ServiceAccount => vec![
            End::Trusting,
            End::Showing(Component::KubeApiserver),
            End::Showing(Component::KubeControllerManager),
        ],
        Component::Admin | Component::SuperAdmin | Component::EtcdHealthcheck => {
            vec![End::Reader(client)]
        }
        // It is a pod, and holds what pods hold.
        Component::KubeProxy => Vec::new(),
        program => vec![End::Program(program)],
    }
}

fn kubectl(base: &Inventory) -> Vec<Channel> {
    let kubeconfigs = base.nodes[1].kubeconfigs.values();
    let there = kubeconfigs.filter(|used| used.parsed.is_ok());
    there
        .flat_map(|used| Channel::of_kubeconfig(base, 1, used))
        .collect()
}

fn take_up(held: &mut Held, reading: &Reading, disk: &Disk) {
    for path in &reading.paths {
        held.insert(path.to_string(), disk.get(&**path).cloned());
    }
}

/// What lies on a disk after none, one, two … of these steps.
fn written(plan: &Plan, start: Disk, steps: &[StepId]) -> Vec<Disk> {
    let mut disks = vec![start];
    for step in steps {
        let mut disk = disks[disks.len() - 1].clone();
        if let Action::Write(files) = &plan.steps[step.0 - 1].action {
            for file in files {
                disk.remove(&file.path);
                disk.extend(file.item().map(|item| (file.path.clone(), item)));
            }
        }
        disks.push(disk);
    }
    disks
}

/// The same plan in smaller steps.
pub fn apart(plan: &Plan) -> Plan {
    let mut numbers = BTreeMap::new();
    let mut steps: Vec<Step> = Vec::new();
    for (id, step) in plan.numbered() {
        let mut rest = match &step.action {
            Action::Write(files) => files.clone(),
            _ => Vec::new(),
        };
        let mut after = step.after.clone();
        let mut push = |action| {
            let after = std::mem::take(&mut after);
            let step = step.clone();
            steps.push(Step {
                action,
                after,
                ..step
            });
        };
        while let Some(first) = rest.iter().find(|file| file.content.is_some()).cloned() {
            let folder = Path::new(&first.path).parent();
            let is_here =
                |file: &Written| file.content.is_some() && Path::new(&file.path).parent() == folder;
            let (here, others) = rest.into_iter().partition(is_here);
            rest = others;
            push(Action::Write(here));
        }
        for file in rest {
            push(Action::Write(vec![file]));
        }
        let whole = match &step.action {
            Action::Write(files) => files.is_empty(),
            _ => true,
        };
        if whole {
            push(step.action.clone());
        }
        numbers.insert(id, StepId(steps.len()));
    }
    for step in &mut steps {
        step.after
            .iter_mut()
            .for_each(|after| *after = numbers[after]);
    }
    Plan {
        steps,
        ..plan.clone()
    }
}
