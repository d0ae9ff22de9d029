//! `kubepki list`: every credential and authority, and how long it lasts; what stops when it ends.

mod calendar;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use cluster::listing::{
    Found, InObject, Listing, Row, alternative_names, distinguished, residual_time,
};
use serde_json::{Value, json};
use time::UtcDateTime;

use super::Outcome;
use crate::args::{At, Tree};
use crate::error::CliError;
use crate::objects::Sources;
use crate::show::{
    self, date, rfc3339,
    table::{Cell, Table},
};

/// Arguments of `kubepki list`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    tree: Tree,

    #[command(flatten)]
    sources: Sources,

    #[command(flatten)]
    at: At,

    #[command(flatten)]
    calendar: calendar::CalendarArgs,

    /// How to show them.
    #[arg(short, long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,
}

/// How credentials are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// kubeadm's columns.
    Text,
    /// Those, and owner, names, issuer and place.
    Wide,
    /// For programs; kubeadm's keys and more.
    Json,
    /// The same as YAML.
    Yaml,
    /// With --calendar, for calendar programs: iCalendar.
    Ics,
}

/// What lasts less than this many seconds is shown as a warning: 30 days.
const SOON: i64 = 30 * 24 * 60 * 60;

/// Prints the list.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let inventory = args.sources.read_beside(&args.tree, quiet)?;
    show::unreadable(&inventory, quiet);
    let at = args.at.moment();
    if args.calendar.calendar {
        let text = args.calendar.show(&inventory, at, args.output);
        show::stdout(text.as_bytes())?;
        return Ok(Outcome::Clean);
    }
    let listing = Listing::of(&inventory);
    let text = match args.output {
        Format::Text => tables(&listing, at, false),
        Format::Wide => tables(&listing, at, true),
        Format::Json => format!("{:#}\n", to_json(&listing, at)),
        Format::Yaml => yaml::write(&to_json(&listing, at)),
        Format::Ics => return Err(CliError::Contradiction("-o ics shows the --calendar")),
    };
    show::stdout(text.as_bytes())?;
    Ok(Outcome::Clean)
}

fn tables(listing: &Listing, at: UtcDateTime, wide: bool) -> String {
    let rows = || listing.credentials.iter().chain(&listing.authorities);
    let mut nodes: Vec<_> = rows().map(|row| &row.node).collect();
    nodes.dedup();
    nodes.sort();
    nodes.dedup();
    let shape = Shape {
        at,
        wide,
        nodes: nodes.len() > 1,
    };
    let tables = [
        (!listing.credentials.is_empty() || listing.objects.is_empty())
            .then(|| shape.table(&listing.credentials, true)),
        (!listing.authorities.is_empty()).then(|| shape.table(&listing.authorities, false)),
        (!listing.objects.is_empty()).then(|| shape.objects(&listing.objects)),
    ];
    let tables: Vec<String> = tables.into_iter().flatten().collect();
    tables.join("\n")
}

/// Which columns there are.
struct Shape {
    at: UtcDateTime,
    wide: bool,
    nodes: bool,
}

impl Shape {
    fn table(&self, rows: &[Row], credentials: bool) -> String {
        let first = if credentials {
            "CERTIFICATE"
        } else {
            "CERTIFICATE AUTHORITY"
        };
        let mut headings = vec![first, "EXPIRES", "RESIDUAL TIME"];
        if credentials {
            headings.push("CERTIFICATE AUTHORITY");
        }
        headings.push("EXTERNALLY MANAGED");
        if self.nodes {
            headings.insert(0, "NODE");
        }
        if self.wide {
            headings.extend(["OWNER", "SUBJECT", "NAMES", "ISSUER", "PLACE"]);
        }
        let mut table = Table::new(headings);
        for row in rows {
            table.push(self.cells(row, credentials));
        }
        table.render()
    }

    fn cells(&self, row: &Row, credentials: bool) -> Vec<Cell> {
        let mut cells: Vec<Cell> = Vec::new();
        if self.nodes {
            cells.push((&*row.node).into());
        }
        cells.extend(self.life(row.name, &row.found, true));
        let certificate = row.certificate().is_some();
        if credentials {
            cells.push(if certificate {
                row.authority.unwrap_or("").into()
            } else {
                "".into()
            });
        }
        let external = if row.externally_managed { "yes" } else { "no" };
        cells.push(if certificate {
            external.into()
        } else {
            "".into()
        });
        if self.wide {
            cells.push(row.owner.map_or("", |owner| owner.name()).into());
            let name = |name: x509::Name<'_>| Cell::from(distinguished(name));
            cells.push(
                row.certificate()
                    .map_or("".into(), |found| name(found.subject())),
            );
            cells.push(row.names().join(",").into());
            cells.push(
                row.certificate()
                    .map_or("".into(), |found| name(found.issuer())),
            );
            cells.push(row.place.to_string().into());
        }
        cells
    }

    /// What API objects hold.
    fn objects(&self, rows: &[InObject]) -> String {
        let mut headings = vec![
            "API OBJECT",
            "EXPIRES",
            "RESIDUAL TIME",
            "SUBJECT",
            "ISSUER",
        ];
        if self.wide {
            headings.extend(["NAMES", "PURPOSE", "PLACE"]);
        }
        let mut table = Table::new(headings);
        for row in rows {
            let certificate = row.found.certificate();
            let name = |name: Option<x509::Name<'_>>| {
                Cell::from(name.map(distinguished).unwrap_or_default())
            };
            let mut cells: Vec<Cell> = self.life(&row.object.to_string(), &row.found, false).into();
            cells.push(name(certificate.map(x509::Certificate::subject)));
            cells.push(name(certificate.map(x509::Certificate::issuer)));
            if self.wide {
                cells.push(
                    certificate
                        .map(alternative_names)
                        .unwrap_or_default()
                        .join(",")
                        .into(),
                );
                cells.push(row.purpose.clone().into());
                cells.push(row.place.to_string().into());
            }
            table.push(cells);
        }
        table.render()
    }

    /// Name, end, and time left.
    fn life(&self, name: &str, found: &Found, is_needed: bool) -> [Cell; 3] {
        let red = Style::new().fg_color(Some(AnsiColor::Red.into()));
        let yellow = Style::new().fg_color(Some(AnsiColor::Yellow.into()));
        let said = |words: &str| [name.into(), words.into(), "".into()];
        match (found, found.expires(), found.residual_seconds(self.at)) {
            (Found::Missing, ..) if !is_needed => said("not signed"),
            (Found::Missing, ..) => {
                let name = format!("!MISSING! {name}");
                [Cell::with_style(name, red), "".into(), "".into()]
            }
            (Found::NotCollected, ..) => said("not collected"),
            (Found::Unreadable(why), ..) => [
                name.into(),
                Cell::with_style(format!("unreadable: {why}"), red),
                "".into(),
            ],
            (Found::Key, ..) => said("never"),
            (Found::Certificate(_), Some(expires), Some(left)) => {
                let style = match left {
                    ..0 => red,
                    _ if left < SOON => yellow,
                    _ => Style::new(),
                };
                let residual = Cell::with_style(residual_time(left), style);
                [name.into(), date(expires).into(), residual]
            }
            (Found::Certificate(_), ..) => said("a time that cannot be read"),
        }
    }
}

fn to_json(listing: &Listing, at: UtcDateTime) -> Value {
    let rows = |rows: &[Row]| -> Vec<Value> { rows.iter().map(|row| to_row(row, at)).collect() };
    json!({
        "schema": "kubepki.list/v1",
        "at": rfc3339(at),
        "certificates": rows(&listing.credentials),
        "certificateAuthorities": rows(&listing.authorities),
        "objects": listing.objects.iter().map(|row| of_object(row, at)).collect::<Vec<Value>>(),
    })
}

fn of_object(row: &InObject, at: UtcDateTime) -> Value {
    let certificate = row.found.certificate();
    let reason = match &row.found {
        Found::Unreadable(why) => Some(why),
        _ => None,
    };
    json!({
        "kind": &*row.object.kind,
        "namespace": row.object.namespace.as_deref(),
        "name": &*row.object.name,
        "purpose": row.purpose,
        "expirationDate": row.found.expires().map(rfc3339),
        "residualTime": row.found.residual_seconds(at).unwrap_or(0),
        "reason": reason,
        "subject": certificate.map(|found| distinguished(found.subject())),
        "names": certificate.map(alternative_names).unwrap_or_default(),
        "issuer": certificate.map(|found| distinguished(found.issuer())),
        "notBefore": certificate.and_then(|found| found.not_before().moment()).map(rfc3339),
        "sha256": certificate.map(fingerprint),
        "place": row.place.to_string(),
    })
}

/// kubeadm's keys first (`output.kubeadm.k8s.io/v1alpha3`), then ours.
fn to_row(row: &Row, at: UtcDateTime) -> Value {
    let (state, reason) = match &row.found {
        Found::Certificate(_) => ("certificate", None),
        Found::Key => ("key", None),
        Found::Missing => ("missing", None),
        Found::NotCollected => ("not-collected", None),
        Found::Unreadable(why) => ("unreadable", Some(why)),
    };
    let certificate = row.certificate();
    json!({
        "name": row.name,
        "expirationDate": row.expires().map(rfc3339),
        "residualTime": row.residual_seconds(at).unwrap_or(0),
        "externallyManaged": row.externally_managed,
        "caName": certificate.and(row.authority),
        "missing": matches!(row.found, Found::Missing),
        "node": &*row.node,
        "state": state,
        "reason": reason,
        "owner": row.owner.map(|owner| owner.name()),
        "purpose": row.purpose,
        "subject": certificate.map(|found| distinguished(found.subject())),
        "names": row.names(),
        "issuer": certificate.map(|found| distinguished(found.issuer())),
        "notBefore": certificate.and_then(|found| found.not_before().moment()).map(rfc3339),
        "sha256": certificate.map(fingerprint),
        "place": row.place.to_string(),
    })
}

fn fingerprint(certificate: &x509::Certificate) -> String {
    certificate
        .sha256()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
