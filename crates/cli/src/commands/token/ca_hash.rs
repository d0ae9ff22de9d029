//! `kubepki token ca-hash`.

use std::path::PathBuf;

use authority::control_plane::certificates;
use authority::token::pin;

use crate::args::OneNode;
use crate::error::CliError;
use crate::{input, show};

/// Arguments of `kubepki token ca-hash`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The CA certificates, or `-`; default is ca.crt of the node.
    file: Option<PathBuf>,

    #[command(flatten)]
    node: OneNode,
}

/// Prints the pin of each certificate.
pub fn run(args: &Args) -> Result<(), CliError> {
    let found = match &args.file {
        Some(path) => verify::load::client_go_certs(&input::read(path)?).map_err(|error| {
            CliError::Broken {
                path: path.clone(),
                why: error.to_string(),
            }
        })?,
        None => {
            let node = args.node.read()?;
            certificates(&args.node.control_plane(&node).file("ca.crt"))?
        }
    };
    let pins: Vec<String> = found.iter().map(|ca| pin::of(ca) + "\n").collect();
    show::stdout(pins.concat().as_bytes())
}
