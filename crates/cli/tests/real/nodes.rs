//! Three nodes of a control plane, each with addresses of its own on loopback.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::kubepki::init;
use crate::process::addresses;

/// How they are called.
pub const NAMES: [&str; 3] = ["cp-1", "cp-2", "cp-3"];

/// Three nodes of a control plane; the tree of each lies below the folder, in one of its name.
pub struct Nodes {
    folder: PathBuf,
    pub addresses: [Ipv4Addr; 3],
}

impl Nodes {
    /// Makes all their files; nothing runs yet.
    pub fn make(scratch: &Path, options: &[String]) -> Self {
        let addresses = addresses();
        let configuration = scratch.join("kubeadm.yaml");
        fs::write(&configuration, text(&addresses)).unwrap();
        let folder = scratch.join("nodes");
        fs::create_dir(&folder).unwrap();
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        init(&configuration, &folder, &options);
        Nodes { folder, addresses }
    }

    /// The root of a node.
    pub fn rootfs(&self, index: usize) -> PathBuf {
        self.folder.join(NAMES[index])
    }

    /// Every node and its root.
    pub fn trees(&self) -> Vec<(&'static str, PathBuf)> {
        let tree = |name: &'static str| (name, self.folder.join(name));
        NAMES.map(tree).to_vec()
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

fn text(addresses: &[Ipv4Addr; 3]) -> String {
    let [first, others @ ..] = addresses;
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
