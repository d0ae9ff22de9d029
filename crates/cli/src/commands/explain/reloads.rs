//! The table of what is read again, since which version, as text, as data and as a page.

use std::fmt::Write;

use cluster::catalogue::{
    self, ETCD, FIELDS, Field, Flag, Holds, KUBERNETES, OTHER_FILES, OtherFile, Rereading, Role,
    Versions,
};
use cluster::{Component, Loader};
use serde_json::{Value, json};

use super::explanation::Read;
use super::flag;
use super::language::Language;
use super::thing::PROGRAMS;

/// A row of the table.
struct Row {
    /// Whose setting, and which.
    whose: &'static str,
    setting: String,
    purpose: &'static str,
    read: Rereading,
}

/// What belongs to one component or document.
pub struct Group {
    /// Whose.
    pub whose: &'static str,
    /// Its settings, and when each is read.
    pub settings: Vec<(String, Vec<Read>)>,
}

/// Every setting that names or holds what could change, flag by flag, then field by field.
fn rows() -> Vec<Row> {
    let flags = PROGRAMS.into_iter().flat_map(catalogue::flags);
    let flags = flags
        .filter(|flag| !matches!(flag.role, Role::Key { .. }))
        .flat_map(of_flag);
    let fields = FIELDS
        .iter()
        .filter(|field| !matches!(field.holds, Holds::Policy | Holds::Address | Holds::Key));
    let own = OTHER_FILES
        .iter()
        .filter(|file| file.path.ends_with("-current.pem"));
    flags
        .chain(own.flat_map(of_store))
        .chain(fields.flat_map(of_field))
        .collect()
}

/// Versions before the ones that take the flag, or that the catalogue is for, are of no interest.
fn of_flag(flag: &'static Flag) -> Vec<Row> {
    let row = |read: Rereading| Row {
        whose: flag.component.name(),
        setting: setting(flag),
        purpose: flag.purpose,
        read: Rereading {
            versions: within(read.versions, known(flag.component)),
            ..read
        },
    };
    let reads = catalogue::rereading(flag).into_iter();
    reads
        .filter(|read| both(read.versions, flag.versions))
        .map(row)
        .collect()
}

fn known(component: Component) -> Versions {
    match component {
        Component::Etcd => ETCD,
        _ => KUBERNETES,
    }
}

/// The flag, and its key when there is one.
fn setting(flag: &Flag) -> String {
    match flag.role {
        Role::Certificate { key, .. } => format!("--{}, --{key}", flag.name),
        _ => format!("--{}", flag.name),
    }
}

/// What the kubelet keeps for itself.
fn of_store(file: &'static OtherFile) -> Vec<Row> {
    let (folder, name) = file.path.rsplit_once('/').unwrap_or_default();
    let rows = catalogue::by_loader(Loader::KubeletStore).into_iter();
    rows.map(|read| Row {
        whose: folder,
        setting: name.to_owned(),
        purpose: file.purpose,
        read,
    })
    .collect()
}

fn of_field(field: &'static Field) -> Vec<Row> {
    let rows = field.reload.iter();
    rows.map(|(versions, reload)| Row {
        whose: field.document.name(),
        setting: field.path.to_owned(),
        purpose: field.purpose,
        read: Rereading {
            versions: within(*versions, KUBERNETES),
            reload: *reload,
            note: "",
            source: field.source,
        },
    })
    .collect()
}

/// Without ends that lie outside of what is known.
fn within(versions: Versions, known: Versions) -> Versions {
    Versions {
        since: versions
            .since
            .filter(|since| known.since.is_none_or(|first| *since > first)),
        until: versions
            .until
            .filter(|until| known.until.is_none_or(|last| *until < last)),
    }
}

/// Whether some version is in both.
fn both(a: Versions, b: Versions) -> bool {
    let before = |until: Option<(u16, u16)>, since: Option<(u16, u16)>| matches!((until, since), (Some(until), Some(since)) if until < since);
    !before(a.until, b.since) && !before(b.until, a.since)
}

/// For people: for each heading its settings, and when each is read.
pub fn groups(language: Language) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for row in rows() {
        let read = flag::rereading(&row.read, language);
        match groups.last_mut().filter(|group| group.whose == row.whose) {
            Some(group) => group.add(row.setting, read),
            None => groups.push(Group {
                whose: row.whose,
                settings: vec![(row.setting, vec![read])],
            }),
        }
    }
    groups
}

impl Group {
    fn add(&mut self, setting: String, read: Read) {
        match self.settings.last_mut() {
            Some((last, reads)) if *last == setting => reads.push(read),
            _ => self.settings.push((setting, vec![read])),
        }
    }
}

/// For programs.
pub fn json() -> Value {
    let version =
        |version: Option<(u16, u16)>| version.map(|(major, minor)| format!("{major}.{minor}"));
    let row = |row: Row| {
        json!({
            "whose": row.whose,
            "setting": row.setting,
            "purpose": row.purpose,
            "since": version(row.read.versions.since),
            "until": version(row.read.versions.until),
            "reload": row.read.reload.name(),
            "seconds": row.read.reload.seconds(),
            "note": row.read.note,
            "source": row.read.source,
        })
    };
    json!({
        "schema": "kubepki.reloads/v1",
        "kubernetes": { "since": version(KUBERNETES.since), "until": version(KUBERNETES.until) },
        "etcd": { "since": version(ETCD.since), "until": version(ETCD.until) },
        "rows": rows().into_iter().map(row).collect::<Vec<_>>(),
    })
}

const INTRODUCTION: &str = "\
# What is read again, and when

A certificate that is renewed on disk helps nobody as long as the process has the old one in memory. This
table says of every file and field of the PKI when a change reaches the running component, for Kubernetes
1.27 to 1.37 and etcd 3.4 to 3.6. No version means all of them. The same as data is in
[reloads.json](reloads.json), which also names the source of each row; both are made by
`kubepki explain reloads -o markdown` and `-o json`.

Two things to know before relying on a reload: a manifest that mounts a single file keeps the old one when
the file is replaced by another of the same name; and a bad file that replaces a good one changes nothing
until the next restart, which then fails.
";

/// The page.
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut whose = "";
    for row in rows() {
        if row.whose != whose {
            whose = row.whose;
            let _ = write!(
                page,
                "\n## {whose}\n\n| setting | versions | read |\n|---|---|---|\n"
            );
        }
        let read = flag::rereading(&row.read, Language::En);
        let setting = row
            .setting
            .split(", ")
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>();
        let _ = writeln!(
            page,
            "| {}: {} | {} | {} |",
            setting.join(", "),
            row.purpose,
            read.versions,
            read.when
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// `KUBEPKI_WRITE_DOCS=1` writes the page and the data anew.
    #[test]
    fn the_published_table_is_the_catalogue() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        let made = [
            ("reloads.md", markdown()),
            ("reloads.json", format!("{:#}\n", json())),
        ];
        for (name, text) in made {
            let path = docs.join(name);
            if std::env::var_os("KUBEPKI_WRITE_DOCS").is_some() {
                std::fs::write(&path, &text).unwrap();
            }
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{name}");
        }
    }

    #[test]
    fn every_setting_is_there_once_for_each_version() {
        let rows = rows();
        for (at, row) in rows.iter().enumerate() {
            let same = rows[..at]
                .iter()
                .filter(|other| other.whose == row.whose && other.setting == row.setting);
            for other in same {
                assert!(
                    !both(row.read.versions, other.read.versions),
                    "{} {}",
                    row.whose,
                    row.setting
                );
            }
        }
        assert!(rows.iter().any(|row| row.setting == "--etcd-cafile"));
    }
}
