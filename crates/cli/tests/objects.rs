//! `kubepki audit --objects`: dumps of API objects beside file trees and by themselves.

#![allow(clippy::unwrap_used, reason = "a test may end that way")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

fn example(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    root.join(name).display().to_string()
}

fn kubepki(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubepki"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who does not read is gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn printed(arguments: &[&str], input: &str, status: i32) -> String {
    let output = kubepki(arguments, input);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// What `kubepki bundle` makes of a tree, as one stream.
fn made(tree: &str) -> String {
    let tree = ["--rootfs", &example(tree), "--quiet"].map(str::to_owned);
    let tree = tree.each_ref().map(String::as_str);
    let bundles: [&[&str]; 5] = [
        &["root-ca", "-n", "default"],
        &["cluster-info"],
        &["extension-apiserver-authentication", "--at", "2026-12-01"],
        &[
            "trust-bundle",
            "kubernetes.io:kube-apiserver-serving:0",
            "--signer",
            "kubernetes.io/kube-apiserver-serving",
        ],
        &["kubeadm-certs", "--at", "2026-12-01"],
    ];
    let texts = bundles.map(|bundle| printed(&[&["bundle"], bundle, &tree].concat(), "", 0));
    texts.join("---\n")
}

const AT: [&str; 2] = ["--at", "2026-12-01"];

fn audit(objects: &Path, more: &[&str], status: i32) -> String {
    let objects = ["audit", "--objects", objects.to_str().unwrap()];
    printed(&[&objects[..], &AT, more].concat(), "", status)
}

fn json(objects: &Path, more: &[&str], status: i32) -> Value {
    let text = audit(objects, &[more, &["-o", "json"]].concat(), status);
    let report: Value = serde_json::from_str(&text).unwrap();
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/audit-v1.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&report)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    report
}

/// Code and first object of every finding.
fn found(report: &Value) -> Vec<(String, String)> {
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    findings
        .map(|one| {
            (
                text(&one["code"]),
                text(&one["evidence"][0]["object"]["name"]),
            )
        })
        .collect()
}

fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

/// kubeadm's Secret is made without the UID of its token, which only the cluster knows.
const LEFT: (&str, &str) = ("KP1111", "kubeadm-certs");

#[test]
fn what_the_program_makes_fits_its_tree_and_no_other() {
    let folder = TempDir::new().unwrap();
    for tree in ["kubeadm", "kubeadm-ecdsa"] {
        let dump = written(folder.path(), "dump.yaml", &made(tree));
        let left = [(LEFT.0.to_owned(), LEFT.1.to_owned())];
        let rootfs = example(tree);
        assert_eq!(found(&json(&dump, &["--rootfs", &rootfs], 0)), left);
        assert_eq!(found(&json(&dump, &[], 0)), left);
    }
    // As if the authorities had been replaced since.
    let dump = written(folder.path(), "dump.yaml", &made("kubeadm"));
    let report = json(&dump, &["--rootfs", &example("kubeadm-ecdsa")], 1);
    let expected = [
        ("KP1101", "kube-root-ca.crt"),
        ("KP1101", "cluster-info"),
        ("KP1101", "kubernetes.io:kube-apiserver-serving:0"),
        ("KP1112", "cluster-info"),
        ("KP1103", "extension-apiserver-authentication"),
        ("KP1103", "extension-apiserver-authentication"),
        LEFT,
    ];
    let mut expected = expected.map(|(code, name)| (code.to_owned(), name.to_owned()));
    let mut said = found(&report);
    said.sort();
    expected.sort();
    assert_eq!(said, expected);
    let sarif = audit(
        &dump,
        &["--rootfs", &example("kubeadm-ecdsa"), "-o", "sarif"],
        1,
    );
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let run = &sarif["runs"][0];
    let first = &run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(first["uriBaseId"], "OBJECTS");
    assert!(run["originalUriBaseIds"]["OBJECTS"].is_object());
    let page = audit(
        &dump,
        &["--rootfs", &example("kubeadm-ecdsa"), "-o", "html"],
        1,
    );
    assert!(page.contains("KP1101"));
}

#[test]
fn dumps_come_from_files_folders_and_standard_input() {
    let folder = TempDir::new().unwrap();
    let text = made("kubeadm");
    let deep = folder.path().join("app/more");
    fs::create_dir_all(&deep).unwrap();
    let [first, rest] = text.split_once("\n---\n").map(|(a, b)| [a, b]).unwrap();
    written(&deep, "root.yml", first);
    written(folder.path(), "rest.yaml", rest);
    written(folder.path(), "README.md", "no: [dump");
    let certificates = |report: &Value| report["summary"]["certificates"].as_u64();
    let report = json(folder.path(), &[], 0);
    assert_eq!(certificates(&report), Some(2));
    let input = ["audit", "--objects", "-", "-o", "json", AT[0], AT[1]];
    let streamed: Value = serde_json::from_str(&printed(&input, &text, 0)).unwrap();
    assert_eq!(found(&streamed), found(&report));
    assert_eq!(certificates(&streamed), Some(2));
    let human = audit(folder.path(), &[], 0);
    assert!(
        !human.contains("CHANNEL") && human.ends_with("\n1 warning\n"),
        "{human}"
    );
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = TempDir::new().unwrap();
    let refused = |path: &Path, expected: &str| {
        let output = kubepki(&["audit", "--objects", path.to_str().unwrap()], "");
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(expected), "{error}");
    };
    refused(folder.path(), "ends in .yaml");
    refused(&folder.path().join("none.yaml"), "none.yaml");
    let broken = written(folder.path(), "broken.yaml", "a: 1\nb: [\n");
    refused(&broken, "broken.yaml:");
    let other = written(folder.path(), "other.yaml", "a: 1\n");
    refused(&other, "no API object");
}

#[test]
fn what_objects_hold_is_listed() {
    let folder = TempDir::new().unwrap();
    let dump = folder.path().join("objects.yaml");
    fs::write(&dump, made("kubeadm")).unwrap();
    let list = |more: &[&str]| {
        let objects = ["list", "--objects", dump.to_str().unwrap()];
        printed(&[&objects[..], &AT, more].concat(), "", 0)
    };
    let text = list(&[]);
    assert!(
        text.contains("ConfigMap default/kube-root-ca.crt"),
        "{text}"
    );
    assert!(text.contains("CN=kubernetes"), "{text}");
    // Nothing was said of nodes.
    assert!(!text.contains("MISSING"), "{text}");
    let both = list(&["--rootfs", &example("kubeadm"), "-o", "json"]);
    let both: Value = serde_json::from_str(&both).unwrap();
    assert!(!both["certificates"].as_array().unwrap().is_empty());
    let objects = both["objects"].as_array().unwrap();
    let info = objects.iter().find(|one| one["name"] == "cluster-info");
    let info = info.unwrap();
    assert_eq!(info["namespace"], "kube-public");
    assert_eq!(
        info["purpose"],
        "nodes that join verify kube-apiserver with it"
    );
    assert_eq!(info["subject"], "CN=kubernetes");
    assert!(info["place"].as_str().unwrap().contains("objects.yaml:"));
    let page = audit(&dump, &["--rootfs", &example("kubeadm"), "-o", "html"], 0);
    assert!(page.contains("ConfigMap kube-public/cluster-info ("));
}
