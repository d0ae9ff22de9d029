//! `kubepki list --calendar`: what ends when, and what stops then.

use cluster::{Graph, Inventory};
use time::{Duration, UtcDateTime};

use super::Format;
use crate::args::parse_time;
use crate::show::{calendar, width};

/// How far a calendar looks, without being told.
const HORIZON: &str = "400d";

/// Arguments of `kubepki list --calendar`.
#[derive(Debug, clap::Args)]
pub(super) struct CalendarArgs {
    /// Show by date what ends, and which channels stop then when nothing is renewed.
    #[arg(long)]
    pub(super) calendar: bool,

    /// Look as far as then: RFC 3339 or a date.
    #[arg(long, value_name = "TIME", value_parser = parse_time, requires = "calendar")]
    until: Option<UtcDateTime>,

    /// Look so far ahead, in days or as Go writes it: 400d or 8760h.
    #[arg(long, value_name = "DURATION", value_parser = horizon, default_value = HORIZON,
        requires = "calendar", conflicts_with = "until")]
    horizon: Duration,
}

impl CalendarArgs {
    /// The calendar from `at` on.
    pub(super) fn show(&self, inventory: &Inventory, at: UtcDateTime, format: Format) -> String {
        let until = self
            .until
            .unwrap_or_else(|| at.saturating_add(self.horizon));
        let graph = Graph::of(inventory);
        let found = audit::calendar::calendar(inventory, &graph, at, until);
        match format {
            Format::Text | Format::Wide => calendar::human(&found, width()),
            Format::Json => format!("{:#}\n", calendar::json(&found)),
            Format::Yaml => yaml::write(&calendar::json(&found)),
            Format::Ics => calendar::ics(&found),
        }
    }
}

/// So many days, or a duration as Go writes it.
fn horizon(text: &str) -> Result<Duration, String> {
    let days = text
        .strip_suffix('d')
        .and_then(|days| days.parse::<u32>().ok());
    match days {
        Some(days) => Ok(Duration::days(days.into())),
        None => match change::parse::duration(text)? {
            seconds if seconds < 0 => Err(format!("`{text}` is in the past")),
            seconds => Ok(Duration::seconds(seconds)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn horizons_are_days_or_durations() {
        assert_eq!(horizon("400d"), Ok(Duration::days(400)));
        assert_eq!(horizon("36h"), Ok(Duration::hours(36)));
        assert!(horizon("-1h").is_err());
        assert!(horizon("d").is_err());
        assert!(horizon("soon").is_err());
    }
}
