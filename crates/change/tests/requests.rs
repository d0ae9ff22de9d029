//! Keys and requests as `kubeadm certs generate-csr` makes them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use authority::{KeyAlgorithm, PrivateKey, Signer};
use kubepki_change::config::read;
use kubepki_change::disk::Disk;
use kubepki_change::part::{Layout, Part};
use kubepki_change::requests::requests;

const CONFIGURATIONS: [(&str, &str); 5] = [
    ("nothing", ""),
    (
        "names and an endpoint",
        "controlPlaneEndpoint: api.example:8443
clusterName: prod
networking: {serviceSubnet: '10.96.0.0/16,fd00:96::/112', dnsDomain: a.b}
apiServer: {certSANs: ['*.apps.example', 203.0.113.10, 'fd00::10', kubernetes]}
etcd: {local: {serverCertSANs: [etcd.example], peerCertSANs: [peer.example, 10.0.0.8]}}
",
    ),
    ("ECDSA", "encryptionAlgorithm: ECDSA-P384\n"),
    (
        "etcd elsewhere",
        "etcd: {external: {endpoints: ['https://10.0.0.9:2379'], caFile: /a/ca.crt}}\n",
    ),
    ("another folder", "certificatesDir: /srv/pki\n"),
];

fn configuration(more: &str) -> String {
    format!(
        "apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {{advertiseAddress: 10.0.0.7, bindPort: 7443}}
nodeRegistration: {{name: cp}}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.0
{more}"
    )
}

/// Writes what is made of a configuration.
fn make(root: &Path, more: &str) {
    let mut found = read(&configuration(more)).unwrap();
    let node = found.nodes.swap_remove(0);
    let node = node.resolve("node".to_owned(), [10, 0, 0, 1].into());
    let parts = Part::all(&found.cluster, &node).into_iter();
    let parts: Vec<Part> = parts
        .filter(|part| matches!(part, Part::Credential(_)))
        .collect();
    let layout = Layout::of(&found.cluster);
    let files = requests(&found.cluster, &node, &layout, &parts).unwrap();
    Disk::open(root).unwrap().write(&[], &files).unwrap();
}

/// Every file with its mode and what it says, apart from keys and signatures.
fn shapes(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut shapes = BTreeMap::new();
    let mut folders = vec![root.join("etc/kubernetes"), root.join("srv")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
            let shape = format!("{mode:o} {}", shape(&fs::read(&path).unwrap()));
            let name = path.strip_prefix(root).unwrap().to_owned();
            shapes.insert(name, shape);
        }
    }
    shapes
}

fn shape(content: &[u8]) -> String {
    let text = std::str::from_utf8(content).unwrap();
    let Some(block) = verify::pem::blocks(content).next() else {
        let lines = text.lines().map(|line| match line.split_once("-data: ") {
            Some((field, _)) => field,
            None => line,
        });
        return lines.collect::<Vec<_>>().join("\n");
    };
    if block.label != "CERTIFICATE REQUEST" {
        return block.label;
    }
    let request = x509::request::Request::from_der(block.content.to_vec()).unwrap();
    let extensions = request.extensions().unwrap_or_default();
    let extensions = extensions
        .iter()
        .map(|one| (one.oid, one.critical, one.value));
    format!(
        "{:?} {:?} {:?} {:?} {:?} {}",
        request.version(),
        request.subject().raw(),
        request.public_key().algorithm.raw,
        request.signature_algorithm().raw,
        extensions.collect::<Vec<_>>(),
        request.attributes().len()
    )
}

#[test]
fn every_part_has_a_key_and_its_request() {
    let tree = tempfile::tempdir().unwrap();
    make(tree.path(), "encryptionAlgorithm: ECDSA-P256\n");
    let pki = tree.path().join("etc/kubernetes/pki");
    let files = shapes(tree.path());
    assert_eq!(files.len(), 24);
    assert!(files.values().all(|shape| shape.starts_with("600 ")));
    let key = PrivateKey::from_pem(&fs::read(pki.join("etcd/peer.key")).unwrap()).unwrap();
    let request = fs::read(pki.join("etcd/peer.csr")).unwrap();
    let request = verify::pem::blocks(&request).next().unwrap();
    let request = authority::signing::Asked::read(&request.content).unwrap();
    assert_eq!(request.public_key, key.public_key());
    assert_eq!(request.subject.to_string(), "CN=cp");
    assert_eq!(
        request.names.to_strings(),
        ["cp", "localhost", "10.0.0.7", "127.0.0.1", "::1"]
    );
}

#[test]
fn authorities_ask_with_a_key_that_can_sign() {
    let mut found = read(&configuration("")).unwrap();
    found.cluster.key_algorithm = KeyAlgorithm::Ed25519;
    let node = found.nodes.swap_remove(0);
    let node = node.resolve("node".to_owned(), [10, 0, 0, 1].into());
    let layout = Layout::of(&found.cluster);
    let part = Part::Authority(&cluster::catalogue::AUTHORITIES[0]);
    let files = requests(&found.cluster, &node, &layout, &[part]).unwrap();
    assert_eq!(shape(&files[0].content), "EC PRIVATE KEY");
    assert_eq!(files[1].path, "/etc/kubernetes/pki/ca.csr");
}

#[test]
fn requests_are_kubeadms() {
    let bin = std::env::var_os("KUBEPKI_TEST_BIN");
    let kubeadm = bin.map(|bin| Path::new(&bin).join("kubeadm"));
    let Some(kubeadm) = kubeadm.filter(|kubeadm| kubeadm.is_file()) else {
        println!("skipped: KUBEPKI_TEST_BIN has no kubeadm");
        return;
    };
    for (what, more) in CONFIGURATIONS {
        let (theirs, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = theirs.path().join("kubeadm.yaml");
        fs::write(&file, configuration(more)).unwrap();
        let output = Command::new(&kubeadm)
            .args([
                "certs",
                "generate-csr",
                "--config",
                "/kubeadm.yaml",
                "--rootfs",
            ])
            .arg(theirs.path())
            .env_clear()
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{what}: {said}");
        make(ours.path(), more);
        let mut expected = shapes(theirs.path());
        if more.contains("external") {
            // kubeadm also makes what nobody uses then.
            expected.retain(|path, _| !path.to_string_lossy().contains("etcd"));
        }
        assert_eq!(shapes(ours.path()), expected, "{what}");
    }
}
