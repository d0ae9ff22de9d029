//! Objects of Kubernetes as manifests, ready to be applied.

use clap::ValueEnum;
use serde_json::{Value, json};

use super::stdout;
use crate::error::CliError;

/// How manifests are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A document for each object.
    Yaml,
    /// One List.
    Json,
}

/// Prints objects in the order in which they should be applied.
pub fn print(objects: &[Value], format: Format) -> Result<(), CliError> {
    let text = match format {
        Format::Yaml => {
            let documents: Vec<String> = objects.iter().map(yaml::write).collect();
            documents.join("---\n")
        }
        Format::Json => {
            let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
            format!("{list:#}\n")
        }
    };
    stdout(text.as_bytes())
}
