//! What is issued: byte for byte what kubeadm issues, and nothing that would not work.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cluster::catalogue::{AUTHORITIES, CREDENTIALS, Holder, Usage};
use kubepki_authority::{
    Authority, AuthorityError, IssueError, KeyAlgorithm, Kind, Names, PrivateKey, Profile, Signer,
    Subject, Validity,
};
use time::{Duration, UtcDateTime};
use verify::Certificate;
use x509::build::SignError;

const TREES: [&str; 2] = ["kubeadm", "kubeadm-ecdsa"];

fn read(tree: &str, path: &str) -> Vec<u8> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    std::fs::read(format!("{root}/{tree}/etc/kubernetes/pki/{path}")).unwrap()
}

fn certificates(pem: &[u8]) -> Vec<Arc<Certificate>> {
    verify::load::client_go_certs(pem).unwrap()
}

fn authority(tree: &str, base: &str) -> Authority {
    let key = PrivateKey::from_pem(&read(tree, &format!("{base}.key"))).unwrap();
    let chain = certificates(&read(tree, &format!("{base}.crt")));
    Authority::new(chain, Arc::new(key)).unwrap()
}

fn year(from: UtcDateTime) -> Validity {
    Validity {
        not_before: from - Duration::minutes(5),
        not_after: from + Duration::days(365),
    }
}

/// Everything but serial, times, keys and signature.
fn shape(certificate: &Certificate) -> Vec<Vec<u8>> {
    let parts = x509::Certificate::from_der(certificate.der()).unwrap();
    let algorithm = parts.signature_algorithm().raw.to_vec();
    let head = vec![
        algorithm,
        parts.issuer().raw().to_vec(),
        parts.subject().raw().to_vec(),
    ];
    let extensions = parts.extensions();
    let extension = extensions.iter().map(|extension| {
        let is_key_id = extension.oid == x509::oid::known::SUBJECT_KEY_IDENTIFIER;
        let value = if is_key_id { &[] } else { extension.value };
        x509::build::extension(extension.oid, extension.critical, value)
    });
    head.into_iter().chain(extension).collect()
}

fn names(certificate: &Certificate) -> Names {
    let names = &certificate.extensions.names;
    Names {
        dns: names.dns.clone(),
        ip: names
            .ip
            .iter()
            .map(|ip| ip.to_string().parse().unwrap())
            .collect(),
        ..Names::default()
    }
}

#[test]
fn leaves_are_kubeadms() {
    let mut compared = 0;
    for (tree, row) in TREES
        .iter()
        .flat_map(|tree| CREDENTIALS.iter().map(move |row| (tree, row)))
    {
        let Holder::Pki(base) = row.holder else {
            continue;
        };
        let real = certificates(&read(tree, &format!("{base}.crt"))).remove(0);
        let issuer = AUTHORITIES
            .iter()
            .find(|ca| ca.name == row.authority)
            .unwrap();
        let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let node = certificates(&read(tree, "etcd/server.crt")).remove(0);
        let profile = Profile::credential(row, node.subject.common_name(), names(&real));
        let at = real.not_before.utc() + Duration::minutes(5);
        let made = authority(tree, issuer.base)
            .issue(&profile, key.public_key(), year(at), at)
            .unwrap();
        assert_eq!(shape(&made), shape(&real), "{tree} {base}");
        assert_eq!(made.not_after.utc(), real.not_after.utc(), "{tree} {base}");
        compared += 1;
    }
    assert_eq!(compared, 14);
}

#[test]
fn authorities_are_kubeadms() {
    for (tree, algorithm) in TREES
        .iter()
        .zip([KeyAlgorithm::Rsa2048, KeyAlgorithm::EcdsaP256])
    {
        for row in AUTHORITIES {
            let real = certificates(&read(tree, &format!("{}.crt", row.base))).remove(0);
            let key = Arc::new(PrivateKey::generate(algorithm).unwrap());
            let validity = year(real.not_before.utc());
            let made = Authority::self_signed(&Profile::authority(row), key, validity).unwrap();
            assert_eq!(
                shape(made.certificate()),
                shape(&real),
                "{tree} {}",
                row.name
            );
            made.certificate()
                .check_signature_from(made.certificate())
                .unwrap();
        }
    }
}

#[test]
fn the_key_identifier_is_gos() {
    for (tree, row) in TREES
        .iter()
        .flat_map(|tree| AUTHORITIES.iter().map(move |row| (tree, row)))
    {
        let real = certificates(&read(tree, &format!("{}.crt", row.base))).remove(0);
        let key = PrivateKey::from_pem(&read(tree, &format!("{}.key", row.base))).unwrap();
        let made = Authority::self_signed(
            &Profile::authority(row),
            Arc::new(key),
            year(real.not_before.utc()),
        );
        let made = made
            .unwrap()
            .certificate()
            .extensions
            .subject_key_id
            .clone();
        assert_eq!(made, real.extensions.subject_key_id);
    }
}

#[test]
fn a_leaf_with_its_issuers_name_has_no_authority_key_identifier() {
    let etcd = authority("kubeadm", "etcd/ca");
    let at = etcd.certificate().not_before.utc() + Duration::minutes(5);
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let profile = Profile {
        subject: Subject::common_name("etcd-ca"),
        kind: Kind::Leaf(vec![Usage::Client]),
        names: Names::default(),
    };
    let made = etcd
        .issue(&profile, key.public_key(), year(at), at)
        .unwrap();
    assert!(made.extensions.authority_key_id.is_empty());
}

#[test]
fn what_would_not_work_is_not_issued() {
    let ca = authority("kubeadm", "ca");
    let begin = ca.certificate().not_before.utc();
    let key = PrivateKey::generate(KeyAlgorithm::Ed25519).unwrap();
    let profile = |dns: &str| Profile {
        subject: Subject::common_name("some server"),
        kind: Kind::Leaf(vec![Usage::Server]),
        names: Names {
            dns: vec![dns.to_owned()],
            ..Names::default()
        },
    };
    let issue = |dns: &str, validity, at| ca.issue(&profile(dns), key.public_key(), validity, at);
    let at = begin + Duration::days(1);
    issue("*.example.com", year(at), at).unwrap();
    let refused = |result: Result<Arc<Certificate>, IssueError>| match result {
        Err(IssueError::WouldNotWork { source, .. }) => source.to_string(),
        other => panic!("{other:?}"),
    };
    let late = ca.certificate().not_after.utc() + Duration::days(1);
    assert!(refused(issue("example.com", year(late), late)).contains("certificate has expired"));
    let past = year(at - Duration::days(900));
    assert!(refused(issue("example.com", past, at)).contains("certificate has expired"));
    assert!(matches!(
        issue("müller.example", year(at), at),
        Err(IssueError::Unreadable { .. })
    ));
}

#[test]
fn what_is_issued_is_what_was_judged_and_signed() {
    for tree in TREES {
        let ca = authority(tree, "ca");
        let at = ca.certificate().not_before.utc() + Duration::days(1);
        let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let profile = Profile::credential(&CREDENTIALS[0], "cp-1", Names::default());
        let made = ca.issue(&profile, key.public_key(), year(at), at).unwrap();
        made.check_signature_from(ca.certificate()).unwrap();
        let read = Certificate::parse(made.der()).unwrap();
        assert_eq!(
            format!("{:?}", read.extensions),
            format!("{:?}", made.extensions)
        );
        assert_eq!(read.raw_subject(), made.raw_subject());
        assert_eq!(read.raw_public_key(), key.public_key());
        assert_eq!(read.signature(), made.signature());
        assert_eq!(read.serial, made.serial);
    }
}

/// A key that says when it is used.
struct Watched(PrivateKey, AtomicUsize);

impl x509::build::Signer for Watched {
    fn algorithm(&self) -> Vec<u8> {
        self.0.algorithm()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.sign(message)
    }
}

impl Signer for Watched {
    fn public_key(&self) -> &[u8] {
        self.0.public_key()
    }
}

#[test]
fn the_key_signs_nothing_that_is_refused() {
    let key = PrivateKey::from_pem(&read("kubeadm", "ca.key")).unwrap();
    let watched = Arc::new(Watched(key, AtomicUsize::new(0)));
    let ca = Authority::new(certificates(&read("kubeadm", "ca.crt")), watched.clone()).unwrap();
    let at = ca.certificate().not_before.utc() + Duration::days(1);
    let late = ca.certificate().not_after.utc() + Duration::days(1);
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let profile = |usages: &[Usage], names: Names| Profile {
        subject: Subject::common_name("somebody"),
        kind: Kind::Leaf(usages.to_vec()),
        names,
    };
    let dns = |name: &str| Names {
        dns: vec![name.to_owned()],
        ..Names::default()
    };
    let mail = Names {
        email: vec!["root@example.com".to_owned()],
        ..Names::default()
    };
    let refused = |profile: &Profile, at| {
        let issued = ca.issue(profile, key.public_key(), year(at), at);
        assert!(issued.is_err(), "{profile:?}");
        assert!(
            ca.rehearse(profile, key.public_key(), year(at), at)
                .is_err()
        );
    };
    for usages in [
        &[Usage::Server][..],
        &[Usage::Client],
        &[Usage::Client, Usage::Server],
    ] {
        for names in [Names::default(), dns("example.com"), mail.clone()] {
            refused(&profile(usages, names), late);
        }
    }
    // Names that no client can dial.
    for name in ["", ".", "*.*.example.com"] {
        refused(&profile(&[Usage::Client, Usage::Server], dns(name)), at);
    }
    assert_eq!(watched.1.load(Ordering::Relaxed), 0);
    let fine = profile(&[Usage::Client, Usage::Server], dns("*.example.com"));
    ca.rehearse(&fine, key.public_key(), year(at), at).unwrap();
    assert_eq!(watched.1.load(Ordering::Relaxed), 0);
    ca.issue(&fine, key.public_key(), year(at), at).unwrap();
    assert_eq!(watched.1.load(Ordering::Relaxed), 1);
}

#[test]
fn an_intermediate_keeps_to_what_the_root_allows() {
    let at = UtcDateTime::now();
    let root = |path_length| Profile {
        subject: Subject::common_name("root"),
        kind: Kind::Authority { path_length },
        names: Names::default(),
    };
    let key = |()| Arc::new(PrivateKey::generate(KeyAlgorithm::EcdsaP384).unwrap());
    let intermediate = Profile::authority(&AUTHORITIES[0]);
    for (path_length, works) in [(None, true), (Some(1), true), (Some(0), false)] {
        let root = Authority::self_signed(&root(path_length), key(()), year(at)).unwrap();
        let own = key(());
        let below = root.issue(&intermediate, own.public_key(), year(at), at);
        assert_eq!(below.is_ok(), works, "{path_length:?} {below:?}");
        let Ok(below) = below else { continue };
        assert_eq!(
            below.extensions.authority_key_id,
            root.certificate().extensions.subject_key_id
        );
        let chain = vec![below, root.certificate().clone()];
        let below = Authority::new(chain, own.clone()).unwrap();
        let leaf = Profile::credential(&CREDENTIALS[0], "cp-1", Names::default());
        below.issue(&leaf, own.public_key(), year(at), at).unwrap();
    }
}

#[test]
fn pairs_that_do_not_fit_are_no_authority() {
    let chain = |base: &str| certificates(&read("kubeadm", &format!("{base}.crt")));
    let key = |base: &str| -> Arc<dyn Signer> {
        Arc::new(PrivateKey::from_pem(&read("kubeadm", &format!("{base}.key"))).unwrap())
    };
    let error = |chain, key| Authority::new(chain, key).err().unwrap();
    assert!(matches!(
        error(vec![], key("ca")),
        AuthorityError::NoCertificate
    ));
    assert!(matches!(
        error(chain("ca"), key("etcd/ca")),
        AuthorityError::KeyMismatch(_)
    ));
    assert!(matches!(
        error(chain("apiserver"), key("apiserver")),
        AuthorityError::NotAnAuthority(_)
    ));
    let strangers = [chain("ca"), chain("etcd/ca")].concat();
    assert!(matches!(
        error(strangers, key("ca")),
        AuthorityError::Chain { .. }
    ));
}
