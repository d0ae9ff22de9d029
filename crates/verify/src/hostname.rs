//! Whether a certificate names a host: Go's `Certificate.VerifyHostname`, and its words when not.

use std::sync::Arc;

use crate::certificate::Certificate;
use crate::error::VerifyError;
use crate::ip;

/// From how many names on Go's text gives their number only.
const MAX_NAMES_LISTED: usize = 100;

/// Fails unless `certificate` names `host`, a name or an address (perhaps in brackets). An address
/// is compared with addresses only, a name with DNS names only; the common name plays no role.
///
/// # Errors
/// [`VerifyError::Hostname`].
pub fn verify_hostname(certificate: &Arc<Certificate>, host: &str) -> Result<(), VerifyError> {
    let names = &certificate.extensions.names;
    let literal = without_brackets(host);
    let (is_named, host) = match ip::parse(literal) {
        Some(address) => (names.ip.iter().any(|ip| ip.address() == address), literal),
        None => (names.dns.iter().any(|pattern| matches(pattern, host)), host),
    };
    if is_named {
        return Ok(());
    }
    Err(VerifyError::Hostname {
        certificate: certificate.clone(),
        host: host.to_owned(),
    })
}

/// Go's text for a mismatch.
pub(crate) fn mismatch_text(certificate: &Certificate, host: &str) -> String {
    let common_name = certificate.subject.common_name();
    let has_san = certificate.extensions.raw_names.is_some();
    if !has_san && labels_match(common_name, host) {
        let text = "x509: certificate relies on legacy Common Name field, use SANs instead";
        return text.to_owned();
    }
    let names = &certificate.extensions.names;
    let is_address = ip::parse(host).is_some();
    let (count, kind) = match is_address {
        true => (names.ip.len(), "IP SANs"),
        false => (names.dns.len(), "names"),
    };
    if is_address && count == 0 {
        return format!(
            "x509: cannot validate certificate for {host} because it doesn't contain any IP SANs"
        );
    }
    if count >= MAX_NAMES_LISTED {
        return format!("x509: certificate is valid for {count} {kind}, but none matched {host}");
    }
    let valid = match is_address {
        true => names
            .ip
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
        false => names.dns.join(", "),
    };
    match valid.as_str() {
        "" => format!("x509: certificate is not valid for any names, but wanted to match {host}"),
        valid => format!("x509: certificate is valid for {valid}, not {host}"),
    }
}

/// Whether a DNS name of a certificate, perhaps with a wildcard, matches a wanted name.
fn matches(pattern: &str, host: &str) -> bool {
    // Rules out at once what cannot match by any of the rules below: a certificate may have
    // thousands of names.
    let is_like = |host: &str| pattern.eq_ignore_ascii_case(host);
    if !(pattern.starts_with('*') || is_like(host) || host.strip_suffix('.').is_some_and(is_like)) {
        return false;
    }
    if is_valid_host(host) && is_valid_pattern(pattern) {
        return labels_match(pattern, host);
    }
    let is_nothing = |name: &str| name.is_empty() || name == ".";
    !is_nothing(pattern) && !is_nothing(host) && pattern.eq_ignore_ascii_case(host)
}

/// Compares label by label; the first label of the pattern may be a wildcard.
fn labels_match(pattern: &str, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let (patterns, labels) = (pattern.split('.'), host.split('.'));
    if pattern.is_empty() || patterns.clone().count() != labels.clone().count() {
        return false;
    }
    let mut pairs = patterns.zip(labels).enumerate();
    pairs.all(|(i, (pattern, label))| {
        i == 0 && pattern == "*" || pattern.eq_ignore_ascii_case(label)
    })
}

fn is_valid_host(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host != "*" && host.split('.').all(is_label)
}

fn is_valid_pattern(pattern: &str) -> bool {
    let mut labels = pattern.split('.').enumerate();
    pattern != "*" && labels.all(|(i, label)| i == 0 && label == "*" || is_label(label))
}

fn is_label(label: &str) -> bool {
    let is_char = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    !label.is_empty() && !label.starts_with('-') && label.bytes().all(is_char)
}

fn without_brackets(host: &str) -> &str {
    let inner = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inner.filter(|inner| !inner.is_empty()).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_whole_first_labels() {
        assert!(matches("*.example.com", "a.example.com"));
        assert!(matches("*.Example.com", "A.example.COM."));
        assert!(matches("*.svc", "x.svc"));
        for (pattern, host) in [
            ("*.example.com", "example.com"),
            ("*.example.com", "a.b.example.com"),
            ("f*.example.com", "foo.example.com"),
            ("*", "com"),
            ("a.*.com", "a.b.com"),
            ("example.com.", "example.com"),
            ("", ""),
            (".", "."),
        ] {
            assert!(!matches(pattern, host), "{pattern} {host}");
        }
    }

    #[test]
    fn odd_names_match_literally() {
        assert!(matches("-a.example.com", "-A.example.com"));
        assert!(matches("example.com.", "example.com."));
        assert!(matches("a b", "A B"));
    }

    #[test]
    fn brackets_hold_something() {
        assert_eq!(without_brackets("[::1]"), "::1");
        assert_eq!(without_brackets("[]"), "[]");
        assert_eq!(without_brackets("["), "[");
    }
}
