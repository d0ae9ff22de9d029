//! Name constraints over a whole chain: Go's constraints.go, with its order of search.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use crate::certificate::Certificate;
use crate::extensions::{NameConstraints, Subtrees};
use crate::ip::{self, IpBytes, IpNetwork};
use crate::names::{Mailbox, is_domain};
use crate::quote::quote;
use crate::uri::Uri;

/// Fails when a name in the chain (leaf first) is outside what an authority above it may vouch
/// for; the error is Go's detail.
pub(crate) fn check(chain: &[Arc<Certificate>]) -> Result<(), String> {
    let constrained = |(i, certificate): (usize, &Arc<Certificate>)| {
        let constraints = certificate.extensions.name_constraints.as_ref()?;
        Some((i, Constraints::new(constraints)))
    };
    let all: Vec<(usize, Constraints)> = chain.iter().enumerate().filter_map(constrained).collect();
    let mut above = all.as_slice();
    for (i, certificate) in chain.iter().enumerate() {
        if certificate.extensions.raw_names.is_none() {
            continue;
        }
        while above.first().is_some_and(|(index, _)| *index <= i) {
            above = &above[1..];
        }
        if above.is_empty() {
            return Ok(());
        }
        let names = Names::of(certificate)?;
        above
            .iter()
            .try_for_each(|(_, constraints)| constraints.check(&names))?;
    }
    Ok(())
}

/// The names of one certificate, made ready for comparison.
struct Names<'a> {
    ip: &'a [IpBytes],
    dns: &'a [String],
    uri: Vec<(&'a Uri, Vec<u8>)>,
    email: Vec<Mailbox>,
}

impl<'a> Names<'a> {
    fn of(certificate: &'a Certificate) -> Result<Self, String> {
        let names = &certificate.extensions.names;
        let uri = names.uri.iter().map(|uri| Ok((uri, uri_domain(uri)?)));
        let email = names.email.iter().map(|text| {
            let mailbox = Mailbox::parse(text.as_bytes()).map(Mailbox::with_lower_domain);
            mailbox.ok_or_else(|| format!("cannot parse rfc822Name {}", quote(text.as_bytes())))
        });
        Ok(Names {
            ip: &names.ip,
            dns: &names.dns,
            uri: uri.collect::<Result<_, String>>()?,
            email: email.collect::<Result<_, String>>()?,
        })
    }
}

/// The constraints of one authority, made ready for search.
struct Constraints {
    ip: Pair<IpTrees>,
    dns: Pair<DomainTrees>,
    uri: Pair<DomainTrees>,
    email: Pair<MailboxTrees>,
}

struct Pair<T> {
    permitted: Option<T>,
    excluded: Option<T>,
}

impl Constraints {
    fn new(constraints: &NameConstraints) -> Self {
        let NameConstraints {
            permitted,
            excluded,
        } = constraints;
        fn pair<T>(make: impl Fn(&Subtrees, bool) -> Option<T>, both: [&Subtrees; 2]) -> Pair<T> {
            Pair {
                permitted: make(both[0], true),
                excluded: make(both[1], false),
            }
        }
        let both = [permitted, excluded];
        Constraints {
            ip: pair(|trees, _| IpTrees::new(&trees.ip), both),
            dns: pair(
                |trees, permitted| DomainTrees::new(&trees.dns, permitted),
                both,
            ),
            uri: pair(
                |trees, permitted| DomainTrees::new(&trees.uri, permitted),
                both,
            ),
            email: pair(
                |trees, permitted| MailboxTrees::new(&trees.email, permitted),
                both,
            ),
        }
    }

    fn check(&self, names: &Names<'_>) -> Result<(), String> {
        for address in names.ip {
            let shown = address.to_string();
            self.ip
                .check("IP address", shown.as_bytes(), |trees| trees.find(*address))?;
        }
        for name in names.dns {
            if !is_domain(name.as_bytes(), false) {
                return Err(format!(
                    "x509: cannot parse dnsName {}",
                    quote(name.as_bytes())
                ));
            }
            self.dns.check("DNS name", name.as_bytes(), |trees| {
                trees.find(name.as_bytes())
            })?;
        }
        for (uri, domain) in &names.uri {
            let shown = uri.to_bytes();
            if !is_domain(domain, false) {
                let uri = quote(&shown);
                return Err(format!(
                    "x509: internal error: URI SAN {uri} failed to parse"
                ));
            }
            self.uri.check("URI", &shown, |trees| trees.find(domain))?;
        }
        for mailbox in &names.email {
            let shown = mailbox.to_bytes();
            if !is_domain(&mailbox.domain, false) {
                return Err(format!("x509: cannot parse rfc822Name {}", quote(&shown)));
            }
            self.email
                .check("email address", &shown, |trees| trees.find(mailbox))?;
        }
        Ok(())
    }
}

impl<T> Pair<T> {
    fn check(
        &self,
        kind: &str,
        name: &[u8],
        find: impl Fn(&T) -> Option<Vec<u8>>,
    ) -> Result<(), String> {
        let name = quote(name);
        if self
            .permitted
            .as_ref()
            .is_some_and(|trees| find(trees).is_none())
        {
            return Err(format!("{kind} {name} is not permitted by any constraint"));
        }
        match self.excluded.as_ref().and_then(find) {
            Some(found) => {
                let found = quote(&found);
                Err(format!("{kind} {name} is excluded by constraint {found}"))
            }
            None => Ok(()),
        }
    }
}

/// Sorts subtrees and drops those that lie in the one kept before them.
fn sort_and_prune<T>(
    mut trees: Vec<T>,
    compare: impl Fn(&T, &T) -> Ordering,
    holds: impl Fn(&T, &T) -> bool,
) -> Vec<T> {
    trees.sort_by(compare);
    let mut kept: Vec<T> = Vec::with_capacity(trees.len());
    for tree in trees {
        if !kept.last().is_some_and(|last| holds(last, &tree)) {
            kept.push(tree);
        }
    }
    kept
}

/// The subtree that equals the name or else, if it holds it, the nearest before it.
fn search<T>(
    trees: &[T],
    compare: impl Fn(&T) -> Ordering,
    holds: impl Fn(&T) -> bool,
) -> Option<&T> {
    let at = trees.partition_point(|tree| compare(tree).is_lt());
    match trees.get(at) {
        Some(tree) if compare(tree).is_eq() => Some(tree),
        _ => trees.get(at.saturating_sub(1)).filter(|tree| holds(tree)),
    }
}

struct IpTrees {
    v4: Vec<IpNetwork>,
    v6: Vec<IpNetwork>,
}

impl IpTrees {
    fn new(networks: &[IpNetwork]) -> Option<Self> {
        let is_v4 = |network: &&IpNetwork| matches!(network.address, IpBytes::V4(_));
        let (v4, v6): (Vec<_>, Vec<_>) = networks.iter().partition(is_v4);
        let sorted = |networks: Vec<IpNetwork>| {
            let order = |network: &IpNetwork| {
                [network.address.bytes(), network.mask.bytes()].map(<[u8]>::to_vec)
            };
            let holds =
                |a: &IpNetwork, b: &IpNetwork| a.contains(b.address) && a.contains(b.last());
            sort_and_prune(networks, |a, b| order(a).cmp(&order(b)), holds)
        };
        let trees = IpTrees {
            v4: sorted(v4),
            v6: sorted(v6),
        };
        (!networks.is_empty()).then_some(trees)
    }

    fn find(&self, address: IpBytes) -> Option<Vec<u8>> {
        let networks = match address {
            IpBytes::V4(_) => &self.v4,
            IpBytes::V6(_) => &self.v6,
        };
        let compare = |network: &IpNetwork| network.address.bytes().cmp(address.bytes());
        let found = search(networks, compare, |network| network.contains(address));
        found.map(|network| network.to_string().into_bytes())
    }
}

enum DomainTrees {
    /// An empty constraint: every name.
    All,
    Some {
        domains: Vec<Vec<u8>>,
        /// For exclusions: the domains without their first label, which a wildcard would reach.
        parents: HashMap<Vec<u8>, Vec<u8>>,
    },
}

impl DomainTrees {
    fn new(domains: &[String], permitted: bool) -> Option<Self> {
        if domains.is_empty() {
            return None;
        }
        if domains.iter().any(String::is_empty) {
            return Some(DomainTrees::All);
        }
        let domains = domains
            .iter()
            .map(|domain| domain.clone().into_bytes())
            .collect();
        let domains = sort_and_prune(
            domains,
            |a, b| compare_domains(a, b),
            |a, b| is_suffix(a, b),
        );
        let mut parents = HashMap::new();
        if !permitted {
            for domain in &domains {
                let domain = domain.to_ascii_lowercase();
                if let Some(parent) = without_first_label(&domain) {
                    parents.insert(parent.to_vec(), domain);
                }
            }
        }
        Some(DomainTrees::Some { domains, parents })
    }

    fn find(&self, name: &[u8]) -> Option<Vec<u8>> {
        let DomainTrees::Some { domains, parents } = self else {
            return Some(Vec::new());
        };
        let compare = |domain: &Vec<u8>| compare_domains(domain, name);
        if let Some(found) = search(domains, compare, |domain| is_suffix(domain, name)) {
            return Some(found.clone());
        }
        let wildcard = name.starts_with(b"*").then(|| name.to_ascii_lowercase())?;
        parents
            .get(without_first_label(&wildcard).unwrap_or(b""))
            .cloned()
    }
}

struct MailboxTrees {
    domains: Option<DomainTrees>,
    exact: Vec<Mailbox>,
}

impl MailboxTrees {
    fn new(constraints: &[String], permitted: bool) -> Option<Self> {
        let (exact, domains): (Vec<String>, Vec<String>) = constraints
            .iter()
            .cloned()
            .partition(|text| text.contains('@'));
        let mailbox = |text: &String| Mailbox::parse(text.as_bytes());
        let exact = exact
            .iter()
            .filter_map(mailbox)
            .map(Mailbox::with_lower_domain);
        let trees = MailboxTrees {
            exact: exact.collect(),
            domains: DomainTrees::new(&domains, permitted),
        };
        (!constraints.is_empty()).then_some(trees)
    }

    fn find(&self, mailbox: &Mailbox) -> Option<Vec<u8>> {
        match self.exact.contains(mailbox) {
            true => Some(mailbox.to_bytes()),
            false => self.domains.as_ref()?.find(&mailbox.domain),
        }
    }
}

/// The domain of a URI, which must be there and must not be an address.
fn uri_domain(uri: &Uri) -> Result<Vec<u8>, String> {
    let shown = || quote(&uri.to_bytes());
    let mut host = uri.host().to_ascii_lowercase();
    if host.is_empty() {
        let uri = shown();
        return Err(format!(
            "URI with empty host ({uri}) cannot be matched against constraints"
        ));
    }
    if host.contains(&b':') && !host.ends_with(b"]") {
        host = split_port(uri.host()).map_err(|why| {
            let host = quote(uri.host());
            let address = String::from_utf8_lossy(uri.host()).into_owned();
            format!("cannot parse URI host {host}: address {address}: {why}")
        })?;
    }
    let is_literal = host.starts_with(b"[") && host.ends_with(b"]");
    if is_literal || ip::parse_with_zone(&host).is_ok() {
        return Err(format!(
            "URI with IP ({}) cannot be matched against constraints",
            shown()
        ));
    }
    Ok(host)
}

/// The host of `host:port`, as `net.SplitHostPort`.
fn split_port(text: &[u8]) -> Result<Vec<u8>, &'static str> {
    let colon = text
        .iter()
        .rposition(|byte| *byte == b':')
        .ok_or("missing port in address")?;
    let Some(inner) = text.strip_prefix(b"[") else {
        let host = &text[..colon];
        return match () {
            () if host.contains(&b':') => Err("too many colons in address"),
            () if text.contains(&b'[') => Err("unexpected '[' in address"),
            () if text.contains(&b']') => Err("unexpected ']' in address"),
            () => Ok(host.to_vec()),
        };
    };
    let close = inner
        .iter()
        .position(|byte| *byte == b']')
        .ok_or("missing ']' in address")?;
    let after = &inner[close + 1..];
    match after {
        [] => Err("missing port in address"),
        _ if close + 2 != colon => Err(match after[0] {
            b':' => "too many colons in address",
            _ => "missing port in address",
        }),
        _ if inner.contains(&b'[') => Err("unexpected '[' in address"),
        _ if after.contains(&b']') => Err("unexpected ']' in address"),
        _ => Ok(inner[..close].to_vec()),
    }
}

/// Whether `name` lies in the subtree `domain`; a leading dot leaves out the domain itself.
fn is_suffix(domain: &[u8], name: &[u8]) -> bool {
    let Some(at) = name.len().checked_sub(domain.len()) else {
        return false;
    };
    let (before, end) = name.split_at(at);
    end.eq_ignore_ascii_case(domain)
        && (domain.starts_with(b".") || before.last().is_none_or(|byte| *byte == b'.'))
}

/// Compares from the end, without regard to case, a dot before every other character: so a domain
/// stands before those that lie in it.
fn compare_domains(a: &[u8], b: &[u8]) -> Ordering {
    let weight = |byte: &u8| match byte {
        b'.' => 0,
        byte => byte.to_ascii_lowercase(),
    };
    a.iter().rev().map(weight).cmp(b.iter().rev().map(weight))
}

/// From the first dot on.
fn without_first_label(name: &[u8]) -> Option<&[u8]> {
    let dot = name.iter().position(|byte| *byte == b'.')?;
    Some(&name[dot..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(constraints: &[&str], permitted: bool, name: &str) -> Option<String> {
        let constraints: Vec<String> = constraints.iter().map(ToString::to_string).collect();
        let trees = DomainTrees::new(&constraints, permitted).unwrap();
        trees
            .find(name.as_bytes())
            .map(|found| String::from_utf8(found).unwrap())
    }

    #[test]
    fn domains_hold_what_is_below_them() {
        assert_eq!(
            find(&["example.com"], true, "a.Example.com").as_deref(),
            Some("example.com")
        );
        assert_eq!(
            find(&["example.com"], true, "example.com").as_deref(),
            Some("example.com")
        );
        assert_eq!(find(&["example.com"], true, "badexample.com"), None);
        assert_eq!(find(&[".example.com"], true, "example.com"), None);
        assert_eq!(find(&[""], true, "anything").as_deref(), Some(""));
        let many = ["a.com", "a.a.com", "a-a.com", "b.org"];
        assert_eq!(find(&many, true, "x.a.a.com").as_deref(), Some("a.com"));
        assert_eq!(find(&many, true, "x.a-a.com").as_deref(), Some("a-a.com"));
    }

    #[test]
    fn a_wildcard_reaches_what_is_excluded() {
        assert_eq!(
            find(&["a.example.com"], false, "*.example.com").as_deref(),
            Some("a.example.com")
        );
        assert_eq!(find(&["a.example.com"], true, "*.example.com"), None);
    }

    #[test]
    fn ports() {
        assert_eq!(split_port(b"a:1"), Ok(b"a".to_vec()));
        assert_eq!(split_port(b"[::1]:1"), Ok(b"::1".to_vec()));
        assert_eq!(split_port(b"a:b:1"), Err("too many colons in address"));
        assert_eq!(split_port(b"[::1]"), Err("missing port in address"));
    }

    #[test]
    fn networks() {
        let network = IpNetwork {
            address: IpBytes::V4([10, 0, 0, 0]),
            mask: IpBytes::V4([255, 0, 0, 0]),
        };
        let trees = IpTrees::new(&[network]).unwrap();
        assert_eq!(
            trees.find(IpBytes::V4([10, 1, 1, 1])),
            Some(b"10.0.0.0/8".to_vec())
        );
        assert_eq!(trees.find(IpBytes::V4([11, 1, 1, 1])), None);
        let mapped = std::net::Ipv4Addr::new(10, 1, 1, 1).to_ipv6_mapped();
        assert_eq!(trees.find(IpBytes::V6(mapped.octets())), None);
    }
}
