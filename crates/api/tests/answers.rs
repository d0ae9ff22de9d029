//! What an API answers, by one that says what it is told to: no cluster is needed.

#![allow(clippy::unwrap_used, reason = "a test may end that way")]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use kubepki_api::{ApiError, Seen, objects};
use tempfile::TempDir;

/// Says for a path what the status and the body are.
type Says = fn(&str) -> (u16, String);

/// An API on an address of its own.
struct Api {
    folder: TempDir,
    asked: Arc<Mutex<Vec<String>>>,
}

const NONE: &str = r#"{"kind": "List", "apiVersion": "v1", "metadata": {}, "items": []}"#;

impl Api {
    fn start(says: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let folder = TempDir::new().unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        let kubeconfig = format!(
            "apiVersion: v1\nkind: Config\nclusters: [{{name: c, cluster: {{server: '{server}/'}}}}]\n\
             users: [{{name: u, user: {{token: abc}}}}]\n\
             contexts: [{{name: x, context: {{cluster: c, user: u}}}}]\ncurrent-context: x\n"
        );
        std::fs::write(folder.path().join("conf"), kubeconfig).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let log = log.clone();
                thread::spawn(move || serve(stream, says, &log));
            }
        });
        Api { folder, asked }
    }

    fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("conf")
    }

    fn objects(&self) -> Result<Seen, ApiError> {
        objects(&self.kubeconfig(), None)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Answers one request after the other.
fn serve(stream: TcpStream, says: Says, log: &Mutex<Vec<String>>) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream).lines();
    loop {
        let request = lines.next()?.ok()?;
        while !lines.next()?.ok()?.is_empty() {}
        let path = request.split(' ').nth(1)?;
        log.lock().ok()?.push(path.to_owned());
        let (status, body) = says(path);
        let length = body.len();
        let head = "Content-Type: application/json\r\nContent-Length";
        let answer = format!("HTTP/1.1 {status} X\r\n{head}: {length}\r\n\r\n{body}");
        writer.write_all(answer.as_bytes()).ok()?;
    }
}

#[test]
fn pages_are_put_together_and_what_is_absent_is_left_out() {
    let api = Api::start(|path| {
        let list = |name: &str, rest: &str| {
            format!(
                r#"{{"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {{"continue": "{rest}"}}, "items": [
                    {{"metadata": {{"name": "kube-root-ca.crt", "namespace": "{name}"}}, "data": {{"ca.crt": "x"}}}}]}}"#
            )
        };
        match path {
            _ if path.contains("/configmaps?") && path.contains("continue=a%2Fb") => {
                (200, list("second", ""))
            }
            _ if path.contains("/configmaps?") => (200, list("first", "a/b")),
            "/api/v1/namespaces/kube-public/configmaps/cluster-info" => (404, "{}".to_owned()),
            _ if path.contains("/v1/clustertrustbundles") => (404, "404 page not found".to_owned()),
            _ => (200, NONE.to_owned()),
        }
    });
    let seen = api.objects().unwrap();
    let places: Vec<String> = seen
        .objects
        .bundles
        .iter()
        .map(|bundle| bundle.material.place().path.to_string())
        .collect();
    let ends = ["first", "second"]
        .map(|name| format!("/api/v1/namespaces/{name}/configmaps/kube-root-ca.crt"));
    assert_eq!(places.len(), 2);
    for (place, end) in places.iter().zip(ends) {
        assert!(
            place.starts_with("http://127.0.0.1:") && place.ends_with(&end),
            "{place}"
        );
    }
    assert!(seen.withheld.is_empty());
    let versions = api.asked();
    let versions = versions
        .iter()
        .filter(|path| path.contains("clustertrustbundles"));
    let versions: Vec<_> = versions.filter_map(|path| path.split('/').nth(3)).collect();
    assert_eq!(versions, ["v1", "v1beta1"]);
    // Of Secrets and ConfigMaps only what is looked at.
    for path in api.asked() {
        let is_bare = path.contains("/secrets?") || path.contains("/configmaps?");
        assert!(!is_bare || path.contains("fieldSelector="), "{path}");
    }
}

#[test]
fn what_the_user_may_not_see_is_told() {
    let api = Api::start(|path| {
        match path.contains("secrets") {
        true => (403, r#"{"kind": "Status", "message": "secrets is forbidden"}"#.to_owned()),
        false => (200, r#"{"kind": "NamespaceList", "apiVersion": "v1", "metadata": {}, "items": [{"metadata": {"name": "a"}}]}"#.to_owned()),
    }
    });
    let seen = api.objects().unwrap();
    assert_eq!(
        seen.withheld,
        [
            "secrets kube-system/kubeadm-certs: secrets is forbidden",
            "secrets with type=kubernetes.io/tls: secrets is forbidden",
            "secrets with type=kubernetes.io/service-account-token: secrets is forbidden",
        ]
    );
    let api = Api::start(|_| (403, r#"{"kind": "Status", "message": "no"}"#.to_owned()));
    assert!(matches!(api.objects(), Err(ApiError::Nothing(_))));
}

#[test]
fn what_does_not_answer_as_an_api_does_is_refused() {
    let said = |says: Says| Api::start(says).objects().unwrap_err().to_string();
    let unknown = said(|_| {
        (
            401,
            r#"{"kind": "Status", "message": "Unauthorized"}"#.to_owned(),
        )
    });
    assert!(unknown.ends_with("answers 401: Unauthorized"), "{unknown}");
    let other = said(|_| (200, "{\"a\": [".to_owned()));
    assert!(
        other.starts_with("cannot read what the API answers: http://"),
        "{other}"
    );
    let endless = said(|_| {
        let rest =
            r#"{"kind": "List", "apiVersion": "v1", "metadata": {"continue": "x"}, "items": []}"#;
        (200, rest.to_owned())
    });
    assert!(endless.ends_with("does not end"), "{endless}");
    let folder = TempDir::new().unwrap();
    let nowhere = objects(&folder.path().join("none"), None).unwrap_err();
    assert!(
        nowhere.to_string().starts_with("cannot use the kubeconfig"),
        "{nowhere}"
    );
    let api = Api::start(|_| (200, NONE.to_owned()));
    let error = objects(&api.kubeconfig(), Some("elsewhere")).unwrap_err();
    assert!(error.to_string().contains("elsewhere"), "{error}");
    // Nobody listens there any more.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let conf = std::fs::read_to_string(api.kubeconfig()).unwrap();
    let (before, after) = conf.split_once("127.0.0.1:").unwrap();
    let (_, after) = after.split_once('/').unwrap();
    let moved = format!("{before}127.0.0.1:{port}/{after}");
    std::fs::write(api.kubeconfig(), moved).unwrap();
    let error = api.objects().unwrap_err().to_string();
    assert!(
        error.starts_with("cannot reach http://127.0.0.1:"),
        "{error}"
    );
}
