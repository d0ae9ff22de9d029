//! Certificates whose issuer the other side does not trust.

use verify::tls::Side;
use verify::{Certificate, Options};

use super::{Context, Rule, words};
use crate::blame::{Party, What, group};
use crate::judge::is_issuer_unknown;
use crate::problem::{Breakage, Problem, Use};
use crate::report::{Cause, Evidence, Finding};

pub(super) const UNTRUSTED: Rule = Rule {
    code: "KP0301",
    title: "a certificate whose issuer is not trusted",
    why: "Whoever verifies looks for the issuer among the CA certificates it was given. A cluster made by kubeadm \
          has three authorities that do not know each other: the cluster's, etcd's and the front proxy's.",
    reference: "RFC 5280, section 6.1, Go crypto/x509/verify.go",
    cis: &[],
};
pub(super) const INCOMPLETE: Rule = Rule {
    code: "KP0302",
    title: "an intermediate certificate is not sent along",
    why: "The other side knows the root only; the certificates in between have to stand in the same file as the \
          leaf, behind it.",
    reference: "RFC 5246, section 7.4.2",
    cis: &[],
};
pub(super) const STALE: Rule = Rule {
    code: "KP0303",
    title: "trust in an authority that has been replaced",
    why: "The authority was made again with the same name and another key. Whoever still has the old certificate \
          takes nothing that the new one signs.",
    reference: "Kubernetes documentation: Manual Rotation of CA Certificates",
    cis: &[],
};
pub(super) const NO_AUTHORITY: Rule = Rule {
    code: "KP0304",
    title: "a client is not told whom to trust",
    why: "Without CA certificates of its own a client uses the system's, which do not know the cluster's.",
    reference: "staging/src/k8s.io/client-go/transport/transport.go, etcd client/pkg/transport/listener.go",
    cis: &["1.2.26"],
};
pub(super) const NO_CLIENT_AUTHORITY: Rule = Rule {
    code: "KP0305",
    title: "a server is not told whose clients to trust",
    why: "Without --client-ca-file kube-apiserver and the kubelet take no client certificate for an identity; \
          with --client-cert-auth and without --trusted-ca-file etcd refuses everybody.",
    reference: "pkg/kubeapiserver/authenticator/config.go, etcd client/pkg/transport/listener.go",
    cis: &["1.2.25", "4.2.3"],
};
pub(super) const SELF_SIGNED: Rule = Rule {
    code: "KP0306",
    title: "a server makes its own certificate, but clients verify it",
    why: "A component without a serving certificate makes one when it starts, which no authority signed.",
    reference: "pkg/kubeapiserver/options/serving.go, cmd/kubelet/app/server.go",
    cis: &["1.2.24", "4.2.9"],
};

/// Who has to change what.
#[derive(Clone, Debug, PartialEq)]
struct Culprit {
    party: Party,
    /// For a bundle what it holds, so that copies of one count as one; for a certificate the bundle
    /// and the issuer, so that all that an issuer signed count as one.
    content: Vec<[u8; 32]>,
    issuer: Vec<u8>,
    setting: Option<x509::Place>,
}

pub(super) fn findings(context: &Context<'_, '_>, breakages: &[Breakage<'_>]) -> Vec<Finding> {
    let refused = group(breakages, |breakage| culprit(context, breakage));
    let systems = group(breakages, |breakage| match &breakage.problem {
        Problem::NoAuthority {
            client,
            node,
            kubeconfig,
            ..
        } => Some((*client, *node, kubeconfig.map(|used| used.source.place()))),
        _ => None,
    });
    let servers = group(breakages, |breakage| match &breakage.problem {
        Problem::NoClientAuthority { server, node } => Some((*server, *node)),
        _ => None,
    });
    let own = group(breakages, |breakage| match &breakage.problem {
        Problem::SelfSigned { server, node, .. } => Some((*server, *node)),
        _ => None,
    });
    let refused = refused
        .iter()
        .filter_map(|group| untrusted(context, &group.key, &group.breakages));
    let systems = systems
        .iter()
        .filter_map(|group| no_authority(context, &group.breakages));
    let servers = servers
        .iter()
        .filter_map(|group| no_client_authority(context, &group.breakages));
    let own = own
        .iter()
        .filter_map(|group| self_signed(context, &group.breakages));
    refused.chain(systems).chain(servers).chain(own).collect()
}

fn culprit(context: &Context<'_, '_>, breakage: &Breakage<'_>) -> Option<Culprit> {
    let (presented, trust, leaf) = refused(breakage)?;
    let incomplete = lacks_intermediate(context, breakage);
    let party = match incomplete {
        true => Party::Presented,
        false => context.judgement.to_blame(presented, trust, leaf),
    };
    let used = if party == Party::Presented {
        presented
    } else {
        trust
    };
    let is_setting = !incomplete && context.judgement.what_to_change(used) == What::Setting;
    let setting = used
        .naming()
        .filter(|_| is_setting)
        .map(|setting| setting.place.clone());
    Some(match party {
        Party::Trust => Culprit {
            party,
            content: context.judgement.content(trust),
            issuer: Vec::new(),
            setting,
        },
        Party::Presented => {
            let mut issuer = leaf.raw_issuer().to_vec();
            issuer.extend(&leaf.extensions.authority_key_id);
            Culprit {
                party,
                content: context.judgement.content(trust),
                issuer,
                setting,
            }
        }
    })
}

fn refused<'p, 'a>(
    breakage: &'p Breakage<'a>,
) -> Option<(&'p Use<'a>, &'p Use<'a>, &'p Certificate)> {
    match &breakage.problem {
        Problem::Refused {
            presented,
            trust: Some(trust),
            leaf,
            error,
            ..
        } if is_issuer_unknown(error) => Some((presented, trust, leaf)),
        _ => None,
    }
}

/// Whether the chain would be complete with a certificate that the cluster holds and that is not
/// trusted by itself.
fn lacks_intermediate(context: &Context<'_, '_>, breakage: &Breakage<'_>) -> bool {
    let Problem::Refused {
        trust: Some(trust),
        leaf,
        side,
        ..
    } = &breakage.problem
    else {
        return false;
    };
    let roots = context.certificates(trust.material);
    let options = match side {
        Side::Server => Options::server("", context.at),
        Side::Client => Options::client(context.at),
    };
    context
        .judgement
        .verifier
        .verify(leaf, &roots, context.holdings.pool(), &options)
        .is_ok()
}

fn untrusted(
    context: &Context<'_, '_>,
    culprit: &Culprit,
    breakages: &[&Breakage<'_>],
) -> Option<Finding> {
    let first = breakages.first()?;
    let (presented, trust, leaf) = refused(first)?;
    if lacks_intermediate(context, first) {
        return Some(incomplete(context, breakages, presented, leaf));
    }
    let evidence = evidence(context, culprit, breakages);
    let is_stale = culprit.party == Party::Trust && is_replaced(first) && culprit.setting.is_none();
    let (rule, cause) = match is_stale {
        true => (&STALE, Cause::StaleTrust),
        false => (&UNTRUSTED, Cause::UntrustedIssuer),
    };
    let (message, remedy) = match culprit.party {
        Party::Presented => blame_certificate(context, presented, trust, leaf),
        Party::Trust => blame_bundle(context, presented, trust, leaf, is_stale),
    };
    Some(context.finding(rule, cause, breakages, message, evidence, remedy))
}

fn blame_certificate(
    context: &Context<'_, '_>,
    presented: &Use<'_>,
    trust: &Use<'_>,
    leaf: &Certificate,
) -> (String, String) {
    let who = context.who(trust.by, trust.node);
    let what = words::place(presented.material);
    let message = format!(
        "{what} is signed by \"{}\", which {who} does not trust: it trusts {}",
        leaf.issuer.common_name(),
        authorities(context, trust)
    );
    let remedy = format!(
        "have {what} issued again by {}, or name the certificate that is meant",
        authorities(context, trust)
    );
    (message, remedy)
}

fn blame_bundle(
    context: &Context<'_, '_>,
    presented: &Use<'_>,
    trust: &Use<'_>,
    leaf: &Certificate,
    is_stale: bool,
) -> (String, String) {
    let who = context.who(trust.by, trust.node);
    let what = words::place(trust.material);
    let issuer = leaf.issuer.common_name();
    let message = match is_stale {
        true => format!(
            "{who} trusts a \"{issuer}\" that has been replaced by one with another key, in {what}"
        ),
        false => format!(
            "{who} verifies {} with the wrong authority: {what} holds {}, but \"{issuer}\" signed it",
            words::place(presented.material),
            authorities(context, trust)
        ),
    };
    let held = context.issuer(leaf).and_then(|issuer| {
        context
            .holdings
            .holders(issuer)
            .first()
            .map(|used| words::place(used.material))
    });
    let remedy = match (held, trust.naming()) {
        (Some(held), Some(setting)) if context.judgement.what_to_change(trust) == What::Setting => {
            format!("let {} name {held}", setting.name)
        }
        (Some(held), _) => format!("put there what {held} holds"),
        (None, _) => format!("use the certificate of the \"{issuer}\" that signed it"),
    };
    (message, remedy)
}

/// What a bundle holds, by name.
fn authorities(context: &Context<'_, '_>, trust: &Use<'_>) -> String {
    let names: Vec<String> = context
        .certificates(trust.material)
        .iter()
        .map(|one| words::called(one))
        .collect();
    match names.as_slice() {
        [] => "nobody".to_owned(),
        names => words::list(names),
    }
}

/// Whether the bundle holds an authority of the same name with another key.
fn is_replaced(breakage: &Breakage<'_>) -> bool {
    matches!(&breakage.problem, Problem::Refused { error, .. } if error.hint().is_some())
}

fn evidence(
    context: &Context<'_, '_>,
    culprit: &Culprit,
    breakages: &[&Breakage<'_>],
) -> Vec<Evidence> {
    let mut first = Vec::new();
    let mut second = Vec::new();
    for (presented, trust, leaf) in breakages.iter().filter_map(|breakage| refused(breakage)) {
        let signed = format!("signed by \"{}\"", leaf.issuer.common_name());
        let trusts = format!("trusts {}", authorities(context, trust));
        let (bad, label, other, other_label) = match culprit.party {
            Party::Presented => (presented, signed, trust, trusts),
            Party::Trust => (trust, trusts, presented, signed),
        };
        let naming = context.at_naming(bad, &label);
        let content = context.at_content(bad, &label);
        match culprit.setting {
            Some(_) => first.extend(naming.into_iter().chain([content])),
            None => {
                first.push(content);
                second.extend(naming);
            }
        }
        second.push(context.at_content(other, &other_label));
        second.extend(context.at_naming(other, &other_label));
    }
    first.extend(second);
    first
}

fn incomplete(
    context: &Context<'_, '_>,
    breakages: &[&Breakage<'_>],
    presented: &Use<'_>,
    leaf: &Certificate,
) -> Finding {
    let issuer = leaf.issuer.common_name();
    let what = words::place(presented.material);
    let who = context.who(presented.by, presented.node);
    let message =
        format!("{who} does not send the intermediate \"{issuer}\" along with its certificate");
    let evidence = std::iter::once(context.at_content(
        presented,
        format!("the certificate of \"{issuer}\" is not in it"),
    ))
    .chain(context.at_naming(presented, "presented because of this"));
    let remedy = format!("append the certificate of \"{issuer}\" to {what}");
    context.finding(
        &INCOMPLETE,
        Cause::IncompleteChain,
        breakages,
        message,
        evidence.collect(),
        remedy,
    )
}

fn no_authority(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let Problem::NoAuthority {
        client,
        node,
        kubeconfig,
        presented,
    } = &breakages.first()?.problem
    else {
        return None;
    };
    let who = context.who(*client, *node);
    let message = format!("{who} is not told which authority to trust, and uses the system's");
    let place = kubeconfig
        .map(|used| used.source.place())
        .or_else(|| manifest(context, *client, *node))?;
    let evidence = vec![
        context.at_place(*node, place, "names no CA certificates"),
        context.at_content(presented, "presented by the server"),
    ];
    let remedy = "name the CA certificate that the server's certificate is signed with".to_owned();
    Some(context.finding(
        &NO_AUTHORITY,
        Cause::UntrustedIssuer,
        breakages,
        message,
        evidence,
        remedy,
    ))
}

fn no_client_authority(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let Problem::NoClientAuthority { server, node } = &breakages.first()?.problem else {
        return None;
    };
    let who = context.who(*server, *node);
    let flag = match server {
        cluster::Component::Etcd => "--trusted-ca-file",
        cluster::Component::Kubelet => "authentication.x509.clientCAFile",
        _ => "--client-ca-file",
    };
    let message = format!("{who} is not told which authority's clients to trust");
    let label = format!("{flag} is not set");
    let place = manifest(context, *server, *node)?;
    let evidence = vec![context.at_place(*node, place, label)];
    let remedy = format!("set {flag}");
    Some(context.finding(
        &NO_CLIENT_AUTHORITY,
        Cause::UntrustedIssuer,
        breakages,
        message,
        evidence,
        remedy,
    ))
}

fn self_signed(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let Problem::SelfSigned {
        server,
        node,
        trust,
    } = &breakages.first()?.problem
    else {
        return None;
    };
    let who = context.who(*server, *node);
    let message = format!("{who} makes its own serving certificate, but its clients verify it");
    let serving = manifest(context, *server, *node)
        .map(|place| context.at_place(*node, place, "names no serving certificate"));
    let verifying = context
        .at_naming(trust, "verified with this")
        .unwrap_or_else(|| context.at_content(trust, "verified with this"));
    let evidence = match server {
        // kubeadm leaves the kubelet's certificate alone and does not verify it either.
        cluster::Component::Kubelet => std::iter::once(verifying).chain(serving).collect(),
        _ => serving.into_iter().chain([verifying]).collect(),
    };
    let remedy = match server {
        cluster::Component::Kubelet => {
            "let kubelets have their certificates signed (serverTLSBootstrap), or leave the flag out"
        }
        _ => "name a serving certificate of the cluster's authority and its key",
    };
    Some(context.finding(
        &SELF_SIGNED,
        Cause::UntrustedIssuer,
        breakages,
        message,
        evidence,
        remedy.to_owned(),
    ))
}

fn manifest(
    context: &Context<'_, '_>,
    component: cluster::Component,
    node: Option<usize>,
) -> Option<x509::Place> {
    let node = context.inventory.nodes.get(node?)?;
    Some(node.processes.get(&component)?.manifest.place())
}
