//! Starting a component again: a static pod by an annotation in its manifest, which the kubelet
//! makes a new pod of; the kubelet by systemd; anything else by the operator's own command. It is
//! started again when it is ready and serves what its files hold.

mod dial;
mod health;
mod others;
mod processes;
mod served;

use std::process::Command;
use std::time::Duration;

use cluster::material::Origin;
use cluster::{Component, Files, Inventory};
use thiserror::Error;
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;

use crate::disk::{Disk, DiskError, NewFile};

pub use health::Health;
pub use others::Others;
pub use processes::PATIENCE;
pub use served::{Seen, Sight, Watch};

/// The annotation that says when a static pod was started again.
pub const ANNOTATION: &str = "kubepki.io/restarted-at";

/// How components are started again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// As a node that kubeadm made does it.
    Node,
    /// By this command of a shell, with `{component}` and `{node}` in it.
    Command(String),
}

/// Whoever has a component waited for.
pub trait Waits {
    /// Is told at every look what is missing, and for how long that is waited for yet.
    fn tell(&mut self, why: &str, left: Duration);

    /// Whether somebody has said by now that it is done.
    fn is_told(&self) -> bool;
}

/// To whom nobody says anything.
impl<F: FnMut(&str, Duration)> Waits for F {
    fn tell(&mut self, why: &str, left: Duration) {
        self(why, left);
    }

    fn is_told(&self) -> bool {
        false
    }
}

/// Why a component was not started again.
#[derive(Debug, Error)]
pub enum RestartError {
    /// It has no manifest.
    #[error("no static pod of the node is {0}")]
    NoManifest(Component),
    /// Its manifest cannot be read.
    #[error("cannot read the file tree: {0}")]
    Read(std::io::Error),
    /// Nowhere to put the annotation.
    #[error("`{path}`: {source}")]
    Manifest {
        /// The manifest.
        path: String,
        /// What is odd about it.
        source: ManifestError,
    },
    /// The manifest cannot be written.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A command cannot be run.
    #[error("cannot run `{command}`: {source}")]
    Run {
        /// Which.
        command: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// A command failed.
    #[error("`{command}` ended with {status}: {stderr}")]
    Failed {
        /// Which.
        command: String,
        /// How.
        status: std::process::ExitStatus,
        /// The end of what it said on standard error.
        stderr: String,
    },
    /// It did not come up again.
    #[error("it was not up again within {} seconds: {}", PATIENCE.as_secs(), .0)]
    NotUp(String),
    /// It came up, and does not get ready.
    #[error("it was not ready within {} seconds: {}", PATIENCE.as_secs(), .0)]
    NotReady(String),
    /// Too few others are ready for it to be started again.
    #[error("not started again: {away}; without this one too that would {costs}")]
    Others {
        /// The nodes on which it is not, and why.
        away: String,
        /// What would come of it.
        costs: &'static str,
    },
    /// Started again, it serves another certificate than its file holds.
    #[error("at {}", .0)]
    Serves(Other),
    /// It has not read its files again.
    #[error("it has not taken up `{}`: at {}", .0.path, .0)]
    Still(Other),
    /// A name that a shell could take for something else.
    #[error("`{0}` is no name of a node that is put into a command")]
    Name(String),
}

/// A certificate that is served in place of another.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{at} it serves {serves}, and `{path}` holds {holds}")]
pub struct Other {
    /// The address.
    pub at: String,
    /// What is presented there.
    pub serves: String,
    /// The file that says what should be.
    pub path: String,
    /// What that holds.
    pub holds: String,
}

/// Why a manifest gets no annotation.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ManifestError {
    /// It is no YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::Error),
    /// It has no metadata, or odd ones.
    #[error("there is no place in it for an annotation")]
    NoPlace,
}

impl RestartError {
    /// What can be done about it, when there is something to say.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            RestartError::Disk(error) => error.hint(),
            RestartError::NotUp(_) => Some(
                "see what it and the kubelet log; kubepki apply starts it once more, kubepki undo takes everything back",
            ),
            RestartError::NotReady(_) => Some(
                "see what it logs; kubepki apply starts it once more, kubepki undo takes everything back; where you have \
                 looked and it does its work all the same, say so with --done for this step: it is waited for once more, and \
                 gone on",
            ),
            RestartError::Others { .. } => Some(
                "see to it that it is ready there, and go on with kubepki apply; where it only cannot be reached from \
                 here, start this one again by hand and say so with --done",
            ),
            RestartError::Still(_) => Some(
                "kubepki apply waits for it, and goes on as soon as that is served; where it never is, see with its log \
                 whether it reads other files, or another program answers there, and start it again by hand, or take \
                 everything back with kubepki undo",
            ),
            RestartError::Serves(_) => Some(
                "see with its log whether it is still the process of before, reads other files, or another \
                 program answers there; start it again by hand, and go on with kubepki apply, or kubepki undo",
            ),
            RestartError::Failed { .. } => {
                Some("see why, and go on with kubepki apply, or kubepki undo")
            }
            RestartError::NoManifest(_)
            | RestartError::Manifest { .. }
            | RestartError::Run { .. }
            | RestartError::Name(_) => Some(
                "say how with --restart-command, or --no-restart to be told what to start again",
            ),
            RestartError::Read(_) => None,
        }
    }
}

/// Starts a component of a node again, and waits until it is ready and serves what its files hold,
/// as far as that can be seen from here. Whoever says meanwhile that it is done may have started it by
/// hand: then a new process is not waited for.
///
/// # Errors
/// When it cannot be done, the command fails, or something else is served.
pub fn restart(
    means: &Means,
    disk: &Disk,
    node: &str,
    component: Component,
    waits: &mut dyn Waits,
) -> Result<Sight, RestartError> {
    let watch = Watch::all(disk, component);
    let answered = watch.answers();
    match (means, component) {
        (Means::Command(command), _) => by_command(command, node, component),
        (Means::Node, Component::Kubelet) => run(
            Command::new("systemctl").args(["restart", "kubelet"]),
            "systemctl restart kubelet",
        ),
        (Means::Node, _) => by_manifest(disk, component, UtcDateTime::now(), waits),
    }?;
    watch.settles(answered, PATIENCE, waits)
}

/// What a tree holds, read anew.
fn tree(disk: &Disk) -> Result<Inventory, RestartError> {
    let files = Files::on_disk(disk.root(), false).map_err(RestartError::Read)?;
    Ok(Inventory::read(vec![(None, files)]))
}

/// Whether a tree is that of the running system.
pub fn is_system(disk: &Disk) -> bool {
    Files::on_disk(disk.root(), false).is_ok_and(|files| files.is_system())
}

fn by_command(command: &str, node: &str, component: Component) -> Result<(), RestartError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    if !node.chars().all(is_plain) || node.starts_with('-') {
        return Err(RestartError::Name(node.to_owned()));
    }
    let command = command
        .replace("{component}", component.name())
        .replace("{node}", node);
    run(Command::new("sh").args(["-c", &command]), &command)
}

fn run(command: &mut Command, said: &str) -> Result<(), RestartError> {
    let output = command.output().map_err(|source| RestartError::Run {
        command: said.to_owned(),
        source,
    })?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let skipped = stderr.chars().count().saturating_sub(1000);
    Err(RestartError::Failed {
        command: said.to_owned(),
        status: output.status,
        stderr: stderr.trim_end().chars().skip(skipped).collect(),
    })
}

/// Changes the annotation in a component's manifest, and waits until the kubelet has made a new pod
/// of it.
fn by_manifest(
    disk: &Disk,
    component: Component,
    at: UtcDateTime,
    waits: &mut dyn Waits,
) -> Result<(), RestartError> {
    let inventory = tree(disk)?;
    let process = inventory
        .nodes
        .first()
        .and_then(|node| node.processes.get(&component));
    let process = process.filter(|process| process.is_present());
    let file = match process.map(|process| &process.manifest.origin) {
        Some(Origin::File { file, .. }) => file,
        _ => return Err(RestartError::NoManifest(component)),
    };
    let path = &file.real_path;
    let odd = |source| RestartError::Manifest {
        path: disk.named(path),
        source,
    };
    let text = file
        .bytes()
        .and_then(|bytes| std::str::from_utf8(bytes).ok());
    let text = text.ok_or_else(|| odd(ManifestError::NoPlace))?;
    let at = at.format(&Rfc3339).unwrap_or_default();
    let new = annotate(text, &at).map_err(odd)?;
    let mode = file.attributes.map_or(0o600, |attributes| attributes.mode);
    let new = NewFile::new(&**path, mode, new).replacing().exactly();
    let before = processes::of(component);
    disk.write(&[], &[new])?;
    match processes::is_another(component, &before, waits) {
        true => Ok(()),
        false => Err(RestartError::NotUp(processes::NONE.to_owned())),
    }
}

/// A manifest with the annotation, and nothing else changed.
///
/// # Errors
/// When it is no YAML, or has no metadata to put it into.
pub fn annotate(text: &str, at: &str) -> Result<String, ManifestError> {
    let documents = yaml::parse(text)?;
    let [document] = documents.as_slice() else {
        return Err(ManifestError::NoPlace);
    };
    let metadata = document.get("metadata").ok_or(ManifestError::NoPlace)?;
    let entry = format!("{ANNOTATION}: \"{at}\"");
    let edited = match metadata.get("annotations") {
        None => add(text, metadata, "annotations", &entry),
        Some(annotations) => match annotations.get(ANNOTATION) {
            None => add(text, annotations, "", &entry),
            Some(old) => replace(text, old, at),
        },
    };
    let edited = edited.ok_or(ManifestError::NoPlace)?;
    let written = yaml::parse(&edited)?;
    let read = written.first().and_then(|document| {
        let annotations = document.get("metadata")?.get("annotations")?;
        annotations.get(ANNOTATION)?.text()
    });
    match read == Some(at) {
        true => Ok(edited),
        false => Err(ManifestError::NoPlace),
    }
}

/// Adds an entry as the first of a mapping, below a key of its own when one is given.
fn add(text: &str, mapping: &yaml::Node, key: &str, entry: &str) -> Option<String> {
    let start = offset(text, mapping)?;
    if text[start..].starts_with('{') {
        let quoted = entry.replacen(ANNOTATION, &format!("\"{ANNOTATION}\""), 1);
        let more = if mapping.entries().is_empty() {
            ""
        } else {
            ", "
        };
        let new = match key {
            "" => format!("{quoted}{more}"),
            key => format!("\"{key}\": {{{quoted}}}{more}"),
        };
        return Some([&text[..=start], &new, &text[start + 1..]].concat());
    }
    let (first, _) = mapping.entries().first()?;
    let start = offset(text, first)?;
    let indent = &text[text[..start].rfind('\n').map_or(0, |at| at + 1)..start];
    if !indent.chars().all(|c| c == ' ') {
        return None;
    }
    let new = match key {
        "" => format!("{entry}\n{indent}"),
        key => format!("{key}:\n{indent}  {entry}\n{indent}"),
    };
    Some([&text[..start], &new, &text[start..]].concat())
}

/// Replaces a scalar that stands on one line.
fn replace(text: &str, old: &yaml::Node, at: &str) -> Option<String> {
    let start = offset(text, old)?;
    let rest = &text[start..];
    let length = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].find(quote)? + 2,
        _ => rest.find(|c: char| c.is_whitespace() || ",}".contains(c))?,
    };
    Some([&text[..start], "\"", at, "\"", &rest[length..]].concat())
}

/// Where a node begins, in bytes.
fn offset(text: &str, node: &yaml::Node) -> Option<usize> {
    let lines = text.split_inclusive('\n');
    let before: usize = lines.take(node.line as usize - 1).map(str::len).sum();
    let line = text.get(before..)?;
    let mut characters = line.char_indices().skip(node.column as usize - 1);
    characters.next().map(|(at, _)| before + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_added_or_changed() {
        let text =
            "apiVersion: v1\nmetadata:\n  # why\n  labels:\n    a: b\n  name: x # y\nspec: {}\n";
        let once = annotate(text, "T1").unwrap();
        let added = "  annotations:\n    kubepki.io/restarted-at: \"T1\"\n";
        assert_eq!(once.replace(added, ""), text);
        assert_eq!(annotate(&once, "T2").unwrap(), once.replace("T1", "T2"));
        let text = "metadata:\n  annotations:\n    é: b\n  name: x\n";
        let once = annotate(text, "T1").unwrap();
        assert_eq!(
            once.replace("    kubepki.io/restarted-at: \"T1\"\n", ""),
            text
        );
        assert_eq!(annotate(&once, "T2").unwrap(), once.replace("T1", "T2"));
    }

    #[test]
    fn json_stays_json() {
        for text in [
            r#"{"metadata": {"name": "x"}}"#,
            r#"{"metadata": {"annotations": {}, "name": "x"}}"#,
            r#"{"metadata": {"annotations": {"a": "b"}}}"#,
            r#"{"metadata": {}}"#,
        ] {
            let once = annotate(text, "T1").unwrap();
            let read: serde_json::Value = serde_json::from_str(&once).unwrap();
            assert_eq!(read["metadata"]["annotations"][ANNOTATION], "T1");
            assert_eq!(annotate(&once, "T2").unwrap(), once.replace("T1", "T2"));
        }
    }

    #[test]
    fn what_has_no_place_for_it_is_refused() {
        for text in [
            "",
            "a: b",
            "metadata: x",
            "metadata:\n  annotations:\n  name: x\n",
            "a: [",
        ] {
            assert!(annotate(text, "T").is_err(), "{text}");
        }
    }

    #[test]
    fn a_command_is_run_with_names_and_its_failure_said() {
        let command = "echo {component} on {node} >&2; exit 3";
        let error = by_command(command, "cp-1", Component::Etcd).unwrap_err();
        let said = error.to_string();
        assert!(said.contains("exit status: 3: etcd on cp-1"), "{said}");
        assert!(by_command("true {node}", "cp-1", Component::Etcd).is_ok());
        let named = by_command("true {node}", "a; rm b", Component::Etcd);
        assert!(matches!(named, Err(RestartError::Name(_))));
    }
}
