//! How long one tree takes: read, graph, audit; in this process and as the whole program, beside
//! what people do today: `openssl x509` and `openssl verify` for each file.
//!
//! And a thousand trees in one call, beside checking the signatures of their certificates alone.
//!
//! `cargo bench -p kubepki-audit`; the whole program is measured when `cargo build --release` has
//! made it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench may end that way"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use cluster::material::Origin;
use cluster::{Files, Graph, Inventory};
use kubepki_audit::{Report, Severity, audit};
use time::UtcDateTime;
use time::macros::utc_datetime;
use verify::Certificate;
use verify::load::append_certs_from_pem;

/// When the trees are valid.
const AT: UtcDateTime = utc_datetime!(2026-12-01 0:00);

/// How often each thing is done; the median counts.
const ROUNDS: usize = 31;

fn main() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let examples = examples.canonicalize().unwrap();
    for (tree, keys) in [("kubeadm", "RSA"), ("kubeadm-ecdsa", "ECDSA")] {
        let root = examples.join(tree);
        println!("one tree of kubeadm's with {keys} keys");
        measure(&root);
        measure_many(&root);
    }
}

/// How many trees are judged in one call.
const TREES: usize = 1000;

/// Many trees on every processor, beside checking each certificate's signature once.
fn measure_many(root: &Path) {
    let signed = signed(root);
    let signatures = once(|| {
        on_every_processor(|| {
            for (certificate, issuer) in &signed {
                certificate.check_signature_from(issuer).unwrap();
            }
        });
    });
    println!("{TREES} such trees on every processor");
    let what = format!("the signatures of {} certificates alone", signed.len());
    line(&what, signatures, None);
    let inside = once(|| on_every_processor(|| drop(judge(root))));
    line("read, graph, audit in this process", inside, None);
    say_ratio(inside, signatures);
    let program = program();
    if program.exists() {
        let folder = std::env::temp_dir().join(format!("kubepki-bench-{}", std::process::id()));
        let few = many_trees(&folder.join("few"), root, TREES / 10);
        let many = many_trees(&folder.join("many"), root, TREES);
        let whole = once(|| run(trees_command(&program, &many)));
        line(
            "the whole program",
            whole,
            Some(peak_kilobytes(trees_command(&program, &many))),
        );
        say_ratio(whole, signatures);
        let kilobytes = peak_kilobytes(trees_command(&program, &few));
        println!(
            "  with a tenth of them {:.1} MB at most",
            kilobytes as f64 / 1024.0
        );
        std::fs::remove_dir_all(folder).unwrap();
    }
    println!();
}

fn say_ratio(time: Duration, signatures: Duration) {
    let ratio = signatures.as_secs_f64() / time.as_secs_f64();
    println!("  {ratio:.2} of the pace of the signatures alone");
}

/// Does something as often as there are trees.
fn on_every_processor(work: impl Fn() + Sync) {
    let threads = available_parallelism().unwrap().get();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while next.fetch_add(1, Ordering::Relaxed) < TREES {
                    work();
                }
            });
        }
    });
}

fn once(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// The tree's certificates, each with who signed it.
fn signed(root: &Path) -> Vec<(Arc<Certificate>, Arc<Certificate>)> {
    let files = certificates(&root.join("etc/kubernetes/pki"));
    let files = files.iter().map(|path| std::fs::read(path).unwrap());
    let pools = files
        .chain(in_kubeconfigs(root))
        .map(|pem| append_certs_from_pem(&pem));
    let all: Vec<Arc<Certificate>> = pools
        .flat_map(|pool| pool.iter().cloned().collect::<Vec<_>>())
        .collect();
    let issuer = |certificate: &Arc<Certificate>| {
        let mut fitting = all
            .iter()
            .filter(|other| certificate.check_signature_from(other).is_ok());
        Some((certificate.clone(), fitting.next()?.clone()))
    };
    all.iter().filter_map(issuer).collect()
}

/// What the clients of a tree's kubeconfigs present.
fn in_kubeconfigs(root: &Path) -> Vec<Vec<u8>> {
    let files = Files::on_disk(root, false).unwrap();
    let inventory = Inventory::read(vec![(None, files)]);
    let used = inventory
        .nodes
        .iter()
        .flat_map(|node| node.kubeconfigs.values());
    let clients = used.filter_map(|used| used.parsed.as_ref().ok()?.client.as_ref());
    let embedded = clients.filter_map(|pair| match &pair.certificate.as_ref()?.origin {
        Origin::Embedded(secret) => Some(secret.bytes().to_vec()),
        _ => None,
    });
    embedded.collect()
}

/// A folder with many links to one tree.
fn many_trees(folder: &Path, root: &Path, count: usize) -> PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    let root = root.canonicalize().unwrap();
    for number in 0..count {
        std::os::unix::fs::symlink(&root, folder.join(format!("{number:04}"))).unwrap();
    }
    folder.to_owned()
}

fn trees_command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .args(["audit", "--at", "2026-12-01", "--trees"])
        .arg(folder);
    command
}

fn program() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/release/kubepki")
}

fn measure(root: &Path) {
    let report = judge(root);
    assert!(
        report
            .findings
            .iter()
            .all(|finding| finding.severity < Severity::Warning)
    );
    let inside = median(|| drop(judge(root)));
    line("read, graph, audit in this process", inside, None);
    let program = program();
    let whole = match program.exists() {
        true => {
            let whole = median(|| run(audit_command(&program, root)));
            line(
                "the whole program",
                whole,
                Some(peak_kilobytes(audit_command(&program, root))),
            );
            whole
        }
        false => {
            println!(
                "  skipped: no {}; cargo build --release makes it",
                program.display()
            );
            inside
        }
    };
    if Command::new("openssl")
        .arg("version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        println!("  skipped: no openssl");
        return;
    }
    let certificates = certificates(&root.join("etc/kubernetes/pki"));
    let text = median(|| certificates.iter().for_each(|path| run(text_command(path))));
    line(
        &format!("openssl x509 -text of its {} files", certificates.len()),
        text,
        None,
    );
    let verify = median(|| {
        certificates
            .iter()
            .for_each(|path| run(verify_command(root, path)))
    });
    line("openssl verify of them", verify, None);
    let ratio = (text + verify).as_secs_f64() / whole.as_secs_f64();
    println!(
        "  openssl takes {ratio:.1} times as long, and says nothing of names, flags and identities\n"
    );
}

fn judge(root: &Path) -> Report {
    let files = Files::on_disk(root, false).unwrap();
    let inventory = Inventory::read(vec![(None, files)]);
    audit(&inventory, &Graph::of(&inventory), AT)
}

fn median(mut work: impl FnMut()) -> Duration {
    work();
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[ROUNDS / 2]
}

fn run(mut command: Command) {
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{command:?}");
}

fn audit_command(program: &Path, root: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .args(["audit", "--at", "2026-12-01", "--rootfs"])
        .arg(root);
    command
}

fn text_command(path: &Path) -> Command {
    let mut command = Command::new("openssl");
    command.args(["x509", "-noout", "-text", "-in"]).arg(path);
    command
}

fn verify_command(root: &Path, path: &Path) -> Command {
    let pki = root.join("etc/kubernetes/pki");
    let name = path.file_name().unwrap().to_string_lossy();
    let authority = match name.starts_with("front-proxy") {
        _ if path.starts_with(pki.join("etcd")) || name.contains("etcd") => "etcd/ca.crt",
        true => "front-proxy-ca.crt",
        false => "ca.crt",
    };
    let mut command = Command::new("openssl");
    let at = AT.unix_timestamp().to_string();
    command
        .args(["verify", "-attime", &at, "-CAfile"])
        .arg(pki.join(authority))
        .arg(path);
    command
}

/// Every `.crt` below a folder.
fn certificates(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        match path.extension().and_then(|end| end.to_str()) {
            _ if path.is_dir() => found.extend(certificates(&path)),
            Some("crt") => found.push(path),
            _ => {}
        }
    }
    found
}

/// The most memory that the program ever held, as the kernel accounts for children (`getrusage(2)`,
/// asked through Python); 0 where there is no Python.
fn peak_kilobytes(measured: Command) -> u64 {
    let script = "import resource, subprocess, sys\n\
                  subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)\n\
                  print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
    let mut command = Command::new("python3");
    command.args(["-c", script]);
    command
        .arg(measured.get_program())
        .args(measured.get_args());
    let Ok(output) = command.output() else {
        return 0;
    };
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .unwrap_or_default()
}

fn line(what: &str, time: Duration, kilobytes: Option<u64>) {
    let milliseconds = time.as_secs_f64() * 1000.0;
    let memory = match kilobytes {
        Some(kilobytes) if kilobytes > 0 => {
            format!("  {:.1} MB at most", kilobytes as f64 / 1024.0)
        }
        _ => String::new(),
    };
    println!("  {what:<40} {milliseconds:>8.2} ms{memory}");
}
