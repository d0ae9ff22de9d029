//! The lines of a file that findings point at, with nothing secret in them.

use std::ops::Range;
use std::sync::Arc;

use cluster::Inventory;
use cluster::draw::printable;

use crate::report::{Evidence, Finding};

/// What stands where a secret was.
const HIDDEN: &str = "(not shown)";

/// Keys of kubeconfigs, Secrets and configuration files, and flags, whose values are secret.
const SECRET_KEYS: [&str; 9] = [
    "client-key-data",
    "token",
    "password",
    "secret",
    "id-token",
    "refresh-token",
    "access-token",
    "tls.key",
    "private-key",
];

/// This many characters of a line are shown at most.
const WIDEST: usize = 2000;

/// This many letters of base64 in a row may be a key; paths and names are shorter.
const LONG: usize = 48;

/// Evidence in one file of one node.
pub struct InFile<'a> {
    /// The node, when several were given.
    pub node: Option<Arc<str>>,
    /// The file on the node.
    pub path: Arc<str>,
    /// Its text, when it has lines; there may be secrets in it.
    text: Option<Arc<str>>,
    /// What there is to say about it, in the finding's order.
    pub evidence: Vec<&'a Evidence>,
}

/// The evidence of a finding by file, in the order in which the files come up.
pub fn by_file<'a>(inventory: &Inventory, finding: &'a Finding) -> Vec<InFile<'a>> {
    let mut files: Vec<InFile<'a>> = Vec::new();
    for (index, evidence) in finding.evidence.iter().enumerate() {
        let is_said =
            |other: &Evidence| other.place.line.is_some() && other.label == evidence.label;
        let is_whole = index > 0 && evidence.place.line.is_none();
        if is_whole && finding.evidence.iter().any(is_said) {
            // What the certificate says stands beside the flag that names it.
            continue;
        }
        let is_here =
            |file: &&mut InFile<'_>| file.node == evidence.node && file.path == evidence.place.path;
        match files.iter_mut().find(is_here) {
            Some(file) => file.evidence.push(evidence),
            None => files.push(InFile {
                node: evidence.node.clone(),
                path: evidence.place.path.clone(),
                text: text(inventory, evidence),
                evidence: vec![evidence],
            }),
        }
    }
    files
}

/// The text of the file that evidence lies in, when it has lines.
fn text(inventory: &Inventory, evidence: &Evidence) -> Option<Arc<str>> {
    if evidence.object.is_some() {
        return inventory.objects.text(&evidence.place.path).cloned();
    }
    let nodes = &inventory.nodes;
    let named = nodes
        .iter()
        .find(|node| Some(&node.name) == evidence.node.as_ref());
    let file = named.or(nodes.first())?.files.get(&evidence.place.path);
    let text = std::str::from_utf8(file.bytes()?).ok()?;
    Some(text.strip_prefix('\u{feff}').unwrap_or(text).into())
}

impl InFile<'_> {
    /// `NODE:PATH`, or the path alone when there is one node.
    pub fn name(&self) -> String {
        match &self.node {
            Some(node) => format!("{node}:{}", self.path),
            None => self.path.to_string(),
        }
    }

    /// The lines that are pointed at; `None` when there are none, or one of them is not there.
    pub fn source(&self) -> Option<Source> {
        let lines: Vec<u32> = self.evidence.iter().filter_map(|one| one.line()).collect();
        Source::new(self.text.as_deref()?, &lines)
    }
}

/// The part of a file that is shown.
pub struct Source {
    /// The number of the first line.
    pub first: usize,
    /// The lines; those that nothing points at may be blank.
    pub text: String,
    starts: Vec<usize>,
}

impl Source {
    /// From the first to the last line that is pointed at; `None` when one of them is not there.
    pub fn new(text: &str, pointed_at: &[u32]) -> Option<Self> {
        let first = *pointed_at.iter().min()?;
        let last = *pointed_at.iter().max()?;
        // Between lines that are pointed at, others are shown only where there can be no secret.
        let is_long = |line: &str| line.len() > WIDEST;
        let is_secret =
            |line: &str| line.contains("PRIVATE KEY") || is_long(line) || mask(line) != line;
        let is_open = !text.lines().any(is_secret);
        let mut source = Source {
            first: usize::try_from(first).ok()?,
            text: String::new(),
            starts: Vec::new(),
        };
        let lines = text
            .lines()
            .zip(1u32..)
            .skip_while(|(_, number)| *number < first);
        for (line, number) in lines.take_while(|(_, number)| *number <= last) {
            source.starts.push(source.text.len());
            if is_open || pointed_at.contains(&number) {
                let line: String = line.trim_end().chars().take(WIDEST).collect();
                source.text.push_str(mask(&printable(&line)).trim_end());
            }
            source.text.push('\n');
        }
        (first + u32::try_from(source.starts.len()).ok()? == last + 1).then_some(source)
    }

    /// The bytes of [`Source::text`] that evidence points at: the value when it stands there, else
    /// everything from where it begins.
    pub fn span(&self, evidence: &Evidence) -> Option<Range<usize>> {
        let number = evidence.line()?;
        let start = *self
            .starts
            .get(usize::try_from(number).ok()?.checked_sub(self.first)?)?;
        let line = self.text.get(start..)?.lines().next()?;
        let offset = |column: u32| {
            let column = usize::try_from(column)
                .unwrap_or(usize::MAX)
                .saturating_sub(1);
            line.char_indices()
                .nth(column)
                .map_or(line.len(), |(at, _)| at)
        };
        let (from, to) = match (evidence.mark, evidence.place.column) {
            (Some(mark), _) => (
                offset(mark.column),
                offset(mark.column.saturating_add(mark.length)),
            ),
            (None, Some(column)) => (offset(column), line.len()),
            (None, None) => (line.len(), line.len()),
        };
        // What lies behind a hidden part, or is empty: the whole line.
        let indent = line.len() - line.trim_start().len();
        let from = if from < to { from } else { indent };
        Some(start + from..start + to.max(from))
    }

    /// In which column of its line a byte of [`Source::text`] stands, counted from 0.
    pub fn column(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or_default();
        before
            .rsplit('\n')
            .next()
            .map_or(0, |line| line.chars().count())
    }
}

/// A line without what may be secret in it.
pub(super) fn mask(line: &str) -> String {
    let secret = [value_of_secret_key(line), long_word(line)];
    match secret.into_iter().flatten().min_by_key(|range| range.start) {
        Some(range) => format!("{}{HIDDEN}", &line[..range.start]),
        None => line.to_owned(),
    }
}

/// Everything behind `token: ` or `--token=`.
fn value_of_secret_key(line: &str) -> Option<Range<usize>> {
    let lower = line.to_ascii_lowercase();
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let ends = lower.char_indices().filter(|(_, c)| matches!(c, ':' | '='));
    ends.map(|(end, _)| end).find_map(|end| {
        let before = lower[..end].trim_end_matches(['"', '\'', ' ']);
        let key = before
            .rsplit(|c| !is_word(c))
            .next()?
            .trim_start_matches('-')
            .replace('_', "-");
        let is_secret = SECRET_KEYS.iter().any(|secret| {
            let rest = key.strip_suffix(secret);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('-'))
        });
        let value = &line[end + 1..];
        let blank = value.len() - value.trim_start_matches([' ', '"', '\'']).len();
        (is_secret && blank < value.len()).then_some(end + 1 + blank..line.len())
    })
}

/// The first long run of base64.
fn long_word(line: &str) -> Option<Range<usize>> {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    let mut start = 0;
    for (at, c) in line.char_indices() {
        if !is_base64(c) {
            start = at + c.len_utf8();
        } else if at + 1 - start >= LONG {
            return Some(start..line.len());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use cluster::setting::Mark;
    use x509::Place;

    fn evidence(line: u32, column: u32, length: u32) -> Evidence {
        Evidence {
            node: None,
            object: None,
            place: Place {
                line: Some(line),
                column: Some(column),
                ..Place::file("/f")
            },
            flag: None,
            mark: (length > 0).then_some(Mark {
                line,
                column,
                length,
            }),
            label: String::new(),
        }
    }

    fn shown<'a>(source: &'a Source, evidence: &Evidence) -> &'a str {
        &source.text[source.span(evidence).unwrap()]
    }

    #[test]
    fn secrets_are_hidden() {
        let key = "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlFcFFJQkFBS0NBUUVB".repeat(20);
        assert_eq!(
            mask(&format!("    client-key-data: {key}")),
            "    client-key-data: (not shown)"
        );
        assert_eq!(
            mask("user: {token: \"abc.def\"}"),
            "user: {token: \"(not shown)"
        );
        assert_eq!(mask("    - --token=abcdef"), "    - --token=(not shown)");
        assert_eq!(
            mask("  - name: ETCD_PASSWORD=x"),
            "  - name: ETCD_PASSWORD=(not shown)"
        );
        assert_eq!(mask(&key), HIDDEN);
        for line in [
            "    - --service-account-key-file=/etc/kubernetes/pki/sa.pub",
            "    - --kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt",
            "    - --enable-bootstrap-token-auth=true",
            "    tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token",
            "    token:",
        ] {
            assert_eq!(mask(line), line);
        }
    }

    #[test]
    fn only_lines_that_are_pointed_at_stand_beside_secrets() {
        let source = Source::new("a: 1\nb: 2\nc: 3\ntoken: x\n", &[1, 3]).unwrap();
        assert_eq!(source.text, "a: 1\n\nc: 3\n");
        let source = Source::new("a: 1\nb: 2\nc: 3\n", &[1, 3]).unwrap();
        assert_eq!(source.text, "a: 1\nb: 2\nc: 3\n");
    }

    #[test]
    fn spans_count_characters() {
        let source = Source::new("x\r\n  - --ü=wert\r\ntoken: geheim\n", &[2, 3]).unwrap();
        assert_eq!(source.first, 2);
        assert_eq!(shown(&source, &evidence(2, 9, 4)), "wert");
        assert_eq!(shown(&source, &evidence(2, 5, 0)), "--ü=wert");
        assert_eq!(shown(&source, &evidence(2, 99, 4)), "- --ü=wert");
        assert_eq!(shown(&source, &evidence(3, 8, 0)), HIDDEN);
        assert!(Source::new("one\n", &[2]).is_none());
    }
}
