//! What is said through the store, and under which keys.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Store, TogetherError, What};
use crate::plan::{Digest, StepId};

/// Below which everything is. Another format gets another number.
pub(super) const ROOT: &str = "/kubepki/v1/";

/// How many bytes are put under one key: etcd takes one and a half million for a request.
const PIECE: usize = 256 << 10;

/// How many pieces are read of one text.
const PIECES: usize = 256;

/// A change of several nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// What it is for: `rotate ca`.
    pub wish: String,
    /// The node on which it was planned; what people and pods are handed goes out from there.
    pub by: String,
    /// When it was planned, as RFC 3339 writes it.
    pub at: String,
    /// How far it has come.
    pub state: State,
    /// The nodes that are changed.
    pub nodes: Vec<String>,
    /// Whether what files held before is still there, on every node.
    pub kept: bool,
}

/// How far a change of several nodes has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing has begun.
    Planning,
    /// Some steps are not done yet.
    UnderWay,
    /// Every step is done.
    Done,
    /// Some steps are not taken back yet.
    TakingBack,
    /// Everything is as it was before.
    TakenBack,
}

/// Which steps of a change have begun, and which are done, in the direction in which it goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// As of which moment of the store.
    pub revision: i64,
    /// Those that have begun, and when, as RFC 3339 writes it.
    pub begun: BTreeMap<StepId, String>,
    /// Those of which somebody said that they are done, and whose nodes look whether they are.
    pub told: BTreeSet<StepId>,
    /// Those that are done.
    pub done: BTreeSet<StepId>,
}

/// What a node says while it is planned: its part, or why it has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer<T> {
    Part(T),
    Refused(String),
}

impl State {
    /// Whether it goes through the plan that takes it back.
    pub fn is_back(self) -> bool {
        matches!(self, State::TakingBack | State::TakenBack)
    }

    /// Whether it has ended.
    pub fn has_ended(self) -> bool {
        matches!(self, State::Done | State::TakenBack)
    }
}

pub(super) fn lock() -> String {
    format!("{ROOT}lock")
}

pub(super) fn working(node: &str) -> String {
    format!("{ROOT}working/{node}")
}

pub(super) fn record_key(id: &str) -> String {
    format!("{ROOT}changes/{id}")
}

/// What is said of a change while it is planned: `views/NODE`, `draft`, `filled/NODE`, `plan` and
/// `ready/NODE`.
pub(super) fn planning(id: &str, what: &str) -> String {
    format!("{ROOT}planning/{id}/{what}")
}

/// A node has stopped going forward: what has begun there goes no further.
pub(super) fn turned(id: &str, node: &str) -> String {
    format!("{ROOT}turned/{id}/{node}")
}

/// Everything that is said while something is planned.
pub(super) fn all_planning() -> String {
    format!("{ROOT}planning/")
}

/// The steps of a change in one direction.
fn steps(id: &str, is_back: bool) -> String {
    let way = if is_back { "back" } else { "forward" };
    format!("{ROOT}steps/{id}/{way}/")
}

pub(super) fn begun(id: &str, is_back: bool, step: StepId) -> String {
    format!("{}begun/{step}", steps(id, is_back))
}

/// Below which it says what has begun.
pub(super) fn all_begun(id: &str, is_back: bool) -> String {
    format!("{}begun/", steps(id, is_back))
}

pub(super) fn done(id: &str, is_back: bool, step: StepId) -> String {
    format!("{}done/{step}", steps(id, is_back))
}

pub(super) fn told(id: &str, is_back: bool, step: StepId) -> String {
    format!("{}told/{step}", steps(id, is_back))
}

pub(super) fn now() -> String {
    UtcDateTime::now().format(&Rfc3339).unwrap_or_default()
}

/// JSON, which nothing that is said here fails to be.
pub(super) fn to_json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

pub(super) fn from_json<T: DeserializeOwned>(key: &str, value: &[u8]) -> Result<T, TogetherError> {
    serde_json::from_slice(value).map_err(|error| TogetherError::Foreign {
        key: key.to_owned(),
        why: error.to_string(),
    })
}

/// The change that holds the lock.
///
/// # Errors
/// When the store cannot be asked, or holds something else.
pub fn unfinished(store: &dyn Store) -> Result<Option<(String, Record)>, TogetherError> {
    let key = lock();
    let Some(id) = store.read(&key)?.values.remove(&key) else {
        return Ok(None);
    };
    let id = String::from_utf8_lossy(&id).into_owned();
    // It becomes the name of a folder.
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if id.is_empty() || !id.chars().all(is_name) {
        let why = "it is no name of a change".to_owned();
        return Err(TogetherError::Foreign { key, why });
    }
    // Between the two it may have been given up.
    Ok(record(store, &id)?.map(|record| (id, record)))
}

/// What is said of a change.
pub(super) fn record(store: &dyn Store, id: &str) -> Result<Option<Record>, TogetherError> {
    let key = record_key(id);
    let value = store.read(&key)?.values.remove(&key);
    value.map(|value| from_json(&key, &value)).transpose()
}

/// Every change that has begun, the oldest first, with how far each has come.
///
/// # Errors
/// When the store cannot be asked, or holds something else.
pub fn changes(store: &dyn Store) -> Result<Vec<(String, Record, Progress)>, TogetherError> {
    let prefix = record_key("");
    let mut changes = Vec::new();
    for (key, value) in store.read(&prefix)?.values {
        let record: Record = from_json(&key, &value)?;
        let id = key.strip_prefix(&prefix).unwrap_or_default().to_owned();
        if record.state != State::Planning {
            let progress = progress(store, &id, record.state.is_back())?;
            changes.push((id, record, progress));
        }
    }
    changes.sort_by(|(_, one, _), (_, other, _)| one.at.cmp(&other.at));
    Ok(changes)
}

/// How far a change has come in one direction.
pub(super) fn progress(
    store: &dyn Store,
    id: &str,
    is_back: bool,
) -> Result<Progress, TogetherError> {
    let prefix = steps(id, is_back);
    let seen = store.read(&prefix)?;
    let mut progress = Progress {
        revision: seen.revision,
        ..Progress::default()
    };
    for (key, value) in seen.values {
        let said = key
            .strip_prefix(&prefix)
            .and_then(|key| key.split_once('/'));
        match said.and_then(|(what, step)| Some((what, StepId(step.parse().ok()?)))) {
            Some(("begun", step)) => {
                let at = String::from_utf8_lossy(&value).into_owned();
                progress.begun.insert(step, at);
            }
            Some(("told", step)) => drop(progress.told.insert(step)),
            Some(("done", step)) => drop(progress.done.insert(step)),
            _ => {
                let why = "it is no step".to_owned();
                return Err(TogetherError::Foreign { key, why });
            }
        }
    }
    Ok(progress)
}

/// Says a text that may be long, for as long as whoever says it is alive: in pieces, and under its key
/// its digest, when all of them are there.
pub(super) fn say(store: &dyn Store, key: &str, text: &[u8]) -> Result<(), TogetherError> {
    let digest = of_said(key, text);
    for (number, piece) in text.chunks(PIECE).enumerate() {
        let place = format!("{}{number:04}", pieces(&digest.0));
        store.write(&[], &[What::PutWhileAlive(place, piece.to_vec())])?;
    }
    let digest = What::PutWhileAlive(key.to_owned(), digest.0.into_bytes());
    store.write(&[], &[digest])?;
    Ok(())
}

/// What was said under a key, whose value this is; nothing when whoever said it has gone meanwhile.
pub(super) fn hear<T: DeserializeOwned>(
    store: &dyn Store,
    key: &str,
    value: &[u8],
) -> Result<Option<T>, TogetherError> {
    let digest = String::from_utf8_lossy(value);
    let pieces = store.read(&pieces(&digest))?.values;
    if pieces.is_empty() {
        return Ok(None);
    }
    let text: Vec<u8> = pieces.into_values().take(PIECES).flatten().collect();
    if of_said(key, &text).0 != digest {
        return Err(TogetherError::Foreign {
            key: key.to_owned(),
            why: "some of it is missing".to_owned(),
        });
    }
    from_json(key, &text).map(Some)
}

/// The digest of what is said under a key: two who say the same do not share pieces, which go when
/// one of them does.
fn of_said(key: &str, text: &[u8]) -> Digest {
    Digest::of(&[key.as_bytes(), b"\n", text].concat())
}

fn pieces(digest: &str) -> String {
    format!("{ROOT}planning/pieces/{digest}/")
}
