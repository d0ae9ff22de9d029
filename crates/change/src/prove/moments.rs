//! A plan with every write taken apart into the moments at which something appears, so that whoever
//! starts in the middle of a step, or after it was interrupted there, is one who starts between two.

use std::fmt;

use super::Interrupted;
use crate::plan::{self, Action, Plan, Step, StepId, Written};

/// The finer plan, and what each of its steps is of the plan that is proven.
pub(super) struct Fine {
    pub(super) plan: Plan,
    origins: Vec<Origin>,
}

/// A moment of a step.
#[derive(Clone, Copy)]
struct Origin {
    step: StepId,
    is_last: bool,
}

impl Fine {
    pub(super) fn of(plan: &Plan) -> Self {
        let mut steps: Vec<Step> = Vec::new();
        let mut origins: Vec<Origin> = Vec::new();
        // With which of the finer steps each is done.
        let mut ends = Vec::with_capacity(plan.steps.len());
        for (id, step) in plan.numbered() {
            let actions = moments(&step.action);
            let last = actions.len() - 1;
            for (at, action) in actions.into_iter().enumerate() {
                steps.push(Step {
                    action,
                    after: if at == 0 {
                        step.after.clone()
                    } else {
                        Vec::new()
                    },
                    ..step.clone()
                });
                origins.push(Origin {
                    step: id,
                    is_last: at == last,
                });
            }
            ends.push(StepId(steps.len()));
        }
        for after in steps.iter_mut().flat_map(|step| &mut step.after) {
            // What there is no step of was refused before.
            *after = ends.get(after.0 - 1).copied().unwrap_or(*after);
        }
        let plan = Plan {
            steps,
            ..plan.clone()
        };
        Fine { plan, origins }
    }

    /// The steps that are done when these finer ones are, and how far those have come that are not.
    pub(super) fn told(&self, done: &[StepId]) -> (Vec<StepId>, Vec<Interrupted>) {
        let origins = done.iter().map(|fine| self.origins[fine.0 - 1]);
        let (whole, begun): (Vec<Origin>, Vec<Origin>) = origins.partition(|one| one.is_last);
        let whole: Vec<StepId> = whole.into_iter().map(|one| one.step).collect();
        let mut begun: Vec<StepId> = begun.into_iter().map(|one| one.step).collect();
        begun.retain(|step| !whole.contains(step));
        begun.dedup();
        let begun = begun.into_iter().map(|step| self.interrupted(step, done));
        (whole, begun.collect())
    }

    fn interrupted(&self, step: StepId, done: &[StepId]) -> Interrupted {
        let fine = self.plan.numbered().zip(&self.origins);
        let own = fine.filter(|(_, origin)| origin.step == step);
        let paths = own.map(|((id, it), _)| (done.contains(&id), paths(&it.action)));
        let (there, missing): (Vec<_>, Vec<_>) = paths.partition(|(is_done, _)| *is_done);
        let list = |moments: Vec<(bool, Vec<&str>)>| {
            let paths = moments.into_iter().flat_map(|(_, paths)| paths);
            paths.map(str::to_owned).collect()
        };
        Interrupted {
            step,
            done: list(there),
            missing: list(missing),
        }
    }
}

impl fmt::Display for Interrupted {
    /// With what is said in fewer paths.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |paths: &[String]| plan::listed(paths.iter().map(String::as_str));
        write!(f, "step {} is interrupted when ", self.step)?;
        match self.done.len() < self.missing.len() {
            true => write!(f, "only {} is as it shall be", list(&self.done)),
            false => write!(f, "{} is not yet as it shall be", list(&self.missing)),
        }
    }
}

fn moments(action: &Action) -> Vec<Action> {
    let Action::Write(files) = action else {
        return vec![action.clone()];
    };
    let moments = Written::by_moment(files).into_iter();
    let moments: Vec<Action> = moments
        .map(|files| Action::Write(files.into_iter().cloned().collect()))
        .collect();
    match moments.is_empty() {
        true => vec![action.clone()],
        false => moments,
    }
}

fn paths(action: &Action) -> Vec<&str> {
    match action {
        Action::Write(files) => files.iter().map(|file| file.path.as_str()).collect(),
        _ => Vec::new(),
    }
}
