//! What lies on every node after each of its steps, and what a process there holds of it.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use cluster::catalogue::Reload;
use cluster::{Channel, Component, Graph, Inventory, Node, Reading};
use kubepki_change::plan::{Action, Item, Kind, Plan, StepId};

type Disk = BTreeMap<String, Item>;

/// A number for a disk as somebody sees it, so that worlds are small.
pub type Number = usize;

type Drawn = Rc<HashMap<String, Channel>>;

/// What a program of a node holds, with so many steps done there.
type Holding = (usize, Component, Number, usize);

/// All nodes, and everything that was found out about them, so that it is found out once.
pub struct Ground<'a> {
    plan: &'a Plan,
    /// What lies on each after none, one, two … steps.
    disks: Vec<Vec<Disk>>,
    lying: Vec<Vec<Number>>,
    /// As processes see it: what they have read, and whatever else lay there before the first step.
    seen: RefCell<(HashMap<Disk, Number>, Vec<Disk>)>,
    nodes: RefCell<HashMap<(usize, Number), Arc<Node>>>,
    drawn: RefCell<HashMap<(usize, Number), Drawn>>,
    starts: RefCell<HashMap<(usize, Component, usize), bool>>,
    next: RefCell<HashMap<Holding, Vec<Number>>>,
    after: RefCell<HashMap<Holding, Number>>,
}

impl<'a> Ground<'a> {
    pub fn of(plan: &'a Plan, lanes: &[Vec<StepId>]) -> Self {
        let nodes = plan.nodes.iter().zip(lanes);
        let disks = nodes.map(|(node, steps)| written(plan, node.files.clone(), steps));
        let mut ground = Ground {
            plan,
            disks: disks.collect(),
            lying: Vec::new(),
            seen: RefCell::default(),
            nodes: RefCell::default(),
            drawn: RefCell::default(),
            starts: RefCell::default(),
            next: RefCell::default(),
            after: RefCell::default(),
        };
        let numbers = |disks: &Vec<Disk>| {
            let disks = disks.iter().cloned();
            disks.map(|disk| ground.number(disk)).collect()
        };
        ground.lying = ground.disks.iter().map(numbers).collect();
        ground
    }

    /// Every node before the first step.
    pub fn at_first(&self) -> Vec<Arc<Node>> {
        let nodes = 0..self.disks.len();
        nodes
            .map(|node| self.node(node, self.lying(node, 0)))
            .collect()
    }

    /// The disk of a node after so many steps.
    pub fn lying(&self, node: usize, done: usize) -> Number {
        self.lying[node][done]
    }

    pub fn runs(&self, node: usize, program: Component) -> bool {
        let first = self.node(node, self.lying(node, 0));
        let process = first.processes.get(&program);
        process.is_some_and(cluster::Process::is_present)
    }

    /// Whether a program would start, if it ended now.
    pub fn can_start(&self, node: usize, program: Component, done: usize) -> bool {
        found_once(&self.starts, (node, program, done), || {
            let stage = Inventory::of(vec![self.node(node, self.lying(node, done))]);
            !audit::stops(&stage, self.plan.at).contains_key(&(program, 0))
        })
    }

    /// What a program may hold next by itself: it ends and starts again, or takes up one change.
    pub fn next(&self, node: usize, program: Component, held: Number, done: usize) -> Vec<Number> {
        found_once(&self.next, (node, program, held, done), || {
            let mut next = vec![self.started(node, program, done)];
            let readings = self.readings(node, program, held);
            for reading in readings.iter().filter(|one| one.is_repeated()) {
                let mut other = self.what(held);
                take_up(&mut other, reading, &self.disks[node][done]);
                next.push(self.number(other));
            }
            next
        })
    }

    /// What a program holds after a step of its node.
    pub fn after(
        &self,
        node: usize,
        program: Component,
        held: Number,
        done: usize,
        action: &Action,
    ) -> Number {
        found_once(&self.after, (node, program, held, done), || {
            if *action == Action::Restart(program) {
                return self.started(node, program, done);
            }
            let mut mine = self.what(held);
            for reading in self.readings(node, program, held) {
                let awaited = match action {
                    Action::Await(awaited) if awaited.component == program => reading
                        .paths
                        .iter()
                        .any(|path| awaited.paths.contains(&**path)),
                    _ => false,
                };
                if awaited && reading.is_repeated() || reading.reload == Reload::EveryHandshake {
                    take_up(&mut mine, &reading, &self.disks[node][done]);
                }
            }
            self.number(mine)
        })
    }

    /// What a program holds that has just started.
    pub fn started(&self, node: usize, program: Component, done: usize) -> Number {
        let disk = &self.disks[node][done];
        let mut held = self.disks[node][0].clone();
        for reading in self.readings(node, program, self.lying(node, done)) {
            take_up(&mut held, &reading, disk);
        }
        self.number(held)
    }

    /// What a program reads, as far as what it holds says.
    fn readings(&self, node: usize, program: Component, held: Number) -> Vec<Reading> {
        let node = self.node(node, held);
        let version = self.version();
        let process = node.processes.get(&program);
        process
            .map(|process| process.readings(version))
            .unwrap_or_default()
    }

    /// Of Kubernetes: the oldest kube-apiserver's.
    fn version(&self) -> Option<cluster::process::Version> {
        let nodes = self.at_first();
        let versions = nodes
            .iter()
            .filter_map(|node| node.processes.get(&Component::KubeApiserver)?.version);
        versions.min()
    }

    /// The channels before the first step, but with one node as somebody there sees it.
    pub fn drawn(&self, node: usize, held: Number) -> Drawn {
        found_once(&self.drawn, (node, held), || {
            let mut nodes = self.at_first();
            nodes[node] = self.node(node, held);
            let base = Inventory::of(nodes);
            let mut channels = Graph::of(&base).channels;
            let others = 0..self.plan.nodes.len();
            let people = others.filter(|other| self.plan.nodes[*other].kind == Kind::People);
            channels.extend(people.flat_map(|other| kubectl(&base, other)));
            let by_id = channels.into_iter().map(|channel| (channel.id(), channel));
            Rc::new(by_id.collect())
        })
    }

    /// A node as somebody there sees it.
    pub fn node(&self, node: usize, held: Number) -> Arc<Node> {
        found_once(&self.nodes, (node, held), || {
            let planned = &self.plan.nodes[node];
            let written = self.plan.written(&planned.name);
            let written = written.map(|file| file.path.clone());
            let absent = planned.absent.iter().cloned().chain(written).collect();
            let files = self.plan.tree(&self.what(held), &absent);
            Inventory::read(vec![(Some(planned.name.clone()), files)]).nodes[0].clone()
        })
    }

    fn number(&self, disk: Disk) -> Number {
        let (numbers, all) = &mut *self.seen.borrow_mut();
        *numbers.entry(disk.clone()).or_insert_with(|| {
            all.push(disk);
            all.len() - 1
        })
    }

    fn what(&self, number: Number) -> Disk {
        self.seen.borrow().1[number].clone()
    }
}

/// What is known, or else what is found now.
fn found_once<K: std::hash::Hash + Eq, V: Clone>(
    known: &RefCell<HashMap<K, V>>,
    key: K,
    find: impl FnOnce() -> V,
) -> V {
    let found = known.borrow().get(&key).cloned();
    found.unwrap_or_else(|| {
        let found = find();
        known.borrow_mut().insert(key, found.clone());
        found
    })
}

/// The channels of people with kubeconfigs.
pub fn kubectl(base: &Inventory, node: usize) -> Vec<Channel> {
    let kubeconfigs = base.nodes[node].kubeconfigs.values();
    let there = kubeconfigs.filter(|used| used.parsed.is_ok());
    there
        .flat_map(|used| Channel::of_kubeconfig(base, node, used))
        .collect()
}

fn take_up(held: &mut Disk, reading: &Reading, disk: &Disk) {
    for path in &reading.paths {
        held.remove(&**path);
        held.extend(
            disk.get(&**path)
                .map(|item| (path.to_string(), item.clone())),
        );
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
