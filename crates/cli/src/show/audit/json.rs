//! The audit for programs: `schemas/audit-v1.schema.json` describes it.

use audit::{Evidence, Finding, Identity, Judged, Report, Summary};
use serde_json::{Value, json};

use crate::show::rfc3339;

/// The report as JSON.
pub fn json(report: &Report) -> Value {
    json!({
        "schema": "kubepki.audit/v1",
        "at": rfc3339(report.at),
        "summary": summary(&report.summary()),
        "channels": report.channels.iter().map(channel).collect::<Vec<_>>(),
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

pub(super) fn summary(summary: &Summary) -> Value {
    json!({
        "certificates": summary.certificates,
        "channels": summary.channels,
        "failing": summary.failing,
        "unknown": summary.unknown,
        "error": summary.error,
        "warning": summary.warning,
        "note": summary.note,
    })
}

fn channel(channel: &Judged) -> Value {
    json!({
        "id": channel.id,
        "client": channel.client,
        "server": channel.server,
        "address": channel.address,
        "verdict": channel.verdict.name(),
        "go_error": channel.error,
        "identity": channel.identity.as_ref().map(identity),
        "latent": channel.latent,
    })
}

fn identity(identity: &Identity) -> Value {
    json!({ "user": identity.user, "groups": identity.groups })
}

pub(super) fn finding(finding: &Finding) -> Value {
    json!({
        "code": finding.rule.code,
        "cause": finding.cause.name(),
        "severity": finding.severity.name(),
        "channels": finding.channels,
        "message": finding.message,
        "evidence": finding.evidence.iter().map(evidence).collect::<Vec<_>>(),
        "said": finding.said,
        "remedy": finding.remedy,
    })
}

pub(in crate::show) fn evidence(evidence: &Evidence) -> Value {
    json!({
        "node": evidence.node.as_deref(),
        "object": evidence.object.as_ref().map(|object| json!({
            "kind": &*object.kind,
            "namespace": object.namespace.as_deref(),
            "name": &*object.name,
        })),
        "path": &*evidence.place.path,
        "line": evidence.place.line,
        "column": evidence.place.column,
        "flag": evidence.flag.as_deref(),
        "label": evidence.label,
    })
}
