//! A set of certificates in the order they were added, found by their subject's bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::certificate::Certificate;

/// Trusted certificates, or helpers on the way to them. Make it once, use it for many checks.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    certificates: Vec<Arc<Certificate>>,
    by_subject: BTreeMap<Vec<u8>, Vec<usize>>,
    sums: BTreeSet<[u8; 32]>,
}

impl Pool {
    /// An empty pool: nothing is trusted.
    pub fn new() -> Self {
        Pool::default()
    }

    /// Adds a certificate at the end, unless it is there already.
    pub fn add(&mut self, certificate: Arc<Certificate>) {
        if !self.sums.insert(*certificate.sha256()) {
            return;
        }
        let subject = certificate.raw_subject().to_vec();
        self.by_subject
            .entry(subject)
            .or_default()
            .push(self.certificates.len());
        self.certificates.push(certificate);
    }

    /// The certificates in the order they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Certificate>> {
        self.certificates.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.certificates.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// Whether this very certificate, byte for byte, is in the pool.
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.sums.contains(certificate.sha256())
    }

    /// The certificates that bear the name of `child`'s issuer, in the order Go tries them: first
    /// those whose key identifier is the one `child` names (or neither has one), then those where
    /// one of the two is absent, then the others; within each, in the order they were added.
    pub fn potential_parents(&self, child: &Certificate) -> Vec<&Arc<Certificate>> {
        let indices = self.by_subject.get(child.raw_issuer());
        let mut parents: Vec<&Arc<Certificate>> = indices
            .into_iter()
            .flatten()
            .map(|i| &self.certificates[*i])
            .collect();
        parents.sort_by_key(|parent| key_id_rank(parent, child));
        parents
    }
}

impl FromIterator<Arc<Certificate>> for Pool {
    fn from_iter<T: IntoIterator<Item = Arc<Certificate>>>(certificates: T) -> Self {
        let mut pool = Pool::new();
        certificates
            .into_iter()
            .for_each(|certificate| pool.add(certificate));
        pool
    }
}

fn key_id_rank(parent: &Certificate, child: &Certificate) -> u8 {
    let subject = &parent.extensions.subject_key_id;
    let authority = &child.extensions.authority_key_id;
    match () {
        () if subject == authority => 0,
        () if subject.is_empty() || authority.is_empty() => 1,
        () => 2,
    }
}
