//! When each reader looks at its files again.

use crate::material::Loader;

/// A row: a reader, and when it looks again.
#[derive(Clone, Copy, Debug)]
pub struct ReloadRule {
    /// Who reads.
    pub loader: Loader,
    /// When it looks again.
    pub reload: Reload,
    /// The file that says so, in kubernetes/kubernetes or etcd-io/etcd.
    pub source: &'static str,
}

/// When a running process takes up a changed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// Only when it starts.
    Restart,
    /// The file is watched: within about a second, a minute at the latest. Bad content is logged
    /// and the old kept.
    Watched,
    /// For every handshake. Bad content fails the handshake.
    EveryHandshake,
    /// Within this many seconds.
    Every(u32),
}

/// Every reader.
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
    rule(
        Loader::SigningPair,
        Reload::Watched,
        "pkg/controller/certificates/signer/ca_provider.go",
    ),
    rule(
        Loader::StrictPool,
        Reload::Restart,
        "staging/src/k8s.io/client-go/util/cert/io.go",
    ),
    rule(
        Loader::ClientGoCa,
        Reload::Every(300),
        "staging/src/k8s.io/client-go/transport/ca_rotation.go",
    ),
    rule(
        Loader::ClientGoPair,
        Reload::Every(300),
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
    rule(
        Loader::Kubeconfig,
        Reload::Restart,
        "staging/src/k8s.io/client-go/tools/clientcmd/loader.go",
    ),
    rule(
        Loader::KubeletStore,
        Reload::Every(10),
        "pkg/kubelet/certificate/transport.go",
    ),
];

const fn rule(loader: Loader, reload: Reload, source: &'static str) -> ReloadRule {
    ReloadRule {
        loader,
        reload,
        source,
    }
}
