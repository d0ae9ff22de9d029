//! General names, as lists of values (`i2v_GENERAL_NAME`) and in lines (`GENERAL_NAME_print`).

use super::{Shown, Text, Unreadable, Value};
use crate::der::{Tag, Tlv};
use crate::extension::{GeneralName, general_names};
use crate::name::Name;
use crate::oid::Oid;
use crate::text::{OpensslVersion, number};

/// How much of a name or number is shown in a list.
const LINE_LIMIT: usize = 255;

pub(super) fn alternative_names(text: &mut Text, der: &[u8], indent: usize) -> Shown {
    let names = general_names(der)?;
    let values = names.iter().map(|name| value(name, text.version));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    text.values(&values, indent);
    Ok(())
}

/// A name as part of a list.
pub(super) fn value(name: &GeneralName<'_>, version: OpensslVersion) -> Result<Value, Unreadable> {
    Ok(match name {
        GeneralName::Other(oid, other) => other_name(*oid, other, version)?,
        GeneralName::X400(_) => Value::named("X400Name", "<unsupported>"),
        GeneralName::EdiParty(_) => Value::named("EdiPartyName", "<unsupported>"),
        GeneralName::Email(bytes) => Value::named("email", without_nul(bytes)?),
        GeneralName::Dns(bytes) => Value::named("DNS", without_nul(bytes)?),
        GeneralName::Uri(bytes) => Value::named("URI", without_nul(bytes)?),
        GeneralName::Directory(name) => Value::named("DirName", one_line(name, version)?),
        GeneralName::Ip(bytes) => Value::named("IP Address", address(bytes)),
        GeneralName::RegisteredId(oid) => Value::named("Registered ID", object(*oid, version)),
    })
}

/// The kinds of other names that are shown, by OpenSSL's short name.
const OTHER_NAMES: [(&str, &str); 5] = [
    ("id-on-SmtpUTF8Mailbox", "SmtpUTF8Mailbox"),
    ("id-on-xmppAddr", "XmppAddr"),
    ("id-on-dnsSRV", "SRVName"),
    ("msUPN", "UPN"),
    ("id-on-NAIRealm", "NAIRealm"),
];

fn other_name(oid: Oid<'_>, value: &Tlv<'_>, version: OpensslVersion) -> Result<Value, Unreadable> {
    if version == OpensslVersion::V1_1_1 {
        return Ok(Value::named("othername", "<unsupported>"));
    }
    let is_text = matches!(value.tag, Tag::UTF8_STRING | Tag::IA5_STRING);
    let known = OTHER_NAMES
        .iter()
        .find(|(short, _)| oid.short_name() == Some(short));
    // Before 3.5, a second colon followed.
    let colon = if version == OpensslVersion::V3_5 {
        ""
    } else {
        ":"
    };
    if let Some((_, label)) = known {
        let wanted = if *label == "SRVName" {
            Tag::IA5_STRING
        } else {
            Tag::UTF8_STRING
        };
        return match value.tag == wanted {
            true => Ok(Value::named(
                format!("othername: {label}{colon}"),
                without_nul(value.body)?,
            )),
            false => Err(Unreadable),
        };
    }
    let object = object(oid, version);
    let label = format!("othername: {}{colon}", String::from_utf8_lossy(&object));
    Ok(match is_text {
        true => Value::named(label, without_nul(value.body)?),
        false => Value::named(label, "<unsupported>"),
    })
}

/// C's strings end at a zero byte: OpenSSL refuses to show such a name.
fn without_nul(bytes: &[u8]) -> Result<Vec<u8>, Unreadable> {
    match bytes.contains(&0) {
        true => Err(Unreadable),
        false => Ok(bytes.to_vec()),
    }
}

/// An identifier by name or in numbers, cut to what a line holds.
pub(super) fn object(oid: Oid<'_>, version: OpensslVersion) -> Vec<u8> {
    object_within(oid, version, LINE_LIMIT)
}

/// The same, within so many bytes.
pub(super) fn object_within(oid: Oid<'_>, version: OpensslVersion, limit: usize) -> Vec<u8> {
    let mut text = match version.names(oid) {
        Some((_, long)) => long.to_owned(),
        None => number::dotted(oid),
    };
    text.truncate(limit);
    text.into_bytes()
}

/// An address of four or sixteen bytes.
pub(super) fn address(bytes: &[u8]) -> String {
    match bytes {
        [a, b, c, d] => format!("{a}.{b}.{c}.{d}"),
        bytes if bytes.len() == 16 => {
            let groups = bytes
                .chunks(2)
                .map(|pair| format!("{:X}", u16::from(pair[0]) << 8 | u16::from(pair[1])));
            groups.collect::<Vec<_>>().join(":")
        }
        _ => format!("<invalid length={}>", bytes.len()),
    }
}

/// `/C=US/CN=x`, cut to what a line holds (`X509_NAME_oneline`).
pub(super) fn one_line(name: &Name<'_>, version: OpensslVersion) -> Result<Vec<u8>, Unreadable> {
    let mut line: Vec<u8> = Vec::new();
    for attribute in name.attributes()? {
        let label = match version.names(attribute.oid) {
            Some((short, _)) => short.to_owned(),
            None => number::dotted(attribute.oid),
        };
        let value = one_line_value(&attribute.value, version);
        if line.len() + 2 + label.len() + value.len() > LINE_LIMIT {
            break;
        }
        line.push(b'/');
        line.extend(label.bytes());
        line.push(b'=');
        line.extend(value);
    }
    Ok(line)
}

/// A value with `\xAB` for what is not visible ASCII; of wide strings only the bytes that count.
fn one_line_value(value: &Tlv<'_>, version: OpensslVersion) -> Vec<u8> {
    let kept = wide_mask(value);
    let mut out = Vec::new();
    for (index, byte) in value.body.iter().enumerate() {
        if !kept[index % 4] {
            continue;
        }
        match byte {
            b'/' | b'+' if version > OpensslVersion::V1_1_1 => out.extend([b'\\', *byte]),
            b' '..=b'~' => out.push(*byte),
            _ => out.extend(format!("\\x{byte:02X}").bytes()),
        }
    }
    out
}

/// Which of every four bytes ever hold something, for strings that may be wide
/// (`x509_obj.c`: only GeneralString is looked at so).
fn wide_mask(value: &Tlv<'_>) -> [bool; 4] {
    const GENERAL_STRING: u32 = 27;
    if value.tag.number != GENERAL_STRING || !value.body.len().is_multiple_of(4) {
        return [true; 4];
    }
    let holds = |place: usize| {
        value
            .body
            .iter()
            .skip(place)
            .step_by(4)
            .any(|byte| *byte != 0)
    };
    match holds(0) || holds(1) || holds(2) {
        true => [true; 4],
        false => [false, false, false, true],
    }
}

impl Text {
    /// A name in a line of its own.
    pub(super) fn general_name(&mut self, name: &GeneralName<'_>) {
        match name {
            GeneralName::Other(oid, value) => self.other_name(*oid, value),
            GeneralName::X400(_) => self.str("X400Name:<unsupported>"),
            GeneralName::EdiParty(_) => self.str("EdiPartyName:<unsupported>"),
            GeneralName::Email(bytes) => self.labelled("email:", bytes),
            GeneralName::Dns(bytes) => self.labelled("DNS:", bytes),
            GeneralName::Uri(bytes) => self.labelled("URI:", bytes),
            GeneralName::Directory(name) => {
                self.str("DirName:");
                // It was checked when it was read.
                let _ = self.spaced_name(name);
            }
            GeneralName::Ip(bytes) => self.address_line(bytes),
            GeneralName::RegisteredId(oid) => {
                self.str("Registered ID:");
                self.object(*oid);
            }
        }
    }

    fn labelled(&mut self, label: &str, bytes: &[u8]) {
        self.str(label);
        self.visible(bytes);
    }

    fn other_name(&mut self, oid: Oid<'_>, value: &Tlv<'_>) {
        let known = OTHER_NAMES
            .iter()
            .find(|(short, _)| oid.short_name() == Some(short));
        let wanted = |label: &str| {
            if label == "SRVName" {
                Tag::IA5_STRING
            } else {
                Tag::UTF8_STRING
            }
        };
        match known {
            Some((_, label)) if value.tag == wanted(label) && !self.is(OpensslVersion::V1_1_1) => {
                self.put(format_args!("othername:{label}:"));
                self.bytes(value.body);
            }
            _ => self.str("othername:<unsupported>"),
        }
    }

    fn address_line(&mut self, bytes: &[u8]) {
        match bytes.len() {
            4 => self.put(format_args!("IP Address:{}", address(bytes))),
            16 => {
                self.put(format_args!("IP Address:{}", address(bytes)));
                self.str(if self.is(OpensslVersion::V1_1_1) {
                    "\n"
                } else {
                    ""
                });
            }
            length if self.version > OpensslVersion::V1_1_1 => {
                self.put(format_args!("IP Address:<invalid length={length}>"));
            }
            _ => self.str("IP Address:<invalid>"),
        }
    }
}
