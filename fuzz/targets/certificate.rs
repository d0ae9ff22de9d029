//! A certificate's DER, read leniently and as Go reads it.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|der: &[u8]| {
    if let Ok(lenient) = x509::Certificate::from_der(der) {
        assert!(der.starts_with(lenient.der()));
        let _ = (
            lenient.serial(),
            lenient.signature(),
            lenient.extensions().len(),
        );
        let _ = (
            lenient.subject().common_name(),
            lenient.issuer().common_name(),
        );
        let _ = (lenient.not_before().moment(), lenient.not_after().moment());
    }
    match verify::Certificate::parse(der) {
        Ok(strict) => {
            assert_eq!(strict.der(), der);
            let _ = (strict.short_name(), strict.serial_decimal());
            let _ = verify::verify_hostname(&Arc::new(strict), "api.example");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
