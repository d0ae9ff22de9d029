//! API objects: what they carry, against the nodes' files where those were given, else against each
//! other.

mod authentication;
mod callbacks;
mod endpoints;
mod known;
mod requests;
mod secrets;
mod trust;

pub(super) use authentication::{DIFFERS, LEFT_BEHIND};
pub(super) use callbacks::{BACKEND, NO_BUNDLE};
pub(super) use endpoints::NAME;
pub(super) use requests::NOT_SIGNED;
pub(super) use secrets::{PAIR, REPLACED, SHARED_KEYS};
pub(super) use trust::{BAD_BUNDLE, DISTRUSTS, MISSING};

use cluster::objects::{Named, Purpose};
use cluster::{Channel, Component, Material};

use super::{Context, Rule};
use crate::report::{Cause, Evidence, Finding, Severity};

pub(super) const UNVERIFIED: Rule = Rule {
    code: "KP1107",
    title: "an object says that somebody is not to be verified",
    why: "With insecureSkipTLSVerify kube-apiserver sends its front proxy's requests, and with them users' names, to \
          whoever answers; with insecure-skip-tls-verify so do the readers of a kubeconfig with their tokens.",
    reference: "staging/src/k8s.io/kube-aggregator/pkg/apis/apiregistration/types.go, client-go/transport/transport.go",
    cis: &[],
};

/// This many places of one mistake are shown.
const SHOWN: usize = 10;

pub(super) fn findings(context: &Context<'_, '_>) -> Vec<Finding> {
    if context.inventory.objects.is_empty() {
        return Vec::new();
    }
    [
        trust::findings(context),
        authentication::findings(context),
        callbacks::findings(context),
        endpoints::findings(context),
        requests::findings(context),
        secrets::findings(context),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// From whom to whom.
type Way = (Component, Component);

/// By which way those come who verify with a bundle.
fn ways(purpose: &Purpose) -> &'static [Way] {
    use Component::{AggregatedApiserver, KubeApiserver, KubeProxy, Kubelet, ServiceAccount};
    match purpose {
        Purpose::Pods | Purpose::TokenSecret | Purpose::ServingSigner => {
            &[(ServiceAccount, KubeApiserver)]
        }
        Purpose::Joining => &[(Kubelet, KubeApiserver)],
        Purpose::Proxy => &[(KubeProxy, KubeApiserver)],
        Purpose::Clients | Purpose::FrontProxy => &[(KubeApiserver, AggregatedApiserver)],
        Purpose::Others => &[],
    }
}

/// What is found in objects. Verdicts are of the processes' own files: an object's readers come by a
/// channel that may work for everybody else.
struct Found {
    rule: &'static Rule,
    cause: Cause,
    severity: Severity,
    message: String,
    evidence: Vec<Evidence>,
    said: Option<String>,
    remedy: String,
}

impl Found {
    fn finding(self, context: &Context<'_, '_>) -> Finding {
        let evidence = self.evidence.into_iter().take(SHOWN).collect();
        let mut finding = context.finding(
            self.rule,
            self.cause,
            &[],
            self.message,
            evidence,
            self.remedy,
        );
        finding.severity = self.severity;
        finding.said.extend(self.said);
        finding
    }

    /// The same, for those who come these ways and go by the object.
    fn breaking(self, ways: &[Way], context: &Context<'_, '_>) -> Finding {
        let channels = context.graph.channels.iter();
        let these = channels
            .filter(|channel| ways.contains(&(channel.client.component, channel.server.component)));
        Finding {
            channels: these.map(Channel::id).collect(),
            ..self.finding(context)
        }
    }
}

impl Context<'_, '_> {
    /// A field of an object.
    fn in_object(&self, material: &Material, label: impl Into<String>) -> Evidence {
        self.at_material(None, material, label)
    }
}

/// `ConfigMap a/b`, or how many of them there are, with the first.
fn several(objects: &[&Named]) -> String {
    match objects {
        [] => String::new(),
        [one] => one.to_string(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

/// Things by what tells them apart, in the order in which they come up.
fn grouped<T, K: PartialEq>(
    all: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> Vec<(K, Vec<T>)> {
    let mut groups: Vec<(K, Vec<T>)> = Vec::new();
    for one in all {
        let key = key(&one);
        match groups.iter_mut().find(|(other, _)| *other == key) {
            Some((_, group)) => group.push(one),
            None => groups.push((key, vec![one])),
        }
    }
    groups
}
