//! kube-controller-manager (`getControllerManagerCommand`,
//! `cmd/kubeadm/app/phases/controlplane/manifests.go`).

use serde_json::json;

use super::Surroundings;
use super::arguments::{command, last};
use super::pod::{Pod, Probes, environment, probe_host};
use super::{images, volumes};
use crate::wish::{Cluster, Node};

const NAME: &str = "kube-controller-manager";
const KUBECONFIG: &str = "/etc/kubernetes/controller-manager.conf";

pub(super) fn pod(cluster: &Cluster, node: &Node, surroundings: &Surroundings) -> Pod {
    let wish = &cluster.controller_manager;
    let address = last(&wish.extra_args, "bind-address").unwrap_or("127.0.0.1");
    let mut mounts = volumes::certificates(cluster, surroundings);
    mounts.push(volumes::kubeconfig(KUBECONFIG));
    Pod {
        name: NAME,
        image: images::kubernetes(NAME, cluster),
        command: command(NAME, flags(cluster, surroundings), &wish.extra_args),
        environment: environment(&surroundings.proxies, &wish.extra_envs),
        annotation: None,
        requests: json!({"cpu": "200m"}),
        probes: Probes {
            scheme: "HTTPS",
            host: probe_host(address),
            port: 10257,
            live: "/healthz",
            ready: None,
            start: "/healthz",
            patience: node.health_check_timeout,
        },
        volumes: volumes::merged(mounts, &wish.extra_volumes),
    }
}

fn flags(cluster: &Cluster, surroundings: &Surroundings) -> Vec<(&'static str, String)> {
    let pki = |file: &str| format!("{}/{file}", cluster.certificates_dir);
    let ca = pki("ca.crt");
    let mut flags = vec![
        ("authentication-kubeconfig", KUBECONFIG.to_owned()),
        ("authorization-kubeconfig", KUBECONFIG.to_owned()),
        ("bind-address", "127.0.0.1".to_owned()),
        ("client-ca-file", ca.clone()),
        ("controllers", "*,bootstrapsigner,tokencleaner".to_owned()),
        ("kubeconfig", KUBECONFIG.to_owned()),
        ("leader-elect", "true".to_owned()),
        ("requestheader-client-ca-file", pki("front-proxy-ca.crt")),
        (
            "root-ca-file",
            surroundings.trust_bundle.clone().unwrap_or(ca.clone()),
        ),
        ("service-account-private-key-file", pki("sa.key")),
        ("use-service-account-credentials", "true".to_owned()),
    ];
    // Without a key the controllers that sign must not start.
    let (certificate, key) = match surroundings.external_ca {
        true => (String::new(), String::new()),
        false => (
            surroundings.signing_cert.clone().unwrap_or(ca),
            pki("ca.key"),
        ),
    };
    flags.push(("cluster-signing-cert-file", certificate));
    flags.push(("cluster-signing-key-file", key));
    if let Some(pods) = &cluster.pod_subnet {
        flags.push(("allocate-node-cidrs", "true".to_owned()));
        flags.push(("cluster-cidr", pods.clone()));
        flags.push(("service-cluster-ip-range", cluster.service_subnet.clone()));
    }
    if !cluster.name.is_empty() {
        flags.push(("cluster-name", cluster.name.clone()));
    }
    flags
}
