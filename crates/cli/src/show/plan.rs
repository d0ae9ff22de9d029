//! A plan as a short story that a person can check, and what its proof says.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use audit::Evidence;
use change::plan::{Action, Expected, Kind, Plan, Published, Step, StepId, Written, listed};
use change::prove::{Breach, Interrupted, Proof};
use serde_json::{Value, json};

use super::audit::evidence;
use super::{width, wrap};

/// The steps, stage by stage, and whether they are safe.
pub fn text(plan: &Plan, proof: &Proof) -> String {
    format!("{}\n{}", steps(plan), verdict(plan, proof))
}

/// How far there is a way back, for whoever is about to agree.
pub fn way_back() -> String {
    const SAID: &str = "no step is final: kubepki undo takes it back from each, until kubepki history forget; whoever was \
                        handed something then needs what was before";
    wrap::wrap(SAID, width()) + "\n"
}

/// The steps, stage by stage.
fn steps(plan: &Plan) -> String {
    let bold = Style::new().bold();
    let number = plan.steps.len().to_string().len();
    let names = plan.steps.iter().map(|step| step.node.len());
    let name = names.max().unwrap_or(0);
    let mut text = String::new();
    let mut stage = "";
    for (id, step) in plan.numbered() {
        if step.stage != stage {
            stage = &step.stage;
            let _ = writeln!(
                text,
                "{}{bold}{stage}{bold:#}",
                if text.is_empty() { "" } else { "\n" }
            );
        }
        let head = format!("  {:>number$}  {:<name$}  ", id.0, step.node);
        let said = says(plan, step);
        text.push_str(&hanging(&head, &said));
    }
    text
}

/// A text behind a head, wrapped beside it.
pub(super) fn hanging(head: &str, said: &str) -> String {
    let room = width().saturating_sub(head.len()).max(30);
    let indent = " ".repeat(head.len());
    let wrapped = wrap::wrap(said, room).replace('\n', &format!("\n{indent}"));
    format!("{head}{wrapped}\n")
}

/// What is done in a step, in words.
pub fn says(plan: &Plan, step: &Step) -> String {
    let kind = plan
        .nodes
        .iter()
        .find(|node| node.name == step.node)
        .map(|node| node.kind);
    match &step.action {
        Action::Write(files) if kind == Some(Kind::People) => {
            format!(
                "is given {}",
                listed(files.iter().map(|file| file.path.as_str()))
            )
        }
        Action::Write(files) => written(files),
        Action::Restart(component) => {
            format!("start {component} again, and wait until it is healthy")
        }
        Action::Await(awaited) => {
            let paths = listed(awaited.paths.iter().map(String::as_str));
            format!(
                "wait up to {} s until {} has taken up {paths}",
                awaited.seconds, awaited.component
            )
        }
        Action::Publish(all) => published(all),
        Action::Expect(all) => expected(all),
        Action::HandOver(words) => words.clone(),
    }
}

fn published(all: &[Published]) -> String {
    let objects: BTreeSet<String> = all.iter().map(|one| one.object.to_string()).collect();
    let objects: Vec<String> = objects.into_iter().collect();
    let has = |pem: &str| pem.matches("-----BEGIN").count();
    let verb = match all
        .iter()
        .map(|one| has(&one.after) > has(&one.before))
        .max()
    {
        Some(true) => "put the other authority too into",
        _ => "take the other authority out of",
    };
    format!("{verb} {}", objects.join(", "))
}

fn expected(all: &[Expected]) -> String {
    let each = all.iter().map(|one| {
        let holds = match one.holds.len() {
            1 => "the authority".to_owned(),
            count => format!("the {count} authorities"),
        };
        match one.without.is_empty() {
            true => format!("{one} holds {holds}"),
            false => format!("{one} holds {holds} alone"),
        }
    });
    let each: Vec<String> = each.collect();
    let seconds = all.iter().map(|one| one.seconds).max().unwrap_or_default();
    format!("wait up to {seconds} s until {}", each.join(", and "))
}

fn written(files: &[Written]) -> String {
    let (kept, gone): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.content.is_some());
    let list = |files: &[&Written]| listed(files.iter().map(|file| file.path.as_str()));
    match (kept.as_slice(), gone.as_slice()) {
        (kept, []) => format!("write {}", list(kept)),
        ([], gone) => format!("remove {}", list(gone)),
        (kept, gone) => format!("write {}; remove {}", list(kept), list(gone)),
    }
}

/// What the proof says.
pub fn verdict(plan: &Plan, proof: &Proof) -> String {
    let mut text = match &proof.breach {
        None => proven(proof),
        Some(breach) => broken(plan, breach),
    };
    for (channel, said) in &proof.left_out {
        let why = said.as_deref().unwrap_or("what it needs is not known");
        let _ = writeln!(
            text,
            "left out: {channel} does not work before the first step: {why}"
        );
    }
    text
}

fn proven(proof: &Proof) -> String {
    let green = Style::new().bold().fg_color(Some(AnsiColor::Green.into()));
    let like = match proof.explored < proof.nodes {
        true => format!(
            " ({} gone through, the others are like them)",
            proof.explored
        ),
        false => String::new(),
    };
    format!(
        "{green}proven{green:#}: {}, {}{like}, {} states, {} channel checks\n",
        counted(proof.steps, "step"),
        counted(proof.nodes, "node"),
        proof.states,
        proof.checks
    )
}

/// What happens, one after the other, what breaks then, and where that stands.
fn broken(plan: &Plan, breach: &Breach) -> String {
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let mut text = format!("{red}not safe{red:#}: {}\n", done(plan, &breach.done));
    for happens in happens(breach) {
        text += &hanging("  and ", &format!("{happens},"));
    }
    text += &hanging(
        "  then ",
        &format!("{} fails: {}", breach.what, breach.said),
    );
    if let Some(message) = &breach.message {
        text += &hanging("    = ", message);
    }
    for evidence in &breach.evidence {
        text += &hanging("    --> ", &place(evidence));
    }
    if !breach.like.is_empty() {
        let like = format!("the same happens to {}", first_of(&breach.like));
        text += &hanging("  ", &like);
    }
    text
}

/// What has to happen beside the steps that are done, one after the other.
fn happens(breach: &Breach) -> Vec<String> {
    let interrupted = breach.interrupted.iter().map(Interrupted::to_string);
    interrupted.chain(breach.happens.iter().cloned()).collect()
}

/// `/etc/kubernetes/scheduler.conf:5 on cp-2: what there is to say`.
fn place(evidence: &Evidence) -> String {
    let line = evidence.place.line.map(|line| format!(":{line}"));
    let node = evidence.node.as_ref().map(|node| format!(" on {node}"));
    format!(
        "{}{}{}: {}",
        evidence.place.path,
        line.unwrap_or_default(),
        node.unwrap_or_default(),
        evidence.label
    )
}

/// How many of those that are alike are named.
const NAMED: usize = 4;

fn first_of(all: &[String]) -> String {
    let named = all.iter().take(NAMED).cloned().collect::<Vec<_>>();
    match all.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{}, and {more} more that are like it", named.join(", ")),
    }
}

/// `after step 4` or `after steps 1 to 4 and 9`.
fn done(plan: &Plan, steps: &[StepId]) -> String {
    if steps.is_empty() {
        return "before the first step,".to_owned();
    }
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for step in steps {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == step.0 => *last = step.0,
            _ => runs.push((step.0, step.0)),
        }
    }
    let run = |(first, last): &(usize, usize)| match first == last {
        true => first.to_string(),
        false => format!("{first} to {last}"),
    };
    let runs: Vec<String> = runs.iter().map(run).collect();
    let steps = if steps.len() == 1 { "step" } else { "steps" };
    format!(
        "of {}, after {steps} {},",
        counted(plan.steps.len(), "step"),
        runs.join(", ")
    )
}

pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The proof, for programs.
pub fn json(proof: &Proof) -> Value {
    json!({
        "schema": "kubepki.proof/v1",
        "proven": proof.breach.is_none(),
        "steps": proof.steps,
        "nodes": proof.nodes,
        "explored": proof.explored,
        "states": proof.states,
        "checks": proof.checks,
        "channels": proof.channels,
        "left_out": proof.left_out,
        "breach": proof.breach.as_ref().map(|breach| json!({
            "done": breach.done,
            "interrupted": breach.interrupted.iter().map(|one| json!({
                "step": one.step,
                "done": one.done,
                "missing": one.missing,
            })).collect::<Vec<_>>(),
            "happens": happens(breach),
            "what": breach.what,
            "said": breach.said,
            "message": breach.message,
            "evidence": breach.evidence.iter().map(evidence).collect::<Vec<_>>(),
            "like": breach.like,
        })),
    })
}
