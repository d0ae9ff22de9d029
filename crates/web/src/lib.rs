//! The pages: what was found, and what it was found in, as HTML that needs nothing besides itself.
//!
//! Pure: an inventory, its graph and its report in, text out. Whatever stands in a node's files may
//! be meant to do harm: every text is escaped where it is put (`maud`), the whole page is cleaned
//! of characters that move others, and the page's own policy lets nothing run but its own script,
//! and nothing be fetched at all (`document`).

mod anchor;
mod certificate;
mod channel;
mod component;
mod document;
mod evidence;
mod finding;
mod material;
mod node;
mod overview;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use audit::{Judged, Report, Verdict};
use cluster::draw::{Verdicts, svg};
use cluster::graph::{Channel, Party};
use cluster::{Graph, Inventory};
use maud::PreEscaped;

/// An audit as a page: the picture, the findings with their evidence, the channels, and behind
/// each of them everything that is known about it.
pub fn audit(inventory: &Inventory, graph: &Graph, report: &Report) -> String {
    let names = graph.channels.iter();
    let page = Page {
        inventory,
        graph,
        report,
        names: names.map(|one| (one.id(), anchor::channel(one))).collect(),
    };
    document::whole(&page.title(), &page.overview())
}

/// The graph as a page: the picture alone.
pub fn graph(graph: &Graph, verdicts: Verdicts<'_>) -> String {
    let picture = PreEscaped(svg(graph, verdicts));
    document::picture("Channels of the cluster", &picture)
}

/// Everything that the parts of an audit's page look at.
struct Page<'a> {
    inventory: &'a Inventory,
    graph: &'a Graph,
    report: &'a Report,
    /// The names of channels in addresses, by their ids.
    names: BTreeMap<String, String>,
}

impl<'a> Page<'a> {
    /// The channels, each with what was judged of it.
    fn channels(&self) -> impl Iterator<Item = (&'a Channel, &'a Judged)> + use<'a> {
        // An audit keeps the graph's order.
        self.graph.channels.iter().zip(&self.report.channels)
    }

    /// Everything that is one end of a channel, by kind, then by node.
    fn parties(&self) -> BTreeSet<&'a Party> {
        let channels = self.graph.channels.iter();
        channels
            .flat_map(|channel| [&channel.client, &channel.server])
            .collect()
    }

    /// The worst verdict of the channels that `which` is true for.
    fn worst(&self, which: impl Fn(&Channel) -> bool) -> Option<Verdict> {
        let channels = self.channels().filter(|(channel, _)| which(channel));
        channels.map(|(_, judged)| judged.verdict).max()
    }

    fn has_several_nodes(&self) -> bool {
        self.inventory.nodes.len() > 1
    }
}
