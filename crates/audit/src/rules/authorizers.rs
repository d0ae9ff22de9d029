//! Authorizers that are not asked, so that known clients may not do their job.

use super::{Context, Rule};
use crate::blame::group;
use crate::problem::{Breakage, Problem};
use crate::report::{Cause, Finding};

pub(super) const MISSING: Rule = Rule {
    code: "KP0607",
    title: "an authorizer is not asked",
    why: "Kubelets are let by the authorizer Node, everybody else by RBAC. Who is missing from --authorization-mode \
          lets nobody do anything: the certificates are good, and every request is forbidden.",
    reference: "Kubernetes pkg/auth/authorizer/node, plugin/pkg/auth/authorizer",
    cis: &["1.2.7", "1.2.8"],
};

pub(super) fn findings(context: &Context<'_, '_>, breakages: &[Breakage<'_>]) -> Vec<Finding> {
    let groups = group(breakages, |breakage| match &breakage.problem {
        Problem::NotAuthorized { modes, node, lacks } => Some((*node, modes.place.clone(), *lacks)),
        _ => None,
    });
    groups
        .iter()
        .filter_map(|group| finding(context, &group.breakages))
        .collect()
}

fn finding(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let Problem::NotAuthorized { modes, node, lacks } = &breakages.first()?.problem else {
        return None;
    };
    if context.keeps_from_starting(&modes.place, *node) {
        return None;
    }
    let who = context.who(cluster::Component::KubeApiserver, *node);
    let whom = match *lacks {
        "Node" => "kubelets",
        _ => "anybody but kubelets and system:masters",
    };
    let message =
        format!("{who} does not ask the authorizer {lacks}, and lets nothing be done by {whom}");
    let label = format!("{lacks} is not in it");
    let evidence = vec![context.at_setting(*node, modes, label)];
    let remedy = format!("add {lacks}: kubeadm sets Node,RBAC");
    Some(context.finding(
        &MISSING,
        Cause::Conflict,
        breakages,
        message,
        evidence,
        remedy,
    ))
}
