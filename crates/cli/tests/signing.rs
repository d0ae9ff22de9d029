//! `csr`, `sign` and `user` together, with OpenSSL as the reader of what they write.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const NODE: [&str; 6] = [
    "--node-name",
    "cp-1",
    "--apiserver-advertise-address",
    "10.0.0.7",
    "--key-algorithm",
    "ECDSA-P256",
];

fn run(program: impl AsRef<std::ffi::OsStr>, folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    command.output().unwrap()
}

/// What the program prints when it has done its work.
fn kubepki(folder: &Path, arguments: &[&str]) -> String {
    let output = run(env!("CARGO_BIN_EXE_kubepki"), folder, arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// How the program ends when it does not, and what it says then.
fn refused(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(env!("CARGO_BIN_EXE_kubepki"), folder, arguments);
    assert!(output.stdout.is_empty(), "{arguments:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), said)
}

fn openssl(folder: &Path, arguments: &[&str]) -> String {
    let output = run("openssl", folder, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// The tree with the authorities.
fn signer() -> String {
    examples().join("kubeadm").to_str().unwrap().to_owned()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The rows of a table: part, key, request.
fn rows(json: &str) -> Vec<[String; 3]> {
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    let rows = json["requests"].as_array().unwrap();
    let field = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| ["part", "key", "request"].map(|name| field(row, name)))
        .collect()
}

#[test]
fn a_node_without_the_authorities_keys_gets_its_certificates() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let made = kubepki(
        at,
        &[&["csr", "--rootfs", ".", "-o", "json"], &NODE[..]].concat(),
    );
    let rows = rows(&made);
    assert_eq!(rows.len(), 12);
    for [part, key, request] in &rows {
        let (key, request) = (&key[1..], &request[1..]);
        assert_eq!(mode(&at.join(key)), 0o600, "{key}");
        assert_eq!(mode(&at.join(request)), 0o600, "{request}");
        openssl(at, &["req", "-in", request, "-verify", "-noout"]);
        let signed = ["sign", request, "--profile", part, "--rootfs", &signer()];
        let refused = part == "super-admin";
        let allow = refused.then_some("--allow-system-masters");
        let signed: Vec<&str> = signed.into_iter().chain(allow).collect();
        fs::write(at.join("one.crt"), kubepki(at, &signed)).unwrap();
        let ca = match part.as_str() {
            "front-proxy-client" => "front-proxy-ca.crt",
            part if part.contains("etcd") => "etcd/ca.crt",
            _ => "ca.crt",
        };
        let ca = format!("{}/etc/kubernetes/pki/{ca}", signer());
        openssl(at, &["verify", "-CAfile", &ca, "one.crt"]);
        let of = |kind: &str, file: &str, option: &str| {
            openssl(at, &[kind, "-in", file, "-noout", option])
        };
        assert_eq!(
            of("x509", "one.crt", "-pubkey"),
            of("req", request, "-pubkey")
        );
        let subject = |text: String| text.trim().replace("subject=", "").replace(' ', "");
        assert_eq!(
            subject(of("x509", "one.crt", "-subject")),
            subject(of("req", request, "-subject"))
        );
    }
    let kubelet = fs::read_to_string(at.join("etc/kubernetes/kubelet.conf")).unwrap();
    assert!(kubelet.contains("server: https://10.0.0.7:6443"));
    assert!(!kubelet.contains("certificate"));

    let again = [&["csr", "admin", "--rootfs", "."], &NODE[..]].concat();
    let before = fs::read(at.join("etc/kubernetes/admin.conf")).unwrap();
    let (code, said) = refused(at, &again);
    assert_eq!(code, Some(1));
    assert!(said.contains("`/etc/kubernetes/admin.conf` is there already"));
    assert_eq!(
        fs::read(at.join("etc/kubernetes/admin.conf")).unwrap(),
        before
    );
}

#[test]
fn a_root_signs_an_intermediate_and_that_signs_leaves() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    kubepki(at, &[&["csr", "ca", "--rootfs", "."], &NODE[..]].concat());
    fs::rename(at.join("etc/kubernetes/pki/ca.key"), at.join("ca.key")).unwrap();
    let pki = format!("{}/etc/kubernetes/pki", signer());
    let (root, key) = (format!("{pki}/etcd/ca.crt"), format!("{pki}/etcd/ca.key"));
    let by = ["--ca-cert", &root, "--ca-key", &key];
    let request = [
        "sign",
        "etc/kubernetes/pki/ca.csr",
        "--profile",
        "intermediate-ca",
    ];
    kubepki(at, &[&request[..], &by, &["--out", "ca.crt"]].concat());
    let text = openssl(at, &["x509", "-in", "ca.crt", "-noout", "-text"]);
    assert!(text.contains("CA:TRUE, pathlen:0"), "{text}");
    openssl(at, &["verify", "-CAfile", &root, "ca.crt"]);
    let both = [
        fs::read(at.join("ca.crt")).unwrap(),
        fs::read(&root).unwrap(),
    ]
    .concat();
    fs::write(at.join("both.crt"), both).unwrap();

    let server = [
        "csr",
        "--cn",
        "web",
        "--san",
        "web.example,10.0.0.9",
        "--key",
        "web.key",
    ];
    kubepki(at, &[&server[..], &["--out", "web.csr"]].concat());
    let by = ["--ca-cert", "both.crt", "--ca-key", "ca.key"];
    let signed = ["sign", "web.csr", "--profile", "server", "--out", "web.crt"];
    kubepki(at, &[&signed[..], &by].concat());
    let chain = fs::read_to_string(at.join("web.crt")).unwrap();
    assert_eq!(chain.matches("BEGIN").count(), 2);
    let host = ["-verify_hostname", "web.example", "-purpose", "sslserver"];
    let verify = ["verify", "-CAfile", &root, "-untrusted", "ca.crt"];
    openssl(at, &[&verify[..], &host, &["web.crt"]].concat());

    // Below it there is no further authority.
    kubepki(
        at,
        &[
            "csr", "--cn", "ca-2", "--key", "ca-2.key", "--out", "ca-2.csr",
        ],
    );
    let signed = ["sign", "ca-2.csr", "--profile", "intermediate-ca"];
    let (code, said) = refused(at, &[&signed[..], &by].concat());
    assert_eq!(code, Some(1));
    assert!(said.contains("would not work"), "{said}");
}

#[test]
fn a_user_is_who_was_asked_for_and_nobody_reads_the_key() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let create = ["user", "create", "jane", "--group", "dev", "--group", "ops"];
    let rest = ["--rootfs", &signer(), "--out", "jane.conf"];
    let output = run(
        env!("CARGO_BIN_EXE_kubepki"),
        at,
        &[&create[..], &rest].concat(),
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(output.stdout.is_empty());
    assert!(said.contains("the user \"jane\" in the groups dev, ops, system:authenticated, until"));
    assert!(said.contains("it cannot be revoked"));
    assert_eq!(mode(&at.join("jane.conf")), 0o600);
    let text = fs::read_to_string(at.join("jane.conf")).unwrap();
    assert!(text.contains("server: https://192.20.97.8:6443"));
    let data = |field: &str| {
        let line = text
            .lines()
            .find_map(|line| line.trim().strip_prefix(field));
        fs::write(at.join("data"), line.unwrap().trim()).unwrap();
        openssl(at, &["base64", "-d", "-A", "-in", "data"])
    };
    fs::write(at.join("jane.crt"), data("client-certificate-data:")).unwrap();
    fs::write(at.join("ca.crt"), data("certificate-authority-data:")).unwrap();
    openssl(
        at,
        &[
            "verify",
            "-CAfile",
            "ca.crt",
            "-purpose",
            "sslclient",
            "jane.crt",
        ],
    );
    let subject = openssl(at, &["x509", "-in", "jane.crt", "-noout", "-subject"]);
    for part in ["O = dev", "O = ops", "CN = jane"] {
        assert!(subject.contains(part), "{subject}");
    }
    // Eight hours, and no longer.
    openssl(
        at,
        &["x509", "-in", "jane.crt", "-noout", "-checkend", "28000"],
    );
    let later = ["x509", "-in", "jane.crt", "-noout", "-checkend", "28900"];
    assert!(!run("openssl", at, &later).status.success());

    let (code, said) = refused(at, &[&create[..], &rest].concat());
    assert_eq!(code, Some(2));
    assert!(said.contains("`jane.conf` is there already"), "{said}");
    assert_eq!(fs::read_to_string(at.join("jane.conf")).unwrap(), text);
}

#[test]
fn what_an_authority_opens_is_said() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    kubepki(
        at,
        &["csr", "--cn", "backup", "--key", "b.key", "--out", "b.csr"],
    );
    let sign = [
        "sign",
        "b.csr",
        "--profile",
        "client",
        "--rootfs",
        &signer(),
    ];
    let said = |more: &[&str]| {
        let arguments = [&sign[..], more].concat();
        let output = run(env!("CARGO_BIN_EXE_kubepki"), at, &arguments);
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said(&["--ca", "etcd-ca"]).contains("read and write everything"));
    assert!(said(&["--ca", "front-proxy-ca"]).contains("speak for anybody"));
    assert_eq!(said(&[]).lines().count(), 1);
}

#[test]
fn an_encrypted_key_signs_with_its_password_and_nothing_outlives_it() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let pki = format!("{}/etc/kubernetes/pki", signer());
    let (certificate, key) = (format!("{pki}/ca.crt"), format!("{pki}/ca.key"));
    let sealed = ["pkcs8", "-topk8", "-in", &key, "-out", "ca.key"];
    openssl(at, &[&sealed[..], &["-passout", "pass:secret"]].concat());
    fs::write(at.join("good"), "secret\n").unwrap();
    fs::write(at.join("wrong"), "guess\n").unwrap();
    kubepki(
        at,
        &[
            "csr",
            "--subject",
            "O=dev,CN=jane",
            "--key",
            "jane.key",
            "--out",
            "jane.csr",
        ],
    );
    let sign = [
        "sign",
        "jane.csr",
        "--profile",
        "client",
        "--ttl",
        "876000h",
    ];
    let by = [
        "--ca-cert",
        &certificate,
        "--ca-key",
        "ca.key",
        "--password-file",
    ];
    let signed = kubepki(at, &[&sign[..], &by, &["good"]].concat());
    fs::write(at.join("jane.crt"), signed).unwrap();
    let end = |file: &str| openssl(at, &["x509", "-in", file, "-noout", "-enddate"]);
    assert_eq!(end("jane.crt"), end(&certificate));
    let (code, said) = refused(at, &[&sign[..], &by, &["wrong"]].concat());
    assert_eq!(code, Some(2));
    assert!(!said.contains("guess"), "{said}");

    // The same key again, for another request.
    kubepki(
        at,
        &[
            "csr",
            "--cn",
            "jane",
            "--key",
            "jane.key",
            "--out",
            "again.csr",
        ],
    );
    let key = |file: &str| openssl(at, &["req", "-in", file, "-noout", "-pubkey"]);
    assert_eq!(key("again.csr"), key("jane.csr"));
}

#[test]
fn a_request_from_openssl_is_signed_from_standard_input() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let new = [
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-384",
        "-nodes",
    ];
    let what = ["-keyout", "n.key", "-out", "n.csr", "-outform", "DER"];
    let names = [
        "-subj",
        "/O=system:nodes/CN=system:node:n1",
        "-addext",
        "subjectAltName=DNS:n1,IP:10.0.0.1",
    ];
    openssl(at, &[&new[..], &what, &names].concat());
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    child.args([
        "sign",
        "-",
        "--profile",
        "kubelet-serving",
        "-q",
        "--rootfs",
        &signer(),
    ]);
    child.stdin(fs::File::open(at.join("n.csr")).unwrap());
    let output = child.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    fs::write(at.join("n.crt"), output.stdout).unwrap();
    let text = openssl(at, &["x509", "-in", "n.crt", "-noout", "-text"]);
    assert!(text.contains("DNS:n1, IP Address:10.0.0.1"), "{text}");
    assert!(text.contains("TLS Web Server Authentication") && !text.contains("Client"));
}

/// The lines of a kubeconfig without what is in it.
fn outline(text: &str) -> Vec<&str> {
    let lines = text.trim_end().lines();
    lines
        .map(|line| line.split_once("-data: ").map_or(line, |(field, _)| field))
        .collect()
}

#[test]
fn a_users_kubeconfig_is_as_kubeadm_writes_it() {
    let bin = std::env::var_os("KUBEPKI_TEST_BIN");
    let kubeadm = bin.map(|bin| Path::new(&bin).join("kubeadm"));
    let Some(kubeadm) = kubeadm.filter(|kubeadm| kubeadm.is_file()) else {
        println!("skipped: KUBEPKI_TEST_BIN has no kubeadm");
        return;
    };
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let pki = at.join("etc/kubernetes/pki");
    fs::create_dir_all(&pki).unwrap();
    for name in ["ca.crt", "ca.key"] {
        let from = examples().join("kubeadm/etc/kubernetes/pki").join(name);
        fs::copy(from, pki.join(name)).unwrap();
    }
    let configuration = "apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.0
controlPlaneEndpoint: api.example:8443
clusterName: prod
";
    fs::write(at.join("kubeadm.yaml"), configuration).unwrap();
    let user = [
        "kubeconfig",
        "user",
        "--client-name",
        "jane",
        "--org",
        "dev,ops",
    ];
    let rest = [
        "--config",
        "/kubeadm.yaml",
        "--rootfs",
        at.to_str().unwrap(),
    ];
    let theirs = run(&kubeadm, at, &[&user[..], &rest].concat());
    assert!(theirs.status.success(), "{theirs:?}");
    let theirs = String::from_utf8(theirs.stdout).unwrap();
    let create = [
        "user", "create", "jane", "--group", "dev,ops", "--rootfs", ".",
    ];
    let rest = [
        "--server",
        "https://api.example:8443",
        "--cluster-name",
        "prod",
    ];
    let ours = kubepki(at, &[&create[..], &rest].concat());
    assert_eq!(outline(&ours), outline(&theirs));
    let ca = |text: &str| {
        let line = text
            .lines()
            .find(|line| line.contains("certificate-authority-data"));
        line.unwrap().to_owned()
    };
    assert_eq!(ca(&ours), ca(&theirs));
}
