//! Signing: keys in files, PKCS#11 or elsewhere, profiles and policies.
//!
//! A [`Profile`] says what a certificate is to be, an [`Authority`] issues it. Before the authority's
//! key signs it, `verify` judges the very certificate, complete but for its signature: each use,
//! each name of a server, and the whole chain with every signature above. What components would not
//! accept is not issued. Taken for granted is only that the key, which belongs to the authority's
//! certificate, signs as it says.

mod algorithm;
pub mod control_plane;
mod dns;
mod issue;
mod json;
mod key;
pub mod objects;
mod profile;
mod request;
pub mod signing;
pub mod token;

pub use algorithm::{KeyAlgorithm, UnknownAlgorithm};
pub use issue::{Authority, AuthorityError, IssueError, Validity, may_sign};
pub use key::{KeyError, PrivateKey, Signer};
pub use profile::{Kind, Names, Profile, Subject};
pub use request::request;
