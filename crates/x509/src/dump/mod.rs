//! From the text that `openssl x509 -text` printed back to the certificate, when every field stands
//! there.
//!
//! The text does not say with which kind of string a name was written. With the issuer's certificate
//! at hand (or of a self-signed one) the kinds are tried until the signature fits; else the habit of
//! Go, in which Kubernetes makes its certificates, is taken and the result called unconfirmed.

mod extension;
mod key;
mod lines;
mod name;
mod proof;
mod read;

use std::slice;

use thiserror::Error;

use self::lines::Lines;
use self::name::Kinds;
use self::read::Fields;
use crate::Certificate;
use crate::der::DerError;

/// A dump that was found in a text.
#[derive(Clone, Debug)]
pub struct Dump {
    /// The line where it starts, from 1.
    pub line: usize,
    fields: Result<Fields, DumpError>,
}

/// A certificate made from its dump.
#[derive(Clone, Debug)]
pub struct Rebuilt {
    /// The certificate.
    pub certificate: Certificate,
    /// Whether it is proven to be the one that was printed.
    pub signature: Signature,
}

/// What the signature says of a rebuilt certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// The issuer's key verifies it: all that was signed is as it was, to the byte. Parameters that
    /// only stood beside the signature are neither signed nor printed.
    Confirmed,
    /// The issuer's key is not at hand, or fits no variant: the kinds of strings are assumed.
    Unconfirmed,
}

/// Why a dump could not be turned back into its certificate.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DumpError {
    /// A field is not there.
    #[error(
        "line {line}: the dump lacks its {field}; copy the whole output of `openssl x509 -text`"
    )]
    Missing {
        /// Where it was expected.
        line: usize,
        /// What was expected.
        field: &'static str,
    },
    /// A field is there but cannot be read.
    #[error("line {line}: the {field} is damaged; copy it again from the original output")]
    Damaged {
        /// Where it is.
        line: usize,
        /// What it is.
        field: &'static str,
    },
    /// A field's text does not say which bytes stood there, or is of a kind not known here.
    #[error("line {line}: {what} cannot be rebuilt from text; get the certificate as PEM")]
    Unsupported {
        /// Where it is.
        line: usize,
        /// What it is.
        what: String,
    },
    /// What was built is no certificate.
    #[error("what the dump says is no certificate: {0}; get the certificate as PEM")]
    Der(#[from] DerError),
}

/// Finds every dump in a text. Indentation may be lost, and lines may be quoted with `>`.
pub fn find(text: &str) -> Vec<Dump> {
    let lines = lines::clean(text);
    // Each dump ends at the latest where the next starts, so a text is read once.
    let starts: Vec<usize> = (0..lines.len())
        .filter(|at| {
            let line = |at: usize| lines.get(at).map(|line| line.text);
            line(*at) == Some("Certificate:") && line(at + 1) == Some("Data:")
        })
        .collect();
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| Dump {
            line: lines[*start].number,
            fields: read::fields(&mut Lines::new(
                &lines[start + 2..end],
                lines[*start].number,
            )),
        })
        .collect()
}

impl Dump {
    /// Builds the certificate. Among `issuers` the one that signed it is sought.
    ///
    /// # Errors
    /// When a field is missing or says too little.
    pub fn rebuild(&self, issuers: &[Certificate]) -> Result<Rebuilt, DumpError> {
        let fields = self.fields.as_ref().map_err(Clone::clone)?;
        for issuer in Kinds::ALL {
            for subject in Kinds::ALL {
                let certificate = fields.build(issuer, subject)?;
                let own = slice::from_ref(&certificate);
                if issuers
                    .iter()
                    .chain(own)
                    .any(|by| proof::is_signed(&certificate, by))
                {
                    let signature = Signature::Confirmed;
                    return Ok(Rebuilt {
                        certificate,
                        signature,
                    });
                }
            }
        }
        let certificate = fields.build(Kinds::Go, Kinds::Go)?;
        let signature = Signature::Unconfirmed;
        Ok(Rebuilt {
            certificate,
            signature,
        })
    }
}
