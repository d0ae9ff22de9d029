//! How far a change has come, on the disk of every node: its plan, what it is going to write, what
//! was there before, and a line for everything that begins or is done, durable before it counts.

mod record;
mod tree;

use std::collections::BTreeSet;

use thiserror::Error;
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;

use crate::disk::{Disk, DiskError, Lock};
use crate::plan::{Digest, Kind, Plan, PlanError, Secrets, StepId};
use crate::undo;

pub use record::{Line, Record, SCHEMA};
use tree::Folder;
pub(crate) use tree::look;

/// Where the changes of a node are kept.
pub const FOLDER: &str = "/var/lib/kubepki/changes";

/// A node's file tree.
#[derive(Debug)]
pub struct Tree {
    /// The node's name in the plan.
    pub node: String,
    /// The tree.
    pub disk: Disk,
}

/// A change that is under way, or has ended. Nobody else changes its trees while this is held.
#[derive(Debug)]
pub struct Change {
    id: String,
    /// The plan as it was made.
    forward: Plan,
    /// The plan that takes it back, when it is being taken back.
    back: Option<Plan>,
    trees: Vec<Own>,
    begun: BTreeSet<StepId>,
    done: BTreeSet<StepId>,
    state: State,
    order: Vec<StepId>,
}

/// A node's tree, and what is written about the change there.
#[derive(Debug)]
struct Own {
    tree: Tree,
    folder: Folder,
    /// The folders that were made to write about it, as far as that is known.
    made: Vec<String>,
    _lock: Lock,
}

/// A node's tree in which no change is under way, and which nobody else changes while this is held.
#[derive(Debug)]
pub struct Claim {
    tree: Tree,
    /// The folders that are made when something is written about a change, the lowest first.
    missing: Vec<String>,
    lock: Lock,
}

/// How far a change has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Some steps are not done yet.
    UnderWay,
    /// Every step is done.
    Done,
    /// Some of its steps are not taken back yet.
    TakingBack,
    /// Everything is as it was before.
    TakenBack,
}

/// A change in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub id: String,
    /// The node whose tree this is.
    pub node: String,
    /// What it is for.
    pub wish: String,
    /// When it began, and when what was last written about it happened, as RFC 3339 writes it.
    pub at: [String; 2],
    /// How far it has come.
    pub state: State,
    /// Whether what files held before is still there.
    pub kept: bool,
}

/// Why a change cannot be begun, or gone on with.
#[derive(Debug, Error)]
pub enum JournalError {
    /// Something could not be written.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// It is no plan.
    #[error("the plan is not one: {0}")]
    Plan(#[from] PlanError),
    /// Something cannot be read.
    #[error("cannot read `{path}`: {why}")]
    Read {
        /// Which file.
        path: String,
        /// Why not.
        why: String,
    },
    /// A file that is not what it is called.
    #[error("`{path}` is no journal of a change: line {line}: {why}")]
    Foreign {
        /// Which file.
        path: String,
        /// Which line, counted from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// Another change has begun and not ended.
    #[error("the change {0} is not finished")]
    Unfinished(String),
    /// Nothing has begun that has not ended.
    #[error("no change is under way")]
    Nothing,
    /// There is none of that name.
    #[error("there is no change {0}")]
    NoChange(String),
    /// A node of the plan whose tree is not here.
    #[error("the plan changes {0}, and the file tree of that node is not here")]
    NoTree(String),
    /// A file holds something else than it did when the plan was made.
    #[error("`{0}` has changed since the plan was made")]
    Changed(String),
    /// Something that has to be kept for the change is gone.
    #[error("`{0}`, which belongs to the change, is gone or damaged")]
    Lost(String),
    /// A step for which it did not stop.
    #[error("step {0} has not begun")]
    NotBegun(StepId),
    /// What was there before is gone.
    #[error("what files held before {0} was removed: it cannot be taken back")]
    Forgotten(String),
}

impl JournalError {
    /// What can be done about it, when there is something to say.
    pub fn hint(&self) -> Option<String> {
        match self {
            JournalError::Disk(error) => error.hint().map(str::to_owned),
            JournalError::Plan(_) | JournalError::Read { .. } => None,
            JournalError::NotBegun(_) => {
                Some("run it without --done: it says for which step it waits".to_owned())
            }
            JournalError::Foreign { .. } | JournalError::Lost(_) => Some(
                "restore that folder from a backup, or move it away and set the files right by hand"
                    .to_owned(),
            ),
            JournalError::Unfinished(id) => Some(format!(
                "kubepki apply {id} goes on with it, kubepki undo {id} takes it back"
            )),
            JournalError::Nothing | JournalError::NoChange(_) => {
                Some("kubepki history lists the changes".to_owned())
            }
            JournalError::NoTree(node) => Some(format!(
                "give --rootfs {node}=DIR too, or --store, when that is how it began"
            )),
            JournalError::Changed(_) => Some("plan again".to_owned()),
            JournalError::Forgotten(_) => Some("plan what is wanted anew".to_owned()),
        }
    }
}

/// Claims a tree, so that what is planned for it can be begun there.
///
/// # Errors
/// When somebody else changes it, or a change is under way.
pub fn claim(tree: Tree) -> Result<Claim, JournalError> {
    let lock = tree.disk.lock()?;
    tree::clear(&tree.disk)?;
    if let Some(open) = tree::list(&tree.disk)?.into_iter().find(Entry::is_open) {
        return Err(JournalError::Unfinished(open.id));
    }
    let missing = tree::missing(&tree.disk)?;
    Ok(Claim {
        tree,
        missing,
        lock,
    })
}

/// Begins a change: everything that its steps are going to write, and everything that they are going
/// to replace, is on the disk when this returns, and nothing of it has been done.
///
/// # Errors
/// When the plan does not fit the trees, another change is under way, or something cannot be written.
pub fn begin(plan: Plan, secrets: &Secrets, trees: Vec<Tree>) -> Result<Change, JournalError> {
    let claims: Vec<Claim> = trees.into_iter().map(claim).collect::<Result<_, _>>()?;
    let id = new_id(&plan, &claims);
    begin_claimed(id, plan, secrets, claims)
}

/// The same under a name of [`new_id`], in trees that were claimed before.
///
/// # Errors
/// When the plan does not fit the trees, or something cannot be written: then nothing is.
pub fn begin_claimed(
    id: String,
    plan: Plan,
    secrets: &Secrets,
    claims: Vec<Claim>,
) -> Result<Change, JournalError> {
    plan.way()?;
    let nodes: Vec<&str> = claims.iter().map(Claim::node).collect();
    if let Some(node) = missing_of(&plan, &nodes) {
        return Err(JournalError::NoTree(node));
    }
    let mut each = claims.iter();
    let staged = each.try_for_each(|claim| claim.stage(&id, &plan, secrets));
    let begin = |()| {
        let folders = claims.iter().map(|claim| Folder::begin(&claim.tree, &id));
        folders.collect::<Result<Vec<_>, _>>()
    };
    match staged.and_then(begin) {
        Ok(folders) => {
            let own = claims.into_iter().zip(folders);
            let own = own.map(|(claim, folder)| claim.begun(folder));
            Change::of(id, plan, None, own.collect())
        }
        Err(error) => {
            let trees = claims.iter().map(|one| (&one.tree.disk, &*one.missing));
            // What cannot be removed now is when the next change begins.
            let _ = tree::discard(&trees.collect::<Vec<_>>(), &id);
            Err(error)
        }
    }
}

/// What one node does in a change of several is on its disk, and has not begun.
#[derive(Debug)]
pub struct Staged {
    id: String,
    plan: Plan,
    claim: Claim,
}

/// Everything that one node is going to write and to replace in a change of this name, on the disk of
/// that node, whose tree this is; the others do likewise elsewhere.
///
/// # Errors
/// When the plan does not fit the tree, another change is under way, or something cannot be written.
pub fn stage(id: &str, plan: Plan, secrets: &Secrets, tree: Tree) -> Result<Staged, JournalError> {
    plan.way()?;
    let claim = claim(tree)?;
    claim.stage(id, &plan, secrets)?;
    Ok(Staged {
        id: id.to_owned(),
        plan,
        claim,
    })
}

impl Claim {
    /// The name of the node whose tree it is.
    pub fn node(&self) -> &str {
        &self.tree.node
    }

    fn stage(&self, id: &str, plan: &Plan, secrets: &Secrets) -> Result<(), JournalError> {
        let folders = sweeping(plan, &self.tree.node).into_iter();
        folders.for_each(|folder| self.tree.disk.sweep(folder));
        tree::stage(&self.tree, id, plan, secrets)
    }

    fn begun(self, folder: Folder) -> Own {
        Own {
            tree: self.tree,
            folder,
            made: self.missing,
            _lock: self.lock,
        }
    }
}

impl Staged {
    /// Begins.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn begin(self) -> Result<Change, JournalError> {
        let folder = Folder::begin(&self.claim.tree, &self.id)?;
        let own = self.claim.begun(folder);
        Change::of(self.id, self.plan, None, vec![own])
    }

    /// Removes it: nothing begins.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn discard(self) -> Result<(), JournalError> {
        tree::clear(&self.claim.tree.disk)
    }
}

/// What one node does in a change of this name, which has begun.
///
/// # Errors
/// When there is none, or what is written about it cannot be read.
pub fn open_own(disk: Disk, id: &str) -> Result<Change, JournalError> {
    let lock = disk.lock()?;
    assemble(vec![(disk, lock)], id)
}

/// The plan of a change, whether or not somebody is going through it.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn plan(disk: &Disk, id: &str) -> Result<Plan, JournalError> {
    let none = || JournalError::NoChange(id.to_owned());
    let folder = Folder::open(disk, id)?.ok_or_else(none)?;
    Ok(folder.plans(disk)?.0)
}

/// The change of that name, or the one that is under way: one, or one in each tree where each has a
/// plan of its own.
///
/// # Errors
/// When there is none, or what is written about it cannot be read.
pub fn open(disks: Vec<Disk>, id: Option<&str>) -> Result<Vec<Change>, JournalError> {
    let mut locked = Vec::new();
    for disk in disks {
        let lock = disk.lock()?;
        locked.push((disk, lock));
    }
    let entries = locked.iter().map(|(disk, _)| tree::list(disk));
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    let is_it = |entry: &&Entry| id.map_or(entry.is_open(), |id| entry.id == id);
    let id = match (entries.iter().flatten().find(is_it), id) {
        (Some(entry), _) => entry.id.clone(),
        (None, Some(id)) => return Err(JournalError::NoChange(id.to_owned())),
        (None, None) => return Err(JournalError::Nothing),
    };
    let changes = of_one_plan(locked, &id)?.into_iter();
    changes.map(|trees| whole(assemble(trees, &id)?)).collect()
}

/// The trees that a change of this name is in, those that have the same plan together.
fn of_one_plan(
    locked: Vec<(Disk, Lock)>,
    id: &str,
) -> Result<Vec<Vec<(Disk, Lock)>>, JournalError> {
    let mut groups: Vec<(Plan, Vec<(Disk, Lock)>)> = Vec::new();
    for (disk, lock) in locked {
        if tree::staged_for(&disk, id)?.is_none() {
            continue;
        }
        let plan = tree::plan(&disk, id)?;
        match groups.iter_mut().find(|(other, _)| *other == plan) {
            Some((_, trees)) => trees.push((disk, lock)),
            None => groups.push((plan, vec![(disk, lock)])),
        }
    }
    if groups.is_empty() {
        return Err(JournalError::NoChange(id.to_owned()));
    }
    Ok(groups.into_iter().map(|(_, trees)| trees).collect())
}

/// A change, when all trees of its plan are there.
fn whole(change: Change) -> Result<Change, JournalError> {
    let trees = change.trees.iter().map(|own| own.tree.node.as_str());
    match missing_of(&change.forward, &trees.collect::<Vec<_>>()) {
        Some(node) => Err(JournalError::NoTree(node)),
        None => Ok(change),
    }
}

/// What the trees say of a change.
fn assemble(locked: Vec<(Disk, Lock)>, id: &str) -> Result<Change, JournalError> {
    let mut own = Vec::new();
    let mut plans = (None, None);
    for (disk, lock) in locked {
        let Some(node) = tree::staged_for(&disk, id)? else {
            continue;
        };
        let tree = Tree { node, disk };
        let folder = match Folder::open(&tree.disk, id)? {
            Some(folder) => folder,
            // Interrupted when it had been staged everywhere, and begun in some trees.
            None => Folder::begin(&tree, id)?,
        };
        let (forward, back) = folder.plans(&tree.disk)?;
        plans = (Some(forward), plans.1.or(back));
        own.push(Own {
            tree,
            folder,
            made: Vec::new(),
            _lock: lock,
        });
    }
    let (Some(forward), back) = plans else {
        return Err(JournalError::NoChange(id.to_owned()));
    };
    let mut change = Change::of(id.to_owned(), forward, back, own)?;
    change.sweep();
    if matches!(change.state, State::Done | State::TakenBack) {
        // Interrupted when that had been written in some trees.
        change.end()?;
    }
    Ok(change)
}

/// The changes of a tree, the oldest first.
///
/// # Errors
/// When what is written about one cannot be read.
pub fn list(disk: &Disk) -> Result<Vec<Entry>, JournalError> {
    tree::list(disk)
}

/// Removes what files held before a change that has ended, and what was staged for it.
///
/// # Errors
/// When it has not ended, or something cannot be removed.
pub fn forget(disk: &Disk, id: &str) -> Result<(), JournalError> {
    let _lock = disk.lock()?;
    let entries = tree::list(disk)?;
    let entry = entries.into_iter().find(|entry| entry.id == id);
    let entry = entry.ok_or_else(|| JournalError::NoChange(id.to_owned()))?;
    if entry.is_open() {
        return Err(JournalError::Unfinished(entry.id));
    }
    match Folder::open(disk, id)? {
        Some(mut folder) => folder.forget(disk),
        None => Ok(()),
    }
}

impl Entry {
    /// Whether it has not ended.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::UnderWay | State::TakingBack)
    }
}

impl Change {
    fn of(
        id: String,
        forward: Plan,
        back: Option<Plan>,
        trees: Vec<Own>,
    ) -> Result<Self, JournalError> {
        let mut change = Change {
            id,
            forward,
            back,
            trees,
            begun: BTreeSet::new(),
            done: BTreeSet::new(),
            state: State::UnderWay,
            order: Vec::new(),
        };
        change.count()?;
        Ok(change)
    }

    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The plan whose steps are done: that of the change, or the one that takes it back.
    pub fn plan(&self) -> &Plan {
        match (self.is_back(), &self.back) {
            (true, Some(back)) => back,
            _ => &self.forward,
        }
    }

    /// How far it has come.
    pub fn state(&self) -> State {
        self.state
    }

    /// The steps of [`Change::plan`], in the order in which they are done.
    pub fn order(&self) -> &[StepId] {
        &self.order
    }

    /// The steps that have begun.
    pub fn begun(&self) -> &BTreeSet<StepId> {
        &self.begun
    }

    /// The steps that are done.
    pub fn done(&self) -> &BTreeSet<StepId> {
        &self.done
    }

    /// A node's tree; people and pods have none.
    pub fn disk(&self, node: &str) -> Option<&Disk> {
        let mut trees = self.trees.iter();
        let own = trees.find(|own| own.tree.node == node)?;
        Some(&own.tree.disk)
    }

    /// What a file shall hold, or held before.
    ///
    /// # Errors
    /// When it is gone.
    pub fn content(
        &self,
        node: &str,
        digest: &Digest,
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, JournalError> {
        let mut trees = self.trees.iter();
        match trees.find(|own| own.tree.node == node) {
            Some(own) => own.folder.content(&own.tree.disk, digest),
            None => Err(JournalError::NoTree(node.to_owned())),
        }
    }

    /// User and group of a file that the change removes, as they were before.
    pub(crate) fn owner(&self, node: &str, path: &str) -> Option<(u32, u32)> {
        let mut trees = self.trees.iter();
        let own = trees.find(|own| own.tree.node == node)?;
        own.folder.owner(&own.tree.disk, path)
    }

    /// The folders of a node that came with the change.
    pub(crate) fn made(&self, node: &str) -> BTreeSet<String> {
        let mut trees = self.trees.iter();
        let own = trees.find(|own| own.tree.node == node);
        own.map_or_else(BTreeSet::new, |own| own.folder.made(&own.tree.disk))
    }

    /// Says that a step begins.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn begins(&mut self, step: StepId) -> Result<(), JournalError> {
        self.write(step, Record::Begins { step })?;
        self.begun.insert(step);
        Ok(())
    }

    /// Says that a step is done.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn is_done(&mut self, step: StepId) -> Result<(), JournalError> {
        self.write(step, Record::Done { step })?;
        self.done.insert(step);
        Ok(())
    }

    /// Says that every step is done. What was staged is removed, but for what a way back from here
    /// would write.
    ///
    /// # Errors
    /// When that cannot be written, or something not be removed.
    pub fn end(&mut self) -> Result<(), JournalError> {
        let needed = self.needed();
        for own in &self.trees {
            own.folder.keep_staged(&own.tree.disk, &needed)?;
        }
        for own in self.trees.iter_mut().filter(|own| !own.folder.has_ended()) {
            own.folder.write(&own.tree.disk, Record::Ends)?;
        }
        self.sweep();
        self.count()
    }

    /// What is written on a way back from the end; nothing when it has been taken back.
    fn needed(&self) -> BTreeSet<Digest> {
        let all = self.order.iter().copied().collect();
        let back = match self.is_back() {
            true => None,
            // Where there is none, nothing is needed for it.
            false => self.way_back_from(&all).ok(),
        };
        let nodes = self.trees.iter().map(|own| &own.tree.node);
        let written = nodes.flat_map(|node| back.iter().flat_map(|back| back.written(node)));
        written.filter_map(|file| file.content.clone()).collect()
    }

    /// Makes as if it had never begun, when nothing of it is done and all files are as they were
    /// before; says whether it did.
    ///
    /// # Errors
    /// When something cannot be read or removed.
    pub fn discard(self) -> Result<bool, JournalError> {
        self.sweep();
        if self.is_back() || !self.done.is_empty() {
            return Ok(false);
        }
        for own in &self.trees {
            if tree::changed(&own.tree, &self.forward)?.is_some() {
                return Ok(false);
            }
        }
        for own in &self.trees {
            let made = own.folder.made(&own.tree.disk);
            let mut made = made.iter().rev();
            made.try_for_each(|folder| own.tree.disk.remove_empty_folder(folder))?;
        }
        let trees = self.trees.iter().map(|own| (&own.tree.disk, &*own.made));
        tree::discard(&trees.collect::<Vec<_>>(), &self.id)?;
        Ok(true)
    }

    /// Removes what writing left behind.
    fn sweep(&self) {
        for own in &self.trees {
            let folders = sweeping(&self.forward, &own.tree.node);
            folders
                .into_iter()
                .for_each(|folder| own.tree.disk.sweep(folder));
            own.folder.sweep(&own.tree.disk);
        }
    }

    /// The plan that takes everything back from here.
    ///
    /// # Errors
    /// When there is no way back.
    pub fn way_back(&self) -> Result<Plan, JournalError> {
        self.way_back_from(&self.begun)
    }

    fn way_back_from(&self, begun: &BTreeSet<StepId>) -> Result<Plan, JournalError> {
        if let Some(back) = self.back.as_ref().filter(|_| self.is_back()) {
            return Ok(back.clone());
        }
        if self.trees.iter().any(|own| own.folder.is_forgotten()) {
            return Err(JournalError::Forgotten(self.id.clone()));
        }
        Ok(undo::plan(&self.forward, &self.order, begun))
    }

    /// From here on everything is taken back: the plan is made that does so. Once more changes
    /// nothing.
    ///
    /// # Errors
    /// When there is no way back, or it cannot be written.
    pub fn take_back(&mut self) -> Result<(), JournalError> {
        self.take_back_from(&self.begun.clone())
    }

    /// The same when these steps have begun, some of them perhaps elsewhere.
    ///
    /// # Errors
    /// As [`Change::take_back`].
    pub fn take_back_from(&mut self, begun: &BTreeSet<StepId>) -> Result<(), JournalError> {
        if !self.is_back() {
            let back = self.way_back_from(begun)?;
            for own in &self.trees {
                own.folder.put_back_plan(&own.tree.disk, &back)?;
            }
            self.back = Some(back);
        }
        for own in self.trees.iter_mut().filter(|own| !own.folder.is_back()) {
            if let Some(back) = &self.back {
                own.folder.put_back_plan(&own.tree.disk, back)?;
            }
            own.folder.write(&own.tree.disk, Record::TakesBack)?;
        }
        self.count()
    }

    fn is_back(&self) -> bool {
        self.trees.iter().any(|own| own.folder.is_back())
    }

    /// Writes to the journal of the step's node; what others do stands in the first.
    fn write(&mut self, step: StepId, record: Record) -> Result<(), JournalError> {
        let node = self
            .plan()
            .steps
            .get(step.0 - 1)
            .map(|step| step.node.clone());
        let place = self
            .trees
            .iter()
            .position(|own| Some(&own.tree.node) == node.as_ref());
        match self.trees.get_mut(place.unwrap_or(0)) {
            Some(own) => own.folder.write(&own.tree.disk, record),
            None => Ok(()),
        }
    }

    /// Counts anew what the journals say.
    fn count(&mut self) -> Result<(), JournalError> {
        let is_back = self.is_back();
        let folders = self.trees.iter().map(|own| &own.folder);
        let counted = folders.filter(|folder| folder.is_back() == is_back);
        let (begun, done): (Vec<_>, Vec<_>) = counted.map(Folder::steps).unzip();
        self.begun = begun.into_iter().flatten().collect();
        self.done = done.into_iter().flatten().collect();
        let has_ended = self
            .trees
            .iter()
            .any(|own| own.folder.is_back() == is_back && own.folder.has_ended());
        self.state = match (is_back, has_ended) {
            (false, false) => State::UnderWay,
            (false, true) => State::Done,
            (true, false) => State::TakingBack,
            (true, true) => State::TakenBack,
        };
        self.plan().way()?;
        self.order = self.plan().order();
        Ok(())
    }
}

/// A node of the plan that has no tree.
fn missing_of(plan: &Plan, trees: &[&str]) -> Option<String> {
    let nodes = plan.nodes.iter().filter(|node| node.kind == Kind::Node);
    let mut missing = nodes.filter(|node| !trees.contains(&node.name.as_str()));
    missing.next().map(|node| node.name.clone())
}

/// The folders in which a process that was killed may have left something.
fn sweeping<'a>(plan: &'a Plan, node: &'a str) -> Vec<&'a str> {
    let written = plan.written(node).map(|file| file.path.as_str());
    let folders = written.filter_map(|path| Some(path.rsplit_once('/')?.0));
    folders
        .chain(["/etc/kubernetes/manifests"])
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// A name that no change of these trees has: the moment the plan was made for, and some of its digest.
pub fn new_id(plan: &Plan, claims: &[Claim]) -> String {
    let at = plan.at.format(&Rfc3339).unwrap_or_default();
    let day = at.get(..10).unwrap_or_default();
    let text = serde_json::to_vec(plan).unwrap_or_default();
    let digest = Digest::of(&[&text[..], UtcDateTime::now().to_string().as_bytes()].concat()).0;
    let is_there = |id: &str| claims.iter().any(|one| tree::exists(&one.tree.disk, id));
    let taken = |id: &String| is_there(id);
    let ids = (6..digest.len()).map(|length| format!("{day}-{}", &digest[..length]));
    ids.into_iter().find(|id| !taken(id)).unwrap_or(digest)
}
