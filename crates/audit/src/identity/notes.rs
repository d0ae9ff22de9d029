//! What is worth knowing of an identity besides.

use std::collections::BTreeSet;

use cluster::Component;
use cluster::graph::server::Authorization;

use super::answer::MASTERS;
use super::{Answer, Identity, Method, Outcome};

/// What somebody should know who holds a credential with these answers.
pub fn notes(answers: &[Answer]) -> Vec<String> {
    let mut notes = Vec::new();
    let at_apiserver = answers.iter().find(|answer| {
        answer.server.component == Component::KubeApiserver && answer.identity.is_some()
    });
    let identity = at_apiserver.and_then(|answer| answer.identity.as_ref());
    notes.extend(identity.into_iter().flat_map(of_identity));
    notes.extend(of_proxy(answers));
    notes.extend(of_delegating(answers));
    let takes = |component, method| {
        answers.iter().any(|answer| {
            let may = matches!(answer.outcome, Outcome::Accepted | Outcome::Unknown);
            let mut steps = answer.steps.iter();
            may && answer.server.component == component && steps.any(|step| step.method == method)
        })
    };
    let is_accepted = |component| {
        answers.iter().any(|answer| {
            answer.server.component == component && answer.outcome == Outcome::Accepted
        })
    };
    let has_uid = identity.is_some_and(|identity| identity.uid.is_some());
    if has_uid && takes(Component::KubeApiserver, Method::ClientCertificate) {
        notes.push(
            "the UID is the subject's attribute 1.3.6.1.4.1.57683.2, which counts since Kubernetes \
             1.33"
                .to_owned(),
        );
    }
    if is_accepted(Component::Etcd) {
        notes.push(
            "etcd asks nobody what they may do unless its own authentication is switched on: \
             everything that the cluster stores, Secrets included, can be read and changed"
                .to_owned(),
        );
    }
    if takes(Component::KubeApiserver, Method::ServiceAccount) {
        notes.push(
            "kube-apiserver looks besides whether the account, and what the token is bound to, \
             still exist: no file tells"
                .to_owned(),
        );
    }
    if takes(Component::KubeApiserver, Method::BootstrapToken) {
        notes.push(
            "the Secret of a bootstrap token may say more groups (auth-extra-groups; kubeadm's say \
             system:bootstrappers:kubeadm:default-node-token), and when it ends"
                .to_owned(),
        );
    }
    notes
}

fn of_identity(identity: &Identity) -> Vec<String> {
    let mut notes = Vec::new();
    let node = identity.user.strip_prefix("system:node:");
    match (node, identity.is_in("system:nodes")) {
        (Some(node), true) => notes.push(format!(
            "it is the node {node}: the Node authorizer lets it at what its own pods need, and \
             NodeRestriction keeps it to itself"
        )),
        (Some(_), false) => notes.push(
            "it is not a node, for want of the group system:nodes: it is a user like any other"
                .to_owned(),
        ),
        (None, true) => notes.push(
            "it is not a node, though in system:nodes: its name would have to be system:node:NAME"
                .to_owned(),
        ),
        (None, false) => {}
    }
    if identity.is_in(MASTERS) {
        notes.push(
            "system:masters may do everything: kube-apiserver does not even ask RBAC, and nothing \
             but another client CA takes that back"
                .to_owned(),
        );
    }
    if identity.is_in("kubeadm:cluster-admins") {
        notes.push(
            "kubeadm:cluster-admins may do what kubeadm's ClusterRoleBinding of this name says \
             (cluster-admin: everything), for as long as that exists"
                .to_owned(),
        );
    }
    notes
}

/// Who asks kube-apiserver what the client may do.
fn of_delegating(answers: &[Answer]) -> Option<String> {
    let asks = |answer: &&Answer| {
        answer.outcome == Outcome::Accepted && answer.authorization == Authorization::AsksApiserver
    };
    let asking: BTreeSet<Component> = answers
        .iter()
        .filter(asks)
        .map(|answer| answer.server.component)
        .collect();
    let names: Vec<&str> = asking.iter().map(|component| component.name()).collect();
    let (last, others) = names.split_last()?;
    let who = match others {
        [] => format!("{last} asks"),
        others => format!("{} and {last} ask", others.join(", ")),
    };
    Some(format!(
        "{who} kube-apiserver what it may do there (SubjectAccessReview)"
    ))
}

/// Who speaks for others, and who should not.
fn of_proxy(answers: &[Answer]) -> Vec<String> {
    let mut speaking = answers.iter().filter(|answer| answer.speaks_for_others);
    let Some(first) = speaking.next() else {
        return Vec::new();
    };
    let known = [first].into_iter().chain(speaking).find_map(|answer| {
        let is_user = |user: &&Identity| !user.user.is_empty();
        answer.identity.as_ref().filter(is_user)
    });
    let mut notes = vec![
        "a front proxy: it names users in X-Remote-User, their groups in X-Remote-Group, and is \
         believed, system:masters included"
            .to_owned(),
    ];
    notes.push(match known {
        None => "without these headers it is nobody, and refused".to_owned(),
        Some(user) => format!(
            "without these headers it is {user}: the same authority vouches for front proxies and \
             for users, so a user with an allowed common name can be anybody"
        ),
    });
    notes
}
