//! Nodes that are alike, and which of them are gone through for all.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use super::portrait::portraits;
use crate::plan::{Kind, Node, Plan, Way};

/// What two nodes are to each other: their classes, and how the steps of the one wait for those of
/// the other. Nothing for a node and itself.
type Relation = (usize, usize, Option<usize>);

/// The nodes of a plan by what they are like.
pub(super) struct Classes {
    /// Those that are gone through, in the order of the plan: of every relation at least two.
    explored: Vec<usize>,
    /// The name, and the relation to every node, of every node.
    names: Vec<String>,
    relations: Vec<Vec<Relation>>,
    /// Every two nodes of a relation.
    pairs: HashMap<Relation, Vec<(usize, usize)>>,
    /// The two of them with which all are counted.
    counted: HashMap<Relation, (usize, usize)>,
}

impl Classes {
    /// Nodes are of one class when they look the same, and wait alike for those who are on no node.
    pub(super) fn of(plan: &Plan, way: &Way) -> Self {
        let nodes = 0..plan.nodes.len();
        let waits = waits(way, nodes.len());
        let portraits = portraits(plan, &way.lanes);
        let others: Vec<usize> = nodes.clone().filter(|node| !is_node(plan, *node)).collect();
        let mut known = Numbers::default();
        let classes: Vec<usize> = nodes
            .clone()
            .map(|node| {
                let alone = (!is_node(plan, node)).then_some(node);
                let others = others.iter().map(|other| waits[node][*other]);
                known.of((portraits[node].clone(), others.collect::<Vec<_>>(), alone))
            })
            .collect();
        let relation = |one: usize, other: usize| {
            let wait = (one != other).then(|| waits[one][other]);
            (classes[one], classes[other], wait)
        };
        let relations: Vec<Vec<Relation>> = nodes
            .clone()
            .map(|one| nodes.clone().map(|other| relation(one, other)).collect())
            .collect();
        let explored = explored(&relations);
        let mut pairs: HashMap<Relation, Vec<(usize, usize)>> = HashMap::new();
        let mut counted = HashMap::new();
        for one in nodes.clone() {
            for other in nodes.clone() {
                pairs
                    .entry(relation(one, other))
                    .or_default()
                    .push((one, other));
            }
        }
        for one in &explored {
            for other in &explored {
                let relation = relation(*one, *other);
                counted.entry(relation).or_insert((*one, *other));
            }
        }
        Classes {
            names: plan.nodes.iter().map(|node| node.name.clone()).collect(),
            explored,
            relations,
            pairs,
            counted,
        }
    }

    /// Those of all nodes that are gone through.
    pub(super) fn explored(&self, nodes: Vec<Node>) -> Vec<Node> {
        let numbered = nodes.into_iter().enumerate();
        let explored = numbered.filter(|(node, _)| self.explored.contains(node));
        explored.map(|(_, node)| node).collect()
    }

    /// The same of their way.
    pub(super) fn way(&self, way: &Way) -> Way {
        way.among(&self.explored)
    }

    /// Which node of the plan one is that is gone through.
    pub(super) fn node(&self, explored: usize) -> usize {
        self.explored[explored]
    }

    /// Which of those that are gone through is as a node of this name.
    pub(super) fn one_like(&self, name: &str) -> Option<usize> {
        let node = self.names.iter().position(|known| known == name)?;
        let own = self.relations[node][node];
        let mut explored = self.explored.iter();
        explored.position(|one| self.relations[*one][*one] == own)
    }

    /// The names of every two nodes that are to each other as these two are.
    pub(super) fn like(&self, one: usize, other: usize) -> impl Iterator<Item = [&str; 2]> {
        let pairs = self.pairs.get(&self.relation(one, other));
        let pairs = pairs.into_iter().flatten();
        pairs.map(|(one, other)| [*one, *other].map(|node| &*self.names[node]))
    }

    /// How many times something counts that is found out of these two: as often as there are two such
    /// nodes, unless it is found out of two others as well.
    pub(super) fn weight(&self, one: usize, other: usize) -> usize {
        let relation = self.relation(one, other);
        let pair = (self.node(one), self.node(other));
        match self.counted.get(&relation) == Some(&pair) {
            true => self.pairs.get(&relation).map_or(0, Vec::len),
            false => 0,
        }
    }

    fn relation(&self, one: usize, other: usize) -> Relation {
        self.relations[self.node(one)][self.node(other)]
    }
}

fn is_node(plan: &Plan, node: usize) -> bool {
    plan.nodes[node].kind == Kind::Node
}

/// The first nodes among which every relation is.
fn explored(relations: &[Vec<Relation>]) -> Vec<usize> {
    let mut explored = BTreeSet::new();
    let mut covered = BTreeSet::new();
    for other in 0..relations.len() {
        for one in 0..=other {
            if covered.contains(&relations[one][other]) {
                continue;
            }
            explored.extend([one, other]);
            let among = |one: &usize| {
                let one = *one;
                explored.iter().map(move |other| relations[one][*other])
            };
            covered.extend(explored.iter().flat_map(among));
        }
    }
    explored.into_iter().collect()
}

/// For every two nodes a number that stands for how they wait for each other.
fn waits(way: &Way, nodes: usize) -> Vec<Vec<usize>> {
    let mut known = Numbers::default();
    let needed = |one: usize, other: usize| {
        let counts = 0..=way.lanes[one].len();
        counts.map(move |done| way.needed(one, done, other))
    };
    let mut wait = |one: usize, other: usize| {
        let both: Vec<usize> = needed(one, other).chain(needed(other, one)).collect();
        known.of((way.lanes[one].len(), both))
    };
    let mut waits = Vec::with_capacity(nodes);
    for one in 0..nodes {
        waits.push((0..nodes).map(|other| wait(one, other)).collect());
    }
    waits
}

/// A number for everything that is different.
struct Numbers<K>(HashMap<K, usize>);

impl<K> Default for Numbers<K> {
    fn default() -> Self {
        Numbers(HashMap::new())
    }
}

impl<K: Hash + Eq> Numbers<K> {
    fn of(&mut self, what: K) -> usize {
        let next = self.0.len();
        *self.0.entry(what).or_insert(next)
    }
}
