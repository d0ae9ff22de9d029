//! Tokens: what lets a node join, what a service account shows, and what others check them by.

pub mod bootstrap;
pub mod jwks;
pub mod jws;
pub mod pin;
pub mod service_account;
mod signature;

pub use bootstrap::BootstrapToken;
pub use signature::{Algorithm, key_id};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use thiserror::Error;

/// The system gives no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the system gives no random numbers")]
pub struct NoRandom;

/// Fills a buffer with the system's random numbers.
pub(crate) fn random(bytes: &mut [u8]) -> Result<(), NoRandom> {
    SystemRandom::new().fill(bytes).map_err(|_| NoRandom)
}

/// Base64 for URLs, without padding (RFC 7515 section 2).
pub(crate) fn base64url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
