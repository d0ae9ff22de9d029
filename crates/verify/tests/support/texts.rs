//! Generated files: PEM texts as people have them, and certificates with keys that may fit.

#![allow(dead_code, reason = "each test uses its part")]

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::forge::{KEYS, SIGNING_KEYS};
use super::world::worlds;

const LABELS: [&str; 8] = [
    "CERTIFICATE",
    "CERTIFICATE",
    "TRUSTED CERTIFICATE",
    "RSA PRIVATE KEY",
    "PRIVATE KEY",
    "EC PRIVATE KEY",
    "",
    "X509 CRL",
];

/// Blocks of every kind with text around them, some of them damaged.
pub fn pem_texts() -> impl Strategy<Value = Vec<u8>> {
    let damage = vec(
        (
            any::<Index>(),
            select(&b"\n\r -=:\tAz\0\xff"[..]),
            any::<bool>(),
        ),
        0..4,
    );
    let damage = prop_oneof![2 => Just(Vec::new()), 1 => damage];
    (vec(piece(), 0..5), damage).prop_map(|(pieces, damage)| {
        let mut text = pieces.concat();
        for (place, byte, replaces) in damage {
            if text.is_empty() {
                continue;
            }
            let place = place.index(text.len());
            match replaces {
                true => text[place] = byte,
                false => text.insert(place, byte),
            }
        }
        text
    })
}

/// A certificate file and a key file.
pub fn key_files() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let certificates = vec(worlds(), 1..3).prop_map(|worlds| {
        let leaves: Vec<_> = worlds
            .iter()
            .map(|world| (world.leaf_key(), world.forge().leaf))
            .collect();
        let text = leaves
            .iter()
            .flat_map(|(_, der)| block("CERTIFICATE", "CERTIFICATE", "\n", 64, der));
        (leaves[0].0, text.collect::<Vec<u8>>())
    });
    let label = prop_oneof![
        6 => Just("PRIVATE KEY"),
        1 => select(vec!["EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "CERTIFICATE", "KEY", "PUBLIC KEY"])
    ];
    let key = prop_oneof![3 => Just(None), 2 => (0..SIGNING_KEYS).prop_map(Some)];
    let extra = || prop_oneof![6 => Just(Vec::new()), 1 => piece()];
    let damage = proptest::option::weighted(0.1, (any::<Index>(), any::<u8>()));
    (certificates, label, key, extra(), extra(), damage).prop_map(
        |((own, mut certificates), label, key, before, beside, damage)| {
            let mut der = KEYS[key.unwrap_or(own)].pkcs8();
            if let Some((place, byte)) = damage.filter(|_| !der.is_empty()) {
                let place = place.index(der.len());
                der[place] = byte;
            }
            certificates.splice(0..0, beside);
            (
                certificates,
                [before, block(label, label, "\n", 64, &der)].concat(),
            )
        },
    )
}

/// A block of any kind, perhaps with noise before it.
pub fn piece() -> impl Strategy<Value = Vec<u8>> {
    let noise = select(vec![
        "",
        "\n",
        "subject=CN = kubernetes\nissuer=CN = kubernetes\n",
        "-----BEGIN \n",
        "-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n",
        "--------\n",
        "  ",
    ]);
    let label = prop_oneof![8 => Just(None), 1 => select(&LABELS[..]).prop_map(Some)];
    let headers = prop_oneof![
        8 => Just(""),
        1 => select(vec!["Proc-Type: 4,ENCRYPTED\nDEK-Info: x\n\n", "A: b\n", "A:b: c\n\n", "not a header\n\n", "\n"])
    ];
    let break_ = prop_oneof![4 => Just("\n"), 1 => Just("\r\n"), 1 => Just(" \n"), 1 => Just("\r")];
    let content = prop_oneof![2 => worlds().prop_map(|world| world.forge().leaf), 1 => vec(any::<u8>(), 0..90)];
    let width = prop_oneof![6 => Just(64_usize), 1 => 1_usize..90];
    (
        noise,
        select(&LABELS[..]),
        label,
        headers,
        break_,
        width,
        content,
    )
        .prop_map(|(noise, begin, end, headers, break_, width, content)| {
            let block = block(begin, end.unwrap_or(begin), break_, width, &content);
            let (first, rest) = block.split_at(
                block
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .map_or(0, |i| i + 1),
            );
            [noise.as_bytes(), first, headers.as_bytes(), rest].concat()
        })
}

/// A PEM block, broken into lines of this width in this way.
pub fn block(begin: &str, end: &str, break_: &str, width: usize, content: &[u8]) -> Vec<u8> {
    let mut text = format!("-----BEGIN {begin}-----{break_}").into_bytes();
    for line in BASE64_STANDARD.encode(content).as_bytes().chunks(width) {
        text.extend_from_slice(line);
        text.extend_from_slice(break_.as_bytes());
    }
    text.extend_from_slice(format!("-----END {end}-----{break_}").as_bytes());
    text
}
