//! Going through the steps of a change: each one after a look at the world, each one written down
//! before it begins and when it is done, and each one fit to be done once more.

use std::collections::BTreeSet;

use cluster::Component;
use thiserror::Error;

use crate::disk::{Disk, DiskError, Folder, NewFile, above};
use crate::journal::{Change, JournalError, State, look};
use crate::plan::{Action, Awaited, Digest, Expected, Plan, Published, Step, StepId, Written};
use crate::publish::PublishError;
use crate::restart::RestartError;
use crate::world::{self, Progress};

pub use crate::world::How;

/// Whoever does what is not done with files.
pub trait Hands {
    /// Starts a component again, and waits until it is healthy.
    ///
    /// # Errors
    /// When it did not start.
    fn restart(&mut self, step: Doing<'_>, component: Component) -> Result<Did, RestartError>;

    /// Waits until a component has taken up files.
    ///
    /// # Errors
    /// When it still serves a certificate of before.
    fn wait(&mut self, step: Doing<'_>, awaited: &Awaited) -> Result<Did, RestartError>;

    /// Exchanges bundles in objects of the API.
    ///
    /// # Errors
    /// When the API does not do it, or somebody else changed them.
    fn publish(&mut self, step: Doing<'_>, all: &[Published]) -> Result<Did, PublishError>;

    /// Waits until the cluster has published what it keeps itself.
    ///
    /// # Errors
    /// When it does not.
    fn expect(&mut self, step: Doing<'_>, all: &[Expected]) -> Result<Did, PublishError>;

    /// Has somebody do something.
    fn hand_over(&mut self, step: Doing<'_>, words: &str) -> Did;

    /// Is told how far it has come.
    fn tell(&mut self, step: Doing<'_>, moment: Moment);
}

/// A step that is done, and where.
#[derive(Clone, Copy)]
pub struct Doing<'a> {
    /// Whose.
    pub plan: &'a Plan,
    /// Which.
    pub id: StepId,
    /// The step.
    pub step: &'a Step,
    /// The tree of its node; people and pods have none.
    pub disk: Option<&'a Disk>,
    /// Whether somebody has said by now that it has been done: it is not done again, but what can be
    /// seen of it is looked at.
    pub told: &'a dyn Fn() -> bool,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Did {
    /// It is done.
    Done,
    /// It was not needed.
    Skipped,
    /// Somebody has to do it first, and to say so.
    Waits,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It begins.
    Begins,
    /// It ended so.
    Ends(Did),
}

/// How far a change has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every step is done.
    Done,
    /// This step waits for somebody.
    Waits(StepId),
}

/// Why it did not go on. What was done is done, and written down.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// Something cannot be read, or not be written down.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A file cannot be written.
    #[error("step {step}: {source}")]
    Disk {
        /// Which step.
        step: StepId,
        /// Why not.
        source: DiskError,
    },
    /// A component did not start again, or serves something else than it should.
    #[error("step {step}: {component} on {node}: {source}")]
    Restart {
        /// Which step.
        step: StepId,
        /// Which component.
        component: Component,
        /// Where.
        node: String,
        /// Why not.
        source: Box<RestartError>,
    },
    /// Objects of the API are not as they shall be.
    #[error("step {step}: {source}")]
    Publish {
        /// Which step.
        step: StepId,
        /// Why not.
        source: PublishError,
    },
    /// Somebody else was there.
    #[error("before step {step}: {how}: `{path}`; somebody else has been there")]
    Moved {
        /// Which step.
        step: StepId,
        /// Which file.
        path: String,
        /// What was done to it.
        how: How,
        /// What it should hold, when that is kept for the change.
        kept: Option<Digest>,
        /// The change.
        id: String,
    },
}

impl ApplyError {
    /// What can be done about it, when there is something to say.
    pub fn hint(&self) -> Option<String> {
        match self {
            ApplyError::Journal(error) => error.hint(),
            ApplyError::Disk { source, .. } => source.hint().map(str::to_owned),
            ApplyError::Restart { source, .. } => source.hint().map(str::to_owned),
            ApplyError::Publish { source, .. } => Some(source.hint().to_owned()),
            ApplyError::Moved {
                kept: Some(Digest(digest)),
                id,
                ..
            } => Some(format!(
                "find out who did; put back what it held, {0}/{id}/kept/{digest} or {0}/{id}/contents/{digest}, \
                 and go on, or take the change back from there",
                crate::journal::FOLDER
            )),
            ApplyError::Moved { id, .. } => Some(format!(
                "find out who did: the plan was proven without it; make it as it was, and go on with kubepki apply {id}, \
                 or take the change back with kubepki undo {id}, and plan anew"
            )),
        }
    }
}

/// Does the steps that are not done yet, as far as nobody has to be waited for.
///
/// # Errors
/// When a step cannot be done, or the world is not as it should be.
pub fn apply(change: &mut Change, hands: &mut dyn Hands) -> Result<Ended, ApplyError> {
    for id in change.order().to_vec() {
        if change.done().contains(&id) {
            continue;
        }
        if step(change, id, &|| false, hands)? == Did::Waits {
            return Ok(Ended::Waits(id));
        }
    }
    change.end()?;
    Ok(Ended::Done)
}

/// Does one step, and writes down that it begins and, unless somebody has to be waited for, that it
/// is done. `told` says whether somebody has said so by now.
///
/// # Errors
/// When it cannot be done, or the world is not as it should be.
pub fn step(
    change: &mut Change,
    id: StepId,
    told: &dyn Fn() -> bool,
    hands: &mut dyn Hands,
) -> Result<Did, ApplyError> {
    check(change, id)?;
    change.begins(id)?;
    let did = match doing(change, id, told) {
        Some(doing) => {
            hands.tell(doing, Moment::Begins);
            let did = carry_out(change, doing, hands)?;
            hands.tell(doing, Moment::Ends(did));
            did
        }
        None => Did::Skipped,
    };
    if did != Did::Waits {
        change.is_done(id)?;
    }
    Ok(did)
}

fn doing<'a>(change: &'a Change, id: StepId, told: &'a dyn Fn() -> bool) -> Option<Doing<'a>> {
    let plan = change.plan();
    let step = plan.steps.get(id.0 - 1)?;
    let disk = change.disk(&step.node);
    Some(Doing {
        plan,
        id,
        step,
        disk,
        told,
    })
}

fn carry_out(change: &Change, doing: Doing<'_>, hands: &mut dyn Hands) -> Result<Did, ApplyError> {
    let id = doing.id;
    let failed = |component: &Component, source| ApplyError::Restart {
        step: id,
        component: *component,
        node: doing.step.node.clone(),
        source: Box::new(source),
    };
    match &doing.step.action {
        Action::Write(files) => write(change, doing, files),
        Action::Restart(component) => {
            let did = hands.restart(doing, *component);
            did.map_err(|source| failed(component, source))
        }
        Action::Await(awaited) => {
            let did = hands.wait(doing, awaited);
            did.map_err(|source| failed(&awaited.component, source))
        }
        Action::Publish(all) => {
            let did = hands.publish(doing, all);
            did.map_err(|source| ApplyError::Publish { step: id, source })
        }
        Action::Expect(all) => {
            let did = hands.expect(doing, all);
            did.map_err(|source| ApplyError::Publish { step: id, source })
        }
        Action::HandOver(words) => Ok(hands.hand_over(doing, words)),
    }
}

/// Writes what is not yet as it should be. What people and pods are given is written nowhere here.
fn write(change: &Change, doing: Doing<'_>, files: &[Written]) -> Result<Did, ApplyError> {
    let Some(disk) = doing.disk else {
        return Ok(Did::Done);
    };
    let mut new = Vec::new();
    let mut gone = Vec::new();
    for file in files {
        let now = look(disk, &file.path)?;
        let Some(digest) = &file.content else {
            gone.extend(now.map(|_| file.path.as_str()));
            continue;
        };
        let is_right = |(bytes, mode)| mode == file.mode && Digest::of(bytes) == *digest;
        if !now
            .as_ref()
            .is_some_and(|(bytes, mode)| is_right((bytes, *mode)))
        {
            new.push(NewFile {
                content: change.content(&doing.step.node, digest)?,
                owner: change.owner(&doing.step.node, &file.path),
                ..NewFile::new(&file.path, file.mode, [])
                    .replacing()
                    .exactly()
            });
        }
    }
    let emptied = emptied(change, doing, files);
    let written = disk
        .write(&folders(doing), &new)
        .and_then(|()| disk.remove(&gone))
        .and_then(|()| {
            let mut folders = emptied.iter().rev();
            folders.try_for_each(|folder| disk.remove_empty_folder(folder))
        });
    written.map_err(|source| ApplyError::Disk {
        step: doing.id,
        source,
    })?;
    Ok(Did::Done)
}

/// The folders that have to be there.
fn folders(doing: Doing<'_>) -> Vec<Folder> {
    let mut nodes = doing.plan.nodes.iter();
    let own = nodes.find(|node| node.name == doing.step.node);
    let folders = own.into_iter().flat_map(|node| &node.folders);
    let folder = |(path, mode): (&String, &u32)| Folder {
        path: path.clone(),
        mode: *mode,
    };
    folders.map(folder).collect()
}

/// The folders that came with the change, of files that go: with the last of these they go too, those
/// further down first, which are the later ones here. On the way back all go in which nothing is.
fn emptied(change: &Change, doing: Doing<'_>, files: &[Written]) -> BTreeSet<String> {
    let gone = files.iter().filter(|file| file.content.is_none());
    let above: BTreeSet<&str> = gone.flat_map(|file| above(&file.path)).collect();
    let is_back = change.state() == State::TakingBack;
    let made = change.made(&doing.step.node);
    made.into_iter()
        .filter(|folder| is_back || above.contains(&**folder))
        .collect()
}

/// Everything that the proof relied on is there as it was, but for what the steps so far made of it.
/// On the way back it is enough that nobody else has written what will be written: whoever changed
/// something else may want to go back for that very reason.
fn check(change: &Change, id: StepId) -> Result<(), ApplyError> {
    let strayed = match change.state() {
        State::TakingBack | State::TakenBack => world::strayed_of_written,
        State::UnderWay | State::Done => world::strayed,
    };
    let progress = Progress {
        plan: change.plan(),
        order: change.order(),
        done: change.done(),
    };
    for node in &change.plan().nodes {
        let Some(disk) = change.disk(&node.name) else {
            continue;
        };
        let Some(strayed) = strayed(disk, progress, node)? else {
            continue;
        };
        let is_kept = |digest: &Digest| change.content(&node.name, digest).is_ok();
        return Err(ApplyError::Moved {
            step: id,
            path: disk.named(&strayed.path),
            how: strayed.how,
            kept: strayed.should.filter(is_kept),
            id: change.id().to_owned(),
        });
    }
    Ok(())
}
