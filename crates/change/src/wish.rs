//! What somebody wants: a cluster and its control-plane nodes, with every default filled in.
//!
//! Names, defaults and rules are kubeadm's (`cmd/kubeadm/app/apis/kubeadm/types.go`,
//! `v1beta4/defaults.go`).

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use authority::KeyAlgorithm;
use serde_json::{Map, Value};

/// What all nodes share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// `clusterName`.
    pub name: String,
    /// `kubernetesVersion`, such as `v1.36.0`: the tag of the images.
    pub version: String,
    /// `imageRepository`.
    pub image_repository: String,
    /// `controlPlaneEndpoint`: what clients dial rather than a node's own address.
    pub control_plane_endpoint: Option<Endpoint>,
    /// `certificatesDir`, on the node; absolute, without a slash at its end.
    pub certificates_dir: String,
    /// `networking.serviceSubnet` as written: one network, or two with a comma.
    pub service_subnet: String,
    /// `networking.podSubnet` as written.
    pub pod_subnet: Option<String>,
    /// `networking.dnsDomain`.
    pub dns_domain: String,
    /// `encryptionAlgorithm`.
    pub key_algorithm: KeyAlgorithm,
    /// `certificateValidityPeriod`, in seconds; kubeadm allows it to be negative.
    pub certificate_validity: i64,
    /// `caCertificateValidityPeriod`, in seconds.
    pub ca_validity: i64,
    /// `apiServer`.
    pub api_server: Component,
    /// `apiServer.certSANs`, in lower case.
    pub api_server_sans: Vec<String>,
    /// `controllerManager`.
    pub controller_manager: Component,
    /// `scheduler`.
    pub scheduler: Component,
    /// `etcd`.
    pub etcd: Etcd,
    /// What is said in a KubeletConfiguration, by field.
    pub kubelet: Map<String, Value>,
}

/// A control-plane node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// `nodeRegistration.name`.
    pub name: String,
    /// `localAPIEndpoint.advertiseAddress`.
    pub advertise_address: IpAddr,
    /// `localAPIEndpoint.bindPort`.
    pub bind_port: u16,
    /// `nodeRegistration.criSocket`.
    pub cri_socket: String,
    /// `nodeRegistration.kubeletExtraArgs`.
    pub kubelet_extra_args: Vec<Argument>,
    /// `timeouts.controlPlaneComponentHealthCheck`: how long a component may take to start.
    pub health_check_timeout: Duration,
    /// Whether it joins a cluster that another node began.
    pub joins: bool,
}

/// A host and maybe a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// A DNS name or an address, without brackets.
    pub host: Host,
    /// The port, when one is named.
    pub port: Option<u16>,
}

/// A DNS name or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A DNS name.
    Name(String),
    /// An address.
    Address(IpAddr),
}

/// What may be said of a component of the control plane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Component {
    /// `extraArgs`, in the order written.
    pub extra_args: Vec<Argument>,
    /// `extraVolumes`.
    pub extra_volumes: Vec<Volume>,
    /// `extraEnvs`: name and value.
    pub extra_envs: Vec<(String, String)>,
}

/// One argument of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The flag's name, without dashes.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A host path mounted into a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// The volume's name.
    pub name: String,
    /// `hostPath`.
    pub host_path: String,
    /// `mountPath`.
    pub mount_path: String,
    /// `readOnly`.
    pub read_only: bool,
    /// `pathType`, such as `DirectoryOrCreate`; empty when not said.
    pub path_type: String,
}

/// Where the cluster's state is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Etcd {
    /// On the control-plane nodes.
    Local(LocalEtcd),
    /// Elsewhere.
    External(ExternalEtcd),
}

/// `etcd.local`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalEtcd {
    /// `dataDir`.
    pub data_dir: String,
    /// `serverCertSANs`.
    pub server_sans: Vec<String>,
    /// `peerCertSANs`.
    pub peer_sans: Vec<String>,
    /// `imageRepository`, when it is another than the cluster's.
    pub image_repository: Option<String>,
    /// `imageTag`, when it is another than the version's own.
    pub image_tag: Option<String>,
    /// `extraArgs`, in the order written.
    pub extra_args: Vec<Argument>,
    /// `extraEnvs`: name and value.
    pub extra_envs: Vec<(String, String)>,
}

/// `etcd.external`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExternalEtcd {
    /// `endpoints`: URLs.
    pub endpoints: Vec<String>,
    /// `caFile`; empty when not said.
    pub ca_file: String,
    /// `certFile`; empty when not said.
    pub cert_file: String,
    /// `keyFile`; empty when not said.
    pub key_file: String,
}

impl Default for Cluster {
    fn default() -> Self {
        const DAY: i64 = 24 * 60 * 60;
        Cluster {
            name: "kubernetes".to_owned(),
            version: "v1.36.0".to_owned(),
            image_repository: "registry.k8s.io".to_owned(),
            control_plane_endpoint: None,
            certificates_dir: "/etc/kubernetes/pki".to_owned(),
            service_subnet: "10.96.0.0/12".to_owned(),
            pod_subnet: None,
            dns_domain: "cluster.local".to_owned(),
            key_algorithm: KeyAlgorithm::default(),
            certificate_validity: 365 * DAY,
            ca_validity: 3650 * DAY,
            api_server: Component::default(),
            api_server_sans: Vec::new(),
            controller_manager: Component::default(),
            scheduler: Component::default(),
            etcd: Etcd::Local(LocalEtcd::default()),
            kubelet: Map::new(),
        }
    }
}

impl Default for LocalEtcd {
    fn default() -> Self {
        LocalEtcd {
            data_dir: "/var/lib/etcd".to_owned(),
            server_sans: Vec::new(),
            peer_sans: Vec::new(),
            image_repository: None,
            image_tag: None,
            extra_args: Vec::new(),
            extra_envs: Vec::new(),
        }
    }
}

impl Node {
    /// A node with kubeadm's defaults.
    pub fn new(name: impl Into<String>, advertise_address: IpAddr) -> Self {
        Node {
            name: name.into(),
            advertise_address,
            bind_port: 6443,
            cri_socket: "unix:///var/run/containerd/containerd.sock".to_owned(),
            kubelet_extra_args: Vec::new(),
            health_check_timeout: Duration::from_secs(4 * 60),
            joins: false,
        }
    }
}

impl Cluster {
    /// The host and port by which a node's kubeconfigs for people reach the API server: the
    /// endpoint, else the node itself (`GetControlPlaneEndpoint`,
    /// `cmd/kubeadm/app/util/endpoint.go`).
    pub fn endpoint_of(&self, node: &Node) -> String {
        match &self.control_plane_endpoint {
            Some(endpoint) => host_port(&endpoint.host, endpoint.port.unwrap_or(node.bind_port)),
            None => node.endpoint(),
        }
    }

    /// The URL of the API server in a kubeconfig of a node, by the file's name: people dial the
    /// endpoint, what runs on the node dials the node itself.
    pub fn server(&self, kubeconfig: &str, node: &Node) -> String {
        match kubeconfig {
            "admin.conf" | "super-admin.conf" => format!("https://{}", self.endpoint_of(node)),
            _ => format!("https://{}", node.endpoint()),
        }
    }

    /// The first network of `serviceSubnet`, as written.
    pub fn first_service_subnet(&self) -> &str {
        let first = self.service_subnet.split(',').next();
        first.unwrap_or_default().trim()
    }
}

impl Node {
    /// The host and port of its own API server.
    pub fn endpoint(&self) -> String {
        host_port(&Host::Address(self.advertise_address), self.bind_port)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Address(address) => address.fmt(f),
        }
    }
}

/// As Go's `net.JoinHostPort`.
fn host_port(host: &Host, port: u16) -> String {
    match host {
        Host::Address(IpAddr::V6(address)) => format!("[{address}]:{port}"),
        host => format!("{host}:{port}"),
    }
}
