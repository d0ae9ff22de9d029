//! What components say when something does not work: recognised in their logs, and tied to the
//! finding that explains it.
//!
//! All pure: whoever has the lines hands them in one by one, in any of the forms that logs are kept
//! in. Repeated lines are counted, and only so many different ones are kept.

mod line;
mod pattern;
mod tie;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use cluster::Component;

use crate::report::Report;
use crate::source::mask;

pub use line::component_in_name;
pub use pattern::{PATTERNS, Pattern};
pub use tie::{Explanation, explain};

/// How many different symptoms are kept.
const LIMIT: usize = 1000;

/// How many bytes of a line are looked at.
pub const LINE_LIMIT: usize = 1 << 16;

/// How many characters of what is said are kept.
const TEXT_LIMIT: usize = 600;

/// What logs say, so far.
#[derive(Debug, Default)]
pub struct Log {
    /// How many lines there were.
    pub lines: u64,
    /// How many of them are symptoms.
    pub recognised: u64,
    /// How many symptoms were not kept, because there are too many different ones.
    pub passed_over: u64,
    /// What the findings foretell.
    foretold: Vec<String>,
    symptoms: Vec<Symptom>,
    known: HashMap<Key, usize>,
}

/// What tells symptoms apart: which pattern, who says it, and about what.
type Key = (&'static str, Option<Component>, Facts);

/// Something that does not work, as a component says it.
#[derive(Clone, Debug)]
pub struct Symptom {
    /// What was recognised.
    pub pattern: &'static Pattern,
    /// Who says it, when the line or its file tells.
    pub component: Option<Component>,
    /// In its words: the error, without what stands around it and what may be secret.
    pub text: String,
    /// What it is about.
    pub facts: Facts,
    /// How often it is said.
    pub count: u64,
    /// The file that says it first.
    pub source: Arc<str>,
    /// The line there, counted from 1.
    pub line: u64,
    /// The whole message.
    message: String,
}

/// What a symptom is about, as far as the line tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Facts {
    /// A file.
    pub path: Option<String>,
    /// Where somebody connects to: `HOST:PORT`.
    pub address: Option<String>,
    /// The name that a certificate does not have.
    pub name: Option<String>,
    /// What Go says of a certificate, without the moment it was said.
    pub reason: Option<String>,
}

impl Log {
    /// A log that is read beside this report: what its findings foretell is recognised too.
    pub fn beside(report: &Report) -> Self {
        let said = report.findings.iter().flat_map(|finding| &finding.said);
        let mut foretold: Vec<String> = said.map(|said| line::without_moment(said)).collect();
        foretold.retain(|said| said.len() >= tie::LEAST);
        foretold.sort_unstable();
        foretold.dedup();
        Log {
            foretold,
            ..Log::default()
        }
    }

    /// Takes in a line of `source`, by its number there. `speaker` is who writes to that file, when
    /// that is known.
    pub fn add(&mut self, source: &Arc<str>, number: u64, speaker: Option<Component>, line: &[u8]) {
        self.lines += 1;
        let line = &line[..line.len().min(LINE_LIMIT)];
        if !pattern::is_likely(line) && !self.may_be_foretold(line) {
            return;
        }
        let text = String::from_utf8_lossy(line);
        let read = line::read(&text);
        let Some((pattern, at, facts)) = self.recognise(&read.message) else {
            return;
        };
        self.recognised += 1;
        let component = read.component.or(speaker);
        match self.known.entry((pattern.name, component, facts.clone())) {
            Entry::Occupied(known) => {
                if let Some(symptom) = self.symptoms.get_mut(*known.get()) {
                    symptom.count += 1;
                }
            }
            Entry::Vacant(_) if self.symptoms.len() >= LIMIT => self.passed_over += 1,
            Entry::Vacant(place) => {
                place.insert(self.symptoms.len());
                self.symptoms.push(Symptom {
                    pattern,
                    component,
                    text: short(&mask(line::said(&read.message, at))),
                    facts,
                    count: 1,
                    source: source.clone(),
                    line: number,
                    message: read.message,
                });
            }
        }
    }

    /// Whether a line may have what a finding foretells: quotes may be escaped in it.
    fn may_be_foretold(&self, line: &[u8]) -> bool {
        self.foretold.iter().any(|said| {
            let parts = said.split('"');
            let longest = parts.max_by_key(|part| part.len()).unwrap_or(said);
            memchr::memmem::find(line, longest.as_bytes()).is_some()
        })
    }

    /// What a message says, where, and what it is about.
    fn recognise(&self, message: &str) -> Option<(&'static Pattern, usize, Facts)> {
        if let Some((index, at)) = pattern::recognise(message) {
            return Some((&PATTERNS[index], at, line::facts(message)));
        }
        let found = self.foretold.iter().find_map(|said| {
            let at = memchr::memmem::find(message.as_bytes(), said.as_bytes())?;
            Some((said, at))
        });
        let (said, at) = found?;
        let facts = Facts {
            reason: Some(said.clone()),
            ..Facts::default()
        };
        Some((&pattern::FORETOLD, at, facts))
    }

    /// What was recognised, in the order in which it came up.
    pub fn symptoms(&self) -> &[Symptom] {
        &self.symptoms
    }
}

fn short(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(TEXT_LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
