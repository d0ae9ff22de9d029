//! Where a process listens, and what it presents there.

use std::net::IpAddr;

use super::{Builder, kubelet};
use crate::component::Component;
use crate::graph::{Listener, Presented, Serving};
use crate::process::Process;
use crate::url::Url;

/// Where a component of a node listens for TLS.
pub(super) fn all(builder: &Builder<'_>, node: usize, component: Component) -> Vec<Listener> {
    let process = builder.process(node, component);
    let Some(process) = process.filter(|process| process.is_present()) else {
        return Vec::new();
    };
    match component {
        Component::Etcd => etcd(builder, node, process),
        Component::KubeApiserver => {
            let advertised = builder.advertised(node).map(|address| address.host);
            let serving = builder.apiserver_serving(node);
            secure(process, "bind-address", "secure-port", 6443)
                .map(|place| listener(place, advertised, serving))
                .into_iter()
                .collect()
        }
        Component::KubeControllerManager => delegating(builder, node, process, 10257),
        Component::KubeScheduler => delegating(builder, node, process, 10259),
        Component::Kubelet => {
            let told = kubelet::address(builder, node, process).map(|address| address.host);
            let serving = kubelet::serving(builder, node, process);
            secure(process, "address", "port", 10250)
                .map(|place| listener(place, told, serving))
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Client, peer and metrics ports; the last presents what the first does
/// (etcd `server/embed/etcd.go`, `serveMetrics`).
fn etcd(builder: &Builder<'_>, node: usize, process: &Process) -> Vec<Listener> {
    let ports = [
        ("listen-client-urls", "cert-file"),
        ("listen-peer-urls", "peer-cert-file"),
        ("listen-metrics-urls", "cert-file"),
    ];
    let told = process.settings.list("advertise-client-urls");
    let told = told.first().and_then(|url| Url::parse(&url.value));
    let told = told.map(|url| url.host);
    let mut found = Vec::new();
    for (urls, certificate) in ports {
        let Some(pair) = builder.pair(node, process, certificate) else {
            continue;
        };
        let urls = process.settings.list(urls);
        let urls = urls.iter().filter_map(|url| Url::parse(&url.value));
        found.extend(urls.filter(|url| url.scheme == "https").map(|url| {
            let serving = Presented::Pair(pair.clone()).into();
            listener((url.host, url.port), told.clone(), serving)
        }));
    }
    found
}

/// Without a certificate of its own it makes one, which no file has.
fn delegating(builder: &Builder<'_>, node: usize, process: &Process, port: u16) -> Vec<Listener> {
    let serving = match builder.pair(node, process, "tls-cert-file") {
        Some(pair) => Presented::Pair(pair),
        None => Presented::SelfSigned,
    };
    let serving = Serving {
        default: serving,
        by_name: process.named_pairs(&builder.node(node).files, "tls-sni-cert-key"),
    };
    let advertised = builder.advertised(node).map(|address| address.host);
    secure(process, "bind-address", "secure-port", port)
        .map(|place| listener(place, advertised, serving))
        .into_iter()
        .collect()
}

/// Address and port; nothing when the port is 0, which means none.
fn secure(process: &Process, address: &str, port: &str, usual: u16) -> Option<(String, u16)> {
    let value = |key: &str| process.settings.get(key).map(|setting| &*setting.value);
    let port = match value(port) {
        Some(port) => port.parse().ok()?,
        None => usual,
    };
    let host = value(address).filter(|host| !host.is_empty());
    (port != 0).then(|| (host.unwrap_or("0.0.0.0").to_owned(), port))
}

fn listener((host, port): (String, u16), told: Option<String>, serving: Serving) -> Listener {
    let hosts = match host.parse() {
        Ok(IpAddr::V4(address)) if address.is_unspecified() => {
            ["127.0.0.1".to_owned()].into_iter().chain(told).collect()
        }
        Ok(IpAddr::V6(address)) if address.is_unspecified() => {
            ["::1".to_owned()].into_iter().chain(told).collect()
        }
        _ => vec![host],
    };
    Listener {
        hosts,
        port,
        serving,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::Memory;
    use crate::graph::Presented;
    use crate::{Files, Inventory};

    fn listeners(file: &str, arguments: &str, component: Component) -> Vec<Listener> {
        let text = format!(
            "kind: Pod\nmetadata: {{name: {file}}}\nspec:\n  hostNetwork: true\n  containers:\n  - name: {file}\n    \
             command: [{file}, {arguments}]\n    volumeMounts: [{{name: p, mountPath: /pki}}]\n  \
             volumes: [{{name: p, hostPath: {{path: /pki}}}}]\n"
        );
        let memory = Memory::default().file(
            &format!("/etc/kubernetes/manifests/{file}.yaml"),
            text.into_bytes(),
        );
        let inventory = Inventory::read(vec![(None, Files::in_memory(memory, false))]);
        Listener::of(&inventory, 0, component)
    }

    #[test]
    fn etcd_listens_where_its_urls_say() {
        let found = listeners(
            "etcd",
            "'--listen-client-urls=https://127.0.0.1:2379,https://[fd00::1]:2379', --cert-file=/pki/server.crt, \
             --key-file=/pki/server.key, '--listen-peer-urls=https://0.0.0.0:2380', --peer-cert-file=/pki/peer.crt, \
             --peer-key-file=/pki/peer.key, '--listen-metrics-urls=http://127.0.0.1:2381', \
             '--advertise-client-urls=https://10.0.0.1:2379'",
            Component::Etcd,
        );
        let places: Vec<_> = found
            .iter()
            .map(|it| (it.hosts.join(" "), it.port))
            .collect();
        let place = |hosts: &str, port| (hosts.to_owned(), port);
        assert_eq!(
            places,
            [
                place("127.0.0.1", 2379),
                place("fd00::1", 2379),
                place("127.0.0.1 10.0.0.1", 2380)
            ]
        );
        let path = |it: &Listener| match &it.serving.default {
            Presented::Pair(pair) => pair.certificate.as_ref()?.path().map(Arc::clone),
            _ => None,
        };
        assert_eq!(path(&found[2]).as_deref(), Some("/pki/peer.crt"));
    }

    #[test]
    fn defaults_are_the_components_own() {
        let place = |arguments: &str, name: &str, component| {
            let found = listeners(name, arguments, component);
            found.first().map(|it| (it.hosts.join(" "), it.port))
        };
        assert_eq!(
            place(
                "--advertise-address=10.0.0.1",
                "kube-apiserver",
                Component::KubeApiserver
            ),
            Some(("127.0.0.1 10.0.0.1".to_owned(), 6443))
        );
        assert_eq!(
            place(
                "--bind-address=127.0.0.1",
                "kube-scheduler",
                Component::KubeScheduler
            ),
            Some(("127.0.0.1".to_owned(), 10259))
        );
        assert_eq!(
            place(
                "--secure-port=0",
                "kube-controller-manager",
                Component::KubeControllerManager
            ),
            None
        );
    }
}
