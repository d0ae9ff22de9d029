//! Pages looked at in Chromium, by `browser/look.cjs`.
//!
//! Needs Node.js, Chromium (`KUBEPKI_CHROMIUM`, or `chromium` among the programs), and the packages
//! playwright-core and axe-core in the folder `KUBEPKI_NODE_MODULES`; `./test` installs them.

#![allow(clippy::unwrap_used, reason = "a test may end that way")]

mod common;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cluster::draw::NOT_JUDGED;
use cluster::{Files, Graph, Inventory};
use common::{example, page_of_example, page_of_hostile, page_of_many};

#[test]
fn pages_do_in_a_browser_what_they_should() {
    let Some((modules, chromium)) = browser() else {
        eprintln!(
            "skipped: no Chromium, or no KUBEPKI_NODE_MODULES with playwright-core and axe-core"
        );
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(&folder).unwrap();
    for (name, page) in [
        ("broken", page_of_example("broken")),
        ("many", page_of_many()),
        ("hostile", page_of_hostile()),
        ("graph", graph()),
    ] {
        fs::write(folder.join(format!("{name}.html")), page).unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/look.cjs");
    let looked = Command::new("node")
        .args([&script, &chromium, &folder])
        .env("NODE_PATH", modules)
        .output()
        .unwrap();
    let wrong = String::from_utf8_lossy(&looked.stdout);
    let said = String::from_utf8_lossy(&looked.stderr);
    assert!(looked.status.success() && wrong.is_empty(), "{wrong}{said}");
}

fn graph() -> String {
    let files = Files::on_disk(&example("kubeadm"), false).unwrap();
    let graph = Graph::of(&Inventory::read(vec![(None, files)]));
    kubepki_web::graph(&graph, NOT_JUDGED)
}

/// The folder of the packages, and the program.
fn browser() -> Option<(PathBuf, PathBuf)> {
    let modules = PathBuf::from(env::var_os("KUBEPKI_NODE_MODULES")?);
    let named = env::var_os("KUBEPKI_CHROMIUM").map(PathBuf::from);
    let path = env::var_os("PATH")?;
    let folders = env::split_paths(&path);
    let found = || {
        folders
            .map(|folder| folder.join("chromium"))
            .find(|program| program.is_file())
    };
    Some((modules, named.or_else(found)?))
}
