//! UTCTime and GeneralizedTime: the bytes as written, and the moment they mean.

use time::{Date, Month, Time, UtcDateTime};

use crate::der::{Tag, Tlv};

/// A time in a certificate, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asn1Time<'a> {
    /// UTCTime or GeneralizedTime; anything else means nothing.
    pub tag: Tag,
    /// The characters.
    pub text: &'a [u8],
}

impl<'a> Asn1Time<'a> {
    /// A time from its element.
    pub fn new(tlv: Tlv<'a>) -> Self {
        Asn1Time {
            tag: tlv.tag,
            text: tlv.body,
        }
    }

    /// The moment, when it is written as RFC 5280 section 4.1.2.5 wants it (`YYMMDDHHMMSSZ` or
    /// `YYYYMMDDHHMMSSZ`); years 50 to 99 of UTCTime are the twentieth century.
    pub fn moment(&self) -> Option<UtcDateTime> {
        let (year, rest) = if self.tag.is_like(Tag::UTC_TIME) {
            let year = digits(self.text.get(..2)?)?;
            (
                if year < 50 { 2000 + year } else { 1900 + year },
                &self.text[2..],
            )
        } else if self.tag.is_like(Tag::GENERALIZED_TIME) {
            (digits(self.text.get(..4)?)?, &self.text[4..])
        } else {
            return None;
        };
        let [fields @ .., b'Z'] = rest else {
            return None;
        };
        let fields: &[u8; 10] = fields.try_into().ok()?;
        let field = |i: usize| digits(&fields[i..i + 2]).and_then(|n| u8::try_from(n).ok());
        let month = Month::try_from(field(0)?).ok()?;
        let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, field(2)?).ok()?;
        let time = Time::from_hms(field(4)?, field(6)?, field(8)?).ok()?;
        Some(UtcDateTime::new(date, time))
    }
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0, |sum, byte| {
        byte.is_ascii_digit()
            .then(|| sum * 10 + u32::from(byte - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::time::macros::utc_datetime;

    #[test]
    fn reads_both_kinds() {
        let utc = Asn1Time {
            tag: Tag::UTC_TIME,
            text: b"240121123427Z",
        };
        assert_eq!(utc.moment(), Some(utc_datetime!(2024-01-21 12:34:27)));
        let old = Asn1Time {
            tag: Tag::UTC_TIME,
            text: b"500101000000Z",
        };
        assert_eq!(old.moment(), Some(utc_datetime!(1950-01-01 00:00:00)));
        let forever = Asn1Time {
            tag: Tag::GENERALIZED_TIME,
            text: b"99991231235959Z",
        };
        assert_eq!(forever.moment(), Some(utc_datetime!(9999-12-31 23:59:59)));
        let wrong = Asn1Time {
            tag: Tag::UTC_TIME,
            text: b"241321123427Z",
        };
        assert_eq!(wrong.moment(), None);
    }
}
