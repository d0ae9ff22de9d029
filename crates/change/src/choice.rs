//! Which certificates are meant: by kubeadm's names, by how long they last, or one whose names change.

use std::collections::BTreeSet;
use std::net::IpAddr;

use authority::Names;
use cluster::catalogue::{CREDENTIALS, Credential, Holder};
use time::UtcDateTime;
use verify::Certificate;

use crate::contents::own_names;
use crate::renew::Choice;

/// Certificates that are to be renewed.
#[derive(Clone, Debug)]
pub struct Named {
    /// Those of these names; `None` for all.
    pub names: Option<Vec<&'static Credential>>,
    /// Only those that end before then.
    pub before: Option<UtcDateTime>,
}

/// A certificate whose alternative names change.
#[derive(Clone, Debug)]
pub struct Renamed {
    /// Which.
    pub row: &'static Credential,
    /// The names that it shall have beside its own, in the order given.
    pub add: Names,
    /// The names that it shall have no more.
    pub remove: BTreeSet<String>,
}

/// A credential by kubeadm's name, with or without `.conf`.
pub fn credential(name: &str) -> Option<&'static Credential> {
    let mut rows = CREDENTIALS.iter();
    rows.find(|row| row.name == name || row.name.strip_suffix(".conf") == Some(name))
}

impl Choice for Named {
    fn takes(&self, path: &str, certificate: &Certificate) -> bool {
        let named = self.names.as_ref();
        let is_named = named.is_none_or(|names| names.iter().any(|row| is_at(row, path)));
        let ends = |before: UtcDateTime| certificate.not_after.utc() < before;
        is_named && self.before.is_none_or(ends)
    }
}

impl Choice for Renamed {
    fn takes(&self, path: &str, _certificate: &Certificate) -> bool {
        is_at(self.row, path)
    }

    fn names(&self, _path: &str, certificate: &Certificate) -> Option<Names> {
        let mut names = own_names(certificate);
        let is_kept = |name: &str| !self.remove.contains(&name.to_ascii_lowercase());
        names.dns.retain(|name| is_kept(name));
        names.ip.retain(|ip| is_kept(&ip.to_string()));
        let new = |name: &&String| !names.dns.iter().any(|own| own.eq_ignore_ascii_case(name));
        let dns: Vec<String> = self.add.dns.iter().filter(new).cloned().collect();
        let ip: Vec<IpAddr> = self
            .add
            .ip
            .iter()
            .filter(|ip| !names.ip.contains(ip))
            .copied()
            .collect();
        names.dns.extend(dns);
        names.ip.extend(ip);
        Some(names)
    }
}

/// Whether a credential lies there. The kubelet's own pair is a part of its kubeconfig, which names it.
fn is_at(row: &Credential, path: &str) -> bool {
    match row.holder {
        Holder::Pki(base) => path.ends_with(&format!("/{base}.crt")),
        Holder::Kubeconfig("kubelet.conf") => {
            path.ends_with("/kubelet.conf") || path.contains("/kubelet-client-")
        }
        Holder::Kubeconfig(name) => path.ends_with(&format!("/{name}")),
    }
}
