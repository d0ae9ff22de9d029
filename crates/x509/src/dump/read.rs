//! The fields of a dump, in the order in which they are printed.

use time::{Date, Month, Time, UtcDateTime};

use super::lines::Lines;
use super::name::{Kinds, PrintedName};
use super::{DumpError, extension, key};
use crate::build::{SignError, Signer, Template};
use crate::oid::Oid;
use crate::{Certificate, write};

/// What a dump says.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    serial: Vec<u8>,
    algorithm: Vec<u8>,
    issuer: PrintedName,
    not_before: UtcDateTime,
    not_after: UtcDateTime,
    subject: PrintedName,
    public_key: Vec<u8>,
    extensions: Vec<Vec<u8>>,
    signature: Vec<u8>,
}

/// Reads the lines below `Data:`.
pub(super) fn fields(lines: &mut Lines<'_>) -> Result<Fields, DumpError> {
    if !lines.expect("Version:", "version")?.starts_with("3 ") {
        return Err(lines.unsupported("a certificate of a version other than 3"));
    }
    let serial = serial(lines)?;
    let name = lines.expect("Signature Algorithm:", "signature algorithm")?;
    let algorithm = algorithm(name, lines)?;
    let issuer = PrintedName::read(lines.expect("Issuer:", "issuer")?, lines)?;
    lines.expect("Validity", "validity")?;
    let not_before = moment(lines.expect("Not Before:", "start of validity")?);
    let not_before = not_before.ok_or(lines.damaged("start of validity"))?;
    let not_after = moment(lines.expect("Not After :", "end of validity")?);
    let not_after = not_after.ok_or(lines.damaged("end of validity"))?;
    let subject = PrintedName::read(lines.expect("Subject:", "subject")?, lines)?;
    let public_key = key::read(lines)?;
    let extensions = extension::all(lines)?;
    if lines.expect("Signature Algorithm:", "signature")? != name {
        return Err(lines.damaged("signature algorithm, printed twice but not alike,"));
    }
    lines.after("Signature Value:");
    Ok(Fields {
        serial,
        algorithm,
        issuer,
        not_before,
        not_after,
        subject,
        public_key,
        extensions,
        signature: lines.hex("signature")?,
    })
}

impl Fields {
    /// The certificate, with these kinds of strings in its names.
    pub(super) fn build(&self, issuer: Kinds, subject: Kinds) -> Result<Certificate, DumpError> {
        let template = Template {
            serial: self.serial.clone(),
            issuer: self.issuer.to_der(issuer),
            not_before: self.not_before,
            not_after: self.not_after,
            subject: self.subject.to_der(subject),
            public_key: self.public_key.clone(),
            extensions: self.extensions.clone(),
        };
        // A printed signature is always at hand.
        let der = template.sign(self).unwrap_or_default();
        Ok(Certificate::from_der(der)?)
    }
}

/// It signed once, and that was printed.
impl Signer for Fields {
    fn algorithm(&self) -> Vec<u8> {
        self.algorithm.clone()
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(self.signature.clone())
    }
}

/// `4085601723811199419 (0x38b2f91f117d79bb)`, or bytes in the next line.
fn serial(lines: &mut Lines<'_>) -> Result<Vec<u8>, DumpError> {
    let text = lines.expect("Serial Number:", "serial number")?;
    if text.is_empty() {
        return lines.hex("serial number");
    }
    let decimal = text
        .split(' ')
        .next()
        .and_then(|number| number.parse().ok());
    let number: u64 = decimal.ok_or(lines.damaged("serial number"))?;
    Ok(number.to_be_bytes().to_vec())
}

/// RFC 3279 and RFC 4055 want NULL with RSA, RFC 5758 and RFC 8410 nothing with the others.
fn algorithm(name: &str, lines: &Lines<'_>) -> Result<Vec<u8>, DumpError> {
    let parameters = match name {
        _ if name.ends_with("WithRSAEncryption") => write::null(),
        _ if name.starts_with("ecdsa-with-") || name.starts_with("ED") => Vec::new(),
        _ => return Err(lines.unsupported(format!("the signature algorithm {name:?}"))),
    };
    let oid = Oid::by_long_name(name).ok_or(lines.damaged("signature algorithm"))?;
    Ok(write::sequence([write::oid(oid), parameters]))
}

/// `Jan 21 12:34:27 2024 GMT`
fn moment(text: &str) -> Option<UtcDateTime> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let words: Vec<&str> = text.split_whitespace().take(6).collect();
    let [month, day, clock, year, "GMT"] = words[..] else {
        return None;
    };
    let month = MONTHS
        .find(month)
        .filter(|at| month.len() == 3 && at % 3 == 0)?;
    let month = Month::try_from(u8::try_from(month / 3 + 1).ok()?).ok()?;
    let year = year.parse().ok().filter(|year| (0..=9999).contains(year))?;
    let date = Date::from_calendar_date(year, month, day.parse().ok()?).ok()?;
    let mut clock = clock.split(':').map(|part| part.parse().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    Some(UtcDateTime::new(
        date,
        Time::from_hms(hour, minute, second).ok()?,
    ))
}
