//! The page as a whole: what was judged and how it stands, then the parts.

use std::collections::BTreeMap;

use audit::{Report, Verdict};
use cluster::draw::{Subject, picture};
use cluster::graph::Channel;
use maud::{Markup, PreEscaped, html};

use crate::{Page, anchor, words};

/// As many nodes are named in the heading.
const NAMED: usize = 5;

impl Page<'_> {
    /// What was judged.
    pub(crate) fn title(&self) -> String {
        let nodes = &self.inventory.nodes;
        let names: Vec<&str> = nodes.iter().map(|node| &*node.name).take(NAMED).collect();
        let more = match nodes.len() {
            ..=NAMED => String::new(),
            all => format!(" and {} more nodes", all - NAMED),
        };
        match names.is_empty() {
            true => "The PKI in a cluster's API".to_owned(),
            false => format!("The PKI of {}{more}", names.join(", ")),
        }
    }

    /// Everything.
    pub(crate) fn overview(&self) -> Markup {
        html! {
            a.skip href="#findings" { "to the findings" }
            (self.heading())
            main {
                section.picture aria-label="Picture" {
                    div.scroll tabindex="0" role="region" aria-label="picture of the channels" { (self.picture()) }
                    p.hint { "Whatever is drawn can be opened: a component, a node in it, an arrow." }
                }
                (self.findings())
                (self.nodes())
                (self.table())
                (self.certificates())
            }
            aside aria-label="Details" {
                (self.component_panels())
                (self.channel_panels())
            }
        }
    }

    fn heading(&self) -> Markup {
        html! {
            header.top {
                h1 { (self.title()) }
                p.verdict { (standing(self.report)) }
                p.as-of { "as of " time datetime=(words::machine(self.report.at)) { (words::date(self.report.at)) } }
                nav aria-label="Parts of the page" {
                    a href="#findings" { "findings" } " "
                    @if self.has_several_nodes() { a href="#nodes" { "nodes" } " " }
                    a href="#channels" { "channels" } " "
                    a href="#certificates" { "certificates" }
                }
            }
        }
    }

    fn picture(&self) -> Markup {
        let judged: BTreeMap<String, Verdict> = self
            .channels()
            .map(|(channel, judged)| (channel.id(), judged.verdict))
            .collect();
        let verdicts = |channel: &Channel| judged.get(&channel.id()).copied();
        let links = |subject: Subject<'_>| Some(format!("#{}", self.address(subject)));
        PreEscaped(picture(self.graph, &verdicts, &links))
    }

    fn address(&self, subject: Subject<'_>) -> String {
        match subject {
            Subject::Party(party) => anchor::component(party),
            Subject::Channels([channel]) => anchor::channel(channel),
            Subject::Channels(channels) => channels.first().map_or(String::new(), |first| {
                anchor::channels(first.client.component, first.server.component)
            }),
            Subject::Kind(kind) => {
                let parties = self.parties();
                let mut own = parties.iter().filter(|party| party.component == kind);
                match (own.next(), own.next()) {
                    (Some(only), None) => anchor::component(only),
                    _ => anchor::kind(kind),
                }
            }
        }
    }
}

/// How it stands, in a sentence.
fn standing(report: &Report) -> Markup {
    let summary = report.summary();
    let works = summary.failing + summary.unknown == 0;
    let verdict = match (summary.failing, summary.unknown) {
        (0, 0) => Verdict::Works,
        (0, _) => Verdict::Unknown,
        _ => Verdict::Fails,
    };
    let counts = [
        (summary.error, "error"),
        (summary.warning, "warning"),
        (summary.note, "note"),
    ];
    let found: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| words::counted(*count, noun))
        .collect();
    html! {
        (words::verdict(verdict)) " "
        b {
            @if works { "All " (words::counted(summary.channels, "channel")) " work" }
            @else { (summary.failing) " of " (words::counted(summary.channels, "channel")) " failing" }
        }
        @if summary.unknown > 0 { ", " (summary.unknown) " unknown" }
        @if !found.is_empty() { " · " (found.join(", ")) }
        " · " (words::counted(summary.certificates, "certificate"))
    }
}
