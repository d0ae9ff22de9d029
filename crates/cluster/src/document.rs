//! A YAML file with the place and the path of fields of every value in it.

use std::sync::Arc;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use x509::Place;
use yaml::{Node, Value};
use zeroize::Zeroizing;

use crate::arguments::Lines;
use crate::files::File;
use crate::material::{Material, Origin, Secret};
use crate::setting::Setting;

/// Go's base64.StdEncoding: padding has to be there, left-over bits may be anything.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// A file's first document: what the kubelet and client-go look at.
pub(crate) struct Document<'a> {
    path: Arc<str>,
    text: &'a str,
    root: Option<Node>,
}

/// Why a file is no document.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub reason: String,
}

/// A value in a document.
#[derive(Clone)]
pub(crate) struct Cursor<'a> {
    node: &'a Node,
    path: &'a Arc<str>,
    field: String,
}

impl<'a> Document<'a> {
    /// Reads a file that is there.
    pub fn read(file: &File, bytes: &'a [u8]) -> Result<Self, Broken> {
        let place = Place::file(file.path.clone());
        let text = std::str::from_utf8(bytes).map_err(|error| Broken {
            place: place.clone(),
            reason: format!("not UTF-8 from byte {}", error.valid_up_to()),
        })?;
        let documents = yaml::parse(text).map_err(|error| broken(&place, &error))?;
        let root = documents.into_iter().next().filter(|root| !root.is_null());
        Ok(Document {
            path: file.path.clone(),
            text,
            root,
        })
    }

    /// The top; `None` when the document says nothing.
    pub fn root(&self) -> Option<Cursor<'_>> {
        Some(Cursor {
            node: self.root.as_ref()?,
            path: &self.path,
            field: String::new(),
        })
    }

    /// The lines, to find values in.
    pub fn lines(&self) -> Lines<'a> {
        Lines::new(self.text)
    }
}

impl<'a> Cursor<'a> {
    /// The top of what `node` is, in the file at `path`.
    pub fn new(node: &'a Node, path: &'a Arc<str>) -> Self {
        Cursor {
            node,
            path,
            field: String::new(),
        }
    }

    /// The same, below the field it lies in.
    pub fn within(self, field: &str) -> Self {
        Cursor {
            field: field.to_owned(),
            ..self
        }
    }

    /// What is written here, apart from where it leads to.
    pub fn node(&self) -> &'a Node {
        self.node
    }

    /// The value of a key, unless it is null.
    pub fn get(&self, key: &str) -> Option<Cursor<'a>> {
        let node = self.node.get(key).filter(|node| !node.is_null())?;
        Some(self.step(node, self.below(key)))
    }

    /// The value behind several keys.
    pub fn at(&self, keys: &[&str]) -> Option<Cursor<'a>> {
        keys.iter()
            .try_fold(self.clone(), |cursor, key| cursor.get(key))
    }

    /// Where a key stands.
    pub fn place_of(&self, key: &str) -> Option<Place> {
        let mut entries = self.node.entries().iter();
        let (name, _) = entries.find(|(name, _)| name.text() == Some(key))?;
        Some(self.step(name, self.below(key)).place())
    }

    /// The text of the scalar behind a key.
    pub fn text_at(&self, key: &str) -> Option<&'a str> {
        self.get(key)?.text()
    }

    /// The elements of a sequence.
    pub fn items(&self) -> Vec<Cursor<'a>> {
        let items = self.node.items().iter().enumerate();
        items
            .map(|(index, node)| self.step(node, format!("{}[{index}]", self.field)))
            .collect()
    }

    /// The values of a mapping, with their keys.
    pub fn entries(&self) -> Vec<(&'a str, Cursor<'a>)> {
        let entries = self.node.entries().iter();
        entries
            .filter_map(|(key, node)| Some((key.text()?, node)))
            .map(|(key, node)| (key, self.step(node, self.below(key))))
            .collect()
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&'a str> {
        self.node.text()
    }

    /// Whether it is neither a sequence nor a mapping.
    pub fn is_scalar(&self) -> bool {
        matches!(self.node.value, Value::Scalar(_))
    }

    /// Whether it is a mapping.
    pub fn is_mapping(&self) -> bool {
        matches!(self.node.value, Value::Mapping(_))
    }

    /// The path of fields that leads here.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Where it stands; what has no line was not read from a file.
    pub fn place(&self) -> Place {
        let has_line = self.node.line > 0;
        Place {
            path: self.path.clone(),
            line: has_line.then_some(self.node.line),
            column: (self.node.column > 0).then_some(self.node.column),
            field: Some(self.field.as_str().into()),
        }
    }

    /// As a setting under `key`, unless it is no scalar.
    pub fn setting(&self, key: &str, lines: &Lines<'_>) -> Option<Setting> {
        let value = self.text()?;
        let place = self.place();
        Some(Setting {
            key: key.into(),
            name: self.field.as_str().into(),
            value: value.to_owned(),
            mark: lines.find(&place, 0, value, 1),
            place,
        })
    }

    /// As a setting that tells where something stands and not what it is: it may be secret.
    pub fn secret_setting(&self, key: &str) -> Setting {
        Setting {
            key: key.into(),
            name: self.field.as_str().into(),
            value: String::new(),
            place: self.place(),
            mark: None,
        }
    }

    /// What its base64 stands for; `None` when it is none.
    pub fn decoded(&self, keys_withheld: bool) -> Option<Material> {
        // Go's decoder skips line ends.
        let text = self.text()?;
        let mut packed = Zeroizing::new(String::with_capacity(text.len()));
        let lines = text.split('\n').flat_map(|line| line.split('\r'));
        lines.for_each(|line| packed.push_str(line));
        let mut bytes = Zeroizing::new(vec![0; base64::decoded_len_estimate(packed.len())]);
        let length = BASE64.decode_slice(packed.as_bytes(), &mut bytes).ok()?;
        bytes.truncate(length);
        Some(self.embedded(bytes, keys_withheld))
    }

    /// What is embedded here.
    pub fn embedded(&self, bytes: Zeroizing<Vec<u8>>, keys_withheld: bool) -> Material {
        let key = self.field.rsplit('.').next().unwrap_or_default();
        Material {
            setting: Some(self.secret_setting(key)),
            origin: Origin::Embedded(Secret::new(bytes, keys_withheld)),
        }
    }

    fn below(&self, key: &str) -> String {
        match (self.field.is_empty(), key.contains('.')) {
            (_, true) => format!("{}[{key:?}]", self.field),
            (true, false) => key.to_owned(),
            (false, false) => [&self.field, ".", key].concat(),
        }
    }

    fn step(&self, node: &'a Node, field: String) -> Cursor<'a> {
        Cursor {
            node,
            path: self.path,
            field,
        }
    }
}

pub(crate) fn broken(place: &Place, error: &yaml::Error) -> Broken {
    let (line, column, reason) = match error {
        yaml::Error::Syntax {
            line,
            column,
            reason,
        } => (*line, Some(*column), reason.clone()),
        yaml::Error::TooDeep { line } | yaml::Error::TooMany { line, .. } => {
            (*line, None, error.to_string())
        }
    };
    Broken {
        place: Place {
            column,
            ..place.at_line(line)
        },
        reason,
    }
}
