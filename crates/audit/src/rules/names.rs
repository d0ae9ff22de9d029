//! Certificates that do not name what clients dial.

use std::collections::BTreeSet;
use std::sync::Arc;

use cluster::Setting;
use verify::{Certificate, verify_hostname};
use x509::Place;

use super::{Context, Rule, words};
use crate::blame::group;
use crate::problem::{Breakage, Problem, Use};
use crate::report::{Cause, Evidence, Finding, Severity};

pub(super) const NAME: Rule = Rule {
    code: "KP0201",
    title: "a server's certificate does not name what clients dial",
    why: "A client compares the host it dials with the alternative names of the certificate; the common name \
          does not count. IP addresses count only as IP addresses.",
    reference: "RFC 6125, Go crypto/x509/verify.go VerifyHostname",
    cis: &[],
};
pub(super) const KUBECONFIG_SERVER: Rule = Rule {
    code: "KP0202",
    title: "a kubeconfig leads to a host that the certificate does not name",
    why: "The host of `server`, or `tls-server-name` when it is set, has to be one of the names of \
          kube-apiserver's certificate. kubeadm's own has neither 127.0.0.1 nor localhost.",
    reference: "staging/src/k8s.io/client-go/transport/transport.go",
    cis: &[],
};
pub(super) const ADVERTISED: Rule = Rule {
    code: "KP0203",
    title: "kube-apiserver advertises an address that its certificate does not name",
    why: "--advertise-address is where pods are sent that ask for the service `kubernetes`, and what kubeadm writes \
          into kubeconfigs. It changes when a node gets another address, and the certificate does not.",
    reference: "cmd/kube-apiserver/app/options/completion.go",
    cis: &[],
};

/// Who has to change.
enum Change {
    /// The certificate.
    Certificate,
    /// What names the host.
    Setting,
}

pub(super) fn findings(context: &Context<'_, '_>, breakages: &[Breakage<'_>]) -> Vec<Finding> {
    let groups = group(breakages, |breakage| match &breakage.problem {
        Problem::Name {
            presented,
            leaf,
            name,
            ..
        } => Some((presented.node, *leaf.sha256(), name.clone())),
        _ => None,
    });
    let mut settings: Vec<(Missing<'_, '_>, Vec<&Breakage<'_>>)> = Vec::new();
    let mut certificates: Vec<(&Arc<Certificate>, Vec<&Breakage<'_>>)> = Vec::new();
    for group in &groups {
        let Some((named, change)) = change(context, &group.breakages) else {
            continue;
        };
        let same = certificates
            .iter_mut()
            .find(|(leaf, _)| *leaf == named.leaf);
        match (change, same) {
            (Change::Setting, _) => settings.push((named, group.breakages.clone())),
            (Change::Certificate, Some((_, all))) => all.extend(&group.breakages),
            (Change::Certificate, None) => {
                certificates.push((named.leaf, group.breakages.clone()));
            }
        }
    }
    // One setting leads to several servers; several servers lack the same names.
    let settings = merged(settings, |(named, all)| {
        (
            named.name.to_owned(),
            hosts(all)
                .first()
                .map(|(node, host)| (*node, host.place.clone())),
        )
    });
    let certificates = merged(certificates, |(_, all)| names_of(all));
    let at_settings = settings
        .iter()
        .map(|(named, all)| at_setting(context, named, all));
    let mut findings: Vec<Finding> = at_settings.collect();
    let at_certificates = certificates.iter();
    findings.extend(at_certificates.filter_map(|(_, all)| at_certificate(context, all)));
    let known = |place: &Place| {
        findings
            .iter()
            .any(|finding| finding.evidence.iter().any(|one| one.place == *place))
    };
    let advertised: Vec<Finding> = advertised(context)
        .filter(|finding| !known(&finding.evidence[0].place))
        .collect();
    findings.extend(advertised);
    findings
}

/// Puts those together that have the same key, in the order of their first.
fn merged<'b, 'a, T, K: PartialEq>(
    all: Vec<(T, Vec<&'b Breakage<'a>>)>,
    key: impl Fn(&(T, Vec<&'b Breakage<'a>>)) -> K,
) -> Vec<(T, Vec<&'b Breakage<'a>>)> {
    let mut groups: Vec<(K, (T, Vec<&'b Breakage<'a>>))> = Vec::new();
    for one in all {
        let key = key(&one);
        match groups.iter_mut().find(|(other, _)| *other == key) {
            Some((_, (_, breakages))) => breakages.extend(one.1),
            None => groups.push((key, one)),
        }
    }
    groups.into_iter().map(|(_, one)| one).collect()
}

/// Which names are missing from a kind of server's certificates.
fn names_of(breakages: &[&Breakage<'_>]) -> (Option<cluster::Component>, BTreeSet<String>) {
    let missing = || breakages.iter().filter_map(|breakage| missing(breakage));
    let names = missing().map(|one| one.name.to_owned());
    (
        missing().next().map(|one| one.presented.by),
        names.collect(),
    )
}

/// A name that a certificate does not have.
struct Missing<'p, 'a> {
    presented: &'p Use<'a>,
    leaf: &'p Arc<Certificate>,
    host: &'a Setting,
    name: &'p str,
}

fn missing<'p, 'a>(breakage: &'p Breakage<'a>) -> Option<Missing<'p, 'a>> {
    match &breakage.problem {
        Problem::Name {
            presented,
            leaf,
            host,
            name,
            ..
        } => Some(Missing {
            presented,
            leaf,
            host,
            name,
        }),
        _ => None,
    }
}

fn at_setting<'a>(
    context: &Context<'_, 'a>,
    missing: &Missing<'_, 'a>,
    breakages: &[&Breakage<'a>],
) -> Finding {
    let Missing {
        presented,
        leaf,
        host,
        name,
    } = missing;
    let (rule, message) = words_for(context, presented, host, name);
    let hosts = hosts(breakages).into_iter();
    let settings = hosts.map(|(node, host)| context.at_setting(node, host, label(host)));
    let certificate = certificate_evidence(context, presented, leaf);
    let remedy = format!(
        "have {} issued again with {name} among its names, or let {} say one that it has: {}",
        words::place(presented.material),
        host.name,
        words::names(leaf)
    );
    let evidence = settings.chain(certificate.into_iter().rev()).collect();
    context.finding(
        rule,
        Cause::NameMismatch,
        breakages,
        message,
        evidence,
        remedy,
    )
}

/// Everything that one certificate does not name is one mistake.
fn at_certificate<'a>(context: &Context<'_, 'a>, breakages: &[&Breakage<'a>]) -> Option<Finding> {
    let Missing {
        presented, leaf, ..
    } = missing(breakages.first()?)?;
    let mut names: Vec<String> = Vec::new();
    for one in breakages.iter().filter_map(|breakage| missing(breakage)) {
        if !names.iter().any(|name| name == one.name) {
            names.push(one.name.to_owned());
        }
    }
    let names = words::list(&names);
    let who = context.who(presented.by, presented.node);
    let message = format!("{who}'s certificate does not name {names}, where its clients find it");
    let hosts = hosts(breakages).into_iter();
    let settings = hosts.map(|(node, host)| context.at_setting(node, host, label(host)));
    let mut certificate = certificate_evidence(context, presented, leaf);
    let others = breakages.iter().filter_map(|breakage| missing(breakage));
    let others = others.filter(|other| other.presented.node != presented.node);
    certificate.extend(
        others.flat_map(|other| certificate_evidence(context, other.presented, other.leaf)),
    );
    let what = words::place(presented.material);
    let remedy = format!("have {what} issued again with {names} among its names");
    let evidence = certificate.into_iter().chain(settings).collect();
    Some(context.finding(
        &NAME,
        Cause::NameMismatch,
        breakages,
        message,
        evidence,
        remedy,
    ))
}

/// What names the host, each once.
fn hosts<'a>(breakages: &[&Breakage<'a>]) -> Vec<(Option<usize>, &'a Setting)> {
    let mut hosts: Vec<(Option<usize>, &'a Setting)> = Vec::new();
    for breakage in breakages {
        if let Problem::Name { host, node, .. } = &breakage.problem
            && !hosts.iter().any(|(_, other)| other.place == host.place)
        {
            hosts.push((*node, host));
        }
    }
    hosts
}

/// When several files agree on a host, the server itself says that it listens there, nobody chose
/// it, or the certificate names nothing at all, the certificate is what has to change.
fn change<'p, 'a>(
    context: &Context<'_, 'a>,
    breakages: &[&'p Breakage<'a>],
) -> Option<(Missing<'p, 'a>, Change)> {
    let missing = missing(breakages.first()?)?;
    let hosts = hosts(breakages);
    // What others dial as the same name may be another server: 127.0.0.1 is everybody's.
    let server = missing.presented.by;
    let channels = context.graph.channels.iter();
    let channels = channels.filter(|channel| channel.server.component == server);
    let addresses = channels.flat_map(|channel| &channel.addresses);
    let agreeing = addresses
        .filter(|address| address.checked_name() == missing.name || address.host == missing.name)
        .filter(|address| address.setting.place.line.is_some());
    let files: BTreeSet<&str> = agreeing
        .map(|address| &*address.setting.place.path)
        .collect();
    let is_derived = hosts
        .iter()
        .any(|(_, host)| &*host.key == "service-cluster-ip-range");
    let names = &missing.leaf.extensions.names;
    let is_nameless = names.dns.is_empty() && names.ip.is_empty();
    let is_certificate = is_derived || is_nameless || files.len() > 1 || listens(context, &missing);
    let change = match is_certificate {
        true => Change::Certificate,
        false => Change::Setting,
    };
    Some((missing, change))
}

/// Whether etcd is told to listen at the very address.
fn listens(context: &Context<'_, '_>, missing: &Missing<'_, '_>) -> bool {
    let node = missing
        .presented
        .node
        .and_then(|node| context.inventory.nodes.get(node));
    let Some(process) = node.and_then(|node| node.processes.get(&missing.presented.by)) else {
        return false;
    };
    let urls = ["listen-client-urls", "listen-peer-urls"];
    let mut urls = urls.iter().flat_map(|flag| process.settings.list(flag));
    urls.any(|url| {
        let authority = url
            .value
            .split_once("://")
            .map_or(&*url.value, |(_, rest)| rest);
        let host = authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host);
        host.trim_matches(['[', ']']) == missing.name
    })
}

fn words_for(
    context: &Context<'_, '_>,
    presented: &Use<'_>,
    host: &Setting,
    name: &str,
) -> (&'static Rule, String) {
    let who = context.who(presented.by, presented.node);
    match &*host.key {
        "advertise-address" => (
            &ADVERTISED,
            format!("{who} advertises an address that its certificate does not name"),
        ),
        key if key.contains("server") && !key.contains("etcd") => (
            &KUBECONFIG_SERVER,
            format!(
                "{} leads to {name}, which {who}'s certificate does not name",
                host.place.path
            ),
        ),
        _ => (
            &NAME,
            format!("{who}'s certificate does not name {name}, where its clients find it"),
        ),
    }
}

fn label(host: &Setting) -> &'static str {
    match &*host.key {
        "advertise-address" => "clients are sent here",
        "service-cluster-ip-range" => "pods find it at the first address",
        _ => "clients go here",
    }
}

fn certificate_evidence<'a>(
    context: &Context<'_, 'a>,
    presented: &Use<'a>,
    leaf: &Certificate,
) -> Vec<Evidence> {
    let label = format!("names {}", words::names(leaf));
    let content = context.at_content(presented, &label);
    std::iter::once(content)
        .chain(context.at_naming(presented, &label))
        .collect()
}

/// Whether the same is said where clients fail because of it, or the certificate is of no use anyway.
fn is_told(
    context: &Context<'_, '_>,
    certificate: &cluster::Material,
    leaf: &Arc<Certificate>,
    name: &str,
) -> bool {
    let breakages = context.judgement.breakages.iter();
    breakages
        .map(|breakage| &breakage.problem)
        .any(|problem| match problem {
            Problem::Name {
                leaf: other,
                name: other_name,
                ..
            } => other == leaf && other_name == name,
            Problem::Load { what, .. } => what.material.place() == certificate.place(),
            _ => false,
        })
}

/// An advertised address that no channel of these files dials still is where pods end up.
fn advertised<'a>(context: &Context<'_, 'a>) -> impl Iterator<Item = Finding> {
    let nodes = context.inventory.nodes.iter().enumerate();
    nodes.filter_map(|(index, node)| {
        let process = node.processes.get(&cluster::Component::KubeApiserver)?;
        let address = process.settings.get("advertise-address").filter(|address| !address.value.is_empty())?;
        let certificate = process.material(&node.files, "tls-cert-file")?;
        let leaf: Arc<Certificate> = context.first_certificate(&certificate)?;
        verify_hostname(&leaf, &address.value).err()?;
        if is_told(context, &certificate, &leaf, &address.value) {
            return None;
        }
        let who = context.who(cluster::Component::KubeApiserver, Some(index));
        let message = format!("{who} advertises an address that its certificate does not name");
        let label = format!("names {}", words::names(&leaf));
        let mut evidence = vec![context.at_setting(Some(index), address, "clients are sent here")];
        evidence.extend(certificate.setting.as_ref().map(|setting| context.at_setting(Some(index), setting, label)));
        let remedy = format!(
            "let --advertise-address say one that it has, or have {} issued again with {} among its names",
            words::place(&certificate),
            address.value
        );
        let mut finding = context.finding(&ADVERTISED, Cause::NameMismatch, &[], message, evidence, remedy);
        finding.severity = Severity::Warning;
        Some(finding)
    })
}
