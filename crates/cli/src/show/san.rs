//! The names that certificates of servers should have, and have.

use anstyle::{AnsiColor, Style};
use audit::serving::{Reason, Serving, Wanted};
use cluster::Setting;
use cluster::draw::printable;
use serde_json::{Value, json};

use super::labels::push;
use super::table::{Cell, Table};

/// A table for each certificate.
pub fn human(found: &[Serving], width: usize) -> String {
    if found.is_empty() {
        return "These files name no certificate that a server presents.\n".to_owned();
    }
    let parts: Vec<String> = found
        .iter()
        .map(|serving| of_serving(serving, width))
        .collect();
    parts.join("\n")
}

fn of_serving(serving: &Serving, width: usize) -> String {
    let bold = Style::new().bold();
    let heading = format!("{} presents {}", serving.server, serving.place);
    let mut text = format!("{bold}{}{bold:#}\n", printable(&heading));
    if serving.certificate.is_none() {
        push(
            &mut text,
            "unreadable",
            "there is no certificate in it",
            red(),
            width,
        );
    }
    let mut table = Table::new(["NAME", "", "ASKED FOR BY"]);
    for wanted in &serving.wanted {
        rows(&mut table, serving, wanted);
    }
    text += &table.render();
    if !serving.unneeded.is_empty() {
        let names = serving.unneeded.join(", ");
        push(
            &mut text,
            "not needed",
            &format!("{names}; it does no harm"),
            Style::new(),
            width,
        );
    }
    let missing: Vec<&str> = serving
        .missing()
        .map(|wanted| wanted.name.as_str())
        .collect();
    if !missing.is_empty() && serving.certificate.is_some() {
        let names = missing.join(", ");
        push(
            &mut text,
            "remedy",
            &format!("have it issued again with {names} among its names"),
            Style::new(),
            width,
        );
    }
    text
}

/// A line for everybody who asks for a name; when somebody needs it, nobody asks for custom.
fn rows(table: &mut Table, serving: &Serving, wanted: &Wanted) {
    let counts = |reason: &&Reason| !wanted.is_needed() || !matches!(reason, Reason::Custom(_));
    let mut reasons: Vec<String> = wanted.reasons.iter().filter(counts).map(words).collect();
    reasons.dedup();
    for (index, reason) in reasons.into_iter().enumerate() {
        let (name, state): (&str, Cell) = match index {
            0 => (&wanted.name, state(serving, wanted)),
            _ => ("", "".into()),
        };
        table.push(vec![name.into(), state, reason.into()]);
    }
}

fn state(serving: &Serving, wanted: &Wanted) -> Cell {
    let green = Style::new().fg_color(Some(AnsiColor::Green.into()));
    match (wanted.is_there, wanted.is_needed()) {
        _ if serving.certificate.is_none() => "unknown".into(),
        (true, _) => Cell::with_style("there", green),
        (false, true) => Cell::with_style("missing", red()),
        (false, false) => "absent".into(),
    }
}

fn words(reason: &Reason) -> String {
    match reason {
        Reason::Dialled {
            client, setting, ..
        } => format!("{client}, by {}", at(setting)),
        Reason::Told(setting) => format!("whoever is told {}", at(setting)),
        Reason::Pods => "pods, by this name".to_owned(),
        Reason::Custom(why) => format!("nobody who would fail: {why}"),
    }
}

/// What is written, and where.
fn at(setting: &Setting) -> String {
    match setting.is_written() {
        true => format!("{} in {}", setting.name, place(setting)),
        false => setting.name.to_string(),
    }
}

fn place(setting: &Setting) -> String {
    let path = &setting.place.path;
    setting
        .place
        .line
        .map_or_else(|| path.to_string(), |line| format!("{path}:{line}"))
}

/// The same for programs: schema `kubepki.san-plan/v1`.
pub fn json(found: &[Serving]) -> Value {
    json!({
        "schema": "kubepki.san-plan/v1",
        "certificates": found.iter().map(certificate).collect::<Vec<_>>(),
    })
}

fn certificate(serving: &Serving) -> Value {
    json!({
        "server": serving.server,
        "node": serving.node.as_deref(),
        "name": serving.name,
        "path": &*serving.place.path,
        "readable": serving.certificate.is_some(),
        "has": serving.names(),
        "wanted": serving.wanted.iter().map(wanted).collect::<Vec<_>>(),
        "missing": serving.missing().map(|wanted| &wanted.name).collect::<Vec<_>>(),
        "unneeded": serving.unneeded,
    })
}

fn wanted(wanted: &Wanted) -> Value {
    json!({
        "name": wanted.name,
        "there": wanted.is_there,
        "needed": wanted.is_needed(),
        "reasons": wanted.reasons.iter().map(reason).collect::<Vec<_>>(),
    })
}

fn reason(reason: &Reason) -> Value {
    let (channel, setting) = match reason {
        Reason::Dialled {
            channel, setting, ..
        } => (Some(channel), Some(setting)),
        Reason::Told(setting) => (None, Some(setting)),
        Reason::Pods | Reason::Custom(_) => (None, None),
    };
    json!({
        "text": words(reason),
        "channel": channel,
        "flag": setting.map(|setting| &*setting.name),
        "path": setting.filter(|setting| setting.is_written()).map(|setting| &*setting.place.path),
        "line": setting.and_then(|setting| setting.place.line),
    })
}

fn red() -> Style {
    Style::new().fg_color(Some(AnsiColor::Red.into()))
}
