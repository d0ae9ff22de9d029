//! Every certificate of the corpus is printed as OpenSSL 3.0 prints it, or refused as OpenSSL does;
//! and as OpenSSL 3.5 does, when `KUBEPKI_OPENSSL_3_5` says where its program is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kubepki_x509::der::{self, Rules, Tag};
use kubepki_x509::text::{self, OpensslVersion};
use kubepki_x509::{Certificate, pem};
use serde_json::Value;

/// What differs, each with its reason.
const DIFFERENCES: &str = include_str!("data/text-differences.json");

/// What differs from OpenSSL 3.5, each with its reason.
const DIFFERENCES_3_5: &str = include_str!("data/text-differences-3.5.json");

#[test]
fn prints_what_openssl_prints() {
    let Some(folder) = shared("certs-corpus") else {
        return;
    };
    let texts = texts(&folder.join("openssl-text.tar.gz"));
    let expected =
        |entry: &Value, name: &str| (entry["openssl"]["exit"] == 0).then(|| texts[name].clone());
    compare(&folder, OpensslVersion::V3_0, DIFFERENCES, expected);
}

#[test]
fn prints_what_openssl_3_5_prints() {
    let Some(folder) = shared("certs-corpus") else {
        return;
    };
    let Some(openssl) = std::env::var_os("KUBEPKI_OPENSSL_3_5") else {
        println!("skipped: KUBEPKI_OPENSSL_3_5 is not set");
        return;
    };
    let expected = |entry: &Value, _: &str| {
        let mut command = Command::new(&openssl);
        command.args(["x509", "-text", "-noout", "-in"]);
        command.arg(folder.join(entry["file"].as_str().unwrap()));
        let output = command.output().unwrap();
        output
            .status
            .success()
            .then(|| without_thread(&output.stdout))
    };
    compare(&folder, OpensslVersion::V3_5, DIFFERENCES_3_5, expected);
}

/// Prints every certificate of the corpus and holds it to the text expected, or to `None` where
/// OpenSSL refuses it.
fn compare(
    folder: &Path,
    version: OpensslVersion,
    list: &str,
    expected: impl Fn(&Value, &str) -> Option<Vec<u8>>,
) {
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let entries = manifest["certs"].as_array().unwrap();
    let mut differing = BTreeMap::new();
    for entry in entries {
        let file = entry["file"].as_str().unwrap();
        let name = file.trim_start_matches("certs/").trim_end_matches(".pem");
        let expected = expected(entry, name);
        let certificate = Certificate::from_der(der(&folder.join(file)));
        let printed = certificate
            .ok()
            .map(|certificate| text::certificate(&certificate, version));
        if printed != expected {
            differing.insert(
                name.to_owned(),
                first_difference(printed.as_deref(), expected.as_deref()),
            );
        }
    }
    println!(
        "{} of {} as OpenSSL {version:?} has them",
        entries.len() - differing.len(),
        entries.len()
    );
    compare_with_list(&differing, list);
}

/// PEM as people have it: odd line breaks and labels, text around, and what is trusted for what.
#[test]
fn prints_unusual_files_as_openssl_does() {
    let Some(folder) = shared("certs-corpus") else {
        return;
    };
    let texts = texts(&folder.join("openssl-text.tar.gz"));
    let manifest = std::fs::read(folder.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let mut compared = 0;
    for entry in manifest["raw"].as_array().unwrap() {
        // What OpenSSL does not read is not asked of it.
        if entry["openssl"]["exit"] != 0 {
            continue;
        }
        let file = entry["file"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let mut blocks = pem::blocks(&bytes);
        let block = blocks
            .find(|block| block.label.ends_with("CERTIFICATE"))
            .unwrap();
        let content = block.content.unwrap();
        let length = der::first(&content, Tag::SEQUENCE, Rules::Ber)
            .unwrap()
            .raw
            .len();
        let (der, trust) = content.split_at(length);
        let certificate = Certificate::from_der(der).unwrap();
        let printed = match trust {
            [] => text::certificate(&certificate, OpensslVersion::V3_0),
            trust => text::trusted_certificate(&certificate, trust, OpensslVersion::V3_0),
        };
        let name = file.rsplit_once('.').unwrap().0;
        assert_eq!(
            String::from_utf8_lossy(&printed),
            String::from_utf8_lossy(&texts[name]),
            "{file}"
        );
        compared += 1;
    }
    assert!(compared > 80, "{compared}");
}

/// The texts that two old clusters printed lost their leading white space.
#[test]
fn prints_what_openssl_1_1_1_printed() {
    let Some(folder) = shared("seed-cluster") else {
        return;
    };
    let pairs = [
        (
            "rootfs/etc/kubernetes/pki/apiserver.crt",
            "openssl-1.1.1-apiserver.txt",
        ),
        (
            "rootfs/etc/kubernetes/pki/etcd/server.crt",
            "openssl-1.1.1-etcd-server.txt",
        ),
    ];
    for (certificate, expected) in pairs {
        let certificate = Certificate::from_der(der(&folder.join(certificate))).unwrap();
        let printed = text::certificate(&certificate, OpensslVersion::V1_1_1);
        let expected = std::fs::read_to_string(folder.join(expected)).unwrap();
        assert_eq!(
            lines(&String::from_utf8(printed).unwrap()),
            lines(&expected)
        );
    }
}

/// The lines that are not blank, without white space around them.
fn lines(text: &str) -> Vec<&str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect()
}

/// A folder of the shared fixtures; prints a word and gives nothing when it is absent.
fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/fixtures")
        .join(path);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// Every text by the name of its certificate.
fn texts(archive: &Path) -> HashMap<String, Vec<u8>> {
    let file = std::fs::File::open(archive).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut texts = HashMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        let mut text = Vec::new();
        entry.read_to_end(&mut text).unwrap();
        texts.insert(path.trim_end_matches(".txt").to_owned(), text);
    }
    texts
}

fn der(file: &Path) -> Vec<u8> {
    let pem = std::fs::read_to_string(file).unwrap();
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    BASE64_STANDARD.decode(body).unwrap()
}

/// Lines of OpenSSL's error queue start with the number of a thread, sixteen digits; it is written
/// as `TID`.
fn without_thread(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        match line.split_at_checked(16) {
            Some((id, rest))
                if rest.starts_with(b":error:") && id.iter().all(u8::is_ascii_hexdigit) =>
            {
                out.extend_from_slice(b"TID");
                out.extend_from_slice(rest);
            }
            _ => out.extend_from_slice(line),
        }
    }
    out
}

fn first_difference(printed: Option<&[u8]>, expected: Option<&[u8]>) -> String {
    match (printed, expected) {
        (None, _) => "refused".to_owned(),
        (_, None) => "read".to_owned(),
        (Some(printed), Some(expected)) => {
            let (printed, expected) = (
                String::from_utf8_lossy(printed),
                String::from_utf8_lossy(expected),
            );
            let mut lines = printed.lines().zip(expected.lines());
            match lines.find(|(a, b)| a != b) {
                Some((a, b)) => format!("{a:?} is not {b:?}"),
                None => "another length".to_owned(),
            }
        }
    }
}

/// Fails when a difference is new and when one is gone.
fn compare_with_list(differing: &BTreeMap<String, String>, list: &str) {
    let list: BTreeMap<String, String> = serde_json::from_str(list).unwrap();
    let new: Vec<_> = differing
        .iter()
        .filter(|(name, _)| !list.contains_key(*name))
        .collect();
    let gone: Vec<_> = list
        .keys()
        .filter(|name| !differing.contains_key(*name))
        .collect();
    assert!(new.is_empty(), "not in the list: {new:#?}");
    assert!(gone.is_empty(), "no longer a difference: {gone:?}");
}
