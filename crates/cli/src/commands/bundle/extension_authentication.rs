//! `kubepki bundle extension-apiserver-authentication`.

use authority::objects;

use super::Output;
use crate::args::{At, OneNode};
use crate::error::CliError;
use crate::show::manifest;

/// Arguments of `kubepki bundle extension-apiserver-authentication`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    node: OneNode,

    #[command(flatten)]
    at: At,

    #[command(flatten)]
    output: Output,
}

/// Prints the ConfigMap.
pub fn run(args: &Args) -> Result<(), CliError> {
    let node = args.node.read()?;
    let clients = args.node.control_plane(&node).client_authentication()?;
    let made = objects::extension_apiserver_authentication(&clients, args.at.moment());
    manifest::print(&[made], args.output.output)
}
