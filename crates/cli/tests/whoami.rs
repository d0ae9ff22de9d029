//! `kubepki whoami` on what people have: tokens, kubeconfigs of every kind, and secrets in the wrong
//! place.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

const AT: &str = "2027-01-31";

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn kubepki(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubepki"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What is said of a file, judged against an example, with the exit status.
fn asked(tree: &str, file: &Path) -> (Value, Option<i32>) {
    let tree = examples().join(tree);
    let (tree, file) = (tree.to_str().unwrap(), file.to_str().unwrap());
    let arguments = ["whoami", "--rootfs", tree, "--at", AT, "-o", "json", file];
    let output = kubepki(&arguments, b"");
    let json = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (json, output.status.code())
}

/// A file with this content.
fn file(folder: &tempfile::TempDir, name: &str, content: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

fn server<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let servers = answer["servers"].as_array().unwrap();
    servers.iter().find(|one| one["server"] == name).unwrap()
}

/// A token of a service account, signed with an example's key.
fn token(tree: &str, more: &[&str]) -> String {
    let tree = examples().join(tree);
    let mut arguments = vec!["token", "sign", "--rootfs", tree.to_str().unwrap()];
    arguments.extend(["-n", "web", "--service-account", "shop", "--uid", "1-2"]);
    arguments.extend(["--at", AT]);
    arguments.extend(more);
    let output = kubepki(&arguments, b"");
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).trim().to_owned()
}

/// admin.conf with other lines for its user.
fn kubeconfig(user: &str) -> String {
    let admin = fs::read_to_string(examples().join("kubeadm/etc/kubernetes/admin.conf")).unwrap();
    let (before, _) = admin.split_once("    client-certificate-data:").unwrap();
    format!("{before}{user}")
}

#[test]
fn a_token_of_a_service_account() {
    let folder = tempfile::tempdir().unwrap();
    let token = token("kubeadm", &["--pod", "shop-0=3-4"]);
    let path = file(&folder, "token", &format!("{token}\n"));
    let (answer, code) = asked("kubeadm", &path);
    assert_eq!(
        (code, &answer["schema"]),
        (Some(0), &"kubepki.whoami/v1".into())
    );
    let identity = &server(&answer, "kube-apiserver")["identity"];
    assert_eq!(identity["user"], "system:serviceaccount:web:shop");
    assert_eq!(identity["uid"], "1-2");
    assert_eq!(
        identity["extra"]["authentication.kubernetes.io/pod-name"][0],
        "shop-0"
    );
    let kubelet = server(&answer, "kubelet");
    assert_eq!(
        (&kubelet["outcome"], &kubelet["authenticator"]),
        (&"accepted".into(), &"token-review".into())
    );
    assert_eq!(server(&answer, "etcd")["outcome"], "refused");
    assert!(!answer.to_string().contains(&token[..40]));

    let (answer, code) = asked("kubeadm-ecdsa", &path);
    assert_eq!(code, Some(1));
    let why = server(&answer, "kube-apiserver")["why"].as_str().unwrap();
    assert!(why.starts_with("its issuer is"), "{why}");

    let output = kubepki(
        &[
            "whoami",
            "--rootfs",
            examples().join("kubeadm").to_str().unwrap(),
            "--at",
            AT,
            "-",
        ],
        format!("Authorization: Bearer {token}").as_bytes(),
    );
    let shown = text(&output.stdout);
    assert!(shown.contains("system:serviceaccounts:web"), "{shown}");
    assert!(!shown.contains("eyJ"), "{shown}");
}

#[test]
fn kubeconfigs_with_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let token = token("kubeadm", &[]);
    file(&folder, "the-token", &token);
    for user in [
        format!("    token: {token}\n"),
        "    tokenFile: the-token\n".to_owned(),
    ] {
        let path = file(&folder, "config", &kubeconfig(&user));
        let (answer, code) = asked("kubeadm", &path);
        assert_eq!(code, Some(0), "{answer}");
        assert_eq!(answer["credential"]["kind"], "kubeconfig");
        assert_eq!(answer["identity"]["user"], "system:serviceaccount:web:shop");
        assert_eq!(answer["dials"][0]["verdict"], "works");
        assert!(!answer.to_string().contains(&token[..40]));
    }
    let path = file(&folder, "config", &kubeconfig("    tokenFile: absent\n"));
    assert_eq!(asked("kubeadm", &path).1, Some(2));
}

#[test]
fn objects_that_hold_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let token = token("kubeadm", &[]);
    let request = format!(
        "apiVersion: authentication.k8s.io/v1\nkind: TokenRequest\nstatus: {{token: {token}}}\n"
    );
    let plain = format!("kind: Secret\nstringData: {{token: {token}}}\n");
    let encoded = BASE64_STANDARD.encode(&token);
    let secret = format!("{{\"kind\": \"Secret\", \"data\": {{\"token\": \"{encoded}\"}}}}");
    for content in [request, plain, secret] {
        let (answer, code) = asked("kubeadm", &file(&folder, "object", &content));
        assert_eq!(code, Some(0), "{answer}");
        assert_eq!(answer["identity"]["user"], "system:serviceaccount:web:shop");
    }
    let bootstrap =
        "kind: Secret\ndata:\n  token-id: YWJjZGVm\n  token-secret: MDEyMzQ1Njc4OWFiY2RlZg==\n";
    let (answer, _) = asked("kubeadm", &file(&folder, "object", bootstrap));
    assert_eq!(answer["identity"]["user"], "system:bootstrap:abcdef");
    // A Secret with a certificate is still one.
    let certificate =
        fs::read(examples().join("kubeadm/etc/kubernetes/pki/apiserver-kubelet-client.crt"));
    let encoded = BASE64_STANDARD.encode(certificate.unwrap());
    let tls = format!("kind: Secret\ndata: {{tls.crt: {encoded}}}\n");
    let (answer, _) = asked("kubeadm", &file(&folder, "object", &tls));
    assert_eq!(answer["identity"]["user"], "kube-apiserver-kubelet-client");
}

#[test]
fn what_no_file_tells() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = "    exec: {command: cloud-login, apiVersion: client.authentication.k8s.io/v1}\n";
    let path = file(&folder, "config", &kubeconfig(plugin));
    let (answer, code) = asked("kubeadm", &path);
    assert_eq!(code, Some(0));
    assert_eq!(answer["credential"]["kubeconfig"]["plugin"], "cloud-login");
    assert_eq!(answer["servers"], serde_json::json!([]));

    let basic = "    username: jane\n    password: hunter2\n";
    let path = file(&folder, "config", &kubeconfig(basic));
    let (answer, code) = asked("kubeadm", &path);
    assert_eq!(code, Some(1));
    assert_eq!(server(&answer, "kube-apiserver")["outcome"], "anonymous");
    assert!(!answer.to_string().contains("hunter2"));
}

#[test]
fn whom_a_user_acts_as() {
    let folder = tempfile::tempdir().unwrap();
    let admin = fs::read_to_string(examples().join("kubeadm/etc/kubernetes/admin.conf")).unwrap();
    let acting = format!("{admin}    as: jane\n    as-groups: [dev]\n");
    let path = file(&folder, "config", &acting);
    let (answer, _) = asked("kubeadm", &path);
    assert_eq!(answer["identity"]["user"], "kubernetes-admin");
    let acts_as = &answer["credential"]["kubeconfig"]["acts_as"];
    assert_eq!(acts_as["user"], "jane");
    assert_eq!(
        acts_as["groups"],
        serde_json::json!(["dev", "system:authenticated"])
    );
}

#[test]
fn what_a_kubeconfig_trusts() {
    let folder = tempfile::tempdir().unwrap();
    let admin = fs::read_to_string(examples().join("kubeadm/etc/kubernetes/admin.conf")).unwrap();
    let elsewhere = admin.replace("https://192.20.97.8:6443", "https://10.9.9.9:6443");
    let path = file(&folder, "config", &elsewhere);
    let (answer, _) = asked("kubeadm", &path);
    let dials = &answer["dials"][0];
    assert_eq!(dials["address"], "10.9.9.9:6443");
    let error = dials["go_error"].as_str().unwrap();
    assert!(error.ends_with("not 10.9.9.9"), "{error}");
}

#[test]
fn a_key_that_does_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let kubernetes = examples().join("kubeadm/etc/kubernetes");
    let pki = kubernetes.join("pki");
    let user = format!(
        "    client-certificate: {pki}/apiserver-kubelet-client.crt\n    client-key: {pki}/sa.key\n",
        pki = pki.to_str().unwrap()
    );
    let path = file(&folder, "config", &kubeconfig(&user));
    let output = kubepki(&["whoami", path.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(
        said.contains("private key does not match public key"),
        "{said}"
    );
    // Files of a node's own kubeconfig are the node's.
    let inside = kubeconfig(
        "    client-certificate: pki/apiserver-kubelet-client.crt\n    \
         client-key: pki/apiserver-kubelet-client.key\n",
    );
    let tree = folder.path().join("etc/kubernetes/pki");
    fs::create_dir_all(&tree).unwrap();
    for name in [
        "apiserver-kubelet-client.crt",
        "apiserver-kubelet-client.key",
    ] {
        fs::copy(pki.join(name), tree.join(name)).unwrap();
    }
    let absolute = inside.replace("pki/", "/etc/kubernetes/pki/");
    for content in [inside, absolute] {
        let path = folder.path().join("etc/kubernetes/user.conf");
        fs::write(&path, content).unwrap();
        let root = folder.path().to_str().unwrap();
        let arguments = [
            "whoami",
            "--rootfs",
            root,
            "-o",
            "json",
            path.to_str().unwrap(),
        ];
        let output = kubepki(&arguments, b"");
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer["identity"]["user"], "kube-apiserver-kubelet-client");
    }
}

#[test]
fn secrets_in_the_wrong_place() {
    let token = "abcdef.0123456789abcdef";
    let output = kubepki(&["whoami", token], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(!text(&output.stderr).contains("0123456789abcdef"));
    let output = kubepki(&["whoami", "-"], token.as_bytes());
    assert!(!text(&output.stdout).contains("0123456789abcdef"));
    assert!(text(&output.stdout).contains("system:bootstrap:abcdef"));
}
