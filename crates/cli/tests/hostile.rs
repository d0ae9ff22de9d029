//! The whole program on hostile input: an answer or a clear error, never a panic, in bounded memory.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what is wrong by panicking"
)]

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The address space that the program may use, in bytes: what it reads is bounded far below.
const MEMORY: u64 = 1 << 30;

/// After this it hangs.
const HANGS: Duration = Duration::from_secs(120);

const MANIFEST: &str = "etc/kubernetes/manifests/kube-apiserver.yaml";

#[test]
fn aliases_that_multiply() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..40 {
        let alias = format!("*a{}, ", i - 1).repeat(9);
        bomb.push_str(&format!("a{i}: &a{i} [{}]\n", alias.trim_end_matches(", ")));
    }
    everywhere("bomb", bomb.as_bytes());
}

#[test]
fn deep_nesting() {
    everywhere("brackets", "[".repeat(200_000).as_bytes());
    everywhere("braces", "{a: ".repeat(100_000).as_bytes());
    everywhere("dashes", "- ".repeat(100_000).as_bytes());
}

#[test]
fn der_in_der() {
    let mut der = vec![5, 0];
    for _ in 0..10_000 {
        let length = u32::try_from(der.len()).unwrap().to_be_bytes();
        der = [&[0x30, 0x84][..], &length, &der].concat();
    }
    everywhere("nested-der", &der);
}

#[test]
fn many_blocks() {
    let certificate = fs::read(example().join("etc/kubernetes/pki/ca.crt")).unwrap();
    everywhere("many-certificates", &certificate.repeat(1_000));
    let empty = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let tree = tree("many-blocks");
    let bundle = tree.join("etc/kubernetes/pki/ca.crt");
    fs::write(&bundle, empty.repeat(100_000)).unwrap();
    judged(&tree, &[1, 2]);
    verified(&bundle, &[1, 2]);
    let open = "-----BEGIN CERTIFICATE-----\n";
    everywhere("many-begins", open.repeat(100_000).as_bytes());
}

#[test]
fn odd_bytes() {
    everywhere("nul", &[0; 100_000]);
    everywhere("not-utf8", &[0xff, 0xfe, b'\n', 0x80].repeat(10_000));
    everywhere("one-line", &vec![b'a'; 8 << 20]);
    everywhere("spaces", &vec![b' '; 8 << 20]);
    everywhere("nothing", b"");
}

#[test]
fn a_sparse_gigabyte() {
    let tree = tree("sparse");
    for path in [
        MANIFEST,
        "etc/kubernetes/pki/ca.crt",
        "etc/kubernetes/admin.conf",
    ] {
        File::create(tree.join(path))
            .unwrap()
            .set_len(1 << 30)
            .unwrap();
    }
    judged(&tree, &[1, 2]);
    verified(&tree.join("etc/kubernetes/pki/ca.crt"), &[2]);
}

#[test]
fn links_in_a_circle() {
    let tree = tree("circle");
    let pki = tree.join("etc/kubernetes/pki");
    fs::remove_file(pki.join("ca.crt")).unwrap();
    symlink("ca.crt", pki.join("ca.crt")).unwrap();
    fs::remove_dir_all(pki.join("etcd")).unwrap();
    symlink("../pki", pki.join("etcd")).unwrap();
    symlink(
        "/etc/kubernetes/manifests",
        tree.join("etc/kubernetes/manifests/self"),
    )
    .unwrap();
    judged(&tree, &[1, 2]);
    verified(&pki.join("ca.crt"), &[2]);
}

#[test]
fn what_is_no_file() {
    let tree = tree("devices");
    let pki = tree.join("etc/kubernetes/pki");
    for (name, target) in [("apiserver.crt", "/dev/zero"), ("sa.pub", "/dev/null")] {
        fs::remove_file(pki.join(name)).unwrap();
        symlink(target, pki.join(name)).unwrap();
    }
    for path in [pki.join("ca.crt"), tree.join(MANIFEST)] {
        fs::remove_file(&path).unwrap();
        assert!(
            Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
    }
    fs::remove_file(tree.join("etc/kubernetes/admin.conf")).unwrap();
    fs::create_dir(tree.join("etc/kubernetes/admin.conf")).unwrap();
    judged(&tree, &[1, 2]);
    verified(Path::new("/dev/zero"), &[2]);
    verified(&tree, &[2]);
}

#[test]
fn what_may_not_be_read() {
    let tree = tree("closed");
    let closed = [
        tree.join("etc/kubernetes/pki/etcd"),
        tree.join("etc/kubernetes/manifests"),
    ];
    let open_to = |mode| {
        for path in &closed {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    open_to(0o000);
    // Root reads them all the same.
    let is_root = fs::read_dir(&closed[0]).is_ok();
    judged(&tree, if is_root { &[0] } else { &[1, 2] });
    open_to(0o755);
}

#[test]
fn odd_file_names() {
    let tree = tree("names");
    let manifests = tree.join("etc/kubernetes/manifests");
    for name in [
        &b"\xff\xfe.yaml"[..],
        b"a\nb.yaml",
        b"\x1b[31mred.yaml",
        &[b'n'; 250],
    ] {
        fs::write(
            manifests.join(OsStr::from_bytes(name)),
            "kind: Pod\nspec: [",
        )
        .unwrap();
    }
    // Warnings: nothing that works depends on these files.
    let output = judged(&tree, &[0, 1]);
    assert!(
        !output.contains('\x1b'),
        "a file's name reaches the terminal: {output}"
    );
}

/// Puts the bytes where each reader looks, and runs every command over them.
fn everywhere(name: &str, bytes: &[u8]) {
    let tree = tree(name);
    for path in [
        MANIFEST,
        "etc/kubernetes/admin.conf",
        "etc/kubernetes/pki/ca.crt",
        "etc/kubernetes/pki/apiserver.key",
        "etc/kubernetes/pki/sa.pub",
        "var/lib/kubelet/config.yaml",
        "var/lib/kubelet/kubeadm-flags.env",
    ] {
        fs::write(tree.join(path), bytes).unwrap();
    }
    judged(&tree, &[1, 2]);
    verified(&tree.join("etc/kubernetes/pki/ca.crt"), &[0, 1, 2]);
    for file in ["etc/kubernetes/admin.conf", "etc/kubernetes/pki/ca.crt"] {
        let root = tree.to_str().unwrap();
        run(
            Command::new("prlimit"),
            &["whoami", "--rootfs", root],
            &tree.join(file),
            &[0, 1, 2],
        );
    }
    fs::remove_dir_all(tree).unwrap();
}

/// Runs what looks at whole trees; gives all that the audit says.
fn judged(tree: &Path, codes: &[i32]) -> String {
    for command in ["graph", "list"] {
        run(
            Command::new("prlimit"),
            &[command, "--rootfs"],
            tree,
            &[0, 1, 2],
        );
    }
    run(
        Command::new("prlimit"),
        &["audit", "-o", "json", "--rootfs"],
        tree,
        codes,
    );
    run(
        Command::new("prlimit"),
        &["audit", "--at", "2026-12-01", "--rootfs"],
        tree,
        codes,
    )
}

fn verified(leaf: &Path, codes: &[i32]) {
    let roots = example().join("etc/kubernetes/pki/ca.crt");
    let good = roots.to_str().unwrap();
    run(
        Command::new("prlimit"),
        &["verify", "--roots", good],
        leaf,
        codes,
    );
    run(Command::new("prlimit"), &["inspect"], leaf, &[0, 1, 2]);
    run(
        Command::new("prlimit"),
        &["inspect", "--text"],
        leaf,
        &[0, 1, 2],
    );
    // The leaf as the roots.
    let leaf = leaf.to_str().unwrap();
    run(
        Command::new("prlimit"),
        &["verify", "--roots", leaf],
        &roots,
        &[0, 1, 2],
    );
}

/// Runs the program in bounded memory; it must end with one of the codes, and say why it is not 0.
fn run(mut prlimit: Command, arguments: &[&str], last: &Path, codes: &[i32]) -> String {
    let said = scratch(&format!(
        "said-{}-{:?}",
        arguments[0],
        std::thread::current().id()
    ));
    let output = File::create(&said).unwrap();
    let mut child = prlimit
        .arg(format!("--as={MEMORY}"))
        .arg(env!("CARGO_BIN_EXE_kubepki"))
        .args(arguments)
        .arg(last)
        .stdin(Stdio::null())
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        .spawn()
        .unwrap();
    let start = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if start.elapsed() > HANGS => {
                child.kill().unwrap();
                panic!("{arguments:?} {} hangs", last.display());
            }
            None => sleep(Duration::from_millis(5)),
        }
    };
    let text = String::from_utf8_lossy(&fs::read(&said).unwrap()).into_owned();
    let start: String = text.chars().take(2_000).collect();
    let code = status
        .code()
        .unwrap_or_else(|| panic!("{arguments:?}: {status}: {start}"));
    assert!(
        codes.contains(&code),
        "{arguments:?} {}: {code}: {start}",
        last.display()
    );
    assert!(!text.contains("panicked at"), "{arguments:?}: {start}");
    assert!(
        code == 0 || !text.trim().is_empty(),
        "{arguments:?}: {code}, without a word"
    );
    text
}

/// A copy of the example cluster.
fn tree(name: &str) -> PathBuf {
    let tree = scratch(name);
    let _ = fs::remove_dir_all(&tree);
    copy(&example(), &tree);
    tree
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => {
                let bytes = fs::read(entry.path()).unwrap();
                File::create(to).unwrap().write_all(&bytes).unwrap();
            }
        }
    }
}

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/kubeadm")
}

fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile");
    fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}
