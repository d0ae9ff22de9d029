//! A machine for every node: its tree is the root, and network and processes are its own.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::network::run;

/// Makes a machine; see there.
const MACHINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/machine.sh");

/// How long making one may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where machines meet, and this process's own address there.
const BRIDGE: [&str; 2] = ["between", "10.77.0.254/24"];

/// The address of a machine.
pub fn address(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 77, 0, number)
}

/// Connects the machines that will be.
pub fn connect() {
    let [bridge, own] = BRIDGE;
    run("ip", &["link", "add", bridge, "type", "bridge"]);
    run("ip", &["address", "add", own, "dev", bridge]);
    run("ip", &["link", "set", bridge, "up"]);
}

/// A machine; everything on it ends when it is dropped.
pub struct Machine {
    holder: Child,
    /// The first process on it.
    first: u32,
}

impl Machine {
    /// Makes one of a tree.
    pub fn start(rootfs: &Path, name: &str, number: u8, programs: &[PathBuf]) -> Self {
        let mut holder = Command::new("unshare")
            .args([
                "--net",
                "--mount",
                "--pid",
                "--uts",
                "--fork",
                "--kill-child",
            ])
            .args(["sh", MACHINE])
            .arg(rootfs)
            .arg(name)
            .args(programs)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let end = Instant::now() + PATIENCE;
        let first = loop {
            let found = child(holder.id()).filter(|first| is_made(*first));
            if let Some(first) = found {
                break first;
            }
            let ended = holder.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "{name}: {ended:?}");
            sleep(Duration::from_millis(20));
        };
        let machine = Machine { holder, first };
        machine.connect(number);
        machine
    }

    fn connect(&self, number: u8) {
        let (wire, first) = (format!("wire{number}"), self.first.to_string());
        let there = ["peer", "name", "eth0", "netns", &first];
        run(
            "ip",
            &[&["link", "add", &wire, "type", "veth"], &there[..]].concat(),
        );
        run("ip", &["link", "set", &wire, "master", BRIDGE[0], "up"]);
        let own = format!("{}/24", address(number));
        for words in [
            &["address", "add", &own, "dev", "eth0"][..],
            &["link", "set", "eth0", "up"],
        ] {
            let status = self.command("ip").args(words).status();
            assert!(status.unwrap().success(), "{words:?}");
        }
    }

    /// A program that runs on it.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        command(self.first, program)
    }

    /// Its first process, by which it is known.
    pub fn first(&self) -> u32 {
        self.first
    }

    /// Its network, for a thread that goes there.
    pub fn network(&self) -> File {
        File::open(format!("/proc/{}/ns/net", self.first)).unwrap()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// A program that runs on the machine of this first process.
pub fn command(first: u32, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("nsenter");
    command
        .arg(format!("--target={first}"))
        .args(["--net", "--mount", "--pid", "--uts", "--root", "--wd=/"])
        .arg(program);
    command
}

/// The only child of a process.
fn child(id: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).ok()?;
    children.trim().parse().ok()
}

fn is_made(first: u32) -> bool {
    let name = fs::read_to_string(format!("/proc/{first}/comm"));
    name.is_ok_and(|name| name == "sleep\n")
}
