//! Authorizers that are not asked, and headers that are not looked at, so that known clients may not
//! do their job.

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

pub(super) const USER_HEADER: Rule = Rule {
    code: "KP0610",
    title: "nobody looks where the front proxy writes the user's name",
    why: "kube-apiserver writes the user's name into X-Remote-User, whatever is set. Extension API servers are told by \
          extension-apiserver-authentication which headers to look at: without this one they know no user and refuse.",
    reference: "staging/src/k8s.io/apiserver/pkg/authentication/request/headerrequest/requestheader.go",
    cis: &[],
};

pub(super) fn findings(context: &Context<'_, '_>, breakages: &[Breakage<'_>]) -> Vec<Finding> {
    let groups = group(breakages, |breakage| match &breakage.problem {
        Problem::NotAuthorized { modes, node, lacks } => Some((*node, modes.place.clone(), *lacks)),
        _ => None,
    });
    let headers = group(breakages, |breakage| match &breakage.problem {
        Problem::UserHeader { setting, node } => Some((*node, setting.place.clone())),
        _ => None,
    });
    let missing = groups
        .iter()
        .filter_map(|group| finding(context, &group.breakages));
    let headers = headers
        .iter()
        .filter_map(|group| other_header(context, &group.breakages));
    missing.chain(headers).collect()
}

fn other_header(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let Problem::UserHeader { setting, node } = &breakages.first()?.problem else {
        return None;
    };
    let who = context.who(cluster::Component::KubeApiserver, *node);
    let message = format!(
        "{who} lets extension API servers look for the user's name in other headers than X-Remote-User"
    );
    let evidence = vec![context.at_setting(*node, setting, "X-Remote-User is not in it")];
    let remedy = "kubeadm sets --requestheader-username-headers=X-Remote-User".to_owned();
    let cause = Cause::Conflict;
    Some(context.finding(&USER_HEADER, cause, breakages, message, evidence, remedy))
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
