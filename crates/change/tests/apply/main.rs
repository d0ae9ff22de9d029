//! Changes that are gone through, interrupted, taken back and forgotten.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

mod cluster;
mod interrupted;
mod journal;
mod undo;
mod world;
