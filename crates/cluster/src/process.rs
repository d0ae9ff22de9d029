//! A component as it runs on a node: its settings, the files it sees, and what it must load before
//! it works.

use std::fmt;
use std::sync::Arc;

use x509::Place;

use crate::catalogue::{self, Role};
use crate::component::Component;
use crate::files::Files;
use crate::kubeconfig::KubeconfigUse;
use crate::material::{Loader, Material, Pair};
use crate::mounts::View;
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
    /// Whether its ports are the node's own.
    pub has_host_network: bool,
    /// The user it runs as, when the manifest says.
    pub run_as_user: Option<Setting>,
    /// The probe by which the kubelet decides to start it again, when that asks over HTTPS and does
    /// not say who it is.
    pub anonymous_probe: Option<Place>,
    pub(crate) loads: Vec<Load>,
    pub(crate) view: View,
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
    /// A flag that this version of the component does not take: the process ends.
    Unsupported,
    /// A version that the catalogue does not know.
    UnknownVersion,
    /// The kubelet does not start the pod.
    NotStarted,
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

/// A pair of `--tls-sni-cert-key`.
#[derive(Clone, Debug)]
pub struct NamedPair {
    /// The pair.
    pub pair: Arc<Pair>,
    /// The names written behind it; when empty, those of the certificate.
    pub names: Vec<String>,
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
    /// A further configuration file, of which no more is known than that it has to be there.
    Configuration(Material),
}

impl Note {
    /// A note.
    pub(crate) fn new(kind: NoteKind, place: Place, message: impl Into<String>) -> Self {
        Note {
            kind,
            place,
            message: message.into(),
        }
    }
}

impl Version {
    /// From an image's tag: `v1.36.0`, `3.5.7-0`, `v1.30.2-eks-abc`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let numbers = tag.strip_prefix('v').unwrap_or(tag);
        let end = numbers
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(numbers.len());
        let mut parts = numbers[..end].split('.').map(str::parse);
        let mut next = || parts.next()?.ok();
        Some(Version {
            major: next()?,
            minor: next()?,
            patch: next().unwrap_or(0),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl Process {
    /// What it loads when it starts, in the order in which it does: the first that fails is what
    /// its log ends with (kube-apiserver: trust graph, "First-failure order at start").
    pub fn loads(&self) -> &[Load] {
        &self.loads
    }

    /// The file that a flag names, when it is set.
    pub fn material(&self, files: &Files, key: &str) -> Option<Material> {
        let setting = self.settings.get(key)?;
        let named = !setting.value.is_empty();
        named.then(|| {
            self.view
                .material(files, &setting.value, Some(setting.clone()))
        })
    }

    /// The `path` of the `hostPath` volume that brings a path into the container.
    pub fn volume(&self, path: &str) -> Option<&Setting> {
        match &self.view {
            View::Host => None,
            View::Container(mounts) => Some(&mounts.mount(path)?.check.as_ref()?.path),
        }
    }

    /// The pair whose certificate the flag `certificate` names; also when only one half is set.
    pub fn pair(&self, files: &Files, certificate: &str) -> Option<Pair> {
        let Role::Certificate { key, loader } = catalogue::flag(self.component, certificate)?.role
        else {
            return None;
        };
        let (certificate, key) = (self.material(files, certificate), self.material(files, key));
        (certificate.is_some() || key.is_some()).then_some(Pair {
            certificate,
            key,
            loader,
        })
    }

    /// The pairs of a flag of the form `CERTIFICATE,KEY[:NAME,…]`
    /// (`component-base/cli/flag/namedcertkey_flag.go`); malformed ones are left out.
    pub fn named_pairs(&self, files: &Files, key: &str) -> Vec<NamedPair> {
        let material = |path: &str, setting: &Setting| {
            Some(
                self.view
                    .material(files, path.trim(), Some(setting.clone())),
            )
        };
        let read = |setting: &Setting| {
            let (paths, names) = setting
                .value
                .split_once(':')
                .unwrap_or((&setting.value, ""));
            let (certificate, key) = paths.split_once(',')?;
            let pair = Pair {
                certificate: material(certificate, setting),
                key: material(key, setting),
                loader: Loader::DynamicPair,
            };
            let names = names
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty());
            Some(NamedPair {
                pair: Arc::new(pair),
                names: names.map(str::to_owned).collect(),
            })
        };
        self.settings.all(key).filter_map(read).collect()
    }

    /// The kubeconfig that a flag names, or that the kubelet uses by default.
    pub fn kubeconfig(&self, key: &str) -> Option<&Arc<KubeconfigUse>> {
        let purpose = catalogue::flag(self.component, key)?.purpose;
        self.loads.iter().find_map(|load| match &load.what {
            Loaded::Kubeconfig(used) if load.purpose == purpose => Some(used),
            _ => None,
        })
    }

    /// The pair in the kubelet's own store, when there is one.
    pub fn store_pair(&self) -> Option<&Arc<Pair>> {
        self.loads.iter().find_map(|load| match &load.what {
            Loaded::Pair(pair) if load.loader == Loader::KubeletStore => Some(pair),
            _ => None,
        })
    }

    /// Whether what starts it is there to be read.
    pub fn is_present(&self) -> bool {
        self.manifest.bytes().is_some()
    }
}
