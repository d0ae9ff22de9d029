//! Nodes of a control plane, three as a rule, each with an address of its own on loopback.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::kubepki::init;
use crate::process::addresses;

/// How they are called.
pub const NAMES: [&str; 3] = ["cp-1", "cp-2", "cp-3"];

/// Nodes of a control plane; the tree of each lies below the folder, in one of its name.
pub struct Nodes {
    folder: PathBuf,
    pub addresses: Vec<Ipv4Addr>,
}

impl Nodes {
    /// Makes all their files, for addresses of loopback; nothing runs yet.
    pub fn make(scratch: &Path, options: &[String]) -> Self {
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        Nodes::make_at(addresses::<3>().to_vec(), scratch, &options)
    }

    /// Makes the files of a node for each address, three at most.
    pub fn make_at(addresses: Vec<Ipv4Addr>, scratch: &Path, options: &[&str]) -> Self {
        let configuration = scratch.join("kubeadm.yaml");
        fs::write(&configuration, text(&addresses)).unwrap();
        let folder = scratch.join("nodes");
        let nodes = Nodes { folder, addresses };
        fs::create_dir(&nodes.folder).unwrap();
        // The tree of one alone lies where it is told.
        let several = nodes.addresses.len() > 1;
        let place = if several {
            nodes.folder.clone()
        } else {
            nodes.rootfs(0)
        };
        fs::create_dir_all(&place).unwrap();
        init(&configuration, &place, options);
        nodes
    }

    /// How those that there are are called.
    pub fn names(&self) -> &'static [&'static str] {
        &NAMES[..self.addresses.len()]
    }

    /// The root of a node.
    pub fn rootfs(&self, index: usize) -> PathBuf {
        self.folder.join(NAMES[index])
    }

    /// Every node and its root.
    pub fn trees(&self) -> Vec<(&'static str, PathBuf)> {
        let tree = |name: &&'static str| (*name, self.folder.join(name));
        self.names().iter().map(tree).collect()
    }

    /// A client of all members with a pair of the first node's.
    pub fn etcdctl(&self, etcdctl: &Path, pair: &str, arguments: &[&str]) -> Command {
        let pki = self.rootfs(0).join("etc/kubernetes/pki");
        let url = |address: &Ipv4Addr| format!("https://{address}:2379");
        let mut command = Command::new(etcdctl);
        command
            .args(["--command-timeout", "10s", "--endpoints"])
            .arg(self.addresses.iter().map(url).collect::<Vec<_>>().join(","))
            .args([Path::new("--cacert"), &pki.join("etcd/ca.crt")])
            .args([Path::new("--cert"), &pki.join(format!("{pair}.crt"))])
            .args([Path::new("--key"), &pki.join(format!("{pair}.key"))])
            .args(arguments);
        command
    }
}

fn text(addresses: &[Ipv4Addr]) -> String {
    let (first, others) = addresses.split_first().unwrap();
    let mut text = format!(
        "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {{advertiseAddress: {first}}}
nodeRegistration: {{name: cp-1}}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.0
controlPlaneEndpoint: {first}:6443
"
    );
    for (address, name) in others.iter().zip(&NAMES[1..]) {
        text += &format!(
            "\
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
nodeRegistration: {{name: {name}}}
controlPlane:
  localAPIEndpoint: {{advertiseAddress: {address}}}
"
        );
    }
    text
}
