//! What a cluster's PKI is: the catalogue, the inventory read from nodes' files and API objects with
//! evidence, and the channel graph.
//!
//! This crate reads and describes; it never judges. Start at [`Inventory`] and [`Graph`].

mod arguments;
pub mod catalogue;
pub mod component;
mod document;
pub mod draw;
pub mod files;
pub mod graph;
pub mod inventory;
pub mod kubeconfig;
mod kubelet;
pub mod listing;
mod manifest;
pub mod material;
mod mounts;
pub mod objects;
pub mod process;
mod readings;
pub mod setting;
mod shell;
mod url;

pub use component::Component;
pub use files::{Content, File, Files};
pub use graph::{Channel, Graph, Listener, Party};
pub use inventory::{Inventory, Node};
pub use kubeconfig::{Kubeconfig, KubeconfigUse};
pub use material::{Loader, Material, Pair};
pub use objects::Objects;
pub use process::{Load, Process};
pub use readings::Reading;
pub use setting::{Setting, Settings};
