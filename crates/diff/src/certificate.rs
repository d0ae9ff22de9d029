//! Two certificates or requests, field by field.

use time::UtcDateTime;
use time::macros::format_description;
use x509::extension::{
    GeneralName, authority_key_identifier, basic_constraints, general_names, ip_address,
    key_usages, object_identifiers,
};
use x509::oid::known;
use x509::value::bit_string;
use x509::{Certificate, Extension, Name, Oid, PublicKeyInfo, Request};

use crate::{Change, Difference};

/// What a certificate says, or a request asks for.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    der: &'a [u8],
    subject: Name<'a>,
    key: PublicKeyInfo<'a>,
    extensions: Vec<Extension<'a>>,
    /// What only a certificate has.
    issued: Option<Issued<'a>>,
}

/// What an authority adds.
#[derive(Clone, Debug)]
struct Issued<'a> {
    issuer: Name<'a>,
    serial: &'a [u8],
    begins: Option<UtcDateTime>,
    ends: Option<UtcDateTime>,
    algorithm: Oid<'a>,
}

impl<'a> From<&'a Certificate> for Facts<'a> {
    fn from(certificate: &'a Certificate) -> Self {
        Facts {
            der: certificate.der(),
            subject: certificate.subject(),
            key: certificate.public_key(),
            extensions: certificate.extensions(),
            issued: Some(Issued {
                issuer: certificate.issuer(),
                serial: certificate.serial(),
                begins: certificate.not_before().moment(),
                ends: certificate.not_after().moment(),
                algorithm: certificate.signature_algorithm().oid,
            }),
        }
    }
}

impl<'a> From<&'a Request> for Facts<'a> {
    fn from(request: &'a Request) -> Self {
        Facts {
            der: request.der(),
            subject: request.subject(),
            key: request.public_key(),
            extensions: request.extensions().unwrap_or_default(),
            issued: None,
        }
    }
}

impl Facts<'_> {
    /// Whether both are for the same key.
    pub fn has_same_key(&self, other: &Facts<'_>) -> bool {
        self.key.raw == other.key.raw
    }

    /// What kind of key it is for.
    pub fn key_kind(&self) -> String {
        x509::key::kind_of(&self.key).to_string()
    }

    fn extension(&self, oid: Oid<'_>) -> Option<&[u8]> {
        let mut extensions = self.extensions.iter();
        extensions.find(|one| one.oid == oid).map(|one| one.value)
    }

    fn names(&self) -> Vec<String> {
        let names = self.extension(known::SUBJECT_ALT_NAME);
        let names = names.and_then(|value| general_names(value).ok());
        names.unwrap_or_default().iter().map(name).collect()
    }

    fn is_authority(&self) -> bool {
        let constraints = self.extension(known::BASIC_CONSTRAINTS);
        let constraints = constraints.and_then(|value| basic_constraints(value).ok());
        constraints.is_some_and(|constraints| constraints.is_ca)
    }

    /// Whether it may be used so; without the extension, for anything.
    fn may(&self, usage: Oid<'_>) -> bool {
        let usages = self.extension(known::EXT_KEY_USAGE);
        let usages = usages.and_then(|value| object_identifiers(value).ok());
        usages.is_none_or(|usages| usages.contains(&usage) || usages.contains(&known::ANY_USAGE))
    }
}

/// Everything in which two differ, in the order in which one asks.
pub fn compare(a: &Facts<'_>, b: &Facts<'_>) -> Vec<Difference> {
    if a.der == b.der {
        return Vec::new();
    }
    let mut found = Vec::new();
    found.extend(subject(a, b));
    found.extend(names(a, b));
    if let (Some(one), Some(other)) = (&a.issued, &b.issued) {
        found.extend(validity(one, other));
        found.extend(issuer(one, other));
    }
    found.extend(issuer_key(a, b));
    found.extend(key(a, b));
    found.extend(usages(a, b));
    found.extend(constraints(a, b));
    found.extend(other_extensions(a, b));
    if let (Some(one), Some(other)) = (&a.issued, &b.issued) {
        let algorithm = |issued: &Issued<'_>| Some(oid_name(issued.algorithm));
        found.extend(Difference::of_values(
            "signed with",
            algorithm(one),
            algorithm(other),
        ));
        found.extend(
            Difference::of_values("serial", Some(hex(one.serial)), Some(hex(other.serial)))
                .map(|found| found.meaning(issued_anew(a, b).to_owned())),
        );
    }
    if found.is_empty() {
        let change = Change::Hidden;
        let meaning = "all that they say is the same; only the signature or the encoding differs";
        found.push(Difference::new("bytes", change).meaning(meaning.to_owned()));
    }
    found
}

fn issued_anew(a: &Facts<'_>, b: &Facts<'_>) -> &'static str {
    match a.has_same_key(b) {
        true => "it was issued anew, for the same key",
        false => "it was issued anew, for another key",
    }
}

fn subject(a: &Facts<'_>, b: &Facts<'_>) -> Option<Difference> {
    let (one, other) = (a.subject.to_string(), b.subject.to_string());
    if a.subject.raw() == b.subject.raw() {
        return None;
    }
    if one == other {
        let meaning = "the text is the same, but not its encoding: Go compares names byte by byte";
        let change = Change::Value {
            a: Some(one),
            b: Some(other),
        };
        return Some(Difference::new("subject", change).meaning(meaning.to_owned()));
    }
    let meaning = match () {
        () if a.is_authority() || b.is_authority() => {
            Some("it is another authority: certificates name their issuer by this".to_owned())
        }
        () if a.may(known::CLIENT_AUTH) || b.may(known::CLIENT_AUTH) => Some(format!(
            "servers take its bearer for {}, not for {}",
            identity(&b.subject),
            identity(&a.subject)
        )),
        () => None,
    };
    let change = Change::Value {
        a: Some(one),
        b: Some(other),
    };
    Some(Difference::new("subject", change).meaning(meaning))
}

/// Whom a server takes the bearer for: the common name is the user, organisations are groups
/// (`apiserver/pkg/authentication/request/x509/x509.go`).
fn identity(subject: &Name<'_>) -> String {
    let user = subject.common_name().unwrap_or_default();
    match subject.organizations().as_slice() {
        [] => format!("user {user}"),
        groups => format!("user {user} in {}", groups.join(", ")),
    }
}

fn names(a: &Facts<'_>, b: &Facts<'_>) -> Option<Difference> {
    let difference = Difference::of_sets("names", &a.names(), &b.names())?;
    let Change::Set { only_a, .. } = &difference.change else {
        return None;
    };
    let meaning = (!only_a.is_empty() && a.may(known::SERVER_AUTH)).then(|| {
        format!(
            "a client that dials {} refuses the second",
            only_a.join(", ")
        )
    });
    Some(difference.meaning(meaning))
}

fn validity<'a>(a: &'a Issued<'_>, b: &'a Issued<'_>) -> impl Iterator<Item = Difference> {
    let text = |moment: Option<UtcDateTime>| {
        Some(moment.map_or_else(|| "a time that means nothing".to_owned(), minute))
    };
    let begins = Difference::of_values("begins", text(a.begins), text(b.begins));
    let later = a.ends.zip(b.ends).map(|(a, b)| (b - a).whole_days());
    let meaning = match later {
        Some(days @ 1..) => Some(format!("the second lasts {days} days longer")),
        Some(days @ ..=-1) => Some(format!("the second ends {} days earlier", -days)),
        _ => None,
    };
    let ends = Difference::of_values("ends", text(a.ends), text(b.ends));
    begins
        .into_iter()
        .chain(ends.map(|found| found.meaning(meaning)))
}

fn issuer(a: &Issued<'_>, b: &Issued<'_>) -> Option<Difference> {
    if a.issuer.raw() == b.issuer.raw() {
        return None;
    }
    let change = Change::Value {
        a: Some(a.issuer.to_string()),
        b: Some(b.issuer.to_string()),
    };
    let meaning = "whoever verifies it has to trust the other authority".to_owned();
    Some(Difference::new("issuer", change).meaning(meaning))
}

/// The issuer's key, as far as the certificate tells it.
fn issuer_key(a: &Facts<'_>, b: &Facts<'_>) -> Option<Difference> {
    let of = |facts: &Facts<'_>| {
        let value = facts.extension(known::AUTHORITY_KEY_IDENTIFIER)?;
        authority_key_identifier(value).ok()?.key_id.map(hex)
    };
    let difference = Difference::of_values("issuer's key", of(a), of(b))?;
    let is_same_name = a.issued.as_ref().zip(b.issued.as_ref());
    let is_same_name = is_same_name.is_some_and(|(a, b)| a.issuer.raw() == b.issuer.raw());
    let meaning = (is_same_name && of(a).is_some() && of(b).is_some()).then(|| {
        "another key under the same name: whoever trusts only one of the two refuses what the other signed"
            .to_owned()
    });
    Some(difference.meaning(meaning))
}

fn key(a: &Facts<'_>, b: &Facts<'_>) -> Option<Difference> {
    if a.has_same_key(b) {
        return None;
    }
    let (one, other) = (a.key_kind(), b.key_kind());
    let change = match one == other {
        true => Change::Hidden,
        false => Change::Value {
            a: Some(one),
            b: Some(other),
        },
    };
    let meaning = match a.is_authority() && b.is_authority() {
        true => "it is another key: what the first signed, the second does not verify",
        false => "it is another key: the private key of one does not fit the other",
    };
    Some(Difference::new("key", change).meaning(meaning.to_owned()))
}

fn usages<'a>(a: &'a Facts<'_>, b: &'a Facts<'_>) -> impl Iterator<Item = Difference> {
    let bits = |facts: &Facts<'_>| -> Vec<String> {
        let value = facts.extension(known::KEY_USAGE);
        let bits = value.and_then(|value| bit_string(value).ok());
        let names = bits.map(|bits| key_usages(&bits)).unwrap_or_default();
        names.into_iter().map(str::to_owned).collect()
    };
    let purposes = |facts: &Facts<'_>| -> Vec<String> {
        let value = facts.extension(known::EXT_KEY_USAGE);
        let usages = value.and_then(|value| object_identifiers(value).ok());
        usages
            .unwrap_or_default()
            .into_iter()
            .map(oid_name)
            .collect()
    };
    let loses = |usage: Oid<'_>| a.may(usage) && !b.may(usage);
    let meaning = match (loses(known::SERVER_AUTH), loses(known::CLIENT_AUTH)) {
        (true, true) => Some("the second is neither a server's nor a client's"),
        (true, false) => Some("no client takes the second for a server's"),
        (false, true) => Some("no server takes the second for a client's"),
        (false, false) => None,
    };
    let purposes = Difference::of_sets("purposes", &purposes(a), &purposes(b))
        .map(|found| found.meaning(meaning.map(str::to_owned)));
    Difference::of_sets("key usages", &bits(a), &bits(b))
        .into_iter()
        .chain(purposes)
}

fn constraints(a: &Facts<'_>, b: &Facts<'_>) -> Option<Difference> {
    let of = |facts: &Facts<'_>| {
        let value = facts.extension(known::BASIC_CONSTRAINTS)?;
        let constraints = basic_constraints(value).ok()?;
        Some(match (constraints.is_ca, constraints.path_length) {
            (false, _) => "not an authority".to_owned(),
            (true, None) => "an authority".to_owned(),
            (true, Some(length)) => format!("an authority, path length {}", hex(length)),
        })
    };
    let difference = Difference::of_values("constraints", of(a), of(b))?;
    let meaning = match (a.is_authority(), b.is_authority()) {
        (true, false) => Some("what it signed is not accepted under the second".to_owned()),
        (false, true) => Some("the second may sign others".to_owned()),
        _ => None,
    };
    Some(difference.meaning(meaning))
}

/// Extensions that have no words of their own above, and whether each is critical.
fn other_extensions(a: &Facts<'_>, b: &Facts<'_>) -> Vec<Difference> {
    let mut oids: Vec<Oid<'_>> = Vec::new();
    for one in a.extensions.iter().chain(&b.extensions) {
        if !oids.contains(&one.oid) {
            oids.push(one.oid);
        }
    }
    let mut found = Vec::new();
    for oid in oids {
        let of = |facts: &Facts<'_>| {
            let mut extensions = facts.extensions.iter();
            let one = extensions.find(|one| one.oid == oid)?;
            Some((one.critical, hex(one.value)))
        };
        let name = oid_name(oid);
        let (one, other) = (of(a), of(b));
        if !has_words(oid) && !follows_from_key(oid, a, b) {
            let value =
                |one: &Option<(bool, String)>| one.as_ref().map(|(_, value)| shortened(value));
            let is_same = one.as_ref().map(|one| &one.1) == other.as_ref().map(|one| &one.1);
            let change = Change::Value {
                a: value(&one),
                b: value(&other),
            };
            found.extend((!is_same).then(|| Difference::new(name.clone(), change)));
        }
        if let (Some((one, _)), Some((other, _))) = (one, other) {
            let word = |critical: bool| {
                Some(if critical { "critical" } else { "not critical" }.to_owned())
            };
            found.extend(Difference::of_values(&name, word(one), word(other)));
        }
    }
    found
}

/// Another key has another identifier.
fn follows_from_key(oid: Oid<'_>, a: &Facts<'_>, b: &Facts<'_>) -> bool {
    oid == known::SUBJECT_KEY_IDENTIFIER && !a.has_same_key(b)
}

fn has_words(oid: Oid<'_>) -> bool {
    let with_words = [
        known::SUBJECT_ALT_NAME,
        known::KEY_USAGE,
        known::EXT_KEY_USAGE,
        known::BASIC_CONSTRAINTS,
        known::AUTHORITY_KEY_IDENTIFIER,
    ];
    with_words.contains(&oid)
}

/// As people write it.
fn name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::Dns(bytes) | GeneralName::Email(bytes) | GeneralName::Uri(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        GeneralName::Ip(bytes) => ip_address(bytes).map_or_else(|| hex(bytes), |ip| ip.to_string()),
        GeneralName::Directory(name) => name.to_string(),
        GeneralName::RegisteredId(oid) => oid.to_string(),
        GeneralName::Other(oid, value) => format!("{oid} {}", hex(value.body)),
        GeneralName::X400(bytes) | GeneralName::EdiParty(bytes) => hex(bytes),
    }
}

fn oid_name(oid: Oid<'_>) -> String {
    oid.long_name()
        .map_or_else(|| oid.to_string(), str::to_owned)
}

fn minute(moment: UtcDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    moment.format(format).unwrap_or_default()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Nobody reads more of an extension's bytes.
fn shortened(hex: &str) -> String {
    const LONGEST: usize = 64;
    match hex.get(..LONGEST) {
        Some(start) if hex.len() > LONGEST => format!("{start}…"),
        _ => hex.to_owned(),
    }
}
