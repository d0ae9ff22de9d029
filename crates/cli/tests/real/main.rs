//! Tests on real parts: what the program makes, the real components run on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may end that way"
)]

mod compare;
mod control_plane;
mod etcd;
mod faults;
mod fixtures;
mod handshakes;
mod identities;
mod join;
mod kinds;
mod kubeadm;
mod kubepki;
mod made;
mod nodes;
mod objects;
mod plane;
mod pod;
mod process;
#[cfg(feature = "cluster")]
mod published;
mod scratch;
mod tools;
