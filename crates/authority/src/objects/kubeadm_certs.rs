//! Secret `kubeadm-certs`: what a further control-plane node needs, each file encrypted under a key
//! that people carry (`cmd/kubeadm/app/phases/copycerts`).

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use serde_json::{Map, Value, json};
use thiserror::Error;
use time::{Duration, UtcDateTime};
use zeroize::Zeroizing;

use super::base64;
use crate::token::bootstrap::Terms;
use crate::token::{NoRandom, random};

/// What every cluster shares: its name in the Secret, and where it lies below the PKI directory.
pub const SHARED: [(&str, &str); 6] = [
    ("ca.crt", "ca.crt"),
    ("ca.key", "ca.key"),
    ("front-proxy-ca.crt", "front-proxy-ca.crt"),
    ("front-proxy-ca.key", "front-proxy-ca.key"),
    ("sa.key", "sa.key"),
    ("sa.pub", "sa.pub"),
];

/// What clusters whose etcd runs on the control-plane nodes share.
pub const STACKED_ETCD: [(&str, &str); 2] = [
    ("etcd-ca.crt", "etcd/ca.crt"),
    ("etcd-ca.key", "etcd/ca.key"),
];

/// What clusters with an etcd elsewhere share: its CA, and kube-apiserver's certificate and key.
pub const EXTERNAL_ETCD: [&str; 3] = [
    "external-etcd-ca.crt",
    "external-etcd.crt",
    "external-etcd.key",
];

const KEY_LENGTH: usize = 32;

/// The key that the files are encrypted under, which is wiped when dropped.
pub struct CertificateKey(Zeroizing<[u8; KEY_LENGTH]>);

/// Why a text is no certificate key. The text is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a certificate key: it has to be 64 hexadecimal digits")]
pub struct NotAKey;

/// Why nothing was encrypted or decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SealError {
    /// The provider did not encrypt.
    #[error("the cryptographic library does not encrypt")]
    Seal,
    /// Another key's, or changed.
    #[error("it was encrypted under another certificate key, or changed since")]
    Open,
}

impl CertificateKey {
    /// Reads a key.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        if text.len() != 2 * KEY_LENGTH {
            return Err(NotAKey);
        }
        for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = digits.iter().map(|digit| char::from(*digit).to_digit(16));
            let value = digits.reduce(|high, low| Some(high? << 4 | low?)).flatten();
            // Two digits are below 256.
            *byte = value.ok_or(NotAKey)? as u8;
        }
        Ok(CertificateKey(key))
    }

    /// Makes a key.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn generate() -> Result<Self, NoRandom> {
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        random(&mut *key)?;
        Ok(CertificateKey(key))
    }

    /// As `kubeadm certs certificate-key` prints it: 64 hexadecimal digits.
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(2 * KEY_LENGTH));
        let digit = |half: u8| char::from_digit(u32::from(half), 16);
        let halves = self.0.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        text.extend(halves.filter_map(digit));
        text
    }

    /// Encrypts: a random nonce, the text encrypted by AES-256-GCM, and its tag
    /// (`cmd/kubeadm/app/util/crypto`).
    ///
    /// # Errors
    /// When the provider does not.
    pub fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut sealed = Vec::with_capacity(plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(plain);
        let key = RandomizedNonceKey::new(&AES_256_GCM, &*self.0).map_err(|_| SealError::Seal)?;
        let nonce = key.seal_in_place_append_tag(Aad::empty(), &mut sealed);
        let nonce = nonce.map_err(|_| SealError::Seal)?;
        Ok([nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// Decrypts what [`CertificateKey::seal`] or kubeadm encrypted.
    ///
    /// # Errors
    /// When it was not this key, or something else was changed.
    pub fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or(SealError::Open)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Open)?;
        let mut plain = Zeroizing::new(sealed.to_vec());
        let key = RandomizedNonceKey::new(&AES_256_GCM, &*self.0).map_err(|_| SealError::Open)?;
        let opened = key.open_in_place(nonce, Aad::empty(), &mut plain);
        let length = opened.map_err(|_| SealError::Open)?.len();
        plain.truncate(length);
        Ok(plain)
    }
}

impl fmt::Debug for CertificateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CertificateKey")
    }
}

/// The terms of the token that the Secret is to end with: nobody may use it, and the cluster removes
/// it after two hours, and what belongs to it.
pub fn kubeadm_certs_terms(at: UtcDateTime) -> Terms {
    Terms {
        expires: Some(at.saturating_add(Duration::hours(2))),
        usages: Vec::new(),
        groups: Vec::new(),
        description: Some("Proxy for managing TTL for the kubeadm-certs secret".to_owned()),
    }
}

/// The Secret: each file by its name in it. What is not on the node has an empty value.
///
/// # Errors
/// When something cannot be encrypted.
pub fn kubeadm_certs(
    files: &[(&str, Option<&[u8]>)],
    key: &CertificateKey,
) -> Result<Value, SealError> {
    let mut data = Map::new();
    for (name, content) in files {
        let sealed = content.map(|content| key.seal(content)).transpose()?;
        data.insert(
            (*name).to_owned(),
            base64(&sealed.unwrap_or_default()).into(),
        );
    }
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "kubeadm-certs", "namespace": "kube-system"},
        "type": "Opaque",
        "data": data,
    }))
}
