//! What is there already: kept, refused or made anew, as kubeadm does
//! (`cmd/kubeadm/app/phases/certs/certs.go`, `phases/kubeconfig/kubeconfig.go`).

use std::fs;

use crate::tree::{PKI, Scratch, authority, same, validity};

use authority::{KeyAlgorithm, Names, PrivateKey, Profile};
use cluster::catalogue::CREDENTIALS;

const APISERVER: &str = "etc/kubernetes/pki/apiserver.crt";
const APISERVER_KEY: &str = "etc/kubernetes/pki/apiserver.key";
const CA: &str = "etc/kubernetes/pki/ca.crt";
const CA_KEY: &str = "etc/kubernetes/pki/ca.key";
const SA: &str = "etc/kubernetes/pki/sa.key";
const SA_PUB: &str = "etc/kubernetes/pki/sa.pub";
const ADMIN: &str = "etc/kubernetes/admin.conf";

#[test]
fn all_that_is_there_and_good_is_kept() {
    let node = Scratch::full();
    let before = node.snapshot();
    let said = node.init(&[]).done();
    said.says(&["everything is there; nothing was changed"]);
    for part in ["ca", "apiserver", "sa", "admin", "kubelet"] {
        assert_eq!(said.state(part), "kept");
    }
    same(&before, &node.snapshot());
}

#[test]
fn what_is_missing_is_made_and_the_rest_stays() {
    let node = Scratch::full().without(&[APISERVER, APISERVER_KEY, ADMIN]);
    let before = node.tree();
    let said = node.init(&[]).done();
    assert_eq!(
        (said.state("apiserver"), said.state("admin")),
        ("made", "made")
    );
    assert_eq!(said.state("ca"), "kept");
    let mut after = node.tree();
    for path in [APISERVER, APISERVER_KEY, ADMIN] {
        assert!(after.remove(std::path::Path::new(path)).is_some());
    }
    same(&before, &after);
    assert_eq!(node.findings(), Vec::<String>::new());
}

#[test]
fn half_a_pair_is_refused() {
    for (gone, left) in [
        (APISERVER, "apiserver.key` is there"),
        (APISERVER_KEY, "apiserver.crt` is there"),
        (CA, "ca.key` is there"),
    ] {
        let node = Scratch::full().without(&[gone]);
        node.refuses(
            &[],
            &[&format!("/{gone}: is missing"), left, "nothing was changed"],
        );
    }
}

#[test]
fn what_the_hint_says_helps() {
    let node = Scratch::full().without(&[APISERVER]);
    node.refuses(&[], &["rm /etc/kubernetes/pki/apiserver.key"]);
    let node = node.without(&[APISERVER_KEY]);
    node.init(&[]).done();
    assert_eq!(node.findings(), Vec::<String>::new());
}

#[test]
fn what_cannot_be_read_is_refused() {
    for path in [CA, CA_KEY, SA, APISERVER, APISERVER_KEY, ADMIN] {
        for content in [
            "",
            "garbage",
            "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        ] {
            let node = Scratch::full().with(path, content);
            // Of a pair, the certificate is named.
            let name = path.replace("apiserver.key", "apiserver.crt");
            node.refuses(&[], &[&format!("/{name}: "), "nothing was changed"]);
        }
    }
}

#[test]
fn half_a_file_is_refused() {
    for path in [CA, CA_KEY, SA, APISERVER, APISERVER_KEY, ADMIN] {
        let node = Scratch::full();
        let whole = fs::read(node.path(path)).unwrap();
        let node = node.with(path, &whole[..whole.len() / 2]);
        node.refuses(&[], &["nothing was changed"]);
    }
}

#[test]
fn pairs_that_do_not_belong_together_are_refused() {
    let node = Scratch::full();
    let other = node.pki("front-proxy-client.key");
    let node = node.with_copy(APISERVER_KEY, &other);
    node.refuses(&[], &["apiserver.crt: ", "key"]);

    // kubeadm keeps these two, and fails when it signs.
    let node = Scratch::full();
    let other = node.pki("etcd/ca.key");
    let node = node.with_copy(CA_KEY, &other);
    node.refuses(
        &[],
        &["the private key does not belong to the certificate of \"kubernetes\""],
    );
    let node = Scratch::full();
    let (leaf, key) = (node.pki("apiserver.crt"), node.pki("apiserver.key"));
    let node = node.with_copy(CA, &leaf).with_copy(CA_KEY, &key);
    node.refuses(&[], &["\"kube-apiserver\" is not an authority's"]);
}

#[test]
fn certificates_of_another_authority_are_refused() {
    let node = Scratch::full();
    let (leaf, key) = (node.pki("etcd/server.crt"), node.pki("etcd/server.key"));
    let node = node
        .with_copy(APISERVER, &leaf)
        .with_copy(APISERVER_KEY, &key);
    node.refuses(&[], &[
        "apiserver.crt: does not hold for \"kubernetes\": x509: certificate signed by unknown authority",
        "rm /etc/kubernetes/pki/apiserver.crt /etc/kubernetes/pki/apiserver.key",
    ]);
}

#[test]
fn another_authority_under_everything_is_refused() {
    let node = Scratch::full();
    authority(&node.beside(""), "other", [0, 10]);
    let (certificate, key) = (node.beside("other.crt"), node.beside("other.key"));
    let node = node.with_copy(CA, &certificate).with_copy(CA_KEY, &key);
    node.refuses(
        &[],
        &[
            "apiserver.crt: does not hold for \"other\"",
            "apiserver-kubelet-client.crt: does not hold for \"other\"",
            "admin.conf: trusts another authority than \"other\"",
            "kubelet.conf: trusts another authority than \"other\"",
        ],
    );
}

#[test]
fn certificates_that_have_ended_are_refused() {
    let node = Scratch::empty();
    let ca = authority(&node.beside(""), "ca", [-20, 20]);
    let (certificate, key) = (node.beside("ca.crt"), node.beside("ca.key"));
    let node = node.with_copy(CA, &certificate).with_copy(CA_KEY, &key);
    let own = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let row = CREDENTIALS
        .iter()
        .find(|row| row.name == "apiserver")
        .unwrap();
    let names = Names {
        dns: vec!["n1".to_owned()],
        ..Names::default()
    };
    let profile = Profile::credential(row, "n1", names);
    let then = time::UtcDateTime::now() - time::Duration::days(15);
    let ended = ca.issue(
        &profile,
        authority::Signer::public_key(&own),
        validity(-20, -10),
        then,
    );
    let pem = x509::pem::encode("CERTIFICATE", ended.unwrap().der());
    let node = node
        .with(APISERVER, pem.as_bytes())
        .with(APISERVER_KEY, own.to_pem().unwrap().as_bytes());
    node.refuses(
        &[],
        &[
            "apiserver.crt: does not hold for \"ca\": x509: certificate has expired",
            "rm /etc/kubernetes/pki/apiserver.crt /etc/kubernetes/pki/apiserver.key",
        ],
    );
}

#[test]
fn other_names_change_nothing_for_who_begins() {
    let node = Scratch::full();
    let before = node.snapshot();
    let said = node
        .init(&["--apiserver-cert-extra-sans=more.example,10.9.9.9"])
        .done();
    said.says(&["apiserver.crt: is kept, and does not name more.example, 10.9.9.9"]);
    same(&before, &node.snapshot());
    let said = node
        .init(&["--control-plane-endpoint=api.example:8443"])
        .done();
    said.says(&[
        "admin.conf: is kept, and names https://10.0.0.1:6443 instead of https://api.example:8443",
    ]);
    same(&before, &node.snapshot());
}

#[test]
fn who_joins_needs_every_name() {
    let node = Scratch::full().without(&["etc/kubernetes/super-admin.conf"]);
    let config = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\nnodeRegistration:\n  \
        name: n1\ncontrolPlane:\n  localAPIEndpoint:\n    advertiseAddress: 10.0.0.2\n";
    fs::write(node.beside("join.yaml"), config).unwrap();
    let before = node.snapshot();
    let config = format!("--config={}", node.text("join.yaml"));
    let said = node.init_only(&[&config, "--key-algorithm=ECDSA-P256", "--yes"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    said.says(&[
        "apiserver.crt: does not name 10.0.0.2",
        "etcd/peer.crt: does not name 10.0.0.2",
    ]);
    same(&before, &node.snapshot());
}

#[test]
fn the_service_account_key_comes_first() {
    // The public half comes from the private one; kubeadm leaves it missing.
    let node = Scratch::full();
    let public = fs::read(node.path(SA_PUB)).unwrap();
    let node = node.without(&[SA_PUB]);
    assert_eq!(node.init(&[]).done().state("sa"), "completed");
    assert_eq!(fs::read(node.path(SA_PUB)).unwrap(), public);

    // A public half alone is replaced, as kubeadm does, but not unasked.
    let node = node.without(&[SA]);
    let before = node.snapshot();
    let without_yes: Vec<&str> = crate::tree::NODE
        .into_iter()
        .filter(|a| *a != "--yes")
        .collect();
    let said = node.init_only(&without_yes);
    assert_eq!(said.code, Some(1), "{said:?}");
    said.says(&["nobody to ask: nothing was changed", "--yes"]);
    // Tokens that were signed with the key that is gone do not count any more.
    said.says(&["not safe: ", "kube-proxy->kube-apiserver fails"]);
    same(&before, &node.snapshot());
    let dry_run = [&without_yes[..], &["--dry-run"]].concat();
    assert_eq!(node.init_only(&dry_run).code, Some(1));
    assert_eq!(node.init(&[]).done().state("sa"), "replaced");
    assert_ne!(fs::read(node.path(SA_PUB)).unwrap(), public);
    assert_eq!(node.findings(), Vec::<String>::new());
}

#[test]
fn a_kubeconfig_with_a_strangers_certificate_is_kept_with_a_word() {
    let node = Scratch::full();
    let other = Scratch::full();
    // The client certificate of another cluster beside the right authority.
    let [mine, theirs] = [&node, &other].map(|node| fs::read_to_string(node.path(ADMIN)).unwrap());
    let field = |text: &str, key: &str| {
        let line = text
            .lines()
            .find(|line| line.trim().starts_with(key))
            .unwrap();
        line.to_owned()
    };
    let mut mixed = mine.clone();
    for key in ["client-certificate-data", "client-key-data"] {
        mixed = mixed.replace(&field(&mine, key), &field(&theirs, key));
    }
    let node = node.with(ADMIN, mixed);
    let before = node.snapshot();
    node.init(&[])
        .done()
        .says(&["admin.conf: is kept, and its certificate does not hold for \"kubernetes\""]);
    same(&before, &node.snapshot());
}

#[test]
fn a_manifest_that_says_something_else_is_replaced_when_that_is_agreed_to() {
    let manifest = "etc/kubernetes/manifests/kube-scheduler.yaml";
    let node = Scratch::full();
    let right = fs::read(node.path(manifest)).unwrap();
    let node = node.with(manifest, "kind: Pod\n");
    let before = node.snapshot();
    let without_yes: Vec<&str> = crate::tree::NODE
        .into_iter()
        .filter(|a| *a != "--yes")
        .collect();
    assert_eq!(node.init_only(&without_yes).code, Some(1));
    same(&before, &node.snapshot());
    assert_eq!(node.init(&[]).done().state("etcd"), "kept");
    assert_eq!(fs::read(node.path(manifest)).unwrap(), right);
}

#[test]
fn phases_look_only_at_what_they_need() {
    let node = Scratch::full()
        .with(SA, "garbage")
        .with("etc/kubernetes/pki/front-proxy-ca.crt", "garbage")
        .without(&[APISERVER, APISERVER_KEY]);
    let only = |arguments: &[&str]| node.init_only(&[arguments, &crate::tree::NODE[..3]].concat());
    only(&["certs", "apiserver"]).done();
    assert_eq!(only(&["certs", "sa"]).code, Some(1));
    assert_eq!(only(&["certs", "front-proxy-client"]).code, Some(1));
    assert!(node.path(PKI).join("apiserver.crt").exists());
}
