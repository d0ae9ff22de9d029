//! A paragraph for everything that was found.

use anstyle::{AnsiColor, Style};
use cluster::draw::printable;
use time::UtcDateTime;
use x509::dump::Signature;
use x509::extension::key_usages;
use x509::{Certificate, Request, RevocationList};

use super::json::{hex, key_kind, names, usage_name};
use super::{KeyBeside, Summaries, meaning};
use crate::find::{Found, Item};
use crate::show::labels::push;

/// A certificate that lasts no longer than this many days is worth a second look.
const SOON: i64 = 30;

/// A label with its text, and how the text is to look.
type Line = (&'static str, String, Style);

impl Summaries<'_> {
    /// Paragraphs no wider than `width`.
    pub fn to_human(&self, width: usize) -> String {
        let items = self.found.iter().zip(&self.keys);
        let paragraphs: Vec<String> = items
            .map(|(found, key)| self.paragraph(found, key.as_ref(), width))
            .collect();
        paragraphs.join("\n")
    }

    fn paragraph(&self, found: &Found, key: Option<&KeyBeside>, width: usize) -> String {
        let mut lines = match &found.item {
            Item::Certificate(certificate) => self.certificate_lines(certificate),
            Item::Request(request) => request_lines(request),
            Item::List(list) => list_lines(list),
            Item::Key(key) => vec![line("private key", format!("{}, not shown", key.kind()))],
            Item::Broken(label, why) => vec![("unreadable", format!("{label}: {why}"), red())],
        };
        lines.extend(found.rebuilt.map(rebuilt_line));
        if let Some(key) = key {
            let (text, style) = match key.fits {
                true => (format!("fits, in {}", key.place), Style::new()),
                false => (format!("does not fit: {}", key.place), red()),
            };
            lines.push(("private key", text, style));
        }
        let bold = Style::new().bold();
        let mut out = format!("{bold}{}{bold:#}\n", printable(&found.place.to_string()));
        for (label, text, style) in lines {
            push(&mut out, label, &text, style, width);
        }
        out
    }

    fn certificate_lines(&self, certificate: &Certificate) -> Vec<Line> {
        let mut lines = vec![
            line("is", meaning::of(certificate)),
            line("subject", certificate.subject().to_string()),
            line("issuer", issuer(certificate)),
        ];
        let alternative = names(&certificate.subject_alternative_names());
        if !alternative.is_empty() {
            lines.push(line("names", alternative.join(", ")));
        }
        lines.push(self.validity(certificate));
        lines.push(line("usages", usages(certificate)));
        lines.push(line("key", key_kind(&certificate.public_key())));
        lines.push(line(
            "signed with",
            usage_name(certificate.signature_algorithm().oid),
        ));
        lines.push(line("serial", hex(certificate.serial())));
        lines.push(line("sha256", hex(&certificate.sha256())));
        lines.push(line("sha1", hex(&certificate.sha1())));
        lines
    }

    fn validity(&self, certificate: &Certificate) -> Line {
        let (begin, end) = (
            certificate.not_before().moment(),
            certificate.not_after().moment(),
        );
        let (Some(begin), Some(end)) = (begin, end) else {
            return ("valid", "its times mean nothing".to_owned(), red());
        };
        let days = self.days_left(certificate).unwrap_or_default();
        let range = format!("{} to {}", minute(begin), minute(end));
        let (state, style) = match days {
            _ if begin > self.at => (
                format!("begins in {}", count((begin - self.at).whole_days())),
                red(),
            ),
            days if days < 0 => (format!("ended {} ago", count(-days)), red()),
            days if days <= SOON => (format!("{} left", count(days)), yellow()),
            days => (format!("{} left", count(days)), Style::new()),
        };
        ("valid", format!("{range}, {state}"), style)
    }
}

fn rebuilt_line(signature: Signature) -> Line {
    let text = match signature {
        Signature::Confirmed => {
            "from the text that OpenSSL printed; its signature proves it the same"
        }
        Signature::Unconfirmed => {
            "from the text that OpenSSL printed; not proven the same, as its issuer's certificate is not at hand"
        }
    };
    line("rebuilt", text.to_owned())
}

fn issuer(certificate: &Certificate) -> String {
    match certificate.issuer().raw() == certificate.subject().raw() {
        true => "itself".to_owned(),
        false => certificate.issuer().to_string(),
    }
}

fn usages(certificate: &Certificate) -> String {
    let mut usages: Vec<String> = Vec::new();
    let bits = certificate
        .key_usage()
        .map(|bits| key_usages(&bits))
        .unwrap_or_default();
    usages.extend(bits.into_iter().map(str::to_owned));
    usages.extend(
        certificate
            .extended_key_usage()
            .unwrap_or_default()
            .iter()
            .map(|usage| usage_name(*usage)),
    );
    match usages.is_empty() {
        true => "any: none is named".to_owned(),
        false => usages.join(", "),
    }
}

fn request_lines(request: &Request) -> Vec<Line> {
    vec![
        line("is", "a request for a certificate".to_owned()),
        line("subject", request.subject().to_string()),
        line("key", key_kind(&request.public_key())),
    ]
}

fn list_lines(list: &RevocationList) -> Vec<Line> {
    let revoked = list.revoked().len();
    let next = list.next_update().and_then(|time| time.moment());
    let made = list.this_update().moment();
    vec![
        line("is", "a revocation list".to_owned()),
        line("issuer", list.issuer().to_string()),
        line(
            "made",
            made.map_or_else(|| "at a time that means nothing".to_owned(), minute),
        ),
        line("next due", next.map_or_else(|| "never".to_owned(), minute)),
        line(
            "revokes",
            format!(
                "{revoked} certificate{}",
                if revoked == 1 { "" } else { "s" }
            ),
        ),
    ]
}

fn line(label: &'static str, text: String) -> Line {
    (label, text, Style::new())
}

fn count(days: i64) -> String {
    match days {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

fn minute(moment: UtcDateTime) -> String {
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02} UTC",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute()
    )
}

fn red() -> Style {
    Style::new().fg_color(Some(AnsiColor::Red.into()))
}

fn yellow() -> Style {
    Style::new().fg_color(Some(AnsiColor::Yellow.into()))
}
