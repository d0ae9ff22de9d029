//! kubeadm's configuration files, and several nodes.

use std::fs;

use crate::tree::{Said, Scratch, findings, openssl, run, same, snapshot};

const V1BETA4: &str = "apiVersion: kubeadm.k8s.io/v1beta4\n";
const V1BETA3: &str = "apiVersion: kubeadm.k8s.io/v1beta3\n";

/// A node of the control plane that begins or joins.
fn node(version: &str, name: &str, address: &str, joins: bool) -> String {
    let endpoint = format!("localAPIEndpoint:\n  advertiseAddress: {address}\n");
    let registration = format!("nodeRegistration:\n  name: {name}\n");
    match joins {
        false => format!("{version}kind: InitConfiguration\n{endpoint}{registration}"),
        true => {
            let inner = endpoint.replace("\n  ", "\n    ");
            format!("{version}kind: JoinConfiguration\n{registration}controlPlane:\n  {inner}")
        }
    }
}

fn cluster(version: &str, fields: &str) -> String {
    format!("{version}kind: ClusterConfiguration\n{fields}")
}

/// Runs init with a configuration of these documents.
fn init(scratch: &Scratch, documents: &[String], arguments: &[&str]) -> Said {
    fs::write(scratch.beside("config.yaml"), documents.join("---\n")).unwrap();
    let config = format!("--config={}", scratch.text("config.yaml"));
    scratch.init_only(&[&[config.as_str(), "--yes"], arguments].concat())
}

const FAST: &str = "encryptionAlgorithm: ECDSA-P256\n";

/// v1beta3 has no `encryptionAlgorithm`.
const FAST_OLD: &str = "featureGates:\n  PublicKeysECDSA: true\n";

#[test]
fn both_versions_make_the_same() {
    let [new, old] = [(V1BETA4, FAST), (V1BETA3, FAST_OLD)].map(|(version, fast)| {
        let scratch = Scratch::empty();
        let fields = format!("controlPlaneEndpoint: api.example:8443\n{fast}");
        let documents = [
            cluster(version, &fields),
            node(version, "n1", "10.0.0.1", false),
        ];
        init(&scratch, &documents, &["--manifests", "--kubelet-config"]).done();
        scratch
    });
    let names = |scratch: &Scratch| {
        let path = scratch.pki("apiserver.crt");
        openssl(&[
            "x509",
            "-noout",
            "-ext",
            "subjectAltName",
            "-in",
            path.to_str().unwrap(),
        ])
    };
    assert!(names(&new).contains("DNS:api.example"), "{}", names(&new));
    assert_eq!(names(&new), names(&old));
    for scratch in [&new, &old] {
        assert_eq!(scratch.findings(), Vec::<String>::new());
        let admin = fs::read_to_string(scratch.path("etc/kubernetes/admin.conf")).unwrap();
        assert!(admin.contains("server: https://api.example:8443\n"));
    }
}

#[test]
fn unknown_fields_are_named_with_their_place() {
    let scratch = Scratch::empty();
    let fields = format!("{FAST}clusterNam: x\napiServer:\n  certSan: [a]\n");
    let documents = [
        cluster(V1BETA4, &fields),
        node(V1BETA4, "n1", "10.0.0.1", false),
    ];
    let said = init(&scratch, &documents, &[]).done();
    let at = |place: &str| format!("config.yaml: {place}");
    said.says(&[
        &at("line 4, column 1: "),
        "clusterNam",
        &at("line 6, column 3: "),
        "certSan",
    ]);
    // What v1beta3 does not have is one, too.
    let documents = [
        cluster(V1BETA3, FAST),
        node(V1BETA3, "n1", "10.0.0.1", false),
    ];
    let said = init(&Scratch::empty(), &documents, &[]).done();
    said.says(&["line 3, column 1: ", "encryptionAlgorithm"]);
}

#[test]
fn wrong_values_are_all_told_at_once() {
    let scratch = Scratch::empty();
    let fields = "encryptionAlgorithm: rsa\nnetworking:\n  serviceSubnet: here\ncertificatesDir: pki\n\
        controlPlaneEndpoint: API.example\ncertificateValidityPeriod: 1d\napiServer:\n  certSANs: [under_score]\n\
        kubernetesVersion: 1.36\n";
    let documents = [
        cluster(V1BETA4, fields),
        node(V1BETA4, "N_1", "10.0.0.256", false),
    ];
    let said = init(&scratch, &documents, &[]);
    assert_eq!(said.code, Some(2), "{said:?}");
    said.says(&[
        "line 3, column 22: encryptionAlgorithm: ",
        "networking.serviceSubnet: `here` is not a network",
        "certificatesDir: `pki` is not an absolute path",
        "controlPlaneEndpoint: `API.example`",
        "certificateValidityPeriod: `1d` is not a duration",
        "apiServer.certSANs",
        "kubernetesVersion: ",
        "nodeRegistration.name: ",
        "localAPIEndpoint.advertiseAddress: `10.0.0.256` is not an IP address",
    ]);
    assert!(!scratch.root().exists());
}

#[test]
fn files_that_are_no_configuration() {
    for (text, says) in [
        ("", "there is no InitConfiguration"),
        ("a: 1\n", "there is no InitConfiguration"),
        (
            "apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\n",
            "v1beta2",
        ),
        (
            "apiVersion: v1\nkind: Pod\n",
            "there is no InitConfiguration",
        ),
        ("{", "line 2"),
    ] {
        let scratch = Scratch::empty();
        let said = init(&scratch, &[text.to_owned()], &[]);
        assert_eq!(said.code, Some(2), "{text}: {said:?}");
        said.says(&[says]);
        assert!(!scratch.root().exists());
    }
}

#[test]
fn a_worker_needs_nothing() {
    let scratch = Scratch::empty();
    let document = format!("{V1BETA4}kind: JoinConfiguration\nnodeRegistration:\n  name: w1\n");
    init(&scratch, &[document], &[])
        .done()
        .says(&["a node that only works needs nothing made"]);
    assert!(!scratch.root().exists());
}

#[test]
fn a_node_that_joins_alone_needs_what_all_share() {
    let first = Scratch::full();
    let joins = [
        cluster(V1BETA4, FAST),
        node(V1BETA4, "n2", "10.0.0.2", true),
    ];
    let second = Scratch::empty();
    let said = init(&second, &joins, &[]);
    assert_eq!(said.code, Some(1), "{said:?}");
    said.says(&[
        "/etc/kubernetes/pki/ca.crt: is missing, and a node that joins has the authorities of its cluster",
        "/etc/kubernetes/pki/etcd/ca.crt: is missing",
        "/etc/kubernetes/pki/front-proxy-ca.crt: is missing",
        "/etc/kubernetes/pki/sa.key: is missing, and a node that joins signs tokens with its cluster's key",
    ]);
    assert!(!second.root().exists());

    let mut second = second;
    for name in ["ca", "etcd/ca", "front-proxy-ca"] {
        for end in ["crt", "key"] {
            let name = format!("{name}.{end}");
            second = second.with_copy(&format!("{}/{name}", crate::tree::PKI), &first.pki(&name));
        }
    }
    for name in ["sa.key", "sa.pub"] {
        second = second.with_copy(&format!("{}/{name}", crate::tree::PKI), &first.pki(name));
    }
    let before = snapshot(&second.root());
    let said = init(&second, &joins, &["--manifests", "--kubelet-config"]).done();
    assert_eq!(
        (said.state("ca"), said.state("sa"), said.state("apiserver")),
        ("kept", "kept", "made")
    );
    assert!(!second.path("etc/kubernetes/super-admin.conf").exists());
    let mut after = snapshot(&second.root());
    after.retain(|path, _| before.contains_key(path));
    same(&before, &after);
}

const MEMBERS: [(&str, &str); 3] = [("n1", "10.0.0.1"), ("n2", "10.0.0.2"), ("n3", "10.0.0.3")];

fn three() -> Vec<String> {
    let fields = format!("{FAST}controlPlaneEndpoint: api.example:6443\n");
    let mut documents = vec![cluster(V1BETA4, &fields)];
    let members = MEMBERS.iter().enumerate();
    documents.extend(members.map(|(i, (name, address))| node(V1BETA4, name, address, i > 0)));
    documents
}

/// The audit's options for the trees below the scratch folder's root.
fn trees(scratch: &Scratch) -> Vec<String> {
    let tree =
        |(name, _): &(&str, &str)| format!("--rootfs={name}={}", scratch.path(name).display());
    MEMBERS.iter().map(tree).collect()
}

#[test]
fn three_nodes_in_one_call() {
    let scratch = Scratch::empty();
    init(&scratch, &three(), &["--manifests", "--kubelet-config"]).done();
    let file = |node: &str, path: &str| fs::read(scratch.path(node).join(path)).unwrap();
    let pki = |node: &str, name: &str| file(node, &format!("etc/kubernetes/pki/{name}"));
    let shared = [
        "ca.crt",
        "ca.key",
        "etcd/ca.crt",
        "etcd/ca.key",
        "front-proxy-ca.crt",
        "front-proxy-ca.key",
        "sa.key",
        "sa.pub",
    ];
    for name in shared {
        assert_eq!(pki("n1", name), pki("n2", name), "{name}");
        assert_eq!(pki("n1", name), pki("n3", name), "{name}");
    }
    for name in [
        "apiserver.crt",
        "apiserver.key",
        "etcd/peer.crt",
        "apiserver-etcd-client.key",
    ] {
        let different = [pki("n1", name), pki("n2", name), pki("n3", name)];
        assert!(
            different[0] != different[1] && different[1] != different[2],
            "{name}"
        );
    }
    assert!(scratch.path("n1/etc/kubernetes/super-admin.conf").exists());
    for node in ["n2", "n3"] {
        assert!(
            !scratch
                .path(node)
                .join("etc/kubernetes/super-admin.conf")
                .exists()
        );
    }
    assert_eq!(findings(&trees(&scratch)), Vec::<String>::new());
    let before = scratch.snapshot();
    init(&scratch, &three(), &["--manifests", "--kubelet-config"])
        .done()
        .says(&["nothing was changed"]);
    same(&before, &scratch.snapshot());
}

#[test]
fn a_node_more_gets_what_the_others_have() {
    let scratch = Scratch::empty();
    init(&scratch, &three()[..3], &[]).done();
    let before = scratch.snapshot();
    init(&scratch, &three(), &[]).done();
    let ca = |node: &str| fs::read(scratch.path(node).join("etc/kubernetes/pki/ca.key")).unwrap();
    assert_eq!(ca("n1"), ca("n3"));
    let mut after = scratch.snapshot();
    after.retain(|path, _| before.contains_key(path));
    after.remove(std::path::Path::new("config.yaml"));
    let mut before = before;
    before.remove(std::path::Path::new("config.yaml"));
    same(&before, &after);
}

#[test]
fn trees_that_disagree_are_refused() {
    let scratch = Scratch::empty();
    init(&scratch, &three(), &[]).done();
    let other = Scratch::full();
    for (name, says) in [
        (
            "ca",
            "n2: /etc/kubernetes/pki/ca.crt: is another authority than \"kubernetes\"",
        ),
        (
            "sa",
            "n2: /etc/kubernetes/pki/sa.key: is another key than the one on a node before it",
        ),
    ] {
        let kept = crate::tree::snapshot(&scratch.path("n2"));
        for end in ["crt", "pub", "key"] {
            let from = other.pki(&format!("{name}.{end}"));
            if from.exists() {
                fs::copy(
                    &from,
                    scratch
                        .path("n2/etc/kubernetes/pki")
                        .join(format!("{name}.{end}")),
                )
                .unwrap();
            }
        }
        let before = scratch.snapshot();
        let said = init(&scratch, &three(), &[]);
        assert_eq!(said.code, Some(1), "{said:?}");
        said.says(&[says, "hint: every node has to hold the same"]);
        same(&before, &scratch.snapshot());
        for (path, (_, content)) in kept {
            let path = scratch.path("n2").join(path);
            if path.is_file() {
                fs::write(path, content).unwrap();
            }
        }
    }
}

#[test]
fn what_goes_wrong_on_one_node_leaves_the_others_alone() {
    let scratch = Scratch::empty();
    // A link to nowhere: not there for a reader, in the way of a writer.
    let folder = scratch.path("n3/etc/kubernetes/pki/etcd");
    fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink("/nowhere", folder.join("peer.key")).unwrap();
    let before = snapshot(&scratch.root());
    let said = init(&scratch, &three(), &[]);
    assert_eq!(said.code, Some(2), "{said:?}");
    said.says(&[
        "n3/etc/kubernetes/pki/etcd/peer.key` is there already",
        "hint: move it away first",
    ]);
    same(&before, &snapshot(&scratch.root()));
}

#[test]
fn nodes_that_would_be_one_are_refused() {
    let scratch = Scratch::empty();
    for (nodes, says) in [
        (["a=10.0.0.1", "a=10.0.0.2"], "two nodes called a"),
        (
            ["a=10.0.0.1", "b=10.0.0.1"],
            "a and b cannot both be at 10.0.0.1:6443",
        ),
    ] {
        let said = scratch.init_only(&["--node", nodes[0], "--node", nodes[1]]);
        assert_eq!(said.code, Some(2), "{said:?}");
        said.says(&[says, "hint: give every node a name"]);
    }
    let root = scratch.root();
    fs::create_dir(&root).unwrap();
    std::os::unix::fs::symlink(&root, scratch.beside("again")).unwrap();
    let (one, again) = (
        format!("--rootfs=a={}", root.display()),
        format!("--rootfs=b={}", scratch.text("again")),
    );
    let said = run(&[
        "init",
        "--node=a=10.0.0.1",
        "--node=b=10.0.0.2",
        &one,
        &again,
    ]);
    assert_eq!(said.code, Some(2), "{said:?}");
    said.says(&["two nodes cannot share a tree"]);
    assert!(snapshot(&root).is_empty());
}
