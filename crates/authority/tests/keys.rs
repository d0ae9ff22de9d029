//! Keys: written as kubeadm writes them, read back, and used by OpenSSL.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::io::Write;
use std::process::{Command, Stdio};

use kubepki_authority::{KeyAlgorithm, KeyError, PrivateKey, Signer};
use x509::build::Signer as _;

const LABELS: [(KeyAlgorithm, &str); 6] = [
    (KeyAlgorithm::Rsa2048, "RSA PRIVATE KEY"),
    (KeyAlgorithm::Rsa3072, "RSA PRIVATE KEY"),
    (KeyAlgorithm::Rsa4096, "RSA PRIVATE KEY"),
    (KeyAlgorithm::EcdsaP256, "EC PRIVATE KEY"),
    (KeyAlgorithm::EcdsaP384, "EC PRIVATE KEY"),
    (KeyAlgorithm::Ed25519, "PRIVATE KEY"),
];

fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}");
    output.stdout
}

#[test]
fn every_kind_is_written_as_openssl_writes_it() {
    for (algorithm, label) in LABELS {
        let key = PrivateKey::generate(algorithm).unwrap();
        let pem = key.to_pem().unwrap();
        assert!(
            pem.starts_with(&format!("-----BEGIN {label}-----\n")),
            "{algorithm}"
        );
        let form = match algorithm {
            KeyAlgorithm::Ed25519 => &["pkey"][..],
            _ => &["pkey", "-traditional"],
        };
        let again = openssl(form, pem.as_bytes());
        assert_eq!(String::from_utf8(again).unwrap(), **pem, "{algorithm}");
        let public = openssl(&["pkey", "-pubout"], pem.as_bytes());
        assert_eq!(
            String::from_utf8(public).unwrap(),
            key.public_pem(),
            "{algorithm}"
        );
        let read = PrivateKey::from_pem(pem.as_bytes()).unwrap();
        assert_eq!(read.public_key(), key.public_key());
        assert_eq!(read.algorithm(), key.algorithm());
    }
}

#[test]
fn what_client_go_reads_is_read() {
    for curve in ["P-256", "P-384", "P-521"] {
        let argument = format!("ec_paramgen_curve:{curve}");
        let pkcs8 = openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", &argument], b"");
        let sec1 = openssl(&["pkey", "-traditional"], &pkcs8);
        let with_parameters = [openssl(&["ecparam", "-name", curve], b""), sec1.clone()].concat();
        for pem in [&pkcs8, &sec1, &with_parameters] {
            let key = PrivateKey::from_pem(pem).unwrap();
            assert_eq!(
                key.public_pem().into_bytes(),
                openssl(&["pkey", "-pubout"], pem)
            );
        }
    }
}

#[test]
fn what_is_no_usable_key_is_refused() {
    let rsa = PrivateKey::generate(KeyAlgorithm::Rsa2048).unwrap();
    let pem = rsa.to_pem().unwrap();
    let encrypted = openssl(&["pkcs8", "-topk8", "-passout", "pass:x"], pem.as_bytes());
    let error = |pem: &[u8]| PrivateKey::from_pem(pem).err().unwrap();
    assert_eq!(error(&encrypted), KeyError::Encrypted);
    assert_eq!(error(rsa.public_pem().as_bytes()), KeyError::Absent);
    assert_eq!(error(b""), KeyError::Absent);
    let x25519 = openssl(&["genpkey", "-algorithm", "X25519"], b"");
    assert!(matches!(error(&x25519), KeyError::Rejected(_)));
    let cut = x509::pem::encode("PRIVATE KEY", &[0x30, 0x03, 0x02, 0x01, 0x00]);
    assert!(matches!(error(cut.as_bytes()), KeyError::Rejected(_)));
    assert_eq!(format!("{rsa:?}"), "PrivateKey");
}
