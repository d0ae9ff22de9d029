//! How a node looks when what is its own has no name.

use std::collections::HashMap;

use aws_lc_rs::digest::{Context, SHA256};

use super::pieces::{Piece, Pieces, Word};
use crate::plan::{Action, Digest, Item, Plan, StepId};

/// The same for nodes that look the same.
pub(super) type Portrait = Vec<u8>;

/// How every node of a plan looks, from before its first step to after its last.
///
/// Two nodes look the same when their files and steps are the same, word for word, but for words that
/// stand on that one node alone: the first such word of the one goes with the first of the other, and
/// so on. A name, an address, a key or a certificate that anybody else has, too, is nobody's own.
pub(super) fn portraits(plan: &Plan, lanes: &[Vec<StepId>]) -> Vec<Portrait> {
    let pieces = Pieces::of(plan);
    let nodes = 0..plan.nodes.len();
    let scripts: Vec<Script<'_>> = nodes
        .map(|node| Script::of(plan, &pieces, node, &lanes[node]))
        .collect();
    let owners = match pieces.are_names_measured {
        true => Owners::default(),
        false => Owners::of(&pieces, &scripts),
    };
    let paint = |(node, script): (usize, &Script<'_>)| {
        let painter = Painter {
            node,
            owners: &owners,
            words: HashMap::new(),
            contents: HashMap::new(),
            sum: Context::new(&SHA256),
        };
        painter.portrait(&pieces, script)
    };
    scripts.iter().enumerate().map(paint).collect()
}

/// Everything that is said of a node, in order.
struct Script<'p>(Vec<Part<'p>>);

enum Part<'p> {
    Pieces(Vec<Piece>),
    Content(&'p Digest),
}

impl<'p> Script<'p> {
    fn of(plan: &'p Plan, pieces: &Pieces<'_>, node: usize, lane: &[StepId]) -> Self {
        let node = &plan.nodes[node];
        let mut parts = Vec::new();
        let mut add = |path: &str, what: String, content: Option<&'p Digest>| {
            parts.push(Part::Pieces(pieces.text(path)));
            parts.push(Part::Pieces(pieces.text(&what)));
            parts.extend(content.map(Part::Content));
        };
        for (path, item) in &node.files {
            match item {
                Item::File { content, mode } => add(path, format!("file {mode}"), Some(content)),
                Item::Link(target) => add(path, format!("link {target}"), None),
                Item::Folder { mode } => add(path, format!("folder {mode}"), None),
            }
        }
        for path in &node.absent {
            add(path, "nothing".to_owned(), None);
        }
        for (path, mode) in &node.folders {
            add(path, format!("made {mode}"), None);
        }
        for step in lane.iter().map(|id| &plan.steps[id.0 - 1]) {
            let Action::Write(files) = &step.action else {
                add("", format!("{:?}", step.action), None);
                continue;
            };
            add("", format!("{} written", files.len()), None);
            for file in files {
                let mode = format!("file {} {}", file.mode, file.content.is_some());
                add(&file.path, mode, file.content.as_ref());
            }
        }
        Script(parts)
    }
}

/// Where something is, when it is on one node alone.
type Place = Option<usize>;

/// Whose every word and every content is.
#[derive(Default)]
struct Owners<'s> {
    words: HashMap<&'s Word, Place>,
    contents: HashMap<&'s Digest, Place>,
}

impl<'s> Owners<'s> {
    fn of(pieces: &'s Pieces<'_>, scripts: &'s [Script<'_>]) -> Self {
        let mut owners = Owners::default();
        for (node, script) in scripts.iter().enumerate() {
            for part in &script.0 {
                match part {
                    Part::Pieces(pieces) => owners.have(pieces, Some(node)),
                    Part::Content(digest) => note(&mut owners.contents, digest, Some(node)),
                }
            }
        }
        for (digest, place) in owners.contents.clone() {
            owners.have(pieces.content(digest), place);
        }
        owners
    }

    fn have(&mut self, pieces: &'s [Piece], place: Place) {
        let mut each = |word| note(&mut self.words, word, place);
        pieces.iter().for_each(|piece| piece.words(&mut each));
    }

    fn is_own(&self, word: &Word, node: usize) -> bool {
        self.words.get(word) == Some(&Some(node))
    }

    fn has_alone(&self, content: &Digest, node: usize) -> bool {
        self.contents.get(content) == Some(&Some(node))
    }
}

fn note<K: std::hash::Hash + Eq>(places: &mut HashMap<K, Place>, what: K, place: Place) {
    let known = places.entry(what).or_insert(place);
    *known = known.filter(|_| *known == place);
}

/// Painting one node.
struct Painter<'s> {
    node: usize,
    owners: &'s Owners<'s>,
    /// What is its own, in the order in which it is met.
    words: HashMap<&'s Word, usize>,
    contents: HashMap<&'s Digest, usize>,
    sum: Context,
}

impl<'s> Painter<'s> {
    fn portrait(mut self, pieces: &'s Pieces<'_>, script: &'s Script<'_>) -> Portrait {
        for part in &script.0 {
            match part {
                Part::Pieces(pieces) => self.pieces(pieces),
                Part::Content(digest) => self.content(pieces, digest),
            }
        }
        self.sum.finish().as_ref().to_vec()
    }

    fn content(&mut self, pieces: &'s Pieces<'_>, digest: &'s Digest) {
        if !self.owners.has_alone(digest, self.node) {
            return self.add("shared", digest.0.as_bytes());
        }
        let next = self.contents.len();
        let number = *self.contents.entry(digest).or_insert(next);
        self.add("content", &number.to_be_bytes());
        if number == next {
            self.pieces(pieces.content(digest));
        }
    }

    fn pieces(&mut self, pieces: &'s [Piece]) {
        self.add("pieces", &pieces.len().to_be_bytes());
        for piece in pieces {
            match piece {
                Piece::Said(text) => self.add("said", text.as_bytes()),
                Piece::Word(word) => self.word(word),
                Piece::Encoded(inner) => {
                    self.add("encoded", &[]);
                    self.pieces(inner);
                }
                Piece::Certificate(inner) => {
                    self.add("certificate", &[]);
                    self.pieces(inner);
                }
            }
        }
    }

    fn word(&mut self, word: &'s Word) {
        if !self.owners.is_own(word, self.node) {
            return self.add("word", format!("{word:?}").as_bytes());
        }
        let next = self.words.len();
        let number = *self.words.entry(word).or_insert(next);
        self.add("own", word.kind().as_bytes());
        self.add("number", &number.to_be_bytes());
    }

    /// Of no two rows of these the bytes are the same.
    fn add(&mut self, what: &str, bytes: &[u8]) {
        for part in [what.as_bytes(), bytes] {
            self.sum.update(&part.len().to_be_bytes());
            self.sum.update(part);
        }
    }
}
