//! Disks that are full, or may not be written to, and several that write at once.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use crate::tree::{NODE, Said, Scratch, output, program, said, same, snapshot};

/// Runs a shell with mounts of its own: `$1` is a folder, `$KUBEPKI` the program with its arguments
/// for the tree `$1/root`. `None` where the system does not allow that.
fn in_namespace(scratch: &Scratch, script: &str) -> Option<Said> {
    let shell = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--map-root-user", "sh", "-euc", script, "sh"]);
        let program = env!("CARGO_BIN_EXE_kubepki");
        let run = format!(
            "{program} init --rootfs={} {}",
            scratch.root().display(),
            NODE.join(" ")
        );
        output(
            command
                .arg(scratch.beside(""))
                .env("KUBEPKI", run)
                .stdin(Stdio::null()),
        )
    };
    fs::create_dir_all(scratch.root()).unwrap();
    if shell("mount -t tmpfs tmpfs $1/root").code != Some(0) {
        println!("skipped: nothing can be mounted here");
        return None;
    }
    Some(shell(script))
}

/// A tree that holds something already, run over, and looked at.
const FULL: &str = r#"
look() { (cd $1/root && find . -printf '%p %m %y\n' | sort && find . -type f | sort | xargs cat); }
try() {
    mount -t tmpfs -o mode=755,$2 tmpfs $1/root
    mkdir -p $1/root/etc/kubernetes/pki
    echo mine > $1/root/etc/kubernetes/mine
    look $1 > $1/before
    code=0
    $KUBEPKI > $1/said 2>&1 || code=$?
    look $1 > $1/after
    if cmp -s $1/before $1/after; then changed=same; else changed=changed; fi
    echo "$2 $code $changed $(grep -o '`[^`]*`' $1/said | head -1) $(grep '^hint' $1/said | head -1)"
    umount $1/root
}
"#;

#[test]
fn a_full_disk_leaves_the_tree_as_it_was() {
    let scratch = Scratch::empty();
    // A page a file, then a folder or file each.
    let script = format!(
        "{FULL}
        for pages in $(seq 1 4 160); do try $1 size=$((pages * 4))k; done
        for nodes in $(seq 7 3 46); do try $1 nr_inodes=$nodes; done
        try $1 size=10m"
    );
    let Some(said) = in_namespace(&scratch, &script) else {
        return;
    };
    assert_eq!(said.code, Some(0), "{said:?}");
    let mut failed_at = BTreeSet::new();
    for line in said.stdout.lines() {
        let mut words = line.split_whitespace();
        let [limit, code, changed] = [(); 3].map(|()| words.next().unwrap());
        match code {
            "0" => assert_eq!(changed, "changed", "{line}"),
            _ => {
                assert_eq!((code, changed), ("2", "same"), "{limit}: {line}");
                assert!(
                    line.contains("the disk is full: nothing was changed; make room"),
                    "{line}"
                );
                failed_at.insert(words.next().unwrap().to_owned());
            }
        }
    }
    assert!(failed_at.len() >= 20, "{failed_at:?}");
    assert!(
        said.stdout
            .lines()
            .last()
            .unwrap()
            .starts_with("size=10m 0 changed"),
        "{said:?}"
    );
}

#[test]
fn what_may_only_be_read_stays_as_it_was() {
    let scratch = Scratch::empty();
    let script = "mount -t tmpfs tmpfs $1/root; echo mine > $1/root/mine
        mount -o remount,ro $1/root; code=0; $KUBEPKI || code=$?; ls -A $1/root; exit $code";
    let Some(said) = in_namespace(&scratch, script) else {
        return;
    };
    assert_eq!(said.code, Some(2), "{said:?}");
    assert_eq!(said.stdout, "mine\n");
    said.says(&["mounted read-only: nothing was changed"]);
}

#[test]
fn who_may_not_write_is_told() {
    let scratch = Scratch::empty().with("mine", "mine");
    let open = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    open(&scratch.beside(""), 0o755);
    open(&scratch.root(), 0o555);
    let root = format!("--rootfs={}", scratch.root().display());
    let is_root = fs::write(scratch.path("probe"), "").is_ok();
    let mut command = match is_root {
        true => {
            fs::remove_file(scratch.path("probe")).unwrap();
            // Under the eyes of the test: the folder of the build may be closed to others.
            let program = scratch.beside("kubepki");
            fs::copy(env!("CARGO_BIN_EXE_kubepki"), &program).unwrap();
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
                .arg(program);
            command
        }
        false => program(),
    };
    let before = snapshot(&scratch.root());
    let said = output(
        command
            .args(["init", &root])
            .args(NODE)
            .stdin(Stdio::null()),
    );
    assert_eq!(said.code, Some(2), "{said:?}");
    said.says(&["nothing was changed; run this as somebody who may write there"]);
    same(&before, &snapshot(&scratch.root()));
    open(&scratch.root(), 0o755);
}

#[test]
fn of_ten_at_once_one_makes_it() {
    let scratch = Scratch::empty();
    let start = |_| -> Child {
        let root = format!("--rootfs={}", scratch.root().display());
        let mut command = program();
        command.args(["init", &root]).args(&NODE[..2]).args([
            "--key-algorithm=RSA-2048",
            "--manifests",
            "--kubelet-config",
        ]);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<Child> = (0..10).map(start).collect();
    let ended = children
        .into_iter()
        .map(|child| said(child.wait_with_output().unwrap()));
    let mut made = 0;
    for said in ended {
        match said.code {
            Some(0) if said.stdout.contains("files written") => made += 1,
            Some(0) => said.says(&["everything is there; nothing was changed"]),
            _ => {
                assert_eq!(said.code, Some(2), "{said:?}");
                said.says(&[
                    "is being changed by another process",
                    "hint: wait until it is done",
                ]);
            }
        }
    }
    assert_eq!(made, 1);
    let entries = snapshot(&scratch.root());
    assert!(
        entries
            .keys()
            .all(|path| !path.to_string_lossy().contains(".kubepki-"))
    );
    assert_eq!(scratch.findings(), Vec::<String>::new());
}
