//! The graph for reading: a paragraph for each channel.

use std::fmt::Write;

use anstyle::Style;

use super::{Verdict, Verdicts, printable};
use crate::graph::{Address, Channel, Graph};

/// The graph as text, with colours that the writer may strip.
pub fn text(graph: &Graph, verdicts: Verdicts<'_>) -> String {
    let paragraphs: Vec<String> = graph
        .channels
        .iter()
        .map(|channel| paragraph(channel, verdicts(channel)))
        .collect();
    paragraphs.join("\n")
}

fn paragraph(channel: &Channel, verdict: Option<Verdict>) -> String {
    let bold = Style::new().bold();
    let faint = Style::new().dimmed();
    let mut out = format!("{bold}{}{bold:#}", printable(&channel.id()));
    if let Some(verdict) = verdict {
        let style = verdict.style();
        let _ = write!(out, "  {style}{}{style:#}", verdict.name());
    }
    let _ = writeln!(out, "  {faint}{}{faint:#}", channel.purpose);
    for address in &channel.addresses {
        line(&mut out, "address", &address_words(address));
    }
    line(&mut out, "server", &channel.serving.default.to_string());
    for named in &channel.serving.by_name {
        let names = if named.names.is_empty() {
            "its own names".into()
        } else {
            named.names.join(", ")
        };
        line(&mut out, "", &format!("{} for {names}", named.pair));
    }
    line(&mut out, "  trusted", &channel.trust.to_string());
    line(&mut out, "client", &channel.credential.to_string());
    line(&mut out, "  trusted", &channel.client_auth.to_string());
    line(&mut out, "has to be", &channel.required.to_string());
    if channel.latent {
        line(&mut out, "note", "not in use yet: there is a single member");
    }
    out
}

/// Where it is, the name that is checked when it is another, and who says so.
fn address_words(address: &Address) -> String {
    let mut words = address.to_string();
    if address.scheme != "https" {
        let _ = write!(words, " ({})", address.scheme);
    }
    if let Some(name) = &address.server_name {
        let _ = write!(words, " as {}", name.value);
    }
    let place = &address.setting.place;
    let _ = write!(words, "  {}", place.path);
    if let Some(number) = place.line {
        let _ = write!(words, ":{number}");
    }
    words
}

fn line(out: &mut String, label: &str, value: &str) {
    let _ = writeln!(out, "  {label:<10} {}", printable(value));
}
