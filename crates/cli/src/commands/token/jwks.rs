//! `kubepki token jwks`.

use authority::token::jwks;

use crate::args::OneNode;
use crate::error::CliError;
use crate::show;

/// Arguments of `kubepki token jwks`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    node: OneNode,
}

/// Prints the JSON Web Key Set.
pub fn run(args: &Args) -> Result<(), CliError> {
    let node = args.node.read()?;
    let keys = args.node.control_plane(&node).token_keys()?;
    show::stdout(format!("{}\n", jwks::key_set(&keys)?).as_bytes())
}
