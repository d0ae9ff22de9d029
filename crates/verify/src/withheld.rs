//! What represents a private key in an archive: its public half, under a label of its own.
//!
//! ```text
//! -----BEGIN PUBLIC HALF OF RSA PRIVATE KEY-----
//! SEQUENCE { form INTEGER, key SubjectPublicKeyInfo OPTIONAL }
//! ```
//!
//! No component loads such a block: it is no private key, though its label ends like one. `form` is
//! the key's own (1 PKCS #1, 8 PKCS #8, 2 SEC 1), because loaders differ in which they take; 0 is
//! what none takes. `key` is absent when nobody here can tell it.

use x509::Oid;
use x509::oid::known;
use x509::write;

use crate::der::{Cryptobyte, reader, signed};
use crate::key::{Curve, PublicKey};
use crate::pem::Block;
use crate::private_key::{PublicHalf, X25519, pkcs1, pkcs8, sec1};

/// What stands before the label of the key.
pub const PREFIX: &str = "PUBLIC HALF OF ";

/// How a private key is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Pkcs1 = 1,
    Sec1 = 2,
    Pkcs8 = 8,
}

/// What represents the content of a PEM block that may not be shown: for a private key that Go
/// reads, its public half; for anything else, that it is no such key.
pub fn withhold(content: &[u8]) -> Vec<u8> {
    let of = |form: Form, half: Option<PublicHalf>| Some((form, half?));
    let read = of(Form::Pkcs1, pkcs1(content))
        .or_else(|| of(Form::Pkcs8, pkcs8(content)))
        .or_else(|| of(Form::Sec1, sec1(content)));
    match read {
        Some((form, half)) => write::sequence([
            write::unsigned(&[form as u8]),
            info(&half).unwrap_or_default(),
        ]),
        None => write::sequence([write::unsigned(&[0])]),
    }
}

/// Whether a block represents a private key, and holds nothing else.
pub fn is_one(block: &Block) -> bool {
    let forms = [Form::Pkcs1, Form::Sec1, Form::Pkcs8];
    let nobody_knows = write::sequence([write::unsigned(&[0])]);
    block.label.starts_with(PREFIX)
        && (*block.content == nobody_knows
            || forms
                .iter()
                .any(|form| half(&block.content, *form).is_some()))
}

/// The public half that represents a key of this form.
pub(crate) fn half(der: &[u8], wanted: Form) -> Option<PublicHalf> {
    let mut outer = reader(der);
    let mut fields = outer.sequence()?;
    let form = fields.integer().and_then(signed)?;
    let key = fields.any()?.raw;
    if form != wanted as i64 || !fields.is_empty() || !outer.is_empty() {
        return None;
    }
    let untold = [PublicHalf::P224, PublicHalf::X25519];
    let is_this = |half: &PublicHalf| info(half).as_deref() == Some(key);
    let known = || PublicKey::from_der(key).map(PublicHalf::Known);
    untold.into_iter().find(is_this).or_else(known)
}

/// A SubjectPublicKeyInfo; of what cannot be computed here, without the key itself.
fn info(half: &PublicHalf) -> Option<Vec<u8>> {
    let empty = |oids: &[Oid<'static>]| {
        let algorithm = write::sequence(oids.iter().copied().map(write::oid));
        Some(write::sequence([algorithm, write::bit_string(&[])]))
    };
    match half {
        PublicHalf::Known(key) => key.to_der(),
        PublicHalf::P224 => empty(&[known::EC_PUBLIC_KEY, Curve::P224.oid()]),
        PublicHalf::X25519 => empty(&[X25519]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{Keys, Known, LoadError};
    use crate::pem::blocks;

    const RSA: &[u8] = include_bytes!("../../../examples/kubeadm/etc/kubernetes/pki/apiserver.key");
    const CERTIFICATE: &[u8] =
        include_bytes!("../../../examples/kubeadm/etc/kubernetes/pki/apiserver.crt");
    const ECDSA: &[u8] =
        include_bytes!("../../../examples/kubeadm-ecdsa/etc/kubernetes/pki/apiserver.key");

    fn withheld(pem: &[u8]) -> Vec<u8> {
        let block = blocks(pem).next().unwrap();
        let label = format!("{PREFIX}{}", block.label);
        x509::pem::encode(&label, &withhold(&block.content))
            .as_bytes()
            .to_vec()
    }

    /// What comes of a key of this kind with the certificate.
    fn paired(keys: Keys, key: &[u8]) -> Result<(), LoadError> {
        let pair = Known::default().key_pair(keys, CERTIFICATE, key);
        pair.map(drop)
    }

    #[test]
    fn the_public_half_tells_whom_it_fits() {
        let archive = Keys::Withheld;
        for key in [RSA, ECDSA] {
            assert_eq!(paired(archive, &withheld(key)), paired(Keys::Whole, key));
            let public = Keys::Whole.private_key(key).unwrap();
            assert!(public.is_some());
            assert_eq!(archive.private_key(&withheld(key)), Ok(public));
            let checking = Keys::Whole.service_account_public_keys(key);
            assert_eq!(
                archive.service_account_public_keys(&withheld(key)),
                checking
            );
            let pool = |keys, key: &[u8]| Known::default().etcd_pool(keys, key).map(drop);
            assert_eq!(pool(archive, &withheld(key)), pool(Keys::Whole, key));
        }
    }

    #[test]
    fn no_component_loads_it() {
        assert_eq!(paired(Keys::Whole, &withheld(RSA)), Err(LoadError::Key));
        assert!(Keys::Whole.private_key(&withheld(RSA)).is_err());
        assert!(
            Keys::Whole
                .service_account_public_keys(&withheld(RSA))
                .is_err()
        );
    }

    #[test]
    fn what_is_no_key_stays_none() {
        let broken = x509::pem::encode("RSA PRIVATE KEY", &[0x30, 1, 2]);
        let told = paired(Keys::Withheld, &withheld(broken.as_bytes()));
        assert_eq!(told, Err(LoadError::Key));
        // Also where keys are withheld, one that was put there itself is none.
        assert!(paired(Keys::Withheld, RSA).is_err());
        for half in [PublicHalf::P224, PublicHalf::X25519] {
            let der = write::sequence([write::unsigned(&[8]), info(&half).unwrap()]);
            assert_eq!(super::half(&der, Form::Pkcs8), Some(half));
            assert_eq!(super::half(&der, Form::Sec1), None);
        }
    }
}
