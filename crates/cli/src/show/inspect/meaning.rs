//! What a certificate is in a cluster, in a few words.

use cluster::catalogue::{AUTHORITIES, CREDENTIALS};
use x509::Certificate;
use x509::oid::known;

/// What the certificate is for: by the catalogue's names, else by what it may be used for.
pub fn of(certificate: &Certificate) -> String {
    let subject = certificate.subject();
    let name = subject.common_name().unwrap_or_default();
    if certificate
        .basic_constraints()
        .is_some_and(|constraints| constraints.is_ca)
    {
        let authority = AUTHORITIES
            .iter()
            .find(|authority| authority.common_name == name);
        return match authority {
            Some(authority) => format!("the CA for {}", authority.purpose),
            None => "a CA".to_owned(),
        };
    }
    let groups = subject.organizations();
    if let Some(node) = name.strip_prefix("system:node:") {
        return match groups.iter().any(|group| group == "system:nodes") {
            true => format!("the kubelet of {node} to kube-apiserver"),
            false => format!("user {name}: not a node, for want of the group system:nodes"),
        };
    }
    match CREDENTIALS
        .iter()
        .find(|credential| credential.common_name == name)
    {
        Some(credential) => credential.purpose.to_owned(),
        None => by_usage(certificate, &name, &groups),
    }
}

fn by_usage(certificate: &Certificate, name: &str, groups: &[String]) -> String {
    let usages = certificate.extended_key_usage();
    let may = |usage| {
        usages
            .as_ref()
            .is_none_or(|usages| usages.contains(&usage) || usages.contains(&known::ANY_USAGE))
    };
    let user = match groups {
        [] => format!("user {name}"),
        groups => format!("user {name} in {}", groups.join(", ")),
    };
    match (may(known::SERVER_AUTH), may(known::CLIENT_AUTH)) {
        (true, true) => format!("a server, or as a client {user}"),
        (true, false) => "a server".to_owned(),
        (false, true) => user,
        (false, false) => "neither a server nor a client".to_owned(),
    }
}
