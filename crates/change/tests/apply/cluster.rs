//! Two nodes with a few files, a plan that changes them, and hands that write down what they are
//! told.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ::cluster::{Component, Files, Inventory};
use kubepki_change::apply::{Did, Doing, Hands, Moment};
use kubepki_change::disk::Disk;
use kubepki_change::journal::{self, Change, Tree};
use kubepki_change::plan::{
    Action, Awaited, Expected, Kind, Plan, Published, Secrets, Step, StepId, Written,
};
use kubepki_change::publish::PublishError;
use kubepki_change::restart::RestartError;
use tempfile::TempDir;
use time::UtcDateTime;

pub const NODES: [&str; 2] = ["cp-1", "cp-2"];

/// What lies on every node: path, content, mode.
const FIRST: [(&str, &str, u32); 3] = [
    ("/etc/kubernetes/pki/ca.crt", "old ca\n", 0o644),
    ("/etc/kubernetes/pki/ca.key", "old key\n", 0o600),
    ("/etc/kubernetes/pki/gone.crt", "goes\n", 0o640),
];

/// Mode and content of files, by path.
pub type Snapshot = BTreeMap<PathBuf, (u32, Vec<u8>)>;

/// The trees of the nodes, in a folder that vanishes.
pub struct Scratch(pub TempDir);

impl Scratch {
    pub fn new() -> Self {
        // In memory, where there is such a place: every line of a journal waits for the disk.
        let memory = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new());
        let scratch = Scratch(memory.unwrap());
        for node in NODES {
            for (path, content, mode) in FIRST {
                let path = scratch.path(node, path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, content).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            }
        }
        scratch
    }

    pub fn path(&self, node: &str, path: &str) -> PathBuf {
        self.0.path().join(node).join(path.trim_start_matches('/'))
    }

    pub fn trees(&self) -> Vec<Tree> {
        trees(self.0.path())
    }

    pub fn disks(&self) -> Vec<Disk> {
        self.trees().into_iter().map(|tree| tree.disk).collect()
    }

    /// The change that is under way.
    pub fn open(&self) -> Change {
        journal::open(self.disks(), None).unwrap().remove(0)
    }

    /// Every file with mode and content, and every folder, but what is written about changes.
    pub fn snapshot(&self) -> Snapshot {
        let root = self.0.path();
        let mut all = everything(root);
        all.extend(folders(root).into_iter().map(|path| {
            let path = path.strip_prefix(root).unwrap().to_owned();
            (path, (0, Vec::new()))
        }));
        all.retain(|path, _| {
            !NODES
                .iter()
                .any(|node| path.starts_with(format!("{node}/var")))
        });
        all
    }
}

/// Every folder, links aside.
fn folders(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![root.to_owned()];
    let mut next = 0;
    while let Some(folder) = found.get(next).cloned() {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        let inner = entries.filter(|entry| entry.file_type().unwrap().is_dir());
        found.extend(inner.map(|entry| entry.path()));
        next += 1;
    }
    found
}

pub fn trees(root: &Path) -> Vec<Tree> {
    let tree = |node: &str| Tree {
        node: node.to_owned(),
        disk: Disk::open(&root.join(node)).unwrap(),
    };
    NODES.map(tree).into()
}

/// Every file with mode and content.
pub fn everything(root: &Path) -> Snapshot {
    let mut found = Snapshot::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // A link that leads to nothing is nothing to whoever opens it.
            let Ok(metadata) = fs::metadata(&path) else {
                continue;
            };
            let mode = metadata.permissions().mode() & 0o7777;
            if path.is_symlink() && path.is_dir() {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let content = fs::read(&path).unwrap();
                found.insert(path.strip_prefix(root).unwrap().to_owned(), (mode, content));
            }
        }
    }
    found
}

/// Both are trusted, then a new key signs, and a file goes; a hand-over lies between.
pub fn plan(root: &Path) -> (Plan, Secrets) {
    let mut secrets = Secrets::default();
    let mut plan = Plan::new("rotate ca", UtcDateTime::UNIX_EPOCH);
    for node in NODES {
        let files = Files::on_disk(&root.join(node), false).unwrap();
        let read = Inventory::read(vec![(Some(node.to_owned()), files)]);
        let files = &read.nodes[0].files;
        for (path, _, _) in FIRST {
            files.get(path);
        }
        files.get("/etc/kubernetes/pki/new.crt");
        files.get("/etc/kubernetes/pki/etcd/new.crt");
        plan.add_node(node, Kind::Node, files, &mut secrets);
    }
    let nobody = Files::in_memory(::cluster::files::Memory::default(), false);
    plan.add_node("people", Kind::People, &nobody, &mut secrets);
    let both = [("ca.crt", Some("old ca\nnew ca\n"), 0o644)];
    let new = [
        ("ca.crt", Some("new ca\nold ca\n"), 0o644),
        ("ca.key", Some("new key\n"), 0o600),
        ("new.crt", Some("new\n"), 0o604),
        ("etcd/new.crt", Some("new\n"), 0o604),
        ("gone.crt", None, 0o640),
    ];
    let stages = [("both are trusted", &both[..]), ("the new one signs", &new)];
    for (stage, files) in stages {
        for node in NODES {
            let files = files.iter().map(|(name, content, mode)| Written {
                path: format!("/etc/kubernetes/pki/{name}"),
                content: content.map(|content| plan.keep(content.as_bytes(), &mut secrets)),
                mode: *mode,
            });
            let files = files.collect();
            step(&mut plan, node, stage, Action::Write(files));
            let awaited = Awaited {
                component: Component::KubeApiserver,
                paths: ["/etc/kubernetes/pki/ca.crt".to_owned()].into(),
                seconds: 60,
            };
            step(&mut plan, node, stage, Action::Await(awaited));
            step(&mut plan, node, stage, Action::Restart(Component::Etcd));
        }
        let words = "hand out kubeconfigs".to_owned();
        step(&mut plan, "people", stage, Action::HandOver(words));
    }
    (plan, secrets)
}

/// Adds a step after all others.
pub fn step(plan: &mut Plan, node: &str, stage: &str, action: Action) {
    let last = StepId(plan.steps.len());
    let other = plan.steps.last().is_some_and(|step| step.node != node);
    plan.steps.push(Step {
        node: node.to_owned(),
        action,
        after: other.then_some(last).into_iter().collect(),
        stage: stage.to_owned(),
    });
}

/// What was asked of it; it does everything at once, but for what it shall wait for or fail at.
#[derive(Default)]
pub struct Notes {
    pub done: Vec<String>,
    pub waits_at: Option<StepId>,
    pub fails_at: Option<StepId>,
}

impl Hands for Notes {
    fn restart(&mut self, doing: Doing<'_>, component: Component) -> Result<Did, RestartError> {
        if self.fails_at == Some(doing.id) {
            return Err(RestartError::NoManifest(component));
        }
        self.done
            .push(format!("restart {component}@{}", doing.step.node));
        Ok(Did::Done)
    }

    fn wait(&mut self, doing: Doing<'_>, awaited: &Awaited) -> Result<Did, RestartError> {
        self.done
            .push(format!("await {}@{}", awaited.component, doing.step.node));
        Ok(Did::Done)
    }

    fn publish(&mut self, _: Doing<'_>, _: &[Published]) -> Result<Did, PublishError> {
        Ok(Did::Done)
    }

    fn expect(&mut self, _: Doing<'_>, _: &[Expected]) -> Result<Did, PublishError> {
        Ok(Did::Done)
    }

    fn hand_over(&mut self, doing: Doing<'_>, words: &str) -> Did {
        self.done.push(words.to_owned());
        match self.waits_at == Some(doing.id) {
            true => Did::Waits,
            false => Did::Done,
        }
    }

    fn tell(&mut self, doing: Doing<'_>, moment: Moment) {
        if let (Action::Write(_), Moment::Ends(_)) = (&doing.step.action, moment) {
            self.done.push(format!("write {}", doing.step.node));
        }
    }
}
