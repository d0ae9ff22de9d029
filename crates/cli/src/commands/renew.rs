//! `kubepki renew`: how certificates are issued again, with new keys and everything else as before.

use change::choice::{Named, credential};
use change::plan::{Plan, Secrets};
use change::renew::{self, Choice, RenewError, Renewal};
use cluster::catalogue::Credential;
use time::UtcDateTime;

use super::Outcome;
use super::offer::Offer;
use crate::args::{At, Tree};
use crate::error::CliError;
use crate::show;

/// Arguments of `kubepki renew`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Certificates by kubeadm's names, such as apiserver or admin.conf; all, when none is named.
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// Only those that end within this time, such as 90d or 720h.
    #[arg(long, value_name = "DURATION", value_parser = period)]
    before: Option<time::Duration>,

    #[command(flatten)]
    tree: Tree,

    #[command(flatten)]
    at: At,

    #[command(flatten)]
    offer: Offer,
}

/// Plans and proves.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let (wish, at) = (args.wish(), args.at.moment());
    let choice = Named {
        names: args.rows()?,
        before: args.before.map(|period| at.saturating_add(period)),
    };
    offer(&args.offer, &args.tree, (&wish, at), &choice, quiet)
}

/// Says what is left as it is, shows a renewal, and goes through it.
pub fn offer(
    offer: &Offer,
    tree: &Tree,
    (wish, at): (&str, UtcDateTime),
    choice: &dyn Choice,
    quiet: bool,
) -> Result<Outcome, CliError> {
    offer.run(tree, (wish, at), quiet, |inventory, keys| {
        told(renew::plan(&inventory, keys, wish, choice, at))
    })
}

/// The plan; says what is left as it is, and why there is none.
fn told(renewal: Result<Renewal, RenewError>) -> Option<(Plan, Secrets)> {
    let failed = |error: RenewError| show::failure(&error.to_string(), None);
    let renewal = renewal.map_err(failed).ok()?;
    for skipped in &renewal.skipped {
        show::note(&format!(
            "{}: {} is left as it is: {}",
            skipped.node, skipped.path, skipped.why
        ));
    }
    if renewal.plan.steps.is_empty() {
        show::note("nothing can be issued again");
        return None;
    }
    Some((renewal.plan, renewal.secrets))
}

impl Args {
    fn rows(&self) -> Result<Option<Vec<&'static Credential>>, CliError> {
        if self.names.is_empty() || self.names.iter().any(|name| name == "all") {
            return Ok(None);
        }
        let row = |name: &String| {
            let unknown = || CliError::NoCredentialNamed(name.clone());
            credential(name).ok_or_else(unknown)
        };
        self.names
            .iter()
            .map(row)
            .collect::<Result<_, _>>()
            .map(Some)
    }

    fn wish(&self) -> String {
        match self.names.as_slice() {
            [] => "renew all".to_owned(),
            names => format!("renew {}", names.join(" ")),
        }
    }
}

/// Days, or what Go writes for a duration.
pub fn period(text: &str) -> Result<time::Duration, String> {
    if let Some(days) = text.strip_suffix('d') {
        let days: i32 = days
            .parse()
            .map_err(|_| format!("`{text}` is not a number of days"))?;
        return Ok(time::Duration::days(days.into()));
    }
    change::parse::duration(text).map(time::Duration::seconds)
}
