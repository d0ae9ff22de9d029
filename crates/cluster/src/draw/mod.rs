//! The graph as pictures and text; a verdict for each channel, when there is one, is shown too.

mod dot;
mod mermaid;
mod svg;
mod text;

pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::{Links, STYLE, Subject, picture, svg};
pub use text::text;

use anstyle::{AnsiColor, Style};

use crate::graph::Channel;

/// Whether a channel does its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It does.
    Works,
    /// Nobody can say from what is there.
    Unknown,
    /// It does not.
    Fails,
}

/// Tells the verdict of a channel, when it was judged.
pub type Verdicts<'a> = &'a dyn Fn(&Channel) -> Option<Verdict>;

/// For a graph that was not judged.
pub const NOT_JUDGED: Verdicts<'static> = &|_| None;

impl Verdict {
    /// `works`, `unknown` or `fails`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Works => "works",
            Verdict::Unknown => "unknown",
            Verdict::Fails => "fails",
        }
    }

    /// The colour it has in a terminal.
    pub fn style(self) -> Style {
        let color = match self {
            Verdict::Works => AnsiColor::Green,
            Verdict::Unknown => AnsiColor::Yellow,
            Verdict::Fails => AnsiColor::Red,
        };
        Style::new().bold().fg_color(Some(color.into()))
    }
}

/// A text from a file, without what would move a terminal's cursor, change its colours, or let
/// letters stand elsewhere than where they are.
pub fn printable(text: &str) -> String {
    let is_visible = |c: char| !c.is_control() && !is_directional(c);
    let visible = |c: char| {
        if is_visible(c) {
            c
        } else {
            char::REPLACEMENT_CHARACTER
        }
    };
    text.chars().map(visible).collect()
}

/// Characters that have no width, or turn the direction of writing (Unicode TR 9 and TR 36).
fn is_directional(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The first address of a channel, and how many more there are.
fn address(channel: &Channel) -> Option<String> {
    let first = channel.addresses.first()?;
    Some(match channel.addresses.len() {
        1 => first.to_string(),
        n => format!("{first} (+{})", n - 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Files, Graph, Inventory, files::Memory};

    const APISERVER: &str = "kind: Pod\nspec: {containers: [{command: [kube-apiserver, --etcd-servers=https://10.0.0.1:2379, --advertise-address=<&\\\"10.0.0.1]}]}\n";

    /// Two nodes with odd names.
    fn graph() -> Graph {
        let node = |name: &str| {
            let tree = Memory::default().file("/etc/kubernetes/manifests/a.yaml", APISERVER);
            (Some(name.to_owned()), Files::in_memory(tree, false))
        };
        Graph::of(&Inventory::read(vec![node("<b>\"x\"\\"), node("\u{1}n")]))
    }

    #[test]
    fn letters_stay_where_they_are() {
        assert_eq!(
            printable("a\u{202e}b\u{1b}[1mü\u{200b}"),
            "a\u{fffd}b\u{fffd}[1mü\u{fffd}"
        );
    }

    #[test]
    fn odd_names_stay_names() {
        let graph = graph();
        assert!(!graph.channels.is_empty());
        let svg = svg(&graph, NOT_JUDGED);
        assert!(!svg.contains("<b>") && !svg.contains('\u{1}'));
        assert!(svg.contains("&lt;b&gt;&quot;x&quot;"));
        assert!(mermaid(&graph, NOT_JUDGED).contains("@#lt;b#gt;#quot;x#quot;"));
        assert!(dot(&graph, NOT_JUDGED).contains("@<b>\\\"x\\\"\\\\\""));
        assert!(!text(&graph, NOT_JUDGED).contains('\u{1}'));
    }

    #[test]
    fn verdicts_are_shown() {
        let graph = graph();
        let failing: Verdicts<'_> = &|channel| {
            let fails = channel.purpose == "placing pods";
            Some(if fails {
                Verdict::Fails
            } else {
                Verdict::Works
            })
        };
        let svg = svg(&graph, failing);
        assert_eq!(
            svg.matches("class=\"channel fails\"").count(),
            2,
            "the arrow and the legend"
        );
        assert!(!super::svg(&graph, NOT_JUDGED).contains("class=\"channel fails\""));
        assert!(dot(&graph, failing).contains("penwidth=2"));
        assert!(mermaid(&graph, failing).contains("stroke:#c0262d"));
        assert!(text(&graph, failing).contains("fails"));
    }
}
