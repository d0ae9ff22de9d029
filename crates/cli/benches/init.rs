//! What `kubepki init` takes as a whole program, files on the disk included: beside real kubeadm,
//! and beside the keys alone that it has to make.
//!
//! `cargo bench -p kubepki --bench init`; kubeadm is taken from the folder in `KUBEPKI_TEST_BIN`.

#![allow(clippy::unwrap_used, reason = "a bench may end that way")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use authority::{KeyAlgorithm, PrivateKey};

/// How long a search for primes takes is chance: the mean of so many runs.
const ROUNDS: u32 = 15;

/// Three authorities, seven pairs, the service account key, five kubeconfigs.
const KEYS: u32 = 16;

const CONFIGURATION: &str = "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 10.0.0.1}
nodeRegistration: {name: cp-1}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.0
encryptionAlgorithm: ";

fn main() {
    let scratch = tempfile::tempdir().unwrap();
    let root = scratch.path();
    beside_its_keys(root);
    match std::env::var_os("KUBEPKI_TEST_BIN") {
        Some(folder) => beside_kubeadm(root, &PathBuf::from(folder).join("kubeadm")),
        None => println!("kubeadm: skipped, KUBEPKI_TEST_BIN is not set"),
    }
    many_nodes(root);
}

fn beside_its_keys(root: &Path) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut program, mut key) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..ROUNDS {
        program += kubepki(root, "RSA-2048");
        let start = Instant::now();
        for _ in 0..KEYS {
            PrivateKey::generate(KeyAlgorithm::Rsa2048).unwrap();
        }
        key += start.elapsed() / KEYS;
    }
    let keys = key * KEYS / u32::try_from(cores).unwrap_or(1);
    say("RSA-2048, beside its keys on every core", program, keys);
}

fn beside_kubeadm(root: &Path, kubeadm: &Path) {
    let mut theirs = Duration::ZERO;
    for algorithm in ["RSA-2048", "ECDSA-P256"] {
        let (mut ours, mut same) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..ROUNDS {
            ours += kubepki(root, algorithm);
            same += phases(root, kubeadm, algorithm);
        }
        say(&format!("{algorithm}, beside kubeadm"), ours, same);
        match algorithm {
            "RSA-2048" => theirs = same,
            _ => say("ECDSA-P256, beside kubeadm with RSA-2048", ours, theirs),
        }
    }
}

fn many_nodes(root: &Path) {
    const NODES: usize = 100;
    let tree = root.join("nodes");
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    command.args(["init", "-q", "--key-algorithm", "ECDSA-P256", "--rootfs"]);
    command.arg(&tree);
    for node in 1..=NODES {
        command
            .arg("--node")
            .arg(format!("cp-{node}=10.0.0.{node}"));
    }
    let time = time_of(&mut command);
    println!("{NODES} nodes with ECDSA-P256, written: {:.0} ms", ms(time));
}

fn kubepki(root: &Path, algorithm: &str) -> Duration {
    let (tree, config) = fresh(root, algorithm);
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    command.args(["init", "--config"]).arg(config);
    time_of(command.arg("--rootfs").arg(tree))
}

/// What the program does at once are two phases of kubeadm.
fn phases(root: &Path, kubeadm: &Path, algorithm: &str) -> Duration {
    let (tree, config) = fresh(root, &format!("{algorithm}\ncertificatesDir: {}", "PKI"));
    let text = std::fs::read_to_string(&config).unwrap();
    let pki = tree.join("pki");
    std::fs::write(&config, text.replace("PKI", pki.to_str().unwrap())).unwrap();
    let phase = |phase: &str| {
        let mut command = Command::new(kubeadm);
        command.args(["init", "phase", phase, "all", "--config"]);
        command.arg(&config);
        command
    };
    let mut kubeconfig = phase("kubeconfig");
    kubeconfig.arg("--kubeconfig-dir").arg(&tree);
    time_of(&mut phase("certs")) + time_of(&mut kubeconfig)
}

/// An empty tree, and a configuration file beside it.
fn fresh(root: &Path, algorithm: &str) -> (PathBuf, PathBuf) {
    let (tree, config) = (root.join("tree"), root.join("kubeadm.yaml"));
    let _ = std::fs::remove_dir_all(&tree);
    std::fs::create_dir_all(&tree).unwrap();
    std::fs::write(&config, format!("{CONFIGURATION}{algorithm}\n")).unwrap();
    (tree, config)
}

fn time_of(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.unwrap().success(), "{command:?}");
    start.elapsed()
}

fn say(what: &str, ours: Duration, theirs: Duration) {
    println!(
        "{what}: {:.0} ms and {:.0} ms, ratio {:.2}",
        ms(ours / ROUNDS),
        ms(theirs / ROUNDS),
        ours.as_secs_f64() / theirs.as_secs_f64(),
    );
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
