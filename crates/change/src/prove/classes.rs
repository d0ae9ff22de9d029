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
    names: Vec<String>,
    relations: Relations,
    /// How many two nodes of a relation there are, and the two with which all are counted.
    counted: HashMap<Relation, (usize, (usize, usize))>,
}

/// What every two nodes are to each other.
struct Relations {
    /// The class of every node.
    classes: Vec<usize>,
    /// For every two nodes a number that stands for how they wait for each other.
    waits: Vec<Vec<usize>>,
}

impl Classes {
    /// Nodes are of one class when they look the same, and wait alike for those who are on no node.
    pub(super) fn of(plan: &Plan, way: &Way) -> Self {
        let nodes = 0..plan.nodes.len();
        let waits = waits(way, nodes.len());
        let portraits = portraits(plan, &way.lanes);
        let others: Vec<usize> = nodes.clone().filter(|node| !is_node(plan, *node)).collect();
        let mut known = Numbers::default();
        let class = |node: usize| {
            let alone = (!is_node(plan, node)).then_some(node);
            let others = others.iter().map(|other| waits[node][*other]);
            known.of((portraits[node].clone(), others.collect::<Vec<_>>(), alone))
        };
        let classes = nodes.map(class).collect();
        let relations = Relations { classes, waits };
        let explored = explored(&relations);
        Classes {
            names: plan.nodes.iter().map(|node| node.name.clone()).collect(),
            counted: counted(&relations, &explored),
            explored,
            relations,
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
        let class = self.relations.classes[node];
        let mut explored = self.explored.iter();
        explored.position(|one| self.relations.classes[*one] == class)
    }

    /// The names of every two nodes that are to each other as these two are.
    pub(super) fn like(&self, one: usize, other: usize) -> impl Iterator<Item = [&str; 2]> {
        let relations = &self.relations;
        let relation = self.relation(one, other);
        let ones = relations.of_class(relation.0);
        let pairs = ones.flat_map(move |one| {
            let others = relations.of_class(relation.1);
            others.map(move |other| (one, other))
        });
        let like = pairs.filter(move |(one, other)| relations.of(*one, *other) == relation);
        like.map(|(one, other)| [one, other].map(|node| &*self.names[node]))
    }

    /// How many times something counts that is found out of these two: as often as there are two such
    /// nodes, unless it is found out of two others as well.
    pub(super) fn weight(&self, one: usize, other: usize) -> usize {
        let pair = (self.node(one), self.node(other));
        match self.counted.get(&self.relation(one, other)) {
            Some((count, counted)) if *counted == pair => *count,
            _ => 0,
        }
    }

    fn relation(&self, one: usize, other: usize) -> Relation {
        self.relations.of(self.node(one), self.node(other))
    }
}

impl Relations {
    fn of(&self, one: usize, other: usize) -> Relation {
        let wait = (one != other).then(|| self.waits[one][other]);
        (self.classes[one], self.classes[other], wait)
    }

    fn of_class(&self, class: usize) -> impl Iterator<Item = usize> {
        let nodes = self.classes.iter().enumerate();
        nodes.filter_map(move |(node, own)| (*own == class).then_some(node))
    }
}

fn is_node(plan: &Plan, node: usize) -> bool {
    plan.nodes[node].kind == Kind::Node
}

/// The first nodes among which every relation is.
fn explored(relations: &Relations) -> Vec<usize> {
    let mut explored = BTreeSet::new();
    let mut covered = BTreeSet::new();
    for other in 0..relations.classes.len() {
        for one in 0..=other {
            if covered.contains(&relations.of(one, other)) {
                continue;
            }
            explored.extend([one, other]);
            let among = |one: &usize| {
                let one = *one;
                explored.iter().map(move |other| relations.of(one, *other))
            };
            covered.extend(explored.iter().flat_map(among));
        }
    }
    explored.into_iter().collect()
}

/// How many two nodes of every relation there are, and the first two that are gone through.
fn counted(
    relations: &Relations,
    explored: &[usize],
) -> HashMap<Relation, (usize, (usize, usize))> {
    let mut counted = HashMap::new();
    for one in explored {
        for other in explored {
            let relation = relations.of(*one, *other);
            counted.entry(relation).or_insert((0, (*one, *other)));
        }
    }
    let nodes = 0..relations.classes.len();
    for one in nodes.clone() {
        for other in nodes.clone() {
            if let Some((count, _)) = counted.get_mut(&relations.of(one, other)) {
                *count += 1;
            }
        }
    }
    counted
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
