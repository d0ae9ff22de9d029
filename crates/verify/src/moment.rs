//! The times in a certificate as Go reads and prints them.

use std::cmp::Ordering;
use std::fmt;

use time::{Date, Month, Time, UtcDateTime};
use x509::der::{Reader, Tag};

use crate::der::Cryptobyte;
use crate::error::ParseError;

/// A moment to the second, with the offset from UTC it was written in; compares as a moment.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    unix: i64,
    offset: i32,
}

impl Moment {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn unix_seconds(self) -> i64 {
        self.unix
    }

    /// The moment in UTC.
    pub fn utc(self) -> UtcDateTime {
        let bounds = (UtcDateTime::MIN, UtcDateTime::MAX);
        let seconds = self
            .unix
            .clamp(bounds.0.unix_timestamp(), bounds.1.unix_timestamp());
        UtcDateTime::from_unix_timestamp(seconds).unwrap_or(bounds.1)
    }

    /// How a moment with nanoseconds lies to this one.
    pub(crate) fn compare(self, other: UtcDateTime) -> Ordering {
        (i128::from(self.unix) * 1_000_000_000).cmp(&other.unix_timestamp_nanos())
    }

    /// Reads a UTCTime or GeneralizedTime: whole seconds (a UTCTime may lack them), and `Z` or an
    /// offset, as `cryptobyte.ReadASN1UTCTime` and `ReadASN1GeneralizedTime` do.
    pub(crate) fn read(input: &mut Reader<'_>) -> Result<Self, ParseError> {
        if input.has(Tag::UTC_TIME) {
            let text = input.element(Tag::UTC_TIME).map(|tlv| tlv.body);
            text.and_then(utc_time)
                .ok_or(ParseError::new("x509: malformed UTCTime"))
        } else if input.has(Tag::GENERALIZED_TIME) {
            let text = input.element(Tag::GENERALIZED_TIME).map(|tlv| tlv.body);
            text.and_then(generalized_time)
                .ok_or(ParseError::new("x509: malformed GeneralizedTime"))
        } else {
            Err(ParseError::new("x509: unsupported time format"))
        }
    }

    fn local(self) -> Option<UtcDateTime> {
        UtcDateTime::from_unix_timestamp(self.unix + i64::from(self.offset)).ok()
    }
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.unix == other.unix
    }
}

impl Eq for Moment {}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moment {
    fn cmp(&self, other: &Self) -> Ordering {
        self.unix.cmp(&other.unix)
    }
}

/// As Go's `time.RFC3339`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_seconds(f, self.local().unwrap_or(UtcDateTime::MAX))?;
        let minutes = self.offset.abs() / 60;
        match self.offset {
            0 => f.write_str("Z"),
            offset => {
                let sign = if offset < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

/// The current time as Go's `time.RFC3339` prints it: whole seconds.
pub(crate) struct Now(pub UtcDateTime);

impl fmt::Display for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_seconds(f, self.0)?;
        f.write_str("Z")
    }
}

fn write_seconds(f: &mut fmt::Formatter<'_>, at: UtcDateTime) -> fmt::Result {
    let (year, month, day) = at.to_calendar_date();
    let (hour, minute, second) = at.as_hms();
    write!(
        f,
        "{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}",
        u8::from(month)
    )
}

fn utc_time(text: &[u8]) -> Option<Moment> {
    let (year, rest) = digits(text, 2)?;
    let year = if year < 50 { 2000 + year } else { 1900 + year };
    read_moment(year, rest, true)
}

fn generalized_time(text: &[u8]) -> Option<Moment> {
    let (year, rest) = digits(text, 4)?;
    read_moment(year, rest, false)
}

fn read_moment(year: i32, rest: &[u8], seconds_may_lack: bool) -> Option<Moment> {
    let mut rest = rest;
    let mut two = || {
        let (number, after) = digits(rest, 2)?;
        rest = after;
        u8::try_from(number).ok()
    };
    let (month, day, hour, minute) = (two()?, two()?, two()?, two()?);
    let second = match two() {
        Some(second) => second,
        None if seconds_may_lack => 0,
        None => return None,
    };
    let offset = read_offset(rest)?;
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
    let local = UtcDateTime::new(date, Time::from_hms(hour, minute, second).ok()?);
    Some(Moment {
        unix: local.unix_timestamp() - i64::from(offset),
        offset,
    })
}

/// Seconds east of UTC: `Z`, or a sign, hours and minutes that are not all zero.
fn read_offset(zone: &[u8]) -> Option<i32> {
    let (sign, hours_minutes) = match zone {
        b"Z" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = digits(hours_minutes, 2)?;
    let (minutes, rest) = digits(rest, 2)?;
    let seconds = (hours * 60 + minutes) * 60;
    // Go takes 24 hours, and wants what it would print itself.
    (rest.is_empty() && hours <= 24 && minutes < 60 && seconds > 0).then_some(sign * seconds)
}

fn digits(text: &[u8], count: usize) -> Option<(i32, &[u8])> {
    let (digits, rest) = text.split_at_checked(count)?;
    let number = digits.iter().try_fold(0, |sum, byte| {
        byte.is_ascii_digit()
            .then(|| sum * 10 + i32::from(byte - b'0'))
    })?;
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(read: fn(&[u8]) -> Option<Moment>, text: &str) -> Option<String> {
        read(text.as_bytes()).map(|moment| moment.to_string())
    }

    #[test]
    fn takes_the_forms_go_takes() {
        let taken = [
            ("240121123427Z", "2024-01-21T12:34:27Z"),
            ("2401211234Z", "2024-01-21T12:34:00Z"),
            ("500101000000Z", "1950-01-01T00:00:00Z"),
            ("491231235959Z", "2049-12-31T23:59:59Z"),
            ("240121123427+0130", "2024-01-21T12:34:27+01:30"),
        ];
        for (text, wanted) in taken {
            assert_eq!(shown(utc_time, text).as_deref(), Some(wanted), "{text}");
        }
        for text in [
            "240121123427",
            "240230000000Z",
            "240121123427+0000",
            "240121123460Z",
            "24012112342Z",
        ] {
            assert_eq!(shown(utc_time, text), None, "{text}");
        }
        assert_eq!(
            shown(generalized_time, "99991231235959Z").as_deref(),
            Some("9999-12-31T23:59:59Z")
        );
        assert_eq!(shown(generalized_time, "202401211234Z"), None);
        assert_eq!(shown(generalized_time, "20240121123427.5Z"), None);
    }

    #[test]
    fn an_offset_counts() {
        let east = utc_time(b"240121123427+0100").unwrap();
        let utc = utc_time(b"240121113427Z").unwrap();
        assert_eq!(east, utc);
        assert_eq!(utc.utc().to_string(), east.utc().to_string());
    }
}
