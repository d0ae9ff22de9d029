//! What hangs on the cluster's authority in its API follows when that is replaced, and goes back.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::kinds::KINDS;
use crate::objects::{apply, publish};
use crate::plane::{Kubectl, Plane, Programs};
use crate::scratch::Scratch;

#[test]
#[ignore = "takes minutes: waits for what is read again as long as the catalogue says"]
fn objects_follow_an_authority_and_go_back() {
    let Some(programs) = Programs::find() else {
        return;
    };
    if !programs.have_controllers() {
        return;
    }
    let scratch = Scratch::new();
    let mut plane = Plane::make(&programs, scratch.path(), &KINDS[1].1(scratch.path()));
    plane.start();
    let admin = plane.kubectl("super-admin");
    publish(&plane, &admin);
    let old = read(&plane.pki("ca.crt"));
    let hook = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "policy"},
        "webhooks": [{
            "name": "policy.example.com",
            "failurePolicy": "Ignore",
            "clientConfig": {"url": "https://127.0.0.1:9/", "caBundle": STANDARD.encode(&old)},
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
        }],
    });
    apply(&plane, &admin, &hook.to_string());
    wait_for_roots(&mut plane, &admin);
    let first = Trust::of(&admin);
    assert_eq!(first, Trust::all(&[&old]));

    let done = carry_out(&mut plane, &["rotate", "ca"], Some("start pods again"));
    assert!(!done);
    let both = read(&plane.pki("ca.crt"));
    assert_eq!(both.matches("BEGIN").count(), 2);
    let new = both.replace(old.trim_end(), "").trim().to_owned();
    assert_eq!(Trust::of(&admin), Trust::all(&[&old, &new]));

    assert!(carry_out(&mut plane, &["undo"], None));
    assert_eq!(Trust::of(&admin).info, first.info);
    assert_eq!(Trust::of(&admin).hook, first.hook);
    assert_eq!(read(&plane.pki("ca.crt")), old);

    assert!(carry_out(&mut plane, &["rotate", "ca"], None));
    let too_early = Command::new(env!("CARGO_BIN_EXE_kubepki"))
        .args(["rotate", "ca", "--finish", "--rootfs"])
        .arg(plane.rootfs())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&too_early.stderr);
    assert!(said.contains("is kept until"), "{said}");
    let finish = ["rotate", "ca", "--finish", "--keep-old", "0"];
    assert!(carry_out(&mut plane, &finish, None));
    let new = read(&plane.pki("ca.crt"));
    assert_eq!(Trust::of(&admin), Trust::all(&[&new]));
}

/// Who is trusted where: every certificate's text, in order.
#[derive(Debug, PartialEq, Eq)]
struct Trust {
    info: Vec<String>,
    hook: Vec<String>,
    pods: Vec<String>,
    clients: Vec<String>,
}

impl Trust {
    fn of(admin: &Kubectl) -> Self {
        let map = |namespace: &str, name: &str, key: &str| {
            let map = admin.object(&["-n", namespace, "get", "configmap", name]);
            map.unwrap()["data"][key].as_str().unwrap().to_owned()
        };
        let decoded = |text: &str| {
            let bytes = STANDARD.decode(text.trim()).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        let info = map("kube-public", "cluster-info", "kubeconfig");
        let data = "certificate-authority-data: ";
        let info = info.lines().find_map(|line| line.split_once(data));
        let hook = ["get", "validatingwebhookconfiguration", "policy"];
        let hook = admin.object(&hook).unwrap();
        let hook = &hook["webhooks"][0]["clientConfig"]["caBundle"];
        let clients = "extension-apiserver-authentication";
        Trust {
            info: certificates(&decoded(info.unwrap().1)),
            hook: certificates(&decoded(hook.as_str().unwrap())),
            pods: certificates(&map("default", "kube-root-ca.crt", "ca.crt")),
            clients: certificates(&map("kube-system", clients, "client-ca-file")),
        }
    }

    fn all(of: &[&str]) -> Self {
        let all = || {
            of.iter()
                .flat_map(|one| certificates(one))
                .collect::<Vec<_>>()
        };
        let sorted = || {
            let mut all = all();
            all.sort();
            all
        };
        Trust {
            info: sorted(),
            hook: sorted(),
            pods: sorted(),
            clients: sorted(),
        }
    }
}

fn certificates(text: &str) -> Vec<String> {
    let blocks = text.split("-----BEGIN CERTIFICATE-----").skip(1);
    let mut all: Vec<String> = blocks.map(|block| block.trim().to_owned()).collect();
    all.sort();
    all
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn wait_for_roots(plane: &mut Plane<'_>, admin: &Kubectl) {
    let root = ["-n", "default", "get", "configmap", "kube-root-ca.crt"];
    plane.wait_for("kube-root-ca.crt", || admin.object(&root));
}

/// Carries a change out to its end: starts again what it wants started, and says of all that people
/// have to do that they have done it, up to what has these words in it. Whether it came to its end.
fn carry_out(plane: &mut Plane<'_>, words: &[&str], up_to: Option<&str>) -> bool {
    let wish = plane.file("wish");
    let command = format!(
        "echo {{component}} >{0}.new && mv {0}.new {0} && while [ -e {0} ]; do sleep 0.1; done",
        wish.display()
    );
    let mut next: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    next.push("--yes".to_owned());
    for _ in 0..20 {
        let rootfs = plane.rootfs();
        let mut running = Command::new(env!("CARGO_BIN_EXE_kubepki"))
            .args(&next)
            .args(["--restart-command", &command, "--rootfs"])
            .arg(&rootfs)
            .arg("--kubeconfig")
            .arg(rootfs.join("etc/kubernetes/super-admin.conf"))
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while running.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(100));
            if let Ok(wanted) = fs::read_to_string(&wish) {
                plane.restart(wanted.trim());
                fs::remove_file(&wish).unwrap();
            }
        }
        let output = running.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        print!("{said}");
        if output.status.success() {
            return true;
        }
        if up_to.is_some_and(|words| said.contains(&format!("(pods): {words}"))) {
            return false;
        }
        let hint = said.lines().find_map(|line| {
            let command = line.split_once(": kubepki ")?.1;
            command.contains("--done").then(|| command.to_owned())
        });
        let hint = hint.unwrap_or_else(|| panic!("{words:?}: {said}"));
        next = hint.split(' ').map(str::to_owned).collect();
        next.push("--yes".to_owned());
    }
    panic!("{words:?} does not end");
}
