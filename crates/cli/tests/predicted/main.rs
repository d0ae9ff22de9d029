//! Predicted against real: mistakes are made in a node's files, the real components are started on
//! them, and what the audit says of every channel is held against what happens.
//!
//! Everything runs in a network of its own, in which the node has its address; that needs root, or a
//! kernel that lets users have namespaces. Says `skipped` without. `KUBEPKI_FAULT` takes the faults
//! alone whose name has this part; with `KUBEPKI_KEYS=RSA` keys are RSA.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may end that way"
)]

// The faults of the audit's own tests: they are the same crate there.
extern crate audit as kubepki_audit;

mod container;
mod exceptions;
#[path = "../../../audit/tests/faults/faults.rs"]
#[allow(
    dead_code,
    reason = "what the audit has to say is the audit's own test"
)]
mod faults;
#[path = "../../../audit/tests/faults/harmless.rs"]
#[allow(
    dead_code,
    reason = "what the audit has to say is the audit's own test"
)]
mod harmless;
#[path = "../real/kubepki.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod kubepki;
#[path = "../../../audit/tests/faults/more.rs"]
#[allow(
    dead_code,
    reason = "what the audit has to say is the audit's own test"
)]
mod more;
mod network;
mod node;
mod observe;
#[path = "../../../audit/tests/faults/pki.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod pki;
#[path = "../real/process.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod process;
#[path = "../real/scratch.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod scratch;
#[path = "../real/tools.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod tools;
#[path = "../../../audit/tests/faults/tree.rs"]
#[allow(dead_code, reason = "each test uses its part")]
mod tree;

use node::Programs;

/// The addresses of the node's, the first of its Services', and one that a harmless change names.
const ADDRESSES: [&str; 3] = ["192.20.97.8/32", "10.96.0.1/32", "2001:db8::8/128"];

/// Makes the faults that a program of etcd's decides; this needs etcd and etcdctl alone. Most of the
/// time something is waited for, so several parts of them are made at the same time.
#[test]
fn faults_of_etcd_come_as_predicted() {
    const PARTS: usize = 4;
    let Some(programs) = Programs::of_etcd() else {
        return;
    };
    network::inside_each(
        PARTS,
        "faults_of_etcd_come_as_predicted",
        &ADDRESSES,
        |part| {
            observe::compare_all(&programs, |case| {
                case.concerns_etcd && case.number % PARTS == part
            });
        },
    );
}

/// Of the faults for which kube-apiserver has not to be started anew, one of so many is made with
/// every run of the tests.
const SAMPLE: usize = 3;

/// Makes a sample of the faults for which kube-apiserver has not to be started anew.
#[test]
fn faults_around_kube_apiserver_come_as_predicted() {
    if let Some(programs) = Programs::all()
        && network::inside("faults_around_kube_apiserver_come_as_predicted", &ADDRESSES)
    {
        observe::compare_all(&programs, |case| case.is_quick && case.number % SAMPLE == 0);
    }
}

/// Makes all the others, and every harmless change: each costs seconds.
#[test]
#[ignore = "takes a quarter of an hour"]
fn faults_of_kube_apiserver_come_as_predicted() {
    if let Some(programs) = Programs::all()
        && network::inside("faults_of_kube_apiserver_come_as_predicted", &ADDRESSES)
    {
        observe::compare_all(&programs, |case| {
            let is_in_sample = case.is_quick && case.number % SAMPLE == 0;
            !is_in_sample && !case.concerns_etcd_alone
        });
    }
}
