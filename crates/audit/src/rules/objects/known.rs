//! What is known of the cluster's authorities besides what an object says: by the files, or by what
//! the other objects say.

use std::sync::Arc;

use cluster::Component;
use cluster::Material;
use cluster::graph::Presented;
use cluster::objects::{Bundle, Purpose};
use verify::{Certificate, Options, Pool, VerifyError};

use crate::judge::is_issuer_unknown;
use crate::load::Id;
use crate::problem::Use;
use crate::rules::{Context, authorities};

/// What a kube-apiserver presents, where others of the cluster accept it.
pub(super) struct Served<'a> {
    /// Who, and where it lies.
    pub used: Use<'a>,
    /// The certificate itself.
    pub leaf: Arc<Certificate>,
    intermediates: Pool,
}

impl Served<'_> {
    /// Why nobody with these authorities knows its issuer.
    pub fn unknown_to(&self, roots: &Pool, context: &Context<'_, '_>) -> Option<VerifyError> {
        let options = Options::server("", context.at);
        let verdict =
            context
                .judgement
                .verifier
                .verify(&self.leaf, roots, &self.intermediates, &options);
        verdict
            .error()
            .filter(|error| is_issuer_unknown(error))
            .cloned()
    }
}

/// What every kube-apiserver presents. One whose own files do not trust it is at fault itself, and
/// told as such.
pub(super) fn served<'a>(context: &Context<'_, 'a>) -> Vec<Served<'a>> {
    let mut served: Vec<Served<'a>> = Vec::new();
    let channels = context.graph.channels.iter();
    for channel in channels.filter(|one| one.server.component == Component::KubeApiserver) {
        let Presented::Pair(pair) = &channel.serving.default else {
            continue;
        };
        let Some(material) = &pair.certificate else {
            continue;
        };
        let used = Use {
            material,
            by: Component::KubeApiserver,
            node: channel.server.node,
        };
        let is_new = !served.iter().any(|other| other.used.id() == used.id());
        let mut certificates = held(context, material).into_iter();
        if let Some(leaf) = certificates
            .next()
            .filter(|_| is_new && is_right(context, &used.id()))
        {
            served.push(Served {
                used,
                leaf,
                intermediates: certificates.collect(),
            });
        }
    }
    served
}

/// Whether most of those in the files who verify it know its issuer.
fn is_right(context: &Context<'_, '_>, id: &Id) -> bool {
    let relations = context.judgement.relations.iter();
    let (known, unknown): (Vec<_>, Vec<_>) = relations
        .filter(|relation| relation.presented.id() == *id)
        .partition(|relation| relation.issuer_known);
    known.len() >= unknown.len()
}

/// What all nodes' processes of a kind load from a flag, when every one of them can be read.
pub(super) fn told<'a>(
    context: &Context<'_, 'a>,
    by: Component,
    flag: &str,
) -> Option<Vec<(Use<'a>, Vec<Arc<Certificate>>)>> {
    let uses = authorities::uses(context, by, |key| key == flag).into_iter();
    let read = uses.map(|used| (used, held(context, used.material)));
    let read: Vec<_> = read.collect();
    let is_whole = !read.is_empty() && read.iter().all(|(_, held)| !held.is_empty());
    is_whole.then_some(read)
}

/// The certificates in a field.
pub(super) fn held(context: &Context<'_, '_>, material: &Material) -> Vec<Arc<Certificate>> {
    context.certificates(material).iter().cloned().collect()
}

/// The newest authority of every name, of which there is more than one key, in the objects by which
/// kube-apiserver is verified.
pub(super) fn newest(context: &Context<'_, '_>) -> Vec<Arc<Certificate>> {
    let mut newest: Vec<(Arc<Certificate>, bool)> = Vec::new();
    for certificate in for_apiserver(context).flat_map(|bundle| held(context, &bundle.material)) {
        let same = |(other, _): &&mut (Arc<Certificate>, bool)| {
            other.raw_subject() == certificate.raw_subject()
        };
        match newest.iter_mut().find(same) {
            None => newest.push((certificate, false)),
            Some((other, _)) if other.raw_public_key() == certificate.raw_public_key() => {}
            Some((other, is_contested)) => {
                *is_contested = true;
                if other.not_before < certificate.not_before {
                    *other = certificate;
                }
            }
        }
    }
    let contested = newest.into_iter().filter(|(_, is_contested)| *is_contested);
    contested.map(|(certificate, _)| certificate).collect()
}

/// The bundles by which kube-apiserver is verified.
pub(super) fn for_apiserver<'a>(context: &Context<'_, 'a>) -> impl Iterator<Item = &'a Bundle> {
    let bundles = context.inventory.objects.bundles.iter();
    bundles.filter(|bundle| bundle.purpose.is_for_apiserver())
}

/// The bundles for one purpose.
pub(super) fn bundles<'a>(
    context: &Context<'_, 'a>,
    purpose: &Purpose,
) -> impl Iterator<Item = &'a Bundle> {
    let bundles = context.inventory.objects.bundles.iter();
    bundles.filter(move |bundle| bundle.purpose == *purpose)
}

/// Whether one of some certificates has this one's key.
pub(super) fn has_key(certificates: &[Arc<Certificate>], wanted: &Certificate) -> bool {
    let mut keys = certificates.iter();
    keys.any(|one| one.raw_public_key() == wanted.raw_public_key())
}

/// Whether one of some certificates has this one's name.
pub(super) fn has_name(certificates: &[Arc<Certificate>], wanted: &Certificate) -> bool {
    let mut names = certificates.iter();
    names.any(|one| one.raw_subject() == wanted.raw_subject())
}
