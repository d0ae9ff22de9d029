//! What `kubepki bundle` and `kubepki token` make, judged by others: OpenSSL, kubectl, and objects of
//! a real cluster.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use authority::PrivateKey;
use authority::objects::{CertificateKey, SHARED, STACKED_ETCD};
use authority::token::service_account::{Account, Claims, sign};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;
use tempfile::TempDir;

const TOKEN: &str = "abcdef.0123456789abcdef";
const KEY: &str = "b17d8b818aab4706223245ade7d050689bf4e24e1b547c3a8c4f5e62be16ea14";

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn example(name: &str) -> String {
    project("examples").join(name).display().to_string()
}

/// A tree of CAs and keys of a cluster, and what the cluster made of them.
fn real() -> PathBuf {
    project("crates/authority/tests/data/api-objects")
}

fn data(name: &str) -> String {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    data.join(name).display().to_string()
}

fn output(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    run(command.args(arguments), input)
}

fn run(command: &mut Command, input: &str) -> Output {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    // Who does not read is gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn kubepki(arguments: &[&str]) -> String {
    succeeded(output(arguments, ""))
}

fn succeeded(output: Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout).unwrap()
}

/// The objects of a List.
fn items(arguments: &[&str]) -> Vec<Value> {
    let text = kubepki(&[arguments, &["-o", "json"]].concat());
    let list: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(list["kind"], "List");
    list["items"].as_array().unwrap().clone()
}

fn object(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn shell(script: &str, folder: &Path) -> String {
    let mut command = Command::new("sh");
    succeeded(run(command.args(["-euc", script]).current_dir(folder), ""))
}

#[test]
fn openssl_computes_the_same_pins() {
    let script = "for file in ca.crt front-proxy-ca.crt; do \
                  openssl x509 -pubkey -noout -in $file | openssl pkey -pubin -outform der | \
                  openssl dgst -sha256 -r | sed 's/^/sha256:/; s/ .*//'; done";
    let pki = project("examples/kubeadm-ecdsa/etc/kubernetes/pki");
    let expected = shell(script, &pki);
    let both = TempDir::new().unwrap();
    shell(
        &format!(
            "cat {0}/ca.crt {0}/front-proxy-ca.crt > both",
            pki.display()
        ),
        both.path(),
    );
    let file = both.path().join("both").display().to_string();
    assert_eq!(kubepki(&["token", "ca-hash", &file]), expected);
    let own = kubepki(&["token", "ca-hash", "--rootfs", &example("kubeadm-ecdsa")]);
    assert_eq!(own, format!("{}\n", expected.lines().next().unwrap()));
}

#[test]
fn openssl_accepts_a_signed_token() {
    let folder = TempDir::new().unwrap();
    let token = folder.path().join("token");
    let rootfs = example("kubeadm");
    let account = [
        "--namespace",
        "default",
        "--service-account",
        "builder",
        "--uid",
        "1",
    ];
    let out = [
        "token",
        "sign",
        "--rootfs",
        &rootfs,
        "--out",
        token.to_str().unwrap(),
    ];
    assert_eq!(kubepki(&[&out[..], &account].concat()), "");
    assert_eq!(
        token.metadata().unwrap().permissions().mode() & 0o777,
        0o600
    );
    let text = std::fs::read_to_string(&token).unwrap();
    let (message, signature) = text.trim_end().rsplit_once('.').unwrap();
    std::fs::write(folder.path().join("message"), message).unwrap();
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    std::fs::write(folder.path().join("signature"), signature).unwrap();
    let key = format!("{rootfs}/etc/kubernetes/pki/sa.pub");
    let check = format!("openssl dgst -sha256 -verify {key} -signature signature message");
    assert_eq!(shell(&check, folder.path()), "Verified OK\n");
    let checked = [
        "token",
        "check",
        token.to_str().unwrap(),
        "--rootfs",
        &rootfs,
    ];
    assert!(kubepki(&checked).starts_with("accepted\n"));
    let again = output(&[&out[..], &account].concat(), "");
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&token).unwrap(), text);
}

#[test]
fn a_published_key_is_the_one_that_openssl_reads() {
    let text = kubepki(&["token", "jwks", "--rootfs", &example("kubeadm")]);
    let keys: Value = serde_json::from_str(&text).unwrap();
    let decode = |field: &str| {
        let text = keys["keys"][0][field].as_str().unwrap();
        BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
    };
    let hex =
        |bytes: Vec<u8>| -> String { bytes.iter().map(|byte| format!("{byte:02X}")).collect() };
    let pki = project("examples/kubeadm/etc/kubernetes/pki");
    let modulus = shell("openssl rsa -pubin -modulus -noout -in sa.pub", &pki);
    assert_eq!(format!("Modulus={}\n", hex(decode("n"))), modulus);
    let id = shell(
        "openssl pkey -pubin -outform der -in sa.pub | openssl dgst -sha256 -r | tr a-f A-F",
        &pki,
    );
    assert!(id.starts_with(&hex(decode("kid"))), "{id}");
}

#[test]
fn a_real_cluster_info_is_printed_again() {
    let rootfs = real().display().to_string();
    let server = "https://192.0.2.2:26443";
    let made = items(&[
        "bundle",
        "cluster-info",
        "--rootfs",
        &rootfs,
        "--cert-dir",
        "/pki",
        "--server",
        server,
        "--token-file",
        &data("bootstrap-token"),
    ]);
    assert_eq!(
        made[0]["data"],
        object(&real().join("cluster-info.json"))["data"]
    );
    let kinds: Vec<&str> = made
        .iter()
        .filter_map(|object| object["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["ConfigMap", "Role", "RoleBinding"]);
}

#[test]
fn shared_files_open_with_their_key_alone() {
    let rootfs = real().display().to_string();
    let made = items(&[
        "bundle",
        "kubeadm-certs",
        "--rootfs",
        &rootfs,
        "--cert-dir",
        "/pki",
        "--certificate-key-file",
        &data("certificate-key"),
    ]);
    let theirs = object(&real().join("kubeadm-certs.json"));
    let key = CertificateKey::parse(KEY).unwrap();
    let open = |object: &Value, name: &str| {
        let sealed = object["data"][name].as_str().unwrap();
        key.open(&BASE64_STANDARD.decode(sealed).unwrap()).unwrap()
    };
    for (name, path) in SHARED.iter().chain(&STACKED_ETCD) {
        let file = std::fs::read(real().join("pki").join(path)).unwrap();
        assert_eq!(*open(&made[1], name), file, "{name}");
        assert_eq!(*open(&theirs, name), file, "{name}");
    }
    let names = |object: &Value| -> Vec<String> {
        let mut names: Vec<_> = object["data"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&made[1]), names(&theirs));
}

#[test]
fn a_key_that_was_made_is_told_apart_from_the_secret() {
    let rootfs = example("kubeadm");
    let command = ["bundle", "kubeadm-certs", "--quiet", "--rootfs", &rootfs];
    let output = output(&command, "");
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    let key = told.strip_prefix("certificate key: ").unwrap().trim_end();
    let manifest = succeeded(output);
    assert!(!manifest.contains(key));
    let line = manifest
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("ca.key: "));
    let sealed = BASE64_STANDARD.decode(line.unwrap()).unwrap();
    let file = std::fs::read(project("examples/kubeadm/etc/kubernetes/pki/ca.key")).unwrap();
    assert_eq!(
        *CertificateKey::parse(key).unwrap().open(&sealed).unwrap(),
        file
    );
}

/// The command that is told, run with a kubectl that says what it was asked for.
#[test]
fn the_secret_ends_with_its_token() {
    let rootfs = example("kubeadm");
    let output = output(&["bundle", "kubeadm-certs", "--rootfs", &rootfs], "");
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    let command = told.lines().find(|line| line.starts_with("uid=")).unwrap();
    let manifest = succeeded(output);
    let folder = TempDir::new().unwrap();
    let stub =
        "#!/bin/sh\ncase \"$3\" in get) echo 109b6a22-4995 ;; *) eval echo \\\"\\$$#\\\" ;; esac\n";
    let kubectl = folder.path().join("kubectl");
    std::fs::write(&kubectl, stub).unwrap();
    std::fs::set_permissions(&kubectl, PermissionsExt::from_mode(0o755)).unwrap();
    let patch = shell(&format!("PATH=$PWD:$PATH; {command}"), folder.path());
    let patch: Value = serde_json::from_str(&patch).unwrap();
    let owner = &patch["metadata"]["ownerReferences"][0];
    let theirs = object(&real().join("kubeadm-certs.json"));
    let theirs = &theirs["metadata"]["ownerReferences"][0];
    for field in ["apiVersion", "kind", "controller", "blockOwnerDeletion"] {
        assert_eq!(owner[field], theirs[field], "{field}");
    }
    assert_eq!(owner["uid"], "109b6a22-4995");
    let name = format!("  name: {}\n", owner["name"].as_str().unwrap());
    assert!(manifest.contains(&name), "{name}");
}

#[test]
fn kubectl_reads_every_manifest() {
    let Ok(kubectl) = std::env::var("KUBEPKI_KUBECTL") else {
        println!("skipped: KUBEPKI_KUBECTL does not name a kubectl");
        return;
    };
    let rootfs = example("kubeadm");
    let home = TempDir::new().unwrap();
    let commands: [&[&str]; 6] = [
        &["bundle", "root-ca", "-n", "default", "-n", "kube-system"],
        &["bundle", "extension-apiserver-authentication"],
        &["bundle", "cluster-info"],
        &["bundle", "trust-bundle", "--signer", "example.com/ca"],
        &["bundle", "kubeadm-certs"],
        &[
            "token",
            "create",
            "--description",
            "yes: \"no\" # 0123456789\n",
        ],
    ];
    for command in commands {
        let command = [command, &["--rootfs", &rootfs]].concat();
        let count = items(&command).len();
        for format in ["yaml", "json"] {
            let manifest = kubepki(&[&command[..], &["-o", format]].concat());
            let mut local = Command::new(&kubectl);
            local.args(["label", "--local", "-f", "-", "read=true", "-o", "name"]);
            let read = succeeded(run(local.env("HOME", home.path()), &manifest));
            assert_eq!(read.lines().count(), count, "{command:?}: {read}");
        }
    }
}

#[test]
fn secrets_come_from_standard_input_too() {
    let rootfs = example("kubeadm");
    let made = output(
        &["token", "create", "--token-file", "-", "--rootfs", &rootfs],
        TOKEN,
    );
    assert!(succeeded(made).contains("token-id: abcdef\n"));
    let text = std::fs::read_to_string(data("account-token")).unwrap();
    let at = ["--at", "2026-11-25T12:30:00Z"];
    let checked = [&["token", "check", "-", "--rootfs", &rootfs][..], &at].concat();
    assert!(succeeded(output(&checked, &text)).starts_with("accepted"));
}

#[test]
fn tokens_of_secrets_are_good_for_ever() {
    let rootfs = example("kubeadm");
    let key = std::fs::read(format!("{rootfs}/etc/kubernetes/pki/sa.key")).unwrap();
    let key = PrivateKey::from_pem(&key).unwrap();
    let account = Account::new("default", "builder", "11").unwrap();
    let token = sign(&Claims::legacy(&account, "builder-token"), &key).unwrap();
    let command = [
        "token",
        "check",
        "-",
        "--rootfs",
        &rootfs,
        "--at",
        "2100-01-01",
    ];
    let said = succeeded(output(&command, &token));
    for line in [
        "  user         system:serviceaccount:default:builder\n",
        "  bound to     Secret builder-token\n",
        "  for          anybody\n",
        "  valid        for ever\n",
    ] {
        assert!(said.contains(line), "{said}");
    }
}

/// Each wrong secret, and what may not be seen of it.
#[test]
fn what_is_wrong_is_not_repeated() {
    let rootfs = example("kubeadm");
    let account = std::fs::read_to_string(data("account-token")).unwrap();
    let signature = account.trim_end().rsplit('.').next().unwrap();
    let broken = account.replace(&signature[..20], &signature[20..40]);
    let secret = "9876543210zyxwv";
    let hidden: [(&[&str], &str, &str); 8] = [
        (
            &["token", "create", "--token-file", "-"],
            "zyxwvu.9876543210zyxwv",
            secret,
        ),
        (
            &["token", "create", "--token-file", "zyxwvu.9876543210zyxwv"],
            "",
            secret,
        ),
        (
            &["token", "create", "--token", "zyxwvu.9876543210zyxwv"],
            "",
            secret,
        ),
        (&["token", "create", "zyxwvu.9876543210zyxwv"], "", secret),
        (
            &["bundle", "cluster-info", "--token-file", "-"],
            "ZYXWVU.9876543210zyxwvu",
            secret,
        ),
        (
            &["bundle", "kubeadm-certs", "--certificate-key-file", "-"],
            &KEY[1..],
            &KEY[1..20],
        ),
        (
            &[
                "bundle",
                "kubeadm-certs",
                "--certificate-key-file",
                &KEY[1..],
            ],
            "",
            &KEY[1..20],
        ),
        (&["token", "check", "-"], &broken, &signature[40..60]),
    ];
    for (command, input, secret) in hidden {
        for more in [&[][..], &["--verbose"], &["-o", "json"]] {
            let command = [command, &["--rootfs", &rootfs], more].concat();
            let output = output(&command, input);
            assert_ne!(output.status.code(), Some(0), "{command:?}");
            for stream in [&output.stdout, &output.stderr] {
                let text = String::from_utf8_lossy(stream);
                assert!(!text.contains(secret), "{command:?}: {text}");
            }
        }
    }
}
