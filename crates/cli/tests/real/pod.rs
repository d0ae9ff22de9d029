//! What a static pod's manifest runs, for a node whose files lie in a folder and whose loopback
//! address is another.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use crate::process::output;

/// What came with etcd 3.6.
pub const NEW_FLAGS: [&str; 2] = ["--feature-gates", "--watch-progress-notify-interval"];

/// Whether an etcd is one before 3.6.
pub fn is_old(etcd: &Path) -> bool {
    let version = output(Command::new(etcd).arg("--version")).unwrap();
    ["3.4.", "3.5."].iter().any(|old| version.contains(old))
}

/// The arguments of a component, as the manifest of its pod has them.
pub struct Pod(Vec<String>);

impl Pod {
    /// Reads the manifest of that name.
    pub fn read(rootfs: &Path, name: &str) -> Self {
        let path = rootfs.join(format!("etc/kubernetes/manifests/{name}.yaml"));
        let documents = yaml::parse(&fs::read_to_string(path).unwrap()).unwrap();
        let containers = documents[0].get("spec").unwrap().get("containers").unwrap();
        let words = containers.items()[0].get("command").unwrap().items();
        let words: Vec<&str> = words.iter().map(|word| word.text().unwrap()).collect();
        assert_eq!(words[0], name);
        Pod(words[1..].iter().map(|&word| word.to_owned()).collect())
    }

    /// With files below the folder.
    pub fn below(mut self, rootfs: &Path) -> Self {
        for argument in &mut self.0 {
            if let Some((flag, path)) = argument.split_once("=/") {
                *argument = format!("{flag}={}/{path}", rootfs.display());
            }
        }
        self
    }

    /// With another address of the node in loopback's place.
    pub fn at(mut self, address: Ipv4Addr) -> Self {
        for argument in &mut self.0 {
            let (flag, value) = argument.split_once('=').unwrap();
            let value = value.replace("127.0.0.1", &address.to_string());
            let mut values: Vec<&str> = value.split(',').collect();
            values.dedup();
            *argument = format!("{flag}={}", values.join(","));
        }
        self
    }

    /// With a flag in its own's place.
    pub fn with(mut self, flag: &str, value: &str) -> Self {
        self = self.without(flag);
        self.0.push(format!("{flag}={value}"));
        self
    }

    /// Without a flag.
    pub fn without(mut self, flag: &str) -> Self {
        self.0
            .retain(|argument| argument.split('=').next() != Some(flag));
        self
    }

    /// For this etcd: one before 3.6 does not know all flags of kubeadm's.
    pub fn for_etcd(self, etcd: &Path) -> Self {
        match is_old(etcd) {
            true => NEW_FLAGS.iter().fold(self, |pod, flag| pod.without(flag)),
            false => self,
        }
    }

    /// The program with these arguments.
    pub fn command(&self, program: &Path) -> Command {
        self.add_to(Command::new(program))
    }

    /// A command with these arguments after its own.
    pub fn add_to(&self, mut command: Command) -> Command {
        command.args(&self.0);
        command
    }
}
