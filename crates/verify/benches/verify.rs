//! How long a verification takes beside nothing but the signature checks it needs.
//!
//! `cargo bench -p kubepki-verify`

#![allow(clippy::unwrap_used, reason = "a bench may end that way")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kubepki_verify::{Certificate, Options, Pool, load, verify};
use time::macros::utc_datetime;

/// How often each is done in a round, and in how many rounds; the median round counts.
const TIMES: u32 = 200;
const ROUNDS: usize = 21;

fn main() {
    for tree in ["kubeadm", "kubeadm-ecdsa"] {
        let pki = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../examples")
            .join(tree);
        let pki = pki.join("etc/kubernetes/pki");
        let read =
            |name: &str| load::append_certs_from_pem(&std::fs::read(pki.join(name)).unwrap());
        let leaf = read("apiserver.crt").iter().next().unwrap().clone();
        let roots = read("ca.crt");
        measure(tree, &leaf, &roots);
    }
}

fn measure(tree: &str, leaf: &Arc<Certificate>, roots: &Pool) {
    let options = Options::server("kubernetes.default.svc", utc_datetime!(2026-12-01 0:00));
    let none = Pool::default();
    assert!(verify(leaf, roots, &none, &options).is_ok());
    let root = roots.iter().next().unwrap();
    let signature = || black_box(leaf.check_signature_from(root)).is_ok();
    let whole = || black_box(verify(leaf, roots, &none, &options)).is_ok();
    // In turns, so that both see the same machine.
    let (mut alone, mut all) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(time_of(signature));
        all.push(time_of(whole));
    }
    let (alone, all) = (median(alone), median(all));
    let ratio = all.as_secs_f64() / alone.as_secs_f64();
    println!("{tree}: signature check {alone:.1?}, verification {all:.1?}, ratio {ratio:.2}");
}

fn time_of(work: impl Fn() -> bool) -> Duration {
    let start = Instant::now();
    for _ in 0..TIMES {
        assert!(work());
    }
    start.elapsed() / TIMES
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
