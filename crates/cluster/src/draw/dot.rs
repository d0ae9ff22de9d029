//! The graph for Graphviz.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{Verdict, Verdicts, address};
use crate::graph::Graph;

/// The graph in the DOT language.
pub fn dot(graph: &Graph, verdicts: Verdicts<'_>) -> String {
    let mut out = String::from(
        "digraph channels {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n",
    );
    let channels = || graph.channels.iter();
    let parties: BTreeSet<_> = channels().flat_map(|c| [&c.client, &c.server]).collect();
    for party in parties {
        let _ = writeln!(out, "  {};", quoted(&party.to_string()));
    }
    for channel in channels() {
        let label = match address(channel) {
            Some(address) => format!("{}\n{address}", channel.purpose),
            None => channel.purpose.to_owned(),
        };
        let style = match verdicts(channel) {
            Some(Verdict::Fails) => ", color=\"#c0262d\", fontcolor=\"#c0262d\", penwidth=2",
            Some(Verdict::Unknown) => ", color=\"#777777\", fontcolor=\"#777777\", style=dashed",
            Some(Verdict::Works) => ", color=\"#1a7f37\"",
            None => "",
        };
        let (client, server) = (channel.client.to_string(), channel.server.to_string());
        let (client, server, label) = (quoted(&client), quoted(&server), quoted(&label));
        let _ = writeln!(out, "  {client} -> {server} [label={label}{style}];");
    }
    out.push_str("}\n");
    out
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace('\n', "\\n"))
}
