//! The files of a node, in kubeadm's encodings and with its modes.

use std::collections::BTreeMap;
use std::slice;

use cluster::catalogue::{Authority as AuthorityRow, Credential, Holder};
use cluster::{Content, Files};

use super::{Change, Issued, Made};
use crate::compare::{State, TokenKey, Wanted};
use crate::disk::{Folder, NewFile};
use crate::given::{Known, to_pem};
use crate::kubeconfig::{self, Kubeconfig};
use crate::kubelet;
use crate::manifest::{self, CA_FOLDERS, Surroundings};
use crate::part::{self, Part};
use crate::wish::{Etcd, Node};

const PRIVATE: u32 = 0o600;
const PUBLIC: u32 = 0o644;

/// Gathers what is to be written to a node.
pub(super) struct Builder<'a> {
    wanted: &'a Wanted<'a>,
    node: &'a Node,
    files: &'a Files,
    authorities: &'a BTreeMap<&'static str, Known>,
    token_key: Option<&'a TokenKey>,
    change: Change,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        wanted: &'a Wanted<'a>,
        node: &'a Node,
        files: &'a Files,
        authorities: &'a BTreeMap<&'static str, Known>,
        token_key: Option<&'a TokenKey>,
    ) -> Self {
        Builder {
            wanted,
            node,
            files,
            authorities,
            token_key,
            change: Change {
                folders: Vec::new(),
                files: Vec::new(),
                parts: Vec::new(),
            },
        }
    }

    /// Adds a part, with what was issued for it when it has a certificate that was not there.
    pub(super) fn add(&mut self, part: Part, state: State, issued: Option<&Issued>) {
        let files = match (&part, issued) {
            (Part::Authority(row), _) => self.authority(row),
            (Part::ServiceAccount, _) => self.token_key(state),
            (Part::Credential(row), Some(issued)) => self.credential(row, issued),
            (Part::Credential(_), None) => Vec::new(),
            (Part::Manifest(pod), _) => self.manifest(pod),
            (Part::Kubelet, _) => self.kubelet(),
        };
        let known = match part {
            Part::Authority(row) => self.authorities.get(row.name),
            _ => None,
        };
        let certificate = match issued {
            Some(issued) => Some(&issued.certificate),
            None => known.and_then(Known::certificate),
        };
        self.change.parts.push(Made {
            part,
            state: self.outcome(state, &files),
            paths: match files.is_empty() {
                true => part.paths(&self.wanted.layout),
                false => files.iter().map(|file| file.path.clone()).collect(),
            },
            certificate: certificate.cloned(),
        });
        self.change.files.extend(files);
    }

    pub(super) fn finish(self) -> Change {
        self.change
    }

    /// Texts without a secret are compared here, where they are known.
    fn outcome(&self, state: State, files: &[NewFile]) -> State {
        match files {
            [] => State::Kept,
            files if files.iter().any(|file| file.replaces) => State::Differs,
            _ => state,
        }
    }

    fn is_there(&self, path: &str) -> bool {
        self.files.get(path).bytes().is_some()
    }

    /// The files of these that are not there.
    fn missing(&self, files: impl IntoIterator<Item = NewFile>) -> Vec<NewFile> {
        let files = files.into_iter();
        files.filter(|file| !self.is_there(&file.path)).collect()
    }

    fn authority(&self, row: &AuthorityRow) -> Vec<NewFile> {
        let Some(known) = self.authorities.get(row.name) else {
            return Vec::new();
        };
        let layout = &self.wanted.layout;
        let key = known.key.as_ref();
        let key = key.map(|key| NewFile::new(layout.key(row.base), PRIVATE, key.as_bytes()));
        let bundle = NewFile::new(layout.certificate(row.base), PUBLIC, known.bundle_pem());
        let own = known.signing_pem().filter(|_| row.name == "ca");
        let own = own.map(|own| NewFile::new(layout.signing_certificate(), PUBLIC, own));
        let trust = (row.name == "ca" && !known.above.is_empty())
            .then(|| NewFile::new(layout.trust_bundle(), PUBLIC, known.trust_pem()));
        self.missing(key.into_iter().chain([bundle]).chain(own).chain(trust))
    }

    /// A public half without its private one is replaced, as kubeadm does.
    fn token_key(&self, state: State) -> Vec<NewFile> {
        let Some(key) = self.token_key.filter(|_| state != State::Kept) else {
            return Vec::new();
        };
        // Whoever joins has it from others, and kubeadm writes it so then
        // (`cmd/kubeadm/app/phases/copycerts`).
        let mode = if self.node.joins { PUBLIC } else { PRIVATE };
        let layout = &self.wanted.layout;
        let private = NewFile::new(layout.key("sa"), PRIVATE, key.private.as_bytes());
        let public = NewFile::new(layout.public_key(), mode, key.public.as_str());
        let public = match self.is_there(&layout.public_key()) {
            true => public.replacing(),
            false => public,
        };
        let mut files = self.missing([private]);
        files.push(public);
        files
    }

    fn credential(&self, row: &Credential, issued: &Issued) -> Vec<NewFile> {
        let layout = &self.wanted.layout;
        let known = self.authorities.get(row.authority);
        let above = known.map(Known::between).unwrap_or_default();
        let certificate = to_pem(slice::from_ref(&issued.certificate)) + &to_pem(&above);
        match row.holder {
            Holder::Pki(base) => vec![
                NewFile::new(layout.key(base), PRIVATE, issued.key.as_bytes()),
                NewFile::new(layout.certificate(base), PUBLIC, certificate),
            ],
            Holder::Kubeconfig(name) => {
                let ca = known.map(Known::trust_pem);
                let user = row.common_name.replace("NODE", &self.node.name);
                let config = Kubeconfig {
                    cluster: &self.wanted.cluster.name,
                    server: &self.wanted.cluster.server(name, self.node),
                    ca: ca.as_deref(),
                    user: &user,
                    credential: kubeconfig::Credential::Certificate {
                        certificate: &certificate,
                        key: &issued.key,
                    },
                };
                let text = config.to_text();
                vec![NewFile::new(
                    layout.kubeconfig(name),
                    PRIVATE,
                    text.as_bytes(),
                )]
            }
        }
    }

    fn manifest(&mut self, pod: &str) -> Vec<NewFile> {
        self.folder(part::MANIFESTS.to_owned());
        if let ("etcd", Etcd::Local(etcd)) = (pod, &self.wanted.cluster.etcd) {
            self.folder(etcd.data_dir.clone());
        }
        let pods = manifest::static_pods(self.wanted.cluster, self.node, &self.surroundings());
        let text = pods.into_iter().find(|(name, _)| *name == pod);
        let file = text
            .and_then(|(_, text)| self.differing(self.wanted.layout.manifest(pod), PRIVATE, text));
        file.into_iter().collect()
    }

    fn surroundings(&self) -> Surroundings {
        let nodes = self.wanted.nodes.iter();
        let own = nodes.map(|node| (node.name.clone(), node.advertise_address));
        let members: Vec<_> = self.wanted.members.iter().cloned().chain(own).collect();
        let is_there = |folder: &&str| self.files.get(folder).content == Content::Directory;
        let ca = self.authorities.get("ca");
        let bundle = ca.is_some_and(|ca| ca.signing_pem().is_some());
        let trust = ca.is_some_and(|ca| !ca.above.is_empty());
        Surroundings {
            ca_folders: CA_FOLDERS.into_iter().filter(is_there).collect(),
            external_ca: ca.is_some_and(|ca| ca.key.is_none()),
            members,
            existing: self.wanted.joins(),
            signing_cert: bundle.then(|| self.wanted.layout.signing_certificate()),
            trust_bundle: trust.then(|| self.wanted.layout.trust_bundle()),
            proxies: self.wanted.machine.proxies.clone(),
        }
    }

    fn kubelet(&mut self) -> Vec<NewFile> {
        self.folder(part::KUBELET.to_owned());
        let resolved = self.files.get("/run/systemd/resolve/resolv.conf");
        let machine = kubelet::Machine {
            host_name: self.wanted.machine.host_name.clone(),
            systemd_resolved: resolved.bytes().is_some(),
        };
        let files = kubelet::files(self.wanted.cluster, self.node, &machine).into_iter();
        let file = |(name, text): (&str, String)| {
            self.differing(format!("{}/{name}", part::KUBELET), PUBLIC, text)
        };
        files.filter_map(file).collect()
    }

    /// The file, unless it is there and says the same.
    fn differing(&self, path: String, mode: u32, text: String) -> Option<NewFile> {
        let found = self.files.get(&path);
        let file = NewFile::new(path, mode, text.as_str());
        match found.bytes() {
            Some(found) if found == text.as_bytes() => None,
            Some(_) => Some(file.replacing()),
            None => Some(file),
        }
    }

    /// A folder that nobody else may look into.
    fn folder(&mut self, path: String) {
        let folder = Folder { path, mode: 0o700 };
        if !self.change.folders.contains(&folder) {
            self.change.folders.push(folder);
        }
    }
}
