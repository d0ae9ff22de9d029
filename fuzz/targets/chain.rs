//! Certificates in DER, one after the other: the first judged under all the others.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use time::macros::utc_datetime;
use verify::{Certificate, Options, Pool, verify};

fuzz_target!(|data: &[u8]| {
    let mut certificates = split(data).filter_map(|der| Certificate::parse(der).ok());
    let Some(leaf) = certificates.next().map(Arc::new) else {
        return;
    };
    let rest: Vec<_> = certificates.map(Arc::new).collect();
    let (roots, intermediates) = rest.split_at(rest.len() / 2);
    let (roots, intermediates): (Pool, Pool) = (
        roots.iter().cloned().collect(),
        intermediates.iter().cloned().collect(),
    );
    for options in [
        Options::server("kubernetes", utc_datetime!(2026-12-01 0:00)),
        Options::client(utc_datetime!(2026-12-01 0:00)),
        Options::any(utc_datetime!(2200-01-01 0:00)),
    ] {
        for (roots, intermediates) in [(&roots, &intermediates), (&intermediates, &roots)] {
            let verdict = verify(&leaf, roots, intermediates, &options);
            assert!(
                verdict
                    .error()
                    .is_none_or(|error| !error.to_string().is_empty())
            );
        }
    }
});

/// The elements of two bytes of length; the remainder is the last.
fn split(mut data: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let length = match *data {
            [] => return None,
            [0x30, 0x82, high, low, ..] => usize::from(high) << 8 | usize::from(low),
            _ => data.len(),
        };
        let (first, rest) = data.split_at((length + 4).min(data.len()));
        data = rest;
        Some(first)
    })
}
