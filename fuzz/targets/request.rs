//! A request's or a revocation list's DER: read, and printed as every OpenSSL would.

#![no_main]

use libfuzzer_sys::fuzz_target;
use x509::request::Request;
use x509::revocation::RevocationList;
use x509::text::{self, OpensslVersion};

fuzz_target!(|der: &[u8]| {
    for version in [
        OpensslVersion::V1_1_1,
        OpensslVersion::V3_0,
        OpensslVersion::V3_5,
    ] {
        if let Ok(request) = Request::from_der(der) {
            text::request(&request, version);
        }
        if let Ok(list) = RevocationList::from_der(der) {
            text::revocation_list(&list, version);
        }
    }
});
