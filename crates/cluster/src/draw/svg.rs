//! The graph as a picture: kube-apiserver in the middle, users above, the control plane to the
//! left, nodes to the right, etcd below.
//!
//! Every kind of component has one box at a fixed place; with several nodes, channels between the
//! same kinds share an arrow, which shows the worst of their verdicts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{Verdict, Verdicts, address};
use crate::component::Component;
use crate::graph::{Channel, Graph, Presented};

const WIDTH: i32 = 1280;
const HEIGHT: i32 = 720;

/// A box: left, top, width, height.
#[derive(Clone, Copy)]
struct Frame(i32, i32, i32, i32);

/// The graph as an SVG document that needs nothing besides itself.
pub fn svg(graph: &Graph, verdicts: Verdicts<'_>) -> String {
    let arrows = arrows(graph, verdicts);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"The channels of a cluster\">"
    );
    out.push_str(STYLE);
    let _ = writeln!(
        out,
        "<rect class=\"paper\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>"
    );
    title(&mut out, graph);
    for arrow in &arrows {
        arrow.draw(&mut out);
    }
    boxes(&mut out, graph);
    if arrows.iter().any(|arrow| arrow.verdict.is_some()) {
        legend(&mut out);
    }
    out.push_str("</svg>\n");
    out
}

/// Where a component's box is.
fn frame(component: Component) -> Frame {
    match component {
        Component::KubeApiserver => Frame(394, 250, 492, 260),
        Component::Admin => Frame(396, 66, 156, 56),
        Component::SuperAdmin => Frame(562, 66, 156, 56),
        Component::ServiceAccount => Frame(728, 66, 156, 56),
        Component::KubeControllerManager => Frame(24, 294, 210, 56),
        Component::KubeScheduler => Frame(24, 410, 210, 56),
        Component::AggregatedApiserver => Frame(1046, 258, 210, 56),
        Component::Kubelet => Frame(1046, 342, 210, 76),
        Component::KubeProxy => Frame(1046, 446, 210, 56),
        Component::Etcd => Frame(535, 610, 210, 56),
        Component::EtcdHealthcheck => Frame(24, 610, 210, 56),
    }
}

/// The other members of etcd.
const PEERS: Frame = Frame(1046, 610, 210, 56);

/// All channels from one kind of component to another.
struct Arrow<'a> {
    client: Component,
    server: Component,
    channels: Vec<&'a Channel>,
    verdict: Option<Verdict>,
}

fn arrows<'a>(graph: &'a Graph, verdicts: Verdicts<'_>) -> Vec<Arrow<'a>> {
    let mut by_ends: BTreeMap<_, Vec<&Channel>> = BTreeMap::new();
    for channel in &graph.channels {
        let ends = (channel.client.component, channel.server.component);
        by_ends.entry(ends).or_default().push(channel);
    }
    let arrow = |((client, server), channels): (_, Vec<&'a Channel>)| Arrow {
        client,
        server,
        verdict: channels
            .iter()
            .filter_map(|channel| verdicts(channel))
            .max(),
        channels,
    };
    by_ends.into_iter().map(arrow).collect()
}

impl Arrow<'_> {
    fn draw(&self, out: &mut String) {
        let class = self.verdict.map_or("plain", Verdict::name);
        let (from, to) = self.ends();
        let _ = writeln!(out, "<g class=\"channel {class}\">");
        let _ = writeln!(out, "<title>{}</title>", escaped(&self.tooltip()));
        let (dx, dy) = ((to.0 - from.0).signum(), (to.1 - from.1).signum());
        let neck = (to.0 - 9 * dx, to.1 - 9 * dy);
        let _ = writeln!(
            out,
            "<path class=\"line\" d=\"M{} {}L{} {}\"/>",
            from.0, from.1, neck.0, neck.1
        );
        let wing = |side: i32| {
            (
                to.0 - 11 * dx + 5 * side * dy,
                to.1 - 11 * dy + 5 * side * dx,
            )
        };
        let ((lx, ly), (rx, ry)) = (wing(1), wing(-1));
        let _ = writeln!(
            out,
            "<path class=\"head\" d=\"M{} {}L{lx} {ly}L{rx} {ry}Z\"/>",
            to.0, to.1
        );
        self.label(out, from, to);
        out.push_str("</g>\n");
    }

    /// Where the arrow starts and ends: level or upright, at the edges of the two boxes.
    fn ends(&self) -> ((i32, i32), (i32, i32)) {
        let (a, b) = (frame(self.client), frame(self.server));
        let middle = |frame: Frame| (frame.0 + frame.2 / 2, frame.1 + frame.3 / 2);
        let right = |frame: Frame| frame.0 + frame.2;
        let bottom = |frame: Frame| frame.1 + frame.3;
        let (ax, ay) = middle(a);
        let (bx, by) = middle(b);
        match (self.client, self.server) {
            (Component::Etcd, Component::Etcd) => ((right(a), ay), (PEERS.0, ay)),
            (Component::KubeApiserver, Component::Etcd) => ((bx, bottom(a)), (bx, b.1)),
            (Component::KubeApiserver, Component::Kubelet) => ((right(a), by - 14), (b.0, by - 14)),
            (Component::Kubelet, Component::KubeApiserver) => ((a.0, ay + 14), (right(b), ay + 14)),
            (Component::KubeApiserver, _) => ((right(a), by), (b.0, by)),
            (Component::KubeProxy, _) => ((a.0, ay), (right(b), ay)),
            (Component::Admin | Component::SuperAdmin | Component::ServiceAccount, _) => {
                ((ax, bottom(a)), (ax, b.1))
            }
            _ => ((right(a), ay), (b.0, ay)),
        }
    }

    fn label(&self, out: &mut String, from: (i32, i32), to: (i32, i32)) {
        let Some(first) = self.channels.first() else {
            return;
        };
        let address = match self.channels.len() {
            1 => address(first).unwrap_or_else(|| file_name(&first.credential.to_string())),
            n => format!("{n} channels"),
        };
        let (x, y) = ((from.0 + to.0) / 2, (from.1 + to.1) / 2);
        let (class, purpose) = ("purpose", first.purpose);
        if from.0 == to.0 {
            write_text(out, (x + 10, y - 3), "start", "address", &address);
            write_text(out, (x + 10, y + 13), "start", class, purpose);
            return;
        }
        // Of the two arrows between kube-apiserver and kubelet each has its words on its own side.
        let (above, below) = match (self.client, self.server) {
            (_, Component::Kubelet) => (Some(y - 20), Some(y - 6)),
            (Component::Kubelet, _) => (Some(y + 16), Some(y + 30)),
            _ => (Some(y - 7), Some(y + 17)),
        };
        for (y, class, words) in [(above, "address", &*address), (below, class, purpose)] {
            if let Some(y) = y {
                write_text(out, (x, y), "middle", class, words);
            }
        }
    }

    /// What is said when the pointer rests on the arrow.
    fn tooltip(&self) -> String {
        let describe = |channel: &&Channel| {
            format!(
                "{}\nserver presents {}\nverified with {}\nclient presents {}\nverified with {}",
                channel.id(),
                channel.serving.default,
                channel.trust,
                channel.credential,
                channel.client_auth
            )
        };
        let all: Vec<String> = self.channels.iter().map(describe).collect();
        all.join("\n\n")
    }
}

fn boxes(out: &mut String, graph: &Graph) {
    let mut nodes: BTreeMap<Component, BTreeSet<&str>> = BTreeMap::new();
    for party in graph.channels.iter().flat_map(|c| [&c.client, &c.server]) {
        let labels = nodes.entry(party.component).or_default();
        labels.extend(party.label.as_deref());
    }
    for (component, labels) in &nodes {
        let labels: Vec<&str> = labels.iter().copied().collect();
        let below = lines_of(*component, graph, &labels);
        draw_box(
            out,
            frame(*component),
            "box",
            shown_name(*component),
            &below,
        );
    }
    let peers = |c: &&Channel| (c.client.component, c.server.component);
    let etcd = (Component::Etcd, Component::Etcd);
    if graph.channels.iter().any(|channel| peers(&channel) == etcd) {
        let below = ["the other members".to_owned()];
        draw_box(out, PEERS, "box ghost", "etcd", &below);
    }
}

fn shown_name(component: Component) -> &'static str {
    match component {
        Component::ServiceAccount => "pods",
        Component::EtcdHealthcheck => "kubeadm, etcdctl",
        other => other.name(),
    }
}

/// What a box says below its name: the nodes when there are several, else what it presents.
fn lines_of(component: Component, graph: &Graph, labels: &[&str]) -> Vec<String> {
    if !labels.is_empty() {
        return vec![shortened(&labels.join(", "), 30)];
    }
    let channels = || graph.channels.iter();
    // Between members of etcd other files are in use than towards its clients.
    let mut inner = channels().filter(|c| c.client.component != c.server.component);
    let serves = inner
        .clone()
        .find(|channel| channel.server.component == component);
    let calls = inner.find(|channel| channel.client.component == component);
    let serving = |channel: &Channel| file_name(&channel.serving.default.to_string());
    match (component, serves, calls) {
        (Component::KubeApiserver, Some(channel), _) => vec![
            format!("serves {}", channel.serving.default),
            format!("knows clients by {}", channel.client_auth),
        ],
        (Component::AggregatedApiserver, ..) => vec!["such as metrics-server".to_owned()],
        (_, Some(channel), Some(call)) if is_unknown(channel) => {
            vec![file_name(&call.credential.to_string())]
        }
        (_, Some(channel), Some(call)) => vec![
            file_name(&call.credential.to_string()),
            format!("serves {}", serving(channel)),
        ],
        (_, Some(channel), None) => vec![format!("serves {}", serving(channel))],
        (_, None, Some(call)) => vec![file_name(&call.credential.to_string())],
        _ => Vec::new(),
    }
}

fn is_unknown(channel: &Channel) -> bool {
    matches!(channel.serving.default, Presented::Unknown)
}

/// The words without the folders of a path they end with.
fn file_name(words: &str) -> String {
    let (before, path) = match words.rsplit_once(' ') {
        Some((before, path)) => (format!("{before} "), path),
        None => (String::new(), words),
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    match before.strip_suffix(" in ") {
        // A field of a kubeconfig: the file says it all.
        Some(_) => name.to_owned(),
        None => shortened(&format!("{before}{name}"), 30),
    }
}

fn shortened(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
    format!("{kept}…")
}

fn draw_box(out: &mut String, frame: Frame, class: &str, name: &str, below: &[String]) {
    let Frame(left, top, width, height) = frame;
    let _ = writeln!(
        out,
        "<rect class=\"{class}\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>"
    );
    let lines = i32::try_from(below.len()).unwrap_or(0);
    let (x, mut y) = (left + width / 2, top + height / 2 + 5 - 9 * lines);
    write_text(out, (x, y), "middle", "name", name);
    for line in below {
        y += 18;
        write_text(out, (x, y), "middle", "detail", line);
    }
}

fn title(out: &mut String, graph: &Graph) {
    let labels = graph
        .channels
        .iter()
        .flat_map(|c| [&c.client.label, &c.server.label]);
    let nodes: BTreeSet<&str> = labels.filter_map(|label| label.as_deref()).collect();
    write_text(out, (24, 36), "start", "title", "Channels of the cluster");
    if !nodes.is_empty() {
        let nodes: Vec<&str> = nodes.into_iter().collect();
        write_text(
            out,
            (24, 56),
            "start",
            "detail",
            &shortened(&nodes.join(", "), 48),
        );
    }
}

fn legend(out: &mut String) {
    let mut x = 24;
    for verdict in [Verdict::Works, Verdict::Unknown, Verdict::Fails] {
        let name = verdict.name();
        let y = HEIGHT - 22;
        let _ = writeln!(
            out,
            "<g class=\"channel {name}\"><path class=\"line\" d=\"M{x} {y}L{} {y}\"/></g>",
            x + 36
        );
        write_text(out, (x + 44, y + 4), "start", "detail", name);
        x += 124;
    }
}

fn write_text(out: &mut String, at: (i32, i32), anchor: &str, class: &str, text: &str) {
    if !text.is_empty() {
        let _ = writeln!(
            out,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            at.0,
            at.1,
            escaped(text)
        );
    }
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

/// Plain colours first and dark ones for those who ask: not every viewer knows variables.
const STYLE: &str = "<style>
svg { font-family: system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; }
.paper { fill: #ffffff; }
.box { fill: #f6f8fa; stroke: #c5ced6; stroke-width: 1.2; }
.ghost { fill: none; stroke-dasharray: 5 4; }
.title { font-size: 18px; font-weight: 600; fill: #1f2328; }
.name { font-size: 14px; font-weight: 600; fill: #1f2328; }
.detail { font-size: 11.5px; fill: #59636e; }
.address { font-size: 11.5px; fill: #1f2328; }
.purpose { font-size: 11px; fill: #59636e; }
.line { fill: none; stroke: #59636e; stroke-width: 1.6; }
.head { fill: #59636e; }
.works .line { stroke: #1a7f37; }
.works .head { fill: #1a7f37; }
.unknown .line { stroke: #818b98; stroke-dasharray: 5 4; }
.unknown .head { fill: #818b98; }
.fails .line { stroke: #cf222e; stroke-width: 2.6; }
.fails .head, .fails .address { fill: #cf222e; }
.fails .address { font-weight: 600; }
@media (prefers-color-scheme: dark) {
  .paper { fill: #0d1117; }
  .box { fill: #151b23; stroke: #3d444d; }
  .ghost { fill: none; }
  .title, .name, .address { fill: #f0f6fc; }
  .detail, .purpose { fill: #9198a1; }
  .line { stroke: #9198a1; }
  .head { fill: #9198a1; }
  .works .line { stroke: #3fb950; }
  .works .head { fill: #3fb950; }
  .unknown .line { stroke: #656c76; }
  .unknown .head { fill: #656c76; }
  .fails .line { stroke: #f85149; }
  .fails .head, .fails .address { fill: #f85149; }
}
</style>
";
