//! The channels that a cluster made by kubeadm has, and which settings each rests on.
//!
//! Settings are written as `kubepki explain` takes them: `COMPONENT --FLAG`, a kubeadm name, or a
//! field with its document.

use crate::component::Component;

/// A row.
#[derive(Clone, Copy, Debug)]
pub struct ChannelRow {
    /// Who connects.
    pub client: Component,
    /// Who answers.
    pub server: Component,
    /// What the server presents.
    pub serving: &'static [&'static str],
    /// What the client verifies it with.
    pub trust: &'static [&'static str],
    /// What the client presents.
    pub credential: &'static [&'static str],
    /// What the server verifies that with.
    pub client_trust: &'static [&'static str],
    /// What else it rests on: addresses, lists of names, settings.
    pub settings: &'static [&'static str],
    /// What it is for.
    pub purpose: &'static str,
    /// The name that the client checks the server's certificate for.
    pub name: &'static str,
    /// What the server takes the client for.
    pub identity: &'static str,
    /// What stops when it fails.
    pub without: &'static str,
}

impl ChannelRow {
    /// `CLIENT->SERVER`.
    pub fn id(&self) -> String {
        format!("{}->{}", self.client, self.server)
    }

    /// Every setting with the position that it has.
    pub fn parts(&self) -> impl Iterator<Item = (Position, &'static str)> {
        let each = |position, list: &'static [&'static str]| {
            list.iter().map(move |setting| (position, *setting))
        };
        each(Position::Serving, self.serving)
            .chain(each(Position::Trust, self.trust))
            .chain(each(Position::Credential, self.credential))
            .chain(each(Position::ClientTrust, self.client_trust))
            .chain(each(Position::Setting, self.settings))
    }
}

/// What a setting is for a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Position {
    /// The server presents it.
    Serving,
    /// The client verifies the server with it.
    Trust,
    /// The client presents it.
    Credential,
    /// The server verifies the client with it.
    ClientTrust,
    /// It says where, or what is accepted.
    Setting,
}

const APISERVER: &[&str] = &[
    "kube-apiserver --tls-cert-file",
    "kube-apiserver --tls-private-key-file",
    "kube-apiserver --tls-sni-cert-key",
];
const CLIENT_CA: &[&str] = &["kube-apiserver --client-ca-file"];
const HOST: &str = "the host of server in the kubeconfig, or tls-server-name";

/// Every channel, in the order of the graph.
pub const CHANNELS: &[ChannelRow] = &[
    ChannelRow {
        client: Component::Etcd,
        server: Component::Etcd,
        serving: &["etcd --peer-cert-file", "etcd --peer-key-file"],
        trust: &["etcd --peer-trusted-ca-file"],
        credential: &[
            "etcd --peer-cert-file",
            "etcd --peer-key-file",
            "etcd --peer-client-cert-file",
            "etcd --peer-client-key-file",
        ],
        client_trust: &["etcd --peer-trusted-ca-file", "etcd --peer-crl-file"],
        settings: &[
            "etcd --peer-client-cert-auth",
            "etcd --peer-cert-allowed-cn",
            "etcd --peer-cert-allowed-hostname",
            "etcd --peer-skip-client-san-verification",
            "etcd --peer-auto-tls",
            "etcd --initial-cluster",
            "etcd --initial-advertise-peer-urls",
            "etcd --listen-peer-urls",
        ],
        purpose: "members of etcd replicate to each other",
        name: "the host of the member's peer URL",
        identity: "whoever the CA vouches for, calling from an address that the certificate names",
        without: "members do not hear each other; without a majority nothing can be written any more",
    },
    ChannelRow {
        client: Component::KubeApiserver,
        server: Component::Etcd,
        serving: &["etcd --cert-file", "etcd --key-file"],
        trust: &["kube-apiserver --etcd-cafile"],
        credential: &[
            "kube-apiserver --etcd-certfile",
            "kube-apiserver --etcd-keyfile",
        ],
        client_trust: &["etcd --trusted-ca-file", "etcd --client-crl-file"],
        settings: &[
            "kube-apiserver --etcd-servers",
            "kube-apiserver --etcd-servers-overrides",
            "etcd --client-cert-auth",
            "etcd --client-cert-allowed-hostname",
            "etcd --listen-client-urls",
            "etcd --advertise-client-urls",
            "etcd --auto-tls",
        ],
        purpose: "kube-apiserver keeps everything in etcd",
        name: "the host of each URL in --etcd-servers; kubeadm's is 127.0.0.1",
        identity: "whoever the CA vouches for: any certificate of etcd's CA may do everything",
        without: "kube-apiserver does not start: it ends after 20 seconds, and with it the whole control plane",
    },
    ChannelRow {
        client: Component::EtcdHealthcheck,
        server: Component::Etcd,
        serving: &["etcd --cert-file", "etcd --key-file"],
        trust: &["etcd-ca"],
        credential: &["etcd-healthcheck-client"],
        client_trust: &["etcd --trusted-ca-file"],
        settings: &["etcd --client-cert-auth", "etcd --advertise-client-urls"],
        purpose: "kubeadm and people with etcdctl look after etcd",
        name: "the host of the endpoint",
        identity: "whoever the CA vouches for",
        without: "etcdctl and kubeadm's checks fail; the cluster goes on",
    },
    ChannelRow {
        client: Component::Kubelet,
        server: Component::KubeApiserver,
        serving: APISERVER,
        trust: &["kubelet.conf"],
        credential: &["kubelet.conf", "kubelet --kubeconfig"],
        client_trust: CLIENT_CA,
        settings: &[
            "kubelet --rotate-certificates",
            "kubelet --bootstrap-kubeconfig",
            "kube-apiserver --advertise-address",
        ],
        purpose: "the kubelet tells of its node and is told its pods",
        name: HOST,
        identity: "the user system:node:NAME in the group system:nodes",
        without: "the node becomes NotReady and gets no new pods",
    },
    ChannelRow {
        client: Component::KubeControllerManager,
        server: Component::KubeApiserver,
        serving: APISERVER,
        trust: &["controller-manager.conf"],
        credential: &[
            "controller-manager.conf",
            "kube-controller-manager --kubeconfig",
        ],
        client_trust: CLIENT_CA,
        settings: &[
            "kube-controller-manager --master",
            "kube-controller-manager --use-service-account-credentials",
        ],
        purpose: "controllers bring the cluster to what is wanted, and sign requests",
        name: HOST,
        identity: "the user system:kube-controller-manager",
        without: "nothing is reconciled: no new pods of deployments, no tokens, no signed requests",
    },
    ChannelRow {
        client: Component::KubeScheduler,
        server: Component::KubeApiserver,
        serving: APISERVER,
        trust: &["scheduler.conf"],
        credential: &["scheduler.conf", "kube-scheduler --kubeconfig"],
        client_trust: CLIENT_CA,
        settings: &["kube-scheduler --master"],
        purpose: "the scheduler places pods on nodes",
        name: HOST,
        identity: "the user system:kube-scheduler",
        without: "new pods stay Pending",
    },
    ChannelRow {
        client: Component::KubeProxy,
        server: Component::KubeApiserver,
        serving: APISERVER,
        trust: &["kube-root-ca.crt", "kube-controller-manager --root-ca-file"],
        credential: &["kube-apiserver --service-account-signing-key-file"],
        client_trust: &["kube-apiserver --service-account-key-file"],
        settings: &[
            "kube-proxy --kubeconfig",
            "kube-apiserver --service-account-issuer",
        ],
        purpose: "kube-proxy learns of services and endpoints",
        name: HOST,
        identity: "the service account kube-proxy in kube-system",
        without: "the node's rules for services go stale",
    },
    ChannelRow {
        client: Component::Admin,
        server: Component::KubeApiserver,
        serving: APISERVER,
        trust: &["admin.conf"],
        credential: &["admin.conf"],
        client_trust: CLIENT_CA,
        settings: &[
            "kube-apiserver --anonymous-auth",
            "kube-apiserver --authorization-mode",
        ],
        purpose: "administrators use kubectl",
        name: HOST,
        identity: "the user kubernetes-admin in the group kubeadm:cluster-admins",
        without: "kubectl does not work for administrators; the cluster goes on",
    },
    ChannelRow {
        client: Component::SuperAdmin,
        server: Component::KubeApiserver,
        serving: APISERVER,
        trust: &["super-admin.conf"],
        credential: &["super-admin.conf"],
        client_trust: CLIENT_CA,
        settings: &["kube-apiserver --authorization-mode"],
        purpose: "the way in when access rules are broken",
        name: HOST,
        identity: "the user kubernetes-super-admin in the group system:masters, which may do everything",
        without: "nobody gets in past broken access rules",
    },
    ChannelRow {
        client: Component::ServiceAccount,
        server: Component::KubeApiserver,
        serving: APISERVER,
        trust: &["kube-root-ca.crt", "kube-controller-manager --root-ca-file"],
        credential: &[
            "kube-apiserver --service-account-signing-key-file",
            "kube-controller-manager --service-account-private-key-file",
        ],
        client_trust: &["kube-apiserver --service-account-key-file"],
        settings: &[
            "kube-apiserver --service-account-issuer",
            "kube-apiserver --api-audiences",
            "kube-apiserver --service-account-signing-endpoint",
            "kube-apiserver --service-cluster-ip-range",
        ],
        purpose: "pods call kube-apiserver with their tokens",
        name: "the first address of the services' range, or kubernetes.default.svc",
        identity: "the service account of the pod",
        without: "everything that runs in the cluster and asks it something is refused",
    },
    ChannelRow {
        client: Component::KubeApiserver,
        server: Component::Kubelet,
        serving: &[
            "kubelet --tls-cert-file",
            "kubelet --tls-private-key-file",
            "kubelet --rotate-server-certificates",
        ],
        trust: &["kube-apiserver --kubelet-certificate-authority"],
        credential: &[
            "kube-apiserver --kubelet-client-certificate",
            "kube-apiserver --kubelet-client-key",
        ],
        client_trust: &["kubelet --client-ca-file"],
        settings: &[
            "kube-apiserver --kubelet-preferred-address-types",
            "kubelet --anonymous-auth",
            "kubelet --authentication-token-webhook",
            "kubelet --authorization-mode",
            "kubelet --address",
            "kubelet --port",
        ],
        purpose: "kube-apiserver fetches logs and opens shells on nodes",
        name: "the node's address; nothing is verified without --kubelet-certificate-authority",
        identity: "the user kube-apiserver-kubelet-client, who has to be allowed the kubelet's API",
        without: "kubectl logs, exec, attach and port-forward fail; pods go on",
    },
    ChannelRow {
        client: Component::KubeApiserver,
        server: Component::AggregatedApiserver,
        serving: &["APIService spec.service"],
        trust: &[
            "APIService spec.caBundle",
            "APIService spec.insecureSkipTLSVerify",
        ],
        credential: &[
            "kube-apiserver --proxy-client-cert-file",
            "kube-apiserver --proxy-client-key-file",
        ],
        client_trust: &[
            "kube-apiserver --requestheader-client-ca-file",
            "extension-apiserver-authentication data.requestheader-client-ca-file",
        ],
        settings: &[
            "kube-apiserver --requestheader-allowed-names",
            "kube-apiserver --requestheader-username-headers",
            "kube-apiserver --requestheader-group-headers",
            "kube-apiserver --requestheader-uid-headers",
            "kube-apiserver --requestheader-extra-headers-prefix",
        ],
        purpose: "kube-apiserver passes requests on to API servers behind it, speaking for its users",
        name: "NAME.NAMESPACE.svc of the APIService's service",
        identity: "a front proxy whose common name is allowed; the users are in its headers",
        without: "APIs that others serve, such as metrics, are not available",
    },
];
