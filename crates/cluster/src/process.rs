//! A component as it runs on a node: its settings, the files it sees, and what it must load before
//! it works.

use std::sync::Arc;

use x509::Place;

use crate::component::Component;
use crate::kubeconfig::KubeconfigUse;
use crate::material::{Loader, Material, Pair};
use crate::setting::{Setting, Settings};

/// A component on a node.
#[derive(Debug)]
pub struct Process {
    /// Which.
    pub component: Component,
    /// The file that starts it: a static-pod manifest, or the kubelet's configuration. When it is
    /// absent, the process is one that should be there and is not, or was not collected.
    pub manifest: Material,
    /// The container's image.
    pub image: Option<Setting>,
    /// The version that the image's tag says.
    pub version: Option<Version>,
    /// Everything that is set.
    pub settings: Settings,
    /// What is odd about how it is started.
    pub notes: Vec<Note>,
    /// What it loads; see [`Process::loads`].
    pub(crate) loads: Vec<Load>,
}

/// A released version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// `1` of 1.36.0.
    pub major: u16,
    /// `36` of 1.36.0.
    pub minor: u16,
    /// `0` of 1.36.0.
    pub patch: u16,
}

/// Something worth saying that is not a mistake by itself, or that kept us from reading on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What kind of thing.
    pub kind: NoteKind,
    /// Where.
    pub place: Place,
    /// What, in a sentence without a full stop.
    pub message: String,
}

/// Kinds of notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// A file or folder that could not be read or understood; what it would say is not known.
    Unreadable,
    /// A flag or field that the catalogue does not know, or not for this version.
    UnknownSetting,
    /// A version that the catalogue does not know.
    UnknownVersion,
    /// A setting that cannot count as it is written, with why.
    Ineffective,
    /// Two things claim the same: two manifests for one component, a flag and a variable.
    Conflict,
    /// Anything else.
    Other,
}

/// One thing that a process loads when it starts, in the order in which it does so.
#[derive(Clone, Debug)]
pub struct Load {
    /// What it is for.
    pub purpose: &'static str,
    /// Who reads it.
    pub loader: Loader,
    /// What is read.
    pub what: Loaded,
}

/// What is read.
#[derive(Clone, Debug)]
pub enum Loaded {
    /// A certificate with its key. One half is `None` when only the other is set.
    Pair(Arc<Pair>),
    /// CA certificates.
    Bundle(Material),
    /// A private key that signs tokens.
    PrivateKey(Material),
    /// Keys that check tokens, one for each file.
    PublicKeys(Vec<Material>),
    /// A kubeconfig and what it names.
    Kubeconfig(Arc<KubeconfigUse>),
}

impl Process {
    /// What it loads when it starts, in the order in which it does: the first that fails is what
    /// its log ends with (kube-apiserver: trust graph, "First-failure order at start").
    pub fn loads(&self) -> &[Load] {
        &self.loads
    }

    /// Whether what starts it is there to be read.
    pub fn is_present(&self) -> bool {
        self.manifest.bytes().is_some()
    }
}
