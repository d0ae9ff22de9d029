//! `kubepki token generate`.

use authority::token::BootstrapToken;

use crate::error::CliError;
use crate::show;

/// Prints a bootstrap token that no cluster knows yet.
pub fn run() -> Result<(), CliError> {
    show::secret(&BootstrapToken::generate()?.text())
}
