//! Evidence: the lines of a file that are pointed at, with what there is to say beside them.

use std::ops::Range;

use audit::source::{InFile, Source, by_file};
use audit::{Evidence, Finding};
use cluster::setting::Mark;
use maud::{Markup, html};
use x509::Place;

use crate::Page;

/// `path:line:column`.
pub(crate) fn place(place: &Place, mark: Option<Mark>) -> String {
    let line = mark.map(|mark| mark.line).or(place.line);
    let column = mark.map(|mark| mark.column).or(place.column);
    let numbers: Vec<String> = line
        .into_iter()
        .chain(line.and(column))
        .map(|number| format!(":{number}"))
        .collect();
    format!("{}{}", place.path, numbers.concat())
}

impl Page<'_> {
    /// The evidence of a finding, file by file.
    pub(crate) fn evidence(&self, finding: &Finding) -> Markup {
        html! { @for file in by_file(self.inventory, finding) { (in_file(&file)) } }
    }
}

fn in_file(file: &InFile<'_>) -> Markup {
    html! {
        figure.source {
            figcaption { code { (heading(file)) } }
            @match file.source() {
                Some(source) => (lines(&source, &file.evidence)),
                None => @for one in &file.evidence { p.label { (one.label) } },
            }
        }
    }
}

/// The file and where in it one has to look first.
fn heading(file: &InFile<'_>) -> String {
    let first = file.evidence.first();
    let place = first.map(|one| place(&one.place, one.mark));
    match (place, &file.node) {
        (Some(place), Some(node)) => format!("{node}:{place}"),
        (Some(place), None) => place,
        (None, _) => file.name(),
    }
}

/// Those that are pointed at, and one around each.
fn lines(source: &Source, evidence: &[&Evidence]) -> Markup {
    let mut end = 0;
    let mut shown: Vec<Line<'_>> = Vec::new();
    for (index, text) in source.text.lines().enumerate() {
        let range = end..end + text.len();
        end = range.end + 1;
        shown.push(Line::new(source, index, text, &range, evidence));
    }
    let is_near = |index: usize| {
        let around = index.saturating_sub(1)..(index + 2).min(shown.len());
        shown[around].iter().any(|line| !line.labels.is_empty())
    };
    let blank = |line: &Line<'_>| line.text.trim().is_empty();
    let indents = shown
        .iter()
        .enumerate()
        .filter(|(index, line)| is_near(*index) && !blank(line));
    let indent = indents
        .map(|(_, line)| line.text.len() - line.text.trim_start().len())
        .min()
        .unwrap_or(0);
    html! {
        ol.lines {
            @for (index, line) in shown.iter().enumerate() {
                @if !line.labels.is_empty() || (is_near(index) && !blank(line)) {
                    (line.render(indent))
                } @else if index > 0 && is_near(index - 1) {
                    li.gap aria-label="lines left out" { "⋮" }
                }
            }
        }
    }
}

/// A line, what in it is pointed at, and what there is to say.
struct Line<'a> {
    number: usize,
    text: &'a str,
    marks: Vec<Range<usize>>,
    labels: Vec<&'a str>,
}

impl<'a> Line<'a> {
    fn new(
        source: &Source,
        index: usize,
        text: &'a str,
        range: &Range<usize>,
        evidence: &[&'a Evidence],
    ) -> Self {
        let number = source.first + index;
        let mut line = Line {
            number,
            text,
            marks: Vec::new(),
            labels: Vec::new(),
        };
        let is_here = |one: &&&Evidence| {
            one.line().and_then(|line| usize::try_from(line).ok()) == Some(number)
        };
        for one in evidence.iter().filter(is_here) {
            line.labels.push(&one.label);
            line.marks.extend(source.span(one).map(|span| {
                span.start.saturating_sub(range.start)..span.end.saturating_sub(range.start)
            }));
        }
        line.marks.sort_by_key(|mark| mark.start);
        line
    }

    /// Without the first characters, which all lines have in common.
    fn render(&self, indent: usize) -> Markup {
        html! {
            li class=[(!self.labels.is_empty()).then_some("pointed")] {
                span.number { (self.number) }
                code { @for (text, is_marked) in self.pieces(indent) { @if is_marked { mark { (text) } } @else { (text) } } }
                @for label in self.labels.iter().filter(|label| !label.is_empty()) { span.label { (label) } }
            }
        }
    }

    /// The line in pieces, and whether each is pointed at.
    fn pieces(&self, indent: usize) -> Vec<(&'a str, bool)> {
        let mut pieces = Vec::new();
        let mut at = indent;
        for mark in &self.marks {
            let from = mark.start.max(at);
            if let (Some(before), Some(marked)) =
                (self.text.get(at..from), self.text.get(from..mark.end))
            {
                pieces.extend([(before, false), (marked, true)]);
                at = mark.end;
            }
        }
        pieces.push((self.text.get(at..).unwrap_or_default(), false));
        pieces.retain(|(text, _)| !text.is_empty());
        pieces
    }
}
