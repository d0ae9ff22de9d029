//! Keys in PKCS #11 tokens: named by a URI, used without leaving the token.
//!
//! [`open`] finds the key that a [`Uri`] names, and gives a signer for `authority`. The token signs;
//! nothing here asks for the private key, and a token that is set up well would not give it.

mod error;
mod public;
mod signer;
mod token;
mod uri;

pub use error::TokenError;
pub use signer::TokenKey;
pub use token::open;
pub use uri::{Uri, UriError};
