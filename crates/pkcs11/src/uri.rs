//! PKCS #11 URIs (RFC 7512): which token, which key, which module, and where its PIN lies.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

/// What a `pkcs11:` URI says. It never holds a PIN.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uri {
    /// The token's label.
    pub token: Option<String>,
    /// Who made the token.
    pub manufacturer: Option<String>,
    /// The token's model.
    pub model: Option<String>,
    /// The token's serial number.
    pub serial: Option<String>,
    /// The number of the slot that the token is in.
    pub slot: Option<u64>,
    /// The key's label (CKA_LABEL).
    pub object: Option<String>,
    /// The key's identifier (CKA_ID).
    pub id: Option<Vec<u8>>,
    /// The module, the library that speaks with the token.
    pub module: Option<PathBuf>,
    /// The file that holds the PIN.
    pub pin_file: Option<PathBuf>,
}

/// Why a text is no URI that can be followed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UriError {
    /// Another scheme, or none.
    #[error("a PKCS #11 URI begins with `pkcs11:`")]
    Scheme,
    /// A part that is no `name=value`, or a value that is not written as it should be.
    #[error("the attribute `{0}` of the PKCS #11 URI is malformed")]
    Malformed(String),
    /// An attribute that is given twice.
    #[error("the attribute `{0}` of the PKCS #11 URI is given twice")]
    Twice(String),
    /// An attribute that narrows the choice in a way that is not known here.
    #[error("the attribute `{0}` of the PKCS #11 URI is not known here")]
    Unknown(String),
    /// `type` of something else than a private key.
    #[error("the PKCS #11 URI names something of type `{0}`: a private key is wanted")]
    NotPrivate(String),
    /// A PIN in the URI, where every user of the machine can read it.
    #[error("a PIN does not belong in a PKCS #11 URI: name a file with pin-source=file:PATH")]
    PinValue,
    /// A program that would have to be run for the PIN.
    #[error("the attribute `pin-source` has to name a file, as in pin-source=file:PATH")]
    PinSource,
}

impl FromStr for Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        let (scheme, rest) = text.split_once(':').ok_or(UriError::Scheme)?;
        if !scheme.eq_ignore_ascii_case("pkcs11") {
            return Err(UriError::Scheme);
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut uri = Uri::default();
        for part in path.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = attribute(part)?;
            uri.take(name, value)?;
        }
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = attribute(part)?;
            uri.take_query(name, value)?;
        }
        Ok(uri)
    }
}

impl Uri {
    /// Only what names the token.
    pub(crate) fn of_token(&self) -> String {
        let token = Uri {
            object: None,
            id: None,
            ..self.clone()
        };
        token.to_string()
    }

    /// Only what names the key.
    pub(crate) fn of_key(&self) -> String {
        let key = Uri {
            object: self.object.clone(),
            id: self.id.clone(),
            ..Uri::default()
        };
        key.to_string()
    }

    /// What narrows the choice: one that is not known must not be overlooked (RFC 7512 section 2.3).
    fn take(&mut self, name: &str, value: Vec<u8>) -> Result<(), UriError> {
        match name {
            "token" => once(&mut self.token, name, text(name, value)?),
            "manufacturer" => once(&mut self.manufacturer, name, text(name, value)?),
            "model" => once(&mut self.model, name, text(name, value)?),
            "serial" => once(&mut self.serial, name, text(name, value)?),
            "slot-id" => {
                let number = text(name, value)?.parse();
                let number = number.map_err(|_| UriError::Malformed(name.to_owned()))?;
                once(&mut self.slot, name, number)
            }
            "object" => once(&mut self.object, name, text(name, value)?),
            "id" => once(&mut self.id, name, value),
            "type" => match text(name, value)?.as_str() {
                "private" => Ok(()),
                other => Err(UriError::NotPrivate(other.escape_debug().to_string())),
            },
            _ => Err(UriError::Unknown(name.escape_debug().to_string())),
        }
    }

    /// What helps to get there; what is not known is passed over.
    fn take_query(&mut self, name: &str, value: Vec<u8>) -> Result<(), UriError> {
        match name {
            "module-path" => once(&mut self.module, name, text(name, value)?.into()),
            "pin-source" => once(&mut self.pin_file, name, pin_file(&text(name, value)?)?),
            "pin-value" => Err(UriError::PinValue),
            _ => Ok(()),
        }
    }
}

/// What is looked for, as a URI again: what names the token, then what names the key.
impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slot = self.slot.map(|slot| slot.to_string());
        let parts = [
            ("token", self.token.as_deref()),
            ("manufacturer", self.manufacturer.as_deref()),
            ("model", self.model.as_deref()),
            ("serial", self.serial.as_deref()),
            ("slot-id", slot.as_deref()),
            ("object", self.object.as_deref()),
        ];
        let texts = parts.into_iter();
        let texts = texts.filter_map(|(name, text)| Some((name, text?.as_bytes())));
        let parts = texts.chain(self.id.as_deref().map(|id| ("id", id)));
        let parts: Vec<_> = parts
            .map(|(name, value)| format!("{name}={}", escape(value)))
            .collect();
        write!(f, "pkcs11:{}", parts.join(";"))
    }
}

fn once<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), UriError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(UriError::Twice(name.to_owned())),
    }
}

/// A name and its value, with `%` and two digits for a byte (RFC 3986 section 2.1).
fn attribute(part: &str) -> Result<(&str, Vec<u8>), UriError> {
    let name = part.split('=').next().unwrap_or_default();
    let malformed = || UriError::Malformed(name.escape_debug().to_string());
    let (name, value) = part.split_once('=').ok_or_else(malformed)?;
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let (byte, after) = match byte {
            b'%' => escaped(after).ok_or_else(malformed)?,
            byte => (byte, after),
        };
        bytes.push(byte);
        rest = after;
    }
    Ok((name, bytes))
}

fn escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = text.split_at_checked(2)?;
    let value = |digit: u8| char::from(digit).to_digit(16);
    let [high, low] = [value(digits[0])?, value(digits[1])?];
    // Two digits of sixteen each.
    Some(((high * 16 + low) as u8, rest))
}

/// Every byte that might mean something else, with `%` and two digits.
fn escape(value: &[u8]) -> String {
    let byte = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(*byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    value.iter().map(byte).collect()
}

fn text(name: &str, value: Vec<u8>) -> Result<String, UriError> {
    String::from_utf8(value).map_err(|_| UriError::Malformed(name.to_owned()))
}

/// A path, or a URI of a local file (RFC 8089 section 2).
fn pin_file(source: &str) -> Result<PathBuf, UriError> {
    let path = match source.split_once(':') {
        Some(("file", path)) => {
            let local = path.strip_prefix("//localhost").or(path.strip_prefix("//"));
            Path::new(local.unwrap_or(path))
        }
        _ => Path::new(source),
    };
    match path.is_absolute() {
        true => Ok(path.to_owned()),
        false => Err(UriError::PinSource),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Uri, UriError> {
        text.parse()
    }

    #[test]
    fn examples_of_the_standard() {
        // RFC 7512 section 3.
        assert_eq!(parse("pkcs11:"), Ok(Uri::default()));
        let uri = parse(
            "pkcs11:token=Software%20PKCS%2311%20softtoken;manufacturer=Snake%20Oil,%20Inc.;\
             model=1.0;object=my-certificate;id=%69%95%3E%5C%F4%BD%EC%91;serial=\
             ?pin-source=file:/etc/token_pin",
        );
        let uri = uri.unwrap();
        assert_eq!(uri.token.as_deref(), Some("Software PKCS#11 softtoken"));
        assert_eq!(uri.manufacturer.as_deref(), Some("Snake Oil, Inc."));
        assert_eq!(uri.id.unwrap(), b"\x69\x95\x3e\x5c\xf4\xbd\xec\x91");
        assert_eq!(uri.serial.as_deref(), Some(""));
        assert_eq!(uri.pin_file.as_deref(), Some(Path::new("/etc/token_pin")));
        let uri = parse("PKCS11:slot-id=327;type=private?module-path=/mnt/libmypkcs11.so.1&x=y");
        let uri = uri.unwrap();
        assert_eq!(uri.slot, Some(327));
        assert_eq!(uri.module, Some("/mnt/libmypkcs11.so.1".into()));
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        for (uri, error) in [
            ("", UriError::Scheme),
            ("file:/x", UriError::Scheme),
            ("pkcs11:token", UriError::Malformed("token".into())),
            ("pkcs11:token=%4", UriError::Malformed("token".into())),
            ("pkcs11:token=%+1", UriError::Malformed("token".into())),
            ("pkcs11:token=%ff", UriError::Malformed("token".into())),
            ("pkcs11:slot-id=x", UriError::Malformed("slot-id".into())),
            ("pkcs11:id=1;id=2", UriError::Twice("id".into())),
            ("pkcs11:colour=red", UriError::Unknown("colour".into())),
            ("pkcs11:type=cert", UriError::NotPrivate("cert".into())),
            ("pkcs11:?pin-value=1234", UriError::PinValue),
            ("pkcs11:?pin-source=|/bin/pin", UriError::PinSource),
            ("pkcs11:?pin-source=file:pin", UriError::PinSource),
        ] {
            assert_eq!(parse(uri), Err(error), "{uri}");
        }
    }

    #[test]
    fn a_pin_is_never_shown() {
        let error = parse("pkcs11:token=a?pin-value=9753&pin-source=file:/x").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("9753"));
    }

    #[test]
    fn files_are_named_by_path_or_uri() {
        for source in ["/a/b", "file:/a/b", "file:///a/b", "file://localhost/a/b"] {
            let uri = parse(&format!("pkcs11:?pin-source={source}")).unwrap();
            assert_eq!(uri.pin_file.as_deref(), Some(Path::new("/a/b")), "{source}");
        }
    }

    #[test]
    fn what_is_looked_for_is_said() {
        let uri = parse("pkcs11:object=the%20ca;token=hsm%0a;id=%00%ab?module-path=/m").unwrap();
        assert_eq!(
            uri.to_string(),
            "pkcs11:token=hsm%0A;object=the%20ca;id=%00%AB"
        );
        assert_eq!(uri.of_token(), "pkcs11:token=hsm%0A");
        assert_eq!(uri.of_key(), "pkcs11:object=the%20ca;id=%00%AB");
    }
}
