//! How things are shown: results on standard output, everything else on standard error.

pub mod audit;
pub mod calendar;
pub mod change;
pub mod diff;
pub mod explain;
pub mod inspect;
pub mod labels;
pub mod manifest;
pub mod plan;
pub mod progress;
pub mod san;
pub mod table;
pub mod whoami;
mod wrap;

use std::io::{BufWriter, ErrorKind, Write};

use anstyle::{AnsiColor, Style};
use cluster::Inventory;
use cluster::draw::printable;
use cluster::process::NoteKind;
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use zeroize::Zeroizing;

use crate::error::CliError;

/// Writes a result. A reader that went away (`| head`) is not an error.
pub fn stdout(bytes: &[u8]) -> Result<(), CliError> {
    let mut out = anstream::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Writes a line that is a secret, and the result that was asked for.
pub fn secret(text: &Zeroizing<String>) -> Result<(), CliError> {
    stdout(Zeroizing::new([text, "\n"].concat()).as_bytes())
}

/// Writes bytes that have to arrive as they are, whatever a terminal would make of them.
pub fn stdout_exactly(mut parts: impl Iterator<Item = Vec<u8>>) -> Result<(), CliError> {
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let written = parts.try_for_each(|part| out.write_all(&part));
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// How many columns standard output has, or what reads well where it has none.
pub fn width() -> usize {
    const FILE: usize = 120;
    let terminal = terminal_size::terminal_size_of(std::io::stdout());
    terminal.map_or(FILE, |(width, _)| usize::from(width.0))
}

/// RFC 3339, in whole seconds.
pub fn rfc3339(moment: UtcDateTime) -> String {
    let seconds = moment.replace_nanosecond(0).unwrap_or(moment);
    seconds.format(&Rfc3339).unwrap_or_default()
}

/// `Nov 23, 2027 17:07 UTC`, as kubeadm writes it.
pub fn date(moment: UtcDateTime) -> String {
    let format = format_description!("[month repr:short] [day], [year] [hour]:[minute] UTC");
    moment.format(format).unwrap_or_default()
}

/// Prints an error and, when there is one, a hint.
pub fn error(error: &CliError) {
    failure(&error.to_string(), error.hint().as_deref());
}

/// Says what went wrong, or stands in the way, and what can be done about it.
pub fn failure(text: &str, hint: Option<&str>) {
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    anstream::eprintln!("{red}error{red:#}: {}", lines(text));
    if let Some(hint) = hint {
        self::hint(hint);
    }
}

/// Says what can be done about it.
pub fn hint(text: &str) {
    let cyan = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
    anstream::eprintln!("{cyan}hint{cyan:#}: {}", lines(text));
}

/// Lines without what would do something else to a terminal, whatever file they come from.
fn lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

/// Writes text that is no result to standard error.
pub fn stderr(text: &str) {
    anstream::eprint!("{text}");
}

/// A text for people, in lines that the terminal has room for.
pub fn wrapped(text: &str) -> String {
    wrap::wrap(text, width().min(100))
}

/// Says something that is worth knowing but stops nothing.
pub fn note(text: &str) {
    let yellow = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    anstream::eprintln!("{yellow}note{yellow:#}: {}", printable(text));
}

/// Says what of a cluster could not be read, unless that is not wanted.
pub fn unreadable(inventory: &Inventory, quiet: bool) {
    let notes = inventory.nodes.iter().flat_map(|node| node.all_notes());
    let unreadable = notes.filter(|note| note.kind == NoteKind::Unreadable);
    for note in unreadable.filter(|_| !quiet) {
        self::note(&format!("{}: {}", note.place, note.message));
    }
}
