//! A network of its own, in which nodes have their addresses.

use std::env;
use std::process::Command;

/// Set for the process that is inside.
const INSIDE: &str = "KUBEPKI_INSIDE";

/// Whether this process is inside already, where it has these addresses; otherwise the test runs once
/// more there, and this waits.
pub fn inside(test: &str, addresses: &[&str]) -> bool {
    if env::var_os(INSIDE).is_some() {
        run("ip", &["link", "set", "lo", "up"]);
        for address in addresses {
            run("ip", &["address", "add", address, "dev", "lo"]);
        }
        return true;
    }
    let mut options = vec!["--net"];
    if !rustix::process::geteuid().is_root() {
        options.push("--map-root-user");
    }
    let possible = Command::new("unshare").args(&options).arg("true").output();
    if !possible.is_ok_and(|output| output.status.success()) {
        println!("skipped: this user may not make a network namespace");
        return false;
    }
    let status = Command::new("unshare")
        .args(&options)
        .arg(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--include-ignored"])
        .env(INSIDE, "1")
        .status();
    assert!(status.unwrap().success(), "see above");
    false
}

/// Runs a program, which has to succeed.
pub fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{program} {arguments:?}"
    );
}
