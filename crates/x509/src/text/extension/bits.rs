//! Bit strings whose bits have names (`v3_bitst.c`).

use super::{Shown, Text, Value};
use crate::extension::{BitString, bit_string};

const KEY_USAGES: &[&str] = &[
    "Digital Signature",
    "Non Repudiation",
    "Key Encipherment",
    "Data Encipherment",
    "Key Agreement",
    "Certificate Sign",
    "CRL Sign",
    "Encipher Only",
    "Decipher Only",
];

const NETSCAPE_TYPES: &[&str] = &[
    "SSL Client",
    "SSL Server",
    "S/MIME",
    "Object Signing",
    "Unused",
    "SSL CA",
    "S/MIME CA",
    "Object Signing CA",
];

const REASONS: &[&str] = &[
    "Unused",
    "Key Compromise",
    "CA Compromise",
    "Affiliation Changed",
    "Superseded",
    "Cessation Of Operation",
    "Certificate Hold",
    "Privilege Withdrawn",
    "AA Compromise",
];

pub(super) fn key_usage(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    named_bits(text, der, indent, KEY_USAGES)
}

pub(super) fn netscape_type(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    named_bits(text, der, indent, NETSCAPE_TYPES)
}

fn named_bits(text: &mut Text, der: &[u8], indent: usize, names: &[&'static str]) -> Shown {
    let set = set_names(&bit_string(der)?, names);
    let values: Vec<Value> = set.into_iter().map(Value::only).collect();
    text.some_values(&values, indent)
}

/// The reasons of a distribution point.
pub(super) fn reasons(bits: &BitString<'_>) -> Vec<&'static str> {
    set_names(bits, REASONS)
}

fn set_names(bits: &BitString<'_>, names: &[&'static str]) -> Vec<&'static str> {
    let names = names.iter().enumerate();
    names
        .filter(|(bit, _)| bits.is_set(*bit))
        .map(|(_, name)| *name)
        .collect()
}
