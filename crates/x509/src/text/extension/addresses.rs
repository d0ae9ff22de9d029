//! Address blocks and numbers of autonomous systems (RFC 3779; `v3_addr.c`, `v3_asid.c`).

use super::general_name::address;
use super::{Shown, Text, Unreadable};
use crate::der::{Rules, Tag, Tlv, first};
use crate::text::number;
use crate::value::{BitString, bits, integer, octet_string};

pub(super) fn numbers(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    text.whole(|text| all_numbers(text, der, indent))
}

pub(super) fn blocks(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    text.whole(|text| all_blocks(text, der, indent))
}

fn all_numbers(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let mut fields = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    for (tag, title) in [
        (0, "Autonomous System Numbers"),
        (1, "Routing Domain Identifiers"),
    ] {
        if let Some(explicit) = fields.optional(Tag::context_constructed(tag))? {
            number_choice(text, explicit, title, indent)?;
        }
    }
    fields.finish()?;
    Ok(())
}

fn number_choice(text: &mut Text, explicit: Tlv<'_>, title: &str, indent: usize) -> Shown {
    text.indent(indent);
    text.put(format_args!("{title}:\n"));
    let mut choice = explicit.reader(Rules::Ber);
    let tlv = choice.next_tlv()?;
    choice.finish()?;
    if tlv.tag == Tag::NULL {
        text.indent(indent + 2);
        text.str("inherit\n");
        return Ok(());
    }
    let mut list = tlv.reader(Rules::Ber);
    while !list.is_empty() {
        let item = list.next_tlv()?;
        text.indent(indent + 2);
        match item.tag {
            Tag::INTEGER => text.put(format_args!("{}\n", number::integer(integer(item)?))),
            Tag::SEQUENCE => {
                let mut range = item.reader(Rules::Ber);
                let (least, most) = (range.expect(Tag::INTEGER)?, range.expect(Tag::INTEGER)?);
                range.finish()?;
                let (least, most) = (
                    number::integer(integer(least)?),
                    number::integer(integer(most)?),
                );
                text.put(format_args!("{least}-{most}\n"));
            }
            _ => return Err(Unreadable),
        }
    }
    Ok(())
}

fn all_blocks(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let mut list = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    while !list.is_empty() {
        let mut family = list.expect(Tag::SEQUENCE)?.reader(Rules::Ber);
        let id = octet_string(family.next_tlv()?.raw)?;
        let choice = family.next_tlv()?;
        family.finish()?;
        block(text, id, choice, indent)?;
    }
    Ok(())
}

fn block(text: &mut Text, family: &[u8], choice: Tlv<'_>, indent: usize) -> Shown {
    let (afi, length) = match family {
        [0, 1, ..] => ("IPv4".to_owned(), 4),
        [0, 2, ..] => ("IPv6".to_owned(), 16),
        [a, b, ..] => (format!("Unknown AFI {}", u16::from_be_bytes([*a, *b])), 0),
        _ => return Err(Unreadable),
    };
    text.indent(indent);
    text.str(&afi);
    match family.get(2) {
        Some(1) => text.str(" (Unicast)"),
        Some(2) => text.str(" (Multicast)"),
        Some(3) => text.str(" (Unicast/Multicast)"),
        Some(4) => text.str(" (MPLS)"),
        Some(64) => text.str(" (Tunnel)"),
        Some(65) => text.str(" (VPLS)"),
        Some(66) => text.str(" (BGP MDT)"),
        Some(128) => text.str(" (MPLS-labeled VPN)"),
        Some(other) => text.put(format_args!(" (Unknown SAFI {other})")),
        None => {}
    }
    if choice.tag == Tag::NULL {
        text.str(": inherit\n");
        return Ok(());
    }
    text.str(":\n");
    let mut list = choice.reader(Rules::Ber);
    while !list.is_empty() {
        text.indent(indent + 2);
        entry(text, list.next_tlv()?, length)?;
    }
    Ok(())
}

fn entry(text: &mut Text, item: Tlv<'_>, length: usize) -> Shown {
    match item.tag {
        Tag::BIT_STRING => {
            let prefix = bits(item.body)?;
            let count = prefix.bytes.len() * 8 - usize::from(prefix.unused);
            text.put(format_args!("{}/{count}\n", expanded(&prefix, length, 0)?));
        }
        Tag::SEQUENCE => {
            let mut range = item.reader(Rules::Ber);
            let (least, most) = (
                range.expect(Tag::BIT_STRING)?,
                range.expect(Tag::BIT_STRING)?,
            );
            range.finish()?;
            let (least, most) = (bits(least.body)?, bits(most.body)?);
            text.put(format_args!(
                "{}-{}\n",
                expanded(&least, length, 0)?,
                expanded(&most, length, 0xff)?
            ));
        }
        _ => return Err(Unreadable),
    }
    Ok(())
}

/// An address from its leading bits, the rest filled.
fn expanded(prefix: &BitString<'_>, length: usize, fill: u8) -> Result<String, Unreadable> {
    let mut bytes = prefix.bytes.to_vec();
    if let Some(last) = bytes.last_mut() {
        let mask = 0xff_u8 >> (8 - u32::from(prefix.unused).min(7)).min(7);
        let mask = if prefix.unused == 0 { 0 } else { mask };
        *last = *last & !mask | fill & mask;
    }
    if bytes.len() > length {
        return Err(Unreadable);
    }
    bytes.resize(length, fill);
    Ok(if length == 16 {
        compressed(&bytes)
    } else {
        address(&bytes)
    })
}

/// An IPv6 address without its trailing zeros.
fn compressed(bytes: &[u8]) -> String {
    let groups: Vec<String> = bytes
        .chunks(2)
        .map(|pair| format!("{:x}", u16::from(pair[0]) << 8 | u16::from(pair[1])))
        .collect();
    let used = groups.len()
        - groups
            .iter()
            .rev()
            .take_while(|group| *group == "0")
            .count();
    let mut text = groups[..used].join(":");
    if used < 8 {
        text.push_str("::");
    }
    text
}
