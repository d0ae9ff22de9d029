//! A certificate that is judged before it is signed: as it will be judged afterwards.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::sync::Arc;

use kubepki_verify::{
    Certificate, Options, Pool, SignatureError, Verifier, VerifyError, load, verify,
};
use time::macros::utc_datetime;

fn read(tree: &str, name: &str) -> Arc<Certificate> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    let pem = std::fs::read(format!("{root}/{tree}/etc/kubernetes/pki/{name}")).unwrap();
    let pool = load::append_certs_from_pem(&pem);
    pool.iter().next().unwrap().clone()
}

fn options() -> Options {
    Options::server("kubernetes", utc_datetime!(2026-12-01 0:00))
}

#[test]
fn a_signature_is_replaced_and_nothing_else() {
    for tree in ["kubeadm", "kubeadm-ecdsa"] {
        let leaf = read(tree, "apiserver.crt");
        // So short that the whole needs fewer bytes to tell its length, so long that it needs more.
        for length in [0, 70_000] {
            let other = Certificate::clone(&leaf).with_signature(vec![0; length]);
            assert_eq!(other.tbs(), leaf.tbs());
            assert_eq!(other.raw_issuer(), leaf.raw_issuer());
            assert_eq!(other.raw_subject(), leaf.raw_subject());
            assert_eq!(other.raw_public_key(), leaf.raw_public_key());
            let read = Certificate::parse(other.der()).unwrap();
            assert_eq!(read.signature(), vec![0; length]);
            assert_eq!(read.tbs(), leaf.tbs());
            assert_eq!(read.sha256(), other.sha256());
            let again = other.with_signature(leaf.signature().to_vec());
            assert_eq!(again, *leaf);
        }
    }
}

#[test]
fn only_the_signature_of_its_issuer_is_taken_for_granted() {
    let ca = read("kubeadm", "ca.crt");
    let stranger = read("kubeadm-ecdsa", "ca.crt");
    let leaf = Certificate::clone(&read("kubeadm", "apiserver.crt")).with_signature(Vec::new());
    let leaf = Arc::new(leaf);
    let none = Pool::new();
    let judge = |root: &Arc<Certificate>, issuer: &Certificate, options: &Options| {
        let roots = Pool::from_iter([root.clone()]);
        let verdict = Verifier::default().verify_unsigned(&leaf, issuer, &roots, &none, options);
        verdict.outcome.map(drop)
    };
    let roots = Pool::from_iter([ca.clone()]);
    assert!(!verify(&leaf, &roots, &none, &options()).is_ok());
    judge(&ca, &ca, &options()).unwrap();

    assert!(judge(&ca, &stranger, &options()).is_err());
    let late = Options::server("kubernetes", utc_datetime!(2036-12-01 0:00));
    let error = judge(&ca, &ca, &late).unwrap_err();
    assert!(matches!(error, VerifyError::OutsideValidity { .. }));
    let other_name = Options::server("elsewhere", options().at);
    let error = judge(&ca, &ca, &other_name).unwrap_err();
    assert!(matches!(error, VerifyError::Hostname { .. }));
    let error = judge(&ca, &ca, &Options::client(options().at)).unwrap_err();
    assert!(matches!(error, VerifyError::IncompatibleUsage));
}

#[test]
fn a_key_that_cannot_make_the_signature_is_told() {
    // The same name, but an ECDSA key, where the certificate says that RSA signed it.
    let stranger = read("kubeadm-ecdsa", "ca.crt");
    let leaf = read("kubeadm", "apiserver.crt");
    let roots = Pool::from_iter([stranger.clone()]);
    let verdict =
        Verifier::default().verify_unsigned(&leaf, &stranger, &roots, &Pool::new(), &options());
    let hint = match verdict.outcome {
        Err(VerifyError::UnknownAuthority { hint, .. }) => hint.unwrap().error,
        other => panic!("{other:?}"),
    };
    assert!(matches!(
        hint,
        VerifyError::Signature(SignatureError::KeyKind { .. })
    ));
}
