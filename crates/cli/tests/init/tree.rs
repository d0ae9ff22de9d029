//! A node's file tree that is made, broken and looked at, and the program that is run over it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use authority::{Authority, KeyAlgorithm, Kind, Names, PrivateKey, Profile, Subject, Validity};
use tempfile::TempDir;
use time::UtcDateTime;
use x509::pem;

/// The node that most tests are about, with keys that are made at once.
pub const NODE: [&str; 6] = [
    "--node-name=n1",
    "--apiserver-advertise-address=10.0.0.1",
    "--key-algorithm=ECDSA-P256",
    "--manifests",
    "--kubelet-config",
    "--yes",
];

/// The PKI directory.
pub const PKI: &str = "etc/kubernetes/pki";

/// A folder that vanishes with the test, for a node's tree and what is brought along.
pub struct Scratch(TempDir);

/// What lies in a folder: mode and content, or where a link points, by path.
pub type Snapshot = BTreeMap<PathBuf, (u32, Vec<u8>)>;

/// What the program said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Scratch {
    /// Nothing in it.
    pub fn empty() -> Self {
        Scratch(TempDir::new().unwrap())
    }

    /// With a node that has everything.
    pub fn full() -> Self {
        let scratch = Scratch::empty();
        scratch.init(&[]).done();
        scratch
    }

    /// A path beside the node's tree.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The same as a text.
    pub fn text(&self, name: &str) -> String {
        self.beside(name).to_str().unwrap().to_owned()
    }

    /// The node's tree.
    pub fn root(&self) -> PathBuf {
        self.beside("root")
    }

    /// A path in the node's tree.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// A path in the PKI directory.
    pub fn pki(&self, name: &str) -> PathBuf {
        self.path(PKI).join(name)
    }

    /// Takes files away.
    pub fn without(self, paths: &[&str]) -> Self {
        for path in paths {
            fs::remove_file(self.path(path)).unwrap();
        }
        self
    }

    /// Writes a file of the node's tree.
    pub fn with(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Another file's content in a file's place.
    pub fn with_copy(self, path: &str, from: &Path) -> Self {
        let content = fs::read(from).unwrap();
        self.with(path, content)
    }

    /// Runs `kubepki init` on the node.
    pub fn init(&self, arguments: &[&str]) -> Said {
        let root = format!("--rootfs={}", self.root().display());
        run(&[&["init", &root], &NODE[..], arguments].concat())
    }

    /// Runs `kubepki init` with these arguments, which leave out what has been said before and does
    /// not suit them.
    pub fn init_only(&self, arguments: &[&str]) -> Said {
        let root = format!("--rootfs={}", self.root().display());
        run(&[&["init", &root], arguments].concat())
    }

    /// Init refuses: exit 1, all of this is said with something to do about it, and nothing has
    /// changed.
    pub fn refuses(&self, arguments: &[&str], says: &[&str]) {
        self.stays(1, arguments, says);
    }

    /// Init cannot: exit 2, all of this is said, and nothing has changed.
    pub fn cannot(&self, arguments: &[&str], says: &[&str]) {
        self.stays(2, arguments, says);
    }

    fn stays(&self, code: i32, arguments: &[&str], says: &[&str]) {
        let before = self.snapshot();
        let said = self.init(arguments);
        assert_eq!(said.code, Some(code), "{arguments:?}: {said:?}");
        said.says(says);
        assert!(said.stderr.contains("hint: "), "{arguments:?}: {said:?}");
        same(&before, &self.snapshot());
    }

    /// Everything beside and in the tree.
    pub fn snapshot(&self) -> Snapshot {
        snapshot(self.0.path())
    }

    /// The node's tree, without what is written about changes.
    pub fn tree(&self) -> Snapshot {
        let mut all = snapshot(&self.root());
        all.retain(|path, _| !path.starts_with("var/lib/kubepki"));
        all
    }

    /// What the audit finds in the tree, as it stands in JSON; warnings and notes too.
    pub fn findings(&self) -> Vec<String> {
        findings(&[format!("--rootfs={}", self.root().display())])
    }
}

impl Said {
    /// It went well.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// All of this is in it.
    #[track_caller]
    pub fn says(&self, says: &[&str]) {
        let text = self.stdout.clone() + &self.stderr;
        for part in says {
            assert!(text.contains(part), "`{part}` is not in:\n{text}");
        }
    }

    /// What became of a part.
    #[track_caller]
    pub fn state(&self, part: &str) -> &str {
        let lines = self.stdout.lines().map(str::split_whitespace);
        let mut states = lines.filter_map(|mut words| {
            let is_it = words.next() == Some(part);
            words.next().filter(|_| is_it)
        });
        states
            .next()
            .unwrap_or_else(|| panic!("no {part}: {self:?}"))
    }
}

/// Runs the program with nobody at a terminal.
pub fn run(arguments: &[&str]) -> Said {
    output(program().args(arguments))
}

/// Runs another command on a node.
pub fn on(scratch: &Scratch, arguments: &[&str]) -> Said {
    let root = format!("--rootfs={}", scratch.root().display());
    run(&[arguments, &[&root]].concat())
}

/// The program, with nobody at a terminal.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    command.stdin(Stdio::null());
    command
}

/// What a command says.
pub fn output(command: &mut Command) -> Said {
    said(command.output().unwrap())
}

/// The same of one that has ended.
pub fn said(output: Output) -> Said {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let said = Said {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    };
    assert!(!said.stderr.contains("panicked at"), "{said:?}");
    said
}

/// What the audit finds in trees.
pub fn findings(trees: &[String]) -> Vec<String> {
    let trees: Vec<&str> = trees.iter().map(String::as_str).collect();
    let said = run(&[&["audit", "-o", "json"], &trees[..]].concat());
    let report: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let found = report["findings"].as_array().unwrap().iter();
    found
        .map(|found| format!("{} {}", found["code"], found["message"]))
        .collect()
}

/// Everything in a folder.
pub fn snapshot(root: &Path) -> Snapshot {
    let mut found = Snapshot::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let content = if metadata.is_file() {
                fs::read(&path).unwrap()
            } else if metadata.is_symlink() {
                fs::read_link(&path)
                    .unwrap()
                    .into_os_string()
                    .into_encoded_bytes()
            } else {
                Vec::new()
            };
            if metadata.is_dir() {
                folders.push(path.clone());
            }
            let path = path.strip_prefix(root).unwrap().to_owned();
            found.insert(path, (metadata.permissions().mode(), content));
        }
    }
    found
}

/// Asserts that nothing has changed.
#[track_caller]
pub fn same(before: &Snapshot, after: &Snapshot) {
    let differs = |path: &&PathBuf| before.get(*path) != after.get(*path);
    let paths = before.keys().chain(after.keys());
    let changed: Vec<&PathBuf> = paths.filter(differs).collect();
    assert!(changed.is_empty(), "{changed:?} changed");
}

/// Writes `NAME.crt` and `NAME.key` of an authority that holds from and to so many days from now.
pub fn authority(folder: &Path, name: &str, days: [i64; 2]) -> Authority {
    let made = new_authority(name, days);
    let (certificate, key) = (
        folder.join(format!("{name}.crt")),
        folder.join(format!("{name}.key")),
    );
    fs::write(
        certificate,
        pem::encode("CERTIFICATE", made.0.certificate().der()).as_bytes(),
    )
    .unwrap();
    fs::write(key, made.1.as_bytes()).unwrap();
    made.0
}

fn new_authority(name: &str, [from, to]: [i64; 2]) -> (Authority, zeroize::Zeroizing<String>) {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let text = key.to_pem().unwrap();
    let profile = Profile {
        subject: Subject::common_name(name),
        kind: Kind::Authority { path_length: None },
        names: Names::default(),
    };
    let made = Authority::self_signed(&profile, Arc::new(key), validity(from, to)).unwrap();
    (made, text)
}

/// From and to so many days from now.
pub fn validity(from: i64, to: i64) -> Validity {
    let now = UtcDateTime::now();
    Validity {
        not_before: now + time::Duration::days(from) - Duration::from_secs(300),
        not_after: now + time::Duration::days(to),
    }
}

/// What `openssl` says; it has to go well.
#[track_caller]
pub fn openssl(arguments: &[&str]) -> String {
    let said = output(Command::new("openssl").args(arguments));
    assert_eq!(said.code, Some(0), "openssl {arguments:?}: {}", said.stderr);
    said.stdout + &said.stderr
}
