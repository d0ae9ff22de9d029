//! A healthy tree of kubeadm's in memory, to make small changes in.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cluster::files::{Attributes, Memory};
use cluster::{Files, Graph, Inventory};
use kubepki_audit::{Report, audit};
use time::UtcDateTime;
use time::macros::utc_datetime;

use crate::pki::{Algorithm, Issuer, Key, Spec, certificate_pem, der_of};

/// When everything that kubeadm made is valid.
pub const AT: UtcDateTime = utc_datetime!(2026-12-01 0:00);

pub const PKI: &str = "/etc/kubernetes/pki";
pub const APISERVER: &str = "/etc/kubernetes/manifests/kube-apiserver.yaml";
pub const ETCD: &str = "/etc/kubernetes/manifests/etcd.yaml";
pub const MANAGER: &str = "/etc/kubernetes/manifests/kube-controller-manager.yaml";
pub const SCHEDULER: &str = "/etc/kubernetes/manifests/kube-scheduler.yaml";
pub const ADMIN_CONF: &str = "/etc/kubernetes/admin.conf";
pub const KUBELET_CONF: &str = "/etc/kubernetes/kubelet.conf";
pub const MANAGER_CONF: &str = "/etc/kubernetes/controller-manager.conf";
pub const SCHEDULER_CONF: &str = "/etc/kubernetes/scheduler.conf";
pub const KUBELET: &str = "/var/lib/kubelet/config.yaml";
pub const KUBECONFIGS: [&str; 5] = [
    ADMIN_CONF,
    "/etc/kubernetes/super-admin.conf",
    KUBELET_CONF,
    MANAGER_CONF,
    SCHEDULER_CONF,
];

/// A node's files.
#[derive(Clone)]
pub struct Tree {
    pub algorithm: Algorithm,
    files: BTreeMap<String, Vec<u8>>,
    /// Those that are not 0600.
    modes: BTreeMap<String, u32>,
}

impl Tree {
    /// The trees there are: one with RSA keys, one with ECDSA keys and more names.
    pub fn healthy() -> Vec<Tree> {
        let read = |(name, algorithm)| Tree::read(algorithm, &examples().join(name));
        [
            ("kubeadm", Algorithm::Rsa),
            ("kubeadm-ecdsa", Algorithm::Ecdsa),
        ]
        .map(read)
        .into()
    }

    /// What lies in a folder.
    pub fn read(algorithm: Algorithm, root: &Path) -> Tree {
        let mut files = BTreeMap::new();
        collect(root, root, &mut files);
        Tree::new(algorithm, files)
    }

    pub fn new(algorithm: Algorithm, files: BTreeMap<String, Vec<u8>>) -> Tree {
        let modes = BTreeMap::new();
        Tree {
            algorithm,
            files,
            modes,
        }
    }

    pub fn audit(&self) -> Report {
        self.audit_at(AT)
    }

    pub fn inventory(&self, partial: bool) -> Inventory {
        Inventory::read(vec![(None, self.files(partial))])
    }

    /// The files as a node has them.
    pub fn files(&self, partial: bool) -> Files {
        let mut memory = Memory::default();
        for (path, bytes) in &self.files {
            memory = memory.file(path, bytes.clone());
        }
        for (path, mode) in &self.modes {
            let (mode, uid, gid) = (*mode, 0, 0);
            memory.own(path, Attributes { mode, uid, gid });
        }
        Files::in_memory(memory, partial)
    }

    /// Every file, for those who want them on a disk.
    pub fn all(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let files = self.files.iter();
        files.map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    pub fn chmod(&mut self, path: &str, mode: u32) {
        assert!(self.files.contains_key(path), "no {path}");
        self.modes.insert(path.to_owned(), mode);
    }

    pub fn audit_at(&self, at: UtcDateTime) -> Report {
        let inventory = self.inventory(false);
        audit(&inventory, &Graph::of(&inventory), at)
    }

    pub fn get(&self, path: &str) -> &[u8] {
        self.find(path).unwrap_or_else(|| panic!("no {path}"))
    }

    pub fn find(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// Every file below a folder.
    #[allow(dead_code, reason = "the tests with real components use it")]
    pub fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let is_below = move |path: &str| {
            let rest = path.strip_prefix(folder.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let files = self.files.iter().filter(move |(path, _)| is_below(path));
        files.map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    pub fn text(&self, path: &str) -> String {
        String::from_utf8(self.get(path).to_vec()).unwrap()
    }

    pub fn put(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.to_owned(), bytes.into());
    }

    pub fn remove(&mut self, path: &str) {
        assert!(self.files.remove(path).is_some(), "no {path}");
    }

    pub fn copy(&mut self, from: &str, to: &str) {
        let bytes = self.get(from).to_vec();
        self.put(to, bytes);
    }

    pub fn rename(&mut self, from: &str, to: &str) {
        self.copy(from, to);
        self.remove(from);
    }

    /// Replaces a text that stands there exactly once.
    pub fn edit(&mut self, path: &str, from: &str, to: &str) {
        let text = self.text(path);
        assert_eq!(text.matches(from).count(), 1, "{from} in {path}");
        self.put(path, text.replace(from, to));
    }

    /// Gives a flag another value.
    pub fn flag(&mut self, path: &str, flag: &str, value: &str) {
        let line = self.line(path, &format!("- {flag}="));
        self.edit(
            path,
            &format!("{line}\n"),
            &format!("    - {flag}={value}\n"),
        );
    }

    /// Adds a flag, behind the others.
    pub fn add_flag(&mut self, path: &str, flag: &str) {
        let text = self.text(path);
        let last = text.lines().rfind(|line| line.starts_with("    - --"));
        let last = last
            .unwrap_or_else(|| panic!("no flags in {path}"))
            .to_owned();
        self.edit(
            path,
            &format!("{last}\n"),
            &format!("{last}\n    - {flag}\n"),
        );
    }

    /// Takes a flag out.
    pub fn without(&mut self, path: &str, flag: &str) {
        let line = self.line(path, &format!("- {flag}="));
        self.edit(path, &format!("{line}\n"), "");
    }

    /// The number of the line that holds a text.
    pub fn line_number(&self, path: &str, part: &str) -> u32 {
        let text = self.text(path);
        let index = text.lines().position(|line| line.contains(part));
        u32::try_from(index.unwrap_or_else(|| panic!("no {part} in {path}"))).unwrap() + 1
    }

    /// The line that holds a text.
    pub fn line(&self, path: &str, part: &str) -> String {
        let text = self.text(path);
        let line = text.lines().find(|line| line.contains(part));
        line.unwrap_or_else(|| panic!("no {part} in {path}"))
            .to_owned()
    }

    /// The authority whose files have this base: `ca`, `etcd/ca`, `front-proxy-ca`.
    pub fn issuer(&self, base: &str) -> Issuer {
        let file = |end| self.get(&format!("{PKI}/{base}.{end}"));
        Issuer::from_pem(file("crt"), file("key"))
    }

    /// What the certificate in a file of the PKI says.
    pub fn spec(&self, base: &str) -> Spec {
        Spec::of(&der_of(self.get(&format!("{PKI}/{base}.crt"))))
    }

    /// Issues a certificate of the PKI again, for the same key, by its own authority.
    pub fn reissue(&mut self, base: &str, change: impl FnOnce(&mut Spec)) {
        let authority = match base {
            "apiserver-etcd-client" => "etcd/ca",
            "front-proxy-client" => "front-proxy-ca",
            base if base.starts_with("etcd/") => "etcd/ca",
            _ => "ca",
        };
        self.reissue_by(authority, base, change);
    }

    /// Issues a certificate of the PKI again, for the same key, by the given authority.
    pub fn reissue_by(&mut self, authority: &str, base: &str, change: impl FnOnce(&mut Spec)) {
        let mut spec = self.spec(base);
        change(&mut spec);
        let certificate = spec.signed_by(&self.issuer(authority));
        self.put(&format!("{PKI}/{base}.crt"), certificate_pem(&certificate));
    }

    /// Issues an authority again, for the same key, and puts it into every kubeconfig too when
    /// it is the cluster's.
    pub fn reissue_authority(&mut self, base: &str, change: impl FnOnce(&mut Spec)) {
        let mut spec = self.spec(base);
        change(&mut spec);
        let certificate = certificate_pem(&spec.self_signed(&self.issuer(base).key));
        self.put(&format!("{PKI}/{base}.crt"), certificate.clone());
        if base == "ca" {
            for path in KUBECONFIGS {
                self.embed(path, "certificate-authority-data", &certificate);
            }
        }
    }

    /// Issues the certificate of a kubeconfig again, for the same key.
    pub fn reissue_embedded(
        &mut self,
        authority: &str,
        path: &str,
        change: impl FnOnce(&mut Spec),
    ) {
        let mut spec = Spec::of(&der_of(&self.embedded(path, "client-certificate-data")));
        change(&mut spec);
        let certificate = spec.signed_by(&self.issuer(authority));
        self.embed(
            path,
            "client-certificate-data",
            &certificate_pem(&certificate),
        );
    }

    /// A new key for a certificate of the PKI, which is issued again for it.
    pub fn renew(&mut self, base: &str, number: usize) {
        let key = Key::spare(self.algorithm, number);
        self.put(&format!("{PKI}/{base}.key"), key.to_pem());
        self.reissue(base, |spec| spec.public_key = key.public_key());
    }

    /// What a field of a kubeconfig embeds.
    pub fn embedded(&self, path: &str, field: &str) -> Vec<u8> {
        let line = self.line(path, &format!("{field}: "));
        let (_, value) = line.split_once(": ").unwrap();
        STANDARD.decode(value).unwrap()
    }

    /// Lets a field of a kubeconfig embed something else.
    pub fn embed(&mut self, path: &str, field: &str, bytes: &[u8]) {
        self.set(path, field, &STANDARD.encode(bytes));
    }

    /// Lets a field of a kubeconfig have another value.
    pub fn set(&mut self, path: &str, field: &str, value: &str) {
        let line = self.line(path, &format!("{field}: "));
        let (before, _) = line.split_once(": ").unwrap();
        self.edit(path, &format!("{line}\n"), &format!("{before}: {value}\n"));
    }
}

pub fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = format!("/{}", path.strip_prefix(root).unwrap().display());
            files.insert(name, fs::read(&path).unwrap());
        }
    }
}
