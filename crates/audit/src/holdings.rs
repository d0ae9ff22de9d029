//! Every certificate in the cluster, and who holds it where.

use std::collections::BTreeSet;
use std::sync::Arc;

use cluster::graph::{Credential, Presented, Trust};
use cluster::{Channel, Component, Graph, Inventory, Material, Pair};
use verify::{Certificate, Pool};

use crate::blame;
use crate::judge::start::{materials, materials_of_kubeconfig};
use crate::load::Loads;
use crate::problem::Use;

/// Every certificate in the cluster.
pub(crate) struct Holdings<'a> {
    held: Vec<Held<'a>>,
    certificates: Pool,
}

/// A certificate at a place.
pub(crate) struct Held<'a> {
    pub(crate) certificate: Arc<Certificate>,
    pub(crate) used: Use<'a>,
    /// Whether some component loads it, rather than that it only lies there.
    pub(crate) is_in_use: bool,
}

impl<'a> Holdings<'a> {
    pub(crate) fn of(inventory: &'a Inventory, graph: &'a Graph, loads: &Loads) -> Self {
        let mut uses = uses_of_processes(inventory);
        uses.extend(graph.channels.iter().flat_map(uses_of_channel));
        uses.extend(uses_of_objects(inventory));
        let lying = uses_of_files(inventory);
        let mut seen = BTreeSet::new();
        let mut held = Vec::new();
        let all = uses
            .iter()
            .map(|used| (*used, true))
            .chain(lying.iter().map(|used| (*used, false)));
        for (used, is_in_use) in all {
            if seen.insert((used.node, used.material.place())) {
                let found = loads.certificates(used.material);
                held.extend(found.iter().map(|certificate| Held {
                    certificate: certificate.clone(),
                    used,
                    is_in_use,
                }));
            }
        }
        // Files of the PKI before what embeds a copy of them.
        held.sort_by_cached_key(|held| {
            !blame::is_standard(&held.used.material.place().path)
                || held.used.material.path().is_none()
        });
        let certificates = held.iter().map(|held| held.certificate.clone()).collect();
        Holdings { held, certificates }
    }

    /// How many different certificates there are.
    pub(crate) fn count(&self) -> usize {
        self.certificates.len()
    }

    /// Everything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Held<'a>> {
        self.held.iter()
    }

    /// Where a certificate lies.
    pub(crate) fn holders(&self, certificate: &Certificate) -> Vec<Use<'a>> {
        let holders = self
            .held
            .iter()
            .filter(|held| *held.certificate == *certificate);
        holders.map(|held| held.used).collect()
    }

    /// Every certificate, to look for issuers in.
    pub(crate) fn pool(&self) -> &Pool {
        &self.certificates
    }
}

fn uses_of_processes(inventory: &Inventory) -> Vec<Use<'_>> {
    let mut uses = Vec::new();
    for (index, node) in inventory.nodes.iter().enumerate() {
        for (component, process) in &node.processes {
            let all = process
                .loads()
                .iter()
                .flat_map(|load| materials(&load.what));
            uses.extend(all.map(|material| Use {
                material,
                by: *component,
                node: Some(index),
            }));
        }
        for used in node.kubeconfigs.values() {
            let all = materials_of_kubeconfig(used).into_iter();
            uses.extend(all.map(|material| Use {
                material,
                by: Component::Admin,
                node: Some(index),
            }));
        }
    }
    uses
}

fn uses_of_channel(channel: &Channel) -> Vec<Use<'_>> {
    let mut uses = Vec::new();
    if let Presented::Pair(pair) = &channel.serving.default {
        uses.extend(certificate_of(pair).map(|material| Use {
            material,
            by: channel.server.component,
            node: channel.server.node,
        }));
    }
    if let Credential::Pair(pair) = &channel.credential {
        uses.extend(certificate_of(pair).map(|material| Use {
            material,
            by: channel.client.component,
            node: channel.client.node,
        }));
    }
    for (trust, party) in [
        (&channel.trust, &channel.client),
        (&channel.client_auth.trust, &channel.server),
    ] {
        if let Trust::Bundle { material, .. } = trust {
            uses.push(Use {
                material,
                by: party.component,
                node: party.node,
            });
        }
    }
    uses
}

/// What API objects hold is kept by kube-apiserver, whoever uses it.
fn uses_of_objects(inventory: &Inventory) -> impl Iterator<Item = Use<'_>> {
    inventory.objects.materials().map(|material| Use {
        material,
        by: Component::KubeApiserver,
        node: None,
    })
}

fn certificate_of(pair: &Pair) -> Option<&Material> {
    pair.certificate.as_ref()
}

fn uses_of_files(inventory: &Inventory) -> Vec<Use<'_>> {
    let nodes = inventory.nodes.iter().enumerate();
    let files = nodes.flat_map(|(index, node)| {
        node.pki.values().map(move |material| Use {
            material,
            by: Component::KubeApiserver,
            node: Some(index),
        })
    });
    files.collect()
}
