//! Whether a plan is one, and what its order allows.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{Action, Item, Plan, SCHEMA, StepId};

/// Why something is no plan.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PlanError {
    /// It is of another kind or version.
    #[error("its schema is `{0}`, and should be `{SCHEMA}`")]
    Schema(String),
    /// Two nodes of one name.
    #[error("there are two nodes `{0}`")]
    Twice(String),
    /// A step on a node that there is not.
    #[error("step {step} is on `{node}`, which is none of the plan's nodes")]
    NoNode {
        /// Which step.
        step: StepId,
        /// The name.
        node: String,
    },
    /// A step after one that there is not.
    #[error("step {step} comes after step {after}, which there is not")]
    NoStep {
        /// Which step.
        step: StepId,
        /// What it names.
        after: StepId,
    },
    /// A file's content is not in the plan.
    #[error("what `{path}` holds is not in the plan")]
    NoContent {
        /// The path.
        path: String,
    },
    /// Steps that wait for each other.
    #[error("step {0} comes after itself")]
    Circle(StepId),
}

/// What has to be done before what.
///
/// How far a change has come is a number for each node: how many of its steps are done. Not all
/// numbers go together; two do when neither node's last step waits for a later one of the other.
/// A set of numbers of which every two go together is one that can come about: together with what
/// each step waits for it is closed, and no step is in it that has to come later.
#[derive(Debug)]
pub struct Way {
    /// The plan's steps of each node, in their order.
    pub lanes: Vec<Vec<StepId>>,
    /// For every step: how many steps of every node have to be done when it is.
    needs: Vec<Vec<usize>>,
}

impl Plan {
    /// The order of the steps.
    ///
    /// # Errors
    /// When it is no plan.
    pub fn way(&self) -> Result<Way, PlanError> {
        if self.schema != SCHEMA {
            return Err(PlanError::Schema(self.schema.clone()));
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = self.nodes.iter().find(|node| !names.insert(&node.name)) {
            return Err(PlanError::Twice(twice.name.clone()));
        }
        self.check_contents()?;
        let mut lanes = vec![Vec::new(); self.nodes.len()];
        for (step, lane) in self.lanes()? {
            lanes[lane].push(step);
        }
        let needs = Sorting::of(self, &lanes)?;
        Ok(Way { lanes, needs })
    }

    /// Every step with the place of its node.
    fn lanes(&self) -> Result<Vec<(StepId, usize)>, PlanError> {
        let place = |(step, it): (StepId, &super::Step)| {
            let place = self.nodes.iter().position(|node| node.name == it.node);
            let unknown = || PlanError::NoNode {
                step,
                node: it.node.clone(),
            };
            Ok((step, place.ok_or_else(unknown)?))
        };
        self.numbered().map(place).collect()
    }

    fn check_contents(&self) -> Result<(), PlanError> {
        let items = self.nodes.iter().flat_map(|node| &node.files);
        let lying = items.filter_map(|(path, item)| match item {
            Item::File { content, .. } => Some((path, content)),
            _ => None,
        });
        let actions = self.steps.iter().map(|step| &step.action);
        let writes = actions.filter_map(|action| match action {
            Action::Write(files) => Some(files),
            _ => None,
        });
        let written = writes
            .flatten()
            .filter_map(|file| Some((&file.path, file.content.as_ref()?)));
        match lying
            .chain(written)
            .find(|(_, content)| !self.contents.contains_key(*content))
        {
            None => Ok(()),
            Some((path, _)) => Err(PlanError::NoContent { path: path.clone() }),
        }
    }
}

impl Way {
    /// Whether a moment can come at which these steps are done: of the one node so many, of the
    /// other so many.
    pub fn go_together(&self, (one, done): (usize, usize), (other, too): (usize, usize)) -> bool {
        if one == other {
            return done == too;
        }
        self.needed(one, done, other) <= too && self.needed(other, too, one) <= done
    }

    /// How many steps of `other` have to be done when so many of `lane` are.
    pub fn needed(&self, lane: usize, done: usize, other: usize) -> usize {
        match done
            .checked_sub(1)
            .and_then(|last| self.lanes[lane].get(last))
        {
            Some(step) => self.needs[step.0 - 1][other],
            None => 0,
        }
    }

    /// The same of some of the nodes, as if there were no others.
    pub(crate) fn among(&self, nodes: &[usize]) -> Way {
        let needs = self.needs.iter();
        let needs = needs.map(|needs| nodes.iter().map(|node| needs[*node]).collect());
        Way {
            lanes: nodes.iter().map(|node| self.lanes[*node].clone()).collect(),
            needs: needs.collect(),
        }
    }

    /// How many steps of each node are done at least when so many of these are: the earliest moment.
    pub fn earliest(&self, done: &[(usize, usize)]) -> Vec<usize> {
        let lanes = 0..self.lanes.len();
        let least = |lane| {
            let needed = done.iter().map(|(other, count)| match *other == lane {
                true => *count,
                false => self.needed(*other, *count, lane),
            });
            needed.max().unwrap_or(0)
        };
        lanes.map(least).collect()
    }

    /// Whether one step is always done before another.
    pub fn is_before(&self, one: StepId, other: StepId) -> bool {
        let find = |lane: &Vec<StepId>| lane.iter().position(|step| *step == one);
        let lanes = self.lanes.iter().enumerate();
        let place = lanes
            .filter_map(|(lane, steps)| Some((lane, find(steps)?)))
            .next();
        one != other && place.is_some_and(|(lane, at)| self.needs[other.0 - 1][lane] > at)
    }
}

/// Going through the steps, each after those it waits for.
struct Sorting<'a> {
    plan: &'a Plan,
    /// For every step the node's place and its own there, counted from 1.
    places: Vec<(usize, usize)>,
    lanes: &'a [Vec<StepId>],
    needs: Vec<Option<Vec<usize>>>,
}

impl<'a> Sorting<'a> {
    fn of(plan: &'a Plan, lanes: &'a [Vec<StepId>]) -> Result<Vec<Vec<usize>>, PlanError> {
        let mut places = vec![(0, 0); plan.steps.len()];
        for (lane, steps) in lanes.iter().enumerate() {
            for (step, place) in steps.iter().zip(1..) {
                places[step.0 - 1] = (lane, place);
            }
        }
        let mut sorting = Sorting {
            plan,
            places,
            lanes,
            needs: vec![None; plan.steps.len()],
        };
        for (step, _) in plan.numbered() {
            sorting.visit(step)?;
        }
        Ok(sorting.needs.into_iter().flatten().collect())
    }

    /// Without recursion: a plan may be as long as it likes.
    fn visit(&mut self, first: StepId) -> Result<(), PlanError> {
        let mut path = vec![first];
        let mut on_path = BTreeSet::from([first]);
        while let Some(step) = path.last().copied() {
            let before = self.before(step)?;
            let open = before.iter().find(|one| self.needs[one.0 - 1].is_none());
            match open {
                Some(open) if !on_path.insert(*open) => return Err(PlanError::Circle(*open)),
                Some(open) => path.push(*open),
                None => {
                    self.needs[step.0 - 1] = Some(self.sum(step, &before));
                    on_path.remove(&step);
                    path.pop();
                }
            }
        }
        Ok(())
    }

    /// The steps that come right before one.
    fn before(&self, step: StepId) -> Result<Vec<StepId>, PlanError> {
        let (lane, place) = self.places[step.0 - 1];
        let own = place.checked_sub(2).map(|at| self.lanes[lane][at]);
        let others = &self.plan.steps[step.0 - 1].after;
        let is_there = |one: &StepId| (1..=self.plan.steps.len()).contains(&one.0);
        match others.iter().find(|one| !is_there(one)) {
            Some(after) => Err(PlanError::NoStep {
                step,
                after: *after,
            }),
            None => Ok(own.into_iter().chain(others.iter().copied()).collect()),
        }
    }

    fn sum(&self, step: StepId, before: &[StepId]) -> Vec<usize> {
        let mut sum = vec![0; self.lanes.len()];
        let before = before
            .iter()
            .filter_map(|one| self.needs[one.0 - 1].as_ref());
        for needs in before {
            for (have, need) in sum.iter_mut().zip(needs) {
                *have = (*have).max(*need);
            }
        }
        let (lane, place) = self.places[step.0 - 1];
        sum[lane] = sum[lane].max(place);
        sum
    }
}
