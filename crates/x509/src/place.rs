//! Where something was found: file, line, and the field of a structured file.

use std::fmt;
use std::sync::Arc;

/// A place in an input.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file, as its user knows it; `-` is standard input.
    pub path: Arc<str>,
    /// The line, counted from 1, when the input has lines.
    pub line: Option<u32>,
    /// The column, counted from 1 in characters, when known.
    pub column: Option<u32>,
    /// The field within a structured file, such as `users[0].user.client-certificate-data`.
    pub field: Option<Arc<str>>,
}

impl Place {
    /// The start of a whole file.
    pub fn file(path: impl Into<Arc<str>>) -> Self {
        Place {
            path: path.into(),
            ..Place::default()
        }
    }

    /// The same file at `line`.
    pub fn at_line(&self, line: u32) -> Self {
        Place {
            line: Some(line),
            ..self.clone()
        }
    }

    /// The same place, as the field `field`.
    pub fn in_field(&self, field: impl Into<Arc<str>>) -> Self {
        Place {
            field: Some(field.into()),
            ..self.clone()
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        if let Some(field) = &self.field {
            write!(f, " ({field})")?;
        }
        Ok(())
    }
}
