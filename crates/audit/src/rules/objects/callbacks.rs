//! Whom kube-apiserver calls: webhooks, conversions, and APIs behind it.

use cluster::Component;
use cluster::objects::{Callback, CallbackKind, Named, Target, TlsSecret};
use verify::{Kind, Options, Pool, VerifyError, verify_hostname};

use super::known::held;
use super::{Found, UNVERIFIED, Way, grouped};
use crate::judge::is_issuer_unknown;
use crate::report::{Cause, Evidence, Finding, Severity};
use crate::rules::{Context, Rule, words};

pub(in crate::rules) const NO_BUNDLE: Rule = Rule {
    code: "KP1104",
    title: "kube-apiserver is not told whom to trust when it calls a Service",
    why: "Without caBundle it asks the system's authorities, which vouch for no name that ends in .svc. Often something \
          that should fill the field in, such as cert-manager's injector, did not.",
    reference: "staging/src/k8s.io/apiserver/pkg/util/webhook/client.go",
    cis: &[],
};
pub(in crate::rules) const BACKEND: Rule = Rule {
    code: "KP1106",
    title: "a caBundle that does not vouch for the Service's certificate",
    why: "The certificate in the Secret and the caBundle are renewed by different hands: one was made again, and the \
          other still is what it was. Every write that the webhook is asked about fails, every request to the API.",
    reference: "staging/src/k8s.io/apiserver/pkg/util/webhook/client.go, kube-aggregator/pkg/controllers/status/remote/remote_available_controller.go",
    cis: &[],
};

pub(super) fn findings(context: &Context<'_, '_>) -> Vec<Finding> {
    let callbacks = context.inventory.objects.callbacks.iter();
    // kube-apiserver reaches itself without going through the network.
    let callbacks: Vec<&Callback> = callbacks.filter(|callback| !is_itself(callback)).collect();
    let of_object = |callback: &&Callback| callback.object.clone();
    let that = |which: &dyn Fn(&Callback) -> bool| {
        let found = callbacks.iter().copied().filter(|one| which(one));
        grouped(found, of_object).into_iter()
    };
    let insecure = that(&|one| one.insecure.is_some()).map(|(_, all)| unverified(context, &all));
    let without = that(&has_no_bundle).map(|(_, all)| no_bundle(context, &all));
    let bad = that(&|one| has_bad_bundle(context, one)).map(|(_, all)| bad_bundle(context, &all));
    let backends = callbacks.iter();
    let backends = backends.filter_map(|callback| backend(context, callback));
    let backends = grouped(backends, |one| {
        (one.secret.object.clone(), one.held(context))
    })
    .into_iter();
    let backends = backends.map(|(_, all)| not_vouched(context, &all));
    let findings = insecure.chain(without).chain(bad);
    findings.chain(backends.flatten()).collect()
}

fn is_itself(callback: &Callback) -> bool {
    matches!(&callback.target, Target::Service { namespace, name }
        if &**namespace == "default" && &**name == "kubernetes")
}

fn has_no_bundle(callback: &Callback) -> bool {
    let is_service = matches!(callback.target, Target::Service { .. });
    is_service && callback.bundle.is_none() && callback.insecure.is_none()
}

fn has_bad_bundle(context: &Context<'_, '_>, callback: &Callback) -> bool {
    callback
        .bundle
        .as_ref()
        .is_some_and(|bundle| held(context, bundle).is_empty())
}

/// `webhook a of X`, and how many more there are.
fn called(callbacks: &[&Callback]) -> String {
    match callbacks {
        [] => String::new(),
        [one] => one.to_string(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

/// Webhooks are in no graph.
fn ways(callbacks: &[&Callback]) -> &'static [Way] {
    let is_api = |callback: &&Callback| callback.kind == CallbackKind::Api;
    match callbacks.iter().any(is_api) {
        true => &[(Component::KubeApiserver, Component::AggregatedApiserver)],
        false => &[],
    }
}

fn severity(callbacks: &[&Callback]) -> Severity {
    match callbacks.iter().all(|callback| callback.is_optional) {
        true => Severity::Warning,
        false => Severity::Error,
    }
}

fn said(callback: &Callback, error: &str) -> String {
    match &callback.kind {
        CallbackKind::Webhook(name) => format!("failed calling webhook \"{name}\": … {error}"),
        CallbackKind::Conversion => format!("conversion webhook for … failed: … {error}"),
        CallbackKind::Api => format!("failing or missing response from …: {error}"),
    }
}

fn unverified(context: &Context<'_, '_>, callbacks: &[&Callback]) -> Finding {
    let settings = callbacks.iter().filter_map(|one| one.insecure.as_ref());
    Found {
        rule: &UNVERIFIED,
        cause: Cause::Insecure,
        severity: Severity::Warning,
        message: format!("kube-apiserver does not verify the server behind {}", called(callbacks)),
        evidence: settings
            .map(|setting| context.at_setting(None, setting, "nothing is verified"))
            .collect(),
        said: None,
        remedy: "give it a certificate for NAME.NAMESPACE.svc, put its authority into caBundle and take this out".to_owned(),
    }
    .finding(context)
}

fn no_bundle(context: &Context<'_, '_>, callbacks: &[&Callback]) -> Finding {
    let places = callbacks.iter();
    let places =
        places.map(|one| context.at_place(None, one.place.clone(), "called without a caBundle"));
    let unknown = "x509: certificate signed by unknown authority";
    Found {
        rule: &NO_BUNDLE,
        cause: Cause::UntrustedIssuer,
        severity: severity(callbacks),
        message: format!("{} has no caBundle to verify the Service with", called(callbacks)),
        evidence: places.collect(),
        said: callbacks.first().map(|one| said(one, unknown)),
        remedy: "put the authority that signed the Service's certificate into caBundle, or see why what should do so does not".to_owned(),
    }
    .breaking(ways(callbacks), context)
}

fn bad_bundle(context: &Context<'_, '_>, callbacks: &[&Callback]) -> Finding {
    let bundles = callbacks.iter().filter_map(|one| one.bundle.as_ref());
    let error = "unable to load root certificates: unable to parse bytes as PEM block";
    Found {
        rule: &super::BAD_BUNDLE,
        cause: Cause::Unreadable,
        severity: severity(callbacks),
        message: format!("the caBundle of {} holds no certificate", called(callbacks)),
        evidence: bundles
            .map(|bundle| context.in_object(bundle, "holds no certificate"))
            .collect(),
        said: callbacks.first().map(|one| said(one, error)),
        remedy: "put the authority that signed the Service's certificate there, as PEM in base64"
            .to_owned(),
    }
    .breaking(ways(callbacks), context)
}

/// What a Service presents, and why kube-apiserver refuses it.
struct Backend<'a> {
    callback: &'a Callback,
    secret: &'a TlsSecret,
    error: VerifyError,
}

impl Backend<'_> {
    /// What the bundle holds, when that is what is wrong: copies of one count as one.
    fn held(&self, context: &Context<'_, '_>) -> Option<Vec<[u8; 32]>> {
        let bundle = self.callback.bundle.as_ref();
        let bundle = bundle.filter(|_| is_issuer_unknown(&self.error))?;
        Some(
            held(context, bundle)
                .iter()
                .map(|one| *one.sha256())
                .collect(),
        )
    }
}

/// The Secret that has the Service's certificate, when the bundle vouches for none that could.
fn backend<'a>(context: &Context<'_, 'a>, callback: &'a Callback) -> Option<Backend<'a>> {
    let Target::Service { namespace, .. } = &callback.target else {
        return None;
    };
    let roots: Pool = held(context, callback.bundle.as_ref()?)
        .into_iter()
        .collect();
    let name = callback.checked_name()?;
    let secrets = context.inventory.objects.secrets.iter();
    let there = secrets
        .filter(|secret| secret.object.namespace.as_ref() == Some(namespace))
        .filter_map(|secret| {
            let chain = held(context, secret.pair.certificate.as_ref()?);
            Some((secret, chain.first()?.clone(), chain))
        });
    let mut refused = None;
    for (secret, leaf, chain) in there {
        if roots.is_empty() || verify_hostname(&leaf, &name).is_err() {
            continue;
        }
        let intermediates = chain.into_iter().skip(1).collect();
        let options = Options::server(name.as_str(), context.at);
        let verdict = context
            .judgement
            .verifier
            .verify(&leaf, &roots, &intermediates, &options);
        match verdict.error() {
            None => return None,
            // The times are told of by themselves.
            Some(error) if matches!(error.kind(), Kind::Expired | Kind::NotYetValid) => {
                return None;
            }
            Some(error) => {
                let error = error.clone();
                refused.get_or_insert(Backend {
                    callback,
                    secret,
                    error,
                });
            }
        }
    }
    refused
}

fn not_vouched(context: &Context<'_, '_>, all: &[Backend<'_>]) -> Option<Finding> {
    let first = all.first()?;
    let callbacks: Vec<&Callback> = all.iter().map(|one| one.callback).collect();
    let secret: &Named = &first.secret.object;
    let cause = match (is_issuer_unknown(&first.error), first.error.hint()) {
        (true, Some(_)) => Cause::StaleTrust,
        (true, None) => Cause::UntrustedIssuer,
        (false, _) => Cause::WrongUsage,
    };
    let bundles = callbacks.iter().filter_map(|one| one.bundle.as_ref());
    let bundles = bundles.map(|bundle| {
        let names: Vec<String> = held(context, bundle)
            .iter()
            .map(|one| words::called(one))
            .collect();
        context.in_object(bundle, format!("trusts {}", words::list(&names)))
    });
    let certificate = first.secret.pair.certificate.as_ref()?;
    let leaf = held(context, certificate).into_iter().next()?;
    let label = format!("signed by \"{}\"", leaf.issuer.common_name());
    let mut evidence: Vec<Evidence> = bundles.take(super::SHOWN - 1).collect();
    // Whoever issued it for something else has to change that.
    let place = match cause {
        Cause::WrongUsage => 0,
        _ => evidence.len(),
    };
    evidence.insert(place, context.in_object(certificate, label));
    let finding = Found {
        rule: &BACKEND,
        cause,
        severity: severity(&callbacks),
        message: format!(
            "the caBundle of {} does not vouch for the certificate of {}, which {secret} holds",
            called(&callbacks),
            first.callback.checked_name().unwrap_or_default()
        ),
        evidence,
        said: Some(said(first.callback, &first.error.to_string())),
        remedy: format!(
            "put the authority that signed the certificate in {secret} into caBundle, or have the certificate issued again by the one that is there"
        ),
    };
    Some(finding.breaking(ways(&callbacks), context))
}
