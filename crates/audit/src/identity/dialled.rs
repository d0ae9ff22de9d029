//! Where a kubeconfig leads, and whether its user would get as far as being asked who it is.

use std::sync::Arc;

use cluster::{Channel, Inventory, KubeconfigUse};
use time::UtcDateTime;

use crate::judge::Judge;
use crate::report::Verdict;

/// What a client with a kubeconfig says to a kube-apiserver that it may reach.
#[derive(Clone, Debug)]
pub struct Dialled {
    /// Where it goes.
    pub address: Option<String>,
    /// Who answers there.
    pub server: String,
    /// Whether it accepts the server.
    pub verdict: Verdict,
    /// What it says when it does not.
    pub error: Option<String>,
}

impl Dialled {
    /// Every kube-apiserver that a kubeconfig may lead to from a node, and whether its CA
    /// certificates and names fit, as of `at`.
    pub fn all(
        inventory: &Inventory,
        node: usize,
        kubeconfig: &Arc<KubeconfigUse>,
        at: UtcDateTime,
    ) -> Vec<Self> {
        let channels = Channel::of_kubeconfig(inventory, node, kubeconfig);
        let judge = Judge::new(inventory, at);
        let dialled = channels.iter().map(|channel| {
            let (verdict, error) = judge.dials(channel);
            Dialled {
                address: channel.addresses.first().map(ToString::to_string),
                server: channel.server.to_string(),
                verdict,
                error,
            }
        });
        dialled.collect()
    }
}
