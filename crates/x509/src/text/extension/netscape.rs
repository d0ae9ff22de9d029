//! Netscape's strings (`v3_ia5.c`).

use super::{Shown, Text};
use crate::der::{Rules, Tag, first};

pub(super) fn string(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let value = first(der, Tag::IA5_STRING, Rules::Ber)?;
    text.indent(indent);
    text.c_string(value.body);
    Ok(())
}
