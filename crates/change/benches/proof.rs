//! What it takes to plan `rotate all` and to prove the plan, from one node to a thousand, and how
//! that grows. Each is done in a process of its own, whose peak memory is told.
//!
//! `cargo bench -p kubepki-change`; `cargo bench -p kubepki-change --bench proof -- 5 20` for five
//! control-plane nodes and twenty workers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    reason = "a bench may end that way, and shares clusters with the tests"
)]

use std::process::Command;
use std::time::{Duration, Instant};

use kubepki_change::prove::prove;
use kubepki_change::rotate;

#[path = "../tests/proofs/ground.rs"]
mod ground;

use ground::{AT, cluster};

/// Control-plane nodes and workers.
const CLUSTERS: [(u16, u16); 12] = [
    (1, 0),
    (3, 0),
    (3, 7),
    (3, 27),
    (3, 97),
    (3, 197),
    (3, 997),
    (10, 0),
    (30, 0),
    (100, 0),
    (50, 50),
    (100, 100),
];

fn main() {
    let given: Vec<u16> = std::env::args()
        .filter_map(|word| word.parse().ok())
        .collect();
    match given.as_slice() {
        [control_planes, workers] => measure(*control_planes, *workers),
        _ => CLUSTERS.iter().for_each(|(control_planes, workers)| {
            let mut own = Command::new(std::env::current_exe().unwrap());
            own.args([control_planes.to_string(), workers.to_string()]);
            assert!(own.status().unwrap().success());
        }),
    }
}

fn measure(control_planes: u16, workers: u16) {
    let inventory = cluster(control_planes, workers);
    let what = rotate::all(&inventory);
    let before = kilobytes("VmHWM");
    let ((plan, secrets), planned) =
        timed(|| rotate::rotate(&inventory, &what, "rotate all", AT).unwrap());
    drop(secrets);
    let (proof, proven) = timed(|| prove(&plan).unwrap());
    assert_eq!(proof.breach, None);
    assert!(proof.left_out.is_empty(), "{:?}", proof.left_out);
    let nodes = usize::from(control_planes) + usize::from(workers);
    println!(
        "{control_planes:3} control-plane nodes, {workers:3} workers: planned in {:.2} s ({} steps), \
         proven in {:.2} s ({:.1} ms a node), {} states, {} checks, {:.0} MB at most ({:.0} MB before)",
        planned.as_secs_f64(),
        proof.steps,
        proven.as_secs_f64(),
        proven.as_secs_f64() * 1000.0 / nodes as f64,
        proof.states,
        proof.checks,
        kilobytes("VmHWM") / 1024.0,
        before / 1024.0,
    );
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

/// A line of the process's own status (proc_pid_status(5)).
fn kilobytes(key: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    let number = line.and_then(|rest| {
        rest.trim_start_matches(':')
            .split_whitespace()
            .next()?
            .parse()
            .ok()
    });
    number.unwrap_or(f64::NAN)
}
