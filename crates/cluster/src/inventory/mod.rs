//! What lies on the nodes: components, kubeconfigs, and the PKI's own files.

mod read;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::component::Component;
use crate::files::Files;
use crate::graph::Party;
use crate::kubeconfig::KubeconfigUse;
use crate::material::Material;
use crate::mounts::View;
use crate::objects::Objects;
use crate::process::{Note, Process};

/// The nodes of a cluster and its API objects, as far as they were given.
#[derive(Debug)]
pub struct Inventory {
    /// In the order in which they were given. Shared: a cluster in which one node is otherwise is made
    /// without reading the others again.
    pub nodes: Vec<Arc<Node>>,
    /// What the API keeps.
    pub objects: Objects,
}

/// One node.
#[derive(Debug)]
pub struct Node {
    /// The name it goes by: the given one, else what the node calls itself, else `node` and its
    /// number; no two nodes have the same.
    pub name: Arc<str>,
    /// Its name in the cluster as its own files have it: kubelet's `--hostname-override`, else
    /// kubelet's certificate, else etcd's `--name`. `None` when no file says.
    pub node_name: Option<Arc<str>>,
    /// Its file tree.
    pub files: Files,
    /// The components that run here, or should: a control-plane node has all of kube-apiserver,
    /// kube-controller-manager and kube-scheduler, every node a kubelet.
    pub processes: BTreeMap<Component, Process>,
    /// `admin.conf` and its like, by the name of the file: those kubeadm would make here, and those
    /// that are there.
    pub kubeconfigs: BTreeMap<Arc<str>, Arc<KubeconfigUse>>,
    /// Every regular file of the PKI directory and of the kubelet's, by path.
    pub pki: BTreeMap<Arc<str>, Material>,
    /// The PKI directory: `/etc/kubernetes/pki`, or where kube-apiserver's certificate lies.
    pub pki_directory: Arc<str>,
    /// What is odd about the node as a whole.
    pub notes: Vec<Note>,
}

impl Inventory {
    /// These nodes, of whose API nothing is known.
    pub fn of(nodes: Vec<Arc<Node>>) -> Self {
        Inventory {
            nodes,
            objects: Objects::default(),
        }
    }

    /// The same, beside what the API keeps.
    #[must_use]
    pub fn with_objects(self, objects: Objects) -> Self {
        Inventory { objects, ..self }
    }

    /// The process at one end of a channel, when it is one of these nodes'.
    pub fn process(&self, party: &Party) -> Option<&Process> {
        self.nodes.get(party.node?)?.processes.get(&party.component)
    }
}

impl Node {
    /// What is odd about the node, and about each component on it.
    pub fn all_notes(&self) -> impl Iterator<Item = &Note> {
        let processes = self.processes.values();
        self.notes
            .iter()
            .chain(processes.flat_map(|process| &process.notes))
    }

    /// A file of the PKI directory that has a fixed name.
    pub fn pki_file(&self, name: &str) -> Material {
        let path = format!("{}/{name}", self.pki_directory);
        View::Host.material(&self.files, &path, None)
    }
}
