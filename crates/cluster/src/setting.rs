//! A value that somebody wrote down for a component: a flag, an environment variable or a field,
//! with the place where it stands.

use std::sync::Arc;

use x509::Place;

use crate::arguments::Lines;

/// How many parts of one value are looked at.
const PARTS_LIMIT: usize = 1000;

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

impl Setting {
    /// Whether it stands in a file, rather than being what kubeadm's packages always set.
    pub fn is_written(&self) -> bool {
        !self.place.path.is_empty()
    }

    /// Whether it says yes, as Go's `strconv.ParseBool` reads it.
    pub fn is_true(&self) -> bool {
        matches!(&*self.value, "1" | "t" | "T" | "true" | "TRUE" | "True")
    }

    /// The parts of a comma-separated value, each with its own mark; empty parts are left out, and
    /// those beyond a thousand.
    pub fn parts(&self) -> Vec<Setting> {
        let mut offset = 0;
        let mut parts = Vec::new();
        for part in self.value.split(',').take(PARTS_LIMIT) {
            let length = u32::try_from(part.chars().count()).unwrap_or(u32::MAX);
            if !part.trim().is_empty() {
                parts.push(self.part(part.trim(), offset, length));
            }
            offset = offset.saturating_add(length).saturating_add(1);
        }
        parts
    }

    fn part(&self, value: &str, offset: u32, length: u32) -> Setting {
        Setting {
            key: self.key.clone(),
            name: self.name.clone(),
            value: value.to_owned(),
            place: self.place.clone(),
            mark: self.mark.map(|mark| Mark {
                column: mark.column.saturating_add(offset),
                length,
                ..mark
            }),
        }
    }
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
    pub fn all<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a Setting> {
        let key = key.to_owned();
        self.items
            .iter()
            .filter(move |setting| *setting.key == *key)
    }

    /// The elements of a list: every occurrence adds its comma-separated parts (`StringSlice`).
    pub fn list(&self, key: &str) -> Vec<Setting> {
        self.all(key).flat_map(Setting::parts).collect()
    }

    /// The value of a switch, or what holds when nobody set it.
    pub fn is_on(&self, key: &str, default: bool) -> bool {
        self.get(key).map_or(default, Setting::is_true)
    }

    /// Looks again for where each flag of a command line stands in its file, which `text_of` gives.
    pub(crate) fn locate(&mut self, text_of: impl Fn(&str) -> String) {
        for setting in &mut self.items {
            if !setting.is_written() {
                continue;
            }
            let text = text_of(&setting.place.path);
            let lines = Lines::new(&text);
            let Some(found) = lines.find(&setting.place, 0, &setting.name, 8) else {
                continue;
            };
            setting.place.line = Some(found.line);
            setting.place.column = Some(found.column);
            setting.mark = lines.find(&setting.place, found.length + 1, &setting.value, 0);
        }
    }

    /// Takes out everything that `keep` is not true for.
    pub fn retain(&mut self, keep: impl FnMut(&Setting) -> bool) {
        self.items.retain(keep);
    }

    /// Everything.
    pub fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.items.iter()
    }
}
