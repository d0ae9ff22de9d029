//! Every server with what it asks about its clients.

use x509::Place;

use super::{Builder, etcd, kubelet, tokens};
use crate::component::Component;
use crate::graph::server::{Authenticator, Authorization, OpenId, Server, Source};
use crate::graph::{ClientAuth, ClientAuthMode, Credential, Party, Trust};
use crate::material::Loader;
use crate::process::Process;
use crate::setting::{Setting, Settings};

/// In the order in which people ask for them.
const SERVERS: [Component; 6] = [
    Component::KubeApiserver,
    Component::Kubelet,
    Component::Etcd,
    Component::KubeControllerManager,
    Component::KubeScheduler,
    Component::AggregatedApiserver,
];

/// Every server.
pub(super) fn all(builder: &Builder<'_>) -> Vec<Server> {
    let of_kind = |component: Component| {
        let nodes = builder.nodes_with(component);
        match (component, nodes.is_empty()) {
            (Component::AggregatedApiserver, _) => vec![aggregated(builder)],
            (_, true) => vec![unknown(builder, Party::elsewhere(component))],
            (_, false) => nodes
                .into_iter()
                .map(|node| server(builder, node, component))
                .collect(),
        }
    };
    SERVERS.into_iter().flat_map(of_kind).collect()
}

fn server(builder: &Builder<'_>, node: usize, component: Component) -> Server {
    let party = builder.party(component, node);
    let process = builder.process(node, component);
    let Some(process) = process.filter(|process| process.is_present()) else {
        return unknown(builder, party);
    };
    let authenticators = match component {
        Component::KubeApiserver => apiserver(builder, node, process),
        Component::Kubelet => kubelet(builder, node, process),
        Component::Etcd => vec![Authenticator::Handshake(etcd::client_port(
            builder, node, process,
        ))],
        _ => delegating(builder, node, process),
    };
    Server {
        usual: match authenticators.iter().any(is_unknown) {
            true => usual(builder, &party),
            false => Vec::new(),
        },
        party,
        version: process.version,
        authenticators,
        anonymous: lets_anonymous_in(process),
        authorization: authorization(process),
    }
}

/// A server whose configuration is not there.
fn unknown(builder: &Builder<'_>, party: Party) -> Server {
    Server {
        usual: usual(builder, &party),
        authenticators: vec![Authenticator::Unknown],
        party,
        version: None,
        anonymous: false,
        authorization: Authorization::Unknown,
    }
}

/// By kubeadm's names for files: of the same node, or of the first
/// (`cmd/kubeadm/app/phases/controlplane/manifests.go`).
fn usual(builder: &Builder<'_>, party: &Party) -> Vec<Authenticator> {
    let Some(node) = builder.inventory.nodes.get(party.node.unwrap_or(0)) else {
        return Vec::new();
    };
    let auth = |file: &str| {
        let material = node.pki_file(file);
        let loader = Loader::DynamicCa;
        let is_there = material.bytes().is_some();
        let trust = Trust::Bundle { material, loader };
        is_there.then(|| ClientAuth::new(ClientAuthMode::Request, trust))
    };
    if party.component == Component::Etcd {
        let auth = auth("etcd/ca.crt").map(|auth| ClientAuth {
            mode: ClientAuthMode::Require,
            ..auth
        });
        return auth.map(Authenticator::Handshake).into_iter().collect();
    }
    let source = match party.component {
        Component::KubeApiserver | Component::Kubelet => Source::Own,
        _ => Source::Published,
    };
    let proxy = auth("front-proxy-ca.crt").filter(|_| party.component != Component::Kubelet);
    let proxy = proxy.map(|auth| Authenticator::RequestHeader {
        auth: ClientAuth {
            allowed_names: vec![front_proxy()],
            ..auth
        },
        names_users: true,
        source,
    });
    let client = auth("ca.crt").map(|auth| Authenticator::ClientCertificate { auth, source });
    proxy.into_iter().chain(client).collect()
}

/// kube-apiserver does unless told otherwise or everything is allowed, the kubelet does when its
/// file says so, the others always do (`authenticatorfactory/delegating.go`).
fn lets_anonymous_in(process: &Process) -> bool {
    match process.component {
        Component::KubeApiserver => {
            authorization(process) != Authorization::Nothing
                && process.settings.is_on("anonymous-auth", true)
        }
        Component::Kubelet => process.settings.is_on("anonymous-auth", false),
        Component::Etcd => false,
        _ => true,
    }
}

/// `pkg/kubeapiserver/options/authorization.go`; of the kubelet, the defaults of its configuration
/// file. etcd's own access rules are not in any file, and off unless somebody switched them on.
fn authorization(process: &Process) -> Authorization {
    let settings = &process.settings;
    let modes = settings.list("authorization-mode");
    let allows_all = modes.iter().any(|mode| mode.value == "AlwaysAllow");
    match process.component {
        Component::Etcd => Authorization::Nothing,
        _ if allows_all => Authorization::Nothing,
        Component::KubeApiserver => match settings.get("authorization-config") {
            Some(file) => Authorization::Configuration(file.clone()),
            None if modes.is_empty() => Authorization::Nothing,
            None => Authorization::Modes(modes),
        },
        _ => Authorization::AsksApiserver,
    }
}

/// `pkg/kubeapiserver/authenticator/config.go`, `Config.New`.
fn apiserver(builder: &Builder<'_>, node: usize, process: &Process) -> Vec<Authenticator> {
    let settings = &process.settings;
    let file = |key: &str| process.material(&builder.node(node).files, key);
    let mut found = certificates(builder, node, process, Source::Own);
    found.extend(file("token-auth-file").map(Authenticator::TokenFile));
    if let Credential::ServiceAccountToken(tokens) = tokens::signed_and_checked(builder, node, node)
    {
        let audiences = settings.list("api-audiences");
        found.push(Authenticator::ServiceAccount {
            audiences: match audiences.is_empty() {
                true => tokens.accepted_issuers.clone(),
                false => audiences,
            },
            tokens,
        });
    }
    if settings.is_on("enable-bootstrap-token-auth", false) {
        found.push(Authenticator::BootstrapToken);
    }
    found.extend(open_id(settings).map(|found| Authenticator::OpenId(found.into())));
    found.extend(file("authentication-config").map(Authenticator::JwtConfiguration));
    let webhook = settings.get("authentication-token-webhook-config-file");
    found.extend(webhook.cloned().map(Authenticator::Webhook));
    found
}

/// `cmd/kubelet/app/auth.go`, `BuildAuthn`; the defaults are those of its configuration file.
fn kubelet(builder: &Builder<'_>, node: usize, process: &Process) -> Vec<Authenticator> {
    let certificate = Authenticator::ClientCertificate {
        auth: kubelet::client_auth(builder, node, process),
        source: Source::Own,
    };
    let review = process
        .settings
        .is_on("authentication-token-webhook", true)
        .then_some(Authenticator::TokenReview);
    [certificate].into_iter().chain(review).collect()
}

/// kube-controller-manager and kube-scheduler: what no flag of theirs says is looked up where
/// `--authentication-kubeconfig` leads
/// (`apiserver/pkg/server/options/authentication.go`, `DelegatingAuthenticationOptions.ApplyTo`).
fn delegating(builder: &Builder<'_>, node: usize, process: &Process) -> Vec<Authenticator> {
    let settings = &process.settings;
    let kubeconfig = settings.get("authentication-kubeconfig");
    let asks = kubeconfig.is_some_and(|setting| !setting.value.is_empty());
    let looks_up = asks && !settings.is_on("authentication-skip-lookup", false);
    let own = certificates(builder, node, process, Source::Own);
    let published = match looks_up {
        true => published(builder, node),
        false => Vec::new(),
    };
    let mut found: Vec<Authenticator> = Vec::new();
    for is_kind in [is_header, is_certificate] {
        let mut either = own.iter().chain(&published).filter(|found| is_kind(found));
        found.extend(either.next().cloned());
    }
    found.extend(asks.then_some(Authenticator::TokenReview));
    found
}

/// Those that kube-apiserver serves through its aggregation layer.
fn aggregated(builder: &Builder<'_>) -> Server {
    let first = builder
        .nodes_with(Component::KubeApiserver)
        .first()
        .copied();
    let mut authenticators = match first {
        Some(node) => published(builder, node),
        None => vec![Authenticator::Unknown],
    };
    authenticators.push(Authenticator::TokenReview);
    Server {
        anonymous: true,
        authorization: Authorization::AsksApiserver,
        authenticators,
        ..unknown(builder, Party::elsewhere(Component::AggregatedApiserver))
    }
}

/// What kube-apiserver publishes: that of the same node, or of the first.
fn published(builder: &Builder<'_>, node: usize) -> Vec<Authenticator> {
    let own = builder.process(node, Component::KubeApiserver);
    let node = match own {
        Some(_) => Some(node),
        None => builder
            .nodes_with(Component::KubeApiserver)
            .first()
            .copied(),
    };
    let process =
        node.and_then(|node| Some((node, builder.process(node, Component::KubeApiserver)?)));
    match process.filter(|(_, process)| process.is_present()) {
        Some((node, process)) => certificates(builder, node, process, Source::Published),
        None => vec![Authenticator::Unknown],
    }
}

/// The common name that kubeadm allows.
fn front_proxy() -> Setting {
    Setting {
        key: "requestheader-allowed-names".into(),
        name: "--requestheader-allowed-names".into(),
        value: "front-proxy-client".to_owned(),
        place: Place::default(),
        mark: None,
    }
}

fn is_unknown(found: &Authenticator) -> bool {
    matches!(found, Authenticator::Unknown)
}

fn is_header(found: &Authenticator) -> bool {
    matches!(found, Authenticator::RequestHeader { .. })
}

/// What was not collected could be either; one is enough.
fn is_certificate(found: &Authenticator) -> bool {
    is_unknown(found) || matches!(found, Authenticator::ClientCertificate { .. })
}

/// The two kinds of client certificates, as far as their flags are set.
fn certificates(
    builder: &Builder<'_>,
    node: usize,
    process: &Process,
    source: Source,
) -> Vec<Authenticator> {
    let mut found = Vec::new();
    let auth = builder.front_proxy_auth(node, process);
    if auth.mode != ClientAuthMode::None {
        found.push(Authenticator::RequestHeader {
            auth,
            names_users: names_users(process),
            source,
        });
    }
    if let Some(trust) = builder.bundle(node, process, "client-ca-file", Loader::DynamicCa) {
        let auth = ClientAuth::new(ClientAuthMode::Request, trust);
        found.push(Authenticator::ClientCertificate { auth, source });
    }
    found
}

/// kube-apiserver knows only the headers it is told, the others `X-Remote-User` by themselves
/// (`apiserver/pkg/server/options/authentication.go`, `NewDelegatingAuthenticationOptions`).
fn names_users(process: &Process) -> bool {
    let headers = process.settings.list("requestheader-username-headers");
    process.component != Component::KubeApiserver || !headers.is_empty()
}

/// `pkg/kubeapiserver/options/authentication.go`, `ToAuthenticationConfig`: without a prefix, every
/// claim but `email` gets the issuer's.
fn open_id(settings: &Settings) -> Option<OpenId> {
    let value = |key: &str| settings.get(key).map(|setting| setting.value.clone());
    let issuer = settings.get("oidc-issuer-url")?.clone();
    let client_id = value("oidc-client-id")?;
    let username_claim = value("oidc-username-claim").unwrap_or_else(|| "sub".to_owned());
    let prefix = value("oidc-username-prefix").unwrap_or_default();
    let username_prefix = match (&*prefix, &*username_claim) {
        ("", "email") | ("-", _) => String::new(),
        ("", _) => format!("{}#", issuer.value),
        _ => prefix,
    };
    let required = settings.all("oidc-required-claim").map(Setting::clone);
    let required_claims = required.filter_map(|setting| {
        let (claim, value) = setting.value.split_once('=')?;
        Some((claim.to_owned(), value.to_owned()))
    });
    let is_used = !issuer.value.is_empty() && !client_id.is_empty();
    is_used.then(|| OpenId {
        username_prefix,
        client_id,
        username_claim,
        groups_claim: value("oidc-groups-claim").filter(|claim| !claim.is_empty()),
        groups_prefix: value("oidc-groups-prefix").unwrap_or_default(),
        required_claims: required_claims.collect(),
        issuer,
    })
}
