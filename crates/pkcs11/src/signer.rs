//! A key in a token as `authority` signs with it.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use authority::Signer;
use aws_lc_rs::digest::{self, digest};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use verify::key::Curve;
use verify::{Hash, PublicKey, SignatureAlgorithm};
use x509::build::{self, SignError};
use x509::oid::{Oid, known};
use x509::write;

use crate::token::failed;

/// A private key that stays in its token.
pub struct TokenKey {
    /// One for all threads: a session does one thing at a time.
    session: Mutex<Session>,
    key: ObjectHandle,
    scheme: Scheme,
    public: PublicKey,
    public_der: Vec<u8>,
}

/// How the token signs.
#[derive(Clone, Copy, Debug)]
enum Scheme {
    /// It hashes and pads.
    RsaWithHash,
    /// It pads a DigestInfo (RFC 8017 section 9.2).
    Rsa,
    /// It signs a digest.
    Ecdsa(Hash),
}

impl TokenKey {
    /// The signer for a key of this kind, by what the token can do; `None` for a kind that is not
    /// signed with here.
    pub(crate) fn new(
        session: Session,
        key: ObjectHandle,
        public: PublicKey,
        mechanisms: &[MechanismType],
    ) -> Option<Self> {
        let can_hash = mechanisms.contains(&MechanismType::SHA256_RSA_PKCS);
        let scheme = match &public {
            PublicKey::Rsa(_) if can_hash => Scheme::RsaWithHash,
            PublicKey::Rsa(_) => Scheme::Rsa,
            PublicKey::Ecdsa(point) => Scheme::Ecdsa(hash_of(point.curve)?),
            PublicKey::Ed25519(_) | PublicKey::Dsa => return None,
        };
        let public_der = public.to_der()?;
        Some(TokenKey {
            session: Mutex::new(session),
            key,
            scheme,
            public,
            public_der,
        })
    }

    fn sign_with(&self, mechanism: &Mechanism<'_>, data: &[u8]) -> Result<Vec<u8>, SignError> {
        // A session is whole after every operation, whatever became of the thread.
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let signature = session.sign(mechanism, self.key, data);
        signature.map_err(|error| SignError(failed(error).to_string()))
    }

    fn signature_algorithm(&self) -> SignatureAlgorithm {
        match self.scheme {
            Scheme::RsaWithHash | Scheme::Rsa => SignatureAlgorithm::Rsa(Hash::Sha256),
            Scheme::Ecdsa(hash) => SignatureAlgorithm::Ecdsa(hash),
        }
    }
}

impl Signer for TokenKey {
    fn public_key(&self) -> &[u8] {
        &self.public_der
    }
}

impl build::Signer for TokenKey {
    fn algorithm(&self) -> Vec<u8> {
        match self.scheme {
            Scheme::RsaWithHash | Scheme::Rsa => {
                write::sequence([write::oid(known::SHA256_WITH_RSA), write::null()])
            }
            Scheme::Ecdsa(hash) => write::sequence([write::oid(ecdsa_with(hash))]),
        }
    }

    /// Signs in the token, and checks the signature: the public key may belong to another one.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let signature = match self.scheme {
            Scheme::RsaWithHash => self.sign_with(&Mechanism::Sha256RsaPkcs, message)?,
            Scheme::Rsa => self.sign_with(&Mechanism::RsaPkcs, &digest_info(message))?,
            Scheme::Ecdsa(hash) => {
                let digest = digest(algorithm_of(hash), message);
                ecdsa_value(&self.sign_with(&Mechanism::Ecdsa, digest.as_ref())?)
            }
        };
        let checked = self
            .public
            .check_signature(self.signature_algorithm(), message, &signature);
        checked.map_err(|_| {
            let why = "the private key in the token does not belong to the public key";
            SignError(why.to_owned())
        })?;
        Ok(signature)
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey")
    }
}

/// The hash that Go takes for a curve (crypto/x509, `signingParamsForKey`).
fn hash_of(curve: Curve) -> Option<Hash> {
    match curve {
        Curve::P224 => None,
        Curve::P256 => Some(Hash::Sha256),
        Curve::P384 => Some(Hash::Sha384),
        Curve::P521 => Some(Hash::Sha512),
    }
}

fn algorithm_of(hash: Hash) -> &'static digest::Algorithm {
    match hash {
        Hash::Sha256 => &digest::SHA256,
        Hash::Sha384 => &digest::SHA384,
        Hash::Sha512 => &digest::SHA512,
    }
}

fn ecdsa_with(hash: Hash) -> Oid<'static> {
    match hash {
        Hash::Sha256 => known::ECDSA_WITH_SHA256,
        Hash::Sha384 => known::ECDSA_WITH_SHA384,
        Hash::Sha512 => known::ECDSA_WITH_SHA512,
    }
}

/// The DigestInfo of SHA-256 (RFC 8017 section 9.2).
fn digest_info(message: &[u8]) -> Vec<u8> {
    let digest = digest(&digest::SHA256, message);
    let algorithm = write::sequence([write::oid(SHA256), write::null()]);
    write::sequence([algorithm, write::octet_string(digest.as_ref())])
}

/// id-sha256 (RFC 8017 appendix B.1).
const SHA256: Oid<'static> = Oid(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]);

/// The two halves of what a token gives as ECDSA-Sig-Value (RFC 3279 section 2.2.3).
fn ecdsa_value(halves: &[u8]) -> Vec<u8> {
    let (r, s) = halves.split_at(halves.len() / 2);
    write::sequence([write::unsigned(r), write::unsigned(s)])
}
