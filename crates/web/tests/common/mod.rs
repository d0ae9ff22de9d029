//! Trees whose pages are looked at.

use std::fs;
use std::path::{Path, PathBuf};

use cluster::files::Memory;
use cluster::{Files, Graph, Inventory};
use time::UtcDateTime;
use time::macros::utc_datetime;

const AT: UtcDateTime = utc_datetime!(2027-01-31 00:00);

/// What a hostile tree has for names.
pub const HOSTILE: &str = "<script>hacked=1</script>\"'><img src=x onerror=hacked=1>";

/// The page of some nodes.
pub fn page(nodes: Vec<(Option<String>, Files)>) -> String {
    let inventory = Inventory::read(nodes);
    let graph = Graph::of(&inventory);
    let report = audit::audit(&inventory, &graph, AT);
    kubepki_web::audit(&inventory, &graph, &report)
}

/// One of the project's examples.
pub fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name)
}

/// The page of one of the project's examples.
pub fn page_of_example(name: &str) -> String {
    page(vec![(None, Files::on_disk(&example(name), false).unwrap())])
}

/// Three control-plane nodes, one of them broken, and twenty workers.
pub fn page_of_many() -> String {
    let node = |kind: &str, name: String, partial| {
        (Some(name), Files::on_disk(&example(kind), partial).unwrap())
    };
    let mut nodes = vec![
        node("kubeadm", "cp-1".into(), false),
        node("broken", "cp-2".into(), false),
        node("kubeadm", "cp-3".into(), false),
    ];
    nodes.extend((1..=20).map(|number| (Some(format!("worker-{number}")), worker())));
    page(nodes)
}

/// A node with nothing but a kubelet.
fn worker() -> Files {
    let read = |path: &str| fs::read(example("kubeadm").join(&path[1..])).unwrap();
    let mut tree = Memory::default();
    for path in [
        "/etc/kubernetes/kubelet.conf",
        "/etc/kubernetes/pki/ca.crt",
        "/var/lib/kubelet/config.yaml",
    ] {
        tree = tree.file(path, read(path));
    }
    Files::in_memory(tree, false)
}

/// Nodes that try to have something of theirs run in the page.
pub fn page_of_hostile() -> String {
    let node = |name: String| (Some(name), Files::in_memory(hostile_tree(), false));
    page(vec![
        node(HOSTILE.to_owned()),
        node(format!("\u{202e}{HOSTILE}\u{1b}[2J")),
    ])
}

fn hostile_tree() -> Memory {
    let manifest = format!(
        "kind: Pod\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n    - '--advertise-address={0}'\n    - '--tls-cert-file=/etc/kubernetes/pki/{0}.crt'\n    - --client-ca-file=/etc/kubernetes/pki/ca.crt\n    - '--etcd-servers=https://{0}:2379'\n    image: '{0}:v1.36.0'\n",
        HOSTILE.replace('\'', "''")
    );
    let kubeconfig = format!(
        "kind: Config\ncurrent-context: a\ncontexts: [{{name: a, context: {{cluster: a, user: a}}}}]\nusers: [{{name: a, user: {{token: sesame}}}}]\nclusters:\n- name: a\n  cluster:\n    server: \"https://{0}:6443\"\n    certificate-authority: /etc/kubernetes/pki/ca.crt\n",
        HOSTILE.replace('"', "\\\"")
    );
    Memory::default()
        .file("/etc/kubernetes/manifests/kube-apiserver.yaml", manifest)
        .file("/etc/kubernetes/admin.conf", kubeconfig)
        .file("/etc/kubernetes/pki/ca.crt", odd_certificate())
}

/// A certificate whose subject is markup; nobody looks at its signature.
fn odd_certificate() -> Vec<u8> {
    let text = fs::read(example("kubeadm/etc/kubernetes/pki/apiserver.crt")).unwrap();
    let mut der = x509::pem::blocks(&text)
        .next()
        .unwrap()
        .content
        .unwrap()
        .to_vec();
    let (name, odd) = (b"kube-apiserver", b"<u>\"x\"</u>&'<s");
    let at = der
        .windows(name.len())
        .position(|part| part == name)
        .unwrap();
    der[at..at + name.len()].copy_from_slice(odd);
    x509::pem::encode("CERTIFICATE", &der).as_bytes().to_vec()
}
