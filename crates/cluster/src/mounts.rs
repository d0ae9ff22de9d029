//! How a container sees the node's files: its volume mounts.

use std::borrow::Cow;
use std::sync::Arc;

use x509::Place;

use crate::files::{Content, Files};
use crate::material::{Material, Origin};
use crate::setting::Setting;

/// What a process sees of the node's files.
#[derive(Clone, Debug)]
pub(crate) enum View {
    /// All of them, under their own paths.
    Host,
    /// Those that a container's mounts bring in.
    Container(Mounts),
}

/// The mounts of a container.
#[derive(Clone, Debug)]
pub(crate) struct Mounts {
    /// Every mount.
    pub list: Vec<Mount>,
    /// Where they are listed.
    pub place: Place,
}

/// One mount.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    /// Where the container sees it, as [`clean`] makes it.
    pub path: String,
    /// The path on the node; `None` when the volume is none of the node's folders.
    pub host: Option<String>,
    /// What the volume says has to be at its own path, before any `subPath`.
    pub check: Option<Check>,
}

/// What a `hostPath` volume says has to be there before the kubelet starts the pod.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    /// The volume's path and where it stands.
    pub path: Setting,
    /// Its `type`.
    pub kind: String,
}

impl Check {
    /// Why the kubelet does not start the pod (`pkg/volume/hostpath/host_path.go`): `None` when it
    /// does, or nobody can say.
    pub fn failure(&self, files: &Files) -> Option<String> {
        let file = files.get(&clean(&self.path.value));
        let there = match &file.content {
            Content::Present(_) | Content::TooLarge(_) => "a file",
            Content::Directory => "a directory",
            Content::Special => "neither a file nor a directory",
            Content::Missing if self.kind.ends_with("OrCreate") => return None,
            Content::Missing => "nothing",
            Content::NotCollected | Content::Unreadable(_) => return None,
        };
        let fits = match &*self.kind {
            "File" | "FileOrCreate" => there == "a file",
            "Directory" | "DirectoryOrCreate" => there == "a directory",
            "Socket" | "CharDevice" | "BlockDevice" => there == "neither a file nor a directory",
            _ => true,
        };
        let (kind, path) = (&self.kind, &self.path.value);
        (!fits).then(|| {
            format!("hostPath type check failed: {path} is not a {kind}, there is {there}")
        })
    }
}

impl View {
    /// What a process finds at `path`, which `setting` names.
    pub fn material(&self, files: &Files, path: &str, setting: Option<Setting>) -> Material {
        let path: Arc<str> = clean(path).into();
        let host = match self {
            View::Host => Ok(Cow::Borrowed(&*path)),
            View::Container(mounts) => mounts.host_path(&path).map(Cow::Owned).ok_or(&mounts.place),
        };
        let origin = match host {
            Ok(host) => Origin::File {
                file: files.get(&host),
                path,
            },
            Err(place) => Origin::NotMounted {
                mounts: place.clone(),
                path,
            },
        };
        Material { setting, origin }
    }
}

impl Mounts {
    /// The path on the node of a path in the container.
    pub fn host_path(&self, path: &str) -> Option<String> {
        let mount = self.mount(path)?;
        let rest = mount.rest(path)?;
        Some(clean(&format!("{}{rest}", mount.host.as_ref()?)).into_owned())
    }

    /// The mount that brings a path in: the longest that holds it, and of two at one path the
    /// later, which covers the earlier.
    pub fn mount(&self, path: &str) -> Option<&Mount> {
        let mounts = self.list.iter().filter(|mount| mount.rest(path).is_some());
        mounts.max_by_key(|mount| mount.path.len())
    }
}

impl Mount {
    /// What of a path lies below this mount.
    fn rest<'p>(&self, path: &'p str) -> Option<&'p str> {
        let rest = path.strip_prefix(self.path.trim_end_matches('/'))?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }
}

/// A path without `.`, `..`, doubled or trailing slashes, as Go's `path.Clean`; always absolute.
pub(crate) fn clean(path: &str) -> Cow<'_, str> {
    // Most paths are.
    let is_clean = path.strip_prefix('/').is_some_and(|rest| {
        rest.is_empty() || rest.split('/').all(|part| !matches!(part, "" | "." | ".."))
    });
    if is_clean {
        return Cow::Borrowed(path);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Cow::Owned(format!("/{}", parts.join("/")))
}

/// The folder that holds a path.
pub(crate) fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((folder, _)) => folder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mounts(list: &[(&str, Option<&str>)]) -> Mounts {
        let mount = |(path, host): &(&str, Option<&str>)| Mount {
            path: clean(path).into_owned(),
            host: host.map(str::to_owned),
            check: None,
        };
        Mounts {
            list: list.iter().map(mount).collect(),
            place: Place::default(),
        }
    }

    #[test]
    fn the_longest_mount_decides() {
        let mounts = mounts(&[
            ("/etc/kubernetes/pki/", Some("/srv/pki")),
            ("/etc/kubernetes/pki/etcd", Some("/srv/etcd-pki")),
            ("/etc/kubernetes/pki/none", None),
            ("/etc/kubernetes/admin.conf", Some("/root/admin.conf")),
        ]);
        let host = |path| mounts.host_path(path);
        assert_eq!(
            host("/etc/kubernetes/pki/ca.crt").as_deref(),
            Some("/srv/pki/ca.crt")
        );
        assert_eq!(
            host("/etc/kubernetes/pki/etcd/ca.crt").as_deref(),
            Some("/srv/etcd-pki/ca.crt")
        );
        assert_eq!(
            host("/etc/kubernetes/admin.conf").as_deref(),
            Some("/root/admin.conf")
        );
        assert_eq!(host("/etc/kubernetes/pki"), Some("/srv/pki".to_owned()));
        assert_eq!(host("/etc/kubernetes/pki2/ca.crt"), None);
        assert_eq!(host("/etc/kubernetes/pki/none/a"), None);
    }

    #[test]
    fn paths_are_cleaned() {
        assert_eq!(clean("//a/./b/../c/"), "/a/c");
        assert_eq!(clean("../.."), "/");
        assert_eq!(parent("/a/b"), "/a");
        assert_eq!(parent("/a"), "/");
    }
}
