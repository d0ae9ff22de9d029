//! Why a command could not do its work: what is wrong, and what to do.

use std::path::PathBuf;

use thiserror::Error;

/// What ends a command with exit status 2.
#[derive(Debug, Error)]
pub enum CliError {
    /// Standard output could not be written to.
    #[error("cannot write the result: {0}")]
    Output(#[from] std::io::Error),

    /// A node's file tree cannot be read.
    #[error("cannot read the file tree `{}`: {source}", path.display())]
    Rootfs {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

impl CliError {
    /// What the user can do about it, when there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            CliError::Output(_) => None,
            CliError::Rootfs { .. } => {
                Some("give --rootfs a folder that holds etc/kubernetes".to_owned())
            }
        }
    }
}
