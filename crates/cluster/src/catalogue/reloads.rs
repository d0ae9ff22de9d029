//! When each reader looks at its files again, and since which version.

use super::{Flag, Role, Versions};
use crate::component::Component;
use crate::material::Loader;

/// A row: a reader, and when it looks again.
#[derive(Clone, Copy, Debug)]
pub struct ReloadRule {
    /// Who reads.
    pub loader: Loader,
    /// The versions of which it is true.
    pub versions: Versions,
    /// When it looks again.
    pub reload: Reload,
    /// What else there is to say; empty when nothing.
    pub note: &'static str,
    /// The file that says so, in kubernetes/kubernetes or etcd-io/etcd.
    pub source: &'static str,
}

/// A row: settings that are read again otherwise than their reader does elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct ReloadException {
    /// Whose flags.
    pub component: Component,
    /// The flags, by their names without dashes.
    pub flags: &'static [&'static str],
    /// The versions of which it is true.
    pub versions: Versions,
    /// When they are read again.
    pub reload: Reload,
    /// What else there is to say; empty when nothing.
    pub note: &'static str,
    /// The file that says so, in kubernetes/kubernetes or etcd-io/etcd.
    pub source: &'static str,
}

/// When something is read again, in some versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rereading {
    /// The versions of which it is true.
    pub versions: Versions,
    /// When it is read again.
    pub reload: Reload,
    /// What else there is to say; empty when nothing.
    pub note: &'static str,
    /// The file that says so.
    pub source: &'static str,
}

/// When a running process takes up a changed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reload {
    /// Only when it starts.
    Restart,
    /// The file is watched: within about a second, a minute at the latest. Bad content is logged
    /// and the old kept.
    Watched,
    /// For every handshake. Bad content fails the handshake.
    EveryHandshake,
    /// For every new connection; open ones are closed within this many seconds.
    EveryConnection(u32),
    /// Within this many seconds.
    Every(u32),
    /// The process ends when the file changes, and is started again.
    Ends,
    /// It is an object of the API: as soon as it changes.
    Object,
}

impl Reload {
    /// Its name in data: `restart`, `watched`, …
    pub fn name(self) -> &'static str {
        match self {
            Reload::Restart => "restart",
            Reload::Watched => "watched",
            Reload::EveryHandshake => "every-handshake",
            Reload::EveryConnection(_) => "every-connection",
            Reload::Every(_) => "every",
            Reload::Ends => "ends",
            Reload::Object => "object",
        }
    }

    /// After how many seconds a change has come through, when that can be said.
    pub fn seconds(self) -> Option<u32> {
        match self {
            Reload::Watched => Some(60),
            Reload::EveryConnection(seconds) | Reload::Every(seconds) => Some(seconds),
            Reload::EveryHandshake => Some(0),
            Reload::Restart | Reload::Ends | Reload::Object => None,
        }
    }
}

/// Every reader; for each the versions from the first to the last.
pub const RELOADS: &[ReloadRule] = &[
    rule(
        Loader::DynamicCa,
        Reload::Watched,
        "staging/src/k8s.io/apiserver/pkg/server/dynamiccertificates/dynamic_cafile_content.go",
    ),
    rule(
        Loader::DynamicPair,
        Reload::Watched,
        "staging/src/k8s.io/apiserver/pkg/server/dynamiccertificates/dynamic_serving_content.go",
    ),
    ReloadRule {
        note: "it is read for the first time once the process leads",
        ..rule(
            Loader::SigningPair,
            Reload::Watched,
            "pkg/controller/certificates/signer/ca_provider.go",
        )
    },
    rule(
        Loader::StrictPool,
        Reload::Restart,
        "staging/src/k8s.io/client-go/util/cert/io.go",
    ),
    ReloadRule {
        versions: Versions::until(1, 35),
        ..rule(
            Loader::ClientGoCa,
            Reload::Restart,
            "staging/src/k8s.io/client-go/transport/transport.go",
        )
    },
    ReloadRule {
        versions: Versions::since(1, 36),
        note: "the feature gate is ClientsAllowCARotation",
        ..rule(
            Loader::ClientGoCa,
            Reload::Every(300),
            "staging/src/k8s.io/client-go/transport/ca_rotation.go",
        )
    },
    rule(
        Loader::ClientGoPair,
        Reload::EveryConnection(300),
        "staging/src/k8s.io/client-go/transport/cert_rotation.go",
    ),
    rule(
        Loader::EtcdPair,
        Reload::EveryHandshake,
        "client/pkg/transport/listener.go",
    ),
    rule(
        Loader::EtcdPool,
        Reload::Restart,
        "client/pkg/tlsutil/tlsutil.go",
    ),
    rule(
        Loader::ServiceAccountPublic,
        Reload::Restart,
        "staging/src/k8s.io/client-go/util/keyutil/key.go",
    ),
    rule(
        Loader::ServiceAccountPrivate,
        Reload::Restart,
        "staging/src/k8s.io/client-go/util/keyutil/key.go",
    ),
    ReloadRule {
        note: "files that it names are read again by rules of their own",
        ..rule(
            Loader::Kubeconfig,
            Reload::Restart,
            "staging/src/k8s.io/client-go/tools/clientcmd/loader.go",
        )
    },
    rule(
        Loader::Configuration,
        Reload::Restart,
        "staging/src/k8s.io/apiserver/pkg/server/options",
    ),
    // The manager keeps what it read when it started, or made since (`Current`).
    ReloadRule {
        note: "what the kubelet renews itself counts within 10 seconds",
        ..rule(
            Loader::KubeletStore,
            Reload::Restart,
            "staging/src/k8s.io/client-go/util/certificate/certificate_manager.go",
        )
    },
];

/// Settings with rules of their own; they stand instead of those of [`RELOADS`].
pub const RELOAD_EXCEPTIONS: &[ReloadException] = &[
    ReloadException {
        component: Component::Kubelet,
        flags: &["tls-cert-file", "tls-private-key-file"],
        versions: Versions::until(1, 30),
        reload: Reload::Restart,
        note: "",
        source: "pkg/features/kube_features.go",
    },
    ReloadException {
        component: Component::Kubelet,
        flags: &["tls-cert-file", "tls-private-key-file"],
        versions: Versions {
            since: Some((1, 31)),
            until: Some((1, 35)),
        },
        reload: Reload::Watched,
        note: "whoever dials an IP address is shown the old certificate until a restart, unless the patch release has kubernetes/kubernetes#133654",
        source: "CHANGELOG/CHANGELOG-1.36.md",
    },
    ReloadException {
        component: Component::Kubelet,
        flags: &["tls-cert-file", "tls-private-key-file"],
        versions: Versions::since(1, 36),
        reload: Reload::Watched,
        note: "the feature gate is ReloadKubeletServerCertificateFile",
        source: "pkg/features/kube_features.go",
    },
    ReloadException {
        component: Component::Kubelet,
        flags: &["client-ca-file"],
        versions: Versions::until(1, 35),
        reload: Reload::Watched,
        note: "the list of authorities that clients are told of stays the old one until a restart",
        source: "CHANGELOG/CHANGELOG-1.36.md",
    },
    ReloadException {
        component: Component::Kubelet,
        flags: &["client-ca-file"],
        versions: Versions::since(1, 36),
        reload: Reload::Watched,
        note: "also the list of authorities that clients are told of; the feature gate is ReloadKubeletClientCAFile",
        source: "pkg/features/kube_features.go",
    },
    ReloadException {
        component: Component::KubeApiserver,
        flags: &["authentication-config", "authorization-config"],
        versions: Versions {
            since: Some((1, 29)),
            until: Some((1, 29)),
        },
        reload: Reload::Restart,
        note: "",
        source: "pkg/kubeapiserver/options/authentication.go",
    },
    ReloadException {
        component: Component::KubeApiserver,
        flags: &["authentication-config"],
        versions: Versions::since(1, 30),
        reload: Reload::Watched,
        note: "all but what it says of anonymous requests",
        source: "pkg/kubeapiserver/options/authentication.go",
    },
    ReloadException {
        component: Component::KubeApiserver,
        flags: &["authorization-config"],
        versions: Versions::since(1, 30),
        reload: Reload::Watched,
        note: "",
        source: "pkg/kubeapiserver/authorizer/reload.go",
    },
    ReloadException {
        component: Component::KubeApiserver,
        flags: &["encryption-provider-config"],
        versions: Versions::ALL,
        reload: Reload::Restart,
        note: "with --encryption-provider-config-automatic-reload within a minute",
        source: "staging/src/k8s.io/apiserver/pkg/server/options/encryptionconfig/controller/controller.go",
    },
    ReloadException {
        component: Component::Etcd,
        flags: &["client-crl-file", "peer-crl-file"],
        versions: Versions::ALL,
        reload: Reload::EveryHandshake,
        note: "",
        source: "client/pkg/transport/listener_tls.go",
    },
    ReloadException {
        component: Component::KubeProxy,
        flags: &["config"],
        versions: Versions::ALL,
        reload: Reload::Ends,
        note: "",
        source: "cmd/kube-proxy/app/options.go",
    },
];

/// When what a flag names is read again, from the first version to the last; nothing for a flag that
/// names no file.
pub fn rereading(flag: &Flag) -> Vec<Rereading> {
    let own: Vec<Rereading> = RELOAD_EXCEPTIONS
        .iter()
        .filter(|row| row.component == flag.component && row.flags.contains(&flag.name))
        .map(|row| Rereading {
            versions: row.versions,
            reload: row.reload,
            note: row.note,
            source: row.source,
        })
        .collect();
    match loader(flag) {
        Some(loader) if own.is_empty() => by_loader(loader),
        _ => own,
    }
}

/// When a reader looks again, from the first version to the last.
pub fn by_loader(loader: Loader) -> Vec<Rereading> {
    RELOADS
        .iter()
        .filter(|rule| rule.loader == loader)
        .map(|rule| Rereading {
            versions: rule.versions,
            reload: rule.reload,
            note: rule.note,
            source: rule.source,
        })
        .collect()
}

/// Who reads what a flag names; `None` for a flag that names no file.
pub fn loader(flag: &Flag) -> Option<Loader> {
    match flag.role {
        Role::Certificate { loader, .. }
        | Role::ClientAuthority(loader)
        | Role::ServerAuthority(loader)
        | Role::PublishedAuthority(loader) => Some(loader),
        Role::Key { certificate } => loader(super::flag(flag.component, certificate)?),
        Role::NamedPair => Some(Loader::DynamicPair),
        Role::TokenSigningKey => Some(Loader::ServiceAccountPrivate),
        Role::TokenVerificationKey => Some(Loader::ServiceAccountPublic),
        Role::Kubeconfig => Some(Loader::Kubeconfig),
        Role::Configuration => Some(Loader::Configuration),
        Role::Address | Role::Policy | Role::Directory => None,
    }
}

const fn rule(loader: Loader, reload: Reload, source: &'static str) -> ReloadRule {
    ReloadRule {
        loader,
        versions: Versions::ALL,
        reload,
        note: "",
        source,
    }
}
