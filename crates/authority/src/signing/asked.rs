//! What a request asks for: read strictly, because it decides who somebody is.

use std::collections::BTreeSet;
use std::net::IpAddr;

use thiserror::Error;
use verify::{PublicKey, SignatureAlgorithm, SignatureError};
use x509::der::DerError;
use x509::extension::{GeneralName, general_names, ip_address};
use x509::name;
use x509::oid::{Oid, known};
use x509::request::Request;

use crate::profile::{Names, Subject};

/// What a request asks for, once its own signature was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Whom it is about.
    pub subject: Subject,
    /// The alternative names.
    pub names: Names,
    /// The SubjectPublicKeyInfo to be vouched for.
    pub public_key: Vec<u8>,
    /// What else it asks for, which is not given: attributes of the subject and extensions, each
    /// once.
    pub left_out: Vec<String>,
}

/// Why a request is none that could be signed.
#[derive(Clone, Debug, Error)]
pub enum RequestError {
    /// No request.
    #[error("it is no certificate request: {0}")]
    Structure(#[from] DerError),
    /// Larger than any.
    #[error("it has {0} bytes, which no request needs")]
    TooLarge(usize),
    /// A key that nobody knows, or a broken one.
    #[error("its public key is broken, or of a kind that Kubernetes does not know")]
    Key,
    /// A key that is too easy to break.
    #[error("its RSA key has {0} bits; at least 2048 are wanted")]
    SmallKey(usize),
    /// Whoever sent it does not hold the key, or it was changed on the way.
    #[error("it is not signed by the key that it is for: {0}")]
    Signature(SignatureError),
    /// Several texts where one is wanted, or none that can be read.
    #[error("its subject cannot be told for certain: {0}")]
    Subject(String),
    /// Extensions or names that cannot be told for certain.
    #[error("the names that it asks for cannot be told for certain: {0}")]
    Names(String),
}

/// More names, or groups, than any certificate has; each is checked against each of an authority's
/// constraints.
const MOST_NAMES: usize = 1000;

/// More bytes than a thousand of the longest names have.
const MOST_BYTES: usize = 1 << 20;

impl Asked {
    /// Reads the DER of a request.
    ///
    /// # Errors
    /// When it is none, was not signed with its own key, or leaves open what it asks for.
    pub fn read(der: &[u8]) -> Result<Self, RequestError> {
        if der.len() > MOST_BYTES {
            return Err(RequestError::TooLarge(der.len()));
        }
        let request = Request::from_der(der)?;
        let public_key = checked_key(&request)?;
        let mut left_out = BTreeSet::new();
        let subject = subject(&request, &mut left_out)?;
        let names = names(&request, &mut left_out)?;
        Ok(Asked {
            subject,
            names,
            public_key,
            left_out: left_out.into_iter().collect(),
        })
    }
}

/// The key, written anew, once it was seen to have signed the request (`CheckSignature` of Go's
/// CertificateRequest).
fn checked_key(request: &Request) -> Result<Vec<u8>, RequestError> {
    let key = PublicKey::from_der(request.public_key().raw).ok_or(RequestError::Key)?;
    if let PublicKey::Rsa(rsa) = &key
        && rsa.bits() < 2048
    {
        return Err(RequestError::SmallKey(rsa.bits()));
    }
    let algorithm = request.signature_algorithm();
    let parameters = algorithm.parameters.map_or(&[][..], |tlv| tlv.raw);
    let algorithm = SignatureAlgorithm::identify(algorithm.oid, parameters);
    // The first byte counts the unused bits of the last, and there are none.
    let signature = request.signature().strip_prefix(&[0]).unwrap_or_default();
    key.check_signature(algorithm, request.to_be_signed(), signature)
        .map_err(RequestError::Signature)?;
    key.to_der().ok_or(RequestError::Key)
}

/// One common name at most, and any number of organisations.
fn subject(request: &Request, left_out: &mut BTreeSet<String>) -> Result<Subject, RequestError> {
    let mut subject = Subject::default();
    let mut common_names = Vec::new();
    for attribute in request.subject().attributes()? {
        let text = name::text(&attribute.value);
        match attribute.oid {
            known::COMMON_NAME => common_names.push(plain(text)?),
            known::ORGANIZATION => subject.organizations.push(plain(text)?),
            oid => {
                left_out.insert(format!("{} of its subject", called(oid)));
            }
        }
    }
    if subject.organizations.len() > MOST_NAMES {
        return Err(RequestError::Subject("it has more than 1000 O".to_owned()));
    }
    match common_names.as_slice() {
        [] => {}
        [one] => subject.common_name.clone_from(one),
        several => {
            let why = format!("it has {} common names", several.len());
            return Err(RequestError::Subject(why));
        }
    }
    Ok(subject)
}

fn plain(text: String) -> Result<String, RequestError> {
    let is_odd = |c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER;
    let why = match () {
        () if text.is_empty() => "a text of it is empty",
        () if text.contains(is_odd) => "a text of it has characters that cannot be shown",
        () if text.len() > 1024 => "a text of it is longer than 1024 bytes",
        () => return Ok(text),
    };
    Err(RequestError::Subject(why.to_owned()))
}

fn names(request: &Request, left_out: &mut BTreeSet<String>) -> Result<Names, RequestError> {
    let wrong = |why: &str| RequestError::Names(why.to_owned());
    let attributes = request.attributes();
    let requests = attributes.iter().filter(|one| one.is_extension_request());
    let extensions = match requests.count() {
        0 => return Ok(Names::default()),
        1 => request.extensions(),
        _ => return Err(wrong("it asks for extensions twice")),
    };
    let extensions = extensions.ok_or_else(|| wrong("its extensions cannot be read"))?;
    let mut found = None;
    for extension in extensions {
        if extension.oid != known::SUBJECT_ALT_NAME {
            left_out.insert(format!("the extension {}", called(extension.oid)));
        } else if found.replace(extension.value).is_some() {
            return Err(wrong("it asks for alternative names twice"));
        }
    }
    let mut names = Names::default();
    if let Some(value) = found {
        let general = general_names(value).map_err(|error| wrong(&error.to_string()))?;
        if general.len() > MOST_NAMES {
            return Err(wrong("there are more than 1000"));
        }
        for name in general {
            names.push(name)?;
        }
    }
    Ok(names)
}

impl Names {
    fn push(&mut self, name: GeneralName<'_>) -> Result<(), RequestError> {
        match name {
            GeneralName::Dns(bytes) => self.dns.push(ascii(bytes)?),
            GeneralName::Email(bytes) => self.email.push(ascii(bytes)?),
            GeneralName::Uri(bytes) => self.uri.push(ascii(bytes)?),
            GeneralName::Ip(bytes) => self.ip.push(address(bytes)?),
            _ => {
                let why = "one is of a kind that Kubernetes does not know";
                return Err(RequestError::Names(why.to_owned()));
            }
        }
        Ok(())
    }
}

fn ascii(bytes: &[u8]) -> Result<String, RequestError> {
    let text = std::str::from_utf8(bytes).ok();
    let text = text.filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()));
    let wrong = || RequestError::Names("one is empty, or has odd characters".to_owned());
    text.map(str::to_owned).ok_or_else(wrong)
}

fn address(bytes: &[u8]) -> Result<IpAddr, RequestError> {
    let wrong = || RequestError::Names("an address has neither 4 nor 16 bytes".to_owned());
    ip_address(bytes).ok_or_else(wrong)
}

fn called(oid: Oid<'_>) -> String {
    oid.short_name().map_or_else(|| oid.dotted(), str::to_owned)
}
