//! Evidence and the words that several rules share.

use std::sync::Arc;

use cluster::objects::Named;
use cluster::{Component, Material, Setting};
use verify::{Certificate, Moment, Pool};
use x509::Place;

use super::Context;
use crate::problem::Use;
use crate::report::Evidence;

impl<'a> Context<'_, 'a> {
    /// Every certificate that a material holds.
    pub(super) fn certificates(&self, material: &Material) -> Arc<Pool> {
        self.judgement.loads.certificates(material)
    }

    /// The first of them.
    pub(super) fn first_certificate(&self, material: &Material) -> Option<Arc<Certificate>> {
        self.judgement.loads.first_certificate(material)
    }

    /// The certificate and those above it, as far as the cluster holds them.
    pub(super) fn above(&self, leaf: &Arc<Certificate>) -> Vec<Arc<Certificate>> {
        let mut chain = vec![leaf.clone()];
        while let Some(parent) = chain.last().and_then(|last| self.issuer(last)) {
            if chain.contains(parent) {
                break;
            }
            chain.push(parent.clone());
        }
        chain
    }

    /// Who signed a certificate, when the cluster holds its certificate.
    pub(super) fn issuer(&self, certificate: &Certificate) -> Option<&Arc<Certificate>> {
        let parents = self.holdings.pool().potential_parents(certificate);
        let verifier = &self.judgement.verifier;
        let signed =
            |parent: &&Arc<Certificate>| verifier.check_signature(certificate, parent).is_ok();
        parents.into_iter().find(signed)
    }

    /// The node's name, when there are several.
    pub(super) fn node(&self, node: Option<usize>) -> Option<Arc<str>> {
        let nodes = &self.inventory.nodes;
        node.and_then(|node| nodes.get(node))
            .filter(|_| nodes.len() > 1)
            .map(|node| node.name.clone())
    }

    /// The node where something lies: pods on every node verify with what one node publishes.
    pub(super) fn home(&self, used: &Use<'a>) -> Option<usize> {
        let Some(file) = used.material.file() else {
            return used.node;
        };
        let is_there = |node: &&Arc<cluster::Node>| Arc::ptr_eq(&node.files.get(&file.path), file);
        let nodes = &self.inventory.nodes;
        let own = used.node.and_then(|index| nodes.get(index));
        match own.filter(is_there) {
            Some(_) => used.node,
            None => nodes.iter().position(|node| is_there(&node)).or(used.node),
        }
    }

    /// The API object that a place lies in, which belongs to no node.
    fn object(&self, node: Option<usize>, place: &Place) -> Option<Arc<Named>> {
        match node {
            Some(_) => None,
            None => self.inventory.objects.at(place).cloned(),
        }
    }

    /// A flag or field, pointed at.
    pub(super) fn at_setting(
        &self,
        node: Option<usize>,
        setting: &Setting,
        label: impl Into<String>,
    ) -> Evidence {
        Evidence {
            node: self.node(node),
            object: self.object(node, &setting.place),
            place: setting.place.clone(),
            flag: Some(setting.name.clone()),
            mark: setting.mark,
            label: label.into(),
        }
    }

    /// A place in a file.
    pub(super) fn at_place(
        &self,
        node: Option<usize>,
        place: Place,
        label: impl Into<String>,
    ) -> Evidence {
        Evidence {
            node: self.node(node),
            object: self.object(node, &place),
            flag: place.field.clone(),
            place,
            mark: None,
            label: label.into(),
        }
    }

    /// The file, or the field that embeds it.
    pub(super) fn at_content(&self, used: &Use<'a>, label: impl Into<String>) -> Evidence {
        self.at_material(self.home(used), used.material, label)
    }

    /// The file, or the field that embeds it.
    pub(super) fn at_material(
        &self,
        node: Option<usize>,
        material: &Material,
        label: impl Into<String>,
    ) -> Evidence {
        match (&material.setting, material.path()) {
            (Some(setting), None) => self.at_setting(node, setting, label),
            _ => self.at_place(node, material.place(), label),
        }
    }

    /// The flag or field that names a file, when one does.
    pub(super) fn at_naming(&self, used: &Use<'a>, label: impl Into<String>) -> Option<Evidence> {
        Some(self.at_setting(self.home(used), used.naming()?, label))
    }

    /// `kube-apiserver`, or `kube-apiserver on NODE` when there are several nodes.
    pub(super) fn who(&self, component: Component, node: Option<usize>) -> String {
        match self.node(node) {
            Some(node) => format!("{component} on {node}"),
            None => component.to_string(),
        }
    }
}

/// What a certificate names, shortened.
pub(super) fn names(certificate: &Certificate) -> String {
    let names = &certificate.extensions.names;
    let all: Vec<String> = names
        .dns
        .iter()
        .cloned()
        .chain(names.ip.iter().map(|ip| ip.address().to_string()))
        .collect();
    match all.len() {
        0 => "nothing".to_owned(),
        1..=6 => all.join(", "),
        n => format!("{}, …, {}", all[..2].join(", "), all[n - 2..].join(", ")),
    }
}

/// How a certificate is called: its common name, in quotes.
pub(super) fn called(certificate: &Certificate) -> String {
    format!("\"{}\"", certificate.short_name())
}

/// A moment as people write it.
pub(super) fn moment(moment: Moment) -> String {
    let time = moment.utc();
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02} UTC",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute()
    )
}

/// Where something is found: the object, or the path.
pub(super) fn whereabouts(evidence: &Evidence) -> String {
    match &evidence.object {
        Some(object) => object.to_string(),
        None => evidence.place.path.to_string(),
    }
}

/// The path, or the field, that something is known by.
pub(super) fn place(material: &Material) -> String {
    let place = material.place();
    match (&material.setting, material.path()) {
        (Some(setting), None) => format!("{} of {}", setting.name, place.path),
        _ => place.path.to_string(),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
