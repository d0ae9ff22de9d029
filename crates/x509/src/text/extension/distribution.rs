//! Where revocation lists are found, and what they cover (`v3_crld.c`).

use super::bits::reasons;
use super::{Shown, Text};
use crate::der::{DerError, Rules, Tag, Tlv, first};
use crate::extension::{GeneralName, list_of_names};
use crate::name::{Attribute, Name};
use crate::text::OpensslVersion;
use crate::text::name::Style;
use crate::value::{BitString, bits, boolean};

/// The name of a distribution point.
enum PointName<'a> {
    Full(Vec<GeneralName<'a>>),
    Relative(Vec<Attribute<'a>>),
}

struct Point<'a> {
    name: Option<PointName<'a>>,
    reasons: Option<BitString<'a>>,
    issuer: Option<Vec<GeneralName<'a>>>,
}

pub(super) fn points(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let mut list = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    let mut points = Vec::new();
    while !list.is_empty() {
        points.push(point(list.expect(Tag::SEQUENCE)?)?);
    }
    for (index, point) in points.iter().enumerate() {
        if index > 0 || text.is(OpensslVersion::V1_1_1) {
            text.str("\n");
        }
        if let Some(name) = &point.name {
            point_name(text, name, indent);
        }
        if let Some(bits) = &point.reasons {
            reason_lines(text, "Reasons", bits, indent);
        }
        if let Some(issuer) = &point.issuer {
            text.indent(indent);
            text.str("CRL Issuer:\n");
            name_lines(text, issuer, indent);
        }
    }
    Ok(())
}

fn point(tlv: Tlv<'_>) -> Result<Point<'_>, DerError> {
    let mut fields = tlv.reader(Rules::Ber);
    let name = fields
        .optional(Tag::context_constructed(0))?
        .map(read_name)
        .transpose()?;
    let reasons = fields
        .optional(Tag::context(1))?
        .map(|tlv| bits(tlv.body))
        .transpose()?;
    let issuer = fields.optional(Tag::context_constructed(2))?;
    let issuer = issuer
        .map(|tlv| list_of_names(tlv.reader(Rules::Ber)))
        .transpose()?;
    fields.finish()?;
    Ok(Point {
        name,
        reasons,
        issuer,
    })
}

fn read_name(explicit: Tlv<'_>) -> Result<PointName<'_>, DerError> {
    let mut choice = explicit.reader(Rules::Ber);
    let tlv = choice.next_tlv()?;
    choice.finish()?;
    match tlv.tag {
        tag if tag == Tag::context_constructed(0) => {
            Ok(PointName::Full(list_of_names(tlv.reader(Rules::Ber))?))
        }
        tag if tag == Tag::context_constructed(1) => Ok(PointName::Relative(Name::relative(tlv)?)),
        _ => Err(DerError::BadValue("DistributionPointName")),
    }
}

pub(super) fn issuing_point(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let mut fields = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    let name = fields
        .optional(Tag::context_constructed(0))?
        .map(read_name)
        .transpose()?;
    let mut flag = |tag| -> Result<bool, DerError> {
        Ok(fields
            .optional(Tag::context(tag))?
            .map(boolean)
            .transpose()?
            .unwrap_or(false))
    };
    let (user, authority) = (flag(1)?, flag(2)?);
    let some_reasons = fields
        .optional(Tag::context(3))?
        .map(|tlv| bits(tlv.body))
        .transpose()?;
    let mut flag = |tag| -> Result<bool, DerError> {
        Ok(fields
            .optional(Tag::context(tag))?
            .map(boolean)
            .transpose()?
            .unwrap_or(false))
    };
    let (indirect, attribute) = (flag(4)?, flag(5)?);
    fields.finish()?;
    let start = text.out.len();
    if let Some(name) = &name {
        point_name(text, name, indent);
    }
    flag_line(text, user, "Only User Certificates", indent);
    flag_line(text, authority, "Only CA Certificates", indent);
    flag_line(text, indirect, "Indirect CRL", indent);
    if let Some(bits) = &some_reasons {
        reason_lines(text, "Only Some Reasons", bits, indent);
    }
    flag_line(text, attribute, "Only Attribute Certificates", indent);
    flag_line(text, text.out.len() == start, "<EMPTY>", indent);
    Ok(())
}

fn flag_line(text: &mut Text, is_set: bool, line: &str, indent: usize) {
    if is_set {
        text.indent(indent);
        text.put(format_args!("{line}\n"));
    }
}

fn point_name(text: &mut Text, name: &PointName<'_>, indent: usize) {
    text.indent(indent);
    match name {
        PointName::Full(names) => {
            text.str("Full Name:\n");
            name_lines(text, names, indent);
            if text.is(OpensslVersion::V3_5) {
                text.str("\n");
            }
        }
        PointName::Relative(attributes) => {
            text.str("Relative Name:\n");
            text.indent(indent + 2);
            // It was checked when it was read.
            let _ = text.attributes(attributes, Style::OneLine);
            text.str("\n");
        }
    }
}

fn name_lines(text: &mut Text, names: &[GeneralName<'_>], indent: usize) {
    for (index, name) in names.iter().enumerate() {
        text.separate(index);
        text.indent(indent + 2);
        text.general_name(name);
        text.end_line();
    }
}

fn reason_lines(text: &mut Text, title: &str, bits: &BitString<'_>, indent: usize) {
    let names = reasons(bits);
    text.indent(indent);
    text.put(format_args!("{title}:\n"));
    text.indent(indent + 2);
    match names.is_empty() {
        true => text.str("<EMPTY>\n"),
        false => text.put(format_args!("{}\n", names.join(", "))),
    }
}
