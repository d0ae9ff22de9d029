//! The score: how many of the faults are told rightly, how many harmless changes are passed over,
//! and how many of the same faults others notice at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::cluster::Cluster;
use crate::judging::disturbances;
use crate::pki::certificate_pem;
use crate::tree::{KUBECONFIGS, Tree};
use crate::{complaint, faults, harmless, several};

/// What became of a fault, or of a harmless change, in one tree.
struct Row {
    /// The first cause that is expected; nothing for a harmless change.
    cause: Option<&'static str>,
    is_right: bool,
    is_seen: Seen,
}

/// Who else noticed something.
#[derive(Clone, Copy, Default)]
struct Seen {
    openssl: bool,
    kubeadm: bool,
}

/// `cargo test -p kubepki-audit --test faults -- --ignored --nocapture score`; with the folder of a
/// kubeadm in `KUBEPKI_TEST_BIN`, that is asked too.
#[test]
#[ignore = "prints the score, and takes its time"]
fn score() {
    let mut rows = Vec::new();
    for healthy in Tree::healthy() {
        let before = others(&[&healthy]);
        assert!(
            !before.openssl && !before.kubeadm,
            "they complain of a healthy tree"
        );
        for fault in faults() {
            let mut tree = healthy.clone();
            (fault.make)(&mut tree);
            let is_right = complaint(fault, &tree).is_none();
            let cause = fault.causes.first().copied();
            rows.push(told(fault.name, cause, is_right, others(&[&tree])));
        }
        for change in harmless::HARMLESS {
            let mut tree = healthy.clone();
            (change.make)(&mut tree);
            let is_right = disturbances(&tree.audit()).next().is_none();
            rows.push(told(change.name, None, is_right, others(&[&tree])));
        }
    }
    for healthy in Cluster::healthy() {
        for fault in several::FAULTS {
            let mut cluster = healthy.clone();
            (fault.make)(&mut cluster);
            let is_right = several::complaint(fault, &healthy).is_none();
            let nodes: Vec<&Tree> = cluster.nodes.values().collect();
            rows.push(told(
                fault.name,
                fault.causes.first().copied(),
                is_right,
                others(&nodes),
            ));
        }
        for change in several::HARMLESS {
            let mut cluster = healthy.clone();
            (change.make)(&mut cluster);
            let is_right = several::worries(&cluster).is_empty();
            let nodes: Vec<&Tree> = cluster.nodes.values().collect();
            rows.push(told(change.name, None, is_right, others(&nodes)));
        }
    }
    print(&rows);
}

fn told(name: &str, cause: Option<&'static str>, is_right: bool, is_seen: Seen) -> Row {
    let word = |is: bool| if is { "yes" } else { "no" };
    println!(
        "{:<12} {:<5} {:<5} {:<5} {name}",
        cause.unwrap_or("harmless"),
        word(is_right),
        word(is_seen.openssl),
        word(is_seen.kubeadm)
    );
    Row {
        cause,
        is_right,
        is_seen,
    }
}

/// The table, as it stands in the README.
fn print(rows: &[Row]) {
    let mut causes: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        causes
            .entry(row.cause.unwrap_or("~"))
            .or_default()
            .push(row);
    }
    let kubeadm = |count: usize| match kubeadm() {
        Some(_) => count.to_string(),
        None => "not asked".to_owned(),
    };
    let count = |rows: &[&Row], is: fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
    println!(
        "\n| fault | trees | kubepki: cause, file, line, channels | `openssl verify` notices | `kubeadm certs check-expiration` notices |"
    );
    println!("|---|---|---|---|---|");
    let line = |name: &str, rows: &[&Row]| {
        println!(
            "| {name} | {} | {} | {} | {} |",
            rows.len(),
            count(rows, |row| row.is_right),
            count(rows, |row| row.is_seen.openssl),
            kubeadm(count(rows, |row| row.is_seen.kubeadm)),
        );
    };
    for (cause, rows) in causes.iter().filter(|(cause, _)| **cause != "~") {
        line(cause, rows);
    }
    let all: Vec<&Row> = rows.iter().filter(|row| row.cause.is_some()).collect();
    line("**all faults**", &all);
    let harmless = &causes["~"];
    println!(
        "| harmless changes, passed over | {} | {} | {} | {} |",
        harmless.len(),
        count(harmless, |row| row.is_right),
        count(harmless, |row| !row.is_seen.openssl),
        kubeadm(count(harmless, |row| !row.is_seen.kubeadm)),
    );
}

/// What others say of the nodes' files.
fn others(trees: &[&Tree]) -> Seen {
    let mut seen = Seen::default();
    for tree in trees {
        let folder = tempfile::tempdir().unwrap();
        for (path, bytes) in tree.all() {
            let path = folder.path().join(path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        seen.openssl |= openssl_complains(tree, folder.path());
        seen.kubeadm |= kubeadm_complains(tree, folder.path());
    }
    seen
}

/// Each authority with the certificates that kubeadm has it sign, and what each is for.
const SIGNED: [(&str, &str, &[&str]); 5] = [
    ("ca", "sslserver", &["apiserver"]),
    ("ca", "sslclient", &["apiserver-kubelet-client"]),
    ("front-proxy-ca", "sslclient", &["front-proxy-client"]),
    ("etcd/ca", "sslserver", &["etcd/server", "etcd/peer"]),
    (
        "etcd/ca",
        "sslclient",
        &[
            "apiserver-etcd-client",
            "etcd/healthcheck-client",
            "etcd/peer",
        ],
    ),
];

/// What people do by hand, with care: every certificate against its authority and for its use,
/// those in kubeconfigs too, and every key against its certificate.
fn openssl_complains(tree: &Tree, root: &Path) -> bool {
    let pki = root.join("etc/kubernetes/pki");
    let mut is_wrong = false;
    for (authority, purpose, bases) in SIGNED {
        let ca = pki.join(format!("{authority}.crt"));
        let leaves = bases.iter().map(|base| pki.join(format!("{base}.crt")));
        let mut leaves: Vec<PathBuf> = leaves.collect();
        // A worker has no more than the CA's certificate; an etcd elsewhere has its own files.
        leaves.retain(|leaf| leaf.exists() || is_control_plane(tree) && !is_external(tree));
        if purpose == "sslclient" && authority == "ca" {
            leaves.extend(embedded(tree, root));
        }
        if leaves.is_empty() {
            continue;
        }
        let at = crate::tree::AT.unix_timestamp().to_string();
        let mut verify = Command::new("openssl");
        verify.args(["verify", "-attime", &at, "-purpose", purpose, "-CAfile"]);
        is_wrong |= !run(verify.arg(&ca).args(&leaves)).status.success();
    }
    is_wrong
        | SIGNED
            .iter()
            .flat_map(|(_, _, bases)| *bases)
            .any(|base| does_not_fit(&pki, base))
}

/// Whether a certificate's key is not beside it, or is another's.
fn does_not_fit(pki: &Path, base: &str) -> bool {
    let (certificate, key) = (
        pki.join(format!("{base}.crt")),
        pki.join(format!("{base}.key")),
    );
    if !certificate.exists() {
        return false;
    }
    let mut of_certificate = Command::new("openssl");
    let mut of_key = Command::new("openssl");
    of_certificate
        .args(["x509", "-noout", "-pubkey", "-in"])
        .arg(&certificate);
    of_key
        .args(["pkey", "-pubout", "-passin", "pass:", "-in"])
        .arg(&key);
    run(&mut of_certificate).stdout != run(&mut of_key).stdout
}

fn is_control_plane(tree: &Tree) -> bool {
    tree.has("/etc/kubernetes/manifests/kube-apiserver.yaml")
        || tree.has("/etc/kubernetes/pki/ca.key")
}

fn is_external(tree: &Tree) -> bool {
    !tree.has("/etc/kubernetes/manifests/etcd.yaml")
}

/// The client certificates in kubeconfigs, each written to a file of its own.
fn embedded(tree: &Tree, root: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for path in KUBECONFIGS.iter().filter(|path| tree.has(path)) {
        let text = tree.text(path);
        let Some(line) = text
            .lines()
            .find(|line| line.contains("client-certificate-data: "))
        else {
            continue;
        };
        let value = line.split_once(": ").map_or("", |(_, value)| value);
        let decoded = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, value);
        let name = path.rsplit('/').next().unwrap_or_default();
        let to = root.join(format!("{name}.crt"));
        fs::write(&to, decoded.unwrap_or_else(|_| certificate_pem(b"broken"))).unwrap();
        paths.push(to);
    }
    paths
}

fn kubeadm() -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os("KUBEPKI_TEST_BIN")?).join("kubeadm");
    path.exists().then_some(path)
}

/// It prints what is missing, what it cannot read, and what has ended.
fn kubeadm_complains(tree: &Tree, root: &Path) -> bool {
    let (Some(kubeadm), true) = (kubeadm(), is_control_plane(tree)) else {
        return false;
    };
    let external = "etcd:\n  external:\n    endpoints: [https://127.0.0.1:2379]\n    caFile: /x\n    certFile: /x\n    keyFile: /x\n";
    let is_external = is_external(tree) && !tree.has("/etc/kubernetes/pki/etcd/server.crt");
    let text = format!(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.0\n{}",
        if is_external { external } else { "" }
    );
    fs::write(root.join("kubeadm.yaml"), text).unwrap();
    let output = run(Command::new(kubeadm)
        .arg("--rootfs")
        .arg(root)
        .args(["certs", "check-expiration", "--kubeconfig", "/nonexistent"])
        .args(["--config", "/kubeadm.yaml"]));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let has_ended = said.lines().any(|line| line.contains("<invalid>"));
    // Whoever joins has no super-admin.conf.
    let lacks = said
        .lines()
        .any(|line| line.contains("MISSING") && !line.contains("super-admin.conf"));
    !output.status.success() || has_ended || lacks
}

fn run(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}
