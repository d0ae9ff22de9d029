//! `kubepki token openid-configuration`.

use authority::control_plane::ControlPlane;
use authority::token::jwks;

use crate::args::OneNode;
use crate::error::CliError;
use crate::show;

/// Arguments of `kubepki token openid-configuration`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The issuer; default is the first of --service-account-issuer.
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,

    /// Where the keys are; default is --service-account-jwks-uri, or kube-apiserver's own address.
    #[arg(long, value_name = "URL")]
    jwks_uri: Option<String>,

    #[command(flatten)]
    node: OneNode,
}

/// Prints the discovery document.
pub fn run(args: &Args) -> Result<(), CliError> {
    let node = args.node.read()?;
    let plane = args.node.control_plane(&node);
    let issuer = super::issuer(args.issuer.as_ref(), &plane)?;
    let keys_url = match &args.jwks_uri {
        Some(url) => url.clone(),
        None => keys_url(&plane)?,
    };
    let document = jwks::configuration(&issuer, &keys_url, &plane.token_keys()?)?;
    show::stdout(format!("{document}\n").as_bytes())
}

fn keys_url(plane: &ControlPlane<'_>) -> Result<String, CliError> {
    plane.keys_url().ok_or(CliError::NotTold {
        what: "where kube-apiserver is found",
        flag: "jwks-uri URL",
    })
}
