//! Which of two things that do not fit has to change: the one that the rest of the cluster does not
//! agree with either.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use cluster::catalogue::{self, AUTHORITIES, CREDENTIALS, Holder};
use verify::Certificate;
use x509::Place;

use crate::judge::Judgement;
use crate::load::{self, Id};
use crate::problem::{Breakage, Relation, Use};

/// Who has to change when a bundle does not know a certificate's issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Party {
    /// Who presents the certificate.
    Presented,
    /// Who verifies it.
    Trust,
}

/// What has to change about something that is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Its content.
    Content,
    /// The flag or field that names it: the file is good for what else it is used for.
    Setting,
}

/// Breakages of one mistake.
pub(crate) struct Group<'b, 'a, K> {
    pub(crate) key: K,
    pub(crate) breakages: Vec<&'b Breakage<'a>>,
}

/// Puts the breakages that have a key into groups of the same, in the order of their first.
pub(crate) fn group<'b, 'a, K: PartialEq>(
    breakages: impl IntoIterator<Item = &'b Breakage<'a>>,
    key: impl Fn(&'b Breakage<'a>) -> Option<K>,
) -> Vec<Group<'b, 'a, K>> {
    let mut groups: Vec<Group<'b, 'a, K>> = Vec::new();
    for breakage in breakages {
        let Some(key) = key(breakage) else { continue };
        match groups.iter_mut().find(|group| group.key == key) {
            Some(group) => group.breakages.push(breakage),
            None => groups.push(Group {
                key,
                breakages: vec![breakage],
            }),
        }
    }
    groups
}

impl<'a> Judgement<'a> {
    /// Who has to change when a bundle does not know who issued a certificate: of the two, the one
    /// that works nowhere else; else a certificate that is good where something else names it; else
    /// the one that is not what its path says; else the one that fails more.
    pub(crate) fn to_blame(
        &self,
        presented: &Use<'a>,
        trust: &Use<'a>,
        leaf: &Certificate,
    ) -> Party {
        let presented_counts = self.count(|relation| relation.presented.is_same_use(presented));
        let trust_counts = self.count(|relation| relation.trust.is_same_use(trust));
        let weighed = match (presented_counts.works, trust_counts.works) {
            (0, 1..) => Some(Party::Presented),
            (1.., 0) => Some(Party::Trust),
            _ => None,
        };
        let weighed = weighed.or_else(|| {
            let is_misnamed = presented.naming().is_some() && self.is_good_elsewhere(presented);
            is_misnamed.then_some(Party::Presented)
        });
        let weighed = weighed
            .or_else(|| self.by_catalogue(presented, trust, leaf))
            .or_else(|| self.by_role(trust, leaf))
            .or_else(|| self.by_strangers(presented, trust))
            .or_else(|| heavier(presented_counts.fails, trust_counts.fails));
        weighed.unwrap_or_else(|| {
            let file = |used: &Use<'a>| {
                let id = used.id();
                self.count(move |relation| {
                    relation.presented.id() == id || relation.trust.id() == id
                })
            };
            let (of_presented, of_trust) = (file(presented), file(trust));
            match (of_presented.works, of_trust.works) {
                (0, 1..) => Party::Presented,
                (1.., 0) => Party::Trust,
                _ => heavier(of_presented.fails, of_trust.fails).unwrap_or(Party::Presented),
            }
        })
    }

    /// Who disagrees with more different others: copies of one bundle count as one.
    fn by_strangers(&self, presented: &Use<'a>, trust: &Use<'a>) -> Option<Party> {
        let failing = || {
            let relations = self.relations.iter();
            relations.filter(|relation| !relation.issuer_known)
        };
        let (leaf, bundle) = (self.content(presented), self.content(trust));
        let bundles = failing().filter(|relation| self.content(&relation.presented) == leaf);
        let bundles: BTreeSet<_> = bundles
            .map(|relation| self.content(&relation.trust))
            .collect();
        let leaves = failing().filter(|relation| self.content(&relation.trust) == bundle);
        let leaves: BTreeSet<_> = leaves
            .map(|relation| self.content(&relation.presented))
            .collect();
        heavier(bundles.len(), leaves.len())
    }

    /// Whether the same file is presented and accepted because something else names it.
    fn is_good_elsewhere(&self, used: &Use<'a>) -> bool {
        let presented = self.relations.iter().filter(|relation| relation.accepted);
        let mut presented = presented.map(|relation| relation.presented);
        presented.any(|other| other.id() == used.id() && other.setting() != used.setting())
    }

    /// Whether a file is good for something else, and so only named in the wrong place.
    pub(crate) fn what_to_change(&self, used: &Use<'a>) -> What {
        if used.naming().is_none() {
            return What::Content;
        }
        let is_other =
            |other: &Use<'a>| other.id() == used.id() && other.setting() != used.setting();
        let works = self.relations.iter().any(|relation| {
            relation.accepted && (is_other(&relation.presented) || is_other(&relation.trust))
        });
        let is_blank = load::bytes(used.material).is_ok_and(|bytes| bytes.trim_ascii().is_empty());
        let is_key = !is_blank && self.loads.certificates(used.material).is_empty();
        if works || is_key && self.loaded.iter().any(is_other) {
            What::Setting
        } else {
            What::Content
        }
    }

    /// Something that presents the same certificate and is accepted with it: what the certificate
    /// is really for.
    pub(crate) fn rightful(&self, used: &Use<'a>, leaf: &Arc<Certificate>) -> Option<Use<'a>> {
        let accepted = self.relations.iter().filter(|relation| relation.accepted);
        let mut others = accepted.map(|relation| relation.presented);
        others.find(|other| {
            (other.by != used.by || other.setting() != used.setting())
                && other.material.place() != used.material.place()
                && self.loads.first_certificate(other.material).as_ref() == Some(leaf)
        })
    }

    /// The catalogue knows who issues what lies at a path; it tells as long as the authorities have the
    /// names that kubeadm gives them.
    fn by_catalogue(
        &self,
        presented: &Use<'_>,
        trust: &Use<'_>,
        leaf: &Certificate,
    ) -> Option<Party> {
        let expected = expected_issuer(&presented.material.place())?;
        let is_known = |name: &str| AUTHORITIES.iter().any(|known| known.common_name == name);
        let issuer = leaf.issuer.common_name();
        if issuer != expected {
            return is_known(issuer).then_some(Party::Presented);
        }
        let trusted = self.loads.certificates(trust.material);
        let mut trusted = trusted
            .iter()
            .map(|authority| authority.subject.common_name());
        trusted
            .all(|name| is_known(name) && name != expected)
            .then_some(Party::Trust)
    }

    /// The catalogue knows whom a flag is to trust; it tells like the paths do.
    fn by_role(&self, trust: &Use<'_>, leaf: &Certificate) -> Option<Party> {
        let expected = match &*trust.setting()?.key {
            "kubelet-certificate-authority" | "client-ca-file" | "root-ca-file" => "kubernetes",
            "etcd-cafile" | "trusted-ca-file" | "peer-trusted-ca-file" => "etcd-ca",
            "requestheader-client-ca-file" => "front-proxy-ca",
            _ => return None,
        };
        let is_known = |name: &str| AUTHORITIES.iter().any(|known| known.common_name == name);
        let trusted = self.loads.certificates(trust.material);
        let names = || {
            trusted
                .iter()
                .map(|authority| authority.subject.common_name())
        };
        let issuer = leaf.issuer.common_name();
        match () {
            () if issuer == expected => names()
                .all(|name| is_known(name) && name != expected)
                .then_some(Party::Trust),
            () => (is_known(issuer) && names().any(|name| name == expected))
                .then_some(Party::Presented),
        }
    }

    /// What a bundle holds, to tell copies of one from another.
    pub(crate) fn content(&self, used: &Use<'_>) -> Vec<[u8; 32]> {
        let certificates = self.loads.certificates(used.material);
        let sums = certificates.iter();
        sums.map(|certificate| *certificate.sha256()).collect()
    }

    fn count(&self, matches: impl Fn(&Relation<'a>) -> bool) -> Counts {
        let mut counts = Counts::default();
        for relation in self.relations.iter().filter(|relation| matches(relation)) {
            match relation.issuer_known {
                true => counts.works += 1,
                false => counts.fails += 1,
            }
        }
        counts
    }
}

#[derive(Default)]
struct Counts {
    works: usize,
    fails: usize,
}

/// Who fails more.
fn heavier(presented: usize, trust: usize) -> Option<Party> {
    match presented.cmp(&trust) {
        Ordering::Greater => Some(Party::Presented),
        Ordering::Less => Some(Party::Trust),
        Ordering::Equal => None,
    }
}

/// The common name of the authority that kubeadm would have issue what lies at a place.
fn expected_issuer(place: &Place) -> Option<&'static str> {
    let credential = credential_at(place)?;
    let mut authorities = AUTHORITIES.iter();
    authorities
        .find(|authority| authority.name == credential.authority)
        .map(|authority| authority.common_name)
}

/// The credential that kubeadm keeps at a place, by the end of its path.
pub(crate) fn credential_at(place: &Place) -> Option<&'static catalogue::Credential> {
    CREDENTIALS
        .iter()
        .find(|credential| match credential.holder {
            Holder::Pki(base) => is_half_of(&place.path, base),
            Holder::Kubeconfig(name) => is_below(&place.path, name, "/"),
        })
}

/// Whether a path is that of a certificate or key that kubeadm calls `base`.
fn is_half_of(path: &str, base: &str) -> bool {
    let half = path
        .strip_suffix(".crt")
        .or_else(|| path.strip_suffix(".key"));
    half.is_some_and(|path| is_below(path, base, "/pki/"))
}

/// Whether a path ends with a folder's end and what lies in it.
fn is_below(path: &str, name: &str, folder: &str) -> bool {
    path.strip_suffix(name)
        .is_some_and(|before| before.ends_with(folder))
}

/// Whether kubeadm keeps something at a path.
pub(crate) fn is_standard(path: &str) -> bool {
    const OTHERS: [&str; 4] = [
        "/pki/sa.key",
        "/pki/sa.pub",
        "/var/lib/kubelet/config.yaml",
        "/kubelet.conf",
    ];
    let place = Place::file(path);
    let is_authority = |authority: &catalogue::Authority| is_half_of(path, authority.base);
    credential_at(&place).is_some()
        || AUTHORITIES.iter().any(is_authority)
        || OTHERS.iter().any(|other| path.ends_with(other))
        || path.contains("/manifests/")
}

/// The ids of what is used, for grouping.
pub(crate) fn ids(used: &Use<'_>) -> (Option<usize>, Id) {
    (used.node, used.id())
}
