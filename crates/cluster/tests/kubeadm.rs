//! The graph of trees that kubeadm made, and of the blog's.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what is wrong by panicking"
)]

use std::path::{Path, PathBuf};

use kubepki_cluster::graph::{ClientAuthMode, Credential, Presented, Required, Trust};
use kubepki_cluster::{Channel, Component, Files, Graph, Inventory, Loader};

/// A tree of the fixtures; `None`, said aloud, when they are not beside the project.
fn fixture(path: &str) -> Option<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let path = fixtures.join(path);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn read(path: &Path, partial: bool) -> (Inventory, Graph) {
    let files = Files::on_disk(path, partial).unwrap();
    let inventory = Inventory::read(vec![(None, files)]);
    let graph = Graph::of(&inventory);
    (inventory, graph)
}

fn channel<'a>(graph: &'a Graph, id: &str) -> &'a Channel {
    let mut channels = graph.channels.iter();
    channels
        .find(|channel| channel.id() == id)
        .unwrap_or_else(|| panic!("no {id}"))
}

const CHANNELS: [&str; 12] = [
    "etcd->etcd",
    "kube-apiserver->etcd",
    "etcd-healthcheck->etcd",
    "kubelet->kube-apiserver",
    "kube-controller-manager->kube-apiserver",
    "kube-scheduler->kube-apiserver",
    "kube-proxy->kube-apiserver",
    "admin->kube-apiserver",
    "super-admin->kube-apiserver",
    "serviceaccount->kube-apiserver",
    "kube-apiserver->kubelet",
    "kube-apiserver->aggregated-apiserver",
];

#[test]
fn kubeadm_trees_are_complete() {
    for (tree, address) in [
        ("default", "192.20.97.8:6443"),
        ("ecdsa-ha", "10.20.30.41:6443"),
    ] {
        let Some(root) = fixture(&format!("kubeadm-1.36/{tree}/rootfs")) else {
            return;
        };
        let (inventory, graph) = read(&root, false);
        let ids: Vec<String> = graph.channels.iter().map(Channel::id).collect();
        assert_eq!(ids, CHANNELS, "{tree}");
        let [node] = &inventory.nodes[..] else {
            panic!("one node")
        };
        assert_eq!(node.notes, []);
        for process in node.processes.values() {
            assert!(process.is_present(), "{}", process.component);
            assert_eq!(process.notes, [], "{}", process.component);
        }
        let kubelet = channel(&graph, "kubelet->kube-apiserver");
        assert_eq!(kubelet.addresses[0].to_string(), address);
        assert_eq!(kubelet.required, Required::Node(node.node_name.clone()));
        assert!(matches!(kubelet.credential, Credential::Pair(_)));
        assert!(channel(&graph, "etcd->etcd").latent);
        for channel in &graph.channels {
            assert_ne!(
                channel.client_auth.mode,
                ClientAuthMode::Unknown,
                "{}",
                channel.id()
            );
            assert!(
                !matches!(channel.serving.default, Presented::Unknown),
                "{}",
                channel.id()
            );
            assert!(!matches!(channel.trust, Trust::Unknown), "{}", channel.id());
            assert!(
                !matches!(channel.credential, Credential::Unknown),
                "{}",
                channel.id()
            );
        }
    }
}

#[test]
fn loads_in_the_order_of_start() {
    let Some(root) = fixture("kubeadm-1.36/default/rootfs") else {
        return;
    };
    let (inventory, _) = read(&root, false);
    let processes = &inventory.nodes[0].processes;
    let loaders = |component| -> Vec<Loader> {
        processes[&component]
            .loads()
            .iter()
            .map(|load| load.loader)
            .collect()
    };
    let apiserver = [
        Loader::ServiceAccountPrivate,
        Loader::DynamicPair,
        Loader::DynamicCa,
        Loader::DynamicCa,
        Loader::ServiceAccountPublic,
        Loader::EtcdPool,
        Loader::EtcdPair,
        Loader::ClientGoPair,
        Loader::DynamicPair,
    ];
    assert_eq!(loaders(Component::KubeApiserver), apiserver);
    let etcd = [
        Loader::EtcdPool,
        Loader::EtcdPair,
        Loader::EtcdPool,
        Loader::EtcdPair,
    ];
    assert_eq!(loaders(Component::Etcd), etcd);
    assert_eq!(loaders(Component::KubeScheduler), [Loader::Kubeconfig; 3]);
}

#[test]
fn the_blog_sends_clients_where_the_flag_says() {
    let Some(root) = fixture("seed-cluster/rootfs") else {
        return;
    };
    let (inventory, graph) = read(&root, true);
    let scheduler = channel(&graph, "kube-scheduler->kube-apiserver");
    assert!(!inventory.process(&scheduler.client).unwrap().is_present());
    let address = &scheduler.addresses[0];
    assert_eq!(address.to_string(), "192.15.55.6:6443");
    let place = address.setting.place.to_string();
    assert_eq!(
        place,
        "/etc/kubernetes/manifests/kube-apiserver.yaml:16:7 (--advertise-address)"
    );
    let mark = address.setting.mark.unwrap();
    assert_eq!((mark.line, mark.column, mark.length), (16, 27, 11));
    assert!(matches!(scheduler.trust, Trust::Unknown));
    assert!(matches!(scheduler.credential, Credential::Unknown));
    assert!(
        graph
            .channels
            .iter()
            .all(|channel| channel.client.component != Component::SuperAdmin)
    );
    let stored = channel(&graph, "kube-apiserver->etcd");
    let Credential::Pair(pair) = &stored.credential else {
        panic!("a pair")
    };
    assert!(pair.key.as_ref().unwrap().is_not_collected());
}

#[test]
fn two_nodes_have_a_channel_for_each_way() {
    let trees = [("cp-1", "default"), ("cp-2", "ecdsa-ha")];
    let mut nodes = Vec::new();
    for (name, tree) in trees {
        let Some(root) = fixture(&format!("kubeadm-1.36/{tree}/rootfs")) else {
            return;
        };
        nodes.push((Some(name.to_owned()), Files::on_disk(&root, false).unwrap()));
    }
    let graph = Graph::of(&Inventory::read(nodes));
    let peers = channel(&graph, "etcd@cp-1->etcd@cp-2");
    assert_eq!(peers.addresses[0].to_string(), "10.20.30.41:2380");
    assert!(!peers.latent);
    // Each scheduler goes to its own API server, kube-apiserver to its own etcd and to any kubelet.
    let count = |client: Component, server: Component| {
        let channels = graph.channels.iter();
        channels
            .filter(|c| (c.client.component, c.server.component) == (client, server))
            .count()
    };
    assert_eq!(count(Component::KubeScheduler, Component::KubeApiserver), 2);
    assert_eq!(count(Component::KubeApiserver, Component::Etcd), 2);
    assert_eq!(count(Component::KubeApiserver, Component::Kubelet), 4);
    assert_eq!(
        count(Component::ServiceAccount, Component::KubeApiserver),
        4
    );
}
