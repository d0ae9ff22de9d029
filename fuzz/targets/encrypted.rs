//! PKCS #12 files and encrypted keys, with a password that may fit.

#![no_main]

use libfuzzer_sys::fuzz_target;
use x509::{pbes, pkcs12};

fuzz_target!(|der: &[u8]| {
    // Rounds cost time by design; few enough leave the reader to be looked at.
    if der.windows(4).any(|bytes| bytes[..2] == [2, 3] || bytes[..2] == [2, 4]) {
        return;
    }
    let _ = pkcs12::open(der, "password").map(drop);
    let _ = pbes::private_key(der, "password").map(drop);
});
