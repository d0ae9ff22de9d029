//! What an audit says: for people, for programs, for code scanning.

mod human;
mod json;
pub mod log;
mod sarif;
pub mod trees;

pub use human::human;
pub(super) use json::evidence;
pub use json::json;
pub use sarif::sarif;

/// How much is said to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Volume {
    /// Errors and warnings alone.
    Quiet,
    /// Every finding, the channels, and how much of everything there is.
    Normal,
    /// Also where each channel leads, and what is said where it fails.
    Verbose,
}
