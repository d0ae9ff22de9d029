//! What components say when they cannot load something.

use cluster::process::{Note, NoteKind};
use cluster::{Component, Loader, Material, Pair};
use x509::Place;

use crate::load::{Fault, Half};

/// What is said of one file.
pub(super) fn file(material: &Material, loader: Loader, fault: &Fault) -> String {
    let path = material
        .path()
        .map_or_else(|| material.place().to_string(), ToString::to_string);
    if *fault == Fault::NotCollected {
        return String::new();
    }
    let why = reason(&path, fault);
    let loaded = matches!(fault, Fault::Content(_));
    match loader {
        Loader::DynamicCa if *fault == Fault::Empty => {
            format!("missing content for CA bundle \"client-ca-bundle::{path}\"")
        }
        Loader::DynamicCa if loaded => {
            format!("error loading CA bundle \"client-ca-bundle::{path}\": {why}")
        }
        Loader::ClientGoCa if loaded => "unable to load root certificates".to_owned(),
        Loader::ServiceAccountPublic => format!("error reading public key file {path}: {why}"),
        Loader::ServiceAccountPrivate => {
            format!("failed to parse service-account-issuer-key-file: {why}")
        }
        Loader::Kubeconfig => match fault {
            Fault::Missing => format!("stat {path}: no such file or directory"),
            _ => why,
        },
        _ => why,
    }
}

/// What is said of a pair.
pub(super) fn pair(pair: &Pair, half: Half, fault: &Fault) -> String {
    let named = match half {
        Half::Key => &pair.key,
        Half::Certificate | Half::Both => &pair.certificate,
    };
    match (named, fault) {
        (_, Fault::NotSet) if pair.loader == Loader::EtcdPair => {
            "KeyFile and CertFile must both be present".to_owned()
        }
        (_, Fault::NotSet) => "missing filename for serving cert".to_owned(),
        (Some(material), fault) => file(material, pair.loader, fault),
        (None, _) => "no certificate is set".to_owned(),
    }
}

/// What a client is told that speaks plain HTTP to a TLS server.
pub(super) fn plaintext(server: Component) -> String {
    match server {
        Component::Etcd => "error reading server preface: EOF".to_owned(),
        _ => "Client sent an HTTP request to an HTTPS server.".to_owned(),
    }
}

/// A pair without halves.
pub(super) fn no_pair() -> Note {
    Note {
        kind: NoteKind::Other,
        place: Place::default(),
        message: "neither a certificate nor a key is set".to_owned(),
    }
}

fn reason(path: &str, fault: &Fault) -> String {
    match fault {
        Fault::Missing | Fault::NotMounted => format!("open {path}: no such file or directory"),
        Fault::Unreadable(why) => format!("open {path}: {why}"),
        Fault::Empty => format!("{path}: missing content"),
        Fault::Content(error) => error.to_string(),
        Fault::NoRevocationList => "x509: malformed crl".to_owned(),
        Fault::SeveralCertificates(count) => format!("expected 1 certificate, found {count}"),
        Fault::NotCollected | Fault::NotSet => String::new(),
    }
}
