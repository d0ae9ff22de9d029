//! Object identifiers, as their content bytes.

mod names;
mod newer_names;

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use crate::der::DerError;

/// An object identifier, borrowed as the content bytes of its encoding; prints as dotted numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid<'a>(pub &'a [u8]);

/// Content bytes, short name, long name.
type Row = (&'static [u8], &'static str, &'static str);

/// Names are looked up for every line of a text: faster so than by a search.
type ByBytes = HashMap<&'static [u8], (&'static str, &'static str)>;

fn by_bytes(rows: &[Row]) -> ByBytes {
    let rows = rows.iter();
    rows.map(|(bytes, short, long)| (*bytes, (*short, *long)))
        .collect()
}

impl Oid<'_> {
    /// The dotted numbers; arcs too large for 128 bits end the text with `…`.
    pub fn dotted(self) -> String {
        self.to_string()
    }

    /// Whether it is encoded as it should be: something is there, no arc is padded, the last ends.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(self) -> Result<(), DerError> {
        let starts_padded =
            |at: usize| self.0[at] == 0x80 && (at == 0 || self.0[at - 1] & 0x80 == 0);
        let is_unfinished = self.0.last().is_none_or(|last| last & 0x80 != 0);
        match is_unfinished || (0..self.0.len()).any(starts_padded) {
            true => Err(DerError::BadValue("OBJECT IDENTIFIER")),
            false => Ok(()),
        }
    }

    /// The name that OpenSSL prints, such as `X509v3 Key Usage` or `sha256WithRSAEncryption`.
    pub fn long_name(self) -> Option<&'static str> {
        self.names().map(|(_, long)| long)
    }

    /// The short name that OpenSSL has for it, such as `CN`.
    pub fn short_name(self) -> Option<&'static str> {
        self.names().map(|(short, _)| short)
    }

    /// The identifier with a short name of OpenSSL's, such as `CN`.
    pub fn by_short_name(name: &str) -> Option<Oid<'static>> {
        let found = names::NAMES.iter().find(|(_, short, _)| *short == name)?;
        Some(Oid(found.0))
    }

    /// The identifier with a long name of OpenSSL's, such as `X509v3 Key Usage`.
    pub fn by_long_name(name: &str) -> Option<Oid<'static>> {
        let found = names::NAMES.iter().find(|(.., long)| *long == name)?;
        Some(Oid(found.0))
    }

    /// The short and the long name that OpenSSL 3.5 has for it.
    pub(crate) fn names_in_3_5(self) -> Option<(&'static str, &'static str)> {
        static NEWER: LazyLock<ByBytes> = LazyLock::new(|| by_bytes(newer_names::NAMES));
        NEWER.get(self.0).copied().or_else(|| self.names())
    }

    /// The short and the long name that OpenSSL 3.0 has for it.
    pub(crate) fn names(self) -> Option<(&'static str, &'static str)> {
        static NAMES: LazyLock<ByBytes> = LazyLock::new(|| by_bytes(names::NAMES));
        NAMES.get(self.0).copied()
    }
}

impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc: u128 = 0;
        let mut first = true;
        for byte in self.0 {
            if arc >> 121 != 0 {
                return f.write_str("…");
            }
            arc = arc << 7 | u128::from(byte & 0x7f);
            if byte & 0x80 != 0 {
                continue;
            }
            if first {
                let top = (arc / 40).min(2);
                write!(f, "{top}.{}", arc - 40 * top)?;
                first = false;
            } else {
                write!(f, ".{arc}")?;
            }
            arc = 0;
        }
        Ok(())
    }
}

impl fmt::Debug for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Encoded content of the identifiers this project speaks of by name.
pub mod known {
    use super::Oid;

    macro_rules! oids {
        ($($(#[$doc:meta])* $name:ident = [$($byte:expr),*];)*) => {
            $($(#[$doc])* pub const $name: Oid<'static> = Oid(&[$($byte),*]);)*
        };
    }

    oids! {
        /// 2.5.4.3 commonName
        COMMON_NAME = [0x55, 0x04, 0x03];
        /// 2.5.4.10 organizationName
        ORGANIZATION = [0x55, 0x04, 0x0a];
        /// 1.3.6.1.4.1.57683.2 (Kubernetes: the UID of a user)
        KUBERNETES_UID = [0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xc2, 0x53, 0x02];
        /// 2.5.29.14 subjectKeyIdentifier
        SUBJECT_KEY_IDENTIFIER = [0x55, 0x1d, 0x0e];
        /// 2.5.29.15 keyUsage
        KEY_USAGE = [0x55, 0x1d, 0x0f];
        /// 2.5.29.17 subjectAltName
        SUBJECT_ALT_NAME = [0x55, 0x1d, 0x11];
        /// 2.5.29.19 basicConstraints
        BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];
        /// 2.5.29.30 nameConstraints
        NAME_CONSTRAINTS = [0x55, 0x1d, 0x1e];
        /// 2.5.29.35 authorityKeyIdentifier
        AUTHORITY_KEY_IDENTIFIER = [0x55, 0x1d, 0x23];
        /// 2.5.29.37 extKeyUsage
        EXT_KEY_USAGE = [0x55, 0x1d, 0x25];
        /// 1.2.840.113549.1.1.1 rsaEncryption
        RSA_ENCRYPTION = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
        /// 1.2.840.10045.2.1 id-ecPublicKey
        EC_PUBLIC_KEY = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
        /// 1.3.101.112 Ed25519
        ED25519 = [0x2b, 0x65, 0x70];
        /// 1.2.840.10045.3.1.7 prime256v1
        P256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
        /// 1.3.132.0.34 secp384r1
        P384 = [0x2b, 0x81, 0x04, 0x00, 0x22];
        /// 1.3.132.0.35 secp521r1
        P521 = [0x2b, 0x81, 0x04, 0x00, 0x23];
        /// 1.3.132.0.33 secp224r1
        P224 = [0x2b, 0x81, 0x04, 0x00, 0x21];
        /// 1.2.840.113549.1.1.11 sha256WithRSAEncryption
        SHA256_WITH_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
        /// 1.2.840.10045.4.3.2 ecdsa-with-SHA256
        ECDSA_WITH_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
        /// 1.2.840.10045.4.3.3 ecdsa-with-SHA384
        ECDSA_WITH_SHA384 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
        /// 1.2.840.10045.4.3.4 ecdsa-with-SHA512
        ECDSA_WITH_SHA512 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04];
        /// 1.2.840.113549.1.9.14 extensionRequest
        EXTENSION_REQUEST = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];
        /// 1.3.6.1.5.5.7.3.1 serverAuth
        SERVER_AUTH = [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
        /// 1.3.6.1.5.5.7.3.2 clientAuth
        CLIENT_AUTH = [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];
        /// 2.5.29.37.0 anyExtendedKeyUsage
        ANY_USAGE = [0x55, 0x1d, 0x25, 0x00];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_dotted_numbers() {
        assert_eq!(known::SERVER_AUTH.dotted(), "1.3.6.1.5.5.7.3.1");
        assert_eq!(known::ANY_USAGE.dotted(), "2.5.29.37.0");
        assert_eq!(Oid(&[0x88, 0x37]).dotted(), "2.999");
    }

    #[test]
    fn knows_openssls_names() {
        assert_eq!(known::COMMON_NAME.short_name(), Some("CN"));
        assert_eq!(known::KEY_USAGE.long_name(), Some("X509v3 Key Usage"));
        assert_eq!(Oid(&[0x88, 0x37]).long_name(), None);
        for table in [names::NAMES, newer_names::NAMES] {
            assert!(table.is_sorted_by_key(|(bytes, ..)| bytes));
        }
    }

    #[test]
    fn knows_what_3_5_names_anew() {
        let ml_dsa = Oid(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11]);
        assert_eq!(ml_dsa.long_name(), None);
        assert_eq!(ml_dsa.names_in_3_5(), Some(("id-ml-dsa-44", "ML-DSA-44")));
        assert_eq!(
            known::COMMON_NAME.names_in_3_5(),
            known::COMMON_NAME.names()
        );
    }
}
