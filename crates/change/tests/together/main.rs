//! Nodes that change together through a store: to the end, back, and with any of them killed anywhere.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

mod api;
mod below;
#[path = "../proofs/ground.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod ground;
mod killed;
mod nodes;
mod published;
mod whole;
