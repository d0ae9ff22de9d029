//! kube-apiserver (`getAPIServerCommand`, `cmd/kubeadm/app/phases/controlplane/manifests.go`).

use serde_json::json;

use super::arguments::{Default, command, last};
use super::pod::{Pod, Probes, environment, probe_host};
use super::{Surroundings, https, images, loopback, volumes};
use crate::wish::{Argument, Cluster, Etcd, ExternalEtcd, LocalEtcd, Node};

const NAME: &str = "kube-apiserver";

pub(super) fn pod(cluster: &Cluster, node: &Node, surroundings: &Surroundings) -> Pod {
    let wish = &cluster.api_server;
    let mut mounts = volumes::certificates(cluster, surroundings);
    mounts.extend(volumes::external_etcd(cluster));
    Pod {
        name: NAME,
        image: images::kubernetes(NAME, cluster),
        command: command(NAME, flags(cluster, node), &wish.extra_args),
        environment: environment(&surroundings.proxies, &wish.extra_envs),
        annotation: Some((
            "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint",
            node.endpoint(),
        )),
        requests: json!({"cpu": "250m"}),
        probes: Probes {
            scheme: "HTTPS",
            host: probe_host(&node.advertise_address.to_string()),
            port: node.bind_port,
            live: "/livez",
            ready: Some("/readyz"),
            start: "/livez",
            patience: node.health_check_timeout,
        },
        volumes: volumes::merged(mounts, &wish.extra_volumes),
    }
}

fn flags(cluster: &Cluster, node: &Node) -> Vec<Default> {
    let pki = |file: &str| format!("{}/{file}", cluster.certificates_dir);
    let issuer = format!("https://kubernetes.default.svc.{}", cluster.dns_domain);
    let mut flags = vec![
        ("advertise-address", node.advertise_address.to_string()),
        ("allow-privileged", "true".to_owned()),
        ("client-ca-file", pki("ca.crt")),
        ("enable-admission-plugins", "NodeRestriction".to_owned()),
        ("enable-bootstrap-token-auth", "true".to_owned()),
        (
            "kubelet-client-certificate",
            pki("apiserver-kubelet-client.crt"),
        ),
        ("kubelet-client-key", pki("apiserver-kubelet-client.key")),
        (
            "kubelet-preferred-address-types",
            "InternalIP,ExternalIP,Hostname".to_owned(),
        ),
        ("proxy-client-cert-file", pki("front-proxy-client.crt")),
        ("proxy-client-key-file", pki("front-proxy-client.key")),
        (
            "requestheader-allowed-names",
            "front-proxy-client".to_owned(),
        ),
        ("requestheader-client-ca-file", pki("front-proxy-ca.crt")),
        (
            "requestheader-extra-headers-prefix",
            "X-Remote-Extra-".to_owned(),
        ),
        ("requestheader-group-headers", "X-Remote-Group".to_owned()),
        ("requestheader-username-headers", "X-Remote-User".to_owned()),
        ("secure-port", node.bind_port.to_string()),
        ("service-account-issuer", issuer),
        ("service-account-key-file", pki("sa.pub")),
        ("service-account-signing-key-file", pki("sa.key")),
        ("service-cluster-ip-range", cluster.service_subnet.clone()),
        ("tls-cert-file", pki("apiserver.crt")),
        ("tls-private-key-file", pki("apiserver.key")),
    ];
    flags.extend(match &cluster.etcd {
        Etcd::Local(etcd) => local_etcd(etcd, cluster, node),
        Etcd::External(etcd) => external_etcd(etcd),
    });
    flags.extend(authorization(&cluster.api_server.extra_args));
    flags
}

/// etcd on the same node; where it says that clients find it goes before the loopback address.
fn local_etcd(etcd: &LocalEtcd, cluster: &Cluster, node: &Node) -> Vec<Default> {
    let pki = |file: &str| format!("{}/{file}", cluster.certificates_dir);
    let servers = last(&etcd.extra_args, "advertise-client-urls")
        .map_or_else(|| https(loopback(node), 2379), str::to_owned);
    vec![
        ("etcd-servers", servers),
        ("etcd-cafile", pki("etcd/ca.crt")),
        ("etcd-certfile", pki("apiserver-etcd-client.crt")),
        ("etcd-keyfile", pki("apiserver-etcd-client.key")),
    ]
}

fn external_etcd(etcd: &ExternalEtcd) -> Vec<Default> {
    let mut flags = vec![("etcd-servers", etcd.endpoints.join(","))];
    if !etcd.ca_file.is_empty() {
        flags.push(("etcd-cafile", etcd.ca_file.clone()));
    }
    if !etcd.cert_file.is_empty() && !etcd.key_file.is_empty() {
        flags.push(("etcd-certfile", etcd.cert_file.clone()));
        flags.push(("etcd-keyfile", etcd.key_file.clone()));
    }
    flags
}

/// No modes beside a file that says who may do what. Given ones stand where they are given.
fn authorization(given: &[Argument]) -> Option<Default> {
    let by_file = last(given, "authorization-config").is_some();
    (!by_file).then(|| ("authorization-mode", "Node,RBAC".to_owned()))
}
