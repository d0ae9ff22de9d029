//! Who writes to etcd while something is changed: as fast as it answers, with an ordinary retry.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};
use std::{fmt, fs};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::https::{Client, Credentials, Failure};

/// For how long a write that failed is tried again.
const RETRY: Duration = Duration::from_secs(2);

/// How long it waits before it does.
const PAUSE: Duration = Duration::from_millis(50);

/// Who writes, and by which rules it takes up files.
pub enum Who {
    /// In kube-apiserver's place: what it trusts it reads when it starts, what it shows for every
    /// connection. It starts when its manifest changes, and says so in the file `ready`.
    ApiServer { rootfs: PathBuf, ready: PathBuf },
    /// Somebody outside, who holds what was handed over last.
    Outside(Arc<Mutex<Credentials>>),
}

/// What became of all that somebody wrote.
#[derive(Default)]
pub struct Tally {
    pub name: String,
    /// How many were written, numbered from 1 on. All were acknowledged but those that failed.
    pub written: u64,
    /// Those that failed in the end.
    pub failed: Vec<Failed>,
    /// How many had to be tried again.
    pub retried: u64,
    /// The longest time that one took.
    pub longest: Duration,
    /// What was said about a certificate, be it mended by trying again.
    pub refused: Vec<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} written, {} tried again, {} failed, the longest took {:.1?}",
            self.name,
            self.written,
            self.retried,
            self.failed.len(),
            self.longest
        )
    }
}

/// A write that failed in the end, however often it was tried again.
pub struct Failed {
    pub number: u64,
    /// When it was tried first.
    pub from: Instant,
    /// When it was given up.
    pub until: Instant,
    pub why: String,
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failed { number, why, .. } = self;
        let after = self.until.duration_since(self.from);
        write!(f, "{number} failed after {after:.1?}: {why}")
    }
}

/// They write for as long as this is there.
pub struct Writers {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Tally>>,
}

impl Writers {
    /// Each starts with the member beside it, and goes on to the next when that does not answer.
    pub fn start(members: &[SocketAddr], all: Vec<(String, Who)>) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let start = |(place, (name, who)): (usize, (String, Who))| {
            let stop = stop.clone();
            let members = members.to_vec();
            thread::spawn(move || {
                let mut writer = Writer::new(name, who, members, place);
                while !stop.load(Ordering::Relaxed) {
                    writer.write();
                }
                writer.tally
            })
        };
        let threads = all.into_iter().enumerate().map(start).collect();
        Writers { stop, threads }
    }

    /// Lets them come to an end.
    pub fn stop(self) -> Vec<Tally> {
        self.stop.store(true, Ordering::Relaxed);
        let threads = self.threads.into_iter();
        threads.map(|thread| thread.join().unwrap()).collect()
    }
}

struct Writer {
    who: Who,
    members: Vec<SocketAddr>,
    /// The member that it writes to.
    place: usize,
    client: Option<Client>,
    held: Held,
    tally: Tally,
}

/// What it took up when it last started.
#[derive(Default)]
struct Held {
    manifest: String,
    credentials: Credentials,
}

impl Writer {
    fn new(name: String, who: Who, members: Vec<SocketAddr>, place: usize) -> Self {
        let place = place % members.len();
        Writer {
            who,
            members,
            place,
            client: None,
            held: Held::default(),
            tally: Tally {
                name,
                ..Tally::default()
            },
        }
    }

    /// Writes one, and tries again when that fails.
    fn write(&mut self) {
        self.take_up();
        self.tally.written += 1;
        let number = self.tally.written;
        let began = Instant::now();
        let mut failed: Option<Instant> = None;
        while let Err(failure) = self.attempt(number) {
            if let Failure::Tls(why) = &failure {
                self.tally.refused.push(why.clone());
            }
            self.client = None;
            self.place = (self.place + 1) % self.members.len();
            let since = *failed.get_or_insert_with(Instant::now);
            if since.elapsed() > RETRY {
                self.tally.failed.push(Failed {
                    number,
                    from: began,
                    until: Instant::now(),
                    why: failure.to_string(),
                });
                break;
            }
            sleep(PAUSE);
        }
        self.tally.retried += u64::from(failed.is_some());
        self.tally.longest = self.tally.longest.max(began.elapsed());
    }

    fn attempt(&mut self, number: u64) -> Result<(), Failure> {
        if self.client.is_none() {
            self.client = Some(Client::new(self.members[self.place], &self.credentials())?);
        }
        let key = STANDARD.encode(format!("{}/{number}", self.tally.name));
        let body = format!(r#"{{"key": "{key}", "value": "{}"}}"#, STANDARD.encode("x"));
        let client = self.client.as_mut().unwrap();
        let answer = client.ask("POST", "/v3/kv/put", &body)?;
        match answer.status {
            200 => Ok(()),
            _ => Err(Failure::Away(answer.body)),
        }
    }

    /// Takes up what it takes up between writes.
    fn take_up(&mut self) {
        match &self.who {
            Who::ApiServer { rootfs, ready } => {
                let manifest = rootfs.join("etc/kubernetes/manifests/kube-apiserver.yaml");
                let manifest = fs::read_to_string(manifest).unwrap();
                if manifest != self.held.manifest {
                    self.held.credentials.trust = pki(rootfs, "etcd/ca.crt");
                    self.client = None;
                    fs::write(ready, &manifest).unwrap();
                    self.held.manifest = manifest;
                }
            }
            Who::Outside(given) => {
                let given = given.lock().unwrap();
                if given.trust != self.held.credentials.trust
                    || given.pair != self.held.credentials.pair
                {
                    self.held.credentials = given.clone();
                    self.client = None;
                }
            }
        }
    }

    /// What it connects with now.
    fn credentials(&self) -> Credentials {
        let held = self.held.credentials.clone();
        match &self.who {
            Who::ApiServer { rootfs, .. } => Credentials {
                pair: Some(pair(rootfs, "apiserver-etcd-client")),
                ..held
            },
            Who::Outside(_) => held,
        }
    }
}

/// A file of a node's PKI.
pub fn pki(rootfs: &Path, name: &str) -> Vec<u8> {
    fs::read(rootfs.join("etc/kubernetes/pki").join(name)).unwrap()
}

/// A certificate and its key.
pub fn pair(rootfs: &Path, name: &str) -> (Vec<u8>, Vec<u8>) {
    let file = |extension| pki(rootfs, &format!("{name}.{extension}"));
    (file("crt"), file("key"))
}
