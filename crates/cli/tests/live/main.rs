//! Changes that are carried out on clusters that run: nobody who uses them notices.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may end that way"
)]

#[cfg(all(feature = "cluster", feature = "etcd"))]
mod api;
mod callers;
mod cluster;
mod etcd;
mod https;
mod killed;
#[path = "../real/kubepki.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod kubepki;
mod lines;
mod machine;
mod members;
#[path = "../predicted/network.rs"]
mod network;
#[path = "../real/nodes.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod nodes;
mod operator;
mod plane;
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
mod spoilt;
mod stand_in;
#[cfg(feature = "etcd")]
mod together;
#[path = "../real/tools.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod tools;
mod writers;

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

static CLUSTERS: RwLock<()> = RwLock::new(());

/// No other cluster runs meanwhile: who writes waits no longer than they would elsewhere.
fn alone() -> RwLockWriteGuard<'static, ()> {
    CLUSTERS.write().unwrap_or_else(PoisonError::into_inner)
}

/// Others may run meanwhile that have as much patience.
fn beside_others() -> RwLockReadGuard<'static, ()> {
    CLUSTERS.read().unwrap_or_else(PoisonError::into_inner)
}
