//! Whom a server takes a client for, and whether that is who it has to be.

use cluster::graph::Required;
use cluster::{Channel, Component};

use super::{Course, Judge, Presented};
use crate::identity::{self, Identity};
use crate::problem::Problem;

impl<'a> Judge<'a> {
    /// Reads the identity off an accepted certificate and compares it with what the role needs.
    pub(super) fn identify(
        &self,
        channel: &'a Channel,
        presented: &Presented<'a>,
        course: &mut Course<'a>,
    ) {
        let makes_users = matches!(
            channel.server.component,
            Component::KubeApiserver | Component::Kubelet
        );
        let is_etcd = channel.server.component == Component::Etcd;
        let server = self.inventory.process(&channel.server);
        let version = server.and_then(|process| process.version);
        let identity = match identity::of_certificate(&presented.leaf, version) {
            _ if is_etcd => identity::at_etcd(&presented.leaf),
            Ok(identity) => identity,
            Err(_) if !makes_users => Identity::default(),
            Err(why) => {
                let presented = presented.what;
                return course.add(Problem::NoUser { presented, why }, "Unauthorized");
            }
        };
        check_allowed(channel, presented, course);
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
        course.identity = Some(match makes_users {
            true => identity.authenticated(),
            false => identity,
        });
    }
}

fn check_allowed<'a>(channel: &'a Channel, presented: &Presented<'a>, course: &mut Course<'a>) {
    let allowed = &channel.client_auth.allowed_names;
    let checked = identity::check_common_name(&presented.leaf, allowed);
    if let (Err(said), Some(first)) = (checked, allowed.first()) {
        let problem = Problem::NotAllowed {
            presented: presented.what,
            name: presented.leaf.subject.common_name().to_owned(),
            allowed: first.clone(),
        };
        course.add(problem, said);
    }
}

fn suffices(identity: &Identity, required: &Required) -> bool {
    let is_in = |groups: &[&str]| groups.iter().any(|group| identity.is_in(group));
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
