//! Kubeconfigs as client-go reads them: the current context's cluster and user, with the place of
//! every field.

mod read;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use thiserror::Error;
use x509::Place;

use crate::files::Files;
use crate::material::{Material, Pair};
use crate::mounts::View;
use crate::setting::Setting;

/// The kubeconfig at a path of a node, as a process without mounts reads it.
pub fn at(files: &Files, path: &str) -> Arc<KubeconfigUse> {
    let source = View::Host.material(files, path, None);
    Kubeconfigs::of(files).read(source, &View::Host)
}

/// A node's kubeconfigs, each read once for all who use it: kube-controller-manager is given its own
/// three times, and whoever administers the node may use that too. One that names files is read for
/// each, since they see those through their mounts.
pub(crate) struct Kubeconfigs<'a> {
    files: &'a Files,
    alike: RefCell<HashMap<Arc<str>, Parsed>>,
}

type Parsed = Result<Arc<Kubeconfig>, KubeconfigError>;

impl<'a> Kubeconfigs<'a> {
    /// Those of a node with these files.
    pub fn of(files: &'a Files) -> Self {
        let alike = RefCell::default();
        Kubeconfigs { files, alike }
    }

    /// The kubeconfig in `source`; files that it names are seen through `view`.
    pub fn read(&self, source: Material, view: &View) -> Arc<KubeconfigUse> {
        let parsed = self.parsed(&source, view);
        Arc::new(KubeconfigUse { source, parsed })
    }

    fn parsed(&self, source: &Material, view: &View) -> Parsed {
        let at = source.file().map(|file| &file.path);
        if let Some(known) = at.and_then(|at| self.alike.borrow().get(at).cloned()) {
            return known;
        }
        let (parsed, names_files) = read::parse(source, view, self.files);
        let parsed = parsed.map(Arc::new);
        if let Some(at) = at.filter(|_| !names_files) {
            self.alike.borrow_mut().insert(at.clone(), parsed.clone());
        }
        parsed
    }
}

/// A kubeconfig that a component uses, whether or not it could be read.
#[derive(Clone, Debug)]
pub struct KubeconfigUse {
    /// The file and the flag that names it.
    pub source: Material,
    /// What it says, or why client-go would refuse it. A file that is absent or unreadable is
    /// [`KubeconfigError::Absent`]; look at `source` for which.
    pub parsed: Result<Arc<Kubeconfig>, KubeconfigError>,
}

/// What counts of a kubeconfig: its current context, resolved.
#[derive(Clone, Debug)]
pub struct Kubeconfig {
    /// The name of the context, with where it is chosen.
    pub context: Setting,
    /// The API server's URL.
    pub server: Option<Setting>,
    /// The CA certificates that the API server is verified with.
    pub certificate_authority: Option<Material>,
    /// Present and true: nothing is verified.
    pub insecure_skip_tls_verify: Option<Setting>,
    /// The name that is verified instead of the server's host.
    pub tls_server_name: Option<Setting>,
    /// That there is a proxy between client and server (its URL may hold a password and is not
    /// kept).
    pub proxy_url: Option<Setting>,
    /// The user's name in the file; it means nothing to the server.
    pub user: Option<Setting>,
    /// The client certificate and key.
    pub client: Option<Arc<Pair>>,
    /// The bearer token: the file that holds it, else the one that is embedded.
    pub token: Option<Material>,
    /// The command of a credential plugin.
    pub exec: Option<Setting>,
    /// The name of a credential plugin that was once built in; client-go knows `oidc` alone.
    pub auth_provider: Option<Setting>,
    /// The user of basic authentication, which no kube-apiserver since 1.19 knows.
    pub username: Option<Setting>,
    /// Whom the user acts as.
    pub impersonation: Option<Impersonation>,
}

/// Whom a kubeconfig's user acts as: what client-go writes into the headers `Impersonate-…`.
#[derive(Clone, Debug)]
pub struct Impersonation {
    /// `as`.
    pub user: Setting,
    /// `as-uid`.
    pub uid: Option<Setting>,
    /// `as-groups`.
    pub groups: Vec<Setting>,
    /// `as-user-extra`, by key.
    pub extra: Vec<(String, Vec<Setting>)>,
}

/// Why client-go refuses a kubeconfig (`tools/clientcmd/{loader,validation}.go`).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum KubeconfigError {
    /// There is no file, or none that can be read.
    #[error("the file could not be read")]
    Absent,
    /// The file is empty, or says nothing.
    #[error("invalid configuration: no configuration has been provided")]
    Empty,
    /// Not YAML, not a Config, or a field that cannot be decoded.
    #[error("error loading config file {:?}: {reason}", place.path)]
    Malformed {
        /// Where.
        place: Place,
        /// What is wrong there.
        reason: String,
    },
    /// `current-context` names none that is there.
    #[error("context was not found for specified context: {name}")]
    ContextNotFound {
        /// Where the name stands.
        place: Place,
        /// The name.
        name: String,
    },
    /// The context names a cluster or user that is not there, or fields contradict each other.
    #[error("invalid configuration: {reason}")]
    Invalid {
        /// Where.
        place: Place,
        /// client-go's words.
        reason: String,
    },
}

impl KubeconfigError {
    /// Where the mistake stands, when it stands somewhere.
    pub fn place(&self) -> Option<&Place> {
        match self {
            KubeconfigError::Absent | KubeconfigError::Empty => None,
            KubeconfigError::Malformed { place, .. }
            | KubeconfigError::ContextNotFound { place, .. }
            | KubeconfigError::Invalid { place, .. } => Some(place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Memory;
    use crate::mounts::{Mount, Mounts};

    fn with(user: &str) -> String {
        format!(
            "kind: Config\nclusters:\n- name: c\n  cluster: {{server: 'https://10.0.0.1:6443'}}\ncontexts:\n- name: x\n  context: {{cluster: c, user: u}}\ncurrent-context: x\nusers:\n- name: u\n  user: {user}\n"
        )
    }

    #[test]
    fn files_are_seen_through_each_view() {
        let embedded = "{client-certificate-data: Q0E=, client-key-data: Q0E=}";
        let named = "{client-certificate: u.crt, client-key: /etc/u.key}";
        let tree = Memory::default()
            .file("/etc/k/embedded.conf", with(embedded))
            .file("/etc/k/named.conf", with(named))
            .file("/etc/k/u.crt", "CERT")
            .file("/etc/u.key", "KEY");
        let files = Files::in_memory(tree, false);
        let pod = View::Container(Mounts {
            list: vec![Mount {
                path: "/etc/k".to_owned(),
                host: Some("/etc/k".to_owned()),
                check: None,
            }],
            place: Place::default(),
        });
        let known = Kubeconfigs::of(&files);
        let read = |path: &str, view: &View| {
            let source = view.material(&files, path, None);
            known.read(source, view).parsed.clone().unwrap()
        };
        let [once, again] = [&View::Host, &pod].map(|view| read("/etc/k/embedded.conf", view));
        assert!(Arc::ptr_eq(&once, &again));
        let has_key = |view: &View| {
            let pair = read("/etc/k/named.conf", view).client.clone().unwrap();
            pair.key.as_ref().unwrap().bytes().is_some()
        };
        assert!(has_key(&View::Host));
        assert!(!has_key(&pod));
        assert!(has_key(&View::Host));
    }
}
