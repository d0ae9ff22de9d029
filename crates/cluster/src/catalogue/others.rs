//! Files of a node that are neither an authority's nor a credential's.

use super::fields::Holds;

/// A row.
#[derive(Clone, Copy, Debug)]
pub struct OtherFile {
    /// Where kubeadm keeps it.
    pub path: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// What it is for.
    pub purpose: &'static str,
    /// What happens without it.
    pub without: &'static str,
    /// The file that says so, in kubernetes/kubernetes.
    pub source: &'static str,
}

const CONSTANTS: &str = "cmd/kubeadm/app/constants/constants.go";
const KUBELET: &str = "pkg/kubelet/certificate/bootstrap/bootstrap.go";

/// Every row.
pub const OTHER_FILES: &[OtherFile] = &[
    OtherFile {
        path: "/etc/kubernetes/pki/sa.key",
        holds: Holds::Key,
        purpose: "the private key that service account tokens are signed with",
        without: "kube-apiserver and kube-controller-manager do not start; whoever has it can make a token for anybody",
        source: "cmd/kubeadm/app/phases/certs/certs.go",
    },
    OtherFile {
        path: "/etc/kubernetes/pki/sa.pub",
        holds: Holds::ClientAuthority,
        purpose: "the public key that service account tokens are checked with; it is no certificate and never ends",
        without: "kube-apiserver does not start; with another key in it every token is answered with 401",
        source: "cmd/kubeadm/app/phases/certs/certs.go",
    },
    OtherFile {
        path: "/etc/kubernetes/manifests/kube-apiserver.yaml",
        holds: Holds::File,
        purpose: "the static pod of kube-apiserver, with all its flags and mounts; the kubelet starts it again when the file changes",
        without: "there is no kube-apiserver on this node",
        source: CONSTANTS,
    },
    OtherFile {
        path: "/etc/kubernetes/manifests/etcd.yaml",
        holds: Holds::File,
        purpose: "the static pod of etcd, with all its flags and mounts; the kubelet starts it again when the file changes",
        without: "there is no etcd on this node, and with a single member no cluster",
        source: CONSTANTS,
    },
    OtherFile {
        path: "/etc/kubernetes/manifests/kube-controller-manager.yaml",
        holds: Holds::File,
        purpose: "the static pod of kube-controller-manager, with all its flags and mounts; the kubelet starts it again when the file changes",
        without: "there is no kube-controller-manager on this node",
        source: CONSTANTS,
    },
    OtherFile {
        path: "/etc/kubernetes/manifests/kube-scheduler.yaml",
        holds: Holds::File,
        purpose: "the static pod of kube-scheduler, with all its flags and mounts; the kubelet starts it again when the file changes",
        without: "there is no kube-scheduler on this node",
        source: CONSTANTS,
    },
    OtherFile {
        path: "/etc/kubernetes/bootstrap-kubelet.conf",
        holds: Holds::File,
        purpose: "the kubeconfig with a bootstrap token that a joining kubelet asks for its first certificate with",
        without: "the kubelet cannot ask for a certificate again when its own is over; kubeadm removes the file after joining",
        source: CONSTANTS,
    },
    OtherFile {
        path: "/var/lib/kubelet/config.yaml",
        holds: Holds::File,
        purpose: "the kubelet's configuration",
        without: "the kubelet does not start",
        source: CONSTANTS,
    },
    OtherFile {
        path: "/var/lib/kubelet/kubeadm-flags.env",
        holds: Holds::File,
        purpose: "flags that kubeadm gives the kubelet; they win over its configuration",
        without: "the kubelet starts with its configuration alone",
        source: CONSTANTS,
    },
    OtherFile {
        path: "/var/lib/kubelet/pki/kubelet-client-current.pem",
        holds: Holds::Certificate,
        purpose: "a link to the kubelet's own client certificate and key, in one file; the kubelet renews them by request before they end",
        without: "the kubelet takes the pair in its kubeconfig, or asks for one with the bootstrap kubeconfig; when there is neither it ends",
        source: KUBELET,
    },
    OtherFile {
        path: "/var/lib/kubelet/pki/kubelet-server-current.pem",
        holds: Holds::Certificate,
        purpose: "a link to the kubelet's serving certificate and key, in one file, when it asks for them (serverTLSBootstrap)",
        without: "until the request is approved, every handshake with the kubelet fails",
        source: KUBELET,
    },
    OtherFile {
        path: "/var/lib/kubelet/pki/kubelet.crt",
        holds: Holds::Certificate,
        purpose: "the serving certificate that the kubelet made for itself; no CA of the cluster vouches for it",
        without: "the kubelet makes it again when it starts",
        source: "cmd/kubelet/app/server.go",
    },
    OtherFile {
        path: "/var/lib/kubelet/pki/kubelet.key",
        holds: Holds::Key,
        purpose: "the key of the serving certificate that the kubelet made for itself",
        without: "the kubelet makes it again when it starts",
        source: "cmd/kubelet/app/server.go",
    },
];
