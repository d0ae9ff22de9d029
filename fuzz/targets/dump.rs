//! Text that may hold what `openssl x509 -text` printed: certificates rebuilt from it.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut issuers = Vec::new();
    for dump in x509::dump::find(text) {
        if let Ok(rebuilt) = dump.rebuild(&issuers) {
            issuers.push(rebuilt.certificate);
        }
    }
});
