//! `kubepki prove`: whether a plan keeps everything working, in every order of its steps and wherever
//! a process ends by itself.

use std::path::PathBuf;

use change::plan::Plan;
use change::prove::prove;
use clap::ValueEnum;

use super::Outcome;
use crate::error::CliError;
use crate::{input, show};

/// Arguments of `kubepki prove`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A plan, as `kubepki rotate -o json` prints it; - for standard input.
    #[arg(value_name = "PLAN")]
    plan: PathBuf,

    /// How to say it.
    #[arg(short, long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,
}

/// How it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The story, for people.
    Text,
    /// For programs: schema kubepki.proof/v1.
    Json,
}

/// Reads the plan and goes through everything that can happen.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let broken = |why: String| CliError::Broken {
        path: args.plan.clone(),
        why,
    };
    let bytes = input::read(&args.plan)?;
    let plan: Plan = serde_json::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
    let proof = prove(&plan).map_err(|error| broken(error.to_string()))?;
    match args.output {
        Format::Text => show::stdout(show::plan::text(&plan, &proof).as_bytes())?,
        Format::Json => show::stdout(format!("{:#}\n", show::plan::json(&proof)).as_bytes())?,
    }
    Ok(match proof.breach {
        None => Outcome::Clean,
        Some(_) => Outcome::Found,
    })
}
