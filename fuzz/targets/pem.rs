//! A PEM file, as each component of Kubernetes loads it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use verify::{load, pem};

fuzz_target!(|file: &[u8]| {
    for block in pem::blocks(file) {
        assert!(block.content.len() <= file.len());
    }
    let _ = load::append_certs_from_pem(file);
    let _ = load::client_go_pool(file).map_err(|error| error.to_string());
    let _ = load::etcd_pool(file).map_err(|error| error.to_string());
    let _ = load::private_key(file).map_err(|error| error.to_string());
    let _ = load::service_account_public_keys(file).map_err(|error| error.to_string());
    let _ = load::key_pair(file, file).map_err(|error| error.to_string());
});
