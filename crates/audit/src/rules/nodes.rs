//! Nodes that do not agree with each other.

use std::collections::BTreeSet;

use cluster::process::Loaded;
use cluster::{Component, Material, Process};

use verify::Options;

use super::{Context, Rule, words};
use crate::blame::group;
use crate::judge::is_issuer_unknown;
use crate::load;
use crate::problem::{Breakage, Problem, Use};
use crate::report::{Cause, Evidence, Finding, Severity};

pub(super) const DISAGREE: Rule = Rule {
    code: "KP1001",
    title: "two nodes do not trust the same",
    why: "Which kube-apiserver answers and which kube-controller-manager leads is up to chance. While a CA is replaced node \
          by node their files differ for a time; what one node takes the other refuses if it stays so.",
    reference: "Kubernetes documentation: Manual Rotation of CA Certificates",
    cis: &[],
};

pub(super) const OWN_AUTHORITY: Rule = Rule {
    code: "KP1002",
    title: "a node has an authority of its own",
    why: "All nodes need the same CA certificates, front proxy's and etcd's among them. A node whose authority was made \
          there, rather than copied, works by itself and is refused by all others, and refuses them.",
    reference: "cmd/kubeadm/app/phases/copycerts/copycerts.go",
    cis: &[],
};

pub(super) const PEERS: Rule = Rule {
    code: "KP1003",
    title: "API servers that do not know each other",
    why: "While nodes differ in version, a kube-apiserver hands on what only another one serves, and verifies it with \
          --peer-ca-file. When that does not vouch for the other, such requests fail, and nothing else does.",
    reference: "pkg/controlplane/apiserver/options/options.go, staging/src/k8s.io/apiserver/pkg/util/peerproxy",
    cis: &[],
};

/// What has to be the same on every node, once nothing is being replaced.
const SHARED: [(Component, &str); 8] = [
    (Component::KubeApiserver, "client-ca-file"),
    (Component::KubeApiserver, "requestheader-client-ca-file"),
    (Component::KubeApiserver, "service-account-key-file"),
    (Component::Etcd, "trusted-ca-file"),
    (Component::Etcd, "peer-trusted-ca-file"),
    (Component::KubeControllerManager, "root-ca-file"),
    (
        Component::KubeControllerManager,
        "cluster-signing-cert-file",
    ),
    (Component::Kubelet, "client-ca-file"),
];

/// What fails between one node and all others because its authority is another of the same name;
/// and what is left without that.
pub(super) fn own_authorities<'a>(context: &Context<'_, 'a>) -> (Vec<Finding>, Vec<Breakage<'a>>) {
    let all = &context.judgement.breakages;
    let groups = group(all, |breakage| {
        let between = between(context, breakage)?;
        Some(between.issuer)
    });
    let mut findings = Vec::new();
    let mut explained: Vec<*const Breakage<'a>> = Vec::new();
    for group in &groups {
        let Some(node) = odd_one(context, &group.breakages) else {
            continue;
        };
        findings.extend(own_authority(context, node, &group.breakages));
        let told = group.breakages.iter();
        explained.extend(told.map(|breakage| std::ptr::from_ref(*breakage)));
    }
    let rest = all
        .iter()
        .filter(|breakage| !explained.contains(&std::ptr::from_ref(*breakage)));
    (findings, rest.cloned().collect())
}

/// A certificate of one node that another does not take.
struct Between {
    presented: usize,
    trust: usize,
    /// The name of the authority.
    issuer: Vec<u8>,
}

fn between(context: &Context<'_, '_>, breakage: &Breakage<'_>) -> Option<Between> {
    let Problem::Refused {
        presented,
        trust: Some(trust),
        leaf,
        error,
        ..
    } = &breakage.problem
    else {
        return None;
    };
    // The bundle knows the name, and means another.
    is_issuer_unknown(error).then_some(())?;
    let known = context.certificates(trust.material);
    known
        .iter()
        .find(|authority| authority.raw_subject() == leaf.raw_issuer())?;
    let (presented, trust) = (context.home(presented)?, context.home(trust)?);
    (presented != trust).then(|| Between {
        presented,
        trust,
        issuer: leaf.raw_issuer().to_vec(),
    })
}

/// The node that is an end of everything, in both directions; of two nodes, the one that came later.
fn odd_one(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<usize> {
    let all: Vec<Between> = breakages
        .iter()
        .filter_map(|breakage| between(context, breakage))
        .collect();
    let nodes: BTreeSet<usize> = all
        .iter()
        .flat_map(|one| [one.presented, one.trust])
        .collect();
    nodes.into_iter().rev().find(|node| {
        let presents = all.iter().filter(|one| one.presented == *node).count();
        let trusts = all.iter().filter(|one| one.trust == *node).count();
        presents > 0 && trusts > 0 && presents + trusts == all.len()
    })
}

fn own_authority(
    context: &Context<'_, '_>,
    node: usize,
    breakages: &[&Breakage<'_>],
) -> Option<Finding> {
    let mut first: Vec<Evidence> = Vec::new();
    let mut second: Vec<Evidence> = Vec::new();
    let mut called = None;
    for breakage in breakages {
        let Problem::Refused {
            presented,
            trust: Some(trust),
            leaf,
            ..
        } = &breakage.problem
        else {
            continue;
        };
        called.get_or_insert(leaf.issuer.common_name());
        let (label, other) = ("an authority of its own", "what the others have");
        match context.home(trust) == Some(node) {
            true => first.push(context.at_content(trust, label)),
            false => {
                second.push(context.at_content(trust, other));
                second.push(context.at_content(presented, "signed by it"));
            }
        }
    }
    // The file that everybody names before what embeds a copy.
    first.sort_by_key(|one| one.place.line.is_some());
    first.extend(second);
    let name = context.node(Some(node)).unwrap_or_default();
    let message = format!(
        "{name} has a \"{}\" of its own, which no other node trusts",
        called.unwrap_or_default()
    );
    let remedy = format!(
        "copy the authority of the other nodes to {name}, and have its certificates issued again by it"
    );
    Some(context.finding(
        &OWN_AUTHORITY,
        Cause::UntrustedIssuer,
        breakages,
        message,
        first,
        remedy,
    ))
}

pub(super) fn findings(context: &Context<'_, '_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    if context.inventory.nodes.len() < 2 {
        return findings;
    }
    for (component, key) in SHARED {
        let Some(finding) = disagreement(context, component, key) else {
            continue;
        };
        // One file that several flags name is one thing.
        let places = |finding: &Finding| -> Vec<_> {
            finding
                .evidence
                .iter()
                .map(|one| (one.node.clone(), one.place.path.clone()))
                .collect()
        };
        if !findings
            .iter()
            .any(|other| places(other) == places(&finding))
        {
            findings.push(finding);
        }
    }
    findings.extend(strange_peers(context));
    findings
}

/// kube-apiservers that send each other what the other's version serves, and do not know who
/// issued the other's certificate.
fn strange_peers(context: &Context<'_, '_>) -> Option<Finding> {
    let apiservers = || {
        let nodes = context.inventory.nodes.iter().enumerate();
        nodes.filter_map(|(index, node)| {
            Some((index, node.processes.get(&Component::KubeApiserver)?))
        })
    };
    let used = |material, node| Use {
        material,
        by: Component::KubeApiserver,
        node: Some(node),
    };
    let trusts = apiservers()
        .filter_map(|(node, process)| Some(used(material(process, "peer-ca-file")?, node)));
    let served = apiservers()
        .filter_map(|(node, process)| Some(used(material(process, "tls-cert-file")?, node)));
    let served: Vec<Use<'_>> = served.collect();
    let pairs = trusts.flat_map(|trust| {
        let others = served.iter().filter(move |other| other.node != trust.node);
        others.map(move |other| (trust, *other))
    });
    let options = Options::server("", context.at);
    let (trust, other) = pairs.into_iter().find(|(trust, other)| {
        let roots = context.certificates(trust.material);
        let sent = context.certificates(other.material);
        let verifier = &context.judgement.verifier;
        let verdict = sent
            .iter()
            .next()
            .map(|leaf| verifier.verify(leaf, &roots, &sent, &options));
        let error = verdict.as_ref().and_then(|verdict| verdict.error());
        !roots.is_empty() && error.is_some_and(is_issuer_unknown)
    })?;
    let message = format!(
        "{} verifies other API servers with {}, which does not vouch for {}",
        context.who(trust.by, trust.node),
        words::place(trust.material),
        context.who(other.by, other.node)
    );
    let label = "does not know who issued the other's";
    let naming = context.at_naming(&trust, label);
    let evidence = naming
        .into_iter()
        .chain([context.at_content(&other, "presented to other API servers")])
        .collect();
    let remedy =
        "let --peer-ca-file name a file with the authority of every API server's certificate"
            .to_owned();
    let mut finding = context.finding(
        &PEERS,
        Cause::UntrustedIssuer,
        &[],
        message,
        evidence,
        remedy,
    );
    finding.severity = Severity::Warning;
    Some(finding)
}

/// Something of a node, and the keys that it holds.
type Side<'a> = (Use<'a>, BTreeSet<Vec<u8>>);

fn disagreement(context: &Context<'_, '_>, component: Component, key: &str) -> Option<Finding> {
    let nodes = context.inventory.nodes.iter().enumerate();
    let sides = nodes.filter_map(|(index, node)| {
        let process = node.processes.get(&component)?;
        let material = material(process, key)?;
        let used = Use {
            material,
            by: component,
            node: Some(index),
        };
        Some((used, held(context, material)?))
    });
    let sides: Vec<Side<'_>> = sides.collect();
    let (first, wanted) = sides.first()?;
    let (other, _) = sides.iter().find(|(_, held)| held != wanted)?;
    // Where something fails because of it, that says more.
    if sides.iter().any(|(used, _)| is_told(context, used)) {
        return None;
    }
    let name = first
        .setting()
        .map(|setting| setting.name.to_string())
        .unwrap_or_default();
    let message = format!(
        "{} and {} have different keys behind {name}",
        context.who(first.by, first.node),
        context.who(other.by, other.node)
    );
    let evidence: Vec<Evidence> = [other, first]
        .into_iter()
        .map(|used| context.at_content(used, format!("holds {}", called(context, used.material))))
        .collect();
    let remedy =
        "finish what was begun: let every node have both, then every node the new one alone"
            .to_owned();
    let mut finding = context.finding(&DISAGREE, Cause::Conflict, &[], message, evidence, remedy);
    finding.severity = Severity::Note;
    Some(finding)
}

fn material<'a>(process: &'a Process, key: &str) -> Option<&'a Material> {
    let is_meant = |material: &&Material| {
        material
            .setting
            .as_ref()
            .is_some_and(|setting| &*setting.key == key)
    };
    process.loads().iter().find_map(|load| match &load.what {
        Loaded::Bundle(material) => Some(material).filter(is_meant),
        Loaded::Pair(pair) => pair.certificate.as_ref().filter(is_meant),
        Loaded::PublicKeys(materials) => materials.first().filter(is_meant),
        _ => None,
    })
}

/// The keys in a file, as SubjectPublicKeyInfo or as they are written: a renewed certificate has
/// the same. Nothing when it cannot be read, which is told elsewhere.
fn held(context: &Context<'_, '_>, material: &Material) -> Option<BTreeSet<Vec<u8>>> {
    let certificates = context.certificates(material);
    if !certificates.is_empty() {
        let keys = certificates
            .iter()
            .map(|certificate| certificate.raw_public_key().to_vec());
        return Some(keys.collect());
    }
    let keys = verify::load::service_account_public_keys(load::bytes(material).ok()?).ok()?;
    Some(keys.iter().filter_map(verify::PublicKey::to_der).collect())
}

fn called(context: &Context<'_, '_>, material: &Material) -> String {
    let certificates = context.certificates(material);
    let names: Vec<String> = certificates.iter().map(|one| words::called(one)).collect();
    match names.is_empty() {
        true => "keys".to_owned(),
        false => words::list(&names),
    }
}

fn is_told(context: &Context<'_, '_>, used: &Use<'_>) -> bool {
    let is_of = |other: &Use<'_>| other.id() == used.id();
    context
        .judgement
        .breakages
        .iter()
        .any(|breakage| match &breakage.problem {
            Problem::Refused {
                presented, trust, ..
            } => is_of(presented) || trust.as_ref().is_some_and(is_of),
            Problem::TokenKey {
                checking, signing, ..
            } => is_of(signing) || checking.iter().any(is_of),
            Problem::Load { what, .. } => is_of(what),
            _ => false,
        })
}
