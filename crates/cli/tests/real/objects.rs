//! What a real cluster's API holds, as kubectl dumps it and, with feature `cluster`, as the API
//! answers it: the same is found in both.

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::kinds::KINDS;
use crate::kubepki::kubepki;
use crate::plane::{Kubectl, Plane, Programs};
use crate::process::output;
use crate::scratch::Scratch;

/// What is asked of kubectl.
const KINDS_OF_OBJECTS: &str = "configmaps,secrets,namespaces,validatingwebhookconfigurations,\
     mutatingwebhookconfigurations,apiservices,customresourcedefinitions,csr";

/// What is done to the cluster, and what is found because of it.
const FOUND: [(&str, &str); 7] = [
    ("KP1101", "ConfigMap kube-public/cluster-info"),
    (
        "KP1102",
        "ConfigMap kube-system/extension-apiserver-authentication",
    ),
    ("KP1104", "ValidatingWebhookConfiguration empty"),
    ("KP1106", "ValidatingWebhookConfiguration stale"),
    ("KP1107", "APIService v1.insecure.example.com"),
    ("KP1108", "CertificateSigningRequest waiting"),
    ("KP1109", "Secret default/mixed"),
];

#[test]
fn dumps_and_answers_are_judged_alike() {
    let Some(programs) = Programs::find() else {
        return;
    };
    if !programs.have_controllers() {
        return;
    }
    let meant = |what: &str| what == "ECDSA-P256" || what == "intermediates below a root";
    for (what, options) in KINDS.into_iter().filter(|(what, _)| meant(what)) {
        let scratch = Scratch::new();
        let mut plane = Plane::make(&programs, scratch.path(), &options(scratch.path()));
        plane.start();
        let admin = plane.kubectl("super-admin");
        publish(&plane, &admin);
        plane.wait_for(what, || {
            let roots = [
                "get",
                "configmaps",
                "-A",
                "--field-selector=metadata.name=kube-root-ca.crt",
            ];
            let roots = admin.object(&roots)?["items"].as_array().map(Vec::len);
            let spaces = admin.object(&["get", "namespaces"])?["items"]
                .as_array()
                .map(Vec::len);
            (roots == spaces)
                .then_some(())
                .ok_or(format!("{roots:?} of {spaces:?}"))
        });
        assert_eq!(judged(what, &plane, &admin), Vec::<(String, String)>::new());
        break_it(&plane, &admin);
        let expected = FOUND.map(|(code, object)| (code.to_owned(), object.to_owned()));
        assert_eq!(judged(what, &plane, &admin), expected, "{what}");
    }
}

/// Says where the cluster is, for nodes that join.
pub fn publish(plane: &Plane<'_>, admin: &Kubectl) {
    let rootfs = plane.rootfs();
    let rootfs = ["--rootfs", rootfs.to_str().unwrap(), "--quiet"];
    let made = kubepki(&[&["bundle", "cluster-info"], &rootfs[..]].concat());
    apply(plane, admin, &made);
}

pub fn apply(plane: &Plane<'_>, admin: &Kubectl, text: &str) {
    let file = plane.file("objects.yaml");
    fs::write(&file, text).unwrap();
    let apply = [
        "apply",
        "--server-side",
        "--force-conflicts",
        "-f",
        file.to_str().unwrap(),
    ];
    admin.run(&apply).unwrap();
}

/// What is found in what the API holds, beside the files: code and object, the notes included.
fn judged(what: &str, plane: &Plane<'_>, admin: &Kubectl) -> Vec<(String, String)> {
    let dump = plane.file("dump.yaml");
    let text = admin
        .run(&["get", "-A", "-o", "yaml", KINDS_OF_OBJECTS])
        .unwrap();
    fs::write(&dump, text).unwrap();
    let of_dump = audit(plane, &["--objects".as_ref(), &dump]);
    if cfg!(feature = "cluster") {
        let kubeconfig = plane.rootfs().join("etc/kubernetes/super-admin.conf");
        let of_api = audit(plane, &["--kubeconfig".as_ref(), &kubeconfig]);
        assert_eq!(without_places(&of_api), without_places(&of_dump), "{what}");
        let alone = |source: [&Path; 2]| without_places(&run(&source));
        let api = alone(["--kubeconfig".as_ref(), &kubeconfig]);
        assert_eq!(api, alone(["--objects".as_ref(), &dump]), "{what}");
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = of_dump["findings"].as_array().unwrap().iter();
    let mut found: Vec<_> = findings
        .map(|one| {
            assert!(one["evidence"][0]["line"].is_u64(), "{what}: {one:#}");
            (text(&one["code"]), object(&one["evidence"][0]["object"]))
        })
        .collect();
    found.sort();
    found
}

fn audit(plane: &Plane<'_>, source: &[&Path]) -> Value {
    let rootfs = plane.rootfs();
    run(&[source, &["--rootfs".as_ref(), &rootfs]].concat())
}

fn run(arguments: &[&Path]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    let command = command.args(["audit", "-o", "json"]).args(arguments);
    let output = command.env_clear().output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.is_empty(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// `ConfigMap a/b`.
fn object(named: &Value) -> String {
    let text = |key: &str| named[key].as_str().unwrap_or_default();
    match named["namespace"].as_str() {
        Some(namespace) => format!("{} {namespace}/{}", text("kind"), text("name")),
        None => format!("{} {}", text("kind"), text("name")),
    }
}

/// The findings and how much there was to see, apart from where each object was read.
fn without_places(report: &Value) -> Value {
    let mut report = report.clone();
    for finding in report["findings"].as_array_mut().unwrap() {
        for evidence in finding["evidence"].as_array_mut().unwrap() {
            if !evidence["object"].is_null() {
                for key in ["path", "line", "column"] {
                    evidence[key] = Value::Null;
                }
            }
        }
    }
    json!({"findings": report["findings"], "summary": report["summary"]})
}

/// Forgets the rest of a rotation, and does what else goes wrong with objects.
fn break_it(plane: &Plane<'_>, admin: &Kubectl) {
    let folder = plane.file("made");
    fs::create_dir(&folder).unwrap();
    for name in ["kubernetes", "hooks"] {
        authority(&folder, name, name);
    }
    authority(&folder, "older", "hooks");
    for name in ["policy", "other"] {
        leaf(&folder, name);
    }
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let data = |name: &str| STANDARD.encode(text(name));

    let get = ["-n", "kube-public", "get", "configmap", "cluster-info"];
    let info = admin.object(&get).unwrap();
    let kubeconfig = info["data"]["kubeconfig"].as_str().unwrap();
    let kept =
        kubeconfig.lines().map(
            |line| match line.split_once("certificate-authority-data: ") {
                Some((before, _)) => format!(
                    "{before}certificate-authority-data: {}\n",
                    data("kubernetes.crt")
                ),
                None => format!("{line}\n"),
            },
        );
    let kubeconfig: String = kept.collect();

    let name = "extension-apiserver-authentication";
    let get = ["-n", "kube-system", "get", "configmap", name];
    let trusted = admin.object(&get).unwrap();
    let trusted = trusted["data"]["client-ca-file"]
        .as_str()
        .unwrap()
        .to_owned();

    let hook = |name: &str, bundle: Value| {
        let mut config = json!({"service": {"namespace": "default", "name": "policy"}});
        if !bundle.is_null() {
            config["caBundle"] = bundle;
        }
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": name},
            "webhooks": [{
                "name": "policy.example.com",
                "clientConfig": config,
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
            }],
        })
    };
    let secret = |name: &str, certificate: &str, key: &str| {
        json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {"namespace": "default", "name": name},
            "data": {"tls.crt": data(certificate), "tls.key": data(key)},
        })
    };
    let map = |namespace: &str, name: &str, data: Value| {
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"namespace": namespace, "name": name},
            "data": data,
        })
    };
    let service = json!({"namespace": "default", "name": "insecure"});
    let api = json!({
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": "v1.insecure.example.com"},
        "spec": {
            "group": "insecure.example.com", "version": "v1", "insecureSkipTLSVerify": true,
            "groupPriorityMinimum": 1000, "versionPriority": 15, "service": service,
        },
    });
    let request = json!({
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": "waiting"},
        "spec": {
            "request": data("other.csr"),
            "signerName": "kubernetes.io/kube-apiserver-client",
            "usages": ["client auth"],
        },
    });
    let objects = [
        map(
            "kube-public",
            "cluster-info",
            json!({"kubeconfig": kubeconfig}),
        ),
        map(
            "kube-system",
            name,
            json!({"client-ca-file": trusted + &text("kubernetes.crt")}),
        ),
        hook("empty", Value::Null),
        hook("stale", data("older.crt").into()),
        secret("policy-tls", "policy.crt", "policy.key"),
        secret("mixed", "other.crt", "policy.key"),
        api,
        request,
    ];
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    apply(plane, admin, &list.to_string());
}

fn openssl(folder: &Path, arguments: &str) {
    let mut command = Command::new("openssl");
    command.current_dir(folder).args(arguments.split(' '));
    output(&mut command).unwrap();
}

const KEY: &str = "-nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256";

fn authority(folder: &Path, file: &str, name: &str) {
    let usage = "-addext keyUsage=critical,keyCertSign,cRLSign";
    let files = format!("-keyout {file}.key -out {file}.crt");
    openssl(
        folder,
        &format!("req -x509 -days 3650 -subj /CN={name} {usage} {KEY} {files}"),
    );
}

/// What the Service would present, and a request for the same key.
fn leaf(folder: &Path, name: &str) {
    let subject = format!("-subj /CN={name} -addext subjectAltName=DNS:{name}.default.svc");
    openssl(
        folder,
        &format!("req -new {subject} {KEY} -keyout {name}.key -out {name}.csr"),
    );
    let signed = format!("x509 -req -in {name}.csr -copy_extensions copy -days 200");
    openssl(
        folder,
        &format!("{signed} -CA hooks.crt -CAkey hooks.key -CAcreateserial -out {name}.crt"),
    );
}
