//! Bit strings whose bits have names (`v3_bitst.c`).

use super::{Shown, Text, Value};
use crate::extension::key_usages;
use crate::value::{BitString, bit_string};

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
    let usages = key_usages(&bit_string(der)?);
    let values: Vec<Value> = usages.into_iter().map(Value::only).collect();
    text.some_values(&values, indent)
}

pub(super) fn netscape_type(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    named_bits(text, der, indent, NETSCAPE_TYPES)
}

fn named_bits(text: &mut Text, der: &[u8], indent: usize, names: &[&'static str]) -> Shown {
    let set = bit_string(der)?.names(names);
    let values: Vec<Value> = set.into_iter().map(Value::only).collect();
    text.some_values(&values, indent)
}

/// The reasons of a distribution point.
pub(super) fn reasons(bits: &BitString<'_>) -> Vec<&'static str> {
    bits.names(REASONS)
}
