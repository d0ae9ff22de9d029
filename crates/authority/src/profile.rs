//! What a certificate is to be: a row of the catalogue, or what somebody asked for.

use std::fmt;
use std::net::IpAddr;

use cluster::catalogue::{self, Usage};
use x509::build::{self, Attribute, GeneralName};
use x509::der::Tag;
use x509::oid::known;
use x509::write;

/// What a certificate is to be, apart from its key, its issuer and its validity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Whom it is about.
    pub subject: Subject,
    /// What it is for.
    pub kind: Kind,
    /// Its alternative names, in the order they are written.
    pub names: Names,
}

/// What a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Signing others.
    Authority {
        /// How many authorities may follow below; `None` for any number.
        path_length: Option<u32>,
    },
    /// TLS, in these usages, in the order they are written.
    Leaf(Vec<Usage>),
}

/// A subject as Kubernetes knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The organisations, which kube-apiserver takes for groups.
    pub organizations: Vec<String>,
    /// The common name, which kube-apiserver takes for the user.
    pub common_name: String,
}

/// Alternative names, by kind; they are written in this order (Go, crypto/x509 `marshalSANs`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// DNS names.
    pub dns: Vec<String>,
    /// Mail addresses.
    pub email: Vec<String>,
    /// IP addresses; an IPv4-mapped one is written as IPv4, as Go does.
    pub ip: Vec<IpAddr>,
    /// URIs.
    pub uri: Vec<String>,
}

/// Bits of the key usage, the first lowest (RFC 5280 section 4.2.1.3).
const DIGITAL_SIGNATURE: u16 = 1;
const KEY_ENCIPHERMENT: u16 = 1 << 2;
const KEY_CERT_SIGN: u16 = 1 << 5;

impl Profile {
    /// An authority of the catalogue; as kubeadm makes it, its name is an alternative name too.
    pub fn authority(row: &catalogue::Authority) -> Self {
        Profile {
            subject: Subject::common_name(row.common_name),
            kind: Kind::Authority { path_length: None },
            names: Names {
                dns: vec![row.common_name.to_owned()],
                ..Names::default()
            },
        }
    }

    /// A credential of the catalogue, for the node of this name.
    pub fn credential(row: &catalogue::Credential, node: &str, names: Names) -> Self {
        Profile {
            subject: Subject {
                organizations: row.organization.map(str::to_owned).into_iter().collect(),
                common_name: row.common_name.replace("NODE", node),
            },
            kind: Kind::Leaf(row.usages.to_vec()),
            names,
        }
    }

    /// The extensions that say so, in the order that Go writes them; `subject_key_id` and
    /// `authority_key_id` stand where they belong when they are there.
    pub(crate) fn extensions(
        &self,
        subject_key_id: Option<&[u8]>,
        authority_key_id: Option<&[u8]>,
    ) -> Vec<Vec<u8>> {
        let first = match &self.kind {
            Kind::Authority { path_length } => vec![
                build::key_usage(DIGITAL_SIGNATURE | KEY_ENCIPHERMENT | KEY_CERT_SIGN),
                build::basic_constraints(true, *path_length),
            ],
            Kind::Leaf(usages) => vec![
                build::key_usage(DIGITAL_SIGNATURE | KEY_ENCIPHERMENT),
                ext_key_usage(usages),
                build::basic_constraints(false, None),
            ],
        };
        first
            .into_iter()
            .chain(subject_key_id.map(build::subject_key_identifier))
            .chain(authority_key_id.map(build::authority_key_identifier))
            .chain(self.names.extension())
            .collect()
    }
}

impl Subject {
    /// A subject of a common name only.
    pub fn common_name(common_name: impl Into<String>) -> Self {
        Subject {
            organizations: Vec::new(),
            common_name: common_name.into(),
        }
    }

    /// The name as Go writes it: the organisations in one relative name, then the common name
    /// (crypto/x509/pkix `Name.ToRDNSequence`).
    pub fn to_der(&self) -> Vec<u8> {
        let organizations: Vec<Attribute<'_>> = self
            .organizations
            .iter()
            .map(|text| (known::ORGANIZATION, string_tag(text), text.as_str()))
            .collect();
        let common_name = [(
            known::COMMON_NAME,
            string_tag(&self.common_name),
            self.common_name.as_str(),
        )];
        let names = [organizations.as_slice(), &common_name];
        let names = names
            .into_iter()
            .filter(|attributes| !attributes.is_empty());
        write::sequence(names.map(build::relative_name))
    }
}

impl fmt::Display for Subject {
    /// `CN=jane, O=dev`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CN={}", self.common_name)?;
        let mut organizations = self.organizations.iter();
        organizations.try_for_each(|organization| write!(f, ", O={organization}"))
    }
}

impl Names {
    /// The names as people write them, in the order in which they stand in a certificate.
    pub fn to_strings(&self) -> Vec<String> {
        let addresses = self.ip.iter().map(ToString::to_string);
        let before = self.dns.iter().chain(&self.email).cloned();
        before
            .chain(addresses)
            .chain(self.uri.iter().cloned())
            .collect()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Names::default()
    }

    /// The extension that holds them; `None` when there are none.
    pub(crate) fn extension(&self) -> Option<Vec<u8>> {
        let addresses: Vec<Vec<u8>> = self.ip.iter().map(octets).collect();
        let dns = self.dns.iter().map(|name| GeneralName::Dns(name));
        let email = self.email.iter().map(|name| GeneralName::Email(name));
        let ip = addresses.iter().map(|address| GeneralName::Ip(address));
        let uri = self.uri.iter().map(|name| GeneralName::Uri(name));
        let names: Vec<GeneralName<'_>> = dns.chain(email).chain(ip).chain(uri).collect();
        (!names.is_empty()).then(|| build::subject_alt_name(&names))
    }
}

fn ext_key_usage(usages: &[Usage]) -> Vec<u8> {
    let oids: Vec<_> = usages
        .iter()
        .map(|usage| match usage {
            Usage::Server => known::SERVER_AUTH,
            Usage::Client => known::CLIENT_AUTH,
        })
        .collect();
    build::ext_key_usage(&oids)
}

fn octets(address: &IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// PrintableString when every character may stand in one, else UTF8String (Go, encoding/asn1
/// `isPrintable`, which lets neither `*` nor `&` through when it writes).
fn string_tag(text: &str) -> Tag {
    let is_printable = |byte: u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte);
    match text.bytes().all(is_printable) {
        true => Tag::PRINTABLE_STRING,
        false => Tag::UTF8_STRING,
    }
}
