//! A cluster's authority whose key is in a PKCS #11 token, by the program: needs the feature
//! `pkcs11` and SoftHSM.

#![allow(clippy::unwrap_used, reason = "a test may end that way")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// A token, and a certificate for the key in it.
struct Token {
    folder: tempfile::TempDir,
}

impl Token {
    /// `None` where there is no SoftHSM.
    fn new() -> Option<Self> {
        if !Path::new(MODULE).exists() {
            println!("skipped: softhsm2 is not installed");
            return None;
        }
        let token = Token {
            folder: tempfile::tempdir().unwrap(),
        };
        token.set_up();
        Some(token)
    }

    fn set_up(&self) {
        let tokens = self.path("tokens");
        std::fs::create_dir(&tokens).unwrap();
        let settings = format!("directories.tokendir = {}\n", tokens.display());
        std::fs::write(self.path("softhsm2.conf"), settings).unwrap();
        std::fs::write(self.path("pin"), "271828\n").unwrap();
        std::fs::write(self.path("wrong"), "314159\n").unwrap();
        self.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ca.key");
        let request = "req -new -x509 -key ca.key -subj /CN=kubernetes -days 3650 -out ca.crt";
        self.openssl(&format!("{request} -addext keyUsage=critical,keyCertSign"));
        self.softhsm("--init-token --free --label ca --pin 271828 --so-pin 31415926");
        self.softhsm("--import ca.key --token ca --label ca --id 01 --pin 271828");
        std::fs::remove_file(self.path("ca.key")).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn openssl(&self, arguments: &str) {
        self.run("openssl", arguments);
    }

    fn softhsm(&self, arguments: &str) {
        self.run("softhsm2-util", arguments);
    }

    fn run(&self, program: &str, arguments: &str) {
        let mut command = Command::new(program);
        command.args(arguments.split(' ')).current_dir(&self.folder);
        let output = command
            .env("SOFTHSM2_CONF", self.path("softhsm2.conf"))
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {error}");
    }

    fn kubepki(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_kubepki"))
            .args(arguments)
            .current_dir(&self.folder)
            .env("SOFTHSM2_CONF", self.path("softhsm2.conf"))
            .output()
            .unwrap()
    }

    /// `kubepki init` into the folder `cluster`.
    fn init(&self, uri: &str) -> Output {
        std::fs::create_dir_all(self.path("cluster")).unwrap();
        let what = ["init", "certs", "--node-name=cp-1", "--rootfs=cluster"];
        let how = [
            "--apiserver-advertise-address=10.0.0.1",
            "--key-algorithm=ECDSA-P256",
        ];
        let who = ["--ca-cert=ca.crt", "--ca-key", uri];
        self.kubepki(&[&what[..], &how, &who].concat())
    }

    /// The URI of the key, with its PIN in this file.
    fn uri(&self, pin: &str) -> String {
        let pin = self.path(pin);
        format!(
            "pkcs11:token=ca;object=ca;id=%01?module-path={MODULE}&pin-source=file:{}",
            pin.display()
        )
    }

    fn refused(&self, uri: &str) -> String {
        let output = self.init(uri);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        let entries = std::fs::read_dir(self.path("cluster")).unwrap();
        assert_eq!(entries.count(), 0, "{error}");
        error
    }
}

#[test]
fn init_signs_with_a_key_that_stays_in_the_token() {
    let Some(token) = Token::new() else {
        return;
    };
    let output = token.init(&token.uri("pin"));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let pki = token.path("cluster/etc/kubernetes/pki");
    assert!(!pki.join("ca.key").exists());
    for leaf in ["apiserver.crt", "apiserver-kubelet-client.crt"] {
        let leaf = pki.join(leaf).display().to_string();
        token.openssl(&format!("verify -CAfile ca.crt {leaf}"));
    }
}

#[test]
fn sign_signs_with_it_too() {
    let Some(token) = Token::new() else {
        return;
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout jane.key";
    token.openssl(&format!(
        "req -new {key} -subj /O=dev/CN=jane -out jane.csr"
    ));
    let uri = token.uri("pin");
    let signer = ["--ca-cert=ca.crt", "--ca-key", &uri];
    let what = ["sign", "jane.csr", "--profile=client", "--out=jane.crt"];
    let output = token.kubepki(&[&what[..], &signer].concat());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    token.openssl("verify -purpose sslclient -CAfile ca.crt jane.crt");
}

#[test]
fn what_is_wrong_with_a_token_is_told_and_nothing_is_written() {
    let Some(token) = Token::new() else {
        return;
    };
    let error = token.refused(&token.uri("wrong"));
    assert!(
        error.contains("the PIN is not the one of the token \"ca\""),
        "{error}"
    );
    assert!(error.contains("hint: tokens lock themselves"), "{error}");
    assert!(!error.contains("314159"), "{error}");
    let good = token.uri("pin");
    for (from, to, what) in [
        (
            "token=ca",
            "token=hsm",
            "there is no token `pkcs11:token=hsm`",
        ),
        (
            "object=ca",
            "object=etcd",
            "there is no private key `pkcs11:object=etcd;id=%01`",
        ),
        (MODULE, "/x.so", "cannot load the PKCS #11 module `/x.so`"),
        ("pin-source", "x", "the token \"ca\" wants a PIN"),
    ] {
        let error = token.refused(&good.replace(from, to));
        assert!(error.contains(what), "{error}");
    }
    let error = token.refused(&token.uri("absent"));
    assert!(error.contains("absent`: No such file"), "{error}");
    let error = token.refused("pkcs11:token=ca;object=ca?pin-value=271828");
    assert!(error.contains("pin-source=file:PATH"), "{error}");
    assert!(!error.contains("271828"), "{error}");
}
