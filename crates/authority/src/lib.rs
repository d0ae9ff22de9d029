//! Signing: keys in files, PKCS#11 or elsewhere, profiles and policies.
//!
//! A [`Profile`] says what a certificate is to be, an [`Authority`] issues it. Before the authority's
//! key signs anything, a throwaway copy of the authority does, and `verify` judges the result: what
//! components would not accept is not issued.

mod algorithm;
pub mod control_plane;
mod dns;
mod issue;
mod json;
mod key;
pub mod objects;
mod profile;
mod request;
pub mod token;

pub use algorithm::{KeyAlgorithm, UnknownAlgorithm};
pub use issue::{Authority, AuthorityError, IssueError, Validity};
pub use key::{KeyError, PrivateKey, Signer};
pub use profile::{Kind, Names, Profile, Subject};
pub use request::request;
