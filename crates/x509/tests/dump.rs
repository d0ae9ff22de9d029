//! What OpenSSL prints is turned back into the certificate it was printed from.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kubepki_x509::Certificate;
use kubepki_x509::dump::{self, Signature};
use kubepki_x509::text::{self, OpensslVersion};

/// Certificates whose encoding was spoilt after they were signed: what is rebuilt is the one that
/// the signature fits.
const SPOILT: &[&str] = &["3cc6fe98378acd56"];

/// Both dumps lost their indentation; the certificates beside them are the originals.
#[test]
fn old_dumps_give_their_certificates() {
    let Some(folder) = shared("seed-cluster") else {
        return;
    };
    for (dump, certificate) in [
        ("openssl-1.1.1-apiserver.txt", "apiserver.crt"),
        ("openssl-1.1.1-etcd-server.txt", "etcd/server.crt"),
    ] {
        let printed = std::fs::read_to_string(folder.join(dump)).unwrap();
        let pki = folder.join("rootfs/etc/kubernetes/pki");
        let original = certificate_in(&pki.join(certificate));
        let quoted = format!("a post\r\n> {}\r\nmore", printed.replace('\n', "\r\n> "));
        for text in [&printed, &quoted] {
            let found = dump::find(text);
            assert_eq!(found.len(), 1);
            let rebuilt = found[0].rebuild(&[]).unwrap();
            assert_eq!(rebuilt.certificate.der(), original.der(), "{dump}");
        }
    }
}

/// What lies in a corpus, printed as each version prints it: whatever is called confirmed is the
/// original.
#[test]
fn what_is_confirmed_is_right() {
    let Some(folder) = shared("certs-corpus/certs") else {
        return;
    };
    let mut others = BTreeSet::new();
    let (mut confirmed, mut equal, mut rebuilt, mut all) = (0, 0, 0, 0);
    for path in files(&folder) {
        let Some(original) = lenient(&path) else {
            continue;
        };
        for version in [
            OpensslVersion::V1_1_1,
            OpensslVersion::V3_0,
            OpensslVersion::V3_5,
        ] {
            let printed = text::certificate(&original, version);
            all += 1;
            let printed = String::from_utf8_lossy(&printed);
            let Some(Ok(again)) = dump::find(&printed).first().map(|dump| dump.rebuild(&[])) else {
                continue;
            };
            rebuilt += 1;
            let is_equal = again.certificate.der() == original.der();
            equal += usize::from(is_equal);
            if again.signature == Signature::Confirmed {
                confirmed += 1;
                if again.certificate.tbs() != original.tbs() {
                    others.insert(path.file_stem().unwrap().to_string_lossy().into_owned());
                }
            }
        }
    }
    println!("{all} texts: {rebuilt} rebuilt, {equal} equal, {confirmed} confirmed");
    assert!(confirmed > 0);
    assert_eq!(others.into_iter().collect::<Vec<_>>(), SPOILT);
}

/// A dump cut anywhere is never called confirmed, and an error names the field.
#[test]
fn broken_dumps_are_refused() {
    let text = include_str!("data/dump-own.txt");
    let rebuilt = dump::find(text)[0].rebuild(&[]).unwrap();
    assert_eq!(rebuilt.signature, Signature::Confirmed);
    assert_eq!(
        text::certificate(&rebuilt.certificate, OpensslVersion::V3_0),
        text.as_bytes()
    );
    for end in (0..text.trim_end().len())
        .rev()
        .filter(|end| text.is_char_boundary(*end))
    {
        let is_whole = |rebuilt: dump::Rebuilt| rebuilt.signature == Signature::Confirmed;
        let found = dump::find(&text[..end]);
        assert!(
            !found
                .iter()
                .any(|dump| dump.rebuild(&[]).is_ok_and(is_whole))
        );
    }
    let missing = text.replace("Exponent: 65537 (0x10001)", "");
    let error = dump::find(&missing)[0].rebuild(&[]).unwrap_err();
    assert!(error.to_string().contains("lacks its exponent"), "{error}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files(&path),
            false => vec![path],
        })
        .collect()
}

fn certificate_in(path: &Path) -> Certificate {
    lenient(path).unwrap()
}

fn lenient(path: &Path) -> Option<Certificate> {
    let pem = String::from_utf8_lossy(&std::fs::read(path).ok()?).into_owned();
    let (_, body) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = body.split_once("-----END")?;
    let body: String = body.split_whitespace().collect();
    Certificate::from_der(BASE64_STANDARD.decode(body).ok()?).ok()
}

fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/fixtures")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no {}", path.display());
    None
}
