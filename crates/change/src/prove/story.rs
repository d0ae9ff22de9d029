//! How a process came to hold what it holds, in words.

use cluster::Component;

use super::ends::{End, Role};
use super::history::Start;
use crate::plan::{Kind, Plan};

/// What has to happen beside the steps for an end to be so; `None` when nothing has to.
pub(super) fn of(plan: &Plan, end: &End) -> Option<String> {
    let node = &plan.nodes[end.node];
    let who = format!("{}@{}", end.holder, node.name);
    match (end.role, node.kind, end.start) {
        (Role::PodsTrust, ..) => Some(format!(
            "pods still verify with what {who} published before"
        )),
        (Role::PodsToken, ..) => Some(format!("pods still show tokens that {who} signed before")),
        (Role::Joining, ..) => Some("a node joins by what is published".to_owned()),
        (_, Kind::People, _) => Some("somebody still uses a kubeconfig of before".to_owned()),
        (.., Start::Alone(_)) => Some(format!("{who} ends and is started again")),
        (.., Start::Step(_)) if !end.is_fresh => {
            Some(format!("{who} has not yet taken up what changed"))
        }
        (.., Start::Before) if !end.is_first && Component::PROGRAMS.contains(&end.holder) => {
            Some(format!("{who} has taken up what changed"))
        }
        (.., Start::Before | Start::Step(_)) => None,
    }
}

/// What happens to a process that nothing starts any more.
pub(super) fn gone(plan: &Plan, end: &End) -> String {
    let node = &plan.nodes[end.node].name;
    format!(
        "{}@{node} ends and is not started again, because its manifest is not there any more",
        end.holder
    )
}
