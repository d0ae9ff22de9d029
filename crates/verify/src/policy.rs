//! Certificate policies over a whole chain: RFC 5280 section 6.1 as RFC 9618 changed it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::certificate::Certificate;

/// What the verifier wants of policies; by default nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyOptions {
    /// The acceptable policies, as the content bytes of their identifiers; none means any.
    pub acceptable: Vec<Vec<u8>>,
    /// Whether policies are not mapped from the start.
    pub inhibit_mapping: bool,
    /// Whether an acceptable policy is required from the start.
    pub require_explicit: bool,
    /// Whether anyPolicy does not count from the start.
    pub inhibit_any: bool,
}

type Policy = Vec<u8>;

/// 2.5.29.32.0 anyPolicy.
const ANY: &[u8] = &[0x55, 0x1d, 0x20, 0x00];

/// Whether a chain, leaf first, is valid under its policies.
pub(crate) fn is_valid(chain: &[Arc<Certificate>], options: &PolicyOptions) -> bool {
    let Some((_, below)) = chain.split_last() else {
        return false;
    };
    let Some((leaf, authorities)) = below.split_first() else {
        return true;
    };
    let mut state = State::new(below.len(), options);
    for authority in authorities.iter().rev() {
        if !state.enter(authority, false) || !state.leave(authority) {
            return false;
        }
    }
    state.enter(leaf, true) && state.finish(leaf, &options.acceptable)
}

/// The state variables of RFC 5280 section 6.1.2; a count is how many certificates may still
/// follow before the rule holds.
struct State {
    graph: Option<Graph>,
    explicit: usize,
    mapping: usize,
    any: usize,
}

impl State {
    fn new(length: usize, options: &PolicyOptions) -> Self {
        let count = |now: bool| if now { 0 } else { length + 1 };
        State {
            graph: Some(Graph::new()),
            explicit: count(options.require_explicit),
            mapping: count(options.inhibit_mapping),
            any: count(options.inhibit_any),
        }
    }

    /// Section 6.1.3 (d) to (f).
    fn enter(&mut self, certificate: &Certificate, is_leaf: bool) -> bool {
        let policies = &certificate.extensions.policies;
        if policies.is_empty() {
            self.graph = None;
        }
        let Some(graph) = &mut self.graph else {
            return self.explicit > 0;
        };
        graph.deepen();
        for policy in policies.iter().filter(|policy| *policy != ANY) {
            graph.add_asserted(policy);
        }
        let any_counts = self.any > 0 || !is_leaf && is_self_issued(certificate);
        if any_counts && policies.iter().any(|policy| policy == ANY) {
            graph.add_missing();
        }
        graph.prune();
        true
    }

    /// Section 6.1.4 (b), (h) to (j).
    fn leave(&mut self, certificate: &Certificate) -> bool {
        let extensions = &certificate.extensions;
        if let Some(graph) = &mut self.graph
            && !graph.map(&extensions.policy_mappings, self.mapping > 0)
        {
            return false;
        }
        if !is_self_issued(certificate) {
            for count in [&mut self.explicit, &mut self.mapping, &mut self.any] {
                *count = count.saturating_sub(1);
            }
        }
        let limit = |count: &mut usize, limit: Option<i64>| {
            let limit = limit.and_then(|limit| usize::try_from(limit).ok());
            *count = limit.map_or(*count, |limit| limit.min(*count));
        };
        limit(&mut self.explicit, extensions.require_explicit_policy);
        limit(&mut self.mapping, extensions.inhibit_policy_mapping);
        limit(&mut self.any, extensions.inhibit_any_policy);
        true
    }

    /// Section 6.1.5.
    fn finish(mut self, leaf: &Certificate, acceptable: &[Policy]) -> bool {
        self.explicit = self.explicit.saturating_sub(1);
        if leaf.extensions.require_explicit_policy == Some(0) {
            self.explicit = 0;
        }
        let mut valid = self
            .graph
            .map_or_else(BTreeSet::new, |graph| graph.valid_policies());
        let wants_any = acceptable.iter().all(|policy| policy == ANY);
        if !wants_any {
            let any_is_valid = valid.contains(ANY);
            valid.retain(|policy| acceptable.contains(policy));
            if any_is_valid {
                valid.extend(acceptable.iter().cloned());
            }
        }
        self.explicit > 0 || !valid.is_empty()
    }
}

fn is_self_issued(certificate: &Certificate) -> bool {
    certificate.raw_issuer() == certificate.raw_subject()
}

/// The valid policy graph: one stratum of nodes for each certificate so far, below the root.
struct Graph {
    strata: Vec<BTreeMap<Policy, Node>>,
}

/// A node; its parents are in the stratum above, named by their policies. Only a node that stands
/// for a mapped anyPolicy has that as its parent beside it, as Go has it.
#[derive(Clone, Debug, Default)]
struct Node {
    expected: Vec<Policy>,
    parents: BTreeSet<Policy>,
    children: BTreeSet<Policy>,
}

impl Graph {
    fn new() -> Self {
        let root = Node {
            expected: vec![ANY.to_vec()],
            ..Node::default()
        };
        Graph {
            strata: vec![BTreeMap::from([(ANY.to_vec(), root)])],
        }
    }

    fn deepen(&mut self) {
        self.strata.push(BTreeMap::new());
    }

    fn depth(&self) -> usize {
        self.strata.len() - 1
    }

    /// The nodes one above the leaves that expect `policy`.
    fn parents_expecting(&self, policy: &Policy) -> BTreeSet<Policy> {
        let above = &self.strata[self.depth() - 1];
        let expecting = above
            .iter()
            .filter(|(_, node)| node.expected.contains(policy));
        expecting.map(|(policy, _)| policy.clone()).collect()
    }

    fn insert(&mut self, policy: &Policy, expected: Vec<Policy>, parents: BTreeSet<Policy>) {
        let depth = self.depth();
        for parent in &parents {
            if let Some(node) = self.strata[depth - 1].get_mut(parent) {
                node.children.insert(policy.clone());
            }
        }
        let node = Node {
            expected,
            parents,
            children: BTreeSet::new(),
        };
        self.strata[depth].insert(policy.clone(), node);
    }

    /// Section 6.1.3 (d) (1): below the nodes that expect the policy, else below anyPolicy.
    fn add_asserted(&mut self, policy: &Policy) {
        let mut parents = self.parents_expecting(policy);
        if parents.is_empty() && self.strata[self.depth() - 1].contains_key(ANY) {
            parents.insert(ANY.to_vec());
        }
        if !parents.is_empty() {
            self.insert(policy, vec![policy.clone()], parents);
        }
    }

    /// Section 6.1.3 (d) (2): what is expected but not asserted, when anyPolicy is asserted.
    fn add_missing(&mut self) {
        let depth = self.depth();
        let mut missing: BTreeMap<Policy, BTreeSet<Policy>> = BTreeMap::new();
        for (parent, node) in &self.strata[depth - 1] {
            for expected in &node.expected {
                if !self.strata[depth].contains_key(expected) {
                    missing
                        .entry(expected.clone())
                        .or_default()
                        .insert(parent.clone());
                }
            }
        }
        for (policy, parents) in missing {
            self.insert(&policy, vec![policy.clone()], parents);
        }
    }

    /// Section 6.1.3 (d) (3): nodes above the leaves without children go, from below upwards.
    fn prune(&mut self) {
        for i in (1..self.depth()).rev() {
            let childless = self.strata[i]
                .iter()
                .filter(|(_, node)| node.children.is_empty());
            let childless: Vec<Policy> = childless.map(|(policy, _)| policy.clone()).collect();
            childless.iter().for_each(|policy| self.remove(i, policy));
        }
    }

    fn remove(&mut self, stratum: usize, policy: &[u8]) {
        if let Some(node) = self.strata[stratum].remove(policy) {
            for parent in &node.parents {
                if let Some(parent) = self.strata[stratum - 1].get_mut(parent) {
                    parent.children.remove(policy);
                }
            }
        }
    }

    /// Section 6.1.4 (b); false for a mapping from or to anyPolicy.
    fn map(&mut self, mappings: &[(Policy, Policy)], is_allowed: bool) -> bool {
        if mappings.is_empty() {
            return true;
        }
        let depth = self.depth();
        let mut subjects: BTreeMap<&Policy, Vec<Policy>> = BTreeMap::new();
        for (issuer, subject) in mappings {
            if !is_allowed {
                self.remove(depth, issuer);
            } else if issuer == ANY || subject == ANY {
                return false;
            } else {
                subjects.entry(issuer).or_default().push(subject.clone());
            }
        }
        self.prune();
        for (issuer, subjects) in subjects {
            if let Some(node) = self.strata[depth].get_mut(issuer) {
                node.expected = subjects;
            } else if self.strata[depth].contains_key(ANY) {
                self.insert_beside_any(issuer, subjects);
            }
        }
        true
    }

    /// Section 6.1.4 (b) (2): a node for a mapped policy that anyPolicy stands for.
    fn insert_beside_any(&mut self, policy: &Policy, expected: Vec<Policy>) {
        let depth = self.depth();
        let leaves = &mut self.strata[depth];
        if let Some(any) = leaves.get_mut(ANY) {
            any.children.insert(policy.clone());
        }
        let parents = BTreeSet::from([ANY.to_vec()]);
        leaves.insert(
            policy.clone(),
            Node {
                expected,
                parents,
                ..Node::default()
            },
        );
    }

    /// Section 6.1.5 (g): policies directly below anyPolicy, and anyPolicy itself as a leaf.
    fn valid_policies(&self) -> BTreeSet<Policy> {
        let is_below_any = |(policy, node): &(&Policy, &Node)| {
            *policy != ANY && node.parents.len() == 1 && node.parents.contains(ANY)
        };
        let below_any = self.strata.iter().flatten().filter(is_below_any);
        let mut valid: BTreeSet<Policy> = below_any.map(|(policy, _)| policy.clone()).collect();
        if self.strata[self.depth()].contains_key(ANY) {
            valid.insert(ANY.to_vec());
        }
        valid
    }
}
