//! The first certificate of a PEM file.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use x509::Certificate;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The first `CERTIFICATE` block, or why it is no certificate; `None` when there is no block.
pub(crate) fn first_certificate(bytes: &[u8]) -> Option<Result<Certificate, String>> {
    let text = String::from_utf8_lossy(bytes);
    let start = text.find(BEGIN)? + BEGIN.len();
    let end = start + text.get(start..)?.find(END)?;
    let body: String = text.get(start..end)?.split_whitespace().collect();
    Some(match STANDARD.decode(body) {
        Ok(der) => Certificate::from_der(der).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    })
}
