//! An etcd that really runs in the story: by its manifest, as the kubelet would run it, and started
//! again whenever it ends.

use std::env;
use std::fs::{self, File};
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use change::disk::Disk;
use change::restart::{Seen, Sight, Watch};
use cluster::{Component, Files, Node, Setting};
use rustix::process::{Pid, Signal, kill_process};

use super::quoted;

/// The node's address, of loopback like 127.0.0.1, which is every node's.
pub const ADDRESS: &str = "127.0.0.2";

/// Where it listens, and where kube-apiserver is looked for, which does not run.
const PLACES: [&str; 5] = [
    "127.0.0.1:2379",
    "127.0.0.1:2381",
    "127.0.0.2:2379",
    "127.0.0.2:2380",
    "127.0.0.2:6443",
];

/// How long it may take to come up.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is looked at.
const PERIOD: Duration = Duration::from_millis(50);

/// How long a component that ended stays so.
const PAUSE: Duration = Duration::from_millis(200);

/// Ends a component, which is started again by whoever runs it. What does not run here is left alone.
const RESTART: &str = "\
#!/bin/sh
pid=$(cat \"$(dirname \"$0\")/$1.pid\" 2>/dev/null) || exit 0
kill \"$pid\"
while kill -0 \"$pid\" 2>/dev/null; do sleep 0.1; done
";

/// It runs for as long as this is there.
pub struct Etcd {
    folder: PathBuf,
    signals: Arc<Signals>,
    /// Gives the system's words when it cannot be run.
    thread: Option<JoinHandle<io::Result<()>>>,
}

#[derive(Default)]
struct Signals {
    stop: AtomicBool,
    /// It has ended, and may have been started again.
    has_ended: AtomicBool,
}

/// The program that `KUBEPKI_ETCD` names, or that is on the `PATH`.
pub fn program() -> Option<PathBuf> {
    let on_path = || {
        let path = env::var_os("PATH")?;
        let mut all = env::split_paths(&path).map(|folder| folder.join("etcd"));
        all.find(|program| program.is_file())
    };
    env::var_os("KUBEPKI_ETCD")
        .map(PathBuf::from)
        .or_else(on_path)
}

/// The first place at which it could not listen, and why.
pub fn taken() -> Option<String> {
    let mut all = PLACES.iter();
    all.find_map(|place| Some(format!("{place}: {}", TcpListener::bind(place).err()?)))
}

impl Etcd {
    /// Starts it on a node's files, and waits until it is ready; what belongs to the process alone is
    /// in the folder.
    ///
    /// # Errors
    /// With why it is not.
    pub fn start(program: &Path, root: &Path, folder: &Path) -> Result<(Self, Sight), String> {
        let command = command(program, root).ok_or("its manifest cannot be read")?;
        let told = |error: io::Error| error.to_string();
        fs::write(folder.join("restart.sh"), RESTART).map_err(told)?;
        let signals = Arc::<Signals>::default();
        let thread = {
            let (signals, folder) = (signals.clone(), folder.to_owned());
            thread::spawn(move || run(command, &folder, &signals))
        };
        let etcd = Etcd {
            folder: folder.to_owned(),
            signals,
            thread: Some(thread),
        };
        let sight = etcd.comes_up(root)?;
        Ok((etcd, sight))
    }

    /// The command of a shell that starts a `{component}` again.
    pub fn restart_command(&self) -> String {
        let script = self.folder.join("restart.sh");
        format!("sh {} {{component}}", quoted(&script.to_string_lossy()))
    }

    fn comes_up(&self, root: &Path) -> Result<Sight, String> {
        let disk = Disk::open(root).map_err(|error| error.to_string())?;
        let watch = Watch::all(&disk, Component::Etcd);
        let end = Instant::now() + PATIENCE;
        while !matches!(watch.look(), Ok(Seen::Same(_))) {
            let runs = self.thread.as_ref().is_some_and(|one| !one.is_finished());
            let has_ended = !runs || self.signals.has_ended.load(Ordering::Relaxed);
            if has_ended || Instant::now() > end {
                return Err(self.last_words());
            }
            sleep(PERIOD);
        }
        let sight = watch
            .settles(true, PATIENCE, &mut |_: &str, _| ())
            .and_then(Sight::ready);
        sight.map_err(|error| error.to_string())
    }

    fn last_words(&self) -> String {
        let log = fs::read(self.folder.join("etcd.log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        log.lines().last().unwrap_or("it says nothing").to_owned()
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        self.signals.stop.store(true, Ordering::Relaxed);
        // Whatever became of it, it runs no more.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Starts it again and again, until it is to stop.
fn run(mut command: Command, folder: &Path, signals: &Signals) -> io::Result<()> {
    let log = File::create(folder.join("etcd.log"))?;
    command.env_clear().stdin(Stdio::null());
    command.stdout(log.try_clone()?).stderr(log);
    let is_wanted = || !signals.stop.load(Ordering::Relaxed);
    while is_wanted() {
        let mut child = command.spawn()?;
        let noted = fs::write(folder.join("etcd.pid"), child.id().to_string());
        while is_wanted() && child.try_wait()?.is_none() {
            sleep(PERIOD);
        }
        end(&mut child)?;
        signals.has_ended.store(true, Ordering::Relaxed);
        noted?;
        sleep(PAUSE);
    }
    Ok(())
}

/// Asks a process to end, and waits until it has.
fn end(child: &mut Child) -> io::Result<()> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let (None, Some(pid)) = (child.try_wait()?, pid) {
        kill_process(pid, Signal::TERM)?;
    }
    child.wait().map(drop)
}

/// What the manifest runs, with files below the root, and without flags that this etcd is too old for.
fn command(program: &Path, root: &Path) -> Option<Command> {
    let node = Node::read(Files::on_disk(root, false).ok()?);
    let etcd = node.processes.get(&Component::Etcd)?;
    let help = Command::new(program).arg("--help").output().ok()?;
    let help = String::from_utf8_lossy(&[help.stdout, help.stderr].concat()).into_owned();
    let is_known = |flag: &&Setting| help.split_whitespace().any(|word| *word == *flag.name);
    let mut command = Command::new(program);
    for flag in etcd.settings.iter().filter(is_known) {
        let below = flag.value.strip_prefix('/').map(|path| root.join(path));
        let value = below.map_or_else(|| flag.value.clone(), |path| path.display().to_string());
        command.arg(format!("{}={value}", flag.name));
    }
    Some(command)
}
