//! Files that others on the node may read or change.

use cluster::kubeconfig::KubeconfigUse;
use cluster::material::Origin;
use cluster::{Material, Node, Pair};

use super::{Context, Rule, words};
use crate::report::{Cause, Evidence, Finding};

pub(super) const READABLE: Rule = Rule {
    code: "KP0108",
    title: "a private key that everybody on the node may read",
    why: "Who can read a key is whoever the key is for: every user of the node, and every container that the folder is mounted \
          into. kubeadm writes keys and kubeconfigs with mode 0600.",
    reference: "cmd/kubeadm/app/util/pkiutil/pki_helpers.go",
    cis: &["1.1.13", "1.1.15", "1.1.17", "1.1.21", "4.1.5"],
};
pub(super) const WRITABLE: Rule = Rule {
    code: "KP0109",
    title: "a file that everybody on the node may change",
    why: "Who can change a CA certificate decides who is trusted; who can change a manifest runs whatever they like as root.",
    reference: "cmd/kubeadm/app/util/pkiutil/pki_helpers.go",
    cis: &[
        "1.1.1", "1.1.3", "1.1.5", "1.1.7", "1.1.20", "4.1.7", "4.1.9",
    ],
};

/// The bits that are neither the owner's nor the group's.
const OTHERS_READ: u32 = 0o004;
const OTHERS_WRITE: u32 = 0o002;

pub(super) fn findings(context: &Context<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, node) in context.inventory.nodes.iter().enumerate() {
        let keys = keys(node);
        if !keeps_modes(node, &keys) {
            continue;
        }
        let readable = keys.iter().copied().filter(|key| may(key, OTHERS_READ));
        findings.extend(finding(context, index, &READABLE, readable));
        let writable = files(node)
            .into_iter()
            .filter(|file| may(file, OTHERS_WRITE));
        findings.extend(finding(context, index, &WRITABLE, writable));
    }
    findings
}

/// Whether modes count: those of a copy may have been lost on the way, as archives and version
/// control lose them. Where one key is closed, they were kept.
fn keeps_modes(node: &Node, keys: &[&Material]) -> bool {
    node.files.is_system()
        || keys
            .iter()
            .any(|key| mode(key).is_some_and(|mode| mode & 0o077 == 0))
}

fn mode(material: &Material) -> Option<u32> {
    Some(material.file()?.attributes?.mode)
}

fn may(material: &Material, bits: u32) -> bool {
    mode(material).is_some_and(|mode| mode & bits != 0)
}

/// Every file with a private key in it.
fn keys(node: &Node) -> Vec<&Material> {
    let has_key = |material: &&Material| {
        let bytes = material.bytes().unwrap_or_default();
        // Those of an archive were withheld, but their names and modes are there.
        let is_named = material.place().path.ends_with(".key");
        is_named || bytes.windows(KEY.len()).any(|window| window == KEY)
    };
    let kubeconfigs = node.kubeconfigs.values().filter(|used| has_secret(used));
    let kubeconfigs = kubeconfigs.map(|used| &used.source);
    node.pki
        .values()
        .filter(has_key)
        .chain(kubeconfigs)
        .collect()
}

/// How the PEM blocks of private keys of every kind begin to end.
const KEY: &[u8] = b"PRIVATE KEY-----";

fn has_secret(used: &KubeconfigUse) -> bool {
    let is_embedded = |material: &Material| matches!(material.origin, Origin::Embedded(_));
    let has_key = |pair: &Pair| pair.key.as_ref().is_some_and(is_embedded);
    used.parsed.as_ref().is_ok_and(|kubeconfig| {
        kubeconfig.client.as_deref().is_some_and(has_key)
            || kubeconfig.token.as_ref().is_some_and(is_embedded)
    })
}

/// Every file that decides who is trusted or what runs.
fn files(node: &Node) -> Vec<&Material> {
    let kubeconfigs = node.kubeconfigs.values().map(|used| &used.source);
    let manifests = node.processes.values().map(|process| &process.manifest);
    let mut files: Vec<&Material> = node
        .pki
        .values()
        .chain(kubeconfigs)
        .chain(manifests)
        .collect();
    files.sort_by_key(|file| file.place());
    files.dedup_by_key(|file| file.place());
    files
}

fn finding<'a>(
    context: &Context<'_, '_>,
    node: usize,
    rule: &'static Rule,
    files: impl Iterator<Item = &'a Material>,
) -> Option<Finding> {
    let mut files: Vec<&Material> = files.collect();
    files.sort_by_key(|file| file.place());
    let label = |file: &Material| format!("mode {:04o}", mode(file).unwrap_or_default() & 0o7777);
    let evidence: Vec<Evidence> = files
        .iter()
        .map(|file| context.at_material(Some(node), file, label(file)))
        .collect();
    let first = words::place(files.first()?);
    let does = if rule.code == READABLE.code {
        "read"
    } else {
        "change"
    };
    let message = match files.len() {
        1 => format!("everybody on the node may {does} {first}"),
        count => format!("everybody on the node may {does} {count} files, such as {first}"),
    };
    let remedy = match rule.code == READABLE.code {
        true => format!("chmod 600 {first}, and take the key for known when others use the node"),
        false => format!("chmod go-w {first}"),
    };
    Some(context.finding(rule, Cause::Insecure, &[], message, evidence, remedy))
}
