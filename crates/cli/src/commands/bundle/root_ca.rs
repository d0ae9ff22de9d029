//! `kubepki bundle root-ca`.

use authority::control_plane::public_text;
use authority::objects::{self, Namespace};

use super::Output;
use crate::args::OneNode;
use crate::error::CliError;
use crate::show::manifest;

/// Arguments of `kubepki bundle root-ca`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A namespace that it is for; several times for several.
    #[arg(short, long, value_name = "NAME", default_value = "default", value_parser = Namespace::parse)]
    namespace: Vec<Namespace>,

    #[command(flatten)]
    node: OneNode,

    #[command(flatten)]
    output: Output,
}

/// Prints the ConfigMap of each namespace.
pub fn run(args: &Args) -> Result<(), CliError> {
    let node = args.node.read()?;
    let ca = args.node.control_plane(&node).root_ca()?;
    let bundle = public_text(&ca)?;
    let namespaces = args.namespace.iter();
    let made: Vec<_> = namespaces
        .map(|namespace| objects::root_ca(namespace, bundle))
        .collect();
    manifest::print(&made, args.output.output)
}
