//! The names that each serving certificate should have by the files of a cluster, and those that it
//! has.

use std::net::IpAddr;
use std::sync::Arc;

use cluster::graph::{Presented, Trust};
use cluster::listing::Listing;
use cluster::process::NamedPair;
use cluster::{Channel, Component, Graph, Inventory, Pair, Process, Setting};
use verify::{Certificate, verify_hostname};
use x509::Place;

use crate::judge::server::matches_name;
use crate::load;

/// The names by which pods know kube-apiserver in every cluster (kubeadm `pki_helpers.go`,
/// `GetAPIServerAltNames`).
const IN_CLUSTER: [&str; 3] = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];

/// A serving certificate with its names.
#[derive(Clone, Debug)]
pub struct Serving {
    /// Who presents it: a component, and its node when there are several.
    pub server: String,
    /// The node, when there are several.
    pub node: Option<Arc<str>>,
    /// kubeadm's short name, when it has one.
    pub name: Option<&'static str>,
    /// Where it lies.
    pub place: Place,
    /// The certificate; `None` when it cannot be read.
    pub certificate: Option<Arc<Certificate>>,
    /// The names that it should have.
    pub wanted: Vec<Wanted>,
    /// The names that it has and nothing in these files asks for.
    pub unneeded: Vec<String>,
}

/// A name that a certificate should have.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// A DNS name or an address.
    pub name: String,
    /// Whether the certificate has it.
    pub is_there: bool,
    /// What asks for it.
    pub reasons: Vec<Reason>,
}

/// What asks for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A client checks the certificate for it.
    Dialled {
        /// `CLIENT->SERVER`.
        channel: String,
        /// Who dials.
        client: String,
        /// What makes it go there.
        setting: Setting,
    },
    /// The server tells others to find it there.
    Told(Setting),
    /// Pods know it by this name.
    Pods,
    /// It is where somebody finds it, but nobody who would check: why one would have it all the same.
    Custom(&'static str),
}

impl Serving {
    /// The names that somebody needs and the certificate does not have.
    pub fn missing(&self) -> impl Iterator<Item = &Wanted> {
        let is_missing = |wanted: &&Wanted| !wanted.is_there && wanted.is_needed();
        self.wanted.iter().filter(is_missing)
    }

    /// Its names, DNS names first.
    pub fn names(&self) -> Vec<String> {
        let Some(certificate) = &self.certificate else {
            return Vec::new();
        };
        let names = &certificate.extensions.names;
        let addresses = names.ip.iter().map(ToString::to_string);
        names.dns.iter().cloned().chain(addresses).collect()
    }
}

impl Wanted {
    /// Whether somebody fails without it, rather than that it is only customary.
    pub fn is_needed(&self) -> bool {
        self.reasons
            .iter()
            .any(|reason| !matches!(reason, Reason::Custom(_)))
    }
}

/// Every serving certificate that these files name, in the graph's order.
pub fn serving(inventory: &Inventory, graph: &Graph) -> Vec<Serving> {
    let listing = Listing::of(inventory);
    let mut found: Vec<Serving> = Vec::new();
    for channel in &graph.channels {
        for pair in pairs(channel) {
            let Some(index) = place_of(inventory, &listing, channel, pair, &mut found) else {
                continue;
            };
            found[index].want_what_is_dialled(channel, pair);
        }
    }
    for serving in &mut found {
        serving.compare();
    }
    found
}

/// What the server of a channel may present.
fn pairs(channel: &Channel) -> impl Iterator<Item = &Arc<Pair>> {
    let default = match &channel.serving.default {
        Presented::Pair(pair) => Some(pair),
        _ => None,
    };
    let named = channel.serving.by_name.iter().map(|named| &named.pair);
    default.into_iter().chain(named)
}

/// The index of a channel's certificate among those that were found; a new one is added.
fn place_of(
    inventory: &Inventory,
    listing: &Listing,
    channel: &Channel,
    pair: &Pair,
    found: &mut Vec<Serving>,
) -> Option<usize> {
    let material = pair.certificate.as_ref()?;
    let node = channel
        .server
        .node
        .and_then(|node| inventory.nodes.get(node))?;
    let place = material.place();
    let label = channel.server.label.clone();
    let is_it = |one: &Serving| one.place == place && one.node == label;
    if let Some(index) = found.iter().position(is_it) {
        return Some(index);
    }
    let mut rows = listing.credentials.iter();
    let row = rows.find(|row| row.node == node.name && row.place.path == place.path);
    let mut serving = Serving {
        server: channel.server.to_string(),
        node: label,
        name: row.map(|row| row.name),
        place,
        certificate: load::certificates(material).iter().next().cloned(),
        wanted: Vec::new(),
        unneeded: Vec::new(),
    };
    let is_default = matches!(&channel.serving.default, Presented::Pair(default) if std::ptr::eq(&**default, pair));
    if let Some(process) = inventory.process(&channel.server).filter(|_| is_default) {
        let is_peer = channel.client.component == Component::Etcd;
        serving.want_what_is_said(process, node.node_name.as_deref(), is_peer);
    }
    found.push(serving);
    Some(found.len() - 1)
}

impl Serving {
    fn want(&mut self, name: &str, reason: Reason) {
        let same = |wanted: &&mut Wanted| is_same(&wanted.name, name);
        match self.wanted.iter_mut().find(same) {
            Some(wanted) if wanted.reasons.contains(&reason) => {}
            Some(wanted) => wanted.reasons.push(reason),
            None => self.wanted.push(Wanted {
                name: name.to_owned(),
                is_there: false,
                reasons: vec![reason],
            }),
        }
    }

    /// What a channel's client dials, when this is the certificate that it gets.
    fn want_what_is_dialled(&mut self, channel: &Channel, pair: &Arc<Pair>) {
        for address in &channel.addresses {
            let name = address.checked_name();
            let is_served = self.is_served(channel, pair, name);
            if name.is_empty() || address.scheme == "http" || !is_served {
                continue;
            }
            let reason = match channel.trust {
                Trust::Nothing(_) => Reason::Custom("who dials it verifies nothing"),
                _ => Reason::Dialled {
                    channel: channel.id(),
                    client: channel.client.to_string(),
                    setting: address
                        .server_name
                        .clone()
                        .unwrap_or_else(|| address.setting.clone()),
                },
            };
            self.want(name, reason);
        }
    }

    /// Whether the server chooses this pair for a name (`named_certificates.go`).
    fn is_served(&self, channel: &Channel, pair: &Arc<Pair>, name: &str) -> bool {
        let is_address = name.parse::<IpAddr>().is_ok();
        let is_for = |named: &&NamedPair| {
            let mut patterns = patterns(named).into_iter();
            !is_address && patterns.any(|pattern| matches_name(&pattern, name))
        };
        let chosen = channel.serving.by_name.iter().find(is_for);
        match (&channel.serving.default, chosen) {
            (_, Some(chosen)) => Arc::ptr_eq(&chosen.pair, pair),
            (Presented::Pair(default), None) => Arc::ptr_eq(default, pair),
            _ => false,
        }
    }

    /// What the server's own settings say.
    fn want_what_is_said(&mut self, process: &Process, node_name: Option<&str>, is_peer: bool) {
        match (process.component, is_peer) {
            (Component::KubeApiserver, _) => self.want_for_apiserver(process),
            (Component::Etcd, false) => {
                self.want_urls(process, "advertise-client-urls", true);
                self.want_urls(process, "listen-client-urls", false);
            }
            (Component::Etcd, true) => {
                self.want_urls(process, "initial-advertise-peer-urls", true);
                self.want_urls(process, "listen-peer-urls", false);
            }
            _ => {}
        }
        if process.component == Component::Etcd {
            for name in ["localhost", "127.0.0.1", "::1"] {
                self.want(
                    name,
                    Reason::Custom("kubeadm puts it in for who is on the node"),
                );
            }
        }
        if let Some(name) = node_name {
            self.want(name, Reason::Custom("kubeadm puts the node's name in"));
        }
    }

    fn want_for_apiserver(&mut self, process: &Process) {
        let settings = &process.settings;
        for name in IN_CLUSTER {
            self.want(name, Reason::Pods);
        }
        // The issuer that kubeadm sets has the cluster's domain in it.
        let issuer = settings.get("service-account-issuer");
        let host = issuer.and_then(|issuer| issuer.value.strip_prefix("https://"));
        if let Some(host) = host.filter(|host| host.starts_with("kubernetes.default.svc.")) {
            self.want(host, Reason::Pods);
        }
        let advertised = settings.get("advertise-address");
        if let Some(setting) = advertised.filter(|setting| !setting.value.is_empty()) {
            self.want(&setting.value, Reason::Told(setting.clone()));
        }
    }

    /// The hosts of a list of URLs. Where a server only listens, others need not look for it.
    fn want_urls(&mut self, process: &Process, key: &str, is_told: bool) {
        let urls = process
            .settings
            .get(key)
            .map(Setting::parts)
            .unwrap_or_default();
        for url in urls
            .into_iter()
            .filter(|url| url.value.starts_with("https://"))
        {
            let host = host_of(&url.value).to_owned();
            let is_any = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_unspecified());
            if host.is_empty() || is_any {
                continue;
            }
            let reason = match is_told {
                true => Reason::Told(url),
                false => Reason::Custom("it listens there"),
            };
            self.want(&host, reason);
        }
    }

    fn compare(&mut self) {
        let Some(certificate) = &self.certificate else {
            return;
        };
        for wanted in &mut self.wanted {
            wanted.is_there = verify_hostname(certificate, &wanted.name).is_ok();
        }
        let is_unneeded = |name: &String| {
            let mut wanted = self.wanted.iter();
            !wanted.any(|wanted| is_same(name, &wanted.name) || matches_name(name, &wanted.name))
        };
        self.unneeded = self.names().into_iter().filter(is_unneeded).collect();
    }
}

/// The names that a pair is for: those written behind it, else those of its certificate.
fn patterns(named: &NamedPair) -> Vec<String> {
    let certificate = named
        .pair
        .certificate
        .as_ref()
        .filter(|_| named.names.is_empty());
    let leaf = certificate.and_then(|material| load::certificates(material).iter().next().cloned());
    leaf.map_or_else(
        || named.names.clone(),
        |leaf| leaf.extensions.names.dns.clone(),
    )
}

/// Two spellings of one name or address.
fn is_same(a: &str, b: &str) -> bool {
    match (a.parse::<IpAddr>(), b.parse::<IpAddr>()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a.eq_ignore_ascii_case(b),
    }
}

fn host_of(url: &str) -> &str {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or_default();
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host),
    }
}
