//! The authorities and credentials of a kubeadm cluster.

use crate::component::Component;

/// A certificate authority.
#[derive(Clone, Copy, Debug)]
pub struct Authority {
    /// kubeadm's short name.
    pub name: &'static str,
    /// Its files under the PKI directory, without `.crt` and `.key`.
    pub base: &'static str,
    /// The common name of its subject.
    pub common_name: &'static str,
    /// What it vouches for.
    pub purpose: &'static str,
    /// The file that says so, in kubernetes/kubernetes.
    pub source: &'static str,
}

/// A credential: a certificate with its key.
#[derive(Clone, Copy, Debug)]
pub struct Credential {
    /// kubeadm's short name.
    pub name: &'static str,
    /// Where it is kept.
    pub holder: Holder,
    /// The short name of the authority that issues it.
    pub authority: &'static str,
    /// The common name of its subject; `NODE` stands for the node's name.
    pub common_name: &'static str,
    /// The organisation of its subject, which the API server takes for a group.
    pub organization: Option<&'static str>,
    /// What it may be used for.
    pub usages: &'static [Usage],
    /// Who presents it.
    pub owner: Component,
    /// What for.
    pub purpose: &'static str,
    /// Whether `kubeadm certs check-expiration` and `renew` know it.
    pub renewable: bool,
    /// The file that says so, in kubernetes/kubernetes.
    pub source: &'static str,
}

/// Where a credential is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// In the PKI directory, as `BASE.crt` and `BASE.key`.
    Pki(&'static str),
    /// In a kubeconfig in `/etc/kubernetes`.
    Kubeconfig(&'static str),
}

/// An extended key usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// `serverAuth`.
    Server,
    /// `clientAuth`.
    Client,
}

const CERTS: &str = "cmd/kubeadm/app/phases/certs/certlist.go";
const KUBECONFIGS: &str = "cmd/kubeadm/app/phases/kubeconfig/kubeconfig.go";

/// Every authority, sorted by name.
pub const AUTHORITIES: &[Authority] = &[
    Authority {
        name: "ca",
        base: "ca",
        common_name: "kubernetes",
        purpose: "kube-apiserver, its clients, and whoever the cluster signs requests for",
        source: CERTS,
    },
    Authority {
        name: "etcd-ca",
        base: "etcd/ca",
        common_name: "etcd-ca",
        purpose: "etcd, its peers and its clients",
        source: CERTS,
    },
    Authority {
        name: "front-proxy-ca",
        base: "front-proxy-ca",
        common_name: "front-proxy-ca",
        purpose: "who may speak for others through the aggregation layer",
        source: CERTS,
    },
];

/// Every credential, sorted by name.
pub const CREDENTIALS: &[Credential] = &[
    kubeconfig(
        "admin.conf",
        "kubernetes-admin",
        Some("kubeadm:cluster-admins"),
        Component::Admin,
        "the cluster's administrators to kube-apiserver",
    ),
    Credential {
        usages: &[Usage::Server],
        ..pair(
            "apiserver",
            "apiserver",
            "ca",
            "kube-apiserver",
            Component::KubeApiserver,
            "kube-apiserver to all its clients",
        )
    },
    pair(
        "apiserver-etcd-client",
        "apiserver-etcd-client",
        "etcd-ca",
        "kube-apiserver-etcd-client",
        Component::KubeApiserver,
        "kube-apiserver to etcd",
    ),
    pair(
        "apiserver-kubelet-client",
        "apiserver-kubelet-client",
        "ca",
        "kube-apiserver-kubelet-client",
        Component::KubeApiserver,
        "kube-apiserver to kubelets: logs, exec, port-forward",
    ),
    kubeconfig(
        "controller-manager.conf",
        "system:kube-controller-manager",
        None,
        Component::KubeControllerManager,
        "kube-controller-manager to kube-apiserver",
    ),
    pair(
        "etcd-healthcheck-client",
        "etcd/healthcheck-client",
        "etcd-ca",
        "kube-etcd-healthcheck-client",
        Component::EtcdHealthcheck,
        "kubeadm and people with etcdctl to etcd",
    ),
    Credential {
        usages: &[Usage::Server, Usage::Client],
        ..pair(
            "etcd-peer",
            "etcd/peer",
            "etcd-ca",
            "NODE",
            Component::Etcd,
            "etcd's members to each other",
        )
    },
    Credential {
        usages: &[Usage::Server, Usage::Client],
        ..pair(
            "etcd-server",
            "etcd/server",
            "etcd-ca",
            "NODE",
            Component::Etcd,
            "etcd to its clients",
        )
    },
    pair(
        "front-proxy-client",
        "front-proxy-client",
        "front-proxy-ca",
        "front-proxy-client",
        Component::KubeApiserver,
        "kube-apiserver to aggregated API servers, speaking for its users",
    ),
    Credential {
        renewable: false,
        ..kubeconfig(
            "kubelet.conf",
            "system:node:NODE",
            Some("system:nodes"),
            Component::Kubelet,
            "the kubelet to kube-apiserver",
        )
    },
    kubeconfig(
        "scheduler.conf",
        "system:kube-scheduler",
        None,
        Component::KubeScheduler,
        "kube-scheduler to kube-apiserver",
    ),
    kubeconfig(
        "super-admin.conf",
        "kubernetes-super-admin",
        Some("system:masters"),
        Component::SuperAdmin,
        "whoever has to get in when access rules are broken",
    ),
];

const fn pair(
    name: &'static str,
    base: &'static str,
    authority: &'static str,
    common_name: &'static str,
    owner: Component,
    purpose: &'static str,
) -> Credential {
    Credential {
        name,
        holder: Holder::Pki(base),
        authority,
        common_name,
        organization: None,
        usages: &[Usage::Client],
        owner,
        purpose,
        renewable: true,
        source: CERTS,
    }
}

const fn kubeconfig(
    name: &'static str,
    common_name: &'static str,
    organization: Option<&'static str>,
    owner: Component,
    purpose: &'static str,
) -> Credential {
    Credential {
        name,
        holder: Holder::Kubeconfig(name),
        authority: "ca",
        common_name,
        organization,
        usages: &[Usage::Client],
        owner,
        purpose,
        renewable: true,
        source: KUBECONFIGS,
    }
}
