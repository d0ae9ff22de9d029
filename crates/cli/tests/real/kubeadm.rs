//! The program beside the real kubeadm: of the same configuration both make the same, and each
//! takes over what the other made.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::compare::{Tree, differences};
use crate::fixtures::examples;
use crate::handshakes::Node;
use crate::kubepki::{init, kubepki, only_found};
use crate::scratch::Scratch;
use crate::tools::Kubeadm;

/// The folders of a node in which kubeadm writes.
const FOLDERS: [&str; 4] = ["etc/kubernetes", "var/lib/kubelet", "var/lib/etcd", "srv"];

#[test]
fn each_makes_what_the_other_makes_and_takes_it_over() {
    let Some(kubeadm) = Kubeadm::find() else {
        return;
    };
    for case in CASES {
        let (theirs, ours) = (Scratch::new(), Scratch::new());
        for tree in [theirs.path(), ours.path()] {
            fs::write(tree.join("kubeadm.yaml"), case.configuration()).unwrap();
            (case.before)(tree);
        }
        run(&kubeadm, theirs.path(), case);
        make(ours.path());
        let found = differences(
            &Tree::read(theirs.path(), &FOLDERS),
            &Tree::read(ours.path(), &FOLDERS),
        );
        assert!(found.is_empty(), "{}: {found:#?}", case.what);
        only_found(case.what, &[("cp-1", ours.path())], case.found);
        only_found(case.what, &[("cp-1", theirs.path())], case.found);

        let before = (Node::read(theirs.path()), Node::read(ours.path()));
        make(theirs.path());
        run(&kubeadm, ours.path(), case);
        assert!(before.0 == Node::read(theirs.path()), "{}", case.what);
        assert!(before.1 == Node::read(ours.path()), "{}", case.what);
    }
}

fn make(root: &Path) {
    init(&root.join("kubeadm.yaml"), root, &["--yes"]);
}

/// Has kubeadm make all that it makes of files.
fn run(kubeadm: &Kubeadm, root: &Path, case: &Case) {
    let mut phases = vec!["certs all", "kubeconfig all", "control-plane all"];
    if !case.cluster.contains("external") {
        phases.push("etcd local");
    }
    phases.push("kubelet-start");
    for phase in phases {
        let phase = format!("init phase {phase}");
        let result = kubeadm.run(root, &phase, "/kubeadm.yaml");
        result.unwrap_or_else(|said| panic!("{}, {phase}: {said}", case.what));
    }
}

/// A configuration, and a word on what is special about it.
struct Case {
    what: &'static str,
    /// The version of the configuration.
    version: &'static str,
    address: &'static str,
    /// What the ClusterConfiguration says beyond the version.
    cluster: &'static str,
    /// What the node has before.
    before: fn(&Path),
    /// What the audit finds worth knowing.
    found: &'static [&'static str],
}

impl Case {
    const fn new(what: &'static str, cluster: &'static str) -> Self {
        Case {
            what,
            version: "v1beta4",
            address: "192.0.2.7",
            cluster,
            before: |_| (),
            found: &[],
        }
    }

    const fn with(self, before: fn(&Path)) -> Self {
        Case { before, ..self }
    }

    fn configuration(&self) -> String {
        format!(
            "\
apiVersion: kubeadm.k8s.io/{0}
kind: InitConfiguration
localAPIEndpoint: {{advertiseAddress: '{1}'}}
nodeRegistration: {{name: cp-1}}
---
apiVersion: kubeadm.k8s.io/{0}
kind: ClusterConfiguration
kubernetesVersion: v1.36.0
{2}",
            self.version, self.address, self.cluster
        )
    }
}

const CASES: &[Case] = &[
    Case::new("RSA-2048", ""),
    Case::new("RSA-3072", "encryptionAlgorithm: RSA-3072"),
    Case::new("RSA-4096", "encryptionAlgorithm: RSA-4096"),
    Case::new("ECDSA-P256", "encryptionAlgorithm: ECDSA-P256"),
    Case::new("ECDSA-P384", "encryptionAlgorithm: ECDSA-P384"),
    Case::new(
        "keys by a feature gate",
        "featureGates: {PublicKeysECDSA: true}",
    ),
    Case::new(
        "two families",
        "
encryptionAlgorithm: ECDSA-P256
networking: {serviceSubnet: '10.96.0.0/16,fd00:96::/112', podSubnet: '10.244.0.0/16,fd00:244::/56'}
",
    ),
    Case {
        address: "fd00::7",
        ..Case::new(
            "IPv6 only",
            "
encryptionAlgorithm: ECDSA-P256
networking: {serviceSubnet: 'fd00:96::/112', podSubnet: 'fd00:244::/56'}
",
        )
    },
    Case::new(
        "another domain and name",
        "
encryptionAlgorithm: ECDSA-P256
clusterName: prod_east
networking: {dnsDomain: k8s.example.internal}
",
    ),
    Case::new(
        "more names",
        "
encryptionAlgorithm: ECDSA-P256
apiServer:
  certSANs: [API.Example.COM, '*.apps.example.com', 203.0.113.10, '2001:db8::10', kubernetes,
    127.0.0.1, '::ffff:198.51.100.4', 192.0.2.7]
etcd:
  local:
    serverCertSANs: [zeta.example, etcd.example, 192.0.2.7, 203.0.113.11]
    peerCertSANs: [peer.example, '2001:db8::12']
",
    ),
    Case::new(
        "an endpoint by name",
        "
encryptionAlgorithm: ECDSA-P256
controlPlaneEndpoint: k8s.example.internal:8443
",
    ),
    Case::new(
        "an endpoint by name, without a port",
        "
encryptionAlgorithm: ECDSA-P256
controlPlaneEndpoint: k8s.example.internal
",
    ),
    Case::new(
        "an endpoint by address",
        "
encryptionAlgorithm: ECDSA-P256
controlPlaneEndpoint: '[2001:db8::1]:6443'
",
    ),
    Case::new(
        "etcd elsewhere",
        "
encryptionAlgorithm: ECDSA-P256
etcd:
  external:
    endpoints: ['https://192.0.2.8:2379', 'https://192.0.2.9:2379']
    caFile: /srv/etcd/ca.crt
    certFile: /srv/etcd/client.crt
    keyFile: /srv/etcd/client.key
",
    )
    .with(etcd_elsewhere),
    Case::new("given authorities", "encryptionAlgorithm: ECDSA-P256").with(authorities),
    Case::new("given authorities of another kind of key", "").with(authorities),
    Case {
        // Nobody signs requests.
        found: &["KP0814"],
        ..Case::new(
            "an authority whose key is elsewhere",
            "encryptionAlgorithm: ECDSA-P256",
        )
        .with(without_key)
    },
    Case {
        version: "v1beta3",
        ..Case::new(
            "the version before, which knows no kinds of keys and no periods",
            "
encryptionAlgorithm: ECDSA-P256
certificateValidityPeriod: 1h
apiServer: {extraArgs: {v: '4', audit-log-path: /var/log/audit.log}}
",
        )
    },
    Case {
        // Authorities for thirty years.
        found: &["KP0406"],
        ..Case::new(
            "other periods",
            "
encryptionAlgorithm: ECDSA-P256
certificateValidityPeriod: 2160h30m
caCertificateValidityPeriod: 262800h
",
        )
    },
    Case::new(
        "another folder",
        "
encryptionAlgorithm: ECDSA-P256
certificatesDir: /srv/pki
etcd: {local: {dataDir: /srv/etcd}}
",
    ),
];

const PKI: &str = "etc/kubernetes/pki";

/// Authorities and a service account key that are brought along.
fn authorities(root: &Path) {
    let given = examples().join("kubeadm-ecdsa").join(PKI);
    fs::create_dir_all(root.join(PKI).join("etcd")).unwrap();
    for pair in ["ca", "front-proxy-ca", "etcd/ca"] {
        for file in [format!("{pair}.crt"), format!("{pair}.key")] {
            bring(&given.join(&file), &root.join(PKI).join(&file));
        }
    }
    for file in ["sa.key", "sa.pub"] {
        bring(&given.join(file), &root.join(PKI).join(file));
    }
}

/// Copies a file, for its owner alone: a checkout lets everybody read its examples.
fn bring(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
    fs::set_permissions(to, Permissions::from_mode(0o600)).unwrap();
}

/// Everything but the key of the cluster's authority, and what runs.
fn without_key(root: &Path) {
    let configuration = root.join("kubeadm.yaml");
    let arguments = [configuration.as_path(), "--rootfs".as_ref(), root];
    kubepki(&[&["init".as_ref(), "--config".as_ref()], &arguments[..]].concat());
    fs::remove_file(root.join(PKI).join("ca.key")).unwrap();
}

/// What kube-apiserver needs of an etcd that others run.
fn etcd_elsewhere(root: &Path) {
    let given = examples().join("kubeadm-ecdsa").join(PKI);
    let folder = root.join("srv/etcd");
    fs::create_dir_all(&folder).unwrap();
    for (file, from) in [
        ("ca.crt", "etcd/ca.crt"),
        ("client.crt", "apiserver-etcd-client.crt"),
        ("client.key", "apiserver-etcd-client.key"),
    ] {
        bring(&given.join(from), &folder.join(file));
    }
}
