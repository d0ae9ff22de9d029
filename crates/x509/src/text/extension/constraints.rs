//! What an authority may do: basic, name and policy constraints (`v3_bcons.c`, `v3_ncons.c`,
//! `v3_pcons.c`).

use super::general_name::address;
use super::{Shown, Text, Value};
use crate::der::{DerError, Rules, Tag, Tlv, first};
use crate::extension::{GeneralName, basic_constraints};
use crate::text::{OpensslVersion, number};
use crate::value::integer;

pub(super) fn basic(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let constraints = basic_constraints(der)?;
    let is_ca = if constraints.is_ca { "TRUE" } else { "FALSE" };
    let mut values = vec![Value::named("CA", is_ca)];
    values.extend(
        constraints
            .path_length
            .map(|length| Value::named("pathlen", number::integer(length))),
    );
    text.values(&values, indent);
    Ok(())
}

pub(super) fn policy(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let mut fields = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    let mut values = Vec::new();
    for (tag, label) in [
        (0, "Require Explicit Policy"),
        (1, "Inhibit Policy Mapping"),
    ] {
        if let Some(tlv) = fields.optional(Tag::context(tag))? {
            values.push(Value::named(label, number::integer(integer(tlv)?)));
        }
    }
    fields.finish()?;
    text.some_values(&values, indent)
}

pub(super) fn names(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let mut fields = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    let mut subtrees = |tag| -> Result<Option<Vec<GeneralName<'_>>>, DerError> {
        let found = fields.optional(Tag::context_constructed(tag))?;
        found.map(bases).transpose()
    };
    let (permitted, excluded) = (subtrees(0)?, subtrees(1)?);
    fields.finish()?;
    let has_both = permitted.is_some() && excluded.is_some();
    for (title, bases) in [("Permitted", permitted), ("Excluded", excluded)] {
        if title == "Excluded" && has_both && !text.is(OpensslVersion::V1_1_1) {
            text.str("\n");
        }
        subtree_lines(text, title, &bases.unwrap_or_default(), indent);
    }
    Ok(())
}

/// The names of `GeneralSubtrees`; their bounds are read and not shown.
fn bases(tlv: Tlv<'_>) -> Result<Vec<GeneralName<'_>>, DerError> {
    let mut list = tlv.reader(Rules::Ber);
    let mut bases = Vec::new();
    while !list.is_empty() {
        let mut subtree = list.expect(Tag::SEQUENCE)?.reader(Rules::Ber);
        bases.push(GeneralName::from_tlv(subtree.next_tlv()?)?);
        subtree
            .optional(Tag::context(0))?
            .map(integer)
            .transpose()?;
        subtree
            .optional(Tag::context(1))?
            .map(integer)
            .transpose()?;
        subtree.finish()?;
    }
    Ok(bases)
}

fn subtree_lines(text: &mut Text, title: &str, bases: &[GeneralName<'_>], indent: usize) {
    if !bases.is_empty() {
        text.indent(indent);
        text.put(format_args!("{title}:\n"));
    }
    for (index, base) in bases.iter().enumerate() {
        text.separate(index);
        text.indent(indent + 2);
        match base {
            GeneralName::Ip(bytes) => network(text, bytes),
            name => text.general_name(name),
        }
        text.end_line();
    }
}

/// An address and its mask.
fn network(text: &mut Text, bytes: &[u8]) {
    let split = match bytes.len() {
        16.. => 16,
        4.. => 4,
        short => short,
    };
    if text.is(OpensslVersion::V1_1_1) && !matches!(bytes.len(), 8 | 32) {
        return text.str("IP Address:<invalid>");
    }
    let (base, mask) = match bytes.len() {
        // Half of what is there, when that is an address.
        8 => bytes.split_at(4),
        _ => bytes.split_at(split),
    };
    text.put(format_args!("IP:{}/{}", address(base), address(mask)));
}
