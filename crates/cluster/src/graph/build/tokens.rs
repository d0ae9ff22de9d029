//! Whoever reaches kube-apiserver with a service account's token: kube-proxy and pods.

use std::net::IpAddr;

use super::Builder;
use crate::component::Component;
use crate::graph::{Address, Channel, Credential, Party, Required, ServiceAccountTokens, Trust};
use crate::material::Loader;
use crate::process::Process;
use crate::setting::Setting;

/// kube-proxy of `node`, and the pods whose tokens kube-apiserver on `node` signs.
pub(super) fn channels(builder: &Builder<'_>, node: usize) -> Vec<Channel> {
    let mut channels = kube_proxy(builder, node);
    channels.extend(pods(builder, node));
    channels
}

/// kube-proxy's kubeconfig is in a ConfigMap: its server is the control-plane endpoint, its CA and
/// token are those of every pod (kubeadm `phases/addons/proxy/manifests.go`).
fn kube_proxy(builder: &Builder<'_>, node: usize) -> Vec<Channel> {
    let apiservers = builder.nodes_with(Component::KubeApiserver);
    let (Some(_), Some(first)) = (
        builder.process(node, Component::Kubelet),
        apiservers.first(),
    ) else {
        return Vec::new();
    };
    if !builder.draws(Component::KubeProxy, node, Component::KubeApiserver) {
        return Vec::new();
    }
    let channel = Channel {
        addresses: control_plane_endpoint(builder).into_iter().collect(),
        trust: published_trust(builder, *first),
        credential: signed_and_checked(builder, *first, *first),
        required: Required::ServiceAccount("system:serviceaccount:kube-system:kube-proxy"),
        ..Channel::between(
            builder.party(Component::KubeProxy, node),
            Party::elsewhere(Component::KubeApiserver),
            "services and endpoints",
        )
    };
    let mut channels = builder.towards_apiserver(node, channel);
    for channel in &mut channels {
        // Whoever signed the token, it is checked where it is shown.
        if let Some(checker) = channel.server.node {
            channel.credential = signed_and_checked(builder, *first, checker);
        }
    }
    channels
}

/// Pods go to the first address of the services' range; any kube-apiserver may answer, and has to
/// accept what any other signed.
fn pods(builder: &Builder<'_>, node: usize) -> Vec<Channel> {
    let Some(process) = builder.process(node, Component::KubeApiserver) else {
        return Vec::new();
    };
    if !builder.draws(Component::ServiceAccount, node, Component::KubeApiserver) {
        return Vec::new();
    }
    let channel = Channel {
        addresses: service_address(process).into_iter().collect(),
        trust: published_trust(builder, node),
        required: Required::ServiceAccount(""),
        ..Channel::between(
            builder.party(Component::ServiceAccount, node),
            Party::elsewhere(Component::KubeApiserver),
            "pods with their tokens",
        )
    };
    let towards = |target: usize| Channel {
        server: builder.party(Component::KubeApiserver, target),
        serving: builder.apiserver_serving(target),
        client_auth: builder.apiserver_client_auth(target),
        credential: signed_and_checked(builder, node, target),
        ..channel.clone()
    };
    let mut targets = builder.nodes_with(Component::KubeApiserver);
    targets.retain(|target| builder.draws_to(&channel.client, Component::KubeApiserver, *target));
    targets.into_iter().map(towards).collect()
}

/// What kube-controller-manager publishes as `kube-root-ca.crt`.
fn published_trust(builder: &Builder<'_>, node: usize) -> Trust {
    let kcm = builder.process(node, Component::KubeControllerManager);
    let Some(kcm) = kcm.filter(|process| process.is_present()) else {
        return Trust::Unknown;
    };
    if let Some(trust) = builder.bundle(node, kcm, "root-ca-file", Loader::ClientGoCa) {
        return trust;
    }
    let kubeconfig = kcm
        .kubeconfig("kubeconfig")
        .and_then(|used| used.parsed.as_ref().ok());
    match kubeconfig.and_then(|kubeconfig| kubeconfig.certificate_authority.clone()) {
        Some(material) => Trust::Bundle {
            material,
            loader: Loader::ClientGoCa,
        },
        None => Trust::Unknown,
    }
}

/// Tokens signed by kube-apiserver on one node and checked by that on another.
pub(super) fn signed_and_checked(
    builder: &Builder<'_>,
    signer: usize,
    checker: usize,
) -> Credential {
    let process = |node, component| {
        builder
            .process(node, component)
            .filter(|process: &&Process| process.is_present())
    };
    let (Some(signing), Some(checking)) = (
        process(signer, Component::KubeApiserver),
        process(checker, Component::KubeApiserver),
    ) else {
        return Credential::Unknown;
    };
    let files = |node| &builder.node(node).files;
    let kcm = process(signer, Component::KubeControllerManager);
    let keys = checking.settings.all("service-account-key-file");
    Credential::ServiceAccountToken(Box::new(ServiceAccountTokens {
        signer,
        signing_key: signing.material(files(signer), "service-account-signing-key-file"),
        verification_keys: keys
            .map(|key| {
                checking
                    .view
                    .material(files(checker), &key.value, Some(key.clone()))
            })
            .collect(),
        legacy_signing_key: kcm
            .and_then(|kcm| kcm.material(files(signer), "service-account-private-key-file")),
        issuers: signing
            .settings
            .all("service-account-issuer")
            .cloned()
            .collect(),
        accepted_issuers: checking
            .settings
            .all("service-account-issuer")
            .cloned()
            .collect(),
        external_signer: signing
            .settings
            .get("service-account-signing-endpoint")
            .cloned(),
    }))
}

/// Where admin.conf leads, which kubeadm makes the control-plane endpoint.
fn control_plane_endpoint(builder: &Builder<'_>) -> Option<Address> {
    let nodes = builder.inventory.nodes.iter();
    let admins = nodes.filter_map(|node| node.kubeconfigs.get("admin.conf"));
    let mut servers = admins.filter_map(|admin| admin.parsed.as_ref().ok()?.server.clone());
    Address::from_url(&servers.next()?)
}

/// The first address of the first service range, where the service `kubernetes` is
/// (`pkg/controlplane/apiserver/options`, `ServiceIPRange`).
fn service_address(process: &Process) -> Option<Address> {
    let setting = process.settings.get("service-cluster-ip-range")?;
    let range = setting.parts().into_iter().next()?;
    Some(Address {
        scheme: "https".to_owned(),
        host: first_of(&range)?,
        port: 443,
        setting: range,
        server_name: None,
    })
}

fn first_of(range: &Setting) -> Option<String> {
    let (network, length) = range.value.split_once('/')?;
    let length: u32 = length.parse().ok()?;
    let first = match network.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => {
            let mask = u32::MAX
                .checked_shl(32_u32.checked_sub(length)?)
                .unwrap_or(0);
            IpAddr::V4(((address.to_bits() & mask).checked_add(1)?).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX
                .checked_shl(128_u32.checked_sub(length)?)
                .unwrap_or(0);
            IpAddr::V6(((address.to_bits() & mask).checked_add(1)?).into())
        }
    };
    Some(first.to_string())
}
