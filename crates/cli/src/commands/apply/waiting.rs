//! Saying what is waited for: in a line now and then, and on a terminal by the second.

use std::time::{Duration, Instant};

use change::restart::Waits;

/// What takes no longer than this needs no words.
pub const SOON: Duration = Duration::from_secs(10);

/// How long after a line nothing more is said.
const OFTEN: Duration = Duration::from_secs(30);

/// Says what is waited for, and for how long yet.
pub type Say<'a> = Box<dyn Fn(&str, Duration) + 'a>;

/// Somebody who waits, and says so.
pub struct Waiting<'a> {
    say: Say<'a>,
    is_told: Box<dyn Fn() -> bool + 'a>,
    /// Whether the seconds are counted on a terminal.
    is_counted: bool,
    /// When the next line is due.
    next: Instant,
}

impl<'a> Waiting<'a> {
    /// What is waited for is said at once, with `say`.
    pub fn new(say: Say<'a>, is_told: Box<dyn Fn() -> bool + 'a>, is_counted: bool) -> Self {
        Waiting {
            say,
            is_told,
            is_counted,
            next: Instant::now(),
        }
    }

    /// The same, when it takes so long.
    #[must_use]
    pub fn after(mut self, patience: Duration) -> Self {
        self.next += patience;
        self
    }

    /// Counts, where somebody sees it.
    pub fn count(&self, left: Duration) {
        if self.is_counted {
            anstream::eprint!("\r\x1b[K{} s left", left.as_secs());
        }
    }

    fn wipe(&self) {
        if self.is_counted {
            anstream::eprint!("\r\x1b[K");
        }
    }
}

impl Waits for Waiting<'_> {
    fn tell(&mut self, why: &str, left: Duration) {
        let now = Instant::now();
        if now >= self.next {
            self.next = now + OFTEN;
            self.wipe();
            (self.say)(why, left);
        }
        self.count(left);
    }

    fn is_told(&self) -> bool {
        (self.is_told)()
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.wipe();
    }
}
