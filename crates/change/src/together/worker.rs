//! The part of a node: what it says of itself, what it makes of a draft, and its own steps.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use authority::objects::CertificateKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::Files;
use serde::Serialize;
use time::UtcDateTime;

use super::planner::{Draft, Filled};
use super::said::{self, Answer, Record, State, lock, now, planning, record_key, to_json, working};
use super::view::{Own, View};
use super::{Progress, Store, TogetherError, What, When};
use crate::apply::{self, Did, Hands};
use crate::disk::Disk;
use crate::journal::{self, Change, JournalError, Staged, Tree};
use crate::plan::{Plan, Secrets, Step, StepId};
use crate::prove::prove;

/// Works for one node.
pub struct Worker<'a> {
    store: &'a dyn Store,
    node: String,
    root: PathBuf,
    key: Option<&'a CertificateKey>,
    /// By which its sign of life is told from that of another.
    token: String,
    planned: Option<Planned>,
}

/// What is at hand while something is planned.
struct Planned {
    id: String,
    view: View,
    own: Own,
    filled: Secrets,
    has_filled: bool,
    staged: Option<Staged>,
    has_staged: bool,
}

/// What a worker tells, once when it begins to be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing is to be done.
    Idle,
    /// Something is being planned.
    Planning {
        /// What for.
        wish: String,
        /// On which node.
        by: String,
    },
    /// Others have to do something first.
    Waits {
        /// For this step.
        step: StepId,
        /// Of this node, or people or pods.
        node: String,
        /// When it began, as RFC 3339 writes it.
        begun: Option<String>,
        /// Whether somebody works there.
        is_there: bool,
    },
    /// Somebody has to do something, and say so.
    Asks(StepId),
    /// Somebody else's kubepki has to end first.
    Busy,
}

impl<'a> Worker<'a> {
    /// For the node of this name, whose file tree is there. The keys of authorities reach it only when
    /// they are sealed with `key`.
    pub fn new(
        store: &'a dyn Store,
        node: &str,
        root: PathBuf,
        key: Option<&'a CertificateKey>,
    ) -> Self {
        let token = format!(
            "{} {:?} {}",
            std::process::id(),
            std::thread::current().id(),
            now()
        );
        Worker {
            store,
            node: node.to_owned(),
            root,
            key,
            token,
            planned: None,
        }
    }

    /// Whether somebody else works for the node.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub fn is_taken(&self) -> Result<bool, TogetherError> {
        let key = working(&self.node);
        let found = self.store.read(&key)?.values.remove(&key);
        Ok(found.is_some_and(|token| token != self.token.as_bytes()))
    }

    /// Takes part in what is planned, until a change has begun, and gives what it has of that;
    /// nothing when it was stopped before.
    ///
    /// # Errors
    /// When somebody else works for the node, or the store or the disk cannot be used.
    pub fn next(
        &mut self,
        stop: &AtomicBool,
        tell: &mut dyn FnMut(Moment),
    ) -> Result<Option<Change>, TogetherError> {
        let mut tell = Telling::new(tell);
        while !stop.load(Ordering::Relaxed) {
            self.present(&mut tell)?;
            if let Some(change) = self.left_open()? {
                return Ok(Some(change));
            }
            match said::unfinished(self.store)? {
                Some((id, record)) if record.state == State::Planning => {
                    let Record { wish, by, .. } = record;
                    tell.say(Moment::Planning { wish, by });
                    self.take_part(&id)?;
                }
                Some((id, record)) if record.nodes.contains(&self.node) => {
                    return self.begun(&id).map(Some);
                }
                _ => {
                    tell.say(Moment::Idle);
                    self.give_up()?;
                }
            }
            self.store.pause();
        }
        self.give_up()?;
        Ok(None)
    }

    /// Gives a sign of life, and takes care that nobody else works for the node.
    fn present(&self, tell: &mut Telling<'_>) -> Result<(), TogetherError> {
        /// Longer than a sign of life stays of somebody who was killed.
        const TRIES: usize = 60;
        let key = working(&self.node);
        let mine = self.token.as_bytes();
        for _ in 0..TRIES {
            let found = self.store.read(&key)?.values.remove(&key);
            if found.as_deref() == Some(mine) {
                return Ok(());
            }
            if found.is_some() {
                tell.say(Moment::Busy);
                self.store.pause();
                continue;
            }
            let when = [When::Is(key.clone(), None)];
            let what = [What::PutWhileAlive(key.clone(), mine.to_vec())];
            self.store.write(&when, &what)?;
        }
        Err(TogetherError::Busy(self.node.clone()))
    }

    /// What was begun before, and is not at its end here.
    fn left_open(&self) -> Result<Option<Change>, TogetherError> {
        let disk = self.disk()?;
        let open = journal::list(&disk)?
            .into_iter()
            .find(journal::Entry::is_open);
        let Some(open) = open else { return Ok(None) };
        match said::record(self.store, &open.id)? {
            Some(_) => Ok(Some(journal::open_own(disk, &open.id)?)),
            None => Err(TogetherError::Unknown(open.id)),
        }
    }

    fn disk(&self) -> Result<Disk, TogetherError> {
        Ok(Disk::open(&self.root).map_err(JournalError::from)?)
    }

    fn begun(&mut self, id: &str) -> Result<Change, TogetherError> {
        let planned = self.planned.take().filter(|planned| planned.id == id);
        match planned.and_then(|planned| planned.staged) {
            Some(staged) => Ok(staged.begin()?),
            None => Ok(journal::open_own(self.disk()?, id)?),
        }
    }

    /// Nothing came of it.
    fn give_up(&mut self) -> Result<(), TogetherError> {
        match self.planned.take().and_then(|planned| planned.staged) {
            Some(staged) => Ok(staged.discard()?),
            None => Ok(()),
        }
    }

    /// Answers what is asked while something is planned.
    fn take_part(&mut self, id: &str) -> Result<(), TogetherError> {
        if self
            .planned
            .as_ref()
            .is_some_and(|planned| planned.id != id)
        {
            self.give_up()?;
        }
        let said = self.store.read(&planning(id, ""))?.values;
        let draft = said.get(&planning(id, "draft"));
        let plan = said.get(&planning(id, "plan"));
        let Some(planned) = &self.planned else {
            let asked = match (draft, plan) {
                (None, None) => return self.look(id),
                (_, None) => "filled",
                (_, Some(_)) => "ready",
            };
            // Its keys are gone.
            let why = "kubepki was started again while it was planned".to_owned();
            return self.answer::<()>(id, asked, Err(why));
        };
        match (draft, plan) {
            (Some(draft), None) if !planned.has_filled => {
                let key = planning(id, "draft");
                let Some(draft) = said::hear(self.store, &key, draft)? else {
                    return Ok(());
                };
                let filled = self.fill(&draft);
                self.answer(id, "filled", filled)
            }
            (_, Some(plan)) if !planned.has_staged => {
                let key = planning(id, "plan");
                let Some(plan) = said::hear(self.store, &key, plan)? else {
                    return Ok(());
                };
                let staged = self.stage(id, plan);
                self.answer(id, "ready", staged)
            }
            _ => Ok(()),
        }
    }

    fn answer<T: Serialize>(
        &self,
        id: &str,
        what: &str,
        answer: Result<T, String>,
    ) -> Result<(), TogetherError> {
        let key = planning(id, &format!("{what}/{}", self.node));
        let answer = match answer {
            Ok(part) => Answer::Part(part),
            Err(why) => Answer::Refused(why),
        };
        said::say(self.store, &key, &to_json(&answer))
    }

    /// Shows what the node has, and makes keys.
    fn look(&mut self, id: &str) -> Result<(), TogetherError> {
        let files = Files::on_disk(&self.root, false).map_err(|error| error.to_string());
        let at = UtcDateTime::now();
        let seen = files
            .and_then(|files| View::of(&self.node, files, at).map_err(|error| error.to_string()));
        let view = match seen {
            Ok((view, own)) => {
                self.planned = Some(Planned {
                    id: id.to_owned(),
                    view: view.clone(),
                    own,
                    filled: Secrets::default(),
                    has_filled: false,
                    staged: None,
                    has_staged: false,
                });
                Ok(view)
            }
            Err(why) => Err(why),
        };
        self.answer(id, "views", view)
    }

    /// What the node's files will really hold.
    fn fill(&mut self, draft: &Draft) -> Result<Filled, String> {
        let planned = self.planned.as_mut().ok_or("nothing is planned")?;
        planned.has_filled = true;
        if let Some((sealed, key)) = draft.sealed.as_ref().zip(self.key) {
            let sealed = STANDARD.decode(sealed).map_err(|error| error.to_string())?;
            let opened = key.open(&sealed).map_err(|error| error.to_string())?;
            planned.own.keys.add_all(&opened);
        }
        let mut filled = Filled::new();
        for file in draft.plan.written(&self.node) {
            let Some(digest) = &file.content else {
                continue;
            };
            let shown = draft.plan.contents.get(digest);
            let shown = shown.ok_or_else(|| format!("what `{}` holds is missing", file.path))?;
            let real = planned.own.fill(&planned.view, &file.path, shown);
            let real = real.map_err(|error| error.to_string())?;
            let all = filled.entry(file.path.clone()).or_default();
            all.insert(digest.clone(), planned.filled.keep(&real));
        }
        Ok(filled)
    }

    /// Looks whether a plan is one that the node would do, and puts its part on the disk.
    fn stage(&mut self, id: &str, plan: Plan) -> Result<(), String> {
        let planned = self.planned.as_mut().ok_or("nothing is planned")?;
        planned.has_staged = true;
        check(&plan, &self.node, &planned.view)?;
        let disk = Disk::open(&self.root).map_err(|error| error.to_string())?;
        let tree = Tree {
            node: self.node.clone(),
            disk,
        };
        let staged = journal::stage(id, plan, &planned.filled, tree);
        planned.staged = Some(staged.map_err(|error| error.to_string())?);
        Ok(())
    }

    /// Goes through the node's steps of a change, each when its turn has come, until all of all nodes
    /// are done, forward or back.
    ///
    /// # Errors
    /// When a step cannot be done, or the store or the disk cannot be used.
    pub fn go(
        &self,
        change: &mut Change,
        hands: &mut dyn Hands,
        tell: &mut dyn FnMut(Moment),
    ) -> Result<(), TogetherError> {
        let mut tell = Telling::new(tell);
        while !self.advance(change, hands, &mut tell)? {}
        Ok(())
    }

    /// One step, or a little patience; whether the change has ended.
    fn advance(
        &self,
        change: &mut Change,
        hands: &mut dyn Hands,
        tell: &mut Telling<'_>,
    ) -> Result<bool, TogetherError> {
        self.present(tell)?;
        let now = Now::of(self.store, change.id())?;
        if now.record.state.is_back() && !is_back(change) {
            let forward = said::progress(self.store, change.id(), false)?;
            change.take_back_from(&forward.begun.into_keys().collect())?;
        }
        if now.record.state.has_ended() {
            change.end()?;
            return Ok(true);
        }
        if is_back(change) {
            let turned = said::turned(change.id(), &self.node);
            self.store.write(&[], &[What::Put(turned, Vec::new())])?;
        }
        self.reconcile(change, &now)?;
        let lane = self.lane(change, &now.record);
        let next = lane.iter().find(|step| !change.done().contains(step));
        match next {
            Some(step) => self.try_step(change, *step, &now, hands, tell)?,
            None => self.try_end(change, &now, tell)?,
        }
        Ok(false)
    }

    /// The steps that are done here: the node's own, and, where it was planned, those of people and
    /// pods.
    fn lane(&self, change: &Change, record: &Record) -> Vec<StepId> {
        let plan = change.plan();
        let is_own = |id: &StepId| {
            let step = plan.steps.get(id.0 - 1);
            step.is_some_and(|step| {
                step.node == self.node || record.by == self.node && !plan.is_on_node(*id)
            })
        };
        change.order().iter().copied().filter(is_own).collect()
    }

    /// Tells the store what the disk knows.
    fn reconcile(&self, change: &Change, now: &Now) -> Result<(), TogetherError> {
        let open = change.done() - &now.progress.done;
        let mut open = open.into_iter();
        open.try_for_each(|step| self.say_done(change, step))
    }

    fn say_done(&self, change: &Change, step: StepId) -> Result<(), TogetherError> {
        let key = said::done(change.id(), is_back(change), step);
        let done = What::Put(key, now().into_bytes());
        self.store.write(&[], &[done])?;
        Ok(())
    }

    fn try_step(
        &self,
        change: &mut Change,
        id: StepId,
        now: &Now,
        hands: &mut dyn Hands,
        tell: &mut Telling<'_>,
    ) -> Result<(), TogetherError> {
        let after = change
            .plan()
            .steps
            .get(id.0 - 1)
            .map(|step| step.after.clone());
        let after = after.unwrap_or_default();
        if let Some(open) = after.iter().find(|step| !now.progress.done.contains(step)) {
            return self.wait_for(change, *open, now, tell);
        }
        let back = is_back(change);
        let mut when = vec![When::Is(record_key(change.id()), Some(now.raw.clone()))];
        let done = |step: &StepId| When::IsThere(said::done(change.id(), back, *step));
        when.extend(after.iter().map(done));
        if back {
            // Nobody goes forward any more.
            let nodes = now.record.nodes.iter();
            when.extend(nodes.map(|node| When::IsThere(said::turned(change.id(), node))));
        }
        let begun = said::begun(change.id(), back, id);
        let begun = What::Put(begun, said::now().into_bytes());
        if !self.store.write(&when, &[begun])? {
            self.store.pause();
            return Ok(());
        }
        tell.forget();
        let told = said::told(change.id(), back, id);
        let is_told = || self.is_there(&told);
        match apply::step(change, id, &is_told, hands)? {
            Did::Waits if now.progress.told.contains(&id) => change.is_done(id)?,
            Did::Waits => {
                tell.say(Moment::Asks(id));
                return self.wait_to_be_told(change.id(), id, now);
            }
            Did::Done | Did::Skipped => {}
        }
        self.say_done(change, id)
    }

    /// Whether something has been said; not as far as is known, where the store cannot be asked.
    fn is_there(&self, key: &str) -> bool {
        let seen = self.store.glance(key);
        seen.is_some_and(|seen| seen.values.contains_key(key))
    }

    /// Somebody has to do something, and to say so.
    fn wait_to_be_told(&self, id: &str, step: StepId, before: &Now) -> Result<(), TogetherError> {
        loop {
            self.present(&mut Telling::new(&mut |_| ()))?;
            let now = Now::of(self.store, id)?;
            if now.progress.told.contains(&step) || now.raw != before.raw {
                return Ok(());
            }
            self.store.pause();
        }
    }

    fn try_end(
        &self,
        change: &Change,
        now: &Now,
        tell: &mut Telling<'_>,
    ) -> Result<(), TogetherError> {
        let all = change.order().iter();
        let open = all.copied().find(|step| !now.progress.done.contains(step));
        if let Some(open) = open {
            return self.wait_for(change, open, now, tell);
        }
        let state = match now.record.state.is_back() {
            true => State::TakenBack,
            false => State::Done,
        };
        let ended = Record {
            state,
            ..now.record.clone()
        };
        let key = record_key(change.id());
        let when = [When::Is(key.clone(), Some(now.raw.clone()))];
        let what = [What::Put(key, to_json(&ended)), What::Remove(lock())];
        self.store.write(&when, &what)?;
        Ok(())
    }

    fn wait_for(
        &self,
        change: &Change,
        step: StepId,
        now: &Now,
        tell: &mut Telling<'_>,
    ) -> Result<(), TogetherError> {
        let node = change.plan().steps.get(step.0 - 1);
        let node = node.map_or(String::new(), |step: &Step| step.node.clone());
        let whose = match now.record.nodes.contains(&node) {
            true => &node,
            false => &now.record.by,
        };
        let key = working(whose);
        let is_there = self.store.read(&key)?.values.contains_key(&key);
        tell.say(Moment::Waits {
            step,
            node,
            begun: now.progress.begun.get(&step).cloned(),
            is_there,
        });
        self.store.pause();
        Ok(())
    }
}

/// Watches a change that others go through, until it has ended, and gives how.
///
/// # Errors
/// When the store cannot be asked, or does not know it.
pub fn follow(
    store: &dyn Store,
    id: &str,
    tell: &mut dyn FnMut(&Record, &Progress),
) -> Result<State, TogetherError> {
    loop {
        let now = Now::of(store, id)?;
        tell(&now.record, &now.progress);
        if now.record.state.has_ended() {
            return Ok(now.record.state);
        }
        store.pause();
    }
}

/// What the store says of a change.
struct Now {
    raw: Vec<u8>,
    record: Record,
    progress: Progress,
}

impl Now {
    fn of(store: &dyn Store, id: &str) -> Result<Self, TogetherError> {
        let key = record_key(id);
        let raw = store.read(&key)?.values.remove(&key);
        let raw = raw.ok_or_else(|| TogetherError::Unknown(id.to_owned()))?;
        let record: Record = said::from_json(&key, &raw)?;
        let progress = said::progress(store, id, record.state.is_back())?;
        Ok(Now {
            raw,
            record,
            progress,
        })
    }
}

/// Tells a moment once.
struct Telling<'a> {
    tell: &'a mut dyn FnMut(Moment),
    last: Option<Moment>,
}

impl<'a> Telling<'a> {
    fn new(tell: &'a mut dyn FnMut(Moment)) -> Self {
        Telling { tell, last: None }
    }

    fn say(&mut self, moment: Moment) {
        if self.last.as_ref() != Some(&moment) {
            self.last = Some(moment.clone());
            (self.tell)(moment);
        }
    }

    fn forget(&mut self) {
        self.last = None;
    }
}

fn is_back(change: &Change) -> bool {
    matches!(
        change.state(),
        journal::State::TakingBack | journal::State::TakenBack
    )
}

/// Whether a plan is one that the node would do: it is proven here too, and writes only where the PKI
/// is. What it writes was made here, from a draft.
fn check(plan: &Plan, node: &str, view: &View) -> Result<(), String> {
    let proof = prove(plan).map_err(|error| error.to_string())?;
    if let Some(breach) = proof.breach {
        return Err(format!("the plan is not safe: {} breaks", breach.what));
    }
    let own = plan.nodes.iter().find(|own| own.name == node);
    if own.is_none_or(|own| view.files.nodes.first() != Some(own)) {
        return Err("the plan was made for other files".to_owned());
    }
    let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let known = view.files.nodes.iter().flat_map(|node| node.files.keys());
    let known: BTreeSet<Option<String>> = known.map(|path| folder(path)).collect();
    let mut written = plan.written(node);
    match written.find(|file| !known.contains(&folder(&file.path))) {
        Some(file) => Err(format!(
            "the plan writes to `{}`, where nothing of the PKI is",
            file.path
        )),
        None => Ok(()),
    }
}
