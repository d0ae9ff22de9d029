//! What every command that plans a change does with its plan: it shows it with its proof, asks, and
//! goes through it.

use change::journal;
use change::keys::{Here, Keys};
use change::plan::{Plan, Secrets};
use change::prove::prove;
use clap::ValueEnum;
use cluster::{Inventory, Objects};
use time::UtcDateTime;

use super::Outcome;
use super::apply::{Going, Telling, go};
use crate::args::Tree;
use crate::error::CliError;
use crate::show;
use crate::together::Through;

/// How a plan is offered.
#[derive(Debug, clap::Args)]
pub struct Offer {
    /// Only show the plan and its proof.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,

    #[command(flatten)]
    going: Going,

    /// How to show the plan.
    #[arg(short, long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,

    #[command(flatten)]
    through: Through,
}

/// How a plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The story and its proof, for people.
    Text,
    /// The plan itself: schema kubepki.plan/v1, which `kubepki prove` reads. Nothing is done.
    Json,
}

impl Offer {
    /// Plans for the nodes whose files these are, or, through a store, for all that take part; shows
    /// the plan, and goes through it. `make` says itself why there is no plan.
    ///
    /// # Errors
    /// When something cannot be read or written, or a step not be done.
    pub fn run(
        &self,
        tree: &Tree,
        (wish, at): (&str, UtcDateTime),
        quiet: bool,
        make: impl FnOnce(Inventory, &mut dyn Keys) -> Option<(Plan, Secrets)>,
    ) -> Result<Outcome, CliError> {
        let paths: Vec<_> = tree.roots().into_iter().map(|rootfs| rootfs.path).collect();
        if let Some(party) = self.through.open(&paths)? {
            let agreed = |plan: &Plan| self.agreed(plan);
            return party.plan(wish, at, &self.going, quiet, make, agreed);
        }
        let inventory = tree.read()?;
        show::unreadable(&inventory, quiet);
        match make(inventory, &mut Here) {
            Some((plan, secrets)) => self.carry_out(tree, plan, &secrets, quiet),
            None => Ok(Outcome::Found),
        }
    }

    /// Shows the plan and its proof, and goes through it when that is agreed to. One that is not safe
    /// is something found.
    ///
    /// # Errors
    /// When something cannot be written, or a step not be done.
    fn carry_out(
        &self,
        tree: &Tree,
        plan: Plan,
        secrets: &Secrets,
        quiet: bool,
    ) -> Result<Outcome, CliError> {
        let shown = self.show(&plan)?;
        if shown == Outcome::Found || self.is_only_shown() {
            return Ok(shown);
        }
        if !self.going.agreed("Do this?") {
            return Ok(Outcome::Found);
        }
        let trees = tree.of_plan(&plan)?;
        let change = journal::begin(plan, secrets, trees)?;
        go(&mut [change], &self.going, &Telling::default(), quiet)
    }

    /// Whether nothing runs on the file trees.
    pub fn is_offline(&self) -> bool {
        self.going.is_offline()
    }

    /// Everything that the API holds of authorities, as far as it can be asked.
    ///
    /// # Errors
    /// When a kubeconfig was given that does not lead there.
    pub fn objects(&self, tree: &Tree, quiet: bool) -> Result<Objects, CliError> {
        let disks = tree.roots().into_iter().filter_map(|root| root.disk().ok());
        let disks: Vec<_> = disks.collect();
        self.going.objects(&disks.iter().collect::<Vec<_>>(), quiet)
    }

    fn is_only_shown(&self) -> bool {
        self.dry_run || self.output == Format::Json
    }

    /// Whether a plan, which is shown, is safe and shall be done.
    fn agreed(&self, plan: &Plan) -> Result<Outcome, CliError> {
        let shown = self.show(plan)?;
        let goes = shown == Outcome::Clean
            && !self.is_only_shown()
            && self.going.agreed("Do this, together with the other nodes?");
        Ok(if goes { Outcome::Clean } else { Outcome::Found })
    }

    fn show(&self, plan: &Plan) -> Result<Outcome, CliError> {
        let proof = prove(plan)?;
        let text = match self.output {
            Format::Text => show::plan::text(plan, &proof) + &show::plan::way_back(),
            Format::Json => {
                serde_json::to_string_pretty(plan).map_err(std::io::Error::from)? + "\n"
            }
        };
        show::stdout(text.as_bytes())?;
        Ok(match proof.breach {
            None => Outcome::Clean,
            Some(_) => Outcome::Found,
        })
    }
}
