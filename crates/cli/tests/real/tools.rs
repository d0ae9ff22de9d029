//! Where the real components are.
//!
//! The folder in `KUBEPKI_TEST_BIN` comes first; `./test` installs etcd and kubectl and names them
//! in `KUBEPKI_ETCD` and `KUBEPKI_KUBECTL`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::output;

/// A component that only `KUBEPKI_TEST_BIN` can have; says so when it has not.
pub fn component(name: &str) -> Option<PathBuf> {
    let found = of_test_bin(name);
    if found.is_none() {
        println!("skipped: KUBEPKI_TEST_BIN has no {name}");
    }
    found
}

/// The real kubeadm.
pub struct Kubeadm(PathBuf);

impl Kubeadm {
    /// Where it is; it changes its root, and so has to be run by root.
    pub fn find() -> Option<Self> {
        let found = component("kubeadm")?;
        if !rustix::process::geteuid().is_root() {
            println!("skipped: kubeadm changes its root, so it has to be run by root");
            return None;
        }
        Some(Kubeadm(found))
    }

    /// Runs a phase in a folder that is the root to it, with a configuration file that lies there.
    pub fn run(&self, root: &Path, phase: &str, configuration: &str) -> Result<String, String> {
        let mut command = Command::new(&self.0);
        command.args(phase.split(' '));
        command.args(["--config", configuration, "--rootfs"]);
        output(command.arg(root))
    }
}

/// etcd or etcdctl.
pub fn etcd(name: &str) -> Option<PathBuf> {
    found(name, "KUBEPKI_ETCD")
}

/// etcd or etcdctl as etcd's makers release it, so preferably not from `KUBEPKI_TEST_BIN`: what was
/// built around its packages does not read flags and variables as they do.
#[allow(dead_code, reason = "each test uses its part")]
pub fn released_etcd(name: &str) -> Option<PathBuf> {
    let found = beside("KUBEPKI_ETCD", name).or_else(|| etcd(name))?;
    let version = |option| output(Command::new(&found).arg(option)).unwrap_or_default();
    if name == "etcd" && !version("--version").contains("Git SHA") {
        println!("skipped: {} is not the etcd of a release", found.display());
        return None;
    }
    Some(found)
}

/// kubectl.
pub fn kubectl() -> Option<PathBuf> {
    found("kubectl", "KUBEPKI_KUBECTL")
}

/// In `KUBEPKI_TEST_BIN`, beside the program that a variable names, or on the `PATH`.
fn found(name: &str, variable: &str) -> Option<PathBuf> {
    let on_path = || {
        let path = env::var_os("PATH")?;
        env::split_paths(&path).find_map(|folder| executable(&folder, name))
    };
    let found = of_test_bin(name)
        .or_else(|| beside(variable, name))
        .or_else(on_path);
    if found.is_none() {
        println!("skipped: there is no {name} in KUBEPKI_TEST_BIN, by {variable} or on the PATH");
    }
    found
}

/// Beside the program that a variable names.
fn beside(variable: &str, name: &str) -> Option<PathBuf> {
    let named = PathBuf::from(env::var_os(variable)?);
    executable(named.parent()?, name)
}

fn of_test_bin(name: &str) -> Option<PathBuf> {
    executable(Path::new(&env::var_os("KUBEPKI_TEST_BIN")?), name)
}

fn executable(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = folder.join(name);
    path.is_file().then_some(path)
}
