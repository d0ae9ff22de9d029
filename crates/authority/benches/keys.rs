//! What keys and certificates cost: one RSA key beside OpenSSL's, the keys of a cluster beside
//! kubeadm, and signing for many beside `openssl speed ecdsap256` on the same core.
//!
//! `cargo bench -p kubepki-authority`; kubeadm is taken from the folder in `KUBEPKI_TEST_BIN`.

#![allow(clippy::unwrap_used, reason = "a bench may end that way")]

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

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
    generation();
    kubeadm();
    stream("clients", client);
    stream("servers with two names", server);
    nodes();
}

/// One RSA key here and by a run of OpenSSL, in turns.
fn generation() {
    let (mut here, mut openssl) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..KEYS {
        here += time_of(|| generate(KeyAlgorithm::Rsa2048));
        openssl += time_of(|| run(genpkey()));
    }
    let keys = KEYS as f64;
    println!(
        "an RSA-2048 key: {:.1} ms, openssl genpkey {:.1} ms, ratio {:.2}",
        here.as_secs_f64() * 1e3 / keys,
        openssl.as_secs_f64() * 1e3 / keys,
        here.as_secs_f64() / openssl.as_secs_f64(),
    );
}

/// kubeadm's keys on every core here, and the whole phase there.
fn kubeadm() {
    let Some(folder) = std::env::var_os("KUBEPKI_TEST_BIN") else {
        return println!("kubeadm: skipped, KUBEPKI_TEST_BIN is not set");
    };
    let program = PathBuf::from(folder).join("kubeadm");
    let scratch = std::env::temp_dir().join(format!("kubepki-bench-{}", std::process::id()));
    let phase = || {
        let _ = std::fs::remove_dir_all(&scratch);
        let mut command = Command::new(&program);
        command.args([
            "init",
            "phase",
            "certs",
            "all",
            "--kubernetes-version=v1.36.0",
        ]);
        command.arg("--cert-dir").arg(&scratch);
        run(command);
    };
    let keys = || on_every_core(KUBEADM_KEYS, |_| generate(KeyAlgorithm::Rsa2048));
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for _ in 0..3 * ROUNDS {
        here.push(time_of(keys).as_secs_f64());
        there.push(time_of(phase).as_secs_f64());
    }
    let _ = std::fs::remove_dir_all(&scratch);
    let (here, there) = (median(here), median(there));
    println!(
        "{KUBEADM_KEYS} RSA-2048 keys on every core: {:.0} ms, kubeadm's phase {:.0} ms, ratio {:.2}",
        here * 1e3,
        there * 1e3,
        here / there,
    );
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
        here.push(REQUESTS as f64 / time_of(one_round).as_secs_f64());
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
    let times = (0..ROUNDS).map(|_| time_of(|| on_every_core(NODES, node)).as_secs_f64());
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
        for _ in 0..thread::available_parallelism().unwrap().get() {
            scope.spawn(worker);
        }
    });
}

fn run(mut command: Command) {
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().unwrap().success(), "{command:?}");
}

fn time_of<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
