//! What is in two files: certificates, keys, anything.

use cluster::Material;
use verify::withheld::{PREFIX, withhold};
use x509::der::{Rules, Tag, single};
use x509::{Certificate, pem};

use crate::certificate::{self, hex};
use crate::{Change, Difference};

/// What a file holds.
pub(crate) struct Content {
    certificates: Vec<Certificate>,
    keys: Vec<Key>,
    bytes: Vec<u8>,
}

/// A private key: its public half, when it can be told.
#[derive(PartialEq)]
struct Key(Option<Vec<u8>>);

impl Content {
    /// Of a material that is there.
    pub(crate) fn of(material: &Material) -> Option<Self> {
        let bytes = material.bytes()?;
        let (mut certificates, mut keys) = (Vec::new(), Vec::new());
        for block in pem::blocks(bytes) {
            let Some(content) = &block.content else {
                continue;
            };
            if block.label == "CERTIFICATE" {
                certificates.extend(Certificate::from_der(content.as_slice()));
            } else if let Some(label) = block.label.strip_prefix(PREFIX) {
                keys.extend(
                    label
                        .ends_with("PRIVATE KEY")
                        .then(|| Key(public_half(content))),
                );
            } else if block.label.ends_with("PRIVATE KEY") {
                keys.push(Key(public_half(&withhold(content))));
            }
        }
        // What holds a key is not kept.
        let bytes = if keys.is_empty() {
            bytes.to_vec()
        } else {
            Vec::new()
        };
        Some(Content {
            certificates,
            keys,
            bytes,
        })
    }

    /// In a word or two.
    pub(crate) fn describe(&self) -> String {
        match (self.certificates.as_slice(), self.keys.as_slice()) {
            ([], []) => "a file".to_owned(),
            ([], _) => "a private key".to_owned(),
            ([one], []) => described(one),
            ([one], _) => format!("{}, with its key", described(one)),
            (several, _) => format!("{} certificates", several.len()),
        }
    }

    /// In which they differ.
    pub(crate) fn compare(&self, other: &Content) -> Vec<Difference> {
        let mut found = match (self.certificates.as_slice(), other.certificates.as_slice()) {
            ([a], [b]) => certificate::compare(&a.into(), &b.into()),
            (a, b) => bundles(a, b).into_iter().collect(),
        };
        found.extend(self.compare_keys(other));
        let is_known = !self.certificates.is_empty() || !self.keys.is_empty();
        if !is_known && self.bytes != other.bytes {
            found.push(Difference::new("content", Change::Hidden));
        }
        found
    }

    fn compare_keys(&self, other: &Content) -> Option<Difference> {
        let is_told = |keys: &[Key]| keys.iter().all(|key| key.0.is_some());
        let change = match () {
            () if self.keys.len() == other.keys.len()
                && !(is_told(&self.keys) && is_told(&other.keys)) =>
            {
                Change::Unknown
            }
            () if self.keys == other.keys => return None,
            () => Change::Hidden,
        };
        Some(Difference::new("private key", change))
    }
}

/// Certificates of a bundle, by what they are.
fn bundles(a: &[Certificate], b: &[Certificate]) -> Option<Difference> {
    let describe = |all: &[Certificate]| all.iter().map(described).collect::<Vec<_>>();
    let (one, other) = (describe(a), describe(b));
    if let Some(difference) = Difference::of_sets("certificates", &one, &other) {
        return Some(difference);
    }
    (a != b).then(|| {
        let change = Change::Value {
            a: Some(one.join("; ")),
            b: Some(other.join("; ")),
        };
        Difference::new("order of certificates", change)
    })
}

/// Whose it is, and which.
pub(crate) fn described(certificate: &Certificate) -> String {
    let print = hex(&certificate.sha256());
    let print = print.get(..16).unwrap_or_default();
    format!("{} (sha256 {print}…)", certificate.subject())
}

/// The key in `SEQUENCE { form, key }`, whatever the form.
fn public_half(half: &[u8]) -> Option<Vec<u8>> {
    let mut fields = single(half, Tag::SEQUENCE, Rules::Der)
        .ok()?
        .reader(Rules::Der);
    fields.expect(Tag::INTEGER).ok()?;
    Some(fields.next_tlv().ok()?.raw.to_vec())
}
