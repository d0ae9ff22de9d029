//! The program, run as anybody runs it.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Runs it, and gives what it prints; panics when it does not succeed.
pub fn kubepki<A: AsRef<OsStr>>(arguments: &[A]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_kubepki"))
        .args(arguments)
        .env_clear()
        .output()
        .unwrap();
    let arguments: Vec<_> = arguments.iter().map(AsRef::as_ref).collect();
    assert!(
        output.status.success(),
        "kubepki {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Makes all that there is for nodes whose trees are empty or begun.
pub fn init(configuration: &Path, rootfs: &Path, more: &[&str]) -> String {
    let mut arguments: Vec<&OsStr> = vec!["init".as_ref(), "--config".as_ref()];
    arguments.extend([configuration.as_os_str(), "--rootfs".as_ref()]);
    arguments.extend([rootfs.as_os_str(), "--manifests".as_ref()]);
    arguments.push("--kubelet-config".as_ref());
    arguments.extend(more.iter().map(OsStr::new));
    kubepki(&arguments)
}

/// Asserts that the audit of these nodes finds nothing, and that no channel fails.
pub fn nothing_found(what: &str, nodes: &[(&str, impl AsRef<Path>)]) {
    only_found(what, nodes, &[]);
}

/// Asserts that the audit of these nodes finds what has these codes, and that no channel fails.
pub fn only_found(what: &str, nodes: &[(&str, impl AsRef<Path>)], codes: &[&str]) {
    let report = audit(nodes);
    let findings = report["findings"].as_array().unwrap();
    let found: Vec<_> = findings.iter().map(|finding| &finding["code"]).collect();
    assert_eq!(found, codes, "{what}: {findings:#?}");
    assert_eq!(report["summary"]["failing"], 0, "{what}");
}

/// What the audit of these nodes says.
pub fn audit(nodes: &[(&str, impl AsRef<Path>)]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    command.args(["audit", "-o", "json"]);
    for (name, rootfs) in nodes {
        command.arg("--rootfs");
        command.arg(format!("{name}={}", rootfs.as_ref().display()));
    }
    let output = command.env_clear().output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}
