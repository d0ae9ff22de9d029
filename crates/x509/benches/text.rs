//! The text of 5,000 certificates, beside what OpenSSL takes for the same in one process:
//! `openssl crl2pkcs7 -nocrl | openssl pkcs7 -print_certs -text -noout`.
//!
//! `cargo bench -p kubepki-x509`; the whole program is measured when `cargo build --release` has
//! made it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench may end that way"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kubepki_x509::text::{self, OpensslVersion};
use kubepki_x509::{Certificate, pem};

/// How many certificates.
const COUNT: u32 = 5_000;

/// How often each thing is done; the shortest counts.
const ROUNDS: usize = 5;

fn main() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("certificates.pem");
    std::fs::write(&file, certificates()).unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let here = shortest(|| print_all(&bytes));
    println!("{COUNT} certificates, {} bytes of text", print_all(&bytes));
    line("read and print in this process", here, None);
    let peer = shortest(|| openssl(&file));
    line("openssl crl2pkcs7 | openssl pkcs7", peer, Some(here));
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/release/kubepki");
    if program.exists() {
        let whole = shortest(|| run(&mut whole_program(&program, &file)));
        line("kubepki inspect --text", whole, None);
        line("openssl, beside that", peer, Some(whole));
    } else {
        println!(
            "  skipped: no {}; cargo build --release makes it",
            program.display()
        );
    }
}

/// The leaves of the examples again and again, each with a serial number of its own.
fn certificates() -> String {
    let leaves: Vec<Vec<u8>> = ["kubeadm", "kubeadm-ecdsa"]
        .iter()
        .flat_map(|tree| leaves(tree))
        .collect();
    let mut all = String::new();
    for number in 0..COUNT {
        let mut der = leaves[number as usize % leaves.len()].clone();
        let certificate = Certificate::from_der(der.clone()).unwrap();
        let serial = certificate.serial();
        let at = serial.as_ptr() as usize - certificate.der().as_ptr() as usize;
        der[at + 1..at + 5].copy_from_slice(&(number | 0x4000_0000).to_be_bytes());
        let base64 = BASE64_STANDARD.encode(&der);
        all.push_str("-----BEGIN CERTIFICATE-----\n");
        for part in base64.as_bytes().chunks(64) {
            all.push_str(std::str::from_utf8(part).unwrap());
            all.push('\n');
        }
        all.push_str("-----END CERTIFICATE-----\n");
    }
    all
}

fn leaves(tree: &str) -> Vec<Vec<u8>> {
    let pki = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(tree)
        .join("etc/kubernetes/pki");
    let names = [
        "apiserver",
        "apiserver-etcd-client",
        "apiserver-kubelet-client",
        "etcd/server",
        "etcd/peer",
        "ca",
    ];
    let read = |name: &&str| -> Vec<u8> {
        let path: PathBuf = pki.join(format!("{name}.crt"));
        let bytes = std::fs::read(path).unwrap();
        pem::blocks(&bytes)
            .next()
            .unwrap()
            .content
            .unwrap()
            .to_vec()
    };
    names.iter().map(read).collect()
}

fn print_all(bytes: &[u8]) -> usize {
    let blocks = pem::blocks(bytes);
    let texts = blocks.map(|block| {
        let certificate = Certificate::from_der(block.content.unwrap().as_slice()).unwrap();
        text::certificate(&certificate, OpensslVersion::V3_0).len()
    });
    texts.sum()
}

fn openssl(file: &Path) {
    let mut first = Command::new("openssl")
        .args(["crl2pkcs7", "-nocrl", "-certfile"])
        .arg(file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut second = Command::new("openssl");
    second
        .args(["pkcs7", "-print_certs", "-text", "-noout"])
        .stdin(first.stdout.take().unwrap());
    run(&mut second);
    assert!(first.wait().unwrap().success());
}

fn whole_program(program: &Path, file: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["inspect", "--text"]).arg(file);
    command
}

fn run(command: &mut Command) {
    let status = command.stdout(Stdio::null()).status().unwrap();
    assert!(status.success());
}

fn shortest<T>(mut work: impl FnMut() -> T) -> Duration {
    let once = |_| {
        let start = Instant::now();
        let _ = work();
        start.elapsed()
    };
    (0..ROUNDS).map(once).min().unwrap()
}

fn line(what: &str, time: Duration, beside: Option<Duration>) {
    let ratio = beside.map(|beside| {
        format!(
            "  {:.1} times as long",
            time.as_secs_f64() / beside.as_secs_f64()
        )
    });
    println!(
        "  {what:36} {:9.1} ms{}",
        time.as_secs_f64() * 1000.0,
        ratio.unwrap_or_default()
    );
}
