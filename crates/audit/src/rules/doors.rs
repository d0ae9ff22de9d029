//! Settings that let in who should stay out, a row for each.

use std::net::IpAddr;

use cluster::process::NoteKind;
use cluster::{Component, Process, Setting};

use super::{Context, Rule};
use crate::problem::{Breakage, Problem};
use crate::report::{Cause, Finding, Severity};
use crate::suites::{self, Strength};

pub(super) const OPEN_ETCD: Rule = Rule {
    code: "KP0804",
    title: "etcd takes everybody",
    why: "Without --trusted-ca-file and --client-cert-auth whoever reaches etcd's port reads and writes the cluster's \
          whole state, all secrets included.",
    reference: "etcd client/pkg/transport/listener.go",
    cis: &["2.1", "2.2", "2.4", "2.5"],
};
pub(super) const ALWAYS_ALLOW: Rule = Rule {
    code: "KP0805",
    title: "every request is allowed",
    why: "The authorization mode AlwaysAllow lets everybody do everything who reaches the port.",
    reference: "pkg/kubeapiserver/options/authorization.go, cmd/kubelet/app/auth.go",
    cis: &["1.2.6", "4.2.2"],
};
pub(super) const ANONYMOUS_KUBELET: Rule = Rule {
    code: "KP0806",
    title: "the kubelet takes anonymous requests",
    why: "With anonymous authentication on, access to the kubelet hangs on its authorization alone.",
    reference: "cmd/kubelet/app/auth.go",
    cis: &["4.2.1"],
};
pub(super) const TOKEN_FILE: Rule = Rule {
    code: "KP0807",
    title: "users whose tokens stand in a file",
    why: "The tokens of --token-auth-file never end, are changed only by starting kube-apiserver again, and lie there \
          in clear text.",
    reference: "staging/src/k8s.io/apiserver/pkg/authentication/token/tokenfile",
    cis: &["1.2.2"],
};
pub(super) const READ_ONLY_PORT: Rule = Rule {
    code: "KP0808",
    title: "the kubelet answers without asking who asks",
    why: "The read-only port speaks plain HTTP and tells everybody who reaches it the node's pods with everything \
          that their specifications say.",
    reference: "pkg/kubelet/server/server.go",
    cis: &["4.2.4"],
};
pub(super) const TOKEN_LOOKUP: Rule = Rule {
    code: "KP0809",
    title: "tokens of deleted service accounts are still good",
    why: "With --service-account-lookup=false a token counts until it ends, whatever became of its account, its \
          Secret or its pod.",
    reference: "pkg/serviceaccount/claims.go",
    cis: &["1.2.21"],
};
pub(super) const NODE_RESTRICTION: Rule = Rule {
    code: "KP0810",
    title: "a kubelet may change other nodes",
    why: "Without the admission plugin NodeRestriction whoever has one node's certificate may change what the cluster \
          says of every other node and of the pods there.",
    reference: "plugin/pkg/admission/noderestriction",
    cis: &["1.2.14"],
};
pub(super) const WEAK_TLS: Rule = Rule {
    code: "KP0811",
    title: "a version or cipher suite of TLS that is broken",
    why: "TLS 1.0 and 1.1, RC4, 3DES and the suites without an exchange of fresh keys are off by default; who \
          records the connection may read it later, or change it.",
    reference: "Go crypto/tls/cipher_suites.go, RFC 8996",
    cis: &["1.2.29", "4.2.12"],
};
pub(super) const BOUND_EVERYWHERE: Rule = Rule {
    code: "KP0812",
    title: "kube-controller-manager or kube-scheduler listens to everybody",
    why: "Nobody outside the node needs their port but whoever collects metrics. kubeadm binds it to 127.0.0.1.",
    reference: "cmd/kubeadm/app/phases/controlplane/manifests.go",
    cis: &["1.3.7", "1.4.2"],
};
pub(super) const OWN_CREDENTIALS: Rule = Rule {
    code: "KP0813",
    title: "all controllers act as one user",
    why: "With --use-service-account-credentials each controller has rights of its own; without, kube-controller-manager's \
          certificate needs the rights of all of them.",
    reference: "cmd/kube-controller-manager/app/controllermanager.go",
    cis: &["1.3.3"],
};
pub(super) const NO_SIGNER: Rule = Rule {
    code: "KP0814",
    title: "nobody signs certificate requests",
    why: "Kubelets ask for their certificates, at first and every time when one ends. Without a signing pair \
          kube-controller-manager signs none: requests stay approved and are never issued, and nothing says why.",
    reference: "cmd/kube-controller-manager/app/certificates.go",
    cis: &[],
};
pub(super) const NO_ROTATION: Rule = Rule {
    code: "KP0404",
    title: "a kubelet that does not renew its certificate",
    why: "With rotateCertificates the kubelet asks for a new client certificate before the old one ends. Without, the \
          node is lost on that day.",
    reference: "pkg/kubelet/certificate/kubelet.go",
    cis: &["4.2.10"],
};

/// A kind of setting that lets somebody in, or keeps something from working later.
struct Policy {
    rule: &'static Rule,
    severity: Severity,
    component: Component,
    /// What says so, when something does.
    found: fn(&Process) -> Option<Found>,
    /// What is wrong, behind the component's name.
    says: &'static str,
    remedy: &'static str,
}

/// Where it stands.
enum Found {
    /// In this setting.
    Set(Setting),
    /// Nowhere, and that is it.
    Absent(&'static str),
}

const POLICIES: &[Policy] = &[
    Policy {
        rule: &OPEN_ETCD,
        severity: Severity::Error,
        component: Component::Etcd,
        found: takes_everybody,
        says: "asks its clients for no certificate",
        remedy: "set --trusted-ca-file and --client-cert-auth, and let every listen URL but loopback's say https",
    },
    Policy {
        rule: &OPEN_ETCD,
        severity: Severity::Error,
        component: Component::Etcd,
        found: |etcd| plain_to_others(etcd, "listen-peer-urls"),
        says: "takes everybody for a peer: it speaks to peers without TLS",
        remedy: "let every peer URL say https, and set the pair and the CA of peers",
    },
    Policy {
        rule: &OPEN_ETCD,
        severity: Severity::Error,
        component: Component::KubeApiserver,
        found: |apiserver| plain_to_others(apiserver, "etcd-servers"),
        says: "speaks to etcd over the network without TLS",
        remedy: "let etcd serve TLS and verify its clients, and write https:// here",
    },
    Policy {
        rule: &ALWAYS_ALLOW,
        severity: Severity::Error,
        component: Component::KubeApiserver,
        found: |process| match process.settings.get("authorization-config") {
            Some(_) => None,
            None if process.settings.list("authorization-mode").is_empty() => {
                Some(Found::Absent("--authorization-mode is not set"))
            }
            None => mode(process, "AlwaysAllow"),
        },
        says: "allows every request of everybody it knows",
        remedy: "kubeadm sets --authorization-mode=Node,RBAC",
    },
    Policy {
        rule: &ALWAYS_ALLOW,
        severity: Severity::Error,
        component: Component::Kubelet,
        found: |kubelet| mode(kubelet, "AlwaysAllow").filter(|_| is_anonymous(kubelet)),
        says: "allows every request of everybody, named or not",
        remedy: "set authorization.mode to Webhook and authentication.anonymous.enabled to false",
    },
    Policy {
        rule: &ALWAYS_ALLOW,
        severity: Severity::Warning,
        component: Component::Kubelet,
        found: |kubelet| mode(kubelet, "AlwaysAllow").filter(|_| !is_anonymous(kubelet)),
        says: "allows every request of everybody it knows",
        remedy: "set authorization.mode to Webhook",
    },
    Policy {
        rule: &ANONYMOUS_KUBELET,
        severity: Severity::Warning,
        component: Component::Kubelet,
        found: |kubelet| {
            let anonymous = kubelet
                .settings
                .get("anonymous-auth")
                .filter(|setting| setting.is_true())?;
            // With everything allowed besides, that is the mistake.
            mode(kubelet, "AlwaysAllow")
                .is_none()
                .then(|| Found::Set(anonymous.clone()))
        },
        says: "takes requests of nobody in particular",
        remedy: "set authentication.anonymous.enabled to false",
    },
    Policy {
        rule: &TOKEN_FILE,
        severity: Severity::Warning,
        component: Component::KubeApiserver,
        found: |process| set(process, "token-auth-file"),
        says: "takes users from a file of tokens",
        remedy: "let users come with certificates or by OpenID Connect, and take the flag out",
    },
    Policy {
        rule: &READ_ONLY_PORT,
        severity: Severity::Warning,
        component: Component::Kubelet,
        found: |kubelet| {
            set(kubelet, "read-only-port")
                .filter(|found| !matches!(found, Found::Set(port) if port.value == "0"))
        },
        says: "answers on a port without asking who asks",
        remedy: "set readOnlyPort to 0",
    },
    Policy {
        rule: &TOKEN_LOOKUP,
        severity: Severity::Warning,
        component: Component::KubeApiserver,
        found: |process| off(process, "service-account-lookup"),
        says: "takes tokens of service accounts that are no more",
        remedy: "take --service-account-lookup=false out",
    },
    Policy {
        rule: &NODE_RESTRICTION,
        severity: Severity::Warning,
        component: Component::KubeApiserver,
        found: no_node_restriction,
        says: "lets every kubelet change other nodes",
        remedy: "add NodeRestriction to --enable-admission-plugins",
    },
    Policy {
        rule: &WEAK_TLS,
        severity: Severity::Warning,
        component: Component::KubeApiserver,
        found: weak_tls,
        says: "speaks a TLS that is broken",
        remedy: "leave the version and the suites to their defaults, or name only those that Go calls secure",
    },
    Policy {
        rule: &WEAK_TLS,
        severity: Severity::Warning,
        component: Component::Kubelet,
        found: weak_tls,
        says: "speaks a TLS that is broken",
        remedy: "leave tlsMinVersion and tlsCipherSuites to their defaults, or name only those that Go calls secure",
    },
    Policy {
        rule: &WEAK_TLS,
        severity: Severity::Warning,
        component: Component::Etcd,
        found: weak_tls,
        says: "speaks a TLS that is broken",
        remedy: "leave --cipher-suites to its default, or name only those that Go calls secure",
    },
    Policy {
        rule: &BOUND_EVERYWHERE,
        severity: Severity::Note,
        component: Component::KubeControllerManager,
        found: |process| bound_everywhere(process),
        says: "listens beyond the node itself",
        remedy: "set --bind-address=127.0.0.1, unless metrics are collected from there",
    },
    Policy {
        rule: &BOUND_EVERYWHERE,
        severity: Severity::Note,
        component: Component::KubeScheduler,
        found: |process| bound_everywhere(process),
        says: "listens beyond the node itself",
        remedy: "set --bind-address=127.0.0.1, unless metrics are collected from there",
    },
    Policy {
        rule: &OWN_CREDENTIALS,
        severity: Severity::Note,
        component: Component::KubeControllerManager,
        found: |process| {
            (!process
                .settings
                .is_on("use-service-account-credentials", false))
            .then(
                || match process.settings.get("use-service-account-credentials") {
                    Some(setting) => Found::Set(setting.clone()),
                    None => Found::Absent("--use-service-account-credentials is not set"),
                },
            )
        },
        says: "lets all controllers act as itself",
        remedy: "set --use-service-account-credentials=true",
    },
    Policy {
        rule: &NO_SIGNER,
        severity: Severity::Warning,
        component: Component::KubeControllerManager,
        found: no_signer,
        says: "signs no requests for certificates",
        remedy: "set --cluster-signing-cert-file and --cluster-signing-key-file",
    },
    Policy {
        rule: &NO_ROTATION,
        severity: Severity::Warning,
        component: Component::Kubelet,
        found: |kubelet| off(kubelet, "rotate-certificates"),
        says: "does not renew its client certificate",
        remedy: "set rotateCertificates to true",
    },
];

pub(super) fn findings(context: &Context<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, node) in context.inventory.nodes.iter().enumerate() {
        let processes = node.processes.values();
        let processes = processes.filter(|process| is_read(context, process, index));
        for process in processes {
            let policies = POLICIES
                .iter()
                .filter(|policy| policy.component == process.component);
            findings.extend(policies.filter_map(|policy| finding(context, policy, process, index)));
        }
    }
    findings
}

/// Whether what starts a process could be read: else nobody knows what it is told.
fn is_read(context: &Context<'_, '_>, process: &Process, node: usize) -> bool {
    let mut breakages = context.judgement.breakages.iter();
    let is_unread = |breakage: &Breakage<'_>| {
        matches!(&breakage.problem, Problem::NotStarted { component, node: other, note }
            if *component == process.component && *other == node && note.kind == NoteKind::Unreadable)
    };
    process.is_present() && !breakages.any(is_unread)
}

fn finding(
    context: &Context<'_, '_>,
    policy: &Policy,
    process: &Process,
    node: usize,
) -> Option<Finding> {
    let found = (policy.found)(process)?;
    let place = match &found {
        Found::Set(setting) => Some(setting.place.clone()),
        Found::Absent(_) if policy.rule.code == ALWAYS_ALLOW.code => Some(process.manifest.place()),
        Found::Absent(_) => None,
    };
    if place.is_some_and(|place| context.keeps_from_starting(&place, Some(node))) {
        return None;
    }
    let evidence = match found {
        Found::Set(setting) => context.at_setting(Some(node), &setting, "because of this"),
        Found::Absent(what) => context.at_place(Some(node), process.manifest.place(), what),
    };
    let who = context.who(process.component, Some(node));
    let message = format!("{who} {}", policy.says);
    let remedy = policy.remedy.to_owned();
    let mut finding = context.finding(
        policy.rule,
        Cause::Insecure,
        &[],
        message,
        vec![evidence],
        remedy,
    );
    finding.severity = policy.severity;
    Some(finding)
}

fn set(process: &Process, key: &str) -> Option<Found> {
    let setting = process
        .settings
        .get(key)
        .filter(|setting| !setting.value.is_empty())?;
    Some(Found::Set(setting.clone()))
}

/// A switch that is there and says no.
fn off(process: &Process, key: &str) -> Option<Found> {
    let setting = process
        .settings
        .get(key)
        .filter(|setting| !setting.is_true())?;
    Some(Found::Set(setting.clone()))
}

fn mode(process: &Process, name: &str) -> Option<Found> {
    let modes = process.settings.list("authorization-mode");
    modes
        .into_iter()
        .find(|mode| mode.value == name)
        .map(Found::Set)
}

fn is_anonymous(process: &Process) -> bool {
    process.settings.is_on("anonymous-auth", false)
}

/// A client port that more than the node itself reaches, in plain HTTP or with nobody verified. A
/// bundle alone already verifies (etcd `client/pkg/transport/listener.go`).
fn takes_everybody(etcd: &Process) -> Option<Found> {
    let settings = &etcd.settings;
    let bundle = settings.get("trusted-ca-file");
    let verifies = bundle.is_some_and(|bundle| !bundle.value.is_empty())
        || settings.is_on("client-cert-auth", false);
    let plain = plain_to_others(etcd, "listen-client-urls");
    let urls = settings.list("listen-client-urls");
    let is_open = urls.iter().any(|url| !is_loopback(&url.value)) && !verifies;
    plain.or_else(|| {
        is_open.then(|| match settings.get("client-cert-auth") {
            Some(off) => Found::Set(off.clone()),
            None => Found::Absent("--trusted-ca-file is not set"),
        })
    })
}

/// A URL that others reach, without TLS. Peers without a bundle verify each other with the
/// system's authorities: that is no open door, and told where it breaks them.
fn plain_to_others(process: &Process, urls: &str) -> Option<Found> {
    let urls = process.settings.get(urls).map(Setting::parts);
    let mut urls = urls.unwrap_or_default().into_iter();
    urls.find(|url| url.value.starts_with("http://") && !is_loopback(&url.value))
        .map(Found::Set)
}

/// Whether a URL, or a host, leads no further than the node itself.
fn is_loopback(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn no_node_restriction(process: &Process) -> Option<Found> {
    const NAME: &str = "NodeRestriction";
    let settings = &process.settings;
    let is_in = |setting: &&Setting| setting.value == NAME;
    if let Some(off) = settings
        .list("disable-admission-plugins")
        .iter()
        .find(is_in)
    {
        return Some(Found::Set(off.clone()));
    }
    let has_nodes = settings
        .list("authorization-mode")
        .iter()
        .any(|mode| mode.value == "Node");
    let is_on = settings
        .list("enable-admission-plugins")
        .iter()
        .any(|plugin| plugin.value == NAME);
    (has_nodes && !is_on).then(|| match settings.get("enable-admission-plugins") {
        Some(list) => Found::Set(list.clone()),
        None => Found::Absent("--enable-admission-plugins is not set"),
    })
}

fn weak_tls(process: &Process) -> Option<Found> {
    let settings = &process.settings;
    let is_old = |version: &&Setting| matches!(&*version.value, "VersionTLS10" | "VersionTLS11");
    if let Some(version) = settings.get("tls-min-version").filter(is_old) {
        return Some(Found::Set(version.clone()));
    }
    let suites = ["tls-cipher-suites", "cipher-suites"].into_iter();
    let mut suites = suites.flat_map(|key| settings.list(key));
    suites
        .find(|suite| suites::strength(&suite.value) == Some(Strength::Weak))
        .map(Found::Set)
}

fn bound_everywhere(process: &Process) -> Option<Found> {
    match process.settings.get("bind-address") {
        Some(address) if is_loopback(&address.value) => None,
        Some(address) => Some(Found::Set(address.clone())),
        None => Some(Found::Absent(
            "--bind-address is not set, and its default is every address",
        )),
    }
}

/// Neither the pair for all signers nor the one for kubelets.
fn no_signer(process: &Process) -> Option<Found> {
    let settings = &process.settings;
    if let Some(off) = settings.list("controllers").into_iter().find(|name| {
        name.value == "-csrsigning" || name.value == "-certificatesigningrequest-signing-controller"
    }) {
        return Some(Found::Set(off));
    }
    let pairs = [
        "cluster-signing-cert-file",
        "cluster-signing-kubelet-client-cert-file",
    ];
    let is_set = |key: &&str| settings.get(key).is_some_and(|file| !file.value.is_empty());
    pairs
        .iter()
        .all(|key| !is_set(key))
        .then_some(Found::Absent("names no signing certificate"))
}
