//! Whom the program says somebody is, and whom the API server takes them for.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::kubepki::kubepki;
use crate::plane::{Kubectl, Plane};

/// The owner of a kubeconfig.
pub fn of_kubeconfig(what: &str, plane: &Plane<'_>, kubeconfig: &Path) {
    let owner = plane.with(&["--kubeconfig".as_ref(), kubeconfig]);
    same(what, plane, kubeconfig, &owner);
}

/// A user that the program makes.
pub fn of_user(what: &str, plane: &Plane<'_>) {
    let out = plane.file("jane.conf");
    let rootfs = plane.rootfs();
    let mut arguments = vec!["user", "create", "jane", "--group", "dev", "--group", "ops"];
    arguments.extend(["--rootfs", rootfs.to_str().unwrap()]);
    arguments.extend(["--out", out.to_str().unwrap()]);
    kubepki(&arguments);
    of_kubeconfig(what, plane, &out);
}

/// A service account, by a token that the program signs and by one that the API server does.
pub fn of_service_account(what: &str, plane: &mut Plane<'_>) {
    let admin = plane.kubectl("super-admin");
    let account = ["get", "serviceaccount", "default"];
    let account = plane.wait_for(what, || admin.object(&account));
    let uid = account["metadata"]["uid"].as_str().unwrap();
    let rootfs = plane.rootfs();
    let mut arguments = vec!["token", "sign", "--rootfs", rootfs.to_str().unwrap()];
    arguments.extend([
        "-n",
        "default",
        "--service-account",
        "default",
        "--uid",
        uid,
    ]);
    let signed = kubepki(&arguments);
    let requested = admin.run(&["create", "token", "default"]).unwrap();
    for token in [signed, requested] {
        let file = plane.file("token");
        fs::write(&file, &token).unwrap();
        same(what, plane, &file, &bearer(plane, token.trim()));
    }
}

/// Whoever has a token.
pub fn bearer(plane: &Plane<'_>, token: &str) -> Kubectl {
    let trust = plane.pki("ca.crt");
    let options = ["--certificate-authority", "--token"].map(Path::new);
    plane.with(&[options[0], &trust, options[1], token.as_ref()])
}

/// Asserts that both say the same of whoever has the credential in the file.
fn same(what: &str, plane: &Plane<'_>, file: &Path, bearer: &Kubectl) {
    let rootfs = plane.rootfs();
    let mut arguments = vec!["whoami", file.to_str().unwrap(), "-o", "json"];
    arguments.extend(["--rootfs", rootfs.to_str().unwrap()]);
    let said: Value = serde_json::from_str(&kubepki(&arguments)).unwrap();
    let mut servers = said["servers"].as_array().unwrap().iter();
    let server = servers.find(|server| server["server"] == "kube-apiserver");
    let identity = &server.unwrap()["identity"];
    let mut expected = json!({"username": identity["user"], "groups": identity["groups"]});
    for field in ["uid", "extra"] {
        if !identity[field].is_null() {
            expected[field] = identity[field].clone();
        }
    }
    let known = bearer.object(&["auth", "whoami"]).unwrap();
    assert_eq!(known["status"]["userInfo"], expected, "{what}, {file:?}");
}
