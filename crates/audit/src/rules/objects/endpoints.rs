//! Where kubeconfigs in ConfigMaps send their readers.

use cluster::objects::{Endpoint, Purpose};
use verify::verify_hostname;

use super::known::{self, Served};
use super::{Found, UNVERIFIED, Way};
use crate::problem::Problem;
use crate::report::{Cause, Finding, Severity};
use crate::rules::{Context, Rule, words};

pub(in crate::rules) const NAME: Rule = Rule {
    code: "KP1112",
    title: "an object sends clients to a name that kube-apiserver's certificate does not have",
    why: "cluster-info tells nodes that join where the API is, kube-proxy's ConfigMap tells every kube-proxy. When the \
          control plane moved, neither was changed with it.",
    reference: "cmd/kubeadm/app/phases/bootstraptoken/clusterinfo, cmd/kubeadm/app/phases/addons/proxy",
    cis: &[],
};

pub(super) fn findings(context: &Context<'_, '_>) -> Vec<Finding> {
    let served = known::served(context);
    let endpoints = context.inventory.objects.endpoints.iter();
    endpoints
        .filter_map(|endpoint| match endpoint.insecure.is_some() {
            true => unverified(context, endpoint),
            false => not_named(context, endpoint, &served),
        })
        .collect()
}

fn unverified(context: &Context<'_, '_>, endpoint: &Endpoint) -> Option<Finding> {
    let insecure = endpoint.insecure.as_ref()?;
    let finding = Found {
        rule: &UNVERIFIED,
        cause: Cause::Insecure,
        severity: Severity::Warning,
        message: format!(
            "who reads {} does not verify kube-apiserver",
            endpoint.object
        ),
        evidence: vec![context.at_setting(None, insecure, "nothing is verified")],
        said: None,
        remedy: "take this out, and put the cluster's authority beside it".to_owned(),
    };
    Some(finding.finding(context))
}

/// cluster-info is for who joins, everything else for kube-proxy.
fn ways(endpoint: &Endpoint) -> &'static [Way] {
    super::ways(match &*endpoint.object.name {
        "cluster-info" => &Purpose::Joining,
        _ => &Purpose::Proxy,
    })
}

fn not_named(
    context: &Context<'_, '_>,
    endpoint: &Endpoint,
    served: &[Served<'_>],
) -> Option<Finding> {
    let host = endpoint.host()?;
    let is_told =
        context.judgement.breakages.iter().any(
            |breakage| matches!(&breakage.problem, Problem::Name { name, .. } if *name == host),
        );
    if is_told {
        // By those in the files who go there too.
        return None;
    }
    let (served, error) = served.iter().find_map(|served| {
        let error = verify_hostname(&served.leaf, &host).err()?;
        Some((served, error))
    })?;
    let evidence = vec![
        context.at_setting(None, &endpoint.server, "clients are sent here"),
        context.at_content(
            &served.used,
            format!("names {}", words::names(&served.leaf)),
        ),
    ];
    let finding = Found {
        rule: &NAME,
        cause: Cause::NameMismatch,
        severity: Severity::Error,
        message: format!(
            "{} sends clients to {host}, which kube-apiserver's certificate does not name",
            endpoint.object
        ),
        evidence,
        said: Some(error.to_string()),
        remedy: format!(
            "let the object name the control plane's endpoint, or have {host} added to the certificate"
        ),
    };
    Some(finding.breaking(ways(endpoint), context))
}
