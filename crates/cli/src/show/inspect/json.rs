//! The same facts for programs.

use serde_json::{Value, json};
use x509::certificate::PublicKeyInfo;
use x509::dump::Signature;
use x509::extension::{GeneralName, key_usages};
use x509::{Asn1Time, Certificate, Request, RevocationList};

use super::{KeyBeside, Summaries, meaning};
use crate::find::{Found, Item};
use crate::show::rfc3339;

impl Summaries<'_> {
    /// One object for everything that was found.
    pub fn to_json(&self) -> Value {
        let items = self.found.iter().zip(&self.keys);
        Value::Array(
            items
                .map(|(found, key)| self.item(found, key.as_ref()))
                .collect(),
        )
    }

    fn item(&self, found: &Found, key: Option<&KeyBeside>) -> Value {
        let mut value = match &found.item {
            Item::Certificate(certificate) => self.certificate(certificate),
            Item::Request(request) => of_request(request),
            Item::List(list) => of_list(list),
            Item::Key(key) => json!({"kind": "private-key", "key": key.kind().to_string()}),
            Item::Broken(label, why) => json!({"kind": "unreadable", "label": label, "error": why}),
        };
        value["place"] = json!({
            "path": &*found.place.path,
            "line": found.place.line,
            "field": found.place.field.as_deref(),
        });
        if let Some(signature) = found.rebuilt {
            let is_proven = signature == Signature::Confirmed;
            value["rebuiltFromText"] = json!({"proven": is_proven});
        }
        if let Some(key) = key {
            value["keyBeside"] = json!({"place": key.place, "fits": key.fits});
        }
        value
    }

    fn certificate(&self, certificate: &Certificate) -> Value {
        let constraints = certificate.basic_constraints();
        let usages = certificate.extended_key_usage().unwrap_or_default();
        json!({
            "kind": "certificate",
            "meaning": meaning::of(certificate),
            "subject": certificate.subject().to_string(),
            "issuer": certificate.issuer().to_string(),
            "serial": hex(certificate.serial()),
            "names": names(&certificate.subject_alternative_names()),
            "notBefore": moment(&certificate.not_before()),
            "notAfter": moment(&certificate.not_after()),
            "daysLeft": self.days_left(certificate),
            "isCa": constraints.is_some_and(|constraints| constraints.is_ca),
            "keyUsages": certificate.key_usage().map(|bits| key_usages(&bits)).unwrap_or_default(),
            "extendedKeyUsages": usages.iter().map(|usage| usage_name(*usage)).collect::<Vec<_>>(),
            "key": key_kind(&certificate.public_key()),
            "signatureAlgorithm": usage_name(certificate.signature_algorithm().oid),
            "sha256": hex(&certificate.sha256()),
            "sha1": hex(&certificate.sha1()),
        })
    }

    /// Whole days to the end; negative when it is over.
    pub(super) fn days_left(&self, certificate: &Certificate) -> Option<i64> {
        let end = certificate.not_after().moment()?;
        Some((end - self.at).whole_seconds().div_euclid(86_400))
    }
}

fn of_request(request: &Request) -> Value {
    let extensions = request.extensions().unwrap_or_default();
    let wanted = extensions
        .iter()
        .find(|extension| extension.oid == x509::oid::known::SUBJECT_ALT_NAME);
    let wanted = wanted.and_then(|extension| x509::extension::general_names(extension.value).ok());
    json!({
        "kind": "request",
        "subject": request.subject().to_string(),
        "names": names(&wanted.unwrap_or_default()),
        "key": key_kind(&request.public_key()),
    })
}

fn of_list(list: &RevocationList) -> Value {
    json!({
        "kind": "revocation-list",
        "issuer": list.issuer().to_string(),
        "thisUpdate": moment(&list.this_update()),
        "nextUpdate": list.next_update().and_then(|time| moment(&time)),
        "revoked": list.revoked().len(),
    })
}

/// The names, each as people write it.
pub(super) fn names(names: &[GeneralName<'_>]) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::Dns(bytes) | GeneralName::Email(bytes) | GeneralName::Uri(bytes) => {
            text(bytes)
        }
        GeneralName::Ip(bytes) => x509::extension::ip_address(bytes)
            .map_or_else(|| format!("IP {}", hex(bytes)), |ip| ip.to_string()),
        GeneralName::Directory(name) => name.to_string(),
        GeneralName::RegisteredId(oid) => oid.to_string(),
        GeneralName::Other(oid, _) => format!("other name {oid}"),
        GeneralName::X400(_) => "X.400 address".to_owned(),
        GeneralName::EdiParty(_) => "EDI party".to_owned(),
    };
    names.iter().map(name).collect()
}

pub(super) fn key_kind(info: &PublicKeyInfo<'_>) -> String {
    x509::key::kind_of(info).to_string()
}

/// By name, else in numbers.
pub(super) fn usage_name(oid: x509::Oid<'_>) -> String {
    oid.long_name()
        .map_or_else(|| oid.to_string(), str::to_owned)
}

fn moment(time: &Asn1Time<'_>) -> Option<String> {
    time.moment().map(rfc3339)
}

/// Bytes in hexadecimal with colons.
pub(super) fn hex(bytes: &[u8]) -> String {
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    hex.join(":")
}
