//! How far a change is, how it ended, and the list of changes.

use std::collections::BTreeSet;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use change::apply::{Did, Doing, Moment};
use change::journal::{Change, Entry, State};
use change::plan::{Action, Expected, Kind, Plan, Published, Step, StepId};
use change::restart::{Health, Seen};
use change::together::{self, Progress, Record};
use cluster::draw::printable;
use serde_json::{Value, json};

use super::plan::{counted, hanging, says};
use super::table::{Cell, Table};

/// A step, as it begins.
pub fn step(plan: &Plan, id: StepId, step: &Step) -> String {
    let count = plan.steps.len().to_string();
    let head = format!(
        "{:>width$}/{count}  {}  ",
        id.0,
        step.node,
        width = count.len() + 2
    );
    hanging(&printable(&head), &printable(&says(plan, step)))
}

/// What somebody has to do before it goes on.
pub fn waits(change: &Change, id: StepId) -> String {
    let plan = change.plan();
    let said = plan
        .steps
        .get(id.0 - 1)
        .map(|step| (says(plan, step), &step.node));
    let (said, node) = said.map_or_else(Default::default, |(said, node)| (said, node.as_str()));
    format!("step {id} waits for you ({node}): {said}")
}

/// What changed, and how it is taken back: by changes of one name, of which each has nodes of its own.
pub fn end(changes: &[Change]) -> String {
    let green = Style::new().bold().fg_color(Some(AnsiColor::Green.into()));
    let Some(id) = changes.first().map(Change::id) else {
        return String::new();
    };
    let written: BTreeSet<_> = changes.iter().flat_map(written).collect();
    let nodes: BTreeSet<&str> = written.iter().map(|(node, _)| *node).collect();
    let steps = changes.iter().map(|change| change.plan().steps.len()).sum();
    let is_back = changes
        .iter()
        .all(|change| change.state() == State::TakenBack);
    let word = if is_back { "taken back" } else { "done" };
    let mut text = format!(
        "{green}{word}{green:#}: {id}: {}, {} on {}\n",
        counted(steps, "step"),
        counted(written.len(), "file"),
        counted(nodes.len(), "node"),
    );
    text += &match is_back {
        true => format!("kubepki history forget {id} removes what was kept for it\n"),
        false => format!(
            "kubepki undo {id} takes it back; kubepki history forget {id} removes the keys of before\n"
        ),
    };
    text
}

/// The files of nodes that a change writes, each once.
fn written(change: &Change) -> BTreeSet<(&str, &str)> {
    let plan = change.plan();
    let nodes = plan.nodes.iter().filter(|node| node.kind == Kind::Node);
    let files = nodes.flat_map(|node| {
        let files = plan.written(&node.name);
        files.map(|file| (node.name.as_str(), file.path.as_str()))
    });
    files.collect()
}

/// How a person does what is done in the API.
fn commands(action: &Action) -> Option<Vec<String>> {
    match action {
        Action::Publish(all) => Some(all.iter().map(Published::command).collect()),
        Action::Expect(all) => Some(all.iter().map(Expected::command).collect()),
        _ => None,
    }
}

/// What happens, for programs.
pub fn line(id: &str, doing: Doing<'_>, moment: Moment) -> String {
    let kind = match doing.step.action {
        Action::Write(_) => "write",
        Action::Restart(_) => "restart",
        Action::Await(_) => "await",
        Action::Publish(_) => "publish",
        Action::Expect(_) => "expect",
        Action::HandOver(_) => "hand-over",
    };
    let is = match moment {
        Moment::Begins => "begins",
        Moment::Ends(Did::Done) => "done",
        Moment::Ends(Did::Skipped) => "skipped",
        Moment::Ends(Did::Waits) => "waits",
    };
    let line = json!({
        "schema": "kubepki.apply/v1",
        "change": id,
        "step": doing.id,
        "of": doing.plan.steps.len(),
        "node": doing.step.node,
        "do": kind,
        "is": is,
        "says": says(doing.plan, doing.step),
        "commands": commands(&doing.step.action),
    });
    format!("{line}\n")
}

/// Whether a component serves what its files hold.
pub fn seen(seen: &Seen) -> String {
    match seen {
        Seen::Same(places) => hanging(
            "      ",
            &format!("serves what its files hold at {}", places.join(", ")),
        ),
        Seen::Not(why) => hanging(
            "      ",
            &printable(&format!("what it serves was not looked at: {why}")),
        ),
        Seen::Nothing => String::new(),
    }
}

/// Whether a component says that it is ready.
pub fn health(health: &Health) -> String {
    match health {
        Health::Ready(at) => hanging("      ", &printable(&format!("is ready: {at}"))),
        Health::Not(why) => hanging(
            "      ",
            &printable(&format!(
                "it is said to be done, and is not ready by what was seen: {why}"
            )),
        ),
        Health::Unasked(why) => hanging(
            "      ",
            &printable(&format!("whether it is ready was not asked: {why}")),
        ),
        Health::Unknown => String::new(),
    }
}

/// Both, for programs.
pub fn seen_line(id: &str, doing: Doing<'_>, seen: &Seen, health: &Health) -> String {
    let (places, why) = match seen {
        Seen::Same(places) => (places.as_slice(), None),
        Seen::Not(why) => (&[][..], Some(why)),
        Seen::Nothing => (&[][..], None),
    };
    let (ready, unready, unasked) = match health {
        Health::Ready(at) => (Some(at), None, None),
        Health::Not(why) => (None, Some(why), None),
        Health::Unasked(why) => (None, None, Some(why)),
        Health::Unknown => (None, None, None),
    };
    if (seen, health) == (&Seen::Nothing, &Health::Unknown) {
        return String::new();
    }
    let line = json!({
        "schema": "kubepki.apply/v1",
        "change": id,
        "step": doing.id,
        "node": doing.step.node,
        "is": "looked-at",
        "serves_files_at": places,
        "not_looked_at": why,
        "ready_at": ready,
        "not_ready": unready,
        "not_asked": unasked,
    });
    format!("{line}\n")
}

/// What a step waits for, and for how long yet.
pub fn waiting(words: &str, left: Duration) -> String {
    let words = format!("waits up to {} s: {words}", left.as_secs());
    hanging("      ", &printable(&words))
}

/// The same, for programs.
pub fn waiting_line(id: &str, doing: Doing<'_>, words: &str, left: Duration) -> String {
    let line = json!({
        "schema": "kubepki.apply/v1",
        "change": id,
        "step": doing.id,
        "node": doing.step.node,
        "is": "waiting",
        "says": words,
        "seconds": left.as_secs(),
    });
    format!("{line}\n")
}

/// How it ended, or for which step it waits, for programs.
pub fn end_json(change: &Change, waits: Option<StepId>) -> String {
    let line = json!({
        "schema": "kubepki.apply/v1",
        "change": change.id(),
        "state": state(change.state()),
        "waits": waits,
    });
    format!("{line}\n")
}

fn state(state: State) -> &'static str {
    match state {
        State::UnderWay => "under-way",
        State::Done => "done",
        State::TakingBack => "taking-back",
        State::TakenBack => "taken-back",
    }
}

/// The changes, for people.
pub fn history(entries: &[Entry]) -> String {
    if entries.is_empty() {
        return "These file trees have not been changed by a plan.\n".to_owned();
    }
    let mut table = Table::new(["CHANGE", "NODE", "BEGAN", "STATE", "", "WHAT FOR"]);
    for entry in entries {
        let began = entry.at[0].get(..19).unwrap_or_default().replace('T', " ");
        let words = match entry.state {
            State::UnderWay => "under way",
            State::Done => "done",
            State::TakingBack => "being taken back",
            State::TakenBack => "taken back",
        };
        let kept = if entry.kept { "" } else { "forgotten" };
        let cells = [&entry.id, &entry.node, &began, words, kept, &entry.wish];
        table.push(cells.map(|cell| Cell::from(&*printable(cell))).into());
    }
    table.render()
}

/// The changes of several nodes, for people.
pub fn together(changes: &[(String, Record, Progress)]) -> String {
    if changes.is_empty() {
        return "These nodes have not been changed together.\n".to_owned();
    }
    let mut table = Table::new([
        "CHANGE",
        "NODES",
        "BEGAN",
        "STATE",
        "STEPS DONE",
        "WHAT FOR",
    ]);
    for (id, record, progress) in changes {
        let began = record.at.get(..19).unwrap_or_default().replace('T', " ");
        let words = match record.state {
            together::State::Planning => "being planned",
            together::State::UnderWay => "under way",
            together::State::Done => "done",
            together::State::TakingBack => "being taken back",
            together::State::TakenBack => "taken back",
        };
        let nodes = record.nodes.join(",");
        let done = progress.done.len().to_string();
        let cells = [id, &nodes, &began, words, &done, &record.wish];
        table.push(cells.map(|cell| Cell::from(&*printable(cell))).into());
    }
    table.render()
}

/// The changes of several nodes, for programs.
pub fn together_json(changes: &[(String, Record, Progress)]) -> String {
    let entry = |(id, record, progress): &(String, Record, Progress)| -> Value {
        json!({
            "change": id,
            "wish": record.wish,
            "by": record.by,
            "nodes": record.nodes,
            "began": record.at,
            "state": record.state,
            "kept": record.kept,
            "begun": progress.begun.keys().collect::<Vec<_>>(),
            "done": progress.done,
        })
    };
    let entries: Vec<Value> = changes.iter().map(entry).collect();
    format!(
        "{:#}\n",
        json!({"schema": "kubepki.together/v1", "changes": entries})
    )
}

/// The changes, for programs.
pub fn history_json(entries: &[Entry]) -> String {
    let entry = |entry: &Entry| -> Value {
        json!({
            "change": entry.id,
            "node": entry.node,
            "wish": entry.wish,
            "began": entry.at[0],
            "last": entry.at[1],
            "state": state(entry.state),
            "kept": entry.kept,
        })
    };
    let entries: Vec<Value> = entries.iter().map(entry).collect();
    format!(
        "{:#}\n",
        json!({"schema": "kubepki.history/v1", "changes": entries})
    )
}
