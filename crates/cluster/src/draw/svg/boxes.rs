//! A box for each kind of component, with what it presents, or its nodes when there are several.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::layout::{Frame, frame, peers};
use super::{Drawing, Subject, shortened};
use crate::component::Component;
use crate::draw::Verdict;
use crate::graph::{Channel, Graph, Party, Presented};

/// How far a box's content stays from its edge.
const MARGIN: i32 = 10;

/// How high a node's name in a box is.
const CHIP: i32 = 18;

/// How wide and high the mark of a node is where there are many.
const CELL: i32 = 13;

/// What is left free between marks.
const GAP: i32 = 3;

/// How wide a letter of a node's name is, generously.
const LETTER: i32 = 7;

impl Drawing<'_> {
    pub(super) fn boxes(&mut self) {
        let graph = self.graph;
        let mut kinds: BTreeMap<Component, BTreeSet<&Party>> = BTreeMap::new();
        for party in graph.channels.iter().flat_map(|c| [&c.client, &c.server]) {
            kinds.entry(party.component).or_default().insert(party);
        }
        for (component, parties) in &kinds {
            let parties: Vec<&Party> = parties.iter().copied().collect();
            let labelled = parties.iter().any(|party| party.label.is_some());
            match labelled {
                true => self.box_of_nodes(*component, &parties),
                false => self.box_of_one(*component),
            }
        }
        let etcd = (Component::Etcd, Component::Etcd);
        let ends = |c: &Channel| (c.client.component, c.server.component);
        if graph.channels.iter().any(|channel| ends(channel) == etcd) {
            self.rectangle(peers(), "box ghost");
            self.lines(peers(), "etcd", &["the other members".to_owned()]);
        }
    }

    fn box_of_one(&mut self, component: Component) {
        let subject = Subject::Kind(component);
        let below = lines_of(component, self.graph);
        let name = shown_name(component);
        let read = [&[name.to_owned()], below.as_slice()].concat().join(" ");
        self.open("component", subject, &read, name);
        self.rectangle(frame(component), "box");
        self.lines(frame(component), name, &below);
        self.close(subject);
    }

    fn box_of_nodes(&mut self, component: Component, parties: &[&Party]) {
        let subject = Subject::Kind(component);
        let place = frame(component);
        let name = shown_name(component);
        let titled = format!("{name} on {} nodes", parties.len());
        let rows = Rows::of(parties, place);
        let top = place.level() - (22 + rows.height()) / 2;
        self.open("component", subject, &titled, &titled);
        self.rectangle(place, "box");
        self.text((place.middle(), top + 14), "middle", "name", name);
        self.close(subject);
        self.marks(parties, &rows, (place.middle(), top + 24));
    }

    /// A mark for each node, those first of which something fails if there is no room for all.
    fn marks(&mut self, parties: &[&Party], rows: &Rows, (middle, top): (i32, i32)) {
        let mut shown: Vec<(&Party, Option<Verdict>)> = parties
            .iter()
            .map(|party| (*party, self.worst(party)))
            .collect();
        if shown.len() > rows.room() {
            shown.sort_by_key(|(_, verdict)| std::cmp::Reverse(*verdict));
        }
        let hidden = shown.len().saturating_sub(rows.room());
        shown.truncate(rows.room());
        for (row, marks) in shown.chunks(rows.across).enumerate() {
            let count = i32::try_from(marks.len()).unwrap_or(0);
            let mut x = middle - (count * (rows.width + GAP) - GAP) / 2;
            let y = top + i32::try_from(row).unwrap_or(0) * (rows.height + GAP);
            for (party, verdict) in marks {
                self.mark(party, *verdict, rows, (x, y));
                x += rows.width + GAP;
            }
        }
        if hidden > 0 {
            let y = top + rows.height() + 10;
            self.text(
                (middle, y),
                "middle",
                "detail",
                &format!("and {hidden} more"),
            );
        }
    }

    fn mark(&mut self, party: &Party, verdict: Option<Verdict>, rows: &Rows, (x, y): (i32, i32)) {
        let subject = Subject::Party(party);
        let verdict_name = verdict.map_or("plain", Verdict::name);
        let label = party.label.as_deref().unwrap_or("elsewhere");
        let said = verdict.map_or(String::new(), |verdict| format!(": {}", verdict.name()));
        let name = format!("{} on {label}{said}", shown_name(party.component));
        self.open(&format!("node {verdict_name}"), subject, &name, &name);
        let _ = writeln!(
            self.out,
            "<rect class=\"chip\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"3\"/>",
            rows.width, rows.height
        );
        let (cx, cy) = (x + rows.width / 2, y + rows.height / 2);
        if rows.named {
            self.text((cx, cy + 4), "middle", "chip-name", label);
        } else if verdict == Some(Verdict::Fails) {
            let (left, top) = (cx - 2, cy - 2);
            let _ = writeln!(
                self.out,
                "<path class=\"sign\" d=\"M{left} {top}l5 5M{} {top}l-5 5\"/>",
                left + 5
            );
        }
        self.close(subject);
    }

    /// The worst verdict of a component's channels.
    fn worst(&self, party: &Party) -> Option<Verdict> {
        let channels = self.graph.channels.iter();
        let own = channels.filter(|channel| channel.client == *party || channel.server == *party);
        own.filter_map(|channel| (self.verdicts)(channel)).max()
    }

    fn rectangle(&mut self, frame: Frame, class: &str) {
        let _ = writeln!(
            self.out,
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>",
            frame.left, frame.top, frame.width, frame.height
        );
    }

    fn lines(&mut self, frame: Frame, name: &str, below: &[String]) {
        let lines = i32::try_from(below.len()).unwrap_or(0);
        let mut y = frame.level() + 5 - 9 * lines;
        self.text((frame.middle(), y), "middle", "name", name);
        for line in below {
            y += 18;
            self.text((frame.middle(), y), "middle", "detail", line);
        }
    }
}

/// How the nodes of a box are arranged.
struct Rows {
    across: usize,
    down: usize,
    count: usize,
    width: i32,
    height: i32,
    /// Whether there is room for names.
    named: bool,
}

impl Rows {
    fn of(parties: &[&Party], frame: Frame) -> Self {
        let count = parties.len().max(1);
        let room = frame.width - 2 * MARGIN + GAP;
        let letters = parties
            .iter()
            .filter_map(|party| party.label.as_ref())
            .map(|label| label.chars().count())
            .max()
            .unwrap_or(0);
        let width = i32::try_from(letters)
            .unwrap_or(i32::MAX)
            .saturating_mul(LETTER)
            .saturating_add(12);
        let named = Rows::fitting(count, (width, CHIP), room, frame);
        if named.room() >= count {
            return Rows {
                named: true,
                ..named
            };
        }
        Rows::fitting(count, (CELL, CELL), room, frame)
    }

    fn fitting(count: usize, (width, height): (i32, i32), room: i32, frame: Frame) -> Self {
        let fit =
            |room: i32, size: i32| usize::try_from(room / size.saturating_add(GAP)).unwrap_or(0);
        let across = fit(room, width).min(count);
        Rows {
            across: across.max(1),
            down: if across == 0 {
                0
            } else {
                fit(frame.height - 28, height).max(1)
            },
            count,
            width,
            height,
            named: false,
        }
    }

    /// How many marks there is room for.
    fn room(&self) -> usize {
        self.across * self.down
    }

    /// How high all of them are.
    fn height(&self) -> i32 {
        let rows = self.count.div_ceil(self.across).min(self.down);
        i32::try_from(rows).unwrap_or(0) * (self.height + GAP) - GAP
    }
}

pub(super) fn shown_name(component: Component) -> &'static str {
    match component {
        Component::ServiceAccount => "pods",
        Component::EtcdHealthcheck => "kubeadm, etcdctl",
        other => other.name(),
    }
}

/// What the box of a component says below its name: what it presents.
fn lines_of(component: Component, graph: &Graph) -> Vec<String> {
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
            format!("serves {}", serving(channel)),
            format!(
                "knows clients by {}",
                file_name(&channel.client_auth.to_string())
            ),
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
pub(super) fn file_name(words: &str) -> String {
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
