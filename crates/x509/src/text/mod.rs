//! What `openssl x509 -text -noout` prints, and `openssl req` and `openssl crl` alike, byte for byte.
//!
//! The layout follows OpenSSL's `crypto/x509/t_x509.c`, `t_req.c`, `t_crl.c` and `v3_*.c`. Where
//! OpenSSL stops in the middle of a certificate that it cannot print, so does this.

mod curves;
mod extension;
mod key;
mod name;
mod number;
mod request;
mod revocation;
mod signature;
mod time;
mod trust;

use std::fmt::Arguments;
use std::io::Write;

use crate::certificate::Certificate;
use crate::oid::Oid;
use crate::request::Request;
use crate::revocation::RevocationList;
use crate::time::Asn1Time;

/// Whose output is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpensslVersion {
    /// 1.1.1, which printed the text of many tutorials.
    V1_1_1,
    /// 3.0.
    #[default]
    V3_0,
    /// 3.5.
    V3_5,
}

impl OpensslVersion {
    /// The short and the long name that it has for an identifier; for 1.1.1 those of 3.0.
    fn names(self, oid: Oid<'_>) -> Option<(&'static str, &'static str)> {
        match self {
            OpensslVersion::V3_5 => oid.names_in_3_5(),
            OpensslVersion::V3_0 | OpensslVersion::V1_1_1 => oid.names(),
        }
    }
}

/// OpenSSL could not print what follows, and printed no more.
struct Stop;

type Printed = Result<(), Stop>;

/// The text of a certificate. It may hold bytes that are not UTF-8, as OpenSSL copies them.
pub fn certificate(certificate: &Certificate, version: OpensslVersion) -> Vec<u8> {
    let mut text = Text::new(version);
    // Where it stops, the text ends.
    let _ = text.certificate(certificate);
    text.out
}

/// The text of a certificate with what it is trusted for: what stands behind it in a block that is
/// labelled TRUSTED CERTIFICATE.
pub fn trusted_certificate(
    certificate: &Certificate,
    trust: &[u8],
    version: OpensslVersion,
) -> Vec<u8> {
    let mut text = Text::new(version);
    if text.certificate(certificate).is_ok() {
        // Without it, OpenSSL prints the certificate alone.
        let _ = text.trust(trust);
    }
    text.out
}

/// The text of a request, as `openssl req -text -noout` prints it.
pub fn request(request: &Request, version: OpensslVersion) -> Vec<u8> {
    let mut text = Text::new(version);
    // Where it stops, the text ends.
    let _ = text.request(request);
    text.out
}

/// The text of a revocation list, as `openssl crl -text -noout` prints it.
pub fn revocation_list(list: &RevocationList, version: OpensslVersion) -> Vec<u8> {
    let mut text = Text::new(version);
    // Where it stops, the text ends.
    let _ = text.revocation_list(list);
    text.out
}

/// What has been printed so far.
struct Text {
    out: Vec<u8>,
    version: OpensslVersion,
}

impl Text {
    fn new(version: OpensslVersion) -> Self {
        let out = Vec::with_capacity(4096);
        Text { out, version }
    }

    /// Prints formatted text; writing to memory does not fail.
    fn put(&mut self, text: Arguments<'_>) {
        let _ = self.out.write_fmt(text);
    }

    /// Prints text as it is.
    fn str(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Prints bytes as they are.
    fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Prints spaces.
    fn indent(&mut self, count: usize) {
        self.out.resize(self.out.len() + count, b' ');
    }

    /// Prints an identifier by its long name, or in numbers (`i2a_ASN1_OBJECT`).
    fn object(&mut self, oid: Oid<'_>) {
        match self.version.names(oid) {
            Some((_, long)) => self.str(long),
            None => self.put(format_args!("{}", number::dotted(oid))),
        }
    }

    fn is(&self, version: OpensslVersion) -> bool {
        self.version == version
    }

    fn certificate(&mut self, certificate: &Certificate) -> Printed {
        self.str("Certificate:\n    Data:\n");
        self.version_number(certificate.version());
        self.serial(certificate.serial());
        self.algorithm_line(&certificate.inner_algorithm());
        self.str("        Issuer: ");
        self.name(&certificate.issuer())?;
        self.str("\n        Validity\n            Not Before: ");
        self.validity(&certificate.not_before())?;
        self.str("\n            Not After : ");
        self.validity(&certificate.not_after())?;
        self.str("\n        Subject: ");
        self.name(&certificate.subject())?;
        self.str("\n");
        self.public_key_info(&certificate.public_key())?;
        for (title, id) in [
            ("Issuer", certificate.issuer_unique_id()),
            ("Subject", certificate.subject_unique_id()),
        ] {
            if let Some(id) = id {
                self.put(format_args!("        {title} Unique ID: "));
                self.dump_after_line(&signature::masked(id.body), 12);
            }
        }
        self.extensions("X509v3 extensions", &certificate.extensions(), 8);
        self.signature(&certificate.signature_algorithm(), certificate.signature());
        Ok(())
    }

    fn validity(&mut self, time: &Asn1Time<'_>) -> Printed {
        match self.time(time) {
            Err(Stop) if self.is(OpensslVersion::V1_1_1) => Err(Stop),
            _ => Ok(()),
        }
    }

    fn version_number(&mut self, version: Option<&[u8]>) {
        match number::small(version.unwrap_or(&[0])) {
            Some(number @ 0..=2) => {
                self.put(format_args!(
                    "        Version: {} (0x{number:x})\n",
                    number + 1
                ));
            }
            number => self.put(format_args!(
                "        Version: Unknown ({})\n",
                number.unwrap_or(-1)
            )),
        }
    }

    /// A serial number of up to eight bytes in decimal, a longer one as bytes.
    fn serial(&mut self, content: &[u8]) {
        self.str("        Serial Number:");
        let (is_negative, magnitude) = number::magnitude(content);
        // Before 3.5, minus one was taken for a number that is too long.
        let is_taken = |number: &i64| *number != -1 || self.is(OpensslVersion::V3_5);
        let small = number::small(content).filter(is_taken);
        if let Some(number) = small {
            let sign = if is_negative { "-" } else { "" };
            let number = number.unsigned_abs();
            return self.put(format_args!(" {sign}{number} ({sign}0x{number:x})\n"));
        }
        let sign = if is_negative { " (Negative)" } else { "" };
        self.put(format_args!("\n            {sign}"));
        self.put(format_args!("{}\n", number::hex(&magnitude).to_lowercase()));
    }
}
