//! A certificate's DER: what OpenSSL would print of it, in every version.

#![no_main]

use libfuzzer_sys::fuzz_target;
use x509::Certificate;
use x509::text::{self, OpensslVersion};

fuzz_target!(|der: &[u8]| {
    if let Ok(certificate) = Certificate::from_der(der) {
        for version in [
            OpensslVersion::V1_1_1,
            OpensslVersion::V3_0,
            OpensslVersion::V3_5,
        ] {
            text::certificate(&certificate, version);
        }
    }
});
