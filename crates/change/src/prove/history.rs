//! What lies on a node after each of its steps, and what a process there may hold of it.

use std::collections::BTreeMap;

use cluster::catalogue::Reload;
use cluster::{Component, Reading};

use crate::plan::{Action, Item, Plan, Step, StepId};

/// What lies at each path.
pub(super) type Items = BTreeMap<String, Item>;

/// A node's disk after none, one, two … of its steps.
pub(super) struct History<'a> {
    pub(super) disks: Vec<Items>,
    steps: Vec<(StepId, &'a Step)>,
}

/// What a process holds: what it read when it started, and what it took up since.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct State {
    /// After how many steps it started.
    pub(super) started: usize,
    /// For each reading that is repeated: after how many steps its content was as it is held.
    pub(super) seen: Vec<usize>,
}

/// How a state comes about, the least odd way first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Start {
    /// It has run since before the change.
    Before,
    /// This step started it.
    Step(StepId),
    /// It ended by itself with so many steps of its node done, and was started again.
    Alone(usize),
}

/// The states that can be, after none, one, two … steps, each with how it came about.
pub(super) type Course = Vec<BTreeMap<State, Start>>;

impl<'a> History<'a> {
    pub(super) fn of(plan: &'a Plan, node: usize, lane: &[StepId]) -> Self {
        let steps: Vec<_> = lane.iter().map(|id| (*id, &plan.steps[id.0 - 1])).collect();
        let mut disks = vec![plan.nodes[node].files.clone()];
        for (_, step) in &steps {
            let mut disk = disks.last().cloned().unwrap_or_default();
            if let Action::Write(files) = &step.action {
                for file in files {
                    match file.item() {
                        Some(item) => disk.insert(file.path.clone(), item),
                        None => disk.remove(&file.path),
                    };
                }
            }
            disks.push(disk);
        }
        History { disks, steps }
    }

    /// How many steps there are.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// The last hand-over among the first `done` steps.
    pub(super) fn handed_over(&self, done: usize) -> usize {
        let is_one = |(_, step): &(StepId, &Step)| matches!(step.action, Action::HandOver(_));
        let last = self.steps[..done].iter().rposition(is_one);
        last.map_or(0, |at| at + 1)
    }

    /// Everything that a process may hold, whenever it ends by itself and whenever it takes up what
    /// has changed. `readings` are those of a process that starts after so many steps.
    pub(super) fn course(&self, component: Component, readings: &[Vec<Reading>]) -> Course {
        let walk = Walk {
            history: self,
            readings,
        };
        let mut course: Course = Vec::new();
        for done in 0..=self.len() {
            let mut states = BTreeMap::new();
            match (done.checked_sub(1), course.last()) {
                (Some(step), Some(before)) => {
                    walk.step(component, self.steps[step], done, before, &mut states);
                }
                _ => add(&mut states, walk.fresh(0), Start::Before),
            }
            add(&mut states, walk.fresh(done), Start::Alone(done));
            walk.settle(done, &mut states);
            course.push(states);
        }
        course
    }

    /// What somebody may hold who was handed copies: all of those since the last hand-over.
    pub(super) fn held(&self) -> Course {
        let states = |done| {
            let since = self.handed_over(done);
            let handed = (since..=done).map(|started| State {
                started: self.first_like(started),
                seen: Vec::new(),
            });
            handed.map(|state| (state, Start::Before)).collect()
        };
        (0..=self.len()).map(states).collect()
    }

    /// What whoever reads at every use holds.
    pub(super) fn current(&self) -> Course {
        let state = |done| State {
            started: self.first_like(done),
            seen: Vec::new(),
        };
        (0..=self.len())
            .map(|done| BTreeMap::from([(state(done), Start::Before)]))
            .collect()
    }

    /// The disk as a process in this state sees it.
    pub(super) fn seen(&self, state: &State, readings: &[Vec<Reading>]) -> Items {
        let mut items = self.disks[state.started].clone();
        for (reading, seen) in repeated(readings, state.started).zip(&state.seen) {
            for path in &reading.paths {
                match self.disks[*seen].get(&**path) {
                    Some(item) => items.insert(path.to_string(), item.clone()),
                    None => items.remove(&**path),
                };
            }
        }
        items
    }

    /// Whether a state holds all that a start would give with so many steps done.
    pub(super) fn is_as_now(&self, state: &State, done: usize, readings: &[Vec<Reading>]) -> bool {
        let walk = Walk {
            history: self,
            readings,
        };
        !readings.is_empty() && walk.fresh(done) == *state
    }

    /// The first moment at which the disk was as it is after `done` steps.
    fn first_like(&self, done: usize) -> usize {
        let first = self.disks.iter().position(|disk| *disk == self.disks[done]);
        first.unwrap_or(done)
    }
}

fn add(states: &mut BTreeMap<State, Start>, state: State, start: Start) {
    let known = states.entry(state).or_insert(start);
    *known = (*known).min(start);
}

/// What is read more than once; nothing by whoever reads at every use.
fn repeated(readings: &[Vec<Reading>], started: usize) -> impl Iterator<Item = &Reading> {
    let own = readings.get(started).into_iter().flatten();
    own.filter(|one| one.is_repeated())
}

/// The way of one process through its node's history.
struct Walk<'a, 'h> {
    history: &'h History<'a>,
    readings: &'h [Vec<Reading>],
}

impl Walk<'_, '_> {
    /// A process that has just started.
    fn fresh(&self, done: usize) -> State {
        let started = self.started(done);
        let seen = repeated(self.readings, started).map(|reading| self.content(reading, done));
        State {
            started,
            seen: seen.collect(),
        }
    }

    /// The first moment that gives a starting process the same.
    fn started(&self, done: usize) -> usize {
        let is_like = |earlier: &usize| {
            let readings = &self.readings[*earlier];
            let mut held = readings.iter().filter(|reading| !reading.is_repeated());
            *readings == self.readings[done]
                && held.all(|reading| self.is_same(reading, *earlier, done))
        };
        (0..=done).find(is_like).unwrap_or(done)
    }

    /// The first moment at which a reading gave what it gives after `done` steps.
    fn content(&self, reading: &Reading, done: usize) -> usize {
        let first = (0..=done).find(|earlier| self.is_same(reading, *earlier, done));
        first.unwrap_or(done)
    }

    fn is_same(&self, reading: &Reading, one: usize, other: usize) -> bool {
        let disks = &self.history.disks;
        let mut paths = reading.paths.iter();
        paths.all(|path| disks[one].get(&**path) == disks[other].get(&**path))
    }

    /// What becomes of every state in a step.
    fn step(
        &self,
        component: Component,
        (id, step): (StepId, &Step),
        done: usize,
        before: &BTreeMap<State, Start>,
        states: &mut BTreeMap<State, Start>,
    ) {
        if step.action == Action::Restart(component) {
            return add(states, self.fresh(done), Start::Step(id));
        }
        let is_current = |reading: &Reading| {
            reading.reload == Reload::EveryHandshake || step.action.awaits(component, reading)
        };
        for (state, start) in before {
            add(states, self.caught_up(state, done, is_current), *start);
        }
    }

    /// The state with some of its readings repeated.
    fn caught_up(&self, state: &State, done: usize, which: impl Fn(&Reading) -> bool) -> State {
        let readings = repeated(self.readings, state.started);
        let seen = readings.zip(&state.seen).map(|(reading, seen)| {
            if which(reading) {
                self.content(reading, done)
            } else {
                *seen
            }
        });
        State {
            started: state.started,
            seen: seen.collect(),
        }
    }

    /// At any moment a process may take up any of what has changed: each alone, in any order.
    fn settle(&self, done: usize, states: &mut BTreeMap<State, Start>) {
        let mut open: Vec<(State, Start)> = states
            .iter()
            .map(|(state, start)| (state.clone(), *start))
            .collect();
        while let Some((state, start)) = open.pop() {
            let readings: Vec<&Reading> = repeated(self.readings, state.started).collect();
            for (at, reading) in readings.iter().enumerate() {
                let now = self.content(reading, done);
                if state.seen[at] == now {
                    continue;
                }
                let mut next = state.clone();
                next.seen[at] = now;
                if states.get(&next).is_none_or(|known| *known > start) {
                    states.insert(next.clone(), start);
                    open.push((next, start));
                }
            }
        }
    }
}

impl Action {
    /// Whether it is certain afterwards that the component has taken this up.
    fn awaits(&self, component: Component, reading: &Reading) -> bool {
        let Action::Await(awaited) = self else {
            return false;
        };
        let mut paths = reading.paths.iter();
        awaited.component == component && paths.any(|path| awaited.paths.contains(&**path))
    }
}
