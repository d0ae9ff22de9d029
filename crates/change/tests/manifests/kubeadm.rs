//! The same configurations given to a real kubeadm.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kubepki_change::kubelet::Machine;
use kubepki_change::manifest::{CA_FOLDERS, Surroundings};

use crate::odd::{CONFIGURATIONS, whole};
use crate::{differences, made};

#[test]
fn odd_configurations_give_what_kubeadm_gives() {
    let Some(kubeadm) = kubeadm() else { return };
    let mut found = Vec::new();
    for (what, text) in CONFIGURATIONS {
        let tree = tempfile::tempdir().unwrap();
        run(&kubeadm, tree.path(), &whole(text), &[]);
        let made = made(&whole(text), &Surroundings::default(), &machine());
        found.extend(differences(what, tree.path(), &made));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn what_kubeadm_finds_around_it_counts() {
    let Some(kubeadm) = kubeadm() else { return };
    let text = whole("NODE\nCLUSTER");
    let tree = tempfile::tempdir().unwrap();
    for folder in CA_FOLDERS {
        fs::create_dir_all(tree.path().join(&folder[1..])).unwrap();
    }
    external_ca(tree.path());
    let proxies = [
        ("HTTPS_PROXY", "http://proxy:3128"),
        ("no_proxy", "10.0.0.0/8"),
    ];
    run(&kubeadm, tree.path(), &text, &proxies);
    let surroundings = Surroundings {
        ca_folders: CA_FOLDERS.to_vec(),
        external_ca: true,
        proxies: proxies
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        ..Surroundings::default()
    };
    let made = made(&text, &surroundings, &machine());
    let found = differences("surroundings", tree.path(), &made);
    assert!(found.is_empty(), "{found:#?}");
}

/// A node whose CA's key is elsewhere.
fn external_ca(root: &Path) {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/kubeadm");
    for folder in [
        "etc/kubernetes",
        "etc/kubernetes/pki",
        "etc/kubernetes/pki/etcd",
    ] {
        fs::create_dir_all(root.join(folder)).unwrap();
        for entry in fs::read_dir(example.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap();
                fs::copy(&path, root.join(folder).join(name)).unwrap();
            }
        }
    }
    fs::remove_file(root.join("etc/kubernetes/pki/ca.key")).unwrap();
}

/// Has kubeadm write the manifests and the kubelet's files below a folder.
fn run(kubeadm: &Path, root: &Path, configuration: &str, environment: &[(&str, &str)]) {
    fs::write(root.join("kubeadm.yaml"), versioned(configuration)).unwrap();
    let phases: [&[&str]; 3] = [
        &["control-plane", "all"],
        &["etcd", "local"],
        &["kubelet-start"],
    ];
    for phase in phases {
        let output = Command::new(kubeadm)
            .args(["init", "phase"])
            .args(phase)
            .args(["--config", "/kubeadm.yaml", "--rootfs"])
            .arg(root)
            .env_clear()
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{phase:?}: {said}\n{configuration}"
        );
    }
}

/// kubeadm would ask the network for a version when there is none.
fn versioned(configuration: &str) -> String {
    let head = "kind: ClusterConfiguration\n";
    match configuration.contains("kubernetesVersion") {
        true => configuration.to_owned(),
        false => configuration.replace(head, &format!("{head}kubernetesVersion: v1.36.0\n")),
    }
}

fn machine() -> Machine {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    Machine {
        host_name: Some(name.trim().to_lowercase()),
        systemd_resolved: false,
    }
}

/// The real program, which changes its root and so has to be run by root.
fn kubeadm() -> Option<PathBuf> {
    let found = std::env::var_os("KUBEPKI_TEST_BIN").map(|bin| Path::new(&bin).join("kubeadm"));
    let found = found.filter(|kubeadm| kubeadm.is_file());
    if found.is_none() {
        println!("skipped: KUBEPKI_TEST_BIN has no kubeadm");
    }
    found
}
