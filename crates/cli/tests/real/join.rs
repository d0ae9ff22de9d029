//! A real kubeadm joins a further node of the control plane by the objects that the program prints,
//! and makes of it what the program makes.

use std::fs;
use std::path::PathBuf;

use crate::compare::{Tree, differences};
use crate::kinds::KINDS;
use crate::kubepki::kubepki;
use crate::plane::{Plane, Programs};
use crate::scratch::Scratch;
use crate::tools::Kubeadm;

const TOKEN: &str = "abcdef.0123456789abcdef";
const KEY: &str = "b17d8b818aab4706223245ade7d050689bf4e24e1b547c3a8c4f5e62be16ea14";

#[test]
fn kubeadm_joins_by_what_the_program_prints() {
    let (Some(programs), Some(kubeadm)) = (Programs::find(), Kubeadm::find()) else {
        return;
    };
    let ecdsa = |what: &str| what == "ECDSA-P256" || what == "intermediates below a root";
    for (what, options) in KINDS.into_iter().filter(|(what, _)| ecdsa(what)) {
        let scratch = Scratch::new();
        let mut plane = Plane::make(&programs, scratch.path(), &options(scratch.path()));
        plane.start();
        publish(&plane, &kubeadm);
        let theirs = join_by_kubeadm(what, &mut plane, &kubeadm);
        // kubeadm knows nobody above an authority.
        if !plane.pki("ca-bundle.crt").exists() {
            let ours = Tree::read(&join_by_program(&plane), &["etc/kubernetes"]);
            let found = differences(&Tree::read(&theirs, &["etc/kubernetes"]), &ours);
            assert!(found.is_empty(), "{what}: {found:#?}");
        }
    }
}

/// Has the cluster say what a node that joins asks it.
fn publish(plane: &Plane<'_>, kubeadm: &Kubeadm) {
    let rootfs = plane.rootfs();
    // kubeadm takes no address of loopback for an API server's, and asks where this one is
    // without need.
    let configuration = configuration(plane).replacen(&plane.address(), "192.0.2.7", 1);
    fs::write(rootfs.join("kubeadm.yaml"), configuration).unwrap();
    let upload = "init phase upload-config all --kubeconfig /etc/kubernetes/super-admin.conf";
    kubeadm.run(&rootfs, upload, "/kubeadm.yaml").unwrap();

    let (token, key) = (plane.file("token"), plane.file("certificate-key"));
    fs::write(&token, TOKEN).unwrap();
    fs::write(&key, KEY).unwrap();
    let tree = ["--rootfs", rootfs.to_str().unwrap()];
    let token = ["--token-file", token.to_str().unwrap()];
    let key = ["--certificate-key-file", key.to_str().unwrap()];
    for arguments in [
        [&["bundle", "cluster-info"], &token[..], &tree].concat(),
        [&["bundle", "kubeadm-certs"], &key[..], &tree].concat(),
        [&["token", "create"], &token[..]].concat(),
    ] {
        let file = plane.file("objects.yaml");
        fs::write(&file, kubepki(&arguments)).unwrap();
        let apply = ["apply", "-f", file.to_str().unwrap()];
        plane.kubectl("super-admin").run(&apply).unwrap();
    }
}

fn join_by_kubeadm(what: &str, plane: &mut Plane<'_>, kubeadm: &Kubeadm) -> PathBuf {
    let root = plane.file("theirs");
    fs::create_dir(&root).unwrap();
    let rootfs = plane.rootfs();
    let pin = kubepki(&["token", "ca-hash", "--rootfs", rootfs.to_str().unwrap()]);
    let discovery = format!(
        "\
discovery:
  bootstrapToken: {{token: {TOKEN}, apiServerEndpoint: '{}:6443', caCertHashes: ['{}']}}
",
        plane.address(),
        pin.trim()
    );
    fs::write(root.join("join.yaml"), node(Some(KEY)) + &discovery).unwrap();
    let phase = |name: &str| {
        let phase = format!("join phase control-plane-prepare {name}");
        kubeadm.run(&root, &phase, "/join.yaml")
    };
    // The rights that were just given may not be known everywhere.
    plane.wait_for(what, || phase("download-certs"));
    for name in ["certs", "kubeconfig", "control-plane"] {
        phase(name).unwrap_or_else(|said| panic!("{what}, {name}: {said}"));
    }
    root
}

/// The same node by the program.
fn join_by_program(plane: &Plane<'_>) -> PathBuf {
    let root = plane.file("ours");
    fs::create_dir(&root).unwrap();
    let file = plane.file("both.yaml");
    fs::write(&file, configuration(plane) + "---\n" + &node(None)).unwrap();
    let trees = [("cp-1", plane.rootfs()), ("cp-2", root.clone())]
        .map(|(name, tree)| format!("{name}={}", tree.display()));
    let common = ["--config", file.to_str().unwrap(), "--yes"];
    let trees = ["--rootfs", &trees[0], "--rootfs", &trees[1]];
    for phase in [
        &["certs"][..],
        &["kubeconfig", "admin", "controller-manager", "scheduler"],
        &["manifests", "apiserver", "controller-manager", "scheduler"],
    ] {
        kubepki(&[&["init"], phase, &common, &trees].concat());
    }
    root
}

fn configuration(plane: &Plane<'_>) -> String {
    plane.configuration() + "encryptionAlgorithm: ECDSA-P256\n"
}

fn node(certificate_key: Option<&str>) -> String {
    let key = certificate_key.map(|key| format!("  certificateKey: {key}\n"));
    format!(
        "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
nodeRegistration: {{name: cp-2}}
controlPlane:
  localAPIEndpoint: {{advertiseAddress: 192.0.2.8}}
{}",
        key.unwrap_or_default()
    )
}
