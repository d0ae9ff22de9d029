//! The same for programs: schema `kubepki.calendar/v1`.

use audit::calendar::{Calendar, End, Ending, Renewal, Stop};
use serde_json::{Value, json};

use super::renewal;
use crate::show::rfc3339;

/// The calendar as JSON.
pub fn json(calendar: &Calendar) -> Value {
    let endings = |endings: &[Ending]| endings.iter().map(ending).collect::<Vec<_>>();
    json!({
        "schema": "kubepki.calendar/v1",
        "from": rfc3339(calendar.from),
        "until": rfc3339(calendar.until),
        "over": endings(&calendar.over),
        "failing": calendar.failing.iter().map(stop).collect::<Vec<_>>(),
        "ends": calendar.ends.iter().map(|one| end(one, calendar)).collect::<Vec<_>>(),
        "later": endings(&calendar.later),
    })
}

fn end(end: &End, calendar: &Calendar) -> Value {
    json!({
        "at": rfc3339(end.at),
        "residualTime": (end.at - calendar.from).whole_seconds(),
        "certificates": end.certificates.iter().map(ending).collect::<Vec<_>>(),
        "stops": end.stops.iter().map(stop).collect::<Vec<_>>(),
    })
}

fn stop(stop: &Stop) -> Value {
    json!({ "id": stop.id, "go_error": stop.error, "latent": stop.latent })
}

fn ending(ending: &Ending) -> Value {
    let places = ending.places.iter().map(|(node, place)| {
        json!({
            "node": node.as_deref(),
            "path": &*place.path,
            "line": place.line,
            "field": place.field.as_deref(),
        })
    });
    let digits = ending.certificate.sha256().iter();
    json!({
        "names": ending.names,
        "subject": ending.certificate.short_name(),
        "expirationDate": rfc3339(ending.at()),
        "isAuthority": ending.renewal == Renewal::Authority,
        "inUse": ending.is_in_use,
        "renewal": renewal(ending),
        "sha256": digits.map(|byte| format!("{byte:02x}")).collect::<String>(),
        "places": places.collect::<Vec<_>>(),
    })
}
