//! Authorities are replaced while etcd is written to at full speed.

use crate::alone;
use crate::https::{Credentials, Failure};
use crate::members::Members;
use crate::scratch::Scratch;

/// What is replaced, in the folder of the PKI.
const AUTHORITIES: [&str; 3] = ["ca.crt", "etcd/ca.crt", "front-proxy-ca.crt"];

#[test]
fn nobody_who_writes_notices_that_authorities_are_replaced() {
    let (_alone, scratch) = (alone(), Scratch::new());
    let Some(members) = Members::running(scratch.path()) else {
        return;
    };
    let writers = members.write();
    let mut gone = Vec::new();
    for what in ["etcd-ca", "all"] {
        gone.push(members.given());
        replace(&members, what);
    }
    members.nothing_lost(writers.stop());
    members.nobody_complained();
    for old in gone {
        let trust = members.pki("etcd/ca.crt");
        let answers = members.ask_all(&Credentials { trust, ..old });
        let is_refused = |answer: &Result<u16, Failure>| matches!(answer, Err(Failure::Tls(_)));
        assert!(answers.iter().all(is_refused), "{answers:?}");
    }
}

/// Replaces something, and sees that what was before is good until the end, and then is in no file.
fn replace(members: &Members, what: &str) {
    let (old, before) = (members.given(), AUTHORITIES.map(|name| members.pki(name)));
    members.carry_out(&["rotate", what]);
    let new = members.given();
    let shows_old = Credentials {
        trust: new.trust.clone(),
        ..old
    };
    for credentials in [&shows_old, &new] {
        let answers = members.ask_all(credentials);
        let is_served = |answer: &Result<u16, Failure>| matches!(answer, Ok(200));
        assert!(answers.iter().all(is_served), "{what}: {answers:?}");
    }
    members.carry_out(&["rotate", what, "--finish", "--keep-old", "0"]);
    let after = AUTHORITIES.map(|name| members.pki(name));
    let gone = before.iter().filter(|one| !after.contains(one));
    let gone: Vec<_> = gone.inspect(|one| members.nowhere(one)).collect();
    assert_eq!(gone.len(), if what == "all" { 3 } else { 1 }, "{what}");
}
