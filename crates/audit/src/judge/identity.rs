//! Whom a server takes a client for, and whether that is who it has to be.

use cluster::graph::Required;
use cluster::{Channel, Component, Setting};

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
        self.check_user_header(channel, course);
        if !suffices(&identity, &channel.required) {
            let said = said(&identity, &channel.required, channel.client.component);
            let problem = Problem::Identity {
                presented: presented.what,
                leaf: presented.leaf.clone(),
                kubeconfig: channel.kubeconfig.as_ref(),
                identity: identity.clone(),
                required: channel.required.clone(),
            };
            course.add(problem, said);
        }
        self.authorize(channel, &identity, course);
        course.identity = Some(match makes_users {
            true => identity.authenticated(),
            false => identity,
        });
    }
}

impl<'a> Judge<'a> {
    /// kube-apiserver publishes the headers that it is told, for the servers behind it, and writes into
    /// its own (`kube-aggregator/pkg/apiserver/handler_proxy.go`).
    fn check_user_header(&self, channel: &'a Channel, course: &mut Course<'a>) {
        let proxy = self.inventory.process(&channel.client);
        let is_proxy = channel.server.component == Component::AggregatedApiserver;
        let Some(proxy) = proxy.filter(|_| is_proxy) else {
            return;
        };
        let names = proxy.settings.list("requestheader-username-headers");
        let is_written = |name: &Setting| name.value.eq_ignore_ascii_case("X-Remote-User");
        let bundle = proxy.settings.get("requestheader-client-ca-file");
        if let Some(setting) = names.first().or(bundle)
            && !names.iter().any(is_written)
        {
            let (setting, node) = (setting.clone(), channel.client.node);
            course.add(Problem::UserHeader { setting, node }, "Unauthorized");
        }
    }

    /// Whether kube-apiserver asks an authorizer that lets its clients do what they are for: the
    /// node authorizer for kubelets (`system:nodes` has no role), RBAC for everybody else but
    /// `system:masters`. What a webhook or a policy file says is not known.
    pub(super) fn authorize(
        &self,
        channel: &'a Channel,
        identity: &Identity,
        course: &mut Course<'a>,
    ) {
        if channel.server.component != Component::KubeApiserver || identity.is_in("system:masters")
        {
            return;
        }
        let Some(server) = self.inventory.process(&channel.server) else {
            return;
        };
        let modes = server.settings.list("authorization-mode");
        let lacks = match channel.required {
            Required::Node(_) => "Node",
            _ => "RBAC",
        };
        let suffices =
            |mode: &str| !matches!(mode, "Node" | "RBAC" | "AlwaysDeny") || mode == lacks;
        let Some(first) = modes.first() else { return };
        if modes.iter().any(|mode| suffices(&mode.value)) {
            return;
        }
        let problem = Problem::NotAuthorized {
            modes: first.clone(),
            node: channel.server.node,
            lacks,
        };
        let client = channel.client.component;
        course.add(problem, said(identity, &channel.required, client));
    }
}

fn check_allowed<'a>(channel: &'a Channel, presented: &Presented<'a>, course: &mut Course<'a>) {
    let allowed = &channel.client_auth.allowed_names;
    let checked = identity::check_common_name(&presented.leaf, allowed);
    let leaf = &presented.leaf;
    let not_allowed = |names: String, first: &Setting| Problem::NotAllowed {
        presented: presented.what,
        names,
        allowed: first.clone(),
        node: channel.server.node.or(channel.client.node),
    };
    if let (Err(said), Some(first)) = (checked, allowed.first()) {
        let name = format!("the common name {:?}", leaf.subject.common_name());
        course.add(not_allowed(name, first), said);
    }
    let hostnames = &channel.client_auth.allowed_hostnames;
    if let Some(first) = hostnames.first()
        && !identity::has_hostname(leaf, hostnames)
    {
        let names = &leaf.extensions.names;
        let names = match names.dns.is_empty() {
            true => "no DNS names".to_owned(),
            false => format!("the names {}", names.dns.join(", ")),
        };
        // etcd says this itself; the client only hears that its certificate is bad.
        course.add(
            not_allowed(names, first),
            "remote error: tls: bad certificate",
        );
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

/// What the server answers to the first thing that the client asks for
/// (`staging/src/k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go`).
fn said(identity: &Identity, required: &Required, client: Component) -> String {
    let user = &identity.user;
    match (required, client) {
        (Required::UserOrGroup(..), _) => {
            format!("Forbidden (user={user}, verb=get, resource=nodes)")
        }
        (_, Component::KubeControllerManager | Component::KubeScheduler) => format!(
            "leases.coordination.k8s.io \"{client}\" is forbidden: User {user:?} cannot get resource \"leases\" in API group \"coordination.k8s.io\" in the namespace \"kube-system\""
        ),
        (Required::Node(Some(name)), _) => format!(
            "nodes {name:?} is forbidden: User {user:?} cannot get resource \"nodes\" in API group \"\" at the cluster scope"
        ),
        _ => format!(
            "nodes is forbidden: User {user:?} cannot list resource \"nodes\" in API group \"\" at the cluster scope"
        ),
    }
}
