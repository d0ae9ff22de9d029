//! A program's arguments as pflag and Go's `flag` read them, each with its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use x509::Place;

use crate::catalogue::{self, FlagKind};
use crate::component::Component;
use crate::process::{Note, NoteKind, Version};
use crate::setting::{Mark, Setting, Settings};

/// Longer lines are not looked into for where exactly a value stands.
const LINE_LIMIT: usize = 10_000;

/// How far down a value is looked for.
const SPAN_LIMIT: usize = 200;

/// How long a text may become by what its variables stand for, in bytes.
const EXPANSION_LIMIT: usize = 1 << 16;

/// The longest name of a variable, in bytes.
pub(crate) const NAME_LIMIT: usize = 256;

/// One word of a command line.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    /// The word, without quotes and with variables expanded.
    pub text: String,
    /// Where it starts.
    pub place: Place,
}

/// The lines of a file, to find where exactly a value stands.
pub(crate) struct Lines<'a>(Vec<&'a str>);

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Lines(text.lines().collect())
    }

    /// The first occurrence of `needle` at or after a place, at most `span` lines further down.
    pub(crate) fn find(&self, place: &Place, skip: u32, needle: &str, span: usize) -> Option<Mark> {
        let (line, column) = (place.line?, place.column?.checked_add(skip)?);
        if needle.is_empty() || needle.contains('\n') {
            return None;
        }
        let first = usize::try_from(line).ok()?.checked_sub(1)?;
        let lines = self.0.get(first..)?.iter().take(span.min(SPAN_LIMIT) + 1);
        let lines = lines
            .enumerate()
            .filter(|(_, text)| text.len() <= LINE_LIMIT);
        lines.into_iter().find_map(|(below, text)| {
            let from = if below == 0 {
                column.saturating_sub(1)
            } else {
                0
            };
            let start = byte_offset(text, from)?;
            let at = start + text[start..].find(needle)?;
            Some(Mark {
                line: line + count(below),
                column: count(text[..at].chars().count()) + 1,
                length: count(needle.chars().count()),
            })
        })
    }
}

/// Reads the words behind the program's name.
pub(crate) fn parse(
    component: Component,
    version: Option<Version>,
    words: &[Word],
    lines: &Lines<'_>,
) -> (Settings, Vec<Note>) {
    let mut reader = Reader {
        component,
        version,
        lines,
        settings: Settings::default(),
        notes: Vec::new(),
    };
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let Some((name, value)) = split_flag(component, &word.text) else {
            reader.stray(word);
            continue;
        };
        let kind = reader.kind(&name, word);
        match value {
            Some(value) => reader.set(&name, value, word, Some(word)),
            None if kind == Some(FlagKind::Bool) => reader.set(&name, "true", word, None),
            // What an unknown flag takes cannot be known: a word that is no flag is its value.
            None if kind.is_none()
                && words.peek().is_none_or(|next| next.text.starts_with('-')) =>
            {
                reader.set(&name, "", word, None);
            }
            None => match words.next() {
                Some(value) => reader.set(&name, &value.text, word, Some(value)),
                None => reader.note(NoteKind::Ineffective, word, "it needs a value"),
            },
        }
    }
    (reader.settings, reader.notes)
}

/// etcd's variables: `ETCD_CERT_FILE` stands for `--cert-file`, and may not go beside it
/// (`pkg/flags/flag.go`).
pub(crate) fn etcd_environment(
    environment: &BTreeMap<String, Word>,
    settings: &mut Settings,
    notes: &mut Vec<Note>,
    lines: &Lines<'_>,
) {
    for (variable, word) in environment {
        let Some(rest) = variable.strip_prefix("ETCD_") else {
            continue;
        };
        let key: Arc<str> = rest.to_ascii_lowercase().replace('_', "-").into();
        let known = catalogue::flag(Component::Etcd, &key).is_some()
            || catalogue::plain_flag(Component::Etcd, &key).is_some();
        if !known {
            continue;
        }
        if settings.get(&key).is_some() {
            let message = format!("etcd refuses to start with both {variable} and --{key}");
            notes.push(Note::new(NoteKind::Conflict, word.place.clone(), message));
        } else {
            settings.push(Setting {
                mark: lines.find(&word.place, 0, &word.text, 0),
                key,
                name: variable.as_str().into(),
                value: word.text.clone(),
                place: word.place.in_field(variable.as_str()),
            });
        }
    }
}

struct Reader<'a> {
    component: Component,
    version: Option<Version>,
    lines: &'a Lines<'a>,
    settings: Settings,
    notes: Vec<Note>,
}

impl Reader<'_> {
    /// How a flag takes its value; `None` when the catalogue does not know it, which is noted.
    fn kind(&mut self, name: &str, word: &Word) -> Option<FlagKind> {
        let Some(flag) = catalogue::flag(self.component, name) else {
            let kind = catalogue::plain_flag(self.component, name);
            if kind.is_none() {
                let message = format!("--{name} is not in the catalogue; it is taken as given");
                self.note(NoteKind::UnknownSetting, word, &message);
            }
            return kind;
        };
        if let Some(version) = self
            .version
            .filter(|version| !flag.versions.contain(*version))
        {
            let message = format!("{} {version} does not take --{name}", self.component);
            let mut place = word.place.clone();
            place.field = Some(format!("--{name}").into());
            self.notes
                .push(Note::new(NoteKind::Unsupported, place, message));
        }
        Some(flag.kind)
    }

    /// `at` is the word that holds the value, behind `=` or alone.
    fn set(&mut self, name: &str, value: &str, word: &Word, at: Option<&Word>) {
        let written = at.and_then(|at| {
            let skip = if std::ptr::eq(at, word) {
                count(
                    word.text
                        .split('=')
                        .next()
                        .unwrap_or_default()
                        .chars()
                        .count(),
                ) + 1
            } else {
                0
            };
            self.lines.find(&at.place, skip, value, 2)
        });
        let shown: Arc<str> = format!("--{name}").into();
        self.settings.push(Setting {
            key: name.into(),
            value: value.to_owned(),
            place: word.place.in_field(shown.clone()),
            name: shown,
            mark: written,
        });
    }

    fn stray(&mut self, word: &Word) {
        let message = format!(
            "`{}` belongs to no flag; {} refuses it",
            word.text, self.component
        );
        self.note(NoteKind::Ineffective, word, &message);
    }

    fn note(&mut self, kind: NoteKind, word: &Word, message: &str) {
        self.notes
            .push(Note::new(kind, word.place.clone(), message));
    }
}

/// The name of a flag, as it counts, and what follows `=`.
fn split_flag(component: Component, text: &str) -> Option<(String, Option<&str>)> {
    let body = match text.strip_prefix("--") {
        Some(body) => body,
        // etcd takes one dash as two; Kubernetes only has -v and -h with one.
        None => text
            .strip_prefix('-')
            .filter(|body| component == Component::Etcd || body.starts_with(['v', 'h']))?,
    };
    let (name, value) = match body.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (body, None),
    };
    let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
    // Kubernetes takes underscores as dashes (component-base/cli/flag/flags.go).
    let name = if component == Component::Etcd {
        name.to_owned()
    } else {
        name.replace('_', "-")
    };
    is_name.then_some((name, value))
}

/// Expands `$(VAR)` as the kubelet does; `$$` is a dollar, what is not defined stays
/// (third_party/forked/golang/expansion/expand.go). Beyond a limit nothing is expanded any more.
pub(crate) fn expand(text: &str, environment: &BTreeMap<String, Word>) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$').filter(|_| expanded.len() < EXPANSION_LIMIT) {
        expanded.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            expanded.push('$');
            rest = after;
        } else if let Some((name, after)) = parenthesised(rest) {
            match environment.get(name) {
                Some(word) => expanded.push_str(&word.text),
                None => expanded.push_str(&format!("$({name})")),
            }
            rest = after;
        } else {
            expanded.push('$');
        }
    }
    expanded.push_str(rest);
    expanded
}

fn parenthesised(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('(')?;
    let end = inner.bytes().take(NAME_LIMIT).position(|b| b == b')')?;
    Some((&inner[..end], &inner[end + 1..]))
}

fn byte_offset(text: &str, characters: u32) -> Option<usize> {
    let characters = usize::try_from(characters).ok()?;
    match text.char_indices().nth(characters) {
        Some((at, _)) => Some(at),
        None => (text.chars().count() == characters).then_some(text.len()),
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Word> {
        let place = |line: usize, text: &str| Place {
            column: Some(count(text.find('-').unwrap_or(0)) + 1),
            ..Place::file("/m.yaml").at_line(count(line) + 1)
        };
        let word = |(line, text): (usize, &str)| Word {
            text: text.trim().to_owned(),
            place: place(line, text),
        };
        text.lines().enumerate().map(word).collect()
    }

    fn read(component: Component, text: &str) -> (Settings, Vec<Note>) {
        parse(
            component,
            Version::from_tag("v1.36.0"),
            &words(text),
            &Lines::new(text),
        )
    }

    #[test]
    fn both_spellings_of_a_value() {
        let (settings, notes) = read(
            Component::KubeApiserver,
            "  --tls_cert_file=/a.crt\n  --client-ca-file\n/ca.crt\n  --anonymous-auth\n  --allow-privileged=false",
        );
        assert_eq!(notes, []);
        let cert = settings.get("tls-cert-file").unwrap();
        assert_eq!(cert.value, "/a.crt");
        assert_eq!(&*cert.name, "--tls-cert-file");
        assert_eq!(cert.place.to_string(), "/m.yaml:1:3 (--tls-cert-file)");
        let mark = Mark {
            line: 1,
            column: 19,
            length: 6,
        };
        assert_eq!(cert.mark, Some(mark));
        let ca = settings.get("client-ca-file").unwrap();
        assert_eq!(
            ca.mark,
            Some(Mark {
                line: 3,
                column: 1,
                length: 7
            })
        );
        assert!(settings.is_on("anonymous-auth", false));
        assert!(!settings.is_on("allow-privileged", true));
    }

    #[test]
    fn repeated_flags_by_their_kind() {
        let (settings, _) = read(
            Component::KubeApiserver,
            "--etcd-servers=https://a:1,https://b:2\n--etcd-servers=https://c:3\n--client-ca-file=/1\n--client-ca-file=/2",
        );
        let servers = settings.list("etcd-servers");
        let values: Vec<_> = servers.iter().map(|server| &*server.value).collect();
        assert_eq!(values, ["https://a:1", "https://b:2", "https://c:3"]);
        assert_eq!(
            servers[1].mark,
            Some(Mark {
                line: 1,
                column: 28,
                length: 11
            })
        );
        assert_eq!(settings.get("client-ca-file").unwrap().value, "/2");
    }

    #[test]
    fn what_is_odd_is_noted() {
        let kinds = |component, text| -> Vec<NoteKind> {
            read(component, text)
                .1
                .iter()
                .map(|note| note.kind)
                .collect()
        };
        use Component::{Etcd, KubeApiserver};
        assert_eq!(
            kinds(KubeApiserver, "--no-such=1"),
            [NoteKind::UnknownSetting]
        );
        assert_eq!(
            kinds(KubeApiserver, "--insecure-port=0"),
            [NoteKind::Unsupported]
        );
        assert_eq!(
            kinds(KubeApiserver, "--client-ca-file"),
            [NoteKind::Ineffective]
        );
        assert_eq!(
            kinds(KubeApiserver, "--anonymous-auth\nfalse"),
            [NoteKind::Ineffective]
        );
        assert_eq!(kinds(Etcd, "-cert-file=/a"), []);
        assert_eq!(
            kinds(Etcd, "--client_cert_auth"),
            [NoteKind::UnknownSetting]
        );
    }

    #[test]
    fn variables_are_expanded_as_the_kubelet_does() {
        let word = Word {
            text: "10.0.0.1".into(),
            place: Place::default(),
        };
        let environment = BTreeMap::from([("IP".to_owned(), word)]);
        assert_eq!(
            expand("https://$(IP):2379", &environment),
            "https://10.0.0.1:2379"
        );
        assert_eq!(
            expand("$$(IP) $(NO) $x $", &environment),
            "$(IP) $(NO) $x $"
        );
        assert_eq!(expand("$(IP", &environment), "$(IP");
        let bomb = expand(&"$(IP)".repeat(EXPANSION_LIMIT), &environment);
        assert!(bomb.len() < 6 * EXPANSION_LIMIT && bomb.ends_with("$(IP)"));
    }
}
