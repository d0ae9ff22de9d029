//! What a kubelet does with static pods: runs what the manifests say, one process each, starts one
//! again when its manifest changes or it ends, and says when it is ready, and that it is well itself.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::probe::Probe;
use crate::process::Process;

/// How often it looks.
const PERIOD: Duration = Duration::from_millis(50);

/// Where a kubelet says that it is well.
const HEALTH: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 10248);

/// A node whose static pods are run.
pub struct Node {
    pub name: String,
    /// The folder of its manifests.
    pub manifests: PathBuf,
    /// Where it is written down what is ready: for each pod the manifest that it runs by.
    pub ready: PathBuf,
    /// Where the pods' logs are.
    pub logs: PathBuf,
    /// The network that it is in, when that is not this process's; there the kubelet says that it is well.
    pub network: Option<File>,
    /// What is run.
    pub pods: Vec<&'static str>,
    /// The command of a pod, as its manifest has it now.
    pub command: Box<dyn Fn(&str) -> Command + Send>,
}

/// A node's static pods run for as long as this is there.
pub struct Runner {
    signals: Arc<Signals>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Signals {
    stop: AtomicBool,
    kill: AtomicBool,
    /// Whether the first of the pods is not to run.
    hold: AtomicBool,
    away: Mutex<Vec<Away>>,
}

/// A time in which the first of a node's pods was not ready.
#[derive(Clone, Copy)]
pub struct Away {
    pub from: Instant,
    /// When it was ready again, if it is.
    pub until: Option<Instant>,
}

/// A pod that runs.
struct Running {
    manifest: String,
    process: Process,
    probe: Probe,
    is_ready: bool,
}

impl Runner {
    /// Runs the pods of a node.
    pub fn start(node: Node) -> Self {
        let signals = Arc::<Signals>::default();
        let heard = signals.clone();
        let thread = thread::spawn(move || node.run(&heard));
        Runner {
            signals,
            thread: Some(thread),
        }
    }

    /// Kills the first of the node's pods; like any that ends, it is started again.
    pub fn kill(&self) {
        self.signals.kill.store(true, Ordering::Relaxed);
        while self.signals.kill.load(Ordering::Relaxed) {
            sleep(Duration::from_millis(5));
        }
    }

    /// Asks the first of the node's pods to end, which is not started again.
    pub fn hold(&self) {
        self.signals.hold.store(true, Ordering::Relaxed);
        let is_away = || self.away().last().is_some_and(|away| away.until.is_none());
        while !is_away() {
            sleep(Duration::from_millis(5));
        }
    }

    /// Starts it again.
    pub fn release(&self) {
        self.signals.hold.store(false, Ordering::Relaxed);
    }

    /// When the first of the node's pods was away, from when it was first asked to end or was killed.
    pub fn away(&self) -> Vec<Away> {
        self.signals.away.lock().unwrap().clone()
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.signals.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(ended.is_none_or(|ended| ended.is_ok()) || thread::panicking());
    }
}

impl Node {
    fn run(&self, signals: &Signals) {
        let health = self.network.as_ref().map(|network| {
            let kind = Some(LinkNameSpaceType::Network);
            move_into_link_name_space(network.as_fd(), kind).unwrap();
            let health = TcpListener::bind(HEALTH).unwrap();
            health.set_nonblocking(true).unwrap();
            health
        });
        let mut running: BTreeMap<&str, Running> = BTreeMap::new();
        while !signals.stop.load(Ordering::Relaxed) {
            if signals.kill.load(Ordering::Relaxed) {
                let first = self.pods[0];
                self.is_away(first, signals);
                // Dropped, it is killed.
                running.remove(first);
                signals.kill.store(false, Ordering::Relaxed);
            }
            let is_held = signals.hold.load(Ordering::Relaxed);
            for pod in &self.pods {
                let old = running.remove(pod);
                if is_held && *pod == self.pods[0] {
                    old.into_iter().for_each(|old| self.end(pod, old, signals));
                    continue;
                }
                let new = self.look_after(pod, old, signals);
                let new = new.map(|new| self.look_at(pod, new, signals));
                running.extend(new.map(|new| (*pod, new)));
            }
            while let Some(Ok((caller, _))) = health.as_ref().map(TcpListener::accept) {
                // Whoever hangs up has seen enough.
                let _ = say_well(caller);
            }
            sleep(PERIOD);
        }
    }

    /// The pod as its manifest wants it.
    fn look_after(
        &self,
        pod: &str,
        running: Option<Running>,
        signals: &Signals,
    ) -> Option<Running> {
        let path = self.manifests.join(format!("{pod}.yaml"));
        let manifest = fs::read_to_string(path).ok();
        if let Some(mut old) = running {
            if Some(&old.manifest) == manifest.as_ref() && !old.process.has_ended() {
                return Some(old);
            }
            self.end(pod, old, signals);
        }
        let manifest = manifest?;
        let name = format!("{}.{pod}", self.name);
        let process = Process::start_again(&name, &mut (self.command)(pod), &self.logs);
        Some(Running {
            probe: Probe::of(&manifest),
            manifest,
            process,
            is_ready: false,
        })
    }

    /// The pod, and whether it has become ready.
    fn look_at(&self, pod: &str, mut running: Running, signals: &Signals) -> Running {
        if !running.is_ready && running.probe.succeeds() {
            running.is_ready = true;
            fs::write(self.state(pod), &running.manifest).unwrap();
            if let Some(last) = signals.away.lock().unwrap().last_mut()
                && pod == self.pods[0]
            {
                last.until.get_or_insert_with(Instant::now);
            }
        }
        running
    }

    fn end(&self, pod: &str, old: Running, signals: &Signals) {
        self.is_away(pod, signals);
        old.process.stop();
    }

    fn is_away(&self, pod: &str, signals: &Signals) {
        let _ = fs::remove_file(self.state(pod));
        let mut away = signals.away.lock().unwrap();
        let is_known = away.last().is_some_and(|last| last.until.is_none());
        if pod == self.pods[0] && !is_known {
            away.push(Away {
                from: Instant::now(),
                until: None,
            });
        }
    }

    fn state(&self, pod: &str) -> PathBuf {
        self.ready.join(format!("{}.{pod}", self.name))
    }
}

fn say_well(mut caller: TcpStream) -> io::Result<()> {
    caller.set_read_timeout(Some(Duration::from_secs(1)))?;
    let _request = caller.read(&mut [0; 4096])?;
    caller.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
}
