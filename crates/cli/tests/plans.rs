//! Plans and proofs as data: what every command prints is as the published schemas say.

#![allow(clippy::unwrap_used, reason = "a test may end that way")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jsonschema::Validator;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn schema(name: &str) -> Validator {
    let text = fs::read(root().join("schemas").join(name)).unwrap();
    jsonschema::draft202012::new(&serde_json::from_slice(&text).unwrap()).unwrap()
}

fn kubepki(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    command.args(arguments).output().unwrap()
}

fn json(output: &Output) -> Value {
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn fits(schema: &Validator, value: &Value, what: &str) {
    let errors = schema.iter_errors(value);
    let errors: Vec<String> = errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new(), "{what}");
}

#[test]
fn every_commands_plan_is_as_the_schema_says() {
    let plan = schema("plan-v1.schema.json");
    let tree = root().join("examples/kubeadm-ecdsa");
    let tree = tree.to_str().unwrap();
    for command in [
        &["rotate", "all"][..],
        &["rotate", "sa"],
        &["renew"],
        &["renew", "etcd-server"],
        &["san", "add", "apiserver", "k8s.example"],
    ] {
        let given = ["--rootfs", tree, "--at", "2027-01-31", "-o", "json"];
        let output = kubepki(&[command, &given].concat());
        let value = json(&output);
        fits(&plan, &value, &command.join(" "));
        assert!(!String::from_utf8_lossy(&output.stdout).contains("BEGIN EC PRIVATE KEY"));
    }
}

#[test]
fn a_plan_that_changes_objects_is_as_the_schema_says() {
    let plan = schema("plan-v1.schema.json");
    let tree = root().join("examples/kubeadm-ecdsa");
    let tree = ["--rootfs", tree.to_str().unwrap()];
    let info = kubepki(&[&["bundle", "cluster-info"], &tree[..]].concat());
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("objects.yaml");
    fs::write(&dump, info.stdout).unwrap();
    let objects = ["--objects", dump.to_str().unwrap()];
    let rotate = ["rotate", "ca", "--at", "2027-01-31", "-o", "json"];
    let value = json(&kubepki(&[&rotate[..], &tree, &objects].concat()));
    let steps = value["steps"].as_array().unwrap();
    let changed = steps.iter().filter(|step| !step["do"]["publish"].is_null());
    assert_eq!(changed.count(), 1);
    fits(&plan, &value, "rotate ca");
}

#[test]
fn shipped_plans_and_their_proofs_are_as_the_schemas_say() {
    let (plan, proof) = (
        schema("plan-v1.schema.json"),
        schema("proof-v1.schema.json"),
    );
    let mut proven = 0;
    let mut broken = 0;
    for entry in fs::read_dir(root().join("examples/plans")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_str().unwrap();
        fits(
            &plan,
            &serde_json::from_slice(&fs::read(&path).unwrap()).unwrap(),
            name,
        );
        let said = json(&kubepki(&["prove", name, "-o", "json"]));
        fits(&proof, &said, name);
        match said["proven"].as_bool().unwrap() {
            true => proven += 1,
            false => broken += 1,
        }
    }
    assert_eq!((proven, broken), (1, 3));
}

/// As wide as a terminal that is not there.
#[test]
fn a_story_says_where_and_is_not_wider_than_the_page() {
    let plan = root().join("examples/plans/replace-ca-and-renew-all.json");
    let output = kubepki(&["prove", plan.to_str().unwrap()]);
    let said = String::from_utf8(output.stdout).unwrap();
    let (_, story) = said
        .split_once("not safe: of 24 steps, after step 1,\n")
        .unwrap();
    for part in [
        "  and kube-apiserver@cp-1 has taken up what changed,\n",
        "  then admin@cp-1->kube-apiserver@cp-1 fails: x509: certificate signed by unknown authority",
        "    --> /etc/kubernetes/admin.conf:17 on cp-1: signed by",
        "    --> /etc/kubernetes/pki/ca.crt on cp-1: trusts",
    ] {
        assert!(story.contains(part), "{part}: {story}");
    }
    let widest = story.lines().map(|line| line.chars().count()).max();
    assert!(widest.unwrap() <= 120, "{story}");
}

#[test]
fn the_schemas_refuse_what_is_none() {
    let path = root().join("examples/plans/kubeadm-renew-all-in-a-rotation.json");
    let whole: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let plan = schema("plan-v1.schema.json");
    assert!(plan.is_valid(&whole));
    let spoilt: [fn(&mut Value); 5] = [
        |plan| plan["schema"] = "kubepki.plan/v2".into(),
        |plan| plan["steps"][0]["do"] = serde_json::json!({"restart": "kube-dns"}),
        |plan| plan["steps"][0]["after"] = serde_json::json!([0]),
        |plan| plan["steps"][0]["extra"] = true.into(),
        |plan| {
            let contents = plan["contents"].as_object_mut().unwrap();
            let key = "-----BEGIN PRIVATE KEY-----\n";
            contents.values_mut().for_each(|text| *text = key.into());
        },
    ];
    for spoil in spoilt {
        let mut other = whole.clone();
        spoil(&mut other);
        assert!(!plan.is_valid(&other), "{other:#}");
    }
}
