//! A member is killed at a random moment while etcd's authority is replaced, and etcd is written to at
//! full speed.
//!
//! While a plan has a member started again, one of three is away. When the one that is killed just
//! then is another, two are, and nobody can write until one of them is back: no plan foresees that. So
//! writes that fail are told apart by whether two were away while they were tried. Those that were
//! acknowledged are there in any case, and what failed at any other time fails the test.

use std::fmt;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant, SystemTime};
use std::{env, mem};

use crate::alone;
use crate::members::{Members, Outcome};
use crate::nodes::NAMES;
use crate::scratch::Scratch;
use crate::writers::Failed;

/// What is done while somebody is killed, by turns.
const ROUNDS: [&[&str]; 2] = [
    &["rotate", "etcd-ca"],
    &["rotate", "etcd-ca", "--finish", "--keep-old", "0"],
];

/// What each takes on an idle machine.
const ROTATION: Duration = Duration::from_secs(6);

#[test]
fn nobody_who_writes_notices_that_a_member_is_killed() {
    killed(ROUNDS.len());
}

#[test]
#[ignore = "takes a quarter of an hour"]
fn nobody_who_writes_notices_that_members_are_killed_fifty_times() {
    killed(50);
}

/// So many rounds, each with a kill and a verdict.
fn killed(rounds: usize) {
    let (_alone, scratch) = (alone(), Scratch::new());
    let Some(members) = Members::running(scratch.path()) else {
        return;
    };
    let mut chance = Chance::new();
    let mut windows = ROUNDS.map(|_| ROTATION);
    let mut sum = Sum::default();
    for round in 0..rounds {
        let (words, window) = (
            ROUNDS[round % ROUNDS.len()],
            &mut windows[round % ROUNDS.len()],
        );
        let (place, after) = (chance.below(3), window.mul_f64(chance.fraction()));
        println!(
            "{}: {} killed {after:.1?} after {words:?}",
            round + 1,
            NAMES[place]
        );
        let began = Instant::now();
        let writers = members.write();
        scope(|scope| {
            scope.spawn(|| {
                sleep(after);
                members.kill(place);
            });
            members.carry_out(words);
            *window = began.elapsed();
        });
        members.settle_down();
        sum.add(&members, began, members.outcome(writers.stop()));
        println!("so far: {sum}");
        members.nobody_complained();
        members.empty();
    }
    assert!(sum.unexplained.is_empty(), "{:#?}", sum.unexplained);
}

/// What became of all rounds so far.
#[derive(Default)]
struct Sum {
    rounds: usize,
    /// In how many of them two were away at the same time.
    with_two_away: usize,
    /// In how many of those writes failed.
    with_failures: usize,
    written: u64,
    retried: u64,
    /// How many failed while two were away.
    failed: usize,
    /// What failed at any other time.
    unexplained: Vec<Failed>,
    /// The longest time that a write took, when no more than one was away, and when two were.
    longest: [Duration; 2],
}

impl Sum {
    fn add(&mut self, members: &Members, began: Instant, outcome: Outcome) {
        assert!(outcome.lost.is_empty(), "lost {:?}", outcome.lost);
        let two_away = members.without_quorum().into_iter();
        let two_away: Vec<_> = two_away.filter(|(from, _)| *from >= began).collect();
        let is_explained = |one: &Failed| {
            let mut all = two_away.iter();
            all.any(|(from, until)| one.from <= *until && one.until >= *from)
        };
        let (failed, unexplained): (Vec<_>, Vec<_>) =
            outcome.failed.into_iter().partition(is_explained);
        let are_two = !two_away.is_empty();
        for (from, until) in &two_away {
            println!("two were away for {:.1?}", until.duration_since(*from));
        }
        if !unexplained.is_empty() {
            println!("{unexplained:#?}");
        }
        let longest = &mut self.longest[usize::from(are_two)];
        *longest = mem::take(longest).max(outcome.longest);
        self.rounds += 1;
        self.with_two_away += usize::from(are_two);
        self.with_failures += usize::from(!failed.is_empty());
        self.written += outcome.written;
        self.retried += outcome.retried;
        self.failed += failed.len();
        self.unexplained.extend(unexplained);
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [alone, two] = self.longest;
        write!(
            f,
            "{} rounds, {} written, {} tried again, none lost; {} failed, the longest took {alone:.1?}; in {} rounds two \
             were away, and in {} of these {} failed, the longest took {two:.1?}",
            self.rounds,
            self.written,
            self.retried,
            self.unexplained.len(),
            self.with_two_away,
            self.with_failures,
            self.failed,
        )
    }
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
