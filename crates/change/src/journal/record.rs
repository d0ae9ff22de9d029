//! The lines of a journal: one for everything that begins or is done, read as far as they are whole.

use serde::{Deserialize, Serialize};
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;

use super::JournalError;
use crate::plan::StepId;

/// The version of the format that is written and read.
pub const SCHEMA: &str = "kubepki.journal/v1";

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When it was written, as RFC 3339 writes it.
    pub at: String,
    /// What happened.
    #[serde(flatten)]
    pub record: Record,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Record {
    /// The first line: whose journal it is.
    Change {
        /// [`SCHEMA`].
        schema: String,
        /// The change.
        id: String,
        /// The node of the plan whose tree this is.
        node: String,
    },
    /// A step begins.
    Begins {
        /// Which.
        step: StepId,
    },
    /// A step is done.
    Done {
        /// Which.
        step: StepId,
    },
    /// From here on everything is taken back: steps are those of that plan.
    TakesBack,
    /// Every step is done.
    Ends,
    /// What files held before, and what was staged, is removed.
    Forgets,
}

impl Record {
    /// The line that says so, with its end.
    pub fn line(self, at: UtcDateTime) -> Vec<u8> {
        let line = Line {
            at: at.format(&Rfc3339).unwrap_or_default(),
            record: self,
        };
        // Texts and numbers alone: nothing of it cannot be written.
        let mut text = serde_json::to_vec(&line).unwrap_or_default();
        text.push(b'\n');
        text
    }
}

/// Reads a journal, and says how many of its bytes are whole lines: the last one may have been cut
/// by a crash, and has not happened then.
///
/// # Errors
/// When a line is not one of a journal.
pub fn read(path: &str, text: &[u8]) -> Result<(Vec<Line>, u64), JournalError> {
    let length = text.iter().rposition(|byte| *byte == b'\n');
    let length = length.map_or(0, |at| at + 1);
    let lines = text[..length].split_inclusive(|byte| *byte == b'\n');
    let read = lines.zip(1..).map(|(line, number)| {
        serde_json::from_slice(line).map_err(|source| JournalError::Foreign {
            path: path.to_owned(),
            line: number,
            why: source.to_string(),
        })
    });
    Ok((read.collect::<Result<_, _>>()?, length as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_crash_cut_has_not_happened() {
        let at = UtcDateTime::UNIX_EPOCH;
        let begins = Record::Begins { step: StepId(1) }.line(at);
        let done = Record::Done { step: StepId(1) }.line(at);
        let text = [begins.clone(), done].concat();
        for length in begins.len()..text.len() {
            let (lines, whole) = read("j", &text[..length]).unwrap();
            assert_eq!((lines.len(), whole), (1, begins.len() as u64));
        }
        assert_eq!(read("j", &text).unwrap().0.len(), 2);
    }

    #[test]
    fn a_foreign_line_is_named() {
        let text = [
            &Record::Ends.line(UtcDateTime::UNIX_EPOCH)[..],
            b"{\"at\":1}\n",
        ]
        .concat();
        let wrong = read("/j", &text).unwrap_err().to_string();
        assert!(
            wrong.starts_with("`/j` is no journal of a change: line 2"),
            "{wrong}"
        );
    }
}
