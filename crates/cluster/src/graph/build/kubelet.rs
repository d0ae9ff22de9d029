//! The kubelet: as a client of kube-apiserver, and as its server.

use super::Builder;
use crate::component::Component;
use crate::graph::{
    Address, Channel, ClientAuth, ClientAuthMode, Credential, Party, Presented, Required, Serving,
    Trust,
};
use crate::material::{Loader, Material, Pair};
use crate::process::Process;
use crate::setting::Setting;

/// Who kube-apiserver has to be to a kubelet: its user has rights of its own since 1.36.1, before
/// it was in one of the groups (trust graph, C08).
const APISERVER: Required = Required::UserOrGroup(
    "kube-apiserver-kubelet-client",
    &["kubeadm:cluster-admins", "system:masters"],
);

/// The kubelet of `node` to kube-apiserver, and every kube-apiserver to it.
pub(super) fn channels(builder: &Builder<'_>, node: usize) -> Vec<Channel> {
    let Some(kubelet) = builder.process(node, Component::Kubelet) else {
        return Vec::new();
    };
    let mut channels = to_apiserver(builder, node, kubelet);
    let mut apiservers = builder.nodes_with(Component::KubeApiserver);
    apiservers.retain(|apiserver| {
        let client = builder.party(Component::KubeApiserver, *apiserver);
        builder.draws_to(&client, Component::Kubelet, node)
    });
    for apiserver in apiservers {
        channels.extend(from_apiserver(builder, apiserver, node, kubelet));
    }
    channels
}

fn to_apiserver(builder: &Builder<'_>, node: usize, kubelet: &Process) -> Vec<Channel> {
    if !builder.draws(Component::Kubelet, node, Component::KubeApiserver) {
        return Vec::new();
    }
    let mut channel = Channel {
        required: Required::Node(builder.node(node).node_name.clone()),
        ..Channel::between(
            builder.party(Component::Kubelet, node),
            Party::elsewhere(Component::KubeApiserver),
            "the node and its pods",
        )
    };
    if let Some(kubeconfig) = kubelet.kubeconfig("kubeconfig") {
        channel = channel.with_kubeconfig(kubeconfig);
    }
    // The store's certificate counts before the kubeconfig's (kubelet server.go,
    // buildKubeletClientConfig).
    if let Some(pair) = kubelet.store_pair() {
        channel.credential = Credential::Pair(pair.clone());
    }
    builder.towards_apiserver(node, channel)
}

fn from_apiserver(
    builder: &Builder<'_>,
    from: usize,
    node: usize,
    kubelet: &Process,
) -> Option<Channel> {
    let apiserver = builder.process(from, Component::KubeApiserver)?;
    let mut channel = Channel {
        required: APISERVER,
        addresses: address(builder, node, kubelet).into_iter().collect(),
        serving: serving(builder, node, kubelet),
        client_auth: client_auth(builder, node, kubelet),
        ..Channel::between(
            builder.party(Component::KubeApiserver, from),
            builder.party(Component::Kubelet, node),
            "logs, exec, port-forward",
        )
    };
    if apiserver.is_present() {
        let key = "kubelet-certificate-authority";
        let bundle = builder.bundle(from, apiserver, key, Loader::ClientGoCa);
        channel.trust = bundle.unwrap_or(Trust::Nothing(None));
        let pair = builder.pair(from, apiserver, "kubelet-client-certificate");
        channel.credential = pair.map_or(Credential::Nothing, Credential::Pair);
    }
    Some(channel)
}

/// The address that the node will have told the cluster, as far as a file says: the kubelet's
/// `--node-ip`, else what kube-apiserver on the same node advertises, else the node's name.
pub(super) fn address(builder: &Builder<'_>, node: usize, kubelet: &Process) -> Option<Address> {
    let port = kubelet
        .settings
        .get("port")
        .and_then(|port| port.value.parse().ok());
    let node_ip = kubelet.settings.get("node-ip").cloned();
    let advertised = || Some(builder.advertised(node)?.setting);
    let named = || kubelet.settings.get("hostname-override").cloned();
    let setting: Setting = node_ip.or_else(advertised).or_else(named)?;
    Some(Address {
        scheme: "https".to_owned(),
        host: setting
            .value
            .split(',')
            .next()
            .unwrap_or_default()
            .to_owned(),
        port: port.unwrap_or(10250),
        setting,
        server_name: None,
    })
}

/// What it presents.
pub(super) fn serving(builder: &Builder<'_>, node: usize, kubelet: &Process) -> Serving {
    if let Some(pair) = builder.pair(node, kubelet, "tls-cert-file") {
        return Presented::Pair(pair).into();
    }
    if !kubelet.is_present() {
        return Presented::Unknown.into();
    }
    let folder = kubelet.settings.get("cert-dir");
    let folder = folder.map_or("/var/lib/kubelet/pki", |folder| &folder.value);
    let files = &builder.node(node).files;
    let file = |name: &str| {
        kubelet
            .view
            .material(files, &format!("{folder}/{name}"), None)
    };
    let bootstrap = kubelet.settings.get("rotate-server-certificates");
    if let Some(bootstrap) = bootstrap.filter(|setting| setting.is_true()) {
        let current = file("kubelet-server-current.pem");
        return match current.bytes() {
            Some(_) => presented(current.clone(), current, Loader::KubeletStore),
            None if current.is_not_collected() => Presented::Unknown.into(),
            None => Presented::Pending(bootstrap.clone()).into(),
        };
    }
    match (file("kubelet.crt"), file("kubelet.key")) {
        (certificate, key) if certificate.bytes().is_some() => {
            presented(certificate, key, Loader::DynamicPair)
        }
        _ => Presented::SelfSigned.into(),
    }
}

fn presented(certificate: Material, key: Material, loader: Loader) -> Serving {
    let pair = Pair {
        certificate: Some(certificate),
        key: Some(key),
        loader,
    };
    Presented::Pair(pair.into()).into()
}

/// What it does with the certificates of its clients.
pub(super) fn client_auth(builder: &Builder<'_>, node: usize, kubelet: &Process) -> ClientAuth {
    match builder.bundle(node, kubelet, "client-ca-file", Loader::DynamicCa) {
        Some(trust) => ClientAuth::new(ClientAuthMode::Request, trust),
        None if kubelet.is_present() => ClientAuth::new(ClientAuthMode::None, Trust::Nothing(None)),
        None => ClientAuth::unknown(),
    }
}
