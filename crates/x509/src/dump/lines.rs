//! The lines of a dump without indentation, quote marks and blank lines.

use super::DumpError;

/// A line that says something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: usize,
    pub(super) text: &'a str,
}

/// All lines that say something.
pub(super) fn clean(text: &str) -> Vec<Line<'_>> {
    let is_margin = |c: char| c.is_whitespace() || c == '>';
    let lines = text.lines().zip(1..).map(|(line, number)| Line {
        number,
        text: line.trim_start_matches(is_margin).trim_end(),
    });
    lines.filter(|line| !line.text.is_empty()).collect()
}

/// A place in the lines of one dump.
pub(super) struct Lines<'a> {
    rest: &'a [Line<'a>],
    number: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(rest: &'a [Line<'a>], number: usize) -> Self {
        Lines { rest, number }
    }

    pub(super) fn peek(&self) -> Option<&'a str> {
        self.rest.first().map(|line| line.text)
    }

    pub(super) fn next(&mut self) -> Option<&'a str> {
        let (line, rest) = self.rest.split_first()?;
        self.rest = rest;
        self.number = line.number;
        Some(line.text)
    }

    /// The text after a label, when the next line starts with it.
    pub(super) fn after(&mut self, label: &str) -> Option<&'a str> {
        let text = self.peek()?.strip_prefix(label)?;
        self.next();
        Some(text.trim())
    }

    /// The same, where the dump has to go on so.
    pub(super) fn expect(
        &mut self,
        label: &str,
        field: &'static str,
    ) -> Result<&'a str, DumpError> {
        self.after(label).ok_or(self.missing(field))
    }

    /// Bytes with colons between them; every line but the last ends with one.
    pub(super) fn hex(&mut self, field: &'static str) -> Result<Vec<u8>, DumpError> {
        let mut bytes = Vec::new();
        loop {
            let line = self.next().ok_or(self.missing(field))?;
            let digits = line.strip_suffix(':');
            bytes.extend(hex(digits.unwrap_or(line)).ok_or(self.damaged(field))?);
            if digits.is_none() {
                return Ok(bytes);
            }
        }
    }

    pub(super) fn missing(&self, field: &'static str) -> DumpError {
        let line = self.rest.first().map_or(self.number, |line| line.number);
        DumpError::Missing { line, field }
    }

    pub(super) fn damaged(&self, field: &'static str) -> DumpError {
        let line = self.number;
        DumpError::Damaged { line, field }
    }

    pub(super) fn unsupported(&self, what: impl Into<String>) -> DumpError {
        let (line, what) = (self.number, what.into());
        DumpError::Unsupported { line, what }
    }
}

/// Pairs of hexadecimal digits with colons between them.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.split(':').map(|pair| {
        let is_pair = pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_pair.then(|| u8::from_str_radix(pair, 16).ok()).flatten()
    });
    pairs.collect()
}
