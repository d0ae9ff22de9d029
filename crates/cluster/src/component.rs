//! The components of a cluster: everything that is one end of a channel.

use std::fmt;

/// One end of a channel: a program, a user, or whoever bears a service account's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// The API server.
    KubeApiserver,
    /// The store behind it.
    Etcd,
    /// The controllers, the signers of requests among them.
    KubeControllerManager,
    /// The scheduler.
    KubeScheduler,
    /// The agent of every node.
    Kubelet,
    /// The service proxy of every node.
    KubeProxy,
    /// Whoever uses `admin.conf`.
    Admin,
    /// Whoever uses `super-admin.conf`.
    SuperAdmin,
    /// Whoever uses `etcd/healthcheck-client.crt`: kubeadm itself, and people with etcdctl.
    EtcdHealthcheck,
    /// An API server behind the aggregation layer, such as metrics-server.
    AggregatedApiserver,
    /// Pods, with the token of their service account.
    ServiceAccount,
}

impl Component {
    /// The four that run as static pods, in the order they depend on each other.
    pub const STATIC_PODS: [Component; 4] = [
        Component::Etcd,
        Component::KubeApiserver,
        Component::KubeControllerManager,
        Component::KubeScheduler,
    ];

    /// Those that run on a node as programs of their own.
    pub const PROGRAMS: [Component; 6] = [
        Component::Etcd,
        Component::KubeApiserver,
        Component::KubeControllerManager,
        Component::KubeScheduler,
        Component::Kubelet,
        Component::KubeProxy,
    ];

    /// Its name in channel ids, and the name of its program when it has one.
    pub fn name(self) -> &'static str {
        match self {
            Component::KubeApiserver => "kube-apiserver",
            Component::Etcd => "etcd",
            Component::KubeControllerManager => "kube-controller-manager",
            Component::KubeScheduler => "kube-scheduler",
            Component::Kubelet => "kubelet",
            Component::KubeProxy => "kube-proxy",
            Component::Admin => "admin",
            Component::SuperAdmin => "super-admin",
            Component::EtcdHealthcheck => "etcd-healthcheck",
            Component::AggregatedApiserver => "aggregated-apiserver",
            Component::ServiceAccount => "serviceaccount",
        }
    }

    /// The component whose program is called `name`.
    pub fn from_program(name: &str) -> Option<Self> {
        Component::PROGRAMS
            .into_iter()
            .find(|component| component.name() == name)
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
