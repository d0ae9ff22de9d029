//! Times as OpenSSL prints them (`a_time.c`).

use super::{Printed, Stop, Text};
use crate::der::Tag;
use crate::time::Asn1Time;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A time with its parts in Greenwich time.
struct Parts {
    year: i64,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
}

impl Text {
    /// `Jan 21 12:34:27 2024 GMT`; a time that means nothing says so, and 1.1.1 prints no more.
    pub(super) fn time(&mut self, time: &Asn1Time<'_>) -> Printed {
        let Some(parts) = parts(time) else {
            self.str("Bad time value");
            return Err(Stop);
        };
        self.put(format_args!(
            "{} {:2} {:02}:{:02}:{:02}",
            MONTHS[usize::from(parts.month.clamp(1, 12) - 1)],
            parts.day,
            parts.hour,
            parts.minute,
            parts.second
        ));
        self.bytes(fraction(time));
        self.put(format_args!(" {} GMT", parts.year));
        Ok(())
    }
}

/// The fraction of a second with its point, only where the point is the fifteenth character.
fn fraction<'a>(time: &Asn1Time<'a>) -> &'a [u8] {
    match time.text.get(14..) {
        Some(rest @ [b'.', ..]) if time.tag == Tag::GENERALIZED_TIME => {
            let digits = rest[1..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            &rest[..=digits]
        }
        _ => &[],
    }
}

/// Reads a time as leniently as `ossl_asn1_time_to_tm`: seconds may be left out, and a zone may
/// stand for `Z`.
fn parts(time: &Asn1Time<'_>) -> Option<Parts> {
    let mut reader = Digits { rest: time.text };
    let (year, least) = match time.tag {
        Tag::UTC_TIME => {
            let year = i64::from(reader.two(0, 99)?);
            (if year < 50 { 2000 + year } else { 1900 + year }, 11)
        }
        Tag::GENERALIZED_TIME => (
            i64::from(reader.two(0, 99)?) * 100 + i64::from(reader.two(0, 99)?),
            13,
        ),
        _ => return None,
    };
    if time.text.len() < least {
        return None;
    }
    let month = reader.two(1, 12)?;
    let day = reader.two(1, days_in(year, month))?;
    let (hour, minute) = (reader.two(0, 23)?, reader.two(0, 59)?);
    let second = if reader.is_at_zone() {
        0
    } else {
        reader.two(0, 59)?
    };
    if time.tag == Tag::GENERALIZED_TIME {
        reader.skip_fraction()?;
    }
    let parts = Parts {
        year,
        month,
        day,
        hour,
        minute,
        second,
    };
    let offset = reader.zone()?;
    Some(if offset == 0 {
        parts
    } else {
        parts.shifted(offset)
    })
}

fn days_in(year: i64, month: u8) -> u8 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

struct Digits<'a> {
    rest: &'a [u8],
}

impl Digits<'_> {
    /// Two digits within bounds, after which something must follow.
    fn two(&mut self, least: u8, most: u8) -> Option<u8> {
        let [a, b, rest @ ..] = self.rest else {
            return None;
        };
        if !a.is_ascii_digit() || !b.is_ascii_digit() {
            return None;
        }
        self.rest = rest;
        let value = (a - b'0') * 10 + (b - b'0');
        (least..=most).contains(&value).then_some(value)
    }

    fn is_at_zone(&self) -> bool {
        matches!(self.rest.first(), Some(b'Z' | b'+' | b'-'))
    }

    fn skip_fraction(&mut self) -> Option<()> {
        let [b'.', rest @ ..] = self.rest else {
            return Some(());
        };
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = &rest[digits..];
        (digits > 0).then_some(())
    }

    /// The zone's offset in minutes, to be added; it must end the time.
    fn zone(&mut self) -> Option<i64> {
        match self.rest {
            [b'Z'] => Some(0),
            [sign @ (b'+' | b'-'), digits @ ..] if digits.len() == 4 => {
                self.rest = digits;
                let minutes = i64::from(self.two(0, 12)?) * 60 + i64::from(self.two(0, 59)?);
                Some(if *sign == b'-' { minutes } else { -minutes })
            }
            _ => None,
        }
    }
}

impl Parts {
    /// The same moment, so many minutes later.
    fn shifted(self, minutes: i64) -> Self {
        let total = i64::from(self.hour) * 60 + i64::from(self.minute) + minutes;
        let mut shifted = Parts {
            // Both are within their bounds after the remainders.
            hour: (total.rem_euclid(1440) / 60) as u8,
            minute: (total.rem_euclid(60)) as u8,
            ..self
        };
        match total.div_euclid(1440) {
            1.. => shifted.next_day(),
            0 => {}
            _ => shifted.previous_day(),
        }
        shifted
    }

    fn next_day(&mut self) {
        self.day += 1;
        if self.day > days_in(self.year, self.month) {
            (self.day, self.month) = (1, self.month + 1);
        }
        if self.month > 12 {
            (self.month, self.year) = (1, self.year + 1);
        }
    }

    fn previous_day(&mut self) {
        if self.day > 1 {
            self.day -= 1;
            return;
        }
        (self.month, self.year) = match self.month {
            1 => (12, self.year - 1),
            month => (month - 1, self.year),
        };
        self.day = days_in(self.year, self.month);
    }
}
