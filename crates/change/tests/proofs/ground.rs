//! Clusters to change, in memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use authority::{Authority, PrivateKey, Profile};
use cluster::catalogue::AUTHORITIES;
use cluster::files::Memory;
use cluster::{Files, Inventory};
use kubepki_change::compare::{Machine, Wanted, compare};
use kubepki_change::given::{Given, Known, Root};
use kubepki_change::make::{self, Change, Means, make};
use kubepki_change::part::Layout;
use kubepki_change::plan::schedule::Schedule;
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
pub fn several(count: u16) -> Inventory {
    cluster(count, 0)
}

/// A cluster of so many control-plane nodes and workers, made here.
pub fn cluster(control_planes: u16, workers: u16) -> Inventory {
    Inventory::read(trees(control_planes, workers))
}

/// The endpoint that everybody dials who is not on a control-plane node.
const ENDPOINT: &str = "k8s.example:6443";

/// The file trees of a cluster, with the names of its nodes.
pub fn trees(control_planes: u16, workers: u16) -> Vec<(Option<String>, Files)> {
    made(control_planes, workers, Given::default())
}

/// A cluster of one node whose authority may have none below it.
pub fn of_path_length_zero() -> Inventory {
    let mut profile = Profile::authority(&AUTHORITIES[0]);
    profile.kind = authority::Kind::Authority {
        path_length: Some(0),
    };
    let key = PrivateKey::generate(authority::KeyAlgorithm::EcdsaP256).unwrap();
    let text = Arc::new(key.to_pem().unwrap());
    let validity = authority::Validity {
        not_before: AT - time::Duration::days(30),
        not_after: AT + time::Duration::days(3650),
    };
    let authority = Authority::self_signed(&profile, Arc::new(key), validity).unwrap();
    let known = Known {
        bundle: authority.chain().to_vec(),
        above: Vec::new(),
        authority: Some(authority),
        key: Some(text),
    };
    let given = Given {
        authorities: [(AUTHORITIES[0].name, known)].into(),
        root: None,
    };
    Inventory::read(made(1, 0, given))
}

/// A root, and a cluster of so many nodes whose authorities are below it.
pub fn below_a_root(control_planes: u16) -> (Authority, Inventory) {
    let root = root();
    let given = Given {
        root: Some(Root {
            chain: root.chain().to_vec(),
            authority: Some(root.clone()),
        }),
        ..Given::default()
    };
    (root, Inventory::read(made(control_planes, 0, given)))
}

/// An authority that is no cluster's.
pub fn root() -> Authority {
    let mut profile = Profile::authority(&AUTHORITIES[0]);
    profile.subject.common_name = "root".to_owned();
    let key = PrivateKey::generate(authority::KeyAlgorithm::EcdsaP256).unwrap();
    let validity = authority::Validity {
        not_before: AT - time::Duration::days(30),
        not_after: AT + time::Duration::days(7300),
    };
    Authority::self_signed(&profile, Arc::new(key), validity).unwrap()
}

/// What `init` does about one node on which all is there but files of these names.
pub fn filled_up(missing: &[&str]) -> Plan {
    let (name, full) = trees(1, 0).remove(0);
    let held = Schedule::new("", &Inventory::read(vec![(name.clone(), full)]), AT);
    let left = || {
        let there = held.trees()[0].iter();
        let there = there.filter(|(path, _)| !missing.iter().any(|name| path.ends_with(name)));
        let memory = there.fold(Memory::default(), |memory, (path, held)| {
            memory.file(path, held.content.to_vec())
        });
        Files::in_memory(memory, false)
    };
    let nodes = [Node::new("cp-1".to_owned(), [10, 0, 0, 1].into())];
    let changes = changes(&of_one_endpoint(), &nodes, &[left()], Given::default());
    let inventory = Inventory::read(vec![(name, left())]);
    let planned = make::plan(("init", AT), &inventory, &changes, 0o077);
    planned.unwrap().0
}

fn of_one_endpoint() -> Cluster {
    Cluster {
        key_algorithm: authority::KeyAlgorithm::EcdsaP256,
        control_plane_endpoint: Some(kubepki_change::parse::endpoint(ENDPOINT).unwrap()),
        ..Cluster::default()
    }
}

fn changes(cluster: &Cluster, nodes: &[Node], files: &[Files], given: Given) -> Vec<Change> {
    let wanted = Wanted {
        cluster,
        nodes,
        layout: Layout::of(cluster),
        select: &|_| true,
        given,
        members: Vec::new(),
        machine: Machine::default(),
    };
    let comparison = compare(&wanted, files, AT).unwrap();
    let means = Means {
        at: AT - time::Duration::days(30),
        algorithm: cluster.key_algorithm,
        progress: &|| (),
    };
    make(&wanted, files, &comparison, &means).unwrap()
}

fn made(control_planes: u16, workers: u16, given: Given) -> Vec<(Option<String>, Files)> {
    let cluster = of_one_endpoint();
    let node = |number: u16| {
        let (name, network) = match number.checked_sub(control_planes) {
            Some(worker) if worker > 0 => (format!("worker-{worker}"), 1),
            _ => (format!("cp-{number}"), 0),
        };
        let [high, low] = number.to_be_bytes();
        let node = Node::new(name, [10, network, high, low].into());
        Node {
            joins: number > 1,
            ..node
        }
    };
    let nodes: Vec<Node> = (1..=control_planes + workers).map(node).collect();
    let empty = || Files::in_memory(Memory::default(), false);
    let files: Vec<Files> = nodes.iter().map(|_| empty()).collect();
    let changes = changes(&cluster, &nodes, &files, given);
    let numbered = nodes.iter().zip(changes).zip(1..);
    let trees = numbered.map(|((node, change), number)| {
        let mut memory = Memory::default();
        for file in &change.files {
            match number > control_planes {
                false => memory = memory.file(&file.path, file.content.to_vec()),
                true => memory = as_worker(memory, node, &file.path, &file.content),
            }
        }
        (Some(node.name.clone()), Files::in_memory(memory, false))
    });
    trees.collect()
}

/// With what kubeadm leaves on a worker; its kubelet dials the endpoint.
fn as_worker(memory: Memory, node: &Node, path: &str, content: &[u8]) -> Memory {
    let of_worker = ["/kubelet.conf", "/kubelet/config.yaml", "/pki/ca.crt"];
    if !of_worker.iter().any(|end| path.ends_with(end)) {
        return memory;
    }
    let text = String::from_utf8_lossy(content).replace(&node.endpoint(), ENDPOINT);
    memory.file(path, text)
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
