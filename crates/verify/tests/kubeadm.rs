//! What kubeadm made loads as its components load it, and is accepted where it should be.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

mod support;

use std::path::{Path, PathBuf};

use kubepki_verify::tls::{
    ClientAuth, Version, client_accepted_by_server, server_accepted_by_client,
};
use kubepki_verify::{Kind, Verifier, load};
use support::shared;

const TREES: [&str; 2] = ["default", "ecdsa-ha"];

#[test]
fn every_key_fits_its_certificate_alone() {
    for pki in pki_folders() {
        let pairs = credentials(&pki);
        assert!(pairs.len() >= 10, "{}", pki.display());
        for (certificate, key) in &pairs {
            for (other, _) in &pairs {
                let loaded = load::key_pair(&read(other), &read(key)).map(drop);
                let expected = match certificate == other {
                    true => Ok(()),
                    false => Err(load::LoadError::KeyMismatch),
                };
                assert_eq!(
                    loaded,
                    expected,
                    "{} with {}",
                    other.display(),
                    key.display()
                );
            }
        }
    }
}

#[test]
fn the_service_account_key_has_one_public_half() {
    for pki in pki_folders() {
        let private = load::private_key(&read(&pki.join("sa.key")))
            .unwrap()
            .unwrap();
        let public = load::service_account_public_keys(&read(&pki.join("sa.pub"))).unwrap();
        assert_eq!(public, [private]);
    }
}

#[test]
fn etcd_and_the_api_server_accept_each_other() {
    for pki in pki_folders() {
        let pair = |name: &str| {
            let file = |extension| read(&pki.join(format!("{name}.{extension}")));
            load::key_pair(&file("crt"), &file("key")).unwrap()
        };
        let verifier = Verifier::default();
        let etcd_ca = load::etcd_pool(&read(&pki.join("etcd/ca.crt"))).unwrap();
        let (server, client) = (pair("etcd/server"), pair("apiserver-etcd-client"));
        let at = server.leaf.not_before.utc() + time::Duration::days(1);
        let judged = |name: &str, at| {
            server_accepted_by_client(&verifier, &server.certificates, &etcd_ca, name, at)
        };
        assert!(judged("127.0.0.1", at).is_ok());
        let refusal = judged("192.0.2.1", at).refusal.unwrap();
        assert!(refusal.to_string().contains("not 192.0.2.1"), "{refusal}");
        assert_eq!(
            refusal.peer_text().as_deref(),
            Some("remote error: tls: bad certificate")
        );

        let mode = ClientAuth::RequireAndVerify;
        let accepted = |sent: &[_], roots: &_, at| {
            client_accepted_by_server(&verifier, sent, mode, roots, Version::Tls13, at)
        };
        assert!(accepted(&client.certificates, &etcd_ca, at).is_ok());
        let late = accepted(
            &client.certificates,
            &etcd_ca,
            at + time::Duration::days(4000),
        );
        let error = late
            .verdict
            .as_ref()
            .and_then(|verdict| verdict.error())
            .unwrap();
        assert_eq!(error.kind(), Kind::Expired);
        let peer = late.refusal.unwrap().peer_text();
        assert_eq!(
            peer.as_deref(),
            Some("remote error: tls: expired certificate")
        );
        let none = accepted(&[], &etcd_ca, at).refusal.unwrap();
        assert_eq!(none.to_string(), "tls: client didn't provide a certificate");
        let other = load::client_go_pool(&read(&pki.join("ca.crt"))).unwrap();
        let unknown = accepted(&client.certificates, &other, at)
            .refusal
            .unwrap()
            .peer_text();
        assert_eq!(
            unknown.as_deref(),
            Some("remote error: tls: unknown certificate authority")
        );
    }
}

fn pki_folders() -> Vec<PathBuf> {
    let Some(folder) = shared("kubeadm-1.36") else {
        return Vec::new();
    };
    TREES
        .map(|tree| folder.join(tree).join("rootfs/etc/kubernetes/pki"))
        .to_vec()
}

/// Every certificate beside which its key lies.
fn credentials(pki: &Path) -> Vec<(PathBuf, PathBuf)> {
    let files = [pki.to_owned(), pki.join("etcd")]
        .into_iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path());
    let keys = files.filter(|path| path.extension().is_some_and(|extension| extension == "key"));
    let pairs = keys.map(|key| (key.with_extension("crt"), key));
    pairs
        .filter(|(certificate, _)| certificate.exists())
        .collect()
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}
