//! Objects that carry trust: those of a real cluster opened and made again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kubepki_authority::objects::{
    self, CertificateKey, ClientAuthentication, Namespace, RequestHeader, SealError,
    TrustBundleError,
};
use kubepki_authority::token::BootstrapToken;
use kubepki_authority::token::bootstrap::{DEFAULT_GROUP, Group, Terms, Usage};
use proptest::prelude::*;
use serde_json::{Value, json};
use time::macros::utc_datetime;
use verify::Certificate;

const CERTIFICATE_KEY: &str = "b17d8b818aab4706223245ade7d050689bf4e24e1b547c3a8c4f5e62be16ea14";

fn data(name: &str) -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/api-objects");
    data.join(name)
}

fn pem(name: &str) -> String {
    std::fs::read_to_string(data("pki").join(name)).unwrap()
}

fn object(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(data(name)).unwrap()).unwrap()
}

fn certificates(pem: &str) -> Vec<Arc<Certificate>> {
    verify::load::client_go_certs(pem.as_bytes()).unwrap()
}

fn example(name: &str) -> String {
    let pki =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/kubeadm/etc/kubernetes/pki");
    std::fs::read_to_string(pki.join(name)).unwrap()
}

#[test]
fn a_real_secret_opens_and_is_made_again() {
    let real = object("kubeadm-certs.json");
    let key = CertificateKey::parse(CERTIFICATE_KEY).unwrap();
    assert_eq!(*key.text(), CERTIFICATE_KEY);
    let names = objects::SHARED.iter().chain(&objects::STACKED_ETCD);
    let files: Vec<(&str, String)> = names.map(|(name, path)| (*name, pem(path))).collect();
    assert_eq!(real["data"].as_object().unwrap().len(), files.len());
    let given: Vec<(&str, Option<&[u8]>)> = files
        .iter()
        .map(|(name, content)| (*name, Some(content.as_bytes())))
        .collect();
    let ours = objects::kubeadm_certs(&given, &key).unwrap();
    for (name, content) in &files {
        let open = |object: &Value| {
            let sealed = BASE64_STANDARD
                .decode(object["data"][name].as_str().unwrap())
                .unwrap();
            assert_eq!(sealed.len(), content.len() + 28, "{name}");
            key.open(&sealed).unwrap()
        };
        assert_eq!(*open(&real), content.as_bytes(), "{name}");
        assert_eq!(*open(&ours), content.as_bytes(), "{name}");
        assert_ne!(ours["data"][name], real["data"][name], "{name}");
    }
    for field in ["apiVersion", "kind", "type"] {
        assert_eq!(ours[field], real[field]);
    }
    for field in ["name", "namespace"] {
        assert_eq!(ours["metadata"][field], real["metadata"][field]);
    }
}

#[test]
fn what_is_not_there_is_empty() {
    let key = CertificateKey::generate().unwrap();
    let [ca, certificate, private] = objects::EXTERNAL_ETCD;
    let files: [(&str, Option<&[u8]>); 3] =
        [(ca, Some(b"x")), (certificate, None), (private, None)];
    let secret = objects::kubeadm_certs(&files, &key).unwrap();
    assert_eq!(secret["data"]["external-etcd.key"], "");
    assert_ne!(secret["data"]["external-etcd-ca.crt"], "");
}

#[test]
fn certificate_keys_are_sixty_four_digits() {
    assert!(CertificateKey::parse(&CERTIFICATE_KEY.to_uppercase()).is_ok());
    for wrong in [
        "",
        "b17d",
        &CERTIFICATE_KEY[1..],
        &format!("{}g", &CERTIFICATE_KEY[1..]),
        &"é".repeat(32),
    ] {
        assert!(CertificateKey::parse(wrong).is_err(), "{wrong}");
    }
    let key = CertificateKey::generate().unwrap();
    assert_ne!(key.text(), CertificateKey::generate().unwrap().text());
    assert_eq!(format!("{key:?}"), "CertificateKey");
    let sealed = key.seal(b"secret").unwrap();
    assert_ne!(sealed, key.seal(b"secret").unwrap());
    let mut changed = sealed.clone();
    changed[20] ^= 1;
    for wrong in [&changed, &sealed[1..], &sealed[..11], &[]] {
        assert_eq!(key.open(wrong), Err(SealError::Open));
    }
    assert_eq!(
        CertificateKey::generate().unwrap().open(&sealed),
        Err(SealError::Open)
    );
}

#[test]
fn a_real_cluster_info_is_made_again() {
    let real = object("cluster-info.json");
    let token = BootstrapToken::parse("abcdef.0123456789abcdef").unwrap();
    let ca = pem("ca.crt");
    let kubeconfig = objects::discovery_kubeconfig("https://192.0.2.2:26443", ca.as_bytes());
    assert_eq!(real["data"]["kubeconfig"], kubeconfig);
    let ours = objects::cluster_info(&kubeconfig, &[token]);
    assert_eq!(ours["data"], real["data"]);
    assert_eq!(ours["metadata"]["namespace"], real["metadata"]["namespace"]);
    assert!(
        objects::cluster_info(&kubeconfig, &[])["data"]
            .as_object()
            .unwrap()
            .len()
            == 1
    );
}

#[test]
fn root_ca_for_a_namespace() {
    let ca = pem("ca.crt");
    let object = objects::root_ca(&Namespace::parse("default").unwrap(), &ca);
    assert_eq!(object["data"], json!({ "ca.crt": ca }));
    assert_eq!(object["metadata"]["namespace"], "default");
    for wrong in ["", "Default", "a.b", "-a", "a-", "a_b", &"a".repeat(64)] {
        assert!(Namespace::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn extension_servers_learn_what_kube_apiserver_knows() {
    let (ca, proxy) = (pem("ca.crt"), pem("front-proxy-ca.crt"));
    let list = |text: &str| vec![text.to_owned()];
    let mut authentication = ClientAuthentication {
        client_ca: certificates(&format!("# twice\n{ca}{ca}")),
        request_header: Some(RequestHeader {
            ca: certificates(&proxy),
            allowed_names: list("front-proxy-client"),
            username_headers: list("X-Remote-User"),
            uid_headers: Vec::new(),
            group_headers: list("X-Remote-Group"),
            extra_headers_prefix: list("X-Remote-Extra-"),
        }),
    };
    let at = utc_datetime!(2026-11-24 0:00);
    let object = objects::extension_apiserver_authentication(&authentication, at);
    let expected = json!({
        "client-ca-file": ca,
        "requestheader-allowed-names": "[\"front-proxy-client\"]",
        "requestheader-client-ca-file": proxy,
        "requestheader-extra-headers-prefix": "[\"X-Remote-Extra-\"]",
        "requestheader-group-headers": "[\"X-Remote-Group\"]",
        "requestheader-username-headers": "[\"X-Remote-User\"]",
    });
    assert_eq!(object["data"].to_string(), expected.to_string());
    let expired = objects::extension_apiserver_authentication(
        &authentication,
        utc_datetime!(2050-01-01 0:00),
    );
    assert_eq!(expired["data"], json!({}));
    authentication.request_header = None;
    let alone = objects::extension_apiserver_authentication(&authentication, at);
    assert_eq!(alone["data"], json!({ "client-ca-file": ca }));
}

#[test]
fn trust_bundles_are_named_as_their_signers_want() {
    let ca = pem("ca.crt");
    let make = |name, signer| objects::cluster_trust_bundle(name, signer, &ca);
    let named = |name, signer| make(name, signer).map(|object| object["metadata"]["name"].clone());
    let sum = "kubernetes.io:kube-apiserver-serving:";
    let signer = Some("kubernetes.io/kube-apiserver-serving");
    let name = named(None, signer).unwrap();
    let suffix = name.as_str().unwrap().strip_prefix(sum).unwrap().to_owned();
    let openssl = std::process::Command::new("openssl")
        .args(["dgst", "-sha256", "-r"])
        .arg(data("pki/ca.crt"))
        .output()
        .unwrap();
    assert_eq!(suffix.as_bytes(), &openssl.stdout[..24]);
    assert_eq!(
        named(Some("example.com:ca:v1"), Some("example.com/ca")).unwrap(),
        "example.com:ca:v1"
    );
    assert_eq!(named(Some("roots"), None).unwrap(), "roots");
    assert_eq!(named(None, None), Err(TrustBundleError::NoName));
    for wrong in ["", "a:b", "A", "a/b", ".a", "a..b"] {
        assert!(named(Some(wrong), None).is_err(), "{wrong}");
    }
    for wrong in [
        "",
        "roots",
        "example.com:ca",
        "example.com:ca:",
        "example.com:ca:A",
        "example.com:ca:a:b",
    ] {
        assert!(
            named(Some(wrong), Some("example.com/ca")).is_err(),
            "{wrong}"
        );
    }
    for wrong in [
        "",
        "a",
        "a/b",
        "example.com",
        "example.com/",
        "/b",
        "example.com/b/c",
        "Example.com/b",
        "a.b/c_d",
    ] {
        assert!(named(None, Some(wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn trust_bundles_hold_authorities_once() {
    let (ca, proxy) = (pem("ca.crt"), pem("front-proxy-ca.crt"));
    let bundle = |text: &str| {
        let object = objects::cluster_trust_bundle(Some("roots"), None, text)?;
        Ok::<_, TrustBundleError>(object["spec"]["trustBundle"].as_str().unwrap().to_owned())
    };
    let both = format!("# one\n{ca}# two\n{proxy}");
    assert_eq!(bundle(&both), Ok(both.clone()));
    assert_eq!(bundle(&format!("{both}{ca}")), Ok(format!("{ca}{proxy}")));
    assert_eq!(bundle(""), Err(TrustBundleError::Empty));
    assert_eq!(bundle("hello"), Err(TrustBundleError::Empty));
    let leaf = bundle(&example("apiserver.crt"));
    assert_eq!(
        leaf,
        Err(TrustBundleError::NotAnAuthority(
            "kube-apiserver".to_owned()
        ))
    );
    let key = pem("ca.key");
    for key in [key.clone(), key.replace('\n', "\n ")] {
        assert_eq!(
            bundle(&format!("{ca}{key}")),
            Err(TrustBundleError::HoldsKey)
        );
    }
    let public = bundle(&format!("{ca}{}", pem("sa.pub")));
    assert!(matches!(
        public,
        Err(TrustBundleError::Label { number: 2, .. })
    ));
    let headers = ca.replace("CERTIFICATE-----\nMII", "CERTIFICATE-----\nA: b\n\nMII");
    assert_eq!(bundle(&headers), Err(TrustBundleError::Headers(1)));
    let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    assert!(matches!(
        bundle(broken),
        Err(TrustBundleError::Unreadable { number: 1, .. })
    ));
    let large = format!("{}{ca}", "#\n".repeat(1 << 19));
    assert!(matches!(bundle(&large), Err(TrustBundleError::TooLarge(_))));
}

#[test]
fn tokens_become_kubeadms_secrets() {
    let token = BootstrapToken::parse("abcdef.0123456789abcdef").unwrap();
    let mut terms = Terms {
        expires: Some(utc_datetime!(2026-11-24 12:00:00.5)),
        usages: Usage::ALL.to_vec(),
        groups: vec![Group::parse(DEFAULT_GROUP).unwrap()],
        description: Some("for the second rack".to_owned()),
    };
    let secret = objects::bootstrap_token(&token, &terms);
    assert_eq!(secret["metadata"]["name"], "bootstrap-token-abcdef");
    assert_eq!(secret["type"], "bootstrap.kubernetes.io/token");
    let expected = json!({
        "token-id": "abcdef",
        "token-secret": "0123456789abcdef",
        "description": "for the second rack",
        "expiration": "2026-11-24T12:00:00Z",
        "usage-bootstrap-signing": "true",
        "usage-bootstrap-authentication": "true",
        "auth-extra-groups": DEFAULT_GROUP,
    });
    assert_eq!(secret["stringData"], expected);
    terms = Terms {
        expires: None,
        usages: Vec::new(),
        groups: Vec::new(),
        description: None,
    };
    let bare = objects::bootstrap_token(&token, &terms);
    assert_eq!(bare["stringData"].as_object().unwrap().len(), 2);
}

proptest! {
    #[test]
    fn what_is_sealed_opens(content in any::<Vec<u8>>()) {
        let key = CertificateKey::generate().unwrap();
        let sealed = key.seal(&content).unwrap();
        prop_assert_eq!(sealed.len(), content.len() + 28);
        prop_assert_eq!(&*key.open(&sealed).unwrap(), &content);
    }

    #[test]
    fn junk_does_not_open(junk in any::<Vec<u8>>()) {
        let key = CertificateKey::parse(CERTIFICATE_KEY).unwrap();
        prop_assert!(key.open(&junk).is_err());
    }
}
