//! Whoever runs the program on a cluster, and does what it hands over to people.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Signal, kill_process};

use crate::process::innermost;

/// Starts a pod again; see there.
const RESTART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/restart.sh");

/// The program.
pub const KUBEPKI: &str = env!("CARGO_BIN_EXE_kubepki");

/// Somebody with the program.
pub struct Operator<'a> {
    /// How it is run.
    command: Box<dyn Fn() -> Command + 'a>,
    /// What it has to be told about the cluster.
    options: Vec<OsString>,
}

impl<'a> Operator<'a> {
    /// On a node, where nothing has to be told.
    pub fn on_a_node(command: impl Fn() -> Command + 'a) -> Self {
        Operator {
            command: Box::new(command),
            options: Vec::new(),
        }
    }

    /// Elsewhere, with all nodes' trees, each in a folder of its name, and a command to start pods
    /// again; `ready` is where it is written down which are ready.
    pub fn beside(nodes: &Path, names: &[&str], ready: &Path) -> Self {
        let restart = restart(nodes, ready);
        let nodes = nodes.display();
        let trees = names
            .iter()
            .map(|name| format!("--rootfs={name}={nodes}/{name}").into());
        Operator {
            command: Box::new(|| Command::new(KUBEPKI)),
            options: trees
                .chain(["--restart-command".into(), restart.into()])
                .collect(),
        }
    }

    /// Runs a command that changes something, to its end; `hand_over` does in between what it waits
    /// for, and is given its words.
    pub fn carry_out(&self, words: &[&str], mut hand_over: impl FnMut(&str)) {
        let mut said = self.run(words.iter().chain(&["--yes"]));
        while let Err(text) = said {
            let hint = text
                .lines()
                .find_map(|line| line.split_once("kubepki apply "));
            let (_, command) = hint.unwrap_or_else(|| panic!("{words:?}: {text}"));
            hand_over(&text);
            let words: Vec<&str> = command.split(' ').collect();
            said = self.run([&"apply"].into_iter().chain(&words));
        }
    }

    /// What it says on standard error when it waits for somebody; panics when it fails. Where it waits
    /// for minutes it is stopped, and told that this is done: the patience that it needs is not ours.
    fn run<'b>(&self, words: impl Iterator<Item = &'b &'b str>) -> Result<(), String> {
        let words: Vec<&str> = words.copied().collect();
        match self.attempt(&words) {
            (Some(0), _) => Ok(()),
            (Some(1) | None, said) => Err(said),
            (_, said) => panic!("kubepki {words:?}: {said}"),
        }
    }

    /// How it ended, unless it was stopped, and what it said.
    fn attempt(&self, words: &[&str]) -> (Option<i32>, String) {
        let mut told = words.iter().skip_while(|word| **word != "--done").skip(1);
        let told = told.next().copied();
        let mut command = (self.command)();
        let mut running = command
            .args(words)
            .args(&self.options)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        for line in BufReader::new(running.stderr.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some(step) = waits_for_minutes(&line).filter(|step| Some(*step) != told) {
                kill_process(innermost(running.id()), Signal::TERM).unwrap();
                running.wait().unwrap();
                return (None, format!("{line}\nkubepki apply --done {step}"));
            }
            said += &(line + "\n");
        }
        (running.wait().unwrap().code(), said)
    }
}

/// The command of a shell that starts a `{component}` of a `{node}` again.
pub fn restart(nodes: &Path, ready: &Path) -> String {
    let (nodes, ready) = (nodes.display(), ready.display());
    format!("sh {RESTART} {nodes} {ready} {{node}} {{component}}")
}

/// The step in which it waits for minutes, if that is what it says.
fn waits_for_minutes(line: &str) -> Option<&str> {
    let (step, rest) = line.split_once('/')?;
    let seconds = rest.split_once(" wait up to ")?.1.split_once(' ')?.0;
    (seconds.len() > 2).then_some(step.trim())
}
