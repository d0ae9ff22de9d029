//! YAML and JSON as a tree that knows the line and column of everything in it; and written.
//!
//! Values stay the text they are written as: nobody here has to tell `yes` from `true`. Depth and
//! size are bounded, also of what aliases stand for.

mod ascii;
mod edit;
mod write;

use std::collections::HashMap;
use std::fmt;
use std::iter;

use saphyr_parser::{Event, Input, Marker, Parser, ScalarStyle, Span, StrInput};
use thiserror::Error;
use zeroize::Zeroizing;

use ascii::Ascii;

pub use edit::{Replacements, replace};
pub use write::write;

/// How deep sequences and mappings may lie in each other.
pub const DEPTH_LIMIT: usize = 100;

/// How many nodes an input may have, with every alias replaced by what it stands for.
pub const NODE_LIMIT: usize = 200_000;

/// A value with its place.
#[derive(Clone, PartialEq, Eq)]
pub struct Node {
    /// The line where it starts, counted from 1; that of a block is where its text starts.
    pub line: u32,
    /// The column where it starts (its quote, when it has one), counted from 1 in characters.
    pub column: u32,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// A single value.
    Scalar(Scalar),
    /// Values in order.
    Sequence(Vec<Node>),
    /// Keys with their values, in the order in which they are written.
    Mapping(Vec<(Node, Node)>),
}

/// A single value, as text without its quotes. Wiped when dropped, and never printed: it may be a
/// key.
#[derive(Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text; empty when nothing is written.
    pub text: Zeroizing<String>,
    /// How it is written.
    pub style: Style,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In quotes of either kind.
    Quoted,
    /// As a block behind `|` or `>`.
    Block,
}

/// Why an input could not be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Error {
    /// It is no YAML.
    #[error("line {line}, column {column}: {reason}")]
    Syntax {
        /// Where, counted from 1.
        line: u32,
        /// Where, counted from 1.
        column: u32,
        /// What is wrong.
        reason: String,
    },
    /// It lies too deep.
    #[error("line {line}: more than {DEPTH_LIMIT} levels deep")]
    TooDeep {
        /// Where, counted from 1.
        line: u32,
    },
    /// It has too many nodes, perhaps because aliases stand for aliases.
    #[error("line {line}: more than {limit} values")]
    TooMany {
        /// Where, counted from 1.
        line: u32,
        /// How many there may be.
        limit: usize,
    },
}

/// Reads every document of an input.
///
/// # Errors
/// When it is no YAML, lies too deep, or has too many values.
pub fn parse(text: &str) -> Result<Vec<Node>, Error> {
    parse_up_to(NODE_LIMIT, text)
}

/// [`parse`] for what may be longer than a person's file: up to `limit` nodes.
///
/// # Errors
/// As [`parse`].
pub fn parse_up_to(limit: usize, text: &str) -> Result<Vec<Node>, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.is_ascii() {
        true => documents(limit, Ascii::new(text.as_bytes())),
        false => documents(limit, StrInput::new(text)),
    }
}

fn documents(limit: usize, input: impl Input) -> Result<Vec<Node>, Error> {
    let mut parser = Parser::new(input);
    let mut builder = Builder {
        limit,
        ..Builder::default()
    };
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| syntax(*error.marker(), error.info()))?;
        builder.take(event, span)?;
    }
    Ok(builder.documents)
}

impl Node {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// The elements of a sequence; none of anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The keys and values of a mapping; none of anything else.
    pub fn entries(&self) -> &[(Node, Node)] {
        match &self.value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The value of a key: the last, when it stands there twice; else that of a merged mapping
    /// (`<<`).
    pub fn get(&self, key: &str) -> Option<&Node> {
        let find = |node: &'_ Node| -> Option<usize> {
            node.entries()
                .iter()
                .rposition(|(name, _)| name.text() == Some(key))
        };
        if let Some(at) = find(self) {
            return self.entries().get(at).map(|(_, value)| value);
        }
        let merged = self
            .entries()
            .iter()
            .filter(|(name, _)| name.text() == Some("<<"));
        let merged = merged.flat_map(|(_, value)| iter::once(value).chain(value.items()));
        merged
            .flat_map(Node::entries)
            .find_map(|(name, value)| (name.text() == Some(key)).then_some(value))
    }

    /// Whether nothing is written, or that it is nothing.
    pub fn is_null(&self) -> bool {
        match &self.value {
            Value::Scalar(scalar) => {
                scalar.style == Style::Plain
                    && matches!(&**scalar.text, "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.value {
            Value::Scalar(_) => "scalar",
            Value::Sequence(_) => "sequence",
            Value::Mapping(_) => "mapping",
        };
        write!(f, "Node({kind} at {}:{})", self.line, self.column)
    }
}

/// Puts the events of the parser together.
#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    limit: usize,
}

/// A sequence or mapping whose end has not come yet.
struct Open {
    node: Node,
    anchor: usize,
    key: Option<Node>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Error> {
        let (line, column) = place(span.start);
        let node = |value| Node {
            line,
            column,
            value,
        };
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let scalar = Scalar {
                    text: Zeroizing::new(text.into_owned()),
                    style: style.into(),
                };
                self.close(node(Value::Scalar(scalar)), anchor)
            }
            Event::SequenceStart(anchor, _) => self.open(node(Value::Sequence(Vec::new())), anchor),
            Event::MappingStart(anchor, _) => self.open(node(Value::Mapping(Vec::new())), anchor),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.close(open.node, open.anchor),
                None => Ok(()),
            },
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(target) => {
                    self.nodes = self.nodes.saturating_add(weight(target));
                    let copy = target.clone();
                    self.close(copy, 0)
                }
                None => Err(syntax(span.start, "an alias of a value that holds it")),
            },
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn open(&mut self, node: Node, anchor: usize) -> Result<(), Error> {
        if self.open.len() >= DEPTH_LIMIT {
            return Err(Error::TooDeep { line: node.line });
        }
        self.open.push(Open {
            node,
            anchor,
            key: None,
        });
        Ok(())
    }

    /// A value is whole: it belongs to what is open, or is a document.
    fn close(&mut self, node: Node, anchor: usize) -> Result<(), Error> {
        self.nodes += 1;
        if self.nodes > self.limit {
            return Err(Error::TooMany {
                line: node.line,
                limit: self.limit,
            });
        }
        if anchor != 0 {
            self.nodes = self.nodes.saturating_add(weight(&node));
            self.anchors.insert(anchor, node.clone());
        }
        let Some(parent) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        match (&mut parent.node.value, parent.key.take()) {
            (Value::Sequence(items), _) => items.push(node),
            (Value::Mapping(entries), Some(key)) => entries.push((key, node)),
            (_, None) => parent.key = Some(node),
            (Value::Scalar(_), _) => {}
        }
        Ok(())
    }
}

impl From<ScalarStyle> for Style {
    fn from(style: ScalarStyle) -> Self {
        match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        }
    }
}

/// How many nodes it takes to write a node out.
fn weight(node: &Node) -> usize {
    let items: usize = node.items().iter().map(weight).sum();
    let entries = node.entries().iter();
    1 + items
        + entries
            .map(|(key, value)| weight(key) + weight(value))
            .sum::<usize>()
}

fn place(marker: Marker) -> (u32, u32) {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    (count(marker.line()), count(marker.col()).saturating_add(1))
}

fn syntax(marker: Marker, reason: &str) -> Error {
    let (line, column) = place(marker);
    Error::Syntax {
        line,
        column,
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Node {
        let mut documents = parse(text).unwrap();
        assert_eq!(documents.len(), 1, "{text}");
        documents.remove(0)
    }

    #[test]
    fn knows_where_everything_is() {
        let node = one("# c\na:\n- --x=1\n- \"--y\" # z\n- |\n  exec a\n  b\n- 'ä': é\n");
        let items = node.get("a").unwrap().items();
        let seen: Vec<_> = items
            .iter()
            .map(|item| (item.text(), item.line, item.column))
            .collect();
        assert_eq!(seen[0], (Some("--x=1"), 3, 3));
        assert_eq!(seen[1], (Some("--y"), 4, 3));
        assert_eq!((seen[2].0, seen[2].1), (Some("exec a\nb\n"), 6));
        let value = items[3].get("ä").unwrap();
        assert_eq!((value.text(), value.line, value.column), (Some("é"), 8, 8));
    }

    #[test]
    fn ascii_is_read_like_any_other_text() {
        let odd = "%YAML 1.2\n---\na: b c  # d\n? e\n: |2\n    f\n  g\n\n\th: 'i\n  j'\n";
        let bytes = "\0 \t\n\r#:-?.,[]{}&*!|>'\"%@`~ab1";
        let texts = bytes.chars().flat_map(|one| {
            bytes.chars().flat_map(move |two| {
                [
                    format!("{one}{two}"),
                    format!("k: {one}{two}v\nl:\n  - {two}{one}\n"),
                    format!("[x{one}{two}, {two}y]{one}"),
                    format!("|{two}\n  x{one}\n {two}y"),
                ]
            })
        });
        for text in texts.chain([odd.to_owned(), "---\n...\n--- x\n...".to_owned()]) {
            let ascii = documents(NODE_LIMIT, Ascii::new(text.as_bytes()));
            let any = documents(NODE_LIMIT, StrInput::new(&text));
            assert_eq!(ascii, any, "{text:?}");
        }
    }

    #[test]
    fn aliases_and_merges() {
        let node = one("a: &x {k: 1, l: 2}\nb: *x\nc:\n  <<: *x\n  k: 3\n");
        assert_eq!(node.get("b").unwrap().get("k").unwrap().text(), Some("1"));
        assert_eq!(node.get("c").unwrap().get("k").unwrap().text(), Some("3"));
        assert_eq!(node.get("c").unwrap().get("l").unwrap().text(), Some("2"));
    }

    #[test]
    fn json_and_several_documents() {
        let node = one("{\"a\": [1, null, \"null\"], \"b\": \"\\u0041\"}");
        let items = node.get("a").unwrap().items();
        assert!(!items[0].is_null() && items[1].is_null() && !items[2].is_null());
        assert_eq!(node.get("b").unwrap().text(), Some("A"));
        assert_eq!(parse("a: 1\n---\nb: 2\n").unwrap().len(), 2);
        assert!(parse("").unwrap().is_empty());
        assert_eq!(one("\u{feff}a: 1\r\nb: 2\r\n").get("b").unwrap().line, 2);
    }

    #[test]
    fn refuses_bombs() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for i in 1..10 {
            let before = format!("*a{}", i - 1);
            bomb.push_str(&format!("a{i}: &a{i} [{}]\n", [&*before; 10].join(",")));
        }
        assert!(matches!(parse(&bomb), Err(Error::TooMany { .. })));
        assert!(matches!(
            parse(&"[".repeat(100_000)),
            Err(Error::TooDeep { .. } | Error::Syntax { .. })
        ));
        let flat = "- x\n".repeat(NODE_LIMIT + 1);
        assert!(matches!(parse(&flat), Err(Error::TooMany { .. })));
        assert!(parse("a: *a").is_err());
        assert!(parse("a: &a [*a]").is_err());
    }

    #[test]
    fn broken_yaml_has_a_place() {
        let Err(Error::Syntax { line, .. }) = parse("a: 1\nb: [\n") else {
            panic!("read");
        };
        assert!(line >= 2);
        assert!(parse("a:\n\t- b\n").is_err());
    }
}
