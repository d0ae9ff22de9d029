//! What was made, or would be.

use std::path::Path;

use anstyle::{AnsiColor, Style};
use change::compare::State;
use change::make::{Change, Made};
use serde_json::{Value, json};
use verify::Certificate;

use super::wish::Wish;
use crate::show::table::{Cell, Table};
use crate::show::{date, rfc3339, width};

/// A table for each node, and what to do next.
pub fn text(wish: &Wish, changes: &[Change], done: bool) -> String {
    let mut text = String::new();
    let nodes = wish.nodes.iter().zip(&wish.trees).zip(changes);
    for ((node, tree), change) in nodes {
        if wish.nodes.len() > 1 {
            text += &format!("{} in {}\n", node.name, tree.display());
        }
        text += &table(change, done);
        text.push('\n');
    }
    text + &summary(wish, changes, done)
}

fn table(change: &Change, done: bool) -> String {
    let wide = width() >= 110;
    let headings = ["PART", "", "EXPIRES", "FILES", "NAMES"];
    let columns = if wide { 5 } else { 4 };
    let mut table = Table::new(headings.into_iter().take(columns));
    for made in &change.parts {
        let mut cells = vec![
            made.part.name().into(),
            state(made.state, done),
            expires(made).into(),
            files(&made.paths).into(),
        ];
        if wide {
            let subject = made.certificate.as_ref();
            cells.push(
                subject
                    .map_or_else(String::new, |found| names(found))
                    .into(),
            );
        }
        table.push(cells);
    }
    table.render()
}

fn state(state: State, done: bool) -> Cell {
    let green = Style::new().fg_color(Some(AnsiColor::Green.into()));
    let yellow = Style::new().fg_color(Some(AnsiColor::Yellow.into()));
    match (state, done) {
        (State::Kept, _) => "kept".into(),
        (State::Absent, true) => Cell::with_style("made", green),
        (State::Absent, false) => Cell::with_style("make", green),
        (State::Partial, true) => Cell::with_style("completed", green),
        (State::Partial, false) => Cell::with_style("complete", green),
        (State::Differs, true) => Cell::with_style("replaced", yellow),
        (State::Differs, false) => Cell::with_style("replace", yellow),
    }
}

fn expires(made: &Made) -> String {
    let end = made.certificate.as_ref().map(|found| found.not_after.utc());
    end.map(date).unwrap_or_default()
}

/// A key and its other half in one word, as a shell would take it, and how many files more.
fn files(paths: &[String]) -> String {
    let pair = match paths {
        [key, other, ..] => key.strip_suffix("key").and_then(|stem| {
            let ending = other.strip_prefix(stem)?;
            Some(format!("{stem}{{key,{ending}}}"))
        }),
        _ => None,
    };
    let shown = if pair.is_some() { 2 } else { 1 };
    let first = pair.or_else(|| paths.first().cloned()).unwrap_or_default();
    match paths.len().saturating_sub(shown) {
        0 => first,
        more => format!("{first} +{more}"),
    }
}

fn names(certificate: &Certificate) -> String {
    let subject = certificate.short_name();
    let names = &certificate.extensions.names;
    let ip = names.ip.iter().map(ToString::to_string);
    let names: Vec<String> = names.dns.iter().cloned().chain(ip).collect();
    match names.as_slice() {
        [] => subject,
        [only] if *only == subject => subject,
        names => format!("{subject}: {}", names.join(", ")),
    }
}

fn summary(wish: &Wish, changes: &[Change], done: bool) -> String {
    let files: usize = changes.iter().map(|change| change.files.len()).sum();
    match (files, done) {
        (0, _) => "everything is there; nothing was changed\n".to_owned(),
        (1, false) => "1 file would be written\n".to_owned(),
        (files, false) => format!("{files} files would be written\n"),
        (1, true) => format!("1 file written; to judge it: {}\n", audit(wish)),
        (files, true) => format!("{files} files written; to judge them: {}\n", audit(wish)),
    }
}

/// The command that judges what was made.
fn audit(wish: &Wish) -> String {
    let trees = wish.trees.iter().zip(&wish.nodes);
    let trees = trees.map(|(tree, node)| match wish.nodes.len() {
        1 if tree == Path::new("/") => String::new(),
        1 => format!(" --rootfs {}", tree.display()),
        _ => format!(" --rootfs {}={}", node.name, tree.display()),
    });
    format!("kubepki audit{}", trees.collect::<String>())
}

/// The same for programs.
pub fn json(wish: &Wish, changes: &[Change], done: bool) -> Value {
    let nodes = wish.nodes.iter().zip(&wish.trees).zip(changes);
    let nodes = nodes.map(|((node, tree), change)| {
        json!({
            "name": node.name,
            "rootfs": tree,
            "parts": change.parts.iter().map(part).collect::<Vec<_>>(),
        })
    });
    json!({
        "schema": "kubepki.init/v1",
        "written": done,
        "nodes": nodes.collect::<Vec<_>>(),
    })
}

fn part(made: &Made) -> Value {
    let state = match made.state {
        State::Kept => "kept",
        State::Absent => "made",
        State::Partial => "completed",
        State::Differs => "replaced",
    };
    let certificate = made.certificate.as_ref();
    let end = certificate.map(|found| rfc3339(found.not_after.utc()));
    json!({
        "name": made.part.name(),
        "state": state,
        "paths": made.paths,
        "names": certificate.map(|found| names(found)),
        "expirationDate": end,
    })
}
