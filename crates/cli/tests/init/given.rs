//! Authorities that are brought along.

use std::fs;

use crate::tree::{PKI, Scratch, authority, openssl};

/// The options of an authority that lies beside the tree.
fn given(node: &Scratch, option: &str, name: &str) -> [String; 2] {
    [
        format!("--{option}-cert={}", node.text(&format!("{name}.crt"))),
        format!("--{option}-key={}", node.text(&format!("{name}.key"))),
    ]
}

fn all(options: &[String]) -> Vec<&str> {
    options.iter().map(String::as_str).collect()
}

#[test]
fn each_of_the_three_can_be_given() {
    let node = Scratch::empty();
    let mut options = Vec::new();
    for (option, name) in [
        ("ca", "mine"),
        ("etcd-ca", "my-etcd"),
        ("front-proxy-ca", "my-proxy"),
    ] {
        authority(&node.beside(""), name, [-1, 4000]);
        options.extend(given(&node, option, name));
    }
    node.init(&all(&options)).done();
    for (base, name) in [
        ("ca", "mine"),
        ("etcd/ca", "my-etcd"),
        ("front-proxy-ca", "my-proxy"),
    ] {
        for end in ["crt", "key"] {
            let copy = fs::read(node.pki(&format!("{base}.{end}"))).unwrap();
            assert_eq!(
                copy,
                fs::read(node.beside(&format!("{name}.{end}"))).unwrap(),
                "{base}.{end}"
            );
        }
    }
    let issuer = openssl(&[
        "x509",
        "-noout",
        "-issuer",
        "-in",
        node.pki("etcd/peer.crt").to_str().unwrap(),
    ]);
    assert_eq!(issuer.trim(), "issuer=CN = my-etcd");
    assert_eq!(node.findings(), Vec::<String>::new());
    // The same again is fine, another is not.
    node.init(&all(&options)).done();
    authority(&node.beside(""), "stranger", [-1, 4000]);
    let stranger = given(&node, "ca", "stranger");
    node.refuses(
        &all(&stranger),
        &["/etc/kubernetes/pki/ca.crt: is another authority than \"stranger\""],
    );
}

#[test]
fn a_key_that_stays_elsewhere_issues_nothing_here() {
    let node = Scratch::empty();
    authority(&node.beside(""), "mine", [-1, 4000]);
    let [certificate, _] = given(&node, "ca", "mine");
    node.refuses(
        &[&certificate],
        &[
            "apiserver.crt: cannot be issued: the key of \"mine\" is not here",
            "kubepki csr",
        ],
    );
    node.init(&["certs", "ca", &certificate]).done();
    assert!(node.pki("ca.crt").exists() && !node.pki("ca.key").exists());
}

#[test]
fn what_is_no_authority_is_no_use() {
    let node = Scratch::full();
    let other = Scratch::empty();
    let leaf = [
        format!("--ca-cert={}", node.pki("apiserver.crt").display()),
        format!("--ca-key={}", node.pki("apiserver.key").display()),
    ];
    let says =
        ["apiserver.crt` cannot be an authority: the certificate of \"kube-apiserver\" is not"];
    other.cannot(&[&leaf[0]], &says);
    other.cannot(&all(&leaf), &says);
    let mixed = [
        format!("--ca-cert={}", node.pki("ca.crt").display()),
        format!("--ca-key={}", node.pki("etcd/ca.key").display()),
    ];
    other.cannot(
        &all(&mixed),
        &["the private key does not belong to the certificate of \"kubernetes\""],
    );
}

#[test]
fn files_that_are_not_what_they_should_be() {
    let node = Scratch::empty();
    authority(&node.beside(""), "mine", [-1, 4000]);
    fs::write(node.beside("garbage"), "garbage").unwrap();
    let [certificate, key] = given(&node, "ca", "mine");
    let garbage = node.text("garbage");
    for (arguments, says) in [
        (
            vec![certificate.clone(), format!("--ca-key={garbage}")],
            "no private key in it",
        ),
        (vec![format!("--ca-cert={garbage}"), key.clone()], "garbage"),
        (
            vec![format!("--ca-cert={}", node.text("absent")), key.clone()],
            "cannot read",
        ),
        (
            vec![
                certificate.clone(),
                format!("--ca-key={}", node.text("absent")),
            ],
            "cannot read",
        ),
    ] {
        let before = node.snapshot();
        let said = node.init(&all(&arguments));
        assert_eq!(said.code, Some(2), "{said:?}");
        said.says(&[says]);
        crate::tree::same(&before, &node.snapshot());
    }
    // A key alone says nothing.
    assert_eq!(node.init(&[&key]).code, Some(2));
}

#[test]
fn authorities_that_do_not_hold_now_issue_nothing() {
    for (days, why, remedy) in [
        (
            [-20, -1],
            "cannot be issued: \"late\" has ended",
            "replaced first",
        ),
        (
            [1, 20],
            "cannot be issued: \"late\" does not hold yet",
            "set the clock right",
        ),
    ] {
        let node = Scratch::empty();
        authority(&node.beside(""), "late", days);
        let options = given(&node, "ca", "late");
        node.refuses(&all(&options), &[why, remedy]);
        // By itself it is put there, with a word.
        let said = node
            .init(&[&["certs", "ca"], &all(&options)[..]].concat())
            .done();
        said.says(&["ca.crt: ", &why.replace("cannot be issued: \"late\" ", "")]);
    }
}

#[test]
fn an_encrypted_key_takes_its_password() {
    let node = Scratch::empty();
    authority(&node.beside(""), "mine", [-1, 4000]);
    let (key, sealed) = (node.text("mine.key"), node.text("sealed.key"));
    openssl(&[
        "pkcs8",
        "-topk8",
        "-in",
        &key,
        "-passout",
        "pass:open sesame",
        "-out",
        &sealed,
    ]);
    fs::write(node.beside("right"), "open sesame\n").unwrap();
    fs::write(node.beside("wrong"), "open barley\n").unwrap();
    let [certificate, _] = given(&node, "ca", "mine");
    let with = |password: &str| {
        [
            certificate.clone(),
            format!("--ca-key={sealed}"),
            format!("--password-file={}", node.text(password)),
        ]
    };
    node.cannot(
        &[&certificate, &format!("--ca-key={sealed}")],
        &["is encrypted", "--password-file"],
    );
    let before = node.snapshot();
    let said = node.init(&all(&with("wrong")));
    assert_eq!(said.code, Some(2), "{said:?}");
    said.says(&["sealed.key"]);
    assert!(!said.stderr.contains("barley") && !said.stderr.contains("sesame"));
    crate::tree::same(&before, &node.snapshot());
    let said = node.init(&all(&with("right"))).done();
    assert!(!said.stdout.contains("sesame") && !said.stderr.contains("sesame"));
    // What kubeadm's tools and the controller manager read is not encrypted.
    let written = fs::read_to_string(node.pki("ca.key")).unwrap();
    assert!(
        written.starts_with("-----BEGIN EC PRIVATE KEY-----"),
        "not as kubeadm writes it"
    );
    assert_eq!(node.findings(), Vec::<String>::new());
}

#[test]
fn options_that_nothing_comes_of_are_told() {
    let node = Scratch::empty();
    let unknown = node.init(&["--ca-key=x"]);
    assert_eq!(unknown.code, Some(2));
    unknown.says(&["--ca-cert"]);
    assert!(!node.path(PKI).exists());
}
