//! etcd: its clients and its peers.

use std::sync::Arc;

use super::Builder;
use crate::component::Component;
use crate::graph::{
    Address, Channel, ClientAuth, ClientAuthMode, Credential, Party, Presented, Required, Serving,
    Trust,
};
use crate::material::{Loader, Pair};
use crate::process::Process;
use crate::setting::Setting;

/// Whoever on `node` calls etcd.
pub(super) fn channels(builder: &Builder<'_>, node: usize) -> Vec<Channel> {
    let mut channels = from_apiserver(builder, node);
    channels.extend(from_peer(builder, node));
    channels.extend(from_healthcheck(builder, node));
    channels
}

fn from_apiserver(builder: &Builder<'_>, node: usize) -> Vec<Channel> {
    let Some(process) = builder.process(node, Component::KubeApiserver) else {
        return Vec::new();
    };
    if !builder.draws(Component::KubeApiserver, node, Component::Etcd) {
        return Vec::new();
    }
    let mut channel = Channel::between(
        builder.party(Component::KubeApiserver, node),
        Party::elsewhere(Component::Etcd),
        "everything the cluster stores",
    );
    if !process.is_present() {
        return towards_etcd(builder, node, channel);
    }
    let servers = process.settings.list("etcd-servers");
    channel.addresses = servers.iter().filter_map(Address::from_url).collect();
    // The first URL decides for all (etcd client/v3/client.go).
    let plain = channel
        .addresses
        .first()
        .is_some_and(|address| address.scheme == "http");
    if plain {
        channel.trust = Trust::Nothing(servers.first().cloned());
        channel.credential = Credential::Nothing;
    } else {
        let bundle = builder.bundle(node, process, "etcd-cafile", Loader::EtcdPool);
        channel.trust = bundle.unwrap_or(Trust::System);
        let pair = builder.pair(node, process, "etcd-certfile");
        channel.credential = pair.map_or(Credential::Nothing, Credential::Pair);
    }
    towards_etcd(builder, node, channel)
}

/// kubeadm's own calls, and those of people with etcdctl; the files have fixed names.
fn from_healthcheck(builder: &Builder<'_>, node: usize) -> Vec<Channel> {
    let Some(etcd) = builder.process(node, Component::Etcd) else {
        return Vec::new();
    };
    if !builder.draws(Component::EtcdHealthcheck, node, Component::Etcd) {
        return Vec::new();
    }
    let at = builder.node(node);
    let file = |name: &str| at.pki_file(&format!("etcd/{name}"));
    let pair = Pair {
        certificate: Some(file("healthcheck-client.crt")),
        key: Some(file("healthcheck-client.key")),
        loader: Loader::EtcdPair,
    };
    let urls = etcd
        .settings
        .get("advertise-client-urls")
        .map(Setting::parts)
        .unwrap_or_default();
    let channel = Channel {
        addresses: urls.iter().filter_map(Address::from_url).collect(),
        trust: Trust::Bundle {
            material: file("ca.crt"),
            loader: Loader::EtcdPool,
        },
        credential: Credential::Pair(Arc::new(pair)),
        ..Channel::between(
            builder.party(Component::EtcdHealthcheck, node),
            builder.party(Component::Etcd, node),
            "health and membership",
        )
    };
    vec![served(builder, node, channel)]
}

/// The channel to each member that its addresses lead to.
fn towards_etcd(builder: &Builder<'_>, from: usize, channel: Channel) -> Vec<Channel> {
    let mut targets = builder.nodes_with(Component::Etcd);
    targets.retain(|target| {
        channel.addresses.is_empty() && *target == from
            || channel
                .addresses
                .iter()
                .any(|address| answers(builder, from, *target, address))
    });
    if targets.is_empty() {
        return vec![Channel {
            serving: Presented::Elsewhere("an etcd outside these nodes").into(),
            ..channel
        }];
    }
    let towards = |target: usize| {
        let mut channel = channel.clone();
        channel.server = builder.party(Component::Etcd, target);
        channel
            .addresses
            .retain(|address| answers(builder, from, target, address));
        served(builder, target, channel)
    };
    targets.retain(|target| builder.draws_to(&channel.client, Component::Etcd, *target));
    targets.into_iter().map(towards).collect()
}

/// Whether the member on `target` answers at an address that is called from `from`.
fn answers(builder: &Builder<'_>, from: usize, target: usize, address: &Address) -> bool {
    if address.is_loopback() {
        return from == target;
    }
    let Some(etcd) = builder.process(target, Component::Etcd) else {
        return false;
    };
    let urls = ["advertise-client-urls", "listen-client-urls"]
        .into_iter()
        .filter_map(|key| etcd.settings.get(key))
        .flat_map(Setting::parts);
    let mut known = urls.filter_map(|url| Address::from_url(&url)).peekable();
    // A single member whose manifest says nothing is taken to be the one that is meant.
    (known.peek().is_none() && from == target) || known.any(|url| url.is_at(&address.host))
}

/// With what etcd on `node` presents and demands on its client port.
fn served(builder: &Builder<'_>, node: usize, channel: Channel) -> Channel {
    let process = builder.process(node, Component::Etcd);
    let Some(etcd) = process.filter(|process| process.is_present()) else {
        return channel;
    };
    Channel {
        serving: serving(builder, node, etcd, &channel.addresses),
        client_auth: client_port(builder, node, etcd),
        ..channel
    }
}

/// What etcd demands of its clients' certificates.
pub(super) fn client_port(builder: &Builder<'_>, node: usize, etcd: &Process) -> ClientAuth {
    let auth = client_auth(builder, node, etcd, "trusted-ca-file", "client-cert-auth");
    ClientAuth {
        allowed_hostnames: etcd.settings.list("client-cert-allowed-hostname"),
        ..auth
    }
}

fn serving(builder: &Builder<'_>, node: usize, etcd: &Process, addresses: &[Address]) -> Serving {
    let listen = etcd
        .settings
        .get("listen-client-urls")
        .map(Setting::parts)
        .unwrap_or_default();
    let plain = listen.iter().find(|setting| {
        let url = Address::from_url(setting).filter(|url| url.scheme == "http");
        url.is_some_and(|url| addresses.iter().any(|address| address.is_at(&url.host)))
    });
    if let Some(setting) = plain {
        return Presented::Plaintext(setting.clone()).into();
    }
    match builder.pair(node, etcd, "cert-file") {
        Some(pair) => Presented::Pair(pair).into(),
        None if etcd.settings.is_on("auto-tls", false) => Presented::SelfSigned.into(),
        None => Presented::Unknown.into(),
    }
}

/// A bundle alone already demands certificates; the switch alone takes the system's CAs
/// (client/pkg/transport/listener.go).
fn client_auth(
    builder: &Builder<'_>,
    node: usize,
    etcd: &Process,
    bundle: &str,
    switch: &str,
) -> ClientAuth {
    match builder.bundle(node, etcd, bundle, Loader::EtcdPool) {
        Some(trust) => ClientAuth::new(ClientAuthMode::Require, trust),
        None if etcd.settings.is_on(switch, false) => {
            ClientAuth::new(ClientAuthMode::Require, Trust::System)
        }
        None => ClientAuth::new(ClientAuthMode::None, Trust::Nothing(None)),
    }
}

/// The member on `node` to every other; alone, to one like itself that may join.
fn from_peer(builder: &Builder<'_>, node: usize) -> Vec<Channel> {
    let Some(etcd) = builder.process(node, Component::Etcd) else {
        return Vec::new();
    };
    let members = builder.nodes_with(Component::Etcd);
    let alone = members.len() == 1;
    let own = builder.party(Component::Etcd, node);
    let others = members.into_iter().filter(|member| {
        (alone || *member != node) && builder.draws_to(&own, Component::Etcd, *member)
    });
    others
        .map(|member| to_peer(builder, node, etcd, member))
        .collect()
}

fn to_peer(builder: &Builder<'_>, node: usize, etcd: &Process, member: usize) -> Channel {
    let mut channel = Channel::between(
        builder.party(Component::Etcd, node),
        builder.party(Component::Etcd, member),
        "replication",
    );
    channel.latent = node == member && etcd.settings.list("initial-cluster").len() < 2;
    if let Some(server) = builder
        .process(member, Component::Etcd)
        .filter(|etcd| etcd.is_present())
    {
        let urls = server.settings.get("initial-advertise-peer-urls");
        let urls = urls.map(Setting::parts).unwrap_or_default();
        channel.addresses = urls.iter().filter_map(Address::from_url).collect();
        channel.serving = match builder.pair(member, server, "peer-cert-file") {
            Some(pair) => Presented::Pair(pair).into(),
            None if server.settings.is_on("peer-auto-tls", false) => Presented::SelfSigned.into(),
            None => Presented::Unknown.into(),
        };
        if let Some(plain) = urls.iter().find(|url| url.value.starts_with("http://")) {
            channel.serving = Presented::Plaintext(plain.clone()).into();
        }
        let (bundle, switch) = ("peer-trusted-ca-file", "peer-client-cert-auth");
        channel.client_auth = client_auth(builder, member, server, bundle, switch);
        channel.client_auth.allowed_names = server.settings.list("peer-cert-allowed-cn");
        channel.client_auth.allowed_hostnames = server.settings.list("peer-cert-allowed-hostname");
    }
    if etcd.is_present() {
        let bundle = builder.bundle(node, etcd, "peer-trusted-ca-file", Loader::EtcdPool);
        let auto = etcd
            .settings
            .get("peer-auto-tls")
            .filter(|setting| setting.is_true());
        channel.trust = match (bundle, auto) {
            (Some(bundle), _) => bundle,
            (None, Some(auto)) => Trust::Nothing(Some(auto.clone())),
            (None, None) => Trust::System,
        };
        let pair = builder.pair(node, etcd, "peer-client-cert-file");
        let pair = pair.or_else(|| builder.pair(node, etcd, "peer-cert-file"));
        channel.credential = pair.map_or(Credential::Nothing, Credential::Pair);
    }
    channel.required = Required::AnyCertificate;
    channel
}
