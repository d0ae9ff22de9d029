//! Whether a component says of itself that it is ready: it is asked as the kubelet asks, by the probe in
//! its manifest; where there is none, or it can be asked on its machine alone, by the path that it has
//! for that. The kubelet itself is asked at the port that it has for nothing else.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use cluster::graph::Presented;
use cluster::{Component, Inventory, Listener, Node, Pair, Process};

use super::dial::{self, Place};

/// As much of an answer is told as is said in a line.
const TOLD: usize = 300;

/// What a component says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It is ready, as it says here.
    Ready(String),
    /// It did not say so for as long as it was waited for, but this.
    Not(String),
    /// It cannot be asked, for this reason.
    Unasked(String),
    /// There is nobody to be asked.
    Unknown,
}

/// What came of a question.
pub(super) enum Said {
    /// It is ready.
    Ready,
    /// It is not, for this reason.
    Not(String),
    /// It answers, but not this.
    Nothing(String),
    /// Nobody answers there.
    Silent(String),
}

/// What a component is asked.
#[derive(Clone)]
pub(super) struct Probe {
    /// Where.
    pub place: Place,
    https: bool,
    path: String,
    /// Who asks, of whoever demands a certificate.
    own: Option<Arc<Pair>>,
    /// Who asks, of whoever lets no stranger ask.
    known: Option<Arc<Pair>>,
}

impl Probe {
    /// That of a component on the first node, as far as it can be reached.
    pub(super) fn of(
        inventory: &Inventory,
        component: Component,
        is_near: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        let node = inventory.nodes.first()?;
        let process = node.processes.get(&component)?;
        if component == Component::Kubelet {
            return Self::of_kubelet(process).filter(|probe| is_near(&probe.place.0));
        }
        let manifest = process.manifest.bytes();
        let manifest = manifest.and_then(|bytes| std::str::from_utf8(bytes).ok());
        let kubelets = manifest.and_then(Self::of_manifest);
        if let Some(probe) = kubelets.filter(|probe| is_near(&probe.place.0)) {
            return Some(probe.asked_by(node));
        }
        let listeners = Listener::of(inventory, 0, component).into_iter();
        let mut places = listeners.filter_map(|one| {
            let host = one.hosts.into_iter().find(|host| is_near(host))?;
            Some((host, one.port))
        });
        Self::at(places.next()?, component, inventory)
    }

    /// That of a component that serves at this place, asked by the first node.
    pub(super) fn at(place: Place, component: Component, asks: &Inventory) -> Option<Self> {
        let path = match component {
            // It reads through the quorum. Without room for more it still serves
            // (etcd `server/etcdserver/api/etcdhttp/health.go`).
            Component::Etcd => "/health?exclude=NOSPACE",
            Component::KubeApiserver => "/readyz",
            Component::KubeControllerManager | Component::KubeScheduler => "/healthz",
            _ => return None,
        };
        let is_demanded = component == Component::Etcd;
        let probe = Probe {
            place,
            https: true,
            path: path.to_owned(),
            own: is_demanded.then(|| serving(asks, component)).flatten(),
            known: None,
        };
        Some(probe.asked_by(asks.nodes.first()?))
    }

    /// What a kubelet is asked, on its machine alone unless it is set otherwise, and nowhere at port 0
    /// (`cmd/kubelet/app/server.go`, `pkg/kubelet/apis/config/v1beta1/defaults.go`).
    fn of_kubelet(process: &Process) -> Option<Self> {
        let value = |key: &str| process.settings.get(key).map(|setting| &*setting.value);
        let port = value("healthz-port").map_or(Ok(10248), str::parse).ok()?;
        let host = value("healthz-bind-address").filter(|host| !host.is_empty());
        let host = match host.map(|host| (host, host.parse())) {
            Some((_, Ok(IpAddr::V6(address)))) if address.is_unspecified() => "::1",
            Some((_, Ok(IpAddr::V4(address)))) if address.is_unspecified() => "127.0.0.1",
            Some((host, _)) => host,
            None => "127.0.0.1",
        };
        (port != 0).then(|| Probe {
            place: (host.to_owned(), port),
            https: false,
            path: "/healthz".to_owned(),
            own: None,
            known: None,
        })
    }

    /// What the kubelet asks to know whether a pod's first container is ready, or alive.
    fn of_manifest(manifest: &str) -> Option<Self> {
        let documents = yaml::parse(manifest).ok()?;
        let containers = documents.first()?.get("spec")?.get("containers")?;
        let container = containers.items().first()?;
        let probes = ["readinessProbe", "livenessProbe"].into_iter();
        let asked = probes.filter_map(|probe| container.get(probe)?.get("httpGet"));
        let asked = asked.into_iter().next()?;
        let port = asked.get("port")?.text()?;
        let is_named = |one: &&yaml::Node| one.get("name").and_then(yaml::Node::text) == Some(port);
        let named = || {
            let mut ports = container.get("ports")?.items().iter();
            ports.find(is_named)?.get("containerPort")?.text()
        };
        let number = port.parse().ok().or_else(|| named()?.parse().ok())?;
        let text = |key: &str| asked.get(key).and_then(yaml::Node::text);
        Some(Probe {
            place: (text("host").unwrap_or("127.0.0.1").to_owned(), number),
            https: text("scheme") == Some("HTTPS"),
            path: text("path").unwrap_or("/").to_owned(),
            own: None,
            known: None,
        })
    }

    fn asked_by(self, node: &Node) -> Self {
        let is_whole = |pair: &Arc<Pair>| pair.certificate.is_some() && pair.key.is_some();
        let kubeconfigs = node.kubeconfigs.values();
        let mut clients = kubeconfigs
            .filter_map(|used| used.parsed.as_ref().ok()?.client.clone().filter(is_whole));
        Probe {
            known: clients.next(),
            ..self
        }
    }

    /// Asks: first as a stranger, as the kubelet does, then, when strangers are told nothing, as one of
    /// the node's own.
    pub(super) fn ask(&self) -> Said {
        let said = self.ask_as(self.own.as_deref());
        match (&said, &self.known) {
            (Said::Nothing(_), Some(known)) if self.own.is_none() => match self.ask_as(Some(known))
            {
                Said::Nothing(_) => said,
                better => better,
            },
            _ => said,
        }
    }

    fn ask_as(&self, own: Option<&Pair>) -> Said {
        let answer = match dial::get(&self.place, self.https, &self.path, own) {
            Ok(answer) => answer,
            Err(dial::Failed::Silent(why)) => {
                return Said::Silent(format!(
                    "nothing answers at {}: {why}",
                    dial::at(&self.place)
                ));
            }
            Err(dial::Failed::Refused(why)) => {
                return Said::Nothing(format!("{self} takes no certificate of this node: {why}"));
            }
            Err(dial::Failed::Broken(why)) => return Said::Not(format!("{self}: {why}")),
        };
        match answer.status {
            200..=399 => Said::Ready,
            401 | 403 => Said::Nothing(format!(
                "{self} tells nothing to this node: {}",
                answer.status
            )),
            404 => Said::Nothing(format!("there is no {self}")),
            status => Said::Not(format!("{self} says {status}: {}", told(&answer.body))),
        }
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", dial::at(&self.place), self.path)
    }
}

/// The pair that a component of the first node serves with.
fn serving(inventory: &Inventory, component: Component) -> Option<Arc<Pair>> {
    let listeners = Listener::of(inventory, 0, component).into_iter();
    let mut pairs = listeners.filter_map(|one| match one.serving.default {
        Presented::Pair(pair) => Some(pair),
        _ => None,
    });
    pairs.next()
}

/// What an answer says is wrong: the checks that failed, where it tells checks apart
/// (`apiserver/pkg/server/healthz/healthz.go`), or how it begins.
fn told(body: &str) -> String {
    let failed: Vec<&str> = body
        .lines()
        .filter_map(|line| line.strip_prefix("[-]"))
        .collect();
    let text = match failed.as_slice() {
        [] => body.lines().next().unwrap_or_default().trim().to_owned(),
        failed => failed.join("; "),
    };
    text.chars().take(TOLD).collect()
}

#[cfg(test)]
mod tests {
    use cluster::Files;
    use cluster::files::Memory;

    use super::*;

    #[test]
    fn the_port_of_a_probe_may_have_a_name() {
        let manifest = "spec:\n  containers:\n  - ports:\n    - containerPort: 2381\n      name: probe-port\n    \
                        livenessProbe:\n      httpGet:\n        host: 127.0.0.1\n        path: /livez\n        port: probe-port\n";
        let asks = |manifest: &str| Probe::of_manifest(manifest).map(|probe| probe.to_string());
        assert_eq!(asks(manifest).unwrap(), "http://127.0.0.1:2381/livez");
        let number = manifest.replace("port: probe-port", "port: 10257\n        scheme: HTTPS");
        assert_eq!(asks(&number).unwrap(), "https://127.0.0.1:10257/livez");
        assert_eq!(asks("spec: {}"), None);
    }

    #[test]
    fn a_kubelet_is_asked_where_its_configuration_says() {
        let asks = |fields: &str, is_near: fn(&str) -> bool| {
            let text = format!("kind: KubeletConfiguration\n{fields}");
            let files = Memory::default().file("/var/lib/kubelet/config.yaml", text);
            let read = Inventory::read(vec![(None, Files::in_memory(files, false))]);
            Probe::of(&read, Component::Kubelet, is_near).map(|probe| probe.to_string())
        };
        let here = |_: &str| true;
        for (fields, expected) in [
            ("", Some("http://127.0.0.1:10248/healthz")),
            ("healthzPort: 0", None),
            (
                "healthzPort: 9\nhealthzBindAddress: 0.0.0.0",
                Some("http://127.0.0.1:9/healthz"),
            ),
            (
                "healthzBindAddress: '::'",
                Some("http://[::1]:10248/healthz"),
            ),
            (
                "healthzBindAddress: 10.0.0.1",
                Some("http://10.0.0.1:10248/healthz"),
            ),
            ("healthzPort: none", None),
        ] {
            assert_eq!(asks(fields, here).as_deref(), expected, "{fields}");
        }
        assert_eq!(asks("", |_| false), None);
    }

    #[test]
    fn the_checks_that_failed_are_told() {
        let body = "[+]ping ok\n[-]etcd failed: reason withheld\n[-]poststarthook/rbac failed: not finished\n\
                    readyz check failed\n";
        assert_eq!(
            told(body),
            "etcd failed: reason withheld; poststarthook/rbac failed: not finished"
        );
        let body = r#"{"health":"false","reason":"RAFT NO LEADER"}"#;
        assert_eq!(told(body), body);
        assert_eq!(told(""), "");
    }
}
