//! `kubepki demo`: the whole story in a temporary folder: make, look, break, be shown the line, mend,
//! replace an authority, take it back. Nothing outside the folder is touched. Where there is an etcd, it
//! runs while its authority is replaced; else nothing runs.

mod etcd;

use std::borrow::Cow;
use std::io::{IsTerminal, stderr, stdin};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anstyle::{AnsiColor, Style};

use self::etcd::Etcd;
use super::Outcome;
use crate::error::CliError;
use crate::show;

/// Arguments of `kubepki demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Do it in this folder, which must not be there yet, and leave it there.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,

    /// Do not wait for the return key between the acts.
    #[arg(long)]
    no_pause: bool,
}

/// Something that happens in the story.
enum Act {
    /// What is told before.
    Says(&'static str),
    /// A command of this program, and how it ends.
    Runs(&'static [&'static str], i32),
    /// A file in which one text takes the place of another.
    Edits(&'static str, &'static str, &'static str),
}

const MANIFEST: &str = "etc/kubernetes/manifests/kube-apiserver.yaml";
const RIGHT: &str = "--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt";
const WRONG: &str = "--etcd-cafile=/etc/kubernetes/pki/ca.crt";

const OPENING: &[Act] = &[
    Act::Says(
        "A control-plane node is made: three authorities, what they vouch for, five kubeconfigs, the static pods. It is what \
         kubeadm would make.",
    ),
    Act::Runs(
        &[
            "init",
            "--node-name=cp-1",
            "--apiserver-advertise-address={address}",
            "--key-algorithm=ECDSA-P256",
            "--manifests",
            "--kubelet-config",
        ],
        0,
    ),
    Act::Says(
        "Every connection of the cluster is a channel: who calls whom, and whom the server takes the client for.",
    ),
    Act::Runs(&["audit"], 0),
    Act::Says("Somebody is in a hurry, and names the file next door:"),
    Act::Edits(MANIFEST, RIGHT, WRONG),
    Act::Says("The API server would not come up again. Why?"),
    Act::Runs(&["audit", "--quiet"], 1),
    Act::Says("The line is named, and so is the remedy:"),
    Act::Edits(MANIFEST, WRONG, RIGHT),
    Act::Runs(&["audit", "--quiet"], 0),
];

const OFFLINE: &[Act] = &[
    Act::Says(
        "Now the cluster's authority is replaced. That is a plan first, and it is proven: in every order of its steps, with every \
         process ending and starting again at any moment. Nothing runs here, so that its steps are only files.",
    ),
    Act::Runs(&["rotate", "ca", "--yes", "--offline", "--quiet"], 0),
    Act::Says("Old and new are trusted now, and everything is the new one's:"),
    Act::Runs(&["list"], 0),
    Act::Says("Second thoughts? Everything is taken back, with the same care:"),
    Act::Runs(&["undo", "--yes", "--offline", "--quiet"], 0),
];

const LIVE: &[Act] = &[
    Act::Says(
        "Now etcd's authority is replaced while etcd runs. That is a plan first, and it is proven: in every order of its steps, \
         with every process ending and starting again at any moment. Where it says so, etcd is started again, and has to be \
         ready before anything else is done. The API server does not run here.",
    ),
    Act::Runs(&["rotate", "etcd-ca", "--yes", RESTART], 1),
    Act::Says(
        "What only people can do is waited for. Here there is nobody else, so that it is done:",
    ),
    Act::Runs(&["apply", "--done=5", RESTART], 0),
    Act::Says("Old and new are trusted now, and what etcd needs is the new one's:"),
    Act::Runs(&["list"], 0),
    Act::Says("Second thoughts? Everything is taken back, with the same care:"),
    Act::Runs(&["undo", "--yes", RESTART], 1),
    Act::Runs(&["undo", "--done=2", RESTART], 0),
];

const RESTART: &str = "--restart-command={restart}";

const CLOSING: &[Act] = &[
    Act::Runs(&["audit", "--quiet"], 0),
    Act::Says(
        "That was it. On a node of your own `kubepki audit` and `kubepki list` change nothing; `kubepki explain cafile` says what \
         all those files are for.",
    ),
];

/// Tells the story.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let own = tempfile::tempdir()?;
    let root = match &args.keep {
        Some(folder) => folder.clone(),
        None => own.path().join("cp-1"),
    };
    if root.exists() {
        return Err(CliError::Exists(root));
    }
    let program = etcd::program();
    let mut stage = Stage {
        address: program.as_ref().map_or("10.0.0.1", |_| etcd::ADDRESS),
        root,
        etcd: None,
        pauses: !args.no_pause && stdin().is_terminal() && stderr().is_terminal(),
        quiet,
    };
    stage.tell(OPENING)?;
    match program {
        Some(program) if stage.starts(&program, own.path())? => stage.tell(LIVE)?,
        _ => stage.tell(OFFLINE)?,
    }
    stage.tell(CLOSING)?;
    Ok(Outcome::Clean)
}

/// Where the story happens.
struct Stage {
    root: PathBuf,
    /// The node's.
    address: &'static str,
    etcd: Option<Etcd>,
    pauses: bool,
    quiet: bool,
}

impl Stage {
    fn tell(&self, acts: &[Act]) -> Result<(), CliError> {
        for act in acts {
            match act {
                Act::Says(text) => self.says(text)?,
                Act::Runs(words, code) => self.runs(words, *code)?,
                Act::Edits(path, from, to) => edit(&self.root, path, from, to)?,
            }
        }
        Ok(())
    }

    fn says(&self, text: &str) -> Result<(), CliError> {
        // The first thing that is told comes at once.
        if self.pauses && self.root.exists() {
            pause();
        }
        match self.quiet {
            true => Ok(()),
            false => show::stdout(format!("\n{}\n\n", show::wrapped(text)).as_bytes()),
        }
    }

    /// Starts etcd; says why not, when it cannot be.
    fn starts(&mut self, program: &Path, folder: &Path) -> Result<bool, CliError> {
        let place = program.display();
        self.says(&format!(
            "There is an etcd on this machine, {place}. It is started as the node's kubelet would do it: by its manifest, on \
             these files, and so that nobody reaches it from elsewhere."
        ))?;
        let started = match etcd::taken() {
            Some(why) => Err(why),
            None => Etcd::start(program, &self.root, folder),
        };
        match started {
            Ok((etcd, sight)) => {
                show::stdout(show::change::seen(&sight.serves).as_bytes())?;
                show::stdout(show::change::health(&sight.health).as_bytes())?;
                self.etcd = Some(etcd);
            }
            Err(why) => show::note(&format!("it does not start: {why}")),
        }
        Ok(self.etcd.is_some())
    }

    /// Runs a command of this program as somebody would who read it.
    fn runs(&self, words: &[&str], code: i32) -> Result<(), CliError> {
        let restart = self.etcd.as_ref().map(Etcd::restart_command);
        let filled = |word: &&str| {
            word.replace("{address}", self.address)
                .replace("{restart}", restart.as_deref().unwrap_or_default())
        };
        let mut words: Vec<String> = words.iter().map(filled).collect();
        words.push(format!("--rootfs={}", self.root.display()));
        let bold = Style::new().bold();
        let line: Vec<_> = words.iter().map(|word| quoted(word)).collect();
        let line = line.join(" ");
        show::stdout(format!("{bold}$ kubepki {line}{bold:#}\n").as_bytes())?;
        // Nobody is asked: the story knows the answers.
        let mut command = Command::new(env::current_exe()?);
        let status = command.args(&words).stdin(Stdio::null()).status()?;
        match status.code() == Some(code) {
            true => Ok(()),
            false => Err(CliError::Story { line, status }),
        }
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,+@".contains(c);
    match word.chars().all(is_plain) {
        true => word.into(),
        false => format!("'{}'", word.replace('\'', r"'\''")).into(),
    }
}

fn edit(root: &Path, path: &str, from: &str, to: &str) -> Result<(), CliError> {
    let file = root.join(path);
    let text = fs::read_to_string(&file)?;
    fs::write(&file, text.replace(from, to))?;
    let (red, green) = (AnsiColor::Red.on_default(), AnsiColor::Green.on_default());
    show::stdout(
        format!("/{path}\n{red}-    - {from}{red:#}\n{green}+    - {to}{green:#}\n\n").as_bytes(),
    )
}

fn pause() {
    let faint = Style::new().dimmed();
    anstream::eprint!("\n{faint}return goes on{faint:#} ");
    let _ = stdin().read_line(&mut String::new());
}
