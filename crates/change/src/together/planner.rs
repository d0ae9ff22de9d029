//! The part of whoever plans, and of whoever takes back.

use std::collections::{BTreeMap, BTreeSet};

use authority::objects::CertificateKey;
use authority::{KeyError, PrivateKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::{Files, Inventory};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use time::UtcDateTime;
use verify::PublicKey;
use zeroize::Zeroizing;

use super::said::{
    self, Answer, Record, State, all_begun, all_planning, lock, now, planning, record_key, to_json,
    working,
};
use super::view::{Ring, View};
use super::{Progress, Store, StoreError, TogetherError, What, When};
use crate::disk::Disk;
use crate::journal;
use crate::keys::{Keys, NewKey, NoKey};
use crate::plan::{Action, Digest, Kind, Plan, StepId};
use crate::undo;

/// How often it is looked before a node that nobody works for counts as absent.
const TRIES: usize = 40;

/// A change that is being planned; given up when this is dropped before it has begun.
pub struct Planner<'a> {
    store: &'a dyn Store,
    id: String,
    record: Record,
    has_begun: bool,
}

/// What the nodes offered, and the keys that are at hand.
pub struct Offered {
    views: BTreeMap<String, View>,
    /// Those of the planner's own node.
    own: Ring,
    /// Those that were made for authorities and for tokens.
    made: Ring,
}

/// What every node is asked to fill with its keys.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Draft {
    /// Files hold public halves in it.
    pub(super) plan: Plan,
    /// The keys of authorities and of tokens, in base64, for those who have the certificate key.
    pub(super) sealed: Option<String>,
}

/// The digests of what a node made of a draft: by path and digest there.
pub(super) type Filled = BTreeMap<String, BTreeMap<Digest, Digest>>;

/// A change as it would be taken back now.
#[derive(Debug)]
pub struct TakingBack {
    /// Its name.
    pub id: String,
    /// What is said of it.
    pub record: Record,
    /// The plan that does so; nothing when it is being taken back already.
    pub plan: Option<Plan>,
    progress: Progress,
}

impl<'a> Planner<'a> {
    /// Takes the lock.
    ///
    /// # Errors
    /// When somebody else has it.
    pub fn begin(
        store: &'a dyn Store,
        node: &str,
        wish: &str,
        at: UtcDateTime,
    ) -> Result<Self, TogetherError> {
        let record = Record {
            wish: wish.to_owned(),
            by: node.to_owned(),
            at: now(),
            state: State::Planning,
            nodes: Vec::new(),
            kept: true,
        };
        let digest = Digest::of(format!("{record:?} {at} {}", std::process::id()).as_bytes());
        let id = format!("{}-{}", at.date(), &digest.0[..8]);
        let planner = Planner {
            store,
            id,
            record,
            has_begun: false,
        };
        for _ in 0..TRIES {
            if planner.take_lock()? {
                store.write(&[], &[What::Remove(all_planning())])?;
                return Ok(planner);
            }
            match said::unfinished(store)? {
                Some((id, _)) if id == planner.id => return Ok(planner),
                Some((id, Record { wish, by, .. })) => {
                    return Err(TogetherError::Held { id, wish, by });
                }
                None => store.pause(),
            }
        }
        Err(TogetherError::Lost)
    }

    fn take_lock(&self) -> Result<bool, StoreError> {
        let what = [
            What::PutWhileAlive(lock(), self.id.clone().into_bytes()),
            What::PutWhileAlive(record_key(&self.id), to_json(&self.record)),
        ];
        self.store.write(&[When::Is(lock(), None)], &what)
    }

    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What every node offers. `own` are the files of the planner's own node, whose keys are at hand.
    ///
    /// # Errors
    /// When nobody works for a node, or one refuses.
    pub fn views(&self, own: Files) -> Result<Offered, TogetherError> {
        let views: BTreeMap<String, View> = self.answers("views", &self.wanted()?)?;
        for (node, view) in &views {
            let refused = |why: &str| TogetherError::Refused {
                node: node.clone(),
                why: why.to_owned(),
            };
            view.files.way()?;
            match view.files.nodes.as_slice() {
                [one] if one.name == *node && one.kind == Kind::Node => {}
                _ => return Err(refused("what it says is not about itself")),
            }
        }
        let read = Inventory::read(vec![(None, own)]);
        let mut ring = Ring::default();
        for (_, bytes) in read.nodes.iter().flat_map(|node| contents(&node.files)) {
            ring.add_all(&bytes);
        }
        Ok(Offered {
            views,
            own: ring,
            made: Ring::default(),
        })
    }

    /// The nodes that have to answer: the members of etcd when the planner's own is one, and whoever
    /// is at work.
    fn wanted(&self) -> Result<BTreeSet<String>, TogetherError> {
        let members: BTreeSet<String> = self.store.members()?.into_iter().collect();
        let mut absent = Vec::new();
        for _ in 0..TRIES {
            let present = present(self.store)?;
            let wanted = match members.contains(&self.record.by) {
                true => &members | &present,
                false => present.clone(),
            };
            absent = (&wanted - &present).into_iter().collect();
            if absent.is_empty() && present.contains(&self.record.by) {
                return Ok(wanted);
            }
            self.store.pause();
        }
        if absent.is_empty() {
            absent.push(self.record.by.clone());
        }
        Err(TogetherError::Absent(absent))
    }

    /// Waits until these have answered.
    fn answers<T: DeserializeOwned>(
        &self,
        what: &str,
        nodes: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, T>, TogetherError> {
        let prefix = planning(&self.id, &format!("{what}/"));
        let mut answers = BTreeMap::new();
        let mut missed = 0;
        while answers.len() < nodes.len() {
            self.still_holds()?;
            for (key, value) in self.store.read(&prefix)?.values {
                let node = key.strip_prefix(&prefix).unwrap_or_default().to_owned();
                if !nodes.contains(&node) || answers.contains_key(&node) {
                    continue;
                }
                match said::hear(self.store, &key, &value)? {
                    Some(Answer::Part(part)) => drop(answers.insert(node, part)),
                    Some(Answer::Refused(why)) => {
                        return Err(TogetherError::Refused { node, why });
                    }
                    None => {}
                }
            }
            let present = present(self.store)?;
            let absent: Vec<String> = (nodes - &present).into_iter().collect();
            missed = if absent.is_empty() { 0 } else { missed + 1 };
            if missed > TRIES {
                return Err(TogetherError::Absent(absent));
            }
            if answers.len() < nodes.len() {
                self.store.pause();
            }
        }
        Ok(answers)
    }

    fn still_holds(&self) -> Result<(), TogetherError> {
        let held = self.store.read(&lock())?.values.remove(&lock());
        match held.as_deref() == Some(self.id.as_bytes()) {
            true => Ok(()),
            false => Err(TogetherError::Lost),
        }
    }

    /// Has every node fill a draft, and makes the plan of what came out. Keys that were made for
    /// several nodes are sealed with `key`, which the nodes `with_key` have; `None` for all.
    ///
    /// # Errors
    /// When one of them would need such a key and does not have it, or a node refuses.
    pub fn settle(
        &self,
        draft: Plan,
        offered: &Offered,
        key: &CertificateKey,
        with_key: Option<&[&str]>,
    ) -> Result<Plan, TogetherError> {
        let sharing = offered.sharing(&draft);
        let without = |node: &&String| with_key.is_some_and(|all| !all.contains(&node.as_str()));
        let without: Vec<String> = sharing.iter().filter(without).cloned().collect();
        if !without.is_empty() {
            return Err(TogetherError::NotSealed(without));
        }
        let sealed = key.seal(offered.made.to_pem().as_bytes());
        let sealed = sealed.map_err(|error| TogetherError::Refused {
            node: self.record.by.clone(),
            why: error.to_string(),
        })?;
        let draft = Draft {
            plan: draft,
            sealed: (!sharing.is_empty()).then(|| STANDARD.encode(sealed)),
        };
        said::say(self.store, &planning(&self.id, "draft"), &to_json(&draft))?;
        let nodes = offered.views.keys().cloned().collect();
        let filled: BTreeMap<String, Filled> = self.answers("filled", &nodes)?;
        substitute(draft.plan, &offered.views, &filled)
    }

    /// Has every node stage the plan, and begins it when all have.
    ///
    /// # Errors
    /// When one refuses; nothing has begun then.
    pub fn start(mut self, plan: &Plan) -> Result<String, TogetherError> {
        let nodes = plan.nodes.iter().filter(|node| node.kind == Kind::Node);
        let nodes: BTreeSet<String> = nodes.map(|node| node.name.clone()).collect();
        said::say(self.store, &planning(&self.id, "plan"), &to_json(plan))?;
        self.answers::<()>("ready", &nodes)?;
        let before = to_json(&self.record);
        self.record.state = State::UnderWay;
        self.record.nodes = nodes.into_iter().collect();
        let id = self.id.clone().into_bytes();
        let when = [
            When::Is(lock(), Some(id.clone())),
            When::Is(record_key(&self.id), Some(before)),
        ];
        let what = [
            What::Put(lock(), id),
            What::Put(record_key(&self.id), to_json(&self.record)),
        ];
        let begun = self.store.write(&when, &what)?
            || said::record(self.store, &self.id)?
                .is_some_and(|record| record.state != State::Planning);
        if !begun {
            return Err(TogetherError::Lost);
        }
        self.has_begun = true;
        self.store.write(&[], &[What::Remove(all_planning())])?;
        Ok(self.id.clone())
    }
}

impl Drop for Planner<'_> {
    fn drop(&mut self) {
        if !self.has_begun {
            let mine = When::Is(lock(), Some(self.id.clone().into_bytes()));
            let planned = When::Is(
                record_key(&self.id),
                Some(to_json(&Record {
                    state: State::Planning,
                    nodes: Vec::new(),
                    ..self.record.clone()
                })),
            );
            let all = [lock(), record_key(&self.id), all_planning()];
            // It goes by itself when nobody hears this.
            let _ = self.store.write(&[mine, planned], &all.map(What::Remove));
        }
    }
}

/// The nodes for which somebody works.
fn present(store: &dyn Store) -> Result<BTreeSet<String>, StoreError> {
    let prefix = working("");
    let seen = store.read(&prefix)?.values.into_keys();
    Ok(seen
        .filter_map(|key| key.strip_prefix(&prefix).map(str::to_owned))
        .collect())
}

/// Every file that was looked at.
fn contents(files: &Files) -> impl Iterator<Item = (String, Zeroizing<Vec<u8>>)> {
    let (entries, _) = files.looked_at();
    entries.into_iter().filter_map(|(path, entry)| match entry {
        cluster::files::Entry::File(bytes, _) => Some((path, bytes)),
        _ => None,
    })
}

impl Offered {
    /// The nodes, as far as others may know them.
    pub fn inventory(&self) -> Inventory {
        let trees = self.views.values().filter_map(View::tree);
        Inventory::read(trees.map(|(name, files)| (Some(name), files)).collect())
    }

    /// The nodes that shall hold a key that was made for an authority or for tokens.
    fn sharing(&self, draft: &Plan) -> BTreeSet<String> {
        let has = |node: &&String| {
            let digests = draft.written(node).filter_map(|file| file.content.as_ref());
            let mut texts = digests.filter_map(|digest| draft.contents.get(digest));
            texts.any(|text| self.made.is_in(text))
        };
        self.views.keys().filter(has).cloned().collect()
    }
}

impl Keys for Offered {
    fn successor(&mut self, node: &str, old: &PublicKey) -> Result<NewKey, NoKey> {
        let view = self.views.get(node).ok_or(NoKey::NotAsked)?;
        let (public, half) = view.offered(old).ok_or(NoKey::NotAsked)?;
        Ok(NewKey {
            public,
            text: Zeroizing::new(half.to_owned()),
        })
    }

    fn made(&mut self, key: &PrivateKey) -> Result<Zeroizing<String>, KeyError> {
        Ok(Zeroizing::new(self.made.add(&key.to_pem()?)))
    }

    fn private(&self, content: &[u8]) -> Result<Option<PrivateKey>, KeyError> {
        let key = self.own.of(content).or_else(|| self.made.of(content));
        key.map(|key| PrivateKey::from_pem(key.as_bytes()))
            .transpose()
    }
}

/// The plan of what every node made of a draft: nodes as they are, and files by what they will really
/// hold.
fn substitute(
    draft: Plan,
    views: &BTreeMap<String, View>,
    filled: &BTreeMap<String, Filled>,
) -> Result<Plan, TogetherError> {
    let mut plan = draft.clone();
    let mut contents = Contents(draft.contents);
    for (name, view) in views {
        for (digest, text) in &view.files.contents {
            contents.add(name, digest, text)?;
        }
        let own = plan.nodes.iter_mut().filter(|node| node.name == *name);
        for (node, as_it_is) in own.zip(&view.files.nodes) {
            *node = as_it_is.clone();
        }
    }
    for step in &mut plan.steps {
        let (Some(own), Action::Write(files)) = (filled.get(&step.node), &mut step.action) else {
            continue;
        };
        for file in files {
            let Some(shown) = &file.content else { continue };
            let real = own.get(&file.path).and_then(|all| all.get(shown));
            let real = real.ok_or_else(|| TogetherError::Refused {
                node: step.node.clone(),
                why: format!("it does not say what `{}` will hold", file.path),
            })?;
            let text = contents.0.get(shown).cloned().unwrap_or_default();
            contents.add(&step.node, real, &text)?;
            file.content = Some(real.clone());
        }
    }
    plan.contents = contents.0;
    plan.forget_unused();
    plan.way()?;
    Ok(plan)
}

/// What files hold, by digest; nobody may say something else of what another has said.
struct Contents(BTreeMap<Digest, String>);

impl Contents {
    fn add(&mut self, node: &str, digest: &Digest, text: &str) -> Result<(), TogetherError> {
        let known = self.0.entry(digest.clone());
        match known.or_insert_with(|| text.to_owned()) == text {
            true => Ok(()),
            false => Err(TogetherError::Refused {
                node: node.to_owned(),
                why: format!("it says something else of {} than others do", digest.0),
            }),
        }
    }
}

/// How a change would be taken back: the one of that name, else the one that is not finished, else the
/// last. `disk` is a node's that takes part in it.
///
/// # Errors
/// When there is none, or no way back.
pub fn taking_back(
    store: &dyn Store,
    disk: &Disk,
    id: Option<&str>,
) -> Result<TakingBack, TogetherError> {
    let known = said::changes(store)?;
    let open = said::unfinished(store)?;
    let last = known
        .iter()
        .rev()
        .find(|(_, record, _)| record.state == State::Done);
    let id = match (id, &open, last) {
        (Some(id), ..) => id.to_owned(),
        (None, Some((id, _)), _) => id.clone(),
        (None, None, Some((id, ..))) => id.clone(),
        (None, None, None) => return Err(journal::JournalError::Nothing.into()),
    };
    if let Some((id, Record { wish, by, .. })) = open.filter(|(other, _)| *other != id) {
        return Err(TogetherError::Held { id, wish, by });
    }
    let unknown = || TogetherError::Unknown(id.clone());
    let record = said::record(store, &id)?.ok_or_else(unknown)?;
    if matches!(record.state, State::Planning | State::TakenBack) {
        return Err(TogetherError::Over(id));
    }
    if !record.kept {
        return Err(journal::JournalError::Forgotten(id).into());
    }
    let progress = said::progress(store, &id, false)?;
    let plan = match record.state.is_back() {
        true => None,
        false => {
            let forward = journal::plan(disk, &id)?;
            let begun: BTreeSet<StepId> = progress.begun.keys().copied().collect();
            Some(undo::plan(&forward, &forward.order(), &begun))
        }
    };
    Ok(TakingBack {
        id,
        record,
        plan,
        progress,
    })
}

/// Turns a change back, when nothing has begun since it was looked at; says whether that was so.
///
/// # Errors
/// When the store cannot be asked.
pub fn take_back(store: &dyn Store, back: &TakingBack) -> Result<bool, TogetherError> {
    let TakingBack { id, record, .. } = back;
    if record.state.is_back() {
        return Ok(true);
    }
    let held = (!record.state.has_ended()).then(|| id.clone().into_bytes());
    let when = [
        When::Is(lock(), held),
        When::Is(record_key(id), Some(to_json(record))),
        When::NothingAfter(all_begun(id, false), back.progress.revision),
    ];
    let turned = Record {
        state: State::TakingBack,
        ..record.clone()
    };
    let what = [
        What::Put(lock(), id.clone().into_bytes()),
        What::Put(record_key(id), to_json(&turned)),
    ];
    let done = store.write(&when, &what)?;
    Ok(done || said::record(store, id)?.is_some_and(|now| now == turned))
}

/// What files held before a change that has ended is removed on some node: there is no way back.
///
/// # Errors
/// When it has not ended, or the store does not know it.
pub fn forget(store: &dyn Store, id: &str) -> Result<(), TogetherError> {
    let unknown = || TogetherError::Unknown(id.to_owned());
    let record = said::record(store, id)?.ok_or_else(unknown)?;
    if !record.state.has_ended() {
        return Err(journal::JournalError::Unfinished(id.to_owned()).into());
    }
    let when = [When::Is(record_key(id), Some(to_json(&record)))];
    let gone = Record {
        kept: false,
        ..record
    };
    match store.write(&when, &[What::Put(record_key(id), to_json(&gone))])? {
        true => Ok(()),
        false => forget(store, id),
    }
}

/// Says that a step for which somebody was waited is done: whoever waits looks what can be seen of it,
/// and goes on.
///
/// # Errors
/// When it has not begun.
pub fn tell_done(store: &dyn Store, id: Option<&str>, step: StepId) -> Result<(), TogetherError> {
    let open = said::unfinished(store)?;
    let open = open.filter(|(open, _)| id.is_none_or(|id| id == open));
    let (id, record) = open.ok_or(journal::JournalError::Nothing)?;
    let is_back = record.state.is_back();
    let begun = When::IsThere(said::begun(&id, is_back, step));
    let told = What::Put(said::told(&id, is_back, step), now().into_bytes());
    match store.write(&[begun], &[told])? {
        true => Ok(()),
        false => Err(TogetherError::NotBegun(step)),
    }
}
