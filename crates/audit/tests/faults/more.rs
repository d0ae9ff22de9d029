//! More faults: what keeps a component from starting, what is insecure, and what will break.

use kubepki_audit::Severity;
use time::macros::utc_datetime;
use x509::oid::known;

use crate::faults::*;
use crate::pki::{ED25519_KEY, Key, P224_KEY, P224_PUBLIC_KEY, Spec, certificate_pem, der_of, pem};
use crate::tree::{
    ADMIN_CONF, APISERVER, ETCD, KUBECONFIGS, KUBELET, KUBELET_CONF, MANAGER, MANAGER_CONF, PKI,
    SCHEDULER, SCHEDULER_CONF, Tree,
};

const CA_KEY: &str = "/etc/kubernetes/pki/ca.key";
const PROXY_CA_CRT: &str = "/etc/kubernetes/pki/front-proxy-ca.crt";
const PEER_CRT: &str = "/etc/kubernetes/pki/etcd/peer.crt";
const STORE: &str = "/var/lib/kubelet/pki/kubelet-client-current.pem";
const AUDIT_POLICY: &str = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n";
const CRL: &str = "/etc/kubernetes/pki/etcd/revoked.crl";
const AUTHORIZER: &str = "/etc/kubernetes/pki/authorizer.conf";
const NOTHING: &[&str] = &[];

const fn warned_at(
    name: &'static str,
    make: fn(&mut Tree),
    causes: &'static [&'static str],
    paths: &'static [&'static str],
    flag: &'static str,
) -> Fault {
    Fault {
        severity: Severity::Warning,
        ..at_line(name, make, causes, paths, flag, NOTHING)
    }
}

const fn warned_in(
    name: &'static str,
    make: fn(&mut Tree),
    causes: &'static [&'static str],
    paths: &'static [&'static str],
) -> Fault {
    Fault {
        severity: Severity::Warning,
        ..in_file(name, make, causes, paths, NOTHING)
    }
}

const fn noted_at(
    name: &'static str,
    make: fn(&mut Tree),
    causes: &'static [&'static str],
    paths: &'static [&'static str],
    flag: &'static str,
) -> Fault {
    Fault {
        severity: Severity::Note,
        ..at_line(name, make, causes, paths, flag, NOTHING)
    }
}

const fn noted_in(
    name: &'static str,
    make: fn(&mut Tree),
    causes: &'static [&'static str],
    paths: &'static [&'static str],
) -> Fault {
    Fault {
        severity: Severity::Note,
        ..in_file(name, make, causes, paths, NOTHING)
    }
}

/// Lets the kubelet have a serving certificate of the cluster's CA.
fn signed_serving(tree: &mut Tree, change: impl FnOnce(&mut Spec)) {
    let key = Key::spare(tree.algorithm, 1);
    let mut spec = tree.spec("apiserver");
    spec.common_names = vec!["system:node:worker".to_owned()];
    spec.organizations = vec!["system:nodes".to_owned()];
    spec.public_key = key.public_key();
    change(&mut spec);
    let certificate = certificate_pem(&spec.signed_by(&tree.issuer("ca")));
    tree.put("/var/lib/kubelet/pki/serving.crt", certificate);
    tree.put("/var/lib/kubelet/pki/serving.key", key.to_pem());
    tree.edit(
        KUBELET,
        "staticPodPath:",
        "tlsCertFile: /var/lib/kubelet/pki/serving.crt\ntlsPrivateKeyFile: /var/lib/kubelet/pki/serving.key\nstaticPodPath:",
    );
}

/// Lets the kubelet keep its client certificate in its own store.
fn into_store(tree: &mut Tree, bytes: impl FnOnce(&[u8], &[u8]) -> Vec<u8>) {
    let certificate = tree.embedded(KUBELET_CONF, "client-certificate-data");
    let key = tree.embedded(KUBELET_CONF, "client-key-data");
    tree.put(STORE, bytes(&certificate, &key));
    for field in ["client-certificate", "client-key"] {
        let line = tree.line(KUBELET_CONF, &format!("{field}-data: "));
        tree.edit(KUBELET_CONF, &line, &format!("    {field}: {STORE}"));
    }
}

/// Every one.
pub const MORE: &[Fault] = &[
    // What a component does not take.
    at_line(
        "a TLS version that there is not",
        |tree| tree.add_flag(APISERVER, "--tls-min-version=VersionTLS14"),
        &["unsupported"],
        &[APISERVER],
        "--tls-min-version=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "a cipher suite that there is not",
        |tree| {
            tree.add_flag(
                APISERVER,
                "--tls-cipher-suites=TLS_AES_128_GCM_SHA256,ECDHE-RSA-AES128-GCM-SHA256",
            )
        },
        &["unsupported"],
        &[APISERVER],
        "--tls-cipher-suites=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "the scheduler's TLS version is etcd's way to say it",
        |tree| tree.add_flag(SCHEDULER, "--tls-min-version=TLS1.2"),
        &["unsupported"],
        &[SCHEDULER],
        "--tls-min-version=",
        &[SCHEDULER_IN],
    ),
    at_line(
        "etcd's TLS version is Kubernetes' way to say it",
        |tree| tree.add_flag(ETCD, "--tls-min-version=VersionTLS12"),
        &["unsupported"],
        &[ETCD],
        "--tls-min-version=",
        ALL_OF_ETCD,
    ),
    at_line(
        "etcd is told suites and TLS 1.3 alone",
        |tree| {
            tree.add_flag(ETCD, "--tls-min-version=TLS1.3");
            tree.add_flag(ETCD, "--cipher-suites=TLS_AES_128_GCM_SHA256");
        },
        &["unsupported"],
        &[ETCD],
        "--cipher-suites=",
        ALL_OF_ETCD,
    ),
    at_line(
        "an authorizer that there is not",
        |tree| tree.flag(APISERVER, "--authorization-mode", "Node,Rbac"),
        &["unsupported"],
        &[APISERVER],
        "--authorization-mode=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "an authorizer twice",
        |tree| tree.add_flag(APISERVER, "--authorization-mode=RBAC"),
        &["unsupported"],
        &[APISERVER],
        "--authorization-mode=RBAC",
        ALL_OF_APISERVER,
    ),
    in_file(
        "nobody says which key signs tokens",
        |tree| tree.without(APISERVER, "--service-account-signing-key-file"),
        &["unsupported"],
        &[APISERVER],
        ALL_OF_APISERVER,
    ),
    in_file(
        "nobody says which keys check tokens",
        |tree| tree.without(APISERVER, "--service-account-key-file"),
        &["unsupported"],
        &[APISERVER],
        ALL_OF_APISERVER,
    ),
    in_file(
        "tokens have no issuer",
        |tree| tree.without(APISERVER, "--service-account-issuer"),
        &["unsupported"],
        &[APISERVER],
        ALL_OF_APISERVER,
    ),
    at_line(
        "the secure port is switched off",
        |tree| tree.flag(APISERVER, "--secure-port", "0"),
        &["unsupported"],
        &[APISERVER],
        "--secure-port=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "probes are refused",
        |tree| tree.add_flag(APISERVER, "--anonymous-auth=false"),
        &["unsupported"],
        &[APISERVER],
        "--anonymous-auth=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "clients and front proxies have one CA, and any name will do",
        |tree| {
            tree.flag(APISERVER, "--requestheader-client-ca-file", CA_CRT);
            tree.without(APISERVER, "--requestheader-allowed-names");
            tree.reissue_by("ca", "front-proxy-client", no_change);
        },
        &["conflict"],
        &[APISERVER],
        "--requestheader-client-ca-file=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "an issuer of OpenID tokens without a client",
        |tree| tree.add_flag(APISERVER, "--oidc-issuer-url=https://id.example.com"),
        &["unsupported"],
        &[APISERVER],
        "--oidc-issuer-url=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "an issuer of OpenID tokens without TLS",
        |tree| {
            tree.add_flag(APISERVER, "--oidc-issuer-url=http://id.example.com");
            tree.add_flag(APISERVER, "--oidc-client-id=kubernetes");
        },
        &["unsupported"],
        &[APISERVER],
        "--oidc-issuer-url=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "the CA of the issuer of OpenID tokens is not there",
        |tree| {
            tree.add_flag(APISERVER, "--oidc-issuer-url=https://id.example.com");
            tree.add_flag(APISERVER, "--oidc-client-id=kubernetes");
            tree.add_flag(APISERVER, "--oidc-ca-file=/etc/kubernetes/pki/oidc-ca.crt");
        },
        &["missing-file"],
        &[APISERVER],
        "--oidc-ca-file=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "a flag that is no more",
        |tree| {
            tree.add_flag(APISERVER, "--insecure-port=8080");
        },
        &["unsupported"],
        &[APISERVER],
        "--insecure-port=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "an egress configuration that is not mounted",
        |tree| {
            tree.put(
                "/etc/konnectivity/egress.yaml",
                "kind: EgressSelectorConfiguration\n",
            );
            tree.add_flag(
                APISERVER,
                "--egress-selector-config-file=/etc/konnectivity/egress.yaml",
            );
        },
        &["not-mounted"],
        &[APISERVER],
        "--egress-selector-config-file=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "an encryption configuration that is not there",
        |tree| {
            tree.add_flag(
                APISERVER,
                "--encryption-provider-config=/etc/kubernetes/pki/encryption.yaml",
            )
        },
        &["missing-file"],
        &[APISERVER],
        "--encryption-provider-config=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "etcd's client port has no certificate",
        |tree| {
            tree.without(ETCD, "--cert-file");
            tree.without(ETCD, "--key-file");
        },
        &["unsupported"],
        &[ETCD],
        "--listen-client-urls=",
        ALL_OF_ETCD,
    ),
    at_line(
        "etcd's peer port has no certificate",
        |tree| {
            tree.without(ETCD, "--peer-cert-file");
            tree.without(ETCD, "--peer-key-file");
        },
        &["unsupported"],
        &[ETCD],
        "--listen-peer-urls=",
        ALL_OF_ETCD,
    ),
    in_file(
        "etcd's certificate by flag and by variable",
        |tree| {
            tree.edit(
                ETCD,
                "    image: ",
                "    env:\n    - name: ETCD_CERT_FILE\n      value: /etc/kubernetes/pki/etcd/server.crt\n    image: ",
            );
        },
        &["conflict"],
        &[ETCD],
        ALL_OF_ETCD,
    ),
    at_line(
        "a signing pair for one signer beside that for all",
        |tree| {
            tree.add_flag(
                MANAGER,
                "--cluster-signing-kubelet-client-cert-file=/etc/kubernetes/pki/ca.crt",
            );
            tree.add_flag(
                MANAGER,
                "--cluster-signing-kubelet-client-key-file=/etc/kubernetes/pki/ca.key",
            );
        },
        &["unsupported", "conflict"],
        &[MANAGER],
        "--cluster-signing-kubelet-client-cert-file=",
        &[MANAGER_IN],
    ),
    in_file(
        "the CA's key is gone",
        |tree| tree.remove(CA_KEY),
        &["missing-file"],
        &[CA_KEY],
        &[MANAGER_IN],
    ),
    at_line(
        "the scheduler's volume is a file where a folder is wanted",
        |tree| {
            tree.edit(
                SCHEDULER,
                "      path: /etc/kubernetes/scheduler.conf\n      type: FileOrCreate",
                "      path: /etc/kubernetes/scheduler.conf\n      type: DirectoryOrCreate",
            )
        },
        &["not-mounted"],
        &[SCHEDULER],
        "path: /etc/kubernetes/scheduler.conf",
        &[SCHEDULER_IN],
    ),
    // Who may do what.
    at_line(
        "kubelets are not let do anything",
        |tree| tree.flag(APISERVER, "--authorization-mode", "RBAC"),
        &["conflict"],
        &[APISERVER],
        "--authorization-mode=",
        &[KUBELET_IN],
    ),
    at_line(
        "nobody but kubelets is let do anything",
        |tree| tree.flag(APISERVER, "--authorization-mode", "Node"),
        &["unsupported"],
        &[APISERVER],
        "--authorization-mode=",
        ALL_OF_APISERVER,
    ),
    // Who is let in.
    at_line(
        "everybody who is known may do everything",
        |tree| tree.flag(APISERVER, "--authorization-mode", "AlwaysAllow"),
        &["unsupported"],
        &[APISERVER],
        "--authorization-mode=",
        ALL_OF_APISERVER,
    ),
    in_file(
        "nobody says who may do what",
        |tree| tree.without(APISERVER, "--authorization-mode"),
        &["unsupported"],
        &[APISERVER],
        ALL_OF_APISERVER,
    ),
    in_file(
        "etcd takes everybody",
        |tree| {
            tree.without(ETCD, "--trusted-ca-file");
            tree.without(ETCD, "--client-cert-auth");
        },
        &["insecure"],
        &[ETCD],
        NOTHING,
    ),
    at_line(
        "etcd asks nobody for a certificate, as it says",
        |tree| {
            tree.without(ETCD, "--trusted-ca-file");
            tree.flag(ETCD, "--client-cert-auth", "false");
        },
        &["insecure"],
        &[ETCD],
        "- --client-cert-auth=",
        NOTHING,
    ),
    at_line(
        "etcd speaks plain HTTP to the network",
        |tree| {
            let line = tree.line(ETCD, "- --listen-client-urls=");
            tree.edit(ETCD, &line, &format!("{line},http://0.0.0.0:2378"));
        },
        &["insecure"],
        &[ETCD],
        "--listen-client-urls=",
        NOTHING,
    ),
    in_file(
        "etcd's peers are told of no authority",
        |tree| {
            tree.without(ETCD, "--peer-trusted-ca-file");
            tree.without(ETCD, "--peer-client-cert-auth");
        },
        &["untrusted-issuer"],
        &[ETCD],
        &[PEERS],
    ),
    at_line(
        "etcd's peers speak plain HTTP",
        |tree| {
            for flag in [
                "--listen-peer-urls",
                "--initial-advertise-peer-urls",
                "--initial-cluster",
            ] {
                let line = tree.line(ETCD, &format!("- {flag}="));
                tree.edit(
                    ETCD,
                    &format!("{line}\n"),
                    &format!("{}\n", line.replace("https://", "http://")),
                );
            }
        },
        &["insecure"],
        &[ETCD],
        "--listen-peer-urls=",
        NOTHING,
    ),
    warned_in(
        "etcd takes whom the cluster's CA vouches for",
        |tree| {
            let both = [tree.get(ETCD_CA_CRT), tree.get(CA_CRT)].concat();
            tree.put("/etc/kubernetes/pki/etcd/clients.crt", both);
            tree.flag(
                ETCD,
                "--trusted-ca-file",
                "/etc/kubernetes/pki/etcd/clients.crt",
            );
        },
        &["insecure"],
        &["/etc/kubernetes/pki/etcd/clients.crt"],
    ),
    warned_in(
        "etcd takes whom a root vouches for that is above all authorities",
        |tree| {
            let root = below_a_root(tree);
            let both = [tree.get(ETCD_CA_CRT), &root].concat();
            tree.put("/etc/kubernetes/pki/etcd/clients.crt", both);
            tree.flag(
                ETCD,
                "--trusted-ca-file",
                "/etc/kubernetes/pki/etcd/clients.crt",
            );
        },
        &["insecure"],
        &["/etc/kubernetes/pki/etcd/clients.crt"],
    ),
    warned_in(
        "whom a root vouches for that is above all authorities may speak for others",
        |tree| {
            let root = below_a_root(tree);
            tree.put("/etc/kubernetes/pki/proxies.crt", root);
            tree.flag(
                APISERVER,
                "--requestheader-client-ca-file",
                "/etc/kubernetes/pki/proxies.crt",
            );
            let chain = [tree.get(PROXY_CRT), tree.get(PROXY_CA_CRT)].concat();
            tree.put(PROXY_CRT, chain);
        },
        &["insecure"],
        &["/etc/kubernetes/pki/proxies.crt"],
    ),
    warned_in(
        "one CA for etcd and for the cluster",
        |tree| {
            for end in ["crt", "key"] {
                tree.copy(&format!("{PKI}/ca.{end}"), &format!("{PKI}/etcd/ca.{end}"));
            }
            for base in [
                "etcd/server",
                "etcd/peer",
                "etcd/healthcheck-client",
                "apiserver-etcd-client",
            ] {
                tree.reissue(base, no_change);
            }
        },
        &["insecure"],
        &[ETCD_CA_CRT],
    ),
    warned_in(
        "one CA for clients and front proxies, whose names are listed",
        |tree| {
            for end in ["crt", "key"] {
                tree.copy(
                    &format!("{PKI}/ca.{end}"),
                    &format!("{PKI}/front-proxy-ca.{end}"),
                );
            }
            tree.reissue("front-proxy-client", no_change);
        },
        &["insecure"],
        &[PROXY_CA_CRT],
    ),
    in_file(
        "the CA renewed for front proxies, and any name will do",
        |tree| {
            // The same key: every client's certificate is a front proxy's. kube-apiserver compares
            // whole certificates, and starts.
            let mut spec = tree.spec("ca");
            spec.not_after = utc_datetime!(2040-01-01 0:00);
            let renewed = spec.self_signed(&tree.issuer("ca").key);
            tree.put(PROXY_CA_CRT, certificate_pem(&renewed));
            tree.copy(CA_KEY, "/etc/kubernetes/pki/front-proxy-ca.key");
            tree.reissue("front-proxy-client", no_change);
            tree.without(APISERVER, "--requestheader-allowed-names");
        },
        &["insecure"],
        &[PROXY_CA_CRT],
        NOTHING,
    ),
    noted_at(
        "any name of the front proxy's CA will do",
        |tree| tree.without(APISERVER, "--requestheader-allowed-names"),
        &["insecure"],
        &[APISERVER],
        "--requestheader-client-ca-file=",
    ),
    noted_in(
        "kube-apiserver takes etcd's clients",
        |tree| {
            let both = [tree.get(CA_CRT), tree.get(ETCD_CA_CRT)].concat();
            tree.put("/etc/kubernetes/pki/clients.crt", both);
            tree.flag(
                APISERVER,
                "--client-ca-file",
                "/etc/kubernetes/pki/clients.crt",
            );
        },
        &["insecure"],
        &["/etc/kubernetes/pki/clients.crt"],
    ),
    warned_at(
        "the scheduler verifies nothing",
        |tree| {
            let line = tree.line(SCHEDULER_CONF, "certificate-authority-data: ");
            tree.edit(SCHEDULER_CONF, &line, "    insecure-skip-tls-verify: true");
        },
        &["insecure"],
        &[SCHEDULER_CONF],
        "insecure-skip-tls-verify:",
    ),
    warned_at(
        "the kubelet takes anonymous requests",
        |tree| tree.edit(KUBELET, "    enabled: false", "    enabled: true"),
        &["insecure"],
        &[KUBELET],
        "enabled: true",
    ),
    warned_at(
        "the kubelet allows everything",
        |tree| tree.edit(KUBELET, "mode: Webhook", "mode: AlwaysAllow"),
        &["insecure"],
        &[KUBELET],
        "mode: AlwaysAllow",
    ),
    at_line(
        "the kubelet allows everything to everybody",
        |tree| {
            tree.edit(KUBELET, "    enabled: false", "    enabled: true");
            tree.edit(KUBELET, "mode: Webhook", "mode: AlwaysAllow");
        },
        &["insecure"],
        &[KUBELET],
        "mode: AlwaysAllow",
        NOTHING,
    ),
    warned_at(
        "the kubelet's read-only port is open",
        |tree| {
            tree.edit(
                KUBELET,
                "staticPodPath:",
                "readOnlyPort: 10255\nstaticPodPath:",
            )
        },
        &["insecure"],
        &[KUBELET],
        "readOnlyPort:",
    ),
    warned_at(
        "the kubelet does not renew its certificate",
        |tree| {
            tree.edit(
                KUBELET,
                "rotateCertificates: true",
                "rotateCertificates: false",
            )
        },
        &["insecure"],
        &[KUBELET],
        "rotateCertificates:",
    ),
    warned_at(
        "users have tokens in a file",
        |tree| {
            tree.put("/etc/kubernetes/pki/tokens.csv", "secret,somebody,1\n");
            tree.add_flag(
                APISERVER,
                "--token-auth-file=/etc/kubernetes/pki/tokens.csv",
            );
        },
        &["insecure"],
        &[APISERVER],
        "--token-auth-file=",
    ),
    warned_at(
        "tokens of service accounts outlive them",
        |tree| tree.add_flag(APISERVER, "--service-account-lookup=false"),
        &["insecure"],
        &[APISERVER],
        "--service-account-lookup=",
    ),
    warned_at(
        "kubelets may change other nodes",
        |tree| tree.flag(APISERVER, "--enable-admission-plugins", "ServiceAccount"),
        &["insecure"],
        &[APISERVER],
        "--enable-admission-plugins=",
    ),
    at_line(
        "the restriction of nodes is switched off",
        |tree| tree.add_flag(APISERVER, "--disable-admission-plugins=NodeRestriction"),
        &["unsupported"],
        &[APISERVER],
        "--disable-admission-plugins=",
        ALL_OF_APISERVER,
    ),
    warned_at(
        "TLS 1.0 is spoken",
        |tree| tree.add_flag(APISERVER, "--tls-min-version=VersionTLS10"),
        &["insecure"],
        &[APISERVER],
        "--tls-min-version=",
    ),
    warned_at(
        "RC4 is spoken",
        |tree| {
            tree.add_flag(APISERVER, "--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_RC4_128_SHA,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")
        },
        &["insecure"],
        &[APISERVER],
        "--tls-cipher-suites=",
    ),
    warned_at(
        "etcd speaks 3DES",
        |tree| {
            tree.add_flag(ETCD, "--cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA")
        },
        &["insecure"],
        &[ETCD],
        "--cipher-suites=",
    ),
    warned_in(
        "nobody signs requests",
        |tree| {
            tree.without(MANAGER, "--cluster-signing-cert-file");
            tree.without(MANAGER, "--cluster-signing-key-file");
        },
        &["insecure"],
        &[MANAGER],
    ),
    noted_at(
        "the controller manager listens everywhere",
        |tree| tree.flag(MANAGER, "--bind-address", "0.0.0.0"),
        &["insecure"],
        &[MANAGER],
        "--bind-address=",
    ),
    noted_in(
        "the scheduler listens everywhere",
        |tree| tree.without(SCHEDULER, "--bind-address"),
        &["insecure"],
        &[SCHEDULER],
    ),
    noted_at(
        "all controllers act as one",
        |tree| tree.flag(MANAGER, "--use-service-account-credentials", "false"),
        &["insecure"],
        &[MANAGER],
        "--use-service-account-credentials=",
    ),
    noted_in(
        "kubelets are signed for, and not verified",
        |tree| signed_serving(tree, |_| ()),
        &["insecure"],
        &[APISERVER],
    ),
    // Files that others may read or change.
    in_file(
        "the CA's key may be read by everybody",
        |tree| tree.chmod(CA_KEY, 0o644),
        &["insecure"],
        &[CA_KEY],
        NOTHING,
    ),
    in_file(
        "every kubeconfig may be read by everybody",
        |tree| {
            for path in KUBECONFIGS {
                tree.chmod(path, 0o644);
            }
        },
        &["insecure"],
        &[ADMIN_CONF],
        NOTHING,
    ),
    in_file(
        "everybody may change the CA",
        |tree| tree.chmod(CA_CRT, 0o666),
        &["insecure"],
        &[CA_CRT],
        NOTHING,
    ),
    in_file(
        "everybody may change a manifest",
        |tree| tree.chmod(SCHEDULER, 0o646),
        &["insecure"],
        &[SCHEDULER],
        NOTHING,
    ),
    // Identities.
    warned_at(
        "the kubelet is in system:masters",
        |tree| {
            tree.reissue_embedded("ca", KUBELET_CONF, |spec| {
                spec.organizations.push("system:masters".to_owned());
            })
        },
        &["insecure"],
        &[KUBELET_CONF],
        "client-certificate-data:",
    ),
    warned_at(
        "the controller manager is in system:masters",
        |tree| {
            tree.reissue_embedded("ca", MANAGER_CONF, |spec| {
                spec.organizations = vec!["system:masters".to_owned()];
            })
        },
        &["insecure"],
        &[MANAGER_CONF],
        "client-certificate-data:",
    ),
    warned_in(
        "kube-apiserver is in system:masters for kubelets",
        |tree| {
            tree.reissue("apiserver-kubelet-client", |spec| {
                spec.organizations = vec!["system:masters".to_owned()];
            })
        },
        &["insecure"],
        &[KUBELET_CLIENT_CRT],
    ),
    noted_at(
        "the administrator is in system:masters",
        |tree| {
            tree.reissue_embedded("ca", ADMIN_CONF, |spec| {
                spec.organizations = vec!["system:masters".to_owned()];
            })
        },
        &["insecure"],
        &[ADMIN_CONF],
        "client-certificate-data:",
    ),
    at_line(
        "the scheduler is the administrator of another cluster",
        |tree| {
            let ca = impostor(tree, "kubernetes");
            let line = tree.embedded(SCHEDULER_CONF, "client-certificate-data");
            let leaf = Spec::of(&crate::pki::der_of(&line)).signed_by(&ca);
            tree.embed(
                SCHEDULER_CONF,
                "client-certificate-data",
                &certificate_pem(&leaf),
            );
        },
        &["untrusted-issuer"],
        &[SCHEDULER_CONF],
        "client-certificate-data:",
        &[SCHEDULER_IN],
    ),
    at_line(
        "the administrator's name stands behind the groups alone",
        |tree| {
            tree.reissue_embedded("ca", ADMIN_CONF, |spec| {
                spec.organizations.clear();
            })
        },
        &["wrong-identity"],
        &[ADMIN_CONF],
        "client-certificate-data:",
        &[ADMIN_IN],
    ),
    // Keys.
    in_file(
        "the front proxy's key was overwritten",
        |tree| {
            let key = Key::spare(tree.algorithm, 0);
            tree.put("/etc/kubernetes/pki/front-proxy-client.key", key.to_pem());
        },
        &["key-mismatch"],
        &["/etc/kubernetes/pki/front-proxy-client.key", PROXY_CRT],
        ALL_OF_APISERVER,
    ),
    in_file(
        "etcd's client key was overwritten",
        |tree| {
            let key = Key::spare(tree.algorithm, 0);
            tree.put(
                "/etc/kubernetes/pki/apiserver-etcd-client.key",
                key.to_pem(),
            );
        },
        &["key-mismatch"],
        &[
            "/etc/kubernetes/pki/apiserver-etcd-client.key",
            ETCD_CLIENT_CRT,
        ],
        ALL_OF_APISERVER,
    ),
    in_file(
        "the peers' key was overwritten",
        |tree| {
            let key = Key::spare(tree.algorithm, 0);
            tree.put("/etc/kubernetes/pki/etcd/peer.key", key.to_pem());
        },
        &["key-mismatch"],
        &["/etc/kubernetes/pki/etcd/peer.key", PEER_CRT],
        ALL_OF_ETCD,
    ),
    warned_at(
        "tokens are signed with the CA's key",
        |tree| {
            tree.flag(APISERVER, "--service-account-signing-key-file", CA_KEY);
            tree.flag(APISERVER, "--service-account-key-file", CA_CRT);
            tree.flag(MANAGER, "--service-account-private-key-file", CA_KEY);
        },
        &["insecure"],
        &[APISERVER, MANAGER],
        "--service-account-signing-key-file=",
    ),
    warned_in(
        "two authorities have one key",
        |tree| {
            let key = tree.issuer("ca").key;
            let mut spec = tree.spec("front-proxy-ca");
            spec.public_key = key.public_key();
            spec.key_id = None;
            tree.put(PROXY_CA_CRT, certificate_pem(&spec.self_signed(&key)));
            tree.copy(CA_KEY, "/etc/kubernetes/pki/front-proxy-ca.key");
            tree.reissue("front-proxy-client", no_change);
        },
        &["insecure"],
        &[PROXY_CA_CRT, CA_CRT],
    ),
    warned_in(
        "the controller manager signs legacy tokens with another key",
        |tree| {
            let key = Key::spare(tree.algorithm, 0);
            tree.put("/etc/kubernetes/pki/legacy.key", key.to_pem());
            tree.flag(
                MANAGER,
                "--service-account-private-key-file",
                "/etc/kubernetes/pki/legacy.key",
            );
        },
        &["key-mismatch"],
        &["/etc/kubernetes/pki/legacy.key", MANAGER],
    ),
    // Times.
    noted_in(
        "certificates outlive their CA",
        |tree| {
            tree.reissue_authority("etcd/ca", |spec| {
                spec.not_after = utc_datetime!(2027-06-01 0:00)
            })
        },
        &["expiring"],
        &[ETCD_SERVER_CRT, ETCD_CLIENT_CRT, PEER_CRT],
    ),
    noted_in(
        "a certificate for ten years",
        |tree| {
            tree.reissue("apiserver", |spec| {
                spec.not_after = utc_datetime!(2035-06-01 0:00)
            })
        },
        &["expiring"],
        &[APISERVER_CRT],
    ),
    noted_in(
        "a CA for a hundred years",
        |tree| {
            tree.reissue_authority("front-proxy-ca", |spec| {
                spec.not_after = utc_datetime!(2126-01-01 0:00)
            })
        },
        &["expiring"],
        &[PROXY_CA_CRT],
    ),
    warned_in(
        "the serving certificate ends in two weeks",
        |tree| {
            tree.reissue("apiserver", |spec| {
                spec.not_after = utc_datetime!(2026-12-15 0:00)
            })
        },
        &["expiring"],
        &[APISERVER_CRT],
    ),
    noted_at(
        "the administrator's certificate ends in two months",
        |tree| {
            tree.reissue_embedded("ca", ADMIN_CONF, |spec| {
                spec.not_after = utc_datetime!(2027-02-01 0:00)
            })
        },
        &["expiring"],
        &[ADMIN_CONF],
        "client-certificate-data:",
    ),
    in_file(
        "the front proxy's CA has expired",
        |tree| {
            tree.reissue_authority("front-proxy-ca", long_ago);
        },
        &["expired"],
        &[PROXY_CA_CRT],
        &[TO_AGGREGATED],
    ),
    in_file(
        "etcd's CA has expired",
        |tree| tree.reissue_authority("etcd/ca", long_ago),
        &["expired"],
        &[ETCD_CA_CRT],
        ALL_OF_ETCD,
    ),
    in_file(
        "the peers' certificate has expired",
        |tree| tree.reissue("etcd/peer", long_ago),
        &["expired"],
        &[PEER_CRT],
        &[PEERS],
    ),
    in_file(
        "the kubelet client certificate has expired",
        |tree| tree.reissue("apiserver-kubelet-client", long_ago),
        &["expired"],
        &[KUBELET_CLIENT_CRT],
        &[TO_KUBELET],
    ),
    in_file(
        "the kubelet client certificate is for servers",
        |tree| {
            tree.reissue("apiserver-kubelet-client", |spec| {
                spec.usages = vec![known::SERVER_AUTH]
            })
        },
        &["wrong-usage"],
        &[KUBELET_CLIENT_CRT],
        &[TO_KUBELET],
    ),
    in_file(
        "the front proxy's certificate is for servers",
        |tree| {
            tree.reissue("front-proxy-client", |spec| {
                spec.usages = vec![known::SERVER_AUTH]
            })
        },
        &["wrong-usage"],
        &[PROXY_CRT],
        &[TO_AGGREGATED],
    ),
    in_file(
        "the peers' certificate is for servers alone",
        |tree| tree.reissue("etcd/peer", |spec| spec.usages = vec![known::SERVER_AUTH]),
        &["wrong-usage"],
        &[PEER_CRT],
        &[PEERS],
    ),
    in_file(
        "the peers' certificate does not name the node's address",
        |tree| tree.reissue("etcd/peer", |spec| spec.ips.retain(|ip| ip.is_loopback())),
        &["name-mismatch"],
        &[PEER_CRT],
        &[PEERS],
    ),
    in_file(
        "the peers' certificate is from the cluster's CA",
        |tree| tree.reissue_by("ca", "etcd/peer", no_change),
        &["untrusted-issuer"],
        &[PEER_CRT],
        &[PEERS],
    ),
    in_file(
        "the health check's certificate is from the cluster's CA",
        |tree| tree.reissue_by("ca", "etcd/healthcheck-client", no_change),
        &["untrusted-issuer"],
        &["/etc/kubernetes/pki/etcd/healthcheck-client.crt"],
        &[HEALTH],
    ),
    at_line(
        "etcd's clients come with names that it does not allow",
        |tree| tree.add_flag(ETCD, "--client-cert-allowed-hostname=clients.example.com"),
        &["wrong-identity"],
        &[ETCD],
        "--client-cert-allowed-hostname=",
        CLIENTS_OF_ETCD,
    ),
    at_line(
        "etcd's peers come with a name that it does not allow",
        |tree| tree.add_flag(ETCD, "--peer-cert-allowed-cn=etcd-peer"),
        &["wrong-identity"],
        &[ETCD],
        "--peer-cert-allowed-cn=",
        &[PEERS],
    ),
    // Kubelets.
    in_file(
        "the kubelet's store is cut off",
        |tree| {
            into_store(tree, |certificate, _| {
                certificate[..certificate.len() / 2].to_vec()
            })
        },
        &["unreadable", "missing-file"],
        &[STORE],
        &[KUBELET_IN, TO_KUBELET],
    ),
    in_file(
        "the kubelet's store has expired",
        |tree| {
            tree.reissue_embedded("ca", KUBELET_CONF, long_ago);
            into_store(tree, |certificate, key| [certificate, key].concat());
        },
        &["expired"],
        &[STORE],
        &[KUBELET_IN],
    ),
    in_file(
        "the kubelet's store is from a CA of old",
        |tree| {
            let ca = impostor(tree, "kubernetes");
            let leaf = tree.embedded(KUBELET_CONF, "client-certificate-data");
            let leaf = Spec::of(&crate::pki::der_of(&leaf)).signed_by(&ca);
            into_store(tree, |_, key| [&certificate_pem(&leaf), key].concat());
        },
        &["untrusted-issuer"],
        &[STORE],
        &[KUBELET_IN],
    ),
    at_line(
        "kubelets make their own certificates, and are verified",
        |tree| {
            tree.add_flag(
                APISERVER,
                "--kubelet-certificate-authority=/etc/kubernetes/pki/ca.crt",
            )
        },
        &["untrusted-issuer"],
        &[APISERVER],
        "--kubelet-certificate-authority=",
        &[TO_KUBELET],
    ),
    at_line(
        "the kubelet's serving certificate waits to be approved",
        |tree| {
            tree.edit(
                KUBELET,
                "rotateCertificates: true",
                "rotateCertificates: true\nserverTLSBootstrap: true",
            )
        },
        &["missing-file"],
        &[KUBELET],
        "serverTLSBootstrap:",
        &[TO_KUBELET],
    ),
    in_file(
        "the kubelet's serving certificate does not name the node's address",
        |tree| {
            signed_serving(tree, |spec| spec.ips.clear());
            tree.add_flag(
                APISERVER,
                "--kubelet-certificate-authority=/etc/kubernetes/pki/ca.crt",
            );
        },
        &["name-mismatch"],
        &["/var/lib/kubelet/pki/serving.crt", APISERVER],
        &[TO_KUBELET],
    ),
    at_line(
        "kubelets are verified with etcd's CA",
        |tree| {
            signed_serving(tree, |_| ());
            tree.add_flag(
                APISERVER,
                "--kubelet-certificate-authority=/etc/kubernetes/pki/etcd/ca.crt",
            );
        },
        &["untrusted-issuer"],
        &[APISERVER],
        "--kubelet-certificate-authority=",
        &[TO_KUBELET],
    ),
    in_file(
        "kube-apiserver shows kubelets nothing",
        |tree| {
            tree.without(APISERVER, "--kubelet-client-certificate");
            tree.without(APISERVER, "--kubelet-client-key");
        },
        &["wrong-identity"],
        &[APISERVER],
        &[TO_KUBELET],
    ),
    // Authorities.
    in_file(
        "requests are signed by an authority that nobody takes",
        |tree| {
            let other = impostor(tree, "signer");
            tree.put(
                "/etc/kubernetes/pki/signer.crt",
                certificate_pem(&other.certificate),
            );
            tree.put("/etc/kubernetes/pki/signer.key", other.key.to_pem());
            tree.flag(
                MANAGER,
                "--cluster-signing-cert-file",
                "/etc/kubernetes/pki/signer.crt",
            );
            tree.flag(
                MANAGER,
                "--cluster-signing-key-file",
                "/etc/kubernetes/pki/signer.key",
            );
        },
        &["untrusted-issuer"],
        &["/etc/kubernetes/pki/signer.crt"],
        NOTHING,
    ),
    at_line(
        "requests are signed by the front proxy's authority",
        |tree| {
            tree.flag(MANAGER, "--cluster-signing-cert-file", PROXY_CA_CRT);
            tree.flag(
                MANAGER,
                "--cluster-signing-key-file",
                "/etc/kubernetes/pki/front-proxy-ca.key",
            );
        },
        &["untrusted-issuer"],
        &[MANAGER],
        "--cluster-signing-cert-file=",
        NOTHING,
    ),
    in_file(
        "the front proxy's CA was made again",
        |tree| {
            let other = impostor(tree, "front-proxy-ca");
            tree.put(PROXY_CA_CRT, certificate_pem(&other.certificate));
        },
        &["stale-trust", "untrusted-issuer"],
        &[PROXY_CA_CRT, PROXY_CRT],
        &[TO_AGGREGATED],
    ),
    in_file(
        "etcd's CA was made again, and nothing else",
        |tree| {
            let other = impostor(tree, "etcd-ca");
            tree.put(ETCD_CA_CRT, certificate_pem(&other.certificate));
        },
        &["stale-trust", "untrusted-issuer"],
        &[ETCD_CA_CRT],
        ALL_OF_ETCD,
    ),
    in_file(
        "the bundle is literal, with \\n for line breaks",
        |tree| {
            let text = tree.text(CA_CRT).replace('\n', "\\n");
            tree.copy(CA_CRT, "/etc/kubernetes/pki/good.crt");
            for flag in [
                "--cluster-signing-cert-file",
                "--root-ca-file",
                "--client-ca-file",
            ] {
                tree.flag(MANAGER, flag, "/etc/kubernetes/pki/good.crt");
            }
            tree.put(CA_CRT, text);
            tree.edit(
                KUBELET,
                &format!("clientCAFile: {CA_CRT}"),
                "clientCAFile: /etc/kubernetes/pki/good.crt",
            );
        },
        &["unreadable"],
        &[CA_CRT],
        ALL_OF_APISERVER,
    ),
    in_file(
        "a UTF-16 certificate",
        |tree| {
            let text = tree.text(PROXY_CRT);
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            tree.put(PROXY_CRT, [&[0xff, 0xfe], &*wide].concat());
        },
        &["unreadable"],
        &[PROXY_CRT],
        ALL_OF_APISERVER,
    ),
    in_file(
        "a DER certificate where PEM is wanted",
        |tree| {
            let der = crate::pki::der_of(tree.get(ETCD_SERVER_CRT));
            tree.put(ETCD_SERVER_CRT, der);
        },
        &["unreadable"],
        &[ETCD_SERVER_CRT],
        ALL_OF_ETCD,
    ),
    in_file(
        "the request instead of the certificate",
        |tree| {
            let der = crate::pki::der_of(tree.get(ETCD_CLIENT_CRT));
            tree.put(ETCD_CLIENT_CRT, pem("CERTIFICATE REQUEST", &der));
        },
        &["unreadable"],
        &[ETCD_CLIENT_CRT],
        ALL_OF_APISERVER,
    ),
    in_file(
        "a serving pair for the name `kubernetes` from another CA",
        |tree| {
            let other = impostor(tree, "edge");
            let key = Key::spare(tree.algorithm, 1);
            let mut spec = tree.spec("apiserver");
            spec.public_key = key.public_key();
            tree.put(
                "/etc/kubernetes/pki/edge.crt",
                certificate_pem(&spec.signed_by(&other)),
            );
            tree.put("/etc/kubernetes/pki/edge.key", key.to_pem());
            tree.add_flag(APISERVER, "--tls-sni-cert-key=/etc/kubernetes/pki/edge.crt,/etc/kubernetes/pki/edge.key:kubernetes");
            tree.edit(
                SCHEDULER_CONF,
                "    server:",
                "    tls-server-name: kubernetes\n    server:",
            );
        },
        &["untrusted-issuer"],
        &["/etc/kubernetes/pki/edge.crt"],
        &[SCHEDULER_IN],
    ),
    at_line(
        "the key of a further serving pair is not there",
        |tree| {
            tree.copy(APISERVER_CRT, "/etc/kubernetes/pki/edge.crt");
            tree.add_flag(
                APISERVER,
                "--tls-sni-cert-key=/etc/kubernetes/pki/edge.crt,/etc/kubernetes/pki/edge.key",
            );
        },
        &["missing-file"],
        &[APISERVER],
        "--tls-sni-cert-key=",
        ALL_OF_APISERVER,
    ),
    warned_at(
        "etcd is looked for at the peers' port",
        |tree| tree.flag(APISERVER, "--etcd-servers", "https://127.0.0.1:2380"),
        &["conflict"],
        &[APISERVER],
        "--etcd-servers=",
    ),
    warned_at(
        "kube-apiserver's port is another than its clients'",
        |tree| tree.flag(APISERVER, "--secure-port", "8443"),
        &["conflict"],
        &[APISERVER],
        "--secure-port=",
    ),
    warned_at(
        "the scheduler dials another port",
        |tree| {
            let line = tree.line(SCHEDULER_CONF, "    server: ");
            tree.edit(SCHEDULER_CONF, &line, &line.replace(":6443", ":8443"));
        },
        &["conflict"],
        &[SCHEDULER_CONF],
        "server:",
    ),
    in_file(
        "the serving certificate is signed with SHA-1",
        |tree| {
            let certificate = tree
                .spec("apiserver")
                .signed_with_sha1_by(&tree.issuer("ca"));
            tree.put(APISERVER_CRT, certificate_pem(&certificate));
        },
        &["weak-algorithm"],
        &[APISERVER_CRT],
        CLIENTS,
    ),
    in_file(
        "the serving key is one of P-224",
        |tree| {
            tree.put(APISERVER_KEY, P224_KEY);
            tree.reissue("apiserver", |spec| {
                spec.public_key = der_of(P224_PUBLIC_KEY.as_bytes())
            });
        },
        &["weak-algorithm"],
        &[APISERVER_CRT],
        CLIENTS,
    ),
    at_line(
        "kube-controller-manager listens on kube-apiserver's port",
        |tree| tree.add_flag(MANAGER, "--secure-port=6443"),
        &["conflict"],
        &[MANAGER],
        "--secure-port=",
        NOTHING,
    ),
    at_line(
        "the front proxy's header for users has another name",
        |tree| {
            tree.flag(
                APISERVER,
                "--requestheader-username-headers",
                "X-Forwarded-User",
            )
        },
        &["conflict"],
        &[APISERVER],
        "--requestheader-username-headers=",
        &[TO_AGGREGATED],
    ),
    at_line(
        "nobody says which header names the front proxy's user",
        |tree| tree.without(APISERVER, "--requestheader-username-headers"),
        &["conflict"],
        &[APISERVER],
        "--requestheader-client-ca-file=",
        &[TO_AGGREGATED],
    ),
    in_file(
        "tokens are signed with a key of Ed25519",
        |tree| tree.put(SA_KEY, ED25519_KEY),
        &["unreadable"],
        &[SA_KEY],
        ALL_OF_APISERVER,
    ),
    in_file(
        "the CA of the issuer of OpenID tokens is no certificate",
        |tree| {
            tree.put("/etc/kubernetes/pki/oidc-ca.crt", "not yet\n");
            tree.add_flag(APISERVER, "--oidc-issuer-url=https://id.example.com");
            tree.add_flag(APISERVER, "--oidc-client-id=kubernetes");
            tree.add_flag(APISERVER, "--oidc-ca-file=/etc/kubernetes/pki/oidc-ca.crt");
        },
        &["unreadable"],
        &["/etc/kubernetes/pki/oidc-ca.crt"],
        ALL_OF_APISERVER,
    ),
    at_line(
        "the kubeconfig of the service that knows tokens is not there",
        |tree| {
            tree.add_flag(
                APISERVER,
                "--authentication-token-webhook-config-file=/etc/kubernetes/pki/tokens.conf",
            )
        },
        &["missing-file"],
        &[APISERVER],
        "--authentication-token-webhook-config-file=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "the kubeconfig of the service that authorizes is not there",
        |tree| {
            tree.flag(APISERVER, "--authorization-mode", "Node,RBAC,Webhook");
            tree.add_flag(
                APISERVER,
                &format!("--authorization-webhook-config-file={AUTHORIZER}"),
            );
        },
        &["missing-file"],
        &[APISERVER],
        "--authorization-webhook-config-file=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "the kubeconfig of the service that takes audit events is not there",
        |tree| {
            tree.put("/etc/kubernetes/pki/policy.yaml", AUDIT_POLICY);
            tree.add_flag(
                APISERVER,
                "--audit-policy-file=/etc/kubernetes/pki/policy.yaml",
            );
            tree.add_flag(
                APISERVER,
                "--audit-webhook-config-file=/etc/kubernetes/pki/audit.conf",
            );
        },
        &["missing-file"],
        &[APISERVER],
        "--audit-webhook-config-file=",
        ALL_OF_APISERVER,
    ),
    warned_in(
        "the CA of the service that authorizes has expired",
        |tree| {
            let mut spec = tree.spec("ca");
            long_ago(&mut spec);
            let stale = certificate_pem(&spec.self_signed(&tree.issuer("ca").key));
            tree.copy(SCHEDULER_CONF, AUTHORIZER);
            tree.embed(AUTHORIZER, "certificate-authority-data", &stale);
            tree.flag(APISERVER, "--authorization-mode", "Node,RBAC,Webhook");
            tree.add_flag(
                APISERVER,
                &format!("--authorization-webhook-config-file={AUTHORIZER}"),
            );
        },
        &["expired"],
        &[AUTHORIZER],
    ),
    warned_in(
        "the administrator trusts the serving certificate itself",
        |tree| {
            let leaf = tree.get(APISERVER_CRT).to_vec();
            tree.embed(ADMIN_CONF, "certificate-authority-data", &leaf);
        },
        &["untrusted-issuer"],
        &[ADMIN_CONF],
    ),
    in_file(
        "etcd's list of revoked certificates is PEM",
        |tree| {
            tree.put(CRL, pem("X509 CRL", &[0x30, 0]));
            tree.add_flag(ETCD, &format!("--client-crl-file={CRL}"));
        },
        &["unreadable"],
        &[CRL],
        CLIENTS_OF_ETCD,
    ),
    in_file(
        "peers' list of revoked certificates is PEM",
        |tree| {
            tree.put(CRL, pem("X509 CRL", &[0x30, 0]));
            tree.add_flag(ETCD, &format!("--peer-crl-file={CRL}"));
        },
        &["unreadable"],
        &[CRL],
        &[PEERS],
    ),
    at_line(
        "etcd's list of revoked certificates is not there",
        |tree| tree.add_flag(ETCD, &format!("--client-crl-file={CRL}")),
        &["missing-file"],
        &[ETCD],
        "--client-crl-file=",
        CLIENTS_OF_ETCD,
    ),
];

/// Rows of the trust graph's faults that no file tree can have.
pub const ELSEWHERE: &[(u32, &str)] = &[
    (
        21,
        "only a client without TLS 1.3 meets it: no component is one, and kube-apiserver cannot be kept from TLS 1.3",
    ),
    (
        84,
        "who collects metrics, and with what, is in none of a node's files",
    ),
    (
        133,
        "the issuer of OpenID tokens is elsewhere: only a bundle that is none can be told, which is a fault above",
    ),
    (
        151,
        "konnectivity-server is in none of the files that kubeadm or the kubelet keep: whom it trusts is not known",
    ),
    (
        155,
        "who collects metrics, and with what, is in none of a node's files",
    ),
];
