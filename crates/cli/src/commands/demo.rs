//! `kubepki demo`: the whole story in a temporary folder: make, look, break, be shown the line, mend,
//! replace the authority, take it back. Nothing runs, and nothing outside the folder is touched.

use std::io::{IsTerminal, stderr, stdin};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anstyle::{AnsiColor, Style};

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

const STORY: &[Act] = &[
    Act::Says(
        "A control-plane node is made: three authorities, what they vouch for, five kubeconfigs, the static pods. It is what \
         kubeadm would make.",
    ),
    Act::Runs(
        &[
            "init",
            "--node-name=cp-1",
            "--apiserver-advertise-address=10.0.0.1",
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
    Act::Says(
        "Now the cluster's authority is replaced. That is a plan first, and it is proven: in every order of its steps, with every \
         process ending and starting again at any moment. Nothing runs here, so that its steps are only files.",
    ),
    Act::Runs(&["rotate", "ca", "--yes", "--offline", "--quiet"], 0),
    Act::Says("Old and new are trusted now, and everything is the new one's:"),
    Act::Runs(&["list"], 0),
    Act::Says("Second thoughts? Everything is taken back, with the same care:"),
    Act::Runs(&["undo", "--yes", "--offline", "--quiet"], 0),
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
    let pauses = !args.no_pause && stdin().is_terminal() && stderr().is_terminal();
    for (at, act) in STORY.iter().enumerate() {
        if pauses && at > 0 && matches!(act, Act::Says(_)) {
            pause();
        }
        act.happen(&root, quiet)?;
    }
    Ok(Outcome::Clean)
}

impl Act {
    fn happen(&self, root: &Path, quiet: bool) -> Result<(), CliError> {
        match self {
            Act::Says(_) if quiet => Ok(()),
            Act::Says(text) => show::stdout(format!("\n{}\n\n", show::wrapped(text)).as_bytes()),
            Act::Runs(words, code) => run_self(words, *code, root),
            Act::Edits(path, from, to) => edit(root, path, from, to),
        }
    }
}

/// Runs a command of this program as somebody would who read it.
fn run_self(words: &[&str], code: i32, root: &Path) -> Result<(), CliError> {
    let rootfs = format!("--rootfs={}", root.display());
    let bold = Style::new().bold();
    let line = [words, &[&rootfs]].concat().join(" ");
    show::stdout(format!("{bold}$ kubepki {line}{bold:#}\n").as_bytes())?;
    let status = Command::new(env::current_exe()?)
        .args(words)
        .arg(&rootfs)
        .status()?;
    match status.code() == Some(code) {
        true => Ok(()),
        false => Err(CliError::Story { line, status }),
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
