//! What every command that plans a change does with its plan: it shows it with its proof.

use change::plan::Plan;
use change::prove::prove;
use clap::ValueEnum;

use super::Outcome;
use crate::error::CliError;
use crate::show;

/// How a plan is offered.
#[derive(Debug, clap::Args)]
pub struct Offer {
    /// How to show the plan.
    #[arg(short, long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,
}

/// How a plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The story and its proof, for people.
    Text,
    /// The plan itself: schema kubepki.plan/v1, which `kubepki prove` reads.
    Json,
}

impl Offer {
    /// Shows the plan and its proof. One that is not safe is something found.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn show(&self, plan: &Plan) -> Result<Outcome, CliError> {
        let proof = prove(plan)?;
        let text = match self.output {
            Format::Text => show::plan::text(plan, &proof),
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
