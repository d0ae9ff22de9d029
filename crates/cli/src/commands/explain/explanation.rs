//! What there is to say about one thing.

use cluster::catalogue::Versions;
use serde_json::{Value, json};

use super::language::Language;

/// An explanation, in one language. Lists may be empty.
#[derive(Clone, Debug, Default)]
pub struct Explanation {
    /// What it is called.
    pub name: String,
    /// What kind of thing it is: `flag`, `file`, …
    pub kind: &'static str,
    /// What it is, in paragraphs.
    pub what: Vec<String>,
    /// Short facts with their labels, in the language.
    pub facts: Vec<Fact>,
    /// When it is read, and when again.
    pub read: Vec<Read>,
    /// What it has to agree with.
    pub agrees: Vec<String>,
    /// What it looks like when it is wrong.
    pub wrong: Vec<Wrong>,
    /// How to look at it.
    pub look: Vec<Look>,
    /// What breaks without it.
    pub without: Vec<String>,
    /// What else can be explained that is near it.
    pub see: Vec<String>,
    /// Where it stands in a tree, when one was given.
    pub here: Option<Vec<Here>>,
}

/// A short fact.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Its key in JSON.
    pub key: &'static str,
    /// Its label.
    pub label: &'static str,
    /// What holds.
    pub value: String,
}

/// When something is read.
#[derive(Clone, Debug)]
pub struct Read {
    /// Of which versions it is true, in words; empty for all.
    pub versions: String,
    /// Of which versions it is true.
    pub range: Versions,
    /// When, in words.
    pub when: String,
    /// When, for programs.
    pub reload: &'static str,
}

/// One way to be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong.
    pub when: &'static str,
    /// What happens.
    pub effect: &'static str,
    /// What is said; empty when nothing is.
    pub says: &'static str,
}

/// A command to look with.
#[derive(Clone, Debug)]
pub struct Look {
    /// What it shows.
    pub what: String,
    /// The command.
    pub command: String,
}

/// A place in a tree.
#[derive(Clone, Debug)]
pub struct Here {
    /// File, line and column.
    pub place: String,
    /// What holds there.
    pub value: String,
}

impl Explanation {
    /// For programs.
    pub fn json(&self, language: Language) -> Value {
        let mut facts = serde_json::Map::new();
        for fact in &self.facts {
            facts.insert(fact.key.to_owned(), json!(fact.value));
        }
        let version =
            |version: Option<(u16, u16)>| version.map(|(major, minor)| format!("{major}.{minor}"));
        let read = |read: &Read| {
            json!({
                "since": version(read.range.since),
                "until": version(read.range.until),
                "when": read.when,
                "reload": read.reload,
            })
        };
        let wrong = |wrong: &Wrong| json!({ "when": wrong.when, "effect": wrong.effect, "says": wrong.says });
        let look = |look: &Look| json!({ "what": look.what, "command": look.command });
        let here = |here: &Here| json!({ "place": here.place, "value": here.value });
        json!({
            "schema": "kubepki.explain/v1",
            "lang": language.code(),
            "name": self.name,
            "kind": self.kind,
            "what": self.what,
            "facts": facts,
            "read": self.read.iter().map(read).collect::<Vec<_>>(),
            "agrees": self.agrees,
            "wrong": self.wrong.iter().map(wrong).collect::<Vec<_>>(),
            "look": self.look.iter().map(look).collect::<Vec<_>>(),
            "without": self.without,
            "see": self.see,
            "here": self.here.as_ref().map(|rows| rows.iter().map(here).collect::<Vec<_>>()),
        })
    }
}
