//! What a process loads when it starts, and what ends it.

use std::sync::Arc;

use cluster::kubeconfig::KubeconfigError;
use cluster::material::Origin;
use cluster::process::{Load, Loaded, Note, NoteKind};
use cluster::{Channel, Component, KubeconfigUse, Loader, Material, Pair, Process};
use verify::PublicKey;
use verify::load::LoadError;
use x509::RevocationList;

use super::{Judge, Trouble, said, values};
use crate::load::{self, Fault, Half};
use crate::problem::{Problem, Use};

impl<'a> Judge<'a> {
    /// Everything that goes wrong when a component starts on a node.
    pub(super) fn troubles_at_start(&self, component: Component, node: usize) -> Vec<Trouble<'a>> {
        let at = &self.inventory.nodes[node];
        let Some(process) = at.processes.get(&component) else {
            return Vec::new();
        };
        if !process.is_present() {
            let fault = load::bytes(&process.manifest)
                .err()
                .unwrap_or(Fault::Missing);
            return vec![self.trouble_of_file(
                &process.manifest,
                Loader::Configuration,
                component,
                Some(node),
                fault,
            )];
        }
        let not_started = self.not_started(process, node);
        let not_started = not_started.or_else(|| {
            self.refused_value(process)
                .map(|note| ended(process, node, note))
        });
        let mut troubles: Vec<Trouble<'a>> = not_started.into_iter().collect();
        for load in process.loads() {
            troubles.extend(self.troubles_of_load(load, component, node));
        }
        troubles
    }

    /// Whether the inventory found something in the manifest that ends it.
    fn not_started(&self, process: &Process, node: usize) -> Option<Trouble<'a>> {
        let notes = &self.inventory.nodes[node].notes;
        let manifest = process.manifest.place().path;
        // Of a flag and a variable for the same, etcd dies (etcd pkg/v3/flags/flag.go).
        let is_etcd = process.component == Component::Etcd;
        let is_broken = |kind: NoteKind| match kind {
            NoteKind::NotStarted | NoteKind::Unsupported => true,
            NoteKind::Conflict => is_etcd,
            _ => false,
        };
        let own = process.notes.iter().find(|note| {
            is_broken(note.kind) || note.kind == NoteKind::Unreadable && note.place.path == manifest
        });
        let note = own.or_else(|| {
            let mut notes = notes.iter();
            notes.find(|note| note.kind == NoteKind::Unreadable && note.place.path == manifest)
        })?;
        Some(ended(process, node, note.clone()))
    }

    /// A value that it does not take, or two that it does not take together.
    fn refused_value(&self, process: &Process) -> Option<Note> {
        let by_values = values::refused(process);
        by_values.or_else(|| self.overlapping(process))
    }

    /// With the same certificate for clients and for front proxies, and no list of names, every
    /// client could speak for any other: kube-apiserver does not start
    /// (`pkg/kubeapiserver/options/authentication.go`, `certificatesOverlap`).
    fn overlapping(&self, process: &Process) -> Option<Note> {
        let loads = process.loads().iter();
        let bundle = |key: &str| {
            loads.clone().find_map(|load| match &load.what {
                Loaded::Bundle(material) => {
                    let setting = material.setting.as_ref()?;
                    (&*setting.key == key).then_some((setting, self.loads.certificates(material)))
                }
                _ => None,
            })
        };
        let (_, clients) = bundle("client-ca-file")?;
        let (setting, proxies) = bundle("requestheader-client-ca-file")?;
        let is_listed = !process
            .settings
            .list("requestheader-allowed-names")
            .is_empty();
        let is_apiserver = process.component == Component::KubeApiserver;
        let overlap = proxies
            .iter()
            .any(|one| clients.iter().any(|other| other == one));
        (overlap && is_apiserver && !is_listed).then(|| Note {
            kind: NoteKind::Conflict,
            place: setting.place.clone(),
            message: "--requestheader-client-ca-file and --client-ca-file contain overlapping certificates; \
                      --requestheader-allowed-names must be specified"
                .to_owned(),
        })
    }

    fn troubles_of_load(&self, load: &'a Load, by: Component, node: usize) -> Vec<Trouble<'a>> {
        let node = Some(node);
        let troubles = self.troubles_of(load, by, node);
        if troubles.is_empty() {
            let materials = materials(&load.what).into_iter();
            let uses = materials.map(|material| Use { material, by, node });
            self.loaded.borrow_mut().extend(uses);
        }
        troubles
    }

    fn troubles_of(&self, load: &'a Load, by: Component, node: Option<usize>) -> Vec<Trouble<'a>> {
        match &load.what {
            Loaded::Pair(pair) => {
                let loaded = self.loads.pair(pair);
                let trouble = |(half, fault)| self.trouble_of_pair(pair, by, node, half, fault);
                loaded.err().map(trouble).into_iter().collect()
            }
            Loaded::Bundle(material) => {
                let loaded = self.loads.pool(material, load.loader);
                let trouble =
                    |fault| self.trouble_of_bundle(material, load.loader, by, node, fault);
                loaded.err().map(trouble).into_iter().collect()
            }
            Loaded::PrivateKey(material) => {
                let fault = self.signing_key(material).err();
                let trouble = |fault| self.trouble_of_file(material, load.loader, by, node, fault);
                fault.map(trouble).into_iter().collect()
            }
            Loaded::PublicKeys(materials) => {
                let files = materials.iter();
                files
                    .flat_map(|material| self.checking_key(material, load.loader, by, node))
                    .collect()
            }
            Loaded::Kubeconfig(used) => self.troubles_of_kubeconfig(used, by, node),
            Loaded::Configuration(material) => {
                let fault = load::bytes(material).err();
                let trouble = |fault| self.trouble_of_file(material, load.loader, by, node, fault);
                fault
                    .filter(|_| !is_revocation_list(material))
                    .map(trouble)
                    .into_iter()
                    .collect()
            }
        }
    }

    /// Why etcd takes nobody's certificate: it reads the list of those that are revoked anew at every
    /// connection, and ends the connection when it cannot (`client/pkg/transport/listener_tls.go`).
    pub(super) fn unread_revocations(&self, channel: &'a Channel) -> Option<Trouble<'a>> {
        let etcd = self.inventory.process(&channel.server)?;
        let key = match channel.client.component {
            Component::Etcd => "peer-crl-file",
            _ => "client-crl-file",
        };
        let material = etcd.loads().iter().find_map(|load| match &load.what {
            Loaded::Configuration(material) => {
                let setting = material.setting.as_ref();
                Some(material).filter(|_| setting.is_some_and(|setting| &*setting.key == key))
            }
            _ => None,
        })?;
        let fault = match load::bytes(material) {
            Ok(bytes) if RevocationList::from_der(bytes).is_ok() => return None,
            Ok(_) => Fault::NoRevocationList,
            Err(fault) => fault,
        };
        let (by, node) = (channel.server.component, channel.server.node);
        Some(self.trouble_of_file(material, Loader::Configuration, by, node, fault))
    }

    /// The token generator takes RSA and ECDSA keys only (`pkg/serviceaccount/jwt.go`).
    fn signing_key(&self, material: &Material) -> Result<(), Fault> {
        match self.loads.private_key(material)? {
            Some(PublicKey::Rsa(_) | PublicKey::Ecdsa(_)) => Ok(()),
            _ => Err(Fault::Content(LoadError::NoPrivateKey)),
        }
    }

    fn checking_key(
        &self,
        material: &'a Material,
        loader: Loader,
        by: Component,
        node: Option<usize>,
    ) -> Vec<Trouble<'a>> {
        let keys = load::keys(material);
        let read = |bytes| keys.service_account_public_keys(bytes).map(drop);
        let loaded = load::bytes(material).and_then(|bytes| read(bytes).map_err(Fault::Content));
        let fault = loaded.err();
        let trouble = |fault| self.trouble_of_file(material, loader, by, node, fault);
        fault.map(trouble).into_iter().collect()
    }

    /// What is wrong with a kubeconfig and with what it names.
    pub(super) fn troubles_of_kubeconfig(
        &self,
        used: &'a Arc<KubeconfigUse>,
        by: Component,
        node: Option<usize>,
    ) -> Vec<Trouble<'a>> {
        let kubeconfig = match &used.parsed {
            Ok(kubeconfig) => kubeconfig,
            Err(KubeconfigError::Absent) => {
                let fault = load::bytes(&used.source).err().unwrap_or(Fault::Missing);
                return vec![self.trouble_of_file(
                    &used.source,
                    Loader::Kubeconfig,
                    by,
                    node,
                    fault,
                )];
            }
            Err(error) => {
                return vec![Trouble {
                    problem: Problem::Kubeconfig { used, by, node },
                    said: error.to_string(),
                    is_fatal: true,
                }];
            }
        };
        let authority = kubeconfig
            .certificate_authority
            .iter()
            .filter_map(|material| {
                let fault = self.loads.pool(material, Loader::ClientGoCa).err()?;
                Some(self.trouble_of_bundle(material, Loader::ClientGoCa, by, node, fault))
            });
        let client = kubeconfig.client.iter().filter_map(|pair| {
            let (half, fault) = self.loads.pair(pair).err()?;
            Some(self.trouble_of_pair(pair, by, node, half, fault))
        });
        authority.chain(client).collect()
    }

    pub(super) fn trouble_of_pair(
        &self,
        pair: &'a Pair,
        by: Component,
        node: Option<usize>,
        half: Half,
        fault: Fault,
    ) -> Trouble<'a> {
        let (first, second) = match half {
            Half::Certificate | Half::Both => (&pair.certificate, &pair.key),
            Half::Key => (&pair.key, &pair.certificate),
        };
        let said = said::pair(pair, half, &fault);
        let is_fatal = is_fatal(pair, &fault);
        let of = |material: &'a Material| Use { material, by, node };
        let problem = match (first, second) {
            (Some(first), _) if fault == Fault::NotCollected => Problem::NotCollected(of(first)),
            (Some(first), other) => Problem::Load {
                what: of(first),
                other: other.as_ref(),
                half,
                loader: pair.loader,
                fault,
            },
            (None, Some(set)) => Problem::HalfPair {
                set: of(set),
                missing: half,
            },
            // A pair has at least one half.
            (None, None) => Problem::NotStarted {
                component: by,
                node: node.unwrap_or_default(),
                note: said::no_pair(),
            },
        };
        Trouble {
            problem,
            said,
            is_fatal,
        }
    }

    pub(super) fn trouble_of_bundle(
        &self,
        material: &'a Material,
        loader: Loader,
        by: Component,
        node: Option<usize>,
        fault: Fault,
    ) -> Trouble<'a> {
        self.trouble_of_file(material, loader, by, node, fault)
    }

    fn trouble_of_file(
        &self,
        material: &'a Material,
        loader: Loader,
        by: Component,
        node: Option<usize>,
        fault: Fault,
    ) -> Trouble<'a> {
        let what = Use { material, by, node };
        let said = said::file(material, loader, &fault);
        // Of a file that was not collected it is not said that it keeps a process from starting,
        // but without its manifest or kubeconfig nothing at all can be said.
        let says_all = matches!(loader, Loader::Configuration | Loader::Kubeconfig);
        let is_fatal = says_all || fault != Fault::NotCollected;
        let problem = match fault {
            Fault::NotCollected => Problem::NotCollected(what),
            fault => Problem::Load {
                what,
                other: None,
                half: half_of(loader),
                loader,
                fault,
            },
        };
        Trouble {
            problem,
            said,
            is_fatal,
        }
    }
}

fn is_revocation_list(material: &Material) -> bool {
    let setting = material.setting.as_ref();
    setting.is_some_and(|setting| setting.key.ends_with("-crl-file"))
}

/// A process that ends because of what the note says.
fn ended<'a>(process: &Process, node: usize, note: Note) -> Trouble<'a> {
    Trouble {
        said: note.message.clone(),
        problem: Problem::NotStarted {
            component: process.component,
            node,
            note,
        },
        is_fatal: true,
    }
}

/// Everything that is read for one load.
pub(crate) fn materials(what: &Loaded) -> Vec<&Material> {
    match what {
        Loaded::Pair(pair) => halves(pair).collect(),
        Loaded::Bundle(material)
        | Loaded::PrivateKey(material)
        | Loaded::Configuration(material) => vec![material],
        Loaded::PublicKeys(materials) => materials.iter().collect(),
        Loaded::Kubeconfig(used) => materials_of_kubeconfig(used),
    }
}

/// A kubeconfig and what it names or embeds.
pub(crate) fn materials_of_kubeconfig(used: &KubeconfigUse) -> Vec<&Material> {
    let mut materials = vec![&used.source];
    if let Ok(kubeconfig) = &used.parsed {
        materials.extend(&kubeconfig.certificate_authority);
        materials.extend(kubeconfig.client.iter().flat_map(|pair| halves(pair)));
    }
    materials
}

fn halves(pair: &Pair) -> impl Iterator<Item = &Material> {
    pair.certificate.iter().chain(&pair.key)
}

fn half_of(loader: Loader) -> Half {
    match super::tokens::is_token_loader(loader) {
        true => Half::Key,
        false => Half::Certificate,
    }
}

/// client-go puts files together at the first connection only; with one half of the front proxy's
/// pair, kube-apiserver silently presents nothing.
fn is_fatal(pair: &Pair, fault: &Fault) -> bool {
    let halves = [&pair.certificate, &pair.key];
    let is_proxy = halves.into_iter().flatten().any(|half| {
        half.setting
            .as_ref()
            .is_some_and(|setting| setting.key.starts_with("proxy-client-"))
    });
    let is_embedded = halves
        .into_iter()
        .flatten()
        .any(|half| matches!(half.origin, Origin::Embedded(_)));
    match (pair.loader, fault) {
        (_, Fault::NotCollected) => false,
        (_, Fault::NotSet) => !is_proxy,
        (Loader::ClientGoPair, Fault::Content(_) | Fault::Empty) => is_embedded,
        _ => true,
    }
}
