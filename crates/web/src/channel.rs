//! Channels: the table of all, and everything about each.

use std::collections::BTreeMap;

use audit::{Identity, Judged, Verdict};
use cluster::Component;
use cluster::graph::{Address, Channel};
use maud::{Markup, html};

use crate::{Page, anchor, evidence, node, words};

/// As many nodes' channels are shown at once; of more, those of which something fails.
const OPEN: usize = 4;

type Row<'a> = (&'a Channel, &'a Judged);

impl<'a> Page<'a> {
    /// The table, by the node of the client, what fails first.
    pub(crate) fn table(&self) -> Markup {
        let mut rows: Vec<Row<'a>> = self.channels().collect();
        rows.sort_by_key(|(_, judged)| std::cmp::Reverse(judged.verdict));
        let mut groups: BTreeMap<Option<usize>, Vec<Row<'a>>> = BTreeMap::new();
        for row in &rows {
            groups.entry(row.0.client.node).or_default().push(*row);
        }
        html! {
            section aria-labelledby="channels" {
                h2 id="channels" { "Channels " span.count { (self.report.channels.len()) } }
                (self.filters())
                p.none role="status" data-status="channel" {}
                @if self.has_several_nodes() {
                    @for (index, rows) in &groups { (self.group(*index, rows, groups.len())) }
                } @else {
                    (rows_of(&rows, "channels"))
                }
            }
        }
    }

    fn group(&self, index: Option<usize>, rows: &[Row<'a>], groups: usize) -> Markup {
        let worst = rows.iter().map(|(_, judged)| judged.verdict).max();
        let node = index.and_then(|index| self.inventory.nodes.get(index));
        let name = node.map_or("elsewhere", |node| &node.name);
        let fails = worst == Some(Verdict::Fails);
        html! {
            details.group open[fails || groups <= OPEN] {
                summary {
                    @if let Some(worst) = worst { (words::verdict(worst)) }
                    " from " b { (name) } ": " (tally(rows))
                }
                (rows_of(rows, &format!("channels from {name}")))
            }
        }
    }

    fn filters(&self) -> Markup {
        let verdicts = [Verdict::Fails, Verdict::Unknown, Verdict::Works].map(|verdict| {
            let of = self
                .report
                .channels
                .iter()
                .filter(|one| one.verdict == verdict);
            (verdict, of.count())
        });
        let boxes = verdicts.iter().filter(|(_, count)| *count > 0);
        html! {
            fieldset.filter data-filters="channel" hidden {
                legend { "Show" }
                @for (verdict, count) in boxes { (words::tick(verdict.name(), &words::verdict(*verdict), *count)) }
                label.search { "with " input type="search" name="text" placeholder="name, address, identity" aria-label="text in a channel"; }
            }
        }
    }

    /// Everything about every channel, for when it is asked for.
    pub(crate) fn channel_panels(&self) -> Markup {
        html! {
            @for (channel, judged) in self.channels() { (self.channel(channel, judged)) }
            @for ((client, server), rows) in self.arrows() {
                @if rows.len() > 1 { (self.arrow(client, server, &rows)) }
            }
        }
    }

    /// The channels by the kinds of their ends.
    pub(crate) fn arrows(&self) -> BTreeMap<(Component, Component), Vec<Row<'a>>> {
        let mut arrows: BTreeMap<_, Vec<Row<'a>>> = BTreeMap::new();
        for row in self.channels() {
            let ends = (row.0.client.component, row.0.server.component);
            arrows.entry(ends).or_default().push(row);
        }
        arrows
    }

    fn channel(&self, channel: &Channel, judged: &Judged) -> Markup {
        let (client, server) = (words::party(&channel.client), words::party(&channel.server));
        let title = html! { (client) " → " (server) };
        let body = html! {
            p { (words::verdict(judged.verdict)) " " span.purpose { (channel.purpose) } }
            @if let Some(error) = &judged.error { p.said { "They say: " code { (error) } } }
            (facts(channel, judged))
            (self.findings_of(std::slice::from_ref(&judged.id)))
            h3 { (server) " presents" }
            (self.presented(&channel.serving.default))
            @for named in &channel.serving.by_name { p { (named.pair) " for " (named.names.join(", ")) } }
            h3 { (client) " verifies it with" }
            (self.trust(&channel.trust))
            h3 { (client) " presents" }
            (self.credential(&channel.credential))
            h3 { (server) " verifies it with" }
            (self.client_auth(&channel.client_auth))
            p.also { "More of "
                a href={ "#" (anchor::component(&channel.client)) } { (client) } ", "
                a href={ "#" (anchor::component(&channel.server)) } { (server) }
            }
        };
        node::panel(&anchor::channel(channel), &title, &body)
    }

    /// The channels that share an arrow.
    fn arrow(&self, client: Component, server: Component, rows: &[Row<'_>]) -> Markup {
        let title = html! { (words::component(client)) " → " (words::component(server)) };
        let mut rows = rows.to_vec();
        rows.sort_by_key(|(_, judged)| std::cmp::Reverse(judged.verdict));
        let body = html! { p { (tally(&rows)) } (links(&rows)) };
        node::panel(&anchor::channels(client, server), &title, &body)
    }
}

/// A list of channels that lead to what is known of each.
pub(crate) fn links(rows: &[Row<'_>]) -> Markup {
    html! {
        ul.links {
            @for (channel, judged) in rows {
                li { (words::verdict(judged.verdict)) " " a href={ "#" (anchor::channel(channel)) } { (arrow(&judged.id)) } }
            }
        }
    }
}

/// `12 channels, 3 fail, 1 unknown`.
pub(crate) fn tally(rows: &[Row<'_>]) -> String {
    let count = |verdict| {
        rows.iter()
            .filter(|(_, judged)| judged.verdict == verdict)
            .count()
    };
    let mut words = vec![words::counted(rows.len(), "channel")];
    match (count(Verdict::Fails), count(Verdict::Unknown)) {
        (0, 0) => words.push("all work".to_owned()),
        (fails, unknown) => {
            let parts = [(fails, "failing"), (unknown, "unknown")];
            let some = parts.iter().filter(|(count, _)| *count > 0);
            words.extend(some.map(|(count, word)| format!("{count} {word}")));
        }
    }
    words.join(", ")
}

fn rows_of(rows: &[Row<'_>], caption: &str) -> Markup {
    html! {
        table.channels {
            caption.unseen { (caption) }
            thead { tr { th { "channel" } th { "verdict" } th.more { "address" } th.more { "identity" } } }
            tbody { @for (channel, judged) in rows { (row(channel, judged)) } }
        }
    }
}

fn row(channel: &Channel, judged: &Judged) -> Markup {
    html! {
        tr.channel-row data-verdict=(judged.verdict.name()) {
            td { a href={ "#" (anchor::channel(channel)) } { (arrow(&judged.id)) } }
            td { (words::verdict(judged.verdict)) }
            td.more { (judged.address.as_deref().unwrap_or_default()) }
            td.more { @if let Some(identity) = &judged.identity { (identity.user) } }
        }
    }
}

fn arrow(id: &str) -> String {
    id.replace("->", " → ")
}

fn facts(channel: &Channel, judged: &Judged) -> Markup {
    html! {
        dl.facts {
            @for address in &channel.addresses { (dialled(address)) }
            @if let Some(identity) = &judged.identity { (identified(identity)) }
            div { dt { "has to be" } dd { (channel.required) } }
            @if channel.latent {
                div { dt { "note" } dd { "not in use yet: there is a single member" } }
            }
        }
    }
}

fn dialled(address: &Address) -> Markup {
    let setting = &address.setting;
    html! {
        div {
            dt { "address" }
            dd {
                code { (address.scheme) "://" (address) }
                @if let Some(name) = &address.server_name { " as " code { (name.value) } }
                @if setting.is_written() {
                    span.named { "by " code { (setting.name) } ", " code { (evidence::place(&setting.place, setting.mark)) } }
                }
            }
        }
    }
}

fn identified(identity: &Identity) -> Markup {
    html! {
        div { dt { "is taken for" } dd { b { (identity.user) } } }
        @if !identity.groups.is_empty() {
            div { dt { "in" } dd { (identity.groups.join(", ")) } }
        }
    }
}
