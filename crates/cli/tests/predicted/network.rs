//! A network of its own, in which nodes have their addresses.

use std::env;
use std::process::Command;
use std::thread;

/// Set for the process that is inside, to the part of the test that it does.
const INSIDE: &str = "KUBEPKI_INSIDE";

/// Whether this process is inside already, where it has these addresses; otherwise the test runs once
/// more there, and this waits.
pub fn inside(test: &str, addresses: &[&str]) -> bool {
    part_inside(0, test, addresses)
}

/// Does every part of a test, all at the same time, each in a network of its own.
#[allow(dead_code, reason = "each test uses its part")]
pub fn inside_each(parts: usize, test: &str, addresses: &[&str], work: impl Fn(usize)) {
    let own = env::var(INSIDE).ok().and_then(|part| part.parse().ok());
    if let Some(part) = own {
        assert!(part_inside(part, test, addresses));
        return work(part);
    }
    thread::scope(|scope| {
        for part in 0..parts {
            scope.spawn(move || part_inside(part, test, addresses));
        }
    });
}

fn part_inside(part: usize, test: &str, addresses: &[&str]) -> bool {
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
        .env(INSIDE, part.to_string())
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
