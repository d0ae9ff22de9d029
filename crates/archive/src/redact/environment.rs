//! systemd's units and environment files: lines of `NAME=value`.

use std::collections::BTreeSet;

use super::{MARK, words};

/// Whether every line is a section, a comment, an assignment, or goes on from such a line.
pub(super) fn is_environment(text: &str) -> bool {
    let mut goes_on = false;
    let mut assigns = false;
    text.lines().all(|line| {
        let is_more = std::mem::replace(&mut goes_on, line.ends_with('\\'));
        let line = line.trim();
        let is_aside = line.is_empty() || line.starts_with(['#', ';', '[']);
        assigns |= name(line).is_some();
        is_more || is_aside || name(line).is_some()
    }) && assigns
}

/// The name before `=`.
fn name(line: &str) -> Option<&str> {
    let (name, _) = line.split_once('=')?;
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

/// Line by line: flags stay, other values go unless they are known to be harmless.
pub(super) fn redact(text: &str, left_out: &mut BTreeSet<String>) -> String {
    let mut redacted = String::with_capacity(text.len());
    let (mut goes_on, mut is_hidden) = (false, false);
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let is_more = std::mem::replace(&mut goes_on, content.ends_with('\\'));
        let trimmed = content.trim();
        let new = match name(trimmed) {
            _ if is_more && is_hidden => hidden(content, left_out),
            _ if is_more => words_of(content, left_out),
            _ if trimmed.starts_with(['#', ';']) => String::new(),
            Some(name) => {
                let (before, value) = content.split_once('=').unwrap_or((content, ""));
                is_hidden = !is_kept(name, value);
                match is_hidden {
                    true => format!("{before}={}", hidden(value, left_out)),
                    false => format!("{before}={}", words_of(value, left_out)),
                }
            }
            None => content.to_owned(),
        };
        redacted.push_str(&new);
        redacted.push_str(&line[content.len()..]);
    }
    redacted
}

/// Whether the value of a directive or variable is made of flags and paths.
fn is_kept(name: &str, value: &str) -> bool {
    match name {
        // In a unit, any number of `NAME=value`.
        "Environment" => {
            let words = value.split([' ', '\t', '"', '\'']);
            let assignments = words.filter(|word| self::name(word).is_some());
            let mut pairs = assignments.filter_map(|word| word.split_once('='));
            pairs.all(|(name, value)| is_kept_variable(name, value))
        }
        "ExecStart" | "ExecStartPre" | "EnvironmentFile" => true,
        _ => is_kept_variable(name, value),
    }
}

fn is_kept_variable(name: &str, value: &str) -> bool {
    let value = value.trim().trim_start_matches(['"', '\'']);
    let is_open = words::is_plain(value) || value.starts_with('-');
    !words::is_secret_name(name) && (is_open || is_harmless(name))
}

/// Variables that hold nothing secret but perhaps a password in a URL.
pub(super) fn is_harmless(name: &str) -> bool {
    matches!(
        name.to_ascii_uppercase().as_str(),
        "PATH"
            | "HOME"
            | "TZ"
            | "LANG"
            | "HTTP_PROXY"
            | "HTTPS_PROXY"
            | "NO_PROXY"
            | "ALL_PROXY"
            | "GODEBUG"
            | "GOMAXPROCS"
            | "GOGC"
            | "GOMEMLIMIT"
            | "SSL_CERT_FILE"
            | "SSL_CERT_DIR"
            | "KUBECONFIG"
    )
}

/// Words between blanks and quotes, each where it was.
pub(super) fn words_of(text: &str, left_out: &mut BTreeSet<String>) -> String {
    let is_edge = |c: char| c.is_whitespace() || c == '"' || c == '\'';
    let parts = split(text, is_edge);
    let inner = parts.iter().filter(|part| !part.starts_with(is_edge));
    let mut new = words::arguments(inner.copied(), left_out).into_iter();
    let part = |part: &&str| match part.starts_with(is_edge) {
        true => (*part).to_owned(),
        false => new.next().unwrap_or_default(),
    };
    parts.iter().map(part).collect()
}

/// Runs of characters that are edges, and runs that are not, in turn.
fn split(text: &str, is_edge: impl Fn(char) -> bool) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest
            .find(|c| is_edge(c) != is_edge(first))
            .unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
    }
    parts
}

/// A mark, and the backslash that goes on.
fn hidden(value: &str, left_out: &mut BTreeSet<String>) -> String {
    let more = if value.ends_with('\\') { " \\" } else { "" };
    let inner = value.trim_end_matches('\\').trim();
    if words::is_plain(inner) || inner == MARK {
        return value.to_owned();
    }
    left_out.insert("variables whose values may be secret".to_owned());
    format!("{MARK}{more}")
}
