//! Collecting: everything that was looked at in nodes' trees, with nothing secret in it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use cluster::files::{Attributes, Entry};
use cluster::{Inventory, Node};
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

use crate::index::{self, Index, Kind};
use crate::redact::{Redacted, redact};

/// The longest name of a node's folder.
const FOLDER_LIMIT: usize = 64;

/// What goes into an archive.
pub struct Collection {
    /// What the archive tells of itself.
    pub index: Index,
    /// The files' bytes, by their names in the archive, in the index's order.
    contents: Vec<(String, Zeroizing<Vec<u8>>)>,
    at: UtcDateTime,
}

/// Collects what was read of nodes so far: whoever wants an audit of the archive to say what an audit
/// of the trees says, asks the trees everything that an audit asks before.
pub fn collect(inventory: &Inventory, kubepki: &str, at: UtcDateTime) -> Collection {
    let mut collection = Collection {
        index: Index {
            schema: index::SCHEMA.to_owned(),
            kubepki: kubepki.to_owned(),
            collected: at
                .replace_nanosecond(0)
                .unwrap_or(at)
                .format(&Rfc3339)
                .unwrap_or_default(),
            nodes: Vec::new(),
        },
        contents: Vec::new(),
        at,
    };
    for (number, node) in inventory.nodes.iter().enumerate() {
        collection.add(node, number + 1);
    }
    collection
}

impl Collection {
    /// Writes the archive, as tar.gz.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let mut archive = tar::Builder::new(GzEncoder::new(to, Compression::default()));
        let index = serde_json::to_vec_pretty(&self.index)?;
        let private = Attributes {
            mode: 0o600,
            uid: 0,
            gid: 0,
        };
        let mut header = self.header(private, EntryType::Regular);
        header.set_size(index.len() as u64);
        archive.append_data(&mut header, index::NAME, &*index)?;
        let mut contents = self.contents.iter();
        for node in &self.index.nodes {
            for entry in &node.entries {
                let name = format!("{}{}", node.folder, entry.path);
                match &entry.kind {
                    Kind::File => {
                        let Some((_, content)) = contents.next() else {
                            continue;
                        };
                        let mut header = self.header(entry.attributes(), EntryType::Regular);
                        header.set_size(content.len() as u64);
                        archive.append_data(&mut header, name, content.as_slice())?;
                    }
                    Kind::Directory { .. } => {
                        let mut header = self.header(entry.attributes(), EntryType::Directory);
                        archive.append_data(&mut header, name, io::empty())?;
                    }
                    Kind::Link { target } => {
                        let mut header = self.header(entry.attributes(), EntryType::Symlink);
                        archive.append_link(&mut header, name, target)?;
                    }
                    _ => {}
                }
            }
        }
        archive.into_inner()?.finish()?.flush()
    }

    fn header(&self, attributes: Attributes, kind: EntryType) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(attributes.mode);
        header.set_uid(attributes.uid.into());
        header.set_gid(attributes.gid.into());
        header.set_size(0);
        header.set_mtime(u64::try_from(self.at.unix_timestamp()).unwrap_or(0));
        header
    }

    fn add(&mut self, node: &Node, number: usize) {
        let folder = self.folder(&node.name, number);
        let (entries, absent) = node.files.looked_at();
        let mut listed = Vec::new();
        for (path, entry) in entries {
            let (kind, attributes, left_out) = match entry {
                Entry::File(bytes, attributes) => {
                    let redacted = match node.files.keys_withheld() {
                        // It was collected before.
                        true => Redacted {
                            bytes,
                            left_out: BTreeSet::new(),
                        },
                        false => redact(&bytes),
                    };
                    self.contents
                        .push((format!("{folder}{path}"), redacted.bytes));
                    (Kind::File, Some(attributes), redacted.left_out)
                }
                Entry::Directory(attributes, why) => {
                    (Kind::Directory { why }, Some(attributes), BTreeSet::new())
                }
                Entry::Link(target) => (Kind::Link { target }, None, BTreeSet::new()),
                Entry::Special(attributes) => (Kind::Special, Some(attributes), BTreeSet::new()),
                Entry::Large(size, attributes) => {
                    (Kind::Large { size }, Some(attributes), BTreeSet::new())
                }
                Entry::Unreadable(why, attributes) => {
                    (Kind::Unreadable { why }, Some(attributes), BTreeSet::new())
                }
                Entry::Refused(why) => (Kind::Refused { why }, None, BTreeSet::new()),
            };
            listed.push(index::Entry {
                path,
                kind,
                mode: attributes.map(|attributes| format!("{:04o}", attributes.mode)),
                uid: attributes.map(|attributes| attributes.uid),
                gid: attributes.map(|attributes| attributes.gid),
                left_out: left_out.into_iter().collect(),
            });
        }
        self.index.nodes.push(index::Node {
            name: node.name.to_string(),
            folder,
            partial: node.files.is_partial(),
            absent: absent.iter().map(|path| path.to_string()).collect(),
            entries: listed,
        });
    }

    /// A folder for a node that is called as it is, as far as a folder can be.
    fn folder(&self, name: &str, number: usize) -> String {
        let usual = |c: char| match c.is_ascii_alphanumeric() || "-_.".contains(c) {
            true => c,
            false => '_',
        };
        let folder: String = name.chars().map(usual).take(FOLDER_LIMIT).collect();
        let is_taken = self.index.nodes.iter().any(|node| node.folder == folder);
        match is_taken || folder.trim_matches('.').is_empty() {
            true => format!("node-{number}"),
            false => folder,
        }
    }
}
