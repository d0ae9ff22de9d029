//! Which finding explains a symptom: one whose words the component says, or whose kind makes somebody
//! say so, about the same file, name, address and component.

use cluster::Component;

use super::line::without_moment;
use super::{Log, Symptom};
use crate::report::{Cause, Finding, Judged, Report, Severity};

/// What is shorter than this says nothing, in bytes.
pub(super) const LEAST: usize = 12;

/// A symptom, and what explains it.
#[derive(Clone, Debug)]
pub struct Explanation<'a> {
    /// The symptom.
    pub symptom: &'a Symptom,
    /// The finding's index in the report; `None` when nothing that was found explains it.
    pub finding: Option<usize>,
    /// The channels in which it shows.
    pub channels: Vec<&'a str>,
}

/// Ties every symptom to the finding that explains it best.
pub fn explain<'a>(log: &'a Log, report: &'a Report) -> Vec<Explanation<'a>> {
    let explained = |symptom| explanation(symptom, report);
    log.symptoms().iter().map(explained).collect()
}

fn explanation<'a>(symptom: &'a Symptom, report: &'a Report) -> Explanation<'a> {
    let mut best: Option<(u32, usize)> = None;
    for (index, finding) in report.findings.iter().enumerate() {
        let score = score(symptom, finding, report);
        // Of two that explain it as well the worse counts, which comes first.
        if let Some(score) = score.filter(|score| best.is_none_or(|(best, _)| *score > best)) {
            best = Some((score, index));
        }
    }
    let finding = best.map(|(_, index)| index);
    let channels = finding.map(|index| channels(symptom, &report.findings[index], report));
    Explanation {
        symptom,
        finding,
        channels: channels.unwrap_or_default(),
    }
}

/// The finding's channels that the speaker takes part in; all of them when it is not known.
fn channels<'a>(symptom: &Symptom, finding: &'a Finding, report: &Report) -> Vec<&'a str> {
    let all = || finding.channels.iter().map(String::as_str);
    let own: Vec<&str> = all()
        .filter(|id| {
            symptom
                .component
                .is_none_or(|one| takes_part(report, id, one))
        })
        .collect();
    match own.is_empty() {
        true => all().collect(),
        false => own,
    }
}

/// How well a finding explains a symptom; `None` when it does not.
fn score(symptom: &Symptom, finding: &Finding, report: &Report) -> Option<u32> {
    if finding.severity == Severity::Note {
        return None;
    }
    let is_said = finding
        .said
        .iter()
        .any(|said| is_in(said, &symptom.message));
    let is_of_kind = symptom.pattern.causes.contains(&finding.cause);
    if !is_said && !is_of_kind {
        return None;
    }
    let facts = &symptom.facts;
    let mut score = 8 * u32::from(is_said) + 4 * u32::from(is_of_kind);
    if is_refusal(symptom) {
        return stops_server(symptom, finding, report).then_some(score);
    }
    // A file, or a name, is another's or the same.
    if let Some(path) = facts.path.as_deref().filter(|_| is_about_file(symptom)) {
        score += tells(finding, path).then_some(8)?;
    }
    if let Some(name) = facts.name.as_deref() {
        score += tells(finding, name).then_some(8)?;
    }
    match symptom.component {
        Some(component) if !is_of(component, finding, report) => return None,
        component => score += 2 * u32::from(component.is_some()),
    }
    score += match facts
        .address
        .as_deref()
        .map(|address| reaches(address, finding, report))
    {
        Some(Reach::There) => 4,
        Some(Reach::Elsewhere) => return None,
        Some(Reach::Unknown) | None => 0,
    };
    Some(score)
}

/// Whether nobody listens where somebody connects to.
fn is_refusal(symptom: &Symptom) -> bool {
    matches!(symptom.pattern.name, "refused" | "refused-by-server")
}

fn is_about_file(symptom: &Symptom) -> bool {
    symptom.pattern.causes.iter().any(|cause| {
        matches!(
            cause,
            Cause::MissingFile | Cause::Unreadable | Cause::NotMounted
        )
    }) && symptom.facts.reason.is_none()
}

/// Whether a message has a component's words, whenever they were said. Very short ones say nothing.
fn is_in(said: &str, message: &str) -> bool {
    let said = without_moment(said);
    said.len() >= LEAST && without_moment(message).contains(&said)
}

/// Whether a finding speaks of this file or name.
fn tells(finding: &Finding, text: &str) -> bool {
    let texts = finding.said.iter().chain([&finding.message]);
    let evidence = &finding.evidence;
    texts
        .chain(evidence.iter().map(|one| &one.label))
        .any(|one| has_word(one, text))
        || evidence.iter().any(|one| *one.place.path == *text)
}

/// Whether `word` stands in `text` by itself, and not as a part of something longer.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let mut after = text[at + word.len()..].chars();
        let next = after.next();
        // A full stop at a sentence's end is none of the word's.
        let ends = next.is_none_or(|c| {
            !is_part(c) || c == '.' && after.next().is_none_or(char::is_whitespace)
        });
        before.is_none_or(|c| !is_part(c)) && ends
    })
}

/// Whether a component has a part in what a finding breaks, or the finding is about it.
fn is_of(component: Component, finding: &Finding, report: &Report) -> bool {
    finding
        .channels
        .iter()
        .any(|id| takes_part(report, id, component))
        || has_word(&finding.message, component.name())
}

fn channel<'a>(report: &'a Report, id: &str) -> Option<&'a Judged> {
    report.channels.iter().find(|channel| channel.id == id)
}

/// A party of a channel is its component, and its node when there are several.
fn is_party(party: &str, component: Component) -> bool {
    party.split('@').next() == Some(component.name())
}

fn takes_part(report: &Report, id: &str, component: Component) -> bool {
    // kubectl is run by either.
    let same = |party: &str| {
        is_party(party, component)
            || component == Component::Admin && is_party(party, Component::SuperAdmin)
    };
    channel(report, id).is_some_and(|channel| same(&channel.client) || same(&channel.server))
}

/// Where an address leads, as far as channels tell.
enum Reach {
    /// To the server of a channel that the finding breaks.
    There,
    /// To another.
    Elsewhere,
    /// Nobody knows.
    Unknown,
}

fn reaches(address: &str, finding: &Finding, report: &Report) -> Reach {
    let servers = servers_at(address, report);
    if servers.is_empty() {
        return Reach::Unknown;
    }
    let broken = finding.channels.iter().filter_map(|id| channel(report, id));
    let mut parties = broken.flat_map(|channel| [&channel.server, &channel.client]);
    match parties.any(|party| servers.contains(&party.as_str())) {
        true => Reach::There,
        false if finding.channels.is_empty() => Reach::Unknown,
        false => Reach::Elsewhere,
    }
}

/// Who listens at an address: a channel that leads there tells, else the port.
fn servers_at<'a>(address: &str, report: &'a Report) -> Vec<&'a str> {
    let port = |address: &str| address.rsplit(':').next().map(str::to_owned);
    let by = |fits: &dyn Fn(&str) -> bool| -> Vec<&'a str> {
        let channels = report.channels.iter();
        channels
            .filter(|channel| channel.address.as_deref().is_some_and(fits))
            .map(|channel| &*channel.server)
            .collect()
    };
    let exact = by(&|other| other.trim_end_matches('/').ends_with(address));
    match exact.is_empty() {
        true => by(&|other| port(other.trim_end_matches('/')) == port(address)),
        false => exact,
    }
}

/// Whether a finding keeps the process from running that does not answer: its own file is to blame,
/// or it is kube-apiserver, which ends when it does not reach etcd
/// (`pkg/controlplane/instance.go`).
fn stops_server(symptom: &Symptom, finding: &Finding, report: &Report) -> bool {
    let address = symptom.facts.address.as_deref().unwrap_or_default();
    let breaks = |channel: &Judged| finding.channels.contains(&channel.id);
    servers_at(address, report).iter().any(|server| {
        let of_server = || {
            report
                .channels
                .iter()
                .filter(|channel| channel.server == *server)
        };
        let name = server.split('@').next().unwrap_or_default();
        let does_not_start =
            of_server().count() > 0 && of_server().all(breaks) && has_word(&finding.message, name);
        let mut to_etcd = report.channels.iter().filter(|channel| {
            channel.client == *server
                && is_party(&channel.client, Component::KubeApiserver)
                && is_party(&channel.server, Component::Etcd)
        });
        does_not_start || to_etcd.any(breaks)
    })
}
