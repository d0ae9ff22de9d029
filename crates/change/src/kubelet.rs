//! The kubelet's configuration as kubeadm 1.36 writes it (`cmd/kubeadm/app/componentconfigs/kubelet.go`,
//! `phases/kubelet`).

use serde_json::{Value, json};

use crate::manifest::arguments::flags;
use crate::wish::{Cluster, Node};
use crate::{document, parse};

/// What the kubelet's configuration depends on besides the wish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Its own name; the kubelet is told the node's when it is another.
    pub host_name: Option<String>,
    /// Whether systemd-resolved runs, which has a file of its own for name servers.
    pub systemd_resolved: bool,
}

/// The files of `/var/lib/kubelet` by name: the configuration, what in it is this node's own, and
/// the flags.
pub fn files(cluster: &Cluster, node: &Node, machine: &Machine) -> Vec<(&'static str, String)> {
    let socket = &node.cri_socket;
    vec![
        ("config.yaml", configuration(cluster, node, machine)),
        (
            "instance-config.yaml",
            format!("containerRuntimeEndpoint: {socket:?}\n"),
        ),
        ("kubeadm-flags.env", environment(node, machine)),
    ]
}

/// kubeadm's choice, with what is wished over it, and what it insists on over that.
fn configuration(cluster: &Cluster, node: &Node, machine: &Machine) -> String {
    let mut configuration = defaults(cluster);
    if machine.systemd_resolved {
        configuration["resolvConf"] = json!("/run/systemd/resolve/resolv.conf");
    }
    for (field, value) in &cluster.kubelet {
        if is_worth_writing(field, value) {
            merge(&mut configuration[field], value);
        }
    }
    configuration["rotateCertificates"] = json!(true);
    configuration["containerRuntimeEndpoint"] = json!(node.cri_socket);
    document::write(configuration)
}

/// Fields that have no default are written all the same when their type cannot leave them out
/// (`k8s.io/kubelet/config/v1beta1`).
fn defaults(cluster: &Cluster) -> Value {
    json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "authentication": {
            "anonymous": {"enabled": false},
            "webhook": {"cacheTTL": NEVER, "enabled": true},
            "x509": {"clientCAFile": format!("{}/ca.crt", cluster.certificates_dir)},
        },
        "authorization": {
            "mode": "Webhook",
            "webhook": {"cacheAuthorizedTTL": NEVER, "cacheUnauthorizedTTL": NEVER},
        },
        "cgroupDriver": "systemd",
        "clusterDNS": [cluster_dns(cluster)],
        "clusterDomain": cluster.dns_domain,
        "cpuManagerReconcilePeriod": NEVER,
        "crashLoopBackOff": {},
        "evictionPressureTransitionPeriod": NEVER,
        "fileCheckFrequency": NEVER,
        "healthzBindAddress": "127.0.0.1",
        "healthzPort": 10248,
        "httpCheckFrequency": NEVER,
        "imageMaximumGCAge": NEVER,
        "imageMinimumGCAge": NEVER,
        "kind": "KubeletConfiguration",
        "logging": {
            "flushFrequency": 0,
            "options": {"json": {"infoBufferSize": "0"}, "text": {"infoBufferSize": "0"}},
            "verbosity": 0,
        },
        "memorySwap": {},
        "nodeStatusReportFrequency": NEVER,
        "nodeStatusUpdateFrequency": NEVER,
        "runtimeRequestTimeout": NEVER,
        "shutdownGracePeriod": NEVER,
        "shutdownGracePeriodCriticalPods": NEVER,
        "staticPodPath": "/etc/kubernetes/manifests",
        "streamingConnectionIdleTimeout": NEVER,
        "syncFrequency": NEVER,
        "volumeStatsAggPeriod": NEVER,
    })
}

/// A duration that the kubelet replaces by its own default.
const NEVER: &str = "0s";

/// The tenth address of the first service network (`GetDNSIP`).
fn cluster_dns(cluster: &Cluster) -> String {
    let network = parse::network(cluster.first_service_subnet());
    let address = network.and_then(|network| parse::indexed(&network, 10));
    address.map_or_else(|_| "10.96.0.10".to_owned(), |address| address.to_string())
}

fn merge(into: &mut Value, value: &Value) {
    match (into, value) {
        (Value::Object(into), Value::Object(entries)) => {
            for (key, value) in entries {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (_, Value::String(text)) if text.is_empty() => {}
        (into, Value::String(text)) if *into == json!(NEVER) => {
            *into = json!(duration(text).unwrap_or_else(|| text.clone()));
        }
        (_, Value::Null) => {}
        (into, value) => *into = value.clone(),
    }
}

/// A field that is nothing is not told from one that is not there, but for those that the kubelet
/// has a pointer for.
fn is_worth_writing(field: &str, value: &Value) -> bool {
    const POINTERS: [&str; 35] = [
        "containerLogMaxFiles",
        "containerLogMaxWorkers",
        "cpuCFSQuota",
        "cgroupsPerQOS",
        "enableControllerAttachDetach",
        "enableDebugFlagsHandler",
        "enableDebuggingHandlers",
        "enableProfilingHandler",
        "enableServer",
        "enableSystemLogHandler",
        "enableSystemLogQuery",
        "eventRecordQPS",
        "failCgroupV1",
        "failSwapOn",
        "healthzPort",
        "imageGCHighThresholdPercent",
        "imageGCLowThresholdPercent",
        "iptablesDropBit",
        "iptablesMasqueradeBit",
        "kubeAPIQPS",
        "localStorageCapacityIsolation",
        "makeIPTablesUtilChains",
        "maxParallelImagePulls",
        "memoryThrottlingFactor",
        "mergeDefaultEvictionSettings",
        "nodeStatusMaxImages",
        "oomScoreAdj",
        "podPidsLimit",
        "registerNode",
        "registryPullQPS",
        "resolvConf",
        "seccompDefault",
        "serializeImagePulls",
        "singleProcessOOMKill",
        "tracing",
    ];
    let is_nothing = match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
    };
    !is_nothing || (POINTERS.contains(&field) && !value.is_null())
}

/// A duration as Go writes it, with every unit below the first; `None` when it is not in whole
/// seconds.
fn duration(text: &str) -> Option<String> {
    let seconds = parse::duration(text).ok()?;
    if seconds < 0 || text.contains(['.', 'n', 'u']) || text.contains("ms") {
        return None;
    }
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    Some(match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    })
}

/// The flags as a shell's variable (`WriteKubeletDynamicEnvFile`).
fn environment(node: &Node, machine: &Machine) -> String {
    let name = Some(&node.name).filter(|name| machine.host_name.as_ref() != Some(*name));
    let name = name.map(|name| ("hostname-override", name.clone()));
    let flags = flags(name.into_iter().collect(), &node.kubelet_extra_args);
    format!("KUBELET_KUBEADM_ARGS={:?}\n", flags.join(" "))
}
