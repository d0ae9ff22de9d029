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
};
pub(super) const KUBECONFIG_SERVER: Rule = Rule {
    code: "KP0202",
    title: "a kubeconfig leads to a host that the certificate does not name",
    why: "The host of `server`, or `tls-server-name` when it is set, has to be one of the names of \
          kube-apiserver's certificate. kubeadm's own has neither 127.0.0.1 nor localhost.",
};
pub(super) const ADVERTISED: Rule = Rule {
    code: "KP0203",
    title: "kube-apiserver advertises an address that its certificate does not name",
    why: "--advertise-address is where pods are sent that ask for the service `kubernetes`, and what kubeadm writes \
          into kubeconfigs. It changes when a node gets another address, and the certificate does not.",
};

/// Who has to change.
enum Change<'a> {
    /// The certificate: more than one place agrees on the name.
    Certificate,
    /// What names the host.
    Setting(&'a Setting),
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
    let mut findings: Vec<Finding> = groups
        .iter()
        .filter_map(|group| finding(context, &group.breakages))
        .collect();
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

fn finding<'a>(context: &Context<'_, 'a>, breakages: &[&Breakage<'a>]) -> Option<Finding> {
    let Problem::Name {
        presented,
        leaf,
        host,
        name,
        ..
    } = &breakages.first()?.problem
    else {
        return None;
    };
    let hosts = hosts(breakages);
    let change = change(context, &hosts, name, host);
    let (rule, message) = words_for(context, presented, host, name, &change);
    let certificate = certificate_evidence(context, presented, leaf);
    let settings = hosts
        .iter()
        .map(|(node, host)| context.at_setting(*node, host, label(host)));
    let evidence: Vec<Evidence> = match change {
        Change::Certificate => certificate.into_iter().chain(settings).collect(),
        Change::Setting(_) => settings.chain(certificate.into_iter().rev()).collect(),
    };
    let remedy = remedy(leaf, name, presented, &change);
    Some(context.finding(
        rule,
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

/// When several files agree on a host, or nobody chose it, the certificate is what has to change.
fn change<'a>(
    context: &Context<'_, 'a>,
    hosts: &[(Option<usize>, &'a Setting)],
    name: &str,
    host: &'a Setting,
) -> Change<'a> {
    let addresses = context
        .graph
        .channels
        .iter()
        .flat_map(|channel| &channel.addresses);
    let agreeing =
        addresses.filter(|address| address.checked_name() == name || address.host == name);
    let mut files: BTreeSet<&Place> = BTreeSet::new();
    files.extend(
        agreeing
            .map(|address| &address.setting.place)
            .filter(|place| place.line.is_some()),
    );
    let distinct: BTreeSet<&str> = files.iter().map(|place| &*place.path).collect();
    let is_derived = hosts
        .iter()
        .any(|(_, host)| &*host.key == "service-cluster-ip-range");
    match is_derived || distinct.len() > 1 {
        true => Change::Certificate,
        false => Change::Setting(host),
    }
}

fn words_for(
    context: &Context<'_, '_>,
    presented: &Use<'_>,
    host: &Setting,
    name: &str,
    change: &Change<'_>,
) -> (&'static Rule, String) {
    let who = context.who(presented.by, presented.node);
    match (&*host.key, change) {
        ("advertise-address", Change::Setting(_)) => (
            &ADVERTISED,
            format!("{who} advertises an address that its certificate does not name"),
        ),
        (_, Change::Setting(_)) if host.key.contains("server") && !host.key.contains("etcd") => (
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

fn remedy(leaf: &Certificate, name: &str, presented: &Use<'_>, change: &Change<'_>) -> String {
    let what = words::place(presented.material);
    match change {
        Change::Certificate => format!("have {what} issued again with {name} among its names"),
        Change::Setting(setting) => {
            let names = words::names(leaf);
            format!(
                "have {what} issued again with {name} among its names, or let {} say one that it has: {names}",
                setting.name
            )
        }
    }
}

/// An advertised address that no channel of these files dials still is where pods end up.
fn advertised<'a>(context: &Context<'_, 'a>) -> impl Iterator<Item = Finding> {
    let nodes = context.inventory.nodes.iter().enumerate();
    nodes.filter_map(|(index, node)| {
        let process = node.processes.get(&cluster::Component::KubeApiserver)?;
        let address = process.settings.get("advertise-address").filter(|address| !address.value.is_empty())?;
        let certificate = process.material(&node.files, "tls-cert-file")?;
        let leaf: Arc<Certificate> = words::first_certificate(&certificate)?;
        verify_hostname(&leaf, &address.value).err()?;
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
