//! Words of command lines and values of fields: which of them may be secret.

use std::collections::BTreeSet;

use cluster::{Component, catalogue};

use super::MARK;

/// Parts of names whose values are secret.
const SECRET: [&str; 13] = [
    "token",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "bearer",
    "authorization",
    "keydata",
    "cookie",
];

/// Ends of such names whose values are not: they name, place or switch something.
const OPEN: [&str; 19] = [
    "file",
    "path",
    "dir",
    "directory",
    "name",
    "namespace",
    "ttl",
    "auth",
    "url",
    "endpoint",
    "enabled",
    "size",
    "timeout",
    "type",
    "kind",
    "version",
    "seconds",
    "tokens",
    "authenticator",
];

/// The shortest run of letters and digits that may be a key or a token.
const LONG: usize = 24;

/// The same between the slashes of a path.
const LONG_IN_PATH: usize = 40;

/// The shortest run of hexadecimal digits that may be.
const LONG_HEX: usize = 32;

/// The components whose flags are known.
const COMPONENTS: [Component; 6] = [
    Component::KubeApiserver,
    Component::KubeControllerManager,
    Component::KubeScheduler,
    Component::Kubelet,
    Component::KubeProxy,
    Component::Etcd,
];

/// Whether the value of a flag, field or variable of this name is secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let letters = |c: &char| c.is_ascii_alphanumeric();
    let name: String = name
        .chars()
        .filter(letters)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    SECRET.iter().any(|part| name.contains(part)) && !OPEN.iter().any(|end| name.ends_with(end))
}

/// Whether a value tells nothing whatever it belongs to: empty, or a switch.
pub(super) fn is_plain(value: &str) -> bool {
    matches!(
        value.to_ascii_lowercase().as_str(),
        "" | "true" | "false" | "null" | "~"
    )
}

/// The words of a command line, each apart, with what is secret in them marked.
pub(super) fn arguments<'a>(
    words: impl IntoIterator<Item = &'a str>,
    left_out: &mut BTreeSet<String>,
) -> Vec<String> {
    let mut is_value_secret = false;
    let mut redacted = Vec::new();
    for word in words {
        let is_flag = word.starts_with('-') && word.len() > 1;
        let one = match (std::mem::take(&mut is_value_secret), is_flag) {
            (true, false) => marked(word, "arguments", left_out),
            _ => argument(word, left_out),
        };
        is_value_secret = is_flag && !word.contains('=') && takes_secret(word);
        redacted.push(one);
    }
    redacted
}

/// Whether the word behind a flag is its secret value.
fn takes_secret(flag: &str) -> bool {
    // curl's and etcdctl's `NAME:PASSWORD`.
    matches!(flag, "-u" | "--user") || is_secret_name(flag) && !is_known(flag)
}

/// One word: a flag with its value, a variable with its value, or anything else.
fn argument(word: &str, left_out: &mut BTreeSet<String>) -> String {
    let Some((name, value)) = word.split_once('=') else {
        return scrub(word, left_out);
    };
    let is_name = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let has_password = matches!(name.trim_start_matches('-'), "user" | "u") && value.contains(':');
    let is_secret = is_secret_name(name) && !is_known(name) || has_password;
    match is_name && is_secret && !is_plain(value) {
        true => format!("{name}={}", marked(value, "arguments", left_out)),
        false if is_name => format!("{name}={}", scrub(value, left_out)),
        false => scrub(word, left_out),
    }
}

/// Whether some component has this flag: what is secret then lies in a file.
fn is_known(flag: &str) -> bool {
    let Some(name) = flag.strip_prefix("--") else {
        return false;
    };
    let known = |component| {
        catalogue::flag(component, name).is_some()
            || catalogue::plain_flag(component, name).is_some()
    };
    COMPONENTS.into_iter().any(known)
}

/// A mark, and that something was left out.
pub(super) fn marked(value: &str, what: &str, left_out: &mut BTreeSet<String>) -> String {
    if value == MARK {
        return value.to_owned();
    }
    left_out.insert(format!("{what} that hold secrets"));
    MARK.to_owned()
}

/// A text without what looks like a secret wherever it stands: passwords in URLs, tokens, keys.
pub(super) fn scrub(text: &str, left_out: &mut BTreeSet<String>) -> String {
    let text = without_user(text, left_out);
    let is_path = text.starts_with(['/', '.', '~']);
    let mut scrubbed = String::with_capacity(text.len());
    let mut rest = &*text;
    while !rest.is_empty() {
        let is_run =
            |c: char| c.is_ascii_alphanumeric() || "._-+=".contains(c) || c == '/' && !is_path;
        let length = rest.find(|c| !is_run(c)).unwrap_or(rest.len());
        if length == 0 {
            let first = rest.chars().next().map_or(1, char::len_utf8);
            scrubbed.push_str(&rest[..first]);
            rest = &rest[first..];
            continue;
        }
        let (run, after) = rest.split_at(length);
        let is_digest = scrubbed.ends_with("sha256:");
        match !is_digest && looks_secret(run, if is_path { LONG_IN_PATH } else { LONG }) {
            true => {
                left_out.insert("texts that look like keys or tokens".to_owned());
                scrubbed.push_str(MARK);
            }
            false => scrubbed.push_str(run),
        }
        rest = after;
    }
    scrubbed
}

/// `scheme://USER:PASSWORD@host`: everything before the `@`.
fn without_user(text: &str, left_out: &mut BTreeSet<String>) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        kept.push_str(before);
        let end = after.find(|c: char| "/?#,'\"".contains(c) || c.is_whitespace());
        let authority = &after[..end.unwrap_or(after.len())];
        rest = after;
        if let Some(user) = authority.rfind('@') {
            left_out.insert("names and passwords in URLs".to_owned());
            kept.push_str(MARK);
            rest = &after[user..];
        }
    }
    kept.push_str(rest);
    kept
}

/// Whether a run of letters and digits may be a key or a token.
fn looks_secret(run: &str, long: usize) -> bool {
    let is_json_token = run.starts_with("eyJ") && run.len() > 20;
    is_json_token
        || is_bootstrap_token(run)
        || run.split(['.', '=']).any(|part| is_random(part, long))
}

fn is_bootstrap_token(run: &str) -> bool {
    let is_part = |part: &str, length| {
        part.len() == length
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    let has_digit = |part: &str| part.chars().any(|c| c.is_ascii_digit());
    run.split_once('.')
        .is_some_and(|(id, secret)| is_part(id, 6) && is_part(secret, 16) && has_digit(secret))
}

/// Long, and of what words are not made of.
fn is_random(part: &str, long: usize) -> bool {
    let any = |is: fn(char) -> bool| part.chars().any(is);
    let has_digit = any(|c| c.is_ascii_digit());
    let has_letters = any(|c| c.is_ascii_lowercase()) && any(|c| c.is_ascii_uppercase());
    let is_hex = part.chars().all(|c| c.is_ascii_hexdigit());
    part.len() >= long && has_digit && has_letters || part.len() >= LONG_HEX && is_hex
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubbed(text: &str) -> String {
        scrub(text, &mut BTreeSet::new())
    }

    #[test]
    fn what_looks_secret() {
        for secret in [
            "abcdef.0123456789abcdef",
            "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
            "c2VjcmV0IGlzIHNlY3VyZQ/LONG/enough9=",
            "b17d8b818aab4706b17d8b818aab4706",
        ] {
            assert_eq!(
                scrubbed(&format!("a {secret}, b")),
                "a <redacted>, b",
                "{secret}"
            );
        }
        assert_eq!(
            scrubbed("https://u:p@h:1/x,http://v@i"),
            "https://<redacted>@h:1/x,http://<redacted>@i"
        );
    }

    #[test]
    fn what_does_not() {
        for text in [
            "/etc/kubernetes/pki/apiserver-kubelet-client2026Q3.crt",
            "https://10.0.0.1:2379,https://[::1]:2379",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384",
            "registry.k8s.io/kube-apiserver@sha256:b17d8b818aab4706b17d8b818aab4706",
            "cp-1.example.internal",
            "NodeRestriction,PodSecurity",
            "550e8400-e29b-41d4-a716-446655440000",
        ] {
            assert_eq!(scrubbed(text), text);
        }
    }

    #[test]
    fn arguments_with_secrets() {
        let words = [
            "--token=x",
            "--token-auth-file=/etc/t.csv",
            "--password",
            "hunter2",
            "--user",
            "a:b",
            "--service-account-key-file=/etc/kubernetes/pki/sa.pub",
            "-u",
            "c:d",
            "TOKEN=e",
            "--secret=false",
            "--enable-bootstrap-token-auth=true",
            "--user=root:pw",
        ];
        let expected = [
            "--token=<redacted>",
            "--token-auth-file=/etc/t.csv",
            "--password",
            "<redacted>",
            "--user",
            "<redacted>",
            "--service-account-key-file=/etc/kubernetes/pki/sa.pub",
            "-u",
            "<redacted>",
            "TOKEN=<redacted>",
            "--secret=false",
            "--enable-bootstrap-token-auth=true",
            "--user=<redacted>",
        ];
        assert_eq!(arguments(words, &mut BTreeSet::new()), expected);
    }
}
