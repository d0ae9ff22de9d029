//! `kubepki rotate`: how authorities, or the key of service account tokens, are replaced while
//! everything works.

use std::collections::BTreeSet;
use std::path::PathBuf;

use authority::Authority;
use change::journal::{self, State};
use change::keys::Keys;
use change::rotate::{self, What};
use clap::ValueEnum;
use cluster::catalogue::AUTHORITIES;
use cluster::{Inventory, Objects};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcDateTime};

use super::Outcome;
use super::init::RootArgs;
use super::offer::Offer;
use super::renew::period;
use crate::args::{At, Tree};
use crate::error::CliError;
use crate::objects::of_dumps;
use crate::password::Password;
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

    /// How long what was replaced is kept since the rotation ended: --finish refuses before, by the
    /// journal. Pods' tokens are fetched anew within an hour by the kubelet, which is the default; a
    /// program that keeps its first token has it taken for up to a year
    /// (--service-account-extend-token-expiration of kube-apiserver), but only until the old key
    /// goes. 0 for no wait.
    #[arg(long, value_name = "DURATION", value_parser = period, default_value = "1h", requires = "finish")]
    keep_old: time::Duration,

    /// What the API holds of authorities, as `kubectl get … -o yaml` or `-o json` prints it: a file,
    /// a folder of them, or `-`; several times for several. Default is to ask the API.
    #[arg(long, value_name = "PATH")]
    objects: Vec<PathBuf>,

    #[command(flatten)]
    tree: Tree,

    #[command(flatten)]
    at: At,

    #[command(flatten)]
    offer: Offer,

    #[command(flatten)]
    root: RootArgs,

    /// A file whose first line opens the root's encrypted key; asked for at the terminal otherwise.
    #[arg(long, value_name = "FILE", requires = "root_ca_key")]
    password_file: Option<PathBuf>,
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
    if let Some(until) = args.is_kept_until()? {
        let until = until.format(&Rfc3339).unwrap_or_default();
        show::failure(
            &format!("what was replaced is kept until {until}, for those who still need it"),
            Some("come back then, or say --keep-old 0"),
        );
        return Ok(Outcome::Found);
    }
    let objects = args.objects(quiet)?;
    let root = args.root()?;
    let (wish, at) = (args.wish(), args.at.moment());
    let make = |inventory: Inventory, keys: &mut dyn Keys| {
        let inventory = inventory.with_objects(objects);
        let what = args.what(&inventory, root);
        let planned = match args.finish {
            true => rotate::finish(&inventory, &what, &wish, at),
            false => rotate::plan(&inventory, keys, &what, &wish, at),
        };
        planned
            .map_err(|error| show::failure(&error.to_string(), None))
            .ok()
    };
    args.offer.run(&args.tree, (&wish, at), quiet, make)
}

impl Args {
    /// Everything that the API holds of authorities.
    fn objects(&self, quiet: bool) -> Result<Objects, CliError> {
        match self.objects.is_empty() {
            true => self.offer.objects(&self.tree, quiet),
            false => of_dumps(&self.objects),
        }
    }

    /// Who vouches for intermediates.
    fn root(&self) -> Result<Option<Authority>, CliError> {
        let mut password = Password::new(self.password_file.as_deref())?;
        let root = self.root.read(&mut password)?;
        root.map(|root| root.authority.ok_or(CliError::NoRootKey))
            .transpose()
    }

    fn what(&self, inventory: &Inventory, root: Option<Authority>) -> What {
        if self.what.contains(&Name::All) {
            return What {
                root,
                ..rotate::all(inventory)
            };
        }
        let names: BTreeSet<&str> = self.what.iter().map(|name| name.kubeadm()).collect();
        let rows = AUTHORITIES.iter();
        What {
            authorities: rows.filter(|row| names.contains(row.name)).collect(),
            token_key: names.contains("sa"),
            root,
        }
    }

    /// When what was replaced may go, when that is still to come: the journals know when the rotations
    /// ended. Where nothing runs nobody needs it.
    fn is_kept_until(&self) -> Result<Option<UtcDateTime>, CliError> {
        if !self.finish || self.offer.is_offline() {
            return Ok(None);
        }
        let mut until = None;
        for root in self.tree.roots() {
            // An archive has no journal.
            let Ok(disk) = root.disk() else { continue };
            let all = journal::list(&disk)?.into_iter();
            let own = all.filter(|it| it.state == State::Done && self.is_of(&it.wish));
            let ended = own.filter_map(|it| OffsetDateTime::parse(&it.at[1], &Rfc3339).ok());
            let may = ended.map(|ended| ended.to_utc().saturating_add(self.keep_old));
            until = until.max(may.max());
        }
        Ok(until.filter(|until| *until > self.at.moment()))
    }

    /// Whether a wish is to replace any of what is to go now.
    fn is_of(&self, wish: &str) -> bool {
        let mut words = wish.split(' ');
        let is_rotation = words.next() == Some("rotate") && !wish.contains("--finish");
        let is_all = self.what.contains(&Name::All);
        let names: Vec<&str> = self.what.iter().map(|name| name.kubeadm()).collect();
        is_rotation && words.any(|word| is_all || word == "all" || names.contains(&word))
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
