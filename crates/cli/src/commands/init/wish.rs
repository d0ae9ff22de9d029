//! Which cluster and which nodes: a configuration file, flags over it, and the machine for the rest.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::path::{Path, PathBuf};

use authority::{KeyAlgorithm, UnknownAlgorithm};
use change::compare::Machine;
use change::config::{self, Configuration, NodeWish};
use change::parse;
use change::wish::{Cluster, Endpoint, Node};
use cluster::Files;

use crate::args::Rootfs;
use crate::error::CliError;
use crate::input;
use crate::show;

/// Options with kubeadm's names; they win over the configuration file.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Cluster and nodes")]
pub struct WishArgs {
    /// kubeadm's configuration file: InitConfiguration, ClusterConfiguration and, for every further
    /// control-plane node, a JoinConfiguration.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// A node's file tree; for several nodes NAME=DIR each, or one folder for a tree per node.
    #[arg(long, value_name = "[NAME=]DIR", default_value = "/", value_parser = Rootfs::parse)]
    rootfs: Vec<Rootfs>,

    /// A control-plane node; the first begins the cluster, the others join it.
    #[arg(long, value_name = "NAME=ADDRESS", value_parser = node)]
    node: Vec<(String, IpAddr)>,

    /// A member of the etcd that runs already, when a node joins.
    #[arg(long, value_name = "NAME=ADDRESS", value_parser = node)]
    etcd_member: Vec<(String, IpAddr)>,

    /// The name of the node; default this machine's.
    #[arg(long, value_name = "NAME", value_parser = parse::node_name)]
    node_name: Option<String>,

    /// The address that the API server tells others; default that of the default route.
    #[arg(long, value_name = "ADDRESS", value_parser = parse::address)]
    apiserver_advertise_address: Option<IpAddr>,

    /// The port of the API server.
    #[arg(long, value_name = "PORT", value_parser = parse::port)]
    apiserver_bind_port: Option<u16>,

    /// More names and addresses for the API server's certificate.
    #[arg(long, value_name = "NAMES", value_delimiter = ',',
        value_parser = |name: &str| parse::alternative_name(&name.to_lowercase()))]
    apiserver_cert_extra_sans: Vec<String>,

    /// The host, and maybe port, that all nodes of the control plane are reached by.
    #[arg(long, value_name = "HOST[:PORT]", value_parser = parse::endpoint)]
    control_plane_endpoint: Option<Endpoint>,

    /// The network of services, or one of each family.
    #[arg(long, value_name = "CIDR", value_parser = parse::networks)]
    service_cidr: Option<String>,

    /// The network of pods, or one of each family.
    #[arg(long, value_name = "CIDR", value_parser = parse::networks)]
    pod_network_cidr: Option<String>,

    /// The domain of services.
    #[arg(long, value_name = "DOMAIN", value_parser = parse::domain)]
    service_dns_domain: Option<String>,

    /// The PKI directory, on the node.
    #[arg(long, value_name = "DIR", value_parser = parse::absolute_path)]
    cert_dir: Option<String>,

    /// The version of Kubernetes, for the manifests.
    #[arg(long, value_name = "VERSION", value_parser = config::kubernetes_version)]
    kubernetes_version: Option<String>,

    /// The registry of the images, for the manifests.
    #[arg(long, value_name = "NAME")]
    image_repository: Option<String>,

    /// The kind of keys: RSA-2048, RSA-3072, RSA-4096, ECDSA-P256, ECDSA-P384 or Ed25519 (for
    /// leaves; authorities are ECDSA-P256 then).
    #[arg(long, value_name = "KIND", value_parser = algorithm)]
    key_algorithm: Option<KeyAlgorithm>,

    /// How long certificates last, such as 8760h.
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    certificate_validity_period: Option<i64>,

    /// How long authorities last, such as 87600h.
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    ca_certificate_validity_period: Option<i64>,
}

/// What is wanted, and where each node's files are.
pub struct Wish {
    /// The cluster.
    pub cluster: Cluster,
    /// Its control-plane nodes.
    pub nodes: Vec<Node>,
    /// The file tree of each.
    pub trees: Vec<PathBuf>,
}

impl WishArgs {
    /// The kind of keys, for what no cluster says anything of.
    pub fn key_algorithm(&self) -> KeyAlgorithm {
        self.key_algorithm.unwrap_or_default()
    }

    /// Puts file, flags and machine together.
    ///
    /// # Errors
    /// When the file cannot be read, or nodes and trees do not fit.
    pub fn read(&self, quiet: bool) -> Result<Wish, CliError> {
        let file = match &self.config {
            Some(path) => configuration(path, quiet)?,
            None => Configuration {
                nodes: vec![NodeWish::default()],
                ..Configuration::default()
            },
        };
        let cluster = self.cluster(file.cluster);
        let nodes = self.nodes(file.nodes)?;
        distinct(&nodes)?;
        let trees = trees(&self.rootfs, &nodes)?;
        Ok(Wish {
            cluster,
            nodes,
            trees,
        })
    }

    /// The members of an etcd that runs already.
    pub fn members(&self) -> Vec<(String, IpAddr)> {
        self.etcd_member.clone()
    }

    /// What this machine says of itself, when the node is this machine.
    pub fn machine(&self) -> Machine {
        match self.rootfs.as_slice() {
            [Rootfs { path, .. }] if path == Path::new("/") => Machine {
                host_name: Some(own_name()),
                proxies: proxies(),
            },
            _ => Machine::default(),
        }
    }

    fn cluster(&self, file: Cluster) -> Cluster {
        let mut sans = file.api_server_sans;
        sans.extend(self.apiserver_cert_extra_sans.iter().cloned());
        Cluster {
            control_plane_endpoint: self
                .control_plane_endpoint
                .clone()
                .or(file.control_plane_endpoint),
            service_subnet: self.service_cidr.clone().unwrap_or(file.service_subnet),
            pod_subnet: self.pod_network_cidr.clone().or(file.pod_subnet),
            dns_domain: self.service_dns_domain.clone().unwrap_or(file.dns_domain),
            certificates_dir: self.cert_dir.clone().unwrap_or(file.certificates_dir),
            version: self.kubernetes_version.clone().unwrap_or(file.version),
            image_repository: self
                .image_repository
                .clone()
                .unwrap_or(file.image_repository),
            key_algorithm: self.key_algorithm.unwrap_or(file.key_algorithm),
            certificate_validity: self
                .certificate_validity_period
                .unwrap_or(file.certificate_validity),
            ca_validity: self
                .ca_certificate_validity_period
                .unwrap_or(file.ca_validity),
            api_server_sans: sans,
            ..file
        }
    }

    /// The nodes of `--node`, else those of the file, the first of which the other flags are about.
    fn nodes(&self, file: Vec<NodeWish>) -> Result<Vec<Node>, CliError> {
        if !self.node.is_empty() {
            let node = |(index, (name, address)): (usize, &(String, IpAddr))| Node {
                bind_port: self.apiserver_bind_port.unwrap_or(6443),
                joins: index > 0,
                ..Node::new(name.clone(), *address)
            };
            return Ok(self.node.iter().enumerate().map(node).collect());
        }
        let resolve = |(index, wish): (usize, NodeWish)| match index {
            0 => self.resolve(self.over(wish)),
            _ => self.resolve(wish),
        };
        file.into_iter().enumerate().map(resolve).collect()
    }

    fn over(&self, wish: NodeWish) -> NodeWish {
        NodeWish {
            name: self.node_name.clone().or(wish.name),
            advertise_address: self.apiserver_advertise_address.or(wish.advertise_address),
            bind_port: self.apiserver_bind_port.or(wish.bind_port),
            ..wish
        }
    }

    /// What nothing says comes from the machine: its name, and the address it would send from.
    fn resolve(&self, wish: NodeWish) -> Result<Node, CliError> {
        let name = match (&wish.name, self.rootfs.as_slice()) {
            (Some(name), _) => name.clone(),
            (None, [only]) => self.name_of(only)?,
            (None, _) => return Err(CliError::Nodes("a node has no name".to_owned())),
        };
        let address = match wish.advertise_address {
            Some(address) => address,
            None => own_address().ok_or(CliError::NoAddress)?,
        };
        Ok(wish.resolve(name, address))
    }

    /// The name of the only tree's node: the given one, else what its own files say, else this
    /// machine's.
    fn name_of(&self, rootfs: &Rootfs) -> Result<String, CliError> {
        let files = Files::on_disk(&rootfs.path, false).ok();
        let written = files.map(|files| files.get("/etc/hostname"));
        let written = written.as_ref().and_then(|file| file.bytes());
        let name = match (&rootfs.name, written) {
            (Some(name), _) => name.clone(),
            (None, Some(name)) if rootfs.path != Path::new("/") => {
                String::from_utf8_lossy(name).into_owned()
            }
            _ => own_name(),
        };
        parse::node_name(&name).map_err(CliError::Nodes)
    }
}

/// Two nodes with one name, or behind one address, would be one.
fn distinct(nodes: &[Node]) -> Result<(), CliError> {
    let twice = nodes.iter().enumerate().find_map(|(index, node)| {
        let before = &nodes[..index];
        let same = |other: &&Node| other.name == node.name || other.endpoint() == node.endpoint();
        before.iter().find(same).map(|other| (other, node))
    });
    match twice {
        None => Ok(()),
        Some((one, other)) if one.name == other.name => {
            let why = format!("there are two nodes called {}", one.name);
            Err(CliError::Alike(why))
        }
        Some((one, other)) => {
            let (one, at, other) = (&one.name, one.endpoint(), &other.name);
            let why = format!("{one} and {other} cannot both be at {at}");
            Err(CliError::Alike(why))
        }
    }
}

fn own_name() -> String {
    let system = rustix::system::uname();
    system.nodename().to_string_lossy().into_owned()
}

/// As `GetProxyEnvVars` of kubeadm (`cmd/kubeadm/app/util/env.go`).
fn proxies() -> Vec<(String, String)> {
    let is_proxy = |(name, value): &(String, String)| {
        name.to_lowercase().ends_with("_proxy") && !value.is_empty()
    };
    let mut found: Vec<_> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(is_proxy)
        .collect();
    found.sort();
    found
}

fn configuration(path: &Path, quiet: bool) -> Result<Configuration, CliError> {
    let broken = |why: String| CliError::Broken {
        path: path.to_owned(),
        why,
    };
    let text =
        String::from_utf8(input::read(path)?).map_err(|_| broken("it is no UTF-8".into()))?;
    let found = config::read(&text).map_err(|error| broken(error.to_string()))?;
    for warning in found.warnings.iter().filter(|_| !quiet) {
        show::note(&format!("{}: {warning}", path.display()));
    }
    Ok(found)
}

/// Where each node's tree is: by its name, or below the only folder that is given.
fn trees(rootfs: &[Rootfs], nodes: &[Node]) -> Result<Vec<PathBuf>, CliError> {
    if let ([only], true) = (rootfs, nodes.len() <= 1) {
        return Ok(nodes.iter().map(|_| only.path.clone()).collect());
    }
    if let [Rootfs { name: None, path }] = rootfs {
        if path == Path::new("/") {
            let why = "there are several nodes, and one file tree";
            return Err(CliError::Nodes(why.to_owned()));
        }
        return Ok(nodes.iter().map(|node| path.join(&node.name)).collect());
    }
    let named = |name: &str| {
        rootfs
            .iter()
            .find(|tree| tree.name.as_deref() == Some(name))
    };
    if let Some(stray) = rootfs.iter().find(|tree| {
        let name = tree.name.as_deref();
        !nodes.iter().any(|node| Some(node.name.as_str()) == name)
    }) {
        let name = stray.name.as_deref().unwrap_or("no name");
        let why = format!("`{}` belongs to no node: {name}", stray.path.display());
        return Err(CliError::Nodes(why));
    }
    let tree = |node: &Node| match named(&node.name) {
        Some(tree) => Ok(tree.path.clone()),
        None => Err(format!("there is no tree for {}", node.name)),
    };
    let trees: Result<Vec<PathBuf>, String> = nodes.iter().map(tree).collect();
    let trees = trees.map_err(CliError::Nodes)?;
    let places: BTreeSet<PathBuf> = trees.iter().map(|tree| real(tree)).collect();
    match places.len() == trees.len() {
        true => Ok(trees),
        false => Err(CliError::Alike("two nodes cannot share a tree".to_owned())),
    }
}

/// Where a folder really is, when it is there.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The address that packets to anywhere would have; none is sent.
fn own_address() -> Option<IpAddr> {
    // Addresses for documentation (RFC 5737, RFC 3849): beyond every default route.
    const ANYWHERE: [(IpAddr, &str); 2] = [
        (IpAddr::V4(Ipv4Addr::UNSPECIFIED), "192.0.2.1:9"),
        (IpAddr::V6(Ipv6Addr::UNSPECIFIED), "[2001:db8::1]:9"),
    ];
    ANYWHERE.into_iter().find_map(|(any, there)| {
        let socket = UdpSocket::bind((any, 0)).ok()?;
        socket.connect(there).ok()?;
        socket.local_addr().ok().map(|own| own.ip())
    })
}

fn node(text: &str) -> Result<(String, IpAddr), String> {
    let (name, address) = text.split_once('=').ok_or("NAME=ADDRESS is wanted")?;
    Ok((parse::node_name(name)?, parse::address(address)?))
}

/// A kind of key.
///
/// # Errors
/// When there is none of that name.
pub fn algorithm(text: &str) -> Result<KeyAlgorithm, String> {
    text.parse()
        .map_err(|error: UnknownAlgorithm| error.to_string())
}
