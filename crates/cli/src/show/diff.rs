//! What two do not have in common.

use std::path::Path;
use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use cluster::draw::printable;
use diff::tree::{Comparison, Part, State};
use diff::{Change, Difference};
use serde_json::{Value, json};

use super::wrap::wrap;
use crate::find::Found;

/// Everything that there is to show.
pub struct Page {
    a: String,
    b: String,
    parts: Vec<Pair>,
    same: usize,
    channels: Vec<(String, Vec<Difference>)>,
}

/// A part of either side, or of both.
pub struct Pair {
    node: Option<Arc<str>>,
    name: Option<String>,
    place: String,
    state: State,
}

impl Pair {
    /// What was found in one file, and in the other.
    pub fn new(one: &Found, other: Option<&Found>, state: State) -> Self {
        let place = match other {
            Some(other) => format!("{}, {}", one.place, other.place),
            None => one.place.to_string(),
        };
        Pair {
            node: None,
            name: None,
            place,
            state,
        }
    }

    fn is_same(&self) -> bool {
        matches!(&self.state, State::Differs(differences) if differences.is_empty())
    }
}

impl From<Part> for Pair {
    fn from(part: Part) -> Self {
        Pair {
            node: part.node,
            name: Some(part.name),
            place: part.place,
            state: part.state,
        }
    }
}

impl Page {
    /// Of two clusters.
    pub fn of_trees(a: &Path, b: &Path, comparison: Comparison) -> Self {
        Page {
            a: a.display().to_string(),
            b: b.display().to_string(),
            parts: comparison.parts.into_iter().map(Pair::from).collect(),
            same: comparison.same,
            channels: comparison.channels,
        }
    }

    /// Of two files.
    pub fn of_files(a: &Path, b: &Path, mut pairs: Vec<Pair>) -> Self {
        let all = pairs.len();
        pairs.retain(|pair| !pair.is_same());
        Page {
            a: a.display().to_string(),
            b: b.display().to_string(),
            same: all - pairs.len(),
            parts: pairs,
            channels: Vec::new(),
        }
    }

    /// Whether nothing differs.
    pub fn is_equal(&self) -> bool {
        self.parts.is_empty() && self.channels.is_empty()
    }

    /// In the manner of `diff`: what is only in the first behind `-`, what is only in the second
    /// behind `+`.
    pub fn human(&self, width: usize) -> String {
        let bold = Style::new().bold();
        let mut out = Lines {
            text: String::new(),
            width,
        };
        if !self.is_equal() {
            out.push(0, "-", &self.a, red());
            out.push(0, "+", &self.b, green());
        }
        for part in &self.parts {
            out.text += &format!("\n{bold}{}{bold:#}\n", printable(&part.heading()));
            out.state(&part.state);
        }
        for (id, differences) in &self.channels {
            let heading = id.replace("->", " -> ");
            out.text += &format!("\n{bold}{}{bold:#}\n", printable(&heading));
            out.differences(differences);
        }
        if !self.is_equal() {
            out.text.push('\n');
        }
        out.text + &self.closing()
    }

    fn closing(&self) -> String {
        let parts = |count: usize| if count == 1 { "part" } else { "parts" };
        let same = format!("{} {} the same", self.same, parts(self.same));
        let channels = match self.channels.len() {
            0 => String::new(),
            1 => ", 1 channel differs".to_owned(),
            count => format!(", {count} channels differ"),
        };
        match self.parts.len() {
            0 if channels.is_empty() => format!("no difference: {same}\n"),
            1 => format!("1 part differs{channels}; {same}\n"),
            count => format!("{count} parts differ{channels}; {same}\n"),
        }
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        let channels = self
            .channels
            .iter()
            .map(|(id, differences)| json!({ "id": id, "differences": all(differences) }));
        json!({
            "schema": "kubepki.diff/v1",
            "a": self.a,
            "b": self.b,
            "equal": self.is_equal(),
            "same": self.same,
            "parts": self.parts.iter().map(Pair::json).collect::<Vec<_>>(),
            "channels": channels.collect::<Vec<_>>(),
        })
    }
}

impl Pair {
    fn heading(&self) -> String {
        let node = self
            .node
            .as_ref()
            .map(|node| format!(" on {node}"))
            .unwrap_or_default();
        match &self.name {
            Some(name) if *name != self.place => format!("{name}{node}: {}", self.place),
            _ => format!("{}{node}", self.place),
        }
    }

    fn json(&self) -> Value {
        let (state, what, differences): (_, _, &[Difference]) = match &self.state {
            State::OnlyInA(what) => ("only-in-a", Some(what), &[]),
            State::OnlyInB(what) => ("only-in-b", Some(what), &[]),
            State::Differs(differences) => ("differs", None, differences),
        };
        json!({
            "node": self.node.as_deref(),
            "name": self.name,
            "place": self.place,
            "state": state,
            "what": what,
            "differences": all(differences),
        })
    }
}

fn all(differences: &[Difference]) -> Vec<Value> {
    differences.iter().map(difference).collect()
}

fn difference(difference: &Difference) -> Value {
    let mut value = json!({ "what": difference.what, "meaning": difference.meaning });
    match &difference.change {
        Change::Value { a, b } => {
            value["change"] = "value".into();
            value["a"] = json!(a);
            value["b"] = json!(b);
        }
        Change::Set { only_a, only_b } => {
            value["change"] = "set".into();
            value["onlyInA"] = json!(only_a);
            value["onlyInB"] = json!(only_b);
        }
        Change::Hidden => value["change"] = "hidden".into(),
        Change::Unknown => value["change"] = "unknown".into(),
    }
    value
}

/// Lines of text.
struct Lines {
    text: String,
    width: usize,
}

impl Lines {
    fn state(&mut self, state: &State) {
        match state {
            State::OnlyInA(what) => self.push(2, "-", what, red()),
            State::OnlyInB(what) => self.push(2, "+", what, green()),
            State::Differs(differences) => self.differences(differences),
        }
    }

    fn differences(&mut self, differences: &[Difference]) {
        for difference in differences {
            match &difference.change {
                Change::Value { a, b } => {
                    self.push(2, "", &format!("{}:", difference.what), Style::new());
                    a.iter().for_each(|text| self.push(4, "-", text, red()));
                    b.iter().for_each(|text| self.push(4, "+", text, green()));
                }
                Change::Set { only_a, only_b } => {
                    self.push(2, "", &format!("{}:", difference.what), Style::new());
                    only_a
                        .iter()
                        .for_each(|text| self.push(4, "-", text, red()));
                    only_b
                        .iter()
                        .for_each(|text| self.push(4, "+", text, green()));
                }
                Change::Hidden => {
                    self.push(
                        2,
                        "",
                        &format!("{}: differs", difference.what),
                        Style::new(),
                    );
                }
                Change::Unknown => {
                    let text = format!("{}: cannot be compared", difference.what);
                    self.push(2, "", &text, Style::new());
                }
            }
            if let Some(meaning) = &difference.meaning {
                self.push(4, "=", meaning, Style::new().dimmed());
            }
        }
    }

    /// A text behind a sign; what is too long goes on below.
    fn push(&mut self, indent: usize, sign: &str, text: &str, style: Style) {
        const LEAST: usize = 20;
        let sign = if sign.is_empty() {
            String::new()
        } else {
            format!("{sign} ")
        };
        let room = self.width.saturating_sub(indent + sign.len()).max(LEAST);
        for (index, line) in wrap(&printable(text), room).lines().enumerate() {
            let sign = if index == 0 {
                sign.clone()
            } else {
                " ".repeat(sign.len())
            };
            let blank = " ".repeat(indent);
            self.text += &format!("{blank}{style}{sign}{line}{style:#}\n");
        }
    }
}

fn red() -> Style {
    Style::new().fg_color(Some(AnsiColor::Red.into()))
}

fn green() -> Style {
    Style::new().fg_color(Some(AnsiColor::Green.into()))
}
