//! The audit for code scanning: SARIF 2.1.0 (OASIS, March 2020).

use audit::rules::{RULES, Rule};
use audit::{Evidence, Finding, Report, Severity};
use serde_json::{Map, Value, json};

use crate::show::rfc3339;

/// The base of what lies in no node's tree.
const DUMPS: &str = "OBJECTS";

/// The report as one SARIF run. Only rules that found something are described.
pub fn sarif(report: &Report) -> Value {
    let found =
        |rule: &&&'static Rule| report.findings.iter().any(|finding| finding.rule == **rule);
    let rules: Vec<&Rule> = RULES.iter().filter(found).copied().collect();
    let results: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| result(finding, &rules))
        .collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": bases(report),
            "results": results,
            "properties": { "at": rfc3339(report.at) },
        }],
    })
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.code,
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": rule.why },
        "help": { "text": rule.why },
    })
}

fn result(finding: &Finding, rules: &[&Rule]) -> Value {
    let [primary, related] = match finding.evidence.split_first() {
        Some((first, rest)) => [std::slice::from_ref(first), rest],
        None => [&[][..], &[][..]],
    };
    let mut sentences = vec![finding.message.clone()];
    sentences.extend(
        finding
            .said
            .first()
            .map(|said| format!("They will say: {said}")),
    );
    sentences.push(format!("Remedy: {}", finding.remedy));
    json!({
        "ruleId": finding.rule.code,
        "ruleIndex": rules.iter().position(|rule| *rule == finding.rule),
        "level": level(finding.severity),
        "message": { "text": sentences.join("\n") },
        "locations": primary.iter().map(location).collect::<Vec<_>>(),
        "relatedLocations": related.iter().map(location).collect::<Vec<_>>(),
        "properties": {
            "cause": finding.cause.name(),
            "channels": finding.channels,
            "remedy": finding.remedy,
        },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn location(evidence: &Evidence) -> Value {
    let path = &evidence.place.path;
    let artifact = match evidence.object.is_some() && path.contains("://") {
        // The address of an object.
        true => json!({ "uri": &**path }),
        false => json!({ "uri": uri(path), "uriBaseId": base(evidence) }),
    };
    let mut physical = json!({ "artifactLocation": artifact });
    if let Some(region) = region(evidence) {
        physical["region"] = region;
    }
    json!({ "physicalLocation": physical, "message": { "text": evidence.label } })
}

/// The value when it stands there literally, else where it begins. Ends are exclusive (section
/// 3.30.8).
fn region(evidence: &Evidence) -> Option<Value> {
    if let Some(mark) = evidence.mark {
        return Some(json!({
            "startLine": mark.line,
            "startColumn": mark.column,
            "endColumn": mark.column.saturating_add(mark.length),
        }));
    }
    let line = evidence.place.line?;
    Some(match evidence.place.column {
        Some(column) => json!({ "startLine": line, "startColumn": column }),
        None => json!({ "startLine": line }),
    })
}

/// The roots of the nodes' trees: where they lay while they were read is nobody's business.
fn bases(report: &Report) -> Value {
    let evidence = report.findings.iter().flat_map(|finding| &finding.evidence);
    let bases: Map<String, Value> = evidence
        .map(|evidence| {
            let base = base(evidence);
            let text = match base.as_str() {
                DUMPS => "where the API objects are".to_owned(),
                _ => format!(
                    "the root of {}",
                    evidence.node.as_deref().unwrap_or("the node")
                ),
            };
            (base, json!({ "description": { "text": text } }))
        })
        .collect();
    Value::Object(bases)
}

fn base(evidence: &Evidence) -> String {
    match &evidence.node {
        _ if evidence.object.is_some() => DUMPS.to_owned(),
        Some(node) => format!("ROOT-{node}"),
        None => "ROOT".to_owned(),
    }
}

/// The path as a URI reference relative to its base (RFC 3986 section 4.2).
fn uri(path: &str) -> String {
    use std::fmt::Write;
    let mut uri = String::new();
    for byte in path.trim_start_matches('/').bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(
            uri("/etc/kubernetes/pki/ca.crt"),
            "etc/kubernetes/pki/ca.crt"
        );
        assert_eq!(uri("/a b/ü:1"), "a%20b/%C3%BC%3A1");
    }
}
