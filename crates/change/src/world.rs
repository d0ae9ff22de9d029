//! Whether a node is still as a plan's proof takes it to be: at every path that the plan knows of lies
//! what should by now, and nothing is run there by files that it does not know.

use std::collections::{BTreeMap, BTreeSet};
use std::{fmt, str};

use cluster::files::Entry;
use cluster::{Files, Inventory, Process};

use crate::disk::Disk;
use crate::journal::{JournalError, look};
use crate::plan::schedule::manifests;
use crate::plan::{Action, Digest, Item, Node, Plan, StepId, Written};
use crate::restart::annotate;

/// How far a plan is.
#[derive(Clone, Copy)]
pub(crate) struct Progress<'a> {
    pub plan: &'a Plan,
    /// The steps in the order in which they are done.
    pub order: &'a [StepId],
    pub done: &'a BTreeSet<StepId>,
}

/// Somebody else was there.
pub(crate) struct Strayed {
    /// Where, on the node.
    pub path: String,
    pub how: How,
    /// What should lie there, when it is a file.
    pub should: Option<Digest>,
}

/// What somebody else did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// There is something where nothing should be.
    Appeared,
    /// There is nothing where something should be.
    Vanished,
    /// There is something else.
    Changed,
    /// It is the same, with other permission bits, which make a difference.
    Permissions {
        /// What they are.
        are: u32,
        /// What they should be.
        should: u32,
    },
}

/// What may lie at a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lies<'a> {
    Nothing,
    /// What it holds, and its permission bits.
    File(&'a Digest, u32),
    Link(&'a str),
    Folder,
}

/// Everything that the proof relied on, and what the steps so far made of it.
///
/// # Errors
/// When something cannot be read.
pub(crate) fn strayed(
    disk: &Disk,
    progress: Progress<'_>,
    node: &Node,
) -> Result<Option<Strayed>, JournalError> {
    let wrong = |path: &str, why: String| JournalError::Read {
        path: disk.named(path),
        why,
    };
    let files =
        Files::on_disk(disk.root(), false).map_err(|source| wrong("/", source.to_string()))?;
    let read = Inventory::read(vec![(None, files)]);
    let written = written(progress, node);
    let known = known(node, &written);
    let (mut now, mut run) = (BTreeMap::new(), BTreeSet::new());
    let mut is_all_root = true;
    let is_root = |process: &Process| {
        let user = process.run_as_user.as_ref();
        user.is_none_or(|user| user.value == "0")
    };
    for own in &read.nodes {
        is_all_root &= own.processes.values().all(is_root);
        known.keys().for_each(|path| drop(own.files.get(path)));
        now.extend(own.files.looked_at().0);
        run.extend(manifests(own));
    }
    for (path, may) in &known {
        let lies = now.get(*path);
        if let Some(Entry::Unreadable(why, _) | Entry::Refused(why)) = lies {
            return Err(wrong(path, why.clone()));
        }
        if !written.contains_key(path) && is_the_kubelets(path) {
            continue;
        }
        let is_it = may.iter().filter(|one| one.is(lies, progress.plan));
        let is_it: Vec<_> = is_it.collect();
        if is_it.is_empty() {
            return Ok(Some(Strayed::of(path, may, lies.is_some())));
        }
        let odd = is_it
            .iter()
            .map(|one| one.permissions(lies, progress.plan, is_all_root));
        let odd: Option<Vec<How>> = odd.collect();
        if let Some(how) = odd.and_then(|all| all.first().copied()) {
            return Ok(Some(Strayed {
                path: (*path).to_owned(),
                how,
                should: None,
            }));
        }
    }
    let is_new = |path: &str| now.contains_key(path) && !known.contains_key(path);
    let new = run.into_iter().find(|path| is_new(path));
    Ok(new.map(|path| Strayed::of(&path, &[Lies::Nothing], true)))
}

/// Whether what the plan writes may be written: what lies there is known.
///
/// # Errors
/// When something cannot be read.
pub(crate) fn strayed_of_written(
    disk: &Disk,
    progress: Progress<'_>,
    node: &Node,
) -> Result<Option<Strayed>, JournalError> {
    for (path, may) in written(progress, node) {
        let now = look(disk, path)?.map(|(bytes, _)| bytes);
        let bytes = now.as_ref().map(|bytes| bytes.as_slice());
        if !may.iter().any(|one| one.holds(bytes, progress.plan)) {
            return Ok(Some(Strayed::of(path, &may, now.is_some())));
        }
    }
    Ok(None)
}

/// What may lie at every path that the plan knows of.
fn known<'a>(
    node: &'a Node,
    written: &BTreeMap<&'a str, Vec<Lies<'a>>>,
) -> BTreeMap<&'a str, Vec<Lies<'a>>> {
    let absent = node.absent.iter().map(|path| (&**path, Lies::Nothing));
    let files = node
        .files
        .iter()
        .map(|(path, item)| (&**path, Lies::of(item)));
    let first = absent.chain(files).map(|(path, lies)| (path, vec![lies]));
    let mut known: BTreeMap<&str, Vec<Lies<'_>>> = first.collect();
    known.extend(written.clone());
    known
}

/// What may lie at every path that is written: what should by now, then what will next, since an
/// interrupted step leaves some of these.
fn written<'a>(progress: Progress<'a>, node: &'a Node) -> BTreeMap<&'a str, Vec<Lies<'a>>> {
    let first = |path: &str| node.files.get(path).map_or(Lies::Nothing, Lies::of);
    let mut written: BTreeMap<&str, Vec<Lies<'_>>> = BTreeMap::new();
    for id in progress.order {
        let step = progress.plan.steps.get(id.0 - 1);
        let Some(Action::Write(files)) = step
            .filter(|step| step.node == node.name)
            .map(|step| &step.action)
        else {
            continue;
        };
        for file in files {
            let may = written
                .entry(&file.path)
                .or_insert_with(|| vec![first(&file.path)]);
            if progress.done.contains(id) {
                *may = vec![Lies::after(file)];
            } else if may.len() == 1 {
                may.push(Lies::after(file));
            }
        }
    }
    written
}

/// What the kubelet makes beside what it has, without anybody who tells it to: new certificates from
/// the cluster, the link to the one that counts (client-go
/// `util/certificate/certificate_store.go`), and a pair of its own where it has none.
fn is_the_kubelets(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_from_cluster = ["kubelet-client-", "kubelet-server-"]
        .iter()
        .any(|start| name.starts_with(start) && name.ends_with(".pem"));
    is_from_cluster || matches!(name, "kubelet.crt" | "kubelet.key")
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            How::Appeared => {
                f.write_str("there is something that was not there when the plan was made")
            }
            How::Vanished => f.write_str("there is nothing any more"),
            How::Changed => f.write_str("there is not what should be by now"),
            How::Permissions { are, should } => {
                write!(
                    f,
                    "its permission bits are {are:04o}, and should be {should:04o}"
                )
            }
        }
    }
}

impl<'a> Lies<'a> {
    fn of(item: &'a Item) -> Self {
        match item {
            Item::File { content, mode } => Lies::File(content, *mode),
            Item::Link(target) => Lies::Link(target),
            Item::Folder { .. } => Lies::Folder,
        }
    }

    fn after(file: &'a Written) -> Self {
        let content = file.content.as_ref();
        content.map_or(Lies::Nothing, |content| Lies::File(content, file.mode))
    }

    /// Whether that is what lies there. Of folders it counts what is in them, and a socket is nothing
    /// that is read.
    fn is(self, now: Option<&Entry>, plan: &Plan) -> bool {
        match (self, now) {
            (Lies::Nothing | Lies::Folder, None | Some(Entry::Directory(..))) => true,
            (Lies::Nothing, Some(Entry::Special(_))) => true,
            (Lies::File(..), Some(Entry::File(bytes, _))) => self.holds(Some(bytes), plan),
            (Lies::Link(target), Some(Entry::Link(now))) => target == now,
            _ => false,
        }
    }

    /// Whether that is what a file holds, but for the annotation that a restart left.
    fn holds(self, now: Option<&[u8]>, plan: &Plan) -> bool {
        let Lies::File(digest, _) = self else {
            return self == Lies::Nothing && now.is_none();
        };
        now.is_some_and(|now| {
            let text = plan.contents.get(digest);
            Digest::of(now) == *digest
                || text.is_some_and(|text| is_restarted(text.as_bytes(), &archive::redact(now)))
        })
    }
}

/// What the group and others may do.
const OTHERS: u32 = 0o077;

/// What the group and others may change.
const OTHERS_WRITE: u32 = 0o022;

/// What whoever it is may read.
const READ: u32 = 0o444;

impl Lies<'_> {
    /// Whether a file's permission bits are others, as far as that makes a difference: of what is secret,
    /// who may read it; of everything, who else may change it, and, where a component is not root, to
    /// whom all files are open, whether it may still be read.
    fn permissions(self, now: Option<&Entry>, plan: &Plan, is_all_root: bool) -> Option<How> {
        let (Lies::File(digest, should), Some(Entry::File(_, attributes))) = (self, now) else {
            return None;
        };
        let are = attributes.mode;
        let is_shown = |text: &String| Digest::of(text.as_bytes()) == *digest;
        let is_secret = !plan.contents.get(digest).is_some_and(is_shown);
        // Whoever closes a file further does no harm by it.
        let open = are & if is_secret { OTHERS } else { OTHERS_WRITE };
        let lost = if is_all_root { 0 } else { READ & should };
        let is_odd = (are ^ should) & (open | lost) != 0;
        is_odd.then_some(How::Permissions {
            are,
            should: should & 0o7777,
        })
    }
}

impl Strayed {
    fn of(path: &str, may: &[Lies<'_>], is_there: bool) -> Self {
        let should = may.first().and_then(|lies| match lies {
            Lies::File(digest, _) => Some((*digest).clone()),
            _ => None,
        });
        let how = match (may.first(), is_there) {
            (Some(Lies::Nothing), _) => How::Appeared,
            (_, false) => How::Vanished,
            _ => How::Changed,
        };
        Strayed {
            path: path.to_owned(),
            how,
            should,
        }
    }
}

/// Whether a manifest is another but for the annotation.
fn is_restarted(one: &[u8], other: &[u8]) -> bool {
    let same_time = |bytes| annotate(str::from_utf8(bytes).ok()?, "").ok();
    let one = same_time(one);
    one.is_some() && one == same_time(other)
}
