//! Tokens: those of a real cluster recomputed, and ours checked by OpenSSL.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kubepki_authority::token::service_account::{
    self, Account, BoundTo, Checker, Claims, Grant, Object, ParseError, Refusal, Token,
};
use kubepki_authority::token::{BootstrapToken, jwks, jws, key_id, pin};
use kubepki_authority::{KeyAlgorithm, PrivateKey, Signer};
use proptest::prelude::*;
use serde_json::{Value, json};
use time::macros::utc_datetime;
use time::{Duration, UtcDateTime};
use verify::{Certificate, PublicKey};
use x509::write;

const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";
const NOW: UtcDateTime = utc_datetime!(2026-11-24 12:00);

fn data(name: &str) -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/api-objects");
    data.join(name)
}

fn grant(bound_to: BoundTo) -> Grant {
    Grant {
        account: Account::new("kube-system", "builder", "11-22").unwrap(),
        bound_to,
        issuer: ISSUER.to_owned(),
        audiences: vec![ISSUER.to_owned()],
        from: NOW,
        lifetime: Duration::hours(1),
    }
}

fn checker(key: &PrivateKey) -> Checker {
    Checker {
        keys: vec![PublicKey::from_der(key.public_key()).unwrap()],
        issuers: vec![ISSUER.to_owned()],
        audiences: vec![ISSUER.to_owned()],
    }
}

fn signed(claims: &Claims, key: &PrivateKey) -> Token {
    Token::parse(&service_account::sign(claims, key).unwrap()).unwrap()
}

/// A token of any header and payload, signed with a key of P-256.
fn forged(header: &Value, payload: &Value, key: &PrivateKey) -> Token {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let real = service_account::sign(&Claims::of(&grant(BoundTo::Account)).unwrap(), key).unwrap();
    let signature = real.rsplit('.').next().unwrap();
    let text = format!("{}.{}.{signature}", part(header), part(payload));
    Token::parse(&text).unwrap()
}

#[test]
fn a_real_cluster_info_is_signed_alike() {
    let text = std::fs::read_to_string(data("cluster-info.json")).unwrap();
    let object: Value = serde_json::from_str(&text).unwrap();
    let kubeconfig = object["data"]["kubeconfig"].as_str().unwrap();
    let signature = object["data"]["jws-kubeconfig-abcdef"].as_str().unwrap();
    let token = BootstrapToken::parse("abcdef.0123456789abcdef").unwrap();
    assert_eq!(jws::sign(kubeconfig, &token), signature);
    assert!(jws::check(signature, kubeconfig, &token));
    assert!(!jws::check(
        signature,
        &kubeconfig.replace("https", "http"),
        &token
    ));
}

#[test]
fn the_pin_is_what_openssl_computes() {
    let pem = std::fs::read(data("pki/ca.crt")).unwrap();
    let der = verify::pem::blocks(&pem).next().unwrap().content;
    let certificate = Certificate::parse(der.as_slice()).unwrap();
    let script = "openssl x509 -pubkey -noout -in \"$1\" | openssl pkey -pubin -outform der | \
                  openssl dgst -sha256 -r | cut -d' ' -f1";
    let output = Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(data("pki/ca.crt"))
        .output();
    let expected = String::from_utf8(output.unwrap().stdout).unwrap();
    assert_eq!(pin::of(&certificate), format!("sha256:{}", expected.trim()));
}

#[test]
fn tokens_say_what_kube_apiserver_says() {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let object = |name: &str, uid: &str| Object {
        name: name.to_owned(),
        uid: uid.to_owned(),
    };
    let bound_to = BoundTo::Pod {
        pod: object("web-0", "33"),
        node: Some(object("cp-1", "44")),
    };
    let mut grant = grant(bound_to);
    grant.audiences = vec!["vault&<co>".to_owned()];
    let claims = Claims::of(&grant).unwrap();
    let text = service_account::sign(&claims, &key).unwrap();
    let parts: Vec<String> = text
        .split('.')
        .take(2)
        .map(|part| String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    let id = key_id(key.public_key());
    assert_eq!(parts[0], format!(r#"{{"alg":"ES256","kid":"{id}"}}"#));
    let jti = claims.id.unwrap();
    let expected = format!(
        r#"{{"aud":["vault\u0026\u003cco\u003e"],"exp":1795525200,"iat":1795521600,"iss":"{ISSUER}","jti":"{jti}","kubernetes.io":{{"namespace":"kube-system","node":{{"name":"cp-1","uid":"44"}},"pod":{{"name":"web-0","uid":"33"}},"serviceaccount":{{"name":"builder","uid":"11-22"}}}},"nbf":1795521600,"sub":"system:serviceaccount:kube-system:builder"}}"#
    );
    assert_eq!(parts[1], expected);
    assert_eq!(jti.len(), 36);
    assert_eq!((&jti[14..15], &jti[8..9]), ("4", "-"));
}

#[test]
fn openssl_accepts_the_signatures() {
    let kinds = [
        (KeyAlgorithm::Rsa2048, "-sha256"),
        (KeyAlgorithm::EcdsaP256, "-sha256"),
        (KeyAlgorithm::EcdsaP384, "-sha384"),
    ];
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("signatures");
    std::fs::create_dir_all(&folder).unwrap();
    for (algorithm, digest) in kinds {
        let key = PrivateKey::generate(algorithm).unwrap();
        let claims = Claims::of(&grant(BoundTo::Account)).unwrap();
        let token = service_account::sign(&claims, &key).unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
        let signature = match algorithm {
            KeyAlgorithm::Rsa2048 => signature,
            _ => write::sequence(signature.chunks(signature.len() / 2).map(write::unsigned)),
        };
        std::fs::write(folder.join("key.pub"), key.public_pem()).unwrap();
        std::fs::write(folder.join("message"), message).unwrap();
        std::fs::write(folder.join("signature"), signature).unwrap();
        let output = Command::new("openssl")
            .args([
                "dgst",
                digest,
                "-verify",
                "key.pub",
                "-signature",
                "signature",
                "message",
            ])
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{algorithm}: {output:?}");
    }
}

#[test]
fn what_is_signed_is_accepted_by_its_key_alone() {
    let kinds = [
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
    ];
    for algorithm in kinds {
        let key = PrivateKey::generate(algorithm).unwrap();
        let other = PrivateKey::generate(algorithm).unwrap();
        let token = signed(&Claims::of(&grant(BoundTo::Account)).unwrap(), &key);
        assert_eq!(checker(&key).check(&token, NOW), Ok(()), "{algorithm}");
        let key_id = key_id(key.public_key());
        assert_eq!(
            checker(&other).check(&token, NOW),
            Err(Refusal::NoKey { key_id })
        );
        let mut both = checker(&other);
        both.keys.extend(checker(&key).keys);
        assert_eq!(both.check(&token, NOW), Ok(()));
    }
    let key = PrivateKey::generate(KeyAlgorithm::Ed25519).unwrap();
    assert!(service_account::sign(&Claims::default(), &key).is_err());
}

#[test]
fn each_refusal_has_its_reason() {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let token = signed(&Claims::of(&grant(BoundTo::Account)).unwrap(), &key);
    let checker = checker(&key);
    let at = |seconds| checker.check(&token, NOW + Duration::seconds(seconds));
    assert_eq!(at(3600 + 60), Ok(()));
    assert_eq!(at(3600 + 61), Err(Refusal::Expired));
    assert_eq!(at(-60), Ok(()));
    assert_eq!(at(-61), Err(Refusal::NotYetValid));
    let elsewhere = Checker {
        issuers: vec!["https://a".to_owned()],
        ..checker.clone()
    };
    assert!(matches!(
        elsewhere.check(&token, NOW),
        Err(Refusal::Issuer { .. })
    ));
    let others = Checker {
        audiences: vec!["b".to_owned()],
        ..checker.clone()
    };
    assert!(matches!(
        others.check(&token, NOW),
        Err(Refusal::Audience { .. })
    ));
    let future = json!({"iss": ISSUER, "iat": 1e300, "aud": ISSUER});
    let header = json!({"alg": "ES256"});
    assert_eq!(
        checker.check(&forged(&header, &future, &key), NOW),
        Err(Refusal::Signature)
    );
}

#[test]
fn the_bearer_is_who_kube_apiserver_says() {
    let object = |name: &str, uid: &str| Object {
        name: name.to_owned(),
        uid: uid.to_owned(),
    };
    let claims = |pod_uid| {
        let bound_to = BoundTo::Pod {
            pod: object("web-0", pod_uid),
            node: Some(object("cp-1", "")),
        };
        Claims::of(&grant(bound_to)).unwrap()
    };
    let bound = claims("33");
    assert_eq!(bound.user_uid(), Some("11-22"));
    let id = format!("JTI={}", bound.id.as_ref().unwrap());
    let extra = |name| format!("authentication.kubernetes.io/{name}");
    let expected = [
        (extra("credential-id"), id),
        (extra("node-name"), "cp-1".to_owned()),
        (extra("pod-name"), "web-0".to_owned()),
        (extra("pod-uid"), "33".to_owned()),
    ];
    let said = bound.extra().into_iter();
    let said: Vec<_> = said.map(|(name, value)| (name.to_owned(), value)).collect();
    assert_eq!(said, expected);
    assert_eq!(claims("").extra().len(), 2);
}

#[test]
fn each_kind_of_token_has_its_own_claims() {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let account = |name| Account::new("default", name, "1").unwrap();
    let mut mixed = Claims::legacy(&account("plain"), "plain-token");
    mixed.kubernetes = Claims::of(&grant(BoundTo::Account)).unwrap().kubernetes;
    let plain = "system:serviceaccount:default:plain";
    assert_eq!(mixed.user_name().as_deref(), Some(plain));
    assert_eq!((mixed.user_uid(), mixed.extra()), (Some("1"), Vec::new()));
    mixed.issuer = ISSUER.to_owned();
    mixed.kubernetes = None;
    assert_eq!(mixed.user_name(), None);
    let refused = checker(&key).check(&signed(&mixed, &key), NOW);
    assert_eq!(refused, Err(Refusal::Missing("kubernetes.io")));
}

#[test]
fn tokens_of_secrets_last_for_ever() {
    let key = PrivateKey::generate(KeyAlgorithm::Rsa2048).unwrap();
    let account = Account::new("default", "builder", "11").unwrap();
    let claims = Claims::legacy(&account, "builder-token");
    let token = signed(&claims, &key);
    assert_eq!(
        checker(&key).check(&token, utc_datetime!(2200-01-01 0:00)),
        Ok(())
    );
    assert_eq!(
        claims.user_name().as_deref(),
        Some("system:serviceaccount:default:builder")
    );
    let expected = json!({
        "iss": "kubernetes/serviceaccount",
        "kubernetes.io/serviceaccount/namespace": "default",
        "kubernetes.io/serviceaccount/secret.name": "builder-token",
        "kubernetes.io/serviceaccount/service-account.name": "builder",
        "kubernetes.io/serviceaccount/service-account.uid": "11",
        "sub": "system:serviceaccount:default:builder",
    });
    assert_eq!(token.payload.to_string(), expected.to_string());
    let without = signed(
        &Claims {
            legacy_uid: None,
            ..claims.clone()
        },
        &key,
    );
    assert_eq!(
        checker(&key).check(&without, NOW),
        Err(Refusal::Missing("serviceAccountUID"))
    );
    let other = signed(
        &Claims {
            subject: Some("a".to_owned()),
            ..claims
        },
        &key,
    );
    assert_eq!(checker(&key).check(&other, NOW), Err(Refusal::Subject));
}

#[test]
fn forgeries_are_refused() {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let checker = checker(&key);
    let payload = json!({"iss": ISSUER, "sub": "system:serviceaccount:kube-system:admin"});
    let refused = |header: Value| {
        checker
            .check(&forged(&header, &payload, &key), NOW)
            .unwrap_err()
    };
    for name in ["none", "None", "", "HS256", "ES384", "RS256", "PS256"] {
        let refusal = refused(json!({ "alg": name }));
        assert!(
            matches!(refusal, Refusal::Algorithm { .. }),
            "{name}: {refusal:?}"
        );
    }
    assert_eq!(refused(json!({"alg": "ES256"})), Refusal::Signature);
    assert_eq!(
        refused(json!({"alg": "ES256", "kid": ""})),
        Refusal::Signature
    );
    let wrong = refused(json!({"alg": "ES256", "kid": "../../etc/passwd"}));
    assert!(matches!(wrong, Refusal::NoKey { .. }));
    let id = key_id(key.public_key());
    let inner = refused(json!({"alg": "ES256", "kid": id, "jwk": {"kty": "oct", "k": "AA"}}));
    assert_eq!(inner, Refusal::Signature);
}

#[test]
fn what_is_no_token() {
    let parse = |text: &str| Token::parse(text).err();
    assert_eq!(parse(""), Some(ParseError::Parts));
    assert_eq!(parse("a.b"), Some(ParseError::Parts));
    assert_eq!(parse("a.b.c.d"), Some(ParseError::Parts));
    assert_eq!(parse("{}.e30.AA"), Some(ParseError::Base64("header")));
    assert_eq!(parse("e30=.e30.AA"), Some(ParseError::Base64("header")));
    assert!(matches!(
        parse("e30.e30.AA"),
        Some(ParseError::Json { part: "header", .. })
    ));
    // {"alg":"none"}
    let header = "eyJhbGciOiJub25lIn0";
    assert_eq!(
        parse(&format!("{header}.e30.A/")),
        Some(ParseError::Base64("signature"))
    );
    assert_eq!(parse(&format!("{header}.e30.")), None);
    assert_eq!(
        parse(&format!(" {header}.e30.")),
        Some(ParseError::Base64("header"))
    );
    assert!(matches!(
        parse(&format!("{header}.W10.")),
        Some(ParseError::Json { .. })
    ));
    let deep = BASE64_URL_SAFE_NO_PAD.encode(format!("{{\"a\":{}", "[".repeat(100_000)));
    assert!(matches!(
        parse(&format!("{header}.{deep}.")),
        Some(ParseError::Json { .. })
    ));
    let long = format!("{header}.{}.", "A".repeat(service_account::LENGTH_LIMIT));
    assert!(matches!(parse(&long), Some(ParseError::TooLong(_))));
    let critical = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","crit":["b64"]}"#);
    assert_eq!(
        parse(&format!("{critical}.e30.")),
        Some(ParseError::Critical)
    );
}

#[test]
fn keys_are_published_in_gos_order() {
    let rsa = PrivateKey::generate(KeyAlgorithm::Rsa2048).unwrap();
    let ec = PrivateKey::generate(KeyAlgorithm::EcdsaP384).unwrap();
    let keys: Vec<PublicKey> = [&rsa, &ec]
        .iter()
        .flat_map(|key| checker(key).keys)
        .collect();
    let text = jwks::key_set(&keys).unwrap();
    let (PublicKey::Rsa(numbers), PublicKey::Ecdsa(point)) = (&keys[0], &keys[1]) else {
        panic!("other keys");
    };
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let expected = format!(
        r#"{{"keys":[{{"use":"sig","kty":"RSA","kid":"{}","alg":"RS256","n":"{}","e":"AQAB"}},{{"use":"sig","kty":"EC","kid":"{}","crv":"P-384","alg":"ES384","x":"{}","y":"{}"}}]}}"#,
        key_id(rsa.public_key()),
        encode(&numbers.modulus),
        key_id(ec.public_key()),
        encode(&point.point[1..49]),
        encode(&point.point[49..]),
    );
    assert_eq!(text, expected);
    let document = jwks::configuration(ISSUER, "https://192.0.2.2:6443/openid/v1/jwks", &keys);
    let expected = format!(
        r#"{{"issuer":"{ISSUER}","jwks_uri":"https://192.0.2.2:6443/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES384","RS256"]}}"#
    );
    assert_eq!(document.unwrap(), expected);
    let ed25519 = PublicKey::Ed25519(vec![0; 32].into());
    assert!(jwks::key_set(&[ed25519]).is_err());
    assert!(jwks::key_set(&[]).is_err());
    for wrong in ["http://a", "https://a?b", "https://a#b", "a"] {
        assert!(jwks::configuration(wrong, "https://a", &keys).is_err());
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[-A-Za-z0-9_=.{} ]{0,60}") {
        let _ = Token::parse(&text);
    }

    #[test]
    fn claims_survive(
        name in "[a-z]([-a-z0-9]{0,20}[a-z0-9])?",
        uid in any::<String>(),
        audiences in proptest::collection::vec(any::<String>(), 0..3),
        seconds in 1..4_294_967_296_i64,
    ) {
        let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let mut grant = grant(BoundTo::Secret(Object { name: name.clone(), uid: uid.clone() }));
        grant.account = Account::new(&name, &name, &uid).unwrap();
        grant.audiences = audiences;
        grant.lifetime = Duration::seconds(seconds);
        let claims = Claims::of(&grant).unwrap();
        prop_assert_eq!(signed(&claims, &key).claims, claims);
    }
}
