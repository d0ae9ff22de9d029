//! What is said of a tree, against what has to be said.

use kubepki_audit::{Finding, Report, Severity, Verdict};

/// What has to be said of a fault.
pub struct Expected<'a> {
    pub severity: Severity,
    /// Any of these: where several are as good, whoever mends it sees the same.
    pub causes: &'a [&'a str],
    /// Any of these has to come first: the node, when there are several, and the path.
    pub places: Vec<(Option<&'a str>, &'a str)>,
    /// The line, and the end of the flag or field that is named.
    pub line: Option<(u32, String)>,
    /// What it breaks.
    pub channels: Vec<String>,
}

/// What is wrong with what is said: of every fault exactly one thing has to be, beside notes, and
/// of what is only worth a note nothing else at all.
pub fn compare(expected: &Expected<'_>, report: &Report) -> Option<String> {
    let least = expected.severity.min(Severity::Warning);
    let loud = report
        .findings
        .iter()
        .filter(|finding| finding.severity >= least);
    let loud: Vec<&Finding> = loud.collect();
    let [found] = loud[..] else {
        let all: Vec<String> = report.findings.iter().map(summary).collect();
        return Some(format!("{} findings: {all:#?}", loud.len()));
    };
    if found.severity != expected.severity {
        return Some(format!("no {}: {}", expected.severity, summary(found)));
    }
    if !expected.causes.contains(&found.cause.name()) {
        return Some(format!("not {:?}: {}", expected.causes, summary(found)));
    }
    let evidence = found.evidence.first()?;
    let place = (evidence.node.as_deref(), &*evidence.place.path);
    if !expected.places.contains(&place) {
        return Some(format!("not in {:?}: {}", expected.places, summary(found)));
    }
    if let Some((line, end)) = &expected.line {
        let flag = evidence.flag.as_deref();
        let is_named = flag.is_some_and(|flag| flag.ends_with(end.as_str()));
        if evidence.place.line != Some(*line) || !is_named {
            return Some(format!("not at {end}, line {line}: {}", summary(found)));
        }
    }
    let wanted = sorted(expected.channels.iter().map(String::as_str));
    let channels = sorted(found.channels.iter().map(String::as_str));
    if channels != wanted {
        return Some(format!("breaks not {wanted:?}: {}", summary(found)));
    }
    let failing = report.channels.iter();
    let failing = failing.filter(|channel| channel.verdict == Verdict::Fails);
    let failing = sorted(failing.map(|channel| channel.id.as_str()));
    (failing != wanted).then(|| format!("failing are {failing:?}, not {wanted:?}"))
}

/// Everything that would worry somebody.
pub fn disturbances(report: &Report) -> impl Iterator<Item = String> + '_ {
    let findings = report
        .findings
        .iter()
        .filter(|finding| finding.severity > Severity::Note)
        .map(summary);
    let failing = report
        .channels
        .iter()
        .filter(|channel| channel.verdict != Verdict::Works);
    findings.chain(failing.map(|channel| format!("{} {}", channel.id, channel.verdict.name())))
}

fn summary(finding: &Finding) -> String {
    let evidence = finding.evidence.first();
    let node = evidence.and_then(|evidence| evidence.node.as_deref());
    let place = evidence.map(|evidence| evidence.place.to_string());
    format!(
        "{} {} {} at {} {}: {} [{}]",
        finding.severity,
        finding.rule.code,
        finding.cause,
        node.unwrap_or_default(),
        place.unwrap_or_default(),
        finding.message,
        finding.channels.join(" ")
    )
}

fn sorted<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    ids
}
