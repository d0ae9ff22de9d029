//! A certificate: in full, and as a row of the list of all.

use std::collections::{BTreeMap, BTreeSet};

use cluster::listing::{alternative_names, distinguished};
use maud::{Markup, html};
use time::UtcDateTime;
use x509::oid::known;
use x509::{Certificate, Name};

use crate::{Page, anchor, evidence, material, words};

/// Of a certificate that lies at more places than this, the places are folded.
const FEW: usize = 3;

/// Everything about a certificate that tells whether it fits.
pub(crate) fn card(certificate: &Certificate, at: UtcDateTime) -> Markup {
    let names = alternative_names(certificate);
    html! {
        dl.card {
            div { dt { "subject" } dd { b { (named(certificate.subject())) } } }
            @if !names.is_empty() {
                div { dt { "names" } dd.listed { @for name in &names { span { (name) } " " } } }
            }
            div { dt { "issuer" } dd { (named(certificate.issuer())) } }
            div { dt { "use" } dd { (uses(certificate)) } }
            @if let Some(begins) = certificate.not_before().moment() {
                div { dt { "from" } dd { (words::date(begins)) } }
            }
            div { dt { "until" } dd { (words::lasting(certificate, at)) } }
            div { dt { "SHA-256" } dd { a.digest href={ "#" (anchor::certificate(certificate)) } { (words::fingerprint(certificate)) } } }
        }
    }
}

fn named(name: Name<'_>) -> String {
    match distinguished(name) {
        empty if empty.is_empty() => "(no name)".to_owned(),
        name => name,
    }
}

/// What it may be used for, in a few words.
fn uses(certificate: &Certificate) -> &'static str {
    let constraints = certificate.basic_constraints();
    if constraints.is_some_and(|constraints| constraints.is_ca) {
        return "authority";
    }
    let Some(usages) = certificate.extended_key_usage() else {
        return "server and client: nothing says otherwise";
    };
    let may = |usage| usages.contains(&usage) || usages.contains(&known::ANY_USAGE);
    match (may(known::SERVER_AUTH), may(known::CLIENT_AUTH)) {
        (true, true) => "server and client",
        (true, false) => "server",
        (false, true) => "client",
        (false, false) => "neither server nor client",
    }
}

/// A certificate, and where it is in use.
struct Found {
    certificate: Certificate,
    places: BTreeSet<String>,
}

fn places(places: &BTreeSet<String>) -> Markup {
    let list = html! { @for place in places { div { (place) } } };
    match places.len() {
        ..=FEW => list,
        count => html! { details { summary { (words::counted(count, "place")) } (list) } },
    }
}

impl Page<'_> {
    /// Every certificate that some channel depends on or some object holds, those first that end first.
    pub(crate) fn certificates(&self) -> Markup {
        let found = self.found();
        html! {
            @if !found.is_empty() {
                section.certificates aria-labelledby="certificates" {
                    h2 id="certificates" { "Certificates " span.count { (found.len()) } }
                    div.scroll tabindex="0" role="region" aria-label="table of certificates" {
                        table {
                            thead { tr { th { "subject" } th { "issuer" } th { "until" } th { "where" } th { "SHA-256" } } }
                            tbody { @for one in &found { (self.row(one)) } }
                        }
                    }
                }
            }
        }
    }

    fn row(&self, found: &Found) -> Markup {
        let certificate = &found.certificate;
        html! {
            tr id=(anchor::certificate(certificate)) tabindex="-1" {
                td { b { (named(certificate.subject())) } }
                td { (named(certificate.issuer())) }
                td { (words::lasting(certificate, self.report.at)) }
                td.path { (places(&found.places)) }
                td.digest { (words::fingerprint(certificate)) }
            }
        }
    }

    fn found(&self) -> Vec<Found> {
        let mut found: BTreeMap<[u8; 32], Found> = BTreeMap::new();
        let in_files = self.materials().into_iter().map(|(node, material)| {
            let node = node.and_then(|node| self.inventory.nodes.get(node));
            let place = evidence::place(&material.place(), None);
            let place = match node.filter(|_| self.has_several_nodes()) {
                Some(node) => format!("{}:{place}", node.name),
                None => place,
            };
            (place, material)
        });
        let in_objects = self
            .inventory
            .objects
            .kept()
            .into_iter()
            .filter_map(|kept| {
                let place = evidence::place(&kept.place, None);
                Some((format!("{} ({place})", kept.object), kept.material?))
            });
        for (place, material) in in_files.chain(in_objects) {
            for certificate in material::certificates(material).unwrap_or_default() {
                let digest = certificate.sha256();
                let entry = found.entry(digest).or_insert_with(|| Found {
                    certificate,
                    places: BTreeSet::new(),
                });
                entry.places.insert(place.clone());
            }
        }
        let mut found: Vec<Found> = found.into_values().collect();
        found.sort_by_key(|one| one.certificate.not_after().moment());
        found
    }
}
