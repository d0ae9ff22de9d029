//! Keys in SoftHSM's tokens: found, used by an authority, and nothing of them given away.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

mod support;

use std::process::Command;
use std::sync::Arc;
use std::thread;

use authority::{
    Authority, KeyAlgorithm, Kind, Names, PrivateKey, Profile, Signer, Subject, Validity,
};
use cluster::catalogue::Usage;
use cryptoki::mechanism::MechanismType;
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use kubepki_pkcs11::{TokenError, TokenKey, open};
use support::{PIN, Token, with_token};
use time::{Duration, UtcDateTime};
use verify::Certificate;
use x509::oid::known;
use x509::{pem, write};
use zeroize::Zeroizing;

fn pin(_: &str) -> Option<Zeroizing<String>> {
    Some(Zeroizing::new(PIN.to_owned()))
}

fn key(uri: &str) -> TokenKey {
    open(&uri.parse().unwrap(), None, pin).unwrap()
}

fn refused(uri: &str) -> TokenError {
    open(&uri.parse().unwrap(), None, pin).err().unwrap()
}

fn year() -> Validity {
    let at = UtcDateTime::now();
    Validity {
        not_before: at - Duration::minutes(5),
        not_after: at + Duration::days(365),
    }
}

fn profile(name: &str, kind: Kind) -> Profile {
    Profile {
        subject: Subject::common_name(name),
        kind,
        names: Names::default(),
    }
}

/// An authority whose key is in the token: made once, then found again by its certificate.
fn authority(uri: &str) -> Authority {
    let kind = Kind::Authority { path_length: None };
    let made = Authority::self_signed(&profile("ca", kind), Arc::new(key(uri)), year()).unwrap();
    Authority::new(vec![made.certificate().clone()], Arc::new(key(uri))).unwrap()
}

fn issue(authority: &Authority, name: &str) -> Arc<Certificate> {
    let own = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let profile = profile(name, Kind::Leaf(vec![Usage::Client]));
    let issued = authority.issue(&profile, own.public_key(), year(), UtcDateTime::now());
    issued.unwrap()
}

fn openssl_accepts(authority: &Authority, leaf: &Certificate) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, certificate: &Certificate| {
        let path = folder.path().join(name);
        let text = pem::encode("CERTIFICATE", certificate.der());
        std::fs::write(&path, text.as_bytes()).unwrap();
        path
    };
    let (ca, leaf) = (write("ca", authority.certificate()), write("leaf", leaf));
    let mut command = Command::new("openssl");
    command.args(["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile"]);
    let output = command.arg(ca).arg(leaf).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
}

fn issues_and_openssl_accepts(token: &Token) {
    let curves = [known::P256, known::P384, known::P521];
    token.make_rsa("rsa");
    for (name, curve) in ["p256", "p384", "p521"].into_iter().zip(curves) {
        token.make_ec(&write::oid(curve), name);
    }
    for name in ["rsa", "p256", "p384", "p521"] {
        let authority = authority(&token.uri(name));
        // Numbers with their first bit set, and short ones, are written differently.
        for i in 0..10 {
            openssl_accepts(&authority, &issue(&authority, &format!("{name}-{i}")));
        }
    }
}

#[test]
fn openssl_accepts_what_a_token_signs() {
    with_token(
        "openssl_accepts_what_a_token_signs",
        "",
        issues_and_openssl_accepts,
    );
}

#[test]
fn a_token_that_does_not_hash_is_given_the_digest() {
    let without_hash =
        "slots.mechanisms = CKM_RSA_PKCS_KEY_PAIR_GEN,CKM_RSA_PKCS,CKM_EC_KEY_PAIR_GEN,CKM_ECDSA";
    let name = "a_token_that_does_not_hash_is_given_the_digest";
    with_token(name, without_hash, |token| {
        assert!(!token.can(MechanismType::SHA256_RSA_PKCS));
        issues_and_openssl_accepts(token);
    });
}

#[test]
fn the_private_key_stays_in_the_token() {
    with_token("the_private_key_stays_in_the_token", "", |token| {
        token.make_rsa("rsa");
        issue(&authority(&token.uri("rsa")), "somebody");
        let secret = [
            AttributeType::PrivateExponent,
            AttributeType::Prime1,
            AttributeType::Extractable,
            AttributeType::NeverExtractable,
        ];
        let given = token.with(ObjectClass::PRIVATE_KEY, "rsa", |session, key| {
            session.get_attributes(key, &secret).unwrap()
        });
        let given = format!("{given:?}");
        assert_eq!(given, "[Extractable(false), NeverExtractable(true)]");
        assert_eq!(format!("{:?}", key(&token.uri("rsa"))), "TokenKey");
    });
}

#[test]
fn many_threads_sign_with_one_key() {
    with_token("many_threads_sign_with_one_key", "", |token| {
        token.make_rsa("rsa");
        token.make_ec(&write::oid(known::P256), "p256");
        for name in ["rsa", "p256"] {
            let authority = authority(&token.uri(name));
            let many = |thread: usize| {
                for i in 0..25 {
                    let leaf = issue(&authority, &format!("{thread}-{i}"));
                    leaf.check_signature_from(authority.certificate()).unwrap();
                }
            };
            thread::scope(|scope| {
                (0..8).for_each(|thread| drop(scope.spawn(move || many(thread))));
            });
        }
    });
}

#[test]
fn a_public_key_that_the_token_lacks_is_the_certificates() {
    let name = "a_public_key_that_the_token_lacks_is_the_certificates";
    with_token(name, "", |token| {
        token.make_ec(&write::oid(known::P256), "mine");
        let uri = token.uri("mine");
        let mine = authority(&uri);
        token.make_ec(&write::oid(known::P256), "other");
        let other = authority(&token.uri("other"));
        token.make_rsa("rsa");
        let rsa = authority(&token.uri("rsa"));
        token.with(ObjectClass::PUBLIC_KEY, "mine", |session, key| {
            session.destroy_object(key).unwrap();
        });

        assert!(matches!(refused(&uri), TokenError::NoPublicKey(_)));
        let with =
            |authority: &Authority| open(&uri.parse().unwrap(), Some(authority.certificate()), pin);
        let found = Arc::new(with(&mine).unwrap());
        let again = Authority::new(mine.chain().to_vec(), found).unwrap();
        openssl_accepts(&mine, &issue(&again, "somebody"));

        assert!(matches!(with(&rsa), Err(TokenError::NoPublicKey(_))));
        // The certificate of another key: seen at the first signature.
        let wrong = Arc::new(with(&other).unwrap());
        let wrong = Authority::new(other.chain().to_vec(), wrong).unwrap();
        let own = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let profile = profile("somebody", Kind::Leaf(vec![Usage::Client]));
        let issued = wrong.issue(&profile, own.public_key(), year(), UtcDateTime::now());
        let error = issued.unwrap_err().to_string();
        assert!(
            error.contains("does not belong to the public key"),
            "{error}"
        );
    });
}

#[test]
fn a_wrong_pin_is_given_once() {
    with_token("a_wrong_pin_is_given_once", "", |token| {
        token.make_ec(&write::oid(known::P256), "key");
        let uri = token.uri("key").parse().unwrap();
        let mut asked = 0;
        let wrong = open(&uri, None, |token| {
            asked += 1;
            Some(Zeroizing::new(format!("not the one of {token}")))
        });
        let error = wrong.err().unwrap();
        assert!(matches!(error, TokenError::WrongPin { .. }), "{error}");
        assert!(
            error
                .to_string()
                .starts_with("the PIN is not the one of the token \"ca\"")
        );
        assert!(!format!("{error} {error:?} {:?}", error.hint()).contains("not the one of ca"));
        assert_eq!(asked, 1);
        let nobody = open(&uri, None, |_| None).err().unwrap();
        assert!(matches!(nobody, TokenError::NoPin(_)), "{nobody}");
        // One of two keys in the same token wants the PIN; the process is logged in then.
        let first = open(&uri, None, pin).unwrap();
        let second = open(&uri, None, |_| panic!("logged in already")).unwrap();
        assert_eq!(first.public_key(), second.public_key());
    });
}

#[test]
fn what_is_missing_is_named() {
    with_token("what_is_missing_is_named", "", |token| {
        let uri = token.uri("a%20key");
        let error = refused(&uri).to_string();
        assert_eq!(
            error,
            "there is no private key `pkcs11:object=a%20key` in the token \"ca\"; there is none"
        );
        token.make_ec(&write::oid(known::P256), "the key");
        let error = refused(&uri).to_string();
        assert!(
            error.ends_with("; there is `pkcs11:object=the%20key;id=the%20key`"),
            "{error}"
        );
        let by_id = uri.replace("object=a%20key", "id=%74he%20key");
        key(&by_id);
        let any = uri.replace(";object=a%20key", "");
        key(&any);
        token.make_rsa("another");
        assert!(matches!(refused(&any), TokenError::SeveralKeys { found, .. } if found.len() == 2));

        let error = refused(&uri.replace("token=ca", "token=hsm"));
        let TokenError::NoToken { wanted, found } = &error else {
            panic!("{error}");
        };
        assert_eq!((wanted.as_str(), found.len()), ("pkcs11:token=hsm", 2));
        let several = refused(&uri.replace("token=ca", "model=SoftHSM%20v2"));
        assert!(
            matches!(several, TokenError::SeveralTokens { .. }),
            "{several}"
        );
        let none = refused("pkcs11:token=ca;object=a");
        assert!(matches!(none, TokenError::NoModule), "{none}");
    });
}

#[test]
fn a_key_for_something_else_is_refused() {
    with_token("a_key_for_something_else_is_refused", "", |token| {
        token.make_rsa("rsa");
        token.with(ObjectClass::PRIVATE_KEY, "rsa", |session, key| {
            let attributes = [Attribute::Sign(false)];
            session.update_attributes(key, &attributes).unwrap();
        });
        let error = refused(&token.uri("rsa"));
        assert!(matches!(error, TokenError::MayNotSign(_)), "{error}");
        token.make_ec(&write::oid(known::P224), "p224");
        let error = refused(&token.uri("p224"));
        assert!(matches!(error, TokenError::Kind(_)), "{error}");
    });
}

#[test]
fn a_module_that_is_none_is_told() {
    for path in ["/does/not/exist.so", "/etc/passwd"] {
        let error = refused(&format!("pkcs11:?module-path={path}"));
        assert!(matches!(error, TokenError::Module { .. }), "{error}");
        assert!(error.to_string().contains(path));
    }
}
