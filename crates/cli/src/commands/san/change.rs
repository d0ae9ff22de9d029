//! `kubepki san add` and `kubepki san remove`: other names in a certificate, everything else as before.

use std::collections::BTreeSet;

use authority::Names;
use change::choice::{Renamed, credential};
use change::parse;

use super::Outcome;
use crate::args::{At, Tree};
use crate::commands::offer::Offer;
use crate::commands::renew::offer;
use crate::error::CliError;

/// Arguments of `kubepki san add` and `kubepki san remove`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Whose names, by kubeadm's name: apiserver, etcd-server, etcd-peer.
    #[arg(value_name = "NAME")]
    certificate: String,

    /// DNS names and addresses.
    #[arg(value_name = "VALUE", required = true)]
    values: Vec<String>,

    #[command(flatten)]
    tree: Tree,

    #[command(flatten)]
    at: At,

    #[command(flatten)]
    offer: Offer,
}

/// Plans and proves. With `adds` the names are added, else removed.
pub(super) fn run(args: &Args, adds: bool, quiet: bool) -> Result<Outcome, CliError> {
    let unknown = || CliError::NoCredentialNamed(args.certificate.clone());
    let row = credential(&args.certificate).ok_or_else(unknown)?;
    let choice = match adds {
        true => Renamed {
            row,
            add: names(&args.values),
            remove: BTreeSet::new(),
        },
        false => Renamed {
            row,
            add: Names::default(),
            remove: removed(&args.values),
        },
    };
    let verb = if adds { "add" } else { "remove" };
    let wish = format!("san {verb} {} {}", row.name, args.values.join(" "));
    let wish = (&*wish, args.at.moment());
    offer(&args.offer, &args.tree, wish, &choice, quiet)
}

fn names(values: &[String]) -> Names {
    let mut names = Names::default();
    for value in values {
        match parse::address(value) {
            Ok(address) => names.ip.push(address.to_canonical()),
            Err(_) => names.dns.push(value.clone()),
        }
    }
    names
}

fn removed(values: &[String]) -> BTreeSet<String> {
    let canonical = |value: &String| match parse::address(value) {
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => value.to_ascii_lowercase(),
    };
    values.iter().map(canonical).collect()
}
