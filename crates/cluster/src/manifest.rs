//! Static-pod manifests: which component a container runs, its words, variables and mounts.

use std::collections::BTreeMap;

use x509::Place;

use crate::arguments::{self, Lines, Word, expand};
use crate::component::Component;
use crate::document::{Cursor, Document};
use crate::files::File;
use crate::mounts::{Check, Mount, Mounts, clean};
use crate::process::{Note, NoteKind, Version};
use crate::setting::{Setting, Settings};
use crate::shell;

/// A component's container, as a manifest describes it.
pub(crate) struct Container {
    pub component: Component,
    pub image: Option<Setting>,
    pub version: Option<Version>,
    pub settings: Settings,
    pub mounts: Mounts,
    pub run_as_user: Option<Setting>,
    /// Whether its ports are the node's own.
    pub has_host_network: bool,
    pub anonymous_probe: Option<Place>,
    pub notes: Vec<Note>,
}

/// Reads a manifest: the components it starts. Why there is none is a note.
pub(crate) fn read(file: &File, bytes: &[u8]) -> Result<Vec<Container>, Note> {
    let unreadable =
        |place: Place, message: String| Note::new(NoteKind::Unreadable, place, message);
    let document = Document::read(file, bytes)
        .map_err(|broken| unreadable(broken.place, format!("not YAML: {}", broken.reason)))?;
    let place = Place::file(file.path.clone());
    let Some(root) = document.root().filter(Cursor::is_mapping) else {
        return Err(unreadable(place, "not a Pod: the file says nothing".into()));
    };
    let kind = root.get("kind");
    if kind.as_ref().and_then(Cursor::text) != Some("Pod") {
        let place = kind.map_or(place, |kind| kind.place());
        return Err(unreadable(
            place,
            "not a Pod; the kubelet does not start it".into(),
        ));
    }
    let lines = document.lines();
    let containers = root.at(&["spec", "containers"]);
    let containers = containers.map(|list| list.items()).unwrap_or_default();
    Ok(containers
        .iter()
        .filter_map(|container| read_container(&root, container, &lines))
        .collect())
}

fn read_container(
    pod: &Cursor<'_>,
    container: &Cursor<'_>,
    lines: &Lines<'_>,
) -> Option<Container> {
    let environment = environment(container);
    let image = container
        .get("image")
        .and_then(|image| image.setting("image", lines));
    let (component, words) = command(container, &environment, image.as_ref(), lines)?;
    let version = image.as_ref().and_then(|image| version(&image.value));
    let (mut settings, mut notes) = arguments::parse(component, version, &words, lines);
    if component == Component::Etcd {
        arguments::etcd_environment(&environment, &mut settings, &mut notes, lines);
    }
    let run_as_user = container
        .at(&["securityContext", "runAsUser"])
        .or_else(|| pod.at(&["spec", "securityContext", "runAsUser"]))
        .and_then(|user| user.setting("runAsUser", lines));
    Some(Container {
        component,
        image,
        version,
        settings,
        mounts: mounts(pod, container, lines),
        run_as_user,
        has_host_network: pod
            .at(&["spec"])
            .is_some_and(|spec| spec.text_at("hostNetwork") == Some("true")),
        anonymous_probe: anonymous_probe(container),
        notes,
    })
}

/// The probe by which the kubelet decides to start the container again, when it asks over HTTPS and
/// does not say who it is; whoever adds headers to it may be doing so.
fn anonymous_probe(container: &Cursor<'_>) -> Option<Place> {
    let probes = ["startupProbe", "livenessProbe"].into_iter();
    let mut requests = probes.filter_map(|probe| container.at(&[probe, "httpGet"]));
    let request = requests.find(|request| {
        request.text_at("scheme") == Some("HTTPS") && request.place_of("httpHeaders").is_none()
    })?;
    Some(request.place())
}

/// The component, and the words behind its name: `command` and `args`, or the line that a shell
/// in `command` is given.
fn command(
    container: &Cursor<'_>,
    environment: &BTreeMap<String, Word>,
    image: Option<&Setting>,
    lines: &Lines<'_>,
) -> Option<(Component, Vec<Word>)> {
    let list = |key| {
        container
            .get(key)
            .map(|list| list.items())
            .unwrap_or_default()
    };
    let command = list("command");
    let no_command = command.is_empty();
    let scalars: Vec<Cursor<'_>> = command.into_iter().chain(list("args")).collect();
    let words: Vec<Word> = scalars
        .iter()
        .filter_map(|cursor| {
            Some(Word {
                text: expand(cursor.text()?, environment),
                place: cursor.place(),
            })
        })
        .collect();
    let texts: Vec<&str> = words.iter().map(|word| &*word.text).collect();
    if let Some(script) = shell::script_of(&texts).and_then(|at| words.get(at)) {
        let variable = |name: &str| environment.get(name).map(|word| word.text.clone());
        let (component, found) = shell::command_line(&script.text, variable)?;
        return Some((component, place_words(script, &found, lines)));
    }
    if no_command {
        // The image starts its own program: its name tells which.
        let name = image?.value.rsplit('/').next()?.split([':', '@']).next()?;
        return Some((Component::from_program(name)?, words));
    }
    let program = texts.first()?.rsplit('/').next()?;
    Some((Component::from_program(program)?, words[1..].to_vec()))
}

/// The places of a script's words in the file: each is looked for behind the one before.
fn place_words(script: &Word, found: &[shell::ShellWord], lines: &Lines<'_>) -> Vec<Word> {
    let span = script.text.lines().count() + 1;
    let mut at = script.place.clone();
    let mut words = Vec::new();
    for word in found {
        // Quotes and variables change a word; its flag's name stays.
        let name = word.text.split('=').next().unwrap_or_default();
        if let Some(mark) = lines.find(&at, 0, name, span) {
            at.line = Some(mark.line);
            at.column = Some(mark.column);
        }
        words.push(Word {
            text: word.text.clone(),
            place: at.clone(),
        });
        at.column = at.column.map(|column| column.saturating_add(1));
    }
    words
}

/// The variables with a value that is written down; later ones may use earlier ones.
fn environment(container: &Cursor<'_>) -> BTreeMap<String, Word> {
    let mut environment = BTreeMap::new();
    let list = container
        .get("env")
        .map(|list| list.items())
        .unwrap_or_default();
    for variable in list {
        let name = variable.text_at("name");
        let value = variable.get("value");
        if let (Some(name), Some(value)) = (name, value) {
            let word = Word {
                text: expand(value.text().unwrap_or_default(), &environment),
                place: value.place(),
            };
            environment.insert(name.to_owned(), word);
        }
    }
    environment
}

/// `registry/name:TAG@digest`.
fn version(image: &str) -> Option<Version> {
    let name = image.rsplit('/').next()?.split('@').next()?;
    Version::from_tag(name.split_once(':')?.1)
}

fn mounts(pod: &Cursor<'_>, container: &Cursor<'_>, lines: &Lines<'_>) -> Mounts {
    let volumes = pod.at(&["spec", "volumes"]);
    let volumes = volumes.map(|list| list.items()).unwrap_or_default();
    let listed = container.get("volumeMounts");
    let place = container.place_of("volumeMounts");
    let place = place.unwrap_or_else(|| container.place());
    let list = listed.map(|list| list.items()).unwrap_or_default();
    let list = list
        .iter()
        .filter_map(|mount| read_mount(&volumes, mount, lines))
        .collect();
    Mounts { list, place }
}

fn read_mount(volumes: &[Cursor<'_>], mount: &Cursor<'_>, lines: &Lines<'_>) -> Option<Mount> {
    let name = mount.text_at("name")?;
    let volume = volumes
        .iter()
        .find(|volume| volume.text_at("name") == Some(name));
    let host_path = volume.and_then(|volume| volume.get("hostPath"));
    let folder = host_path
        .as_ref()
        .and_then(|host_path| host_path.get("path"));
    let path = folder.as_ref().and_then(|path| path.setting("path", lines));
    let kind = host_path
        .as_ref()
        .and_then(|host_path| host_path.text_at("type"));
    let host = path.as_ref().map(|path| match mount.text_at("subPath") {
        Some(sub_path) => format!("{}/{sub_path}", path.value),
        None => path.value.clone(),
    });
    let check = path.zip(kind).map(|(path, kind)| Check {
        path,
        kind: kind.to_owned(),
    });
    Some(Mount {
        path: clean(mount.text_at("mountPath")?).into_owned(),
        host,
        check,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{Files, Memory};
    use crate::setting::Mark;

    fn containers(yaml: &str) -> Result<Vec<Container>, Note> {
        let files = Files::in_memory(Memory::default().file("/m.yaml", yaml), false);
        let file = files.get("/m.yaml");
        read(&file, file.bytes().unwrap())
    }

    fn one(yaml: &str) -> Container {
        containers(yaml).unwrap().remove(0)
    }

    #[test]
    fn command_and_args_are_one() {
        let container = one(
            "kind: Pod\nspec:\n  containers:\n  - image: registry:5000/k8s/kube-apiserver:v1.30.2\n    command: [/usr/bin/kube-apiserver, \"--secure-port=7443\"]\n    args:\n    - --tls-cert-file # the certificate\n    - '/pki/a.crt'\n    - &ca --client-ca-file=/pki/$(CA).crt\n    env: [{name: CA, value: ca}]\n    volumeMounts: [{name: p, mountPath: /pki, subPath: sub}]\n  volumes: [{name: p, hostPath: {path: /srv/pki}}]\n",
        );
        assert_eq!(container.component, Component::KubeApiserver);
        assert_eq!(container.version, Version::from_tag("v1.30.2"));
        assert_eq!(container.notes, []);
        let port = container.settings.get("secure-port").unwrap();
        assert_eq!((port.place.line, port.place.column), (Some(5), Some(40)));
        assert_eq!(
            port.mark,
            Some(Mark {
                line: 5,
                column: 55,
                length: 4
            })
        );
        let cert = container.settings.get("tls-cert-file").unwrap();
        assert_eq!(
            cert.mark,
            Some(Mark {
                line: 8,
                column: 8,
                length: 10
            })
        );
        assert_eq!((cert.place.line, cert.place.column), (Some(7), Some(7)));
        let ca = container.settings.get("client-ca-file").unwrap();
        assert_eq!(ca.value, "/pki/ca.crt");
        assert_eq!(ca.mark, None);
        let host = container.mounts.host_path("/pki/a.crt");
        assert_eq!(host.as_deref(), Some("/srv/pki/sub/a.crt"));
    }

    #[test]
    fn a_shell_wrapper() {
        let container = one(
            "kind: Pod\nspec:\n  containers:\n  - command:\n    - /bin/sh\n    - -c\n    - |\n      set -e\n      exec kube-apiserver \\\n        --tls-cert-file=/a.crt \\\n        --tls-private-key-file=\"/a.key\" >> /log 2>&1\n",
        );
        let cert = container.settings.get("tls-cert-file").unwrap();
        assert_eq!((cert.place.line, cert.place.column), (Some(10), Some(9)));
        assert_eq!(
            cert.mark,
            Some(Mark {
                line: 10,
                column: 25,
                length: 6
            })
        );
        let key = container.settings.get("tls-private-key-file").unwrap();
        assert_eq!(key.value, "/a.key");
        assert_eq!(
            key.mark,
            Some(Mark {
                line: 11,
                column: 33,
                length: 6
            })
        );
    }

    #[test]
    fn etcd_variables() {
        let container = one(
            "kind: Pod\nspec:\n  containers:\n  - command: [etcd, --cert-file=/a]\n    env:\n    - {name: ETCD_KEY_FILE, value: /b}\n    - {name: ETCD_CERT_FILE, value: /c}\n    - {name: ETCD_UNKNOWN, value: d}\n",
        );
        let key = container.settings.get("key-file").unwrap();
        assert_eq!((&*key.name, &*key.value), ("ETCD_KEY_FILE", "/b"));
        assert_eq!(key.place.line, Some(6));
        let kinds: Vec<_> = container.notes.iter().map(|note| note.kind).collect();
        assert_eq!(kinds, [NoteKind::Conflict]);
    }

    #[test]
    fn what_is_no_pod() {
        let reason = |yaml| containers(yaml).err().map(|note| note.kind);
        assert_eq!(reason("kind: Deployment\n"), Some(NoteKind::Unreadable));
        assert_eq!(reason("kind: [\n"), Some(NoteKind::Unreadable));
        assert_eq!(reason(""), Some(NoteKind::Unreadable));
        assert_eq!(reason("- a\n"), Some(NoteKind::Unreadable));
        assert!(containers("kind: Pod\n").unwrap().is_empty());
        let other = "kind: Pod\nspec: {containers: [{command: [sleep, '1']}, {command: 5}, 7]}\n";
        assert!(containers(other).unwrap().is_empty());
    }
}
