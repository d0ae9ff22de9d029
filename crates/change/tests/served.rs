//! What is really served is held against the files: real TLS servers, some of which do not do what
//! they are told.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may end that way"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cluster::{Component, Files, Inventory};
use kubepki_change::disk::Disk;
use kubepki_change::plan::{Kind, Plan, Secrets};
use kubepki_change::restart::{Means, Others, RestartError, Seen, Watch, restart};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use tempfile::TempDir;
use time::UtcDateTime;

/// A kube-apiserver's node, with a pair in its files.
struct Node {
    folder: TempDir,
    host: Ipv4Addr,
    port: u16,
}

impl Node {
    fn new(host: Ipv4Addr) -> Self {
        // A free port; taken again right away.
        let port = TcpListener::bind((host, 0)).unwrap().local_addr().unwrap();
        let node = Node {
            folder: TempDir::new().unwrap(),
            host,
            port: port.port(),
        };
        let manifests = node.path("etc/kubernetes/manifests");
        fs::create_dir_all(&manifests).unwrap();
        fs::create_dir_all(node.path("pki")).unwrap();
        let text = format!(
            "kind: Pod\nmetadata:\n  name: kube-apiserver\nspec:\n  containers:\n  - name: kube-apiserver\n    \
             command:\n    - kube-apiserver\n    - --bind-address={host}\n    - --secure-port={}\n    \
             - --tls-cert-file=/pki/server.crt\n    - --tls-private-key-file=/pki/server.key\n    \
             volumeMounts: [{{name: p, mountPath: /pki}}]\n  volumes: [{{name: p, hostPath: {{path: /pki}}}}]\n",
            node.port
        );
        fs::write(manifests.join("kube-apiserver.yaml"), text).unwrap();
        node.renew("first");
        node
    }

    /// An etcd in its place.
    fn turn_into_etcd(&self) {
        let manifests = self.path("etc/kubernetes/manifests");
        fs::remove_file(manifests.join("kube-apiserver.yaml")).unwrap();
        let text = format!(
            "kind: Pod\nmetadata:\n  name: etcd\nspec:\n  containers:\n  - name: etcd\n    command:\n    - etcd\n    \
             - --listen-client-urls=https://{}\n    - --cert-file=/pki/server.crt\n    - --key-file=/pki/server.key\n    \
             volumeMounts: [{{name: p, mountPath: /pki}}]\n  volumes: [{{name: p, hostPath: {{path: /pki}}}}]\n",
            self.place()
        );
        fs::write(manifests.join("etcd.yaml"), text).unwrap();
    }

    /// A pair of that name in the files.
    fn renew(&self, name: &str) {
        let [certificate, key] = self.pair();
        let made = Command::new("openssl")
            .args(["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt"])
            .args(["ec_paramgen_curve:P-256", "-subj", &format!("/CN={name}")])
            .args([Path::new("-out"), &certificate, Path::new("-keyout"), &key])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
    }

    fn pair(&self) -> [PathBuf; 2] {
        ["pki/server.crt", "pki/server.key"].map(|name| self.path(name))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn disk(&self) -> Disk {
        Disk::open(self.folder.path()).unwrap()
    }

    fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// A shell command that starts openssl's server on the files as they are then.
    fn start(&self) -> String {
        let [certificate, key] = self.pair();
        format!(
            "openssl s_server -quiet -accept {} -cert {} -key {} >/dev/null 2>&1 & echo $! >{}",
            self.place(),
            certificate.display(),
            key.display(),
            self.path("pid").display()
        )
    }

    /// A shell command that ends that server.
    fn stop(&self) -> String {
        let pid = self.path("pid");
        format!("[ ! -e {0} ] || kill $(cat {0}); rm -f {0}", pid.display())
    }

    fn restart(&self, command: &str) -> Result<Seen, RestartError> {
        let means = Means::Command(command.to_owned());
        restart(&means, &self.disk(), "cp-1", Component::KubeApiserver)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = Command::new("sh").args(["-c", &self.stop()]).status();
    }
}

#[test]
fn a_restart_is_one_when_the_file_is_served() {
    let node = Node::new(Ipv4Addr::new(127, 77, 1, 1));
    let again = format!("{}; {}", node.stop(), node.start());
    let same = Seen::Same(vec![node.place()]);
    assert_eq!(node.restart(&again).unwrap(), same);
    node.renew("second");
    assert_eq!(node.restart(&again).unwrap(), same);
    node.renew("third");
    let error = node.restart("true").unwrap_err();
    let said = error.to_string();
    let facts = [
        &format!("at {} it serves the certificate second", node.place()),
        "`/pki/server.crt` holds the certificate third",
    ];
    assert!(facts.iter().all(|fact| said.contains(fact)), "{said}");
    assert!(error.hint().unwrap().contains("kubepki undo"));
}

#[test]
fn what_is_not_there_was_not_looked_at() {
    // Nothing runs: from another machine that cannot be told from a closed door.
    let node = Node::new(Ipv4Addr::new(127, 77, 1, 2));
    let Seen::Not(why) = node.restart("true").unwrap() else {
        panic!("nothing runs");
    };
    assert!(why.contains("cannot be reached from here"), "{why}");
    // Loopback of a node is not that of this machine.
    let node = Node::new(Ipv4Addr::LOCALHOST);
    let Seen::Not(why) = node.restart(&node.start()).unwrap() else {
        panic!("that is this machine's own");
    };
    assert!(why.contains("of another machine alone"), "{why}");
}

/// A server that reads its pair for every connection.
fn reloading(node: &Node, frozen: Option<[Vec<u8>; 2]>) {
    let listener = TcpListener::bind((node.host, node.port)).unwrap();
    let files = node.pair();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let read = || files.clone().map(|path| fs::read(path).unwrap_or_default());
            let [certificate, key] = frozen.clone().unwrap_or_else(read);
            let chain = CertificateDer::pem_slice_iter(&certificate);
            let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
            let key = PrivateKeyDer::from_pem_slice(&key).unwrap();
            let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(chain, key)
                .unwrap();
            let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
            let _ = Stream::new(&mut connection, &mut socket).flush();
        }
    });
}

#[test]
fn what_is_read_again_is_looked_at() {
    let paths = |names: &[&str]| {
        let paths = names.iter().map(|name| format!("/pki/{name}"));
        paths.collect::<BTreeSet<String>>()
    };
    let pair = paths(&["server.crt", "server.key"]);
    let more = paths(&["server.crt", "server.key", "ca.crt"]);
    let node = Node::new(Ipv4Addr::new(127, 77, 1, 3));
    reloading(&node, None);
    let disk = node.disk();
    let watch = Watch::of(&disk, Component::KubeApiserver, &pair);
    assert_eq!(watch.look().unwrap(), Seen::Same(vec![node.place()]));
    assert!(watch.is_enough().unwrap());
    node.renew("second");
    assert_eq!(watch.look().unwrap(), Seen::Same(vec![node.place()]));
    // An authority is not seen: its time has to pass.
    let watch = Watch::of(&disk, Component::KubeApiserver, &more);
    assert!(!watch.is_enough().unwrap());
    let authority = paths(&["ca.crt"]);
    let watch = Watch::of(&disk, Component::KubeApiserver, &authority);
    assert_eq!(watch.look().unwrap(), Seen::Nothing);

    let node = Node::new(Ipv4Addr::new(127, 77, 1, 4));
    let first = node.pair().map(|path| fs::read(path).unwrap());
    reloading(&node, Some(first));
    node.renew("second");
    let disk = node.disk();
    let watch = Watch::of(&disk, Component::KubeApiserver, &pair);
    assert!(matches!(watch.look(), Err(RestartError::Serves(_))));
}

#[test]
fn what_is_not_taken_up_yet_is_waited_for() {
    let pair = ["/pki/server.crt", "/pki/server.key"].map(str::to_owned);
    let pair = BTreeSet::from(pair);
    let node = Node::new(Ipv4Addr::new(127, 77, 1, 13));
    let first = node.pair().map(|path| fs::read(path).unwrap());
    reloading(&node, Some(first.clone()));
    node.renew("second");
    let disk = node.disk();
    let watch = Watch::of(&disk, Component::KubeApiserver, &pair);
    let error = watch.takes_up(Duration::ZERO, |_| {}).unwrap_err();
    let said = error.to_string();
    let facts = [
        "it has not taken up `/pki/server.crt`",
        &format!("at {} it serves the certificate first", node.place()),
        "holds the certificate second",
    ];
    assert!(facts.iter().all(|fact| said.contains(fact)), "{said}");
    assert!(error.hint().unwrap().contains("goes on as soon as"));
    // It comes about while it is waited for.
    let mut told = Vec::new();
    let seen = watch.takes_up(Duration::from_secs(60), |words| {
        told.push(words.to_owned());
        for (path, content) in node.pair().iter().zip(&first) {
            fs::write(path, content).unwrap();
        }
    });
    assert_eq!(seen.unwrap(), Seen::Same(vec![node.place()]));
    assert!(
        told.len() == 1 && told[0].contains("it serves the certificate first"),
        "{told:?}"
    );
}

/// A server that demands a certificate, as etcd does.
#[test]
fn whoever_demands_a_certificate_gets_one() {
    let node = Node::new(Ipv4Addr::new(127, 77, 1, 5));
    node.turn_into_etcd();
    let [certificate, key] = node.pair();
    let log = fs::File::create(node.path("log")).unwrap();
    let mut server: Child = Command::new("openssl")
        .args(["s_server", "-accept", &node.place(), "-Verify", "1"])
        .args(["-verify_return_error", "-naccept", "2"])
        .args([Path::new("-cert"), &certificate, Path::new("-key"), &key])
        .args([Path::new("-CAfile"), &certificate])
        .stdin(Stdio::piped())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let disk = node.disk();
    let watch = Watch::all(&disk, Component::Etcd);
    let seen = (0..50).find_map(|_| {
        thread::sleep(std::time::Duration::from_millis(100));
        match watch.look().unwrap() {
            Seen::Same(places) => Some(places),
            _ => None,
        }
    });
    assert_eq!(seen, Some(vec![node.place()]));
    let Seen::Same(_) = watch.look().unwrap() else {
        panic!("it takes two");
    };
    server.wait().unwrap();
    let log = fs::read_to_string(node.path("log")).unwrap();
    assert!(!log.contains("peer did not return"), "{log}");
    assert!(!log.to_lowercase().contains("error"), "{log}");
}

/// Nodes of a plan that have what these have in their files.
fn plan(nodes: &[(&str, &Node)]) -> Plan {
    let mut plan = Plan::new("rotate all", UtcDateTime::UNIX_EPOCH);
    for (name, node) in nodes {
        let files = Files::on_disk(node.folder.path(), false).unwrap();
        let read = Inventory::read(vec![(None, files)]);
        plan.add_node(
            name,
            Kind::Node,
            &read.nodes[0].files,
            &mut Secrets::default(),
        );
    }
    plan
}

#[test]
fn nobody_is_started_again_while_the_others_are_away() {
    let [own, other] = [6, 7].map(|last| Node::new(Ipv4Addr::new(127, 77, 1, last)));
    let plan = plan(&[("cp-1", &own), ("cp-2", &other)]);
    let disk = own.disk();
    let others = |component| Others::of(&plan, "cp-1", &disk, component);
    let of = |component| others(component).suffice(Duration::ZERO, |_| {});
    // Whoever does not answer is missed by nobody.
    of(Component::KubeApiserver).unwrap();
    reloading(&own, None);
    let error = of(Component::KubeApiserver).unwrap_err();
    assert!(error.to_string().contains("on cp-2"), "{error}");
    assert!(error.hint().unwrap().contains("kubepki apply"));
    // Not every component is shared.
    of(Component::KubeScheduler).unwrap();
    let mut told = Vec::new();
    let waits = others(Component::KubeApiserver).suffice(Others::PATIENCE, |words| {
        told.push(words.to_owned());
        reloading(&other, None);
    });
    waits.unwrap();
    assert!(told.len() == 1 && told[0].contains("on cp-2"), "{told:?}");
}

#[test]
fn etcd_is_started_again_while_a_quorum_is_left() {
    let nodes = [10, 11, 12].map(|last| Node::new(Ipv4Addr::new(127, 77, 1, last)));
    nodes.iter().for_each(Node::turn_into_etcd);
    let [first, second, third] = &nodes;
    let plan = plan(&[("cp-1", first), ("cp-2", second), ("cp-3", third)]);
    let disk = first.disk();
    let suffice = |plan: &Plan| {
        Others::of(plan, "cp-1", &disk, Component::Etcd).suffice(Duration::ZERO, |_| {})
    };
    reloading(first, None);
    reloading(second, None);
    let error = suffice(&plan).unwrap_err().to_string();
    assert!(
        error.contains("on cp-3") && error.contains("quorum"),
        "{error}"
    );
    reloading(third, None);
    suffice(&plan).unwrap();
    // One alone has nobody to wait for.
    let mut alone = plan.clone();
    alone.nodes.truncate(1);
    suffice(&alone).unwrap();
}
