//! Whether the cluster can do without a component of one node while it is started again: whether
//! enough of those who do the same on the plan's other nodes answer.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use cluster::graph::Presented;
use cluster::{Component, Inventory, Listener, Pair};

use super::dial::{self, Place};
use super::served::{Watch, is_own_loopback};
use super::{RestartError, tree};
use crate::disk::Disk;
use crate::plan::{Kind, Node, Plan};

/// Those who do the same on other nodes.
pub struct Others<'a> {
    disk: &'a Disk,
    component: Component,
    /// Their nodes, and where they answer.
    places: Vec<(String, Place)>,
}

impl<'a> Others<'a> {
    /// How long they are waited for, when too few answer.
    pub const PATIENCE: Duration = super::health::PATIENCE;

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

    /// Waits until enough of them answer. When this one does not answer itself, nobody misses it:
    /// then it is not waited. `tell` is told once what is waited for.
    ///
    /// # Errors
    /// When too few answer for so long, or the own tree cannot be read.
    pub fn suffice(
        &self,
        patience: Duration,
        mut tell: impl FnMut(&str),
    ) -> Result<(), RestartError> {
        let began = Instant::now();
        let mut is_told = false;
        while let Some(away) = self.missing()? {
            if began.elapsed() >= patience {
                return Err(RestartError::Others {
                    away,
                    costs: self.costs(),
                });
            }
            if !is_told {
                let (component, costs) = (self.component, self.costs());
                tell(&format!(
                    "waits: {component} on {away} does not answer; restarting this one now would {costs}"
                ));
                is_told = true;
            }
            sleep(Duration::from_millis(500));
        }
        Ok(())
    }

    /// Who is away, when without these and this one too few are left.
    fn missing(&self) -> Result<Option<String>, RestartError> {
        if self.places.is_empty() || !Watch::all(self.disk, self.component).answers() {
            return Ok(None);
        }
        let own = self.own()?;
        let answers = |place| dial::presented(place, None, own.as_deref()).is_ok();
        let away = self.places.iter().filter(|(_, place)| !answers(place));
        let away: Vec<&str> = away.map(|(node, _)| node.as_str()).collect();
        let is_enough = self.places.len() - away.len() >= self.needed();
        Ok((!away.is_empty() && !is_enough).then(|| away.join(" and ")))
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

    /// What is presented to those who demand a certificate, as etcd's members do.
    fn own(&self) -> Result<Option<Arc<Pair>>, RestartError> {
        let is_demanded = self.component == Component::Etcd;
        let listener = Listener::of(&tree(self.disk)?, 0, self.component);
        let pair = listener
            .into_iter()
            .find_map(|one| match one.serving.default {
                Presented::Pair(pair) => Some(pair),
                _ => None,
            });
        Ok(pair.filter(|_| is_demanded))
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
