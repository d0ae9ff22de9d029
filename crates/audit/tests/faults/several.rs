//! Faults and harmless changes of a cluster with several nodes.

use kubepki_audit::Severity;
use time::macros::utc_datetime;

use crate::cluster::{Cluster, STORE, WORKER};
use crate::faults::{impostor, long_ago, no_change};
use crate::judging::{Expected, compare, disturbances};
use crate::pki::{Issuer, Key, Spec, certificate_pem, der_of, pem};
use crate::tree::{
    ADMIN_CONF, APISERVER, ETCD, KUBECONFIGS, KUBELET, KUBELET_CONF, MANAGER, MANAGER_CONF, PKI,
    SCHEDULER_CONF, Tree,
};

/// A mistake in a cluster, and what has to be said of it.
pub struct Fault {
    pub name: &'static str,
    pub make: fn(&mut Cluster),
    pub severity: Severity,
    pub causes: &'static [&'static str],
    /// Any of these has to come first.
    pub places: &'static [(&'static str, &'static str)],
    /// What the line of the first evidence holds.
    pub flag: Option<&'static str>,
    /// Which channels it breaks, by their ids.
    pub breaks: fn(&str) -> bool,
}

const CA_CRT: &str = "/etc/kubernetes/pki/ca.crt";
const CA_KEY: &str = "/etc/kubernetes/pki/ca.key";
const SA_KEY: &str = "/etc/kubernetes/pki/sa.key";
const SA_PUB: &str = "/etc/kubernetes/pki/sa.pub";
const ETCD_CA_CRT: &str = "/etc/kubernetes/pki/etcd/ca.crt";
const APISERVER_CRT: &str = "/etc/kubernetes/pki/apiserver.crt";
const PEER_CRT: &str = "/etc/kubernetes/pki/etcd/peer.crt";
const ETCD_SERVER_CRT: &str = "/etc/kubernetes/pki/etcd/server.crt";
const ETCD_CLIENT_CRT: &str = "/etc/kubernetes/pki/apiserver-etcd-client.crt";
const KUBELET_CLIENT_CRT: &str = "/etc/kubernetes/pki/apiserver-kubelet-client.crt";
const PROXY_CRT: &str = "/etc/kubernetes/pki/front-proxy-client.crt";
const PROXY_CA_CRT: &str = "/etc/kubernetes/pki/front-proxy-ca.crt";

const fn error(
    name: &'static str,
    make: fn(&mut Cluster),
    causes: &'static [&'static str],
    places: &'static [(&'static str, &'static str)],
    breaks: fn(&str) -> bool,
) -> Fault {
    Fault {
        name,
        make,
        severity: Severity::Error,
        causes,
        places,
        flag: None,
        breaks,
    }
}

const fn at(flag: &'static str, fault: Fault) -> Fault {
    Fault {
        flag: Some(flag),
        ..fault
    }
}

const fn warning(fault: Fault) -> Fault {
    Fault {
        severity: Severity::Warning,
        ..fault
    }
}

const fn note(fault: Fault) -> Fault {
    Fault {
        severity: Severity::Note,
        ..fault
    }
}

fn nothing(_: &str) -> bool {
    false
}

/// Whether a channel leads to a server, named as in its id.
fn to(id: &str, server: &str) -> bool {
    id.ends_with(&format!("->{server}"))
}

/// Whether a channel comes from a client, named as in its id.
fn from(id: &str, client: &str) -> bool {
    id.starts_with(&format!("{client}->"))
}

/// An authority made again on one node, with everything it signs there.
fn own_authority(tree: &mut Tree, base: &str, common_name: &str, signed: &[&str]) {
    let made = impostor(tree, common_name);
    tree.put(
        &format!("{PKI}/{base}.crt"),
        certificate_pem(&made.certificate),
    );
    tree.put(&format!("{PKI}/{base}.key"), made.key.to_pem());
    for leaf in signed {
        tree.reissue_by(base, leaf, no_change);
    }
}

/// Adds a second authority to a bundle, which nobody uses yet.
fn with_another(tree: &Tree, path: &str, common_name: &str, number: usize) -> Vec<u8> {
    let key = Key::spare(tree.algorithm, number);
    let made = Spec::authority(common_name, &key).self_signed(&key);
    [tree.get(path), &certificate_pem(&made)].concat()
}

/// Lets a component of one node have the certificate of its kubeconfig issued by somebody else.
fn reissued_by(tree: &mut Tree, path: &str, issuer: &Issuer) {
    let leaf = tree.embedded(path, "client-certificate-data");
    let leaf = Spec::of(&der_of(&leaf)).signed_by(issuer);
    tree.embed(path, "client-certificate-data", &certificate_pem(&leaf));
}

/// Lets a node's kube-apiserver find etcd elsewhere, with the files named there.
fn external_etcd(cluster: &mut Cluster) {
    cluster.on_all(|tree| {
        tree.remove(ETCD);
        tree.flag(
            APISERVER,
            "--etcd-servers",
            "https://etcd-1.example.internal:2379,https://etcd-2.example.internal:2379",
        );
    });
}

/// Every one.
pub const FAULTS: &[Fault] = &[
    warning(at(
        "--peer-ca-file=",
        error(
            "API servers verify each other with the front proxy's CA",
            |cluster| {
                cluster
                    .node("cp-2")
                    .add_flag(APISERVER, &format!("--peer-ca-file={PROXY_CA_CRT}"))
            },
            &["untrusted-issuer"],
            &[("cp-2", APISERVER)],
            nothing,
        ),
    )),
    // kube-apiservers behind an endpoint.
    error(
        "one node's certificate does not name the endpoint",
        |cluster| {
            cluster.node("cp-2").reissue("apiserver", |spec| {
                spec.dns.retain(|name| !name.contains("k8s-api"))
            })
        },
        &["name-mismatch"],
        &[("cp-2", APISERVER_CRT)],
        |id| {
            to(id, "kube-apiserver@cp-2")
                && (id.contains("@w-1")
                    || from(id, "admin@cp-1")
                    || from(id, "admin@cp-2")
                    || from(id, "admin@cp-3")
                    || id.starts_with("super-admin")
                    || id.starts_with("kube-proxy"))
        },
    ),
    error(
        "no certificate names the endpoint",
        |cluster| {
            cluster.on_all(|tree| {
                tree.reissue("apiserver", |spec| {
                    spec.dns.retain(|name| !name.contains("k8s-api"))
                })
            })
        },
        &["name-mismatch"],
        &[("cp-1", APISERVER_CRT), ("cp-1", ADMIN_CONF)],
        |id| {
            id.contains("->kube-apiserver@")
                && (from(id, "kubelet@w-1")
                    || id.starts_with("admin")
                    || id.starts_with("super-admin")
                    || id.starts_with("kube-proxy"))
        },
    ),
    error(
        "one node's serving certificate has expired",
        |cluster| cluster.node("cp-3").reissue("apiserver", long_ago),
        &["expired"],
        &[("cp-3", APISERVER_CRT)],
        |id| to(id, "kube-apiserver@cp-3"),
    ),
    error(
        "one node's serving certificate is another node's",
        |cluster| {
            for end in ["crt", "key"] {
                let path = format!("{PKI}/apiserver.{end}");
                let bytes = cluster.node("cp-1").get(&path).to_vec();
                cluster.node("cp-2").put(&path, bytes);
            }
        },
        &["name-mismatch"],
        &[("cp-2", APISERVER_CRT)],
        |id| {
            to(id, "kube-apiserver@cp-2")
                && [
                    "kubelet@cp-2",
                    "kube-controller-manager@cp-2",
                    "kube-scheduler@cp-2",
                ]
                .iter()
                .any(|client| from(id, client))
        },
    ),
    error(
        "one node's cluster CA was made again",
        |cluster| {
            let tree = cluster.node("cp-2");
            own_authority(
                tree,
                "ca",
                "kubernetes",
                &["apiserver", "apiserver-kubelet-client"],
            );
            let issuer = tree.issuer("ca");
            for path in [ADMIN_CONF, KUBELET_CONF, MANAGER_CONF, SCHEDULER_CONF] {
                reissued_by(tree, path, &issuer);
                tree.embed(
                    path,
                    "certificate-authority-data",
                    &certificate_pem(&issuer.certificate),
                );
            }
        },
        &["stale-trust", "untrusted-issuer"],
        &[("cp-2", CA_CRT), ("cp-2", APISERVER_CRT)],
        |id| {
            // Pods everywhere are told the first node's CA.
            let inner = [
                "kubelet@cp-2",
                "kube-controller-manager@cp-2",
                "kube-scheduler@cp-2",
            ];
            let is_between =
                (id.contains("@cp-2->") != id.ends_with("@cp-2")) && !id.contains("etcd");
            match id.starts_with("kube-proxy") {
                true => to(id, "kube-apiserver@cp-2"),
                false => {
                    is_between
                        && !id.contains("aggregated")
                        && !inner.iter().any(|client| from(id, client))
                }
            }
        },
    ),
    error(
        "one node takes clients of an older CA alone",
        |cluster| {
            let tree = cluster.node("cp-3");
            let old = certificate_pem(&impostor(tree, "kubernetes").certificate);
            tree.put("/etc/kubernetes/pki/clients.crt", old);
            tree.flag(
                APISERVER,
                "--client-ca-file",
                "/etc/kubernetes/pki/clients.crt",
            );
        },
        &["stale-trust", "untrusted-issuer"],
        &[
            ("cp-3", "/etc/kubernetes/pki/clients.crt"),
            ("cp-3", APISERVER),
        ],
        |id| {
            to(id, "kube-apiserver@cp-3")
                && !id.starts_with("kube-proxy")
                && !id.starts_with("serviceaccount")
        },
    ),
    error(
        "the front proxies of one node are not let speak for others by name",
        |cluster| {
            cluster
                .node("cp-2")
                .flag(APISERVER, "--requestheader-allowed-names", "aggregator")
        },
        &["wrong-identity"],
        &[("cp-2", APISERVER)],
        |id| from(id, "kube-apiserver@cp-2") && id.contains("aggregated"),
    ),
    error(
        "one node's front proxy CA was not copied",
        |cluster| {
            let tree = cluster.node("cp-2");
            let other = impostor(tree, "front-proxy-ca");
            tree.put(PROXY_CA_CRT, certificate_pem(&other.certificate));
        },
        &["stale-trust", "untrusted-issuer"],
        &[("cp-2", PROXY_CA_CRT), ("cp-2", PROXY_CRT)],
        |id| from(id, "kube-apiserver@cp-2") && id.contains("aggregated"),
    ),
    error(
        "one node's client certificate for kubelets is from a CA of old",
        |cluster| {
            let tree = cluster.node("cp-2");
            let old = impostor(tree, "kubernetes");
            let leaf = tree.spec("apiserver-kubelet-client").signed_by(&old);
            tree.put(KUBELET_CLIENT_CRT, certificate_pem(&leaf));
        },
        &["untrusted-issuer"],
        &[("cp-2", KUBELET_CLIENT_CRT)],
        |id| from(id, "kube-apiserver@cp-2") && id.contains("->kubelet@"),
    ),
    error(
        "one node's client certificate for kubelets has expired",
        |cluster| {
            cluster
                .node("cp-1")
                .reissue("apiserver-kubelet-client", long_ago)
        },
        &["expired"],
        &[("cp-1", KUBELET_CLIENT_CRT)],
        |id| from(id, "kube-apiserver@cp-1") && id.contains("->kubelet@"),
    ),
    // Tokens.
    error(
        "one node has service account keys of its own",
        |cluster| {
            let tree = cluster.node("cp-3");
            let key = Key::spare(tree.algorithm, 0);
            tree.put(SA_KEY, key.to_pem());
            tree.put(SA_PUB, pem("PUBLIC KEY", &key.public_key()));
        },
        &["key-mismatch"],
        &[("cp-3", SA_KEY), ("cp-3", SA_PUB)],
        |id| {
            let is_token = id.starts_with("serviceaccount") || id.starts_with("kube-proxy");
            let signs = id.starts_with("serviceaccount@cp-3");
            is_token && (signs != to(id, "kube-apiserver@cp-3"))
        },
    ),
    error(
        "one node checks tokens with a key of old",
        |cluster| {
            let tree = cluster.node("cp-2");
            let key = Key::spare(tree.algorithm, 0);
            tree.put(SA_PUB, pem("PUBLIC KEY", &key.public_key()));
        },
        &["key-mismatch"],
        &[("cp-2", SA_PUB)],
        |id| {
            to(id, "kube-apiserver@cp-2")
                && (id.starts_with("serviceaccount") || id.starts_with("kube-proxy"))
        },
    ),
    error(
        "one node signs tokens as another issuer",
        |cluster| {
            cluster.node("cp-2").flag(
                APISERVER,
                "--service-account-issuer",
                "https://tokens.example.com",
            )
        },
        &["conflict"],
        &[("cp-2", APISERVER), ("cp-1", APISERVER)],
        |id| {
            let is_token = id.starts_with("serviceaccount") || id.starts_with("kube-proxy");
            let signs = id.starts_with("serviceaccount@cp-2");
            is_token && (signs != to(id, "kube-apiserver@cp-2"))
        },
    ),
    // etcd.
    error(
        "one member has an etcd CA of its own",
        |cluster| {
            own_authority(
                cluster.node("cp-3"),
                "etcd/ca",
                "etcd-ca",
                &["etcd/server", "etcd/peer", "etcd/healthcheck-client"],
            );
            cluster
                .node("cp-3")
                .reissue("apiserver-etcd-client", no_change);
        },
        &["stale-trust", "untrusted-issuer"],
        &[("cp-3", ETCD_CA_CRT), ("cp-3", PEER_CRT)],
        |id| id.starts_with("etcd@") && id.contains("@cp-3"),
    ),
    error(
        "one member's peer certificate has expired",
        |cluster| cluster.node("cp-2").reissue("etcd/peer", long_ago),
        &["expired"],
        &[("cp-2", PEER_CRT)],
        |id| id.starts_with("etcd@") && id.contains("@cp-2"),
    ),
    error(
        "one member's peer certificate is for servers alone",
        |cluster| {
            cluster
                .node("cp-2")
                .reissue("etcd/peer", |spec| spec.usages.truncate(1))
        },
        &["wrong-usage"],
        &[("cp-2", PEER_CRT)],
        |id| from(id, "etcd@cp-2"),
    ),
    error(
        "one member's peer certificate does not name its address",
        |cluster| {
            cluster
                .node("cp-2")
                .reissue("etcd/peer", |spec| spec.ips.retain(|ip| ip.is_loopback()))
        },
        &["name-mismatch"],
        &[("cp-2", PEER_CRT)],
        |id| id.starts_with("etcd@") && to(id, "etcd@cp-2"),
    ),
    error(
        "one member presents another's peer certificate",
        |cluster| {
            for end in ["crt", "key"] {
                let path = format!("{PKI}/etcd/peer.{end}");
                let bytes = cluster.node("cp-1").get(&path).to_vec();
                cluster.node("cp-2").put(&path, bytes);
            }
        },
        &["name-mismatch"],
        &[("cp-2", PEER_CRT)],
        |id| id.starts_with("etcd@") && to(id, "etcd@cp-2"),
    ),
    error(
        "one member is told another CA for peers",
        |cluster| {
            let tree = cluster.node("cp-1");
            let other = certificate_pem(&impostor(tree, "etcd-ca").certificate);
            tree.put("/etc/kubernetes/pki/etcd/peers.crt", other);
            tree.flag(
                ETCD,
                "--peer-trusted-ca-file",
                "/etc/kubernetes/pki/etcd/peers.crt",
            );
        },
        &["stale-trust", "untrusted-issuer"],
        &[
            ("cp-1", "/etc/kubernetes/pki/etcd/peers.crt"),
            ("cp-1", ETCD),
        ],
        |id| id.starts_with("etcd@") && id.contains("@cp-1"),
    ),
    at(
        "--peer-cert-allowed-cn=",
        error(
            "one member allows only one other's name",
            |cluster| {
                cluster
                    .node("cp-1")
                    .add_flag(ETCD, "--peer-cert-allowed-cn=cp-2")
            },
            &["wrong-identity"],
            &[("cp-1", ETCD)],
            |id| from(id, "etcd@cp-3") && to(id, "etcd@cp-1"),
        ),
    ),
    error(
        "one member's server certificate has expired",
        |cluster| cluster.node("cp-1").reissue("etcd/server", long_ago),
        &["expired"],
        &[("cp-1", ETCD_SERVER_CRT)],
        |id| to(id, "etcd@cp-1") && !id.starts_with("etcd@"),
    ),
    error(
        "one kube-apiserver's certificate for etcd is from the cluster's CA",
        |cluster| {
            cluster
                .node("cp-2")
                .reissue_by("ca", "apiserver-etcd-client", no_change)
        },
        &["untrusted-issuer"],
        &[("cp-2", ETCD_CLIENT_CRT)],
        |id| from(id, "kube-apiserver@cp-2") && to(id, "etcd@cp-2"),
    ),
    error(
        "the CA of an external etcd is not there",
        |cluster| {
            external_etcd(cluster);
            cluster.node("cp-3").remove(ETCD_CA_CRT);
        },
        &["missing-file"],
        &[("cp-3", ETCD_CA_CRT)],
        |id| id.contains("kube-apiserver@cp-3"),
    ),
    at(
        "--etcd-servers=",
        error(
            "an external etcd is spoken to without TLS",
            |cluster| {
                external_etcd(cluster);
                cluster.node("cp-1").flag(
                    APISERVER,
                    "--etcd-servers",
                    "http://etcd-1.example.internal:2379",
                );
            },
            &["plaintext", "insecure"],
            &[("cp-1", APISERVER)],
            nothing,
        ),
    ),
    // Kubelets and workers.
    error(
        "the worker's kubelet trusts a CA of old",
        |cluster| {
            let tree = cluster.node(WORKER);
            let old = certificate_pem(&impostor(tree, "kubernetes").certificate);
            tree.embed(KUBELET_CONF, "certificate-authority-data", &old);
        },
        &["stale-trust", "untrusted-issuer"],
        &[(WORKER, KUBELET_CONF)],
        |id| from(id, "kubelet@w-1"),
    ),
    error(
        "the worker's certificate has expired in its store",
        |cluster| {
            let issuer = cluster.node("cp-1").issuer("ca");
            let tree = cluster.node(WORKER);
            let key = Key::spare(tree.algorithm, 2);
            let mut spec = Spec::of(&der_of(tree.get(STORE)));
            long_ago(&mut spec);
            spec.public_key = key.public_key();
            tree.put(
                STORE,
                [certificate_pem(&spec.signed_by(&issuer)), key.to_pem()].concat(),
            );
        },
        &["expired"],
        &[(WORKER, STORE)],
        |id| from(id, "kubelet@w-1"),
    ),
    error(
        "the worker has another node's certificate",
        |cluster| {
            let first = cluster.node("cp-1");
            let pair = [
                first.embedded(KUBELET_CONF, "client-certificate-data"),
                first.embedded(KUBELET_CONF, "client-key-data"),
            ]
            .concat();
            let tree = cluster.node(WORKER);
            tree.put(STORE, pair);
            tree.put(
                "/var/lib/kubelet/kubeadm-flags.env",
                "KUBELET_KUBEADM_ARGS=\"--hostname-override=w-1\"\n",
            );
        },
        &["wrong-identity"],
        &[(WORKER, STORE)],
        |id| from(id, "kubelet@w-1"),
    ),
    error(
        "the worker verifies kube-apiserver's calls with a CA of old",
        |cluster| {
            let tree = cluster.node(WORKER);
            let old = certificate_pem(&impostor(tree, "kubernetes").certificate);
            tree.put(CA_CRT, old);
        },
        &["stale-trust", "untrusted-issuer"],
        &[(WORKER, CA_CRT)],
        |id| to(id, "kubelet@w-1"),
    ),
    error(
        "the worker's CA file is gone",
        |cluster| cluster.node(WORKER).remove(CA_CRT),
        &["missing-file"],
        &[(WORKER, CA_CRT)],
        |id| id.contains("kubelet@w-1"),
    ),
    at(
        "server:",
        error(
            "the worker dials a name that no certificate has",
            |cluster| {
                cluster.node(WORKER).set(
                    KUBELET_CONF,
                    "    server",
                    "https://old-api.example.internal:6443",
                )
            },
            &["name-mismatch"],
            &[(WORKER, KUBELET_CONF)],
            |id| from(id, "kubelet@w-1"),
        ),
    ),
    at(
        "serverTLSBootstrap:",
        error(
            "the worker's serving certificate waits to be approved",
            |cluster| {
                cluster.node(WORKER).edit(
                    KUBELET,
                    "rotateCertificates: true",
                    "rotateCertificates: true\nserverTLSBootstrap: true",
                )
            },
            &["missing-file"],
            &[(WORKER, KUBELET)],
            |id| to(id, "kubelet@w-1"),
        ),
    ),
    at(
        "readOnlyPort:",
        warning(error(
            "the worker's read-only port is open",
            |cluster| {
                cluster.node(WORKER).edit(
                    KUBELET,
                    "staticPodPath:",
                    "readOnlyPort: 10255\nstaticPodPath:",
                )
            },
            &["insecure"],
            &[(WORKER, KUBELET)],
            nothing,
        )),
    ),
    // What leads to chance.
    error(
        "one controller manager signs with an authority that nobody takes",
        |cluster| {
            let tree = cluster.node("cp-3");
            let other = impostor(tree, "kubernetes");
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
        &[("cp-3", "/etc/kubernetes/pki/signer.crt")],
        nothing,
    ),
    error(
        "the CA's key of one node is another",
        |cluster| {
            let tree = cluster.node("cp-2");
            let key = Key::spare(tree.algorithm, 0);
            tree.put(CA_KEY, key.to_pem());
        },
        &["key-mismatch"],
        &[("cp-2", CA_KEY), ("cp-2", CA_CRT)],
        |id| from(id, "kube-controller-manager@cp-2"),
    ),
    note(error(
        "a new CA is in one node's bundle only",
        |cluster| {
            let tree = cluster.node("cp-1");
            let both = with_another(tree, CA_CRT, "kubernetes", 0);
            tree.put("/etc/kubernetes/pki/clients.crt", both);
            tree.flag(
                APISERVER,
                "--client-ca-file",
                "/etc/kubernetes/pki/clients.crt",
            );
        },
        &["conflict"],
        &[
            ("cp-1", "/etc/kubernetes/pki/clients.crt"),
            ("cp-2", CA_CRT),
            ("cp-3", CA_CRT),
        ],
        nothing,
    )),
    note(error(
        "one node checks tokens with a key more",
        |cluster| {
            let tree = cluster.node("cp-2");
            let old = pem("PUBLIC KEY", &Key::spare(tree.algorithm, 0).public_key());
            let both = [tree.get(SA_PUB), &old].concat();
            tree.put(SA_PUB, both);
        },
        &["conflict"],
        &[("cp-2", SA_PUB)],
        nothing,
    )),
    warning(error(
        "one node's certificates end in two weeks",
        |cluster| {
            cluster.node("cp-2").reissue("apiserver", |spec| {
                spec.not_after = utc_datetime!(2026-12-15 0:00)
            })
        },
        &["expiring"],
        &[("cp-2", APISERVER_CRT)],
        nothing,
    )),
    error(
        "one node's key may be read by everybody",
        |cluster| cluster.node("cp-3").chmod(CA_KEY, 0o644),
        &["insecure"],
        &[("cp-3", CA_KEY)],
        nothing,
    ),
];

/// A change that is no mistake.
pub struct Harmless {
    pub name: &'static str,
    pub make: fn(&mut Cluster),
}

/// Every one.
pub const HARMLESS: &[Harmless] = &[
    Harmless {
        name: "one node renewed, the others not",
        make: |cluster| {
            let bases = [
                "apiserver",
                "apiserver-etcd-client",
                "apiserver-kubelet-client",
                "front-proxy-client",
                "etcd/server",
                "etcd/peer",
                "etcd/healthcheck-client",
            ];
            for (number, base) in bases.iter().enumerate() {
                cluster.node("cp-2").renew(base, number % 3);
            }
        },
    },
    Harmless {
        name: "a new CA in every bundle, used by nobody yet",
        make: |cluster| {
            let both = with_another(cluster.node("cp-1"), CA_CRT, "kubernetes", 0);
            let signing = cluster.node("cp-1").get(CA_CRT).to_vec();
            cluster.on_all(|tree| {
                tree.put("/etc/kubernetes/pki/signing.crt", signing.clone());
                tree.flag(
                    MANAGER,
                    "--cluster-signing-cert-file",
                    "/etc/kubernetes/pki/signing.crt",
                );
                tree.put(CA_CRT, both.clone());
                for path in KUBECONFIGS {
                    if !tree.has(path) {
                        continue;
                    }
                    tree.embed(path, "certificate-authority-data", &both);
                }
            });
            cluster.node(WORKER).put(CA_CRT, both.clone());
            cluster
                .node(WORKER)
                .embed(KUBELET_CONF, "certificate-authority-data", &both);
        },
    },
    Harmless {
        name: "a new etcd CA in every bundle, one member renewed by it",
        make: |cluster| {
            let key = Key::spare(cluster.algorithm, 0);
            let made = Spec::authority("etcd-ca", &key).self_signed(&key);
            let issuer = Issuer {
                certificate: made.clone(),
                key,
            };
            cluster.on_all(|tree| {
                let both = [tree.get(ETCD_CA_CRT), &certificate_pem(&made)].concat();
                tree.put(ETCD_CA_CRT, both);
            });
            let tree = cluster.node("cp-1");
            for base in [
                "etcd/server",
                "etcd/peer",
                "etcd/healthcheck-client",
                "apiserver-etcd-client",
            ] {
                let leaf = tree.spec(base).signed_by(&issuer);
                tree.put(&format!("{PKI}/{base}.crt"), certificate_pem(&leaf));
            }
        },
    },
    Harmless {
        name: "an older token key is still checked with everywhere",
        make: |cluster| {
            let old = pem("PUBLIC KEY", &Key::spare(cluster.algorithm, 0).public_key());
            cluster.on_all(|tree| {
                let both = [tree.get(SA_PUB), &old].concat();
                tree.put(SA_PUB, both);
            });
        },
    },
    Harmless {
        name: "token keys replaced everywhere",
        make: |cluster| {
            let key = Key::spare(cluster.algorithm, 1);
            let (private, public) = (key.to_pem(), pem("PUBLIC KEY", &key.public_key()));
            cluster.on_all(|tree| {
                tree.put(SA_KEY, private.clone());
                tree.put(SA_PUB, public.clone());
            });
        },
    },
    Harmless {
        name: "an issuer of old is listed second everywhere",
        make: |cluster| {
            cluster.on_all(|tree| {
                tree.add_flag(
                    APISERVER,
                    "--service-account-issuer=https://old.example.com",
                )
            })
        },
    },
    Harmless {
        name: "an external etcd",
        make: external_etcd_alone,
    },
    Harmless {
        name: "kubelets of the control plane dial the endpoint",
        make: |cluster| {
            cluster.on_all(|tree| {
                tree.set(
                    KUBELET_CONF,
                    "    server",
                    "https://k8s-api.example.internal:6443",
                )
            })
        },
    },
    Harmless {
        name: "clients dial the endpoint on another port, as a load balancer has it",
        make: |cluster| {
            cluster.node(WORKER).set(
                KUBELET_CONF,
                "    server",
                "https://k8s-api.example.internal:443",
            );
            cluster.on_all(|tree| {
                tree.set(ADMIN_CONF, "    server", "https://k8s-api.example.internal")
            });
        },
    },
    Harmless {
        name: "serving certificates of kubelets, approved and verified",
        make: |cluster| {
            let issuer = cluster.node("cp-1").issuer("ca");
            for (name, address) in [
                ("cp-1", "10.0.0.1"),
                ("cp-2", "10.0.0.2"),
                ("cp-3", "10.0.0.3"),
                (WORKER, "10.0.0.9"),
            ] {
                let tree = cluster.node(name);
                let key = Key::spare(tree.algorithm, 1);
                let mut spec = Spec::authority(&format!("system:node:{name}"), &key);
                spec.authority = None;
                spec.organizations = vec!["system:nodes".to_owned()];
                spec.dns = vec![name.to_owned()];
                spec.ips = vec![address.parse().unwrap()];
                spec.usages = vec![x509::oid::known::SERVER_AUTH];
                spec.not_after = utc_datetime!(2027-11-23 17:00);
                let pair = [certificate_pem(&spec.signed_by(&issuer)), key.to_pem()].concat();
                tree.put("/var/lib/kubelet/pki/kubelet-server-current.pem", pair);
                tree.edit(
                    KUBELET,
                    "rotateCertificates: true",
                    "rotateCertificates: true\nserverTLSBootstrap: true",
                );
            }
            cluster.node(WORKER).put(
                "/var/lib/kubelet/kubeadm-flags.env",
                "KUBELET_KUBEADM_ARGS=\"--node-ip=10.0.0.9\"\n",
            );
            cluster.on_all(|tree| {
                tree.add_flag(
                    APISERVER,
                    "--kubelet-certificate-authority=/etc/kubernetes/pki/ca.crt",
                )
            });
        },
    },
    Harmless {
        name: "peers are known by name everywhere",
        make: |cluster| {
            cluster.on_all(|tree| {
                for name in ["cp-1", "cp-2", "cp-3"] {
                    tree.reissue("etcd/peer", |spec| {
                        spec.dns.push(format!("{name}.etcd.example.internal"))
                    });
                }
                tree.add_flag(
                    ETCD,
                    "--peer-cert-allowed-hostname=cp-1.etcd.example.internal",
                );
            });
        },
    },
    Harmless {
        name: "the CA renewed with the same key on one node",
        make: |cluster| {
            let tree = cluster.node("cp-2");
            let mut spec = tree.spec("ca");
            spec.not_after = utc_datetime!(2040-01-01 0:00);
            let renewed = spec.self_signed(&tree.issuer("ca").key);
            tree.put(CA_CRT, certificate_pem(&renewed));
        },
    },
    Harmless {
        name: "keys of authorities that no component signs with are on one node alone",
        make: |cluster| {
            for name in ["cp-2", "cp-3"] {
                for base in ["front-proxy-ca", "etcd/ca"] {
                    cluster.node(name).remove(&format!("{PKI}/{base}.key"));
                }
            }
        },
    },
    Harmless {
        name: "super-admin.conf is nowhere",
        make: |cluster| {
            cluster
                .node("cp-1")
                .remove("/etc/kubernetes/super-admin.conf")
        },
    },
];

fn external_etcd_alone(cluster: &mut Cluster) {
    external_etcd(cluster);
    cluster.on_all(|tree| {
        for base in ["etcd/server", "etcd/peer", "etcd/healthcheck-client"] {
            for end in ["crt", "key"] {
                tree.remove(&format!("{PKI}/{base}.{end}"));
            }
        }
        tree.remove(&format!("{PKI}/etcd/ca.key"));
    });
}

#[test]
fn four_nodes_are_well() {
    for cluster in Cluster::healthy() {
        let report = cluster.audit();
        assert!(report.findings.is_empty(), "{:#?}", report.findings);
        assert_eq!(disturbances(&report).count(), 0);
        assert!(report.channels.len() > 50);
    }
}

#[test]
fn every_fault_of_a_cluster_is_found_once_at_its_place() {
    let mut complaints = Vec::new();
    for healthy in Cluster::healthy() {
        for fault in FAULTS {
            let complaint = complaint(fault, &healthy);
            let name = format!("{:?}: {}", healthy.algorithm, fault.name);
            complaints.extend(complaint.map(|why| format!("{name}: {why}")));
        }
    }
    assert!(
        complaints.is_empty(),
        "{} differ\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

#[test]
fn harmless_changes_of_a_cluster_are_passed_over() {
    let mut complaints = Vec::new();
    for healthy in Cluster::healthy() {
        for change in HARMLESS {
            let mut cluster = healthy.clone();
            (change.make)(&mut cluster);
            let name = format!("{:?}: {}", healthy.algorithm, change.name);
            let worries = worries(&cluster).into_iter();
            complaints.extend(worries.map(|why| format!("{name}: {why}")));
        }
    }
    assert!(
        complaints.is_empty(),
        "{} differ\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

/// Everything that would worry somebody. Of what is outside nobody knows.
pub fn worries(cluster: &Cluster) -> Vec<String> {
    let report = cluster.audit();
    let worries = disturbances(&report);
    worries
        .filter(|why| !why.ends_with("->etcd unknown"))
        .collect()
}

/// What is wrong with what is said of a fault.
pub fn complaint(fault: &Fault, healthy: &Cluster) -> Option<String> {
    let mut cluster = healthy.clone();
    (fault.make)(&mut cluster);
    let report = cluster.audit();
    let (node, path) = fault.places.first()?;
    let line = fault.flag.map(|flag| {
        let end = flag.split([':', '=']).next().unwrap_or_default();
        (cluster.node(node).line_number(path, flag), end.to_owned())
    });
    let ids = report.channels.iter().map(|channel| channel.id.clone());
    let expected = Expected {
        severity: fault.severity,
        causes: fault.causes,
        places: fault
            .places
            .iter()
            .map(|(node, path)| (Some(*node), *path))
            .collect(),
        line,
        channels: ids.filter(|id| (fault.breaks)(id)).collect(),
    };
    compare(&expected, &report)
}
