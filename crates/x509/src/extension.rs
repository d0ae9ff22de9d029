//! What extensions say: readers for those that RFC 5280 defines and people ask about, as lenient as
//! OpenSSL's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::certificate::Certificate;
use crate::der::{DerError, Reader, Rules, Tag, Tlv, first};
use crate::name::Name;
use crate::oid::{Oid, known};
use crate::value::{bit_string, boolean, integer, object_identifier, octet_string};

pub use crate::value::BitString;

/// One of many ways to name something (RFC 5280 section 4.2.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeneralName<'a> {
    /// A name of a type of its own, and its value.
    Other(Oid<'a>, Tlv<'a>),
    /// A mail address; the bytes as written.
    Email(&'a [u8]),
    /// A DNS name; the bytes as written.
    Dns(&'a [u8]),
    /// An X.400 address.
    X400(&'a [u8]),
    /// A distinguished name.
    Directory(Name<'a>),
    /// An EDI party.
    EdiParty(&'a [u8]),
    /// A URI; the bytes as written.
    Uri(&'a [u8]),
    /// An address of four or sixteen bytes, with a mask of the same length in name constraints.
    Ip(&'a [u8]),
    /// An object identifier.
    RegisteredId(Oid<'a>),
}

/// `basicConstraints`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BasicConstraints<'a> {
    /// Whether the certificate is an authority's.
    pub is_ca: bool,
    /// How many authorities may follow: the content of an INTEGER.
    pub path_length: Option<&'a [u8]>,
}

/// `authorityKeyIdentifier`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityKeyIdentifier<'a> {
    /// The issuer's key identifier.
    pub key_id: Option<&'a [u8]>,
    /// The issuer's own issuer.
    pub issuer: Option<Vec<GeneralName<'a>>>,
    /// The issuer's serial number: the content of an INTEGER.
    pub serial: Option<&'a [u8]>,
}

impl Certificate {
    /// The alternative names, in order; none when the extension is absent or cannot be read.
    pub fn subject_alternative_names(&self) -> Vec<GeneralName<'_>> {
        self.read(known::SUBJECT_ALT_NAME, general_names)
            .unwrap_or_default()
    }

    /// The basic constraints, when they are there and can be read.
    pub fn basic_constraints(&self) -> Option<BasicConstraints<'_>> {
        self.read(known::BASIC_CONSTRAINTS, basic_constraints)
    }

    /// The purposes the key may serve, when limited.
    pub fn extended_key_usage(&self) -> Option<Vec<Oid<'_>>> {
        self.read(known::EXT_KEY_USAGE, object_identifiers)
    }

    /// What the key may be used for, bit by bit as [`BitString::is_set`] counts them, when limited.
    pub fn key_usage(&self) -> Option<BitString<'_>> {
        self.read(known::KEY_USAGE, bit_string)
    }

    /// The identifier of the subject's key.
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.read(known::SUBJECT_KEY_IDENTIFIER, octet_string)
    }

    /// The identifier of the issuer's key.
    pub fn authority_key_identifier(&self) -> Option<AuthorityKeyIdentifier<'_>> {
        self.read(known::AUTHORITY_KEY_IDENTIFIER, authority_key_identifier)
    }

    fn read<'a, T>(
        &'a self,
        oid: Oid<'_>,
        read: impl Fn(&'a [u8]) -> Result<T, DerError>,
    ) -> Option<T> {
        read(self.extension(oid)?.value).ok()
    }
}

impl GeneralName<'_> {
    /// The address, when it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            GeneralName::Ip(bytes) => ip_address(bytes),
            _ => None,
        }
    }
}

/// An address of four or sixteen bytes.
pub fn ip_address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(bytes).into());
    }
    let bytes = <[u8; 16]>::try_from(bytes).ok()?;
    Some(Ipv6Addr::from(bytes).into())
}

/// The names of the bits of `keyUsage`, in OpenSSL's words.
pub(crate) const KEY_USAGES: &[&str] = &[
    "Digital Signature",
    "Non Repudiation",
    "Key Encipherment",
    "Data Encipherment",
    "Key Agreement",
    "Certificate Sign",
    "CRL Sign",
    "Encipher Only",
    "Decipher Only",
];

/// What a key may be used for, in OpenSSL's words.
pub fn key_usages(bits: &BitString<'_>) -> Vec<&'static str> {
    bits.names(KEY_USAGES)
}

/// A SEQUENCE OF OBJECT IDENTIFIER that fills `der`.
pub fn object_identifiers(der: &[u8]) -> Result<Vec<Oid<'_>>, DerError> {
    let mut list = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    let mut oids = Vec::new();
    while !list.is_empty() {
        oids.push(object_identifier(list.expect(Tag::OID)?)?);
    }
    Ok(oids)
}

/// `BasicConstraints` that fill `der`.
pub fn basic_constraints(der: &[u8]) -> Result<BasicConstraints<'_>, DerError> {
    let mut fields = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    let is_ca = match fields.optional(Tag::BOOLEAN)? {
        Some(tlv) => boolean(tlv)?,
        None => false,
    };
    let path_length = fields.optional(Tag::INTEGER)?.map(integer).transpose()?;
    fields.finish()?;
    Ok(BasicConstraints { is_ca, path_length })
}

/// `GeneralNames` that fill `der`.
pub fn general_names(der: &[u8]) -> Result<Vec<GeneralName<'_>>, DerError> {
    list_of_names(first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber))
}

/// Names up to the end of what is read.
pub(crate) fn list_of_names<'a>(mut list: Reader<'a>) -> Result<Vec<GeneralName<'a>>, DerError> {
    let mut names = Vec::new();
    while !list.is_empty() {
        names.push(GeneralName::from_tlv(list.next_tlv()?)?);
    }
    Ok(names)
}

impl<'a> GeneralName<'a> {
    /// From its element.
    ///
    /// # Errors
    /// When it is none of the nine kinds, or not built like one.
    pub fn from_tlv(tlv: Tlv<'a>) -> Result<Self, DerError> {
        use GeneralName::{Directory, Dns, EdiParty, Email, Ip, Other, RegisteredId, Uri, X400};
        let (context, constructed) = (Tag::context, Tag::context_constructed);
        Ok(match tlv.tag {
            tag if tag == constructed(0) => {
                let mut fields = tlv.reader(Rules::Ber);
                let oid = object_identifier(fields.expect(Tag::OID)?)?;
                let explicit = fields.expect(constructed(0))?;
                fields.finish()?;
                let mut value = explicit.reader(Rules::Ber);
                let inner = value.next_tlv()?;
                value.finish()?;
                Other(oid, inner)
            }
            tag if tag == context(1) => Email(tlv.body),
            tag if tag == context(2) => Dns(tlv.body),
            tag if tag == constructed(3) => X400(tlv.body),
            tag if tag == constructed(4) => {
                let name = Name::new(crate::der::single(tlv.body, Tag::SEQUENCE, Rules::Ber)?);
                name.check()?;
                Directory(name)
            }
            tag if tag == constructed(5) => {
                check_edi_party(tlv)?;
                EdiParty(tlv.body)
            }
            tag if tag == context(6) => Uri(tlv.body),
            tag if tag == context(7) => Ip(tlv.body),
            tag if tag == context(8) => RegisteredId(object_identifier(tlv)?),
            _ => return Err(DerError::BadValue("GeneralName")),
        })
    }
}

/// `EDIPartyName`: perhaps an assigner, and a party.
fn check_edi_party(tlv: Tlv<'_>) -> Result<(), DerError> {
    let mut fields = tlv.reader(Rules::Ber);
    fields.optional(Tag::context_constructed(0))?;
    fields.expect(Tag::context_constructed(1))?;
    fields.finish()
}

/// `AuthorityKeyIdentifier` that fills `der`.
pub fn authority_key_identifier(der: &[u8]) -> Result<AuthorityKeyIdentifier<'_>, DerError> {
    let mut fields = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    let key_id = fields.optional(Tag::context(0))?.map(|tlv| tlv.body);
    let issuer = fields.optional(Tag::context_constructed(1))?;
    let issuer = issuer
        .map(|tlv| list_of_names(tlv.reader(Rules::Ber)))
        .transpose()?;
    let serial = fields.optional(Tag::context(2))?.map(integer).transpose()?;
    fields.finish()?;
    Ok(AuthorityKeyIdentifier {
        key_id,
        issuer,
        serial,
    })
}
