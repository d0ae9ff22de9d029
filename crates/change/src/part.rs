//! The parts that a node's PKI is made of, by kubeadm's names, and where each lies.

use cluster::catalogue::{AUTHORITIES, Authority, CREDENTIALS, Credential, Holder};

use crate::wish::{Cluster, Etcd, Node};

/// One part.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// The certificate and key of an authority.
    Authority(&'static Authority),
    /// A certificate and its key, in two files or in a kubeconfig.
    Credential(&'static Credential),
    /// The key pair of service account tokens.
    ServiceAccount,
    /// The manifest of a static pod.
    Manifest(&'static str),
    /// The kubelet's configuration.
    Kubelet,
}

/// A group of parts, which `kubeadm init phase` can make by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Authorities, the pairs in the PKI directory, and the service account key.
    Certs,
    /// kubeconfigs.
    Kubeconfig,
    /// Manifests of static pods.
    Manifests,
    /// The kubelet's configuration.
    Kubelet,
}

/// The static pods of a control plane, by the names of their manifests.
pub const PODS: [&str; 4] = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
];

/// Where things lie on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The PKI directory.
    pub certificates: String,
    /// The folder of the kubeconfigs.
    pub kubeconfigs: String,
}

/// The folder of kubeconfigs and manifests, unless another is named.
pub const KUBERNETES: &str = "/etc/kubernetes";

/// Where the kubelet finds static pods, unless it is told otherwise.
pub const MANIFESTS: &str = "/etc/kubernetes/manifests";

/// Where the kubelet keeps what is its own.
pub const KUBELET: &str = "/var/lib/kubelet";

impl Part {
    /// Every part of a cluster's node, in the order in which they are made and shown: what an
    /// authority vouches for follows it.
    pub fn all(cluster: &Cluster, node: &Node) -> Vec<Part> {
        let local_etcd = matches!(cluster.etcd, Etcd::Local(_));
        let is_there = |authority: &str| local_etcd || authority != "etcd-ca";
        let mut parts = Vec::new();
        for authority in AUTHORITIES.iter().filter(|row| is_there(row.name)) {
            parts.push(Part::Authority(authority));
            let pairs = CREDENTIALS.iter().filter(|row| {
                row.authority == authority.name && matches!(row.holder, Holder::Pki(_))
            });
            parts.extend(pairs.map(Part::Credential));
        }
        parts.push(Part::ServiceAccount);
        let kubeconfigs = CREDENTIALS
            .iter()
            .filter(|row| matches!(row.holder, Holder::Kubeconfig(_)))
            // Whoever joins is let in by those who are there.
            .filter(|row| !(node.joins && row.name == "super-admin.conf"));
        parts.extend(kubeconfigs.map(Part::Credential));
        let pods = PODS.into_iter().filter(|pod| local_etcd || *pod != "etcd");
        parts.extend(pods.map(Part::Manifest));
        parts.push(Part::Kubelet);
        parts
    }

    /// The phase that it belongs to.
    pub fn phase(&self) -> Phase {
        match self {
            Part::Authority(_) | Part::ServiceAccount => Phase::Certs,
            Part::Credential(row) => match row.holder {
                Holder::Pki(_) => Phase::Certs,
                Holder::Kubeconfig(_) => Phase::Kubeconfig,
            },
            Part::Manifest(_) => Phase::Manifests,
            Part::Kubelet => Phase::Kubelet,
        }
    }

    /// Its files on a node.
    pub fn paths(&self, layout: &Layout) -> Vec<String> {
        match self {
            Part::Authority(Authority { base, .. })
            | Part::Credential(Credential {
                holder: Holder::Pki(base),
                ..
            }) => vec![layout.key(base), layout.certificate(base)],
            Part::Credential(Credential {
                holder: Holder::Kubeconfig(name),
                ..
            }) => vec![layout.kubeconfig(name)],
            Part::ServiceAccount => vec![layout.key("sa"), layout.public_key()],
            Part::Manifest(pod) => vec![layout.manifest(pod)],
            Part::Kubelet => vec![format!("{KUBELET}/config.yaml")],
        }
    }

    /// kubeadm's short name (`kubeadm init phase … NAME`).
    pub fn name(&self) -> &'static str {
        match self {
            Part::Authority(row) => row.name,
            Part::Credential(row) => row.name.strip_suffix(".conf").unwrap_or(row.name),
            Part::ServiceAccount => "sa",
            Part::Manifest(pod) => pod.strip_prefix("kube-").unwrap_or(pod),
            Part::Kubelet => "kubelet",
        }
    }
}

impl Layout {
    /// kubeadm's folders for this cluster.
    pub fn of(cluster: &Cluster) -> Self {
        Layout {
            certificates: cluster.certificates_dir.clone(),
            kubeconfigs: KUBERNETES.to_owned(),
        }
    }

    /// A certificate of the PKI directory, by its name without `.crt`.
    pub fn certificate(&self, base: &str) -> String {
        format!("{}/{base}.crt", self.certificates)
    }

    /// The key of a certificate.
    pub fn key(&self, base: &str) -> String {
        format!("{}/{base}.key", self.certificates)
    }

    /// The public half of the service account key.
    pub fn public_key(&self) -> String {
        format!("{}/sa.pub", self.certificates)
    }

    /// What API servers are verified with when somebody stands above the cluster's authority.
    pub fn trust_bundle(&self) -> String {
        self.certificate("ca-bundle")
    }

    /// What kube-controller-manager signs with when `ca.crt` holds more than one certificate, which
    /// it does not take.
    pub fn signing_certificate(&self) -> String {
        self.certificate("ca-signing")
    }

    /// A kubeconfig, by its file's name.
    pub fn kubeconfig(&self, name: &str) -> String {
        format!("{}/{name}", self.kubeconfigs)
    }

    /// The manifest of a static pod.
    pub fn manifest(&self, pod: &str) -> String {
        format!("{MANIFESTS}/{pod}.yaml")
    }
}
