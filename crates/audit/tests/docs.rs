//! docs/findings.md says what the table of rules says.

#![allow(clippy::unwrap_used, reason = "a test may end that way")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use kubepki_audit::rules::RULES;

/// The families of codes, by their first two digits.
const FAMILIES: [(&str, &str); 11] = [
    ("KP01", "Files"),
    ("KP02", "Names"),
    ("KP03", "Issuers and chains"),
    ("KP04", "Times"),
    ("KP05", "Keys and algorithms"),
    ("KP06", "Usages and identities"),
    ("KP07", "Service account tokens"),
    ("KP08", "Settings"),
    ("KP09", "Notes"),
    ("KP10", "Several nodes"),
    ("KP11", "API objects"),
];

/// `KUBEPKI_WRITE_DOCS=1` writes the page anew.
#[test]
fn the_page_is_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/findings.md");
    if std::env::var_os("KUBEPKI_WRITE_DOCS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), page());
}

#[test]
fn codes_are_told_once_and_have_a_family() {
    let codes: BTreeSet<&str> = RULES.iter().map(|rule| rule.code).collect();
    assert_eq!(codes.len(), RULES.len());
    for rule in RULES {
        assert!(
            FAMILIES
                .iter()
                .any(|(prefix, _)| rule.code.starts_with(prefix)),
            "{}",
            rule.code
        );
    }
}

fn page() -> String {
    let mut page = "# Findings\n\nWhat `kubepki audit` finds, by code.\n".to_owned();
    for (prefix, title) in FAMILIES {
        write!(page, "\n## {title}\n").unwrap();
        let mut rules: Vec<_> = RULES
            .iter()
            .filter(|rule| rule.code.starts_with(prefix))
            .collect();
        rules.sort_by_key(|rule| rule.code);
        for rule in rules {
            write!(
                page,
                "\n### {}: {}\n\n{}\n\nReference: {}.\n",
                rule.code, rule.title, rule.why, rule.reference
            )
            .unwrap();
            if !rule.cis.is_empty() {
                let rows = rule.cis.join(", ");
                writeln!(page, "CIS Kubernetes Benchmark 1.10: {rows}.").unwrap();
            }
        }
    }
    page
}
