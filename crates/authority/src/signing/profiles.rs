//! The table of signing profiles.

use std::time::Duration;

use cluster::catalogue::{CREDENTIALS, Credential, Usage};

use super::{Issues, NamesRule, SigningProfile, SubjectRule};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// As kubeadm and Kubernetes' signers have it.
const YEAR: Duration = DAY.saturating_mul(365);

const PROFILES: &[SigningProfile] = &[
    SigningProfile {
        name: "client",
        purpose: "a user of kube-apiserver, or any other client",
        authority: Some("ca"),
        issues: Issues::Leaf(&[Usage::Client]),
        subject: SubjectRule::Named,
        names: NamesRule::Any,
        lifetime: YEAR,
    },
    SigningProfile {
        name: "intermediate-ca",
        purpose: "an authority below another; no further one below it",
        authority: None,
        issues: Issues::Authority,
        subject: SubjectRule::Named,
        names: NamesRule::Hosts,
        lifetime: YEAR.saturating_mul(10),
    },
    SigningProfile {
        name: "kubelet-client",
        purpose: "a kubelet to kube-apiserver, by the rules of Kubernetes' signer",
        authority: Some("ca"),
        issues: Issues::Leaf(&[Usage::Client]),
        subject: SubjectRule::Node,
        names: NamesRule::None,
        lifetime: YEAR,
    },
    SigningProfile {
        name: "kubelet-serving",
        purpose: "a kubelet to its clients, by the rules of Kubernetes' signer",
        authority: Some("ca"),
        issues: Issues::Leaf(&[Usage::Server]),
        subject: SubjectRule::Node,
        names: NamesRule::SomeHost,
        lifetime: YEAR,
    },
    SigningProfile {
        name: "peer",
        purpose: "a server that is a client too, such as a member of etcd",
        authority: Some("etcd-ca"),
        issues: Issues::Leaf(&[Usage::Server, Usage::Client]),
        subject: SubjectRule::Named,
        names: NamesRule::SomeHost,
        lifetime: YEAR,
    },
    SigningProfile {
        name: "server",
        purpose: "a server, such as a webhook or an aggregated API server",
        authority: Some("ca"),
        issues: Issues::Leaf(&[Usage::Server]),
        subject: SubjectRule::Named,
        names: NamesRule::SomeHost,
        lifetime: YEAR,
    },
];

pub(super) fn all() -> impl Iterator<Item = SigningProfile> {
    let credentials = CREDENTIALS.iter().map(of_credential);
    PROFILES.iter().copied().chain(credentials)
}

/// What kubeadm would make, from a request such as `kubeadm certs generate-csr` makes.
fn of_credential(row: &Credential) -> SigningProfile {
    SigningProfile {
        name: row.name.strip_suffix(".conf").unwrap_or(row.name),
        purpose: row.purpose,
        authority: Some(row.authority),
        issues: Issues::Leaf(row.usages),
        subject: SubjectRule::Exactly {
            common_name: row.common_name,
            organization: row.organization,
        },
        names: match row.usages.contains(&Usage::Server) {
            true => NamesRule::SomeHost,
            false => NamesRule::None,
        },
        lifetime: YEAR,
    }
}
