//! What the bundles that a plan exchanges in objects of the API are, after each step of whoever does it.

use std::ops::RangeInclusive;

use crate::plan::{self, Action, Object, Plan, StepId};

/// A bundle in an object, through the whole plan.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) object: Object,
    /// Where in it.
    pub(super) field: String,
    /// Whose steps exchange it.
    pub(super) lane: usize,
    /// What it holds, from the first to the last.
    pub(super) states: Vec<State>,
}

/// What lies there for a while.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// In PEM.
    pub(super) text: String,
    /// With how many steps of the lane done.
    pub(super) counts: RangeInclusive<usize>,
}

/// Every bundle that a plan exchanges; once for each lane that does.
pub(super) fn all(plan: &Plan, lanes: &[Vec<StepId>]) -> Vec<Published> {
    let mut all: Vec<Published> = Vec::new();
    for (lane, steps) in lanes.iter().enumerate() {
        for (done, step) in (1..).zip(steps) {
            let Action::Publish(exchanged) = &plan.steps[step.0 - 1].action else {
                continue;
            };
            for one in exchanged {
                add(&mut all, one, lane, done, steps.len());
            }
        }
    }
    all
}

fn add(all: &mut Vec<Published>, one: &plan::Published, lane: usize, done: usize, last: usize) {
    let is_it = |known: &&mut Published| {
        (&known.object, &known.field, known.lane) == (&one.object, &one.field, lane)
    };
    let now = |text: &str, from| State {
        text: text.to_owned(),
        counts: from..=last,
    };
    match all.iter_mut().find(is_it) {
        Some(known) => known.exchange(now(&one.after, done)),
        None => {
            let mut known = Published {
                object: one.object.clone(),
                field: one.field.clone(),
                lane,
                states: vec![now(&one.before, 0)],
            };
            known.exchange(now(&one.after, done));
            all.push(known);
        }
    }
}

impl Published {
    fn exchange(&mut self, next: State) {
        if let Some(last) = self.states.last_mut() {
            last.counts = *last.counts.start()..=next.counts.start() - 1;
        }
        self.states.push(next);
    }

    /// Whether nodes that join verify kube-apiserver by it.
    pub(super) fn is_for_joining(&self) -> bool {
        let object = &self.object;
        object.kind == "ConfigMap"
            && object.namespace.as_deref() == Some("kube-public")
            && object.name == "cluster-info"
    }

    /// Whether kube-apiserver verifies by it whom it calls: webhooks, API servers behind it, and what
    /// converts custom resources.
    pub(super) fn is_for_callbacks(&self) -> bool {
        let kinds = [
            "ValidatingWebhookConfiguration",
            "MutatingWebhookConfiguration",
            "APIService",
            "CustomResourceDefinition",
        ];
        kinds.contains(&&*self.object.kind)
    }
}
