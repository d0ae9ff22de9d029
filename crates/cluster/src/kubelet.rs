//! The kubelet as it is started on a node: its unit's drop-in, `kubeadm-flags.env`, its configuration
//! file and drop-ins.

use std::collections::BTreeMap;

use x509::Place;

use crate::arguments::{self, Lines, Word};
use crate::catalogue;
use crate::component::Component;
use crate::document::{Cursor, Document};
use crate::files::{File, Files};
use crate::mounts::View;
use crate::process::{Note, NoteKind};
use crate::setting::Settings;
use crate::shell;

/// Where packages put kubeadm's drop-in; the first that is there counts (`systemd.unit(5)`).
const DROP_INS: [&str; 3] = [
    "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
    "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf",
    "/lib/systemd/system/kubelet.service.d/10-kubeadm.conf",
];

/// kubeadm's drop-in, for trees without one (kubernetes/release, `10-kubeadm.conf`).
const STANDARD_DROP_IN: &str = "\
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
EnvironmentFile=-/etc/sysconfig/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf \
--kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml \
$KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
";

/// What is set for a kubelet.
pub(crate) struct Configured {
    /// Flags and fields, in the order in which they count.
    pub settings: Settings,
    /// The configuration file.
    pub config: String,
    /// What is odd.
    pub notes: Vec<Note>,
}

/// Reads everything that configures a node's kubelet.
pub(crate) fn read(files: &Files) -> Configured {
    let drop_in = DROP_INS
        .iter()
        .map(|path| files.get(path))
        .find(|file| file.bytes().is_some());
    let (flags, mut notes) = match &drop_in {
        Some(file) => command_line(files, &file.path, &text_of(file)),
        None => command_line(files, "", STANDARD_DROP_IN),
    };
    let value = |key: &str| flags.get(key).map(|setting| setting.value.clone());
    let config = value("config").unwrap_or_else(|| "/var/lib/kubelet/config.yaml".to_owned());
    let mut settings = Settings::default();
    read_fields(files, &config, &mut settings, &mut notes);
    if let Some(folder) = value("config-dir") {
        // Drop-ins win over the file, flags over drop-ins (cmd/kubelet/app/server.go).
        let names = files.list(&folder).unwrap_or_default();
        for name in names.iter().filter(|name| name.ends_with(".conf")) {
            read_fields(
                files,
                &format!("{folder}/{name}"),
                &mut settings,
                &mut notes,
            );
        }
    }
    flags.iter().for_each(|flag| settings.push(flag.clone()));
    Configured {
        settings,
        config,
        notes,
    }
}

fn command_line(files: &Files, path: &str, text: &str) -> (Settings, Vec<Note>) {
    let mut variables: BTreeMap<String, Vec<Word>> = BTreeMap::new();
    let mut start = Vec::new();
    for (number, line) in logical_lines(text) {
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let place = Place::file(path).at_line(number);
        match key.trim() {
            "Environment" => {
                for assignment in shell::words(value) {
                    assign(&mut variables, &assignment.text, &place);
                }
            }
            "EnvironmentFile" => read_environment(files, value.trim(), &mut variables),
            "ExecStart" => start = split(value, &place),
            _ => {}
        }
    }
    let mut words = Vec::new();
    for word in start.into_iter().skip(1) {
        match word
            .text
            .strip_prefix('$')
            .map(|name| name.trim_matches(['{', '}']))
        {
            Some(name) => words.extend(variables.remove(name).unwrap_or_default()),
            None => words.push(word),
        }
    }
    // Marks in several files: each setting finds its own.
    let (mut settings, notes) = arguments::parse(Component::Kubelet, None, &words, &Lines::new(""));
    settings.locate(|path| text_of(&files.get(path)));
    (settings, notes)
}

/// `NAME="words"` lines.
fn read_environment(files: &Files, path: &str, variables: &mut BTreeMap<String, Vec<Word>>) {
    let file = files.get(path.trim_start_matches('-'));
    for (number, line) in logical_lines(&text_of(&file)) {
        let line = line.trim();
        if !line.starts_with(['#', ';']) {
            let unquoted = shell::words(line);
            let place = Place::file(file.path.clone()).at_line(number);
            let joined: Vec<&str> = unquoted.iter().map(|word| &*word.text).collect();
            assign(variables, &joined.join(" "), &place);
        }
    }
}

fn assign(variables: &mut BTreeMap<String, Vec<Word>>, assignment: &str, place: &Place) {
    if let Some((name, value)) = assignment.split_once('=') {
        variables.insert(name.trim().to_owned(), split(value, place));
    }
}

fn split(value: &str, place: &Place) -> Vec<Word> {
    let word = |word: shell::ShellWord| Word {
        text: word.text,
        place: Place {
            column: Some(1),
            ..place.clone()
        },
    };
    shell::words(value).into_iter().map(word).collect()
}

/// The lines with their numbers; a line that ends in a backslash goes on in the next.
fn logical_lines(text: &str) -> Vec<(u32, String)> {
    let mut lines: Vec<(u32, String)> = Vec::new();
    let mut goes_on = false;
    for (number, line) in (1..).zip(text.lines()) {
        let content = line.strip_suffix('\\').unwrap_or(line);
        match lines.last_mut() {
            Some((_, before)) if goes_on => before.push_str(content),
            _ => lines.push((number, content.to_owned())),
        }
        goes_on = line.ends_with('\\');
    }
    lines
}

fn text_of(file: &File) -> String {
    String::from_utf8_lossy(file.bytes().unwrap_or_default()).into_owned()
}

/// Adds the fields of a KubeletConfiguration that stand for flags.
fn read_fields(files: &Files, path: &str, settings: &mut Settings, notes: &mut Vec<Note>) {
    let material = View::Host.material(files, path, None);
    if let (Some(file), Some(bytes)) = (material.file(), material.bytes()) {
        fields(Component::Kubelet, file, bytes, settings, notes);
    }
}

/// Adds the fields of a component's configuration file that stand for flags.
pub(crate) fn fields(
    component: Component,
    file: &File,
    bytes: &[u8],
    settings: &mut Settings,
    notes: &mut Vec<Note>,
) {
    match Document::read(file, bytes) {
        Ok(document) => {
            if let Some(root) = document.root() {
                walk(component, &root, &document.lines(), settings);
            }
        }
        Err(broken) => {
            let message = format!("not YAML: {}", broken.reason);
            notes.push(Note::new(NoteKind::Unreadable, broken.place, message));
        }
    }
}

fn walk(component: Component, cursor: &Cursor<'_>, lines: &Lines<'_>, settings: &mut Settings) {
    for (_, value) in cursor.entries() {
        match catalogue::field(component, value.field()) {
            Some(flag) => {
                let items = value.items();
                let scalars = items.iter().chain(value.is_scalar().then_some(&value));
                for setting in scalars.filter_map(|scalar| scalar.setting(flag.name, lines)) {
                    settings.push(setting);
                }
            }
            None => walk(component, &value, lines, settings),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Memory;

    #[test]
    fn flags_win_over_fields() {
        let tree = Memory::default()
            .file(
                "/var/lib/kubelet/config.yaml",
                "authentication:\n  x509:\n    clientCAFile: /a.crt\nrotateCertificates: true\ntlsCertFile: /b.crt\n",
            )
            .file(
                "/var/lib/kubelet/kubeadm-flags.env",
                "# c\nKUBELET_KUBEADM_ARGS=\"--hostname-override=cp --client-ca-file=/c.crt\"\n",
            );
        let configured = read(&Files::in_memory(tree, false));
        assert_eq!(configured.notes, []);
        let get = |key| configured.settings.get(key).unwrap();
        assert_eq!(get("client-ca-file").value, "/c.crt");
        assert_eq!(get("client-ca-file").place.line, Some(2));
        assert_eq!(get("client-ca-file").place.column, Some(46));
        assert_eq!(
            get("tls-cert-file").place.to_string(),
            "/var/lib/kubelet/config.yaml:5:14 (tlsCertFile)"
        );
        assert!(configured.settings.is_on("rotate-certificates", false));
        assert_eq!(get("kubeconfig").value, "/etc/kubernetes/kubelet.conf");
    }

    #[test]
    fn a_drop_in_of_its_own() {
        let tree = Memory::default()
            .file(
                "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf",
                "[Service]\nEnvironment=\"A=--kubeconfig=/k.conf --config=/c.yaml\"\nEnvironmentFile=-/e.env\nExecStart=\nExecStart=/usr/bin/kubelet $A \\\n  ${B} --cert-dir=/pki\n",
            )
            .file("/e.env", "B='--node-ip=10.0.0.1'\n")
            .file("/c.yaml", "tlsCertFile: [\n");
        let configured = read(&Files::in_memory(tree, false));
        let get = |key| configured.settings.get(key).map(|setting| &*setting.value);
        assert_eq!(get("kubeconfig"), Some("/k.conf"));
        assert_eq!(get("node-ip"), Some("10.0.0.1"));
        assert_eq!(get("cert-dir"), Some("/pki"));
        assert_eq!(get("bootstrap-kubeconfig"), None);
        assert_eq!(configured.notes.len(), 1);
        let node_ip = configured.settings.get("node-ip").unwrap();
        assert_eq!(
            (node_ip.place.line, node_ip.place.column),
            (Some(1), Some(4))
        );
    }
}
