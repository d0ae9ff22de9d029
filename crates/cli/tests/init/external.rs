//! An authority whose key is elsewhere: everything that it issues has to be there already.

use std::fs;

use crate::tree::{Scratch, run, same};

const CA_KEY: &str = "etc/kubernetes/pki/ca.key";
const MANAGER: &str = "etc/kubernetes/manifests/kube-controller-manager.yaml";

#[test]
fn with_everything_there_only_the_manifest_changes() {
    for keys in [
        &[CA_KEY][..],
        &[
            CA_KEY,
            "etc/kubernetes/pki/front-proxy-ca.key",
            "etc/kubernetes/pki/etcd/ca.key",
        ],
    ] {
        let node = Scratch::full().without(keys);
        let said = node.init(&[]).done();
        assert_eq!(said.state("ca"), "kept");
        said.says(&["1 file written"]);
        let manifest = fs::read_to_string(node.path(MANAGER)).unwrap();
        for flag in ["cluster-signing-cert-file", "cluster-signing-key-file"] {
            assert!(
                manifest.contains(&format!("    - --{flag}=\n")),
                "{manifest}"
            );
        }
        assert!(!node.path(CA_KEY).exists());
        nobody_signs(&node);
    }
}

#[test]
fn what_is_missing_is_refused_with_the_way_out() {
    for missing in [
        "etc/kubernetes/pki/apiserver",
        "etc/kubernetes/pki/apiserver-kubelet-client",
    ] {
        let (certificate, key) = (format!("{missing}.crt"), format!("{missing}.key"));
        let node = Scratch::full().without(&[CA_KEY, &certificate, &key]);
        let why =
            format!("/{certificate}: cannot be issued: the key of \"kubernetes\" is not here");
        node.refuses(&[], &[&why, "kubepki csr", "kubepki sign"]);
    }
    for name in [
        "admin",
        "super-admin",
        "kubelet",
        "controller-manager",
        "scheduler",
    ] {
        let path = format!("etc/kubernetes/{name}.conf");
        let node = Scratch::full().without(&[CA_KEY, &path]);
        node.refuses(&[], &[&format!("/{path}: cannot be issued"), "kubepki csr"]);
    }
    let node = Scratch::full().without(&[
        "etc/kubernetes/pki/front-proxy-ca.key",
        "etc/kubernetes/pki/front-proxy-client.crt",
        "etc/kubernetes/pki/front-proxy-client.key",
    ]);
    node.refuses(&[], &["the key of \"front-proxy-ca\" is not here"]);
}

#[test]
fn the_way_out_leads_out() {
    let node = Scratch::full().without(&[
        "etc/kubernetes/pki/apiserver.crt",
        "etc/kubernetes/pki/apiserver.key",
    ]);
    fs::rename(node.path(CA_KEY), node.beside("offline.key")).unwrap();
    node.refuses(&[], &["kubepki csr"]);
    let root = format!("--rootfs={}", node.root().display());
    let names = [
        "--node-name=n1",
        "--apiserver-advertise-address=10.0.0.1",
        "--key-algorithm=ECDSA-P256",
    ];
    run(&[&["csr", "apiserver", &root], &names[..]].concat()).done();
    let request = node.pki("apiserver.csr");
    let certificate = format!("--ca-cert={}", node.pki("ca.crt").display());
    let key = format!("--ca-key={}", node.text("offline.key"));
    let signed = run(&[
        "sign",
        request.to_str().unwrap(),
        "--profile=apiserver",
        &certificate,
        &key,
    ])
    .done();
    let node = node.with("etc/kubernetes/pki/apiserver.crt", signed.stdout);
    let before = node.pki("apiserver.crt");
    let before = fs::read(before).unwrap();
    node.init(&[]).done();
    assert_eq!(fs::read(node.pki("apiserver.crt")).unwrap(), before);
    nobody_signs(&node);
}

#[test]
fn a_certificate_that_is_no_authoritys_is_refused() {
    let node = Scratch::full();
    let leaf = node.pki("apiserver.crt");
    let node = node
        .with_copy("etc/kubernetes/pki/ca.crt", &leaf)
        .without(&[CA_KEY]);
    node.refuses(
        &[],
        &["ca.crt: the certificate of \"kube-apiserver\" is not an authority's"],
    );
}

#[test]
fn phases_of_what_is_there_do_nothing() {
    let node = Scratch::full().without(&[CA_KEY]);
    let before = node.snapshot();
    node.init(&["certs"]).done();
    node.init(&["kubeconfig"]).done();
    same(&before, &node.snapshot());
}

/// All that the audit has to say: kubelets get no certificates from the cluster.
fn nobody_signs(node: &Scratch) {
    let findings = node.findings();
    let codes: Vec<_> = findings.iter().map(|found| &found[..8]).collect();
    assert_eq!(codes, ["\"KP0814\""], "{findings:?}");
}
