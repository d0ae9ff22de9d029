//! YAML and JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match yaml::parse(text) {
        Ok(documents) => drop(documents),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
