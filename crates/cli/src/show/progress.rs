//! How far a long piece of work is, on a terminal.

use std::io::{IsTerminal, stderr};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many characters the bar has.
const BAR: usize = 24;

/// A bar and a count on standard error, when that is a terminal.
pub struct Progress {
    doing: &'static str,
    total: usize,
    done: AtomicUsize,
    shown: bool,
}

impl Progress {
    /// Of `total` things, none of which is done yet; `doing` says what, as "making keys".
    pub fn new(doing: &'static str, total: usize, quiet: bool) -> Self {
        Progress {
            doing,
            total,
            done: AtomicUsize::new(0),
            shown: !quiet && total > 0 && stderr().is_terminal(),
        }
    }

    /// One more is done.
    pub fn tick(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.shown {
            anstream::eprint!("\r{}", line(self.doing, done, self.total));
        }
    }

    /// Takes the line away, for something else to be written or for good.
    pub fn clear(&self) {
        if self.shown {
            anstream::eprint!("\r\x1b[K");
        }
    }
}

fn line(doing: &str, done: usize, total: usize) -> String {
    let filled = BAR * done.min(total) / total.max(1);
    let (filled, rest) = ("━".repeat(filled), "─".repeat(BAR - filled));
    format!("{doing} {filled}{rest} {done} of {total}")
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn the_bar_fills() {
        let bar = |done| line("making keys", done, 12);
        assert!(bar(0).ends_with("────── 0 of 12"), "{}", bar(0));
        assert!(bar(6).contains("━━━━━━━━━━━━────────────"), "{}", bar(6));
        assert!(bar(12).ends_with("━━━━━━ 12 of 12"), "{}", bar(12));
        assert_eq!(line("x", 0, 0).matches('─').count(), 24);
    }
}
