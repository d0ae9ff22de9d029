//! Reading a node: which components it runs, what they load, and the files of its PKI.

use std::collections::BTreeMap;
use std::sync::Arc;

use x509::Place;

use super::{Inventory, Node};
use crate::catalogue::{self, CREDENTIALS, Flag, Holder, Role};
use crate::component::Component;
use crate::files::{Content, Files};
use crate::kubeconfig::{KubeconfigUse, Kubeconfigs};
use crate::kubelet;
use crate::manifest::{self, Container};
use crate::material::{Loader, Material, Pair};
use crate::mounts::{View, parent};
use crate::process::{Load, Loaded, Note, NoteKind, Process};
use crate::setting::Settings;

const MANIFESTS: &str = "/etc/kubernetes/manifests";
const PKI: &str = "/etc/kubernetes/pki";
const KUBELET_PKI: &str = "/var/lib/kubelet/pki";

/// How many folders below the PKI directory are looked into.
const DEPTH: usize = 4;

/// How many files of a PKI directory are looked at.
const FILES: usize = 1000;

impl Inventory {
    /// Reads every node: its files, and the name it was given.
    pub fn read(trees: Vec<(Option<String>, Files)>) -> Self {
        let numbered = trees.into_iter().zip(1..);
        let mut nodes: Vec<Node> = numbered
            .map(|((name, files), number)| named(read_node(name, files), number))
            .collect();
        make_unique(&mut nodes);
        Inventory::of(nodes.into_iter().map(Arc::new).collect())
    }
}

impl Node {
    /// Reads one node by itself.
    pub fn read(files: Files) -> Self {
        named(read_node(None, files), 1)
    }
}

/// A node that was given no name gets the one that its own files have, or its number.
fn named(mut node: Node, number: usize) -> Node {
    if node.name.is_empty() {
        let own = node.node_name.clone();
        node.name = own.unwrap_or_else(|| format!("node{number}").into());
    }
    node
}

/// Two nodes of one name get its number behind it.
fn make_unique(nodes: &mut [Node]) {
    let mut seen: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for node in nodes {
        let count = seen.entry(node.name.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            node.name = format!("{}-{count}", node.name).into();
        }
    }
}

fn read_node(name: Option<String>, files: Files) -> Node {
    let mut notes = Vec::new();
    let mut processes = BTreeMap::new();
    let kubeconfigs = Kubeconfigs::of(&files);
    let kubelet = read_kubelet(&files, &kubeconfigs);
    let folder = kubelet.settings.get("pod-manifest-path");
    let folder = folder.map_or(MANIFESTS, |folder| &folder.value).to_owned();
    for process in read_manifests(&files, &kubeconfigs, &folder, &mut notes) {
        add(&mut processes, process, &mut notes);
    }
    processes.insert(Component::Kubelet, kubelet);
    add_expected(&files, &folder, &mut processes);
    let pki_directory = pki_directory(&files, &processes);
    let kubeconfigs = read_kubeconfigs(&files, &kubeconfigs, &processes);
    let mut pki = BTreeMap::new();
    collect(&files, &pki_directory, DEPTH, &mut pki, &mut notes);
    collect(&files, KUBELET_PKI, 0, &mut pki, &mut notes);
    Node {
        name: name.unwrap_or_default().into(),
        node_name: node_name(&processes, &kubeconfigs),
        files,
        processes,
        kubeconfigs,
        pki,
        pki_directory,
        notes,
    }
}

/// The static pods. The kubelet starts every file whose name does not begin with a dot
/// (`pkg/kubelet/config/file.go`).
fn read_manifests(
    files: &Files,
    kubeconfigs: &Kubeconfigs<'_>,
    folder: &str,
    notes: &mut Vec<Note>,
) -> Vec<Process> {
    let mut processes = Vec::new();
    let names = match files.list(folder) {
        Ok(names) => names,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            let message = format!("the folder of manifests cannot be read: {error}");
            notes.push(Note::new(
                NoteKind::Unreadable,
                Place::file(folder),
                message,
            ));
            Vec::new()
        }
    };
    for name in names.iter().filter(|name| !name.starts_with('.')) {
        let path = format!("{folder}/{name}");
        let material = View::Host.material(files, &path, None);
        let (Some(file), Some(bytes)) = (material.file(), material.bytes()) else {
            notes.extend(unreadable(&material));
            continue;
        };
        match manifest::read(file, bytes) {
            Ok(containers) => {
                let started = containers.into_iter();
                let process = |container| process(files, kubeconfigs, &material, container);
                processes.extend(started.map(process));
            }
            Err(note) => notes.push(note),
        }
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        if !matches!(extension, Some("yaml" | "yml" | "json" | "manifest")) {
            let message = "the kubelet starts this file too, whatever its name ends with";
            notes.push(Note::new(NoteKind::Other, Place::file(&*path), message));
        }
    }
    processes
}

/// Of two manifests for one component the first by name is taken, as the rest is up to the kubelet.
fn add(processes: &mut BTreeMap<Component, Process>, process: Process, notes: &mut Vec<Note>) {
    match processes.get(&process.component) {
        None => {
            processes.insert(process.component, process);
        }
        Some(first) => {
            let message = format!(
                "a second manifest for {}, besides {}; which of them runs is up to the kubelet",
                process.component,
                first.manifest.place()
            );
            notes.push(Note::new(
                NoteKind::Conflict,
                process.manifest.place(),
                message,
            ));
        }
    }
}

fn process(
    files: &Files,
    kubeconfigs: &Kubeconfigs<'_>,
    manifest: &Material,
    container: Container,
) -> Process {
    let mut process = Process {
        component: container.component,
        manifest: manifest.clone(),
        image: container.image,
        version: container.version,
        settings: container.settings,
        notes: container.notes,
        run_as_user: container.run_as_user,
        has_host_network: container.has_host_network,
        anonymous_probe: container.anonymous_probe,
        loads: Vec::new(),
        view: View::Container(container.mounts),
    };
    note_version(&mut process);
    note_mounts(files, &mut process);
    read_config_file(files, &mut process);
    process.loads = loads(files, kubeconfigs, &process);
    process
}

fn note_version(process: &mut Process) {
    let known = match process.component {
        Component::Etcd => catalogue::ETCD,
        _ => catalogue::KUBERNETES,
    };
    let place = || {
        process
            .image
            .as_ref()
            .map_or_else(|| process.manifest.place(), |image| image.place.clone())
    };
    let message = match process.version {
        Some(version) if known.contain(version) => return,
        Some(version) => format!("{} {version} is not in the catalogue", process.component),
        None => format!(
            "the image does not tell which version of {} it is",
            process.component
        ),
    };
    let note = Note::new(NoteKind::UnknownVersion, place(), message);
    process.notes.push(note);
}

fn note_mounts(files: &Files, process: &mut Process) {
    let View::Container(mounts) = &process.view else {
        return;
    };
    let checks = mounts.list.iter().filter_map(|mount| mount.check.as_ref());
    let failed = checks.filter_map(|check| {
        let message = check.failure(files)?;
        Some(Note::new(
            NoteKind::NotStarted,
            check.path.place.clone(),
            message,
        ))
    });
    let failed: Vec<Note> = failed.collect();
    process.notes.extend(failed);
}

/// etcd's `--config-file` is instead of everything else; the scheduler's `--config` is instead of
/// `--kubeconfig`.
fn read_config_file(files: &Files, process: &mut Process) {
    let key = match process.component {
        Component::Etcd => "config-file",
        Component::KubeScheduler => "config",
        _ => return,
    };
    let Some(material) = process.material(files, key) else {
        return;
    };
    let mut fields = Settings::default();
    if let (Some(file), Some(bytes)) = (material.file(), material.bytes()) {
        kubelet::fields(
            process.component,
            file,
            bytes,
            &mut fields,
            &mut process.notes,
        );
    }
    let ignored = |name: &str| match process.component {
        Component::Etcd => name != key,
        _ => name == "kubeconfig",
    };
    for setting in process
        .settings
        .iter()
        .filter(|setting| ignored(&setting.key))
    {
        let message = format!("{} does not count beside --{key}", setting.name);
        process.notes.push(Note::new(
            NoteKind::Ineffective,
            setting.place.clone(),
            message,
        ));
    }
    process.settings.retain(|setting| !ignored(&setting.key));
    fields
        .iter()
        .for_each(|field| process.settings.push(field.clone()));
}

fn read_kubelet(files: &Files, kubeconfigs: &Kubeconfigs<'_>) -> Process {
    let configured = kubelet::read(files);
    let mut process = Process {
        component: Component::Kubelet,
        manifest: View::Host.material(files, &configured.config, None),
        image: None,
        version: None,
        settings: configured.settings,
        notes: configured.notes,
        run_as_user: None,
        has_host_network: true,
        anonymous_probe: None,
        loads: Vec::new(),
        view: View::Host,
    };
    process.loads = loads(files, kubeconfigs, &process);
    prefer_bootstrap(&mut process);
    add_store(files, &mut process);
    process
}

/// The bootstrap kubeconfig is only looked at when the other is not there.
fn prefer_bootstrap(process: &mut Process) {
    let is = |load: &Load, key: &str| {
        catalogue::flag(Component::Kubelet, key).is_some_and(|flag| flag.purpose == load.purpose)
    };
    let usable = |load: &Load| match &load.what {
        Loaded::Kubeconfig(used) => used.source.bytes().is_some(),
        _ => false,
    };
    let has = |key: &str| {
        process
            .loads
            .iter()
            .any(|load| is(load, key) && usable(load))
    };
    let bootstraps = !has("kubeconfig") && has("bootstrap-kubeconfig");
    process.loads.retain(|load| {
        !is(
            load,
            if bootstraps {
                "kubeconfig"
            } else {
                "bootstrap-kubeconfig"
            },
        )
    });
    if bootstraps {
        let purpose = catalogue::flag(Component::Kubelet, "kubeconfig").map(|flag| flag.purpose);
        for load in process
            .loads
            .iter_mut()
            .filter(|load| matches!(load.what, Loaded::Kubeconfig(_)))
        {
            load.purpose = purpose.unwrap_or(load.purpose);
        }
    }
}

/// With rotation, the certificate in the kubelet's own store counts, when there is one.
fn add_store(files: &Files, process: &mut Process) {
    if !process.settings.is_on("rotate-certificates", false) {
        return;
    }
    let folder = process
        .settings
        .get("cert-dir")
        .map_or(KUBELET_PKI, |folder| &folder.value);
    let path = format!("{folder}/kubelet-client-current.pem");
    let current = process.view.material(files, &path, None);
    let absent = current
        .file()
        .is_none_or(|file| matches!(file.content, Content::Missing | Content::NotCollected));
    if !absent {
        let pair = Pair {
            certificate: Some(current.clone()),
            key: Some(current),
            loader: Loader::KubeletStore,
        };
        process.loads.push(Load {
            purpose: "the kubelet's own certificate",
            loader: Loader::KubeletStore,
            what: Loaded::Pair(Arc::new(pair)),
        });
    }
}

/// What a component loads, flag by flag in the order of the catalogue.
fn loads(files: &Files, kubeconfigs: &Kubeconfigs<'_>, process: &Process) -> Vec<Load> {
    catalogue::flags(process.component)
        .flat_map(|flag| loads_of(files, kubeconfigs, process, flag))
        .collect()
}

fn loads_of(
    files: &Files,
    kubeconfigs: &Kubeconfigs<'_>,
    process: &Process,
    flag: &Flag,
) -> Vec<Load> {
    let material = || process.material(files, flag.name);
    let load = |loader, what| Load {
        purpose: flag.purpose,
        loader,
        what,
    };
    let bundle = |loader| material().map(|material| load(loader, Loaded::Bundle(material)));
    let one = match flag.role {
        Role::Certificate { loader, .. } => process
            .pair(files, flag.name)
            .map(|pair| load(loader, Loaded::Pair(Arc::new(pair)))),
        Role::ClientAuthority(loader)
        | Role::ServerAuthority(loader)
        | Role::PublishedAuthority(loader) => bundle(loader),
        Role::TokenSigningKey => material()
            .map(|material| load(Loader::ServiceAccountPrivate, Loaded::PrivateKey(material))),
        Role::TokenVerificationKey => {
            let keys = process.settings.all(flag.name);
            let keys = keys.map(|key| process.view.material(files, &key.value, Some(key.clone())));
            let keys: Vec<Material> = keys.collect();
            (!keys.is_empty()).then(|| load(Loader::ServiceAccountPublic, Loaded::PublicKeys(keys)))
        }
        // Without a policy nothing is recorded, and nobody told (`options/audit.go`).
        Role::Kubeconfig
            if flag.name == "audit-webhook-config-file"
                && process.settings.get("audit-policy-file").is_none() =>
        {
            None
        }
        Role::Kubeconfig => material().map(|material| {
            let used = kubeconfigs.read(material, &process.view);
            load(Loader::Kubeconfig, Loaded::Kubeconfig(used))
        }),
        Role::Configuration => {
            material().map(|material| load(Loader::Configuration, Loaded::Configuration(material)))
        }
        Role::NamedPair => return named_pairs(files, process, flag),
        Role::Key { .. } | Role::Address | Role::Policy | Role::Directory => None,
    };
    one.into_iter().collect()
}

fn named_pairs(files: &Files, process: &Process, flag: &Flag) -> Vec<Load> {
    let pairs = process.named_pairs(files, flag.name).into_iter();
    pairs
        .map(|named| Load {
            purpose: flag.purpose,
            loader: Loader::DynamicPair,
            what: Loaded::Pair(named.pair),
        })
        .collect()
}

/// What should run here and does not: the rest of the control plane when some of it is there, and
/// etcd when kube-apiserver looks for it on its own node.
fn add_expected(files: &Files, folder: &str, processes: &mut BTreeMap<Component, Process>) {
    let control_plane = [
        Component::KubeApiserver,
        Component::KubeControllerManager,
        Component::KubeScheduler,
    ];
    let any = control_plane
        .iter()
        .any(|component| processes.contains_key(component));
    let mut expected: Vec<Component> = Vec::new();
    if any || processes.contains_key(&Component::Etcd) && stores_for_its_own(files) {
        expected.extend(control_plane);
    }
    if has_own_etcd(processes) {
        expected.push(Component::Etcd);
    }
    for component in expected {
        processes.entry(component).or_insert_with(|| {
            let path = format!("{folder}/{component}.yaml");
            absent(component, View::Host.material(files, &path, None))
        });
    }
}

/// Whether a node with etcd is of the control plane too: kubeadm then keeps the cluster's CA there.
fn stores_for_its_own(files: &Files) -> bool {
    matches!(
        files.get(&format!("{PKI}/ca.crt")).content,
        Content::Present(_)
    )
}

fn has_own_etcd(processes: &BTreeMap<Component, Process>) -> bool {
    let Some(apiserver) = processes.get(&Component::KubeApiserver) else {
        return false;
    };
    let servers = apiserver.settings.list("etcd-servers");
    let advertised = apiserver.settings.get("advertise-address");
    servers.iter().any(|server| {
        let host = crate::url::Url::parse(&server.value)
            .map(|url| url.host)
            .unwrap_or_default();
        matches!(&*host, "127.0.0.1" | "::1" | "localhost")
            || advertised.is_some_and(|advertised| advertised.value == host)
    })
}

fn absent(component: Component, manifest: Material) -> Process {
    Process {
        component,
        manifest,
        image: None,
        version: None,
        settings: Settings::default(),
        notes: Vec::new(),
        run_as_user: None,
        has_host_network: true,
        anonymous_probe: None,
        loads: Vec::new(),
        view: View::Host,
    }
}

/// The kubeconfigs kubeadm makes: on a control-plane node all but super-admin.conf have to be there.
fn read_kubeconfigs(
    files: &Files,
    known: &Kubeconfigs<'_>,
    processes: &BTreeMap<Component, Process>,
) -> BTreeMap<Arc<str>, Arc<KubeconfigUse>> {
    let control_plane = processes.contains_key(&Component::KubeApiserver);
    let mut kubeconfigs = BTreeMap::new();
    for credential in CREDENTIALS {
        let Holder::Kubeconfig(name) = credential.holder else {
            continue;
        };
        let path = format!("/etc/kubernetes/{name}");
        let source = View::Host.material(files, &path, None);
        let there = source
            .file()
            .is_some_and(|file| !matches!(file.content, Content::Missing | Content::NotCollected));
        let expected = match credential.owner {
            Component::SuperAdmin => false,
            Component::Kubelet => true,
            _ => control_plane,
        };
        if there || expected {
            kubeconfigs.insert(name.into(), known.read(source, &View::Host));
        }
    }
    kubeconfigs
}

/// kubeadm's folder when it is there; else that of kube-apiserver's certificate.
fn pki_directory(files: &Files, processes: &BTreeMap<Component, Process>) -> Arc<str> {
    if files.get(PKI).content == Content::Directory {
        return PKI.into();
    }
    let apiserver = processes.get(&Component::KubeApiserver);
    let certificate = apiserver.and_then(|process| process.material(files, "tls-cert-file"));
    let file = certificate.as_ref().and_then(Material::file);
    file.map_or(PKI, |file| parent(&file.path)).into()
}

/// Every file of a folder and of those below it.
fn collect(
    files: &Files,
    folder: &str,
    depth: usize,
    pki: &mut BTreeMap<Arc<str>, Material>,
    notes: &mut Vec<Note>,
) {
    let names = match files.list(folder) {
        Ok(names) => names,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => {
            let message = format!("the folder cannot be read: {error}");
            notes.push(Note::new(
                NoteKind::Unreadable,
                Place::file(folder),
                message,
            ));
            return;
        }
    };
    for name in names {
        if pki.len() >= FILES {
            let message = format!("only the first {FILES} files of the PKI are looked at");
            notes.push(Note::new(NoteKind::Other, Place::file(folder), message));
            return;
        }
        let path = format!("{folder}/{name}");
        let material = View::Host.material(files, &path, None);
        let content = material.file().map(|file| &file.content);
        if content == Some(&Content::Directory) {
            if depth > 0 {
                collect(files, &path, depth - 1, pki, notes);
            }
        } else {
            notes.extend(unreadable(&material));
            pki.insert(path.into(), material);
        }
    }
}

fn unreadable(material: &Material) -> Option<Note> {
    let message = match &material.file()?.content {
        Content::Unreadable(why) => format!("cannot be read: {why}"),
        Content::Missing => "a symbolic link to nothing, or a name that is not UTF-8".to_owned(),
        Content::NotCollected => "a symbolic link to what was not collected".to_owned(),
        Content::Special => "neither a file nor a folder".to_owned(),
        Content::TooLarge(size) => format!("{size} bytes: too large to be looked at"),
        Content::Present(_) | Content::Directory => return None,
    };
    Some(Note::new(NoteKind::Unreadable, material.place(), message))
}

/// `--hostname-override`, else the user of kubelet.conf's certificate or of its name, else etcd's
/// `--name`.
fn node_name(
    processes: &BTreeMap<Component, Process>,
    kubeconfigs: &BTreeMap<Arc<str>, Arc<KubeconfigUse>>,
) -> Option<Arc<str>> {
    let setting = |component, key: &str| {
        let setting = processes.get(&component)?.settings.get(key)?;
        Some(Arc::from(setting.value.as_str()))
    };
    let by_user = || {
        let kubelet = kubeconfigs.get("kubelet.conf")?.parsed.as_ref().ok()?;
        let user = kubelet.user.as_ref()?.value.strip_prefix("system:node:")?;
        Some(Arc::from(user))
    };
    setting(Component::Kubelet, "hostname-override")
        .or_else(by_user)
        .or_else(|| setting(Component::Etcd, "name"))
}
