//! Two trees of a node compared: everything but keys, serials, times and signatures.
//!
//! Every entry is put into lines that hold all that has to be the same; two trees are alike when
//! all their lines are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use x509::der::{Reader, Rules, Tag, single};
use x509::pem::{Block, blocks};
use x509::{Asn1Time, Certificate};

/// SubjectKeyIdentifier and AuthorityKeyIdentifier, as their OIDs are encoded.
const KEY_IDENTIFIERS: [&[u8]; 2] = [&[0x55, 0x1d, 0x0e], &[0x55, 0x1d, 0x23]];

/// What lies in some folders of a node.
pub struct Tree(BTreeMap<String, Entry>);

/// A file or a folder.
struct Entry {
    mode: u32,
    /// `None` for a folder.
    content: Option<Vec<u8>>,
}

/// What the certificates of a tree are described by.
struct Context {
    /// The newest moment from which a certificate counts, in seconds: five minutes before the tree
    /// was made.
    newest_start: i64,
    /// The key identifiers, and how each comes from a key.
    identifiers: BTreeMap<Vec<u8>, String>,
}

impl Tree {
    /// Everything below the named folders.
    pub fn read(root: &Path, folders: &[&str]) -> Self {
        let mut entries = BTreeMap::new();
        for folder in folders.iter().filter(|folder| root.join(folder).exists()) {
            collect(root, folder, &mut entries);
        }
        Tree(entries)
    }

    /// With the modes of a list that was taken when the tree was made: `MODE OWNER TYPE PATH`.
    pub fn with_modes(mut self, list: &str) -> Self {
        for line in list.lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [mode, _, _, path] = fields[..] else {
                panic!("no line of modes: {line}");
            };
            if let Some(entry) = self.0.get_mut(path) {
                entry.mode = u32::from_str_radix(mode, 8).unwrap();
            }
        }
        self
    }

    /// Every entry in lines.
    fn describe(&self) -> BTreeMap<&str, Vec<String>> {
        let context = Context::of(self);
        let describe = |(path, entry): (&'_ String, &Entry)| context.entry(path, entry);
        let paths = self.0.keys().map(String::as_str);
        paths.zip(self.0.iter().map(describe)).collect()
    }
}

/// In what a tree is not as expected, a line for each.
pub fn differences(expected: &Tree, actual: &Tree) -> Vec<String> {
    let (expected, actual) = (expected.describe(), actual.describe());
    let paths: BTreeSet<&str> = expected.keys().chain(actual.keys()).copied().collect();
    let mut differences = Vec::new();
    for path in paths {
        match (expected.get(path), actual.get(path)) {
            (Some(expected), Some(actual)) => {
                differences
                    .extend(of_lines(expected, actual).map(|line| format!("{path}: {line}")));
            }
            (Some(_), None) => differences.push(format!("{path}: is missing")),
            (None, _) => differences.push(format!("{path}: should not be there")),
        }
    }
    differences
}

/// The lines that only one of two texts has (`-` the expected, `+` the actual one); or, when both
/// have the same, the first that stands elsewhere.
fn of_lines<'a>(
    expected: &'a [String],
    actual: &'a [String],
) -> impl Iterator<Item = String> + use<'a> {
    let only = |sign: char, here: &'a [String], there: &'a [String]| {
        let missing = here.iter().filter(|line| !there.contains(line));
        missing.map(move |line| format!("{sign} {line}"))
    };
    let mut lines: Vec<String> = only('-', expected, actual)
        .chain(only('+', actual, expected))
        .collect();
    if lines.is_empty() && expected != actual {
        let moved = expected.iter().zip(actual).find(|(a, b)| a != b);
        let moved = moved.map_or("a line is repeated", |(line, _)| line);
        lines.push(format!("the order or number of lines, from: {moved}"));
    }
    lines.into_iter()
}

fn collect(root: &Path, path: &str, entries: &mut BTreeMap<String, Entry>) {
    let full = root.join(path);
    let metadata = fs::symlink_metadata(&full).unwrap();
    assert!(!metadata.is_symlink(), "{path} is a symbolic link");
    let content = metadata.is_file().then(|| fs::read(&full).unwrap());
    let mode = metadata.permissions().mode() & 0o7777;
    entries.insert(path.to_owned(), Entry { mode, content });
    if metadata.is_dir() {
        for child in fs::read_dir(&full).unwrap() {
            let name = child.unwrap().file_name();
            collect(root, &format!("{path}/{}", name.to_str().unwrap()), entries);
        }
    }
}

impl Context {
    fn of(tree: &Tree) -> Self {
        let mut context = Context {
            newest_start: i64::MIN,
            identifiers: BTreeMap::new(),
        };
        for (path, entry) in &tree.0 {
            let content = entry.content.as_deref().unwrap_or_default();
            for certificate in certificates(content) {
                context.newest_start = context.newest_start.max(seconds(certificate.not_before()));
                context.learn(path, &certificate);
            }
        }
        context
    }

    /// How the key identifiers of this certificate's key would read.
    fn learn(&mut self, path: &str, certificate: &Certificate) {
        let key = certificate.public_key().key;
        for algorithm in [&digest::SHA256, &digest::SHA1_FOR_LEGACY_USE_ONLY] {
            let id = digest::digest(algorithm, key).as_ref()[..20].to_vec();
            self.identifiers
                .entry(id)
                .or_insert_with(|| format!("<{algorithm:?} of the key of {path}>"));
        }
    }

    fn entry(&self, path: &str, entry: &Entry) -> Vec<String> {
        let mut lines = vec![format!("mode {:o}", entry.mode)];
        let Some(content) = &entry.content else {
            lines.push("a folder".to_owned());
            return lines;
        };
        lines.push("a file".to_owned());
        if is_pem(content) {
            lines.extend(self.pem(content));
        } else {
            lines.extend(self.text(path, content));
        }
        lines
    }

    /// Text line by line; what is embedded in a kubeconfig is described.
    fn text(&self, path: &str, content: &[u8]) -> Vec<String> {
        let text = std::str::from_utf8(content).unwrap_or_else(|_| panic!("{path} is no text"));
        let mut lines = Vec::new();
        for line in text.split('\n') {
            match line.split_once("-data: ") {
                Some((field, value)) => {
                    lines.push(format!("{field}-data:"));
                    lines.extend(self.embedded(value));
                }
                None => lines.push(line.to_owned()),
            }
        }
        lines
    }

    fn embedded(&self, value: &str) -> Vec<String> {
        let decoded = STANDARD.decode(value);
        let content = decoded.unwrap_or_else(|error| panic!("no base64 ({error})"));
        let lines = self.pem(&content).into_iter();
        lines.map(|line| format!("    {line}")).collect()
    }

    fn pem(&self, text: &[u8]) -> Vec<String> {
        let blocks: Vec<Block> = blocks(text).collect();
        let mut lines = Vec::new();
        if rewritten(&blocks) != text {
            lines.push(format!(
                "not as Go writes PEM: {}",
                String::from_utf8_lossy(text)
            ));
        }
        for block in &blocks {
            lines.push(format!("block {}", block.label));
            let content = block.content.as_deref().map_or(&[][..], Vec::as_slice);
            match block.label.as_str() {
                "CERTIFICATE" => lines.extend(self.certificate(content)),
                _ => {
                    let mut line = String::new();
                    shape(content, &mut line);
                    lines.push(line);
                }
            }
        }
        lines
    }

    fn certificate(&self, der: &[u8]) -> Vec<String> {
        let certificate = Certificate::from_der(der).unwrap();
        let mut key = String::new();
        shape(certificate.public_key().raw, &mut key);
        let mut lines = vec![
            format!("version {:?}", certificate.version()),
            serial(certificate.serial()),
            format!("inner algorithm {}", hex(certificate.inner_algorithm().raw)),
            format!("algorithm {}", hex(certificate.signature_algorithm().raw)),
            format!("issuer {}", name(certificate.issuer())),
            format!("subject {}", name(certificate.subject())),
            format!("starts {}", self.time(certificate.not_before())),
            format!("ends {}", self.time(certificate.not_after())),
            format!("public key {key}"),
        ];
        for extension in certificate.extensions() {
            let critical = if extension.critical { " critical" } else { "" };
            let value = match KEY_IDENTIFIERS.contains(&extension.oid.0) {
                true => self.identifier(extension.value),
                false => hex(extension.value),
            };
            lines.push(format!(
                "extension {}{critical} {value}",
                extension.oid.dotted()
            ));
        }
        lines
    }

    /// The last 20 bytes are the identifier, in both kinds.
    fn identifier(&self, value: &[u8]) -> String {
        let (head, id) = value.split_at(value.len().saturating_sub(20));
        let id = self.identifiers.get(id).cloned();
        format!("{} {}", hex(head), id.unwrap_or_else(|| hex(value)))
    }

    /// How a moment is written, and how far it is from when the tree was made: to five minutes,
    /// because a tree is not made at once.
    fn time(&self, time: Asn1Time<'_>) -> String {
        let apart = seconds(time) - self.newest_start;
        let minutes = (apart + 150).div_euclid(300) * 5;
        // Where a given authority starts depends on when the trees were made.
        let apart = match minutes {
            ..0 => "before".to_owned(),
            _ => format!("{minutes} minutes later"),
        };
        format!("{apart}, {} octets", time.text.len())
    }
}

fn is_pem(content: &[u8]) -> bool {
    content.starts_with(b"-----BEGIN ")
}

/// The certificates of a PEM file or a kubeconfig.
fn certificates(content: &[u8]) -> Vec<Certificate> {
    let embedded = String::from_utf8_lossy(content);
    let embedded = embedded
        .lines()
        .filter_map(|line| STANDARD.decode(line.split_once("-data: ")?.1).ok());
    let texts = embedded.chain([content.to_vec()]);
    let of_text = |text: Vec<u8>| -> Vec<Certificate> {
        let found = blocks(&text).filter(|block| block.label == "CERTIFICATE");
        found
            .filter_map(|block| Certificate::from_der(block.content?.as_slice()).ok())
            .collect()
    };
    texts.flat_map(of_text).collect()
}

/// The blocks as Go's `pem.Encode` writes them.
fn rewritten(blocks: &[Block]) -> Vec<u8> {
    let mut text = String::new();
    for block in blocks {
        let content = block.content.as_deref().map_or(&[][..], Vec::as_slice);
        let base64 = STANDARD.encode(content);
        let _ = writeln!(text, "-----BEGIN {}-----", block.label);
        for line in base64.as_bytes().chunks(64) {
            let _ = writeln!(text, "{}", String::from_utf8_lossy(line));
        }
        let _ = writeln!(text, "-----END {}-----", block.label);
    }
    text.into_bytes()
}

/// The structure of a key: tags, object identifiers, versions, and lengths; those of integers to
/// eight octets.
fn shape(der: &[u8], line: &mut String) {
    let mut reader = Reader::new(der, Rules::Der);
    while !reader.is_empty() {
        let tlv = reader.next_tlv().unwrap();
        let _ = match tlv.tag {
            tag if tag.constructed => {
                let _ = write!(line, "{:?} {}{{", tag.class, tag.number);
                shape(tlv.body, line);
                write!(line, "}}")
            }
            Tag::OID | Tag::NULL => write!(line, "{} ", hex(tlv.raw)),
            Tag::INTEGER if tlv.body.len() <= 3 => write!(line, "{} ", hex(tlv.raw)),
            // Some of a key's numbers are a few bits shorter now and then.
            Tag::INTEGER => write!(line, "INTEGER({}) ", (tlv.body.len() + 3) / 8 * 8),
            // The key inside may be a structure of its own.
            Tag::OCTET_STRING if single(tlv.body, Tag::SEQUENCE, Rules::Der).is_ok() => {
                let _ = write!(line, "OCTET STRING{{");
                shape(tlv.body, line);
                write!(line, "}}")
            }
            tag => write!(line, "{:?} {}({}) ", tag.class, tag.number, tlv.body.len()),
        };
    }
}

/// Positive, minimal, and no longer than kubeadm's.
fn serial(content: &[u8]) -> String {
    let is_positive = content.first().is_some_and(|first| *first < 0x80);
    let is_minimal = !matches!(content, [0, second, ..] if *second < 0x80);
    match is_positive && is_minimal && content.len() <= 8 && content != [0] {
        true => "serial of up to 8 octets".to_owned(),
        false => format!("serial {}", hex(content)),
    }
}

fn name(name: x509::Name<'_>) -> String {
    let organizations = name.organizations().join(", ");
    let common_name = name.common_name().unwrap_or_default();
    format!("O={organizations} CN={common_name} {}", hex(name.raw()))
}

fn seconds(time: Asn1Time<'_>) -> i64 {
    time.moment().unwrap().unix_timestamp()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
