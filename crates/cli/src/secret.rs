//! Secrets that a command is given: in a file, on standard input or typed, never as arguments, which
//! everybody on a machine can read.

use std::io::{IsTerminal, stdin};
use std::path::Path;

use authority::objects::CertificateKey;
use authority::token::BootstrapToken;
use zeroize::Zeroizing;

use crate::error::CliError;
use crate::input;

/// What to do instead.
pub const HINT: &str = "everybody on this machine could read that secret: make another, and give it in \
     a file, or as `-` to type or pipe it";

/// A message without whatever of the arguments resembles a secret; `None` when nothing does. People
/// who know kubeadm give tokens as arguments, and a refusal would repeat them.
pub fn redacted(message: &str, arguments: impl Iterator<Item = String>) -> Option<String> {
    let values = arguments.flat_map(|argument| match argument.split_once('=') {
        Some((flag, value)) => [flag.to_owned(), value.to_owned()],
        None => [argument, String::new()],
    });
    let secrets: Vec<String> = values.filter(|value| resembles(value)).collect();
    let hide = |text: String, secret: &String| text.replace(secret.as_str(), "…");
    (!secrets.is_empty()).then(|| secrets.iter().fold(message.to_owned(), hide))
}

/// Whether a text is a bootstrap token, a certificate key or a JSON web token, or one with a typing
/// mistake.
fn resembles(text: &str) -> bool {
    let all = |part: &str, is: fn(&u8) -> bool| part.as_bytes().iter().all(is);
    let is_bootstrap = text.split_once('.').is_some_and(|(id, secret)| {
        (4..=8).contains(&id.len())
            && (12..=20).contains(&secret.len())
            && all(id, u8::is_ascii_alphanumeric)
            && all(secret, u8::is_ascii_alphanumeric)
    });
    let is_key = (60..=68).contains(&text.len()) && all(text, u8::is_ascii_hexdigit);
    // Every header of a JSON web token begins with a brace and a quote.
    is_bootstrap || is_key || text.starts_with("eyJ")
}

/// A bootstrap token from a file.
///
/// # Errors
/// When there is none.
pub fn bootstrap_token(path: &Path) -> Result<BootstrapToken, CliError> {
    let text = line(path, "Token: ")?;
    BootstrapToken::parse(&text).map_err(|error| CliError::Broken {
        path: path.to_owned(),
        why: error.to_string(),
    })
}

/// A certificate key from a file.
///
/// # Errors
/// When there is none.
pub fn certificate_key(path: &Path) -> Result<CertificateKey, CliError> {
    let text = line(path, "Certificate key: ")?;
    CertificateKey::parse(&text).map_err(|error| CliError::Broken {
        path: path.to_owned(),
        why: error.to_string(),
    })
}

/// The first line of a file, or of standard input for `-`; at a terminal it is asked for, and not
/// shown.
///
/// # Errors
/// When it cannot be read.
pub fn line(path: &Path, prompt: &str) -> Result<Zeroizing<String>, CliError> {
    if path == Path::new("-") && stdin().is_terminal() {
        let typed = rpassword::prompt_password(prompt).map_err(|source| CliError::Input {
            path: path.to_owned(),
            source,
        })?;
        return Ok(Zeroizing::new(Zeroizing::new(typed).trim().to_owned()));
    }
    let bytes = read(path)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| CliError::Broken {
        path: path.to_owned(),
        why: "it is no UTF-8".to_owned(),
    })?;
    let line = text.lines().next().unwrap_or_default();
    Ok(Zeroizing::new(line.trim().to_owned()))
}

/// The bytes of a file that may be a secret, or of standard input for `-`.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let bytes = input::read(path).map_err(|error| hide_name(path, error))?;
    Ok(Zeroizing::new(bytes))
}

/// Who gives a secret where a file's name is wanted gets an error that does not repeat it.
fn hide_name(path: &Path, error: CliError) -> CliError {
    match resembles(&path.to_string_lossy()) {
        true => CliError::SecretForName,
        false => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_for_a_name_is_not_repeated() {
        let secrets = [
            "abcdef.0123456789abcdef",
            "bcdef.0123456789abcdef",
            &"b17d8b818aab4706".repeat(4),
            &"eyJ.".repeat(100),
        ];
        for secret in secrets {
            let error = line(Path::new(secret), "").unwrap_err();
            assert!(!error.to_string().contains(&secret[..4]), "{error}");
            assert!(!error.hint().unwrap_or_default().contains(&secret[..4]));
        }
        let error = line(Path::new("absent"), "").unwrap_err();
        assert!(error.to_string().contains("`absent`"), "{error}");
    }

    #[test]
    fn messages_do_not_repeat_secrets() {
        let message = "unexpected argument 'abcdef.0123456789abcde' found";
        let arguments = |list: &[&str]| {
            list.iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        let hidden = |list: &[&str]| redacted(message, arguments(list).into_iter());
        let expected = Some("unexpected argument '…' found".to_owned());
        assert_eq!(hidden(&["create", "abcdef.0123456789abcde"]), expected);
        assert_eq!(
            hidden(&["create", "--token=abcdef.0123456789abcde"]),
            expected
        );
        assert_eq!(
            hidden(&["create", "--ttl", "1h", "apiserver.example.com"]),
            None
        );
    }

    #[test]
    fn the_first_line_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, " abcdef.0123456789abcdef \r\nfor the second rack\n").unwrap();
        assert_eq!(bootstrap_token(&path).unwrap().id(), "abcdef");
        std::fs::write(&path, "abcdef.0123456789abcde\n").unwrap();
        let error = bootstrap_token(&path).unwrap_err().to_string();
        assert!(error.contains("not a bootstrap token"), "{error}");
        assert!(!error.contains("0123456789abcde\n"), "{error}");
        std::fs::write(&path, [0xff]).unwrap();
        assert!(certificate_key(&path).is_err());
    }
}
