//! `kubepki-collect.json`: what an archive tells about the trees in it beyond their files' bytes, so
//! that it can be packed again by anything.

use cluster::files::Attributes;
use serde::{Deserialize, Serialize};

/// The name of the file, beside the nodes' folders.
pub const NAME: &str = "kubepki-collect.json";

/// What [`Index::schema`] is.
pub const SCHEMA: &str = "kubepki.collect/v1";

/// What is in an archive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Index {
    /// [`SCHEMA`].
    pub schema: String,
    /// The version of the program that collected.
    pub kubepki: String,
    /// When, in RFC 3339.
    pub collected: String,
    /// The nodes.
    pub nodes: Vec<Node>,
}

/// One node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Node {
    /// What it is called.
    pub name: String,
    /// The folder beside the index that holds its tree.
    pub folder: String,
    /// Whether the tree was a part of the node's files only.
    #[serde(default)]
    pub partial: bool,
    /// Paths that were looked for and are not there; of all others that are not in the archive
    /// nobody knows.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Everything that was looked at.
    pub entries: Vec<Entry>,
}

/// Something in a tree.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Where, as on the node.
    pub path: String,
    /// What it is.
    #[serde(flatten)]
    pub kind: Kind,
    /// The permission bits, in octal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// The group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<u32>,
    /// What of the content is not in the archive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

impl Entry {
    /// Mode and owner; what is not told is root's alone.
    pub(crate) fn attributes(&self) -> Attributes {
        let mode = self.mode.as_deref();
        let mode = mode.and_then(|mode| u32::from_str_radix(mode, 8).ok());
        Attributes {
            mode: mode.unwrap_or(0o600) & 0o7777,
            uid: self.uid.unwrap_or(0),
            gid: self.gid.unwrap_or(0),
        }
    }
}

/// What something is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Kind {
    /// A file, whose bytes are in the archive.
    File,
    /// A folder; `why` it could not be listed.
    Directory {
        /// The system's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// A symbolic link.
    Link {
        /// Where it points.
        target: String,
    },
    /// A device, a pipe or a socket.
    Special,
    /// A file that was too large.
    Large {
        /// How many bytes it has.
        size: u64,
    },
    /// A file that could not be read.
    Unreadable {
        /// The system's words.
        why: String,
    },
    /// What could not even be looked at.
    Refused {
        /// The system's words.
        why: String,
    },
}
