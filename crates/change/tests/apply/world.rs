//! Whatever the proof relied on is looked at before every step; what changes by itself stops nothing.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use kubepki_change::apply::{ApplyError, Ended, How, apply};
use kubepki_change::journal::{self, Change, JournalError};
use kubepki_change::plan::StepId;

use crate::cluster::{NODES, Notes, Scratch, plan};

const NODE: &str = NODES[1];
const MANIFEST: &str = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const CONFIG: &str = "/var/lib/kubelet/config.yaml";
const STORE: &str = "/var/lib/kubelet/pki";
const FIRST: &str = "kubelet-client-2026-01-01-00-00-00.pem";
const NEXT: &str = "kubelet-client-2026-11-01-00-00-00.pem";

/// What somebody does.
type Does = fn(&Scratch);

/// A pod, with something that no plan shows.
fn pod(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    a: b\n  labels:\n    tier: control-plane\n  \
         name: {name}\nspec:\n  containers:\n  - command:\n    - {name}\n    \
         - --client-ca-file=/etc/kubernetes/pki/ca.crt\n    env:\n    - name: PASSWORD\n      value: hunter2\n    \
         name: {name}\n  hostNetwork: true\n"
    )
}

/// Nodes with a pod and a kubelet that the plan does not touch.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    put(&scratch, MANIFEST, &pod("kube-apiserver"));
    put(&scratch, CONFIG, "rotateCertificates: true\n");
    put(&scratch, &format!("{STORE}/{FIRST}"), "first\n");
    let current = format!("{STORE}/kubelet-client-current.pem");
    symlink(format!("{STORE}/{FIRST}"), scratch.path(NODE, &current)).unwrap();
    scratch
}

fn put(scratch: &Scratch, path: &str, content: &str) {
    let path = scratch.path(NODE, path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn began(scratch: &Scratch) -> Change {
    let (plan, secrets) = plan(scratch.0.path());
    journal::begin(plan, &secrets, scratch.trees()).unwrap()
}

/// What becomes of a change in whose middle this is done.
fn meanwhile(scratch: &Scratch, what: impl Fn(&Scratch)) -> Result<Ended, ApplyError> {
    let mut change = began(scratch);
    let mut notes = Notes {
        waits_at: Some(StepId(7)),
        ..Notes::default()
    };
    apply(&mut change, &mut notes).unwrap();
    what(scratch);
    apply(&mut change, &mut Notes::default())
}

#[test]
fn what_changes_by_itself_stops_nothing() {
    let cases: [(&str, Does); 8] = [
        ("the kubelet has a new certificate", |scratch| {
            put(scratch, &format!("{STORE}/{NEXT}"), "next\n");
            let current = scratch.path(NODE, STORE).join("kubelet-client-current.pem");
            fs::remove_file(&current).unwrap();
            symlink(format!("{STORE}/{NEXT}"), current).unwrap();
        }),
        ("its old one goes", |scratch| {
            let store = scratch.path(NODE, STORE);
            fs::rename(store.join(FIRST), store.join(NEXT)).unwrap();
        }),
        ("it makes a pair of its own", |scratch| {
            put(scratch, &format!("{STORE}/kubelet.crt"), "own\n");
            put(scratch, &format!("{STORE}/kubelet.key"), "own key\n");
        }),
        ("a pod was started again", |scratch| {
            let line = "  annotations:\n    kubepki.io/restarted-at: \"2026-11-26T00:00:00Z\"\n";
            let text = pod("kube-apiserver").replace("  annotations:\n", line);
            put(scratch, MANIFEST, &text);
        }),
        ("a folder appears that a pod has mounted", |scratch| {
            fs::create_dir_all(scratch.path(NODE, "/etc/ssl/certs")).unwrap();
        }),
        ("a plugin listens", |scratch| {
            let socket = scratch.path(NODE, "/etc/kubernetes/bootstrap-kubelet.conf");
            UnixListener::bind(socket).unwrap();
        }),
        ("somebody keeps a copy", |scratch| {
            put(scratch, "/etc/kubernetes/pki/ca.crt.old", "old ca\n");
            let manifests = Path::new(MANIFEST).parent().unwrap();
            let hidden = manifests.join(".kube-apiserver.yaml.swp");
            put(scratch, hidden.to_str().unwrap(), "x\n");
        }),
        ("another pod appears", |scratch| {
            put(
                scratch,
                "/etc/kubernetes/manifests/kube-vip.yaml",
                &pod("kube-vip"),
            );
        }),
    ];
    for (what, case) in cases {
        let ended = meanwhile(&scratch(), case);
        assert_eq!(
            ended.map_err(|error| error.to_string()),
            Ok(Ended::Done),
            "{what}"
        );
    }
}

#[test]
fn what_the_proof_relied_on_has_to_stay() {
    let cases: [(&str, How, Does); 5] = [
        (CONFIG, How::Changed, |scratch| {
            put(scratch, CONFIG, "rotateCertificates: false\n");
        }),
        (MANIFEST, How::Vanished, |scratch| {
            fs::remove_file(scratch.path(NODE, MANIFEST)).unwrap();
        }),
        (MANIFEST, How::Changed, |scratch| {
            let other = pod("kube-apiserver").replace("pki/ca.crt", "pki/other.crt");
            put(scratch, MANIFEST, &other);
        }),
        (
            "/etc/kubernetes/bootstrap-kubelet.conf",
            How::Appeared,
            |scratch| {
                put(scratch, "/etc/kubernetes/bootstrap-kubelet.conf", "x\n");
            },
        ),
        (
            "/etc/kubernetes/manifests/etcd.yaml",
            How::Appeared,
            |scratch| {
                put(scratch, "/etc/kubernetes/manifests/etcd.yaml", &pod("etcd"));
            },
        ),
    ];
    for (expected, done, case) in cases {
        let scratch = scratch();
        let stopped = meanwhile(&scratch, case).unwrap_err();
        let ApplyError::Moved {
            step, path, how, ..
        } = &stopped
        else {
            panic!("{expected}: {stopped}");
        };
        assert!(path.ends_with(&format!("{NODE}{expected}")), "{stopped}");
        assert_eq!((*step, *how), (StepId(7), done), "{stopped}");
        assert!(stopped.hint().unwrap().contains("kubepki undo"));
        // It is in nobody's way back.
        let mut change = scratch.open();
        change.take_back().unwrap();
        let ended = apply(&mut change, &mut Notes::default());
        assert_eq!(ended.unwrap(), Ended::Done, "{expected}");
    }
}

fn chmod(scratch: &Scratch, path: &str, mode: u32) {
    let path = scratch.path(NODE, path);
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn permission_bits_stop_it_where_they_make_a_difference() {
    const KEY: &str = "/etc/kubernetes/pki/ca.key";
    // What is run by somebody else than root needs them to read.
    let as_user: Does = |scratch| {
        let text = pod("kube-apiserver");
        let user = "  hostNetwork: true\n  securityContext: {runAsUser: 65532}\n";
        let text = text.replace("  hostNetwork: true\n", user);
        put(scratch, MANIFEST, &text);
    };
    let as_root: Does = |_| {};
    let cases: [(&str, [u32; 2], Does, bool); 9] = [
        (KEY, [0o600, 0o644], as_root, true),
        (KEY, [0o600, 0o640], as_root, true),
        (KEY, [0o600, 0o400], as_root, false),
        (KEY, [0o600, 0o200], as_user, true),
        (KEY, [0o640, 0o600], as_root, false),
        (KEY, [0o640, 0o600], as_user, true),
        (CONFIG, [0o644, 0o622], as_root, true),
        (CONFIG, [0o644, 0o640], as_root, false),
        (CONFIG, [0o644, 0o640], as_user, true),
    ];
    for (path, [before, mode], setting, is_to_stop) in cases {
        let scratch = scratch();
        put(
            &scratch,
            KEY,
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        );
        chmod(&scratch, path, before);
        setting(&scratch);
        let ended = meanwhile(&scratch, |scratch| chmod(scratch, path, mode));
        let Err(stopped) = ended else {
            assert!(!is_to_stop, "{path} {mode:o}");
            continue;
        };
        let said = stopped.to_string();
        assert!(is_to_stop && said.contains(path), "{path} {mode:o}: {said}");
        let bits = format!("its permission bits are {mode:04o}, and should be");
        assert!(said.contains(&bits), "{said}");
        // Nothing is lost that could be put back.
        assert!(stopped.hint().unwrap().contains("make it as it was"));
    }
}

#[test]
fn nothing_begins_on_what_was_not_planned_for() {
    let scratch = scratch();
    let (plan, secrets) = plan(scratch.0.path());
    put(&scratch, CONFIG, "rotateCertificates: false\n");
    let refused = journal::begin(plan, &secrets, scratch.trees()).unwrap_err();
    assert!(
        matches!(&refused, JournalError::Changed(path) if path.ends_with(CONFIG)),
        "{refused}"
    );
    assert!(journal::list(&scratch.disks()[1]).unwrap().is_empty());
}
