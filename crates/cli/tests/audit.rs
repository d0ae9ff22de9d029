//! What `kubepki audit` prints for programs, and what it never prints.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Folders that are there to be judged, and how: a year later, when valid, and in part.
fn runs() -> Vec<Vec<String>> {
    let mut runs = Vec::new();
    for tree in ["kubeadm", "kubeadm-ecdsa", "broken", "blog"] {
        let root = example(tree);
        let root = root.to_str().unwrap().to_owned();
        for at in ["2026-12-01", "2020-01-01", "2060-01-01T00:00:00.5Z"] {
            for partial in [false, true] {
                let mut arguments = vec![
                    "--rootfs".to_owned(),
                    root.clone(),
                    "--at".to_owned(),
                    at.to_owned(),
                ];
                arguments.extend(partial.then(|| "--partial".to_owned()));
                runs.push(arguments);
            }
        }
    }
    let nodes = ["kubeadm", "broken"].map(|name| format!("{name}={}", example(name).display()));
    let nodes = nodes
        .into_iter()
        .flat_map(|node| ["--rootfs".to_owned(), node]);
    runs.push(
        nodes
            .chain(["--at".to_owned(), "2026-12-01".to_owned()])
            .collect(),
    );
    let empty = env!("CARGO_TARGET_TMPDIR").to_owned();
    runs.push(vec!["--rootfs".to_owned(), empty]);
    runs
}

/// What only some formats show.
fn with_a_log() -> Vec<String> {
    let root = example("broken").to_str().unwrap().to_owned();
    let log = example("broken.log").to_str().unwrap().to_owned();
    ["--rootfs", &root, "--at", "2026-12-01", "--log", &log]
        .map(str::to_owned)
        .to_vec()
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../examples/{name}"))
}

fn audit(arguments: &[String], format: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    command
        .arg("audit")
        .args(arguments)
        .args(["-o", format])
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    assert_eq!(output.stderr, b"");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn json_is_as_the_schema_says() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/audit-v1.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for arguments in runs().into_iter().chain([with_a_log()]) {
        let output = audit(&arguments, "json");
        let report = json(&output);
        let errors: Vec<String> = validator
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{arguments:?}");
        let found = report["summary"]["error"].as_u64().unwrap() > 0;
        assert_eq!(
            output.status.code(),
            Some(i32::from(found)),
            "{arguments:?}"
        );
        counts_agree(&report);
    }
}

fn counts_agree(report: &Value) {
    let count = |list: &str, key: &str, value: &str| {
        let list = report[list].as_array().unwrap();
        u64::try_from(list.iter().filter(|one| one[key] == value).count()).unwrap()
    };
    let summary = &report["summary"];
    assert_eq!(summary["failing"], count("channels", "verdict", "fails"));
    assert_eq!(summary["unknown"], count("channels", "verdict", "unknown"));
    for severity in ["error", "warning", "note"] {
        assert_eq!(summary[severity], count("findings", "severity", severity));
    }
    let ids: Vec<&Value> = report["channels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["id"])
        .collect();
    for finding in report["findings"].as_array().unwrap() {
        let channels = finding["channels"].as_array().unwrap();
        assert!(channels.iter().all(|id| ids.contains(&id)), "{finding:#}");
    }
}

#[test]
fn the_schema_refuses_what_is_not_in_the_contract() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/audit-v1.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let good = serde_json::json!({
        "schema": "kubepki.audit/v1",
        "at": "2026-11-23T00:00:00Z",
        "summary": {"certificates": 0, "channels": 0, "failing": 0, "error": 0, "warning": 0, "note": 0},
        "channels": [{"id": "a->b", "client": "a", "server": "b", "address": "127.0.0.1:2379", "verdict": "fails",
                      "go_error": "x509: …", "identity": {"user": "u", "groups": ["g"]}}],
        "findings": [{"code": "KP0203", "cause": "name-mismatch", "severity": "error", "channels": ["a->b"],
                      "message": "m", "remedy": "r",
                      "evidence": [{"path": "/f", "line": 19, "column": 7, "flag": "--x"}]}],
    });
    assert!(validator.is_valid(&good));
    for (pointer, bad) in [
        ("/schema", "kubepki.audit/v2"),
        ("/at", "2026-11-23"),
        ("/channels/0/verdict", "ok"),
        ("/channels/0/id", "a"),
        ("/findings/0/cause", "broken"),
        ("/findings/0/code", "KP1"),
        ("/findings/0/severity", "fatal"),
        ("/findings/0/evidence/0/path", "relative"),
        ("/findings/0/evidence/0/line", "19"),
    ] {
        let mut other = good.clone();
        *other.pointer_mut(pointer).unwrap() = Value::from(bad);
        assert!(!validator.is_valid(&other), "{pointer}");
    }
    for (parent, key) in [
        ("", "summary"),
        ("/findings/0", "remedy"),
        ("/channels/0", "identity"),
        ("/findings/0/evidence/0", "path"),
    ] {
        let mut other = good.clone();
        other
            .pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .remove(key);
        assert!(!validator.is_valid(&other), "{parent}/{key}");
    }
}

#[test]
fn sarif_has_what_readers_need() {
    for arguments in runs() {
        let sarif = json(&audit(&arguments, "sarif"));
        let report = json(&audit(&arguments, "json"));
        assert_eq!(sarif["version"], "2.1.0");
        let run = &sarif["runs"][0];
        let driver = &run["tool"]["driver"];
        assert_eq!(driver["name"], "kubepki");
        let results = run["results"].as_array().unwrap();
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(results.len(), findings.len());
        for (result, finding) in results.iter().zip(findings) {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            let rule = &driver["rules"][index];
            assert_eq!(rule["id"], result["ruleId"]);
            assert!(!rule["help"]["text"].as_str().unwrap().is_empty());
            assert_eq!(result["ruleId"], finding["code"]);
            assert_eq!(result["level"], finding["severity"]);
            assert!(
                result["message"]["text"]
                    .as_str()
                    .unwrap()
                    .starts_with(finding["message"].as_str().unwrap())
            );
            let physical = &result["locations"][0]["physicalLocation"];
            let location = &physical["artifactLocation"];
            let path = finding["evidence"][0]["path"].as_str().unwrap();
            assert_eq!(format!("/{}", location["uri"].as_str().unwrap()), path);
            assert!(run["originalUriBaseIds"][location["uriBaseId"].as_str().unwrap()].is_object());
            assert_eq!(
                physical["region"].is_object(),
                finding["evidence"][0]["line"].is_u64()
            );
        }
    }
}

#[test]
fn no_secret_is_printed() {
    let root = example("kubeadm");
    // Every place of a kubeconfig that holds something secret is pointed at by something.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("secrets");
    let etc = folder.join("etc/kubernetes");
    fs::create_dir_all(&etc).unwrap();
    let conf = fs::read_to_string(root.join("etc/kubernetes/admin.conf")).unwrap();
    let key = conf
        .lines()
        .find(|line| line.contains("client-key-data"))
        .unwrap();
    let cut = conf.replace(key, &key[..key.len() - 77]);
    fs::write(etc.join("admin.conf"), &cut).unwrap();
    let other = fs::read_to_string(root.join("etc/kubernetes/scheduler.conf")).unwrap();
    let foreign = other
        .lines()
        .find(|line| line.contains("client-key-data"))
        .unwrap();
    fs::write(etc.join("super-admin.conf"), conf.replace(key, foreign)).unwrap();
    let token = "    token: seeking-abcdef.0123456789abcdef\n    token: again";
    fs::write(
        etc.join("controller-manager.conf"),
        conf.replace(key, token),
    )
    .unwrap();
    let arguments = ["--rootfs".to_owned(), folder.to_str().unwrap().to_owned()];
    for format in ["human", "json", "sarif"] {
        let output = audit(&arguments, format);
        let text =
            String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(text.contains("admin.conf"));
        assert!(!text.contains("seeking-abcdef"), "{text}");
        for line in [key, foreign] {
            let (_, secret) = line.split_once(": ").unwrap();
            let pieces = secret
                .as_bytes()
                .chunks(32)
                .map(|piece| std::str::from_utf8(piece).unwrap());
            for piece in pieces.skip(2).filter(|piece| piece.len() == 32) {
                assert!(!text.contains(piece), "{format}: {piece}");
            }
        }
    }
}

#[test]
fn a_log_of_many_lines_is_counted() {
    use std::io::Write;
    use std::process::Stdio;
    let line = "E1125 10:00:00.000000 1 x.go:1] \"x\" err=\"tls: failed to verify certificate: x509: certificate signed by unknown authority\"\n";
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubepki"))
        .args([
            "audit",
            "-o",
            "json",
            "--at",
            "2026-12-01",
            "--log",
            "-",
            "--rootfs",
        ])
        .arg(example("broken"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        for number in 0..20_000 {
            stdin.write_all(line.as_bytes()).unwrap();
            writeln!(stdin, "I1125 1 x.go:1] nothing of note {number}").unwrap();
            // Every one another symptom.
            writeln!(
                stdin,
                "x] err=\"open /srv/{number}: no such file or directory\""
            )
            .unwrap();
        }
        // One line that never ends, and bytes that are no text.
        stdin.write_all(&vec![b'x'; 1 << 20]).unwrap();
        stdin
            .write_all(b"x509: certificate signed by unknown authority\n\xff\xfe\n")
            .unwrap();
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let log = &report["log"];
    assert_eq!(log["lines"], 60_002);
    assert_eq!(log["recognised"], 40_000);
    assert_eq!(log["passed_over"], 20_000 - 999);
    let first = &log["symptoms"][0];
    assert_eq!(first["count"], 20_000);
    assert_eq!(first["code"], "KP0301");
    assert_eq!(
        first["channels"],
        serde_json::json!(["kube-apiserver->etcd"])
    );
    let findings = report["findings"].as_array().unwrap();
    let index = usize::try_from(first["finding"].as_u64().unwrap()).unwrap();
    assert_eq!(findings[index]["code"], first["code"]);
    assert_eq!(log["symptoms"][1]["finding"], Value::Null);
}
