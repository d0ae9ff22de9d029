//! What is written about a change in one node's tree.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use cluster::{Content, Files};
use time::UtcDateTime;
use zeroize::Zeroizing;

use super::{Entry, FOLDER, JournalError, Record, SCHEMA, State, Tree, record};
use crate::disk::{self, Disk, NewFile};
use crate::plan::{Digest, Item, Plan, Secrets, StepId};
use crate::world::{self, Progress};

/// The folder of a change, and what its journal says.
#[derive(Debug)]
pub(super) struct Folder {
    id: String,
    /// The node whose tree this is.
    pub(super) node: String,
    lines: Vec<record::Line>,
    /// How many bytes of the journal are whole lines.
    length: u64,
}

/// Where things are, in the folder of a change.
fn place(id: &str, name: &str) -> String {
    format!("{FOLDER}/{id}/{name}")
}

const PLAN: &str = "plan.json";
const BACK: &str = "undo.json";
const NODE: &str = "node";
const JOURNAL: &str = "journal";
const CONTENTS: &str = "contents";
const KEPT: &str = "kept";
const OWNERS: &str = "owners.json";
const FOLDERS: &str = "folders.json";

/// User and group of files, by path.
pub(super) type Owners = BTreeMap<String, (u32, u32)>;

/// What a file holds, and its permission bits.
type Found = (Zeroizing<Vec<u8>>, u32);

/// What is in a file; nothing when it is not there. Reads it anew.
pub(crate) fn look(disk: &Disk, path: &str) -> Result<Option<Found>, JournalError> {
    let wrong = |why: String| JournalError::Read {
        path: disk.named(path),
        why,
    };
    let files = files(disk)?;
    let file = files.get(path);
    let mode = file.attributes.map_or(0, |attributes| attributes.mode);
    match &file.content {
        Content::Present(bytes) => Ok(Some((bytes.clone(), mode))),
        Content::Missing | Content::NotCollected => Ok(None),
        Content::Unreadable(why) => Err(wrong(why.clone())),
        Content::Directory => Err(wrong("it is a folder".to_owned())),
        Content::Special => Err(wrong("it is no regular file".to_owned())),
        Content::TooLarge(size) => Err(wrong(format!("it has {size} bytes"))),
    }
}

fn files(disk: &Disk) -> Result<Files, JournalError> {
    Files::on_disk(disk.root(), false).map_err(|source| JournalError::Read {
        path: disk.root().display().to_string(),
        why: source.to_string(),
    })
}

/// The names in a folder; none when it is not there.
fn names(disk: &Disk, path: &str) -> Result<Vec<String>, JournalError> {
    Ok(files(disk)?.list(path).unwrap_or_default())
}

pub(super) fn exists(disk: &Disk, id: &str) -> bool {
    names(disk, FOLDER).is_ok_and(|names| names.iter().any(|name| name == id))
}

/// The changes of a tree, the oldest first.
pub(super) fn list(disk: &Disk) -> Result<Vec<Entry>, JournalError> {
    let mut entries = Vec::new();
    for id in names(disk, FOLDER)? {
        if let Some(folder) = Folder::open(disk, &id)? {
            entries.push(folder.entry(disk)?);
        }
    }
    entries.sort_by(|one, other| one.at.cmp(&other.at));
    Ok(entries)
}

/// Removes what was staged by a process that was killed before the change began.
pub(super) fn clear(disk: &Disk) -> Result<(), JournalError> {
    for id in names(disk, FOLDER)? {
        if Folder::open(disk, &id)?.is_some() {
            continue;
        }
        for name in [CONTENTS, KEPT] {
            empty(disk, &place(&id, name))?;
        }
        empty(disk, &format!("{FOLDER}/{id}"))?;
    }
    Ok(())
}

/// Removes what is written about a change, as if it had never begun, and the folders that were made
/// for that, the lowest first. Journals go first: what has none is cleared away at the latest when
/// another change begins.
pub(super) fn discard(trees: &[(&Disk, &[String])], id: &str) -> Result<(), JournalError> {
    for (disk, _) in trees {
        disk.remove(&[&place(id, JOURNAL)])?;
    }
    for (disk, made) in trees {
        clear(disk)?;
        made.iter()
            .try_for_each(|folder| disk.remove_empty_folder(folder))?;
    }
    Ok(())
}

/// The folders above the changes of a tree that are not there yet, the lowest first.
pub(super) fn missing(disk: &Disk) -> Result<Vec<String>, JournalError> {
    let files = files(disk)?;
    let above = iter::once(FOLDER).chain(disk::above(FOLDER));
    let missing = above.filter(|folder| files.get(folder).content == Content::Missing);
    Ok(missing.map(str::to_owned).collect())
}

/// Removes a folder of files.
fn empty(disk: &Disk, folder: &str) -> Result<(), JournalError> {
    disk.empty_folder(folder, |_| false)?;
    Ok(disk.remove_folder(folder)?)
}

/// Writes the plan, what it is going to write to this tree, and what is there now.
pub(super) fn stage(
    tree: &Tree,
    id: &str,
    plan: &Plan,
    secrets: &Secrets,
) -> Result<(), JournalError> {
    let mut files = vec![
        plan_file(&place(id, PLAN), plan)?,
        NewFile::new(place(id, NODE), 0o600, format!("{}\n", tree.node)),
    ];
    for digest in staged(plan, &tree.node) {
        let content = secrets
            .get(digest)
            .ok_or_else(|| JournalError::Lost(digest.0.clone()))?;
        files.push(NewFile::new(
            content_place(id, CONTENTS, digest),
            0o600,
            content,
        ));
    }
    if let Some(path) = changed(tree, plan)? {
        return Err(JournalError::Changed(tree.disk.named(path)));
    }
    let mut kept = BTreeSet::new();
    for (path, digest) in first(plan, &tree.node) {
        let now = look(&tree.disk, path)?;
        if let (Some(digest), Some((bytes, _))) = (digest, now)
            && kept.insert(digest)
        {
            files.push(NewFile {
                content: bytes,
                ..NewFile::new(content_place(id, KEPT, digest), 0o600, [])
            });
        }
    }
    let progress = Progress {
        plan,
        order: &plan.order(),
        done: &BTreeSet::new(),
    };
    let own = plan.nodes.iter().find(|own| own.name == tree.node);
    let strayed = own.map(|own| world::strayed(&tree.disk, progress, own));
    if let Some(strayed) = strayed.transpose()?.flatten() {
        return Err(JournalError::Changed(tree.disk.named(&strayed.path)));
    }
    let owners = owners(plan, tree)?;
    if !owners.is_empty() {
        let text = serde_json::to_vec(&owners).unwrap_or_default();
        files.push(NewFile::new(place(id, OWNERS), 0o600, text));
    }
    let made = made(plan, tree)?;
    if !made.is_empty() {
        let text = serde_json::to_vec(&made).unwrap_or_default();
        files.push(NewFile::new(place(id, FOLDERS), 0o600, text));
    }
    let folder = |path: String| disk::Folder { path, mode: 0o700 };
    let folders = [
        "/var/lib/kubepki".to_owned(),
        FOLDER.to_owned(),
        format!("{FOLDER}/{id}"),
        place(id, CONTENTS),
        place(id, KEPT),
    ];
    Ok(tree.disk.write(&folders.map(folder), &files)?)
}

/// A path that the plan writes, at which does not lie what did when it was made.
pub(super) fn changed<'a>(tree: &'a Tree, plan: &'a Plan) -> Result<Option<&'a str>, JournalError> {
    for (path, digest) in first(plan, &tree.node) {
        let now = look(&tree.disk, path)?;
        if now.map(|(bytes, _)| Digest::of(&bytes)).as_ref() != digest {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Whom the files belong to that a plan removes: nothing will be there to tell.
fn owners(plan: &Plan, tree: &Tree) -> Result<Owners, JournalError> {
    let files = files(&tree.disk)?;
    let gone = plan
        .written(&tree.node)
        .filter(|file| file.content.is_none());
    let owned = gone.filter_map(|file| {
        let attributes = files.get(&file.path).attributes?;
        Some((file.path.clone(), (attributes.uid, attributes.gid)))
    });
    Ok(owned.collect())
}

/// The folders that come with the files of a plan: they are not there yet.
fn made(plan: &Plan, tree: &Tree) -> Result<BTreeSet<String>, JournalError> {
    let files = files(&tree.disk)?;
    let is_missing = |folder: &&str| files.get(folder).content == Content::Missing;
    let above = plan
        .written(&tree.node)
        .flat_map(|file| disk::above(&file.path));
    let own = plan.nodes.iter().filter(|own| own.name == tree.node);
    let named = own.flat_map(|own| own.folders.keys());
    let named = named.flat_map(|folder| iter::once(&**folder).chain(disk::above(folder)));
    let folders = above.chain(named);
    Ok(folders.filter(is_missing).map(str::to_owned).collect())
}

/// The node for which a change was staged in a tree, whether or not it has begun there.
pub(super) fn staged_for(disk: &Disk, id: &str) -> Result<Option<String>, JournalError> {
    let found = look(disk, &place(id, NODE))?;
    Ok(found.map(|(bytes, _)| String::from_utf8_lossy(&bytes).trim_end().to_owned()))
}

/// The plan of a change, whether or not it has begun.
pub(super) fn plan(disk: &Disk, id: &str) -> Result<Plan, JournalError> {
    let path = place(id, PLAN);
    let lost = || JournalError::Lost(disk.named(&path));
    read_plan(disk, &path)?.ok_or_else(lost)
}

fn read_plan(disk: &Disk, path: &str) -> Result<Option<Plan>, JournalError> {
    let Some((text, _)) = look(disk, path)? else {
        return Ok(None);
    };
    let read = serde_json::from_slice(&text).map_err(|source| JournalError::Read {
        path: disk.named(path),
        why: source.to_string(),
    });
    read.map(Some)
}

fn content_place(id: &str, folder: &str, digest: &Digest) -> String {
    format!("{}/{}", place(id, folder), digest.0)
}

fn plan_file(path: &str, plan: &Plan) -> Result<NewFile, JournalError> {
    let text = serde_json::to_vec_pretty(plan).map_err(|source| JournalError::Read {
        path: path.to_owned(),
        why: source.to_string(),
    })?;
    Ok(NewFile::new(path, 0o600, text).replacing())
}

/// What the plan writes on a node.
fn staged<'a>(plan: &'a Plan, node: &'a str) -> BTreeSet<&'a Digest> {
    plan.written(node)
        .filter_map(|file| file.content.as_ref())
        .collect()
}

/// What lies at the paths that a plan writes on a node, before its first step.
fn first<'a>(plan: &'a Plan, node: &'a str) -> Vec<(&'a str, Option<&'a Digest>)> {
    let own = plan.nodes.iter().find(|own| own.name == node);
    let paths: BTreeSet<&str> = plan.written(node).map(|file| file.path.as_str()).collect();
    let held = |path| match own.and_then(|own| own.files.get(path)) {
        Some(Item::File { content, .. }) => Some(content),
        _ => None,
    };
    paths.into_iter().map(|path| (path, held(path))).collect()
}

impl Folder {
    /// A journal with its first line.
    pub(super) fn begin(tree: &Tree, id: &str) -> Result<Self, JournalError> {
        let record = Record::Change {
            schema: SCHEMA.to_owned(),
            id: id.to_owned(),
            node: tree.node.clone(),
        };
        let line = record.line(UtcDateTime::now());
        let file = NewFile::new(place(id, JOURNAL), 0o600, line);
        tree.disk.write(&[], &[file])?;
        Folder::open(&tree.disk, id)?.ok_or_else(|| JournalError::NoChange(id.to_owned()))
    }

    /// The change of that name, when it has begun.
    pub(super) fn open(disk: &Disk, id: &str) -> Result<Option<Self>, JournalError> {
        if id.is_empty() || id.starts_with('.') || id.contains('/') {
            return Ok(None);
        }
        let path = place(id, JOURNAL);
        let Some((text, _)) = look(disk, &path)? else {
            return Ok(None);
        };
        let named = disk.named(&path);
        let (lines, length) = record::read(&named, &text)?;
        let foreign = |why: &str| JournalError::Foreign {
            path: named.clone(),
            line: 1,
            why: why.to_owned(),
        };
        let node = match lines.first().map(|line| &line.record) {
            Some(Record::Change { schema, .. }) if schema != SCHEMA => {
                return Err(foreign(&format!(
                    "its schema is `{schema}`, and should be `{SCHEMA}`"
                )));
            }
            Some(Record::Change { id: own, .. }) if own != id => {
                return Err(foreign(&format!("it is that of {own}")));
            }
            Some(Record::Change { node, .. }) => node.clone(),
            _ => return Err(foreign("it does not say which change it is of")),
        };
        Ok(Some(Folder {
            id: id.to_owned(),
            node,
            lines,
            length,
        }))
    }

    /// The plan, and the one that takes it back.
    pub(super) fn plans(&self, disk: &Disk) -> Result<(Plan, Option<Plan>), JournalError> {
        let back = read_plan(disk, &place(&self.id, BACK))?;
        Ok((plan(disk, &self.id)?, back))
    }

    pub(super) fn put_back_plan(&self, disk: &Disk, back: &Plan) -> Result<(), JournalError> {
        let file = plan_file(&place(&self.id, BACK), back)?;
        Ok(disk.write(&[], &[file])?)
    }

    /// Adds a line, in place of one that a crash cut.
    pub(super) fn write(&mut self, disk: &Disk, record: Record) -> Result<(), JournalError> {
        let now = UtcDateTime::now();
        let text = record.line(now);
        disk.write_end(&place(&self.id, JOURNAL), self.length, &text)?;
        self.length += text.len() as u64;
        self.lines.extend(record::read(JOURNAL, &text)?.0);
        Ok(())
    }

    /// What a file shall hold, or held before.
    pub(super) fn content(
        &self,
        disk: &Disk,
        digest: &Digest,
    ) -> Result<Zeroizing<Vec<u8>>, JournalError> {
        for folder in [CONTENTS, KEPT] {
            let path = content_place(&self.id, folder, digest);
            if let Some((bytes, _)) = look(disk, &path)?
                && Digest::of(&bytes) == *digest
            {
                return Ok(bytes);
            }
        }
        let path = content_place(&self.id, CONTENTS, digest);
        Err(JournalError::Lost(disk.named(&path)))
    }

    /// Whom a file belonged to that the change removes.
    pub(super) fn owner(&self, disk: &Disk, path: &str) -> Option<(u32, u32)> {
        let (text, _) = look(disk, &place(&self.id, OWNERS)).ok()??;
        let owners: Owners = serde_json::from_slice(&text).ok()?;
        owners.get(path).copied()
    }

    /// The folders that came with the change.
    pub(super) fn made(&self, disk: &Disk) -> BTreeSet<String> {
        let text = look(disk, &place(&self.id, FOLDERS)).ok().flatten();
        let made = text.and_then(|(text, _)| serde_json::from_slice(&text).ok());
        made.unwrap_or_default()
    }

    /// Removes what was staged, but for this.
    pub(super) fn keep_staged(
        &self,
        disk: &Disk,
        needed: &BTreeSet<Digest>,
    ) -> Result<(), JournalError> {
        let is_needed = |name: &str| needed.contains(&Digest(name.to_owned()));
        Ok(disk.empty_folder(&place(&self.id, CONTENTS), is_needed)?)
    }

    pub(super) fn forget(&mut self, disk: &Disk) -> Result<(), JournalError> {
        if !self.is_forgotten() {
            self.write(disk, Record::Forgets)?;
        }
        [CONTENTS, KEPT]
            .iter()
            .try_for_each(|name| empty(disk, &place(&self.id, name)))
    }

    fn entry(&self, disk: &Disk) -> Result<Entry, JournalError> {
        let at = |line: Option<&record::Line>| line.map_or(String::new(), |line| line.at.clone());
        Ok(Entry {
            id: self.id.clone(),
            node: self.node.clone(),
            wish: self.plans(disk)?.0.wish,
            at: [at(self.lines.first()), at(self.lines.last())],
            state: match (self.is_back(), self.has_ended()) {
                (false, false) => State::UnderWay,
                (false, true) => State::Done,
                (true, false) => State::TakingBack,
                (true, true) => State::TakenBack,
            },
            kept: !self.is_forgotten(),
        })
    }

    /// Removes what writing left behind.
    pub(super) fn sweep(&self, disk: &Disk) {
        disk.sweep(&format!("{FOLDER}/{}", self.id));
    }

    /// The lines since the direction last changed.
    fn leg(&self) -> &[record::Line] {
        let turn = |line: &record::Line| line.record == Record::TakesBack;
        let at = self.lines.iter().rposition(turn);
        &self.lines[at.map_or(0, |at| at + 1)..]
    }

    /// The steps that have begun, and those that are done.
    pub(super) fn steps(&self) -> (BTreeSet<StepId>, BTreeSet<StepId>) {
        let records = || self.leg().iter().map(|line| &line.record);
        let begun = records().filter_map(|record| match record {
            Record::Begins { step } => Some(*step),
            _ => None,
        });
        let done = records().filter_map(|record| match record {
            Record::Done { step } => Some(*step),
            _ => None,
        });
        (begun.collect(), done.collect())
    }

    pub(super) fn is_back(&self) -> bool {
        self.has(&Record::TakesBack)
    }

    pub(super) fn has_ended(&self) -> bool {
        self.leg().iter().any(|line| line.record == Record::Ends)
    }

    pub(super) fn is_forgotten(&self) -> bool {
        self.has(&Record::Forgets)
    }

    fn has(&self, record: &Record) -> bool {
        self.lines.iter().any(|line| line.record == *record)
    }
}
