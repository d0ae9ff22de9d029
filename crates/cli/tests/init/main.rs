//! `kubepki init` on good and bad ground: what is kept, refused or made anew, and that nothing is
//! ever half done or laid open.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what is wrong by panicking"
)]

mod changed;
mod configuration;
mod disk;
mod existing;
mod external;
mod given;
mod hostile;
mod killed;
mod phases;
mod root;
mod secrets;
mod tree;
mod undone;
