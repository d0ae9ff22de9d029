//! API objects beside a healthy tree and by themselves: small mistakes in them, each with what has to
//! be said of it, and changes that are none.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cluster::{Graph, Inventory, Objects};
use kubepki_audit::{Finding, Report, Severity, audit};
use serde_json::{Value, json};
use time::UtcDateTime;
use time::macros::utc_datetime;
use x509::oid::known::CLIENT_AUTH;

use crate::faults::{KUBELET_IN, PODS_IN, PROXY_IN, TO_AGGREGATED, TO_KUBELET};
use crate::pki::{Algorithm, Issuer, Key, Spec, certificate_pem};
use crate::tree::{APISERVER, AT, PKI, Tree};

use Severity::{Error, Note, Warning};

/// A healthy tree, and what its API would hold.
struct Cluster {
    tree: Tree,
    objects: Vec<Value>,
}

/// A change to a cluster.
type Change = fn(&mut Cluster);

/// What has to be said: how bad, which code, the cause, the object, and the end of the field.
type Said = (
    Severity,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

struct Fault {
    name: &'static str,
    make: fn(&mut Cluster),
    /// Beside the tree.
    beside: Option<Said>,
    /// By themselves.
    alone: Option<Said>,
}

const ROOT: &str = "ConfigMap app/kube-root-ca.crt";
const INFO: &str = "ConfigMap kube-public/cluster-info";
const PROXY: &str = "ConfigMap kube-system/kube-proxy";
const EXTENSION: &str = "ConfigMap kube-system/extension-apiserver-authentication";
const TOKEN: &str = "Secret app/robot-token";
const SERVING: &str = "ClusterTrustBundle kubernetes.io:kube-apiserver-serving:0";
const VALIDATING: &str = "ValidatingWebhookConfiguration policy";
const MUTATING: &str = "MutatingWebhookConfiguration sidecars";
const METRICS: &str = "APIService v1beta1.metrics.k8s.io";
const WIDGETS: &str = "CustomResourceDefinition widgets.example.com";
const HOOK_SECRET: &str = "Secret hooks/policy-tls";
const INGRESS: &str = "Secret app/ingress-tls";
const REQUEST: &str = "CertificateSigningRequest csr-1";
const SHARED: &str = "Secret kube-system/kubeadm-certs";
const APP: &str = "Namespace app";
const BUNDLE: &str = "webhooks[0].clientConfig.caBundle";
const EMBEDDED: &str = "clusters[0].cluster.certificate-authority-data";

const FAULTS: &[Fault] = &[
    Fault {
        name: "cluster-info keeps the old authority",
        make: |cluster| cluster.info(&old("kubernetes")),
        beside: Some((Error, "KP1101", "stale-trust", INFO, EMBEDDED)),
        alone: Some((Warning, "KP1101", "stale-trust", INFO, EMBEDDED)),
    },
    Fault {
        name: "cluster-info has a stranger's authority",
        make: |cluster| cluster.info(&old("another")),
        beside: Some((Error, "KP1101", "untrusted-issuer", INFO, EMBEDDED)),
        alone: None,
    },
    Fault {
        name: "a namespace keeps the old authority",
        make: |cluster| cluster.set(ROOT, "/data/ca.crt", &old("kubernetes")),
        beside: Some((Error, "KP1101", "stale-trust", ROOT, "data[\"ca.crt\"]")),
        alone: Some((Warning, "KP1101", "stale-trust", ROOT, "data[\"ca.crt\"]")),
    },
    Fault {
        name: "a namespace's bundle is empty",
        make: |cluster| cluster.set(ROOT, "/data/ca.crt", "\n"),
        beside: Some((Error, "KP1105", "unreadable", ROOT, "data[\"ca.crt\"]")),
        alone: Some((Error, "KP1105", "unreadable", ROOT, "data[\"ca.crt\"]")),
    },
    Fault {
        name: "a namespace has no bundle",
        make: |cluster| cluster.without(ROOT),
        beside: Some((Warning, "KP1113", "missing-file", APP, "")),
        alone: Some((Warning, "KP1113", "missing-file", APP, "")),
    },
    Fault {
        name: "a token's Secret keeps the old authority",
        make: |cluster| cluster.set(TOKEN, "/data/ca.crt", &base64(&old("kubernetes"))),
        beside: Some((Error, "KP1101", "stale-trust", TOKEN, "data[\"ca.crt\"]")),
        alone: Some((Warning, "KP1101", "stale-trust", TOKEN, "data[\"ca.crt\"]")),
    },
    Fault {
        name: "the trust bundle of kube-apiserver's signer is old",
        make: |cluster| cluster.set(SERVING, "/spec/trustBundle", &old("kubernetes")),
        beside: Some((Error, "KP1101", "stale-trust", SERVING, "spec.trustBundle")),
        alone: Some((
            Warning,
            "KP1101",
            "stale-trust",
            SERVING,
            "spec.trustBundle",
        )),
    },
    Fault {
        name: "kube-proxy's kubeconfig embeds the old authority",
        make: |cluster| cluster.proxy("certificate-authority-data", &base64(&old("kubernetes"))),
        beside: Some((Error, "KP1101", "stale-trust", PROXY, EMBEDDED)),
        alone: Some((Warning, "KP1101", "stale-trust", PROXY, EMBEDDED)),
    },
    Fault {
        name: "kube-proxy does not verify",
        make: |cluster| cluster.proxy("insecure-skip-tls-verify", "true"),
        beside: Some((
            Warning,
            "KP1107",
            "insecure",
            PROXY,
            "insecure-skip-tls-verify",
        )),
        alone: Some((
            Warning,
            "KP1107",
            "insecure",
            PROXY,
            "insecure-skip-tls-verify",
        )),
    },
    Fault {
        name: "cluster-info sends nodes elsewhere",
        make: |cluster| cluster.edit(INFO, "/data/kubeconfig", "https://", "https://moved."),
        beside: Some((Error, "KP1112", "name-mismatch", INFO, "cluster.server")),
        alone: None,
    },
    Fault {
        name: "the old authority is left for extension API servers",
        make: |cluster| cluster.append(EXTENSION, "/data/client-ca-file", &old("kubernetes")),
        beside: Some((
            Warning,
            "KP1102",
            "stale-trust",
            EXTENSION,
            "data.client-ca-file",
        )),
        alone: Some((
            Warning,
            "KP1102",
            "stale-trust",
            EXTENSION,
            "data.client-ca-file",
        )),
    },
    Fault {
        name: "the old front proxy's authority is left for extension API servers",
        make: |cluster| {
            let old = old("front-proxy-ca");
            cluster.append(EXTENSION, "/data/requestheader-client-ca-file", &old);
        },
        beside: Some((
            Warning,
            "KP1102",
            "stale-trust",
            EXTENSION,
            "requestheader-client-ca-file",
        )),
        alone: None,
    },
    Fault {
        name: "extension API servers know the old authority alone",
        make: |cluster| cluster.set(EXTENSION, "/data/client-ca-file", &old("kubernetes")),
        beside: Some((
            Warning,
            "KP1103",
            "stale-trust",
            EXTENSION,
            "data.client-ca-file",
        )),
        alone: None,
    },
    Fault {
        name: "extension API servers take another front proxy",
        make: |cluster| {
            let names = "/data/requestheader-allowed-names";
            cluster.set(EXTENSION, names, "[\"somebody-else\"]");
        },
        beside: Some((
            Warning,
            "KP1103",
            "wrong-identity",
            EXTENSION,
            "requestheader-allowed-names",
        )),
        alone: None,
    },
    Fault {
        name: "a webhook without a bundle",
        make: |cluster| cluster.set(VALIDATING, "/webhooks/0/clientConfig/caBundle", ""),
        beside: Some((
            Error,
            "KP1104",
            "untrusted-issuer",
            VALIDATING,
            "clientConfig.service",
        )),
        alone: Some((
            Error,
            "KP1104",
            "untrusted-issuer",
            VALIDATING,
            "clientConfig.service",
        )),
    },
    Fault {
        name: "a webhook without a bundle that may fail",
        make: |cluster| cluster.set(MUTATING, "/webhooks/0/clientConfig/caBundle", ""),
        beside: Some((
            Warning,
            "KP1104",
            "untrusted-issuer",
            MUTATING,
            "clientConfig.service",
        )),
        alone: Some((
            Warning,
            "KP1104",
            "untrusted-issuer",
            MUTATING,
            "clientConfig.service",
        )),
    },
    Fault {
        name: "a webhook with a placeholder",
        make: |cluster| cluster.set(VALIDATING, "/webhooks/0/clientConfig/caBundle", "Cg=="),
        beside: Some((Error, "KP1105", "unreadable", VALIDATING, BUNDLE)),
        alone: Some((Error, "KP1105", "unreadable", VALIDATING, BUNDLE)),
    },
    Fault {
        name: "a webhook's bundle is no base64",
        make: |cluster| cluster.set(VALIDATING, "/webhooks/0/clientConfig/caBundle", "(later)"),
        beside: Some((Error, "KP1105", "unreadable", VALIDATING, BUNDLE)),
        alone: Some((Error, "KP1105", "unreadable", VALIDATING, BUNDLE)),
    },
    Fault {
        name: "a webhook's authority was made again",
        make: |cluster| cluster.hook_bundle(&old("hooks-ca")),
        beside: Some((Error, "KP1106", "stale-trust", VALIDATING, BUNDLE)),
        alone: Some((Error, "KP1106", "stale-trust", VALIDATING, BUNDLE)),
    },
    Fault {
        name: "a webhook trusts another authority",
        make: |cluster| cluster.hook_bundle(&old("another")),
        beside: Some((Error, "KP1106", "untrusted-issuer", VALIDATING, BUNDLE)),
        alone: Some((Error, "KP1106", "untrusted-issuer", VALIDATING, BUNDLE)),
    },
    Fault {
        name: "a webhook presents a client's certificate",
        make: |cluster| {
            let spec = Spec {
                usages: vec![CLIENT_AUTH],
                ..serving("policy.hooks.svc")
            };
            cluster.put_pair(HOOK_SECRET, spec, &HOOKS.issuer());
        },
        beside: Some((
            Error,
            "KP1106",
            "wrong-usage",
            HOOK_SECRET,
            "data[\"tls.crt\"]",
        )),
        alone: Some((
            Error,
            "KP1106",
            "wrong-usage",
            HOOK_SECRET,
            "data[\"tls.crt\"]",
        )),
    },
    Fault {
        name: "a webhook's certificate comes from another authority",
        make: |cluster| {
            cluster.put_pair(
                HOOK_SECRET,
                serving("policy.hooks.svc"),
                &METRICS_CA.issuer(),
            );
        },
        beside: Some((Error, "KP1106", "untrusted-issuer", VALIDATING, BUNDLE)),
        alone: Some((Error, "KP1106", "untrusted-issuer", VALIDATING, BUNDLE)),
    },
    Fault {
        name: "an extension API server's authority was made again",
        make: |cluster| cluster.set(METRICS, "/spec/caBundle", &base64(&old("metrics-ca"))),
        beside: Some((Error, "KP1106", "stale-trust", METRICS, "spec.caBundle")),
        alone: Some((Error, "KP1106", "stale-trust", METRICS, "spec.caBundle")),
    },
    Fault {
        name: "an extension API server is not verified",
        make: |cluster| {
            cluster.set(METRICS, "/spec/caBundle", "");
            cluster.object(METRICS)["spec"]["insecureSkipTLSVerify"] = true.into();
        },
        beside: Some((
            Warning,
            "KP1107",
            "insecure",
            METRICS,
            "insecureSkipTLSVerify",
        )),
        alone: Some((
            Warning,
            "KP1107",
            "insecure",
            METRICS,
            "insecureSkipTLSVerify",
        )),
    },
    Fault {
        name: "an extension API server without a bundle",
        make: |cluster| cluster.set(METRICS, "/spec/caBundle", ""),
        beside: Some((Error, "KP1104", "untrusted-issuer", METRICS, "spec.service")),
        alone: Some((Error, "KP1104", "untrusted-issuer", METRICS, "spec.service")),
    },
    Fault {
        name: "a conversion without a bundle",
        make: |cluster| {
            let bundle = "/spec/conversion/webhook/clientConfig/caBundle";
            cluster.set(WIDGETS, bundle, "");
        },
        beside: Some((
            Error,
            "KP1104",
            "untrusted-issuer",
            WIDGETS,
            "clientConfig.service",
        )),
        alone: Some((
            Error,
            "KP1104",
            "untrusted-issuer",
            WIDGETS,
            "clientConfig.service",
        )),
    },
    Fault {
        name: "a conversion's authority was made again",
        make: |cluster| {
            let bundle = "/spec/conversion/webhook/clientConfig/caBundle";
            cluster.set(WIDGETS, bundle, &base64(&old("hooks-ca")));
        },
        beside: Some((
            Error,
            "KP1106",
            "stale-trust",
            WIDGETS,
            "clientConfig.caBundle",
        )),
        alone: Some((
            Error,
            "KP1106",
            "stale-trust",
            WIDGETS,
            "clientConfig.caBundle",
        )),
    },
    Fault {
        name: "a webhook's authority has expired",
        make: |cluster| {
            let key = Key::spare(Algorithm::Ecdsa, 0);
            let ended = Spec {
                not_after: utc_datetime!(2026-11-30 0:00),
                ..Spec::authority("url-ca", &key)
            };
            let ended = text(&ended.self_signed(&key));
            cluster.set(
                MUTATING,
                "/webhooks/1/clientConfig/caBundle",
                &base64(&ended),
            );
        },
        beside: Some((
            Warning,
            "KP0401",
            "expired",
            MUTATING,
            "webhooks[1].clientConfig.caBundle",
        )),
        alone: Some((
            Warning,
            "KP0401",
            "expired",
            MUTATING,
            "webhooks[1].clientConfig.caBundle",
        )),
    },
    Fault {
        name: "a Secret's certificate ends soon",
        make: |cluster| {
            let spec = Spec {
                not_after: utc_datetime!(2026-12-20 0:00),
                ..serving("www.example.com")
            };
            cluster.put_pair(INGRESS, spec, &HOOKS.issuer());
        },
        beside: Some((Warning, "KP0403", "expiring", INGRESS, "data[\"tls.crt\"]")),
        alone: Some((Warning, "KP0403", "expiring", INGRESS, "data[\"tls.crt\"]")),
    },
    Fault {
        name: "a kubelet waits for its serving certificate",
        make: |cluster| cluster.request("kubernetes.io/kubelet-serving", json!({})),
        beside: Some((Warning, "KP1108", "missing-file", REQUEST, "")),
        alone: Some((Warning, "KP1108", "missing-file", REQUEST, "")),
    },
    Fault {
        name: "a request that was approved is not signed",
        make: |cluster| {
            cluster.request(
                "kubernetes.io/kube-apiserver-client",
                conditions(&["Approved"]),
            )
        },
        beside: Some((
            Warning,
            "KP1108",
            "missing-file",
            REQUEST,
            "status.conditions[0]",
        )),
        alone: Some((
            Warning,
            "KP1108",
            "missing-file",
            REQUEST,
            "status.conditions[0]",
        )),
    },
    Fault {
        name: "a request that failed",
        make: |cluster| {
            let failed = conditions(&["Approved", "Failed"]);
            cluster.request("kubernetes.io/kube-apiserver-client", failed);
        },
        beside: Some((
            Warning,
            "KP1108",
            "missing-file",
            REQUEST,
            "status.conditions[1]",
        )),
        alone: Some((
            Warning,
            "KP1108",
            "missing-file",
            REQUEST,
            "status.conditions[1]",
        )),
    },
    Fault {
        name: "a person's request waits",
        make: |cluster| cluster.request("kubernetes.io/kube-apiserver-client", json!({})),
        beside: Some((Note, "KP1108", "missing-file", REQUEST, "")),
        alone: Some((Note, "KP1108", "missing-file", REQUEST, "")),
    },
    Fault {
        name: "a request that was denied",
        make: |cluster| cluster.request("kubernetes.io/kubelet-serving", conditions(&["Denied"])),
        beside: Some((
            Note,
            "KP1108",
            "missing-file",
            REQUEST,
            "status.conditions[0]",
        )),
        alone: Some((
            Note,
            "KP1108",
            "missing-file",
            REQUEST,
            "status.conditions[0]",
        )),
    },
    Fault {
        name: "a Secret with another pair's key",
        make: |cluster| {
            let key = Key::spare(Algorithm::Ecdsa, 0).to_pem();
            cluster.set(INGRESS, "/data/tls.key", &STANDARD.encode(key));
        },
        beside: Some((
            Error,
            "KP1109",
            "key-mismatch",
            INGRESS,
            "data[\"tls.crt\"]",
        )),
        alone: Some((
            Error,
            "KP1109",
            "key-mismatch",
            INGRESS,
            "data[\"tls.crt\"]",
        )),
    },
    Fault {
        name: "a Secret with something else",
        make: |cluster| cluster.set(INGRESS, "/data/tls.crt", &base64("certificate")),
        beside: Some((Error, "KP1109", "unreadable", INGRESS, "data[\"tls.crt\"]")),
        alone: Some((Error, "KP1109", "unreadable", INGRESS, "data[\"tls.crt\"]")),
    },
    Fault {
        name: "a Secret that waits for its pair",
        make: |cluster| {
            cluster.set(INGRESS, "/data/tls.crt", "");
            cluster.set(INGRESS, "/data/tls.key", "");
        },
        beside: Some((
            Warning,
            "KP1109",
            "missing-file",
            INGRESS,
            "data[\"tls.crt\"]",
        )),
        alone: Some((
            Warning,
            "KP1109",
            "missing-file",
            INGRESS,
            "data[\"tls.crt\"]",
        )),
    },
    Fault {
        name: "a Secret with a certificate of the old authority",
        make: |cluster| {
            cluster.put_pair(INGRESS, serving("www.example.com"), &OLD.issuer());
        },
        beside: Some((
            Warning,
            "KP1110",
            "stale-trust",
            INGRESS,
            "data[\"tls.crt\"]",
        )),
        alone: None,
    },
    Fault {
        name: "the authorities' keys were left",
        make: |cluster| {
            let shared = cluster.object(SHARED);
            shared["metadata"]
                .as_object_mut()
                .unwrap()
                .remove("ownerReferences");
        },
        beside: Some((Warning, "KP1111", "insecure", SHARED, "")),
        alone: Some((Warning, "KP1111", "insecure", SHARED, "")),
    },
    Fault {
        name: "the authorities' keys outlived their token",
        make: |cluster| {
            let created = "/metadata/creationTimestamp";
            cluster.set(SHARED, created, "2026-11-24T00:00:00Z");
        },
        beside: Some((Warning, "KP1111", "insecure", SHARED, "")),
        alone: Some((Warning, "KP1111", "insecure", SHARED, "")),
    },
];

/// Changes after which everything works as before.
const HARMLESS: &[(&str, Change)] = &[
    ("nothing", |_| {}),
    ("both authorities everywhere", |cluster| {
        let old = old("kubernetes");
        let both = cluster.ca("ca") + &old;
        for root in [ROOT, "ConfigMap kube-system/kube-root-ca.crt"] {
            cluster.set(root, "/data/ca.crt", &both);
        }
        cluster.info(&both);
        cluster.set(TOKEN, "/data/ca.crt", &base64(&both));
        cluster.set(SERVING, "/spec/trustBundle", &both);
        cluster.append(EXTENSION, "/data/client-ca-file", &old);
        cluster.tree.put(&format!("{PKI}/clients.crt"), both);
        let path = format!("{PKI}/clients.crt");
        cluster.tree.flag(APISERVER, "--client-ca-file", &path);
    }),
    ("the authority renewed with its key", |cluster| {
        cluster.tree.reissue_authority("ca", |spec| {
            spec.not_after = utc_datetime!(2036-12-24 0:00);
        });
    }),
    ("a webhook at a URL, verified by the system", |cluster| {
        cluster.set(MUTATING, "/webhooks/1/clientConfig/caBundle", "");
    }),
    ("a webhook of kube-apiserver's own", |cluster| {
        let config = &mut cluster.object(VALIDATING)["webhooks"][0]["clientConfig"];
        config["service"] = json!({"namespace": "default", "name": "kubernetes"});
        config["caBundle"] = "".into();
    }),
    ("a webhook in rotation", |cluster| {
        let both = HOOKS.certificate.clone() + &old("hooks-ca");
        cluster.hook_bundle(&both);
    }),
    ("a namespace that goes", |cluster| {
        cluster.object(APP)["metadata"]["deletionTimestamp"] = "2026-11-30T00:00:00Z".into();
        cluster.without(ROOT);
    }),
    ("no namespaces asked for", |cluster| {
        cluster
            .objects
            .retain(|object| object["kind"] != "Namespace");
        cluster.without(ROOT);
    }),
    ("a custom resource without conversion", |cluster| {
        cluster.object(WIDGETS)["spec"]["conversion"] = json!({"strategy": "None"});
    }),
    ("another program's kinds", |cluster| {
        let route = json!({"apiVersion": "serving.example.com/v1", "kind": "ConfigMap",
            "metadata": {"name": "kube-root-ca.crt", "namespace": "x"}, "data": {"ca.crt": "-"}});
        cluster.objects.push(route);
    }),
    ("front proxies of any name", |cluster| {
        let names = "/data/requestheader-allowed-names";
        cluster.set(EXTENSION, names, "[]");
    }),
];

#[test]
fn every_fault_is_found_once_at_its_place() {
    let mut complaints = Vec::new();
    for fault in FAULTS {
        for healthy in Tree::healthy() {
            let mut cluster = Cluster::of(healthy);
            (fault.make)(&mut cluster);
            for (how, report, said) in [
                ("beside", cluster.beside(), fault.beside),
                ("alone", cluster.alone(), fault.alone),
            ] {
                let complaint = compare(&report, said);
                let name = format!("{:?}, {how}: {}", cluster.tree.algorithm, fault.name);
                complaints.extend(complaint.map(|why| format!("{name}: {why}")));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn harmless_changes_are_passed_over() {
    let mut complaints = Vec::new();
    for (name, make) in HARMLESS {
        for healthy in Tree::healthy() {
            let mut cluster = Cluster::of(healthy);
            make(&mut cluster);
            for report in [cluster.beside(), cluster.alone()] {
                complaints.extend(compare(&report, None).map(|why| format!("{name}: {why}")));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_year_later_the_objects_have_expired_with_their_files() {
    let cluster = Cluster::of(Tree::healthy().remove(0));
    let report = cluster.audit(true, utc_datetime!(2037-01-01 0:00));
    let mut places: Vec<&str> = Vec::new();
    for finding in report
        .findings
        .iter()
        .filter(|one| one.rule.code == "KP0401")
    {
        let objects = finding
            .evidence
            .iter()
            .filter_map(|one| one.object.as_ref());
        places.extend(objects.map(|object| &*object.name));
    }
    // The authority's finding names the files and the objects that hold it.
    for name in ["kube-root-ca.crt", "cluster-info", "policy", "ingress-tls"] {
        assert!(places.contains(&name), "{name} is not in {places:?}");
    }
}

#[test]
fn nothing_of_a_secret_is_shown() {
    let mut cluster = Cluster::of(Tree::healthy().remove(0));
    cluster.object(INGRESS)["data"]["ownword"] = "c2VjcmV0".into();
    let key = cluster.object(INGRESS)["data"]["tls.key"]
        .as_str()
        .unwrap()
        .to_owned();
    let objects = cluster.dump();
    let text = objects.text("objects.json").unwrap();
    assert!(!text.contains("c2VjcmV0") && !text.contains(&key));
    assert!(text.contains("caBundle"));
    let shown = format!("{objects:?} {:?}", objects.secrets);
    assert!(!shown.contains(&key) && !shown.contains("PRIVATE"));
}

/// What is wrong with what is said: of a fault exactly one thing has to be, beside the note that the
/// authorities' keys are there.
fn compare(report: &Report, said: Option<Said>) -> Option<String> {
    let is_told = |finding: &&Finding| {
        let is_healthy = finding.severity == Note && finding.rule.code == "KP1111";
        // Made for a test, and long-lived.
        !is_healthy && finding.rule.code != "KP0405"
    };
    let found: Vec<&Finding> = report.findings.iter().filter(is_told).collect();
    let all: Vec<String> = found.iter().map(|finding| summary(finding)).collect();
    let (Some((severity, code, cause, object, field)), [finding]) = (said, &found[..]) else {
        return match (said, found.is_empty()) {
            (None, true) => None,
            _ => Some(format!("{} findings: {all:#?}", found.len())),
        };
    };
    let first = finding.evidence.first()?;
    let is_right = finding.severity == severity
        && finding.rule.code == code
        && finding.cause.name() == cause
        && first
            .object
            .as_ref()
            .is_some_and(|one| one.to_string() == object)
        && first.flag.as_deref().unwrap_or_default().ends_with(field)
        && first.place.line.is_some()
        && (report.channels.is_empty() && finding.channels.is_empty()
            || finding.channels == breaks(finding, object));
    (!is_right).then(|| format!("{all:?}"))
}

/// Who does not come through because of a mistake in an object; nobody by what is only told.
fn breaks(finding: &Finding, object: &str) -> &'static [&'static str] {
    let is_awaited = finding.severity == Warning;
    match (finding.rule.code, object) {
        ("KP1108", REQUEST) if is_awaited && finding.message.contains("kubelet-serving") => {
            &[TO_KUBELET]
        }
        ("KP1101" | "KP1105" | "KP1113", ROOT | APP | TOKEN | SERVING) => &[PODS_IN],
        ("KP1101" | "KP1105" | "KP1112", INFO) => &[KUBELET_IN],
        ("KP1101" | "KP1105" | "KP1112", PROXY) => &[PROXY_IN],
        ("KP1103" | "KP1105", EXTENSION) => &[TO_AGGREGATED],
        ("KP1104" | "KP1105" | "KP1106", METRICS) => &[TO_AGGREGATED],
        _ => &[],
    }
}

fn summary(finding: &Finding) -> String {
    let first = finding.evidence.first();
    format!(
        "{} {} {}: {} [{}] at {:?}",
        finding.severity,
        finding.rule.code,
        finding.cause,
        finding.message,
        finding.channels.join(" "),
        first
    )
}

/// An authority that is none of the tree's, with its certificate as PEM.
struct Authority {
    key: Vec<u8>,
    certificate: String,
}

static HOOKS: LazyLock<Authority> = LazyLock::new(|| Authority::new("hooks-ca"));
static METRICS_CA: LazyLock<Authority> = LazyLock::new(|| Authority::new("metrics-ca"));
static OLD: LazyLock<Authority> = LazyLock::new(|| Authority::new("kubernetes"));

impl Authority {
    fn new(name: &str) -> Self {
        let key = Key::spare(Algorithm::Ecdsa, 0);
        Authority {
            certificate: text(&Spec::authority(name, &key).self_signed(&key)),
            key: key.to_pem(),
        }
    }

    fn issuer(&self) -> Issuer {
        Issuer::from_pem(self.certificate.as_bytes(), &self.key)
    }
}

/// An authority of this name that was made before those of the trees.
fn old(name: &str) -> String {
    match name {
        "kubernetes" => OLD.certificate.clone(),
        name => Authority::new(name).certificate,
    }
}

fn text(der: &[u8]) -> String {
    String::from_utf8(certificate_pem(der)).unwrap()
}

fn base64(text: &str) -> String {
    STANDARD.encode(text)
}

/// What a server presents that is called so.
fn serving(name: &str) -> Spec {
    let healthy = &Tree::healthy()[1];
    Spec {
        common_names: vec![name.to_owned()],
        dns: vec![name.to_owned()],
        ips: Vec::new(),
        ..healthy.spec("apiserver")
    }
}

fn conditions(kinds: &[&str]) -> Value {
    let condition = |kind: &&str| json!({"type": kind, "status": "True", "message": "because"});
    json!({"conditions": kinds.iter().map(condition).collect::<Vec<_>>()})
}

fn metadata(name: &str) -> Value {
    match name.split_once('/') {
        Some((namespace, name)) => json!({"name": name, "namespace": namespace}),
        None => json!({"name": name}),
    }
}

fn object(version: &str, kind: &str, name: &str, rest: Value) -> Value {
    let mut object = json!({"apiVersion": version, "kind": kind, "metadata": metadata(name)});
    let fields = rest.as_object().unwrap().clone();
    object.as_object_mut().unwrap().extend(fields);
    object
}

impl Cluster {
    fn of(tree: Tree) -> Self {
        let mut cluster = Cluster {
            tree,
            objects: Vec::new(),
        };
        cluster.objects = cluster.healthy();
        cluster.put_pair(HOOK_SECRET, serving("policy.hooks.svc"), &HOOKS.issuer());
        cluster.put_pair(INGRESS, serving("www.example.com"), &HOOKS.issuer());
        let metrics = "Secret kube-system/metrics-tls";
        cluster.put_pair(
            metrics,
            serving("metrics.kube-system.svc"),
            &METRICS_CA.issuer(),
        );
        cluster
    }

    fn healthy(&self) -> Vec<Value> {
        let ca = self.ca("ca");
        let root = |namespace: &str| {
            let name = format!("{namespace}/kube-root-ca.crt");
            object("v1", "ConfigMap", &name, json!({"data": {"ca.crt": ca}}))
        };
        let namespace = |name| object("v1", "Namespace", name, json!({"status": {}}));
        let tls = |name| {
            let rest = json!({"type": "kubernetes.io/tls", "data": {}});
            object("v1", "Secret", name, rest)
        };
        let service = |namespace: &str, name: &str| json!({"namespace": namespace, "name": name});
        let hook = |name: &str, policy: &str, config: Value| json!({"name": name, "failurePolicy": policy, "clientConfig": config});
        let hooks = base64(&HOOKS.certificate);
        let own = json!({"service": service("hooks", "policy"), "caBundle": hooks});
        let elsewhere = json!({"url": "https://hooks.example.com", "caBundle": hooks});
        let admission = "admissionregistration.k8s.io/v1";
        let apis = "apiregistration.k8s.io/v1";
        let server = kubeconfig(&self.server(), Some(&ca));
        let mut extension = json!({
            "client-ca-file": ca,
            "requestheader-client-ca-file": self.ca("front-proxy-ca"),
            "requestheader-allowed-names": "[\"front-proxy-client\"]",
        });
        extension["requestheader-username-headers"] = "[\"X-Remote-User\"]".into();
        vec![
            namespace("app"),
            namespace("kube-system"),
            root("app"),
            root("kube-system"),
            object(
                "v1",
                "ConfigMap",
                "kube-public/cluster-info",
                json!({"data": {"kubeconfig": server}}),
            ),
            object(
                "v1",
                "ConfigMap",
                "kube-system/kube-proxy",
                json!({"data": {"config.conf": "kind: KubeProxyConfiguration", "kubeconfig.conf": kubeconfig(&self.server(), None)}}),
            ),
            object(
                "v1",
                "ConfigMap",
                "kube-system/extension-apiserver-authentication",
                json!({"data": extension}),
            ),
            object(
                "v1",
                "Secret",
                "app/robot-token",
                json!({"type": "kubernetes.io/service-account-token", "data": {"ca.crt": base64(&ca), "token": "eA=="}}),
            ),
            object(
                "certificates.k8s.io/v1beta1",
                "ClusterTrustBundle",
                "kubernetes.io:kube-apiserver-serving:0",
                json!({"spec": {"signerName": "kubernetes.io/kube-apiserver-serving", "trustBundle": ca}}),
            ),
            object(
                "certificates.k8s.io/v1beta1",
                "ClusterTrustBundle",
                "workloads",
                json!({"spec": {"trustBundle": HOOKS.certificate}}),
            ),
            object(
                admission,
                "ValidatingWebhookConfiguration",
                "policy",
                json!({"webhooks": [hook("policy.example.com", "Fail", own.clone())]}),
            ),
            object(
                admission,
                "MutatingWebhookConfiguration",
                "sidecars",
                json!({"webhooks": [hook("sidecars.example.com", "Ignore", own.clone()), hook("url.example.com", "Fail", elsewhere)]}),
            ),
            object(
                apis,
                "APIService",
                "v1.apps",
                json!({"spec": {"group": "apps", "version": "v1"}}),
            ),
            object(
                apis,
                "APIService",
                "v1beta1.metrics.k8s.io",
                json!({"spec": {"service": service("kube-system", "metrics"), "caBundle": base64(&METRICS_CA.certificate)}}),
            ),
            object(
                "apiextensions.k8s.io/v1",
                "CustomResourceDefinition",
                "widgets.example.com",
                json!({"spec": {"conversion": {"strategy": "Webhook", "webhook": {"clientConfig": own}}}}),
            ),
            object(
                "certificates.k8s.io/v1",
                "CertificateSigningRequest",
                "csr-0",
                json!({"spec": {"signerName": "kubernetes.io/kubelet-serving"}, "status": {"certificate": base64("issued"), "conditions": [{"type": "Approved"}]}}),
            ),
            object(
                "v1",
                "Secret",
                "kube-system/kubeadm-certs",
                json!({"metadata": {"name": "kubeadm-certs", "namespace": "kube-system", "creationTimestamp": "2026-11-30T23:00:00Z", "ownerReferences": [{"kind": "Secret"}]}, "data": {}}),
            ),
            tls("hooks/policy-tls"),
            tls("app/ingress-tls"),
            tls("kube-system/metrics-tls"),
        ]
    }

    /// Where `admin.conf` leads.
    fn server(&self) -> String {
        let line = self.tree.line(crate::tree::ADMIN_CONF, "server: ");
        line.trim().trim_start_matches("server: ").to_owned()
    }

    fn ca(&self, base: &str) -> String {
        self.tree.text(&format!("{PKI}/{base}.crt"))
    }

    fn beside(&self) -> Report {
        self.audit(true, AT)
    }

    fn alone(&self) -> Report {
        self.audit(false, AT)
    }

    fn audit(&self, beside: bool, at: UtcDateTime) -> Report {
        let inventory = match beside {
            true => self.tree.inventory(false),
            false => Inventory::read(Vec::new()),
        };
        let inventory = inventory.with_objects(self.dump());
        audit(&inventory, &Graph::of(&inventory), at)
    }

    fn dump(&self) -> Objects {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": self.objects});
        let mut objects = Objects::default();
        let text = format!("{list:#}");
        objects.add_dump("objects.json", text.as_bytes()).unwrap();
        objects
    }

    /// By what evidence calls it.
    fn object(&mut self, called: &str) -> &mut Value {
        let is_meant = |object: &&mut Value| {
            let (kind, name) = called.split_once(' ').unwrap();
            object["kind"] == kind && {
                let own = &object["metadata"];
                let name = metadata(name);
                own["name"] == name["name"] && own["namespace"] == name["namespace"]
            }
        };
        let mut objects = self.objects.iter_mut();
        objects
            .find(is_meant)
            .unwrap_or_else(|| panic!("no {called}"))
    }

    fn without(&mut self, called: &str) {
        let gone = self.object(called).clone();
        self.objects.retain(|object| *object != gone);
    }

    fn set(&mut self, called: &str, pointer: &str, text: &str) {
        let value = self.object(called).pointer_mut(pointer);
        *value.unwrap_or_else(|| panic!("no {pointer}")) = text.into();
    }

    fn edit(&mut self, called: &str, pointer: &str, from: &str, to: &str) {
        let text = self.object(called).pointer(pointer).and_then(Value::as_str);
        let text = text.unwrap().replace(from, to);
        self.set(called, pointer, &text);
    }

    fn append(&mut self, called: &str, pointer: &str, text: &str) {
        let before = self.object(called).pointer(pointer).and_then(Value::as_str);
        let whole = before.unwrap().to_owned() + text;
        self.set(called, pointer, &whole);
    }

    fn info(&mut self, ca: &str) {
        let text = kubeconfig(&self.server(), Some(ca));
        self.set(INFO, "/data/kubeconfig", &text);
    }

    /// Lets kube-proxy's kubeconfig say something else of its authority.
    fn proxy(&mut self, key: &str, value: &str) {
        let named = "certificate-authority: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt";
        let pointer = "/data/kubeconfig.conf";
        self.edit(PROXY, pointer, named, &format!("{key}: {value}"));
    }

    fn hook_bundle(&mut self, certificate: &str) {
        self.set(
            VALIDATING,
            "/webhooks/0/clientConfig/caBundle",
            &base64(certificate),
        );
    }

    fn put_pair(&mut self, secret: &str, spec: Spec, issuer: &Issuer) {
        let key = Key::spare(Algorithm::Ecdsa, 0);
        let spec = Spec {
            public_key: key.public_key(),
            ..spec
        };
        let data = &mut self.object(secret)["data"];
        data["tls.crt"] = base64(&text(&spec.signed_by(issuer))).into();
        data["tls.key"] = STANDARD.encode(key.to_pem()).into();
    }

    fn request(&mut self, signer: &str, status: Value) {
        let rest = json!({"spec": {"signerName": signer, "username": "jane"}, "status": status});
        let version = "certificates.k8s.io/v1";
        let request = object(version, "CertificateSigningRequest", "csr-1", rest);
        self.objects.push(request);
    }
}

/// As kubeadm writes them into ConfigMaps.
fn kubeconfig(server: &str, ca: Option<&str>) -> String {
    let authority = match ca {
        Some(ca) => format!("certificate-authority-data: {}", base64(ca)),
        None => {
            "certificate-authority: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt".to_owned()
        }
    };
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    {authority}\n    server: {server}\n  name: default\n"
    )
}
