//! Finding certificates, requests, revocation lists and keys in anything: PEM in any text, DER,
//! PKCS #7, and base64 in any field of YAML or JSON, however deep.

mod structure;

use x509::key::KeyError;
use x509::{Certificate, Place, PrivateKey, Request, RevocationList, pbes, pem, pkcs7, pkcs12};

use crate::password::Password;

/// How many things are kept of one input.
const LIMIT: usize = 100_000;

/// What to do about what is encrypted.
const NO_PASSWORD: &str = "it is encrypted; give --password-file, or run this at a terminal";

/// How deep base64 may hold base64.
const DEPTH: usize = 3;

/// Something that was found.
pub struct Found {
    /// Where it lies.
    pub place: Place,
    /// What it is.
    pub item: Item,
    /// What a TRUSTED CERTIFICATE says of its uses, as DER.
    pub trust: Option<Vec<u8>>,
    /// It was rebuilt from its text, and whether its signature proves that it is the same.
    pub rebuilt: Option<x509::dump::Signature>,
}

/// What was found.
pub enum Item {
    /// A certificate.
    Certificate(Certificate),
    /// A request.
    Request(Request),
    /// A revocation list.
    List(RevocationList),
    /// A private key.
    Key(PrivateKey),
    /// Something that says what it is, and is not: its label, and what is wrong.
    Broken(String, String),
}

/// Everything in the bytes of one input; what is encrypted is opened with the password.
pub fn find(path: &str, bytes: &[u8], password: &mut Password) -> Vec<Found> {
    let mut finder = Finder {
        found: Vec::new(),
        password,
    };
    finder.anything(bytes, &Place::file(path), DEPTH);
    finder.found
}

struct Finder<'a> {
    found: Vec<Found>,
    password: &'a mut Password,
}

impl Finder<'_> {
    /// Whatever the bytes are.
    fn anything(&mut self, bytes: &[u8], place: &Place, depth: usize) {
        if bytes.first() == Some(&0x30) && self.der(bytes, place) {
            return;
        }
        let before = self.found.len();
        let text = std::str::from_utf8(bytes).ok();
        // A file that begins with a block is no YAML, however large.
        let structured = text.filter(|text| !text.trim_start().starts_with("-----BEGIN "));
        if let Some(text) = structured {
            self.structure(text, place, depth);
        }
        if self.found.len() == before {
            self.blocks(bytes, place);
        }
        if let Some(text) = text.filter(|_| self.found.len() == before) {
            self.dumps(text, place);
        }
    }

    /// What `openssl x509 -text` printed, from which certificates are rebuilt.
    fn dumps(&mut self, text: &str, place: &Place) {
        let mut issuers: Vec<Certificate> = Vec::new();
        for dump in x509::dump::find(text) {
            let line = u32::try_from(dump.line).unwrap_or(u32::MAX);
            let place = place.at_line(line);
            match dump.rebuild(&issuers) {
                Ok(rebuilt) => {
                    issuers.push(rebuilt.certificate.clone());
                    self.add(place, Item::Certificate(rebuilt.certificate));
                    if let Some(last) = self.found.last_mut() {
                        last.rebuilt = Some(rebuilt.signature);
                    }
                }
                Err(error) => self.add(place, broken("text of a certificate", &error.to_string())),
            }
        }
    }

    /// One element of DER, whatever it is; `false` when it is nothing known.
    fn der(&mut self, bytes: &[u8], place: &Place) -> bool {
        let item = match Certificate::from_der(bytes) {
            Ok(certificate) => Some(Item::Certificate(certificate)),
            Err(_) => other(bytes),
        };
        if let Some(item) = item {
            self.add(place.clone(), item);
            return true;
        }
        if pkcs12::is_pfx(bytes) {
            self.pfx(bytes, place);
            return true;
        }
        if is_encrypted_key(bytes) {
            self.encrypted_key("ENCRYPTED PRIVATE KEY", bytes, place);
            return true;
        }
        pkcs7::read(bytes).is_ok_and(|bundle| self.bundle(&bundle, place))
    }

    /// A PKCS #12 file.
    fn pfx(&mut self, bytes: &[u8], place: &Place) {
        let Some(password) = self.password.get() else {
            return self.add(place.clone(), broken("PKCS12", NO_PASSWORD));
        };
        match pkcs12::open(bytes, &password) {
            Ok(contents) => {
                let others = contents
                    .certificates
                    .iter()
                    .chain(&contents.revocation_lists);
                let all = others
                    .map(Vec::as_slice)
                    .chain(contents.keys.iter().map(|key| key.as_slice()));
                for der in all {
                    self.der(der, place);
                }
            }
            Err(error) => self.add(place.clone(), broken("PKCS12", &error.to_string())),
        }
    }

    /// A private key that PKCS #8 encrypts.
    fn encrypted_key(&mut self, label: &str, content: &[u8], place: &Place) {
        let Some(password) = self.password.get() else {
            return self.add(place.clone(), broken(label, NO_PASSWORD));
        };
        let key = match pbes::private_key(content, &password) {
            Ok(key) => PrivateKey::from_der(&key).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let item = key.map_or_else(|why| broken(label, &why), Item::Key);
        self.add(place.clone(), item);
    }

    /// What a PKCS #7 bundle carries.
    fn bundle(&mut self, bundle: &pkcs7::Bundle<'_>, place: &Place) -> bool {
        for der in bundle.certificates.iter().chain(&bundle.revocation_lists) {
            if !self.der(der, place) {
                self.add(
                    place.clone(),
                    broken("PKCS7", "it carries something that is no certificate"),
                );
            }
        }
        true
    }

    /// Every PEM block in a text.
    fn blocks(&mut self, text: &[u8], place: &Place) {
        for block in pem::blocks(text) {
            let line = place
                .line
                .map_or(block.line, |line| line.saturating_add(block.line - 1));
            self.block(&block, &place.at_line(line));
        }
    }

    fn block(&mut self, block: &pem::Block, place: &Place) {
        let Some(content) = &block.content else {
            let why = "the block does not end, or holds something else than base64";
            return self.add(place.clone(), broken(&block.label, why));
        };
        let content: &[u8] = content;
        match block.label.as_str() {
            "CERTIFICATE" | "X509 CERTIFICATE" => self.certificate(&block.label, content, place),
            // What is trusted for what follows the certificate.
            "TRUSTED CERTIFICATE" => {
                let (certificate, trust) = content.split_at(first_element(content).len());
                self.certificate(&block.label, certificate, place);
                if let Some(last) = self.found.last_mut().filter(|_| !trust.is_empty()) {
                    last.trust = Some(trust.to_vec());
                }
            }
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
                let request = Request::from_der(content);
                self.add_read(block, place, request.map(Item::Request));
            }
            "X509 CRL" => {
                let list = RevocationList::from_der(content);
                self.add_read(block, place, list.map(Item::List));
            }
            "PKCS7" | "CMS" => match pkcs7::read(content) {
                Ok(bundle) => {
                    self.bundle(&bundle, place);
                }
                Err(error) => self.add(place.clone(), broken(&block.label, &error.to_string())),
            },
            // Public keys and parameters are no news.
            label if label.starts_with(verify::withheld::PREFIX) => {}
            label if label.ends_with("PRIVATE KEY") => self.key(block, content, place),
            _ => {}
        }
    }

    fn certificate(&mut self, label: &str, der: &[u8], place: &Place) {
        let item = match Certificate::from_der(der) {
            Ok(certificate) => Item::Certificate(certificate),
            Err(error) => broken(label, &format!("no certificate: {error}")),
        };
        self.add(place.clone(), item);
    }

    fn key(&mut self, block: &pem::Block, content: &[u8], place: &Place) {
        if block.label.starts_with("ENCRYPTED") {
            return self.encrypted_key(&block.label, content, place);
        }
        let is_encrypted = block
            .headers
            .iter()
            .any(|(name, value)| name == "Proc-Type" && value.contains("ENCRYPTED"));
        let key = match is_encrypted {
            true => Err(KeyError::Encrypted),
            false => PrivateKey::from_der(content),
        };
        let item = key.map_or_else(|error| broken(&block.label, &error.to_string()), Item::Key);
        self.add(place.clone(), item);
    }

    fn add_read(&mut self, block: &pem::Block, place: &Place, item: Result<Item, x509::DerError>) {
        let item = item.unwrap_or_else(|error| broken(&block.label, &error.to_string()));
        self.add(place.clone(), item);
    }

    fn add(&mut self, place: Place, item: Item) {
        if self.found.len() < LIMIT {
            self.found.push(Found {
                place,
                item,
                trust: None,
                rebuilt: None,
            });
        }
    }
}

/// A request, a list or a key in DER.
fn other(bytes: &[u8]) -> Option<Item> {
    let request = || Request::from_der(bytes).ok().map(Item::Request);
    let list = || RevocationList::from_der(bytes).ok().map(Item::List);
    let key = || PrivateKey::from_der(bytes).ok().map(Item::Key);
    request().or_else(list).or_else(key)
}

fn broken(label: &str, why: &str) -> Item {
    Item::Broken(label.to_owned(), why.to_owned())
}

/// Whether it is built like an EncryptedPrivateKeyInfo.
fn is_encrypted_key(bytes: &[u8]) -> bool {
    PrivateKey::from_der(bytes).is_err_and(|error| error == KeyError::Encrypted)
}

fn first_element(bytes: &[u8]) -> &[u8] {
    let element = x509::der::first(bytes, x509::der::Tag::SEQUENCE, x509::der::Rules::Ber);
    element.map_or(bytes, |element| element.raw)
}
