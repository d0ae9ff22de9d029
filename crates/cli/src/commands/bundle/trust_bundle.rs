//! `kubepki bundle trust-bundle`.

use std::path::PathBuf;

use authority::control_plane::public_text;
use authority::objects;

use super::Output;
use crate::args::OneNode;
use crate::error::CliError;
use crate::input;
use crate::show::manifest;

/// Arguments of `kubepki bundle trust-bundle`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its name; a signer's gets one by itself.
    #[arg(required_unless_present = "signer")]
    name: Option<String>,

    /// The signer whose CA certificates these are, such as example.com/ca.
    #[arg(long)]
    signer: Option<String>,

    /// The CA certificates, as PEM, or `-`; default are those that pods verify kube-apiserver with.
    #[arg(long, value_name = "FILE")]
    certificates: Option<PathBuf>,

    #[command(flatten)]
    node: OneNode,

    #[command(flatten)]
    output: Output,
}

/// Prints the ClusterTrustBundle.
pub fn run(args: &Args) -> Result<(), CliError> {
    let text = match &args.certificates {
        Some(path) => String::from_utf8(input::read(path)?).map_err(|_| CliError::Broken {
            path: path.clone(),
            why: "it is no UTF-8".to_owned(),
        })?,
        None => {
            let node = args.node.read()?;
            let ca = args.node.control_plane(&node).root_ca()?;
            public_text(&ca)?.to_owned()
        }
    };
    let (name, signer) = (args.name.as_deref(), args.signer.as_deref());
    let made = objects::cluster_trust_bundle(name, signer, &text)?;
    manifest::print(&[made], args.output.output)
}
