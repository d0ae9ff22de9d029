//! What lies on the nodes: components, kubeconfigs, and the PKI's own files.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::component::Component;
use crate::files::Files;
use crate::kubeconfig::KubeconfigUse;
use crate::material::Material;
use crate::process::{Note, Process};

/// The nodes of a cluster, as far as they were given.
#[derive(Debug)]
pub struct Inventory {
    /// In the order in which they were given.
    pub nodes: Vec<Node>,
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
    /// What is odd about the node as a whole.
    pub notes: Vec<Note>,
}
