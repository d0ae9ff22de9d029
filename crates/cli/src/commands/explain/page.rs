//! Explanations as Markdown: one by itself, and all of them as a page of reference.

use std::fmt::Write;

use super::about;
use super::explanation::Explanation;
use super::language::Language;
use super::thing::Thing;

/// One explanation.
pub fn explanation(explanation: &Explanation, language: Language) -> String {
    let mut page = format!("# {}\n", explanation.name);
    for paragraph in &explanation.what {
        let _ = write!(page, "\n{paragraph}\n");
    }
    let facts = explanation.facts.iter();
    section(
        &mut page,
        "",
        facts.map(|fact| format!("{}: {}", fact.label, fact.value)),
    );
    let read = explanation.read.iter().map(|read| match &*read.versions {
        "" => read.when.clone(),
        versions => format!("{versions}: {}", read.when),
    });
    section(&mut page, language.say("Read"), read);
    section(
        &mut page,
        language.say("Has to agree"),
        explanation.agrees.iter().cloned(),
    );
    let wrong = explanation.wrong.iter().map(|wrong| {
        let effect = if wrong.effect.is_empty() {
            String::new()
        } else {
            format!(": {}", wrong.effect)
        };
        let says = if wrong.says.is_empty() {
            String::new()
        } else {
            format!(" — `{}`", wrong.says)
        };
        format!("{}{effect}{says}", wrong.when)
    });
    section(&mut page, language.say("When it is wrong"), wrong);
    section(
        &mut page,
        language.say("Without it"),
        explanation.without.iter().cloned(),
    );
    let look = explanation.look.iter();
    section(
        &mut page,
        language.say("Look at it"),
        look.map(|look| format!("{}:\n\n  ```sh\n  {}\n  ```", look.what, look.command)),
    );
    section(
        &mut page,
        language.say("See also"),
        explanation.see.iter().cloned(),
    );
    page
}

/// A list below its heading; nothing when there is nothing in it.
fn section(page: &mut String, heading: &str, items: impl Iterator<Item = String>) {
    let mut items = items.peekable();
    if items.peek().is_none() {
        return;
    }
    if !heading.is_empty() {
        let _ = write!(page, "\n## {heading}\n");
    }
    page.push('\n');
    for item in items {
        let _ = writeln!(page, "- {item}");
    }
}

/// Everything that can be explained, in a table for each kind. Findings have a page of their own.
pub fn reference(language: Language) -> String {
    let columns = ["Name", "What it is", "Side", "Default"].map(|text| language.say(text));
    let mut page = format!("# {}\n", language.say("What can be explained"));
    let mut last = "";
    let is_finding = |thing: &Thing| matches!(thing, Thing::Finding(_));
    for thing in Thing::all().into_iter().filter(|thing| !is_finding(thing)) {
        if thing.heading() != last {
            last = thing.heading();
            let _ = write!(
                page,
                "\n## {}\n\n| {} |\n|---|---|---|---|\n",
                language.say(last),
                columns.join(" | ")
            );
        }
        let explanation = about::explain(&thing, language);
        let fact = |key: &str| {
            let fact = explanation.facts.iter().find(|fact| fact.key == key);
            fact.map_or("", |fact| &fact.value)
        };
        let what = explanation.what.join("<br>").replace('|', "\\|");
        let _ = writeln!(
            page,
            "| `{}` | {what} | {} | {} |",
            thing.short_name(),
            fact("side"),
            fact("default")
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// `KUBEPKI_WRITE_DOCS=1` writes the pages anew.
    #[test]
    fn the_published_reference_is_the_catalogue() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        for (name, language) in [
            ("reference.md", Language::En),
            ("reference.ko.md", Language::Ko),
        ] {
            let path = docs.join(name);
            if std::env::var_os("KUBEPKI_WRITE_DOCS").is_some() {
                std::fs::write(&path, reference(language)).unwrap();
            }
            assert_eq!(
                std::fs::read_to_string(&path).unwrap(),
                reference(language),
                "{name}"
            );
        }
    }

    #[test]
    fn a_page_has_every_part() {
        let thing = super::super::thing::find("--etcd-cafile")[0];
        let page = explanation(&about::explain(&thing, Language::En), Language::En);
        for part in [
            "# kube-apiserver --etcd-cafile",
            "- default: the system's",
            "## Read",
            "## Look at it",
            "  openssl verify ",
        ] {
            assert!(page.contains(part), "{page}");
        }
    }
}
