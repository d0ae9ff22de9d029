//! Building a certificate precisely: what stands in it, in DER, signed through a trait so that the
//! key may lie in a file, in a token or elsewhere.

use thiserror::Error;
use time::UtcDateTime;

use crate::der::Tag;
use crate::oid::{Oid, known};
use crate::write;

/// Who signs.
pub trait Signer {
    /// The whole AlgorithmIdentifier of its signatures.
    fn algorithm(&self) -> Vec<u8>;

    /// Signs a message.
    ///
    /// # Errors
    /// When the key cannot be used.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// Why nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("cannot sign: {0}")]
pub struct SignError(pub String);

/// What a certificate of version 3 says, apart from who signs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The serial number, big-endian; at most 20 bytes (RFC 5280 section 4.1.2.2).
    pub serial: Vec<u8>,
    /// The issuer's name, the whole element.
    pub issuer: Vec<u8>,
    /// The first moment of validity, to the second.
    pub not_before: UtcDateTime,
    /// The last moment of validity, to the second.
    pub not_after: UtcDateTime,
    /// The subject's name, the whole element.
    pub subject: Vec<u8>,
    /// The SubjectPublicKeyInfo, the whole element.
    pub public_key: Vec<u8>,
    /// The extensions in the order they are written, each the whole element (see [`extension`]).
    pub extensions: Vec<Vec<u8>>,
}

impl Template {
    /// The certificate's DER.
    ///
    /// # Errors
    /// When the signer cannot sign.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
        let algorithm = signer.algorithm();
        let tbs = self.to_be_signed(&algorithm);
        let signature = signer.sign(&tbs)?;
        Ok(signed(&tbs, &algorithm, &signature))
    }

    /// The certificate's DER with an empty signature by `algorithm`: something to be judged before
    /// it is signed.
    pub fn unsigned(&self, algorithm: &[u8]) -> Vec<u8> {
        signed(&self.to_be_signed(algorithm), algorithm, &[])
    }

    /// The part that is signed (RFC 5280 section 4.1), for a signature by `algorithm`.
    pub fn to_be_signed(&self, algorithm: &[u8]) -> Vec<u8> {
        let version = write::explicit(0, &write::unsigned(&[2]));
        let validity = write::sequence([write::time(self.not_before), write::time(self.not_after)]);
        let extensions = match self.extensions.as_slice() {
            [] => Vec::new(),
            extensions => write::explicit(3, &write::sequence(extensions)),
        };
        write::sequence([
            &version,
            &write::unsigned(&self.serial),
            algorithm,
            &self.issuer,
            &validity,
            &self.subject,
            &self.public_key,
            &extensions,
        ] as [&[u8]; 8])
    }
}

/// What a certificate request says (RFC 2986 section 4.1), apart from who signs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestTemplate {
    /// The subject's name, the whole element.
    pub subject: Vec<u8>,
    /// The SubjectPublicKeyInfo, the whole element.
    pub public_key: Vec<u8>,
    /// The extensions that are asked for, each the whole element (see [`extension`]).
    pub extensions: Vec<Vec<u8>>,
}

impl RequestTemplate {
    /// The request's DER, signed with the key it is for.
    ///
    /// # Errors
    /// When the signer cannot sign.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
        let info = self.info();
        let signature = signer.sign(&info)?;
        Ok(signed(&info, &signer.algorithm(), &signature))
    }

    fn info(&self) -> Vec<u8> {
        let attributes = match self.extensions.as_slice() {
            [] => Vec::new(),
            extensions => write::sequence([
                write::oid(known::EXTENSION_REQUEST),
                write::set_of(vec![write::sequence(extensions)]),
            ]),
        };
        write::sequence([
            &write::unsigned(&[0]),
            &self.subject,
            &self.public_key,
            &write::explicit(0, &attributes),
        ] as [&[u8]; 4])
    }
}

/// What was signed, how, and the signature (RFC 5280 section 4.1.1).
fn signed(content: &[u8], algorithm: &[u8], signature: &[u8]) -> Vec<u8> {
    write::sequence([content, algorithm, &write::bit_string(signature)])
}

/// An attribute of a name: its type, the kind of string and the text.
pub type Attribute<'a> = (Oid<'a>, Tag, &'a str);

/// A name of one attribute per relative name.
pub fn name(attributes: &[Attribute<'_>]) -> Vec<u8> {
    write::sequence(
        attributes
            .iter()
            .map(|attribute| relative_name(&[*attribute])),
    )
}

/// A relative name of one or several attributes.
pub fn relative_name(attributes: &[Attribute<'_>]) -> Vec<u8> {
    let attribute = |(oid, tag, text): &Attribute<'_>| {
        let value = write::element(*tag, text.as_bytes());
        write::sequence([write::oid(*oid), value])
    };
    write::set_of(attributes.iter().map(attribute).collect())
}

/// An extension; `value` is the whole element inside.
pub fn extension(oid: Oid<'_>, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical {
        write::boolean(true)
    } else {
        Vec::new()
    };
    write::sequence([write::oid(oid), critical, write::octet_string(value)])
}

/// Basic constraints (RFC 5280 section 4.2.1.9), critical as there.
pub fn basic_constraints(is_ca: bool, path_length: Option<u32>) -> Vec<u8> {
    let is_ca = if is_ca {
        write::boolean(true)
    } else {
        Vec::new()
    };
    let path_length = path_length.map(|length| write::unsigned(&length.to_be_bytes()));
    let value = write::sequence([is_ca, path_length.unwrap_or_default()]);
    extension(known::BASIC_CONSTRAINTS, true, &value)
}

/// A key usage (section 4.2.1.3), critical as there; digitalSignature is the lowest bit.
pub fn key_usage(bits: u16) -> Vec<u8> {
    extension(known::KEY_USAGE, true, &write::named_bits(bits))
}

/// Extended key usages (section 4.2.1.12).
pub fn ext_key_usage(usages: &[Oid<'_>]) -> Vec<u8> {
    let value = write::sequence(usages.iter().map(|usage| write::oid(*usage)));
    extension(known::EXT_KEY_USAGE, false, &value)
}

/// The identifier of the subject's key (section 4.2.1.2).
pub fn subject_key_identifier(id: &[u8]) -> Vec<u8> {
    extension(
        known::SUBJECT_KEY_IDENTIFIER,
        false,
        &write::octet_string(id),
    )
}

/// The identifier of the issuer's key (section 4.2.1.1).
pub fn authority_key_identifier(id: &[u8]) -> Vec<u8> {
    let value = write::sequence([write::implicit(0, id)]);
    extension(known::AUTHORITY_KEY_IDENTIFIER, false, &value)
}

/// Alternative names (section 4.2.1.6).
pub fn subject_alt_name(names: &[GeneralName<'_>]) -> Vec<u8> {
    let value = write::sequence(names.iter().map(|name| name.to_der()));
    extension(known::SUBJECT_ALT_NAME, false, &value)
}

/// Name constraints (section 4.2.1.10), critical as there; networks are address and mask.
pub fn name_constraints(permitted: &[GeneralName<'_>], excluded: &[GeneralName<'_>]) -> Vec<u8> {
    let subtrees = |number, names: &[GeneralName<'_>]| {
        let bases = names
            .iter()
            .flat_map(|name| write::sequence([name.to_der()]));
        let bases: Vec<u8> = bases.collect();
        match bases.is_empty() {
            true => Vec::new(),
            false => write::explicit(number, &bases),
        }
    };
    let value = write::sequence([subtrees(0, permitted), subtrees(1, excluded)]);
    extension(known::NAME_CONSTRAINTS, true, &value)
}

/// A name of one of the kinds that Kubernetes uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeneralName<'a> {
    /// An e-mail address.
    Email(&'a str),
    /// A DNS name.
    Dns(&'a str),
    /// A URI.
    Uri(&'a str),
    /// An address of 4 or 16 bytes; as a constraint with a mask of as many.
    Ip(&'a [u8]),
}

impl GeneralName<'_> {
    fn to_der(self) -> Vec<u8> {
        match self {
            GeneralName::Email(text) => write::implicit(1, text.as_bytes()),
            GeneralName::Dns(text) => write::implicit(2, text.as_bytes()),
            GeneralName::Uri(text) => write::implicit(6, text.as_bytes()),
            GeneralName::Ip(bytes) => write::implicit(7, bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Certificate;
    use time::macros::utc_datetime;

    /// Signs nothing, but always alike.
    struct Fixed;

    impl Signer for Fixed {
        fn algorithm(&self) -> Vec<u8> {
            write::sequence([write::oid(known::ED25519)])
        }

        fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
            Ok(message[..4].to_vec())
        }
    }

    #[test]
    fn what_is_built_reads_back() {
        let key = write::sequence([Fixed.algorithm(), write::bit_string(&[1; 32])]);
        let template = Template {
            serial: vec![0x80, 1],
            issuer: name(&[(known::COMMON_NAME, Tag::PRINTABLE_STRING, "kubernetes")]),
            not_before: utc_datetime!(2026-01-01 0:00),
            not_after: utc_datetime!(2056-01-01 0:00),
            subject: name(&[
                (known::ORGANIZATION, Tag::UTF8_STRING, "system:nodes"),
                (known::COMMON_NAME, Tag::UTF8_STRING, "system:node:cp-1"),
            ]),
            public_key: key,
            extensions: vec![
                basic_constraints(true, Some(0)),
                key_usage(1 << 5 | 1),
                ext_key_usage(&[known::SERVER_AUTH]),
                subject_alt_name(&[GeneralName::Dns("cp-1"), GeneralName::Ip(&[10, 0, 0, 1])]),
            ],
        };
        let read = Certificate::from_der(template.sign(&Fixed).unwrap()).unwrap();
        assert_eq!(read.tbs(), template.to_be_signed(&Fixed.algorithm()));
        assert_eq!(read.serial(), [0, 0x80, 1]);
        assert_eq!(
            read.subject().common_name().as_deref(),
            Some("system:node:cp-1")
        );
        assert_eq!(read.issuer().raw(), template.issuer);
        assert_eq!(read.not_after().moment(), Some(template.not_after));
        assert_eq!(read.public_key().key, [1; 32]);
        let extensions = read.extensions();
        assert_eq!(extensions.len(), 4);
        assert!(extensions[0].critical && !extensions[3].critical);
        assert_eq!(extensions[0].value, [0x30, 6, 1, 1, 0xff, 2, 1, 0]);
    }
}
