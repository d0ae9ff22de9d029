//! `kubepki explain`: what a flag, a field, a file, a channel, a finding or a word is, who reads it
//! when, and what happens when it is wrong.

mod about;
pub mod explanation;
mod flag;
mod korean;
mod language;
mod page;
mod place;
pub mod reloads;
mod thing;

use clap::ValueEnum;
use serde_json::{Value, json};

use self::explanation::Explanation;
pub use self::language::Language;
use self::thing::Thing;
use super::Outcome;
use crate::args::Rootfs;
use crate::error::CliError;
use crate::show;
use crate::show::explain as look;

/// Arguments of `kubepki explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A flag, a field, a file, a channel (CLIENT->SERVER), a finding's code or cause, a name of
    /// kubeadm's, a component, or a word. Without it, everything that can be explained is listed.
    #[arg(allow_hyphen_values = true, value_name = "THING")]
    first: Option<String>,

    /// The flag or field, when THING is whose it is: `kubelet --config`.
    #[arg(allow_hyphen_values = true, value_name = "FLAG")]
    second: Option<String>,

    /// The language; without it the one that LC_ALL, LC_MESSAGES or LANG says, else English.
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    lang: Option<Language>,

    /// Also say where it stands in this node's file tree, and what holds there.
    #[arg(long, value_name = "DIR", value_parser = Rootfs::parse)]
    rootfs: Option<Rootfs>,

    /// How to show it.
    #[arg(short, long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    output: Format,
}

/// How an explanation is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
    /// A page.
    Markdown,
}

/// Prints the explanation.
///
/// # Errors
/// When there is nothing of that name, or the tree cannot be read.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let language = args.lang.unwrap_or_else(Language::of_the_locale);
    let asked = [args.first.as_deref(), args.second.as_deref()];
    let asked: Vec<&str> = asked.into_iter().flatten().collect();
    let text = match asked.as_slice() {
        [] => list(args.output, language),
        ["reloads"] => reloads_as(args.output, language),
        _ => explain(&asked.join(" "), args, language, quiet)?,
    };
    show::stdout(text.as_bytes())?;
    Ok(Outcome::Clean)
}

fn reloads_as(format: Format, language: Language) -> String {
    match format {
        Format::Human => look::reloads(&reloads::groups(language), show::width()),
        Format::Json => format!("{:#}\n", reloads::json()),
        Format::Markdown => reloads::markdown(),
    }
}

fn list(format: Format, language: Language) -> String {
    let things = Thing::all();
    match format {
        Format::Json => {
            let rows = things.iter().map(|thing| {
                json!({ "name": thing.name(), "kind": thing.kind(), "what": about::summary(thing, language) })
            });
            let rows: Vec<Value> = rows.collect();
            format!(
                "{:#}\n",
                json!({ "schema": "kubepki.explain/v1", "things": rows })
            )
        }
        Format::Markdown => page::reference(language),
        Format::Human => look::list(&things_by_kind(&things, language), show::width()),
    }
}

/// The names under the headings of their kinds.
fn things_by_kind(things: &[Thing], language: Language) -> Vec<(&'static str, Vec<String>)> {
    let mut groups: Vec<(&'static str, Vec<String>)> = Vec::new();
    for thing in things {
        let heading = language.say(thing.heading());
        match groups.last_mut() {
            Some((last, names)) if *last == heading => names.push(thing.short_name()),
            _ => groups.push((heading, vec![thing.short_name()])),
        }
    }
    groups
}

fn explain(asked: &str, args: &Args, language: Language, quiet: bool) -> Result<String, CliError> {
    let found = thing::find(asked);
    let Some(thing) = found.first() else {
        return Err(CliError::NothingCalled {
            name: asked.to_owned(),
            near: thing::near(asked),
        });
    };
    let others: Vec<String> = found[1..].iter().map(Thing::name).collect();
    if !others.is_empty() && !quiet {
        let said = language.say("{} have that too; say which: {}");
        let first = others.first().map_or("", String::as_str);
        show::note(&language::fill(
            said,
            &[&others.join(", "), &format!("kubepki explain '{first}'")],
        ));
    }
    let mut explanation = about::explain(thing, language);
    explanation.see.extend(others);
    if let Some(rootfs) = &args.rootfs {
        explanation.here = Some(place::of(thing, rootfs, language)?);
    }
    Ok(render(&explanation, args.output, language))
}

fn render(explanation: &Explanation, format: Format, language: Language) -> String {
    match format {
        Format::Json => format!("{:#}\n", explanation.json(language)),
        Format::Markdown => page::explanation(explanation, language),
        Format::Human => look::explanation(explanation, language, show::width()),
    }
}

#[cfg(test)]
mod tests;
