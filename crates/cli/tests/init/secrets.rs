//! Keys: nobody else can read them, not for a moment, and they are in nothing that is said.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::tree::{NODE, Said, Scratch, on, output, snapshot};

const CALLS: &str = "trace=open,openat,openat2,creat,mkdir,mkdirat,chmod,fchmod,fchmodat,\
    rename,renameat,renameat2,link,linkat,symlink,symlinkat,mknod,mknodat,memfd_create,execve";

#[test]
fn files_are_closed_to_others_from_the_first_byte() {
    if output(Command::new("strace").arg("-V")).code != Some(0) {
        println!("skipped: there is no strace(1), which watches");
        return;
    }
    for umask in ["000", "022", "077"] {
        let scratch = Scratch::empty();
        let trace = scratch.text("trace");
        let script =
            format!("umask {umask}; exec strace -f -y -s 300 -o {trace} -e {CALLS} \"$@\"");
        let root = format!("--rootfs={}", scratch.root().display());
        let mut command = Command::new("sh");
        command.args([
            "-c",
            &script,
            "sh",
            env!("CARGO_BIN_EXE_kubepki"),
            "init",
            &root,
        ]);
        output(command.args(NODE).stdin(Stdio::null())).done();
        let trace = fs::read_to_string(trace).unwrap();
        let mut created = BTreeSet::new();
        for line in trace.lines() {
            let call = line.split_whitespace().nth(1).unwrap_or_default();
            // By these the files of a folder appear at the same moment.
            let turns = ["fchmod(", "linkat(", "symlinkat("];
            if line.contains(".turn.kubepki-") && turns.iter().any(|turn| call.starts_with(turn)) {
                let is_folder = line.ends_with(", 0755) = 0");
                assert!(is_folder || !call.starts_with("fchmod"), "{line}");
                continue;
            }
            for other in [
                "chmod", "fchmod", "link", "symlink", "mknod", "memfd", "creat(",
            ] {
                assert!(!call.starts_with(other), "{line}");
            }
            if line.contains("O_CREAT") {
                let name = line.split('"').nth(1).unwrap();
                let is_journal = name == "journal";
                let is_new = line.contains("O_EXCL") || is_journal;
                assert!(is_new && line.contains("O_NOFOLLOW"), "{line}");
                let public = [
                    ".crt.",
                    "config.yaml.",
                    "instance-config.yaml.",
                    "kubeadm-flags.env.",
                ];
                let is_public = public.iter().any(|name| line.contains(name));
                let umask = u32::from_str_radix(umask, 8).unwrap();
                let mode = if is_public { 0o644 & !umask } else { 0o600 };
                assert!(line.contains(&format!(", {mode:04o})")), "{line}");
                let is_staged = line.contains("/contents>, ");
                if !is_staged && !is_journal {
                    created.insert(name.to_owned());
                }
            }
        }
        let files = snapshot(&scratch.root());
        let files = files
            .keys()
            .filter(|path| scratch.root().join(path).is_file());
        assert_eq!(created.len(), files.count());
        let is_execve = |line: &&str| line.contains("execve(");
        assert_eq!(trace.lines().filter(is_execve).count(), 1);
    }
}

#[test]
fn what_is_written_about_it_holds_no_key() {
    let scratch = Scratch::full();
    // The last lines of keys hold their public halves.
    let is_secret = |line: &&String| line.starts_with("MHcC") || line.len() > 64;
    let known = secrets(&scratch);
    let known: Vec<&String> = known.iter().filter(is_secret).collect();
    assert!(known.len() > 10);
    let mut journals = snapshot(&scratch.root());
    journals.retain(|path, _| path.starts_with("var/lib/kubepki"));
    let names: Vec<_> = journals
        .keys()
        .filter_map(|path| path.file_name())
        .collect();
    assert!(names.contains(&"plan.json".as_ref()), "{names:?}");
    for (path, (_, content)) in &journals {
        let text = String::from_utf8_lossy(content);
        assert!(
            ["", "EC ", "RSA "]
                .iter()
                .all(|kind| !text.contains(&format!("BEGIN {kind}PRIVATE KEY"))),
            "{path:?}"
        );
        let found = known.iter().any(|line| text.contains(*line));
        assert!(!found, "{path:?} holds a key");
    }
    // Nor when it has been taken back.
    on(&scratch, &["undo", "--yes", "--offline"]).done();
    let left = snapshot(&scratch.root());
    let mut left = left.keys().map(|path| path.to_string_lossy());
    assert_eq!(left.find(|path| path.contains("/contents/")), None);
}

/// As kubeadm's under the same umask.
#[test]
fn modes_are_kubeadms() {
    for umask in [0o000, 0o022, 0o027, 0o077] {
        let scratch = Scratch::empty();
        let root = format!("--rootfs={}", scratch.root().display());
        let script = format!("umask {umask:03o}; exec \"$@\"");
        let mut command = Command::new("sh");
        command.args([
            "-c",
            &script,
            "sh",
            env!("CARGO_BIN_EXE_kubepki"),
            "init",
            &root,
        ]);
        output(command.args(NODE).stdin(Stdio::null())).done();
        let modes = snapshot(&scratch.root()).into_iter();
        let modes: BTreeMap<String, u32> = modes
            .map(|(path, (mode, _))| (path.display().to_string(), mode & 0o7777))
            .collect();
        for (path, mode) in [
            ("etc", 0o755),
            ("etc/kubernetes", 0o755),
            ("etc/kubernetes/pki", 0o755),
            ("etc/kubernetes/pki/etcd", 0o755),
            ("etc/kubernetes/manifests", 0o700),
            ("var/lib/etcd", 0o700),
            ("var/lib/kubelet", 0o700),
            ("etc/kubernetes/pki/ca.crt", 0o644),
            ("etc/kubernetes/pki/ca.key", 0o600),
            ("etc/kubernetes/pki/etcd/peer.crt", 0o644),
            ("etc/kubernetes/pki/etcd/peer.key", 0o600),
            ("etc/kubernetes/pki/sa.key", 0o600),
            ("etc/kubernetes/pki/sa.pub", 0o600),
            ("etc/kubernetes/admin.conf", 0o600),
            ("etc/kubernetes/manifests/kube-apiserver.yaml", 0o600),
            ("var/lib/kubelet/config.yaml", 0o644),
        ] {
            assert_eq!(
                modes[path],
                mode & !umask,
                "{path} under {umask:03o}: {:o}",
                modes[path]
            );
        }
    }
}

/// Every line that only a private key has.
fn secrets(scratch: &Scratch) -> Vec<String> {
    let mut found = Vec::new();
    for (path, (_, content)) in snapshot(&scratch.root()) {
        let text = String::from_utf8_lossy(&content).into_owned();
        let name = path.to_string_lossy();
        if name.ends_with(".key") {
            found.extend(
                text.lines()
                    .filter(|line| !line.contains("-----"))
                    .map(str::to_owned),
            );
        }
        let keys = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("client-key-data: "));
        found.extend(keys.map(str::to_owned));
    }
    assert!(found.len() > 20);
    found
}

fn is_silent(secrets: &[String], said: &Said) {
    for secret in secrets.iter().filter(|secret| secret.len() > 8) {
        assert!(!said.stdout.contains(secret) && !said.stderr.contains(secret));
    }
    assert!(!said.stdout.contains("PRIVATE KEY-") && !said.stderr.contains("PRIVATE KEY-"));
}

#[test]
fn nothing_that_is_said_holds_a_key() {
    for format in ["text", "json"] {
        let scratch = Scratch::empty();
        let output = ["-o", format];
        let said = scratch.init(&output).done();
        is_silent(&secrets(&scratch), &said);
        is_silent(&secrets(&scratch), &scratch.init(&output).done());
    }
    // Broken ones are not quoted.
    let scratch = Scratch::full();
    let known = secrets(&scratch);
    for path in ["ca.key", "sa.key", "apiserver.key"] {
        let whole = fs::read_to_string(scratch.pki(path)).unwrap();
        for broken in [
            whole.replace("PRIVATE", "PRIVAT"),
            whole.replacen('M', "!", 1),
            whole[..100].to_owned(),
        ] {
            fs::write(scratch.pki(path), broken).unwrap();
            let said = scratch.init(&[]);
            assert_eq!(said.code, Some(1), "{said:?}");
            is_silent(&known, &said);
        }
        fs::write(scratch.pki(path), whole).unwrap();
    }
    let path = "etc/kubernetes/admin.conf";
    let whole = fs::read_to_string(scratch.path(path)).unwrap();
    for broken in [
        whole.replace("client-key-data:", "client-key-data"),
        whole.replace("users:", "users"),
    ] {
        let scratch = Scratch::full();
        fs::write(scratch.path(path), broken).unwrap();
        is_silent(&known, &scratch.init(&[]));
    }
}

#[test]
fn a_crash_leaves_no_core() {
    let dumps = |command: &mut Command, until: fn()| {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until();
        let id = child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-ABRT", &id])
                .status()
                .unwrap()
                .success()
        );
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(6), "it had ended already");
        status.core_dumped()
    };
    let scratch = Scratch::empty();
    let wait = || sleep(Duration::from_millis(300));
    let shell = |script: &str| {
        let mut command = Command::new("sh");
        command.args([
            "-c",
            &format!("cd {}; ulimit -c unlimited; {script}", scratch.text("")),
        ]);
        command
    };
    if !dumps(&mut shell("exec sleep 60"), wait) {
        println!("skipped: nothing leaves a core here");
        return;
    }
    let program = env!("CARGO_BIN_EXE_kubepki");
    let line = format!(
        "exec {program} init --rootfs=root {} --key-algorithm=RSA-4096",
        NODE[..2].join(" ")
    );
    assert!(!dumps(&mut shell(&line), wait));
}
