//! Whatever lies in a tree: no panic, and an answer before long.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fs;
use std::time::Instant;

use kubepki_cluster::draw::{self, NOT_JUDGED};
use kubepki_cluster::files::Memory;
use kubepki_cluster::{Files, Graph, Inventory};
use proptest::prelude::*;

const MANIFEST: &str = "kind: Pod\nspec:\n  containers:\n  - image: a/kube-apiserver:v1.36.0\n    env: [{name: A, value: b}]\n    command: [kube-apiserver, \"--etcd-servers=https://127.0.0.1:2379\", --advertise-address, $(A)]\n    args:\n    - --tls-sni-cert-key=/a,/b:c,d\n    - --service-cluster-ip-range=10.96.0.0/12\n    volumeMounts: [{name: p, mountPath: /a, subPath: ../x}]\n  - command: [sh, -c, 'exec etcd --cert-file=\"${A}\" -key-file /b # x']\n  volumes: [{name: p, hostPath: {path: /etc}}]\n";
const KUBECONFIG: &str = "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: 'https://10.0.0.1:6443', certificate-authority-data: Q0E=}}]\nusers: [{name: u, user: {client-certificate: a, client-key: b}}]\n";
const KUBELET: &str = "authentication: {x509: {clientCAFile: /ca}}\nrotateCertificates: true\n";
const FLAGS: &str = "KUBELET_KUBEADM_ARGS=\"--node-ip=10.0.0.1 --config-dir /etc\"\n";

/// Reads and draws a node with these files.
fn look(manifest: &[u8], kubeconfig: &[u8], kubelet: &[u8], flags: &[u8]) -> Inventory {
    let tree = Memory::default()
        .file("/etc/kubernetes/manifests/a.yaml", manifest)
        .file("/etc/kubernetes/admin.conf", kubeconfig)
        .file("/var/lib/kubelet/config.yaml", kubelet)
        .file("/var/lib/kubelet/kubeadm-flags.env", flags);
    let inventory = Inventory::read(vec![(None, Files::in_memory(tree, false))]);
    let graph = Graph::of(&inventory);
    for picture in [draw::text, draw::dot, draw::mermaid, draw::svg] {
        assert!(!picture(&graph, NOT_JUDGED).is_empty());
    }
    inventory
}

/// A text with some of its bytes replaced, taken out, or doubled.
fn damaged(text: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), 0..4u8, any::<u8>());
    prop::collection::vec(edit, 0..8).prop_map(move |edits| {
        let mut bytes = text.as_bytes().to_vec();
        for (index, kind, byte) in edits {
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, b"[]{}:,'\"&*-\n $("[usize::from(byte) % 15]),
                _ => bytes.extend_from_within(at..),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_do_no_harm(
        manifest in damaged(MANIFEST),
        kubeconfig in damaged(KUBECONFIG),
        kubelet in damaged(KUBELET),
        flags in damaged(FLAGS),
    ) {
        look(&manifest, &kubeconfig, &kubelet, &flags);
    }
}

#[test]
fn bombs_are_over_soon() {
    let start = Instant::now();
    let whole = look(
        MANIFEST.as_bytes(),
        KUBECONFIG.as_bytes(),
        KUBELET.as_bytes(),
        FLAGS.as_bytes(),
    );
    assert_eq!(whole.nodes[0].notes, []);
    let pod = |command: &str, env: &str| {
        format!("kind: Pod\nspec: {{containers: [{{command: [{command}], env: [{env}]}}]}}\n")
    };
    let doubling: String = (1..64)
        .map(|i| format!("{{name: V{i}, value: '$(V{0})$(V{0})'}},", i - 1))
        .collect();
    let doubling = format!("{{name: V0, value: xxxxxxxxxxxxxxxx}},{doubling}");
    let bombs = [
        pod(
            &format!(
                "kube-apiserver, '--etcd-servers={}'",
                ",https://a:1".repeat(1 << 17)
            ),
            "",
        ),
        pod("kube-apiserver, '--advertise-address=$(V63)'", &doubling),
        pod(
            &format!("sh, -c, 'etcd {}'", "$V9 ".repeat(20_000)),
            &doubling,
        ),
        pod(&format!("sh, -c, 'etcd {}'", "${".repeat(1 << 17)), ""),
        pod(&format!("etcd, '{}'", "$(".repeat(1 << 17)), ""),
        pod(&format!("etcd, {}", "--cert-file=/a,".repeat(20_000)), ""),
        format!("a: {}", "[".repeat(1 << 17)),
        "&a [*a]".to_owned(),
        "x".repeat(20 << 20),
    ];
    for bomb in &bombs {
        look(
            bomb.as_bytes(),
            bomb.as_bytes(),
            bomb.as_bytes(),
            bomb.as_bytes(),
        );
    }
    println!("{} bombs took {:?}", bombs.len(), start.elapsed());
}

#[test]
fn odd_things_on_disk_become_notes() {
    use std::os::unix::fs::symlink;
    let root = std::env::temp_dir().join(format!("kubepki-hostile-{}", std::process::id()));
    let manifests = root.join("etc/kubernetes/manifests");
    fs::create_dir_all(&manifests).unwrap();
    fs::create_dir_all(root.join("etc/kubernetes/pki/folder.crt")).unwrap();
    symlink("a.yaml", manifests.join("b.yaml")).unwrap();
    symlink("b.yaml", manifests.join("a.yaml")).unwrap();
    symlink(
        "/../../../../../../../etc/passwd",
        root.join("etc/kubernetes/pki/ca.crt"),
    )
    .unwrap();
    let fifo = std::process::Command::new("mkfifo")
        .arg(manifests.join("pipe.yaml"))
        .status();
    let large = fs::File::create(manifests.join("large.yaml")).unwrap();
    large.set_len(1 << 30).unwrap();
    let files = Files::on_disk(&root, false).unwrap();
    let inventory = Inventory::read(vec![(None, files)]);
    let notes: Vec<String> = inventory.nodes[0]
        .notes
        .iter()
        .map(|note| format!("{}: {}", note.place, note.message))
        .collect();
    fs::remove_dir_all(&root).unwrap();
    let loops = "cannot be read: too many levels of symbolic links";
    let mut expected = vec![
        format!("/etc/kubernetes/manifests/a.yaml: {loops}"),
        format!("/etc/kubernetes/manifests/b.yaml: {loops}"),
        "/etc/kubernetes/manifests/large.yaml: 1073741824 bytes: too large to be looked at".into(),
        "/etc/kubernetes/pki/ca.crt: a symbolic link to nothing, or a name that is not UTF-8"
            .into(),
    ];
    if fifo.is_ok_and(|status| status.success()) {
        expected.insert(
            3,
            "/etc/kubernetes/manifests/pipe.yaml: neither a file nor a folder".into(),
        );
    }
    assert_eq!(notes, expected);
}
