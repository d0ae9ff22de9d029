//! Objects by which kube-apiserver is verified, and do not know it.

use cluster::Component;
use cluster::objects::{Bundle, Named, Purpose};
use verify::Pool;

use super::known::{self, Served, held};
use super::{Found, grouped, several, ways};
use crate::report::{Cause, Evidence, Finding, Severity};
use crate::rules::{Context, Rule, words};

pub(in crate::rules) const DISTRUSTS: Rule = Rule {
    code: "KP1101",
    title: "an object that does not vouch for kube-apiserver",
    why: "Pods verify kube-apiserver with kube-root-ca.crt of their namespace, nodes that join with cluster-info, \
          kube-proxy with its kubeconfig. kube-controller-manager keeps the first up to date; nobody does the others, \
          which keep an authority that was replaced.",
    reference: "pkg/controller/certificates/rootcacertpublisher/publisher.go, cmd/kubeadm/app/phases/bootstraptoken/clusterinfo",
    cis: &[],
};
pub(in crate::rules) const BAD_BUNDLE: Rule = Rule {
    code: "KP1105",
    title: "a bundle in an object that holds no certificate",
    why: "It says whom to trust and names nobody: a placeholder that was never filled in, or a text that was damaged on \
          its way. Whoever reads it refuses to connect.",
    reference: "staging/src/k8s.io/client-go/transport/transport.go (rootCertPool)",
    cis: &[],
};
pub(in crate::rules) const MISSING: Rule = Rule {
    code: "KP1113",
    title: "a namespace without kube-root-ca.crt",
    why: "kube-controller-manager puts it into every namespace within seconds. Pods that mount it do not start without.",
    reference: "pkg/controller/certificates/rootcacertpublisher/publisher.go",
    cis: &[],
};

pub(super) fn findings(context: &Context<'_, '_>) -> Vec<Finding> {
    let bundles = context.inventory.objects.bundles.iter();
    let (empty, rest): (Vec<&Bundle>, Vec<&Bundle>) =
        bundles.partition(|bundle| held(context, &bundle.material).is_empty());
    let bad = grouped(empty, |bundle| bundle.purpose.clone()).into_iter();
    let bad = bad.map(|(_, group)| bad_bundle(context, &group));
    let rest = rest.into_iter();
    let rest = rest.filter(|bundle| bundle.purpose.is_for_apiserver());
    let groups = grouped(rest, |bundle| {
        let sums = held(context, &bundle.material)
            .iter()
            .map(|one| *one.sha256())
            .collect::<Vec<_>>();
        (bundle.purpose.clone(), sums)
    });
    let served = known::served(context);
    let distrusting = groups
        .iter()
        .filter_map(|(_, group)| match served.is_empty() {
            true => outdated(context, group),
            false => distrusts(context, group, &served),
        });
    bad.chain(distrusting).chain(missing(context)).collect()
}

fn named<'a>(group: &[&'a Bundle]) -> Vec<&'a Named> {
    group.iter().map(|bundle| &*bundle.object).collect()
}

fn bad_bundle(context: &Context<'_, '_>, group: &[&Bundle]) -> Finding {
    let purpose = group.first().map(|bundle| &bundle.purpose);
    let fields = group.iter();
    let fields = fields.map(|bundle| context.in_object(&bundle.material, "holds no certificate"));
    Found {
        rule: &BAD_BUNDLE,
        cause: Cause::Unreadable,
        severity: Severity::Error,
        message: format!("{} holds no certificate to trust", several(&named(group))),
        evidence: fields.collect(),
        said: Some(
            "unable to load root certificates: unable to parse bytes as PEM block".to_owned(),
        ),
        remedy: "put the authority's certificate there, as PEM".to_owned(),
    }
    .breaking(purpose.map_or(&[], ways), context)
}

/// By the files: whether it knows who signed what kube-apiserver presents.
fn distrusts(
    context: &Context<'_, '_>,
    group: &[&Bundle],
    served: &[Served<'_>],
) -> Option<Finding> {
    let bundle = group.first()?;
    if is_told(context, bundle) {
        return None;
    }
    let certificates = held(context, &bundle.material);
    let roots: Pool = certificates.iter().cloned().collect();
    let (served, error) = served
        .iter()
        .find_map(|served| Some((served, served.unknown_to(&roots, context)?)))?;
    let is_stale = error.hint().is_some();
    let presented = context.at_content(
        &served.used,
        format!("signed by \"{}\"", served.leaf.issuer.common_name()),
    );
    let label = format!("trusts {}", authorities(context, bundle));
    let mut evidence: Vec<Evidence> = fields(context, group, &label);
    evidence.truncate(super::SHOWN - 1);
    evidence.push(presented);
    let state = match is_stale {
        true => "trusts an authority that has been replaced, and so does not know kube-apiserver",
        false => "trusts another authority than the one that signed kube-apiserver's certificate",
    };
    let finding = Found {
        rule: &DISTRUSTS,
        cause: if is_stale {
            Cause::StaleTrust
        } else {
            Cause::UntrustedIssuer
        },
        severity: Severity::Error,
        message: format!(
            "{} {state}: {}",
            several(&named(group)),
            harm(&bundle.purpose)
        ),
        evidence,
        said: Some(error.to_string()),
        remedy: remedy(&bundle.purpose).to_owned(),
    };
    Some(finding.breaking(ways(&bundle.purpose), context))
}

/// What kube-controller-manager publishes is what it is told, which is judged in the files.
fn is_told(context: &Context<'_, '_>, bundle: &Bundle) -> bool {
    let is_published = matches!(
        bundle.purpose,
        Purpose::Pods | Purpose::ServingSigner | Purpose::TokenSecret
    );
    let manager = Component::KubeControllerManager;
    let told = known::told(context, manager, "root-ca-file").unwrap_or_default();
    let published = held(context, &bundle.material);
    is_published
        && told
            .iter()
            .any(|(_, certificates)| *certificates == published)
}

/// Without files: whether others hold a newer authority of the same name.
fn outdated(context: &Context<'_, '_>, group: &[&Bundle]) -> Option<Finding> {
    let bundle = group.first()?;
    let certificates = held(context, &bundle.material);
    let newest = known::newest(context);
    let newer = newest.iter().find(|newer| {
        known::has_name(&certificates, newer) && !known::has_key(&certificates, newer)
    })?;
    let holder = known::for_apiserver(context)
        .find(|other| known::has_key(&held(context, &other.material), newer))?;
    let name = words::called(newer);
    let mut evidence = fields(context, group, &format!("holds an older {name}"));
    evidence.truncate(super::SHOWN - 1);
    let label = format!("holds the {name} of {}", words::moment(newer.not_before));
    evidence.push(context.in_object(&holder.material, label));
    let finding = Found {
        rule: &DISTRUSTS,
        cause: Cause::StaleTrust,
        severity: Severity::Warning,
        message: format!(
            "{} does not hold the newest {name}, which {} does: {}",
            several(&named(group)),
            holder.object,
            harm(&bundle.purpose)
        ),
        evidence,
        said: None,
        remedy: remedy(&bundle.purpose).to_owned(),
    };
    Some(finding.finding(context))
}

fn fields(context: &Context<'_, '_>, group: &[&Bundle], label: &str) -> Vec<Evidence> {
    let fields = group.iter();
    fields
        .map(|bundle| context.in_object(&bundle.material, label))
        .collect()
}

fn authorities(context: &Context<'_, '_>, bundle: &Bundle) -> String {
    let names: Vec<String> = held(context, &bundle.material)
        .iter()
        .map(|one| words::called(one))
        .collect();
    words::list(&names)
}

fn harm(purpose: &Purpose) -> &'static str {
    match purpose {
        Purpose::Pods => "pods there do not reach the API",
        Purpose::TokenSecret => "who uses the token's Secret does not reach the API",
        Purpose::Joining => "no node can join",
        Purpose::Proxy => "kube-proxy does not reach the API",
        _ => "pods that mount it do not reach the API",
    }
}

fn remedy(purpose: &Purpose) -> &'static str {
    match purpose {
        Purpose::Pods | Purpose::TokenSecret | Purpose::ServingSigner => {
            "see that kube-controller-manager runs with the authority in --root-ca-file; it writes the object again, and pods read it again or have to be restarted"
        }
        Purpose::Joining => "apply what `kubepki bundle cluster-info` prints",
        _ => "put the cluster's authority there, and restart who reads it",
    }
}

fn missing(context: &Context<'_, '_>) -> Option<Finding> {
    let objects = &context.inventory.objects;
    let has = |namespace: &str| {
        known::bundles(context, &Purpose::Pods)
            .any(|bundle| bundle.object.namespace.as_deref() == Some(namespace))
    };
    // Otherwise nobody asked for them.
    known::bundles(context, &Purpose::Pods).next()?;
    let without = objects.namespaces.iter();
    let without: Vec<_> = without.filter(|(named, _)| !has(&named.name)).collect();
    let names: Vec<&Named> = without.iter().map(|(named, _)| &**named).collect();
    names.first()?;
    let places = without.iter();
    let places = places.map(|(_, place)| {
        context.at_place(None, place.clone(), "has no ConfigMap kube-root-ca.crt")
    });
    let finding = Found {
        rule: &MISSING,
        cause: Cause::MissingFile,
        severity: Severity::Warning,
        message: format!("{} has no kube-root-ca.crt", several(&names)),
        evidence: places.collect(),
        said: Some("MountVolume.SetUp failed for volume \"kube-api-access-…\": configmap \"kube-root-ca.crt\" not found".to_owned()),
        remedy: "see that kube-controller-manager runs, with --root-ca-file".to_owned(),
    };
    Some(finding.breaking(ways(&Purpose::Pods), context))
}
