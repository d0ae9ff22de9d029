//! The static pods of a control-plane node, as kubeadm 1.36 writes their manifests, byte for byte
//! (`cmd/kubeadm/app/phases/controlplane`, `phases/etcd`, `util/staticpod`).

mod api_server;
pub(crate) mod arguments;
mod controller_manager;
mod etcd;
mod images;
mod pod;
mod scheduler;
mod volumes;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::wish::{Cluster, Etcd, Node};

pub use volumes::CA_FOLDERS;

/// What the manifests of a node depend on besides the wish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Those of [`CA_FOLDERS`] that the node has: each is mounted.
    pub ca_folders: Vec<&'static str>,
    /// Whether the key of the cluster's CA is elsewhere, so that nothing is signed here.
    pub external_ca: bool,
    /// The members of etcd by name and address, in order, this node among them; none when it is the
    /// only one.
    pub members: Vec<(String, IpAddr)>,
    /// Whether etcd's cluster runs already, so that this node joins it.
    pub existing: bool,
    /// What kube-controller-manager signs with, when it is not `ca.crt`: its file may hold one
    /// certificate only.
    pub signing_cert: Option<String>,
    /// What pods verify kube-apiserver with, when it is not `ca.crt`: that and who stands above it.
    pub trust_bundle: Option<String>,
    /// Variables of the environment that name a proxy, which kubeadm hands on from its own to all
    /// but etcd (`GetProxyEnvVars`).
    pub proxies: Vec<(String, String)>,
}

/// The manifests of a node: the name of each pod, which is its file's name without `.yaml`, and the
/// text. There is one for etcd when it is local.
pub fn static_pods(
    cluster: &Cluster,
    node: &Node,
    surroundings: &Surroundings,
) -> Vec<(&'static str, String)> {
    let local = match &cluster.etcd {
        Etcd::Local(local) => Some(etcd::pod(local, cluster, node, surroundings)),
        Etcd::External(_) => None,
    };
    let pods = [
        api_server::pod(cluster, node, surroundings),
        controller_manager::pod(cluster, node, surroundings),
        scheduler::pod(cluster, node, surroundings),
    ];
    let pods = local.into_iter().chain(pods);
    pods.map(|pod| (pod.name, pod.manifest())).collect()
}

/// The loopback address of the family that the node speaks.
fn loopback(node: &Node) -> IpAddr {
    match node.advertise_address {
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    }
}

fn https(address: IpAddr, port: u16) -> String {
    format!("https://{}", SocketAddr::new(address, port))
}
