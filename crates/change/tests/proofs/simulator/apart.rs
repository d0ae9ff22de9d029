//! A plan in the smaller steps in which its files really appear, by rules of its own: of what lies in
//! one folder everything changes at once, removals come last and singly.

use std::collections::BTreeMap;
use std::path::Path;

use kubepki_change::plan::{Action, Plan, Step, StepId, Written};

/// The same plan in smaller steps.
pub fn apart(plan: &Plan) -> Plan {
    let mut numbers = BTreeMap::new();
    let mut steps: Vec<Step> = Vec::new();
    for (id, step) in plan.numbered() {
        let mut rest = match &step.action {
            Action::Write(files) => files.clone(),
            _ => Vec::new(),
        };
        let mut after = step.after.clone();
        let mut push = |action| {
            let after = std::mem::take(&mut after);
            let step = step.clone();
            steps.push(Step {
                action,
                after,
                ..step
            });
        };
        while let Some(first) = rest.iter().find(|file| file.content.is_some()).cloned() {
            let folder = Path::new(&first.path).parent();
            let is_here =
                |file: &Written| file.content.is_some() && Path::new(&file.path).parent() == folder;
            let (here, others) = rest.into_iter().partition(is_here);
            rest = others;
            push(Action::Write(here));
        }
        for file in rest {
            push(Action::Write(vec![file]));
        }
        let whole = match &step.action {
            Action::Write(files) => files.is_empty(),
            _ => true,
        };
        if whole {
            push(step.action.clone());
        }
        numbers.insert(id, StepId(steps.len()));
    }
    for step in &mut steps {
        step.after
            .iter_mut()
            .for_each(|after| *after = numbers[after]);
    }
    Plan {
        steps,
        ..plan.clone()
    }
}
