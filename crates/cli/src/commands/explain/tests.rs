use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::*;
use crate::show::explain as look;

const LANGUAGES: [Language; 2] = [Language::En, Language::Ko];

/// What is the same in every language: names, paths, values.
fn is_code(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_/.:,=<>#*[]@".contains(c);
    text.chars().all(is_plain)
}

fn is_korean(text: &str) -> bool {
    text.chars().any(|c| ('가'..='힣').contains(&c))
}

/// Everything of an explanation that is said in words.
fn said(explanation: &Explanation) -> Vec<String> {
    let wrong = explanation.wrong.iter();
    let wrong = wrong.flat_map(|wrong| [wrong.when.to_owned(), wrong.effect.to_owned()]);
    let mut said: Vec<String> = explanation.what.clone();
    said.extend(explanation.facts.iter().map(|fact| fact.label.to_owned()));
    said.extend(explanation.read.iter().map(|read| read.when.clone()));
    said.extend(explanation.agrees.clone());
    said.extend(wrong);
    said.extend(explanation.look.iter().map(|look| look.what.clone()));
    said.extend(explanation.without.clone());
    said.retain(|text| !text.is_empty());
    said
}

#[test]
fn everything_is_found_by_its_name() {
    for thing in Thing::all() {
        let found = thing::find(&thing.name());
        let names: Vec<String> = found.iter().map(Thing::name).collect();
        assert_eq!(names, [thing.name()]);
    }
}

#[test]
fn everything_has_every_part_in_both_languages() {
    for thing in Thing::all() {
        for language in LANGUAGES {
            let explanation = about::explain(&thing, language);
            let name = &explanation.name;
            assert!(!explanation.what.is_empty(), "{name}");
            assert!(
                explanation.what.iter().all(|text| !text.is_empty()),
                "{name}"
            );
            assert!(!explanation.look.is_empty(), "{name}: how to look at it");
            assert!(!explanation.see.is_empty(), "{name}: what is near it");
            if matches!(
                thing,
                Thing::Flag(_)
                    | Thing::Field(_)
                    | Thing::Channel(_)
                    | Thing::Credential(_)
                    | Thing::Authority(_)
                    | Thing::TokenKeys
            ) {
                assert!(!explanation.read.is_empty(), "{name}: when it is read");
                assert!(!explanation.wrong.is_empty(), "{name}: how it is wrong");
                assert!(!explanation.without.is_empty(), "{name}: what breaks");
                assert!(!explanation.facts.is_empty(), "{name}: facts");
            }
            if matches!(thing, Thing::Finding(_) | Thing::Cause(_)) {
                assert!(!explanation.wrong.is_empty(), "{name}: what is said");
            }
        }
    }
}

/// A rule or row that is new needs its Korean in the `korean.rs` beside it.
#[test]
fn everything_is_said_in_korean() {
    let mut english: BTreeSet<String> = BTreeSet::new();
    for thing in Thing::all() {
        let explanation = about::explain(&thing, Language::Ko);
        english.extend(
            said(&explanation)
                .into_iter()
                .filter(|text| !is_korean(text) && !is_code(text)),
        );
    }
    assert_eq!(english, BTreeSet::new());
}

#[test]
fn what_is_said_in_english_is_english() {
    for thing in Thing::all() {
        for text in said(&about::explain(&thing, Language::En)) {
            assert!(!is_korean(&text), "{text}");
        }
    }
}

/// What varies and what components say stays in a translation.
#[test]
fn translations_keep_what_is_not_words() {
    let tables = [
        cluster::catalogue::KOREAN,
        audit::rules::KOREAN,
        korean::KOREAN,
    ];
    let mut seen = BTreeSet::new();
    for (english, korean) in tables.into_iter().flatten() {
        assert!(seen.insert(*english), "twice: {english}");
        assert!(is_korean(korean), "{korean}");
        let places = |text: &str| text.matches("{}").count();
        assert_eq!(places(english), places(korean), "{english}");
        let quoted = |text: &str| -> Vec<String> {
            let words = text.split('"').skip(1).step_by(2).map(str::to_owned);
            let mut words: Vec<String> = words
                .filter(|words| words.contains("x509") || words.contains("tls:"))
                .collect();
            words.sort();
            words
        };
        assert_eq!(quoted(english), quoted(korean));
    }
}

/// A text that changed leaves no translation of the old one behind.
#[test]
fn no_translation_is_left_over() {
    let known: BTreeSet<&str> = catalogue_texts().into_iter().collect();
    let left = |table: &[(&'static str, &str)], known: &BTreeSet<&str>| -> Vec<&'static str> {
        let rows = table.iter().map(|row| row.0);
        rows.filter(|english| !known.contains(english)).collect()
    };
    assert_eq!(left(cluster::catalogue::KOREAN, &known), [""; 0]);
    let rules = audit::rules::RULES
        .iter()
        .flat_map(|rule| [rule.title, rule.why]);
    let known: BTreeSet<&str> = rules
        .chain(audit::Cause::ALL.map(audit::Cause::meaning))
        .collect();
    assert_eq!(left(audit::rules::KOREAN, &known), [""; 0]);
}

/// Every text of the catalogue's tables.
fn catalogue_texts() -> Vec<&'static str> {
    use cluster::catalogue::*;
    use cluster::{Component, Loader};

    let mut texts = Vec::new();
    texts.extend(FLAGS.iter().flat_map(|row| [row.purpose, row.default]));
    texts.extend(SURPRISES.iter().map(|row| row.2));
    texts.extend(
        FIELDS
            .iter()
            .flat_map(|row| [row.purpose, row.default, row.wrong, row.document.reader()]),
    );
    texts.extend(
        CHANNELS
            .iter()
            .flat_map(|row| [row.purpose, row.name, row.identity, row.without]),
    );
    texts.extend(AGREEMENTS.iter().map(|row| row.what));
    texts.extend(
        OTHER_FILES
            .iter()
            .flat_map(|row| [row.purpose, row.without]),
    );
    texts.extend(AUTHORITIES.iter().map(|row| row.purpose));
    texts.extend(CREDENTIALS.iter().map(|row| row.purpose));
    texts.extend(RELOADS.iter().map(|row| row.note));
    texts.extend(RELOAD_EXCEPTIONS.iter().map(|row| row.note));
    for term in TERMS {
        texts.extend(term.what);
        texts.extend([term.side, term.without]);
        texts.extend(term.wrong.iter().flat_map(|row| [row.0, row.1]));
        texts.extend(term.look.iter().map(|row| row.0));
    }
    let positions = [
        Position::Serving,
        Position::Trust,
        Position::Credential,
        Position::ClientTrust,
    ];
    let servers = [Component::Etcd, Component::KubeApiserver];
    let used = positions
        .into_iter()
        .flat_map(|position| servers.map(|server| when_used(position, server)));
    let read = RELOADS
        .iter()
        .map(|row| row.loader)
        .chain([Loader::Configuration])
        .map(when_read);
    let set = [Role::Address, Role::Policy, Role::Directory].map(when_set);
    texts.extend(
        used.chain(read)
            .chain(set)
            .flatten()
            .flat_map(|row| [row.when, row.effect]),
    );
    texts
}

#[test]
fn what_is_near_can_be_explained() {
    for thing in Thing::all() {
        for name in about::explain(&thing, Language::En).see {
            let found = thing::find(&name);
            assert!(
                name == "reloads" || found.len() == 1,
                "{}: {name}",
                thing.name()
            );
        }
    }
}

#[test]
fn channels_and_agreements_rest_on_things_that_there_are() {
    use cluster::catalogue::{AGREEMENTS, CHANNELS};
    let parts = CHANNELS
        .iter()
        .flat_map(|row| row.parts().map(|(_, part)| part));
    let parts = parts.chain(AGREEMENTS.iter().flat_map(|row| row.parts.iter().copied()));
    for part in parts {
        let found = thing::find(part);
        assert_eq!(found.len(), 1, "{part}");
    }
}

#[test]
fn people_find_what_they_mean() {
    let first = |asked: &str| thing::find(asked).first().map(Thing::name);
    let expected = [
        ("--etcd-cafile", "kube-apiserver --etcd-cafile"),
        ("etcd-cafile=/etc/x", "kube-apiserver --etcd-cafile"),
        ("--tls_cert_file", "kube-apiserver --tls-cert-file"),
        ("kubelet --config", "kubelet --config"),
        ("kubelet config", "kubelet --config"),
        ("clientCAFile", "kubelet --client-ca-file"),
        (
            "authentication.x509.clientCAFile",
            "kubelet --client-ca-file",
        ),
        ("serverTLSBootstrap", "kubelet --rotate-server-certificates"),
        (
            "certificate-authority-data",
            "kubeconfig clusters[].cluster.certificate-authority-data",
        ),
        ("/etc/kubernetes/pki/ca.crt", "ca"),
        ("ca.crt", "ca"),
        ("etcd/ca.crt", "etcd-ca"),
        ("pki/etcd/server.key", "etcd-server"),
        ("admin.conf", "admin.conf"),
        ("sa.pub", "sa"),
        ("kube-apiserver -> etcd", "kube-apiserver->etcd"),
        ("kube-apiserver@cp-1->etcd@cp-2", "kube-apiserver->etcd"),
        ("kp0301", "KP0301"),
        ("Untrusted-Issuer", "untrusted-issuer"),
        ("CAFILE", "cafile"),
        ("ca-file", "cafile"),
        ("trust-bundle", "trust bundle"),
        (
            "caBundle",
            "ValidatingWebhookConfiguration webhooks[].clientConfig.caBundle",
        ),
        ("kube-root-ca.crt", "kube-root-ca.crt data.ca.crt"),
        (
            "kubelet-client-current.pem",
            "/var/lib/kubelet/pki/kubelet-client-current.pem",
        ),
    ];
    for (asked, name) in expected {
        assert_eq!(first(asked).as_deref(), Some(name), "{asked}");
    }
    assert!(first("no-such-thing").is_none());
    assert!(thing::near("--ectd-cafile").contains(&"kube-apiserver --etcd-cafile".to_owned()));
    assert!(thing::near("certfle").contains(&"certfile".to_owned()));
    assert_eq!(thing::near("qqqqqqqqqqq"), [""; 0]);
}

/// Lines are only as wide as asked for, but for what has to stay whole.
#[test]
fn lines_are_not_too_wide() {
    use unicode_width::UnicodeWidthStr;
    for thing in Thing::all() {
        for language in LANGUAGES {
            let explanation = about::explain(&thing, language);
            for columns in [60, 80, 120] {
                for line in look::explanation(&explanation, language, columns).lines() {
                    let is_whole = line.starts_with("      ") || !line.trim().contains(' ');
                    let longest = line
                        .split(' ')
                        .map(UnicodeWidthStr::width)
                        .max()
                        .unwrap_or(0);
                    let plain = anstream::adapter::strip_str(line).to_string();
                    assert!(
                        is_whole
                            || plain.width() <= columns
                            || longest > columns / 2
                            || plain.contains(" --")
                            || plain.contains("[]."),
                        "{columns}: {line}"
                    );
                }
            }
        }
    }
}

/// Every openssl command that is shown, on the files of a cluster that kubeadm made.
#[test]
fn the_openssl_commands_work() {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/kubeadm");
    let mut commands = BTreeSet::new();
    for thing in Thing::all() {
        let looks = about::explain(&thing, Language::En).look.into_iter();
        commands.extend(
            looks
                .map(|look| look.command)
                .filter(|command| is_about_files(command, &tree)),
        );
    }
    assert!(commands.len() > 40, "{commands:?}");
    for command in commands {
        let here = command.replace(
            "/etc/kubernetes",
            &format!("{}/etc/kubernetes", tree.display()),
        );
        let output = Command::new("sh")
            .args(["-c", &format!("set -e; {here}")])
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}\n{error}");
        let is_silent = command.contains("diff -");
        assert_eq!(output.stdout.is_empty(), is_silent, "{command}");
        let sums: Vec<&[u8]> = output.stdout.split(|byte| *byte == b'\n').collect();
        if command.matches("openssl sha256").count() == 2 {
            assert_eq!(sums[0], sums[1], "{command}");
        }
    }
}

/// Whether a command needs openssl and nothing but files that the example has.
fn is_about_files(command: &str, tree: &Path) -> bool {
    let mut words = command
        .split([' ', ';', '|'])
        .filter(|word| word.starts_with("/etc/") || word.starts_with("/var/"));
    let is_there =
        |word: &str| word.contains('$') || tree.join(word.trim_start_matches('/')).exists();
    command.contains("openssl")
        && !command.contains("s_client")
        && !command.contains("kubectl")
        && !command.contains(flag::SOME_FILE)
        && words.all(is_there)
}
