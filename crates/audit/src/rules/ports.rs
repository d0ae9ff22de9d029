//! Ports that clients dial and nobody listens on.

use std::net::IpAddr;

use cluster::graph::Address;
use cluster::{Channel, Component, Node, Process, Setting};

use super::{Context, Rule};
use crate::report::{Cause, Finding, Severity};

pub(super) const PORT: Rule = Rule {
    code: "KP0204",
    title: "a port that nobody listens on, as far as the files tell",
    why: "The client dials the server's own address, and another port than the server is told to listen on: the connection \
          is refused, unless something that is in none of these files listens there and hands it on.",
    reference: "staging/src/k8s.io/apiserver/pkg/server/options/serving.go, etcd server/embed/config.go",
    cis: &[],
};

pub(super) const TAKEN: Rule = Rule {
    code: "KP0205",
    title: "two processes that listen on one port of the node",
    why: "The control plane's static pods use the node's own network. Of two that listen on one port of one address, the \
          one that starts second finds it taken and ends, again and again.",
    reference: "staging/src/k8s.io/apiserver/pkg/server/options/serving.go, etcd server/embed/etcd.go",
    cis: &[],
};

/// Somebody who dials a port that is none of the server's.
struct Miss<'b> {
    channel: &'b Channel,
    address: &'b Address,
}

pub(super) fn findings(context: &Context<'_, '_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (index, node) in context.inventory.nodes.iter().enumerate() {
        for process in node
            .processes
            .values()
            .filter(|process| process.is_present())
        {
            let channels = context.graph.channels.iter();
            // Peers have a port of their own.
            let to = channels.filter(|channel| {
                channel.server.component == process.component
                    && channel.server.node == Some(index)
                    && channel.client.component != process.component
            });
            let to: Vec<&Channel> = to.collect();
            findings.extend(of_server(context, process, index, &to));
        }
        findings.extend(taken(context, node, index));
    }
    findings
}

/// A port that a process listens on.
struct Door<'b> {
    process: &'b Process,
    host: String,
    port: u16,
    /// What says so, when something does.
    setting: Option<Setting>,
}

/// Two that want the same, where somebody wrote one of them down.
fn taken(context: &Context<'_, '_>, node: &Node, index: usize) -> Option<Finding> {
    let processes = node.processes.values();
    let running = processes.filter(|process| process.is_present() && process.has_host_network);
    let doors: Vec<Door<'_>> = running.flat_map(doors).collect();
    let pairs = doors.iter().enumerate().flat_map(|(at, second)| {
        let before = doors[..at].iter();
        before.map(move |first| (first, second))
    });
    let (first, second) = pairs
        .filter(|(first, second)| first.setting.is_some() || second.setting.is_some())
        .find(|(first, second)| first.collides_with(second))?;
    let who = |door: &Door<'_>| context.who(door.process.component, Some(index));
    let message = format!(
        "{} and {} both listen on port {}",
        who(first),
        who(second),
        second.port
    );
    let written = [second, first].into_iter().filter_map(|door| {
        let setting = door.setting.as_ref()?;
        Some(context.at_setting(Some(index), setting, "listens here"))
    });
    let remedy = "give each a port of its own".to_owned();
    Some(context.finding(
        &TAKEN,
        Cause::Conflict,
        &[],
        message,
        written.collect(),
        remedy,
    ))
}

impl Door<'_> {
    fn collides_with(&self, other: &Door<'_>) -> bool {
        let is_everywhere = |host: &str| matches!(host, "" | "0.0.0.0" | "::" | "[::]");
        let share =
            self.host == other.host || is_everywhere(&self.host) || is_everywhere(&other.host);
        self.port == other.port && share && self.process.component != other.process.component
    }
}

fn doors(process: &Process) -> Vec<Door<'_>> {
    let own = |port: &str, default: u16, host: &str, usual: &str| {
        let setting = process.settings.get(port).cloned();
        let port = match &setting {
            Some(setting) => setting.value.parse().ok(),
            None => Some(default),
        };
        let host = process.settings.get(host);
        Some(Door {
            process,
            host: host.map_or(usual, |host| &host.value).to_owned(),
            port: port.filter(|port| *port != 0)?,
            setting,
        })
    };
    let secure = |default, usual| own("secure-port", default, "bind-address", usual);
    match process.component {
        Component::KubeApiserver => secure(6443, "").into_iter().collect(),
        Component::KubeControllerManager => secure(10257, "").into_iter().collect(),
        Component::KubeScheduler => secure(10259, "").into_iter().collect(),
        Component::Kubelet => own("port", 10250, "address", "").into_iter().collect(),
        Component::Etcd => [
            "listen-client-urls",
            "listen-peer-urls",
            "listen-metrics-urls",
        ]
        .iter()
        .flat_map(|key| process.settings.list(key))
        .filter_map(|url| {
            let (host, port) = url.value.trim_end_matches('/').rsplit_once(':')?;
            Some(Door {
                process,
                host: host.rsplit('/').next().unwrap_or_default().to_owned(),
                port: port.parse().ok()?,
                setting: Some(url),
            })
        })
        .collect(),
        _ => Vec::new(),
    }
}

fn of_server(
    context: &Context<'_, '_>,
    process: &Process,
    node: usize,
    channels: &[&Channel],
) -> Option<Finding> {
    let ports = ports(process)?;
    let own = channels.iter().flat_map(|channel| {
        let own = channel
            .addresses
            .iter()
            .filter(|address| is_own(process, channel, address));
        own.map(|address| Miss { channel, address })
    });
    let (hits, misses): (Vec<Miss<'_>>, Vec<Miss<'_>>) =
        own.partition(|miss| ports.contains(&miss.address.port));
    let first = misses.first()?;
    let dialled = first.address.port;
    let who = context.who(process.component, Some(node));
    let message = format!(
        "{} dials port {dialled} of {who}, which is told to listen on {}",
        first.channel.client,
        listed(&ports)
    );
    let client = |miss: &Miss<'_>| {
        let node = miss.channel.client.node;
        context.at_setting(
            node,
            &miss.address.setting,
            format!("dials port {}", miss.address.port),
        )
    };
    let mut evidence: Vec<_> = misses.iter().map(client).collect();
    // Where nobody comes to the port that is listened on, the server is who has left.
    let server =
        listening(process).map(|setting| context.at_setting(Some(node), setting, "listens here"));
    match hits.is_empty() && misses.len() > 1 {
        true => evidence.splice(0..0, server).for_each(drop),
        false => evidence.extend(server),
    }
    let remedy = "let both say the same port".to_owned();
    let mut finding = context.finding(&PORT, Cause::Conflict, &[], message, evidence, remedy);
    finding.severity = Severity::Warning;
    Some(finding)
}

/// The ports that a process is told to listen on for clients.
fn ports(process: &Process) -> Option<Vec<u16>> {
    match process.component {
        Component::KubeApiserver => {
            let port = process
                .settings
                .get("secure-port")
                .map_or("6443", |port| &port.value);
            Some(vec![port.parse().ok().filter(|port| *port != 0)?])
        }
        Component::Etcd => {
            let urls = process.settings.list("listen-client-urls");
            let ports: Vec<u16> = urls.iter().filter_map(|url| port_of(&url.value)).collect();
            (!ports.is_empty()).then_some(ports)
        }
        _ => None,
    }
}

fn listening(process: &Process) -> Option<&Setting> {
    let key = match process.component {
        Component::Etcd => "listen-client-urls",
        _ => "secure-port",
    };
    process.settings.get(key)
}

fn port_of(url: &str) -> Option<u16> {
    url.trim_end_matches('/').rsplit_once(':')?.1.parse().ok()
}

/// Whether an address is the server's own: the one that it advertises, or loopback on its node.
fn is_own(process: &Process, channel: &Channel, address: &Address) -> bool {
    let host = address.host.parse::<IpAddr>();
    if host.as_ref().is_ok_and(IpAddr::is_loopback) || address.host == "localhost" {
        return channel.client.node == channel.server.node;
    }
    // Who dials what is derived from the server's own flags hits by itself.
    if process.component == Component::KubeApiserver
        && &*address.setting.key == "service-cluster-ip-range"
    {
        return false;
    }
    let names = match process.component {
        Component::Etcd => process.settings.list("advertise-client-urls"),
        _ => process.settings.list("advertise-address"),
    };
    names.iter().any(|name| name.value.contains(&address.host))
}

fn listed(ports: &[u16]) -> String {
    let mut ports: Vec<u16> = ports.to_vec();
    ports.dedup();
    let texts: Vec<String> = ports.iter().map(ToString::to_string).collect();
    super::words::list(&texts)
}
