//! The signature that a bootstrap token puts under the kubeconfig of ConfigMap `cluster-info`: a JWS
//! with its content left out (RFC 7515 appendix F), HMAC with SHA-256
//! (`staging/src/k8s.io/cluster-bootstrap/token/jws`).

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::{BootstrapToken, base64url};

/// Signs a text: `header..signature`.
pub fn sign(content: &str, token: &BootstrapToken) -> String {
    let header = header(token);
    let tag = hmac::sign(&key(token), &message(&header, content));
    format!("{header}..{}", base64url(tag.as_ref()))
}

/// Whether a signature is this token's over this text.
pub fn check(signature: &str, content: &str, token: &BootstrapToken) -> bool {
    let header = header(token);
    let tag = signature
        .strip_prefix(&header)
        .and_then(|rest| rest.strip_prefix(".."))
        .and_then(|tag| BASE64_URL_SAFE_NO_PAD.decode(tag).ok());
    tag.is_some_and(|tag| hmac::verify(&key(token), &message(&header, content), &tag).is_ok())
}

/// The characters of an id need no escape in JSON.
fn header(token: &BootstrapToken) -> String {
    base64url(format!(r#"{{"alg":"HS256","kid":"{}"}}"#, token.id()).as_bytes())
}

fn message(header: &str, content: &str) -> Vec<u8> {
    format!("{header}.{}", base64url(content.as_bytes())).into_bytes()
}

fn key(token: &BootstrapToken) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, token.secret().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn token() -> BootstrapToken {
        BootstrapToken::parse("abcdef.0123456789abcdef").unwrap()
    }

    #[test]
    fn only_the_same_text_and_token_fit() {
        let signature = sign("kubeconfig", &token());
        assert!(check(&signature, "kubeconfig", &token()));
        assert!(!check(&signature, "kubeconfi", &token()));
        let secret = BootstrapToken::parse("abcdef.0123456789abcdeg").unwrap();
        assert!(!check(&signature, "kubeconfig", &secret));
        let id = BootstrapToken::parse("abcdeg.0123456789abcdef").unwrap();
        assert!(!check(&signature, "kubeconfig", &id));
        for wrong in ["", ".", "..", "a..b", signature.trim_end_matches(|_| true)] {
            assert!(!check(wrong, "kubeconfig", &token()));
        }
        assert!(!check(
            &signature[..signature.len() - 1],
            "kubeconfig",
            &token()
        ));
    }

    proptest! {
        #[test]
        fn what_is_signed_fits(content in any::<String>()) {
            prop_assert!(check(&sign(&content, &token()), &content, &token()));
        }

        #[test]
        fn no_other_text_fits(signature in any::<String>()) {
            prop_assert!(!check(&signature, "kubeconfig", &token()));
        }
    }
}
