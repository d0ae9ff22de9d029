//! Where new keys come from while a change is planned, and how files hold them: those of nodes whose
//! files are at hand are made here; those of others never leave their node, and the plan is made with
//! their public halves.

use authority::{KeyError, PrivateKey, Signer as _};
use verify::PublicKey;
use verify::load::Keys as Whole;
use zeroize::Zeroizing;

use crate::contents::algorithm;

/// Whoever has the keys of a change.
pub trait Keys {
    /// What takes the place of a certificate's key on a node.
    ///
    /// # Errors
    /// When there is nothing that could.
    fn successor(&mut self, node: &str, old: &PublicKey) -> Result<NewKey, NoKey>;

    /// How files hold a key that was made here, for an authority or for tokens.
    ///
    /// # Errors
    /// When the provider does not give it away.
    fn made(&mut self, key: &PrivateKey) -> Result<Zeroizing<String>, KeyError>;

    /// The private key that a file holds; `None` when it is not here.
    ///
    /// # Errors
    /// When it cannot be used.
    fn private(&self, content: &[u8]) -> Result<Option<PrivateKey>, KeyError>;
}

/// A key that is to be certified.
pub struct NewKey {
    /// Its SubjectPublicKeyInfo.
    pub public: Vec<u8>,
    /// How files hold it.
    pub text: Zeroizing<String>,
}

/// Why nothing takes the place of a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoKey {
    /// Its kind is none that is made.
    #[error("it has a key of a kind that is not made here")]
    Kind,
    /// None was made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The node sent no request.
    #[error("its node has sent no request for it")]
    NotAsked,
}

/// The keys of nodes whose files are at hand.
pub struct Here;

impl Keys for Here {
    fn successor(&mut self, _node: &str, old: &PublicKey) -> Result<NewKey, NoKey> {
        let key = PrivateKey::generate(algorithm(old).ok_or(NoKey::Kind)?)?;
        Ok(NewKey {
            public: key.public_key().to_vec(),
            text: key.to_pem()?,
        })
    }

    fn made(&mut self, key: &PrivateKey) -> Result<Zeroizing<String>, KeyError> {
        key.to_pem()
    }

    fn private(&self, content: &[u8]) -> Result<Option<PrivateKey>, KeyError> {
        PrivateKey::from_pem(content).map(Some)
    }
}

/// The public half of the key that a file holds, or of what represents it.
pub(crate) fn half(content: &[u8]) -> Option<PublicKey> {
    let read = |keys: Whole| keys.private_key(content).ok().flatten();
    read(Whole::Whole).or_else(|| read(Whole::Withheld))
}
