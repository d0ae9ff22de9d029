//! Clusters of other shapes than kubeadm's default, from trees in memory.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what is wrong by panicking"
)]

use kubepki_cluster::files::Memory;
use kubepki_cluster::graph::{ClientAuthMode, Credential, Presented, Trust};
use kubepki_cluster::material::Origin;
use kubepki_cluster::process::NoteKind;
use kubepki_cluster::{Channel, Component, Files, Graph, Inventory};

const APISERVER: &str = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const ETCD: &str = "/etc/kubernetes/manifests/etcd.yaml";

/// A manifest of one container that sees the whole PKI directory.
fn pod(program: &str, flags: &[&str]) -> String {
    let flags: String = flags.iter().map(|flag| format!("    - {flag}\n")).collect();
    format!(
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: registry.k8s.io/{program}:v1.36.0\n    \
         command:\n    - {program}\n{flags}    volumeMounts:\n    - {{mountPath: /etc/kubernetes/pki, name: p}}\n  \
         volumes:\n  - {{name: p, hostPath: {{path: /etc/kubernetes/pki}}}}\n"
    )
}

fn inventory(trees: Vec<(&str, Memory)>) -> Inventory {
    let open = |(name, tree): (&str, Memory)| {
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        (name, Files::in_memory(tree, false))
    };
    Inventory::read(trees.into_iter().map(open).collect())
}

fn one(tree: Memory) -> (Inventory, Graph) {
    let inventory = inventory(vec![("", tree)]);
    let graph = Graph::of(&inventory);
    (inventory, graph)
}

fn ids(graph: &Graph) -> Vec<String> {
    graph.channels.iter().map(Channel::id).collect()
}

fn channel<'a>(graph: &'a Graph, id: &str) -> &'a Channel {
    let mut channels = graph.channels.iter();
    let found = channels.find(|channel| channel.id() == id);
    found.unwrap_or_else(|| panic!("no {id} in {:?}", ids(graph)))
}

#[test]
fn an_empty_tree_has_only_a_kubelet() {
    let (inventory, graph) = one(Memory::default());
    assert_eq!(ids(&graph), ["kubelet->kube-apiserver"]);
    assert_eq!(&*inventory.nodes[0].name, "node1");
    let kubelet = channel(&graph, "kubelet->kube-apiserver");
    assert!(matches!(kubelet.serving.default, Presented::Elsewhere(_)));
    assert!(kubelet.kubeconfig.as_ref().unwrap().parsed.is_err());
}

#[test]
fn external_etcd_is_elsewhere() {
    let flags = ["--etcd-servers=https://etcd-0.example:2379,https://etcd-1.example:2379"];
    let (inventory, graph) = one(Memory::default().file(APISERVER, pod("kube-apiserver", &flags)));
    assert!(!inventory.nodes[0].processes.contains_key(&Component::Etcd));
    let stored = channel(&graph, "kube-apiserver->etcd");
    assert!(matches!(stored.serving.default, Presented::Elsewhere(_)));
    assert_eq!(stored.addresses.len(), 2);
    assert!(matches!(stored.trust, Trust::System));
    assert!(matches!(stored.credential, Credential::Nothing));
    assert!(ids(&graph).iter().all(|id| !id.starts_with("etcd")));
}

#[test]
fn a_lost_manifest_is_a_process_that_should_be_there() {
    let flags = ["--etcd-servers=https://127.0.0.1:2379"];
    let (inventory, graph) = one(Memory::default().file(APISERVER, pod("kube-apiserver", &flags)));
    let processes = &inventory.nodes[0].processes;
    for component in [Component::Etcd, Component::KubeScheduler] {
        assert!(!processes[&component].is_present(), "{component}");
    }
    assert!(processes[&Component::KubeApiserver].is_present());
    let stored = channel(&graph, "kube-apiserver->etcd");
    assert!(matches!(stored.serving.default, Presented::Unknown));
}

#[test]
fn etcd_demands_certificates_by_its_bundle_alone() {
    let etcd = |flags: &[&str]| {
        let tree = Memory::default()
            .file(
                APISERVER,
                pod("kube-apiserver", &["--etcd-servers=https://127.0.0.1:2379"]),
            )
            .file(ETCD, pod("etcd", flags));
        let (_, graph) = one(tree);
        channel(&graph, "kube-apiserver->etcd").clone()
    };
    let bundle = etcd(&[
        "--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
        "--client-cert-auth=false",
    ]);
    assert_eq!(bundle.client_auth.mode, ClientAuthMode::Require);
    let switch = etcd(&["--client-cert-auth"]);
    assert_eq!(switch.client_auth.mode, ClientAuthMode::Require);
    assert!(matches!(switch.client_auth.trust, Trust::System));
    assert_eq!(etcd(&[]).client_auth.mode, ClientAuthMode::None);
    let plain = etcd(&["--listen-client-urls=http://127.0.0.1:2379,https://10.0.0.1:2379"]);
    assert!(matches!(plain.serving.default, Presented::Plaintext(_)));
}

#[test]
fn a_path_that_no_mount_brings_in() {
    let flags = [
        "--client-ca-file=/etc/kubernetes/ssl/ca.crt",
        "--tls-cert-file=/etc/kubernetes/pki/a.crt",
    ];
    let tree = Memory::default()
        .file(APISERVER, pod("kube-apiserver", &flags))
        .file("/etc/kubernetes/ssl/ca.crt", "x");
    let (_, graph) = one(tree);
    let admin = channel(&graph, "admin->kube-apiserver");
    let Trust::Bundle { material, .. } = &admin.client_auth.trust else {
        panic!("a bundle")
    };
    let Origin::NotMounted { path, mounts } = &material.origin else {
        panic!("not mounted")
    };
    assert_eq!(&**path, "/etc/kubernetes/ssl/ca.crt");
    assert_eq!(
        mounts.to_string(),
        format!("{APISERVER}:10:5 (spec.containers[0].volumeMounts)")
    );
    let Presented::Pair(pair) = &admin.serving.default else {
        panic!("a pair")
    };
    assert!(pair.key.is_none());
}

#[test]
fn the_kubelet_bootstraps_rotates_and_serves() {
    let config = "/var/lib/kubelet/config.yaml";
    let bootstrap = "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: 'https://10.0.0.1:6443', certificate-authority-data: Q0E=}}]\nusers: [{name: u, user: {token: abcdef.0123456789abcdef}}]\n";
    let tree = || {
        Memory::default()
            .file(
                config,
                "rotateCertificates: true\nserverTLSBootstrap: true\n",
            )
            .file(
                APISERVER,
                pod("kube-apiserver", &["--advertise-address=10.0.0.1"]),
            )
            .file("/etc/kubernetes/bootstrap-kubelet.conf", bootstrap)
    };
    let (_, graph) = one(tree());
    let joining = channel(&graph, "kubelet->kube-apiserver");
    assert!(matches!(joining.credential, Credential::Token(_)));
    let serving = &channel(&graph, "kube-apiserver->kubelet").serving.default;
    let Presented::Pending(setting) = serving else {
        panic!("{serving:?}")
    };
    assert_eq!(&*setting.name, "serverTLSBootstrap");

    let joined = tree()
        .file("/etc/kubernetes/kubelet.conf", bootstrap)
        .file("/var/lib/kubelet/pki/kubelet-client-1.pem", "CLIENT")
        .link(
            "/var/lib/kubelet/pki/kubelet-client-current.pem",
            "/var/lib/kubelet/pki/kubelet-client-1.pem",
        )
        .file("/var/lib/kubelet/pki/kubelet-server-current.pem", "SERVER");
    let (inventory, graph) = one(joined);
    let Credential::Pair(pair) = &channel(&graph, "kubelet->kube-apiserver").credential else {
        panic!("the store's pair")
    };
    let certificate = pair.certificate.as_ref().unwrap();
    assert_eq!(certificate.bytes(), Some(&b"CLIENT"[..]));
    assert_eq!(
        &*certificate.file().unwrap().real_path,
        "/var/lib/kubelet/pki/kubelet-client-1.pem"
    );
    let serving = &channel(&graph, "kube-apiserver->kubelet").serving.default;
    assert!(matches!(serving, Presented::Pair(_)));
    assert_eq!(inventory.nodes[0].pki.len(), 3);
}

#[test]
fn what_the_kubelet_makes_of_the_folder() {
    let tree = Memory::default()
        .file(APISERVER, pod("kube-apiserver", &["--secure-port=6443"]))
        .file(
            "/etc/kubernetes/manifests/.kube-apiserver.yaml.swp",
            "\u{0}",
        )
        .file(
            "/etc/kubernetes/manifests/kube-apiserver.yaml.bak",
            pod("kube-apiserver", &["--secure-port=7443"]),
        )
        .file("/etc/kubernetes/manifests/notes.txt", "remember");
    let (inventory, _) = one(tree);
    let node = &inventory.nodes[0];
    let apiserver = &node.processes[&Component::KubeApiserver];
    assert_eq!(apiserver.settings.get("secure-port").unwrap().value, "6443");
    let notes: Vec<_> = node
        .notes
        .iter()
        .map(|note| (note.kind, note.place.path.rsplit('/').next().unwrap()))
        .collect();
    let expected = [
        (NoteKind::Other, "kube-apiserver.yaml.bak"),
        (NoteKind::Unreadable, "notes.txt"),
        (NoteKind::Other, "notes.txt"),
        (NoteKind::Conflict, "kube-apiserver.yaml.bak"),
    ];
    assert_eq!(notes, expected);
}

#[test]
fn behind_a_load_balancer_any_api_server_answers() {
    let kubeconfig = "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: 'https://lb.example:6443'}}]\nusers: [{name: u, user: {}}]\n";
    let control_plane = |address: &str| {
        let flag = format!("--advertise-address={address}");
        Memory::default().file(APISERVER, pod("kube-apiserver", &[&flag]))
    };
    let worker = Memory::default().file("/etc/kubernetes/kubelet.conf", kubeconfig);
    let inventory = inventory(vec![
        ("a", control_plane("10.0.0.1")),
        ("b", control_plane("10.0.0.2")),
        ("w", worker),
    ]);
    let graph = Graph::of(&inventory);
    let of_worker: Vec<String> = ids(&graph)
        .into_iter()
        .filter(|id| id.starts_with("kubelet@w"))
        .collect();
    assert_eq!(
        of_worker,
        ["kubelet@w->kube-apiserver@a", "kubelet@w->kube-apiserver@b"]
    );
    assert_eq!(
        channel(&graph, "kubelet@w->kube-apiserver@b").addresses[0].to_string(),
        "lb.example:6443"
    );
    // What one signs another has to accept.
    assert!(ids(&graph).contains(&"serviceaccount@a->kube-apiserver@b".to_owned()));
}

#[test]
fn configuration_files_instead_of_flags() {
    let etcd = pod(
        "etcd",
        &[
            "--config-file=/etc/kubernetes/pki/etcd.yaml",
            "--cert-file=/nowhere",
        ],
    );
    let tree = Memory::default()
        .file(APISERVER, pod("kube-apiserver", &["--etcd-servers=https://127.0.0.1:2379"]))
        .file(ETCD, etcd)
        .file(
            "/etc/kubernetes/pki/etcd.yaml",
            "client-transport-security:\n  cert-file: /etc/kubernetes/pki/e.crt\n  key-file: /etc/kubernetes/pki/e.key\n",
        );
    let (inventory, graph) = one(tree);
    let Presented::Pair(pair) = &channel(&graph, "kube-apiserver->etcd").serving.default else {
        panic!("a pair")
    };
    let setting = pair.certificate.as_ref().unwrap().setting.as_ref().unwrap();
    let place = "/etc/kubernetes/pki/etcd.yaml:2:14 (client-transport-security.cert-file)";
    assert_eq!(setting.place.to_string(), place);
    let notes = &inventory.nodes[0].processes[&Component::Etcd].notes;
    assert!(notes.iter().any(|note| note.kind == NoteKind::Ineffective));
}

#[test]
fn what_a_volume_says_has_to_be_there() {
    let with = |kind: &str, tree: Memory| {
        let typed = format!("path: /etc/kubernetes/pki, type: {kind}");
        let manifest = pod("kube-apiserver", &[]).replace("path: /etc/kubernetes/pki", &typed);
        let (inventory, _) = one(tree.file(APISERVER, manifest));
        let notes = inventory.nodes[0].processes[&Component::KubeApiserver]
            .notes
            .clone();
        notes
            .into_iter()
            .map(|note| (note.kind, note.place.line, note.message))
            .collect::<Vec<_>>()
    };
    let folder = || Memory::default().file("/etc/kubernetes/pki/ca.crt", "");
    assert_eq!(with("Directory", folder()), []);
    assert_eq!(with("DirectoryOrCreate", Memory::default()), []);
    let message = |kind: &str, there: &str| {
        format!("hostPath type check failed: /etc/kubernetes/pki is not a {kind}, there is {there}")
    };
    let failed = |kind, there| vec![(NoteKind::NotStarted, Some(11), message(kind, there))];
    assert_eq!(
        with("Directory", Memory::default()),
        failed("Directory", "nothing")
    );
    assert_eq!(
        with("FileOrCreate", folder()),
        failed("FileOrCreate", "a directory")
    );
}
