//! The graph as a picture: kube-apiserver in the middle, who calls it to the left, nodes to the
//! right, etcd below.
//!
//! Every kind of component has one box at a fixed place, in which its nodes are marked when there
//! are several; channels between the same kinds share an arrow, which shows the worst of their
//! verdicts. What fails is told by shape, too: a heavier line and a cross.

mod arrows;
mod boxes;
mod layout;

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{Verdict, Verdicts};
use crate::component::Component;
use crate::graph::{Channel, Graph, Party};
use layout::{HEIGHT, TITLE, WIDTH};

/// How the picture looks, light and dark: plain colours, because not every viewer knows variables.
pub const STYLE: &str = include_str!("style.css");

/// What in a picture somebody may want to know more of.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// All components of a kind.
    Kind(Component),
    /// One of them.
    Party(&'a Party),
    /// The channels of an arrow.
    Channels(&'a [&'a Channel]),
}

/// Tells where a link leads, if anywhere.
pub type Links<'a> = &'a dyn Fn(Subject<'_>) -> Option<String>;

/// The graph as an SVG document that needs nothing besides itself.
pub fn svg(graph: &Graph, verdicts: Verdicts<'_>) -> String {
    let mut drawing = Drawing::new(graph, verdicts, &|_| None);
    let _ = writeln!(
        drawing.out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"The channels of a cluster\">\n<style>\n{STYLE}</style>"
    );
    let _ = writeln!(
        drawing.out,
        "<rect class=\"paper\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>"
    );
    drawing.title();
    drawing.finish()
}

/// The graph as an SVG element of a page that has [`STYLE`] and a heading; what is drawn leads
/// where `links` says.
pub fn picture(graph: &Graph, verdicts: Verdicts<'_>, links: Links<'_>) -> String {
    let mut drawing = Drawing::new(graph, verdicts, links);
    let _ = writeln!(
        drawing.out,
        "<svg viewBox=\"12 {TITLE} {} {}\" role=\"group\" aria-label=\"The channels of the cluster\">",
        WIDTH - 24,
        HEIGHT - TITLE
    );
    drawing.finish()
}

/// A picture that is being made.
struct Drawing<'a> {
    graph: &'a Graph,
    verdicts: Verdicts<'a>,
    links: Links<'a>,
    out: String,
}

impl<'a> Drawing<'a> {
    fn new(graph: &'a Graph, verdicts: Verdicts<'a>, links: Links<'a>) -> Self {
        Drawing {
            graph,
            verdicts,
            links,
            out: String::new(),
        }
    }

    fn finish(mut self) -> String {
        // Upright arrows pass below boxes, and labels lie over lines.
        self.boxes();
        self.arrows();
        let mut channels = self.graph.channels.iter();
        if channels.any(|channel| (self.verdicts)(channel).is_some()) {
            self.legend();
        }
        self.out.push_str("</svg>\n");
        self.out
    }

    fn title(&mut self) {
        let nodes: Vec<&str> = self.nodes().into_iter().collect();
        self.text((16, 30), "start", "title", "Channels of the cluster");
        let nodes = shortened(&nodes.join(", "), 100);
        self.text((250, 30), "start", "detail", &nodes);
    }

    /// The names of the nodes, when there are several.
    fn nodes(&self) -> BTreeSet<&'a str> {
        let channels = self.graph.channels.iter();
        let parties = channels.flat_map(|channel| [&channel.client, &channel.server]);
        parties.filter_map(|party| party.label.as_deref()).collect()
    }

    fn legend(&mut self) {
        let y = HEIGHT - 20;
        let mut x = 16;
        for verdict in [Verdict::Works, Verdict::Unknown, Verdict::Fails] {
            let name = verdict.name();
            let _ = writeln!(self.out, "<g class=\"channel {name}\">");
            let _ = writeln!(
                self.out,
                "<path class=\"line\" d=\"M{x} {y}L{} {y}\"/>",
                x + 44
            );
            self.badge((x + 22, y), Some(verdict));
            self.text((x + 52, y + 4), "start", "detail", name);
            self.out.push_str("</g>\n");
            x += 130;
        }
    }

    /// A group that leads somewhere, with the words for whoever points at it or cannot see it.
    fn open(&mut self, class: &str, subject: Subject<'_>, name: &str, tooltip: &str) {
        let _ = match (self.links)(subject) {
            Some(address) => writeln!(
                self.out,
                "<a class=\"{class}\" href=\"{}\" aria-label=\"{}\">",
                escaped(&address),
                escaped(name)
            ),
            None => writeln!(self.out, "<g class=\"{class}\">"),
        };
        let _ = writeln!(self.out, "<title>{}</title>", escaped(tooltip));
    }

    fn close(&mut self, subject: Subject<'_>) {
        let end = match (self.links)(subject) {
            Some(_) => "</a>\n",
            None => "</g>\n",
        };
        self.out.push_str(end);
    }

    /// What tells a verdict without colour: a cross where it fails, a question where it is unknown.
    fn badge(&mut self, (x, y): (i32, i32), verdict: Option<Verdict>) {
        if !matches!(verdict, Some(Verdict::Fails | Verdict::Unknown)) {
            return;
        }
        let sign = match verdict {
            Some(Verdict::Fails) => format!("M{} {}l6 6m0 -6l-6 6", x - 3, y - 3),
            _ => format!("M{} {}a2.3 2.3 0 1 1 2.3 2.7v1m0 2.6v.1", x - 2, y - 2),
        };
        let _ = writeln!(
            self.out,
            "<circle class=\"badge\" cx=\"{x}\" cy=\"{y}\" r=\"8\"/><path class=\"sign\" d=\"{sign}\"/>"
        );
    }

    fn text(&mut self, at: (i32, i32), anchor: &str, class: &str, text: &str) {
        if !text.is_empty() {
            let _ = writeln!(
                self.out,
                "<text class=\"{class}\" x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
                at.0,
                at.1,
                escaped(text)
            );
        }
    }
}

fn shortened(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// For XML, which knows no control characters.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
