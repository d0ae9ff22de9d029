//! `kubepki bundle`: the objects that carry trust into a cluster, as manifests.

mod cluster_info;
mod extension_authentication;
mod kubeadm_certs;
mod root_ca;
mod trust_bundle;

use clap::Subcommand;

use super::Outcome;
use crate::error::CliError;
use crate::show::manifest;

/// Arguments of `kubepki bundle`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    object: Object,
}

/// What is printed.
#[derive(Debug, Subcommand)]
enum Object {
    /// ConfigMap kube-root-ca.crt, which pods of a namespace verify kube-apiserver with.
    RootCa(root_ca::Args),

    /// ConfigMap extension-apiserver-authentication, which extension API servers know clients by.
    ExtensionApiserverAuthentication(extension_authentication::Args),

    /// ConfigMap cluster-info, which nodes that join find the cluster by, and who may read it.
    ClusterInfo(cluster_info::Args),

    /// A ClusterTrustBundle, which pods may mount.
    TrustBundle(trust_bundle::Args),

    /// Secret kubeadm-certs, what a further control-plane node needs, encrypted, and who may read it.
    KubeadmCerts(kubeadm_certs::Args),
}

/// How the objects are printed.
#[derive(Debug, clap::Args)]
struct Output {
    /// How to print them.
    #[arg(short, long, value_enum, default_value_t = manifest::Format::Yaml, value_name = "FORMAT")]
    output: manifest::Format,
}

/// Prints the objects that were asked for.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    match &args.object {
        Object::RootCa(args) => root_ca::run(args),
        Object::ExtensionApiserverAuthentication(args) => extension_authentication::run(args),
        Object::ClusterInfo(args) => cluster_info::run(args, quiet),
        Object::TrustBundle(args) => trust_bundle::run(args),
        Object::KubeadmCerts(args) => kubeadm_certs::run(args, quiet),
    }?;
    Ok(Outcome::Clean)
}
