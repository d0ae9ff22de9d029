//! How what several authenticators say becomes one answer.

use cluster::graph::Server;

use super::Identity;
use super::answer::{Answer, Method, Opinion, Outcome, Step};

/// The answer of a server.
pub(super) fn answer(
    server: &Server,
    outcome: Outcome,
    steps: Vec<Step>,
    why: Option<String>,
) -> Answer {
    let speaks = |step: &Step| step.opinion == Opinion::SpeaksForOthers;
    let is_known = outcome != Outcome::Refused;
    let identity = match outcome {
        Outcome::Anonymous => Some(Identity::anonymous()),
        _ => identity(&steps).filter(|_| is_known).cloned(),
    };
    Answer {
        server: server.party.clone(),
        outcome,
        identity,
        speaks_for_others: is_known && steps.iter().any(speaks),
        why,
        authorization: server.authorization.clone(),
        steps,
    }
}

/// One that takes the client is enough. Without one, one that refuses it is enough against it, and
/// only whom nobody knows is anonymous (`request/union/union.go`).
pub(super) fn outcome(steps: &[Step], anonymous: bool) -> (Outcome, Option<String>) {
    let any = |is: fn(&Opinion) -> bool| steps.iter().any(|step| is(&step.opinion));
    if any(Opinion::takes) {
        return (Outcome::Accepted, None);
    }
    let mut unknown = steps.iter().filter_map(|step| match &step.opinion {
        Opinion::Unknown { why, .. } => Some(why.clone()),
        _ => None,
    });
    if let Some(why) = unknown.next() {
        return (Outcome::Unknown, Some(why));
    }
    if !anonymous || any(|opinion| matches!(opinion, Opinion::Refuses(_))) {
        let why = telling(steps).unwrap_or("Unauthorized");
        return (Outcome::Refused, Some(why.to_owned()));
    }
    (Outcome::Anonymous, telling(steps).map(str::to_owned))
}

/// The step that decides: one that takes the client; else one of which nobody knows; else the one
/// whose reason tells most.
pub(super) fn decisive(steps: &[Step]) -> Option<&Step> {
    let find = |is: fn(&Opinion) -> bool| steps.iter().find(|step| is(&step.opinion));
    let why = telling(steps);
    find(|opinion| matches!(opinion, Opinion::Takes(_)))
        .or_else(|| find(Opinion::takes))
        .or_else(|| find(|opinion| matches!(opinion, Opinion::Unknown { .. })))
        .or_else(|| steps.iter().find(|step| step.opinion.why() == why))
}

/// Whom the client is taken for, if it is taken for somebody.
pub(super) fn identity(steps: &[Step]) -> Option<&Identity> {
    let taken = steps.iter().find_map(|step| match &step.opinion {
        Opinion::Takes(identity) => Some(identity),
        _ => None,
    });
    taken.or_else(|| {
        steps.iter().find_map(|step| match &step.opinion {
            Opinion::Unknown { identity, .. } => identity.as_ref(),
            _ => None,
        })
    })
}

/// The reason that tells most: of several authenticators, all but one only say that the credential
/// is not for them.
fn telling(steps: &[Step]) -> Option<&str> {
    let says_little = |why: &str| {
        why.starts_with("x509: certificate signed by unknown authority")
            || why == "invalid bearer token"
    };
    let refusals = || {
        steps.iter().filter_map(|step| match &step.opinion {
            Opinion::Refuses(why) => Some(&**why),
            _ => None,
        })
    };
    let mut passes = steps.iter().filter_map(|step| match &step.opinion {
        Opinion::Passes(why) if step.method != Method::RequestHeader => Some(&**why),
        _ => None,
    });
    let most = refusals().find(|why| !says_little(why));
    most.or_else(|| passes.next_back())
        .or_else(|| refusals().next_back())
}
