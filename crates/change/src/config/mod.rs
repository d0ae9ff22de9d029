//! kubeadm's own configuration files: `v1beta3` and `v1beta4` of InitConfiguration,
//! ClusterConfiguration and JoinConfiguration (`cmd/kubeadm/app/apis/kubeadm`).

mod cluster;
mod kubelet;
mod node;
mod section;

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use serde_json::Map;
use thiserror::Error;
use yaml::Node as Yaml;

pub use cluster::kubernetes_version;

use crate::wish::{Argument, Cluster, Node};
use section::{Log, Section};

/// What a configuration file wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The cluster; kubeadm's defaults where nothing is said.
    pub cluster: Cluster,
    /// The control-plane nodes: first the one that begins, then those that join.
    pub nodes: Vec<NodeWish>,
    /// What is odd, but does no harm.
    pub warnings: Vec<Remark>,
}

/// What is wanted of a node; what is not said is taken from the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeWish {
    /// Its name.
    pub name: Option<String>,
    /// The address that it tells others.
    pub advertise_address: Option<IpAddr>,
    /// The port of its API server.
    pub bind_port: Option<u16>,
    /// The socket of its container runtime.
    pub cri_socket: Option<String>,
    /// More arguments for its kubelet.
    pub kubelet_extra_args: Vec<Argument>,
    /// How long a component may take to start.
    pub health_check_timeout: Option<Duration>,
    /// Whether it joins.
    pub joins: bool,
}

/// Something to say about a place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1.
    pub column: u32,
    /// What there is to say.
    pub text: String,
}

/// Why a file is no configuration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// It is too large.
    #[error("it is larger than any configuration: more than 1 MiB")]
    TooLarge,
    /// It is no YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::Error),
    /// It holds none of kubeadm's kinds.
    #[error(
        "there is no InitConfiguration, ClusterConfiguration or JoinConfiguration of kubeadm.k8s.io in it"
    )]
    Nothing,
    /// Fields of it are wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Fields(Vec<Remark>),
}

/// A version of kubeadm's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    V1Beta3,
    V1Beta4,
}

/// As much as the ConfigMap holds that kubeadm keeps the configuration in.
const MAX_LEN: usize = 1 << 20;

/// Reads a configuration file.
///
/// # Errors
/// With everything that is wrong in it, at once.
pub fn read(text: &str) -> Result<Configuration, ConfigError> {
    if text.len() > MAX_LEN {
        return Err(ConfigError::TooLarge);
    }
    let documents = yaml::parse(text)?;
    let log = Log::default();
    let mut found = Configuration::default();
    let mut kinds = Vec::new();
    let mut kubelet = Map::new();
    let mut timeout = None;
    for document in documents.iter().filter(|document| !document.is_null()) {
        match kubelet::read(document) {
            Some(fields) => kubelet = fields,
            None => kinds.extend(take(document, &log, &mut found, &mut timeout)),
        }
    }
    let repeated = ["InitConfiguration", "ClusterConfiguration"]
        .into_iter()
        .find(|kind| kinds.iter().filter(|found| **found == **kind).count() > 1);
    if let (Some(kind), Some(last)) = (repeated, documents.last()) {
        let remark = Remark::at(last, format!("there are several documents {kind}"));
        log.errors.borrow_mut().push(remark);
    }
    found.cluster.kubelet = kubelet;
    if !kinds.iter().any(|kind| kind != "ClusterConfiguration") {
        // Nothing is said of the node that begins.
        found.nodes.push(NodeWish::default());
    }
    for node in found.nodes.iter_mut().filter(|node| !node.joins) {
        node.health_check_timeout = node.health_check_timeout.or(timeout);
    }
    let errors = log.errors.into_inner();
    match (errors.is_empty(), kinds.is_empty()) {
        (false, _) => Err(ConfigError::Fields(errors)),
        (true, true) => Err(ConfigError::Nothing),
        (true, false) => {
            // Whoever begins comes before those who join, wherever they stand in the file.
            found.nodes.sort_by_key(|node| node.joins);
            found.warnings = log.warnings.into_inner();
            found
                .warnings
                .sort_by_key(|remark| (remark.line, remark.column));
            Ok(found)
        }
    }
}

/// Reads one document; gives the kind when it is one of kubeadm's.
fn take<'a>(
    document: &'a Yaml,
    log: &'a Log,
    found: &mut Configuration,
    timeout: &mut Option<Duration>,
) -> Option<String> {
    let text = |key| document.get(key).and_then(Yaml::text).unwrap_or_default();
    let (api, kind) = (text("apiVersion"), text("kind"));
    let Some(name) = api.strip_prefix("kubeadm.k8s.io/") else {
        if kind != "KubeProxyConfiguration" {
            let text = format!("{kind} of `{api}` is not read");
            log.warnings.borrow_mut().push(Remark::at(document, text));
        }
        return None;
    };
    let version = match name {
        "v1beta4" => Version::V1Beta4,
        "v1beta3" => Version::V1Beta3,
        _ => {
            let text = format!("kubeadm's `{name}` is not known: there are v1beta3 and v1beta4");
            log.errors.borrow_mut().push(Remark::at(document, text));
            return None;
        }
    };
    let top = Section::top(document, version, log);
    match kind {
        "ClusterConfiguration" => {
            found.cluster = cluster::read(&top);
            *timeout = cluster::health_check_timeout(&top);
        }
        "InitConfiguration" => found.nodes.push(node::init(&top)),
        "JoinConfiguration" => found.nodes.extend(node::join(&top)),
        _ => {
            let text = format!("{kind} is not read");
            log.warnings.borrow_mut().push(Remark::at(document, text));
            return None;
        }
    }
    Some(kind.to_owned())
}

impl NodeWish {
    /// The node, with what is not said taken from the machine.
    pub fn resolve(self, name: String, advertise_address: IpAddr) -> Node {
        let default = Node::new(
            self.name.unwrap_or(name),
            self.advertise_address.unwrap_or(advertise_address),
        );
        Node {
            bind_port: self.bind_port.unwrap_or(default.bind_port),
            cri_socket: self.cri_socket.unwrap_or(default.cri_socket),
            kubelet_extra_args: self.kubelet_extra_args,
            health_check_timeout: self
                .health_check_timeout
                .unwrap_or(default.health_check_timeout),
            joins: self.joins,
            name: default.name,
            advertise_address: default.advertise_address,
        }
    }
}

impl Remark {
    fn at(node: &Yaml, text: String) -> Self {
        Remark {
            line: node.line,
            column: node.column,
            text,
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {}",
            self.line, self.column, self.text
        )
    }
}
