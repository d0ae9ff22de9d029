//! The question by which the kubelet finds out whether a pod is ready.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use yaml::Node;

use crate::https::Client;

/// How long it waits for an answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where a pod is asked, and what.
pub struct Probe {
    server: SocketAddr,
    path: String,
    is_https: bool,
}

impl Probe {
    /// That of a manifest: whether it is ready, or else whether it is alive.
    pub fn of(manifest: &str) -> Self {
        let documents = yaml::parse(manifest).unwrap();
        let containers = documents[0].get("spec").unwrap().get("containers").unwrap();
        let container = &containers.items()[0];
        let mut probes = ["readinessProbe", "livenessProbe"].iter();
        let probe = probes.find_map(|probe| container.get(probe)?.get("httpGet"));
        let text = |node: &Node, key| node.get(key).and_then(Node::text).unwrap().to_owned();
        let probe = probe.unwrap();
        let port = text(probe, "port");
        let named = container.get("ports").map_or(&[][..], Node::items);
        let named = named.iter().find(|one| text(one, "name") == port);
        let port = named.map_or(port, |one| text(one, "containerPort"));
        Probe {
            server: format!("{}:{port}", text(probe, "host")).parse().unwrap(),
            path: text(probe, "path"),
            is_https: text(probe, "scheme") == "HTTPS",
        }
    }

    /// Whether the pod is ready now.
    pub fn succeeds(&self) -> bool {
        if self.is_https {
            let answer = Client::trusting_all(self.server).ask("GET", &self.path, "");
            return answer.is_ok_and(|answer| answer.status == 200);
        }
        self.plain().is_some_and(|answer| answer.contains(" 200 "))
    }

    fn plain(&self) -> Option<String> {
        let mut stream = TcpStream::connect_timeout(&self.server, PATIENCE).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let request = format!("GET {} HTTP/1.0\r\n\r\n", self.path);
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }
}
