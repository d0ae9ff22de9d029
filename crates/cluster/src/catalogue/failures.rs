//! What a mistake looks like: what components do, and the words that people see.

use super::Role;
use super::channels::Position;
use crate::component::Component;
use crate::material::Loader;

/// A row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What is wrong.
    pub when: &'static str,
    /// What happens.
    pub effect: &'static str,
    /// What is said, in the words of the components; `…` stands for what varies.
    pub says: &'static str,
}

const fn row(when: &'static str, effect: &'static str, says: &'static str) -> Failure {
    Failure { when, effect, says }
}

const MISSING: &str = "the file is not there, or not mounted into the container";
const ENDS: &str = "the process ends when it starts";
const OTHER_KEY: &str = "the key belongs to another certificate";
const BAD_LATER: &str = "the file is replaced by something that cannot be read";
const OLD_STAYS: &str = "the old one stays until the next restart, which fails";
const NO_FILE: &str = "open …: no such file or directory";
const MISMATCH: &str = "tls: private key does not match public key";
const UNKNOWN: &str = "x509: certificate signed by unknown authority";

/// What happens when a reader does not get what it takes.
pub fn when_read(loader: Loader) -> &'static [Failure] {
    match loader {
        Loader::DynamicCa => {
            const {
                &[
                    row(MISSING, ENDS, NO_FILE),
                    row("the file is empty", ENDS, "missing content for CA bundle"),
                    row(
                        "one of its certificates is damaged",
                        ENDS,
                        "error loading CA bundle",
                    ),
                    row(BAD_LATER, OLD_STAYS, "key failed with"),
                ]
            }
        }
        Loader::DynamicPair => {
            const {
                &[
                    row(MISSING, ENDS, NO_FILE),
                    row(
                        "only one of certificate and key is set",
                        ENDS,
                        "missing filename for serving cert",
                    ),
                    row(OTHER_KEY, ENDS, MISMATCH),
                    row(
                        "certificate and key are swapped",
                        ENDS,
                        "PEM inputs may have been switched",
                    ),
                    row(BAD_LATER, OLD_STAYS, "key failed with"),
                ]
            }
        }
        Loader::SigningPair => {
            const {
                &[
                    row(
                        MISSING,
                        "the process ends once it leads; a standby shows nothing",
                        NO_FILE,
                    ),
                    row(
                        "the file holds several certificates",
                        "the process ends once it leads; a standby shows nothing",
                        "expected 1 certificate, found 2",
                    ),
                    row(
                        OTHER_KEY,
                        "the process ends once it leads; a standby shows nothing",
                        MISMATCH,
                    ),
                    row(
                        "neither certificate nor key is set",
                        "requests are approved and never signed; nothing is logged",
                        "Approved, and never Issued",
                    ),
                ]
            }
        }
        Loader::StrictPool => {
            const {
                &[
                    row(MISSING, ENDS, NO_FILE),
                    row(
                        "it holds no certificate, or a damaged one",
                        ENDS,
                        "data does not contain any valid RSA or ECDSA certificates",
                    ),
                ]
            }
        }
        Loader::ClientGoCa => {
            const {
                &[
                    row(MISSING, ENDS, NO_FILE),
                    row(
                        "it holds no certificate",
                        ENDS,
                        "unable to load root certificates",
                    ),
                    row("the file is empty", "it starts and trusts nobody", UNKNOWN),
                ]
            }
        }
        Loader::ClientGoPair => {
            const {
                &[
                    row(MISSING, ENDS, NO_FILE),
                    row(OTHER_KEY, "it starts, and every connection fails", MISMATCH),
                ]
            }
        }
        Loader::EtcdPair => {
            const {
                &[
                    row(MISSING, ENDS, NO_FILE),
                    row(
                        "only one of certificate and key is set",
                        ENDS,
                        "KeyFile and CertFile must both be present",
                    ),
                    row(OTHER_KEY, ENDS, MISMATCH),
                    row(
                        BAD_LATER,
                        "every new handshake fails",
                        "remote error: tls: internal error",
                    ),
                ]
            }
        }
        Loader::EtcdPool => {
            const {
                &[
                    row(MISSING, ENDS, NO_FILE),
                    row(
                        "there is a key in it, or anything else that is no certificate",
                        ENDS,
                        "x509: malformed tbs certificate",
                    ),
                    row("the file is empty", "it starts and trusts nobody", UNKNOWN),
                ]
            }
        }
        Loader::ServiceAccountPublic => {
            const {
                &[
                    row(
                        "the file is not there or holds no public key",
                        ENDS,
                        "error reading public key file",
                    ),
                    row(
                        "the key that signs is not among them",
                        "everything with a token is answered with 401",
                        "invalid signature, no keys found",
                    ),
                ]
            }
        }
        Loader::ServiceAccountPrivate => {
            const {
                &[
                    row(
                        "the file is not there or holds no private key",
                        ENDS,
                        "failed to parse service-account-issuer-key-file",
                    ),
                    row(
                        "its public half is not among the keys that check",
                        "everything with a token is answered with 401",
                        "invalid signature, no keys found",
                    ),
                ]
            }
        }
        Loader::Kubeconfig => {
            const {
                &[
                    row(MISSING, ENDS, "stat …: no such file or directory"),
                    row(
                        "the file is empty",
                        ENDS,
                        "invalid configuration: no configuration has been provided",
                    ),
                    row(
                        "a line of it cannot be read",
                        ENDS,
                        "error loading config file",
                    ),
                    row(
                        "its CA is not that of the server",
                        "nothing can be asked for",
                        UNKNOWN,
                    ),
                    row(
                        "its certificate is over, or of another authority",
                        "every request is answered with 401",
                        "Unauthorized",
                    ),
                ]
            }
        }
        Loader::Configuration => {
            const {
                &[
                    row(MISSING, ENDS, NO_FILE),
                    row("a line of it cannot be read", ENDS, "strict decoding error"),
                ]
            }
        }
        Loader::KubeletStore => {
            const {
                &[row(
                    "the file is damaged",
                    ENDS,
                    "failed to find any PEM data",
                )]
            }
        }
    }
}

/// What happens when something is read well and does not fit the other side.
pub fn when_used(position: Position, server: Component) -> &'static [Failure] {
    match (position, server) {
        (Position::Serving, _) => {
            const {
                &[
                    row(
                        "the server's certificate is over, or not valid yet",
                        "the client ends the handshake",
                        "x509: certificate has expired or is not yet valid",
                    ),
                    row(
                        "the server's certificate does not name what the client dials",
                        "the client ends the handshake",
                        "x509: certificate is valid for …, not …",
                    ),
                    row(
                        "the issuer of the server's certificate is not among those that the client trusts",
                        "the client ends the handshake",
                        UNKNOWN,
                    ),
                    row(
                        "the server's certificate is not for servers",
                        "the client ends the handshake",
                        "x509: certificate specifies an incompatible key usage",
                    ),
                ]
            }
        }
        (Position::Trust, _) => {
            const {
                &[row(
                    "the issuer of the server's certificate is not among those that the client trusts",
                    "the client ends the handshake",
                    UNKNOWN,
                )]
            }
        }
        (Position::Credential, Component::Etcd) => {
            const {
                &[
                    row(
                        "the client's certificate is over",
                        "the server refuses the handshake",
                        "remote error: tls: expired certificate",
                    ),
                    row(
                        "the client's certificate is not for clients",
                        "the server refuses the handshake",
                        "remote error: tls: bad certificate",
                    ),
                    row(
                        "the issuer of the client's certificate is not among those that the server trusts",
                        "the server refuses the handshake",
                        "remote error: tls: unknown certificate authority",
                    ),
                    row(
                        "the client shows no certificate",
                        "the server refuses the handshake",
                        "remote error: tls: certificate required",
                    ),
                ]
            }
        }
        (Position::Credential, _) => {
            const {
                &[
                    row(
                        "the client's certificate is over, not for clients, or of an authority that the server does not trust",
                        "every request is answered with 401",
                        "Unauthorized",
                    ),
                    row(
                        "the client's certificate names another user or group",
                        "requests are answered with 403",
                        "Forbidden",
                    ),
                ]
            }
        }
        (Position::ClientTrust, Component::Etcd) => {
            const {
                &[row(
                    "the issuer of the client's certificate is not among those that the server trusts",
                    "etcd refuses the handshake and says so in its log",
                    "rejected connection on client endpoint",
                )]
            }
        }
        (Position::ClientTrust, _) => {
            const {
                &[row(
                    "the issuer of the client's certificate is not among those that the server trusts",
                    "every request is answered with 401, and the log of the server says why",
                    "Unable to authenticate the request",
                )]
            }
        }
        (Position::Setting, _) => &[],
    }
}

/// What happens when a setting that names no file has a value that does not fit.
pub fn when_set(role: Role) -> &'static [Failure] {
    match role {
        Role::Address => {
            const {
                &[
                    row(
                        "it leads elsewhere than to the other side",
                        "connections fail",
                        "connection refused, or i/o timeout",
                    ),
                    row(
                        "it is a host that the certificate does not name",
                        "the client ends the handshake",
                        "x509: certificate is valid for …, not …",
                    ),
                ]
            }
        }
        Role::Policy => const { &[row("its value is not one that is taken", ENDS, "invalid …")] },
        Role::Directory => {
            const {
                &[row(
                    "the folder cannot be read or written",
                    ENDS,
                    "permission denied",
                )]
            }
        }
        _ => const { &[] },
    }
}

/// What a flag does that nobody would expect of its kind.
pub const SURPRISES: &[(Component, &str, &str)] = &[
    (
        Component::KubeApiserver,
        "etcd-servers",
        "The scheme of the first URL decides on TLS for all: with http:// no certificate is shown, and kube-apiserver ends after 20 seconds with \"context deadline exceeded\".",
    ),
    (
        Component::KubeApiserver,
        "kubelet-certificate-authority",
        "Without it kube-apiserver verifies no kubelet at all. With it, self-signed kubelets fail: their serving certificates have to be requested (serverTLSBootstrap) and approved.",
    ),
    (
        Component::KubeApiserver,
        "kubelet-client-key",
        "A key of another certificate is not noticed when kube-apiserver starts, but with the first kubectl logs.",
    ),
    (
        Component::KubeApiserver,
        "proxy-client-cert-file",
        "When only one of the pair is set, kube-apiserver starts and silently shows none.",
    ),
    (
        Component::KubeApiserver,
        "requestheader-allowed-names",
        "When it is empty, every certificate of the front proxy's CA may speak for anybody. When that CA is also the CA of clients, kube-apiserver does not start without it.",
    ),
    (
        Component::KubeApiserver,
        "requestheader-client-ca-file",
        "It must not be the CA of ordinary clients: whoever has a certificate with an allowed name could then speak for anybody.",
    ),
    (
        Component::KubeApiserver,
        "service-account-issuer",
        "Tokens of an issuer that is no longer listed are refused: when it changes, keep the old one as a further value.",
    ),
    (
        Component::KubeApiserver,
        "service-account-signing-key-file",
        "Nothing checks when kube-apiserver starts that its public half is among --service-account-key-file.",
    ),
    (
        Component::KubeApiserver,
        "anonymous-auth",
        "When it is false, kubeadm's probes of /livez are answered with 401, and the kubelet restarts kube-apiserver for ever.",
    ),
    (
        Component::KubeApiserver,
        "authorization-mode",
        "Without it, and without --authorization-config, everybody may do everything (AlwaysAllow).",
    ),
    (
        Component::KubeApiserver,
        "advertise-address",
        "It has to be among the names of the serving certificate; it changes when a node gets another address, and the certificate does not.",
    ),
    (
        Component::KubeApiserver,
        "service-cluster-ip-range",
        "Its first address is kube-apiserver to every pod, and has to be among the names of the serving certificate.",
    ),
    (
        Component::KubeApiserver,
        "tls-sni-cert-key",
        "It is chosen by the name that a client asks for; who dials an IP address asks for none.",
    ),
    (
        Component::KubeApiserver,
        "etcd-cafile",
        "It is read once: a new CA of etcd counts only after a restart of kube-apiserver, while the client certificate is read for every connection.",
    ),
    (
        Component::Etcd,
        "trusted-ca-file",
        "Given alone it already demands certificates, also beside --client-cert-auth=false.",
    ),
    (
        Component::Etcd,
        "client-cert-auth",
        "With it and without --trusted-ca-file, certificates of the system's CAs are demanded: nobody gets in.",
    ),
    (
        Component::Etcd,
        "cert-file",
        "etcd also shows it to itself as a client (the gateway of its API): without clientAuth among its usages the log fills with errors from 127.0.0.1, and clients notice nothing.",
    ),
    (
        Component::Etcd,
        "peer-cert-file",
        "It is shown in both directions and needs serverAuth and clientAuth. A single member never calls itself: a mistake shows when a second one joins.",
    ),
    (
        Component::Etcd,
        "peer-cert-allowed-cn",
        "The member that calls checks it too, of the one it calls: the names of all members have to be listed.",
    ),
    (
        Component::Etcd,
        "listen-client-urls",
        "http:// beside certificates means no TLS: etcd only warns.",
    ),
    (
        Component::Etcd,
        "listen-metrics-urls",
        "With https:// it also checks that the address a client calls from is among the names of its certificate.",
    ),
    (
        Component::Etcd,
        "client-crl-file",
        "It has to be DER: a list in PEM refuses every connection.",
    ),
    (
        Component::Etcd,
        "config-file",
        "With it etcd looks at no other flag and at no ETCD_ variable.",
    ),
    (
        Component::KubeControllerManager,
        "root-ca-file",
        "It is what every pod trusts: a wrong but valid CA harms nobody here and everybody there.",
    ),
    (
        Component::KubeControllerManager,
        "cluster-signing-cert-file",
        "The file must hold exactly one certificate. What it signs has to be trusted by kube-apiserver's --client-ca-file.",
    ),
    (
        Component::KubeControllerManager,
        "kubeconfig",
        "When kube-apiserver refuses it, the process stays up and its health looks well: it waits for ever to lead.",
    ),
    (
        Component::KubeControllerManager,
        "service-account-private-key-file",
        "It signs only the old tokens that are kept in Secrets; those of pods are signed by kube-apiserver.",
    ),
    (
        Component::KubeScheduler,
        "kubeconfig",
        "With --config the flag does not count, but clientConnection.kubeconfig in that file.",
    ),
    (
        Component::Kubelet,
        "rotate-certificates",
        "What counts then is kubelet-client-current.pem in --cert-dir, before anything in the kubeconfig.",
    ),
    (
        Component::Kubelet,
        "rotate-server-certificates",
        "Nobody approves these requests by default. Until somebody does, every handshake with the kubelet fails with \"remote error: tls: internal error\".",
    ),
    (
        Component::Kubelet,
        "tls-cert-file",
        "Without it the kubelet makes its own certificate, which no CA of the cluster vouches for.",
    ),
    (
        Component::Kubelet,
        "bootstrap-kubeconfig",
        "It is used when the other kubeconfig is not there, cannot be read, or its certificate is over.",
    ),
    (
        Component::KubeProxy,
        "kubeconfig",
        "kubeadm keeps it in the ConfigMap kube-proxy in kube-system; CA and token are those of every pod.",
    ),
];

/// What a flag does that nobody would expect of its kind.
pub fn surprise(component: Component, flag: &str) -> Option<&'static str> {
    let mut rows = SURPRISES.iter();
    rows.find(|row| row.0 == component && row.1 == flag)
        .map(|row| row.2)
}
