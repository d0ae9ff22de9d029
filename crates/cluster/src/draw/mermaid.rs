//! The graph for Mermaid, which Markdown viewers draw.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Verdict, Verdicts, address};
use crate::graph::Graph;

/// The graph as a Mermaid flowchart.
pub fn mermaid(graph: &Graph, verdicts: Verdicts<'_>) -> String {
    let mut out = String::from("flowchart LR\n");
    let parties = graph.channels.iter().flat_map(|c| [&c.client, &c.server]);
    let names: BTreeMap<_, String> = parties.map(|party| (party, party.to_string())).collect();
    let ids: BTreeMap<_, usize> = names
        .keys()
        .enumerate()
        .map(|(i, party)| (*party, i))
        .collect();
    for (party, name) in &names {
        let _ = writeln!(out, "  n{}[\"{}\"]", ids[party], escaped(name));
    }
    for (index, channel) in graph.channels.iter().enumerate() {
        let label = match address(channel) {
            Some(address) => format!("{}<br/>{}", channel.purpose, escaped(&address)),
            None => channel.purpose.to_owned(),
        };
        let (client, server) = (ids[&channel.client], ids[&channel.server]);
        let _ = writeln!(out, "  n{client} -->|\"{label}\"| n{server}");
        let style = match verdicts(channel) {
            Some(Verdict::Fails) => "stroke:#c0262d,stroke-width:2px",
            Some(Verdict::Unknown) => "stroke:#777777,stroke-dasharray:4",
            Some(Verdict::Works) => "stroke:#1a7f37",
            None => continue,
        };
        let _ = writeln!(out, "  linkStyle {index} {style}");
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('"', "#quot;")
        .replace('<', "#lt;")
        .replace('>', "#gt;")
}
