//! Whether the cluster can do without a component of one node while it is started again: whether
//! enough of those who do the same on the plan's other nodes are ready.

use std::thread::sleep;
use std::time::{Duration, Instant};

use cluster::graph::Presented;
use cluster::{Component, Inventory, Listener};

use super::dial::Place;
use super::health::{Probe, Said};
use super::served::{Watch, is_own_loopback};
use super::{RestartError, Waits, tree};
use crate::disk::Disk;
use crate::plan::{Kind, Node, Plan};

/// What a look at them found.
#[derive(Default)]
struct Looked {
    /// Who answers, and cannot be asked whether they are ready.
    unasked: Vec<String>,
    /// Who is not there, or not ready.
    away: Vec<String>,
}

/// Those who do the same on other nodes.
pub struct Others<'a> {
    disk: &'a Disk,
    component: Component,
    /// Their nodes, and where they answer.
    places: Vec<(String, Place)>,
}

impl<'a> Others<'a> {
    /// As the plan knows them. Only of etcd and kube-apiserver is it asked whether others are there;
    /// who listens where it cannot be asked from here is not counted.
    pub fn of(plan: &Plan, node: &str, disk: &'a Disk, component: Component) -> Self {
        let is_shared = matches!(component, Component::Etcd | Component::KubeApiserver);
        let others = plan
            .nodes
            .iter()
            .filter(|other| is_shared && other.kind == Kind::Node && other.name != node);
        let place = |other: &Node| {
            let files = plan.tree(&other.files, &other.absent);
            let place = place(&Inventory::read(vec![(None, files)]), component)?;
            Some((other.name.clone(), place))
        };
        Others {
            disk,
            component,
            places: others.filter_map(place).collect(),
        }
    }

    /// Waits until enough of them are ready. When this one does not answer itself, nobody misses it:
    /// then it is not waited. Gives why some were not asked, who do answer; nothing when somebody says
    /// that it is done.
    ///
    /// # Errors
    /// When too few are ready for so long, or the own tree cannot be read.
    pub fn suffice(
        &self,
        patience: Duration,
        waits: &mut dyn Waits,
    ) -> Result<Option<Vec<String>>, RestartError> {
        let began = Instant::now();
        loop {
            let Looked { unasked, away } = self.look()?;
            if away.is_empty() {
                return Ok(Some(unasked));
            }
            let away = away.join(", and ");
            let costs = self.costs();
            let left = patience.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Err(RestartError::Others { away, costs });
            }
            if waits.is_told() {
                return Ok(None);
            }
            let why = format!("{away}; restarting this one now would {costs}");
            waits.tell(&why, left);
            sleep(Duration::from_millis(500));
        }
    }

    /// Who is away, when without these and this one too few are left; and who was not asked.
    fn look(&self) -> Result<Looked, RestartError> {
        let mut looked = Looked::default();
        if self.places.is_empty() || !Watch::all(self.disk, self.component).answers() {
            return Ok(looked);
        }
        let own = tree(self.disk)?;
        for (node, place) in &self.places {
            let who = format!("{} on {node}", self.component);
            let probe = Probe::at(place.clone(), self.component, &own);
            match probe.as_ref().map(Probe::ask) {
                None | Some(Said::Ready) => {}
                Some(Said::Nothing(why)) => looked.unasked.push(format!("{who}: {why}")),
                Some(Said::Silent(why)) => {
                    looked.away.push(format!("{who} does not answer: {why}"));
                }
                Some(Said::Not(why)) => looked.away.push(format!("{who} is not ready: {why}")),
            }
        }
        if self.places.len() - looked.away.len() >= self.needed() {
            looked.away.clear();
        }
        Ok(looked)
    }

    /// How many have to be left while this one is away.
    fn needed(&self) -> usize {
        let members = self.places.len() + 1;
        match self.component {
            Component::Etcd => members / 2 + 1,
            _ => 1,
        }
    }

    fn costs(&self) -> &'static str {
        match self.component {
            Component::Etcd => "cost the quorum",
            _ => "leave none",
        }
    }
}

/// Where clients reach a component from other nodes.
fn place(inventory: &Inventory, component: Component) -> Option<Place> {
    let listeners = Listener::of(inventory, 0, component);
    let served = listeners.into_iter();
    let served = served.filter(|one| matches!(one.serving.default, Presented::Pair(_)));
    let mut places = served.filter_map(|one| {
        let host = one.hosts.into_iter().find(|host| !is_own_loopback(host));
        Some((host?, one.port))
    });
    places.next()
}
