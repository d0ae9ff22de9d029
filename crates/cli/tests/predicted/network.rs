//! A network of its own, in which the node has its addresses.

use std::env;
use std::process::Command;

/// The addresses of the node's, the first of its Services', and one that a harmless change names.
const ADDRESSES: [&str; 3] = ["192.20.97.8/32", "10.96.0.1/32", "2001:db8::8/128"];

/// Set for the process that is inside.
const INSIDE: &str = "KUBEPKI_INSIDE";

/// Whether this process is inside already; otherwise the test runs once more there, and this waits.
pub fn inside(test: &str) -> bool {
    if env::var_os(INSIDE).is_some() {
        run("ip", &["link", "set", "lo", "up"]);
        for address in ADDRESSES {
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

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{program} {arguments:?}"
    );
}
