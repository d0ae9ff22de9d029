//! From a wish to files: what a cluster's PKI should be, how to get there, and the one place that
//! writes.

pub mod apply;
pub mod choice;
pub mod compare;
pub mod config;
pub mod contents;
pub mod disk;
mod document;
pub mod given;
pub mod journal;
pub mod keys;
pub mod kubeconfig;
pub mod kubelet;
pub mod make;
pub mod manifest;
pub mod names;
mod parallel;
pub mod parse;
pub mod part;
pub mod plan;
pub mod prove;
pub mod publish;
pub mod rehearse;
pub mod renew;
pub mod requests;
pub mod restart;
pub mod rotate;
pub mod together;
pub mod undo;
pub mod wish;
mod world;
