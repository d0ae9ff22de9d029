//! Authorities whose clients a server takes: more than it should, or fewer than will come.

use std::sync::Arc;

use cluster::graph::{Credential, Trust};
use cluster::process::Loaded;
use cluster::{Channel, Component, Material, Process};
use verify::{Certificate, Options, Pool};

use super::{Context, Rule, words};
use crate::blame::{self, What};
use crate::judge::is_issuer_unknown;
use crate::problem::{Problem, Use};
use crate::report::{Cause, Evidence, Finding, Judged, Severity, Verdict};

pub(super) const TOO_MANY: Rule = Rule {
    code: "KP0312",
    title: "a server takes clients that another authority vouches for",
    why: "Each of kubeadm's three authorities opens one door: the cluster's CA makes users, etcd's opens the store, the \
          front proxy's lets its bearer speak for anybody. Where one bundle holds two of them, or a root above them, whoever \
          is let in at one door is let in at the other: every node and user into etcd, or as whoever they say they are.",
    reference: "etcd client/pkg/transport/listener.go, staging/src/k8s.io/apiserver/pkg/authentication/request/headerrequest",
    cis: &["2.7"],
};
pub(super) const SIGNER: Rule = Rule {
    code: "KP0313",
    title: "what will be signed is not taken",
    why: "kube-controller-manager signs the certificates that kubelets and users ask for. When kube-apiserver does not \
          trust that authority, each is refused as soon as it has its new certificate: at the next rotation, or when \
          a node joins.",
    reference: "pkg/controller/certificates/signer/signer.go",
    cis: &[],
};
pub(super) const ANY_PROXY: Rule = Rule {
    code: "KP0609",
    title: "every certificate of the front proxy's authority speaks for anybody",
    why: "Without --requestheader-allowed-names any common name will do: whatever else that authority ever signs is \
          as good as the front proxy's own.",
    reference: "staging/src/k8s.io/apiserver/pkg/authentication/request/headerrequest/requestheader.go",
    cis: &[],
};

pub(super) fn findings(context: &Context<'_, '_>) -> Vec<Finding> {
    let mut findings = too_many(context);
    findings.extend(signers(context));
    findings.extend(any_proxy(context));
    findings
}

/// A door with the bundle that opens it.
struct Door<'a> {
    server: Component,
    trust: Use<'a>,
    /// Who is to come through another.
    strangers: fn(&Channel) -> bool,
    severity: Severity,
    opens: &'static str,
    /// How the path ends where kubeadm keeps the bundle for it.
    own: &'static str,
}

fn too_many(context: &Context<'_, '_>) -> Vec<Finding> {
    let mut found: Vec<(Vec<[u8; 32]>, Finding)> = Vec::new();
    for door in doors(context) {
        let content = context.judgement.content(&door.trust);
        // Copies of one bundle, and notes about what a warning tells already, are one mistake.
        let is_told = |(other, finding): &(Vec<[u8; 32]>, Finding)| {
            *other == content
                && (finding.severity > door.severity || finding.message.contains(door.opens))
        };
        if !found.iter().any(is_told)
            && let Some(finding) = open_to_strangers(context, &door)
        {
            found.push((content, finding));
        }
    }
    found.into_iter().map(|(_, finding)| finding).collect()
}

fn doors<'a>(context: &Context<'_, 'a>) -> Vec<Door<'a>> {
    let channels = context.graph.channels.iter();
    let door = |channel: &'a Channel| {
        let Trust::Bundle { material, .. } = &channel.client_auth.trust else {
            return None;
        };
        let strangers: fn(&Channel) -> bool = match channel.server.component {
            Component::Etcd | Component::AggregatedApiserver => is_user,
            Component::KubeApiserver => {
                |channel| !is_user(channel) && channel.server.component != Component::Kubelet
            }
            _ => return None,
        };
        let is_apiserver = channel.server.component == Component::KubeApiserver;
        let is_proxy = channel.server.component == Component::AggregatedApiserver;
        let (party, opens, own) = match channel.server.component {
            Component::Etcd => (&channel.server, "the store", "/etcd/ca.crt"),
            Component::AggregatedApiserver => (
                &channel.client,
                "speaking for anybody",
                "/front-proxy-ca.crt",
            ),
            _ => (&channel.server, "kube-apiserver", "/pki/ca.crt"),
        };
        Some(Door {
            server: party.component,
            trust: Use {
                material,
                by: party.component,
                node: party.node,
            },
            strangers,
            severity: match () {
                () if is_apiserver => Severity::Note,
                () if is_proxy && channel.client_auth.allowed_names.is_empty() => Severity::Error,
                () => Severity::Warning,
            },
            opens,
            own,
        })
    };
    let mut doors: Vec<Door<'a>> = channels.filter_map(door).collect();
    doors.sort_by_key(|door| std::cmp::Reverse(door.severity));
    doors
}

/// Whether a client comes to kube-apiserver to be a user.
fn is_user(channel: &Channel) -> bool {
    channel.server.component == Component::KubeApiserver
}

fn open_to_strangers<'b>(context: &Context<'b, 'b>, door: &Door<'_>) -> Option<Finding> {
    if is_wrong(context, &door.trust) {
        return None;
    }
    let roots = context.certificates(door.trust.material);
    let channels = context
        .graph
        .channels
        .iter()
        .zip(&context.judgement.channels);
    // Who does not even get in where it belongs is told there.
    let works = |(channel, judged): (&'b Channel, &Judged)| {
        let is_stranger = judged.verdict != Verdict::Fails && (door.strangers)(channel);
        is_stranger.then_some(channel)
    };
    let mut strangers = channels.filter_map(works);
    let (stranger, material) = strangers.find_map(|channel| {
        let Credential::Pair(pair) = &channel.credential else {
            return None;
        };
        let material = pair.certificate.as_ref()?;
        // A file that is shown at both doors is itself the mistake, and told as such.
        let belongs = blame::credential_at(&material.place())
            .is_none_or(|credential| is_owner(credential.owner, channel));
        (belongs && is_accepted(context, material, &roots)).then_some((channel, material))
    })?;
    let who = context.who(door.server, door.trust.node);
    let what = words::place(material);
    let message = format!(
        "{who} takes {what} for a client too, which is {}'s for {}: the bundle for {} holds more than its own authority",
        stranger.client.component, stranger.server.component, door.opens
    );
    let label = "vouches for more than it should";
    // A file that kubeadm keeps for this very door is what is wrong, whoever else names it.
    let evidence = match door.trust.material.place().path.ends_with(door.own) {
        true => std::iter::once(context.at_content(&door.trust, label))
            .chain(context.at_naming(&door.trust, label))
            .collect(),
        false => bundle_evidence(context, &door.trust, label),
    };
    let evidence: Vec<Evidence> = evidence
        .into_iter()
        .chain([context.at_material(stranger.client.node, material, "accepted as well")])
        .collect();
    let remedy = format!(
        "give {} an authority of its own, and trust that alone here",
        door.opens
    );
    let mut finding = context.finding(&TOO_MANY, Cause::Insecure, &[], message, evidence, remedy);
    finding.severity = door.severity;
    Some(finding)
}

/// Whether what kubeadm keeps at a path is shown by who should show it.
fn is_owner(owner: Component, channel: &Channel) -> bool {
    owner == channel.client.component
}

fn is_accepted(context: &Context<'_, '_>, material: &Material, roots: &Pool) -> bool {
    let Some(leaf) = context.first_certificate(material) else {
        return false;
    };
    // Whoever has the certificate can send along what leads from it to a root.
    let intermediates = context.holdings.pool();
    context
        .judgement
        .verifier
        .verify(&leaf, roots, intermediates, &Options::client(context.at))
        .is_ok()
}

/// The file, or the flag when the file is good for what else it is used for.
fn bundle_evidence(context: &Context<'_, '_>, used: &Use<'_>, label: &str) -> Vec<Evidence> {
    let content = context.at_content(used, label);
    let naming = context.at_naming(used, label);
    match context.judgement.what_to_change(used) {
        What::Setting => naming.into_iter().chain([content]).collect(),
        What::Content => std::iter::once(content).chain(naming).collect(),
    }
}

/// Every signing certificate of which some kube-apiserver does not take what it signs.
fn signers(context: &Context<'_, '_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for signing in uses(context, Component::KubeControllerManager, |key| {
        key.starts_with("cluster-signing-") && !key.contains("legacy") && !key.contains("serving")
    }) {
        let clients = uses(context, Component::KubeApiserver, |key| {
            key == "client-ca-file"
        });
        let untaken = clients
            .into_iter()
            .find(|trust| !is_taken(context, &signing, trust));
        let finding = untaken.and_then(|trust| untaken_signer(context, &signing, &trust));
        findings.extend(finding.filter(|finding| {
            let first = |finding: &Finding| finding.evidence.first().cloned();
            !findings.iter().any(|other| first(other) == first(finding))
        }));
    }
    findings
}

/// What processes of a kind load from a flag.
pub(super) fn uses<'a>(
    context: &Context<'_, 'a>,
    by: Component,
    is_meant: impl Fn(&str) -> bool,
) -> Vec<Use<'a>> {
    let nodes = context.inventory.nodes.iter().enumerate();
    let loads = nodes.flat_map(|(index, node)| {
        let processes = node.processes.get(&by).into_iter();
        processes
            .flat_map(Process::loads)
            .map(move |load| (index, load))
    });
    let found = loads.filter_map(|(index, load)| {
        let material = match &load.what {
            Loaded::Pair(pair) => pair.certificate.as_ref()?,
            Loaded::Bundle(material) => material,
            _ => return None,
        };
        let key = &material.setting.as_ref()?.key;
        is_meant(key).then_some(Use {
            material,
            by,
            node: Some(index),
        })
    });
    found.collect()
}

/// Whether a bundle vouches for what an authority signs; what cannot be read is told elsewhere, and
/// so is a bundle that does not even know those who are there.
fn is_taken(context: &Context<'_, '_>, signing: &Use<'_>, trust: &Use<'_>) -> bool {
    let authority = context.first_certificate(signing.material);
    let roots = context.certificates(trust.material);
    let Some(authority) = authority.filter(|_| !roots.is_empty()) else {
        return true;
    };
    let is_in = |root: &Arc<Certificate>| {
        root.raw_subject() == authority.raw_subject()
            && root.raw_public_key() == authority.raw_public_key()
    };
    let verdict = context.judgement.verifier.verify(
        &authority,
        &roots,
        &Pool::new(),
        &Options::any(context.at),
    );
    is_wrong(context, trust)
        || roots.iter().any(is_in)
        || !verdict.error().is_some_and(is_issuer_unknown)
}

/// Whether a bundle does not even know those who are there, which is told elsewhere.
fn is_wrong(context: &Context<'_, '_>, trust: &Use<'_>) -> bool {
    context.judgement.breakages.iter().any(|breakage| {
        matches!(&breakage.problem, Problem::Refused { trust: Some(other), error, .. }
            if other.id() == trust.id() && is_issuer_unknown(error))
    })
}

fn untaken_signer(
    context: &Context<'_, '_>,
    signing: &Use<'_>,
    trust: &Use<'_>,
) -> Option<Finding> {
    let authority = context.first_certificate(signing.material)?;
    let who = context.who(signing.by, signing.node);
    let server = context.who(trust.by, trust.node);
    let called = words::called(&authority);
    let message = format!("{who} signs requests as {called}, which {server} does not trust");
    let label = format!("signs as {called}");
    let mut evidence = bundle_evidence(context, signing, &label);
    evidence.push(context.at_content(trust, "does not hold it"));
    let remedy =
        "sign with the authority that --client-ca-file holds, or add the new one there first"
            .to_owned();
    Some(context.finding(
        &SIGNER,
        Cause::UntrustedIssuer,
        &[],
        message,
        evidence,
        remedy,
    ))
}

fn any_proxy(context: &Context<'_, '_>) -> Vec<Finding> {
    let proxies = uses(context, Component::KubeApiserver, |key| {
        key == "requestheader-client-ca-file"
    });
    let unlisted = proxies.into_iter().filter(|used| {
        let node = used.node.and_then(|node| context.inventory.nodes.get(node));
        let process = node.and_then(|node| node.processes.get(&used.by));
        process.is_some_and(|process| {
            process
                .settings
                .list("requestheader-allowed-names")
                .is_empty()
        })
    });
    let told = unlisted.map(|used| {
        let who = context.who(used.by, used.node);
        let message = format!(
            "{who} lets every certificate of the front proxy's authority speak for anybody"
        );
        let label = "no --requestheader-allowed-names beside it";
        let evidence = context
            .at_naming(&used, label)
            .unwrap_or_else(|| context.at_content(&used, label));
        let remedy = "set --requestheader-allowed-names=front-proxy-client".to_owned();
        let mut finding = context.finding(
            &ANY_PROXY,
            Cause::Insecure,
            &[],
            message,
            vec![evidence],
            remedy,
        );
        finding.severity = Severity::Note;
        finding
    });
    told.collect()
}
