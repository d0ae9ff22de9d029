//! `kubepki inspect` over the examples and over things that people paste.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn example(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(path)
}

fn inspect(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubepki"))
        .arg("inspect")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn json(arguments: &[&str], input: &[u8]) -> Vec<Value> {
    let output = inspect(
        &[&["-o", "json", "--at", "2027-01-01"], arguments].concat(),
        input,
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn certificate() -> String {
    std::fs::read_to_string(example("kubeadm/etc/kubernetes/pki/apiserver.crt")).unwrap()
}

const SHA256: &str = "FC:D4:7C:69:39:E3:60:97:60:0C:BF:19:63:52:5E:CC:73:C9:31:17:9A:A1:AC:A6:B4:3E:D9:5A:93:C2:FE:3B";

#[test]
fn a_certificate_is_found_wherever_it_stands() {
    let pem = certificate();
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let twice = openssl_base64(pem.as_bytes());
    for text in [
        format!(
            "Certificate chain\n 0 s:CN = kube-apiserver\n---\nServer certificate\n{pem}subject=CN = kube-apiserver\n"
        ),
        format!("apiVersion: v1\nkind: Secret\ndata:\n  tls.crt: {twice}\n"),
        format!("{{\"webhooks\": [{{\"clientConfig\": {{\"caBundle\": \"{twice}\"}}}}]}}"),
        format!("kind: ConfigMap\ndata:\n  ca.crt: |\n{}", indented(&pem)),
        format!(
            "data: {{kubeconfig: \"clusters:\\n- cluster: {{certificate-authority-data: {twice}}}\\n\"}}"
        ),
        format!("time=now msg=\"loaded {}\"", pem.replace('\n', "\\n")),
        format!("der: {base64}\n"),
        pem.replace('\n', "\r\n"),
    ] {
        let found = json(&[], text.as_bytes());
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0]["sha256"], SHA256, "{text}");
    }
    let fields = json(&[], format!("a:\n  tls.crt: {twice}\n").as_bytes());
    assert_eq!(fields[0]["place"]["field"], "a[\"tls.crt\"]");
    assert_eq!(fields[0]["place"]["line"], 2);
}

#[test]
fn keys_are_told_and_never_shown() {
    let folder = example("kubeadm/etc/kubernetes");
    let folder = folder.to_str().unwrap();
    let key = std::fs::read_to_string(example("kubeadm/etc/kubernetes/pki/apiserver.key")).unwrap();
    let secret = key.lines().nth(2).unwrap();
    for format in ["human", "json", "yaml", "pem"] {
        let output = inspect(&["-o", format, folder], b"");
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(
            !shown.contains(secret) && !shown.contains("PRIVATE KEY-----"),
            "{format}"
        );
        assert!(output.status.success());
    }
    let found = json(&[folder], b"");
    let leaves: Vec<&Value> = found
        .iter()
        .filter(|one| one["kind"] == "certificate" && one["isCa"] == false)
        .collect();
    assert_eq!(leaves.len(), 12);
    for leaf in leaves {
        assert_eq!(leaf["keyBeside"]["fits"], true, "{leaf}");
        assert!(leaf["daysLeft"].as_i64().unwrap() > 300);
    }
}

#[test]
fn a_key_of_another_certificate_does_not_fit() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mismatch");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(
        example("kubeadm/etc/kubernetes/pki/apiserver.crt"),
        folder.join("a.crt"),
    )
    .unwrap();
    std::fs::copy(
        example("kubeadm/etc/kubernetes/pki/ca.key"),
        folder.join("a.key"),
    )
    .unwrap();
    let found = json(&[folder.join("a.crt").to_str().unwrap()], b"");
    assert_eq!(found[0]["keyBeside"]["fits"], false);
}

#[test]
fn pem_comes_out_as_it_went_in() {
    let output = inspect(&["-o", "pem"], certificate().as_bytes());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), certificate());
}

#[test]
fn text_is_openssls() {
    if !is_openssl_3_0() {
        return;
    }
    for tree in ["kubeadm", "kubeadm-ecdsa"] {
        let file = example(&format!("{tree}/etc/kubernetes/pki/apiserver.crt"));
        let expected = Command::new("openssl")
            .args(["x509", "-text", "-noout", "-in"])
            .arg(&file)
            .output()
            .unwrap();
        let shown = inspect(&["--text", file.to_str().unwrap()], b"");
        assert_eq!(
            String::from_utf8(shown.stdout).unwrap(),
            String::from_utf8(expected.stdout).unwrap()
        );
    }
}

#[test]
fn the_blogs_own_text() {
    for (file, text) in [
        (
            "blog/etc/kubernetes/pki/apiserver.crt",
            "blog-apiserver.txt",
        ),
        (
            "blog/etc/kubernetes/pki/etcd/server.crt",
            "blog-etcd-server.txt",
        ),
    ] {
        let shown = inspect(
            &[
                "--text",
                "--openssl-version",
                "1.1.1",
                example(file).to_str().unwrap(),
            ],
            b"",
        );
        let shown = String::from_utf8(shown.stdout).unwrap();
        let expected = std::fs::read_to_string(example(text)).unwrap();
        assert_eq!(trimmed(&shown), trimmed(&expected));
    }
}

#[test]
fn what_cannot_be_read_does_not_lose_the_rest() {
    let good = example("kubeadm/etc/kubernetes/pki/apiserver.crt");
    let output = inspect(
        &[
            "-o",
            "json",
            "/nonexistent",
            good.to_str().unwrap(),
            "/dev/null",
        ],
        b"",
    );
    assert_eq!(output.status.code(), Some(2));
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found[0]["sha256"], SHA256);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("/nonexistent") && said.contains("/dev/null"),
        "{said}"
    );
}

fn openssl_base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

fn trimmed(text: &str) -> Vec<&str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect()
}

fn is_openssl_3_0() -> bool {
    let version = Command::new("openssl").arg("version").output();
    let is = version.is_ok_and(|output| output.stdout.starts_with(b"OpenSSL 3.0."));
    if !is {
        println!("skipped: OpenSSL 3.0 is wanted");
    }
    is
}

#[test]
fn a_certificate_is_rebuilt_from_its_text() {
    for (file, text) in [
        (
            "blog/etc/kubernetes/pki/apiserver.crt",
            "blog-apiserver.txt",
        ),
        (
            "blog/etc/kubernetes/pki/etcd/server.crt",
            "blog-etcd-server.txt",
        ),
    ] {
        let output = inspect(&["-o", "pem", example(text).to_str().unwrap()], b"");
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            std::fs::read_to_string(example(file)).unwrap()
        );
    }
    let found = json(&[example("blog-apiserver.txt").to_str().unwrap()], b"");
    assert_eq!(found[0]["rebuiltFromText"]["proven"], false);
}

#[test]
fn an_input_of_which_nothing_can_be_read_is_an_error() {
    let broken = b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    for arguments in [&[][..], &["--text"], &["-o", "pem"]] {
        let output = inspect(arguments, broken);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            String::from_utf8(output.stderr)
                .unwrap()
                .contains("CERTIFICATE")
        );
    }
    let both = [broken.as_slice(), certificate().as_bytes()].concat();
    let output = inspect(&["--text"], &both);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("note: -:1: CERTIFICATE")
    );
}

#[test]
fn what_is_encrypted_opens_with_its_password() {
    if !is_openssl_3_0() {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("encrypted");
    std::fs::create_dir_all(&folder).unwrap();
    let pki = example("kubeadm-ecdsa/etc/kubernetes/pki");
    let (right, wrong) = (folder.join("right"), folder.join("wrong"));
    std::fs::write(&right, "geheim wört\n").unwrap();
    std::fs::write(&wrong, "other\n").unwrap();
    let (right, wrong) = (right.to_str().unwrap(), wrong.to_str().unwrap());
    let password = format!("file:{right}");
    let (certificate, key) = (pki.join("apiserver.crt"), pki.join("apiserver.key"));
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    let ca = pki.join("ca.crt");
    let export: &[&str] = &[
        "pkcs12",
        "-export",
        "-in",
        certificate,
        "-inkey",
        key,
        "-certfile",
        ca.to_str().unwrap(),
        "-passout",
        &password,
    ];
    let pkcs8: &[&str] = &["pkcs8", "-topk8", "-in", key, "-passout", &password];
    for (arguments, found, keys) in [
        (&[export, &[]].concat(), 3, 1),
        (
            &[export, &["-name", "a friend", "-macalg", "sha512"]].concat(),
            3,
            1,
        ),
        (
            &[
                export,
                &[
                    "-keypbe",
                    "AES-128-CBC",
                    "-certpbe",
                    "NONE",
                    "-macalg",
                    "sha1",
                ],
            ]
            .concat(),
            3,
            1,
        ),
        (
            &[export, &["-nomac", "-certpbe", "AES-192-CBC"]].concat(),
            3,
            1,
        ),
        (
            &[pkcs8, &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"]].concat(),
            1,
            1,
        ),
        (
            &[
                pkcs8,
                &[
                    "-v2",
                    "aes-128-cbc",
                    "-v2prf",
                    "hmacWithSHA1",
                    "-outform",
                    "DER",
                ],
            ]
            .concat(),
            1,
            1,
        ),
    ] {
        let file = folder.join("file");
        let made = Command::new("openssl")
            .args(arguments)
            .arg("-out")
            .arg(&file)
            .status()
            .unwrap();
        assert!(made.success(), "{arguments:?}");
        let file = file.to_str().unwrap();
        let opened = json(&["--password-file", right, file], b"");
        assert_eq!(opened.len(), found, "{arguments:?} {opened:#?}");
        assert_eq!(
            opened
                .iter()
                .filter(|one| one["kind"] == "private-key")
                .count(),
            keys
        );
        if found > 1 {
            assert_eq!(opened[0]["keyBeside"]["fits"], true, "{arguments:?}");
        }
        let refused = inspect(&["--password-file", wrong, file], b"");
        let said = String::from_utf8([refused.stdout, refused.stderr].concat()).unwrap();
        assert!(
            said.contains("the password does not fit"),
            "{arguments:?}: {said}"
        );
        let untold = inspect(&[file], b"");
        assert_eq!(untold.status.code(), Some(2));
        assert!(
            String::from_utf8(untold.stderr)
                .unwrap()
                .contains("--password-file")
        );
    }
    let legacy = folder.join("legacy");
    let made = Command::new("openssl")
        .args([export, &["-legacy"]].concat())
        .arg("-out")
        .arg(&legacy)
        .status()
        .unwrap();
    assert!(made.success());
    let refused = inspect(&["--password-file", right, legacy.to_str().unwrap()], b"");
    assert!(
        String::from_utf8(refused.stderr)
            .unwrap()
            .contains("not supported here")
    );
}
