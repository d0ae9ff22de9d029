//! Components that run for as long as a test, on addresses of their own.

use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long something may take that takes seconds on an idle machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// How long a component may take to end, as the kubelet has it.
const GRACE: Duration = Duration::from_secs(30);

/// How much of a log is shown.
const LINES: usize = 25;

/// A component; ended when dropped.
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it; what it says goes into a file of its name in the folder.
    pub fn start(name: &str, command: &mut Command, folder: &Path) -> Self {
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log).unwrap();
        Process::spawn(name, command, log, file)
    }

    /// Starts it once more; what it says comes after what it said.
    #[allow(dead_code, reason = "each test uses its part")]
    pub fn start_again(name: &str, command: &mut Command, folder: &Path) -> Self {
        let log = folder.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log);
        Process::spawn(name, command, log, file.unwrap())
    }

    fn spawn(name: &str, command: &mut Command, log: PathBuf, file: File) -> Self {
        let child = command
            .env_clear()
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Process {
            name: name.to_owned(),
            child,
            log,
        }
    }

    /// What it was started as.
    #[allow(dead_code, reason = "each test uses its part")]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it said this so far.
    pub fn said(&self, text: &str) -> bool {
        self.log().contains(text)
    }

    /// Whether it runs no more.
    #[allow(dead_code, reason = "each test uses its part")]
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Asks it to end, and waits until it has; kills it when that takes too long.
    #[allow(dead_code, reason = "each test uses its part")]
    pub fn stop(mut self) {
        let asked = kill_process(innermost(self.child.id()), Signal::TERM);
        let end = Instant::now() + GRACE;
        while asked.is_ok() && !self.has_ended() && Instant::now() < end {
            sleep(Duration::from_millis(20));
        }
    }

    /// All that it said so far.
    pub fn log(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// The end of what it said.
    pub fn last_words(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let last = &lines[lines.len().saturating_sub(LINES)..];
        format!("--- {} said:\n{}\n", self.name, last.join("\n"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _ = kill_process(innermost(self.child.id()), Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process, or the one that it started to be in its place: nsenter waits beside it.
pub fn innermost(mut id: u32) -> Pid {
    let children = |id| fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
    while let Ok(child) = children(id).unwrap_or_default().trim().parse() {
        id = child;
    }
    Pid::from_raw(id.try_into().unwrap()).unwrap()
}

/// Tries until it succeeds; panics when that takes too long or a process ends, with the last error
/// and what the processes said.
pub fn wait_for<T>(
    what: &str,
    processes: &mut [Process],
    mut attempt: impl FnMut() -> Result<T, String>,
) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        let error = match attempt() {
            Ok(result) => return result,
            Err(error) => error,
        };
        let ended = processes.iter_mut().find_map(|process| {
            let status = process.child.try_wait().unwrap()?;
            Some(format!("{} ended: {status}", process.name))
        });
        if ended.is_some() || Instant::now() > end {
            let why = ended.unwrap_or_else(|| "it takes too long".to_owned());
            let said: String = processes.iter().map(Process::last_words).collect();
            panic!("{what}: {why}: {error}\n{said}");
        }
        sleep(Duration::from_millis(200));
    }
}

/// What a program prints; what it says when it fails.
pub fn output(command: &mut Command) -> Result<String, String> {
    let output = command.env_clear().stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    }
}

/// Loopback addresses that nothing else uses, so that every component can have its usual port.
pub fn addresses<const COUNT: usize>() -> [Ipv4Addr; COUNT] {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [.., high, low] = process::id().to_be_bytes();
    std::array::from_fn(|_| {
        Ipv4Addr::new(
            127,
            64 + high % 64,
            low,
            NEXT.fetch_add(1, Ordering::Relaxed),
        )
    })
}
