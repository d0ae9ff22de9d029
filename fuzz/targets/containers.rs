//! PEM blocks, PKCS #7 bundles and private keys, read leniently.

#![no_main]

use libfuzzer_sys::fuzz_target;
use x509::key::PrivateKey;
use x509::{pem, pkcs7};

fuzz_target!(|data: &[u8]| {
    let _ = pkcs7::read(data).map(drop);
    let _ = PrivateKey::from_der(data).map(drop);
    for block in pem::blocks(data) {
        drop(block);
    }
});
