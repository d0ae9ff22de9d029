//! What an audit says of one of many trees, on one line.

use std::fmt;
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use audit::{Finding, Report, Severity, Summary};
use cluster::draw::printable;
use serde_json::{Value, json};
use time::UtcDateTime;

use super::json;
use crate::error::CliError;
use crate::show::rfc3339;

/// Headings of the columns of numbers.
const NUMBERS: [&str; 5] = ["CHANNELS", "FAILING", "ERRORS", "WARNINGS", "NOTES"];

/// No name of a tree makes its column wider than this.
const LONGEST: usize = 40;

/// How lines are written.
pub struct Lines {
    at: UtcDateTime,
    name: usize,
    width: usize,
}

/// What is kept of a tree.
pub struct Judged {
    name: String,
    path: PathBuf,
    result: Result<(Summary, Option<Finding>), CliError>,
}

/// How many trees there were of each kind.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Trees in all.
    pub trees: usize,
    /// Those with an error.
    pub error: usize,
    /// Those with nothing worse than a warning.
    pub warning: usize,
    /// Those that could not be read.
    pub unreadable: usize,
}

impl Judged {
    /// What became of a tree; of its findings the worst is kept.
    pub fn new(name: &str, path: &Path, report: Result<Report, CliError>) -> Self {
        let result = report.map(|report| (report.summary(), report.findings.into_iter().next()));
        Judged {
            name: name.to_owned(),
            path: path.to_owned(),
            result,
        }
    }

    fn worst(&self) -> Option<&Finding> {
        self.result.as_ref().ok()?.1.as_ref()
    }
}

impl Lines {
    /// For trees of these names, as of `at`, on `width` columns.
    pub fn new<'a>(names: impl Iterator<Item = &'a String>, at: UtcDateTime, width: usize) -> Self {
        let longest = names.map(|name| name.chars().count()).max().unwrap_or(0);
        Lines {
            at,
            name: longest.clamp(4, LONGEST),
            width,
        }
    }

    /// The line above the others.
    pub fn headings(&self) -> String {
        let numbers = NUMBERS.map(|heading| format!("   {heading}")).concat();
        format!("{:<width$}{numbers}   WORST\n", "TREE", width = self.name)
    }

    /// A line for people, no longer than the terminal's.
    pub fn human(&self, judged: &Judged) -> String {
        let red = style(AnsiColor::Red);
        let name = format!("{:<width$}", printable(&judged.name), width = self.name);
        let (summary, worst) = match &judged.result {
            Ok(found) => found,
            Err(error) => {
                let text = format!("unreadable: {}", printable(&error.to_string()));
                return format!("{name}   {red}{text}{red:#}\n");
            }
        };
        let numbers = NUMBERS.iter().zip([
            (summary.channels, Style::new()),
            (summary.failing, red),
            (summary.error, red),
            (summary.warning, style(AnsiColor::Yellow)),
            (summary.note, Style::new()),
        ]);
        let numbers: String = numbers
            .map(|(heading, (number, style))| {
                let style = if number == 0 { Style::new() } else { style };
                format!("   {style}{number:<width$}{style:#}", width = heading.len())
            })
            .collect();
        let used = name.chars().count()
            + NUMBERS
                .map(|heading| heading.len() + 3)
                .iter()
                .sum::<usize>();
        let worst = worst.as_ref().map_or_else(String::new, |finding| {
            let text = format!("{} {}", finding.rule.code, printable(&finding.message));
            format!("   {}", cut(&text, self.width.saturating_sub(used + 3)))
        });
        format!("{}\n", format!("{name}{numbers}{worst}").trim_end())
    }

    /// The same for programs, on one line.
    pub fn json(&self, judged: &Judged) -> Value {
        let summary = judged
            .result
            .as_ref()
            .ok()
            .map(|(summary, _)| json::summary(summary));
        json!({
            "schema": "kubepki.audit-tree/v1",
            "tree": judged.name,
            "path": judged.path,
            "at": rfc3339(self.at),
            "summary": summary,
            "worst": judged.worst().map(json::finding),
            "error": judged.result.as_ref().err().map(ToString::to_string),
        })
    }
}

impl Count {
    /// One tree more.
    pub fn add(&mut self, judged: &Judged) {
        self.trees += 1;
        match judged.worst().map(|finding| finding.severity) {
            _ if judged.result.is_err() => self.unreadable += 1,
            Some(Severity::Error) => self.error += 1,
            Some(Severity::Warning) => self.warning += 1,
            _ => {}
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let well = self.trees - self.error - self.warning - self.unreadable;
        let trees = if self.trees == 1 { "tree" } else { "trees" };
        write!(f, "{} {trees}: {well} well", self.trees)?;
        for (count, what) in [
            (self.error, "with errors"),
            (self.warning, "with warnings"),
            (self.unreadable, "unreadable"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

/// As much of a text as there is room for; where there is hardly any, all of it.
fn cut(text: &str, room: usize) -> String {
    const LEAST: usize = 20;
    if text.chars().count() <= room || room < LEAST {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room - 1).collect();
    format!("{}…", kept.trim_end())
}

fn style(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(color.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut() {
        assert_eq!(cut("twenty-two characters!", 22), "twenty-two characters!");
        assert_eq!(cut("twenty-two characters!", 21), "twenty-two character…");
        assert_eq!(
            cut("no room at all here today", 3),
            "no room at all here today"
        );
    }

    #[test]
    fn kinds_are_counted() {
        let count = Count {
            trees: 4,
            error: 1,
            warning: 0,
            unreadable: 1,
        };
        assert_eq!(
            count.to_string(),
            "4 trees: 2 well, 1 with errors, 1 unreadable"
        );
    }
}
