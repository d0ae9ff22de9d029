//! What a node's control plane trusts, signs and checks with: from the examples, and from trees that
//! are odd in one way each.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::path::{Path, PathBuf};

use cluster::files::Memory;
use cluster::{Files, Inventory, Material};
use kubepki_authority::Signer;
use kubepki_authority::control_plane::{self, ControlPlane, DEFAULT_ISSUER, Unusable};
use kubepki_authority::token::key_id;

const PKI: &str = "/etc/kubernetes/pki";

fn example(path: &str) -> PathBuf {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/kubeadm");
    examples.join(path)
}

fn text(path: &str) -> String {
    std::fs::read_to_string(example("etc/kubernetes").join(path)).unwrap()
}

fn kubeadm() -> Inventory {
    let files = Files::on_disk(&example(""), false).unwrap();
    Inventory::read(vec![(None, files)])
}

/// A node without manifests, with these files in its PKI directory.
fn bare(files: &[(&str, &str)]) -> Inventory {
    let put = |tree: Memory, (name, content): &(&str, &str)| {
        tree.file(&format!("{PKI}/{name}"), *content)
    };
    let tree = files.iter().fold(Memory::default(), put);
    Inventory::read(vec![(None, Files::in_memory(tree, false))])
}

/// The example's kube-apiserver, with its manifest changed, and its files for tokens and clients.
fn changed(edit: impl Fn(String) -> String) -> Inventory {
    let manifest = edit(text("manifests/kube-apiserver.yaml"));
    let mut tree =
        Memory::default().file("/etc/kubernetes/manifests/kube-apiserver.yaml", manifest);
    for name in [
        "ca.crt",
        "front-proxy-ca.crt",
        "sa.pub",
        "sa.key",
        "etcd/ca.crt",
    ] {
        tree = tree.file(&format!("{PKI}/{name}"), text(&format!("pki/{name}")));
    }
    Inventory::read(vec![(None, Files::in_memory(tree, false))])
}

/// A further flag of kube-apiserver.
fn with_flag(flag: &'static str) -> Inventory {
    changed(|manifest| {
        let last = "    - --tls-private-key-file=/etc/kubernetes/pki/apiserver.key\n";
        manifest.replace(last, &format!("{last}    - {flag}\n"))
    })
}

fn path(material: &Material) -> String {
    material.place().path.to_string()
}

#[test]
fn kubeadms_tree() {
    let inventory = kubeadm();
    let plane = ControlPlane::of(&inventory.nodes[0]);
    assert_eq!(path(&plane.root_ca().unwrap()), format!("{PKI}/ca.crt"));
    let clients = plane.client_authentication().unwrap();
    assert_eq!(clients.client_ca[0].short_name(), "kubernetes");
    let header = clients.request_header.unwrap();
    assert_eq!(header.ca[0].short_name(), "front-proxy-ca");
    assert_eq!(header.allowed_names, ["front-proxy-client"]);
    assert_eq!(header.username_headers, ["X-Remote-User"]);
    assert_eq!(header.uid_headers, [""; 0]);
    assert_eq!(header.group_headers, ["X-Remote-Group"]);
    assert_eq!(header.extra_headers_prefix, ["X-Remote-Extra-"]);
    let checker = plane.token_checker().unwrap();
    assert_eq!(checker.issuers, [DEFAULT_ISSUER]);
    assert_eq!(checker.audiences, [DEFAULT_ISSUER]);
    let signer = plane.token_signer().unwrap();
    let checked = checker.keys[0].to_der().unwrap();
    assert_eq!(key_id(&checked), key_id(signer.public_key()));
    assert_eq!(
        plane.keys_url().unwrap(),
        "https://192.20.97.8:6443/openid/v1/jwks"
    );
    let endpoint = plane.endpoint().unwrap();
    assert_eq!(endpoint.server, "https://192.20.97.8:6443");
    assert_eq!(
        control_plane::bytes(&endpoint.ca).unwrap(),
        text("pki/ca.crt").as_bytes()
    );
    let shared: Vec<&str> = plane.shared_files().iter().map(|(name, _)| *name).collect();
    assert_eq!(shared.len(), 8);
    assert!(shared.contains(&"etcd-ca.key"));
}

#[test]
fn without_manifests_kubeadms_names_count() {
    let (ca, proxy) = (text("pki/ca.crt"), text("pki/front-proxy-ca.crt"));
    let inventory = bare(&[("ca.crt", &ca), ("front-proxy-ca.crt", &proxy)]);
    let plane = ControlPlane::of(&inventory.nodes[0]);
    let clients = plane.client_authentication().unwrap();
    let header = clients.request_header.unwrap();
    assert_eq!(header.allowed_names, ["front-proxy-client"]);
    assert_eq!(header.uid_headers, [""; 0]);
    assert_eq!(plane.issuers(), [DEFAULT_ISSUER]);
    assert_eq!(plane.keys_url(), None);
    let missing = plane.token_keys().unwrap_err();
    assert_eq!(
        missing.to_string(),
        "there is no `/etc/kubernetes/pki/sa.pub`"
    );
    assert!(matches!(
        plane.endpoint().unwrap_err(),
        Unusable::Kubeconfig { .. }
    ));
}

#[test]
fn a_folder_counts_more_than_flags() {
    let manifest = text("manifests/kube-apiserver.yaml").replace("/pki/ca.crt", "/pki/gone.crt");
    let tree = Memory::default()
        .file("/etc/kubernetes/manifests/kube-apiserver.yaml", manifest)
        .file("/new/ca.crt", text("pki/ca.crt"))
        .file("/new/front-proxy-ca.crt", text("pki/front-proxy-ca.crt"));
    let inventory = Inventory::read(vec![(None, Files::in_memory(tree, false))]);
    let node = &inventory.nodes[0];
    let of_flags = ControlPlane::of(node).client_authentication();
    assert!(matches!(of_flags, Err(Unusable::Missing(_))));
    let plane = ControlPlane::with_files_in(node, "/new/");
    assert_eq!(path(&plane.root_ca().unwrap()), "/new/ca.crt");
    let clients = plane.client_authentication().unwrap();
    assert_eq!(clients.client_ca[0].short_name(), "kubernetes");
    assert_eq!(
        plane.keys_url().unwrap(),
        "https://192.20.97.8:6443/openid/v1/jwks"
    );
}

#[test]
fn flags_say_otherwise() {
    let inventory = with_flag("--api-audiences=vault,registry");
    let checker = ControlPlane::of(&inventory.nodes[0]).token_checker();
    assert_eq!(checker.unwrap().audiences, ["vault", "registry"]);

    let inventory = with_flag("--service-account-issuer=https://old.example.com");
    let checker = ControlPlane::of(&inventory.nodes[0]).token_checker();
    assert_eq!(
        checker.unwrap().issuers,
        [DEFAULT_ISSUER, "https://old.example.com"]
    );

    let inventory = with_flag("--service-account-key-file=/etc/kubernetes/pki/sa.pub");
    let keys = ControlPlane::of(&inventory.nodes[0]).token_keys();
    assert_eq!(keys.unwrap().len(), 2);

    let url = |inventory: &Inventory| ControlPlane::of(&inventory.nodes[0]).keys_url().unwrap();
    let named = with_flag("--external-hostname=api.example.com");
    assert_eq!(url(&named), "https://api.example.com:6443/openid/v1/jwks");
    let elsewhere = with_flag("--service-account-jwks-uri=https://keys.example.com/jwks");
    assert_eq!(url(&elsewhere), "https://keys.example.com/jwks");
    let six = changed(|manifest| {
        manifest.replace(
            "advertise-address=192.20.97.8",
            "advertise-address=2001:db8::1",
        )
    });
    assert_eq!(url(&six), "https://[2001:db8::1]:6443/openid/v1/jwks");
}

#[test]
fn pods_get_the_ca_that_the_controller_manager_hands_out() {
    const MANIFEST: &str = "manifests/kube-controller-manager.yaml";
    let tree = |manifest: String| {
        let tree = Memory::default()
            .file(&format!("/etc/kubernetes/{MANIFEST}"), manifest)
            .file(&format!("{PKI}/ca.crt"), text("pki/ca.crt"))
            .file(
                "/etc/kubernetes/controller-manager.conf",
                text("controller-manager.conf"),
            );
        Inventory::read(vec![(None, Files::in_memory(tree, false))])
    };
    let flag = "--root-ca-file=/etc/kubernetes/pki/";
    let named = tree(text(MANIFEST).replace(&format!("{flag}ca.crt"), &format!("{flag}both.crt")));
    let plane = ControlPlane::of(&named.nodes[0]);
    assert_eq!(path(&plane.root_ca().unwrap()), format!("{PKI}/both.crt"));
    let unset = tree(text(MANIFEST).replace(&format!("    - {flag}ca.crt\n"), ""));
    let ca = ControlPlane::of(&unset.nodes[0]).root_ca().unwrap();
    assert_eq!(path(&ca), "/etc/kubernetes/controller-manager.conf");
    assert_eq!(
        control_plane::bytes(&ca).unwrap(),
        text("pki/ca.crt").as_bytes()
    );
}

#[test]
fn what_nobody_set_is_not_assumed() {
    let without = |flag: &'static str| {
        changed(move |manifest| {
            let lines = manifest.lines().filter(|line| !line.contains(flag));
            lines.map(|line| format!("{line}\n")).collect()
        })
    };
    let inventory = without("--requestheader-client-ca-file");
    let clients = ControlPlane::of(&inventory.nodes[0]).client_authentication();
    assert!(clients.unwrap().request_header.is_none());
    let inventory = without("--service-account-signing-key-file");
    let signer = ControlPlane::of(&inventory.nodes[0]).token_signer();
    assert_eq!(
        signer.unwrap_err().to_string(),
        "kube-apiserver has no --service-account-signing-key-file"
    );
    let inventory = with_flag("--service-account-signing-endpoint=/run/signer.sock");
    let plane = ControlPlane::of(&inventory.nodes[0]);
    assert!(matches!(
        plane.token_signer(),
        Err(Unusable::ExternalSigner(_))
    ));
    assert!(matches!(
        plane.token_checker(),
        Err(Unusable::ExternalSigner(_))
    ));
}

#[test]
fn an_etcd_elsewhere_is_shared_by_its_client_files() {
    let inventory = changed(|manifest| {
        manifest.replace("https://127.0.0.1:2379", "https://etcd.example.com:2379")
    });
    let shared = ControlPlane::of(&inventory.nodes[0]).shared_files();
    let named: Vec<(&str, String)> = shared
        .iter()
        .skip(6)
        .map(|(name, material)| (*name, path(material.as_ref().unwrap())))
        .collect();
    assert_eq!(
        named,
        [
            ("external-etcd-ca.crt", format!("{PKI}/etcd/ca.crt")),
            (
                "external-etcd.crt",
                format!("{PKI}/apiserver-etcd-client.crt")
            ),
            (
                "external-etcd.key",
                format!("{PKI}/apiserver-etcd-client.key")
            ),
        ]
    );
}

#[test]
fn nothing_with_a_key_is_published() {
    let (ca, key) = (text("pki/ca.crt"), text("pki/ca.key"));
    let both = format!("{ca}{key}");
    let text_of = |content: &str| {
        let inventory = bare(&[("ca.crt", content)]);
        let ca = ControlPlane::of(&inventory.nodes[0]).root_ca().unwrap();
        control_plane::public_text(&ca).map(str::to_owned)
    };
    assert_eq!(text_of(&ca), Ok(ca.clone()));
    let refused = text_of(&both).unwrap_err();
    assert!(matches!(refused, Unusable::HoldsKey(_)));
    assert!(!refused.to_string().contains(&key[40..60]));
    assert!(matches!(text_of(""), Err(Unusable::Content { .. })));
    let broken = key.replace('\n', "\n ");
    assert!(matches!(
        text_of(&format!("{ca}{broken}")),
        Err(Unusable::HoldsKey(_))
    ));
    let encrypted = key.replace("RSA PRIVATE", "ENCRYPTED PRIVATE");
    assert!(matches!(
        text_of(&format!("{ca}{encrypted}")),
        Err(Unusable::HoldsKey(_))
    ));
}
