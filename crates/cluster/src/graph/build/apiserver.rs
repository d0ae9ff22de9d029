//! kube-apiserver as a server, and whoever reaches it with a kubeconfig.

use std::sync::Arc;

use super::Builder;
use crate::component::Component;
use crate::graph::{
    Address, Channel, ClientAuth, ClientAuthMode, Credential, Party, Presented, Required, Serving,
    Trust,
};
use crate::kubeconfig::KubeconfigUse;
use crate::material::Loader;
use crate::process::Process;

const ADMINS: &[&str] = &["kubeadm:cluster-admins", "system:masters"];

/// Every client on `node` that reaches kube-apiserver with a kubeconfig, and kube-apiserver's own
/// calls to aggregated API servers.
pub(super) fn channels(builder: &Builder<'_>, node: usize) -> Vec<Channel> {
    let mut channels = Vec::new();
    let manager = Required::User("system:kube-controller-manager");
    let scheduler = Required::User("system:kube-scheduler");
    let kcm = Component::KubeControllerManager;
    channels.extend(program(
        builder,
        node,
        kcm,
        "controllers and signers",
        manager,
    ));
    let kubescheduler = Component::KubeScheduler;
    channels.extend(program(
        builder,
        node,
        kubescheduler,
        "placing pods",
        scheduler,
    ));
    if builder.process(node, Component::KubeApiserver).is_some() {
        let required = Required::AnyGroup(ADMINS);
        channels.extend(user(
            builder,
            node,
            Component::Admin,
            "admin.conf",
            required,
        ));
        channels.extend(aggregation(builder, node));
    }
    let masters = Required::AnyGroup(&["system:masters"]);
    channels.extend(user(
        builder,
        node,
        Component::SuperAdmin,
        "super-admin.conf",
        masters,
    ));
    channels
}

/// A program that a `--kubeconfig` flag leads to kube-apiserver.
fn program(
    builder: &Builder<'_>,
    node: usize,
    component: Component,
    purpose: &'static str,
    required: Required,
) -> Vec<Channel> {
    let Some(process) = builder.process(node, component) else {
        return Vec::new();
    };
    if !builder.draws(component, node, Component::KubeApiserver) {
        return Vec::new();
    }
    let channel = Channel {
        required,
        ..Channel::between(
            builder.party(component, node),
            Party::elsewhere(Component::KubeApiserver),
            purpose,
        )
    };
    let standard = match component {
        Component::KubeControllerManager => "controller-manager.conf",
        _ => "scheduler.conf",
    };
    let kubeconfig = process.kubeconfig("kubeconfig").cloned();
    let kubeconfig = kubeconfig.or_else(|| {
        // Nothing says how a program is started that is not there; kubeadm would start it so.
        let standard = builder.node(node).kubeconfigs.get(standard);
        standard.filter(|_| !process.is_present()).cloned()
    });
    let mut channel = match &kubeconfig {
        Some(kubeconfig) => channel.with_kubeconfig(kubeconfig),
        None => channel,
    };
    if let Some(master) = process
        .settings
        .get("master")
        .filter(|master| !master.value.is_empty())
    {
        channel.addresses = Address::from_url(master).into_iter().collect();
    }
    builder.towards_apiserver(node, channel)
}

/// A person with a kubeconfig that kubeadm made; there is no channel when there is no file and
/// none has to be.
fn user(
    builder: &Builder<'_>,
    node: usize,
    component: Component,
    file: &str,
    required: Required,
) -> Vec<Channel> {
    let Some(kubeconfig) = builder.node(node).kubeconfigs.get(file) else {
        return Vec::new();
    };
    if !builder.draws(component, node, Component::KubeApiserver) {
        return Vec::new();
    }
    let mut channels = with_kubeconfig(builder, node, component, kubeconfig);
    for channel in &mut channels {
        channel.required = required.clone();
    }
    channels
}

/// Somebody with a kubeconfig.
pub(super) fn with_kubeconfig(
    builder: &Builder<'_>,
    node: usize,
    component: Component,
    kubeconfig: &Arc<KubeconfigUse>,
) -> Vec<Channel> {
    let channel = Channel::between(
        builder.party(component, node),
        Party::elsewhere(Component::KubeApiserver),
        "kubectl",
    );
    builder.towards_apiserver(node, channel.with_kubeconfig(kubeconfig))
}

impl Builder<'_> {
    /// The channel to each API server that its addresses may lead to, on `from`'s side complete.
    pub(super) fn towards_apiserver(&self, from: usize, channel: Channel) -> Vec<Channel> {
        let targets = self.apiservers_behind(from, &channel.addresses);
        if targets.is_empty() {
            let serving = Presented::Elsewhere("a control-plane node").into();
            return vec![Channel { serving, ..channel }];
        }
        let towards = |target: usize| {
            let mut channel = channel.clone();
            channel.server = self.party(Component::KubeApiserver, target);
            if channel.addresses.is_empty() && !leads_nowhere(channel.kubeconfig.as_ref()) {
                channel.addresses = self.advertised(target).into_iter().collect();
            }
            channel.serving = self.apiserver_serving(target);
            channel.client_auth = self.apiserver_client_auth(target);
            channel
        };
        let server = Component::KubeApiserver;
        let drawn = targets.into_iter();
        let drawn = drawn.filter(|target| self.draws_to(&channel.client, server, *target));
        drawn.map(towards).collect()
    }

    /// The nodes whose kube-apiserver answers at these addresses: those that advertise one, else
    /// all, as behind a load balancer.
    fn apiservers_behind(&self, from: usize, addresses: &[Address]) -> Vec<usize> {
        let all = self.nodes_with(Component::KubeApiserver);
        let answers = |node: &usize| {
            let process = self.process(*node, Component::KubeApiserver);
            let advertised = process.and_then(|it| it.settings.get("advertise-address"));
            addresses.iter().any(|address| {
                (address.is_loopback() && *node == from)
                    || advertised.is_some_and(|advertised| address.is_at(&advertised.value))
            })
        };
        let exact: Vec<usize> = all.iter().copied().filter(answers).collect();
        if exact.is_empty() { all } else { exact }
    }

    /// Where kube-apiserver says it is.
    pub(super) fn advertised(&self, node: usize) -> Option<Address> {
        let settings = &self.process(node, Component::KubeApiserver)?.settings;
        let setting = settings.get("advertise-address")?;
        let port = settings
            .get("secure-port")
            .and_then(|port| port.value.parse().ok());
        Some(Address {
            scheme: "https".to_owned(),
            host: setting.value.clone(),
            port: port.unwrap_or(6443),
            setting: setting.clone(),
            server_name: None,
        })
    }

    pub(super) fn apiserver_serving(&self, node: usize) -> Serving {
        let process = self.process(node, Component::KubeApiserver);
        let Some(process) = process.filter(|process| process.is_present()) else {
            return Presented::Unknown.into();
        };
        let default = match self.pair(node, process, "tls-cert-file") {
            Some(pair) => Presented::Pair(pair),
            None => Presented::SelfSigned,
        };
        let by_name = process.named_pairs(&self.node(node).files, "tls-sni-cert-key");
        Serving { default, by_name }
    }

    pub(super) fn apiserver_client_auth(&self, node: usize) -> ClientAuth {
        let process = self.process(node, Component::KubeApiserver);
        let Some(process) = process.filter(|process| process.is_present()) else {
            return ClientAuth::unknown();
        };
        match self.bundle(node, process, "client-ca-file", Loader::DynamicCa) {
            Some(trust) => ClientAuth::new(ClientAuthMode::Request, trust),
            None => ClientAuth::new(ClientAuthMode::None, Trust::Nothing(None)),
        }
    }

    /// What a process does with the certificates of front proxies.
    pub(super) fn front_proxy_auth(&self, node: usize, process: &Process) -> ClientAuth {
        let key = "requestheader-client-ca-file";
        let auth = match self.bundle(node, process, key, Loader::DynamicCa) {
            Some(trust) => ClientAuth::new(ClientAuthMode::Request, trust),
            None => ClientAuth::new(ClientAuthMode::None, Trust::Nothing(None)),
        };
        ClientAuth {
            allowed_names: process.settings.list("requestheader-allowed-names"),
            ..auth
        }
    }
}

/// Whether a kubeconfig is there and still says nowhere to go: then no other place counts either.
fn leads_nowhere(kubeconfig: Option<&Arc<KubeconfigUse>>) -> bool {
    kubeconfig.is_some_and(|kubeconfig| kubeconfig.source.bytes().is_some())
}

/// kube-apiserver to the API servers behind it, speaking for its users.
fn aggregation(builder: &Builder<'_>, node: usize) -> Option<Channel> {
    let process = builder.process(node, Component::KubeApiserver)?;
    if !builder.draws(
        Component::KubeApiserver,
        node,
        Component::AggregatedApiserver,
    ) {
        return None;
    }
    let channel = Channel {
        serving: Presented::Elsewhere("the aggregated API server").into(),
        trust: Trust::Elsewhere("the caBundle of the APIService object"),
        required: Required::FrontProxy,
        ..Channel::between(
            builder.party(Component::KubeApiserver, node),
            Party::elsewhere(Component::AggregatedApiserver),
            "requests, for their users",
        )
    };
    if !process.is_present() {
        return Some(channel);
    }
    // Aggregated servers read the bundle and the names from the ConfigMap
    // kube-system/extension-apiserver-authentication, where kube-apiserver puts them.
    let client_auth = builder.front_proxy_auth(node, process);
    // With only one of the two flags there is silently no certificate.
    let pair = builder.pair(node, process, "proxy-client-cert-file");
    let whole = pair.filter(|pair| pair.certificate.is_some() && pair.key.is_some());
    Some(Channel {
        credential: whole.map_or(Credential::Nothing, Credential::Pair),
        client_auth,
        ..channel
    })
}
