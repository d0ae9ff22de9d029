//! From the inventory to the channels.

mod apiserver;
mod etcd;
mod kubelet;
mod listeners;
mod servers;
mod tokens;

use std::net::IpAddr;
use std::sync::Arc;

use super::{
    Address, Channel, ClientAuth, ClientAuthMode, Credential, Graph, Listener, Party, Presented,
    Required, Server, Serving, Trust,
};
use crate::component::Component;
use crate::inventory::{Inventory, Node};
use crate::kubeconfig::{Kubeconfig, KubeconfigUse};
use crate::material::{Loader, Pair};
use crate::process::Process;
use crate::setting::Setting;
use crate::url::Url;

/// Draws every channel.
pub(super) fn graph(inventory: &Inventory) -> Graph {
    let builder = Builder::whole(inventory);
    let nodes = 0..inventory.nodes.len();
    let mut channels: Vec<Channel> = nodes.flat_map(|node| builder.channels(node)).collect();
    channels.sort_by_key(Channel::order);
    Graph { channels }
}

/// Draws the channels that some components of a node have a part in. What others are told of the
/// node concerns them only when it serves them.
pub(super) fn around(inventory: &Inventory, node: usize, components: &[Component]) -> Graph {
    let part = Part { node, components };
    let builder = Builder {
        part: Some(part),
        ..Builder::whole(inventory)
    };
    let serves = [Component::KubeApiserver, Component::Etcd]
        .iter()
        .any(|component| builder.process(node, *component).is_some());
    let nodes = (0..inventory.nodes.len()).filter(|other| serves || *other == node);
    let channels = nodes.flat_map(|node| builder.channels(node));
    let mut channels: Vec<Channel> = channels
        .filter(|channel| part.has(&channel.client) || part.has(&channel.server))
        .collect();
    channels.sort_by_key(Channel::order);
    Graph { channels }
}

/// Describes every server.
pub(super) fn servers(inventory: &Inventory) -> Vec<Server> {
    servers::all(&Builder::whole(inventory))
}

/// Where a component of a node listens.
pub(super) fn listeners(inventory: &Inventory, node: usize, component: Component) -> Vec<Listener> {
    listeners::all(&Builder::whole(inventory), node, component)
}

/// Draws the channels of one kubeconfig more.
pub(super) fn of_kubeconfig(
    inventory: &Inventory,
    node: usize,
    kubeconfig: &Arc<KubeconfigUse>,
) -> Vec<Channel> {
    let builder = Builder::whole(inventory);
    apiserver::with_kubeconfig(&builder, node, Component::Admin, kubeconfig)
}

impl Channel {
    /// A channel of which nothing is known but its ends.
    fn between(client: Party, server: Party, purpose: &'static str) -> Self {
        Channel {
            client,
            server,
            purpose,
            kubeconfig: None,
            addresses: Vec::new(),
            serving: Presented::Unknown.into(),
            trust: Trust::Unknown,
            credential: Credential::Unknown,
            client_auth: ClientAuth::unknown(),
            required: Required::AnyCertificate,
            latent: false,
        }
    }

    fn order(&self) -> (u8, u8, Option<usize>, Option<usize>) {
        let rank = |component| match component {
            Component::Etcd => 0,
            Component::KubeApiserver => 1,
            Component::Kubelet => 2,
            Component::AggregatedApiserver => 3,
            Component::KubeControllerManager => 4,
            Component::KubeScheduler => 5,
            Component::KubeProxy => 6,
            Component::Admin => 7,
            Component::SuperAdmin => 8,
            Component::ServiceAccount => 9,
            Component::EtcdHealthcheck => 10,
        };
        let (client, server) = (&self.client, &self.server);
        let (by_server, by_client) = (rank(server.component), rank(client.component));
        (by_server, by_client, client.node, server.node)
    }

    /// Takes from a kubeconfig where the client goes, what it trusts and what it presents.
    fn with_kubeconfig(mut self, kubeconfig: &Arc<KubeconfigUse>) -> Self {
        if let Ok(parsed) = &kubeconfig.parsed {
            self.addresses = kubeconfig_address(parsed).into_iter().collect();
            self.trust = kubeconfig_trust(parsed);
            self.credential = kubeconfig_credential(parsed);
        }
        self.kubeconfig = Some(kubeconfig.clone());
        self
    }
}

/// What every rule needs to know.
struct Builder<'a> {
    inventory: &'a Inventory,
    /// Whose channels are asked for, when not all are: the others need not be drawn.
    part: Option<Part<'a>>,
}

/// Some components of a node.
#[derive(Clone, Copy)]
struct Part<'a> {
    node: usize,
    components: &'a [Component],
}

impl Part<'_> {
    fn has(&self, party: &Party) -> bool {
        party.node == Some(self.node) && self.components.contains(&party.component)
    }
}

impl<'a> Builder<'a> {
    fn whole(inventory: &'a Inventory) -> Self {
        Builder {
            inventory,
            part: None,
        }
    }

    /// Whether any channel is asked for of this client with a server of this kind.
    fn draws(&self, client: Component, node: usize, server: Component) -> bool {
        let is_part = |part: Part<'_>| {
            part.components.contains(&server)
                || part.node == node && part.components.contains(&client)
        };
        self.part.is_none_or(is_part)
    }

    /// Whether the channel to the server on `target` is asked for.
    fn draws_to(&self, client: &Party, server: Component, target: usize) -> bool {
        let is_server = |part: Part<'_>| part.node == target && part.components.contains(&server);
        self.part
            .is_none_or(|part| part.has(client) || is_server(part))
    }

    /// The channels of a node's components, and those to its kubelet.
    fn channels(&self, node: usize) -> Vec<Channel> {
        let mut channels = etcd::channels(self, node);
        channels.extend(apiserver::channels(self, node));
        channels.extend(kubelet::channels(self, node));
        channels.extend(tokens::channels(self, node));
        channels
    }

    /// Every index comes from counting these nodes.
    fn node(&self, node: usize) -> &'a Node {
        &self.inventory.nodes[node]
    }

    fn process(&self, node: usize, component: Component) -> Option<&'a Process> {
        self.node(node).processes.get(&component)
    }

    /// The nodes that have, or should have, a component.
    fn nodes_with(&self, component: Component) -> Vec<usize> {
        (0..self.inventory.nodes.len())
            .filter(|node| self.process(*node, component).is_some())
            .collect()
    }

    fn party(&self, component: Component, node: usize) -> Party {
        let several = self.inventory.nodes.len() > 1;
        Party {
            component,
            node: Some(node),
            label: several.then(|| self.node(node).name.clone()),
        }
    }

    /// The pair whose certificate the flag `certificate` names.
    fn pair(&self, node: usize, process: &Process, certificate: &str) -> Option<Arc<Pair>> {
        process
            .pair(&self.node(node).files, certificate)
            .map(Arc::new)
    }

    /// The bundle that a flag names.
    fn bundle(&self, node: usize, process: &Process, key: &str, loader: Loader) -> Option<Trust> {
        let material = process.material(&self.node(node).files, key)?;
        Some(Trust::Bundle { material, loader })
    }
}

impl ClientAuth {
    fn unknown() -> Self {
        ClientAuth {
            mode: ClientAuthMode::Unknown,
            trust: Trust::Unknown,
            allowed_names: Vec::new(),
            allowed_hostnames: Vec::new(),
        }
    }

    fn new(mode: ClientAuthMode, trust: Trust) -> Self {
        ClientAuth {
            mode,
            trust,
            ..ClientAuth::unknown()
        }
    }
}

impl From<Presented> for Serving {
    fn from(default: Presented) -> Self {
        Serving {
            default,
            by_name: Vec::new(),
        }
    }
}

impl Party {
    /// A party that is not on one of the nodes.
    fn elsewhere(component: Component) -> Self {
        Party {
            component,
            node: None,
            label: None,
        }
    }
}

impl Address {
    /// From a URL, or `HOST[:PORT]`, which client-go takes for https.
    fn from_url(setting: &Setting) -> Option<Self> {
        let url = Url::parse(&setting.value)?;
        Some(Address {
            scheme: if url.scheme.is_empty() {
                "https".to_owned()
            } else {
                url.scheme
            },
            host: url.host,
            port: url.port,
            setting: setting.clone(),
            server_name: None,
        })
    }

    /// Whether it is the machine itself.
    fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// Whether a host, in any spelling, is the one that is called.
    fn is_at(&self, host: &str) -> bool {
        match (self.host.parse::<IpAddr>(), host.parse::<IpAddr>()) {
            (Ok(a), Ok(b)) => a == b,
            _ => self.host.eq_ignore_ascii_case(host),
        }
    }
}

fn kubeconfig_address(kubeconfig: &Kubeconfig) -> Option<Address> {
    let address = Address::from_url(kubeconfig.server.as_ref()?)?;
    Some(Address {
        server_name: kubeconfig.tls_server_name.clone(),
        ..address
    })
}

fn kubeconfig_trust(kubeconfig: &Kubeconfig) -> Trust {
    if let Some(setting) = &kubeconfig.insecure_skip_tls_verify {
        return Trust::Nothing(Some(setting.clone()));
    }
    match &kubeconfig.certificate_authority {
        Some(material) => Trust::Bundle {
            material: material.clone(),
            loader: Loader::ClientGoCa,
        },
        None => Trust::System,
    }
}

/// A certificate counts before a token: the server looks at it first.
fn kubeconfig_credential(kubeconfig: &Kubeconfig) -> Credential {
    if let Some(pair) = &kubeconfig.client {
        Credential::Pair(pair.clone())
    } else if let Some(setting) = kubeconfig
        .token
        .as_ref()
        .and_then(|token| token.setting.as_ref())
    {
        Credential::Token(setting.clone())
    } else if let Some(setting) = &kubeconfig.exec {
        Credential::Plugin(setting.clone())
    } else {
        Credential::Nothing
    }
}
