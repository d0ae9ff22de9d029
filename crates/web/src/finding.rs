//! Findings: what is wrong, where, what that breaks, and what to do.

use std::collections::BTreeMap;

use audit::{Finding, Severity};
use maud::{Markup, html};

use crate::{Page, anchor, words};

/// A finding that names at most this many channels names them all at once.
const FEW: usize = 8;

impl<'a> Page<'a> {
    /// The findings with their names in addresses.
    pub(crate) fn named_findings(&self) -> Vec<(String, &'a Finding)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let name = |finding: &'a Finding| {
            let count = counts.entry(finding.rule.code).or_default();
            *count += 1;
            (anchor::finding(finding.rule.code, *count), finding)
        };
        self.report.findings.iter().map(name).collect()
    }

    /// The list of all findings; notes are folded.
    pub(crate) fn findings(&self) -> Markup {
        let findings = self.named_findings();
        html! {
            section aria-labelledby="findings" {
                h2 id="findings" { "Findings " span.count { (findings.len()) } }
                @if findings.is_empty() { p { "Nothing was found." } }
                (severities(&findings))
                @for (name, finding) in &findings {
                    article.finding id=(name) tabindex="-1" data-severity=(finding.severity.name()) {
                        details open[finding.severity != Severity::Note] {
                            summary { (heading(finding)) }
                            (self.body(finding, &self.broken(finding)))
                            p.permalink { a href={ "#" (name) } { "link to this finding" } }
                        }
                    }
                }
            }
        }
    }

    /// The findings that concern any of some channels, in full.
    pub(crate) fn findings_of(&self, ids: &[String]) -> Markup {
        let findings = self.named_findings();
        let concern = |(_, finding): &&(String, &Finding)| {
            finding.channels.iter().any(|channel| ids.contains(channel))
        };
        let found: Vec<_> = findings.iter().filter(concern).collect();
        html! {
            @if !found.is_empty() {
                h3 { "Findings" }
                @for (name, finding) in found {
                    section.finding {
                        p {
                            (words::severity(finding.severity)) " " span.code { (finding.rule.code) } " "
                            a.message href={ "#" (name) } { (finding.message) }
                        }
                        (self.body(finding, &html! {}))
                    }
                }
            }
        }
    }

    /// Evidence, remedy, and what it breaks.
    fn body(&self, finding: &Finding, broken: &Markup) -> Markup {
        let said = finding
            .said
            .iter()
            .filter(|_| finding.severity != Severity::Note);
        html! {
            (self.evidence(finding))
            dl.facts {
                @if !finding.remedy.is_empty() {
                    div.remedy { dt { "remedy" } dd { (finding.remedy) } }
                }
                @for words in said {
                    div { dt { "they will say" } dd { code { (words) } } }
                }
                (broken)
                div { dt { "cause" } dd { (finding.cause) } }
                div { dt { "why" } dd { (words::prose(finding.rule.why)) } }
            }
        }
    }

    fn broken(&self, finding: &Finding) -> Markup {
        let list = html! {
            ul.links { @for id in &finding.channels { li { (self.link(id)) } } }
        };
        html! {
            @if !finding.channels.is_empty() {
                div {
                    dt { (relation(finding.severity)) }
                    dd {
                        @if finding.channels.len() <= FEW { (list) }
                        @else { details { summary { (words::counted(finding.channels.len(), "channel")) } (list) } }
                    }
                }
            }
        }
    }

    /// A link to the channel with this id.
    fn link(&self, id: &str) -> Markup {
        let words = id.replace("->", " → ");
        html! {
            @match self.names.get(id) {
                Some(name) => a href={ "#" (name) } { (words) },
                None => (words),
            }
        }
    }
}

fn heading(finding: &Finding) -> Markup {
    html! {
        (words::severity(finding.severity))
        " " span.code { (finding.rule.code) }
        " " span.message { (finding.message) }
    }
}

fn relation(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "concerns",
        _ => "breaks",
    }
}

/// What is shown of the list; the script makes it work.
fn severities(findings: &[(String, &Finding)]) -> Markup {
    let counts = [Severity::Error, Severity::Warning, Severity::Note].map(|severity| {
        let of = findings
            .iter()
            .filter(|(_, finding)| finding.severity == severity);
        (severity, of.count())
    });
    html! {
        fieldset.filter data-filters="finding" hidden {
            legend { "Show" }
            @for (severity, count) in counts.iter().filter(|(_, count)| *count > 0) {
                label { input type="checkbox" name="severity" value=(severity.name()) checked; " " (words::severity(*severity)) " " (count) }
            }
        }
    }
}
