//! Extensions: a table of printers, one for each that OpenSSL knows (`v3_prn.c` and the `v3_*.c`
//! files); the bytes themselves for all others and for what cannot be read.

mod access;
mod addresses;
mod bits;
mod constraints;
mod distribution;
mod general_name;
mod netscape;
mod policies;
mod simple;
mod transparency;

use super::{OpensslVersion, Text};
use crate::certificate::Extension;
use crate::der::DerError;

/// Why an extension is printed as bytes instead.
pub(super) struct Unreadable;

type Shown = Result<(), Unreadable>;

impl From<DerError> for Unreadable {
    fn from(_: DerError) -> Self {
        Unreadable
    }
}

/// One part of a list of values: a name and what follows its colon.
pub(super) struct Value {
    name: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
}

/// How a printer works: on the value's bytes, at an indentation.
type Printer = fn(&mut Text, &[u8], usize) -> Shown;

/// Sorted by OpenSSL's short name.
const PRINTERS: &[(&str, Printer)] = &[
    ("authorityInfoAccess", access::information_access),
    ("authorityKeyIdentifier", simple::authority_key_identifier),
    ("basicConstraints", constraints::basic),
    ("basicOCSPResponse", simple::nothing),
    ("certificateIssuer", general_name::alternative_names),
    ("certificatePolicies", policies::certificate_policies),
    ("crlDistributionPoints", distribution::points),
    ("crlNumber", simple::crl_number),
    ("CRLReason", simple::crl_reason),
    ("ct_cert_scts", transparency::timestamps),
    ("ct_precert_poison", simple::null),
    ("ct_precert_scts", transparency::timestamps),
    ("deltaCRL", simple::crl_number),
    ("extendedKeyUsage", simple::extended_key_usage),
    ("freshestCRL", distribution::points),
    ("holdInstructionCode", simple::object),
    ("inhibitAnyPolicy", simple::number),
    ("invalidityDate", simple::date),
    ("issuerAltName", general_name::alternative_names),
    ("issuerSignTool", simple::issuer_sign_tool),
    ("issuingDistributionPoint", distribution::issuing_point),
    ("keyUsage", bits::key_usage),
    ("nameConstraints", constraints::names),
    ("noCheck", simple::nothing),
    ("Nonce", simple::nonce),
    ("nsBaseUrl", netscape::string),
    ("nsCaPolicyUrl", netscape::string),
    ("nsCaRevocationUrl", netscape::string),
    ("nsCertType", bits::netscape_type),
    ("nsComment", netscape::string),
    ("nsRenewalUrl", netscape::string),
    ("nsRevocationUrl", netscape::string),
    ("nsSslServerName", netscape::string),
    ("policyConstraints", constraints::policy),
    ("policyMappings", policies::mappings),
    ("privateKeyUsagePeriod", simple::private_key_usage_period),
    ("proxyCertInfo", policies::proxy),
    ("sbgp-autonomousSysNum", addresses::numbers),
    ("sbgp-ipAddrBlock", addresses::blocks),
    ("subjectAltName", general_name::alternative_names),
    ("subjectInfoAccess", access::information_access),
    ("subjectKeyIdentifier", simple::subject_key_identifier),
    ("subjectSignTool", simple::utf8_string),
    ("tlsfeature", simple::tls_feature),
];

impl Text {
    /// The extensions under their title, or nothing when there are none.
    pub(super) fn extensions(&mut self, title: &str, extensions: &[Extension<'_>], indent: usize) {
        if extensions.is_empty() {
            return;
        }
        self.indent(indent);
        self.put(format_args!("{title}:\n"));
        self.extension_list(extensions, indent + 4);
    }

    /// The extensions, one below the other.
    pub(super) fn extension_list(&mut self, extensions: &[Extension<'_>], indent: usize) {
        for extension in extensions {
            self.indent(indent);
            self.object(extension.oid);
            self.str(if extension.critical {
                ": critical\n"
            } else {
                ": \n"
            });
            self.extension(extension, indent + 4);
            self.str("\n");
        }
    }

    fn extension(&mut self, extension: &Extension<'_>, indent: usize) {
        let name = extension.oid.short_name().unwrap_or_default();
        let printer = PRINTERS.iter().find(|(known, _)| *known == name);
        let shown = printer
            .ok_or(Unreadable)
            .and_then(|(_, print)| print(self, extension.value, indent));
        if shown.is_err() {
            self.indent(indent);
            self.visible(extension.value);
        }
    }

    /// Bytes, with a point for what cannot be seen (`ASN1_STRING_print`).
    pub(super) fn visible(&mut self, bytes: &[u8]) {
        let visible = bytes.iter().map(|byte| match byte {
            b' '..=b'~' | b'\n' | b'\r' => *byte,
            _ => b'.',
        });
        self.out.extend(visible);
    }

    /// Prints all or nothing.
    fn whole(&mut self, print: impl FnOnce(&mut Text) -> Shown) -> Shown {
        let start = self.out.len();
        let shown = print(self);
        if shown.is_err() {
            self.out.truncate(start);
        }
        shown
    }

    /// Values in one line with commas (`X509V3_EXT_val_prn`).
    fn values(&mut self, values: &[Value], indent: usize) {
        self.indent(indent);
        if values.is_empty() {
            self.str("<EMPTY>\n");
        }
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.str(", ");
            }
            self.value(value);
        }
    }

    /// The same, of a list that OpenSSL takes for unreadable when nothing is in it.
    fn some_values(&mut self, values: &[Value], indent: usize) -> Shown {
        if values.is_empty() {
            return Err(Unreadable);
        }
        self.values(values, indent);
        Ok(())
    }

    /// Values each in a line of its own; 1.1.1 ends every line, others only separate them.
    fn value_lines(&mut self, values: &[Value], indent: usize) {
        if values.is_empty() {
            self.indent(indent);
            self.str("<EMPTY>\n");
        }
        for (index, value) in values.iter().enumerate() {
            self.separate(index);
            self.indent(indent);
            self.value(value);
            self.end_line();
        }
    }

    fn value(&mut self, value: &Value) {
        match (&value.name, &value.value) {
            (Some(name), Some(value)) => {
                self.bytes(name);
                self.str(":");
                self.bytes(value);
            }
            (Some(only), None) | (None, Some(only)) => self.bytes(only),
            (None, None) => {}
        }
    }

    /// What stands between two lines: 3.0 and later break the line here.
    fn separate(&mut self, index: usize) {
        if index > 0 && !self.is(OpensslVersion::V1_1_1) {
            self.str("\n");
        }
    }

    /// What stands behind a line: 1.1.1 breaks the line here.
    fn end_line(&mut self) {
        if self.is(OpensslVersion::V1_1_1) {
            self.str("\n");
        }
    }
}

impl Value {
    fn named(name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Value {
            name: Some(name.into()),
            value: Some(value.into()),
        }
    }

    fn only(text: impl Into<Vec<u8>>) -> Self {
        Value {
            name: None,
            value: Some(text.into()),
        }
    }
}
