//! Authorities are replaced while etcd is written to at full speed, and members are killed.

use std::env;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant, SystemTime};

use crate::alone;
use crate::https::{Credentials, Failure};
use crate::members::{Members, Programs};
use crate::nodes::NAMES;
use crate::scratch::Scratch;

/// What is replaced, in the folder of the PKI.
const AUTHORITIES: [&str; 3] = ["ca.crt", "etcd/ca.crt", "front-proxy-ca.crt"];

#[test]
fn nobody_who_writes_notices_that_authorities_are_replaced() {
    let Some(programs) = Programs::find() else {
        return;
    };
    let _alone = alone();
    let scratch = Scratch::new();
    let members = Members::make(scratch.path(), programs).start();
    let writers = members.write();
    let mut gone = Vec::new();
    for what in ["etcd-ca", "all"] {
        gone.push(members.given());
        replace(&members, what);
    }
    members.nothing_lost(writers.stop(), &[]);
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

#[test]
fn nobody_who_writes_notices_that_a_member_is_killed() {
    killed(1);
}

#[test]
#[ignore = "takes a quarter of an hour"]
fn nobody_who_writes_notices_that_members_are_killed_fifty_times() {
    killed(50);
}

/// What a rotation takes on an idle machine.
const ROTATION: Duration = Duration::from_secs(6);

/// Replaces etcd's authority so many times, while a member is killed at a random moment. When that
/// falls into the seconds in which another is being started again, two of three are away, and nobody
/// could write: what fails then is counted, and nothing may be lost.
fn killed(times: usize) {
    let Some(programs) = Programs::find() else {
        return;
    };
    let _alone = alone();
    let scratch = Scratch::new();
    let members = Members::make(scratch.path(), programs).start();
    let mut chance = Chance::new();
    let writers = members.write();
    let (mut window, mut without_quorum) = (ROTATION, Vec::new());
    for time in 1..=times {
        for words in [
            &["rotate", "etcd-ca"][..],
            &["rotate", "etcd-ca", "--finish", "--keep-old", "0"],
        ] {
            let (place, after) = (chance.below(3), window.mul_f64(chance.fraction()));
            let began = Instant::now();
            let two = scope(|scope| {
                let killing = scope.spawn(|| {
                    sleep(after);
                    members.kill(place)
                });
                members.carry_out(words);
                window = began.elapsed();
                killing.join().unwrap()
            });
            let also = if two.is_some() {
                ", as another was started again"
            } else {
                ""
            };
            println!(
                "{time}: {} killed {after:.1?} after {words:?}{also}",
                NAMES[place]
            );
            without_quorum.extend(two);
        }
    }
    println!(
        "{} of {} times two were away",
        without_quorum.len(),
        2 * times
    );
    members.nothing_lost(writers.stop(), &without_quorum);
    members.nobody_complained();
}

/// Chance that can be repeated: `KUBEPKI_SEED`, or the time.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        let given = env::var("KUBEPKI_SEED").ok();
        let seed = given.map_or_else(
            || SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs(),
            |seed| seed.parse().unwrap(),
        );
        println!("KUBEPKI_SEED={seed}");
        Chance(seed)
    }

    /// The next number of SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn fraction(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / f64::from(u32::MAX)
    }
}
