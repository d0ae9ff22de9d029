//! The kinds of key that are made.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A kind of key, by the name that kubeadm's `encryptionAlgorithm` has for it
/// (`cmd/kubeadm/app/apis/kubeadm/types.go`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// `RSA-2048`, which kubeadm takes when nothing is said.
    #[default]
    Rsa2048,
    /// `RSA-3072`.
    Rsa3072,
    /// `RSA-4096`.
    Rsa4096,
    /// `ECDSA-P256`.
    EcdsaP256,
    /// `ECDSA-P384`.
    EcdsaP384,
    /// `Ed25519`, which kubeadm does not know but every component accepts for TLS.
    Ed25519,
}

/// A name that no kind of key has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no key algorithm `{name}`; there are {}", list())]
pub struct UnknownAlgorithm {
    name: String,
}

impl KeyAlgorithm {
    /// Every kind, kubeadm's first.
    pub const ALL: [KeyAlgorithm; 6] = [
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::Rsa3072,
        KeyAlgorithm::Rsa4096,
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
        KeyAlgorithm::Ed25519,
    ];

    /// Its name in a configuration file.
    pub fn name(self) -> &'static str {
        match self {
            KeyAlgorithm::Rsa2048 => "RSA-2048",
            KeyAlgorithm::Rsa3072 => "RSA-3072",
            KeyAlgorithm::Rsa4096 => "RSA-4096",
            KeyAlgorithm::EcdsaP256 => "ECDSA-P256",
            KeyAlgorithm::EcdsaP384 => "ECDSA-P384",
            KeyAlgorithm::Ed25519 => "Ed25519",
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for KeyAlgorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        let found = KeyAlgorithm::ALL
            .into_iter()
            .find(|kind| kind.name() == name);
        found.ok_or_else(|| UnknownAlgorithm {
            name: name.to_owned(),
        })
    }
}

fn list() -> String {
    KeyAlgorithm::ALL.map(KeyAlgorithm::name).join(", ")
}
