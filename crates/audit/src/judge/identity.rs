//! Whom a server takes a client for, and whether that is who it has to be.

use cluster::graph::Required;
use cluster::{Channel, Component};

use super::{Course, Presented};
use crate::problem::Problem;
use crate::report::Identity;

/// Everybody who is known has this group besides (`authenticated_group_adder.go`).
const AUTHENTICATED: &str = "system:authenticated";

/// Reads the identity off an accepted certificate and compares it with what the role needs
/// (`apiserver/pkg/authentication/request/x509/x509.go`: the last common name and every
/// organisation).
pub(super) fn check<'a>(channel: &'a Channel, presented: &Presented<'a>, course: &mut Course<'a>) {
    let subject = &presented.leaf.subject;
    let user = subject.common_name().to_owned();
    let organizations = subject.organizations().map(str::to_owned);
    let identity = Identity {
        user,
        groups: organizations.collect(),
    };
    let makes_users = matches!(
        channel.server.component,
        Component::KubeApiserver | Component::Kubelet
    );
    if identity.user.is_empty() && makes_users {
        let problem = Problem::NoUser {
            presented: presented.what,
        };
        return course.add(problem, "Unauthorized");
    }
    check_allowed(channel, presented, &identity, course);
    if !suffices(&identity, &channel.required) {
        let said = said(&identity, &channel.required);
        let problem = Problem::Identity {
            presented: presented.what,
            leaf: presented.leaf.clone(),
            kubeconfig: channel.kubeconfig.as_ref(),
            identity: identity.clone(),
            required: channel.required.clone(),
        };
        course.add(problem, said);
    }
    course.identity = Some(if makes_users {
        authenticated(identity)
    } else {
        identity
    });
}

/// With the group that everybody has who is known.
pub(super) fn authenticated(mut identity: Identity) -> Identity {
    if !identity.groups.iter().any(|group| group == AUTHENTICATED) {
        identity.groups.push(AUTHENTICATED.to_owned());
    }
    identity
}

fn check_allowed<'a>(
    channel: &'a Channel,
    presented: &Presented<'a>,
    identity: &Identity,
    course: &mut Course<'a>,
) {
    let allowed = &channel.client_auth.allowed_names;
    let Some(first) = allowed.first() else {
        return;
    };
    if allowed.iter().any(|name| name.value == identity.user) {
        return;
    }
    let said = format!(
        "x509: subject with cn={} is not in the allowed list",
        identity.user
    );
    let problem = Problem::NotAllowed {
        presented: presented.what,
        name: identity.user.clone(),
        allowed: first.clone(),
    };
    course.add(problem, said);
}

fn suffices(identity: &Identity, required: &Required) -> bool {
    let is_in = |groups: &[&str]| {
        identity
            .groups
            .iter()
            .any(|group| groups.contains(&group.as_str()))
    };
    match required {
        Required::User(user) => identity.user == *user || is_in(&["system:masters"]),
        Required::AnyGroup(groups) => is_in(groups),
        Required::UserOrGroup(user, groups) => identity.user == *user || is_in(groups),
        Required::Node(name) => {
            let node = identity.user.strip_prefix("system:node:");
            let is_this = node.is_some_and(|node| name.as_deref().is_none_or(|name| name == node));
            is_this && is_in(&["system:nodes"])
        }
        // A certificate never makes a service account.
        Required::ServiceAccount(_) => false,
        Required::FrontProxy | Required::AnyCertificate => true,
    }
}

fn said(identity: &Identity, required: &Required) -> String {
    let resource = match required {
        Required::Node(_) => "nodes",
        Required::UserOrGroup(..) => {
            return format!(
                "Forbidden (user={}, verb=get, resource=nodes)",
                identity.user
            );
        }
        _ => "leases.coordination.k8s.io",
    };
    format!(
        "{resource} is forbidden: User {:?} cannot get resource",
        identity.user
    )
}
