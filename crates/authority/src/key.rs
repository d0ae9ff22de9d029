//! Private keys: made, read, written as kubeadm writes them, and used for signing.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
};
use thiserror::Error;
use x509::build::{self, SignError};
use x509::der::{Rules, Tag, single};
use x509::oid::{Oid, known};
use x509::{pem, write};
use zeroize::Zeroizing;

use crate::KeyAlgorithm;

/// Who signs, wherever the key lies.
pub trait Signer: build::Signer + Send + Sync {
    /// The SubjectPublicKeyInfo that its signatures are checked with.
    fn public_key(&self) -> &[u8];
}

/// A private key in memory.
pub struct PrivateKey {
    pair: Pair,
    public: Vec<u8>,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair, &'static Curve),
    Ed25519(Ed25519KeyPair),
}

/// Why there is no key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The provider could not make one.
    #[error("cannot make a key: the cryptographic library failed")]
    Generate,
    /// No block of PEM is a private key.
    #[error(
        "no private key in it: there is no block RSA PRIVATE KEY, EC PRIVATE KEY or PRIVATE KEY"
    )]
    Absent,
    /// It is encrypted.
    #[error("the private key is encrypted; decrypt a copy with: openssl pkey -in FILE")]
    Encrypted,
    /// A private key, but a broken one, or of a kind that is not signed with here.
    #[error("the private key is broken, or of a kind that cannot be used: {0}")]
    Rejected(String),
}

/// An elliptic curve that keys are on.
struct Curve {
    oid: Oid<'static>,
    signing: &'static EcdsaSigningAlgorithm,
    signature: Oid<'static>,
}

static P256: Curve = Curve {
    oid: known::P256,
    signing: &ECDSA_P256_SHA256_ASN1_SIGNING,
    signature: known::ECDSA_WITH_SHA256,
};
static P384: Curve = Curve {
    oid: known::P384,
    signing: &ECDSA_P384_SHA384_ASN1_SIGNING,
    signature: known::ECDSA_WITH_SHA384,
};
/// kubeadm makes none, but signs with an authority's.
static P521: Curve = Curve {
    oid: known::P521,
    signing: &ECDSA_P521_SHA512_ASN1_SIGNING,
    signature: known::ECDSA_WITH_SHA512,
};

impl PrivateKey {
    /// Makes a key.
    ///
    /// # Errors
    /// When the provider cannot.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, KeyError> {
        let pair = match algorithm {
            KeyAlgorithm::Rsa2048 => RsaKeyPair::generate(KeySize::Rsa2048).map(Pair::Rsa),
            KeyAlgorithm::Rsa3072 => RsaKeyPair::generate(KeySize::Rsa3072).map(Pair::Rsa),
            KeyAlgorithm::Rsa4096 => RsaKeyPair::generate(KeySize::Rsa4096).map(Pair::Rsa),
            KeyAlgorithm::EcdsaP256 => on_curve(&P256),
            KeyAlgorithm::EcdsaP384 => on_curve(&P384),
            KeyAlgorithm::Ed25519 => Ed25519KeyPair::generate().map(Pair::Ed25519),
        };
        Self::of(pair.map_err(|_| KeyError::Generate)?)
    }

    /// The first private key of a text, of the kinds that client-go reads
    /// (`staging/src/k8s.io/client-go/util/keyutil/key.go`).
    ///
    /// # Errors
    /// When there is none, or none that can be used.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        for block in verify::pem::blocks(text) {
            let der = block.content.as_slice();
            match block.label.as_str() {
                "RSA PRIVATE KEY" if block.has_headers => return Err(KeyError::Encrypted),
                "ENCRYPTED PRIVATE KEY" => return Err(KeyError::Encrypted),
                "RSA PRIVATE KEY" | "EC PRIVATE KEY" | "PRIVATE KEY" => return Self::from_der(der),
                _ => {}
            }
        }
        Err(KeyError::Absent)
    }

    /// From PKCS #8, PKCS #1 or SEC 1.
    ///
    /// # Errors
    /// When it is none of them, or of a kind that is not signed with.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let curve = |curve: &'static Curve| {
            let pair = EcdsaKeyPair::from_private_key_der(curve.signing, der).ok()?;
            Some(Pair::Ecdsa(pair, curve))
        };
        let rsa = || {
            let pair = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der));
            pair.ok().map(Pair::Rsa)
        };
        let ed25519 = || {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok();
            pair.map(Pair::Ed25519)
        };
        let pair = [&P256, &P384, &P521].into_iter().find_map(curve);
        match pair.or_else(rsa).or_else(ed25519) {
            Some(pair) => Self::of(pair),
            None => Err(KeyError::Rejected(kind_of(der))),
        }
    }

    fn of(pair: Pair) -> Result<Self, KeyError> {
        let der = match &pair {
            Pair::Rsa(pair) => AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()),
            Pair::Ecdsa(pair, _) => AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()),
            Pair::Ed25519(pair) => AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()),
        };
        let public = der.map_err(|_| KeyError::Generate)?.as_ref().to_vec();
        Ok(PrivateKey { pair, public })
    }

    /// As kubeadm writes it: PKCS #1 for RSA, SEC 1 with curve and point for ECDSA
    /// (`keyutil.MarshalPrivateKeyToPEM`), and PKCS #8 for Ed25519.
    ///
    /// # Errors
    /// When the provider does not give it away.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        Ok(match &self.pair {
            Pair::Rsa(pair) => pem::encode("RSA PRIVATE KEY", &pkcs1(pair)?),
            Pair::Ecdsa(pair, curve) => pem::encode("EC PRIVATE KEY", &sec1(pair, curve)?),
            Pair::Ed25519(pair) => {
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Generate)?;
                pem::encode("PRIVATE KEY", der.as_ref())
            }
        })
    }

    /// The public half in a `PUBLIC KEY` block, as kubeadm writes `sa.pub`.
    pub fn public_pem(&self) -> String {
        pem::encode("PUBLIC KEY", &self.public).to_string()
    }
}

impl Signer for PrivateKey {
    fn public_key(&self) -> &[u8] {
        &self.public
    }
}

impl build::Signer for PrivateKey {
    fn algorithm(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Rsa(_) => write::sequence([write::oid(known::SHA256_WITH_RSA), write::null()]),
            Pair::Ecdsa(_, curve) => write::sequence([write::oid(curve.signature)]),
            Pair::Ed25519(_) => write::sequence([write::oid(known::ED25519)]),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map(|()| signature)
            }
            Pair::Ecdsa(pair, _) => pair.sign(&random, message).map(|s| s.as_ref().to_vec()),
            Pair::Ed25519(pair) => pair.try_sign(message).map(|s| s.as_ref().to_vec()),
        };
        signature.map_err(|_| SignError("the cryptographic library failed".to_owned()))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

fn on_curve(curve: &'static Curve) -> Result<Pair, aws_lc_rs::error::Unspecified> {
    EcdsaKeyPair::generate(curve.signing).map(|pair| Pair::Ecdsa(pair, curve))
}

/// The RSAPrivateKey (RFC 8017 appendix A.1.2) inside of PKCS #8.
fn pkcs1(pair: &RsaKeyPair) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Generate)?;
    let inner = || {
        let mut fields = single(pkcs8.as_ref(), Tag::SEQUENCE, Rules::Der)?.reader(Rules::Der);
        fields.expect(Tag::INTEGER)?;
        fields.expect(Tag::SEQUENCE)?;
        fields.expect(Tag::OCTET_STRING)
    };
    let inner = inner().map_err(|_| KeyError::Generate)?;
    Ok(Zeroizing::new(inner.body.to_vec()))
}

/// ECPrivateKey (RFC 5915 section 3), with everything in it that may be.
fn sec1(pair: &EcdsaKeyPair, curve: &Curve) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    use aws_lc_rs::encoding::EcPrivateKeyBin;
    let scalar: EcPrivateKeyBin<'_> =
        aws_lc_rs::encoding::AsBigEndian::as_be_bytes(&pair.private_key())
            .map_err(|_| KeyError::Generate)?;
    let scalar = Zeroizing::new(write::octet_string(scalar.as_ref()));
    let fields: [&[u8]; 4] = [
        &write::unsigned(&[1]),
        &scalar,
        &write::explicit(0, &write::oid(curve.oid)),
        &write::explicit(1, &write::bit_string(pair.public_key().as_ref())),
    ];
    Ok(Zeroizing::new(write::sequence(fields)))
}

/// What can be said of a key that is refused.
fn kind_of(der: &[u8]) -> String {
    match x509::key::PrivateKey::from_der(der) {
        Ok(key) => key.kind().to_string(),
        Err(error) => error.to_string(),
    }
}
