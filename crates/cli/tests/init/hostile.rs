//! Input that means no good: an answer or a clear error, in bounded time and memory, and never a
//! step out of the tree.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::tree::{NODE, PKI, Said, Scratch, output, snapshot};

/// The address space that the program may use, in bytes.
const MEMORY: &str = "--as=1073741824";

/// Runs init in bounded memory.
fn bounded(scratch: &Scratch, arguments: &[&str]) -> Said {
    let root = format!("--rootfs={}", scratch.root().display());
    let mut command = Command::new("prlimit");
    command.args([MEMORY, env!("CARGO_BIN_EXE_kubepki"), "init", &root]);
    output(command.args(arguments).stdin(std::process::Stdio::null()))
}

/// What becomes of a configuration of these bytes.
fn configured(content: &[u8]) -> (Scratch, Said) {
    let scratch = Scratch::empty();
    fs::write(scratch.beside("config.yaml"), content).unwrap();
    let config = format!("--config={}", scratch.text("config.yaml"));
    let said = bounded(&scratch, &[&[config.as_str()], &NODE[..]].concat());
    (scratch, said)
}

fn refused(content: &[u8], says: &str) {
    let (scratch, said) = configured(content);
    assert_eq!(said.code, Some(2), "{said:?}");
    said.says(&[says]);
    assert!(!scratch.root().exists());
}

const HEAD: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";

fn with_names(count: usize) -> String {
    let mut text = format!("{HEAD}apiServer:\n  certSANs:\n");
    (0..count).for_each(|i| writeln!(text, "  - host-{i}.example.com").unwrap());
    text
}

#[test]
fn configurations_that_grow() {
    let mut bomb = format!("{HEAD}a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..40 {
        let alias = format!("*a{}, ", i - 1).repeat(9);
        writeln!(bomb, "a{i}: &a{i} [{}]", alias.trim_end_matches(", ")).unwrap();
    }
    refused(bomb.as_bytes(), "more than 200000 values");
    refused(
        format!("{HEAD}x: {}", "[".repeat(200_000)).as_bytes(),
        "cannot read what is in",
    );
    refused(
        format!("{HEAD}etcd: {}", "{local: ".repeat(100_000)).as_bytes(),
        "levels deep",
    );
    refused(&vec![b'a'; 2 << 20], "larger than any configuration");
    refused(
        with_names(100_000).as_bytes(),
        "larger than any configuration",
    );
    refused(
        format!("{HEAD}---\n").repeat(10_000).as_bytes(),
        "config.yaml",
    );
}

#[test]
fn configurations_that_are_none() {
    refused(&[0; 1000], "cannot read what is in");
    refused(&(0..=255).collect::<Vec<u8>>(), "it is no UTF-8");
    refused(b"\xef\xbb\xbf", "there is no InitConfiguration");
    let sparse = Scratch::empty();
    File::create(sparse.beside("config.yaml"))
        .unwrap()
        .set_len(1 << 33)
        .unwrap();
    let config = format!("--config={}", sparse.text("config.yaml"));
    let said = bounded(&sparse, &[&[config.as_str()], &NODE[..]].concat());
    assert_eq!(said.code, Some(2), "{said:?}");
    let said = bounded(&sparse, &[&["--config=/dev/zero"], &NODE[..]].concat());
    assert_eq!(said.code, Some(2), "{said:?}");
    let folder = format!("--config={}", sparse.text(""));
    let said = bounded(&sparse, &[&[folder.as_str()], &NODE[..]].concat());
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(!sparse.root().exists());
}

#[test]
fn thousands_of_names_work_as_long_as_components_read_them() {
    let (scratch, said) = configured(with_names(2_000).as_bytes());
    said.done();
    assert_eq!(scratch.findings(), Vec::<String>::new());
    let (scratch, said) = configured(with_names(15_000).as_bytes());
    assert_eq!(said.code, Some(1), "{said:?}");
    said.says(&["components read no more than 262144"]);
    assert!(!scratch.root().exists());
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    for fields in [
        "\"\\e[31mred\": 1\n",
        "kubernetesVersion: \"\\e[31mred\"\n",
        "certificatesDir: \"/a\\e[31mred\"\n",
        "certificatesDir: \"/a\\0b\"\n",
        "certificatesDir: \"/a\\nb\"\n",
        "clusterName: \"\\e[31mred\"\n",
    ] {
        let scratch = Scratch::empty();
        fs::write(scratch.beside("config.yaml"), format!("{HEAD}{fields}")).unwrap();
        let config = format!("--config={}", scratch.text("config.yaml"));
        // As at a terminal, where colours are not stripped.
        let said = bounded(
            &scratch,
            &[&[config.as_str(), "--color=always"], &NODE[..]].concat(),
        );
        let text = said.stdout + &said.stderr;
        assert!(
            !text.contains("\u{1b}[31mred") && !text.contains('\0'),
            "{text:?}"
        );
    }
}

#[test]
fn long_and_odd_names() {
    let label = "n".repeat(63);
    let name = [label.as_str(), &label, &label, &label[..61]].join(".");
    assert_eq!(name.len(), 253);
    let scratch = Scratch::empty();
    let named = format!("--node-name={name}");
    let rest = [&NODE[1..], &[named.as_str()]].concat();
    bounded(&scratch, &rest).done();
    assert_eq!(scratch.findings(), Vec::<String>::new());
    let too_long = format!("n{name}");
    for name in [
        &too_long,
        "",
        " ",
        "a_b",
        "a/b",
        "../b",
        "a\nb",
        "-a",
        "ä",
        "a..b",
        "\u{202e}a",
    ] {
        let scratch = Scratch::empty();
        let named = format!("--node-name={name}");
        let said = bounded(&scratch, &[&NODE[1..], &[named.as_str()]].concat());
        assert_eq!(said.code, Some(2), "{name}: {said:?}");
        assert!(!scratch.root().exists());
    }
    // As kubeadm: trimmed, in lower case.
    let scratch = Scratch::empty();
    bounded(&scratch, &[&NODE[1..], &["--node-name= N1 "]].concat()).done();
    // Like the authority that vouches for it.
    let scratch = Scratch::empty();
    bounded(&scratch, &[&NODE[1..], &["--node-name=etcd-ca"]].concat()).done();
    assert_eq!(scratch.findings(), Vec::<String>::new());
}

#[test]
fn folders_with_odd_names() {
    let scratch = Scratch::empty();
    let folder = "--cert-dir=/etc/kübe \"pki\"/it's #1: {x}";
    scratch.init(&[folder]).done();
    assert_eq!(scratch.findings(), Vec::<String>::new());
    for wrong in ["--cert-dir=pki", "--cert-dir=/etc/../pki", "--cert-dir="] {
        assert_eq!(Scratch::empty().init(&[wrong]).code, Some(2), "{wrong}");
    }
    let deep = format!("--cert-dir={}", "/a".repeat(2_000));
    assert_eq!(Scratch::empty().init(&[&deep]).code, Some(2));
    let long = format!("--cert-dir=/{}", "a".repeat(300));
    Scratch::empty().refuses(&[&long], &["File name too long"]);
}

#[test]
fn links_stay_in_the_tree() {
    let scratch = Scratch::empty();
    let outside = scratch.beside("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::create_dir_all(scratch.path("etc/kubernetes")).unwrap();
    fs::create_dir_all(scratch.path("data/pki")).unwrap();
    // As on the node: its root is the tree.
    symlink("/data/pki", scratch.path(PKI)).unwrap();
    scratch.init(&[]).done();
    assert!(scratch.path("data/pki/etcd/peer.crt").exists());
    assert_eq!(scratch.findings(), Vec::<String>::new());

    let scratch = Scratch::empty();
    let outside = scratch.beside("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::create_dir_all(scratch.path("etc/kubernetes")).unwrap();
    symlink(&outside, scratch.path(PKI)).unwrap();
    let said = scratch.init(&[]);
    assert_eq!(said.code, Some(2), "{said:?}");
    symlink("../../../../../../../../outside", scratch.path("etc/up")).unwrap();
    assert_eq!(scratch.init(&["--cert-dir=/etc/up"]).code, Some(2));
    assert!(snapshot(&outside).is_empty());

    // In the place of a file: nothing is written through it.
    let scratch = Scratch::empty();
    let target = scratch.beside("target");
    fs::create_dir_all(scratch.path(PKI)).unwrap();
    symlink(&target, scratch.pki("ca.key")).unwrap();
    scratch.cannot(
        &[],
        &[
            "/etc/kubernetes/pki/ca.key` is there already",
            "move it away",
        ],
    );
    assert!(!target.exists());

    // In a circle.
    let scratch = Scratch::empty();
    fs::create_dir_all(scratch.path("etc/kubernetes")).unwrap();
    symlink("pki", scratch.path(PKI)).unwrap();
    scratch.refuses(
        &[],
        &["/etc/kubernetes/pki: is no folder that can be used: too many levels"],
    );
}

#[test]
fn what_is_no_file_is_refused() {
    for path in [
        "ca.crt",
        "ca.key",
        "sa.key",
        "apiserver.crt",
        "etcd/peer.key",
    ] {
        let scratch = Scratch::empty();
        fs::create_dir_all(scratch.pki(path)).unwrap();
        let says = format!("/etc/kubernetes/pki/{path}: is a folder, and should be a file");
        scratch.refuses(&[], &[&says, "move what is there away"]);

        let scratch = Scratch::empty();
        fs::create_dir_all(scratch.pki(path).parent().unwrap()).unwrap();
        pipe(&scratch.pki(path));
        let says = format!("/etc/kubernetes/pki/{path}: is no regular file");
        refuses_pipes(&scratch, &[&says, "move what is there away"]);
    }
    for path in [
        "etc/kubernetes/admin.conf",
        "etc/kubernetes/manifests/etcd.yaml",
        "var/lib/kubelet/config.yaml",
    ] {
        let scratch = Scratch::empty();
        fs::create_dir_all(scratch.path(path).parent().unwrap()).unwrap();
        pipe(&scratch.path(path));
        let said = scratch.init(&[]);
        assert!(matches!(said.code, Some(1 | 2)), "{path}: {said:?}");
        said.says(&[path, "hint: move"]);
        assert!(!scratch.pki("ca.key").exists());
    }
}

#[test]
fn a_file_in_the_place_of_a_folder_is_told_once() {
    for path in ["etc", "etc/kubernetes", PKI, "etc/kubernetes/pki/etcd"] {
        let scratch = Scratch::empty().with(path, "mine");
        scratch.refuses(&[], &["is no folder", "move what is there away"]);
        assert_eq!(
            scratch.init(&[]).stderr.matches("error: ").count(),
            1,
            "{path}"
        );
    }
    let scratch = Scratch::empty();
    fs::write(scratch.root(), "mine").unwrap();
    scratch.cannot(&[], &["root", "move it away"]);
}

#[test]
fn enormous_files_in_the_tree() {
    for path in ["ca.crt", "sa.key", "apiserver.crt"] {
        let scratch = Scratch::empty().with(&format!("{PKI}/{path}"), "");
        File::create(scratch.pki(path))
            .unwrap()
            .set_len(1 << 32)
            .unwrap();
        let said = bounded(&scratch, &NODE);
        assert_eq!(said.code, Some(1), "{said:?}");
        said.says(&[&format!("{path}: is larger than any such file"), "hint: "]);
    }
    let many = fs::read(Scratch::full().pki("ca.crt"))
        .unwrap()
        .repeat(10_000);
    let scratch = Scratch::empty().with(&format!("{PKI}/ca.crt"), many);
    let said = bounded(&scratch, &NODE);
    assert_eq!(said.code, Some(1), "{:.500}", said.stderr);
}

#[test]
fn the_nodes_own_name_is_read_from_inside_its_tree() {
    let scratch = Scratch::empty();
    fs::create_dir_all(scratch.path("etc")).unwrap();
    fs::write(scratch.beside("secret"), "outside").unwrap();
    symlink(scratch.beside("secret"), scratch.path("etc/hostname")).unwrap();
    let said = bounded(&scratch, &NODE[1..]).done();
    assert!(!said.stdout.contains("outside"), "{said:?}");

    let scratch = Scratch::empty();
    fs::create_dir_all(scratch.path("etc")).unwrap();
    pipe(&scratch.path("etc/hostname"));
    bounded(&scratch, &NODE[1..]).done();

    let scratch = Scratch::empty().with("etc/hostname", "Tree-Name\n");
    bounded(&scratch, &NODE[1..]).done().says(&["tree-name"]);
    let scratch = Scratch::empty().with("etc/hostname", b"\xff\x1b[31m");
    assert_eq!(bounded(&scratch, &NODE[1..]).code, Some(2));
}

/// As [`Scratch::refuses`], which would wait at a pipe for somebody to write into it.
fn refuses_pipes(scratch: &Scratch, says: &[&str]) {
    let said = scratch.init(&[]);
    assert_eq!(said.code, Some(1), "{said:?}");
    said.says(says);
}

fn pipe(path: &std::path::Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}
