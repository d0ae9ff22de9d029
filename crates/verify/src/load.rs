//! From a file's bytes to something usable, as each component loads it, with its own words when it
//! cannot: a block that one loader takes, another skips or dies of.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use memchr::memmem;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::error::ParseError;
use crate::key::PublicKey;
use crate::pem::{self, Block};
use crate::pool::Pool;
use crate::private_key::{PublicHalf, pkcs1, pkcs8, sec1};
use crate::withheld::{self, Form};

/// Why a loader does not take a file; prints the component's text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LoadError {
    /// The certificate file of a pair has no PEM block.
    #[error("tls: failed to find any PEM data in certificate input")]
    NoPemForCertificate,
    /// The certificate file of a pair has a private key in it.
    #[error(
        "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"
    )]
    KeyForCertificate,
    /// The certificate file of a pair has blocks with these labels only.
    #[error(
        "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types: [{}]",
        .0.join(" ")
    )]
    OtherForCertificate(Vec<String>),
    /// The key file of a pair has no PEM block.
    #[error("tls: failed to find any PEM data in key input")]
    NoPemForKey,
    /// The key file of a pair has a certificate in it.
    #[error("tls: found a certificate rather than a key in the PEM for the private key")]
    CertificateForKey,
    /// The key file of a pair has blocks with these labels only.
    #[error(
        "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of the following types: [{}]",
        .0.join(" ")
    )]
    OtherForKey(Vec<String>),
    /// A certificate that Go does not read.
    #[error(transparent)]
    Certificate(#[from] ParseError),
    /// A private key that is encrypted, broken or of a kind that Go does not know.
    #[error("tls: failed to parse private key")]
    Key,
    /// A private key that cannot sign.
    #[error("tls: found unknown private key type in PKCS#8 wrapping")]
    KeyCannotSign,
    /// The key is of another kind than the certificate's.
    #[error("tls: private key type does not match public key type")]
    KeyKindMismatch,
    /// The key is not the certificate's.
    #[error("tls: private key does not match public key")]
    KeyMismatch,
    /// The certificate's key is of a kind that TLS does not know.
    #[error("tls: unknown public key algorithm")]
    UnknownPublicKey,
    /// A certificate file without a certificate.
    #[error("data does not contain any valid RSA or ECDSA certificates")]
    NoCertificates,
    /// A key file without a private key.
    #[error("data does not contain a valid RSA or ECDSA private key")]
    NoPrivateKey,
    /// A key file without a public key.
    #[error("data does not contain any valid RSA or ECDSA public keys")]
    NoPublicKeys,
    /// Go could say whether the key fits, this program cannot: not Go's text.
    #[error("whether the private key fits cannot be checked here: P-224 is not available")]
    CannotBeChecked,
}

/// A certificate chain whose private key is at hand. The key itself is not kept.
#[derive(Clone, Debug)]
pub struct KeyPair {
    /// What is sent to the peer, leaf first. Only the first has been parsed.
    pub certificates: Vec<Arc<[u8]>>,
    /// The first certificate.
    pub leaf: Arc<Certificate>,
}

/// What stands for the private keys in what is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// They themselves: what lies on a node.
    Whole,
    /// Their public halves, see [`crate::withheld`]: what lies in an archive. Only those count, and
    /// the verdict is the one that the whole key had.
    Withheld,
}

/// Certificates that were read before, by their bytes: one authority lies in a dozen files of a node.
#[derive(Debug, Default)]
pub struct Known(RefCell<HashMap<Arc<[u8]>, Arc<Certificate>>>);

/// [`Known::key_pair`] of what lies on a node.
///
/// # Errors
/// When a block is missing or broken, or the key is not the first certificate's.
pub fn key_pair(certificates: &[u8], key: &[u8]) -> Result<KeyPair, LoadError> {
    Known::default().key_pair(Keys::Whole, certificates, key)
}

/// [`Known::etcd_pool`] of what lies on a node.
///
/// # Errors
/// When one block does not parse.
pub fn etcd_pool(data: &[u8]) -> Result<Pool, LoadError> {
    Known::default().etcd_pool(Keys::Whole, data)
}

/// [`Keys::private_key`] of what lies on a node.
///
/// # Errors
/// When no block's label fits a key that parses.
pub fn private_key(data: &[u8]) -> Result<Option<PublicKey>, LoadError> {
    Keys::Whole.private_key(data)
}

/// [`Keys::service_account_public_keys`] of what lies on a node.
///
/// # Errors
/// When there is none.
pub fn service_account_public_keys(data: &[u8]) -> Result<Vec<PublicKey>, LoadError> {
    Keys::Whole.service_account_public_keys(data)
}

/// [`Known::append_certs_from_pem`] for the first time.
pub fn append_certs_from_pem(data: &[u8]) -> Pool {
    Known::default().append_certs_from_pem(data)
}

/// [`Known::client_go_certs`] for the first time.
///
/// # Errors
/// When one certificate does not parse, or there is none.
pub fn client_go_certs(data: &[u8]) -> Result<Vec<Arc<Certificate>>, LoadError> {
    Known::default().client_go_certs(data)
}

/// As client-go's `NewPoolFromBytes` (util/cert/io.go).
///
/// # Errors
/// As [`client_go_certs`].
pub fn client_go_pool(data: &[u8]) -> Result<Pool, LoadError> {
    client_go_certs(data).map(Pool::from_iter)
}

impl Known {
    /// As [`Certificate::parse`].
    ///
    /// # Errors
    /// When Go does not read it. That is not remembered: such bytes are nobody's to keep.
    pub fn parse(&self, der: &[u8]) -> Result<Arc<Certificate>, ParseError> {
        if let Some(known) = self.0.borrow().get(der) {
            return Ok(known.clone());
        }
        let der: Arc<[u8]> = der.into();
        let parsed = Arc::new(Certificate::parse(der.clone())?);
        self.0.borrow_mut().insert(der, parsed.clone());
        Ok(parsed)
    }

    /// As `CertPool.AppendCertsFromPEM` into an empty pool: what is not a certificate that Go reads is
    /// skipped in silence. An empty pool is its `false`.
    pub fn append_certs_from_pem(&self, data: &[u8]) -> Pool {
        let parsed = plain_certificates(data).map(|content| self.parse(&content));
        parsed.filter_map(Result::ok).collect()
    }

    /// As client-go's `ParseCertsPEM` (util/cert/pem.go), which kube-apiserver's bundles and
    /// kubeconfigs' owners load with.
    ///
    /// # Errors
    /// When one certificate does not parse, or there is none.
    pub fn client_go_certs(&self, data: &[u8]) -> Result<Vec<Arc<Certificate>>, LoadError> {
        let parsed = plain_certificates(data).map(|content| self.parse(&content));
        let certificates = parsed.collect::<Result<Vec<_>, _>>()?;
        match certificates.is_empty() {
            true => Err(LoadError::NoCertificates),
            false => Ok(certificates),
        }
    }

    /// As `tls.X509KeyPair`: nearly every component loads its credentials so.
    ///
    /// # Errors
    /// When a block is missing or broken, or the key is not the first certificate's.
    pub fn key_pair(
        &self,
        keys: Keys,
        certificates: &[u8],
        key: &[u8],
    ) -> Result<KeyPair, LoadError> {
        let certificates = certificate_blocks(keys.blocks(certificates))?;
        let key = key_block(keys.blocks(key))?;
        let leaf = match certificates.first() {
            Some(first) => self.parse(first)?,
            None => return Err(LoadError::NoPemForCertificate),
        };
        check_match(&leaf, &keys.parse_key(&key.content)?)?;
        Ok(KeyPair { certificates, leaf })
    }

    /// As etcd's `tlsutil.NewCertPool`: every block, whatever its label, must be a certificate; no
    /// block gives an empty pool.
    ///
    /// # Errors
    /// When one block does not parse.
    pub fn etcd_pool(&self, keys: Keys, data: &[u8]) -> Result<Pool, LoadError> {
        let parsed = keys.blocks(data).map(|block| self.parse(&block.content));
        parsed
            .map(|parsed| parsed.map_err(LoadError::from))
            .collect()
    }
}

impl Keys {
    /// As client-go's `ParsePrivateKeyPEM` (util/keyutil/key.go), of which only the public half is
    /// given; `None` for a key whose public half this program cannot compute or that cannot sign.
    ///
    /// # Errors
    /// When no block's label fits a key that parses.
    pub fn private_key(self, data: &[u8]) -> Result<Option<PublicKey>, LoadError> {
        let parse = |block: Block| match block.label.as_str() {
            "EC PRIVATE KEY" => self.half(&block.content, Form::Sec1),
            "RSA PRIVATE KEY" => self.half(&block.content, Form::Pkcs1),
            "PRIVATE KEY" => self.half(&block.content, Form::Pkcs8),
            _ => None,
        };
        match self.blocks(data).find_map(parse) {
            Some(PublicHalf::Known(key)) => Ok(Some(key)),
            Some(PublicHalf::P224 | PublicHalf::X25519) => Ok(None),
            None => Err(LoadError::NoPrivateKey),
        }
    }

    /// As client-go's `ParsePublicKeysPEM` (util/keyutil/key.go), which kube-apiserver checks
    /// service-account tokens with: RSA and ECDSA keys, whatever the label says.
    ///
    /// # Errors
    /// When there is none.
    pub fn service_account_public_keys(self, data: &[u8]) -> Result<Vec<PublicKey>, LoadError> {
        let keys: Vec<_> = self
            .blocks(data)
            .filter_map(|block| self.any_public_key(&block.content))
            .collect();
        match keys.is_empty() {
            true => Err(LoadError::NoPublicKeys),
            false => Ok(keys),
        }
    }

    /// The blocks, under the labels that they had on the node.
    fn blocks(self, data: &[u8]) -> impl Iterator<Item = Block> {
        pem::blocks(data).map(
            move |block| match block.label.strip_prefix(withheld::PREFIX) {
                Some(label) if self == Keys::Withheld => Block {
                    label: label.to_owned(),
                    ..block
                },
                _ => block,
            },
        )
    }

    /// The public half of a private key of this form.
    fn half(self, der: &[u8], form: Form) -> Option<PublicHalf> {
        match (self, form) {
            (Keys::Withheld, form) => withheld::half(der, form),
            (Keys::Whole, Form::Pkcs1) => pkcs1(der),
            (Keys::Whole, Form::Pkcs8) => pkcs8(der),
            (Keys::Whole, Form::Sec1) => sec1(der),
        }
    }

    /// Tries the forms in Go's order, whatever the label says.
    fn parse_key(self, der: &[u8]) -> Result<PublicHalf, LoadError> {
        let forms = [Form::Pkcs1, Form::Pkcs8, Form::Sec1];
        let half = forms.into_iter().find_map(|form| self.half(der, form));
        match half.ok_or(LoadError::Key)? {
            PublicHalf::X25519 => Err(LoadError::KeyCannotSign),
            half => Ok(half),
        }
    }

    /// An RSA private or public key, or an ECDSA private key by itself, or an ECDSA public key.
    fn any_public_key(self, der: &[u8]) -> Option<PublicKey> {
        let rsa = self.half(der, Form::Pkcs1);
        let private = rsa.or_else(|| self.half(der, Form::Pkcs8));
        if let Some(PublicHalf::Known(key @ PublicKey::Rsa(_))) = private {
            return Some(key);
        }
        let public = || match PublicKey::from_der(der) {
            Some(key) => Some(key),
            None => Certificate::parse(der).ok()?.public_key,
        };
        match self.half(der, Form::Sec1) {
            Some(PublicHalf::Known(key)) => Some(key),
            _ => public().filter(|key| matches!(key, PublicKey::Rsa(_) | PublicKey::Ecdsa(_))),
        }
    }
}

/// The blocks labelled CERTIFICATE; without one, what is there instead.
fn certificate_blocks(blocks: impl Iterator<Item = Block>) -> Result<Vec<Arc<[u8]>>, LoadError> {
    let (certificates, others): (Vec<Block>, Vec<Block>) =
        blocks.partition(|block| block.label == "CERTIFICATE");
    if !certificates.is_empty() {
        return Ok(certificates
            .iter()
            .map(|block| block.content.as_slice().into())
            .collect());
    }
    Err(match others.as_slice() {
        [] => LoadError::NoPemForCertificate,
        [only] if only.label.ends_with("PRIVATE KEY") => LoadError::KeyForCertificate,
        others => LoadError::OtherForCertificate(labels(others)),
    })
}

/// The first block with a key's label; without one, what is there instead.
fn key_block(blocks: impl Iterator<Item = Block>) -> Result<Block, LoadError> {
    let mut skipped = Vec::new();
    for block in blocks {
        if block.label == "PRIVATE KEY" || block.label.ends_with(" PRIVATE KEY") {
            return Ok(block);
        }
        skipped.push(block);
    }
    Err(match skipped.as_slice() {
        [] => LoadError::NoPemForKey,
        [only] if only.label == "CERTIFICATE" => LoadError::CertificateForKey,
        skipped => LoadError::OtherForKey(labels(skipped)),
    })
}

fn labels(blocks: &[Block]) -> Vec<String> {
    blocks.iter().map(|block| block.label.clone()).collect()
}

fn check_match(leaf: &Certificate, half: &PublicHalf) -> Result<(), LoadError> {
    use PublicKey::{Dsa, Ecdsa, Ed25519, Rsa};
    let certified = match &leaf.public_key {
        None | Some(Dsa) => return Err(LoadError::UnknownPublicKey),
        Some(key) => key,
    };
    match (certified, half) {
        (Ecdsa(_), PublicHalf::P224) => Err(LoadError::CannotBeChecked),
        (certified, PublicHalf::Known(key)) if certified == key => Ok(()),
        (Rsa(_), PublicHalf::Known(Rsa(_)))
        | (Ecdsa(_), PublicHalf::Known(Ecdsa(_)))
        | (Ed25519(_), PublicHalf::Known(Ed25519(_))) => Err(LoadError::KeyMismatch),
        _ => Err(LoadError::KeyKindMismatch),
    }
}

/// The contents of the blocks that are labelled CERTIFICATE and have no headers.
fn plain_certificates(data: &[u8]) -> impl Iterator<Item = Zeroizing<Vec<u8>>> {
    let is_plain = |block: &Block| block.label == "CERTIFICATE" && !block.has_headers;
    // Half of the files of a PKI are keys, which need not be decoded to see that.
    let has_any = memmem::find(data, b"-----BEGIN CERTIFICATE").is_some();
    pem::blocks(if has_any { data } else { &[] })
        .filter(is_plain)
        .map(|block| block.content)
}
