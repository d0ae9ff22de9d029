//! A table for each month.

use anstyle::{AnsiColor, Style};
use audit::calendar::{Calendar, End, Ending, Renewal};
use cluster::draw::printable;
use cluster::listing::residual_time;
use time::UtcDateTime;
use time::macros::format_description;

use super::{called, channel, renewals};
use crate::show::labels::push;
use crate::show::table::{Cell, Table};
use crate::show::{date, wrap::wrap};

/// Whoever reads its kubeconfig or its client certificates only when it starts goes on with the old.
const RESTART: &str = "restart kube-apiserver, kube-controller-manager, kube-scheduler and etcd: not all of them look again";

/// The calendar for a terminal of `width` columns.
pub fn human(calendar: &Calendar, width: usize) -> String {
    let mut parts = before(calendar, width);
    let months = calendar.ends.chunk_by(|a, b| month(a.at) == month(b.at));
    parts.extend(months.map(|ends| of_month(calendar, ends, width)));
    parts.push(after(calendar, width));
    parts.join("\n")
}

/// What is over, and fails, from the beginning.
fn before(calendar: &Calendar, width: usize) -> Vec<String> {
    let red = Style::new().fg_color(Some(AnsiColor::Red.into()));
    let over = calendar
        .over
        .iter()
        .map(|ending| (ending, "over since", red));
    let mut parts = Vec::new();
    if !calendar.over.is_empty() {
        let mut text = String::new();
        for (ending, label, style) in over {
            push(
                &mut text,
                label,
                &format!("{}: {}", date(ending.at()), called(ending)),
                style,
                width,
            );
        }
        parts.push(text);
    }
    if !calendar.failing.is_empty() {
        let mut text = String::new();
        for stop in &calendar.failing {
            push(&mut text, "fails now", &channel(stop), red, width);
        }
        parts.push(text);
    }
    parts
}

fn of_month(calendar: &Calendar, ends: &[End], width: usize) -> String {
    let bold = Style::new().bold();
    let heading = ends.first().map(|end| month(end.at)).unwrap_or_default();
    let mut table = Table::new(["ENDS", "WHEN", "IN", "STOPS THEN"]);
    for end in ends {
        rows(&mut table, calendar.from, end);
    }
    let mut text = format!("{bold}{heading}{bold:#}\n{}", table.render());
    let endings = || ends.iter().flat_map(|end| &end.certificates);
    for line in renewals(endings()) {
        push(&mut text, "before", &line, Style::new(), width);
    }
    if endings().any(|ending| matches!(ending.renewal, Renewal::Kubeadm(_))) {
        push(&mut text, "then", RESTART, Style::new(), width);
    }
    text
}

/// A line for each certificate and for each channel, side by side.
fn rows(table: &mut Table, from: UtcDateTime, end: &End) {
    let yellow = Style::new().fg_color(Some(AnsiColor::Yellow.into()));
    let when = day(end.at);
    let left = residual_time((end.at - from).whole_seconds());
    let count = end.certificates.len().max(end.stops.len());
    for index in 0..count {
        let name = end.certificates.get(index).map(called).unwrap_or_default();
        let stop = match end.stops.get(index) {
            Some(stop) => Cell::with_style(channel(stop), yellow),
            None if index == 0 => nothing(end).into(),
            None => "".into(),
        };
        let (when, left) = match index {
            0 => (when.as_str(), left.as_str()),
            _ => ("", ""),
        };
        table.push(vec![name.into(), when.into(), left.into(), stop]);
    }
}

/// Why no channel stops.
fn nothing(end: &End) -> &'static str {
    match end.certificates.iter().any(|ending| ending.is_in_use) {
        true => "nothing more",
        false => "nothing: nobody loads it",
    }
}

fn after(calendar: &Calendar, width: usize) -> String {
    let nothing = match calendar.ends.is_empty() {
        true => format!("Nothing ends until {}.", date(calendar.until)),
        false => format!("Nothing more ends until {}.", date(calendar.until)),
    };
    let mut names: Vec<String> = calendar.later.iter().map(called).collect();
    names.dedup();
    let later = calendar
        .later
        .first()
        .map(Ending::at)
        .map_or_else(String::new, |first| {
            format!(" Later, from {} on: {}.", date(first), names.join(", "))
        });
    printable(&format!("{nothing}{later}"))
        .split('\n')
        .map(|line| wrap(line, width) + "\n")
        .collect()
}

/// `November 2027`.
fn month(moment: UtcDateTime) -> String {
    let format = format_description!("[month repr:long] [year]");
    moment.format(format).unwrap_or_default()
}

/// `Nov 23 17:30 UTC`: the month above has the year.
fn day(moment: UtcDateTime) -> String {
    let format = format_description!("[month repr:short] [day] [hour]:[minute] UTC");
    moment.format(format).unwrap_or_default()
}
