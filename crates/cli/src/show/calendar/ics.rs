//! The same for calendar programs: iCalendar (RFC 5545).

use audit::calendar::{Calendar, End};
use time::UtcDateTime;
use time::macros::format_description;

use super::{called, channel, renewals};

/// No content line is longer, in octets (section 3.1).
const LINE: usize = 75;

/// An event for every end, with an alarm a month before.
pub fn ics(calendar: &Calendar) -> String {
    let mut lines = Lines::default();
    lines.push("BEGIN", "VCALENDAR");
    lines.push("VERSION", "2.0");
    lines.push("PRODID", "-//kubepki//kubepki//EN");
    for end in &calendar.ends {
        event(&mut lines, calendar, end);
    }
    lines.push("END", "VCALENDAR");
    lines.text
}

fn event(lines: &mut Lines, calendar: &Calendar, end: &End) {
    let names: Vec<String> = end.certificates.iter().map(called).collect();
    let what = if names.len() == 1 { "ends" } else { "end" };
    let summary = format!("{} {what}: {}", names.join(", "), stopping(end));
    lines.push("BEGIN", "VEVENT");
    lines.push("UID", &uid(end));
    lines.push("DTSTAMP", &utc(calendar.from));
    lines.push("DTSTART", &utc(end.at));
    lines.push("TRANSP", "TRANSPARENT");
    lines.push("SUMMARY", &escaped(&summary));
    lines.push("DESCRIPTION", &escaped(&description(end)));
    lines.push("BEGIN", "VALARM");
    lines.push("ACTION", "DISPLAY");
    lines.push("TRIGGER", "-P30D");
    lines.push("DESCRIPTION", &escaped(&summary));
    lines.push("END", "VALARM");
    lines.push("END", "VEVENT");
}

fn stopping(end: &End) -> String {
    match end.stops.len() {
        0 => "nothing more stops".to_owned(),
        1 => "1 channel stops".to_owned(),
        count => format!("{count} channels stop"),
    }
}

fn description(end: &End) -> String {
    let stops = end
        .stops
        .iter()
        .map(|stop| format!("stops: {}", channel(stop)));
    let renewals = renewals(end.certificates.iter());
    let renewals = renewals.into_iter().map(|line| format!("before: {line}"));
    stops.chain(renewals).collect::<Vec<_>>().join("\n")
}

/// The same for the same certificates, whenever and wherever the calendar is made.
fn uid(end: &End) -> String {
    let first = end
        .certificates
        .first()
        .map(|ending| *ending.certificate.sha256());
    let digits = first.unwrap_or_default();
    let digits: String = digits[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{digits}-{}@kubepki", end.certificates.len())
}

/// Section 3.3.5, form 2.
fn utc(moment: UtcDateTime) -> String {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    moment.format(format).unwrap_or_default()
}

/// Section 3.3.11; control characters have no place in a text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}

/// Content lines.
#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    /// Adds one, folded between characters where it is too long.
    fn push(&mut self, name: &str, value: &str) {
        let mut used = 0;
        for c in name.chars().chain([':']).chain(value.chars()) {
            if used + c.len_utf8() > LINE {
                self.text.push_str("\r\n ");
                used = 1;
            }
            self.text.push(c);
            used += c.len_utf8();
        }
        self.text.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(
            escaped("a, b; c\\d\ne\u{7}"),
            "a\\, b\\; c\\\\d\\ne\u{fffd}"
        );
    }

    #[test]
    fn lines_are_folded_between_characters() {
        let mut lines = Lines::default();
        lines.push("SUMMARY", &"é".repeat(100));
        assert!(lines.text.ends_with("\r\n"));
        assert!(lines.text.split("\r\n").all(|line| line.len() <= LINE));
        let unfolded = lines.text.replace("\r\n ", "");
        assert_eq!(unfolded, format!("SUMMARY:{}\r\n", "é".repeat(100)));
    }
}
