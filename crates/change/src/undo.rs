//! The plan that takes a change back, from wherever it is.
//!
//! Stage by stage, the last first: what was written is written back, then whoever may have read it is
//! started again or waited for, and then people and pods give back what they may hold of it, whether
//! or not that had come to pass: a process that crashed meanwhile holds what lay there then, and may
//! have signed or published with it. Bundles in the API come last of a stage: until somebody has said
//! that servers have again what was before, those have to trust both.
//!
//! No plan names a step as final. Everything that a step does is undone by another: files and objects
//! are put back from what is kept, also what `rotate --finish` took away, and those who were handed
//! something are handed what was before. Whether that is safe depends on where the change is, and is
//! proven from there, each time. What is final is [`crate::journal::forget`], which no plan does.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Action, Item, Plan, Published, Step, StepId, Written};

/// The plan that takes back the steps that have begun, which were done in this order.
pub fn plan(forward: &Plan, order: &[StepId], begun: &BTreeSet<StepId>) -> Plan {
    let begun: Vec<StepId> = order
        .iter()
        .copied()
        .filter(|step| begun.contains(step))
        .collect();
    let mut back = Back::new(forward, &begun);
    let stages = stages(forward, &begun);
    for (place, stage) in stages.iter().enumerate().rev() {
        back.stage(stage, place == 0);
    }
    back.plan
}

/// The steps of each stage in which some have begun: those, and all.
struct Stage {
    begun: Vec<StepId>,
    all: Vec<StepId>,
}

fn stages(forward: &Plan, begun: &[StepId]) -> Vec<Stage> {
    let numbered: Vec<(StepId, &Step)> = forward.numbered().collect();
    let stages = numbered.chunk_by(|(_, one), (_, next)| one.stage == next.stage);
    let stages = stages.map(|steps| {
        let all: Vec<StepId> = steps.iter().map(|(step, _)| *step).collect();
        let of_it = begun.iter().filter(|step| all.contains(step));
        Stage {
            begun: of_it.copied().collect(),
            all,
        }
    });
    stages.filter(|stage| !stage.begun.is_empty()).collect()
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
            wish: format!("undo {}", forward.wish),
            ..forward.clone()
        };
        plan.nodes.iter_mut().for_each(|node| node.folders.clear());
        let mut before = BTreeMap::new();
        for step in begun {
            let it = &forward.steps[step.0 - 1];
            let node = plan.nodes.iter_mut().find(|node| node.name == it.node);
            let (Action::Write(files), Some(node)) = (&it.action, node) else {
                continue;
            };
            // Through what lay there on the way, the last first.
            let lay = files
                .iter()
                .rev()
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

    fn stage(&mut self, stage: &Stage, is_first: bool) {
        let forward = self.forward;
        let is_on_node = |step: &&StepId| self.forward.is_on_node(**step);
        let (nodes, holders): (Vec<StepId>, Vec<StepId>) = stage.begun.iter().partition(is_on_node);
        for step in nodes.into_iter().rev() {
            self.write_back(&[step]);
            for reader in readers(forward, step).into_iter().rev() {
                let it = &forward.steps[reader.0 - 1];
                self.add(it, it.action.clone());
            }
        }
        self.write_back(&holders);
        // What came with the first stage may be kept: nothing that is trusted goes after it.
        let steps = if is_first { &holders } else { &stage.all };
        for step in steps {
            let it = &forward.steps[step.0 - 1];
            if let Action::HandOver(words) = &it.action {
                let words = format!(
                    "take back what was handed over, so that everybody has again what was before; it was: {words}"
                );
                self.add(it, Action::HandOver(words));
            }
        }
        // Only now nobody is verified any more by what came into the API's bundles.
        for step in holders.iter().rev() {
            self.publish_back(*step);
        }
    }

    fn publish_back(&mut self, step: StepId) {
        let it = &self.forward.steps[step.0 - 1];
        if let Action::Publish(all) = &it.action {
            let back = all.iter().rev().map(Published::back).collect();
            self.add(it, Action::Publish(back));
        }
    }

    fn write_back(&mut self, steps: &[StepId]) {
        for step in steps.iter().rev() {
            if let Some(files) = self.before.remove(step) {
                self.add(&self.forward.steps[step.0 - 1], Action::Write(files));
            }
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
/// write behind them; nobody when it wrote nothing.
fn readers(plan: &Plan, write: StepId) -> Vec<StepId> {
    let is_write = |it: &Step| matches!(it.action, Action::Write(_));
    let Some(own) = plan.steps.get(write.0 - 1).filter(|step| is_write(step)) else {
        return Vec::new();
    };
    let lane = plan
        .numbered()
        .filter(|(step, it)| *step > write && it.node == own.node);
    lane.skip_while(|(_, it)| is_write(it))
        .take_while(|(_, it)| !is_write(it))
        .map(|(step, _)| step)
        .collect()
}
