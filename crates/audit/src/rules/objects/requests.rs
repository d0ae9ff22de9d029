//! CertificateSigningRequests that nobody signed.

use cluster::Component;
use cluster::objects::{RequestState, SigningRequest};

use super::{Found, Way, grouped, several};
use crate::report::{Cause, Finding, Severity};
use crate::rules::{Context, Rule};

pub(in crate::rules) const NOT_SIGNED: Rule = Rule {
    code: "KP1108",
    title: "a request for a certificate that was not signed",
    why: "kube-controller-manager approves kubelets' client certificates, but not their serving ones: with \
          serverTLSBootstrap a kubelet serves nothing before somebody approves. What is approved and not signed has no \
          signer: --cluster-signing-cert-file is not set, or its authority cannot sign that.",
    reference: "pkg/controller/certificates/approver/sarapprove.go, pkg/controller/certificates/signer/signer.go",
    cis: &[],
};

const KUBELET_SERVING: &str = "kubernetes.io/kubelet-serving";
const KUBELET_CLIENT: &str = "kubernetes.io/kube-apiserver-client-kubelet";

pub(super) fn findings(context: &Context<'_, '_>) -> Vec<Finding> {
    let requests = context.inventory.objects.requests.iter();
    let open = requests.filter(|request| request.state != RequestState::Issued);
    let groups = grouped(open, |request| {
        (request.signer.clone(), request.state.clone())
    });
    groups
        .iter()
        .filter_map(|(_, group)| not_signed(context, group))
        .collect()
}

fn not_signed(context: &Context<'_, '_>, group: &[&SigningRequest]) -> Option<Finding> {
    let first = group.first()?;
    let objects: Vec<_> = group.iter().map(|request| &*request.object).collect();
    let (state, severity, remedy) = told(first);
    let places = group.iter().map(|request| {
        let label = match &*request.user {
            "" => state.to_owned(),
            user => format!("{state}; asked for by {user}"),
        };
        context.at_place(None, request.place.clone(), label)
    });
    let finding = Found {
        rule: &NOT_SIGNED,
        cause: Cause::MissingFile,
        severity,
        message: format!("{} to {}: {state}", several(&objects), first.signer),
        evidence: places.collect(),
        said: said(first),
        remedy,
    };
    // Of one that was refused nobody has to wait.
    let ways = match severity {
        Severity::Note => &[],
        _ => ways(first),
    };
    Some(finding.breaking(ways, context))
}

/// A kubelet that asks has nothing to serve with, or to come with.
fn ways(request: &SigningRequest) -> &'static [Way] {
    use Component::{KubeApiserver, Kubelet};
    match &*request.signer {
        KUBELET_SERVING => &[(KubeApiserver, Kubelet)],
        KUBELET_CLIENT => &[(Kubelet, KubeApiserver)],
        _ => &[],
    }
}

fn told(request: &SigningRequest) -> (String, Severity, String) {
    let is_kubelets = [KUBELET_SERVING, KUBELET_CLIENT].contains(&&*request.signer);
    let worse = if is_kubelets {
        Severity::Warning
    } else {
        Severity::Note
    };
    match &request.state {
        RequestState::Failed(why) => (
            format!("the signer could not sign it: {why}"),
            Severity::Warning,
            "mend what the signer says, and ask again".to_owned(),
        ),
        RequestState::Approved => (
            "approved, and not signed".to_owned(),
            Severity::Warning,
            "see that the signer runs; for kubernetes.io/… that kube-controller-manager has --cluster-signing-cert-file and its key".to_owned(),
        ),
        RequestState::Denied => (
            "refused by who approves".to_owned(),
            Severity::Note,
            "when that was right, nothing: it is deleted after an hour".to_owned(),
        ),
        _ => (
            "waits for approval".to_owned(),
            worse,
            format!("look at what it asks for, then: kubectl certificate approve {}", request.object.name),
        ),
    }
}

fn said(request: &SigningRequest) -> Option<String> {
    let is_serving = &*request.signer == KUBELET_SERVING;
    is_serving.then(|| "remote error: tls: internal error".to_owned())
}
