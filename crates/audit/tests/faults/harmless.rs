//! Changes after which everything works as before.

use x509::build::{self, GeneralName};

use crate::faults::{behind_intermediate, below_a_root};
use crate::pki::{CA, Issuer, Key, Spec, certificate_pem};
use crate::tree::{
    ADMIN_CONF, APISERVER, ETCD, KUBECONFIGS, KUBELET_CONF, MANAGER, PKI, SCHEDULER,
    SCHEDULER_CONF, Tree,
};

/// A change that is no mistake.
pub struct Harmless {
    pub name: &'static str,
    pub make: fn(&mut Tree),
}

const MANIFESTS: [&str; 4] = [APISERVER, ETCD, MANAGER, SCHEDULER];
const CA_CRT: &str = "/etc/kubernetes/pki/ca.crt";
const APISERVER_CRT: &str = "/etc/kubernetes/pki/apiserver.crt";

/// Every change.
pub const HARMLESS: &[Harmless] = &[
    Harmless {
        name: "flags in another order",
        make: |tree| {
            for path in MANIFESTS {
                tree.put(path, with_flags(&tree.text(path), |flags| flags.reverse()));
            }
        },
    },
    Harmless {
        name: "comments and blank lines",
        make: |tree| {
            for path in MANIFESTS {
                let text = tree.text(path).replace(
                    "    - --",
                    "\n    # a comment: - --tls-cert-file=/nowhere\n    - --",
                );
                tree.put(path, format!("# {path}\n---\n{text}"));
            }
        },
    },
    Harmless {
        name: "quoted arguments",
        make: |tree| {
            for path in MANIFESTS {
                tree.put(
                    path,
                    with_flags(&tree.text(path), |flags| {
                        for (index, flag) in flags.iter_mut().enumerate() {
                            let argument = flag.trim_start_matches("    - ").to_owned();
                            *flag = match index % 2 {
                                0 => format!("    - \"{argument}\" # said twice"),
                                _ => format!("    - '{argument}'"),
                            };
                        }
                    }),
                );
            }
        },
    },
    Harmless {
        name: "flag and value apart",
        make: |tree| {
            for path in [APISERVER, MANAGER, SCHEDULER, ETCD] {
                tree.put(
                    path,
                    with_flags(&tree.text(path), |flags| {
                        for flag in flags.iter_mut().filter(|flag| !flag.ends_with("=true")) {
                            let (name, value) = flag.split_once('=').unwrap();
                            *flag = format!("{name}\n    - \"{value}\"");
                        }
                    }),
                );
            }
        },
    },
    Harmless {
        name: "one dash before etcd's flags",
        make: |tree| {
            let text = tree.text(ETCD).replace("    - --", "    - -");
            tree.put(ETCD, text);
        },
    },
    Harmless {
        name: "arguments apart from the command",
        make: |tree| {
            tree.edit(
                APISERVER,
                "    - kube-apiserver\n",
                "    - kube-apiserver\n    args:\n",
            );
        },
    },
    Harmless {
        name: "a flag twice, the last is right",
        make: |tree| {
            tree.edit(
                APISERVER,
                "    - kube-apiserver\n",
                "    - kube-apiserver\n    - --tls-cert-file=/etc/kubernetes/pki/etcd/server.crt\n",
            );
        },
    },
    Harmless {
        name: "underscores in flags",
        make: |tree| {
            tree.edit(
                APISERVER,
                "--tls-private-key-file=",
                "--tls_private_key_file=",
            );
        },
    },
    Harmless {
        name: "CRLF in a manifest",
        make: |tree| {
            let text = tree.text(SCHEDULER).replace('\n', "\r\n");
            tree.put(SCHEDULER, text);
        },
    },
    Harmless {
        name: "CRLF in certificates and keys",
        make: |tree| {
            for file in [
                "apiserver.crt",
                "apiserver.key",
                "ca.crt",
                "etcd/ca.crt",
                "front-proxy-client.crt",
                "sa.pub",
            ] {
                let path = format!("{PKI}/{file}");
                let text = tree.text(&path).replace('\n', "\r\n");
                tree.put(&path, text);
            }
        },
    },
    Harmless {
        name: "text around certificates",
        make: |tree| {
            for file in [
                "apiserver.crt",
                "ca.crt",
                "etcd/server.crt",
                "etcd/ca.crt",
                "apiserver-kubelet-client.crt",
            ] {
                let path = format!("{PKI}/{file}");
                let text = format!(
                    "subject=/CN=something\nissuer=/CN=else\n{}\ntrailing words\n",
                    tree.text(&path)
                );
                tree.put(&path, text);
            }
        },
    },
    Harmless {
        name: "renewed certificates with new keys",
        make: |tree| {
            for (number, base) in [
                "apiserver",
                "apiserver-etcd-client",
                "apiserver-kubelet-client",
                "front-proxy-client",
                "etcd/server",
                "etcd/peer",
                "etcd/healthcheck-client",
            ]
            .iter()
            .enumerate()
            {
                tree.renew(base, number % 3);
            }
        },
    },
    Harmless {
        name: "keys as PKCS#8",
        make: |tree| {
            for base in [
                "apiserver",
                "front-proxy-client",
                "etcd/server",
                "etcd/peer",
                "ca",
                "sa",
            ] {
                let path = format!("{PKI}/{base}.key");
                let key = Key::from_pem(tree.get(&path)).to_pem();
                tree.put(&path, key);
            }
        },
    },
    Harmless {
        name: "more names, also IPv6",
        make: |tree| {
            tree.reissue("apiserver", |spec| {
                spec.dns.push("api.example.com".to_owned());
                spec.dns.push("*.api.example.com".to_owned());
                spec.ips.extend(
                    ["2001:db8::8", "203.0.113.7"]
                        .map(|ip| ip.parse::<std::net::IpAddr>().unwrap()),
                );
            });
        },
    },
    Harmless {
        name: "clients use an external name",
        make: |tree| {
            tree.reissue("apiserver", |spec| {
                spec.dns.push("api.example.com".to_owned())
            });
            tree.set(ADMIN_CONF, "server", "https://API.example.com:8443");
            tree.set(KUBELET_CONF, "server", "https://api.example.com");
        },
    },
    Harmless {
        name: "the scheduler connects over IPv6",
        make: |tree| {
            tree.reissue("apiserver", |spec| {
                spec.ips.push("2001:db8::8".parse().unwrap())
            });
            tree.set(SCHEDULER_CONF, "server", "https://[2001:db8::8]:6443");
        },
    },
    Harmless {
        name: "the scheduler checks another name than it dials",
        make: |tree| {
            tree.edit(
                SCHEDULER_CONF,
                "    server:",
                "    tls-server-name: kubernetes\n    server:",
            );
            tree.set(SCHEDULER_CONF, "    server", "https://127.0.0.1:6443");
        },
    },
    Harmless {
        name: "an older CA stays in the bundle",
        make: |tree| {
            let key = Key::spare(tree.algorithm, 0);
            let old = certificate_pem(&Spec::authority("kubernetes", &key).self_signed(&key));
            let both = [&old, tree.get(CA_CRT)].concat();
            tree.copy(CA_CRT, "/etc/kubernetes/pki/signing-ca.crt");
            tree.flag(
                MANAGER,
                "--cluster-signing-cert-file",
                "/etc/kubernetes/pki/signing-ca.crt",
            );
            tree.put(CA_CRT, both.clone());
            for path in KUBECONFIGS {
                tree.embed(path, "certificate-authority-data", &both);
            }
        },
    },
    Harmless {
        name: "the CA renewed with the same key",
        make: |tree| {
            tree.reissue_authority("ca", |spec| {
                spec.not_after = time::macros::utc_datetime!(2040-01-01 0:00)
            });
        },
    },
    Harmless {
        name: "the CA renewed, kubeconfigs keep the older certificate",
        make: |tree| {
            let mut spec = tree.spec("ca");
            spec.not_after = time::macros::utc_datetime!(2040-01-01 0:00);
            let certificate = spec.self_signed(&tree.issuer("ca").key);
            tree.put(CA_CRT, certificate_pem(&certificate));
        },
    },
    Harmless {
        name: "every authority below one root that nobody trusts",
        make: |tree| {
            below_a_root(tree);
        },
    },
    Harmless {
        name: "an intermediate, sent along",
        make: |tree| {
            let intermediate = behind_intermediate(tree, "apiserver", CA);
            let chain = [tree.get(APISERVER_CRT), &intermediate].concat();
            tree.put(APISERVER_CRT, chain);
        },
    },
    Harmless {
        name: "an intermediate that clients trust by itself",
        make: |tree| {
            let intermediate = behind_intermediate(tree, "apiserver", CA);
            for path in KUBECONFIGS {
                tree.embed(path, "certificate-authority-data", &intermediate);
            }
            tree.put("/etc/kubernetes/pki/root-ca.crt", intermediate);
            tree.flag(MANAGER, "--root-ca-file", "/etc/kubernetes/pki/root-ca.crt");
        },
    },
    Harmless {
        name: "a client certificate from an intermediate, sent along",
        make: |tree| {
            let key = Key::spare(tree.algorithm, 2);
            let certificate = Spec::authority("clients", &key).signed_by(&tree.issuer("ca"));
            let intermediate = Issuer {
                certificate: certificate.clone(),
                key,
            };
            let leaf = Spec::of(&crate::pki::der_of(
                &tree.embedded(ADMIN_CONF, "client-certificate-data"),
            ));
            let chain = [
                certificate_pem(&leaf.signed_by(&intermediate)),
                certificate_pem(&certificate),
            ]
            .concat();
            tree.embed(ADMIN_CONF, "client-certificate-data", &chain);
        },
    },
    Harmless {
        name: "a client certificate without usages",
        make: |tree| {
            tree.reissue_embedded("ca", ADMIN_CONF, |spec| spec.usages.clear());
        },
    },
    Harmless {
        name: "a CA that may vouch for what there is",
        make: |tree| {
            tree.reissue_authority("ca", |spec| {
                let names = [GeneralName::Dns("elsewhere.example")];
                spec.more.push(build::name_constraints(&[], &names));
            });
        },
    },
    Harmless {
        name: "files elsewhere, and named there",
        make: |tree| {
            for end in ["crt", "key"] {
                tree.rename(
                    &format!("{PKI}/front-proxy-client.{end}"),
                    &format!("{PKI}/proxy/client.{end}"),
                );
            }
            tree.flag(
                APISERVER,
                "--proxy-client-cert-file",
                "/etc/kubernetes/pki/proxy/client.crt",
            );
            tree.flag(
                APISERVER,
                "--proxy-client-key-file",
                "/etc/kubernetes/pki/proxy/client.key",
            );
        },
    },
    Harmless {
        name: "the folder is mounted elsewhere, and named there",
        make: |tree| {
            tree.edit(
                ETCD,
                "mountPath: /etc/kubernetes/pki/etcd",
                "mountPath: /pki",
            );
            let text = with_flags(&tree.text(ETCD), |flags| {
                for flag in flags {
                    *flag = flag.replace("/etc/kubernetes/pki/etcd/", "/pki/");
                }
            });
            tree.put(ETCD, text);
        },
    },
    Harmless {
        name: "the kubelet's credential in its own store",
        make: |tree| {
            let pair = [
                tree.embedded(KUBELET_CONF, "client-certificate-data"),
                tree.embedded(KUBELET_CONF, "client-key-data"),
            ]
            .concat();
            tree.put("/var/lib/kubelet/pki/kubelet-client-current.pem", pair);
            for field in ["client-certificate", "client-key"] {
                let line = tree.line(KUBELET_CONF, &format!("{field}-data: "));
                tree.edit(
                    KUBELET_CONF,
                    &line,
                    &format!("    {field}: /var/lib/kubelet/pki/kubelet-client-current.pem"),
                );
            }
        },
    },
    Harmless {
        name: "an older key still checks tokens",
        make: |tree| {
            let old = crate::pki::pem("PUBLIC KEY", &Key::spare(tree.algorithm, 0).public_key());
            let both = [&old, tree.get("/etc/kubernetes/pki/sa.pub")].concat();
            tree.put("/etc/kubernetes/pki/sa.pub", both);
        },
    },
    Harmless {
        name: "the administrators' group of old",
        make: |tree| {
            tree.reissue_embedded("ca", ADMIN_CONF, |spec| {
                spec.organizations = vec!["system:masters".to_owned()]
            });
        },
    },
    Harmless {
        name: "suites and a version that Go calls secure",
        make: |tree| {
            tree.add_flag(APISERVER, "--tls-min-version=VersionTLS12");
            tree.add_flag(APISERVER, "--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305");
            tree.add_flag(SCHEDULER, "--tls-min-version=VersionTLS13");
            tree.add_flag(ETCD, "--tls-min-version=TLS1.3");
        },
    },
    Harmless {
        name: "a switch of etcd's that its bundle makes idle",
        make: |tree| {
            tree.flag(ETCD, "--client-cert-auth", "false");
            tree.without(ETCD, "--peer-client-cert-auth");
        },
    },
    Harmless {
        name: "etcd's metrics without TLS on the node's address",
        make: |tree| {
            tree.flag(
                ETCD,
                "--listen-metrics-urls",
                "http://127.0.0.1:2381,http://0.0.0.0:2382",
            )
        },
    },
    Harmless {
        name: "probes that say who they are, and nobody anonymous",
        make: |tree| {
            tree.add_flag(APISERVER, "--anonymous-auth=false");
            let text = tree.text(APISERVER).replace(
                "        scheme: HTTPS\n",
                "        scheme: HTTPS\n        httpHeaders:\n        - name: Authorization\n          value: Bearer something\n",
            );
            tree.put(APISERVER, text);
        },
    },
    Harmless {
        name: "anonymous requests, as they are by default",
        make: |tree| tree.add_flag(APISERVER, "--anonymous-auth=true"),
    },
    Harmless {
        name: "a webhook decides besides",
        make: |tree| {
            tree.flag(APISERVER, "--authorization-mode", "Node,RBAC,Webhook");
            tree.copy(SCHEDULER_CONF, "/etc/kubernetes/pki/webhook.conf");
            tree.add_flag(
                APISERVER,
                "--authorization-webhook-config-file=/etc/kubernetes/pki/webhook.conf",
            );
        },
    },
    Harmless {
        name: "a service for audit events that nothing is recorded for",
        make: |tree| {
            tree.add_flag(
                APISERVER,
                "--audit-webhook-config-file=/etc/kubernetes/pki/audit.conf",
            );
        },
    },
    Harmless {
        name: "a signing pair for each signer",
        make: |tree| {
            tree.without(MANAGER, "--cluster-signing-cert-file");
            tree.without(MANAGER, "--cluster-signing-key-file");
            for signer in [
                "kubelet-serving",
                "kubelet-client",
                "kube-apiserver-client",
                "legacy-unknown",
            ] {
                for (half, end) in [("cert", "crt"), ("key", "key")] {
                    tree.add_flag(
                        MANAGER,
                        &format!("--cluster-signing-{signer}-{half}-file={PKI}/ca.{end}"),
                    );
                }
            }
        },
    },
    Harmless {
        name: "an intermediate signs requests, and is sent along",
        make: |tree| {
            let key = Key::spare(tree.algorithm, 2);
            let certificate = Spec::authority("signer", &key).signed_by(&tree.issuer("ca"));
            tree.put(&format!("{PKI}/signer.crt"), certificate_pem(&certificate));
            tree.put(&format!("{PKI}/signer.key"), key.to_pem());
            tree.flag(
                MANAGER,
                "--cluster-signing-cert-file",
                &format!("{PKI}/signer.crt"),
            );
            tree.flag(
                MANAGER,
                "--cluster-signing-key-file",
                &format!("{PKI}/signer.key"),
            );
        },
    },
    Harmless {
        name: "another name for front proxies, listed",
        make: |tree| {
            tree.reissue("front-proxy-client", |spec| {
                spec.common_names = vec!["aggregator".to_owned()]
            });
            tree.flag(
                APISERVER,
                "--requestheader-allowed-names",
                "front-proxy-client,aggregator",
            );
        },
    },
    Harmless {
        name: "a copy of which the modes were lost",
        make: |tree| {
            let paths: Vec<String> = tree.all().map(|(path, _)| path.to_owned()).collect();
            for path in paths {
                tree.chmod(&path, 0o644);
            }
        },
    },
    Harmless {
        name: "certificates that everybody may read, and a key for a group",
        make: |tree| {
            for path in [
                CA_CRT,
                APISERVER_CRT,
                APISERVER,
                "/etc/kubernetes/pki/sa.pub",
            ] {
                tree.chmod(path, 0o644);
            }
            tree.chmod("/etc/kubernetes/pki/sa.key", 0o640);
        },
    },
    Harmless {
        name: "a serving certificate of the kubelet's, verified",
        make: |tree| {
            let key = Key::spare(tree.algorithm, 1);
            let mut spec = tree.spec("apiserver");
            spec.public_key = key.public_key();
            tree.put(
                "/var/lib/kubelet/pki/serving.crt",
                certificate_pem(&spec.signed_by(&tree.issuer("ca"))),
            );
            tree.put("/var/lib/kubelet/pki/serving.key", key.to_pem());
            tree.edit(
                crate::tree::KUBELET,
                "staticPodPath:",
                "tlsCertFile: /var/lib/kubelet/pki/serving.crt\ntlsPrivateKeyFile: /var/lib/kubelet/pki/serving.key\nstaticPodPath:",
            );
            tree.add_flag(
                APISERVER,
                "--kubelet-certificate-authority=/etc/kubernetes/pki/ca.crt",
            );
        },
    },
    Harmless {
        name: "tokens are known by two issuers",
        make: |tree| {
            tree.add_flag(
                APISERVER,
                "--service-account-issuer=https://old.example.com",
            )
        },
    },
    Harmless {
        name: "a further serving pair for an external name",
        make: |tree| {
            let key = Key::spare(tree.algorithm, 1);
            let mut spec = tree.spec("apiserver");
            spec.public_key = key.public_key();
            spec.dns = vec!["api.example.com".to_owned()];
            tree.put(
                &format!("{PKI}/edge.crt"),
                certificate_pem(&spec.signed_by(&tree.issuer("ca"))),
            );
            tree.put(&format!("{PKI}/edge.key"), key.to_pem());
            tree.add_flag(
                APISERVER,
                &format!("--tls-sni-cert-key={PKI}/edge.crt,{PKI}/edge.key"),
            );
        },
    },
];

/// A manifest with its flags, one a line, changed.
fn with_flags(text: &str, change: impl FnOnce(&mut Vec<String>)) -> String {
    let is_flag = |line: &&str| line.starts_with("    - --");
    let mut flags: Vec<String> = text.lines().filter(is_flag).map(str::to_owned).collect();
    change(&mut flags);
    let before = text.lines().take_while(|line| !is_flag(line));
    let after = text
        .lines()
        .skip_while(|line| !is_flag(line))
        .skip_while(is_flag);
    let lines: Vec<&str> = before
        .chain(flags.iter().map(String::as_str))
        .chain(after)
        .collect();
    lines.join("\n") + "\n"
}
