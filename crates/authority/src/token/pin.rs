//! What `kubeadm join --discovery-token-ca-cert-hash` knows a CA by: SHA-256 over its
//! SubjectPublicKeyInfo (`cmd/kubeadm/app/util/pubkeypin`, RFC 7469 section 2.4).

use aws_lc_rs::digest::{SHA256, digest};
use verify::Certificate;

/// The pin of a certificate's key: `sha256:` and 64 hexadecimal digits.
pub fn of(certificate: &Certificate) -> String {
    let sum = digest(&SHA256, certificate.raw_public_key());
    let hex: String = sum
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hex}")
}
