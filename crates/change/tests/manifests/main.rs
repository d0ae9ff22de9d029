//! The static pods and the kubelet's configuration are what kubeadm makes, byte for byte.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

mod kubeadm;
mod odd;
mod unit;

use std::path::Path;

use kubepki_change::config::{Configuration, read};
use kubepki_change::kubelet::{self, Machine};
use kubepki_change::manifest::{Surroundings, static_pods};
use kubepki_change::wish::{Cluster, Node};

/// The files of a node by their path on it.
type Files = Vec<(String, String)>;

/// A configuration's cluster and its first node.
fn wish(text: &str) -> (Cluster, Node) {
    let Configuration {
        cluster, mut nodes, ..
    } = read(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let node = nodes.swap_remove(0);
    (
        cluster,
        node.resolve("node".to_owned(), [10, 0, 0, 1].into()),
    )
}

/// Everything that is made of a configuration.
fn made(text: &str, surroundings: &Surroundings, machine: &Machine) -> Files {
    let (cluster, node) = wish(text);
    let pods = static_pods(&cluster, &node, surroundings).into_iter();
    let pods = pods.map(|(pod, text)| (format!("/etc/kubernetes/manifests/{pod}.yaml"), text));
    let files = kubelet::files(&cluster, &node, machine).into_iter();
    let files = files.map(|(file, text)| (format!("/var/lib/kubelet/{file}"), text));
    pods.chain(files).collect()
}

/// Where a tree differs from what was made: in a line of a file, or in which files there are.
fn differences(what: &str, root: &Path, made: &Files) -> Vec<String> {
    let differs = |(path, ours): &(String, String)| {
        let theirs = std::fs::read_to_string(root.join(&path[1..])).unwrap_or_default();
        let lines = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
        let (theirs, ours) = (lines(&theirs), lines(ours));
        let at = (0..theirs.len().max(ours.len())).find(|at| theirs.get(*at) != ours.get(*at))?;
        let (theirs, ours) = (theirs.get(at), ours.get(at));
        Some(format!(
            "{what}: {path}:{}: {theirs:?}, here {ours:?}",
            at + 1
        ))
    };
    let names = |folder: &str| std::fs::read_dir(root.join(folder)).unwrap().count();
    let there = names("etc/kubernetes/manifests") + names("var/lib/kubelet");
    let count = (there != made.len()).then(|| format!("{what}: {there} files"));
    made.iter().filter_map(differs).chain(count).collect()
}

/// What kubeadm made the examples from, and the folders it found.
const EXAMPLES: [(&str, &[&str], &str); 2] = [
    (
        "kubeadm",
        &[
            "/etc/ca-certificates",
            "/usr/share/ca-certificates",
            "/usr/local/share/ca-certificates",
        ],
        "
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: 192.20.97.8
  bindPort: 6443
nodeRegistration:
  criSocket: unix:///var/run/containerd/containerd.sock
  name: controlplane
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.0
",
    ),
    (
        "kubeadm-ecdsa",
        &[],
        "
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: 10.20.30.41
nodeRegistration:
  name: cp-1.example.internal
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
clusterName: prod-east
kubernetesVersion: v1.36.0
controlPlaneEndpoint: k8s-api.example.internal:8443
networking:
  dnsDomain: k8s.example.internal
  podSubnet: 10.244.0.0/16,fd00:10:244::/56
  serviceSubnet: 10.100.0.0/16,fd00:10:96::/112
",
    ),
];

#[test]
fn the_examples_are_made_again() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    for (example, folders, configuration) in EXAMPLES {
        let surroundings = Surroundings {
            ca_folders: folders.to_vec(),
            ..Surroundings::default()
        };
        let made = made(configuration, &surroundings, &Machine::default());
        let differences = differences(example, &examples.join(example), &made);
        assert!(differences.is_empty(), "{differences:#?}");
    }
}
