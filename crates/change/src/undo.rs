//! The plan that takes a change back, from wherever it is.
//!
//! What was written together is written back together, the last first, and then whoever may have
//! read it is started again or waited for, whether or not that had come to pass: a process that
//! crashed meanwhile holds what lay there then.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Action, Item, Kind, Plan, Step, StepId, Written};

/// The plan that takes back the steps that have begun, which were done in this order.
pub fn plan(forward: &Plan, order: &[StepId], begun: &BTreeSet<StepId>) -> Plan {
    let begun: Vec<StepId> = order
        .iter()
        .copied()
        .filter(|step| begun.contains(step))
        .collect();
    let mut back = Back::new(forward, &begun);
    for run in runs(forward, &begun).into_iter().rev() {
        back.run(run);
    }
    back.plan
}

/// The steps, divided before every write that follows something else.
fn runs<'a>(forward: &Plan, steps: &'a [StepId]) -> Vec<&'a [StepId]> {
    let is_write = |step: &StepId| matches!(action(forward, *step), Some(Action::Write(_)));
    steps
        .chunk_by(|one, next| is_write(one) || !is_write(next))
        .collect()
}

fn action(plan: &Plan, step: StepId) -> Option<&Action> {
    plan.steps.get(step.0 - 1).map(|step| &step.action)
}

struct Back<'a> {
    forward: &'a Plan,
    plan: Plan,
    /// What lies on every node now, with what lay there before each write, the last on top.
    before: BTreeMap<StepId, Vec<Written>>,
}

impl<'a> Back<'a> {
    fn new(forward: &'a Plan, begun: &[StepId]) -> Self {
        let mut plan = Plan {
            steps: Vec::new(),
            last: None,
            wish: format!("undo {}", forward.wish),
            ..forward.clone()
        };
        let mut before = BTreeMap::new();
        for step in begun {
            let it = &forward.steps[step.0 - 1];
            let node = plan.nodes.iter_mut().find(|node| node.name == it.node);
            let (Action::Write(files), Some(node)) = (&it.action, node) else {
                continue;
            };
            let lay = files
                .iter()
                .map(|file| lay(node.files.get(&file.path), file));
            before.insert(*step, lay.collect());
            for file in files {
                match file.item() {
                    Some(item) => node.files.insert(file.path.clone(), item),
                    None => node.files.remove(&file.path),
                };
            }
        }
        Back {
            forward,
            plan,
            before,
        }
    }

    fn run(&mut self, run: &[StepId]) {
        for step in run.iter().rev() {
            let it = &self.forward.steps[step.0 - 1];
            if let Action::HandOver(words) = &it.action {
                let words = format!(
                    "what was handed over is taken back, and whoever was given it needs what was before: {words}"
                );
                self.add(it, Action::HandOver(words));
            }
        }
        let mut written = Vec::new();
        for step in run.iter().rev() {
            if let Some(files) = self.before.remove(step) {
                let it = &self.forward.steps[step.0 - 1];
                self.add(it, Action::Write(files));
                written.push(*step);
            }
        }
        let readers: BTreeSet<StepId> = written
            .iter()
            .flat_map(|step| readers(self.forward, *step))
            .collect();
        for step in readers.into_iter().rev() {
            let it = &self.forward.steps[step.0 - 1];
            self.add(it, it.action.clone());
        }
    }

    /// Adds a step after everything so far.
    fn add(&mut self, forward: &Step, action: Action) {
        let last = StepId(self.plan.steps.len());
        let before = self.plan.steps.last();
        let other = before.is_some_and(|before| before.node != forward.node);
        self.plan.steps.push(Step {
            node: forward.node.clone(),
            action,
            after: other.then_some(last).into_iter().collect(),
            stage: format!("before: {}", forward.stage),
        });
    }
}

/// What lay at a path before it was written.
fn lay(item: Option<&Item>, file: &Written) -> Written {
    match item {
        Some(Item::File { content, mode }) => Written {
            path: file.path.clone(),
            content: Some(content.clone()),
            mode: *mode,
        },
        _ => Written {
            content: None,
            ..file.clone()
        },
    }
}

/// Who reads what a step writes: the restarts and waits that follow on its node, up to the next
/// write behind them.
fn readers(plan: &Plan, write: StepId) -> Vec<StepId> {
    let Some(node) = plan.steps.get(write.0 - 1).map(|step| &step.node) else {
        return Vec::new();
    };
    let is_node = plan
        .nodes
        .iter()
        .any(|own| own.name == *node && own.kind == Kind::Node);
    let lane = plan
        .numbered()
        .filter(|(step, it)| *step > write && it.node == *node);
    let is_write = |it: &Step| matches!(it.action, Action::Write(_));
    lane.skip_while(|(_, it)| is_write(it))
        .take_while(|(_, it)| is_node && !is_write(it))
        .map(|(step, _)| step)
        .collect()
}
