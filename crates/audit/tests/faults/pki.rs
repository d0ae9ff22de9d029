//! Keys and certificates made for tests.

use std::net::IpAddr;
use std::sync::{LazyLock, Mutex};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use time::UtcDateTime;
use time::macros::utc_datetime;
use x509::build::{self, GeneralName, SignError, Signer, Template};
use x509::der::Tag;
use x509::oid::{Oid, known};
use x509::write;

/// Which kind of keys a tree has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Rsa,
    Ecdsa,
}

/// A private key.
pub enum Key {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
}

/// What a certificate says; who signs it comes last.
#[derive(Clone, Debug)]
pub struct Spec {
    pub common_names: Vec<String>,
    pub organizations: Vec<String>,
    /// What Kubernetes reads the user's UID from.
    pub uids: Vec<String>,
    pub dns: Vec<String>,
    pub ips: Vec<IpAddr>,
    pub usages: Vec<Oid<'static>>,
    pub not_before: UtcDateTime,
    pub not_after: UtcDateTime,
    /// The SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
    /// How the key is identified; `None`: by its digest.
    pub key_id: Option<Vec<u8>>,
    /// `None` for a leaf.
    pub authority: Option<CaSpec>,
    /// Whole extensions that stand behind the others.
    pub more: Vec<Vec<u8>>,
}

/// What makes it an authority.
#[derive(Clone, Copy, Debug)]
pub struct CaSpec {
    pub is_ca: bool,
    pub path_length: Option<u32>,
    pub key_usage: u16,
}

/// Who signs.
pub struct Issuer {
    pub certificate: Vec<u8>,
    pub key: Key,
}

const DIGITAL_SIGNATURE: u16 = 1;
const KEY_ENCIPHERMENT: u16 = 1 << 2;
const KEY_CERT_SIGN: u16 = 1 << 5;

/// What kubeadm gives its authorities.
pub const CA: CaSpec = CaSpec {
    is_ca: true,
    path_length: None,
    key_usage: DIGITAL_SIGNATURE | KEY_ENCIPHERMENT | KEY_CERT_SIGN,
};

impl Key {
    /// One of a few keys that are made once for all tests: RSA takes its time.
    pub fn spare(algorithm: Algorithm, number: usize) -> Key {
        static RSA: LazyLock<Mutex<Vec<Vec<u8>>>> = LazyLock::new(Mutex::default);
        if algorithm == Algorithm::Ecdsa {
            return Key::Ecdsa(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap());
        }
        let mut made = RSA
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        while made.len() <= number {
            let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
            let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
            made.push(der.as_ref().to_vec());
        }
        Key::Rsa(RsaKeyPair::from_pkcs8(&made[number]).unwrap())
    }

    /// From what kubeadm writes, or as PKCS#8.
    pub fn from_pem(pem: &[u8]) -> Key {
        let der = der_of(pem);
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let text = String::from_utf8_lossy(pem);
        match () {
            () if text.contains("RSA PRIVATE") => Key::Rsa(RsaKeyPair::from_der(&der).unwrap()),
            () if text.contains("EC PRIVATE") => {
                Key::Ecdsa(EcdsaKeyPair::from_private_key_der(algorithm, &der).unwrap())
            }
            () => RsaKeyPair::from_pkcs8(&der).map_or_else(
                |_| Key::Ecdsa(EcdsaKeyPair::from_pkcs8(algorithm, &der).unwrap()),
                Key::Rsa,
            ),
        }
    }

    /// As PKCS#8.
    pub fn to_pem(&self) -> Vec<u8> {
        let der: Vec<u8> = match self {
            Key::Rsa(key) => AsDer::<Pkcs8V1Der<'_>>::as_der(key)
                .unwrap()
                .as_ref()
                .to_vec(),
            Key::Ecdsa(key) => key.to_pkcs8v1().unwrap().as_ref().to_vec(),
        };
        pem("PRIVATE KEY", &der)
    }

    /// The SubjectPublicKeyInfo.
    pub fn public_key(&self) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = match self {
            Key::Rsa(key) => key.public_key().as_der().unwrap(),
            Key::Ecdsa(key) => key.public_key().as_der().unwrap(),
        };
        der.as_ref().to_vec()
    }
}

impl Signer for Key {
    fn algorithm(&self) -> Vec<u8> {
        /// sha256WithRSAEncryption (RFC 4055) and ecdsa-with-SHA256 (RFC 5758).
        const RSA: Oid<'static> = Oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]);
        const ECDSA: Oid<'static> = Oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]);
        match self {
            Key::Rsa(_) => write::sequence([write::oid(RSA), write::null()]),
            Key::Ecdsa(_) => write::sequence([write::oid(ECDSA)]),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        match self {
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                Ok(signature)
            }
            Key::Ecdsa(key) => Ok(key.sign(&random, message).unwrap().as_ref().to_vec()),
        }
    }
}

/// A key that says it signs with SHA-1.
struct WithSha1<'a>(&'a Key);

impl Signer for WithSha1<'_> {
    fn algorithm(&self) -> Vec<u8> {
        /// sha1WithRSAEncryption (RFC 3279) and ecdsa-with-SHA1 (RFC 3279).
        const RSA: Oid<'static> = Oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05]);
        const ECDSA: Oid<'static> = Oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01]);
        match self.0 {
            Key::Rsa(_) => write::sequence([write::oid(RSA), write::null()]),
            Key::Ecdsa(_) => write::sequence([write::oid(ECDSA)]),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.0.sign(message)
    }
}

impl Spec {
    /// What a certificate says.
    pub fn of(certificate: &[u8]) -> Spec {
        let raw = x509::Certificate::from_der(certificate.to_vec()).unwrap();
        let read = verify::Certificate::parse(certificate.to_vec()).unwrap();
        let names = &read.extensions.names;
        let usage = |usage: &verify::Usage| match usage.oid() {
            oid if oid == known::SERVER_AUTH => known::SERVER_AUTH,
            oid if oid == known::CLIENT_AUTH => known::CLIENT_AUTH,
            oid => panic!("another usage: {oid}"),
        };
        let constraints = read
            .extensions
            .basic_constraints
            .filter(|constraints| constraints.is_ca);
        Spec {
            common_names: vec![read.subject.common_name().to_owned()],
            organizations: read.subject.organizations().map(str::to_owned).collect(),
            uids: Vec::new(),
            dns: names.dns.clone(),
            ips: names
                .ip
                .iter()
                .map(|ip| ip.address().to_string().parse().unwrap())
                .collect(),
            usages: read.extensions.usages.iter().map(usage).collect(),
            not_before: read.not_before.utc(),
            not_after: read.not_after.utc(),
            public_key: raw.public_key().raw.to_vec(),
            key_id: constraints
                .as_ref()
                .map(|_| read.extensions.subject_key_id.clone()),
            authority: constraints.map(|_| CA),
            more: Vec::new(),
        }
    }

    /// A new authority.
    pub fn authority(common_name: &str, key: &Key) -> Spec {
        Spec {
            common_names: vec![common_name.to_owned()],
            organizations: Vec::new(),
            uids: Vec::new(),
            dns: vec![common_name.to_owned()],
            ips: Vec::new(),
            usages: Vec::new(),
            not_before: utc_datetime!(2026-11-23 17:00),
            not_after: utc_datetime!(2036-11-20 17:00),
            public_key: key.public_key(),
            key_id: None,
            authority: Some(CA),
            more: Vec::new(),
        }
    }

    /// The certificate, signed by `issuer`.
    pub fn signed_by(&self, issuer: &Issuer) -> Vec<u8> {
        let parent = x509::Certificate::from_der(issuer.certificate.clone()).unwrap();
        let issuer_id = verify::Certificate::parse(issuer.certificate.clone()).unwrap();
        let id = issuer_id.extensions.subject_key_id.clone();
        self.template(parent.subject().raw(), &id)
            .sign(&issuer.key)
            .unwrap()
    }

    /// The certificate, signed by `issuer` and said to be by way of SHA-1. Nobody looks at the
    /// signature, since nobody takes the algorithm.
    pub fn signed_with_sha1_by(&self, issuer: &Issuer) -> Vec<u8> {
        let read = verify::Certificate::parse(issuer.certificate.clone()).unwrap();
        let template = self.template(read.raw_subject(), &read.extensions.subject_key_id);
        template.sign(&WithSha1(&issuer.key)).unwrap()
    }

    /// The certificate, signed by its own key.
    pub fn self_signed(&self, key: &Key) -> Vec<u8> {
        let id = self.key_id();
        self.template(&self.subject(), &id).sign(key).unwrap()
    }

    /// Twenty bytes that tell public keys apart.
    fn key_id(&self) -> Vec<u8> {
        if let Some(id) = &self.key_id {
            return id.clone();
        }
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.public_key);
        digest.as_ref()[..20].to_vec()
    }

    fn subject(&self) -> Vec<u8> {
        let organizations = self
            .organizations
            .iter()
            .map(|name| (known::ORGANIZATION, name));
        let names = self
            .common_names
            .iter()
            .map(|name| (known::COMMON_NAME, name));
        let uids = self.uids.iter().map(|uid| (known::KUBERNETES_UID, uid));
        let attributes: Vec<_> = organizations
            .chain(names)
            .chain(uids)
            .map(|(oid, name)| (oid, string_kind(name), name.as_str()))
            .collect();
        build::name(&attributes)
    }

    fn template(&self, issuer: &[u8], issuer_id: &[u8]) -> Template {
        let key_usage = self
            .authority
            .map_or(DIGITAL_SIGNATURE | KEY_ENCIPHERMENT, |ca| ca.key_usage);
        let mut extensions = vec![build::key_usage(key_usage)];
        if !self.usages.is_empty() {
            extensions.push(build::ext_key_usage(&self.usages));
        }
        let (is_ca, length) = self
            .authority
            .map_or((false, None), |ca| (ca.is_ca, ca.path_length));
        extensions.push(build::basic_constraints(is_ca, length));
        if self.authority.is_some() {
            extensions.push(build::subject_key_identifier(&self.key_id()));
        }
        extensions.push(build::authority_key_identifier(issuer_id));
        let addresses: Vec<Vec<u8>> = self.ips.iter().map(octets).collect();
        let names = self.dns.iter().map(|name| GeneralName::Dns(name));
        let names: Vec<_> = names
            .chain(addresses.iter().map(|ip| GeneralName::Ip(ip)))
            .collect();
        if !names.is_empty() {
            extensions.push(build::subject_alt_name(&names));
        }
        extensions.extend(self.more.iter().cloned());
        Template {
            serial: aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &extensions.concat())
                .as_ref()[..8]
                .to_vec(),
            issuer: issuer.to_vec(),
            not_before: self.not_before,
            not_after: self.not_after,
            subject: self.subject(),
            public_key: self.public_key.clone(),
            extensions,
        }
    }
}

impl Issuer {
    /// From kubeadm's files.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Issuer {
        Issuer {
            certificate: der_of(certificate),
            key: Key::from_pem(key),
        }
    }
}

/// A PEM block, in lines of 64.
pub fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
    .into_bytes()
}

/// A certificate as PEM.
pub fn certificate_pem(der: &[u8]) -> Vec<u8> {
    pem("CERTIFICATE", der)
}

/// The content of the first PEM block.
pub fn der_of(pem: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(pem).unwrap();
    let (_, rest) = text.split_once("-----BEGIN ").unwrap();
    let (_, rest) = rest.split_once("-----").unwrap();
    let (body, _) = rest.split_once("-----END").unwrap();
    STANDARD
        .decode(body.split_whitespace().collect::<String>())
        .unwrap()
}

/// As Go encodes a string: PrintableString when it is one.
fn string_kind(text: &str) -> Tag {
    let printable = |c: char| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c);
    match text.chars().all(printable) {
        true => Tag::PRINTABLE_STRING,
        false => Tag::UTF8_STRING,
    }
}

fn octets(ip: &IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}

/// A key pair over P-224, made with openssl: nothing here makes one.
pub const P224_KEY: &str = "-----BEGIN PRIVATE KEY-----
MHgCAQAwEAYHKoZIzj0CAQYFK4EEACEEYTBfAgEBBBxGGq16ssf/P3jWZ5nQwhjs
M9PcZWX5D42A32KFoTwDOgAEEVYpgwFg8bIEqLZsV2t2ltpWzszt9AoEsa5qGexR
WJ0WGUww4fCTK14Z5Z16BUZjTCjBE2RNNt8=
-----END PRIVATE KEY-----
";

/// Its public half.
pub const P224_PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----
ME4wEAYHKoZIzj0CAQYFK4EEACEDOgAEEVYpgwFg8bIEqLZsV2t2ltpWzszt9AoE
sa5qGexRWJ0WGUww4fCTK14Z5Z16BUZjTCjBE2RNNt8=
-----END PUBLIC KEY-----
";

/// A private key of Ed25519.
pub const ED25519_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIDnKmgevXNCQPOK/pGlIkSW2yPkfiZaImyeMDl8NvRDG
-----END PRIVATE KEY-----
";
