//! The rules: each looks at the graph and returns findings.
//!
//! Three steps, all pure: `judge` asks of every channel what each side would do and collects
//! what goes wrong as problems; `blame` finds the one mistake behind problems that many
//! channels share; [`rules`] puts each mistake into words, with its evidence and remedy.
//! [`calendar`] judges at every moment at which something ends; [`serving`] says which names serving
//! certificates should have. [`identity`] knows whom a server takes a client for, in a channel or with any credential.

mod blame;
pub mod calendar;
mod holdings;
pub mod identity;
mod judge;
mod load;
pub mod log;
mod problem;
mod report;
pub mod rules;
pub mod serving;
pub mod source;
mod suites;

use std::collections::BTreeMap;

use cluster::{Component, Graph, Inventory};
use time::UtcDateTime;

use crate::holdings::Holdings;

pub use identity::Identity;
pub use report::{Cause, Evidence, Finding, Judged, Report, Severity, Summary, Verdict};

/// A verdict for every channel of a graph as of `at`, between processes that run already: whether
/// they would start is what [`stops`] says.
pub fn verdicts(inventory: &Inventory, graph: &Graph, at: UtcDateTime) -> Vec<Judged> {
    judge::running(inventory, graph, at)
}

/// What ends a process when it is started, by component and node, for those that end.
pub fn stops(inventory: &Inventory, at: UtcDateTime) -> BTreeMap<(Component, usize), String> {
    judge::stopping(inventory, at)
}

/// Judges a cluster as of `at`: a verdict for every channel, and a finding for every mistake.
pub fn audit(inventory: &Inventory, graph: &Graph, at: UtcDateTime) -> Report {
    let judged = judge::judge(inventory, graph, at);
    let holdings = Holdings::of(inventory, graph, &judged.loads);
    let certificates = holdings.count();
    let findings = rules::findings(inventory, graph, &judged, holdings, at);
    Report {
        at,
        certificates,
        channels: judged.channels,
        findings,
    }
}
