//! A healthy cluster of four nodes in memory: three of the control plane, as `kubepki init` makes
//! them, and one that works.

use std::collections::BTreeMap;
use std::net::IpAddr;

use authority::KeyAlgorithm;
use change::compare::{Machine, Wanted, compare};
use change::given::Given;
use change::make::{Means, make};
use change::part::Layout;
use change::wish::{self, Endpoint, Host};
use cluster::{Files, Graph, Inventory};
use kubepki_audit::{Report, audit};
use time::macros::utc_datetime;

use crate::pki::{Algorithm, Key, Spec, certificate_pem, der_of};
use crate::tree::{AT, KUBELET, KUBELET_CONF, PKI, Tree};

/// The control plane.
pub const CONTROL_PLANE: [(&str, &str); 3] = [
    ("cp-1", "10.0.0.1"),
    ("cp-2", "10.0.0.2"),
    ("cp-3", "10.0.0.3"),
];
pub const WORKER: &str = "w-1";
pub const STORE: &str = "/var/lib/kubelet/pki/kubelet-client-current.pem";

/// What clients dial rather than a node.
const ENDPOINT: &str = "k8s-api.example.internal";

/// The nodes' files.
#[derive(Clone)]
pub struct Cluster {
    pub algorithm: Algorithm,
    pub nodes: BTreeMap<&'static str, Tree>,
}

impl Cluster {
    /// The clusters there are: one with RSA keys, one with ECDSA keys.
    pub fn healthy() -> Vec<Cluster> {
        [Algorithm::Rsa, Algorithm::Ecdsa].map(healthy).into()
    }

    pub fn node(&mut self, name: &str) -> &mut Tree {
        self.nodes
            .get_mut(name)
            .unwrap_or_else(|| panic!("no {name}"))
    }

    /// The same on every node of the control plane.
    pub fn on_all(&mut self, change: impl Fn(&mut Tree)) {
        for (name, _) in CONTROL_PLANE {
            change(self.node(name));
        }
    }

    pub fn audit(&self) -> Report {
        let trees = self.nodes.iter();
        let trees = trees.map(|(name, tree)| (Some((*name).to_owned()), tree.files(false)));
        let inventory = Inventory::read(trees.collect());
        audit(&inventory, &Graph::of(&inventory), AT)
    }
}

fn healthy(algorithm: Algorithm) -> Cluster {
    let control_plane = made(algorithm);
    let names = CONTROL_PLANE.map(|(name, _)| name).into_iter();
    let mut nodes: BTreeMap<&str, Tree> = names.zip(control_plane).collect();
    let worker = worker(&nodes["cp-1"]);
    nodes.insert(WORKER, worker);
    Cluster { algorithm, nodes }
}

fn made(algorithm: Algorithm) -> Vec<Tree> {
    let endpoint = Endpoint {
        host: Host::Name(ENDPOINT.to_owned()),
        port: Some(6443),
    };
    let cluster = wish::Cluster {
        control_plane_endpoint: Some(endpoint),
        ..wish::Cluster::default()
    };
    let node = |(index, (name, address)): (usize, (&str, &str))| wish::Node {
        joins: index > 0,
        ..wish::Node::new(name, address.parse::<IpAddr>().unwrap())
    };
    let nodes: Vec<wish::Node> = CONTROL_PLANE.into_iter().enumerate().map(node).collect();
    let wanted = Wanted {
        cluster: &cluster,
        nodes: &nodes,
        layout: Layout::of(&cluster),
        select: &|_| true,
        given: Given::default(),
        members: Vec::new(),
        machine: Machine::default(),
    };
    let empty = || Files::in_memory(cluster::files::Memory::default(), false);
    let files: Vec<Files> = nodes.iter().map(|_| empty()).collect();
    let at = utc_datetime!(2026-11-23 17:00);
    let comparison = compare(&wanted, &files, at).unwrap_or_else(|problems| panic!("{problems:?}"));
    let means = Means {
        at,
        algorithm: match algorithm {
            Algorithm::Rsa => KeyAlgorithm::Rsa2048,
            Algorithm::Ecdsa => KeyAlgorithm::EcdsaP256,
        },
        progress: &|| (),
    };
    let changes = make(&wanted, &files, &comparison, &means).unwrap();
    let tree = |change: change::make::Change| {
        let files = change.files.into_iter();
        let files = files.map(|file| (file.path, file.content.to_vec()));
        Tree::new(algorithm, files.collect())
    };
    changes.into_iter().map(tree).collect()
}

/// A node that only works: its kubelet keeps its certificate in its own store.
fn worker(first: &Tree) -> Tree {
    let mut tree = Tree::new(first.algorithm, BTreeMap::new());
    tree.put(KUBELET, first.get(KUBELET));
    tree.put(
        &format!("{PKI}/ca.crt"),
        first.get(&format!("{PKI}/ca.crt")),
    );
    tree.put(KUBELET_CONF, first.get(KUBELET_CONF));
    let leaf = first.embedded(KUBELET_CONF, "client-certificate-data");
    let key = Key::spare(first.algorithm, 2);
    let spec = Spec {
        common_names: vec![format!("system:node:{WORKER}")],
        public_key: key.public_key(),
        ..Spec::of(&der_of(&leaf))
    };
    let leaf = certificate_pem(&spec.signed_by(&first.issuer("ca")));
    tree.put(STORE, [leaf, key.to_pem()].concat());
    for field in ["client-certificate", "client-key"] {
        let line = tree.line(KUBELET_CONF, &format!("{field}-data: "));
        tree.edit(KUBELET_CONF, &line, &format!("    {field}: {STORE}"));
    }
    let text = tree.text(KUBELET_CONF);
    let text = text.replace("system:node:cp-1", &format!("system:node:{WORKER}"));
    tree.put(KUBELET_CONF, text);
    tree.set(KUBELET_CONF, "server", &format!("https://{ENDPOINT}:6443"));
    tree
}
