//! What has to agree with what.

/// A row.
#[derive(Clone, Copy, Debug)]
pub struct Agreement {
    /// The two sides, in a sentence.
    pub what: &'static str,
    /// What takes part, as `kubepki explain` takes it.
    pub parts: &'static [&'static str],
}

/// Every row.
pub const AGREEMENTS: &[Agreement] = &[
    Agreement {
        what: "The authority of kube-apiserver's serving certificate is in every kubeconfig, in what --root-ca-file publishes, and in cluster-info.",
        parts: &[
            "kube-apiserver --tls-cert-file",
            "apiserver",
            "ca",
            "kube-controller-manager --root-ca-file",
            "kubelet.conf",
            "admin.conf",
            "super-admin.conf",
            "controller-manager.conf",
            "scheduler.conf",
            "kube-root-ca.crt data.ca.crt",
            "cluster-info data.kubeconfig",
            "kubeconfig clusters[].cluster.certificate-authority",
            "kubeconfig clusters[].cluster.certificate-authority-data",
            "kubelet --bootstrap-kubeconfig",
        ],
    },
    Agreement {
        what: "kube-apiserver's serving certificate names every address that clients dial: the advertised one, the control-plane endpoint, the first service address, kubernetes.default.svc, and the host of every kubeconfig.",
        parts: &[
            "kube-apiserver --tls-cert-file",
            "apiserver",
            "kube-apiserver --advertise-address",
            "kube-apiserver --service-cluster-ip-range",
            "kube-apiserver --tls-sni-cert-key",
            "kube-apiserver --peer-ca-file",
            "kubeconfig clusters[].cluster.server",
            "kubeconfig clusters[].cluster.tls-server-name",
        ],
    },
    Agreement {
        what: "The authority of every client certificate is in kube-apiserver's --client-ca-file, and so is the one that kube-controller-manager signs requests with.",
        parts: &[
            "kube-apiserver --client-ca-file",
            "ca",
            "kube-controller-manager --cluster-signing-cert-file",
            "kube-controller-manager --cluster-signing-key-file",
            "kubelet.conf",
            "admin.conf",
            "super-admin.conf",
            "controller-manager.conf",
            "scheduler.conf",
            "kubeconfig users[].user.client-certificate",
            "kubeconfig users[].user.client-certificate-data",
        ],
    },
    Agreement {
        what: "The authority of the certificate that kube-apiserver shows kubelets is in the kubelet's client-ca-file, and its user is allowed the kubelet's API.",
        parts: &[
            "kube-apiserver --kubelet-client-certificate",
            "apiserver-kubelet-client",
            "kubelet --client-ca-file",
            "ca",
            "kubelet --authorization-mode",
        ],
    },
    Agreement {
        what: "When --kubelet-certificate-authority is set, it holds the authority of the kubelets' serving certificates, and these name the address type that kube-apiserver prefers.",
        parts: &[
            "kube-apiserver --kubelet-certificate-authority",
            "kube-apiserver --kubelet-preferred-address-types",
            "kubelet --tls-cert-file",
            "kubelet --rotate-server-certificates",
            "kube-controller-manager --cluster-signing-kubelet-serving-cert-file",
        ],
    },
    Agreement {
        what: "The authority of the front proxy's certificate is in --requestheader-client-ca-file, and its common name in --requestheader-allowed-names; that CA is not the CA of ordinary clients.",
        parts: &[
            "kube-apiserver --proxy-client-cert-file",
            "front-proxy-client",
            "front-proxy-ca",
            "kube-apiserver --requestheader-client-ca-file",
            "kube-apiserver --requestheader-allowed-names",
            "kube-controller-manager --requestheader-client-ca-file",
            "extension-apiserver-authentication data.requestheader-client-ca-file",
            "extension-apiserver-authentication data.requestheader-allowed-names",
        ],
    },
    Agreement {
        what: "--etcd-cafile holds the authority of etcd's serving certificate, and that certificate names the host of every URL in --etcd-servers.",
        parts: &[
            "kube-apiserver --etcd-cafile",
            "kube-apiserver --etcd-servers",
            "etcd --cert-file",
            "etcd-server",
            "etcd-ca",
            "cafile",
        ],
    },
    Agreement {
        what: "etcd's --trusted-ca-file holds the authority of the certificates that kube-apiserver and the health check show.",
        parts: &[
            "etcd --trusted-ca-file",
            "etcd-ca",
            "kube-apiserver --etcd-certfile",
            "apiserver-etcd-client",
            "etcd-healthcheck-client",
            "certfile",
        ],
    },
    Agreement {
        what: "Every member's --peer-trusted-ca-file holds the authority of every member's peer certificate, and that certificate names the host of its peer URL and the address it calls from.",
        parts: &[
            "etcd --peer-trusted-ca-file",
            "etcd --peer-cert-file",
            "etcd-peer",
            "etcd-ca",
            "etcd --initial-cluster",
            "etcd --initial-advertise-peer-urls",
            "etcd --peer-client-cert-file",
        ],
    },
    Agreement {
        what: "The public half of the key that signs tokens is among --service-account-key-file of every kube-apiserver, and so is that of kube-controller-manager's key; the issuers are the same everywhere.",
        parts: &[
            "kube-apiserver --service-account-signing-key-file",
            "kube-apiserver --service-account-key-file",
            "kube-apiserver --service-account-issuer",
            "kube-controller-manager --service-account-private-key-file",
            "sa",
        ],
    },
    Agreement {
        what: "Every key belongs to its certificate.",
        parts: &[
            "keyfile",
            "certfile",
            "kube-apiserver --tls-private-key-file",
            "kube-apiserver --etcd-keyfile",
            "kube-apiserver --kubelet-client-key",
            "kube-apiserver --proxy-client-key-file",
            "etcd --key-file",
            "etcd --peer-key-file",
            "etcd --client-key-file",
            "etcd --peer-client-key-file",
            "kubelet --tls-private-key-file",
            "kube-controller-manager --tls-private-key-file",
            "kube-scheduler --tls-private-key-file",
            "kube-controller-manager --cluster-signing-key-file",
            "kubeconfig users[].user.client-key",
            "kubeconfig users[].user.client-key-data",
        ],
    },
    Agreement {
        what: "The caBundle of a webhook or APIService holds the authority of the certificate that is served there, and that certificate names NAME.NAMESPACE.svc.",
        parts: &[
            "ValidatingWebhookConfiguration webhooks[].clientConfig.caBundle",
            "ValidatingWebhookConfiguration webhooks[].clientConfig.service",
            "CustomResourceDefinition spec.conversion.webhook.clientConfig.caBundle",
            "APIService spec.caBundle",
            "APIService spec.service",
        ],
    },
    Agreement {
        what: "kube-controller-manager and kube-scheduler trust the same clients as kube-apiserver when the same certificates ask them for metrics.",
        parts: &[
            "kube-controller-manager --client-ca-file",
            "kube-scheduler --client-ca-file",
        ],
    },
    Agreement {
        what: "A certificate ends before its authority does.",
        parts: &[
            "ca",
            "etcd-ca",
            "front-proxy-ca",
            "kube-controller-manager --cluster-signing-duration",
        ],
    },
    Agreement {
        what: "What the konnectivity server shows is trusted by kube-apiserver's egress selector and by the agents, and the other way round.",
        parts: &[
            "EgressSelectorConfiguration egressSelections[].connection.transport.tcp.tlsConfig.caBundle",
            "EgressSelectorConfiguration egressSelections[].connection.transport.tcp.tlsConfig.clientCert",
            "konnectivity-server --server-cert",
            "konnectivity-server --server-ca-cert",
            "konnectivity-server --cluster-cert",
            "konnectivity-server --cluster-ca-cert",
            "konnectivity-agent --ca-cert",
            "konnectivity-agent --agent-cert",
        ],
    },
];
