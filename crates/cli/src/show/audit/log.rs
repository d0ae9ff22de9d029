//! What logs say, and the finding that explains it.

use anstyle::{AnsiColor, Style};
use audit::log::{Explanation, Log};
use audit::{Report, Severity};
use cluster::draw::printable;
use serde_json::{Value, json};

use crate::show::wrap::wrap;

/// How much of what is said is shown, in characters.
const WIDEST: usize = 400;

/// Every symptom with its explanation, in lines of at most `width` columns.
pub fn human(log: &Log, explained: &[Explanation<'_>], report: &Report, width: usize) -> String {
    let room = width.saturating_sub(INDENT.len() + 2).max(20);
    let below = |text: &str| wrap(&printable(text), room).replace('\n', &format!("\n{INDENT}  "));
    let bold = Style::new().bold();
    let mut text = format!("{bold}what the logs say{bold:#}\n");
    for one in explained {
        let symptom = one.symptom;
        let speaker = symptom
            .component
            .map_or("somebody", |component| component.name());
        let times = match symptom.count {
            1 => String::new(),
            count => format!(" ({count} times)"),
        };
        let said = below(&said(one));
        text.push_str(&format!(
            "\n  {}:{}: {speaker}{times}\n",
            printable(&symptom.source),
            symptom.line
        ));
        text.push_str(&format!("{INDENT}{said}\n"));
        text.push_str(&format!(
            "{INDENT}= means: {}\n",
            below(symptom.pattern.means)
        ));
        match one.finding.and_then(|index| report.findings.get(index)) {
            Some(finding) => {
                let head = format!("{}[{}]", finding.severity.name(), finding.rule.code);
                let style = style(finding.severity);
                let said = below(&format!("= because of: {head}: {}", finding.message));
                let said = said.replacen(&head, &format!("{style}{head}{style:#}"), 1);
                text.push_str(&format!("{INDENT}{said}\n"));
                if !one.channels.is_empty() {
                    let channels: Vec<String> = one
                        .channels
                        .iter()
                        .map(|id| id.replace("->", " -> "))
                        .collect();
                    text.push_str(&format!(
                        "{INDENT}{}\n",
                        below(&format!("= in: {}", channels.join(", ")))
                    ));
                }
            }
            None => text.push_str(&format!("{INDENT}= nothing that was found explains it\n")),
        }
    }
    if explained.is_empty() {
        text.push_str("\n  nothing that is known to have to do with certificates\n");
    }
    text.push_str(&format!("\n{}\n", closing(log, explained)));
    text
}

const INDENT: &str = "    ";

/// What is said, as far as anybody reads it.
fn said(one: &Explanation<'_>) -> String {
    let text = &one.symptom.text;
    match text.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.clone(),
    }
}

fn style(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Note => AnsiColor::Green,
    };
    Style::new().bold().fg_color(Some(colour.into()))
}

/// `120 lines, 5 of them symptoms of 3 kinds, 1 unexplained`.
fn closing(log: &Log, explained: &[Explanation<'_>]) -> String {
    let unexplained = explained.iter().filter(|one| one.finding.is_none()).count();
    let lines = match log.lines {
        1 => "1 line".to_owned(),
        lines => format!("{lines} lines"),
    };
    let mut text = format!(
        "{lines} of logs, {} of them tell of {} symptoms, {unexplained} unexplained",
        log.recognised,
        explained.len()
    );
    if log.passed_over > 0 {
        text.push_str(&format!("; {} more were passed over", log.passed_over));
    }
    text
}

/// The same for programs.
pub fn json(log: &Log, explained: &[Explanation<'_>], report: &Report) -> Value {
    let symptom = |one: &Explanation<'_>| {
        let finding = one.finding.and_then(|index| report.findings.get(index));
        json!({
            "symptom": one.symptom.pattern.name,
            "means": one.symptom.pattern.means,
            "component": one.symptom.component.map(|component| component.name()),
            "said": said(one),
            "count": one.symptom.count,
            "source": &*one.symptom.source,
            "line": one.symptom.line,
            "finding": one.finding,
            "code": finding.map(|finding| finding.rule.code),
            "channels": one.channels,
        })
    };
    json!({
        "lines": log.lines,
        "recognised": log.recognised,
        "passed_over": log.passed_over,
        "symptoms": explained.iter().map(symptom).collect::<Vec<_>>(),
    })
}
