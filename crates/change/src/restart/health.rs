//! Whether a static pod of this machine has been made anew, and takes connections.

use std::collections::BTreeSet;
use std::fs;
use std::net::{TcpStream, ToSocketAddrs};
use std::thread::sleep;
use std::time::{Duration, Instant};

use cluster::Component;

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

/// Waits until none of the processes of before is there any more, another is, and the address that
/// the kubelet asks takes connections. Whether that came about in time.
pub(super) fn comes_up(
    component: Component,
    before: &BTreeSet<u32>,
    probe: Option<&(String, u16)>,
) -> bool {
    let began = Instant::now();
    loop {
        let now = processes(component);
        if !now.is_empty() && now.is_disjoint(before) && probe.is_none_or(connects) {
            return true;
        }
        if began.elapsed() > PATIENCE {
            return false;
        }
        sleep(Duration::from_millis(500));
    }
}

fn connects((host, port): &(String, u16)) -> bool {
    let addresses = (host.as_str(), *port).to_socket_addrs();
    let mut addresses = addresses.into_iter().flatten();
    addresses.any(|address| TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok())
}

/// The address that the kubelet asks whether a pod's first container is ready, or alive.
pub(super) fn probe(manifest: &str) -> Option<(String, u16)> {
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
    Some((host.unwrap_or("127.0.0.1").to_owned(), number))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use super::*;

    #[test]
    fn the_address_of_a_probe_may_have_a_name() {
        let manifest = "spec:\n  containers:\n  - ports:\n    - containerPort: 2381\n      name: probe-port\n    \
                        livenessProbe:\n      httpGet:\n        host: 127.0.0.1\n        port: probe-port\n";
        assert_eq!(probe(manifest), Some(("127.0.0.1".to_owned(), 2381)));
        let number = manifest.replace("port: probe-port", "port: 10257");
        assert_eq!(probe(&number), Some(("127.0.0.1".to_owned(), 10257)));
        assert_eq!(probe("spec: {}"), None);
    }

    #[test]
    fn a_new_process_that_listens_is_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = (
            "127.0.0.1".to_owned(),
            listener.local_addr().unwrap().port(),
        );
        let before = processes(Component::KubeProxy);
        let mut child = Command::new("sleep")
            .arg0("/usr/local/bin/kube-proxy")
            .arg("60")
            .spawn()
            .unwrap();
        let up = !before.is_empty() || comes_up(Component::KubeProxy, &before, Some(&at));
        let is_there = processes(Component::KubeProxy).contains(&child.id());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_there && up);
    }
}
