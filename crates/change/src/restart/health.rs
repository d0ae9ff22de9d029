//! Whether a static pod of this machine has been made anew, and says that it is healthy.

use std::collections::BTreeSet;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use cluster::Component;

use super::dial::{self, Place};

/// How long a component may take to come up again; kubeadm gives its control plane four minutes.
pub(super) const PATIENCE: Duration = Duration::from_secs(300);

/// The processes of a program.
pub(super) fn processes(component: Component) -> BTreeSet<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| runs(*id, component)).collect()
}

fn runs(id: u32, component: Component) -> bool {
    let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    let program = line.split(|byte| *byte == 0).next().unwrap_or_default();
    let name = program.rsplit(|byte| *byte == b'/').next();
    name == Some(component.name().as_bytes())
}

/// Waits until none of the processes of before is there any more, and another is. Whether that came
/// about in time.
pub(super) fn is_another(component: Component, before: &BTreeSet<u32>) -> bool {
    let began = Instant::now();
    loop {
        let now = processes(component);
        if !now.is_empty() && now.is_disjoint(before) {
            return true;
        }
        if began.elapsed() > PATIENCE {
            return false;
        }
        sleep(Duration::from_millis(500));
    }
}

/// What the kubelet asks a container for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Probe {
    /// Where.
    pub place: Place,
    https: bool,
    path: String,
}

impl Probe {
    /// Whether it is healthy. Who does not let strangers ask is there, at least.
    pub(super) fn is_healthy(&self) -> bool {
        let status = dial::status(&self.place, self.https, &self.path);
        status.is_ok_and(|status| matches!(status, 200..=399 | 401 | 403))
    }
}

/// What the kubelet asks to know whether a pod's first container is ready, or alive.
pub(super) fn probe(manifest: &str) -> Option<Probe> {
    let documents = yaml::parse(manifest).ok()?;
    let containers = documents.first()?.get("spec")?.get("containers")?;
    let container = containers.items().first()?;
    let probes = ["readinessProbe", "livenessProbe"].into_iter();
    let asked = probes.filter_map(|probe| container.get(probe)?.get("httpGet"));
    let asked = asked.into_iter().next()?;
    let host = asked.get("host").and_then(yaml::Node::text);
    let port = asked.get("port")?.text()?;
    let is_named = |one: &&yaml::Node| one.get("name").and_then(yaml::Node::text) == Some(port);
    let named = || {
        let ports = container.get("ports")?.items().iter();
        ports
            .clone()
            .find(is_named)?
            .get("containerPort")?
            .text()?
            .parse()
            .ok()
    };
    let number = port.parse().ok().or_else(named)?;
    let text = |key: &str| asked.get(key).and_then(yaml::Node::text);
    Some(Probe {
        place: (host.unwrap_or("127.0.0.1").to_owned(), number),
        https: text("scheme") == Some("HTTPS"),
        path: text("path").unwrap_or("/").to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use super::*;

    #[test]
    fn the_port_of_a_probe_may_have_a_name() {
        let manifest = "spec:\n  containers:\n  - ports:\n    - containerPort: 2381\n      name: probe-port\n    \
                        livenessProbe:\n      httpGet:\n        host: 127.0.0.1\n        path: /livez\n        port: probe-port\n";
        let expected = Probe {
            place: ("127.0.0.1".to_owned(), 2381),
            https: false,
            path: "/livez".to_owned(),
        };
        assert_eq!(probe(manifest), Some(expected));
        let number = manifest.replace("port: probe-port", "port: 10257\n        scheme: HTTPS");
        let expected = Probe {
            place: ("127.0.0.1".to_owned(), 10257),
            https: true,
            path: "/livez".to_owned(),
        };
        assert_eq!(probe(&number), Some(expected));
        assert_eq!(probe("spec: {}"), None);
    }

    #[test]
    fn another_process_is_seen() {
        let before = processes(Component::KubeProxy);
        let mut child = Command::new("sleep")
            .arg0("/usr/local/bin/kube-proxy")
            .arg("60")
            .spawn()
            .unwrap();
        let is_another = !before.is_empty() || is_another(Component::KubeProxy, &before);
        let is_there = processes(Component::KubeProxy).contains(&child.id());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_there && is_another);
    }
}
