//! What is odd without being wrong, and what nobody can say.

use std::collections::BTreeMap;

use cluster::files::Content;
use cluster::process::{Note, NoteKind};
use x509::Place;

use super::{Context, Rule, words};
use crate::blame::group;
use crate::load::FORBIDDEN;
use crate::problem::{Breakage, Problem};
use crate::report::{Cause, Evidence, Finding, Severity};

pub(super) const NOT_COLLECTED: Rule = Rule {
    code: "KP0901",
    title: "a file was not collected",
    why: "With --partial what is absent may well be on the node. The channels that need it are unknown: nothing is guessed.",
    reference: "this program's own",
    cis: &[],
};
pub(super) const UNKNOWN_SETTING: Rule = Rule {
    code: "KP0902",
    title: "a flag or field that is not in the catalogue",
    why: "It may be new, or misspelt. A component ends when it does not know a flag.",
    reference: "staging/src/k8s.io/component-base/cli/flag",
    cis: &[],
};
pub(super) const UNKNOWN_VERSION: Rule = Rule {
    code: "KP0903",
    title: "a version that is not in the catalogue",
    why: "The rules are those of the versions that were checked; others may differ.",
    reference: "this program's catalogue",
    cis: &[],
};
pub(super) const INEFFECTIVE: Rule = Rule {
    code: "KP0904",
    title: "a setting that does not count",
    why: "Something else wins over it, or it cannot count as it is written.",
    reference: "etcd server/etcdmain/config.go, cmd/kube-scheduler/app/options/options.go",
    cis: &[],
};
pub(super) const CONFLICT: Rule = Rule {
    code: "KP0905",
    title: "two things claim the same",
    why: "Which of them counts is left to chance.",
    reference: "pkg/kubelet/config/file.go, etcd pkg/flags/flag.go",
    cis: &[],
};
pub(super) const OTHER: Rule = Rule {
    code: "KP0906",
    title: "something else that is odd",
    why: "It does not break a connection by itself.",
    reference: "this program's own",
    cis: &[],
};

pub(super) fn findings(context: &Context<'_, '_>, breakages: &[Breakage<'_>]) -> Vec<Finding> {
    let missing = group(breakages, |breakage| match &breakage.problem {
        Problem::NotCollected(used) => Some(used.id()),
        _ => None,
    });
    let (forbidden, missing): (Vec<_>, Vec<_>) = missing.into_iter().partition(|group| {
        group
            .breakages
            .iter()
            .any(|breakage| is_forbidden(breakage))
    });
    let mut findings: Vec<Finding> = missing
        .iter()
        .filter_map(|group| not_collected(context, &group.breakages))
        .collect();
    let forbidden: Vec<&Breakage<'_>> = forbidden
        .into_iter()
        .flat_map(|group| group.breakages)
        .collect();
    findings.extend(unreadable_here(context, &forbidden));
    let fatal: Vec<&Note> = breakages
        .iter()
        .filter_map(|breakage| match &breakage.problem {
            Problem::NotStarted { note, .. } => Some(note),
            _ => None,
        })
        .collect();
    for (index, node) in context.inventory.nodes.iter().enumerate() {
        let rest = node.all_notes().filter(|note| !fatal.contains(note));
        // Told in one, above.
        let rest = rest.filter(|note| forbidden.is_empty() || !note.message.ends_with(FORBIDDEN));
        findings.extend(rest.map(|note| noted(context, index, note)));
    }
    findings
}

/// How many of the files that may not be read are named.
const SHOWN: usize = 5;

/// Whether whoever runs this may not read the file.
fn is_forbidden(breakage: &Breakage<'_>) -> bool {
    let Problem::NotCollected(used) = &breakage.problem else {
        return false;
    };
    let content = used.material.file().map(|file| &file.content);
    matches!(content, Some(Content::Unreadable(why)) if why == FORBIDDEN)
}

/// Everything that may not be read, in one: it is one mistake, of whoever runs this.
fn unreadable_here(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let uses = breakages
        .iter()
        .filter_map(|breakage| match &breakage.problem {
            Problem::NotCollected(used) => Some(used),
            _ => None,
        });
    let mut files: BTreeMap<Place, Evidence> = BTreeMap::new();
    for used in uses {
        let evidence = context.at_content(used, "may not be read");
        files.entry(evidence.place.clone()).or_insert(evidence);
    }
    let message = format!(
        "{} files may not be read by who runs this program",
        files.len()
    );
    let evidence: Vec<Evidence> = files.into_values().take(SHOWN).collect();
    if evidence.is_empty() {
        return None;
    }
    let remedy = "run it as root, or on a copy that may be read".to_owned();
    let rule = &super::files::UNREADABLE;
    Some(context.finding(
        rule,
        Cause::Unreadable,
        breakages,
        message,
        evidence,
        remedy,
    ))
}

fn not_collected(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let Problem::NotCollected(used) = &breakages.first()?.problem else {
        return None;
    };
    let what = words::place(used.material);
    let message = format!("{what} was not collected");
    let evidence = vec![context.at_content(used, "not collected")];
    let evidence = evidence
        .into_iter()
        .chain(context.at_naming(used, "named here"))
        .collect();
    let remedy = format!("add {what} to what is judged, or judge on the node");
    let mut finding = context.finding(
        &NOT_COLLECTED,
        Cause::MissingFile,
        breakages,
        message,
        evidence,
        remedy,
    );
    finding.severity = Severity::Note;
    Some(finding)
}

fn noted(context: &Context<'_, '_>, node: usize, note: &Note) -> Finding {
    let (rule, cause, severity) = match note.kind {
        NoteKind::Unreadable => (
            &super::files::UNREADABLE,
            Cause::Unreadable,
            Severity::Warning,
        ),
        NoteKind::UnknownSetting => (&UNKNOWN_SETTING, Cause::Unsupported, Severity::Note),
        NoteKind::Unsupported | NoteKind::NotStarted => (
            &super::files::NOT_STARTED,
            Cause::Unsupported,
            Severity::Error,
        ),
        NoteKind::UnknownVersion => (&UNKNOWN_VERSION, Cause::Unsupported, Severity::Note),
        NoteKind::Ineffective => (&INEFFECTIVE, Cause::Conflict, Severity::Warning),
        NoteKind::Conflict => (&CONFLICT, Cause::Conflict, Severity::Warning),
        NoteKind::Other => (&OTHER, Cause::Conflict, Severity::Note),
    };
    let evidence = vec![context.at_place(Some(node), note.place.clone(), "here")];
    let remedy = match note.kind {
        NoteKind::UnknownSetting => "check the spelling against the component's --help",
        NoteKind::UnknownVersion => "read the findings with care",
        _ => "correct it, or leave it out",
    };
    let mut finding = context.finding(
        rule,
        cause,
        &[],
        note.message.clone(),
        evidence,
        remedy.to_owned(),
    );
    finding.severity = severity;
    finding
}
