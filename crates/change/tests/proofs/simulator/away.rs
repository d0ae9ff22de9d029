//! How many members are away at once: a restart begins, and only then it is over.

use std::collections::{BTreeSet, HashSet};

use cluster::{Component, Graph, Inventory};
use kubepki_change::plan::{Action, StepId};

use super::Lanes;
use super::ground::Ground;

/// How many steps are done of each node, and of which the next one is under way.
type Moment = (Vec<usize>, BTreeSet<usize>);

/// Etcd, when fewer than a majority is left at some moment; kube-apiserver, when none is.
pub fn too_many(lanes: &Lanes<'_>, ground: &Ground<'_>) -> Option<String> {
    let nodes = 0..lanes.steps.len();
    let members = |program| {
        nodes
            .clone()
            .filter(|node| ground.runs(*node, program))
            .count()
    };
    let (etcd, apiserver) = (Component::Etcd, Component::KubeApiserver);
    let leaning = leaning(ground);
    let stops = |program: Component, (lane, step): (usize, StepId)| {
        let restarts = |program| *lanes.action(step) == Action::Restart(program);
        restarts(program) || program == apiserver && restarts(etcd) && leaning.contains(&lane)
    };
    let needed = [(etcd, members(etcd) / 2 + 1), (apiserver, 1)];
    let lost = needed.into_iter().find(|(program, needed)| {
        let members = members(*program);
        members > *needed && most_away(lanes, |step| stops(*program, step)) > members - needed
    });
    lost.map(|(program, _)| program.to_string())
}

/// The nodes whose kube-apiserver asks etcd of the same node alone.
fn leaning(ground: &Ground<'_>) -> BTreeSet<usize> {
    let channels = Graph::of(&Inventory::of(ground.at_first())).channels;
    let (etcd, apiserver) = (Component::Etcd, Component::KubeApiserver);
    let asks = channels.iter().filter(|channel| {
        channel.client.component == apiserver && channel.server.component == etcd
    });
    let nodes = asks.map(|channel| (channel.client.node, channel.server.node));
    let (own, others): (Vec<_>, Vec<_>) = nodes.partition(|(client, server)| client == server);
    let mut own: BTreeSet<usize> = own.into_iter().filter_map(|(client, _)| client).collect();
    own.retain(|node| others.iter().all(|(client, _)| *client != Some(*node)));
    own
}

/// How many are away in the worst moment.
fn most_away(lanes: &Lanes<'_>, stops: impl Fn((usize, StepId)) -> bool) -> usize {
    let mut first: Moment = (vec![0; lanes.steps.len()], BTreeSet::new());
    let others_go_on = |moment: &mut Moment| {
        lanes.go_on(&mut moment.0, |lane, step| !stops((lane, step)));
    };
    others_go_on(&mut first);
    let mut seen = HashSet::from([first.clone()]);
    let mut open = vec![first];
    while let Some((done, away)) = open.pop() {
        for (lane, _) in lanes.due(&done) {
            let mut next = (done.clone(), away.clone());
            // It is over when it had begun.
            if !next.1.insert(lane) {
                next.1.remove(&lane);
                next.0[lane] += 1;
            }
            others_go_on(&mut next);
            if seen.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    let away = seen.iter().map(|(_, away)| away.len());
    away.max().unwrap_or(0)
}
