//! Three nodes as threads, each with its tree on disk, and a store that keeps what was ever said.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, sleep};
use std::time::Duration;

use ::cluster::files::Entry;
use ::cluster::{Component, Files, Inventory, Objects};
use authority::objects::CertificateKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubepki_change::apply::{Did, Doing, Hands, Moment as Step};
use kubepki_change::choice::Named;
use kubepki_change::disk::Disk;
use kubepki_change::keys::Keys;
use kubepki_change::plan::{Awaited, Expected, Plan, Published, StepId};
use kubepki_change::publish::PublishError;
use kubepki_change::renew;
use kubepki_change::restart::RestartError;
use kubepki_change::rotate::{self, What as Replaced};
use kubepki_change::together::{
    Planner, Seen, Shared, Store, StoreError, TogetherError, What, When, Worker, take_back,
    taking_back,
};
use tempfile::TempDir;

use crate::api::{Api, KILLED};

pub const NODES: [&str; 3] = ["cp-1", "cp-2", "cp-3"];

/// Mode and content of files, by path.
pub type Snapshot = BTreeMap<PathBuf, (u32, Vec<u8>)>;

/// A store that keeps what was ever said, and is gone at a certain call.
pub struct Tapped {
    inner: Shared,
    said: Arc<Mutex<Vec<u8>>>,
    left: Arc<AtomicUsize>,
    is_done: bool,
}

impl Tapped {
    pub fn new() -> Self {
        Tapped {
            inner: Shared::new(&NODES),
            said: Arc::default(),
            left: Arc::new(AtomicUsize::new(usize::MAX)),
            is_done: false,
        }
    }

    pub fn connect(&self) -> Self {
        Tapped {
            inner: self.inner.connect(),
            said: self.said.clone(),
            left: Arc::new(AtomicUsize::new(usize::MAX)),
            is_done: false,
        }
    }

    /// Fails at its call of this number, before or after it is done.
    pub fn failing(&self, number: usize, is_done: bool) -> Self {
        Tapped {
            left: Arc::new(AtomicUsize::new(number)),
            is_done,
            ..self.connect()
        }
    }

    pub fn said(&self) -> Vec<u8> {
        self.said.lock().unwrap().clone()
    }

    pub fn has_failed(&self) -> bool {
        self.left.load(Ordering::SeqCst) == 0
    }
}

impl Store for Tapped {
    fn read(&self, prefix: &str) -> Result<Seen, StoreError> {
        self.inner.read(prefix)
    }

    fn write(&self, when: &[When], what: &[What]) -> Result<bool, StoreError> {
        let mut said = self.said.lock().unwrap();
        for one in what {
            if let What::Put(_, value) | What::PutWhileAlive(_, value) = one {
                said.extend_from_slice(value);
            }
        }
        drop(said);
        let left = self.left.load(Ordering::SeqCst);
        if left != usize::MAX {
            self.left.store(left.saturating_sub(1), Ordering::SeqCst);
        }
        if left <= 1 && !(left == 1 && self.is_done) {
            return Err(StoreError("killed".to_owned()));
        }
        let done = self.inner.write(when, what)?;
        match left {
            1 => Err(StoreError("killed".to_owned())),
            _ => Ok(done),
        }
    }

    fn members(&self) -> Result<Vec<String>, StoreError> {
        self.inner.members()
    }

    fn pause(&self) {
        self.inner.pause();
    }
}

/// Everybody does at once what is asked, until one shall fail; but for those who have to be told that
/// a restart has been done or a wait is over, and look then. Without an API somebody has to say, too,
/// that its objects have been changed.
#[derive(Default)]
pub struct Quick {
    pub fails_at: Option<StepId>,
    pub asks: bool,
    pub api: Option<Api>,
}

fn told(doing: Doing<'_>) -> Did {
    match (doing.told)() {
        true => Did::Done,
        false => Did::Waits,
    }
}

/// How many looks there were.
pub static LOOKS: AtomicUsize = AtomicUsize::new(0);

impl Hands for Quick {
    fn restart(&mut self, doing: Doing<'_>, component: Component) -> Result<Did, RestartError> {
        match (self.fails_at == Some(doing.id), self.asks) {
            (true, _) => Err(RestartError::NoManifest(component)),
            (false, true) if !(doing.told)() => Ok(Did::Waits),
            (false, is_look) => {
                LOOKS.fetch_add(usize::from(is_look), Ordering::SeqCst);
                Ok(Did::Done)
            }
        }
    }

    fn wait(&mut self, doing: Doing<'_>, _awaited: &Awaited) -> Result<Did, RestartError> {
        // Whoever waits hears it in the middle.
        while self.asks && !(doing.told)() {
            sleep(Duration::from_millis(1));
        }
        LOOKS.fetch_add(usize::from(self.asks), Ordering::SeqCst);
        Ok(Did::Done)
    }

    fn publish(&mut self, doing: Doing<'_>, all: &[Published]) -> Result<Did, PublishError> {
        match &self.api {
            Some(api) => api.publish(all).map(|()| Did::Done),
            None => Ok(told(doing)),
        }
    }

    fn expect(&mut self, doing: Doing<'_>, all: &[Expected]) -> Result<Did, PublishError> {
        match &self.api {
            Some(api) => api.expect(all).map(|()| Did::Done),
            None => Ok(told(doing)),
        }
    }

    fn hand_over(&mut self, _doing: Doing<'_>, _words: &str) -> Did {
        Did::Done
    }

    fn tell(&mut self, _doing: Doing<'_>, _moment: Step) {}
}

/// The trees of the nodes, in a folder that vanishes.
pub struct Scratch(pub TempDir);

impl Scratch {
    pub fn of(inventory: &Inventory, keep: impl Fn(&str) -> bool) -> Self {
        let memory = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new());
        let scratch = Scratch(memory.unwrap());
        for node in &inventory.nodes {
            for (path, entry) in node.files.looked_at().0 {
                let Entry::File(bytes, attributes) = entry else {
                    continue;
                };
                if keep(&path) {
                    let path = scratch.root(&node.name).join(path.trim_start_matches('/'));
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(&path, &*bytes).unwrap();
                    let mode = fs::Permissions::from_mode(attributes.mode);
                    fs::set_permissions(&path, mode).unwrap();
                }
            }
        }
        scratch
    }

    pub fn root(&self, node: &str) -> PathBuf {
        self.0.path().join(node)
    }

    pub fn files(&self, node: &str) -> Files {
        Files::on_disk(&self.root(node), false).unwrap()
    }

    pub fn disk(&self, node: &str) -> Disk {
        Disk::open(&self.root(node)).unwrap()
    }

    pub fn inventory(&self) -> Inventory {
        let tree = |node: &str| (Some(node.to_owned()), self.files(node));
        Inventory::read(NODES.map(tree).into())
    }

    /// Everything but what is written about changes, which nodes may be at.
    pub fn snapshot(&self) -> Snapshot {
        self.files_below(|path| !path.ends_with("var/lib/kubepki"))
    }

    pub fn everything(&self) -> Snapshot {
        self.files_below(|_| true)
    }

    /// What lies in all folders that are wanted.
    fn files_below(&self, is_wanted: impl Fn(&Path) -> bool) -> Snapshot {
        let mut found = Snapshot::new();
        let mut folders = vec![self.0.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if !is_wanted(&path) {
                    continue;
                }
                let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let content = fs::read(&path).unwrap();
                    let path = path.strip_prefix(self.0.path()).unwrap().to_owned();
                    found.insert(path, (mode, content));
                }
            }
        }
        found
    }

    /// Goes through changes on a node as long as nobody says that it is enough; one who is killed
    /// comes back.
    pub fn work(&self, node: &str, all: &Tapped, setup: &Setup) {
        let mut first = Some(setup.first.get(node).cloned().unwrap_or_default());
        while !setup.enough.load(Ordering::SeqCst) {
            let own = first.take().unwrap_or_default();
            let store = match own.killed {
                Some((number, is_done)) => all.failing(number, is_done),
                None => all.connect(),
            };
            let mut hands = Quick {
                fails_at: own.fails_at,
                asks: own.asks,
                api: setup.apis.get(node).cloned(),
            };
            let mut worker = Worker::new(&store, node, self.root(node), Some(&setup.key));
            let done: Result<(), TogetherError> = (|| {
                while let Some(mut change) = worker.next(&setup.enough, &mut |_| ())? {
                    worker.go(&mut change, &mut hands, &mut |_| ())?;
                }
                Ok(())
            })();
            if store.has_failed() {
                setup.killed.store(true, Ordering::SeqCst);
            }
            let was_to_be = own.killed.is_some() || own.fails_at.is_some();
            if let Err(error) = done {
                let is_killed = error.to_string().ends_with(KILLED);
                assert!(was_to_be || is_killed, "{node}: {error}");
                if own.stays_away {
                    drop(worker);
                    drop(store);
                    setup.fallen.store(true, Ordering::SeqCst);
                    while !setup.back.load(Ordering::SeqCst) {
                        all.pause();
                    }
                }
            }
        }
    }

    /// Runs something while somebody works for every node.
    pub fn with<R>(&self, store: &Tapped, setup: &Setup, run: impl FnOnce() -> R) -> R {
        thread::scope(|scope| {
            for node in NODES {
                scope.spawn(move || self.work(node, store, setup));
            }
            while store.read("/kubepki/v1/working/").unwrap().values.len() < NODES.len() {
                store.pause();
            }
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
            setup.enough.store(true, Ordering::SeqCst);
            match result {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    /// Plans a rotation from cp-1 and begins it.
    pub fn rotate(
        &self,
        store: &Tapped,
        what: &Replaced,
        key: &CertificateKey,
        finish: bool,
    ) -> Result<(String, Plan), TogetherError> {
        self.rotate_with(store, what, key, finish, Objects::default())
    }

    /// The same with what the API holds.
    pub fn rotate_with(
        &self,
        store: &Tapped,
        what: &Replaced,
        key: &CertificateKey,
        finish: bool,
        objects: Objects,
    ) -> Result<(String, Plan), TogetherError> {
        self.begin(store, key, |read, keys| {
            let read = read.with_objects(objects);
            let planned = match finish {
                true => rotate::finish(&read, what, "rotate --finish", crate::ground::AT),
                false => rotate::plan(&read, keys, what, "rotate", crate::ground::AT),
            };
            planned.unwrap_or_else(|error| panic!("{error}")).0
        })
    }

    /// Plans from cp-1 that everything is renewed, and begins it.
    pub fn renew(
        &self,
        store: &Tapped,
        key: &CertificateKey,
    ) -> Result<(String, Plan), TogetherError> {
        let all = Named {
            names: None,
            before: None,
        };
        self.begin(store, key, |read, keys| {
            let planned = renew::plan(&read, keys, "renew all", &all, crate::ground::AT);
            planned.unwrap_or_else(|error| panic!("{error}")).plan
        })
    }

    /// Plans something from cp-1 and begins it.
    fn begin(
        &self,
        store: &Tapped,
        key: &CertificateKey,
        plan: impl FnOnce(Inventory, &mut dyn Keys) -> Plan,
    ) -> Result<(String, Plan), TogetherError> {
        let planner = Planner::begin(store, "cp-1", "change", crate::ground::AT)?;
        let mut offered = planner.views(self.files("cp-1"))?;
        let draft = plan(offered.inventory(), &mut offered);
        let plan = planner.settle(draft, &offered, key, None)?;
        Ok((planner.start(&plan)?, plan))
    }

    /// Takes a change back, however far it is.
    pub fn undo(&self, store: &Tapped, id: &str) {
        loop {
            let back = taking_back(store, &self.disk("cp-1"), Some(id)).unwrap();
            if take_back(store, &back).unwrap() {
                return;
            }
        }
    }
}

/// How the nodes work.
pub struct Setup {
    pub key: CertificateKey,
    enough: AtomicBool,
    /// Somebody was killed.
    pub killed: AtomicBool,
    /// Somebody stays away.
    pub fallen: AtomicBool,
    /// Whoever stayed away comes back.
    pub back: AtomicBool,
    /// The API, for those who reach it.
    pub apis: BTreeMap<&'static str, Api>,
    first: BTreeMap<&'static str, First>,
}

impl Setup {
    pub fn new(first: impl Into<BTreeMap<&'static str, First>>) -> Self {
        Setup {
            key: CertificateKey::generate().unwrap(),
            enough: AtomicBool::new(false),
            killed: AtomicBool::new(false),
            fallen: AtomicBool::new(false),
            back: AtomicBool::new(false),
            apis: BTreeMap::new(),
            first: first.into(),
        }
    }
}

/// What becomes of the first who works for a node.
#[derive(Clone, Default)]
pub struct First {
    pub killed: Option<(usize, bool)>,
    pub fails_at: Option<StepId>,
    pub stays_away: bool,
    /// Its restarts are somebody's, who says so.
    pub asks: bool,
}

/// What is secret of every private key of P-256 in a tree, wherever it is and however it may be
/// told: as it is, and in the base64 of its file.
fn keys(snapshot: &Snapshot) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for (path, (_, content)) in snapshot {
        let text = String::from_utf8_lossy(content);
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if line == "-----BEGIN EC PRIVATE KEY-----" {
                // RFC 5915: seven bytes, then the secret one; the public one comes last.
                let first = lines.next().unwrap();
                let der = STANDARD.decode(first).unwrap();
                found.push((path.clone(), first.as_bytes().to_vec()));
                found.push((path.clone(), der[7..39].to_vec()));
            }
            if let Some(data) = line.trim().strip_prefix("client-key-data: ") {
                found.push((path.clone(), data.as_bytes().to_vec()));
            }
        }
    }
    found
}

/// No private key that there ever was in a tree, its journal included, went through the store.
pub fn no_key_was_told(scratch: &Scratch, store: &Tapped, at_least: usize) {
    let said = store.said();
    let ever = keys(&scratch.everything());
    assert!(ever.len() > at_least, "{}", ever.len());
    for (path, part) in ever {
        let is_told = memchr::memmem::find(&said, &part).is_some();
        assert!(!is_told, "a key of {} was told", path.display());
    }
}
