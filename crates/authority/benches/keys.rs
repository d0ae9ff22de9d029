//! What keys and certificates cost: one RSA key beside OpenSSL's, the certificates of a cluster
//! beside their keys and beside kubeadm, and signing for many beside `openssl speed ecdsap256` on the
//! same core.
//!
//! `cargo bench -p kubepki-authority`; the program is measured when `cargo build --release` has made
//! it, kubeadm when it is in the folder that `KUBEPKI_TEST_BIN` names.

#![allow(clippy::unwrap_used, reason = "a bench may end that way")]

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use cluster::catalogue::{AUTHORITIES, CREDENTIALS, Usage};
use kubepki_authority::{
    Authority, KeyAlgorithm, Kind, Names, PrivateKey, Profile, Signer, Subject, Validity,
};
use time::UtcDateTime;

/// How long a search for two primes takes is chance: so many keys make a mean.
const KEYS: usize = 100;

/// How many requests a stream has, and how often it and its peer run; the median counts.
const REQUESTS: usize = 5_000;
const ROUNDS: usize = 7;

/// How many keys kubeadm makes for its certificates and the service accounts.
const KUBEADM_KEYS: usize = 11;

fn main() {
    let one = generation();
    cluster(one);
    stream("clients", client);
    stream("servers with two names", server);
    nodes();
}

/// One RSA key here, in seconds, and by a run of OpenSSL, in turns.
fn generation() -> f64 {
    let (mut here, mut openssl) = (0.0, 0.0);
    for _ in 0..KEYS {
        here += time_of(|| generate(KeyAlgorithm::Rsa2048)) / KEYS as f64;
        openssl += time_of(|| run(genpkey())) / KEYS as f64;
    }
    println!(
        "an RSA-2048 key: {:.1} ms, {} {:.1} ms, ratio {:.2}",
        here * 1e3,
        openssl_version(),
        openssl * 1e3,
        here / openssl,
    );
    here
}

/// kubeadm's certificates with RSA-2048 keys, of which one takes so long, by both programs in turns.
fn cluster(one: f64) {
    const TIMES: usize = 3 * ROUNDS;
    let kubepki = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/release/kubepki");
    if !kubepki.exists() {
        return println!("kubepki init certs: skipped, cargo build --release makes it");
    }
    let kubeadm = std::env::var_os("KUBEPKI_TEST_BIN");
    let kubeadm = kubeadm.map(|folder| PathBuf::from(folder).join("kubeadm"));
    let kubeadm = kubeadm.filter(|kubeadm| kubeadm.exists());
    let (mut here, mut there) = (0.0, 0.0);
    for _ in 0..TIMES {
        here += time_of(|| run(init(&kubepki, "certs", "--rootfs"))) / TIMES as f64;
        if let Some(kubeadm) = &kubeadm {
            there += time_of(|| run(init(kubeadm, "phase certs all", "--cert-dir"))) / TIMES as f64;
        }
    }
    clear();
    let least = one * KUBEADM_KEYS as f64 / cores() as f64;
    println!(
        "kubepki init certs: {:.0} ms, {:.2} of {KUBEADM_KEYS} keys on {} cores",
        here * 1e3,
        here / least,
        cores(),
    );
    match kubeadm {
        None => println!("kubeadm: skipped, it is not in KUBEPKI_TEST_BIN"),
        Some(_) => println!("kubeadm: {:.0} ms, ratio {:.2}", there * 1e3, here / there),
    }
}

/// A run that makes the certificates in a folder that is empty before.
fn init(program: &Path, what: &str, option: &str) -> Command {
    clear();
    std::fs::create_dir(folder()).unwrap();
    let mut command = Command::new(program);
    command.arg("init").args(what.split(' '));
    command.arg(option).arg(folder());
    command.args([
        "--apiserver-advertise-address=10.0.0.1",
        "--kubernetes-version=v1.36.0",
    ]);
    command
}

/// Requests with a key and a name of their own each, one after the other on one core; and what
/// OpenSSL merely signs, in turns.
fn stream(what: &str, profile: fn(usize) -> Profile) {
    let authority = authority();
    let key = |_| generate(KeyAlgorithm::EcdsaP256).public_key().to_vec();
    let requests: Vec<(Profile, Vec<u8>)> = (0..REQUESTS).map(|i| (profile(i), key(i))).collect();
    let at = UtcDateTime::now();
    let one_round = || {
        for (profile, key) in &requests {
            black_box(authority.issue(profile, key, year(at), at).unwrap());
        }
    };
    let (mut here, mut openssl) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        here.push(REQUESTS as f64 / time_of(one_round));
        openssl.push(openssl_speed());
    }
    let (here, openssl) = (median(here), median(openssl));
    println!(
        "P-256 certificates for {what}: {here:.0}/s, openssl signs {openssl:.0}/s, ratio {:.2}",
        here / openssl,
    );
}

/// What a hundred nodes hold, keys included, on every core.
fn nodes() {
    const NODES: usize = 100;
    let authorities: Vec<(&str, Authority)> = AUTHORITIES
        .iter()
        .map(|row| (row.name, authority()))
        .collect();
    let at = UtcDateTime::now();
    let node = |i: usize| {
        for row in CREDENTIALS {
            let names = match row.usages.contains(&Usage::Server) {
                true => server(i).names,
                false => Names::default(),
            };
            let profile = Profile::credential(row, &format!("node-{i}"), names);
            let key = generate(KeyAlgorithm::EcdsaP256);
            let mut authorities = authorities.iter();
            let (_, authority) = authorities
                .find(|(name, _)| *name == row.authority)
                .unwrap();
            let issued = authority.issue(&profile, key.public_key(), year(at), at);
            black_box((issued.unwrap(), key.to_pem().unwrap()));
        }
    };
    let times = (0..ROUNDS).map(|_| time_of(|| on_every_core(NODES, node)));
    println!(
        "{NODES} nodes with {} P-256 credentials each, keys included: {:.0} ms",
        CREDENTIALS.len(),
        median(times.collect()) * 1e3,
    );
}

fn client(i: usize) -> Profile {
    Profile {
        subject: Subject {
            organizations: vec!["system:nodes".to_owned()],
            common_name: format!("system:node:node-{i}"),
        },
        kind: Kind::Leaf(vec![Usage::Client]),
        names: Names::default(),
    }
}

fn server(i: usize) -> Profile {
    // Below 2^24.
    let address = 10 << 24 | i as u32;
    Profile {
        kind: Kind::Leaf(vec![Usage::Server]),
        names: Names {
            dns: vec![format!("node-{i}")],
            ip: vec![IpAddr::V4(Ipv4Addr::from_bits(address))],
            ..Names::default()
        },
        ..client(i)
    }
}

fn authority() -> Authority {
    let key = Arc::new(generate(KeyAlgorithm::EcdsaP256));
    let profile = Profile::authority(&AUTHORITIES[0]);
    Authority::self_signed(&profile, key, year(UtcDateTime::now())).unwrap()
}

fn year(from: UtcDateTime) -> Validity {
    Validity {
        not_before: from - time::Duration::minutes(5),
        not_after: from + time::Duration::days(365),
    }
}

fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("kubepki-bench-{}", std::process::id()))
}

fn clear() {
    // There is none before the first run.
    let _ = std::fs::remove_dir_all(folder());
}

fn generate(algorithm: KeyAlgorithm) -> PrivateKey {
    PrivateKey::generate(algorithm).unwrap()
}

fn genpkey() -> Command {
    let mut command = Command::new("openssl");
    command.args([
        "genpkey",
        "-algorithm",
        "RSA",
        "-pkeyopt",
        "rsa_keygen_bits:2048",
    ]);
    command
}

/// How many signatures OpenSSL makes in a second: `+F4:INDEX:BITS:SIGNATURES:VERIFICATIONS`.
fn openssl_speed() -> f64 {
    let mut command = Command::new("openssl");
    command.args(["speed", "-elapsed", "-mr", "-seconds", "1", "ecdsap256"]);
    let output = command.stderr(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("+F4:"));
    let rate = line.and_then(|line| line.split(':').nth(2));
    rate.unwrap().parse().unwrap()
}

fn openssl_version() -> String {
    let output = Command::new("openssl").arg("version").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

fn cores() -> usize {
    thread::available_parallelism().unwrap().get()
}

/// Does something so many times, each core taking the next when it is free.
fn on_every_core<T>(times: usize, work: impl Fn(usize) -> T + Sync) {
    let next = AtomicUsize::new(0);
    let worker = || {
        let turns = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        turns
            .take_while(|turn| *turn < times)
            .for_each(|turn| drop(black_box(work(turn))));
    };
    thread::scope(|scope| {
        for _ in 0..cores() {
            scope.spawn(worker);
        }
    });
}

fn run(mut command: Command) {
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().unwrap().success(), "{command:?}");
}

/// In seconds.
fn time_of<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
