//! Would Go accept this chain for this name and use, and if not, why not, for every candidate.
//!
//! Everything here follows Go 1.26's crypto/x509 and crypto/tls, which is what every component of
//! Kubernetes decides with: [`Certificate::parse`] reads what Go reads, [`verify`] decides as Go
//! decides, and every error prints Go's own words. All of it is pure: the bytes and the clock are
//! arguments.

mod algorithm;
pub mod certificate;
mod chain;
mod constraints;
mod der;
pub mod error;
pub mod extensions;
mod hostname;
mod ip;
pub mod key;
pub mod load;
mod moment;
mod names;
mod parse;
pub mod pem;
mod policy;
mod pool;
mod private_key;
mod quote;
mod rsa_numbers;
pub mod tls;
mod uri;
pub mod withheld;

pub use algorithm::{Hash, SignatureAlgorithm};
pub use certificate::{Certificate, Usage};
pub use chain::{Candidate, Chain, Options, Rejection, Verdict, Verifier, verify};
pub use error::{Hint, Kind, ParseError, SignatureError, VerifyError};
pub use hostname::verify_hostname;
pub use ip::{IpBytes, IpNetwork};
pub use key::{Curve, PublicKey};
pub use moment::Moment;
pub use names::DistinguishedName;
pub use policy::PolicyOptions;
pub use pool::Pool;
pub use uri::Uri;
