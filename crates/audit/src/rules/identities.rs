//! Clients that are taken for somebody else than their role needs, or for nobody.

use std::sync::Arc;

use cluster::graph::Required;
use verify::{Certificate, Kind};

use super::{Context, Rule, words};
use crate::blame::{self, group};
use crate::identity::NotAUser;
use crate::judge::is_issuer_unknown;
use crate::problem::{Breakage, Problem, Use};
use crate::report::{Cause, Evidence, Finding};

pub(super) const WRONG: Rule = Rule {
    code: "KP0602",
    title: "a certificate makes its bearer somebody else",
    why: "kube-apiserver takes the common name for the user and every organisation for a group. The access rules \
          of components are bound to those names: a typo authenticates and is then forbidden everything.",
    reference: "staging/src/k8s.io/apiserver/pkg/authentication/request/x509/x509.go",
    cis: &[],
};
pub(super) const NO_USER: Rule = Rule {
    code: "KP0603",
    title: "a client certificate without a user",
    why: "Without a common name there is no user, and the request is refused.",
    reference: "staging/src/k8s.io/apiserver/pkg/authentication/request/x509/x509.go",
    cis: &[],
};
pub(super) const NOT_ALLOWED: Rule = Rule {
    code: "KP0604",
    title: "a name that is not on the list",
    why: "--requestheader-allowed-names, and etcd's --peer-cert-allowed-cn, take only the common names they list; \
          etcd's --client-cert-allowed-hostname and --peer-cert-allowed-hostname only alternative names.",
    reference: "staging/src/k8s.io/apiserver/pkg/authentication/request/headerrequest, etcd client/pkg/transport/listener.go",
    cis: &[],
};
pub(super) const NO_CREDENTIAL: Rule = Rule {
    code: "KP0605",
    title: "a client that presents nothing",
    why: "The server verifies its clients, and this one has neither a certificate nor a token.",
    reference: "etcd client/pkg/transport/listener.go",
    cis: &["1.2.4", "1.2.23"],
};
pub(super) const MISPLACED: Rule = Rule {
    code: "KP0606",
    title: "a certificate that is for something else",
    why: "The certificate is good, and used well elsewhere in the cluster: it was put or named in the wrong place. \
          Whatever else is wrong with it here follows from that.",
    reference: "cmd/kubeadm/app/phases/certs/certlist.go",
    cis: &[],
};

/// What is presented in a place that it is not for, and what is left without that.
pub(super) fn misplaced<'a>(
    context: &Context<'_, 'a>,
    all: &[Breakage<'a>],
) -> (Vec<Finding>, Vec<Breakage<'a>>) {
    let groups = group(all, |breakage| {
        let (presented, leaf) = at_fault(&breakage.problem)?;
        context.judgement.rightful(presented, leaf)?;
        Some((
            presented.by,
            blame::ids(presented),
            presented.setting().map(|setting| setting.place.clone()),
        ))
    });
    let mut findings = Vec::new();
    let mut explained: Vec<*const Breakage<'a>> = Vec::new();
    for group in &groups {
        findings.extend(misplaced_finding(context, &group.breakages));
        explained.extend(
            group
                .breakages
                .iter()
                .map(|breakage| std::ptr::from_ref(*breakage)),
        );
    }
    let rest = all
        .iter()
        .filter(|breakage| !explained.contains(&std::ptr::from_ref(*breakage)));
    (findings, rest.cloned().collect())
}

/// What is presented, where something is wrong with it that another certificate would not have.
fn at_fault<'p, 'a>(problem: &'p Problem<'a>) -> Option<(&'p Use<'a>, &'p Arc<Certificate>)> {
    match problem {
        Problem::Refused {
            presented,
            leaf,
            error,
            ..
        } => {
            let is_fault = error.kind() == Kind::WrongUsage || is_issuer_unknown(error);
            is_fault.then_some((presented, leaf))
        }
        Problem::Name {
            presented, leaf, ..
        }
        | Problem::Identity {
            presented, leaf, ..
        } => Some((presented, leaf)),
        _ => None,
    }
}

fn misplaced_finding<'a>(
    context: &Context<'_, 'a>,
    breakages: &[&Breakage<'a>],
) -> Option<Finding> {
    let (presented, leaf) = at_fault(&breakages.first()?.problem)?;
    let rightful = context.judgement.rightful(presented, leaf)?;
    let who = context.who(presented.by, presented.node);
    let what = words::place(presented.material);
    let owner = words::place(rightful.material);
    let message = format!(
        "{who} presents a certificate that is for something else: {} in {what}",
        words::called(leaf)
    );
    let label = format!("the same as {owner}");
    let content = context.at_content(presented, &label);
    let evidence: Vec<Evidence> = match is_named_wrongly(presented, &rightful) {
        true => context
            .at_naming(presented, "names the wrong one")
            .into_iter()
            .chain([content])
            .collect(),
        false => std::iter::once(content)
            .chain(context.at_naming(presented, "presented because of this"))
            .collect(),
    };
    let evidence = evidence
        .into_iter()
        .chain([context.at_content(&rightful, "used well here")])
        .collect();
    let remedy = format!("present the certificate that was made for {who} here");
    Some(context.finding(
        &MISPLACED,
        cause(breakages),
        breakages,
        message,
        evidence,
        remedy,
    ))
}

/// Whether the very file is named that is good elsewhere, rather than a copy of it.
fn is_named_wrongly(presented: &Use<'_>, rightful: &Use<'_>) -> bool {
    presented.naming().is_some() && presented.material.place() == rightful.material.place()
}

/// The first thing that Go would complain about.
fn cause(breakages: &[&Breakage<'_>]) -> Cause {
    let of = |problem: &Problem<'_>| match problem {
        Problem::Refused { error, .. } if error.kind() == Kind::WrongUsage => Cause::WrongUsage,
        Problem::Refused { .. } => Cause::UntrustedIssuer,
        Problem::Identity { .. } => Cause::WrongIdentity,
        _ => Cause::NameMismatch,
    };
    let mut causes: Vec<Cause> = breakages
        .iter()
        .map(|breakage| of(&breakage.problem))
        .collect();
    causes.sort_by_key(|cause| match cause {
        Cause::UntrustedIssuer => 0,
        Cause::WrongUsage => 1,
        Cause::WrongIdentity => 2,
        _ => 3,
    });
    causes.first().copied().unwrap_or(Cause::WrongIdentity)
}

pub(super) fn findings(context: &Context<'_, '_>, breakages: &[Breakage<'_>]) -> Vec<Finding> {
    let groups = group(breakages, |breakage| match &breakage.problem {
        Problem::Identity { presented, .. } => Some((0, blame::ids(presented))),
        Problem::NoUser { presented, .. } => Some((1, blame::ids(presented))),
        _ => None,
    });
    let unlisted = group(breakages, |breakage| match &breakage.problem {
        Problem::NotAllowed {
            names,
            allowed,
            node,
            ..
        } => Some((*node, allowed.place.clone(), names.clone())),
        _ => None,
    });
    let unlisted = unlisted
        .iter()
        .filter_map(|group| finding(context, &group.breakages));
    let nothing = group(breakages, |breakage| match &breakage.problem {
        Problem::NoCredential {
            client,
            node,
            server,
            ..
        } => Some((*client, *node, *server)),
        _ => None,
    });
    let known = groups
        .iter()
        .filter_map(|group| finding(context, &group.breakages));
    let nothing = nothing
        .iter()
        .filter_map(|group| no_credential(context, &group.breakages));
    known.chain(unlisted).chain(nothing).collect()
}

fn finding<'a>(context: &Context<'_, 'a>, breakages: &[&Breakage<'a>]) -> Option<Finding> {
    match &breakages.first()?.problem {
        Problem::Identity {
            presented,
            identity,
            required,
            kubeconfig,
            ..
        } => {
            let who = context.who(presented.by, presented.node);
            let message = format!("{who} is taken for {identity}, but has to be {required}");
            let mut evidence =
                vec![context.at_content(presented, format!("makes its bearer {identity}"))];
            evidence.extend(context.at_naming(presented, "presented because of this"));
            if let Some(naming) = kubeconfig.and_then(|used| used.source.setting.as_ref()) {
                let other = blame::credential_at(&presented.material.place());
                let is_anothers = other.is_some_and(|credential| credential.owner != presented.by);
                let at = naming
                    .is_written()
                    .then(|| context.at_setting(presented.node, naming, "read because of this"));
                evidence.splice(
                    if is_anothers {
                        0..0
                    } else {
                        evidence.len()..evidence.len()
                    },
                    at,
                );
            }
            let remedy = format!("have the certificate issued again for {}", wanted(required));
            Some(context.finding(
                &WRONG,
                Cause::WrongIdentity,
                breakages,
                message,
                evidence,
                remedy,
            ))
        }
        Problem::NoUser { presented, why } => {
            let who = context.who(presented.by, presented.node);
            let (what, label, remedy) = match why {
                NotAUser::NoCommonName => (
                    "a certificate without a common name, which is no user".to_owned(),
                    "has no common name",
                    "have it issued again with the user as common name",
                ),
                why => (
                    format!("a certificate that makes no user: {why}"),
                    "names no UID, or several",
                    "have it issued again with one UID or none: attribute 1.3.6.1.4.1.57683.2",
                ),
            };
            let message = format!("{who} presents {what}");
            let evidence = vec![context.at_content(presented, label)];
            let remedy = remedy.to_owned();
            Some(context.finding(
                &NO_USER,
                Cause::WrongIdentity,
                breakages,
                message,
                evidence,
                remedy,
            ))
        }
        Problem::NotAllowed {
            presented,
            names,
            allowed,
            node,
        } => Some(not_allowed(
            context,
            breakages,
            presented,
            names,
            (allowed, *node),
        )),
        _ => None,
    }
}

fn not_allowed<'a>(
    context: &Context<'_, 'a>,
    breakages: &[&Breakage<'a>],
    presented: &Use<'a>,
    names: &str,
    (allowed, node): (&cluster::Setting, Option<usize>),
) -> Finding {
    let who = context.who(presented.by, presented.node);
    let message = format!(
        "{who} presents {names}, which {} does not list",
        allowed.name
    );
    let list = context.at_setting(node, allowed, format!("does not list {names}"));
    let certificate = context.at_content(presented, format!("has {names}"));
    let expected =
        blame::credential_at(&presented.material.place()).map(|credential| credential.common_name);
    let is_other = |expected: &str| expected != "NODE" && !names.contains(expected);
    let is_by_name = !allowed.key.ends_with("hostname");
    let evidence = match is_by_name && expected.is_some_and(is_other) {
        true => vec![certificate, list],
        false => vec![list, certificate],
    };
    let remedy =
        "list it there, or have the certificate issued again with a name that is listed".to_owned();
    context.finding(
        &NOT_ALLOWED,
        Cause::WrongIdentity,
        breakages,
        message,
        evidence,
        remedy,
    )
}

fn wanted(required: &Required) -> String {
    match required {
        Required::User(user) => format!("CN={user}"),
        Required::AnyGroup(groups) => format!("O={}", groups.first().unwrap_or(&"")),
        Required::UserOrGroup(user, _) => format!("CN={user}"),
        Required::Node(Some(node)) => format!("CN=system:node:{node}, O=system:nodes"),
        Required::Node(None) => "CN=system:node:NAME, O=system:nodes".to_owned(),
        other => other.to_string(),
    }
}

fn no_credential<'a>(context: &Context<'_, 'a>, breakages: &[&Breakage<'a>]) -> Option<Finding> {
    let Problem::NoCredential {
        client,
        node,
        kubeconfig,
        server,
    } = &breakages.first()?.problem
    else {
        return None;
    };
    let who = context.who(*client, *node);
    let message = format!("{who} presents nothing to {server}, which has to know who it is");
    let manifest = || {
        let process = context
            .inventory
            .nodes
            .get((*node)?)?
            .processes
            .get(client)?;
        Some(process.manifest.place())
    };
    let place = kubeconfig
        .map(|used| used.source.place())
        .or_else(manifest)?;
    let evidence = vec![context.at_place(*node, place, "names no client certificate")];
    let remedy = format!("give {who} its client certificate and key for {server}");
    Some(context.finding(
        &NO_CREDENTIAL,
        Cause::WrongIdentity,
        breakages,
        message,
        evidence,
        remedy,
    ))
}
