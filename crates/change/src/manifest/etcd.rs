//! etcd (`GetEtcdPodSpec`, `cmd/kubeadm/app/phases/etcd/local.go`).

use std::net::SocketAddr;

use serde_json::json;

use super::arguments::{Default, command, last};
use super::pod::{Pod, Probes, environment};
use super::volumes::FOLDER;
use super::{Surroundings, https, images, loopback};
use crate::wish::{Cluster, LocalEtcd, Node, Volume};

const NAME: &str = "etcd";

/// Where it serves clients, peers, and whoever asks how it is.
const CLIENTS: u16 = 2379;
const PEERS: u16 = 2380;
const METRICS: u16 = 2381;

pub(super) fn pod(
    etcd: &LocalEtcd,
    cluster: &Cluster,
    node: &Node,
    surroundings: &Surroundings,
) -> Pod {
    let flags = flags(etcd, cluster, node, surroundings);
    Pod {
        name: NAME,
        image: images::etcd(etcd, cluster),
        command: command(NAME, flags, &etcd.extra_args),
        environment: environment(&[], &etcd.extra_envs),
        annotation: Some((
            "kubeadm.kubernetes.io/etcd.advertise-client-urls",
            https(node.advertise_address, CLIENTS),
        )),
        requests: json!({"cpu": "100m", "memory": "100Mi"}),
        probes: probes(etcd, node),
        volumes: vec![
            folder("etcd-data", &etcd.data_dir),
            folder("etcd-certs", &format!("{}/etcd", cluster.certificates_dir)),
        ],
    }
}

fn flags(
    etcd: &LocalEtcd,
    cluster: &Cluster,
    node: &Node,
    surroundings: &Surroundings,
) -> Vec<Default> {
    let pki = |file: &str| format!("{}/etcd/{file}", cluster.certificates_dir);
    let clients = https(node.advertise_address, CLIENTS);
    let peers = https(node.advertise_address, PEERS);
    let listen = format!("{},{clients}", https(loopback(node), CLIENTS));
    let metrics = format!("http://{}", SocketAddr::new(loopback(node), METRICS));
    let mut flags = vec![
        ("advertise-client-urls", clients),
        ("cert-file", pki("server.crt")),
        ("client-cert-auth", "true".to_owned()),
        ("data-dir", etcd.data_dir.clone()),
        ("feature-gates", "InitialCorruptCheck=true".to_owned()),
        ("initial-advertise-peer-urls", peers.clone()),
        ("initial-cluster", members(node, surroundings)),
        ("key-file", pki("server.key")),
        ("listen-client-urls", listen),
        ("listen-metrics-urls", metrics),
        ("listen-peer-urls", peers),
        ("name", node.name.clone()),
        ("peer-cert-file", pki("peer.crt")),
        ("peer-client-cert-auth", "true".to_owned()),
        ("peer-key-file", pki("peer.key")),
        ("peer-trusted-ca-file", pki("ca.crt")),
        ("snapshot-count", "10000".to_owned()),
        ("trusted-ca-file", pki("ca.crt")),
        ("watch-progress-notify-interval", "5s".to_owned()),
    ];
    if surroundings.existing {
        flags.push(("initial-cluster-state", "existing".to_owned()));
    }
    flags
}

fn members(node: &Node, surroundings: &Surroundings) -> String {
    let member = |name: &str, address| format!("{name}={}", https(address, PEERS));
    if surroundings.members.is_empty() {
        return member(&node.name, node.advertise_address);
    }
    let members = surroundings.members.iter();
    let members: Vec<String> = members.map(|(name, ip)| member(name, *ip)).collect();
    members.join(",")
}

/// At the first of the URLs for metrics; a part that is not said, or no URL at all, is as kubeadm
/// has it (`GetEtcdProbeEndpoint`).
fn probes(etcd: &LocalEtcd, node: &Node) -> Probes {
    let given = last(&etcd.extra_args, "listen-metrics-urls").unwrap_or_default();
    let first = given.split(',').next().unwrap_or_default();
    let (scheme, host, port) = parts(first).unwrap_or_default();
    Probes {
        scheme: match scheme.eq_ignore_ascii_case("https") {
            true => "HTTPS",
            false => "HTTP",
        },
        host: match host {
            "" => loopback(node).to_string(),
            host => host.to_owned(),
        },
        port: port.unwrap_or(METRICS),
        live: "/livez",
        ready: Some("/readyz"),
        start: "/readyz",
        patience: node.health_check_timeout,
    }
}

/// The scheme, the host without brackets, and the port of a URL.
fn parts(url: &str) -> Option<(&str, &str, Option<u16>)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            (host, rest.strip_prefix(':').unwrap_or_default())
        }
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let port = port.parse().ok().filter(|port| *port > 0);
    Some((scheme, host, port))
}

fn folder(name: &str, path: &str) -> Volume {
    Volume {
        name: name.to_owned(),
        host_path: path.to_owned(),
        mount_path: path.to_owned(),
        read_only: false,
        path_type: FOLDER.to_owned(),
    }
}
