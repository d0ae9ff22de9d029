//! Which requests are signed, and that what is signed is what was asked for and no more.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::sync::Arc;
use std::time::Duration;

use kubepki_authority::signing::{Allowances, Asked, Refusal, RequestError, SigningProfile, Term};
use kubepki_authority::{Authority, KeyAlgorithm, Kind, PrivateKey, Profile, Signer, request};
use proptest::prelude::*;
use time::UtcDateTime;
use verify::Certificate;
use x509::build::{GeneralName, RequestTemplate, extension, name, subject_alt_name};
use x509::der::Tag;
use x509::oid::known;
use x509::write;

fn data(path: &str) -> Vec<u8> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/api-objects");
    std::fs::read(format!("{root}/{path}")).unwrap()
}

fn csr(name: &str) -> Asked {
    let block = verify::pem::blocks(&data(&format!("csr/{name}.csr"))).next();
    Asked::read(&block.unwrap().content).unwrap()
}

fn ca() -> Authority {
    let key = PrivateKey::from_pem(&data("pki/ca.key")).unwrap();
    let chain = verify::load::client_go_certs(&data("pki/ca.crt")).unwrap();
    Authority::new(chain, Arc::new(key)).unwrap()
}

fn admit(profile: &str, asked: &Asked) -> Result<Profile, Refusal> {
    let profile = SigningProfile::named(profile).unwrap();
    profile.admit(asked, Allowances::default())
}

/// Subject, names, usages and key of a certificate.
fn shape(certificate: &Certificate) -> impl PartialEq + std::fmt::Debug {
    (
        certificate.raw_subject().to_vec(),
        certificate.extensions.names.clone(),
        certificate.extensions.usages.clone(),
        certificate.raw_public_key().to_vec(),
    )
}

#[test]
fn requests_become_what_the_controller_manager_made_of_them() {
    let at = UtcDateTime::now();
    let ca = ca();
    let term = Term::new(&ca, at, Duration::from_secs(3600));
    for (name, profile) in [
        ("c1", "client"),
        ("c2", "client"),
        ("c8", "kubelet-client"),
        ("c9", "kubelet-serving"),
    ] {
        let asked = csr(name);
        let admitted = admit(profile, &asked).unwrap();
        let issued = ca.issue(&admitted, &asked.public_key, term.validity, at);
        let theirs = verify::load::client_go_certs(&data(&format!("csr/{name}.crt"))).unwrap();
        assert_eq!(shape(&issued.unwrap()), shape(&theirs[0]), "{name}");
    }
}

#[test]
fn requests_that_kubernetes_refused_are_refused() {
    assert!(matches!(
        admit("kubelet-client", &csr("c7")),
        Err(Refusal::NotANode(_))
    ));
    assert_eq!(admit("client", &csr("c7")), Err(Refusal::SystemMasters));
    assert_eq!(admit("kubelet-serving", &csr("c10")), Err(Refusal::NoHost));
    assert!(matches!(
        admit("kubelet-client", &csr("c9")),
        Err(Refusal::Names(names)) if names == "n1"
    ));
    assert!(
        matches!(admit("server", &csr("c2")), Err(Refusal::Names(names)) if names == "a@b, spiffe://a/b")
    );
}

#[test]
fn masters_are_made_only_with_leave() {
    let allowed = Allowances {
        system_masters: true,
    };
    let client = SigningProfile::named("client").unwrap();
    client.admit(&csr("c7"), allowed).unwrap();
    // Whom the catalogue has in the group needs it too.
    let super_admin = SigningProfile::named("super-admin").unwrap();
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let asked = Asked {
        subject: kubepki_authority::Subject {
            organizations: vec!["system:masters".to_owned()],
            common_name: "kubernetes-super-admin".to_owned(),
        },
        public_key: key.public_key().to_vec(),
        ..csr("c8")
    };
    assert_eq!(
        super_admin.admit(&asked, Allowances::default()),
        Err(Refusal::SystemMasters)
    );
    super_admin.admit(&asked, allowed).unwrap();
}

#[test]
fn what_kubeadm_would_make_has_a_profile() {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    for row in cluster::catalogue::CREDENTIALS {
        let mut names = kubepki_authority::Names::default();
        if row.usages.contains(&cluster::catalogue::Usage::Server) {
            names.dns.push("cp-1".to_owned());
        }
        let wanted = Profile::credential(row, "cp-1", names);
        let asked = Asked::read(&request(&wanted, &key).unwrap()).unwrap();
        let name = row.name.strip_suffix(".conf").unwrap_or(row.name);
        let profile = SigningProfile::named(name).unwrap();
        let allowed = Allowances {
            system_masters: true,
        };
        assert_eq!(profile.admit(&asked, allowed), Ok(wanted), "{name}");
        let mut other = asked.clone();
        other.subject.common_name.insert(0, 'x');
        if !row.common_name.starts_with("NODE") {
            let refused = profile.admit(&other, allowed);
            assert!(matches!(refused, Err(Refusal::Subject { .. })), "{name}");
        }
        other = asked;
        other.subject.organizations.push("other".to_owned());
        assert!(profile.admit(&other, allowed).is_err(), "{name}");
    }
}

#[test]
fn an_intermediate_signs_leaves_only() {
    let asked = csr("c1");
    let admitted = admit("intermediate-ca", &asked).unwrap();
    let path_length = Some(0);
    assert_eq!(admitted.kind, Kind::Authority { path_length });
}

#[test]
fn nothing_outlives_its_authority() {
    let at = UtcDateTime::now();
    let ca = ca();
    let end = ca.certificate().not_after.utc();
    let ten_years = Duration::from_secs(3650 * 24 * 60 * 60);
    let term = Term::new(&ca, at, ten_years);
    assert!(term.is_cut);
    assert_eq!(term.validity.not_after, end);
    let term = Term::new(&ca, at, Duration::from_secs(60));
    assert!(!term.is_cut);
    assert_eq!(term.validity.not_after, at + Duration::from_secs(60));
    assert!(Term::new(&ca, at, Duration::MAX).is_cut);
}

/// A request with these parts, signed by the key that it is for.
fn signed(subject: &[(x509::Oid<'static>, Tag, &str)], extensions: Vec<Vec<u8>>) -> Vec<u8> {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let template = RequestTemplate {
        subject: name(subject),
        public_key: key.public_key().to_vec(),
        extensions,
    };
    template.sign(&key).unwrap()
}

const JANE: (x509::Oid<'static>, Tag, &str) = (known::COMMON_NAME, Tag::UTF8_STRING, "jane");

#[test]
fn what_leaves_open_who_somebody_is_is_no_request() {
    let subject = |attributes: &[(x509::Oid<'static>, Tag, &str)]| {
        let read = Asked::read(&signed(attributes, Vec::new()));
        assert!(
            matches!(read, Err(RequestError::Subject(_))),
            "{attributes:?} {read:?}"
        );
    };
    subject(&[JANE, (known::COMMON_NAME, Tag::UTF8_STRING, "system:admin")]);
    for text in ["", "a\0b", "a\nb", "\u{fffd}", &"x".repeat(2000)] {
        subject(&[(known::COMMON_NAME, Tag::UTF8_STRING, text)]);
        subject(&[JANE, (known::ORGANIZATION, Tag::UTF8_STRING, text)]);
    }
}

#[test]
fn what_leaves_open_its_names_is_no_request() {
    let names = |extensions: Vec<Vec<u8>>| {
        let read = Asked::read(&signed(&[JANE], extensions));
        assert!(matches!(read, Err(RequestError::Names(_))), "{read:?}");
    };
    let san = |names: &[GeneralName<'_>]| subject_alt_name(names);
    let one = san(&[GeneralName::Dns("a")]);
    names(vec![one.clone(), one]);
    for odd in ["", "a b", "a\0.example", "m\u{fc}ller"] {
        names(vec![san(&[GeneralName::Dns(odd)])]);
        names(vec![san(&[GeneralName::Uri(odd)])]);
    }
    names(vec![san(&[GeneralName::Ip(&[10, 0, 0])])]);
    names(vec![san(&vec![GeneralName::Dns("a"); 1001])]);
    let directory = write::sequence([write::implicit(8, &[1])]);
    names(vec![extension(known::SUBJECT_ALT_NAME, false, &directory)]);
    names(vec![extension(known::SUBJECT_ALT_NAME, false, &[4, 9])]);
    names(vec![vec![0x30, 0]]);
}

#[test]
fn more_than_anybody_needs_is_no_request() {
    let long = "x".repeat(1 << 20);
    let read = Asked::read(&signed(
        &[(known::COMMON_NAME, Tag::UTF8_STRING, &long)],
        Vec::new(),
    ));
    assert!(matches!(read, Err(RequestError::TooLarge(_))), "{read:?}");
    let groups = vec![(known::ORGANIZATION, Tag::UTF8_STRING, "x"); 1001];
    let read = Asked::read(&signed(&groups, Vec::new()));
    assert!(matches!(read, Err(RequestError::Subject(_))), "{read:?}");
}

#[test]
fn whoever_does_not_hold_the_key_gets_nothing() {
    let key = |()| PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let (own, other) = (key(()), key(()));
    let template = RequestTemplate {
        subject: name(&[JANE]),
        public_key: own.public_key().to_vec(),
        extensions: Vec::new(),
    };
    let read = Asked::read(&template.sign(&other).unwrap());
    assert!(matches!(read, Err(RequestError::Signature(_))), "{read:?}");
    Asked::read(&template.sign(&own).unwrap()).unwrap();
}

#[test]
fn what_else_is_asked_for_is_left_out() {
    let country = (
        x509::Oid::by_short_name("C").unwrap(),
        Tag::PRINTABLE_STRING,
        "DE",
    );
    let extensions = vec![
        x509::build::basic_constraints(true, None),
        x509::build::ext_key_usage(&[known::SERVER_AUTH]),
    ];
    let asked = Asked::read(&signed(&[country, JANE], extensions)).unwrap();
    let left_out = [
        "C of its subject",
        "the extension basicConstraints",
        "the extension extendedKeyUsage",
    ];
    assert_eq!(asked.left_out, left_out);
    let admitted = admit("client", &asked).unwrap();
    let client = vec![cluster::catalogue::Usage::Client];
    assert_eq!(admitted.kind, Kind::Leaf(client));
}

proptest! {
    /// Whatever is changed in a request, it is refused or says what it said before: signature and
    /// structure are all that may vary.
    #[test]
    fn a_changed_request_says_nothing_new(at in 0usize..400, byte in any::<u8>(), cut in 0usize..400) {
        let block = verify::pem::blocks(&data("csr/c2.csr")).next().unwrap();
        let original = csr("c2");
        let mut der = block.content.to_vec();
        let at = at % der.len();
        der[at] = byte;
        if let Ok(asked) = Asked::read(&der) {
            prop_assert_eq!(asked, original);
        }
        der.truncate(cut % der.len());
        prop_assert!(Asked::read(&der).is_err());
    }
}
