//! A value that somebody wrote down for a component: a flag, an environment variable or a field,
//! with the place where it stands.

use std::sync::Arc;

use x509::Place;

/// One value with its evidence. Secrets are never kept here: fields that embed keys or tokens have
/// an empty `value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// What it sets: the flag's name without dashes and with `-` for `_`, also when it came from a
    /// field or a variable that stands for that flag; otherwise the field's path.
    pub key: Arc<str>,
    /// How it is written: `--tls-cert-file`, `ETCD_CERT_FILE`, `authentication.x509.clientCAFile`.
    pub name: Arc<str>,
    /// The value, without quotes and with `$(VAR)` expanded.
    pub value: String,
    /// The file, and the line and column where the scalar starts; `field` is [`Setting::name`].
    pub place: Place,
    /// Where exactly the value stands, when it stands there literally.
    pub mark: Option<Mark>,
}

/// A stretch of one line, to point at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1 in characters.
    pub column: u32,
    /// How many characters.
    pub length: u32,
}

/// Everything that is set for one component, in the order in which it counts.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    items: Vec<Setting>,
}

impl Settings {
    /// Adds one that wins over those that are there.
    pub fn push(&mut self, setting: Setting) {
        self.items.push(setting);
    }

    /// The value that counts for a flag that takes one: the last, as pflag and Go's `flag` have it.
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.items.iter().rfind(|setting| &*setting.key == key)
    }

    /// Every occurrence, in order: what a `StringArray` flag accumulates.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Setting> {
        self.items
            .iter()
            .filter(move |setting| &*setting.key == key)
    }

    /// Everything.
    pub fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.items.iter()
    }
}
