//! Integers and identifiers in numbers.

use crate::oid::Oid;

/// The sign and the magnitude of an INTEGER's content, without leading zeros (zero keeps one byte).
pub(super) fn magnitude(content: &[u8]) -> (bool, Vec<u8>) {
    let is_negative = content.first().is_some_and(|first| first & 0x80 != 0);
    let mut bytes = content.to_vec();
    if is_negative {
        negate(&mut bytes);
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let kept = bytes.split_off(zeros.min(bytes.len().saturating_sub(1)));
    (is_negative, kept)
}

/// Two's complement.
fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes.iter_mut().rev() {
        let (sum, over) = (!*byte).overflowing_add(u8::from(carry));
        *byte = sum;
        carry = over;
    }
}

/// The value of an INTEGER's content, when it fits C's `long`.
pub(super) fn small(content: &[u8]) -> Option<i64> {
    let (is_negative, magnitude) = magnitude(content);
    if magnitude.len() > 8 {
        return None;
    }
    let value = magnitude
        .iter()
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    match is_negative {
        true if value <= i64::MIN.unsigned_abs() => Some(0_i64.wrapping_sub_unsigned(value)),
        true => None,
        false => i64::try_from(value).ok(),
    }
}

/// As extensions print numbers: decimal below 128 bits, else hexadecimal (`bignum_to_string`).
pub(super) fn integer(content: &[u8]) -> String {
    let (is_negative, magnitude) = magnitude(content);
    let sign = if is_negative { "-" } else { "" };
    if magnitude.len() < 16 || magnitude.len() == 16 && magnitude[0] < 0x80 {
        let value = magnitude
            .iter()
            .fold(0_u128, |sum, byte| sum << 8 | u128::from(*byte));
        return format!("{sign}{value}");
    }
    let hex: String = magnitude.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("{sign}0x{hex}")
}

/// Bytes in hexadecimal with colons: `AB:CD`.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut hex = String::with_capacity(bytes.len() * 3);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            hex.push(':');
        }
        hex.push(char::from(DIGITS[usize::from(byte >> 4)]));
        hex.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    hex
}

/// An identifier in numbers of any size (`OBJ_obj2txt`).
pub(super) fn dotted(oid: Oid<'_>) -> String {
    let mut text = String::new();
    let mut arc: Vec<u8> = vec![0];
    for byte in oid.0 {
        shift_in(&mut arc, byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        if text.is_empty() {
            text = first_two(&arc);
        } else {
            text.push('.');
            text.push_str(&decimal(&arc));
        }
        arc = vec![0];
    }
    text
}

/// The first two arcs share one number.
fn first_two(arc: &[u8]) -> String {
    match arc {
        [0, single] | [single] if *single < 80 => format!("{}.{}", single / 40, single % 40),
        _ => {
            let mut rest = arc.to_vec();
            subtract(&mut rest, 80);
            format!("2.{}", decimal(&rest))
        }
    }
}

fn shift_in(number: &mut Vec<u8>, low: u8) {
    let mut carry = u16::from(low);
    for byte in number.iter_mut().rev() {
        let value = u16::from(*byte) << 7 | carry;
        // The low byte stays, the rest moves on.
        *byte = (value & 0xff) as u8;
        carry = value >> 8;
    }
    if carry > 0 {
        number.insert(0, (carry & 0xff) as u8);
    }
}

fn subtract(number: &mut [u8], low: u8) {
    let mut borrow = low;
    for byte in number.iter_mut().rev() {
        let (difference, under) = byte.overflowing_sub(borrow);
        *byte = difference;
        borrow = u8::from(under);
    }
}

fn decimal(number: &[u8]) -> String {
    let mut rest = number.to_vec();
    let mut digits = Vec::new();
    while rest.iter().any(|byte| *byte != 0) {
        let mut remainder = 0_u16;
        for byte in &mut rest {
            let value = remainder << 8 | u16::from(*byte);
            // Below 256, since the remainder is below ten.
            *byte = (value / 10) as u8;
            remainder = value % 10;
        }
        digits.push(char::from(b'0' + (remainder as u8)));
    }
    match digits.is_empty() {
        true => "0".to_owned(),
        false => digits.iter().rev().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_size() {
        assert_eq!(dotted(Oid(&[0x2a, 0x86, 0x48])), "1.2.840");
        assert_eq!(dotted(Oid(&[0x88, 0x37])), "2.999");
        assert_eq!(small(&[0xff, 0x7f]), Some(-129));
        assert_eq!(integer(&[0x80]), "-128");
        assert_eq!(integer(&[0; 1]), "0");
    }
}
