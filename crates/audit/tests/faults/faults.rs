//! The faults, by what they concern.

use kubepki_audit::Severity;
use time::macros::utc_datetime;
use x509::build;
use x509::oid::{Oid, known};
use x509::write;

use crate::pki::{Algorithm, CA, CaSpec, Issuer, Key, Spec, certificate_pem, pem};
use crate::tree::{
    ADMIN_CONF, APISERVER, ETCD, KUBECONFIGS, KUBELET, KUBELET_CONF, MANAGER, MANAGER_CONF, PKI,
    SCHEDULER, SCHEDULER_CONF, Tree,
};

/// A mistake, and what has to be said of it.
pub struct Fault {
    pub name: &'static str,
    pub make: fn(&mut Tree),
    /// Any of these: where several are as good, whoever mends it sees the same.
    pub causes: &'static [&'static str],
    /// Any of these has to come first.
    pub paths: &'static [&'static str],
    /// What the line of the first evidence holds, and the end of the flag or field that is named.
    pub flag: Option<&'static str>,
    pub channels: Channels,
    pub severity: Severity,
}

/// What it breaks.
pub enum Channels {
    Same(&'static [&'static str]),
    /// The trees differ in who goes where.
    Each {
        rsa: &'static [&'static str],
        ecdsa: &'static [&'static str],
    },
}

impl Channels {
    pub fn of(&self, algorithm: Algorithm) -> &'static [&'static str] {
        match (self, algorithm) {
            (Channels::Same(channels), _) => channels,
            (Channels::Each { rsa, .. }, Algorithm::Rsa) => rsa,
            (Channels::Each { ecdsa, .. }, Algorithm::Ecdsa) => ecdsa,
        }
    }
}

use Channels::{Each, Same};

pub const KUBELET_IN: &str = "kubelet->kube-apiserver";
pub const MANAGER_IN: &str = "kube-controller-manager->kube-apiserver";
pub const SCHEDULER_IN: &str = "kube-scheduler->kube-apiserver";
pub const PROXY_IN: &str = "kube-proxy->kube-apiserver";
pub const ADMIN_IN: &str = "admin->kube-apiserver";
pub const SUPER_IN: &str = "super-admin->kube-apiserver";
pub const PODS_IN: &str = "serviceaccount->kube-apiserver";
pub const TO_ETCD: &str = "kube-apiserver->etcd";
pub const TO_KUBELET: &str = "kube-apiserver->kubelet";
pub const TO_AGGREGATED: &str = "kube-apiserver->aggregated-apiserver";
pub const HEALTH: &str = "etcd-healthcheck->etcd";
pub const PEERS: &str = "etcd->etcd";

/// Everybody who connects to kube-apiserver.
pub const CLIENTS: &[&str] = &[
    KUBELET_IN,
    MANAGER_IN,
    SCHEDULER_IN,
    PROXY_IN,
    ADMIN_IN,
    SUPER_IN,
    PODS_IN,
];
/// Those of them who do so with a certificate.
pub const WITH_CERTIFICATE: &[&str] = &[KUBELET_IN, MANAGER_IN, SCHEDULER_IN, ADMIN_IN, SUPER_IN];
/// Everything that kube-apiserver takes part in.
pub const ALL_OF_APISERVER: &[&str] = &[
    KUBELET_IN,
    MANAGER_IN,
    SCHEDULER_IN,
    PROXY_IN,
    ADMIN_IN,
    SUPER_IN,
    PODS_IN,
    TO_ETCD,
    TO_KUBELET,
    TO_AGGREGATED,
];
/// Everything that etcd takes part in.
pub const ALL_OF_ETCD: &[&str] = &[PEERS, TO_ETCD, HEALTH];
/// Those who connect to etcd.
pub const CLIENTS_OF_ETCD: &[&str] = &[TO_ETCD, HEALTH];

pub const APISERVER_CRT: &str = "/etc/kubernetes/pki/apiserver.crt";
pub const APISERVER_KEY: &str = "/etc/kubernetes/pki/apiserver.key";
pub const CA_CRT: &str = "/etc/kubernetes/pki/ca.crt";
pub const ETCD_CA_CRT: &str = "/etc/kubernetes/pki/etcd/ca.crt";
pub const ETCD_SERVER_CRT: &str = "/etc/kubernetes/pki/etcd/server.crt";
pub const ETCD_CLIENT_CRT: &str = "/etc/kubernetes/pki/apiserver-etcd-client.crt";
pub const KUBELET_CLIENT_CRT: &str = "/etc/kubernetes/pki/apiserver-kubelet-client.crt";
pub const PROXY_CRT: &str = "/etc/kubernetes/pki/front-proxy-client.crt";
pub const SA_KEY: &str = "/etc/kubernetes/pki/sa.key";
pub const SA_PUB: &str = "/etc/kubernetes/pki/sa.pub";

/// Puts every authority below one root, which is given; each is trusted by itself, as before.
pub fn below_a_root(tree: &mut Tree) -> Vec<u8> {
    let key = Key::spare(tree.algorithm, 0);
    let certificate = Spec::authority("root", &key).self_signed(&key);
    let root = Issuer {
        certificate: certificate.clone(),
        key,
    };
    for base in ["ca", "etcd/ca", "front-proxy-ca"] {
        let below = tree.spec(base).signed_by(&root);
        tree.put(&format!("{PKI}/{base}.crt"), certificate_pem(&below));
    }
    certificate_pem(&certificate)
}

/// A fault whose place is a whole file.
pub const fn in_file(
    name: &'static str,
    make: fn(&mut Tree),
    causes: &'static [&'static str],
    paths: &'static [&'static str],
    channels: &'static [&'static str],
) -> Fault {
    Fault {
        name,
        make,
        causes,
        paths,
        flag: None,
        channels: Same(channels),
        severity: Severity::Error,
    }
}

/// A fault whose place is a line.
pub const fn at_line(
    name: &'static str,
    make: fn(&mut Tree),
    causes: &'static [&'static str],
    paths: &'static [&'static str],
    flag: &'static str,
    channels: &'static [&'static str],
) -> Fault {
    Fault {
        name,
        make,
        causes,
        paths,
        flag: Some(flag),
        channels: Same(channels),
        severity: Severity::Error,
    }
}

/// Before everything that kubeadm made ended, or began.
pub fn long_ago(spec: &mut Spec) {
    spec.not_before = utc_datetime!(2025-01-01 0:00);
    spec.not_after = utc_datetime!(2026-01-01 0:00);
}

pub fn not_yet(spec: &mut Spec) {
    spec.not_before = utc_datetime!(2027-01-01 0:00);
    spec.not_after = utc_datetime!(2028-01-01 0:00);
}

pub fn no_change(_: &mut Spec) {}

/// An authority that nobody knows, with the name of one that everybody knows.
pub fn impostor(tree: &Tree, common_name: &str) -> Issuer {
    let key = Key::spare(tree.algorithm, 0);
    let certificate = Spec::authority(common_name, &key).self_signed(&key);
    Issuer { certificate, key }
}

/// Puts an intermediate between the authority and a leaf, whose file holds the leaf alone.
pub fn behind_intermediate(tree: &mut Tree, base: &str, ca: CaSpec) -> Vec<u8> {
    let key = Key::spare(tree.algorithm, 1);
    let mut spec = Spec::authority("intermediate", &key);
    spec.authority = Some(ca);
    let certificate = spec.signed_by(&tree.issuer("ca"));
    let intermediate = Issuer {
        certificate: certificate.clone(),
        key,
    };
    let leaf = tree.spec(base).signed_by(&intermediate);
    tree.put(&format!("{PKI}/{base}.crt"), certificate_pem(&leaf));
    certificate_pem(&certificate)
}

/// Every fault.
pub const FAULTS: &[Fault] = &[
    // What kube-apiserver presents.
    at_line(
        "the serving certificate's path is misspelt",
        |tree| {
            tree.flag(
                APISERVER,
                "--tls-cert-file",
                "/etc/kubernetes/pki/apiserver.cert",
            )
        },
        &["missing-file"],
        &[APISERVER],
        "--tls-cert-file=",
        ALL_OF_APISERVER,
    ),
    in_file(
        "the serving certificate is gone",
        |tree| tree.remove(APISERVER_CRT),
        &["missing-file"],
        &[APISERVER_CRT],
        ALL_OF_APISERVER,
    ),
    in_file(
        "the serving key is gone",
        |tree| tree.remove(APISERVER_KEY),
        &["missing-file"],
        &[APISERVER_KEY],
        ALL_OF_APISERVER,
    ),
    at_line(
        "the serving key is another pair's",
        |tree| {
            tree.flag(
                APISERVER,
                "--tls-private-key-file",
                "/etc/kubernetes/pki/front-proxy-client.key",
            )
        },
        &["key-mismatch"],
        &[APISERVER],
        "--tls-private-key-file=",
        ALL_OF_APISERVER,
    ),
    in_file(
        "the serving key was overwritten",
        |tree| {
            let key = Key::spare(tree.algorithm, 0);
            tree.put(APISERVER_KEY, key.to_pem());
        },
        &["key-mismatch"],
        &[APISERVER_KEY, APISERVER_CRT],
        ALL_OF_APISERVER,
    ),
    at_line(
        "the serving certificate has no key flag",
        |tree| tree.without(APISERVER, "--tls-private-key-file"),
        &["missing-file", "conflict"],
        &[APISERVER],
        "--tls-cert-file=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "certificate and key are swapped",
        |tree| {
            tree.flag(APISERVER, "--tls-cert-file", APISERVER_KEY);
            tree.flag(APISERVER, "--tls-private-key-file", APISERVER_CRT);
        },
        &["key-mismatch"],
        &[APISERVER],
        "--tls-cert-file=",
        ALL_OF_APISERVER,
    ),
    in_file(
        "the serving file begins with the CA",
        |tree| {
            let both = [tree.get(CA_CRT), tree.get(APISERVER_CRT)].concat();
            tree.put(APISERVER_CRT, both);
        },
        &["key-mismatch"],
        &[APISERVER_CRT],
        ALL_OF_APISERVER,
    ),
    in_file(
        "the serving certificate is from etcd's CA",
        |tree| tree.reissue_by("etcd/ca", "apiserver", no_change),
        &["untrusted-issuer"],
        &[APISERVER_CRT],
        CLIENTS,
    ),
    in_file(
        "the serving certificate is from the front proxy's CA",
        |tree| tree.reissue_by("front-proxy-ca", "apiserver", no_change),
        &["untrusted-issuer"],
        &[APISERVER_CRT],
        CLIENTS,
    ),
    in_file(
        "the serving certificate is from a CA that nobody knows",
        |tree| {
            let certificate = tree
                .spec("apiserver")
                .signed_by(&impostor(tree, "kubernetes"));
            tree.put(APISERVER_CRT, certificate_pem(&certificate));
        },
        &["untrusted-issuer"],
        &[APISERVER_CRT],
        CLIENTS,
    ),
    in_file(
        "the serving certificate has expired",
        |tree| tree.reissue("apiserver", long_ago),
        &["expired"],
        &[APISERVER_CRT],
        CLIENTS,
    ),
    in_file(
        "the serving certificate is not valid yet",
        |tree| tree.reissue("apiserver", not_yet),
        &["not-yet-valid"],
        &[APISERVER_CRT],
        CLIENTS,
    ),
    in_file(
        "the serving certificate does not name the first service address",
        |tree| {
            tree.reissue("apiserver", |spec| {
                spec.ips
                    .retain(|ip| !["10.96.0.1", "10.100.0.1"].contains(&ip.to_string().as_str()));
            })
        },
        &["name-mismatch"],
        &[APISERVER_CRT],
        &[PODS_IN],
    ),
    Fault {
        name: "the serving certificate does not name the node's address",
        make: |tree| {
            tree.reissue("apiserver", |spec| {
                spec.ips.retain(|ip| {
                    !["192.20.97.8", "10.20.30.41"].contains(&ip.to_string().as_str())
                });
            })
        },
        causes: &["name-mismatch"],
        paths: &[APISERVER_CRT],
        flag: None,
        channels: Each {
            rsa: &[
                KUBELET_IN,
                MANAGER_IN,
                SCHEDULER_IN,
                PROXY_IN,
                ADMIN_IN,
                SUPER_IN,
            ],
            ecdsa: &[KUBELET_IN, MANAGER_IN, SCHEDULER_IN],
        },
        severity: Severity::Error,
    },
    in_file(
        "the serving certificate has no alternative names",
        |tree| {
            tree.reissue("apiserver", |spec| {
                spec.dns.clear();
                spec.ips.clear();
            })
        },
        &["name-mismatch"],
        &[APISERVER_CRT],
        CLIENTS,
    ),
    Fault {
        name: "the serving certificate has its addresses as DNS names",
        make: |tree| {
            tree.reissue("apiserver", |spec| {
                spec.dns.extend(spec.ips.drain(..).map(|ip| ip.to_string()));
            })
        },
        causes: &["name-mismatch"],
        paths: &[APISERVER_CRT],
        flag: None,
        channels: Each {
            rsa: CLIENTS,
            ecdsa: &[KUBELET_IN, MANAGER_IN, SCHEDULER_IN, PODS_IN],
        },
        severity: Severity::Error,
    },
    in_file(
        "the serving certificate is for clients",
        |tree| tree.reissue("apiserver", |spec| spec.usages = vec![known::CLIENT_AUTH]),
        &["wrong-usage"],
        &[APISERVER_CRT],
        CLIENTS,
    ),
    in_file(
        "the serving certificate is from an intermediate that is not sent",
        |tree| {
            let intermediate = behind_intermediate(tree, "apiserver", CA);
            tree.put("/etc/kubernetes/pki/intermediate.crt", intermediate);
        },
        &["incomplete-chain"],
        &[APISERVER_CRT],
        CLIENTS,
    ),
    in_file(
        "the serving certificate has a critical extension that Go does not know",
        |tree| {
            tree.reissue("apiserver", |spec| {
                const UNKNOWN: Oid<'static> =
                    Oid(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x63]);
                spec.more
                    .push(build::extension(UNKNOWN, true, &write::null()));
            })
        },
        &["unsupported"],
        &[APISERVER_CRT],
        CLIENTS,
    ),
    in_file(
        "the serving certificate is for something that nobody knows",
        |tree| {
            const UNKNOWN: Oid<'static> = Oid(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x63]);
            tree.reissue("apiserver", |spec| {
                spec.usages.clear();
                spec.more.push(build::ext_key_usage(&[UNKNOWN]));
            })
        },
        &["wrong-usage"],
        &[APISERVER_CRT],
        CLIENTS,
    ),
    in_file(
        "the CA may vouch for clients alone",
        |tree| tree.reissue_authority("ca", |spec| spec.usages = vec![known::CLIENT_AUTH]),
        &["wrong-usage"],
        &[CA_CRT],
        CLIENTS,
    ),
    at_line(
        "etcd's CA is told again behind, as another",
        |tree| {
            // Written so that the test can tell the two lines apart.
            tree.edit(APISERVER, "- --etcd-cafile=", "- --etcd_cafile=");
            tree.add_flag(APISERVER, &format!("--etcd-cafile={CA_CRT}"));
        },
        &["untrusted-issuer"],
        &[APISERVER],
        "--etcd-cafile=",
        &[TO_ETCD],
    ),
    at_line(
        "the administrator has two user ids",
        |tree| {
            let uids = ["one", "two"].map(str::to_owned).to_vec();
            tree.reissue_embedded("ca", ADMIN_CONF, |spec| spec.uids = uids)
        },
        &["wrong-identity"],
        &[ADMIN_CONF],
        "client-certificate-data:",
        &[ADMIN_IN],
    ),
    in_file(
        "the serving certificate is indented",
        |tree| {
            let text = tree.text(APISERVER_CRT).replace('\n', "\n  ");
            tree.put(APISERVER_CRT, format!("  {text}"));
        },
        &["unreadable"],
        &[APISERVER_CRT],
        ALL_OF_APISERVER,
    ),
    in_file(
        "the serving key is empty",
        |tree| tree.put(APISERVER_KEY, ""),
        &["unreadable"],
        &[APISERVER_KEY],
        ALL_OF_APISERVER,
    ),
    in_file(
        "the serving key is encrypted",
        |tree| {
            // As PKCS#8's EncryptedPrivateKeyInfo (RFC 5958 section 3), by PBES2.
            const PBES2: Oid<'static> =
                Oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d]);
            let algorithm = write::sequence([write::oid(PBES2), write::null()]);
            let block = write::sequence([algorithm, write::octet_string(&[0x55; 256])]);
            let block = pem("ENCRYPTED PRIVATE KEY", &block);
            tree.put(APISERVER_KEY, block);
        },
        &["unreadable"],
        &[APISERVER_KEY],
        ALL_OF_APISERVER,
    ),
    // Whom kube-apiserver takes its clients for.
    at_line(
        "clients are verified with etcd's CA",
        |tree| tree.flag(APISERVER, "--client-ca-file", ETCD_CA_CRT),
        &["untrusted-issuer"],
        &[APISERVER],
        "--client-ca-file=",
        WITH_CERTIFICATE,
    ),
    at_line(
        "the client CA's path is misspelt",
        |tree| tree.flag(APISERVER, "--client-ca-file", "/etc/kubernetes/pki/ca.cert"),
        &["missing-file"],
        &[APISERVER],
        "--client-ca-file=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "the client CA's path is not mounted",
        |tree| {
            tree.copy(CA_CRT, "/etc/kubernetes/ssl/ca.crt");
            tree.flag(APISERVER, "--client-ca-file", "/etc/kubernetes/ssl/ca.crt");
        },
        &["not-mounted"],
        &[APISERVER],
        "--client-ca-file=",
        ALL_OF_APISERVER,
    ),
    in_file(
        "no client CA is set",
        |tree| tree.without(APISERVER, "--client-ca-file"),
        &["missing-file", "untrusted-issuer", "insecure"],
        &[APISERVER],
        WITH_CERTIFICATE,
    ),
    in_file(
        "the CA file is gone",
        |tree| tree.remove(CA_CRT),
        &["missing-file"],
        &[CA_CRT],
        ALL_OF_APISERVER,
    ),
    in_file(
        "the CA file is garbage",
        |tree| tree.put(CA_CRT, "not a certificate\n"),
        &["unreadable"],
        &[CA_CRT],
        ALL_OF_APISERVER,
    ),
    in_file(
        "the CA file is empty",
        |tree| tree.put(CA_CRT, ""),
        &["unreadable"],
        &[CA_CRT],
        ALL_OF_APISERVER,
    ),
    in_file(
        "the CA is another with the same name",
        |tree| {
            let issuer = impostor(tree, "kubernetes");
            tree.put(CA_CRT, certificate_pem(&issuer.certificate));
            tree.put(&format!("{PKI}/ca.key"), issuer.key.to_pem());
        },
        &["untrusted-issuer", "stale-trust"],
        &[CA_CRT],
        &[
            KUBELET_IN,
            MANAGER_IN,
            SCHEDULER_IN,
            PROXY_IN,
            ADMIN_IN,
            SUPER_IN,
            PODS_IN,
            TO_KUBELET,
        ],
    ),
    in_file(
        "the CA has expired everywhere",
        |tree| tree.reissue_authority("ca", long_ago),
        &["expired"],
        &[CA_CRT],
        &[
            KUBELET_IN,
            MANAGER_IN,
            SCHEDULER_IN,
            PROXY_IN,
            ADMIN_IN,
            SUPER_IN,
            PODS_IN,
            TO_KUBELET,
        ],
    ),
    in_file(
        "the CA is not a CA",
        |tree| {
            tree.reissue_authority("ca", |spec| {
                spec.authority = Some(CaSpec { is_ca: false, ..CA })
            })
        },
        &["not-a-ca"],
        &[CA_CRT],
        &[
            KUBELET_IN,
            MANAGER_IN,
            SCHEDULER_IN,
            PROXY_IN,
            ADMIN_IN,
            SUPER_IN,
            PODS_IN,
            TO_KUBELET,
        ],
    ),
    in_file(
        "the CA may not sign certificates",
        |tree| {
            tree.reissue_authority("ca", |spec| {
                spec.authority = Some(CaSpec { key_usage: 1, ..CA })
            })
        },
        &["not-a-ca"],
        &[CA_CRT],
        &[
            KUBELET_IN,
            MANAGER_IN,
            SCHEDULER_IN,
            PROXY_IN,
            ADMIN_IN,
            SUPER_IN,
            PODS_IN,
            TO_KUBELET,
        ],
    ),
    in_file(
        "the CA may vouch for one domain only",
        |tree| {
            tree.reissue_authority("ca", |spec| {
                let names = [build::GeneralName::Dns("elsewhere.example")];
                spec.more.push(build::name_constraints(&names, &[]));
            })
        },
        &["name-constraint"],
        &[CA_CRT],
        CLIENTS,
    ),
    in_file(
        "the CA allows no intermediate, but there is one",
        |tree| {
            tree.reissue_authority("ca", |spec| {
                spec.authority = Some(CaSpec {
                    path_length: Some(0),
                    ..CA
                })
            });
            let intermediate = behind_intermediate(tree, "apiserver", CA);
            let chain = [tree.get(APISERVER_CRT), &intermediate].concat();
            tree.put(APISERVER_CRT, chain);
        },
        &["path-length"],
        &[CA_CRT, APISERVER_CRT],
        CLIENTS,
    ),
    // Kubeconfigs.
    at_line(
        "the administrator's certificate is from etcd's CA",
        |tree| tree.reissue_embedded("etcd/ca", ADMIN_CONF, no_change),
        &["untrusted-issuer"],
        &[ADMIN_CONF],
        "client-certificate-data:",
        &[ADMIN_IN],
    ),
    at_line(
        "the administrator's certificate has expired",
        |tree| tree.reissue_embedded("ca", ADMIN_CONF, long_ago),
        &["expired"],
        &[ADMIN_CONF],
        "client-certificate-data:",
        &[ADMIN_IN],
    ),
    at_line(
        "the scheduler's certificate is not valid yet",
        |tree| tree.reissue_embedded("ca", SCHEDULER_CONF, not_yet),
        &["not-yet-valid"],
        &[SCHEDULER_CONF],
        "client-certificate-data:",
        &[SCHEDULER_IN],
    ),
    at_line(
        "the administrator's certificate is for servers",
        |tree| {
            tree.reissue_embedded("ca", ADMIN_CONF, |spec| {
                spec.usages = vec![known::SERVER_AUTH]
            })
        },
        &["wrong-usage"],
        &[ADMIN_CONF],
        "client-certificate-data:",
        &[ADMIN_IN],
    ),
    at_line(
        "the administrator's group is misspelt",
        |tree| {
            tree.reissue_embedded("ca", ADMIN_CONF, |spec| {
                spec.organizations = vec!["system:master".to_owned()]
            })
        },
        &["wrong-identity"],
        &[ADMIN_CONF],
        "client-certificate-data:",
        &[ADMIN_IN],
    ),
    at_line(
        "the administrator has no name",
        |tree| tree.reissue_embedded("ca", ADMIN_CONF, |spec| spec.common_names.clear()),
        &["wrong-identity"],
        &[ADMIN_CONF],
        "client-certificate-data:",
        &[ADMIN_IN],
    ),
    at_line(
        "the controller manager is the scheduler",
        |tree| {
            tree.reissue_embedded("ca", MANAGER_CONF, |spec| {
                spec.common_names = vec!["system:kube-scheduler".to_owned()]
            })
        },
        &["wrong-identity"],
        &[MANAGER_CONF],
        "client-certificate-data:",
        &[MANAGER_IN],
    ),
    at_line(
        "the scheduler's last name is wrong",
        |tree| {
            tree.reissue_embedded("ca", SCHEDULER_CONF, |spec| {
                spec.common_names.push("scheduler".to_owned())
            })
        },
        &["wrong-identity"],
        &[SCHEDULER_CONF],
        "client-certificate-data:",
        &[SCHEDULER_IN],
    ),
    at_line(
        "the kubelet is not in the nodes' group",
        |tree| tree.reissue_embedded("ca", KUBELET_CONF, |spec| spec.organizations.clear()),
        &["wrong-identity"],
        &[KUBELET_CONF],
        "client-certificate-data:",
        &[KUBELET_IN],
    ),
    at_line(
        "the kubelet is another node",
        |tree| {
            tree.reissue_embedded("ca", KUBELET_CONF, |spec| {
                spec.common_names = vec!["system:node:worker-7".to_owned()]
            })
        },
        &["wrong-identity"],
        &[KUBELET_CONF],
        "client-certificate-data:",
        &[KUBELET_IN],
    ),
    Fault {
        name: "the administrator's key is another",
        make: |tree| {
            let key = Key::spare(tree.algorithm, 0).to_pem();
            tree.embed(ADMIN_CONF, "client-key-data", &key);
        },
        causes: &["key-mismatch"],
        paths: &[ADMIN_CONF],
        flag: None,
        channels: Same(&[ADMIN_IN]),
        severity: Severity::Error,
    },
    at_line(
        "the scheduler trusts etcd's CA",
        |tree| {
            let ca = tree.get(ETCD_CA_CRT).to_vec();
            tree.embed(SCHEDULER_CONF, "certificate-authority-data", &ca);
        },
        &["untrusted-issuer"],
        &[SCHEDULER_CONF],
        "certificate-authority-data:",
        &[SCHEDULER_IN],
    ),
    at_line(
        "the kubelet trusts an older CA of the same name",
        |tree| {
            let ca = impostor(tree, "kubernetes").certificate;
            tree.embed(
                KUBELET_CONF,
                "certificate-authority-data",
                &certificate_pem(&ca),
            );
        },
        &["untrusted-issuer", "stale-trust"],
        &[KUBELET_CONF],
        "certificate-authority-data:",
        &[KUBELET_IN],
    ),
    in_file(
        "the scheduler has two forms of its CA",
        |tree| {
            tree.edit(
                SCHEDULER_CONF,
                "    server:",
                &format!("    certificate-authority: {CA_CRT}\n    server:"),
            )
        },
        &["conflict"],
        &[SCHEDULER_CONF],
        &[SCHEDULER_IN],
    ),
    in_file(
        "the scheduler has a CA and verifies nothing",
        |tree| {
            tree.edit(
                SCHEDULER_CONF,
                "    server:",
                "    insecure-skip-tls-verify: true\n    server:",
            )
        },
        &["conflict"],
        &[SCHEDULER_CONF],
        &[SCHEDULER_IN],
    ),
    in_file(
        "the kubelet's CA is cut off",
        |tree| {
            let line = tree.line(KUBELET_CONF, "certificate-authority-data: ");
            let cut = &line[..line.len() - 101];
            tree.edit(KUBELET_CONF, &line, cut);
        },
        &["unreadable"],
        &[KUBELET_CONF],
        &[KUBELET_IN, TO_KUBELET],
    ),
    in_file(
        "the administrator's key is cut off",
        |tree| {
            let line = tree.line(ADMIN_CONF, "client-key-data: ");
            let cut = &line[..line.len() - 101];
            tree.edit(ADMIN_CONF, &line, cut);
        },
        &["unreadable"],
        &[ADMIN_CONF],
        &[ADMIN_IN],
    ),
    in_file(
        "the scheduler has no CA",
        |tree| {
            let line = tree.line(SCHEDULER_CONF, "certificate-authority-data: ");
            tree.edit(SCHEDULER_CONF, &format!("{line}\n"), "");
        },
        &["untrusted-issuer"],
        &[SCHEDULER_CONF],
        &[SCHEDULER_IN],
    ),
    at_line(
        "the kubelet connects without TLS",
        |tree| {
            let server = tree
                .line(KUBELET_CONF, "server: https")
                .replace("https", "http");
            tree.set(
                KUBELET_CONF,
                "server",
                server.trim().trim_start_matches("server: "),
            );
        },
        &["plaintext"],
        &[KUBELET_CONF],
        "server:",
        &[KUBELET_IN],
    ),
    at_line(
        "the scheduler connects to an address that nobody has",
        |tree| tree.set(SCHEDULER_CONF, "server", "https://172.31.255.1:6443"),
        &["name-mismatch"],
        &[SCHEDULER_CONF],
        "server:",
        &[SCHEDULER_IN],
    ),
    at_line(
        "the kubelet connects to a name that nobody has",
        |tree| tree.set(KUBELET_CONF, "server", "https://controlplane-old:6443"),
        &["name-mismatch"],
        &[KUBELET_CONF],
        "server:",
        &[KUBELET_IN],
    ),
    in_file(
        "the scheduler's context does not exist",
        |tree| tree.set(SCHEDULER_CONF, "current-context", "elsewhere"),
        &["conflict"],
        &[SCHEDULER_CONF],
        &[SCHEDULER_IN],
    ),
    in_file(
        "the controller manager's kubeconfig is empty",
        |tree| tree.put(MANAGER_CONF, ""),
        &["unreadable"],
        &[MANAGER_CONF],
        &[MANAGER_IN],
    ),
    in_file(
        "the kubelet's kubeconfig is gone",
        |tree| tree.remove(KUBELET_CONF),
        &["missing-file"],
        &[KUBELET_CONF],
        &[KUBELET_IN, TO_KUBELET],
    ),
    at_line(
        "the scheduler's kubeconfig is misspelt",
        |tree| {
            tree.flag(
                SCHEDULER,
                "--kubeconfig",
                "/etc/kubernetes/scheduler.config",
            )
        },
        &["missing-file", "not-mounted"],
        &[SCHEDULER],
        "--kubeconfig=",
        &[SCHEDULER_IN],
    ),
    // etcd.
    at_line(
        "etcd's CA is misspelt for kube-apiserver",
        |tree| {
            tree.flag(
                APISERVER,
                "--etcd-cafile",
                "/etc/kubernetes/pki/etcd/ca.cert",
            )
        },
        &["missing-file"],
        &[APISERVER],
        "--etcd-cafile=",
        ALL_OF_APISERVER,
    ),
    at_line(
        "etcd is verified with the cluster's CA",
        |tree| tree.flag(APISERVER, "--etcd-cafile", CA_CRT),
        &["untrusted-issuer"],
        &[APISERVER],
        "--etcd-cafile=",
        &[TO_ETCD],
    ),
    at_line(
        "etcd is shown the pair for kubelets",
        |tree| {
            tree.flag(APISERVER, "--etcd-certfile", KUBELET_CLIENT_CRT);
            tree.flag(
                APISERVER,
                "--etcd-keyfile",
                "/etc/kubernetes/pki/apiserver-kubelet-client.key",
            );
        },
        &["untrusted-issuer"],
        &[APISERVER],
        "--etcd-certfile=",
        &[TO_ETCD],
    ),
    in_file(
        "the client certificate for etcd is from the cluster's CA",
        |tree| tree.reissue_by("ca", "apiserver-etcd-client", no_change),
        &["untrusted-issuer"],
        &[ETCD_CLIENT_CRT],
        &[TO_ETCD],
    ),
    in_file(
        "the client certificate for etcd has expired",
        |tree| tree.reissue("apiserver-etcd-client", long_ago),
        &["expired"],
        &[ETCD_CLIENT_CRT],
        &[TO_ETCD],
    ),
    in_file(
        "the client certificate for etcd is for servers",
        |tree| {
            tree.reissue("apiserver-etcd-client", |spec| {
                spec.usages = vec![known::SERVER_AUTH]
            })
        },
        &["wrong-usage"],
        &[ETCD_CLIENT_CRT],
        &[TO_ETCD],
    ),
    in_file(
        "kube-apiserver shows etcd nothing",
        |tree| {
            tree.without(APISERVER, "--etcd-certfile");
            tree.without(APISERVER, "--etcd-keyfile");
        },
        &["missing-file", "wrong-identity"],
        &[APISERVER],
        &[TO_ETCD],
    ),
    at_line(
        "etcd is spoken to without TLS",
        |tree| tree.flag(APISERVER, "--etcd-servers", "http://127.0.0.1:2379"),
        &["plaintext"],
        &[APISERVER],
        "--etcd-servers=",
        &[TO_ETCD],
    ),
    at_line(
        "etcd is looked for at an address that its certificate does not name",
        |tree| {
            // As it listens everywhere, somebody is there.
            tree.flag(ETCD, "--listen-client-urls", "https://0.0.0.0:2379");
            tree.flag(APISERVER, "--etcd-servers", "https://127.0.0.2:2379");
        },
        &["name-mismatch"],
        &[APISERVER],
        "--etcd-servers=",
        &[TO_ETCD],
    ),
    at_line(
        "etcd's certificate is misspelt",
        |tree| tree.flag(ETCD, "--cert-file", "/etc/kubernetes/pki/etcd/server.cert"),
        &["missing-file"],
        &[ETCD],
        "- --cert-file=",
        ALL_OF_ETCD,
    ),
    at_line(
        "etcd trusts a file that it cannot see",
        |tree| tree.flag(ETCD, "--trusted-ca-file", CA_CRT),
        &["not-mounted"],
        &[ETCD],
        "- --trusted-ca-file=",
        ALL_OF_ETCD,
    ),
    at_line(
        "etcd's key is its peers'",
        |tree| tree.flag(ETCD, "--key-file", "/etc/kubernetes/pki/etcd/peer.key"),
        &["key-mismatch"],
        &[ETCD],
        "- --key-file=",
        ALL_OF_ETCD,
    ),
    in_file(
        "etcd's CA file holds the cluster's CA",
        |tree| tree.copy(CA_CRT, ETCD_CA_CRT),
        &["untrusted-issuer"],
        &[ETCD_CA_CRT],
        ALL_OF_ETCD,
    ),
    in_file(
        "etcd's CA file holds its key too",
        |tree| {
            let both = [
                tree.get(ETCD_CA_CRT),
                tree.get("/etc/kubernetes/pki/etcd/ca.key"),
            ]
            .concat();
            tree.put(ETCD_CA_CRT, both);
        },
        &["unreadable"],
        &[ETCD_CA_CRT],
        &[
            PEERS,
            TO_ETCD,
            HEALTH,
            KUBELET_IN,
            MANAGER_IN,
            SCHEDULER_IN,
            PROXY_IN,
            ADMIN_IN,
            SUPER_IN,
            PODS_IN,
            TO_KUBELET,
            TO_AGGREGATED,
        ],
    ),
    in_file(
        "etcd's certificate is from the cluster's CA",
        |tree| tree.reissue_by("ca", "etcd/server", no_change),
        &["untrusted-issuer"],
        &[ETCD_SERVER_CRT],
        CLIENTS_OF_ETCD,
    ),
    in_file(
        "etcd's certificate has expired",
        |tree| tree.reissue("etcd/server", long_ago),
        &["expired"],
        &[ETCD_SERVER_CRT],
        CLIENTS_OF_ETCD,
    ),
    in_file(
        "etcd's certificate is for clients",
        |tree| tree.reissue("etcd/server", |spec| spec.usages = vec![known::CLIENT_AUTH]),
        &["wrong-usage"],
        &[ETCD_SERVER_CRT],
        CLIENTS_OF_ETCD,
    ),
    in_file(
        "etcd's certificate does not name the loopback address",
        |tree| {
            tree.reissue("etcd/server", |spec| {
                spec.ips.retain(|ip| !ip.is_loopback())
            })
        },
        &["name-mismatch"],
        &[ETCD_SERVER_CRT],
        &[TO_ETCD],
    ),
    in_file(
        "the health check's certificate has expired",
        |tree| tree.reissue("etcd/healthcheck-client", long_ago),
        &["expired"],
        &["/etc/kubernetes/pki/etcd/healthcheck-client.crt"],
        &[HEALTH],
    ),
    // Kubelets, the front proxy, tokens.
    at_line(
        "the kubelet client certificate is misspelt",
        |tree| {
            tree.flag(
                APISERVER,
                "--kubelet-client-certificate",
                "/etc/kubernetes/pki/kubelet-client.crt",
            )
        },
        &["missing-file"],
        &[APISERVER],
        "--kubelet-client-certificate=",
        ALL_OF_APISERVER,
    ),
    in_file(
        "the kubelet client key is another",
        |tree| {
            let key = Key::spare(tree.algorithm, 0);
            tree.put(
                "/etc/kubernetes/pki/apiserver-kubelet-client.key",
                key.to_pem(),
            );
        },
        &["key-mismatch"],
        &[
            "/etc/kubernetes/pki/apiserver-kubelet-client.key",
            KUBELET_CLIENT_CRT,
        ],
        &[TO_KUBELET],
    ),
    in_file(
        "the kubelet client certificate is from the front proxy's CA",
        |tree| tree.reissue_by("front-proxy-ca", "apiserver-kubelet-client", no_change),
        &["untrusted-issuer"],
        &[KUBELET_CLIENT_CRT],
        &[TO_KUBELET],
    ),
    in_file(
        "the kubelet client certificate makes it somebody else",
        |tree| {
            tree.reissue("apiserver-kubelet-client", |spec| {
                spec.common_names = vec!["somebody".to_owned()]
            })
        },
        &["wrong-identity"],
        &[KUBELET_CLIENT_CRT],
        &[TO_KUBELET],
    ),
    at_line(
        "the kubelet trusts etcd's CA",
        |tree| {
            tree.edit(
                KUBELET,
                &format!("clientCAFile: {CA_CRT}"),
                &format!("clientCAFile: {ETCD_CA_CRT}"),
            )
        },
        &["untrusted-issuer"],
        &[KUBELET],
        "clientCAFile:",
        &[TO_KUBELET],
    ),
    at_line(
        "the kubelet's CA is misspelt",
        |tree| {
            tree.edit(
                KUBELET,
                &format!("clientCAFile: {CA_CRT}"),
                "clientCAFile: /etc/kubernetes/pki/CA.crt",
            )
        },
        &["missing-file"],
        &[KUBELET],
        "clientCAFile:",
        &[KUBELET_IN, TO_KUBELET],
    ),
    at_line(
        "front proxies are verified with the cluster's CA",
        |tree| tree.flag(APISERVER, "--requestheader-client-ca-file", CA_CRT),
        &["untrusted-issuer"],
        &[APISERVER],
        "--requestheader-client-ca-file=",
        &[TO_AGGREGATED],
    ),
    at_line(
        "the front proxy's name is not allowed",
        |tree| tree.flag(APISERVER, "--requestheader-allowed-names", "aggregator"),
        &["wrong-identity"],
        &[APISERVER],
        "--requestheader-allowed-names=",
        &[TO_AGGREGATED],
    ),
    in_file(
        "the front proxy's certificate has expired",
        |tree| tree.reissue("front-proxy-client", long_ago),
        &["expired"],
        &[PROXY_CRT],
        &[TO_AGGREGATED],
    ),
    at_line(
        "the front proxy shows the pair for kubelets",
        |tree| {
            tree.flag(APISERVER, "--proxy-client-cert-file", KUBELET_CLIENT_CRT);
            tree.flag(
                APISERVER,
                "--proxy-client-key-file",
                "/etc/kubernetes/pki/apiserver-kubelet-client.key",
            );
        },
        &["untrusted-issuer"],
        &[APISERVER],
        "--proxy-client-cert-file=",
        &[TO_AGGREGATED],
    ),
    in_file(
        "tokens are signed with a new key",
        |tree| {
            let key = Key::spare(tree.algorithm, 0);
            tree.put(SA_KEY, key.to_pem());
        },
        &["key-mismatch"],
        &[SA_KEY, SA_PUB],
        &[PROXY_IN, PODS_IN],
    ),
    in_file(
        "the tokens' public key is garbage",
        |tree| tree.put(SA_PUB, "no key\n"),
        &["unreadable"],
        &[SA_PUB],
        ALL_OF_APISERVER,
    ),
    in_file(
        "the tokens' key is gone",
        |tree| tree.remove(SA_KEY),
        &["missing-file"],
        &[SA_KEY],
        ALL_OF_APISERVER,
    ),
    at_line(
        "tokens are signed with a public key",
        |tree| tree.flag(APISERVER, "--service-account-signing-key-file", SA_PUB),
        &["unreadable", "key-mismatch"],
        &[APISERVER],
        "--service-account-signing-key-file=",
        ALL_OF_APISERVER,
    ),
    // The controller manager.
    at_line(
        "pods are told to trust etcd's CA",
        |tree| tree.flag(MANAGER, "--root-ca-file", ETCD_CA_CRT),
        &["untrusted-issuer"],
        &[MANAGER],
        "--root-ca-file=",
        &[PROXY_IN, PODS_IN],
    ),
    at_line(
        "the CA for pods is misspelt",
        |tree| tree.flag(MANAGER, "--root-ca-file", "/etc/kubernetes/pki/root-ca.crt"),
        &["missing-file"],
        &[MANAGER],
        "--root-ca-file=",
        // The controller manager ends, and nobody publishes what pods would verify with.
        &[MANAGER_IN, PROXY_IN, PODS_IN],
    ),
    at_line(
        "the signing key is another CA's",
        |tree| {
            tree.flag(
                MANAGER,
                "--cluster-signing-key-file",
                "/etc/kubernetes/pki/front-proxy-ca.key",
            )
        },
        &["key-mismatch"],
        &[MANAGER],
        "--cluster-signing-key-file=",
        &[MANAGER_IN],
    ),
    // Manifests and mounts.
    in_file(
        "the wrong folder is mounted",
        |tree| {
            tree.edit(
                APISERVER,
                "      path: /etc/kubernetes/pki\n",
                "      path: /etc/kubernetes/PKI\n",
            )
        },
        &["missing-file", "not-mounted"],
        &[APISERVER],
        ALL_OF_APISERVER,
    ),
    in_file(
        "the folder is mounted in the wrong place",
        |tree| {
            tree.edit(
                ETCD,
                "mountPath: /etc/kubernetes/pki/etcd",
                "mountPath: /etc/kubernetes/etcd",
            )
        },
        &["missing-file", "not-mounted"],
        &[ETCD],
        ALL_OF_ETCD,
    ),
    in_file(
        "the manifest is not YAML",
        |tree| tree.edit(APISERVER, "  containers:\n", "  containers\n"),
        &["unreadable"],
        &[APISERVER],
        ALL_OF_APISERVER,
    ),
    in_file(
        "the scheduler's manifest is gone",
        |tree| tree.remove(SCHEDULER),
        &["missing-file"],
        &[SCHEDULER],
        &[SCHEDULER_IN],
    ),
    at_line(
        "the kubelet checks for a name that nobody has",
        |tree| {
            tree.edit(
                KUBELET_CONF,
                "    server:",
                "    tls-server-name: elsewhere\n    server:",
            )
        },
        &["name-mismatch"],
        &[KUBELET_CONF],
        "tls-server-name:",
        &[KUBELET_IN],
    ),
    in_file(
        "the signing certificate is a bundle",
        |tree| {
            let old = certificate_pem(&impostor(tree, "kubernetes").certificate);
            let both = [tree.get(CA_CRT), &old].concat();
            tree.put("/etc/kubernetes/pki/signing.crt", both);
            tree.flag(
                MANAGER,
                "--cluster-signing-cert-file",
                "/etc/kubernetes/pki/signing.crt",
            );
        },
        &["unreadable"],
        &["/etc/kubernetes/pki/signing.crt"],
        &[MANAGER_IN],
    ),
    in_file(
        "etcd's CA file is empty",
        |tree| tree.put(ETCD_CA_CRT, ""),
        &["unreadable"],
        &[ETCD_CA_CRT],
        ALL_OF_ETCD,
    ),
    in_file(
        "one certificate of the CA file is broken",
        |tree| {
            let broken = pem("CERTIFICATE", &[0x30, 3, 2, 1, 1]);
            let both = [tree.get(CA_CRT), &broken].concat();
            tree.copy(CA_CRT, "/etc/kubernetes/pki/good.crt");
            for flag in ["--cluster-signing-cert-file", "--root-ca-file"] {
                tree.flag(MANAGER, flag, "/etc/kubernetes/pki/good.crt");
            }
            tree.put(CA_CRT, both);
        },
        &["unreadable"],
        &[CA_CRT],
        ALL_OF_APISERVER,
    ),
    at_line(
        "the front proxy's certificate has no key flag",
        |tree| tree.without(APISERVER, "--proxy-client-key-file"),
        &["missing-file", "conflict"],
        &[APISERVER],
        "--proxy-client-cert-file=",
        &[TO_AGGREGATED],
    ),
    at_line(
        "the scheduler's kubeconfig names files that it cannot see",
        |tree| {
            for (field, end) in [("client-certificate", "crt"), ("client-key", "key")] {
                let path = format!("/var/lib/scheduler/client.{end}");
                let content = tree.embedded(SCHEDULER_CONF, &format!("{field}-data"));
                tree.put(&path, content);
                let line = tree.line(SCHEDULER_CONF, &format!("{field}-data: "));
                tree.edit(SCHEDULER_CONF, &line, &format!("    {field}: {path}"));
            }
        },
        &["not-mounted"],
        &[SCHEDULER_CONF],
        "client-certificate:",
        &[SCHEDULER_IN],
    ),
    in_file(
        "everybody trusts an older CA",
        |tree| {
            let ca = certificate_pem(&impostor(tree, "kubernetes").certificate);
            for path in KUBECONFIGS {
                tree.embed(path, "certificate-authority-data", &ca);
            }
            // And so the others are right: what the API server presents fits its CA file.
        },
        &["untrusted-issuer", "stale-trust"],
        &[
            ADMIN_CONF,
            "/etc/kubernetes/super-admin.conf",
            KUBELET_CONF,
            MANAGER_CONF,
            SCHEDULER_CONF,
        ],
        &[KUBELET_IN, MANAGER_IN, SCHEDULER_IN, ADMIN_IN, SUPER_IN],
    ),
];

/// Faults that the audit does not tell as it should yet, with what it says instead. The test fails
/// when one is told rightly, so that this list stays true.
pub const NOT_YET: &[(&str, &str)] = &[];
