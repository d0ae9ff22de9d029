//! The names of a page's parts: what stands behind `#` in an address.
//!
//! They stay the same from one audit to the next, so that a link to a finding can be sent.

use std::fmt::Write;

use cluster::Component;
use cluster::graph::{Channel, Party};
use x509::Certificate;

use crate::words;

/// A channel's.
pub(crate) fn channel(channel: &Channel) -> String {
    let (client, server) = (party(&channel.client), party(&channel.server));
    format!("channel-{client}~{server}")
}

/// That of all channels from one kind of component to another.
pub(crate) fn channels(client: Component, server: Component) -> String {
    format!("channels-{client}~{server}")
}

/// A component's.
pub(crate) fn component(one: &Party) -> String {
    format!("component-{}", party(one))
}

/// That of all components of a kind.
pub(crate) fn kind(component: Component) -> String {
    format!("components-{component}")
}

/// A certificate's.
pub(crate) fn certificate(certificate: &Certificate) -> String {
    let fingerprint = words::fingerprint(certificate);
    format!("certificate-{}", &fingerprint[..16])
}

/// The finding's with this code, the `nth` of it, counted from 1.
pub(crate) fn finding(code: &str, nth: usize) -> String {
    match nth {
        1 => format!("finding-{code}"),
        _ => format!("finding-{code}-{nth}"),
    }
}

fn party(party: &Party) -> String {
    match &party.label {
        Some(label) => format!("{}@{}", party.component, plain(label)),
        None => party.component.to_string(),
    }
}

/// A node's name in letters that need no quoting anywhere; no two names become one.
fn plain(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' => out.push(c),
            other => {
                let _ = write!(out, "_{:x}_", u32::from(other));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_become_plain_and_stay_different() {
        assert_eq!(plain("cp-1.example"), "cp-1.example");
        assert_eq!(plain("a b"), "a_20_b");
        assert_ne!(plain("a_20_b"), plain("a b"));
        assert_eq!(plain("\"><script>"), "_22__3e__3c_script_3e_");
    }
}
