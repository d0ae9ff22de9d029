//! Where more is to be had: authority and subject information access (`v3_info.c`).

use super::general_name::{object_within, value};
use super::{Shown, Text};
use crate::der::{Rules, Tag, first};
use crate::extension::GeneralName;
use crate::value::object_identifier;

pub(super) fn information_access(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let mut list = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    let mut values = Vec::new();
    while !list.is_empty() {
        let mut description = list.expect(Tag::SEQUENCE)?.reader(Rules::Ber);
        let method = object_identifier(description.expect(Tag::OID)?)?;
        let location = GeneralName::from_tlv(description.next_tlv()?)?;
        description.finish()?;
        let mut location = value(&location, text.version)?;
        let mut name = object_within(method, text.version, 79);
        name.extend(b" - ");
        name.extend(location.name.unwrap_or_default());
        location.name = Some(name);
        values.push(location);
    }
    text.value_lines(&values, indent);
    Ok(())
}
