//! Who calls kube-apiserver while something is changed, ten times a second, each time anew.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use crate::https::{Answer, Client, Credentials, Failure};

/// How often somebody calls.
const PERIOD: Duration = Duration::from_millis(100);

/// For how long one tries the servers, one after the other.
const RETRY: Duration = Duration::from_secs(2);

/// Somebody who calls; nobody until they are given credentials.
#[derive(Clone)]
pub struct Caller {
    pub name: &'static str,
    given: Arc<Mutex<Option<Credentials>>>,
}

/// How it went.
#[derive(Default)]
pub struct Calls {
    pub answered: u64,
    /// How often no server was there, or none was ready.
    pub away: u64,
    /// What was refused: by whom, and why.
    pub refused: Vec<String>,
}

/// They call for as long as this is there.
pub struct Callers {
    stop: Arc<AtomicBool>,
    threads: Vec<(&'static str, JoinHandle<Calls>)>,
}

impl Caller {
    pub fn new(name: &'static str) -> Self {
        Caller {
            name,
            given: Arc::default(),
        }
    }

    /// From now on it calls with these.
    pub fn give(&self, credentials: Credentials) {
        *self.given.lock().unwrap() = Some(credentials);
    }

    /// What it was given last.
    pub fn given(&self) -> Credentials {
        self.given.lock().unwrap().clone().unwrap()
    }

    fn call(&self, servers: &[SocketAddr], calls: &mut Calls) {
        let Some(given) = self.given.lock().unwrap().clone() else {
            return;
        };
        let began = Instant::now();
        loop {
            for server in servers {
                match ask(*server, &given) {
                    Ok(Answer { status: 200, .. }) => {
                        calls.answered += 1;
                        return;
                    }
                    Ok(answer) if is_refusal(&answer) => calls.refused.push(answer.body),
                    Err(Failure::Tls(why)) => calls.refused.push(format!("{server}: {why}")),
                    Ok(_) | Err(Failure::Away(_)) => {}
                }
            }
            if began.elapsed() > RETRY {
                calls.away += 1;
                return;
            }
            sleep(PERIOD);
        }
    }
}

/// What a server answers to somebody who asks whether it is ready.
pub fn ask(server: SocketAddr, given: &Credentials) -> Result<Answer, Failure> {
    Client::new(server, given)?.ask("GET", "/readyz", "")
}

/// Whether somebody is not taken for who they are. One that has just started knows who they are, but
/// not yet what they may do.
fn is_refusal(answer: &Answer) -> bool {
    answer.status == 401 || (answer.status == 403 && answer.body.contains("system:anonymous"))
}

impl Callers {
    /// They call one server after the other until one answers.
    pub fn start(servers: &[SocketAddr], all: &[&Caller]) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let start = |caller: &&Caller| {
            let (stop, servers, caller) = (stop.clone(), servers.to_vec(), (*caller).clone());
            let name = caller.name;
            let thread = thread::spawn(move || {
                let mut calls = Calls::default();
                while !stop.load(Ordering::Relaxed) {
                    caller.call(&servers, &mut calls);
                    sleep(PERIOD);
                }
                calls
            });
            (name, thread)
        };
        let threads = all.iter().map(start).collect();
        Callers { stop, threads }
    }

    /// Lets them come to an end.
    pub fn stop(self) -> Vec<(&'static str, Calls)> {
        self.stop.store(true, Ordering::Relaxed);
        let threads = self.threads.into_iter();
        threads
            .map(|(name, thread)| (name, thread.join().unwrap()))
            .collect()
    }
}
