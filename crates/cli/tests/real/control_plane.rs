//! A control plane runs on what the program makes, and knows everybody.

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::identities;
use crate::kinds::KINDS;
use crate::kubepki::{kubepki, nothing_found};
use crate::plane::{Plane, Programs};
use crate::process::output;
use crate::scratch::Scratch;

/// Every kubeconfig, and whom the API server takes its owner for.
const OWNERS: [(&str, &str, &[&str]); 5] = [
    ("admin", "kubernetes-admin", &["kubeadm:cluster-admins"]),
    ("super-admin", "kubernetes-super-admin", &["system:masters"]),
    ("kubelet", "system:node:cp-1", &["system:nodes"]),
    ("controller-manager", "system:kube-controller-manager", &[]),
    ("scheduler", "system:kube-scheduler", &[]),
];

#[test]
fn everything_gets_ready_and_everybody_is_known() {
    let Some(programs) = Programs::find() else {
        return;
    };
    for (what, options) in KINDS {
        let scratch = Scratch::new();
        let mut plane = Plane::make(&programs, scratch.path(), &options(scratch.path()));
        nothing_found(what, &[("cp-1", plane.rootfs())]);
        plane.start();
        for (name, user, groups) in OWNERS {
            let known = plane.kubectl(name).whoami().unwrap();
            assert_eq!(known, somebody(user, groups), "{what}, {name}.conf");
            let file = plane.rootfs().join(format!("etc/kubernetes/{name}.conf"));
            identities::of_kubeconfig(what, &plane, &file);
        }
        identities::of_user(what, &plane);
        a_node_that_joins_is_known(what, &plane);
        strangers_are_refused(what, &plane);
        if programs.have_controllers() {
            a_service_account_is_known(what, &mut plane);
            identities::of_service_account(what, &mut plane);
            a_requested_certificate_is_known(what, &mut plane);
        }
    }
}

/// As the API server has it: whoever it knows is in a group of its own, too.
fn somebody(user: &str, groups: &[&str]) -> (String, Vec<String>) {
    let groups = groups.iter().chain(&["system:authenticated"]);
    (
        user.to_owned(),
        groups.map(|&group| group.to_owned()).collect(),
    )
}

/// Certificates of the other authorities are nobody's here.
fn strangers_are_refused(what: &str, plane: &Plane<'_>) {
    for pair in ["front-proxy-client", "apiserver-etcd-client"] {
        let certificate = plane.pki(&format!("{pair}.crt"));
        let key = plane.pki(&format!("{pair}.key"));
        let known = as_owner(plane, &certificate, &key);
        assert!(known.is_err(), "{what}, {pair}: {known:?}");
    }
}

/// A bootstrap token that the program makes is good.
fn a_node_that_joins_is_known(what: &str, plane: &Plane<'_>) {
    const TOKEN: &str = "abcdef.0123456789abcdef";
    let (token, secret) = (plane.file("token"), plane.file("token.yaml"));
    fs::write(&token, TOKEN).unwrap();
    let create = ["token", "create", "--token-file", token.to_str().unwrap()];
    fs::write(&secret, kubepki(&create)).unwrap();
    let create = ["create", "-f", secret.to_str().unwrap()];
    plane.kubectl("super-admin").run(&create).unwrap();
    let groups = [
        "system:bootstrappers",
        "system:bootstrappers:kubeadm:default-node-token",
    ];
    let expected = somebody("system:bootstrap:abcdef", &groups);
    let known = identities::bearer(plane, TOKEN).whoami().unwrap();
    assert_eq!(known, expected, "{what}");
}

/// The tokens that the API server signs are good, and so is the trust that every pod is given.
fn a_service_account_is_known(what: &str, plane: &mut Plane<'_>) {
    let admin = plane.kubectl("super-admin");
    let trust = ["get", "configmap", "kube-root-ca.crt"];
    let trust = plane.wait_for(what, || admin.object(&trust));
    let bundle = plane.rootfs().join("bundle.crt");
    fs::write(&bundle, trust["data"]["ca.crt"].as_str().unwrap()).unwrap();

    let token = ["create", "token", "default"];
    let token = plane.wait_for(what, || admin.run(&token));
    let options = ["--certificate-authority", "--token"].map(Path::new);
    let pod = plane.with(&[options[0], &bundle, options[1], token.trim().as_ref()]);
    let groups = ["system:serviceaccounts", "system:serviceaccounts:default"];
    let expected = somebody("system:serviceaccount:default:default", &groups);
    assert_eq!(pod.whoami().unwrap(), expected, "{what}");
}

/// What the controller manager signs is good for the API server.
fn a_requested_certificate_is_known(what: &str, plane: &mut Plane<'_>) {
    let [key, request, certificate] =
        ["jane.key", "jane.csr", "jane.crt"].map(|name| plane.rootfs().join(name));
    let mut openssl = Command::new("openssl");
    openssl
        .args([
            "req",
            "-new",
            "-nodes",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ])
        .args(["-subj", "/O=dev/CN=jane"])
        .args([Path::new("-keyout"), &key, Path::new("-out"), &request]);
    output(&mut openssl).unwrap();

    let admin = plane.kubectl("super-admin");
    let object = plane.rootfs().join("jane.json");
    let body = json!({
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": "jane"},
        "spec": {
            "request": STANDARD.encode(fs::read(&request).unwrap()),
            "signerName": "kubernetes.io/kube-apiserver-client",
            "usages": ["client auth"],
        },
    });
    fs::write(&object, body.to_string()).unwrap();
    admin
        .run(&["create", "-f", object.to_str().unwrap()])
        .unwrap();
    admin.run(&["certificate", "approve", "jane"]).unwrap();
    let issued = plane.wait_for(what, || {
        let issued = &admin.object(&["get", "csr", "jane"])?["status"];
        let text = issued["certificate"].as_str();
        text.map(str::to_owned).ok_or_else(|| issued.to_string())
    });
    fs::write(&certificate, STANDARD.decode(issued).unwrap()).unwrap();
    let known = as_owner(plane, &certificate, &key).unwrap();
    assert_eq!(known, somebody("jane", &["dev"]), "{what}");
}

/// Whom the API server takes the owner of a pair for.
fn as_owner(
    plane: &Plane<'_>,
    certificate: &Path,
    key: &Path,
) -> Result<(String, Vec<String>), String> {
    let options = [
        "--certificate-authority",
        "--client-certificate",
        "--client-key",
    ]
    .map(Path::new);
    let trust = plane.pki("ca.crt");
    let kubectl = plane.with(&[options[0], &trust, options[1], certificate, options[2], key]);
    kubectl.whoami()
}
