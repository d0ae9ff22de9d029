//! What concerns the PKI and is no flag of a component: fields of configuration files and of API
//! objects, and konnectivity's flags.

use super::Versions;
use super::reloads::Reload;

/// A file or object that has fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Document {
    /// A kubeconfig, of whichever client.
    Kubeconfig,
    /// `--egress-selector-config-file`.
    EgressSelector,
    /// `--authentication-config`.
    Authentication,
    /// `--authorization-config`.
    Authorization,
    /// `--encryption-provider-config`.
    Encryption,
    /// `--admission-control-config-file`.
    Admission,
    /// The kubelet's configuration file.
    Kubelet,
    /// etcd's configuration file.
    Etcd,
    /// ValidatingWebhookConfiguration and MutatingWebhookConfiguration.
    Webhook,
    /// A CustomResourceDefinition.
    CustomResource,
    /// An APIService.
    ApiService,
    /// A ClusterTrustBundle.
    TrustBundle,
    /// The ConfigMap `kube-root-ca.crt` of every namespace.
    RootCaMap,
    /// The ConfigMap `kube-system/extension-apiserver-authentication`.
    AuthenticationMap,
    /// The ConfigMap `kube-public/cluster-info`.
    ClusterInfoMap,
    /// The command line of konnectivity's server.
    KonnectivityServer,
    /// The command line of konnectivity's agents.
    KonnectivityAgent,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// CA certificates that a server is verified with.
    ServerAuthority,
    /// CA certificates that clients are verified with.
    ClientAuthority,
    /// CA certificates that are handed on to others.
    PublishedAuthority,
    /// A certificate to present.
    Certificate,
    /// A private key.
    Key,
    /// A token.
    Token,
    /// Another file of settings.
    File,
    /// An address or name.
    Address,
    /// What is accepted, refused or assumed.
    Policy,
}

/// A row.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Of what.
    pub document: Document,
    /// Its path, or the flag's name with its dashes.
    pub path: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// What it is for, in a few words.
    pub purpose: &'static str,
    /// What holds when it is absent, in a few words.
    pub default: &'static str,
    /// What happens when it is wrong, in a sentence or two.
    pub wrong: &'static str,
    /// When it is read again, from the first version to the last.
    pub reload: &'static [(Versions, Reload)],
    /// The versions that take it.
    pub versions: Versions,
    /// The file that says so, in kubernetes/kubernetes, etcd-io/etcd or
    /// kubernetes-sigs/apiserver-network-proxy.
    pub source: &'static str,
}

impl Document {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Document::Kubeconfig => "kubeconfig",
            Document::EgressSelector => "EgressSelectorConfiguration",
            Document::Authentication => "AuthenticationConfiguration",
            Document::Authorization => "AuthorizationConfiguration",
            Document::Encryption => "EncryptionConfiguration",
            Document::Admission => "WebhookAdmissionConfiguration",
            Document::Kubelet => "KubeletConfiguration",
            Document::Etcd => "etcd.conf",
            Document::Webhook => "ValidatingWebhookConfiguration",
            Document::CustomResource => "CustomResourceDefinition",
            Document::ApiService => "APIService",
            Document::TrustBundle => "ClusterTrustBundle",
            Document::RootCaMap => "kube-root-ca.crt",
            Document::AuthenticationMap => "extension-apiserver-authentication",
            Document::ClusterInfoMap => "cluster-info",
            Document::KonnectivityServer => "konnectivity-server",
            Document::KonnectivityAgent => "konnectivity-agent",
        }
    }

    /// Who reads it.
    pub fn reader(self) -> &'static str {
        match self {
            Document::Kubeconfig => "whichever client it is given to",
            Document::EgressSelector
            | Document::Authentication
            | Document::Authorization
            | Document::Encryption
            | Document::Admission
            | Document::Webhook
            | Document::CustomResource
            | Document::ApiService => "kube-apiserver",
            Document::Kubelet => "kubelet",
            Document::Etcd => "etcd",
            Document::TrustBundle => "the kubelet, for the pods that mount it",
            Document::RootCaMap => "pods",
            Document::AuthenticationMap => {
                "aggregated API servers, kube-controller-manager and kube-scheduler"
            }
            Document::ClusterInfoMap => "kubeadm join",
            Document::KonnectivityServer => "konnectivity-server",
            Document::KonnectivityAgent => "konnectivity-agent",
        }
    }

    /// The flag that names the file, as `COMPONENT --FLAG`; `None` when none does.
    pub fn flag(self) -> Option<&'static str> {
        match self {
            Document::EgressSelector => Some("kube-apiserver --egress-selector-config-file"),
            Document::Authentication => Some("kube-apiserver --authentication-config"),
            Document::Authorization => Some("kube-apiserver --authorization-config"),
            Document::Encryption => Some("kube-apiserver --encryption-provider-config"),
            Document::Admission => Some("kube-apiserver --admission-control-config-file"),
            Document::Kubelet => Some("kubelet --config"),
            Document::Etcd => Some("etcd --config-file"),
            _ => None,
        }
    }

    /// What `kubectl get` calls it, with its namespace; `None` when it is no object.
    pub fn resource(self) -> Option<&'static str> {
        match self {
            Document::Webhook => {
                Some("validatingwebhookconfigurations,mutatingwebhookconfigurations")
            }
            Document::CustomResource => Some("customresourcedefinitions"),
            Document::ApiService => Some("apiservices"),
            Document::TrustBundle => Some("clustertrustbundles"),
            Document::RootCaMap => Some("configmap kube-root-ca.crt -n kube-system"),
            Document::AuthenticationMap => {
                Some("configmap extension-apiserver-authentication -n kube-system")
            }
            Document::ClusterInfoMap => Some("configmap cluster-info -n kube-public"),
            _ => None,
        }
    }
}

const RESTART: &[(Versions, Reload)] = &[(Versions::ALL, Reload::Restart)];
const OBJECT: &[(Versions, Reload)] = &[(Versions::ALL, Reload::Object)];
const CA_FILE: &[(Versions, Reload)] = &[
    (Versions::until(1, 35), Reload::Restart),
    (Versions::since(1, 36), Reload::Every(300)),
];
const PAIR_FILES: &[(Versions, Reload)] = &[(Versions::ALL, Reload::EveryConnection(300))];
const STRUCTURED: &[(Versions, Reload)] = &[
    (Versions::until(1, 29), Reload::Restart),
    (Versions::since(1, 30), Reload::Watched),
];

const CLIENT: &str = "staging/src/k8s.io/client-go/tools/clientcmd/api/v1/types.go";
const EGRESS: &str = "staging/src/k8s.io/apiserver/pkg/server/egressselector/egress_selector.go";
const STRUCTURE: &str = "staging/src/k8s.io/apiserver/pkg/apis/apiserver/v1/types.go";
const ENCRYPTION: &str = "staging/src/k8s.io/apiserver/pkg/apis/apiserver/v1/types_encryption.go";
const ADMISSION: &str = "staging/src/k8s.io/apiserver/pkg/util/webhook/authentication.go";
const WEBHOOK: &str = "staging/src/k8s.io/apiserver/pkg/util/webhook/client.go";
const AGGREGATOR: &str = "staging/src/k8s.io/kube-aggregator/pkg/apiserver/handler_proxy.go";
const DELEGATED: &str =
    "staging/src/k8s.io/apiserver/pkg/server/options/authentication_dynamic_request_header.go";
const PROXY_SERVER: &str = "cmd/server/app/options/options.go";
const PROXY_AGENT: &str = "cmd/agent/app/options/options.go";

/// Every field.
pub const FIELDS: &[Field] = &[
    Field {
        document: Document::Kubeconfig,
        path: "clusters[].cluster.server",
        holds: Holds::Address,
        purpose: "where kube-apiserver is; its host is the name that is checked",
        default: "none: nothing can be reached",
        wrong: "A host that the certificate does not name ends every request with \"x509: certificate is valid for …, not …\". With http:// no credentials are sent.",
        reload: RESTART,
        versions: Versions::ALL,
        source: CLIENT,
    },
    Field {
        document: Document::Kubeconfig,
        path: "clusters[].cluster.certificate-authority",
        holds: Holds::ServerAuthority,
        purpose: "the file of CA certificates that the server is verified with",
        default: "the system's",
        wrong: "A missing file ends the client when it starts: \"unable to read certificate-authority\". Beside certificate-authority-data it is refused. The wrong authority is \"x509: certificate signed by unknown authority\".",
        reload: CA_FILE,
        versions: Versions::ALL,
        source: CLIENT,
    },
    Field {
        document: Document::Kubeconfig,
        path: "clusters[].cluster.certificate-authority-data",
        holds: Holds::ServerAuthority,
        purpose: "the CA certificates that the server is verified with, as PEM in base64",
        default: "the system's",
        wrong: "Without a usable certificate: \"unable to load root certificates\". The wrong authority is \"x509: certificate signed by unknown authority\". It stays what it is until the client starts again.",
        reload: RESTART,
        versions: Versions::ALL,
        source: CLIENT,
    },
    Field {
        document: Document::Kubeconfig,
        path: "clusters[].cluster.insecure-skip-tls-verify",
        holds: Holds::Policy,
        purpose: "whether the server is not verified at all",
        default: "false",
        wrong: "true lets anybody in between read and change everything. Beside a CA it is refused: \"specifying a root certificates file with the insecure flag is not allowed\".",
        reload: RESTART,
        versions: Versions::ALL,
        source: CLIENT,
    },
    Field {
        document: Document::Kubeconfig,
        path: "clusters[].cluster.tls-server-name",
        holds: Holds::Address,
        purpose: "the name that the certificate is checked for instead of the host of server",
        default: "the host of server",
        wrong: "A name that the certificate does not have: \"x509: certificate is valid for …, not …\".",
        reload: RESTART,
        versions: Versions::ALL,
        source: CLIENT,
    },
    Field {
        document: Document::Kubeconfig,
        path: "clusters[].cluster.proxy-url",
        holds: Holds::Address,
        purpose: "a proxy on the way to the server; the name that is checked stays the same",
        default: "what HTTPS_PROXY and NO_PROXY say",
        wrong: "The connection fails with \"proxyconnect tcp\".",
        reload: RESTART,
        versions: Versions::ALL,
        source: CLIENT,
    },
    Field {
        document: Document::Kubeconfig,
        path: "users[].user.client-certificate",
        holds: Holds::Certificate,
        purpose: "the file of the certificate that the server is shown",
        default: "none",
        wrong: "Without its key it is refused. A pair that does not match is not noticed before the first connection: \"tls: private key does not match public key\".",
        reload: PAIR_FILES,
        versions: Versions::ALL,
        source: CLIENT,
    },
    Field {
        document: Document::Kubeconfig,
        path: "users[].user.client-certificate-data",
        holds: Holds::Certificate,
        purpose: "the certificate that the server is shown, as PEM in base64",
        default: "none",
        wrong: "An expired one, or one from another authority, is answered with 401 Unauthorized. It stays what it is until the client starts again, also after kubeadm certs renew.",
        reload: RESTART,
        versions: Versions::ALL,
        source: CLIENT,
    },
    Field {
        document: Document::Kubeconfig,
        path: "users[].user.client-key",
        holds: Holds::Key,
        purpose: "the file of the key of the certificate",
        default: "none",
        wrong: "A missing file ends the client when it starts: \"unable to read client-key\".",
        reload: PAIR_FILES,
        versions: Versions::ALL,
        source: CLIENT,
    },
    Field {
        document: Document::Kubeconfig,
        path: "users[].user.client-key-data",
        holds: Holds::Key,
        purpose: "the key of the certificate, as PEM in base64",
        default: "none",
        wrong: "A key of another certificate ends the client when it starts: \"tls: private key does not match public key\". Whoever reads the file is this user.",
        reload: RESTART,
        versions: Versions::ALL,
        source: CLIENT,
    },
    Field {
        document: Document::Kubeconfig,
        path: "users[].user.token",
        holds: Holds::Token,
        purpose: "a bearer token",
        default: "none",
        wrong: "A token that does not count is answered with 401 Unauthorized; beside a certificate that counts it is not looked at.",
        reload: RESTART,
        versions: Versions::ALL,
        source: CLIENT,
    },
    Field {
        document: Document::Kubeconfig,
        path: "users[].user.tokenFile",
        holds: Holds::Token,
        purpose: "the file of a bearer token",
        default: "none",
        wrong: "A missing file ends the request; a token that does not count is answered with 401 Unauthorized.",
        reload: &[(Versions::ALL, Reload::Every(60))],
        versions: Versions::ALL,
        source: CLIENT,
    },
    Field {
        document: Document::Kubeconfig,
        path: "users[].user.username",
        holds: Holds::Policy,
        purpose: "a name that goes with a password",
        default: "none",
        wrong: "kube-apiserver knows nobody by a password: the request is answered with 401 Unauthorized. Beside a token client-go refuses the kubeconfig.",
        reload: RESTART,
        versions: Versions::ALL,
        source: CLIENT,
    },
    Field {
        document: Document::Kubeconfig,
        path: "users[].user.password",
        holds: Holds::Token,
        purpose: "a password, for what stands before the API: kube-apiserver takes none",
        default: "none",
        wrong: "kube-apiserver knows nobody by a password: the request is answered with 401 Unauthorized. Beside a token client-go refuses the kubeconfig.",
        reload: RESTART,
        versions: Versions::ALL,
        source: CLIENT,
    },
    Field {
        document: Document::Kubeconfig,
        path: "users[].user.exec",
        holds: Holds::Policy,
        purpose: "a program that answers with a token or a certificate",
        default: "none",
        wrong: "When the program fails, every request does: \"getting credentials: exec: …\".",
        reload: RESTART,
        versions: Versions::ALL,
        source: CLIENT,
    },
    Field {
        document: Document::Webhook,
        path: "webhooks[].clientConfig.caBundle",
        holds: Holds::ServerAuthority,
        purpose: "the CA certificates that the webhook is verified with, as PEM in base64",
        default: "the system's",
        wrong: "Text that is no certificate is refused when the object is written. The wrong authority: \"failed calling webhook … x509: certificate signed by unknown authority\" for every request that it is asked about.",
        reload: OBJECT,
        versions: Versions::ALL,
        source: WEBHOOK,
    },
    Field {
        document: Document::Webhook,
        path: "webhooks[].clientConfig.service",
        holds: Holds::Address,
        purpose: "the service of the webhook; the name that is checked is NAME.NAMESPACE.svc",
        default: "none: url",
        wrong: "A certificate without that name: \"x509: certificate is valid for …, not NAME.NAMESPACE.svc\".",
        reload: OBJECT,
        versions: Versions::ALL,
        source: WEBHOOK,
    },
    Field {
        document: Document::Webhook,
        path: "webhooks[].clientConfig.url",
        holds: Holds::Address,
        purpose: "where the webhook is, when it is no service; its host is the name that is checked",
        default: "none: service",
        wrong: "\"failed calling webhook\" with the error of the connection.",
        reload: OBJECT,
        versions: Versions::ALL,
        source: WEBHOOK,
    },
    Field {
        document: Document::CustomResource,
        path: "spec.conversion.webhook.clientConfig.caBundle",
        holds: Holds::ServerAuthority,
        purpose: "the CA certificates that the conversion webhook is verified with, as PEM in base64",
        default: "the system's",
        wrong: "\"conversion webhook for … failed … x509: certificate signed by unknown authority\": objects of other versions cannot be read.",
        reload: OBJECT,
        versions: Versions::ALL,
        source: WEBHOOK,
    },
    Field {
        document: Document::ApiService,
        path: "spec.caBundle",
        holds: Holds::ServerAuthority,
        purpose: "the CA certificates that the aggregated API server is verified with, as PEM in base64",
        default: "the system's",
        wrong: "The APIService is not Available: FailedDiscoveryCheck, \"x509: certificate signed by unknown authority\".",
        reload: OBJECT,
        versions: Versions::ALL,
        source: AGGREGATOR,
    },
    Field {
        document: Document::ApiService,
        path: "spec.insecureSkipTLSVerify",
        holds: Holds::Policy,
        purpose: "whether the aggregated API server is not verified at all",
        default: "false",
        wrong: "true hands what users send, and whom the proxy speaks for, to whoever is in between. It may not stand beside caBundle.",
        reload: OBJECT,
        versions: Versions::ALL,
        source: AGGREGATOR,
    },
    Field {
        document: Document::ApiService,
        path: "spec.service",
        holds: Holds::Address,
        purpose: "the service of the aggregated API server; the name that is checked is NAME.NAMESPACE.svc",
        default: "none: served by kube-apiserver itself",
        wrong: "A certificate without that name: FailedDiscoveryCheck, \"x509: certificate is valid for …, not NAME.NAMESPACE.svc\".",
        reload: OBJECT,
        versions: Versions::ALL,
        source: AGGREGATOR,
    },
    Field {
        document: Document::TrustBundle,
        path: "spec.trustBundle",
        holds: Holds::PublishedAuthority,
        purpose: "CA certificates that pods may mount",
        default: "none: has to be given",
        wrong: "What is no certificate is refused when the object is written; what is missing makes pods distrust their servers.",
        reload: OBJECT,
        versions: Versions::since(1, 27),
        source: "staging/src/k8s.io/api/certificates/v1beta1/types.go",
    },
    Field {
        document: Document::RootCaMap,
        path: "data.ca.crt",
        holds: Holds::PublishedAuthority,
        purpose: "the CA certificates that every pod verifies kube-apiserver with; kube-controller-manager writes what --root-ca-file holds",
        default: "none: pods do not start",
        wrong: "Pods say \"x509: certificate signed by unknown authority\" when they call kube-apiserver.",
        reload: OBJECT,
        versions: Versions::ALL,
        source: "pkg/controller/certificates/rootcacertpublisher/publisher.go",
    },
    Field {
        document: Document::AuthenticationMap,
        path: "data.client-ca-file",
        holds: Holds::ClientAuthority,
        purpose: "the CA certificates that client certificates are verified with, for other API servers",
        default: "none: client certificates mean nothing there",
        wrong: "kube-apiserver adds its own and only takes away what has expired: an old authority stays trusted by aggregated API servers until somebody removes it.",
        reload: OBJECT,
        versions: Versions::ALL,
        source: "pkg/controlplane/controller/clusterauthenticationtrust/cluster_authentication_trust_controller.go",
    },
    Field {
        document: Document::AuthenticationMap,
        path: "data.requestheader-client-ca-file",
        holds: Holds::ClientAuthority,
        purpose: "the CA certificates that kube-apiserver is verified with as a front proxy",
        default: "none: kube-apiserver may not speak for others",
        wrong: "Aggregated API servers answer 401, and their APIService is not Available.",
        reload: OBJECT,
        versions: Versions::ALL,
        source: DELEGATED,
    },
    Field {
        document: Document::AuthenticationMap,
        path: "data.requestheader-allowed-names",
        holds: Holds::Policy,
        purpose: "the common names a front proxy may have, for other API servers",
        default: "any that the CA vouches for",
        wrong: "\"subject with cn=… is not in the allowed list\", and 401.",
        reload: OBJECT,
        versions: Versions::ALL,
        source: DELEGATED,
    },
    Field {
        document: Document::ClusterInfoMap,
        path: "data.kubeconfig",
        holds: Holds::PublishedAuthority,
        purpose: "address and CA certificates of the cluster, for nodes that join; signed with bootstrap tokens",
        default: "none: nobody can join by token",
        wrong: "\"kubeadm join\" says \"x509: certificate signed by unknown authority\", or that no public key of the cluster matches the pinned ones.",
        reload: OBJECT,
        versions: Versions::ALL,
        source: "cmd/kubeadm/app/phases/bootstraptoken/clusterinfo/clusterinfo.go",
    },
    Field {
        document: Document::Kubelet,
        path: "tlsCurvePreferences",
        holds: Holds::Policy,
        purpose: "the curves for key exchange",
        default: "Go's",
        wrong: "An unknown number ends the kubelet.",
        reload: RESTART,
        versions: Versions::since(1, 36),
        source: "staging/src/k8s.io/kubelet/config/v1beta1/types.go",
    },
    Field {
        document: Document::Etcd,
        path: "client-transport-security.allowed-cn",
        holds: Holds::Policy,
        purpose: "the common names that clients may have",
        default: "any",
        wrong: "A client with another common name is refused: \"remote error: tls: bad certificate\".",
        reload: RESTART,
        versions: Versions::ALL,
        source: "server/embed/config.go",
    },
    Field {
        document: Document::EgressSelector,
        path: "egressSelections[].connection.transport.tcp.url",
        holds: Holds::Address,
        purpose: "where the konnectivity server is",
        default: "none: has to be given",
        wrong: "An address that does not answer fails what goes through it: logs, exec, webhooks.",
        reload: RESTART,
        versions: Versions::ALL,
        source: EGRESS,
    },
    Field {
        document: Document::EgressSelector,
        path: "egressSelections[].connection.transport.tcp.tlsConfig.caBundle",
        holds: Holds::ServerAuthority,
        purpose: "the file of CA certificates that the konnectivity server is verified with",
        default: "the system's",
        wrong: "A missing file ends kube-apiserver: \"failed to read cert file\"; one without a certificate: \"failed to append CA cert to the cert pool\".",
        reload: RESTART,
        versions: Versions::ALL,
        source: EGRESS,
    },
    Field {
        document: Document::EgressSelector,
        path: "egressSelections[].connection.transport.tcp.tlsConfig.clientCert",
        holds: Holds::Certificate,
        purpose: "the certificate that the konnectivity server is shown",
        default: "none: has to be given for https",
        wrong: "A pair that cannot be read ends kube-apiserver: \"failed to read key pair\". Of an authority that the konnectivity server does not name in the handshake, Go sends no certificate at all.",
        reload: RESTART,
        versions: Versions::ALL,
        source: EGRESS,
    },
    Field {
        document: Document::EgressSelector,
        path: "egressSelections[].connection.transport.tcp.tlsConfig.clientKey",
        holds: Holds::Key,
        purpose: "the key of the certificate that the konnectivity server is shown",
        default: "none: has to be given for https",
        wrong: "As with the certificate: \"failed to read key pair\".",
        reload: RESTART,
        versions: Versions::ALL,
        source: EGRESS,
    },
    Field {
        document: Document::EgressSelector,
        path: "egressSelections[].connection.transport.tcp.tlsConfig.tlsServerName",
        holds: Holds::Address,
        purpose: "the name that the konnectivity server's certificate is checked for",
        default: "the host of url",
        wrong: "\"x509: certificate is valid for …, not …\" in the log of kube-apiserver.",
        reload: RESTART,
        versions: Versions::ALL,
        source: EGRESS,
    },
    Field {
        document: Document::EgressSelector,
        path: "egressSelections[].connection.transport.uds.udsName",
        holds: Holds::Address,
        purpose: "the socket of a konnectivity server on the same node, without TLS",
        default: "none",
        wrong: "A socket that is not mounted fails what goes through it.",
        reload: RESTART,
        versions: Versions::ALL,
        source: EGRESS,
    },
    Field {
        document: Document::Authentication,
        path: "jwt[].issuer.url",
        holds: Holds::Address,
        purpose: "the issuer that tokens name; its keys are fetched from there",
        default: "none: has to be given",
        wrong: "The issuer has to answer with https and name itself alike; else its tokens are 401 and the log says \"oidc authenticator\".",
        reload: STRUCTURED,
        versions: Versions::since(1, 29),
        source: STRUCTURE,
    },
    Field {
        document: Document::Authentication,
        path: "jwt[].issuer.discoveryURL",
        holds: Holds::Address,
        purpose: "where the issuer describes itself, when not below its url",
        default: "url/.well-known/openid-configuration",
        wrong: "As with url: the tokens are 401, and only the log says why.",
        reload: STRUCTURED,
        versions: Versions::since(1, 30),
        source: STRUCTURE,
    },
    Field {
        document: Document::Authentication,
        path: "jwt[].issuer.certificateAuthority",
        holds: Holds::ServerAuthority,
        purpose: "the CA certificates that the issuer is verified with, as PEM in the field itself",
        default: "the system's",
        wrong: "Text that is no certificate is refused when the file is read. The wrong authority shows in the log only, \"oidc authenticator: … x509: certificate signed by unknown authority\", and tokens are 401.",
        reload: STRUCTURED,
        versions: Versions::since(1, 29),
        source: STRUCTURE,
    },
    Field {
        document: Document::Authentication,
        path: "jwt[].issuer.audiences",
        holds: Holds::Policy,
        purpose: "the audiences that tokens may be for",
        default: "none: has to be given",
        wrong: "Tokens for others are 401.",
        reload: STRUCTURED,
        versions: Versions::since(1, 29),
        source: STRUCTURE,
    },
    Field {
        document: Document::Authentication,
        path: "jwt[].issuer.egressSelectorType",
        holds: Holds::Policy,
        purpose: "through which egress selection the issuer is reached",
        default: "none: directly",
        wrong: "Where the selection leads nowhere, the keys of the issuer are not fetched and its tokens are 401.",
        reload: STRUCTURED,
        versions: Versions::since(1, 34),
        source: STRUCTURE,
    },
    Field {
        document: Document::Authentication,
        path: "anonymous.enabled",
        holds: Holds::Policy,
        purpose: "whether requests without credentials are let through as anonymous",
        default: "what --anonymous-auth says",
        wrong: "It may not stand beside --anonymous-auth. It is read when kube-apiserver starts, and not again.",
        reload: RESTART,
        versions: Versions::since(1, 31),
        source: STRUCTURE,
    },
    Field {
        document: Document::Authorization,
        path: "authorizers[].webhook.connectionInfo.kubeConfigFile",
        holds: Holds::File,
        purpose: "the kubeconfig of a service that tells who may do what",
        default: "none: has to be given for type KubeConfigFile",
        wrong: "A missing file ends kube-apiserver; a stale CA in it lets every question to it fail, and failurePolicy decides.",
        reload: STRUCTURED,
        versions: Versions::since(1, 29),
        source: STRUCTURE,
    },
    Field {
        document: Document::Encryption,
        path: "resources[].providers[].kms.endpoint",
        holds: Holds::Address,
        purpose: "the socket of a plugin that keeps keys; unix:// only, without TLS",
        default: "none: has to be given",
        wrong: "A socket that is not mounted: /readyz fails with \"kms-providers\", and nothing encrypted can be read.",
        reload: RESTART,
        versions: Versions::ALL,
        source: ENCRYPTION,
    },
    Field {
        document: Document::Admission,
        path: "kubeConfigFile",
        holds: Holds::File,
        purpose: "a kubeconfig with the credentials that admission webhooks are shown, one user for each host",
        default: "none: anonymous",
        wrong: "A missing file ends kube-apiserver. A host that no user is named for is called without credentials.",
        reload: RESTART,
        versions: Versions::ALL,
        source: ADMISSION,
    },
    Field {
        document: Document::KonnectivityServer,
        path: "--server-cert",
        holds: Holds::Certificate,
        purpose: "the certificate that kube-apiserver is shown",
        default: "none: a socket without TLS",
        wrong: "kube-apiserver says \"x509: …\" and logs, exec and webhooks fail.",
        reload: RESTART,
        versions: Versions::ALL,
        source: PROXY_SERVER,
    },
    Field {
        document: Document::KonnectivityServer,
        path: "--server-key",
        holds: Holds::Key,
        purpose: "the key of the certificate that kube-apiserver is shown",
        default: "none",
        wrong: "A file that is not there, or a certificate without a key, ends the server: \"error checking server key\".",
        reload: RESTART,
        versions: Versions::ALL,
        source: PROXY_SERVER,
    },
    Field {
        document: Document::KonnectivityServer,
        path: "--server-ca-cert",
        holds: Holds::ClientAuthority,
        purpose: "the CA certificates that kube-apiserver is verified with",
        default: "none: kube-apiserver is not asked for a certificate",
        wrong: "kube-apiserver is refused: \"remote error: tls: certificate required\" or \"unknown certificate authority\".",
        reload: RESTART,
        versions: Versions::ALL,
        source: PROXY_SERVER,
    },
    Field {
        document: Document::KonnectivityServer,
        path: "--cluster-cert",
        holds: Holds::Certificate,
        purpose: "the certificate that agents are shown",
        default: "none: without TLS",
        wrong: "Agents say \"x509: …\" and do not connect.",
        reload: RESTART,
        versions: Versions::ALL,
        source: PROXY_SERVER,
    },
    Field {
        document: Document::KonnectivityServer,
        path: "--cluster-key",
        holds: Holds::Key,
        purpose: "the key of the certificate that agents are shown",
        default: "none",
        wrong: "A file that is not there, or a certificate without a key, ends the server: \"error checking cluster key\".",
        reload: RESTART,
        versions: Versions::ALL,
        source: PROXY_SERVER,
    },
    Field {
        document: Document::KonnectivityServer,
        path: "--cluster-ca-cert",
        holds: Holds::ClientAuthority,
        purpose: "the CA certificates that agents are verified with",
        default: "none: agents show a token instead",
        wrong: "Agents with a certificate of another authority are refused.",
        reload: RESTART,
        versions: Versions::ALL,
        source: PROXY_SERVER,
    },
    Field {
        document: Document::KonnectivityServer,
        path: "--kubeconfig",
        holds: Holds::File,
        purpose: "how kube-apiserver is asked whose the tokens of agents are",
        default: "the in-cluster configuration",
        wrong: "Agents are refused: their tokens cannot be checked.",
        reload: RESTART,
        versions: Versions::ALL,
        source: PROXY_SERVER,
    },
    Field {
        document: Document::KonnectivityServer,
        path: "--authentication-audience",
        holds: Holds::Policy,
        purpose: "the audience that the tokens of agents have to be for",
        default: "none: agents are not asked for tokens",
        wrong: "Agents with tokens for another audience are refused.",
        reload: RESTART,
        versions: Versions::ALL,
        source: PROXY_SERVER,
    },
    Field {
        document: Document::KonnectivityAgent,
        path: "--ca-cert",
        holds: Holds::ServerAuthority,
        purpose: "the CA certificates that the konnectivity server is verified with",
        default: "none: has to be given",
        wrong: "\"x509: certificate signed by unknown authority\"; the agent tries again for ever.",
        reload: RESTART,
        versions: Versions::ALL,
        source: PROXY_AGENT,
    },
    Field {
        document: Document::KonnectivityAgent,
        path: "--agent-cert",
        holds: Holds::Certificate,
        purpose: "the certificate that the konnectivity server is shown",
        default: "none: a token instead",
        wrong: "The server refuses the connection.",
        reload: RESTART,
        versions: Versions::ALL,
        source: PROXY_AGENT,
    },
    Field {
        document: Document::KonnectivityAgent,
        path: "--agent-key",
        holds: Holds::Key,
        purpose: "the key of the certificate that the konnectivity server is shown",
        default: "none",
        wrong: "A file that is not there ends the agent: \"error checking agent key\".",
        reload: RESTART,
        versions: Versions::ALL,
        source: PROXY_AGENT,
    },
    Field {
        document: Document::KonnectivityAgent,
        path: "--proxy-server-host",
        holds: Holds::Address,
        purpose: "where the konnectivity server is; also the name that is checked",
        default: "127.0.0.1",
        wrong: "\"x509: certificate is valid for …, not …\"",
        reload: RESTART,
        versions: Versions::ALL,
        source: PROXY_AGENT,
    },
    Field {
        document: Document::KonnectivityAgent,
        path: "--service-account-token-path",
        holds: Holds::Token,
        purpose: "the file of the token that the konnectivity server is shown",
        default: "none",
        wrong: "A file that is not there ends the agent; a token for another audience is refused.",
        reload: RESTART,
        versions: Versions::ALL,
        source: PROXY_AGENT,
    },
];
