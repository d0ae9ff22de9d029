//! Certificates of every odd kind, made for the tests and signed with keys made once.

#![allow(dead_code, reason = "each test uses its part")]

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use x509::Oid;
use x509::build::{SignError, Signer};
use x509::oid::known;
use x509::write;

/// A key with both halves, or one that only looks like it.
pub struct Key {
    /// The SubjectPublicKeyInfo.
    pub public: Vec<u8>,
    private: Private,
}

enum Private {
    Ecdsa(EcdsaKeyPair, u8),
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
    /// Its signatures are made up.
    None,
}

/// How a certificate is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// As the key is best used.
    Usual,
    /// With another hash where the key allows one.
    Sha384,
    /// Likewise.
    Sha512,
    /// RSA-PSS, when the key is RSA.
    Pss,
    /// Made up, and said to be RSA with SHA-1.
    Sha1Rsa,
    /// Made up, and said to be ECDSA with SHA-1.
    Sha1Ecdsa,
    /// Made up, and said to be RSA with MD5.
    Md5Rsa,
    /// Made up, and said to be ECDSA with SHA-256.
    WrongEcdsa,
    /// Made up, and said to be RSA with SHA-256.
    WrongRsa,
    /// Made up, and said to be something that nobody knows.
    Unknown,
}

/// The keys, made once: three of P-256, P-384, P-521, two of RSA, Ed25519, RSA below 1024 bits, and
/// one of a kind that Go does not know.
pub static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    vec![
        ecdsa(256),
        ecdsa(256),
        rsa(),
        ecdsa(384),
        ed25519(),
        ecdsa(256),
        rsa(),
        ecdsa(521),
        small_rsa(),
        unknown(),
    ]
});

/// How many of [`KEYS`] can sign.
pub const SIGNING_KEYS: usize = 8;

/// Which of [`KEYS`] has an RSA key of fewer than 1024 bits.
pub const SMALL_RSA: usize = 8;

impl Key {
    /// Something that signs with this key by `scheme`.
    pub fn signer(&self, scheme: Scheme) -> impl Signer + '_ {
        KeySigner { key: self, scheme }
    }

    /// The private half as PKCS #8, for the keys of TLS.
    pub fn pkcs8(&self) -> Vec<u8> {
        match &self.private {
            Private::Ecdsa(pair, _) => pair.to_pkcs8v1().unwrap().as_ref().to_vec(),
            Private::Rsa(pair) => AsDer::<Pkcs8V1Der<'_>>::as_der(pair)
                .unwrap()
                .as_ref()
                .to_vec(),
            Private::Ed25519(pair) => pair.to_pkcs8v1().unwrap().as_ref().to_vec(),
            Private::None => Vec::new(),
        }
    }
}

struct KeySigner<'a> {
    key: &'a Key,
    scheme: Scheme,
}

impl Signer for KeySigner<'_> {
    fn algorithm(&self) -> Vec<u8> {
        match (self.scheme, &self.key.private) {
            (Scheme::Sha1Rsa, _) => rsa_algorithm(5),
            (Scheme::Md5Rsa, _) => rsa_algorithm(4),
            (Scheme::WrongRsa, _) => rsa_algorithm(11),
            (Scheme::Sha1Ecdsa, _) => {
                write::sequence([write::oid(Oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1]))])
            }
            (Scheme::WrongEcdsa, _) => ecdsa_algorithm(2),
            (Scheme::Unknown, _) => write::sequence([write::oid(Oid(&[0x2a, 0x03, 0x04]))]),
            (Scheme::Sha384, Private::Rsa(_)) => rsa_algorithm(12),
            (Scheme::Sha512, Private::Rsa(_)) => rsa_algorithm(13),
            (Scheme::Pss, Private::Rsa(_)) => pss_algorithm(1, 32),
            (_, Private::Rsa(_) | Private::None) => rsa_algorithm(11),
            (_, Private::Ecdsa(_, hash)) => ecdsa_algorithm(*hash),
            (_, Private::Ed25519(_)) => write::sequence([write::oid(known::ED25519)]),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        let made_up = matches!(
            self.scheme,
            Scheme::Sha1Rsa
                | Scheme::Sha1Ecdsa
                | Scheme::Md5Rsa
                | Scheme::WrongEcdsa
                | Scheme::WrongRsa
                | Scheme::Unknown
        );
        Ok(match &self.key.private {
            _ if made_up => vec![0x5a; 64],
            Private::None => vec![0x5a; 125],
            Private::Ecdsa(pair, _) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Private::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Private::Rsa(pair) => {
                let encoding: &dyn RsaEncoding = match self.scheme {
                    Scheme::Sha384 => &RSA_PKCS1_SHA384,
                    Scheme::Sha512 => &RSA_PKCS1_SHA512,
                    Scheme::Pss => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature)
                    .unwrap();
                signature
            }
        })
    }
}

fn rsa_algorithm(last: u8) -> Vec<u8> {
    let oid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, last];
    write::sequence([write::oid(Oid(&oid)), write::null()])
}

fn ecdsa_algorithm(last: u8) -> Vec<u8> {
    write::sequence([write::oid(Oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, last]))])
}

/// RSASSA-PSS with the SHA-2 hash of that number (RFC 4055).
fn pss_algorithm(hash: u8, salt: u8) -> Vec<u8> {
    let hash = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, hash];
    let hash = write::sequence([write::oid(Oid(&hash)), write::null()]);
    let mgf1 = write::oid(Oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8]));
    let mask = write::sequence([mgf1, hash.clone()]);
    let parameters = write::sequence([
        write::explicit(0, &hash),
        write::explicit(1, &mask),
        write::explicit(2, &write::unsigned(&[salt])),
    ]);
    let oid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
    write::sequence([write::oid(Oid(&oid)), parameters])
}

fn ecdsa(bits: u16) -> Key {
    let (algorithm, hash) = match bits {
        256 => (&ECDSA_P256_SHA256_ASN1_SIGNING, 2),
        384 => (&ECDSA_P384_SHA384_ASN1_SIGNING, 3),
        _ => (&ECDSA_P521_SHA512_ASN1_SIGNING, 4),
    };
    let pair = EcdsaKeyPair::generate(algorithm).unwrap();
    let public = public_key(pair.public_key());
    Key {
        public,
        private: Private::Ecdsa(pair, hash),
    }
}

fn rsa() -> Key {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let public = public_key(pair.public_key());
    Key {
        public,
        private: Private::Rsa(pair),
    }
}

fn ed25519() -> Key {
    let pair = Ed25519KeyPair::generate().unwrap();
    let public = public_key(pair.public_key());
    Key {
        public,
        private: Private::Ed25519(pair),
    }
}

fn small_rsa() -> Key {
    let modulus = write::unsigned(&[0xc1; 125]);
    let key = write::sequence([modulus, write::unsigned(&[1, 0, 1])]);
    let algorithm = write::sequence([write::oid(known::RSA_ENCRYPTION), write::null()]);
    let public = write::sequence([algorithm, write::bit_string(&key)]);
    Key {
        public,
        private: Private::None,
    }
}

fn unknown() -> Key {
    let algorithm = write::sequence([write::oid(Oid(&[0x2b, 0x65, 0x71]))]);
    let public = write::sequence([algorithm, write::bit_string(&[7; 57])]);
    Key {
        public,
        private: Private::None,
    }
}

fn public_key(key: &impl AsDer<PublicKeyX509Der<'static>>) -> Vec<u8> {
    key.as_der().unwrap().as_ref().to_vec()
}
