//! An arrow for all channels from one kind of component to another.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::layout::{BETWEEN, Point, ends};
use super::{Drawing, Subject, boxes, shortened};
use crate::component::Component;
use crate::draw::{Verdict, address};
use crate::graph::Channel;

/// All channels from one kind of component to another.
struct Arrow<'a> {
    client: Component,
    server: Component,
    channels: Vec<&'a Channel>,
    verdicts: Vec<Verdict>,
}

impl Drawing<'_> {
    pub(super) fn arrows(&mut self) {
        let mut by_ends: BTreeMap<_, Vec<&Channel>> = BTreeMap::new();
        for channel in &self.graph.channels {
            let ends = (channel.client.component, channel.server.component);
            by_ends.entry(ends).or_default().push(channel);
        }
        for ((client, server), channels) in by_ends {
            let verdicts = channels.iter().filter_map(|one| (self.verdicts)(one));
            self.arrow(&Arrow {
                client,
                server,
                verdicts: verdicts.collect(),
                channels,
            });
        }
    }

    fn arrow(&mut self, arrow: &Arrow<'_>) {
        let worst = arrow.verdicts.iter().max().copied();
        let class = format!("channel {}", worst.map_or("plain", Verdict::name));
        let subject = Subject::Channels(&arrow.channels);
        let (from, to) = ends(arrow.client, arrow.server);
        self.open(&class, subject, &arrow.name(), &arrow.tooltip());
        self.line(from, to);
        let middle = ((from.0 + to.0) / 2, (from.1 + to.1) / 2);
        self.badge(middle, worst);
        self.label(arrow, from.0 == to.0, middle);
        self.close(subject);
    }

    fn line(&mut self, from: Point, to: Point) {
        let (dx, dy) = ((to.0 - from.0).signum(), (to.1 - from.1).signum());
        let (x, y) = (to.0 - 9 * dx, to.1 - 9 * dy);
        let wing = |side: i32| {
            let (across, along) = (5 * side, 11);
            (
                to.0 - along * dx + across * dy,
                to.1 - along * dy + across * dx,
            )
        };
        let ((lx, ly), (rx, ry)) = (wing(1), wing(-1));
        let _ = writeln!(
            self.out,
            "<path class=\"line\" d=\"M{} {}L{x} {y}\"/>\n<path class=\"head\" d=\"M{} {}L{lx} {ly}L{rx} {ry}Z\"/>",
            from.0, from.1, to.0, to.1
        );
    }

    /// Where it leads and what it is for, above and below the line or beside it.
    fn label(&mut self, arrow: &Arrow<'_>, is_upright: bool, (x, y): Point) {
        let (address, purpose) = arrow.words();
        if is_upright {
            self.text((x + 14, y - 3), "start", "address", &address);
            self.text((x + 14, y + 13), "start", "purpose", purpose);
        } else {
            self.text((x, y - 10), "middle", "address", &address);
            self.text((x, y + 19), "middle", "purpose", purpose);
        }
    }
}

impl Arrow<'_> {
    /// Where it leads, or how many channels it stands for; and what it is for.
    fn words(&self) -> (String, &'static str) {
        let Some(first) = self.channels.first() else {
            return (String::new(), "");
        };
        let address = match self.channels.len() {
            1 => address(first).unwrap_or_else(|| boxes::file_name(&first.credential.to_string())),
            _ => self.counted(),
        };
        (shortened(&address, BETWEEN), first.purpose)
    }

    /// `12 channels`, and of how many the worst is true.
    fn counted(&self) -> String {
        let all = self.channels.len();
        let of = |verdict| self.verdicts.iter().filter(|one| **one == verdict).count();
        match (of(Verdict::Fails), of(Verdict::Unknown)) {
            (0, 0) => format!("{all} channels"),
            (0, unknown) => format!("{unknown} of {all} unknown"),
            (failing, _) => format!("{failing} of {all} failing"),
        }
    }

    /// For those who cannot see it.
    fn name(&self) -> String {
        let (address, purpose) = self.words();
        let worst = self.verdicts.iter().max();
        let said = worst.map_or(String::new(), |worst| format!(": {}", worst.name()));
        let (client, server) = (
            boxes::shown_name(self.client),
            boxes::shown_name(self.server),
        );
        format!("{client} to {server}{said}. {address} {purpose}")
    }

    /// What is said when the pointer rests on the arrow.
    fn tooltip(&self) -> String {
        const MOST: usize = 6;
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
        let mut all: Vec<String> = self.channels.iter().take(MOST).map(describe).collect();
        if self.channels.len() > MOST {
            all.push(format!("and {} more", self.channels.len() - MOST));
        }
        all.join("\n\n")
    }
}
