//! kube-scheduler (`getSchedulerCommand`, `cmd/kubeadm/app/phases/controlplane/manifests.go`).

use serde_json::json;

use super::Surroundings;
use super::arguments::{command, last};
use super::pod::{Pod, Probes, environment, probe_host};
use super::{images, volumes};
use crate::wish::{Cluster, Node};

const NAME: &str = "kube-scheduler";
const KUBECONFIG: &str = "/etc/kubernetes/scheduler.conf";

pub(super) fn pod(cluster: &Cluster, node: &Node, surroundings: &Surroundings) -> Pod {
    let wish = &cluster.scheduler;
    let address = last(&wish.extra_args, "bind-address").unwrap_or("127.0.0.1");
    Pod {
        name: NAME,
        image: images::kubernetes(NAME, cluster),
        command: command(NAME, flags(), &wish.extra_args),
        environment: environment(&surroundings.proxies, &wish.extra_envs),
        annotation: None,
        requests: json!({"cpu": "100m"}),
        probes: Probes {
            scheme: "HTTPS",
            host: probe_host(address),
            port: 10259,
            live: "/livez",
            ready: Some("/readyz"),
            start: "/livez",
            patience: node.health_check_timeout,
        },
        volumes: volumes::merged(vec![volumes::kubeconfig(KUBECONFIG)], &wish.extra_volumes),
    }
}

fn flags() -> Vec<(&'static str, String)> {
    let flags = [
        ("authentication-kubeconfig", KUBECONFIG),
        ("authorization-kubeconfig", KUBECONFIG),
        ("bind-address", "127.0.0.1"),
        ("kubeconfig", KUBECONFIG),
        ("leader-elect", "true"),
    ];
    flags.map(|(name, value)| (name, value.to_owned())).into()
}
