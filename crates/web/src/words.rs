//! Words that several parts of a page share.

use audit::{Severity, Verdict};
use cluster::Component;
use cluster::graph::Party;
use cluster::listing::residual_time;
use maud::{Markup, html};
use time::UtcDateTime;
use time::macros::format_description;
use x509::Certificate;

/// `2027-11-23 17:07 UTC`.
pub(crate) fn date(moment: UtcDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    moment.format(format).unwrap_or_default()
}

/// Small hexadecimal digits.
pub(crate) fn fingerprint(certificate: &Certificate) -> String {
    let bytes = certificate.sha256();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `1 channel`, `2 channels`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// `kube-apiserver on cp-1`.
pub(crate) fn party(party: &Party) -> String {
    let name = component(party.component);
    match &party.label {
        Some(label) => format!("{name} on {label}"),
        None => name.to_owned(),
    }
}

/// A text in which what stands between backticks is meant literally.
pub(crate) fn prose(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// A component's name, or who it is in a few words.
pub(crate) fn component(component: Component) -> &'static str {
    match component {
        Component::ServiceAccount => "pods (service accounts)",
        Component::EtcdHealthcheck => "kubeadm and etcdctl (etcd-healthcheck)",
        other => other.name(),
    }
}

/// A verdict, told by colour, sign and word.
pub(crate) fn verdict(verdict: Verdict) -> Markup {
    badge(verdict.name(), sign_of(verdict))
}

fn sign_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Works => "✓",
        Verdict::Unknown => "?",
        Verdict::Fails => "✕",
    }
}

/// A severity, told by colour, sign and word.
pub(crate) fn severity(severity: Severity) -> Markup {
    let sign = match severity {
        Severity::Error => "✕",
        Severity::Warning => "!",
        Severity::Note => "i",
    };
    badge(severity.name(), sign)
}

/// A verdict by its sign alone, where there is no room for the word.
pub(crate) fn sign(verdict: Verdict) -> Markup {
    html! { span class={ "mark mark-" (verdict.name()) } title=(verdict.name()) { (sign_of(verdict)) } }
}

/// A box to tick: a mark, and how often it comes up.
pub(crate) fn tick(name: &str, mark: &Markup, count: usize) -> Markup {
    html! { label { input type="checkbox" value=(name) checked; " " (mark) " " (count) } }
}

fn badge(name: &str, sign: &str) -> Markup {
    html! {
        span class={ "mark mark-" (name) } {
            span.sign aria-hidden="true" { (sign) } (name)
        }
    }
}

/// When something ends, and how long it lasts from `at`, or since when it has not.
pub(crate) fn lasting(certificate: &Certificate, at: UtcDateTime) -> Markup {
    let begins = certificate.not_before().moment();
    let Some(ends) = certificate.not_after().moment() else {
        return html! { "a time that cannot be read" };
    };
    let left = (ends - at).whole_seconds();
    let waits = begins.map_or(0, |begins| (begins - at).whole_seconds());
    let (class, words) = match (left, waits) {
        (..0, _) => ("over", format!("expired {} ago", residual_time(-left))),
        (_, 1..) => ("over", format!("begins in {}", residual_time(waits))),
        (..SOON, _) => ("soon", format!("{} left", residual_time(left))),
        _ => ("fine", format!("{} left", residual_time(left))),
    };
    html! {
        time datetime=(machine(ends)) { (date(ends)) }
        " "
        span class={ "left left-" (class) } {
            @if class != "fine" { span aria-hidden="true" { "⚠ " } }
            (words)
        }
    }
}

/// What lasts less than this many seconds is marked: 30 days.
const SOON: i64 = 30 * 24 * 60 * 60;

/// A moment as the attribute `datetime` takes it.
pub(crate) fn machine(moment: UtcDateTime) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    moment.format(format).unwrap_or_default()
}
