//! What the kubelet makes of a static pod's manifest: the arguments of its process, and the files
//! that it sees.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use yaml::Node;

use crate::tree::Tree;

/// A container, ready to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// The arguments, as in the manifest.
    pub arguments: Vec<String>,
    environment: Vec<(String, String)>,
    /// Every file that it sees, by its path there.
    files: BTreeMap<String, Vec<u8>>,
}

impl Container {
    /// The container of a manifest; why the kubelet starts none.
    pub fn of(tree: &Tree, manifest: &str) -> Result<Self, String> {
        let text = tree.find(manifest).ok_or("there is no manifest")?;
        let text = String::from_utf8_lossy(text);
        let documents = yaml::parse(&text).map_err(|error| error.to_string())?;
        let spec = documents.iter().find_map(|document| document.get("spec"));
        let spec = spec.ok_or("the manifest has no spec")?;
        let container = items(spec, "containers").first().ok_or("no container")?;
        let words = items(container, "command")
            .iter()
            .chain(items(container, "args"));
        let words: Vec<String> = words.map(|word| text_of(Some(word))).collect();
        let variables = items(container, "env").iter();
        let environment =
            variables.map(|one| (text_of(one.get("name")), text_of(one.get("value"))));
        let environment: Vec<_> = environment.collect();
        let expand = |word: &String| {
            let variables = environment.iter();
            variables.fold(word.clone(), |word, (name, value)| {
                word.replace(&format!("$({name})"), value)
            })
        };
        Ok(Container {
            arguments: words.iter().skip(1).map(expand).collect(),
            files: mounted(tree, spec, container)?,
            environment,
        })
    }

    /// A process that sees every file of the node.
    pub fn on_node(tree: &Tree) -> Self {
        Container {
            arguments: Vec::new(),
            environment: Vec::new(),
            files: tree
                .below("/")
                .map(|(path, bytes)| (path.to_owned(), bytes.to_vec()))
                .collect(),
        }
    }

    /// The last value of a flag.
    pub fn flag(&self, flag: &str) -> Option<&str> {
        let arguments = self.arguments.iter().enumerate();
        let mut values = arguments.filter_map(|(index, argument)| {
            let value = after(argument, flag)?;
            value.strip_prefix('=').or_else(|| self.value_apart(index))
        });
        values.next_back()
    }

    /// The argument behind one, when that is its value.
    fn value_apart(&self, index: usize) -> Option<&str> {
        let next = self.arguments.get(index + 1)?;
        (!next.starts_with('-')).then_some(next)
    }

    /// A file that it sees.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// With another value of a flag.
    pub fn with(mut self, flag: &str, value: &str) -> Self {
        self = self.without(flag);
        self.arguments.push(format!("{flag}={value}"));
        self
    }

    /// Without a flag.
    pub fn without(mut self, flag: &str) -> Self {
        while let Some(index) = self
            .arguments
            .iter()
            .position(|argument| after(argument, flag).is_some())
        {
            let has_value_apart =
                !self.arguments[index].contains('=') && self.value_apart(index).is_some();
            self.arguments
                .drain(index..=index + usize::from(has_value_apart));
        }
        self
    }

    /// All that decides what becomes of its process: the arguments, the files that they name, and
    /// those that these name.
    pub fn inputs(&self) -> Self {
        let arguments = self
            .arguments
            .iter()
            .chain(self.environment.iter().map(|(_, value)| value));
        let texts: Vec<String> = arguments.cloned().collect();
        let mut named = self.named_in(&texts);
        let texts: Vec<String> = named
            .values()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .collect();
        named.extend(self.named_in(&texts));
        Container {
            files: named,
            ..self.clone()
        }
    }

    fn named_in(&self, texts: &[String]) -> BTreeMap<String, Vec<u8>> {
        let is_named = |path: &str| texts.iter().any(|text| text.contains(path));
        let files = self.files.iter().filter(|(path, _)| is_named(path));
        files
            .map(|(path, bytes)| (path.clone(), bytes.clone()))
            .collect()
    }

    /// Writes its files below a folder, and gives the command that starts the program on them: paths
    /// in arguments and kubeconfigs lead there.
    pub fn command(&self, program: &Path, folder: &Path) -> Command {
        // A process of the tests starts with no variables; `env` gives it these.
        let mut command = match self.environment.is_empty() {
            true => Command::new(program),
            false => Command::new("/usr/bin/env"),
        };
        for (name, value) in &self.environment {
            command.arg(format!("{name}={}", below(folder, value)));
        }
        if !self.environment.is_empty() {
            command.arg(program);
        }
        command.args(
            self.arguments
                .iter()
                .map(|argument| below(folder, argument)),
        );
        self.write(folder);
        command
    }

    /// Writes its files below a folder.
    pub fn write(&self, folder: &Path) {
        let _ = fs::remove_dir_all(folder);
        for (path, bytes) in &self.files {
            let target = folder.join(path.trim_start_matches('/'));
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            let is_settings = path.ends_with(".conf") || path.ends_with(".yaml");
            match std::str::from_utf8(bytes) {
                Ok(text) if is_settings => {
                    let to = format!(": {}", folder.display());
                    let text = ["/etc/", "/var/"]
                        .iter()
                        .fold(text.to_owned(), |text, from| {
                            text.replace(&format!(": {from}"), &format!("{to}{from}"))
                        });
                    fs::write(&target, text).unwrap();
                }
                _ => fs::write(&target, bytes).unwrap(),
            }
        }
    }
}

/// What follows the flag in an argument that is about it; etcd's may have one dash.
fn after<'a>(argument: &'a str, flag: &str) -> Option<&'a str> {
    let name = flag.trim_start_matches('-');
    let rest = argument
        .strip_prefix('-')?
        .trim_start_matches('-')
        .strip_prefix(name)?;
    (rest.is_empty() || rest.starts_with('=')).then_some(rest)
}

/// An argument whose paths lead below the folder.
fn below(folder: &Path, argument: &str) -> String {
    let (flag, value) = match argument.split_once('=') {
        Some((flag, value)) => (format!("{flag}="), value),
        None => (String::new(), argument),
    };
    let place = |part: &str| match part.starts_with('/') {
        true => format!("{}{part}", folder.display()),
        false => part.to_owned(),
    };
    let values: Vec<String> = value.split(',').map(place).collect();
    format!("{flag}{}", values.join(","))
}

/// What the mounts bring in (`pkg/volume/hostpath/host_path.go`).
fn mounted(
    tree: &Tree,
    spec: &Node,
    container: &Node,
) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    for mount in items(container, "volumeMounts") {
        let (name, path) = (text_of(mount.get("name")), text_of(mount.get("mountPath")));
        let volumes = items(spec, "volumes").iter();
        let volume = volumes
            .clone()
            .find(|volume| text_of(volume.get("name")) == name);
        let Some(host) = volume.and_then(|volume| volume.get("hostPath")) else {
            continue;
        };
        let (source, kind) = (text_of(host.get("path")), text_of(host.get("type")));
        let source = source.trim_end_matches('/');
        let path = path.trim_end_matches('/');
        match (tree.find(source), kind.as_str()) {
            (Some(_), "Directory" | "DirectoryOrCreate") => {
                return Err(format!(
                    "hostPath type check failed: {source} is not a directory"
                ));
            }
            (Some(bytes), _) => drop(files.insert(path.to_owned(), bytes.to_vec())),
            (None, "FileOrCreate") => drop(files.insert(path.to_owned(), Vec::new())),
            (None, _) => {
                files.extend(tree.below(source).map(|(file, bytes)| {
                    (format!("{path}{}", &file[source.len()..]), bytes.to_vec())
                }))
            }
        }
    }
    Ok(files)
}

fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).map(Node::items).unwrap_or_default()
}

fn text_of(node: Option<&Node>) -> String {
    node.and_then(Node::text).unwrap_or_default().to_owned()
}
