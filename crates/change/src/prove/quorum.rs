//! How many of a component's processes are down at once, because the plan has them started again.

use cluster::Component;

use super::Breach;
use crate::plan::{Plan, Step, StepId, Way};

/// Steps that can be under way together and leave fewer than `needed` of the members: each of those
/// that `stops` one.
pub(super) fn lost(
    plan: &Plan,
    way: &Way,
    component: Component,
    members: usize,
    needed: impl Fn(usize) -> usize,
    stops: impl Fn(&Step) -> bool,
) -> Option<Breach> {
    // Of one or two members none can be spared, and none has to be.
    if members < needed(members) + 1 {
        return None;
    }
    let allowed = members - needed(members);
    let restarts = plan.numbered().filter(|(_, step)| stops(step));
    let restarts: Vec<StepId> = restarts.map(|(id, _)| id).collect();
    let together = concurrent(way, &restarts, allowed + 1, &mut Vec::new())?;
    let names = together.iter().map(|id| plan.steps[id.0 - 1].node.as_str());
    let names: Vec<&str> = names.collect();
    Some(Breach {
        done: before(way, plan, &together),
        interrupted: Vec::new(),
        happens: vec![format!(
            "{component}, or what it cannot do without, is started again on {} at once",
            names.join(", ")
        )],
        what: component.to_string(),
        said: format!(
            "of {members} members {} are left, and {} are needed",
            members - together.len(),
            needed(members)
        ),
        message: None,
        evidence: Vec::new(),
        like: Vec::new(),
    })
}

/// So many of these steps of which none has to wait for another.
fn concurrent(
    way: &Way,
    steps: &[StepId],
    count: usize,
    chosen: &mut Vec<StepId>,
) -> Option<Vec<StepId>> {
    if chosen.len() == count {
        return Some(chosen.clone());
    }
    for (at, step) in steps.iter().enumerate() {
        let mut others = chosen.iter();
        if others.all(|other| !way.is_before(*other, *step) && !way.is_before(*step, *other)) {
            chosen.push(*step);
            if let Some(found) = concurrent(way, &steps[at + 1..], count, chosen) {
                return Some(found);
            }
            chosen.pop();
        }
    }
    None
}

/// The steps that have to be done before these.
fn before(way: &Way, plan: &Plan, steps: &[StepId]) -> Vec<StepId> {
    let ids = plan.numbered().map(|(id, _)| id);
    ids.filter(|id| steps.iter().any(|step| way.is_before(*id, *step)))
        .collect()
}
