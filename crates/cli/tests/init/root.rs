//! A root above the cluster's authorities.

use std::fs;

use crate::tree::{PKI, Scratch, authority, openssl, run};

/// What is issued, and the authority it comes from.
const LEAVES: [(&str, &str); 7] = [
    ("apiserver", "ca"),
    ("apiserver-kubelet-client", "ca"),
    ("front-proxy-client", "front-proxy-ca"),
    ("apiserver-etcd-client", "etcd/ca"),
    ("etcd/healthcheck-client", "etcd/ca"),
    ("etcd/peer", "etcd/ca"),
    ("etcd/server", "etcd/ca"),
];

fn options(node: &Scratch) -> [String; 2] {
    options_of(node, "root-ca")
}

fn options_of(node: &Scratch, name: &str) -> [String; 2] {
    [
        format!("--root-ca={}", node.text(&format!("{name}.crt"))),
        format!("--root-ca-key={}", node.text(&format!("{name}.key"))),
    ]
}

fn with_root() -> Scratch {
    let node = Scratch::empty();
    authority(&node.beside(""), "root-ca", [-1, 4000]);
    node
}

#[test]
fn the_authorities_are_intermediates_below_it() {
    let node = with_root();
    let [root, key] = options(&node);
    node.init(&[&root, &key]).done();
    for (leaf, issuer) in LEAVES {
        let leaf = node.pki(&format!("{leaf}.crt"));
        let bundle = node.pki(&format!("{issuer}.crt"));
        let [leaf, bundle] = [&leaf, &bundle].map(|path| path.to_str().unwrap());
        openssl(&[
            "verify",
            "-x509_strict",
            "-CAfile",
            &node.text("root-ca.crt"),
            "-untrusted",
            bundle,
            leaf,
        ]);
        // Whoever trusts only the root gets the rest from the one who presents it.
        openssl(&[
            "verify",
            "-CAfile",
            &node.text("root-ca.crt"),
            "-untrusted",
            leaf,
            leaf,
        ]);
    }
    for authority in ["ca", "front-proxy-ca", "etcd/ca"] {
        let path = node.pki(&format!("{authority}.crt"));
        let text = openssl(&["x509", "-noout", "-text", "-in", path.to_str().unwrap()]);
        assert!(text.contains("CA:TRUE, pathlen:0"), "{text}");
        assert!(text.contains("Issuer: CN = root-ca"), "{text}");
        // Clients are known by this file, and the root vouches for others too.
        let file = fs::read_to_string(path).unwrap();
        assert_eq!(file.matches("BEGIN CERTIFICATE").count(), 1, "{authority}");
    }
    // Servers are verified with both.
    let bundle = fs::read_to_string(node.pki("ca-bundle.crt")).unwrap();
    let both = [node.pki("ca.crt"), node.beside("root-ca.crt")]
        .map(|path| fs::read_to_string(path).unwrap());
    assert_eq!(bundle, both.concat());
    assert_eq!(node.findings(), Vec::<String>::new());
    // The root's key is nowhere, and not needed again.
    let secret = fs::read(node.beside("root-ca.key")).unwrap();
    let tree = crate::tree::snapshot(&node.root());
    assert!(tree.values().all(|(_, content)| *content != secret));
    node.init(&[]).done().says(&["nothing was changed"]);
    let node = node.without(&[
        "etc/kubernetes/pki/apiserver.crt",
        "etc/kubernetes/pki/apiserver.key",
    ]);
    node.init(&[]).done();
    assert_eq!(node.findings(), Vec::<String>::new());
    let node = node.without(&["etc/kubernetes/pki/ca-bundle.crt"]);
    assert_eq!(node.init(&[&root]).done().state("ca"), "completed");
    assert_eq!(
        fs::read_to_string(node.pki("ca-bundle.crt")).unwrap(),
        bundle
    );
}

#[test]
fn they_are_replaced_and_it_stays() {
    let node = with_root();
    let [root, key] = options(&node);
    node.init(&[&root, &key]).done();
    let tree = format!("--rootfs={}", node.root().display());
    let old = ["ca", "front-proxy-ca", "etcd/ca"].map(|name| {
        let text = fs::read_to_string(node.pki(&format!("{name}.crt")));
        text.unwrap()
    });
    let rotate = ["rotate", "all", &tree, "--offline", "--yes"];
    let refused = run(&rotate);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says(&["ca does not vouch for itself", "--root-ca-key"]);
    let refused = run(&[&rotate[..], &[&root]].concat());
    assert_eq!(refused.code, Some(2), "{refused:?}");
    refused.says(&["which is not given", "say --root-ca-key KEY"]);
    authority(&node.beside(""), "another", [-1, 4000]);
    let another = options_of(&node, "another");
    let refused = run(&[&rotate[..], &another.each_ref().map(|it| &**it)].concat());
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says(&["`another` does not vouch for ca"]);
    run(&[&rotate[..], &[&root, &key]].concat())
        .done()
        .says(&["proven"]);
    assert_eq!(node.findings(), Vec::<String>::new());
    run(&[&rotate[..], &["--finish"]].concat()).done();
    assert_eq!(node.findings(), Vec::<String>::new());
    for (leaf, _) in LEAVES {
        let leaf = node.pki(&format!("{leaf}.crt"));
        let leaf = leaf.to_str().unwrap();
        let root = node.text("root-ca.crt");
        openssl(&["verify", "-CAfile", &root, "-untrusted", leaf, leaf]);
    }
    let secret = fs::read(node.beside("root-ca.key")).unwrap();
    for (path, (_, content)) in crate::tree::snapshot(&node.root()) {
        let is_journal = path.starts_with("var/lib/kubepki");
        let text = String::from_utf8_lossy(&content);
        let holds_old = old.iter().any(|old| text.contains(&**old));
        assert!(is_journal || !holds_old, "{}", path.display());
        assert_ne!(content, secret, "{}", path.display());
    }
}

#[test]
fn a_root_above_nothing_is_not_passed_over() {
    let node = with_root();
    node.init(&[]).done();
    let tree = format!("--rootfs={}", node.root().display());
    let [root, key] = options(&node);
    let refused = run(&["rotate", "all", &tree, "--offline", "--yes", &root, &key]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    refused.says(&["vouches for itself", "leave --root-ca out"]);
}

#[test]
fn without_its_key_the_way_out_is_told() {
    let node = with_root();
    let [root, _] = options(&node);
    node.refuses(
        &[&root],
        &[
            "ca.crt: is missing, and the root's key is not here to make it",
            "kubepki csr ca",
        ],
    );
    assert!(!node.path(PKI).exists());
}

#[test]
fn a_root_that_may_have_none_below_it_is_refused() {
    let node = Scratch::empty();
    let config = "[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\n\
        basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n";
    fs::write(node.beside("openssl.cnf"), config).unwrap();
    openssl(&[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "9",
        "-subj",
        "/CN=short",
        "-config",
        &node.text("openssl.cnf"),
        "-keyout",
        &node.text("root-ca.key"),
        "-out",
        &node.text("root-ca.crt"),
    ]);
    let [root, key] = options(&node);
    let before = node.snapshot();
    let said = node.init(&[&root, &key]);
    assert_eq!(said.code, Some(1), "{said:?}");
    said.says(&["too many intermediates"]);
    crate::tree::same(&before, &node.snapshot());
}

#[test]
fn a_root_that_has_ended_is_refused() {
    let node = Scratch::empty();
    authority(&node.beside(""), "root-ca", [-20, -1]);
    let [root, key] = options(&node);
    let before = node.snapshot();
    let said = node.init(&[&root, &key]);
    assert_eq!(said.code, Some(1), "{said:?}");
    said.says(&["expired"]);
    crate::tree::same(&before, &node.snapshot());
}
