//! Extensions of a first value or a plain list.

use super::general_name::{object_within, value};
use super::{Shown, Text, Unreadable, Value};
use crate::der::{Reader, Rules, Tag, first};
use crate::extension::{self, object_identifiers};
use crate::text::{OpensslVersion, number};
use crate::time::Asn1Time;
use crate::value::{integer, object_identifier, octet_string};

const CRL_REASONS: [&str; 11] = [
    "Unspecified",
    "Key Compromise",
    "CA Compromise",
    "Affiliation Changed",
    "Superseded",
    "Cessation Of Operation",
    "Certificate Hold",
    "",
    "Remove From CRL",
    "Privilege Withdrawn",
    "AA Compromise",
];

pub(super) fn subject_key_identifier(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let id = octet_string(der)?;
    text.indent(indent);
    text.put(format_args!("{}", number::hex(id)));
    Ok(())
}

pub(super) fn authority_key_identifier(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let identifier = extension::authority_key_identifier(der)?;
    let mut values = Vec::new();
    if let Some(id) = identifier.key_id {
        let is_alone = identifier.issuer.is_none() && identifier.serial.is_none();
        values.push(match is_alone && !text.is(OpensslVersion::V1_1_1) {
            true => Value::only(number::hex(id)),
            false => Value::named("keyid", number::hex(id)),
        });
    }
    for name in identifier.issuer.iter().flatten() {
        values.push(value(name, text.version)?);
    }
    if let Some(serial) = identifier.serial {
        values.push(Value::named(
            "serial",
            number::hex(&number::magnitude(serial).1),
        ));
    }
    if values.is_empty() {
        return Err(Unreadable);
    }
    text.value_lines(&values, indent);
    Ok(())
}

pub(super) fn extended_key_usage(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let usages = object_identifiers(der)?;
    let values: Vec<Value> = usages
        .iter()
        .map(|usage| Value::only(object_within(*usage, text.version, 79)))
        .collect();
    text.some_values(&values, indent)
}

pub(super) fn number(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let content = integer(first(der, Tag::INTEGER, Rules::Ber)?)?;
    text.indent(indent);
    text.put(format_args!("{}", number::integer(content)));
    Ok(())
}

/// The number of a revocation list; 3.5 prints long ones with colons, like serial numbers.
pub(super) fn crl_number(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    number(text, der, indent)
}

pub(super) fn crl_reason(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let content = integer(first(der, Tag::ENUMERATED, Rules::Ber)?)?;
    let name =
        number::small(content).and_then(|value| CRL_REASONS.get(usize::try_from(value).ok()?));
    text.indent(indent);
    match name.filter(|name| !name.is_empty()) {
        Some(name) => text.str(name),
        None => text.put(format_args!("{}", number::integer(content))),
    }
    Ok(())
}

pub(super) fn object(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let oid = object_identifier(first(der, Tag::OID, Rules::Ber)?)?;
    text.indent(indent);
    text.object(oid);
    Ok(())
}

pub(super) fn date(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let tlv = Reader::new(der, Rules::Ber).next_tlv()?;
    if !tlv.tag.is_like(Tag::GENERALIZED_TIME) {
        return Err(Unreadable);
    }
    text.indent(indent);
    text.time(&Asn1Time::new(tlv)).map_err(|_| Unreadable)
}

pub(super) fn private_key_usage_period(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let mut fields = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    let mut time = |tag| fields.optional(Tag::context(tag));
    let (before, after) = (time(0)?, time(1)?);
    fields.finish()?;
    text.indent(indent);
    let labelled = [("Not Before: ", before), ("Not After: ", after)];
    for (label, tlv) in labelled {
        let Some(tlv) = tlv else { continue };
        if label == "Not After: " && before.is_some() {
            text.str(", ");
        }
        text.str(label);
        let time = Asn1Time {
            tag: Tag::GENERALIZED_TIME,
            text: tlv.body,
        };
        // A time that means nothing says so, and the line goes on.
        let _ = text.time(&time);
    }
    Ok(())
}

pub(super) fn nonce(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    text.indent(indent);
    for (index, byte) in octet_string_or_all(der).iter().enumerate() {
        if index > 0 && index % 35 == 0 {
            text.str("\\\n");
        }
        text.put(format_args!("{byte:02X}"));
    }
    Ok(())
}

/// A nonce may be any bytes.
fn octet_string_or_all(der: &[u8]) -> &[u8] {
    der
}

/// What only has to be there.
pub(super) fn nothing(_text: &mut Text, der: &[u8], _indent: usize) -> Shown {
    first(der, Tag::NULL, Rules::Ber)?;
    Ok(())
}

pub(super) fn null(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    first(der, Tag::NULL, Rules::Ber)?;
    text.indent(indent);
    text.str("NULL");
    Ok(())
}

pub(super) fn utf8_string(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let value = first(der, Tag::UTF8_STRING, Rules::Ber)?;
    text.indent(indent);
    text.c_string(value.body);
    Ok(())
}

/// The tools that an issuer signs with (Russian signature law).
pub(super) fn issuer_sign_tool(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    const LABELS: [&str; 4] = [
        "signTool    : ",
        "cATool      : ",
        "signToolCert: ",
        "cAToolCert  : ",
    ];
    let mut fields = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    let mut lines = Vec::new();
    for label in LABELS {
        lines.push((label, fields.expect(Tag::UTF8_STRING)?.body));
    }
    fields.finish()?;
    for (index, (label, value)) in lines.into_iter().enumerate() {
        if index > 0 {
            text.str("\n");
        }
        text.indent(indent);
        text.str(label);
        text.bytes(value);
    }
    Ok(())
}

pub(super) fn tls_feature(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let mut list = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    let mut values = Vec::new();
    while !list.is_empty() {
        let content = integer(list.expect(Tag::INTEGER)?)?;
        values.push(Value::only(match number::small(content) {
            Some(5) => "status_request".to_owned(),
            Some(17) => "status_request_v2".to_owned(),
            _ => number::integer(content),
        }));
    }
    text.some_values(&values, indent)
}
