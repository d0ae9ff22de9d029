//! Changes that are carried out on clusters that run: nobody who uses them notices.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may end that way"
)]

mod etcd;
mod https;
#[path = "../real/kubepki.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod kubepki;
mod members;
#[path = "../real/nodes.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod nodes;
mod operator;
#[path = "../real/pod.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod pod;
mod probe;
#[path = "../real/process.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod process;
mod runner;
#[path = "../real/scratch.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod scratch;
mod stand_in;
#[path = "../real/tools.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod tools;
mod writers;
