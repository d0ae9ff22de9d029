//! Why a key in a token cannot be used: what is wrong, and what to do.

use std::path::PathBuf;

use thiserror::Error;

use crate::UriError;

/// Why a key in a token cannot be used. Tokens and keys are named by the URIs they have.
#[derive(Debug, Error)]
pub enum TokenError {
    /// The URI cannot be followed.
    #[error(transparent)]
    Uri(#[from] UriError),
    /// The URI does not say how to reach the token.
    #[error("the PKCS #11 URI names no module")]
    NoModule,
    /// The module is not there, or none.
    #[error("cannot load the PKCS #11 module `{}`: {why}", path.display())]
    Module {
        /// Which.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// No token is the one that is looked for.
    #[error("there is no token `{wanted}`; {}", there(found))]
    NoToken {
        /// What was looked for.
        wanted: String,
        /// Those that are there.
        found: Vec<String>,
    },
    /// The URI fits several tokens.
    #[error("several tokens are `{wanted}`: {}", list(found))]
    SeveralTokens {
        /// What was looked for.
        wanted: String,
        /// Those that fit.
        found: Vec<String>,
    },
    /// The token wants a PIN, and nobody is there to ask.
    #[error("the token {0:?} wants a PIN")]
    NoPin(String),
    /// The token did not take the PIN.
    #[error("the PIN is not the one of the token {token:?}{}", last(*last_try))]
    WrongPin {
        /// The token's label.
        token: String,
        /// Whether another wrong one locks it.
        last_try: bool,
    },
    /// Too many wrong PINs.
    #[error("the token {0:?} is locked: too many wrong PINs were given")]
    Locked(String),
    /// The token was never set up for users.
    #[error("the token {0:?} has no PIN for users yet")]
    NoUserPin(String),
    /// No private key is the one that is looked for.
    #[error(
        "there is no private key `{wanted}` in the token {token:?}; {}",
        there(found)
    )]
    NoKey {
        /// The token's label.
        token: String,
        /// What was looked for.
        wanted: String,
        /// Those that are there.
        found: Vec<String>,
    },
    /// The URI fits several private keys.
    #[error(
        "several private keys in the token {token:?} are `{wanted}`: {}",
        list(found)
    )]
    SeveralKeys {
        /// The token's label.
        token: String,
        /// What was looked for.
        wanted: String,
        /// Those that fit.
        found: Vec<String>,
    },
    /// A key that is kept for something else.
    #[error("the private key `{0}` may not sign (CKA_SIGN)")]
    MayNotSign(String),
    /// A key whose every signature wants the PIN anew.
    #[error("the private key `{0}` wants the PIN for every signature (CKA_ALWAYS_AUTHENTICATE)")]
    AlwaysAuthenticate(String),
    /// A kind of key that is not signed with here.
    #[error("the private key `{0}` is neither RSA nor ECDSA over P-256, P-384 or P-521")]
    Kind(String),
    /// Nobody knows the public key.
    #[error("the token keeps no public key beside the private key `{0}`")]
    NoPublicKey(String),
    /// The token or its module failed.
    #[error("the token failed: {0}")]
    Failed(String),
}

impl TokenError {
    /// What the user can do about it, when there is something.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            TokenError::Uri(_) | TokenError::Failed(_) => return None,
            TokenError::NoModule => {
                "add ?module-path=FILE, the library that came with the token, \
                 such as /usr/lib/softhsm/libsofthsm2.so"
            }
            TokenError::Module { .. } => {
                "module-path has to name the library that came with the token, \
                 built for this machine"
            }
            TokenError::NoToken { .. } => "is the token plugged in, and its module set up for it?",
            TokenError::SeveralTokens { .. } => "add serial= to the URI",
            TokenError::NoPin(_) => {
                "add pin-source=file:PATH to the URI's query, or run this at a terminal"
            }
            TokenError::WrongPin { .. } => {
                "tokens lock themselves after a few wrong PINs: find the right one before you try again"
            }
            TokenError::Locked(_) => "its security officer can unlock it by setting a new PIN",
            TokenError::NoUserPin(_) => "its security officer has to set one",
            TokenError::NoKey { .. } => "object= and id= are compared byte for byte",
            TokenError::SeveralKeys { .. } => "name it by object= and id= in the URI",
            TokenError::MayNotSign(_) => "an authority needs a key with CKA_SIGN",
            TokenError::AlwaysAuthenticate(_) => "take a key without it",
            TokenError::Kind(_) => "take a key of such a kind",
            TokenError::NoPublicKey(_) => {
                "put it there with the private key's CKA_ID, or give the authority's certificate"
            }
        })
    }
}

fn last(last_try: bool) -> &'static str {
    match last_try {
        true => "; one more wrong PIN locks it",
        false => "",
    }
}

fn there(found: &[String]) -> String {
    match found {
        [] => "there is none".to_owned(),
        [one] => format!("there is `{one}`"),
        several => format!("there are {}", list(several)),
    }
}

fn list(found: &[String]) -> String {
    let quoted: Vec<_> = found.iter().map(|uri| format!("`{uri}`")).collect();
    quoted.join(", ")
}
