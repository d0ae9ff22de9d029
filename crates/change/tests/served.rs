//! What is really served is held against the files, and servers are asked whether they are ready: real
//! TLS servers, some of which do not do what they are told.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may end that way"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cluster::{Component, Files, Inventory};
use kubepki_change::disk::Disk;
use kubepki_change::plan::{Kind, Plan, Secrets};
use kubepki_change::restart::{
    Health, Means, Others, PATIENCE, RestartError, Seen, Sight, Watch, restart,
};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConfig, ServerConnection,
    SignatureScheme, Stream,
};
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
            "openssl s_server -quiet -www -accept {} -cert {} -key {} >/dev/null 2>&1 & echo $! >{}",
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

    /// What is seen of it when everything is well.
    fn well(&self) -> Sight {
        Sight {
            serves: Seen::Same(vec![self.place()]),
            health: Health::Ready(format!("https://{}/readyz", self.place())),
        }
    }

    /// A kubeconfig with a pair of its own.
    fn give_kubeconfig(&self) {
        self.renew("kubelet");
        let [certificate, key] = self
            .pair()
            .map(|path| STANDARD.encode(fs::read(path).unwrap()));
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: a\nclusters: [{{name: a, cluster: {{server: 'https://{}'}}}}]\n\
             contexts: [{{name: a, context: {{cluster: a, user: a}}}}]\nusers:\n- name: a\n  user:\n    \
             client-certificate-data: {certificate}\n    client-key-data: {key}\n",
            self.place()
        );
        fs::write(self.path("etc/kubernetes/kubelet.conf"), text).unwrap();
    }

    fn restart(&self, command: &str) -> Result<Sight, RestartError> {
        let means = Means::Command(command.to_owned());
        let mut nobody = |_: &str, _| ();
        let sight = restart(
            &means,
            &self.disk(),
            "cp-1",
            Component::KubeApiserver,
            &mut nobody,
        );
        sight.and_then(Sight::ready)
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
    assert_eq!(node.restart(&again).unwrap(), node.well());
    node.renew("second");
    assert_eq!(node.restart(&again).unwrap(), node.well());
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
    let Seen::Not(why) = node.restart("true").unwrap().serves else {
        panic!("nothing runs");
    };
    assert!(why.contains("cannot be reached from here"), "{why}");
    // Loopback of a node is not that of this machine.
    let node = Node::new(Ipv4Addr::LOCALHOST);
    let Seen::Not(why) = node.restart(&node.start()).unwrap().serves else {
        panic!("that is this machine's own");
    };
    assert!(why.contains("of another machine alone"), "{why}");
}

/// A server that reads its pair for every connection, and is always ready.
fn reloading(node: &Node, frozen: Option<[Vec<u8>; 2]>) {
    answering(node, frozen, |_, _| (200, "ok"));
}

/// What is answered to a path, and to whoever has a certificate or not.
type Answers = dyn Fn(&str, bool) -> (u16, &'static str) + Send;

fn answering(
    node: &Node,
    frozen: Option<[Vec<u8>; 2]>,
    answers: impl Fn(&str, bool) -> (u16, &'static str) + Send + 'static,
) {
    let listener = TcpListener::bind((node.host, node.port)).unwrap();
    let files = node.pair();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let read = || files.clone().map(|path| fs::read(path).unwrap_or_default());
            let pair = frozen.clone().unwrap_or_else(read);
            // Whoever only wants to see the certificate hangs up.
            let _ = answer(socket.unwrap(), pair, &answers);
        }
    });
}

fn answer(
    mut socket: TcpStream,
    [certificate, key]: [Vec<u8>; 2],
    answers: &Answers,
) -> std::io::Result<()> {
    let chain = CertificateDer::pem_slice_iter(&certificate);
    let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_slice(&key).unwrap();
    let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(Arc::new(Anybody))
        .with_single_cert(chain, key)
        .unwrap();
    let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
    let mut line = String::new();
    BufReader::new(Stream::new(&mut connection, &mut socket)).read_line(&mut line)?;
    let Some(path) = line.split(' ').nth(1) else {
        return Ok(());
    };
    let (status, body) = answers(path, connection.peer_certificates().is_some());
    let mut stream = Stream::new(&mut connection, &mut socket);
    write!(stream, "HTTP/1.0 {status} x\r\n\r\n{body}")?;
    connection.send_close_notify();
    connection.write_tls(&mut socket).map(drop)
}

/// Takes everybody, with a certificate and without.
#[derive(Debug)]
struct Anybody;

impl ClientCertVerifier for Anybody {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let all = aws_lc_rs::default_provider().signature_verification_algorithms;
        all.supported_schemes()
    }
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
    let error = watch
        .takes_up(Duration::ZERO, &mut |_: &str, _| ())
        .unwrap_err();
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
    let patience = Duration::from_secs(60);
    let seen = watch.takes_up(patience, &mut |words: &str, left| {
        assert!(left <= patience);
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
    let of = |component| others(component).suffice(Duration::ZERO, &mut |_: &str, _| ());
    // Whoever does not answer is missed by nobody.
    of(Component::KubeApiserver).unwrap();
    reloading(&own, None);
    let error = of(Component::KubeApiserver).unwrap_err();
    assert!(error.to_string().contains("on cp-2"), "{error}");
    assert!(error.hint().unwrap().contains("kubepki apply"));
    // Not every component is shared.
    of(Component::KubeScheduler).unwrap();
    let mut told = Vec::new();
    let waits = others(Component::KubeApiserver).suffice(PATIENCE, &mut |words: &str, _| {
        told.push(words.to_owned());
        reloading(&other, None);
    });
    waits.unwrap();
    assert!(told.len() == 1 && told[0].contains("on cp-2"), "{told:?}");
}

#[test]
fn a_restart_is_one_when_it_is_ready() {
    let node = Node::new(Ipv4Addr::new(127, 77, 1, 14));
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    answering(&node, None, move |path, _| {
        assert_eq!(path, "/readyz");
        match counted.fetch_add(1, Ordering::Relaxed) {
            0..3 => (500, "[-]etcd failed: reason withheld\nreadyz check failed"),
            _ => (200, "ok"),
        }
    });
    assert_eq!(node.restart("true").unwrap(), node.well());
    assert_eq!(asked.load(Ordering::Relaxed), 4);
}

#[test]
fn what_does_not_get_ready_stops_it_unless_somebody_says_that_it_is_done() {
    let node = Node::new(Ipv4Addr::new(127, 77, 1, 18));
    answering(&node, None, |_, _| {
        (500, "[-]hook failed\nreadyz check failed")
    });
    let disk = node.disk();
    let watch = Watch::all(&disk, Component::KubeApiserver);
    let sight = watch
        .settles(true, Duration::ZERO, &mut |_: &str, _| ())
        .unwrap();
    assert_eq!(sight.serves, Seen::Same(vec![node.place()]));
    let says = format!("https://{}/readyz says 500: hook failed", node.place());
    assert_eq!(sight.health, Health::Not(says.clone()));
    let error = sight.ready().unwrap_err();
    assert!(error.to_string().ends_with(&says), "{error}");
    assert!(error.hint().unwrap().contains("--done"));
    // What is seen to be wrong is so whatever is said.
    let node = Node::new(Ipv4Addr::new(127, 77, 1, 19));
    let first = node.pair().map(|path| fs::read(path).unwrap());
    answering(&node, Some(first), |_, _| (500, "no"));
    node.renew("second");
    let disk = node.disk();
    let watch = Watch::all(&disk, Component::KubeApiserver);
    let wrong = watch
        .settles(true, Duration::ZERO, &mut |_: &str, _| ())
        .unwrap_err();
    assert!(
        wrong.to_string().contains("serves the certificate first"),
        "{wrong}"
    );
}

#[test]
fn a_kubelet_says_whether_it_is_well() {
    let host = Ipv4Addr::new(127, 77, 1, 20);
    let listener = TcpListener::bind((host, 0)).unwrap();
    let place = listener.local_addr().unwrap();
    let folder = TempDir::new().unwrap();
    let kubelet = folder.path().join("var/lib/kubelet");
    fs::create_dir_all(&kubelet).unwrap();
    let config = format!(
        "kind: KubeletConfiguration\nhealthzBindAddress: {host}\nhealthzPort: {}\n",
        place.port()
    );
    fs::write(kubelet.join("config.yaml"), config).unwrap();
    thread::spawn(move || {
        for (socket, status) in listener.incoming().zip([503, 503, 200]) {
            let mut socket = socket.unwrap();
            let mut line = String::new();
            BufReader::new(&mut socket).read_line(&mut line).unwrap();
            assert!(line.starts_with("GET /healthz "), "{line}");
            write!(socket, "HTTP/1.0 {status} x\r\n\r\nsaid").unwrap();
        }
    });
    let disk = Disk::open(folder.path()).unwrap();
    let means = Means::Command("true".to_owned());
    let sight = restart(
        &means,
        &disk,
        "cp-1",
        Component::Kubelet,
        &mut |_: &str, _| (),
    )
    .unwrap();
    let expected = Sight {
        serves: Seen::Nothing,
        health: Health::Ready(format!("http://{place}/healthz")),
    };
    assert_eq!(sight, expected);
}

#[test]
fn whoever_cannot_be_asked_is_shaken_hands_with() {
    let node = Node::new(Ipv4Addr::new(127, 77, 1, 15));
    answering(&node, None, |_, _| (404, "404 page not found"));
    let Sight { serves, health } = node.restart("true").unwrap();
    assert_eq!(serves, Seen::Same(vec![node.place()]));
    let Health::Unasked(why) = health else {
        panic!("{health:?}");
    };
    assert_eq!(why, format!("there is no https://{}/readyz", node.place()));
}

#[test]
fn the_others_say_whether_they_are_ready() {
    let [own, other] = [16, 17].map(|last| Node::new(Ipv4Addr::new(127, 77, 1, last)));
    let plan = plan(&[("cp-1", &own), ("cp-2", &other)]);
    let disk = own.disk();
    let suffice = || {
        Others::of(&plan, "cp-1", &disk, Component::KubeApiserver)
            .suffice(Duration::ZERO, &mut |_: &str, _| ())
    };
    reloading(&own, None);
    let says = Arc::new(AtomicUsize::new(500));
    let said = says.clone();
    answering(&other, None, move |_, is_known| {
        match said.load(Ordering::Relaxed) {
            401 if is_known => (200, "ok"),
            500 => (
                500,
                "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed",
            ),
            status => (u16::try_from(status).unwrap(), "no"),
        }
    });
    let error = suffice().unwrap_err().to_string();
    let facts = [
        "kube-apiserver on cp-2 is not ready",
        &format!(
            "https://{}/readyz says 500: etcd failed: reason withheld;",
            other.place()
        ),
    ];
    assert!(facts.iter().all(|fact| error.contains(fact)), "{error}");
    says.store(200, Ordering::Relaxed);
    assert_eq!(suffice().unwrap().unwrap(), [""; 0]);
    // Where strangers are told nothing, and the node has nothing to show, he is there at least.
    says.store(401, Ordering::Relaxed);
    let unasked = suffice().unwrap().unwrap();
    assert!(
        unasked.len() == 1 && unasked[0].contains("tells nothing to this node: 401"),
        "{unasked:?}"
    );
    own.give_kubeconfig();
    assert_eq!(suffice().unwrap().unwrap(), [""; 0]);
}

#[test]
fn etcd_is_started_again_while_a_quorum_is_left() {
    let nodes = [10, 11, 12].map(|last| Node::new(Ipv4Addr::new(127, 77, 1, last)));
    nodes.iter().for_each(Node::turn_into_etcd);
    let [first, second, third] = &nodes;
    let plan = plan(&[("cp-1", first), ("cp-2", second), ("cp-3", third)]);
    let disk = first.disk();
    let suffice = |plan: &Plan| {
        Others::of(plan, "cp-1", &disk, Component::Etcd)
            .suffice(Duration::ZERO, &mut |_: &str, _| ())
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
