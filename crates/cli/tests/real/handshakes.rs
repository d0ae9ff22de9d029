//! Every channel of a tree, shaken hands for real, in memory: what the audit says works has to, and
//! what does not has to be what the audit says.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use audit::{Judged, Verdict};
use authority::{Authority, KeyAlgorithm, Kind, Names, PrivateKey, Profile, Subject, Validity};
use cluster::catalogue::Usage;
use cluster::files::Memory;
use cluster::graph::{ClientAuthMode, Credential, Presented, Trust};
use cluster::{Channel, Files, Graph, Inventory, Material, Pair};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::time_provider::TimeProvider;
use rustls::version::TLS13;
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore, ServerConfig,
    ServerConnection, SignatureScheme,
};
use time::UtcDateTime;
use zeroize::Zeroizing;

/// A node's files, by path.
#[derive(Clone, PartialEq, Eq)]
pub struct Node(BTreeMap<String, Vec<u8>>);

/// What becomes of one channel.
struct Shaken {
    judged: Judged,
    /// Whom the server saw, or what was said by the side that refused.
    result: Result<Option<CertificateDer<'static>>, String>,
}

impl Node {
    /// Everything below a folder.
    pub fn read(root: &Path) -> Self {
        let mut files = BTreeMap::new();
        collect(root, root, &mut files);
        Node(files)
    }

    /// A file's content.
    pub fn get(&self, path: &str) -> &[u8] {
        let found = self.0.get(path);
        found.unwrap_or_else(|| panic!("{path} is not in the tree"))
    }

    /// One file's content in another's place.
    pub fn put(&mut self, path: &str, from: &str) {
        let content = self.get(from).to_vec();
        self.0.insert(path.to_owned(), content);
    }

    /// One pair in another's place.
    pub fn put_pair(&mut self, pair: &str, from: &str) {
        for extension in ["crt", "key"] {
            self.put(
                &format!("{pair}.{extension}"),
                &format!("{from}.{extension}"),
            );
        }
    }

    /// Another text in a file that has this one.
    pub fn replace(&mut self, path: &str, from: &str, to: &str) {
        let text = String::from_utf8(self.get(path).to_vec()).unwrap();
        assert!(text.contains(from), "{path} has no {from}");
        self.0
            .insert(path.to_owned(), text.replace(from, to).into_bytes());
    }

    /// The value of a line `KEY: VALUE`.
    pub fn value(&self, path: &str, key: &str) -> String {
        let text = String::from_utf8(self.get(path).to_vec()).unwrap();
        let mut values = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix(key));
        values.next().unwrap().to_owned()
    }

    fn files(&self) -> Files {
        let memory = self
            .0
            .iter()
            .fold(Memory::default(), |memory, (path, bytes)| {
                memory.file(path, bytes.clone())
            });
        Files::in_memory(memory, false)
    }
}

/// Asserts that everything does its job at the moment `at` (but for the channels whose other end
/// is not in the tree), that nothing is found, and that the handshakes agree.
pub fn all_work(name: &str, nodes: &[(&str, Node)], at: UtcDateTime, unknown: &[&str]) {
    all_work_but(name, nodes, at, unknown, &[]);
}

/// The same where findings of these codes are expected, which keep nothing from working.
pub fn all_work_but(
    name: &str,
    nodes: &[(&str, Node)],
    at: UtcDateTime,
    unknown: &[&str],
    codes: &[&str],
) {
    let (shaken, findings) = shake(nodes, at);
    let found: Vec<&str> = findings.iter().map(|found| &found[..6]).collect();
    assert_eq!(found, codes, "{name}: {findings:#?}");
    let (unknown, known): (Vec<_>, Vec<_>) = shaken
        .iter()
        .partition(|shaken| unknown.contains(&shaken.judged.id.as_str()));
    for Shaken { judged, .. } in unknown {
        assert_eq!(judged.verdict, Verdict::Unknown, "{name}: {judged:?}");
    }
    assert!(shaken.len() >= 10, "{name}");
    for Shaken { judged, result } in known {
        assert_eq!(judged.verdict, Verdict::Works, "{name}: {judged:?}");
        let seen = result.as_ref();
        let seen = seen.unwrap_or_else(|error| panic!("{name}, {}: {error}", judged.id));
        same_identity(judged, seen.as_ref());
    }
}

/// Asserts that these channels fail, in the audit's eyes and really, and that all that still works
/// in its eyes really does.
pub fn fail(name: &str, nodes: &[(&str, Node)], at: UtcDateTime, channels: &[&str]) {
    let (shaken, findings) = shake(nodes, at);
    assert!(!findings.is_empty(), "{name}: nothing found");
    for Shaken { judged, result } in &shaken {
        let id = judged.id.as_str();
        if channels.contains(&id) {
            assert_eq!(judged.verdict, Verdict::Fails, "{name}, {id}: {result:?}");
            assert!(result.is_err(), "{name}, {id}: {:?}", judged.error);
        } else if let (Verdict::Works, Err(error)) = (judged.verdict, result) {
            panic!("{name}, {id}: {error}");
        }
    }
    let is_there = |id: &&&str| shaken.iter().any(|shaken| shaken.judged.id == **id);
    assert_eq!(
        channels.iter().filter(is_there).count(),
        channels.len(),
        "{name}"
    );
}

/// Whom the server saw is whom the audit takes the client for.
fn same_identity(judged: &Judged, seen: Option<&CertificateDer<'_>>) {
    // A token says who its bearer is, and not in the handshake.
    let Some(seen) = seen else { return };
    let certificate = x509::Certificate::from_der(seen.as_ref()).unwrap();
    let identity = judged.identity.as_ref().unwrap();
    let user = certificate.subject().common_name();
    assert_eq!(
        user.as_deref(),
        Some(identity.user.as_str()),
        "{}",
        judged.id
    );
    // Whoever proves to be somebody is in a group of the server's own, too.
    let mut groups = identity.groups.clone();
    groups.retain(|group| group != "system:authenticated");
    assert_eq!(
        certificate.subject().organizations(),
        groups,
        "{}",
        judged.id
    );
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            files.insert(format!("/{name}"), fs::read(&path).unwrap());
        }
    }
}

/// Judges and shakes every channel.
fn shake(nodes: &[(&str, Node)], at: UtcDateTime) -> (Vec<Shaken>, Vec<String>) {
    let named = |(name, node): &(&str, Node)| (Some((*name).to_owned()), node.files());
    let inventory = Inventory::read(nodes.iter().map(named).collect());
    let graph = Graph::of(&inventory);
    let report = audit::audit(&inventory, &graph, at);
    let findings = report.findings.iter();
    let findings = findings.map(|found| format!("{}: {}", found.rule.code, found.message));
    let results = graph.channels.iter().map(|channel| handshakes(channel, at));
    let shaken = report.channels.iter().cloned().zip(results);
    let shaken = shaken.map(|(judged, result)| Shaken { judged, result });
    (shaken.collect(), findings.collect())
}

/// A handshake for each address of a channel, or the first that fails.
fn handshakes(
    channel: &Channel,
    at: UtcDateTime,
) -> Result<Option<CertificateDer<'static>>, String> {
    let ends = Ends::of(channel, at)?;
    let names = channel
        .addresses
        .iter()
        .map(|address| address.checked_name());
    let mut names: Vec<&str> = names.collect();
    if names.is_empty() {
        names.push(STAND_IN_NAME);
    }
    let mut seen = None;
    for name in names {
        seen = ends
            .shake(name)
            .map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(seen)
}

/// The name of servers that are not of the tree.
const STAND_IN_NAME: &str = "stand-in.example";

/// What either side of a channel is configured with.
struct Ends {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

impl Ends {
    fn of(channel: &Channel, at: UtcDateTime) -> Result<Self, String> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let clock = Arc::new(Clock(at));
        let stand_in = StandIn::new(at);
        let server = ServerConfig::builder_with_details(provider.clone(), clock.clone())
            .with_protocol_versions(&[&TLS13])
            .unwrap()
            .with_client_cert_verifier(client_verifier(channel, &provider)?);
        let (chain, key) = match &channel.serving.default {
            Presented::Pair(served) => pair(served)?,
            // Made when the process starts, or kept by somebody else.
            Presented::SelfSigned | Presented::Elsewhere(_) => stand_in.pair(),
            other => return Err(format!("the server presents nothing: {other:?}")),
        };
        let server = server.with_single_cert(chain, key).map_err(text)?;

        let client = ClientConfig::builder_with_details(provider.clone(), clock)
            .with_protocol_versions(&[&TLS13])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(server_verifier(channel, &stand_in, &provider)?);
        let client = match &channel.credential {
            Credential::Pair(presented) => {
                let (chain, key) = pair(presented)?;
                client.with_client_auth_cert(chain, key).map_err(text)?
            }
            _ => client.with_no_client_auth(),
        };
        Ok(Ends {
            client: Arc::new(client),
            server: Arc::new(server),
        })
    }

    /// The client dials `name`; whom the server saw.
    fn shake(&self, name: &str) -> Result<Option<CertificateDer<'static>>, Error> {
        let name = ServerName::try_from(name.to_owned())
            .map_err(|error| Error::General(error.to_string()))?;
        let mut client = ClientConnection::new(self.client.clone(), name)?;
        let mut server = ServerConnection::new(self.server.clone())?;
        while client.wants_write() || server.wants_write() {
            let sent = flight(|buffer| client.write_tls(buffer));
            server.read_tls(&mut Cursor::new(sent)).unwrap();
            server.process_new_packets()?;
            let sent = flight(|buffer| server.write_tls(buffer));
            client.read_tls(&mut Cursor::new(sent)).unwrap();
            client.process_new_packets()?;
        }
        assert!(!client.is_handshaking() && !server.is_handshaking());
        let seen = server.peer_certificates().and_then(|chain| chain.first());
        Ok(seen.map(|leaf| leaf.clone().into_owned()))
    }
}

/// Everything that one side has to send now.
fn flight(mut write: impl FnMut(&mut dyn std::io::Write) -> std::io::Result<usize>) -> Vec<u8> {
    let mut buffer = Vec::new();
    while write(&mut buffer).unwrap() > 0 {}
    buffer
}

fn client_verifier(
    channel: &Channel,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let roots = match &channel.client_auth.trust {
        Trust::Bundle { material, .. } => roots(material)?,
        _ => return Ok(WebPkiClientVerifier::no_client_auth()),
    };
    let builder = WebPkiClientVerifier::builder_with_provider(roots, provider.clone());
    let builder = match channel.client_auth.mode {
        ClientAuthMode::Require => builder,
        // Who presents none is anonymous; who presents a bad one is refused with every request.
        ClientAuthMode::Request => builder.allow_unauthenticated(),
        ClientAuthMode::None | ClientAuthMode::Unknown => {
            return Ok(WebPkiClientVerifier::no_client_auth());
        }
    };
    builder.build().map_err(text)
}

fn server_verifier(
    channel: &Channel,
    stand_in: &StandIn,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, String> {
    let roots = match &channel.trust {
        Trust::Bundle { material, .. } => roots(material)?,
        Trust::Nothing(_) => {
            return Ok(Arc::new(Anybody(
                provider.signature_verification_algorithms,
            )));
        }
        Trust::Elsewhere(_) => stand_in.roots(),
        other => return Err(format!("the client trusts nobody: {other:?}")),
    };
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider.clone());
    Ok(verifier.build().map_err(text)?)
}

fn roots(material: &Material) -> Result<Arc<RootCertStore>, String> {
    let bytes = material.bytes().ok_or("no trust bundle")?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(bytes) {
        roots.add(certificate.map_err(text)?).map_err(text)?;
    }
    Ok(Arc::new(roots))
}

type Chain = Vec<CertificateDer<'static>>;

fn pair(pair: &Pair) -> Result<(Chain, PrivateKeyDer<'static>), String> {
    let bytes = |half: &Option<Material>| {
        let bytes = half.as_ref().and_then(Material::bytes);
        bytes.map(<[u8]>::to_vec).ok_or("half of a pair is missing")
    };
    let chain = CertificateDer::pem_slice_iter(&bytes(&pair.certificate)?)
        .collect::<Result<Chain, _>>()
        .map_err(text)?;
    let key = PrivateKeyDer::from_pem_slice(&bytes(&pair.key)?).map_err(text)?;
    Ok((chain, key))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// What a server presents that is not of the tree: nobody's certificate.
struct StandIn {
    certificate: CertificateDer<'static>,
    key: Zeroizing<String>,
}

impl StandIn {
    fn new(at: UtcDateTime) -> Self {
        let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let pem = key.to_pem().unwrap();
        let names = Names {
            dns: vec![STAND_IN_NAME.to_owned()],
            ..Names::default()
        };
        let profile = Profile {
            subject: Subject::common_name(STAND_IN_NAME),
            kind: Kind::Leaf(vec![Usage::Server]),
            names,
        };
        let validity = Validity {
            not_before: at - Duration::from_secs(60),
            not_after: at + Duration::from_secs(60),
        };
        let made = Authority::self_signed(&profile, Arc::new(key), validity).unwrap();
        StandIn {
            certificate: made.certificate().der().to_vec().into(),
            key: pem,
        }
    }

    fn pair(&self) -> (Chain, PrivateKeyDer<'static>) {
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        (vec![self.certificate.clone()], key)
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        Arc::new(roots)
    }
}

/// A clock that stands still.
#[derive(Debug)]
struct Clock(UtcDateTime);

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.unix_timestamp()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// A client that verifies nobody, as kube-apiserver does with kubelets.
#[derive(Debug)]
struct Anybody(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
