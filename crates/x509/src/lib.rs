//! One certificate, key, request or revocation list: read leniently, print exactly, build precisely.
//!
//! Reading here follows OpenSSL: whatever `openssl x509` can show is read, however odd. Whether
//! something would be *accepted* is the business of the `verify` crate.

pub mod build;
pub mod certificate;
pub mod der;
pub mod dump;
pub mod extension;
pub mod key;
pub mod name;
pub mod oid;
pub mod pbes;
pub mod pem;
pub mod pkcs12;
pub mod pkcs7;
pub mod place;
pub mod request;
pub mod revocation;
pub mod text;
pub mod time;
pub mod value;
pub mod write;

pub use self::time::Asn1Time;
pub use certificate::{AlgorithmIdentifier, Certificate, Extension, PublicKeyInfo};
pub use der::DerError;
pub use extension::GeneralName;
pub use key::PrivateKey;
pub use name::Name;
pub use oid::Oid;
pub use place::Place;
pub use request::Request;
pub use revocation::RevocationList;
