//! Certificate policies, their mappings, and proxy certificates (`v3_cpols.c`, `v3_pmaps.c`,
//! `v3_pci.c`).

use super::general_name::object_within;
use super::{Shown, Text, Value};
use crate::der::{DerError, Rules, Tag, Tlv, first};
use crate::oid::Oid;
use crate::text::{OpensslVersion, number};
use crate::value::{integer, object_identifier};

/// A policy with its qualifiers.
struct Policy<'a> {
    id: Oid<'a>,
    qualifiers: Option<Vec<Qualifier<'a>>>,
}

enum Qualifier<'a> {
    Cps(&'a [u8]),
    Notice(Notice<'a>),
    Unknown(Oid<'a>),
}

struct Notice<'a> {
    reference: Option<(&'a [u8], Vec<&'a [u8]>)>,
    text: Option<&'a [u8]>,
}

pub(super) fn certificate_policies(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let mut list = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    let mut policies = Vec::new();
    while !list.is_empty() {
        policies.push(policy(list.expect(Tag::SEQUENCE)?)?);
    }
    for (index, policy) in policies.iter().enumerate() {
        text.separate(index);
        text.indent(indent);
        text.str("Policy: ");
        text.object(policy.id);
        text.end_line();
        if let Some(qualifiers) = &policy.qualifiers {
            text.separate(1);
            qualifier_lines(text, qualifiers, indent + 2);
        }
    }
    Ok(())
}

fn policy(tlv: Tlv<'_>) -> Result<Policy<'_>, DerError> {
    let mut fields = tlv.reader(Rules::Ber);
    let id = object_identifier(fields.expect(Tag::OID)?)?;
    let qualifiers = fields.optional(Tag::SEQUENCE)?;
    fields.finish()?;
    let qualifiers = qualifiers.map(|list| {
        let mut list = list.reader(Rules::Ber);
        let mut qualifiers = Vec::new();
        while !list.is_empty() {
            qualifiers.push(qualifier(list.expect(Tag::SEQUENCE)?)?);
        }
        Ok(qualifiers)
    });
    Ok(Policy {
        id,
        qualifiers: qualifiers.transpose()?,
    })
}

fn qualifier(tlv: Tlv<'_>) -> Result<Qualifier<'_>, DerError> {
    let mut fields = tlv.reader(Rules::Ber);
    let id = object_identifier(fields.expect(Tag::OID)?)?;
    let qualifier = match id.short_name() {
        Some("id-qt-cps") => Qualifier::Cps(fields.expect(Tag::IA5_STRING)?.body),
        Some("id-qt-unotice") => Qualifier::Notice(notice(fields.expect(Tag::SEQUENCE)?)?),
        _ => {
            fields.next_tlv()?;
            Qualifier::Unknown(id)
        }
    };
    fields.finish()?;
    Ok(qualifier)
}

fn notice(tlv: Tlv<'_>) -> Result<Notice<'_>, DerError> {
    let mut fields = tlv.reader(Rules::Ber);
    let reference = fields.optional(Tag::SEQUENCE)?.map(reference).transpose()?;
    let text = match fields.is_empty() {
        true => None,
        false => Some(display_text(fields.next_tlv()?)?),
    };
    fields.finish()?;
    Ok(Notice { reference, text })
}

fn reference(tlv: Tlv<'_>) -> Result<(&[u8], Vec<&[u8]>), DerError> {
    let mut fields = tlv.reader(Rules::Ber);
    let organization = display_text(fields.next_tlv()?)?;
    let mut list = fields.expect(Tag::SEQUENCE)?.reader(Rules::Ber);
    let mut numbers = Vec::new();
    while !list.is_empty() {
        numbers.push(integer(list.expect(Tag::INTEGER)?)?);
    }
    fields.finish()?;
    Ok((organization, numbers))
}

/// The kinds of strings that a notice may be written in.
fn display_text(tlv: Tlv<'_>) -> Result<&[u8], DerError> {
    match tlv.tag {
        Tag::IA5_STRING | Tag::VISIBLE_STRING | Tag::BMP_STRING | Tag::UTF8_STRING => Ok(tlv.body),
        _ => Err(DerError::BadValue("DisplayText")),
    }
}

fn qualifier_lines(text: &mut Text, qualifiers: &[Qualifier<'_>], indent: usize) {
    for (index, qualifier) in qualifiers.iter().enumerate() {
        text.separate(index);
        match qualifier {
            Qualifier::Cps(uri) => {
                text.indent(indent);
                text.str("CPS: ");
                text.c_string(uri);
                text.end_line();
            }
            Qualifier::Notice(notice) => {
                text.indent(indent);
                text.str("User Notice:\n");
                notice_lines(text, notice, indent + 2);
            }
            Qualifier::Unknown(id) => {
                text.indent(indent + 2);
                text.str("Unknown Qualifier: ");
                text.object(*id);
                text.end_line();
            }
        }
    }
}

fn notice_lines(text: &mut Text, notice: &Notice<'_>, indent: usize) {
    if let Some((organization, numbers)) = &notice.reference {
        text.indent(indent);
        text.str("Organization: ");
        text.c_string(organization);
        text.str("\n");
        text.indent(indent);
        let plural = if numbers.len() > 1 { "s" } else { "" };
        let numbers: Vec<String> = numbers
            .iter()
            .map(|number| number::integer(number))
            .collect();
        text.put(format_args!("Number{plural}: {}", numbers.join(", ")));
        if notice.text.is_some() || text.is(OpensslVersion::V1_1_1) {
            text.str("\n");
        }
    }
    if let Some(explicit) = notice.text {
        text.indent(indent);
        text.str("Explicit Text: ");
        text.c_string(explicit);
        text.end_line();
    }
}

pub(super) fn mappings(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let mut list = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    let mut values = Vec::new();
    while !list.is_empty() {
        let mut pair = list.expect(Tag::SEQUENCE)?.reader(Rules::Ber);
        let issuer = object_identifier(pair.expect(Tag::OID)?)?;
        let subject = object_identifier(pair.expect(Tag::OID)?)?;
        pair.finish()?;
        values.push(Value::named(
            object_within(issuer, text.version, 79),
            object_within(subject, text.version, 79),
        ));
    }
    text.some_values(&values, indent)
}

pub(super) fn proxy(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let mut fields = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    let length = fields.optional(Tag::INTEGER)?.map(integer).transpose()?;
    let mut policy = fields.expect(Tag::SEQUENCE)?.reader(Rules::Ber);
    let language = object_identifier(policy.expect(Tag::OID)?)?;
    let content = policy.optional(Tag::OCTET_STRING)?;
    policy.finish()?;
    fields.finish()?;
    text.indent(indent);
    text.str("Path Length Constraint: ");
    match length {
        Some(length) => text.put(format_args!(
            "{}",
            number::hex(&number::magnitude(length).1).replace(':', "")
        )),
        None => text.str("infinite"),
    }
    text.str("\n");
    text.indent(indent);
    text.str("Policy Language: ");
    text.object(language);
    if let Some(content) = content.filter(|content| !content.body.is_empty()) {
        text.str("\n");
        text.indent(indent);
        text.str("Policy Text: ");
        text.c_string(content.body);
    }
    text.end_line();
    Ok(())
}

impl Text {
    /// Bytes up to the first zero, as C prints them.
    pub(super) fn c_string(&mut self, bytes: &[u8]) {
        let end = bytes
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(bytes.len());
        self.bytes(&bytes[..end]);
    }
}
