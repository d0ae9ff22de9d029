//! Generated chains, names, PEM texts, key pairs and handshakes: this crate and Go, side by side.
//!
//! Needs Go 1.26 as `go` in the path or in `KUBEPKI_GO`; says `skipped` without. `PROPTEST_CASES`
//! asks for more chains than the usual number, `KUBEPKI_SEED` for others.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may end that way"
)]

mod support;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kubepki_verify::tls::{
    ClientAuth, Judgement, Version, client_accepted_by_server, server_accepted_by_client,
    server_unverified_by_client,
};
use kubepki_verify::{
    Certificate, Options, PolicyOptions, Pool, Usage, Verifier, VerifyError, load, pem, tls, verify,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use support::channels::{self, Authenticator, Bundle, Case, Sends};
use support::forge::KEYS;
use support::world::{self, World};
use support::{hex, rsa, texts};

use time::format_description::well_known::Rfc3339;

/// How many chains a run compares, unless `PROPTEST_CASES` asks for more.
const CHAINS: u32 = 5_000;

#[test]
fn chains() {
    let Some(oracle) = Oracle::start() else {
        return;
    };
    let accepted = RefCell::new(0);
    compare(cases(CHAINS), world::worlds(), |world| {
        let forged = world.forge();
        let go = oracle.ask(&json!({
            "op": "verify",
            "leaf": base64(&forged.leaf),
            "roots": base64s(&forged.roots),
            "intermediates": base64s(&forged.intermediates),
            "name": world.name,
            "usages": world.usages,
            "policies": world.policies,
            "time": world.at().format(&Rfc3339).unwrap(),
        }));
        let here = answer_here(world, &forged);
        *accepted.borrow_mut() += u32::from(here["error"] == "");
        for key in ["kind", "error", "chains"] {
            prop_assert_eq!(&here[key], &go[key], "{}", key);
        }
        Ok(())
    });
    let (accepted, all) = (accepted.into_inner(), cases(CHAINS));
    println!("{all} chains, {accepted} of them accepted");
    // The worlds are of no use when nearly all are broken, or none.
    assert!(
        (all / 20..all * 19 / 20).contains(&accepted),
        "{accepted} of {all} accepted"
    );
}

#[test]
fn pem_texts() {
    let Some(oracle) = Oracle::start() else {
        return;
    };
    compare(cases(CHAINS) / 5, texts::pem_texts(), |text| {
        let go = oracle.ask(&json!({"op": "pem", "certificates": base64(text)}));
        let blocks: Vec<Value> = pem::blocks(text)
            .map(|block| {
                json!({
                    "label": block.label,
                    "headers": block.has_headers,
                    "content": base64(&block.content),
                })
            })
            .collect();
        prop_assert_eq!(json!(blocks), or_empty(&go["blocks"]));
        prop_assert_eq!(
            json!(load::append_certs_from_pem(text).len()),
            go["count"].clone()
        );
        Ok(())
    });
}

#[test]
fn key_pairs() {
    let Some(oracle) = Oracle::start() else {
        return;
    };
    compare(
        cases(CHAINS) / 5,
        texts::key_files(),
        |(certificates, key)| {
            let question =
                json!({"op": "pair", "certificates": base64(certificates), "key": base64(key)});
            let go = oracle.ask(&question);
            let here = load::key_pair(certificates, key)
                .err()
                .map(|error| error.to_string());
            prop_assert_eq!(json!(here.unwrap_or_default()), go["error"].clone());
            Ok(())
        },
    );
}

/// RSA keys whose numbers belong together or do not: Go's verdict on each kind of mistake, and on
/// what looks like one.
#[test]
fn rsa_keys() {
    let Some(oracle) = Oracle::start() else {
        return;
    };
    let certificate =
        include_bytes!("../../../examples/kubeadm/etc/kubernetes/pki/apiserver.crt").to_vec();
    let seen = RefCell::new(BTreeMap::<String, usize>::new());
    compare(cases(CHAINS), rsa::keys(), |key| {
        let key = texts::block("RSA PRIVATE KEY", "RSA PRIVATE KEY", "\n", 64, key);
        let question =
            json!({"op": "pair", "certificates": base64(&certificate), "key": base64(&key)});
        let go = oracle.ask(&question)["error"].as_str().unwrap().to_owned();
        let here = load::key_pair(&certificate, &key).err();
        let here = here.map(|error| error.to_string()).unwrap_or_default();
        prop_assert_eq!(&here, &go);
        *seen.borrow_mut().entry(go).or_default() += 1;
        Ok(())
    });
    // A run in which all are refused, or none, shows nothing.
    println!("{:?}", seen.borrow());
    for said in [
        "tls: failed to parse private key",
        "tls: private key does not match public key",
    ] {
        assert!(seen.borrow().get(said).is_some_and(|count| *count > 500));
    }
}

#[test]
fn handshakes() {
    let Some(oracle) = Oracle::start() else {
        return;
    };
    compare(cases(CHAINS) / 20, world::handshakes(), |case| {
        let forged = case.world.forge();
        let client = case.client();
        let pair = |chain: &[Vec<u8>], key: usize| json!({"chain": base64s(chain), "key": base64(&KEYS[key].pkcs8())});
        let go = oracle.ask(&json!({
            "op": "handshake",
            "server": pair(&forged.sent(), case.world.leaf_key()),
            "client": client.as_ref().map(|(chain, key)| pair(chain, *key)),
            "roots": base64s(&forged.roots),
            "intermediates": base64s(&case.client_cas()),
            "name": case.world.name,
            "mode": case.mode,
            "use_hints": case.use_hints,
            "time": case.world.at().format(&Rfc3339).unwrap(),
        }));
        let (error, peer) = handshake_here(case, &forged);
        prop_assert_eq!(json!(error), go["error"].clone(), "client");
        prop_assert_eq!(json!(peer), go["peer"].clone(), "server");
        Ok(())
    });
}

/// How many connections a run compares, unless `PROPTEST_CASES` asks for more.
const CONNECTIONS: u32 = 2_000;

/// What this crate says of some connections otherwise than Go, with the reasons.
const DIFFERENCES: &str = include_str!("data/connection-differences.json");

/// Both sides load their files, shake hands, and the server looks at who came, as the components
/// do for every kind of connection in a cluster.
#[test]
fn connections() {
    let Some(oracle) = Oracle::start() else {
        return;
    };
    let (differences, ends) = (RefCell::default(), RefCell::new(BTreeMap::new()));
    compare(cases(CONNECTIONS), channels::cases(), |case| {
        let go = oracle.ask(&question(case));
        let here = connection_here(case);
        *ends.borrow_mut().entry(here.end).or_insert(0) += 1;
        let go: [&str; 3] = ["end", "error", "peer"].map(|key| go[key].as_str().unwrap());
        let ours = [here.end, &here.error, &here.peer];
        if ours != go {
            let what = format!("{}: Go says {go:?}, and we {ours:?}", case.kind.name);
            let id = format!(
                "{}: {}, not {}",
                case.kind.name,
                go.join("|"),
                ours.join("|")
            );
            let differences: &RefCell<BTreeMap<String, String>> = &differences;
            differences.borrow_mut().insert(id, what);
        }
        Ok(())
    });
    println!("connections by where they end: {:?}", ends.borrow());
    for end in ENDS {
        assert!(ends.borrow().contains_key(end), "no connection ends: {end}");
    }
    support::compare_with_list(&differences.borrow(), DIFFERENCES);
}

/// Where a connection may end.
const ENDS: [&str; 6] = [
    "server's pair",
    "server's bundle",
    "client's bundle",
    "handshake",
    "authentication",
    "accepted",
];

fn question(case: &Case) -> Value {
    let pair = |(certificates, key): &(Vec<u8>, Vec<u8>)| json!({"certificates": base64(certificates), "key": base64(key)});
    let bundle = |bundle: Bundle, text: &[u8]| json!({"reader": format!("{bundle:?}"), "text": base64(text)});
    let (authenticator, allowed) = match case.kind.authenticator {
        Authenticator::Nobody => ("", &[][..]),
        Authenticator::ClientCertificate => ("x509", &[][..]),
        Authenticator::FrontProxy(names) => ("front proxy", names),
    };
    json!({
        "op": "connection",
        "server_files": pair(&case.server),
        "client_files": pair(&case.client),
        "clients": bundle(case.kind.clients, &case.clients),
        "trust": bundle(case.kind.trust, &case.trust),
        "mode": case.kind.mode as usize,
        "sends": format!("{:?}", case.kind.sends),
        "authenticator": authenticator,
        "allowed": allowed,
        "tls12": case.version == Version::Tls12,
        "name": case.world.name,
        "time": case.world.at().format(&Rfc3339).unwrap(),
    })
}

/// Where a connection ends, what is said there, and what the other side says.
#[derive(Debug)]
struct Connection {
    end: &'static str,
    error: String,
    peer: String,
}

impl Connection {
    fn at(end: &'static str, error: impl Into<String>) -> Self {
        let (error, peer) = (error.into(), String::new());
        Connection { end, error, peer }
    }
}

fn connection_here(case: &Case) -> Connection {
    connect_here(case).unwrap_or_else(|connection| connection)
}

fn connect_here(case: &Case) -> Result<Connection, Connection> {
    let at = |end| move |error: String| Connection::at(end, error);
    let served = channels::read_pair(&case.server).map_err(at("server's pair"))?;
    let clients =
        channels::read_bundle(case.kind.clients, &case.clients).map_err(at("server's bundle"))?;
    let trust =
        channels::read_bundle(case.kind.trust, &case.trust).map_err(at("client's bundle"))?;
    let own = match case.kind.sends {
        Sends::Nothing => None,
        Sends::WhenAsked => Some(channels::read_pair(&case.client)),
        _ => Some(Ok(
            channels::read_pair(&case.client).map_err(at("client's pair"))?
        )),
    };
    let sent = shake_hands_here(case, &served, &trust, own, &clients)?;
    authenticate_here(case, &sent, &clients)
}

/// The certificates that the server sees in the end.
fn shake_hands_here(
    case: &Case,
    served: &load::KeyPair,
    trust: &Pool,
    own: Option<Result<load::KeyPair, String>>,
    clients: &Pool,
) -> Result<Vec<Arc<[u8]>>, Connection> {
    let verifier = Verifier::default();
    let moment = case.world.at();
    let ended = |error: String, peer: String| Connection {
        end: "handshake",
        error,
        peer,
    };
    let judged = match case.kind.trust {
        Bundle::Absent => server_unverified_by_client(&served.certificates),
        _ => {
            let (chain, name) = (&served.certificates, &case.world.name);
            server_accepted_by_client(&verifier, chain, trust, name, moment)
        }
    };
    if let Some(refusal) = judged.refusal {
        let peer = refusal.peer_text().unwrap_or_else(|| "EOF".to_owned());
        return Err(ended(refusal.to_string(), peer));
    }
    let own = match own {
        Some(Err(error)) if case.kind.mode != ClientAuth::None => {
            let peer = match case.version {
                Version::Tls12 => "remote error: tls: internal error",
                Version::Tls13 => "EOF",
            };
            return Err(ended(error, peer.to_owned()));
        }
        Some(Ok(pair)) => Some(pair),
        _ => None,
    };
    let pairs: Vec<_> = own.into_iter().collect();
    let pair = match case.kind.sends {
        Sends::IfNamed => tls::client_certificate_sent(&pairs, clients, case.version),
        _ => pairs.first(),
    };
    let sent = pair.map(|pair| pair.certificates.clone());
    let sent = sent.filter(|_| case.kind.mode != ClientAuth::None);
    let sent = sent.unwrap_or_default();
    let (mode, version) = (case.kind.mode, case.version);
    let judged = client_accepted_by_server(&verifier, &sent, mode, clients, version, moment);
    match judged.refusal {
        None => Ok(sent),
        Some(refusal) => {
            let client = refusal.peer_text().unwrap_or_default();
            Err(ended(client, refusal.to_string()))
        }
    }
}

/// What kube-apiserver does with every request: nothing when there is no certificate.
fn authenticate_here(
    case: &Case,
    sent: &[Arc<[u8]>],
    clients: &Pool,
) -> Result<Connection, Connection> {
    let parsed = sent.iter().map(|der| Certificate::parse(der.clone()));
    let parsed: Vec<_> = parsed.map(|result| Arc::new(result.unwrap())).collect();
    let (leaf, rest) = match parsed.split_first() {
        Some(parsed) if case.kind.authenticator != Authenticator::Nobody => parsed,
        _ => return Ok(Connection::at("accepted", "")),
    };
    let options = Options::client(case.world.at());
    let verdict = verify(leaf, clients, &rest.iter().cloned().collect(), &options);
    if let Some(error) = verdict.error() {
        return Err(Connection::at("authentication", error.to_string()));
    }
    let name = leaf.subject.common_name();
    match case.kind.authenticator {
        Authenticator::FrontProxy(allowed) if !allowed.is_empty() && !allowed.contains(&name) => {
            let error = format!("x509: subject with cn={name} is not in the allowed list");
            Err(Connection::at("authentication", error))
        }
        Authenticator::ClientCertificate if name.is_empty() => {
            Err(Connection::at("authentication", "no name"))
        }
        _ => Ok(Connection::at("accepted", name)),
    }
}

/// What the two sides of a handshake say, client first; empty when all is well.
fn handshake_here(case: &world::Handshake, forged: &world::Forged) -> (String, String) {
    let verifier = Verifier::default();
    let at = case.world.at();
    let shared = |chain: &[Vec<u8>]| -> Vec<Arc<[u8]>> {
        chain.iter().map(|der| der.as_slice().into()).collect()
    };
    let own_and_peer = |judged: &Judgement| {
        let refusal = judged.refusal.as_ref()?;
        Some((refusal.to_string(), refusal.peer_text()))
    };
    let server = server_accepted_by_client(
        &verifier,
        &shared(&forged.sent()),
        &pool(&forged.roots),
        &case.world.name,
        at,
    );
    if let Some((client, server)) = own_and_peer(&server) {
        return (client, server.unwrap_or_else(|| "EOF".to_owned()));
    }
    let client_cas = pool(&case.client_cas());
    let sent = case
        .client()
        .map(|(chain, _)| shared(&chain))
        .filter(|chain| {
            let leaf = Certificate::parse(chain[0].clone()).map(Arc::new);
            let pair = leaf.map(|leaf| load::KeyPair {
                certificates: chain.clone(),
                leaf,
            });
            let pairs: Vec<_> = pair.into_iter().collect();
            !case.use_hints
                || tls::client_certificate_sent(&pairs, &client_cas, Version::Tls13).is_some()
        });
    let mode = [
        ClientAuth::None,
        ClientAuth::Request,
        ClientAuth::RequireAny,
        ClientAuth::VerifyIfGiven,
        ClientAuth::RequireAndVerify,
    ][case.mode];
    let sent = sent.unwrap_or_default();
    let judged = client_accepted_by_server(&verifier, &sent, mode, &client_cas, Version::Tls13, at);
    match own_and_peer(&judged) {
        Some((server, client)) => (client.unwrap_or_default(), server),
        None => Default::default(),
    }
}

fn answer_here(world: &World, forged: &world::Forged) -> Value {
    let leaf = match Certificate::parse(forged.leaf.as_slice()) {
        Ok(leaf) => Arc::new(leaf),
        Err(error) => return json!({"error": error.to_string(), "kind": "parse", "chains": null}),
    };
    let usage = |name: &&str| match *name {
        "server" => Usage::server(),
        "client" => Usage::client(),
        "any" => Usage::any(),
        _ => Usage::new(world::CODE_SIGNING),
    };
    let options = Options {
        name: world.name.clone(),
        usages: world.usages.iter().map(usage).collect(),
        policies: PolicyOptions {
            acceptable: world
                .policies
                .iter()
                .map(|policy| world::policy_oid(policy))
                .collect(),
            ..PolicyOptions::default()
        },
        ..Options::any(world.at())
    };
    let verdict = verify(
        &leaf,
        &pool(&forged.roots),
        &pool(&forged.intermediates),
        &options,
    );
    match verdict.outcome {
        Err(error) => json!({"error": error.to_string(), "kind": go_kind(&error), "chains": null}),
        Ok(chains) => {
            let sums = |chain: &Vec<Arc<Certificate>>| -> Vec<String> {
                chain
                    .iter()
                    .map(|certificate| hex(certificate.sha256()))
                    .collect()
            };
            let chains: Vec<_> = chains.iter().map(sums).collect();
            json!({"error": "", "kind": "", "chains": chains})
        }
    }
}

/// The name the oracle gives the same kind of error; numbers are Go's `InvalidReason`.
fn go_kind(error: &VerifyError) -> &'static str {
    match error {
        VerifyError::NotAuthorizedToSign { .. } => "invalid/0",
        VerifyError::OutsideValidity { .. } => "invalid/1",
        VerifyError::NameConstraint { .. } => "invalid/2",
        VerifyError::TooManyIntermediates { .. } => "invalid/3",
        VerifyError::IncompatibleUsage => "invalid/4",
        VerifyError::NoValidChains { .. } => "invalid/10",
        VerifyError::UnknownAuthority { .. } => "unknown-authority",
        VerifyError::Hostname { .. } => "hostname",
        VerifyError::UnhandledCriticalExtension { .. } => "critical",
        VerifyError::SignatureLimit => "other",
        VerifyError::Signature(_) | VerifyError::CannotBeChecked { .. } => "not Go's",
    }
}

fn pool(ders: &[Vec<u8>]) -> Pool {
    let parsed = ders
        .iter()
        .filter_map(|der| Certificate::parse(der.as_slice()).ok());
    parsed.map(Arc::new).collect()
}

/// Runs a property over generated cases, the same ones every time unless another seed is wanted.
fn compare<S: Strategy>(
    cases: u32,
    strategy: S,
    property: impl Fn(&S::Value) -> Result<(), TestCaseError>,
) {
    let mut seed = [7; 32];
    if let Ok(text) = std::env::var("KUBEPKI_SEED") {
        text.bytes()
            .zip(&mut seed)
            .for_each(|(byte, place)| *place = byte);
    }
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(config, rng);
    if let Err(error) = runner.run(&strategy, |case| property(&case)) {
        panic!("{error}");
    }
}

fn cases(usual: u32) -> u32 {
    let asked = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|text| text.parse().ok());
    asked.map_or(usual, |asked: u32| asked.max(usual))
}

fn or_empty(list: &Value) -> Value {
    if list.is_null() {
        json!([])
    } else {
        list.clone()
    }
}

fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

fn base64s(list: &[Vec<u8>]) -> Vec<String> {
    list.iter().map(|bytes| base64(bytes)).collect()
}

/// Go, waiting for questions.
struct Oracle {
    process: RefCell<(Child, ChildStdin, BufReader<ChildStdout>)>,
}

impl Oracle {
    fn start() -> Option<Self> {
        static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
        let program = PROGRAM.get_or_init(build_oracle).as_ref()?;
        let pipes = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = pipes.unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Some(Oracle {
            process: RefCell::new((child, stdin, BufReader::new(stdout))),
        })
    }

    fn ask(&self, question: &Value) -> Value {
        let (_, stdin, stdout) = &mut *self.process.borrow_mut();
        writeln!(stdin, "{question}").unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert!(
            answer["kind"] != "question",
            "the oracle cannot use {question}: {answer}"
        );
        answer
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let (child, ..) = &mut *self.process.borrow_mut();
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Builds the program with the Go at hand, if it is the version that this crate follows.
fn build_oracle() -> Option<PathBuf> {
    let go = std::env::var_os("KUBEPKI_GO").unwrap_or_else(|| "go".into());
    let version = Command::new(&go).arg("env").arg("GOVERSION").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    if !version
        .as_ref()
        .is_ok_and(|version| version.starts_with("go1.26"))
    {
        println!("skipped: no Go 1.26 in the path or in KUBEPKI_GO ({version:?})");
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let program = folder.join(format!("oracle-{}", std::process::id()));
    let status = Command::new(&go)
        .args(["build", "-o"])
        .arg(&program)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle"))
        .env("GOTOOLCHAIN", "local")
        .env("GOCACHE", folder.join("go-cache"))
        .env_remove("GODEBUG")
        .status();
    assert!(status.unwrap().success(), "the oracle does not build");
    Some(program)
}
