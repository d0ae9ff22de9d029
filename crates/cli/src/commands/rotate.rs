//! `kubepki rotate`: how authorities, or the key of service account tokens, are replaced while
//! everything works.

use std::collections::BTreeSet;

use change::rotate::{self, What};
use clap::ValueEnum;
use cluster::Inventory;
use cluster::catalogue::AUTHORITIES;

use super::Outcome;
use super::offer::Offer;
use crate::args::{At, Tree};
use crate::error::CliError;
use crate::show;

/// Arguments of `kubepki rotate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What is replaced.
    #[arg(value_enum, value_name = "WHAT", required = true)]
    what: Vec<Name>,

    /// Take away what was replaced, once nobody needs it any more.
    #[arg(long)]
    finish: bool,

    #[command(flatten)]
    tree: Tree,

    #[command(flatten)]
    at: At,

    #[command(flatten)]
    offer: Offer,
}

/// What can be replaced, by kubeadm's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Name {
    /// The cluster's authority.
    Ca,
    /// etcd's authority.
    EtcdCa,
    /// The front proxy's authority.
    FrontProxyCa,
    /// The key that service account tokens are signed with.
    Sa,
    /// All of them.
    All,
}

/// Plans and proves.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let inventory = args.tree.read()?;
    show::unreadable(&inventory, quiet);
    let what = args.what(&inventory);
    let at = args.at.moment();
    let planned = match args.finish {
        true => rotate::finish(&inventory, &what, &args.wish(), at),
        false => rotate::rotate(&inventory, &what, &args.wish(), at),
    };
    match planned {
        Ok((plan, secrets)) => args.offer.carry_out(&args.tree, plan, &secrets, quiet),
        Err(error) => {
            show::failure(&error.to_string(), None);
            Ok(Outcome::Found)
        }
    }
}

impl Args {
    fn what(&self, inventory: &Inventory) -> What {
        if self.what.contains(&Name::All) {
            return rotate::all(inventory);
        }
        let names: BTreeSet<&str> = self.what.iter().map(|name| name.kubeadm()).collect();
        let rows = AUTHORITIES.iter();
        What {
            authorities: rows.filter(|row| names.contains(row.name)).collect(),
            token_key: names.contains("sa"),
        }
    }

    fn wish(&self) -> String {
        let names = self.what.iter().map(|name| name.kubeadm());
        let mut words = vec!["rotate"];
        words.extend(names);
        words.extend(self.finish.then_some("--finish"));
        words.join(" ")
    }
}

impl Name {
    fn kubeadm(self) -> &'static str {
        match self {
            Name::Ca => "ca",
            Name::EtcdCa => "etcd-ca",
            Name::FrontProxyCa => "front-proxy-ca",
            Name::Sa => "sa",
            Name::All => "all",
        }
    }
}
