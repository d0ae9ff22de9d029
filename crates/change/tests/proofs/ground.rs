//! Clusters to change, in memory.

use std::collections::BTreeMap;
use std::path::Path;

use cluster::files::Memory;
use cluster::{Files, Inventory};
use kubepki_change::compare::{Machine, Wanted, compare};
use kubepki_change::given::Given;
use kubepki_change::make::{Means, make};
use kubepki_change::part::Layout;
use kubepki_change::plan::{Action, Item, Kind, Plan, Secrets};
use kubepki_change::wish::{Cluster, Node};
use time::UtcDateTime;
use time::macros::utc_datetime;

pub const AT: UtcDateTime = utc_datetime!(2027-01-01 00:00);

/// A cluster that kubeadm made.
pub fn example(name: &str) -> Inventory {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let files = Files::on_disk(&root.join(name), false).unwrap();
    Inventory::read(vec![(Some("cp-1".to_owned()), files)])
}

/// A cluster of so many control-plane nodes, made here.
pub fn several(count: u8) -> Inventory {
    let cluster = Cluster {
        key_algorithm: authority::KeyAlgorithm::EcdsaP256,
        control_plane_endpoint: Some(kubepki_change::parse::endpoint("k8s.example:6443").unwrap()),
        ..Cluster::default()
    };
    let node = |number: u8| {
        let node = Node::new(format!("cp-{number}"), [10, 0, 0, number].into());
        Node {
            joins: number > 1,
            ..node
        }
    };
    let nodes: Vec<Node> = (1..=count).map(node).collect();
    let wanted = Wanted {
        cluster: &cluster,
        nodes: &nodes,
        layout: Layout::of(&cluster),
        select: &|_| true,
        given: Given::default(),
        members: Vec::new(),
        machine: Machine::default(),
    };
    let empty = || Files::in_memory(Memory::default(), false);
    let files: Vec<Files> = nodes.iter().map(|_| empty()).collect();
    let comparison = compare(&wanted, &files, AT).unwrap();
    let means = Means {
        at: AT - time::Duration::days(30),
        algorithm: cluster.key_algorithm,
        progress: &|| (),
    };
    let changes = make(&wanted, &files, &comparison, &means).unwrap();
    let trees = nodes.iter().zip(changes).map(|(node, change)| {
        let memory = change.files.iter().fold(Memory::default(), |memory, file| {
            memory.file(&file.path, file.content.to_vec())
        });
        (Some(node.name.clone()), Files::in_memory(memory, false))
    });
    Inventory::read(trees.collect())
}

/// The cluster after a plan.
pub fn after(plan: &Plan, secrets: &Secrets) -> Inventory {
    let nodes = plan.nodes.iter().filter(|node| node.kind == Kind::Node);
    let trees = nodes.map(|node| {
        let mut items: BTreeMap<String, Item> = node.files.clone();
        let steps = plan.steps.iter().filter(|step| step.node == node.name);
        for step in steps {
            let Action::Write(files) = &step.action else {
                continue;
            };
            for file in files {
                match file.item() {
                    Some(item) => items.insert(file.path.clone(), item),
                    None => items.remove(&file.path),
                };
            }
        }
        let memory = items
            .iter()
            .fold(Memory::default(), |memory, (path, item)| match item {
                Item::File { content, .. } => {
                    memory.file(path, secrets.get(content).unwrap().to_vec())
                }
                Item::Link(target) => memory.link(path, target),
                Item::Folder { .. } => memory,
            });
        (Some(node.name.clone()), Files::in_memory(memory, false))
    });
    Inventory::read(trees.collect())
}
