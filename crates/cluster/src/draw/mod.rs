//! The graph as pictures and text; a verdict for each channel, when there is one, is shown too.

mod dot;
mod mermaid;
mod svg;
mod text;

pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::svg;
pub use text::text;

use crate::graph::Channel;

/// Whether a channel does its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It does.
    Works,
    /// Nobody can say from what is there.
    Unknown,
    /// It does not.
    Fails,
}

/// Tells the verdict of a channel, when it was judged.
pub type Verdicts<'a> = &'a dyn Fn(&Channel) -> Option<Verdict>;

/// For a graph that was not judged.
pub const NOT_JUDGED: Verdicts<'static> = &|_| None;

impl Verdict {
    /// `works`, `unknown` or `fails`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Works => "works",
            Verdict::Unknown => "unknown",
            Verdict::Fails => "fails",
        }
    }
}

/// The first address of a channel, and how many more there are.
fn address(channel: &Channel) -> Option<String> {
    let first = channel.addresses.first()?;
    Some(match channel.addresses.len() {
        1 => first.to_string(),
        n => format!("{first} (+{})", n - 1),
    })
}
