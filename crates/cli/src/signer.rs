//! Whoever signs, as `--ca-key` names it: a file with a private key, or a key in a PKCS #11 token.

use std::path::Path;
use std::sync::Arc;

use authority::{KeyError, PrivateKey, Signer};
use verify::Certificate;
use x509::pbes;

use crate::error::CliError;
use crate::input;
use crate::password::Password;

/// The signer that `key` names: the path of a PEM file, which may be encrypted, or a `pkcs11:` URI
/// (RFC 7512). A token that keeps no public key beside the private one is taken to hold that of
/// `certificate`.
///
/// # Errors
/// When there is no such key, it cannot be opened, or it cannot be signed with.
pub fn open(
    key: &str,
    certificate: Option<&Certificate>,
    password: &mut Password,
) -> Result<Arc<dyn Signer>, CliError> {
    match is_token(key) {
        true => from_token(key, certificate, password),
        false => Ok(Arc::new(from_file(Path::new(key), password)?)),
    }
}

/// Whether it is a URI rather than a path: a scheme's case does not matter (RFC 3986 section 3.1).
pub fn is_token(key: &str) -> bool {
    let scheme = key.split_once(':').map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("pkcs11"))
}

/// The PIN comes from the URI's `pin-source`, else from where passwords come from.
#[cfg(feature = "pkcs11")]
fn from_token(
    key: &str,
    certificate: Option<&Certificate>,
    password: &mut Password,
) -> Result<Arc<dyn Signer>, CliError> {
    let uri: pkcs11::Uri = key.parse().map_err(pkcs11::TokenError::from)?;
    let mut source = match &uri.pin_file {
        Some(file) => Some(Password::new(Some(file))?),
        None => None,
    };
    let password = source.as_mut().unwrap_or(password);
    let pin = |token: &str| password.ask(&format!("PIN of the token {token:?}: "));
    Ok(Arc::new(pkcs11::open(&uri, certificate, pin)?))
}

#[cfg(not(feature = "pkcs11"))]
fn from_token(
    _key: &str,
    _certificate: Option<&Certificate>,
    _password: &mut Password,
) -> Result<Arc<dyn Signer>, CliError> {
    Err(CliError::NoTokens)
}

/// The key in a PEM file, which may be encrypted.
///
/// # Errors
/// When there is none, or it cannot be opened.
pub fn from_file(path: &Path, password: &mut Password) -> Result<PrivateKey, CliError> {
    let bytes = zeroize::Zeroizing::new(input::read(path)?);
    from_pem(path, &bytes, password)
}

/// The key in the text of such a file.
///
/// # Errors
/// When there is none, or it cannot be opened.
pub fn from_pem(path: &Path, text: &[u8], password: &mut Password) -> Result<PrivateKey, CliError> {
    match PrivateKey::from_pem(text) {
        Err(KeyError::Encrypted) => decrypt(path, text, password),
        other => other.map_err(|error| broken(path, &error.to_string())),
    }
}

/// Opens PKCS #8; what OpenSSL encrypted in its old way has to be converted.
fn decrypt(path: &Path, text: &[u8], password: &mut Password) -> Result<PrivateKey, CliError> {
    let mut blocks = verify::pem::blocks(text);
    let block = blocks.find(|block| block.label == "ENCRYPTED PRIVATE KEY");
    let block = block.ok_or_else(|| broken(path, &KeyError::Encrypted.to_string()))?;
    let password = password.get();
    let password = password.ok_or_else(|| CliError::NoPassword(path.to_owned()))?;
    let der = pbes::private_key(&block.content, &password);
    let der = der.map_err(|error| broken(path, &error.to_string()))?;
    PrivateKey::from_der(&der).map_err(|error| broken(path, &error.to_string()))
}

fn broken(path: &Path, why: &str) -> CliError {
    CliError::Broken {
        path: path.to_owned(),
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use authority::KeyAlgorithm;
    use std::process::Command;

    fn openssl(arguments: &[&str]) {
        let output = Command::new("openssl").args(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments:?}: {error}");
    }

    fn error(key: &Path, password: Option<&Path>) -> String {
        let mut password = Password::new(password).unwrap();
        match open(key.to_str().unwrap(), None, &mut password) {
            Ok(_) => panic!("{} was opened", key.display()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn files_are_opened_with_the_password_they_need() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (plain, sealed, old) = (path("plain"), path("sealed"), path("old"));
        let (good, wrong) = (path("good"), path("wrong"));
        let pair = PrivateKey::generate(KeyAlgorithm::Rsa2048).unwrap();
        std::fs::write(&plain, pair.to_pem().unwrap().as_bytes()).unwrap();
        std::fs::write(&good, "secret\n").unwrap();
        std::fs::write(&wrong, "guess\n").unwrap();
        let [from, pkcs8, traditional] = [&plain, &sealed, &old].map(|path| path.to_str().unwrap());
        let sealing = ["-passout", "pass:secret", "-out"];
        openssl(&[&["pkcs8", "-topk8", "-in", from], &sealing[..], &[pkcs8]].concat());
        let cipher = ["rsa", "-traditional", "-aes128", "-in", from];
        openssl(&[&cipher[..], &sealing, &[traditional]].concat());

        for (key, password) in [(&plain, None), (&sealed, Some(good.as_path()))] {
            let mut password = Password::new(password).unwrap();
            let signer = open(key.to_str().unwrap(), None, &mut password).unwrap();
            assert_eq!(signer.public_key(), pair.public_key());
        }
        assert!(error(&sealed, Some(&wrong)).ends_with("the password does not fit"));
        assert!(error(&old, Some(&good)).contains("decrypt a copy with: openssl pkey"));
        assert!(error(&good, None).contains("no private key in it"));
        assert!(error(&path("absent"), None).contains("cannot read"));
    }

    #[test]
    #[cfg(not(feature = "pkcs11"))]
    fn tokens_need_the_feature() {
        let uri = Path::new("PKCS11:token=ca;object=ca?pin-value=1234");
        assert_eq!(error(uri, None), CliError::NoTokens.to_string());
    }
}
