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
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kubepki_verify::tls::{
    ClientAuth, Judgement, Version, client_accepted_by_server, server_accepted_by_client,
};
use kubepki_verify::{
    Certificate, Options, PolicyOptions, Pool, Usage, Verifier, VerifyError, load, pem, tls, verify,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use support::forge::KEYS;
use support::world::{self, World};
use support::{hex, texts};

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
