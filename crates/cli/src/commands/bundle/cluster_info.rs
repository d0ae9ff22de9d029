//! `kubepki bundle cluster-info`.

use std::path::PathBuf;

use authority::control_plane::public_text;
use authority::objects;
use authority::token::BootstrapToken;

use super::Output;
use crate::args::OneNode;
use crate::error::CliError;
use crate::show::{self, manifest};
use crate::{join, secret};

/// Arguments of `kubepki bundle cluster-info`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: join::Server,

    /// A bootstrap token to sign it with, in a file, or `-`; several times for several.
    #[arg(long, value_name = "FILE")]
    token_file: Vec<PathBuf>,

    #[command(flatten)]
    node: OneNode,

    #[command(flatten)]
    output: Output,
}

/// Prints the ConfigMap, and the role that lets everybody read it.
pub fn run(args: &Args, quiet: bool) -> Result<(), CliError> {
    let paths = args.token_file.iter();
    let tokens: Vec<BootstrapToken> = paths
        .map(|path| secret::bootstrap_token(path))
        .collect::<Result<_, _>>()?;
    let node = args.node.read()?;
    let endpoint = args.server.endpoint(&args.node.control_plane(&node))?;
    let ca = public_text(&endpoint.ca)?;
    let kubeconfig = objects::discovery_kubeconfig(&endpoint.server, ca.as_bytes());
    if tokens.is_empty() && !quiet {
        show::note(
            "it is not signed yet; kube-controller-manager does that, for every token of the \
             cluster that may sign",
        );
    }
    let mut made = vec![objects::cluster_info(&kubeconfig, &tokens)];
    made.extend(objects::discovery_roles());
    manifest::print(&made, args.output.output)
}
