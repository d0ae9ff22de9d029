//! From a wish to files: what a cluster's PKI should be, how to get there, and the one place that
//! writes.

pub mod config;
pub mod disk;
mod document;
pub mod kubeconfig;
pub mod kubelet;
pub mod manifest;
pub mod names;
pub mod parse;
pub mod wish;
