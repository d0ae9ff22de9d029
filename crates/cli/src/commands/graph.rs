//! `kubepki graph`: the channels of a cluster, and which of them work.

use clap::ValueEnum;
use cluster::draw::{self, NOT_JUDGED, Verdict, Verdicts};
use cluster::graph::{Address, Channel, Graph};
use serde_json::{Value, json};

use super::Outcome;
use crate::args::{At, Tree};
use crate::error::CliError;
use crate::show;

/// Arguments of `kubepki graph`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    tree: Tree,

    #[command(flatten)]
    at: At,

    /// Show the channels as they are meant, without saying which work.
    #[arg(long)]
    no_verdicts: bool,

    /// How to show them.
    #[arg(short, long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,
}

/// How channels are shown.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A paragraph for each.
    Text,
    /// For Graphviz.
    Dot,
    /// For Markdown.
    Mermaid,
    /// A picture.
    Svg,
    /// The picture in a page.
    Html,
    /// For programs.
    Json,
}

/// Prints the channels, each with its verdict.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let inventory = args.tree.read()?;
    show::unreadable(&inventory, quiet);
    let graph = Graph::of(&inventory);
    let report = audit::audit(&inventory, &graph, args.at.moment());
    let judged = |channel: &Channel| report.verdict(&channel.id());
    let verdicts: Verdicts<'_> = if args.no_verdicts {
        NOT_JUDGED
    } else {
        &judged
    };
    let text = match args.output {
        Format::Text => draw::text(&graph, verdicts),
        Format::Dot => draw::dot(&graph, verdicts),
        Format::Mermaid => draw::mermaid(&graph, verdicts),
        Format::Svg => draw::svg(&graph, verdicts),
        Format::Html => web::graph(&graph, verdicts),
        Format::Json => format!("{:#}\n", to_json(&graph, verdicts)),
    };
    show::stdout(text.as_bytes())?;
    Ok(Outcome::Clean)
}

fn to_json(graph: &Graph, verdicts: Verdicts<'_>) -> Value {
    let one = |one| channel(one, verdicts(one).map(Verdict::name));
    let channels: Vec<Value> = graph.channels.iter().map(one).collect();
    json!({ "schema": "kubepki.graph/v1", "channels": channels })
}

fn channel(channel: &Channel, verdict: Option<&str>) -> Value {
    let addresses: Vec<Value> = channel.addresses.iter().map(address).collect();
    json!({
        "id": channel.id(),
        "client": channel.client.to_string(),
        "server": channel.server.to_string(),
        "purpose": channel.purpose,
        "addresses": addresses,
        "server_presents": channel.serving.default.to_string(),
        "client_trusts": channel.trust.to_string(),
        "client_presents": channel.credential.to_string(),
        "server_trusts": channel.client_auth.to_string(),
        "required_identity": channel.required.to_string(),
        "latent": channel.latent,
        "verdict": verdict,
    })
}

fn address(address: &Address) -> Value {
    let place = &address.setting.place;
    json!({
        "scheme": address.scheme,
        "address": address.to_string(),
        "name": address.checked_name(),
        "evidence": {
            "path": &*place.path,
            "line": place.line,
            "column": place.column,
            "flag": &*address.setting.name,
        },
    })
}
