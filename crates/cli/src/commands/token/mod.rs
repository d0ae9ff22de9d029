//! `kubepki token`: bootstrap tokens, the pins and keys that go with them, and service account tokens.

mod ca_hash;
mod certificate_key;
mod check;
mod create;
mod generate;
mod jwks;
mod openid_configuration;
mod sign;

use authority::control_plane::ControlPlane;
use clap::Subcommand;

use super::Outcome;
use crate::error::CliError;

/// Arguments of `kubepki token`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Action {
    /// Print a new bootstrap token.
    Generate,

    /// Print the Secret that makes a bootstrap token known to a cluster.
    Create(create::Args),

    /// Print a new certificate key, which Secret kubeadm-certs is encrypted under.
    CertificateKey,

    /// Print what a node that joins knows the CA by: --discovery-token-ca-cert-hash.
    CaHash(ca_hash::Args),

    /// Sign a service account token.
    Sign(sign::Args),

    /// Say whether kube-apiserver accepts a service account token, and whom it takes the bearer for.
    Check(check::Args),

    /// Print the keys of service account tokens, as kube-apiserver serves /openid/v1/jwks.
    Jwks(jwks::Args),

    /// Print where those keys are, as it serves /.well-known/openid-configuration.
    OpenidConfiguration(openid_configuration::Args),
}

/// Does what was asked for.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    match &args.action {
        Action::Generate => generate::run()?,
        Action::Create(args) => create::run(args)?,
        Action::CertificateKey => certificate_key::run()?,
        Action::CaHash(args) => ca_hash::run(args)?,
        Action::Sign(args) => sign::run(args, quiet)?,
        Action::Check(args) => return check::run(args),
        Action::Jwks(args) => jwks::run(args)?,
        Action::OpenidConfiguration(args) => openid_configuration::run(args)?,
    }
    Ok(Outcome::Clean)
}

/// The issuer that was given, or the one that kube-apiserver signs as.
fn issuer(given: Option<&String>, plane: &ControlPlane<'_>) -> Result<String, CliError> {
    let issuer = given
        .cloned()
        .or_else(|| plane.issuers().into_iter().next());
    issuer.ok_or(CliError::NotTold {
        what: "as which issuer kube-apiserver signs",
        flag: "issuer URL",
    })
}
