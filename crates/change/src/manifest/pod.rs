//! The pod that all components are alike in (`cmd/kubeadm/app/util/staticpod/utils.go`).

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::document;
use crate::wish::Volume;

/// What the pods differ in.
pub(super) struct Pod {
    /// Its name, which is the component's.
    pub name: &'static str,
    /// The container's image.
    pub image: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The environment of the program, by name.
    pub environment: BTreeMap<String, String>,
    /// What it is annotated with.
    pub annotation: Option<(&'static str, String)>,
    /// What it asks of a node.
    pub requests: Value,
    /// Where the kubelet asks how it is.
    pub probes: Probes,
    /// What is mounted, in the order of the mounts.
    pub volumes: Vec<Volume>,
}

/// Where and how often the kubelet asks how a pod is.
pub(super) struct Probes {
    /// `HTTP` or `HTTPS`.
    pub scheme: &'static str,
    /// Whom it asks; nobody for the pod's own address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether it lives.
    pub live: &'static str,
    /// Whether it is ready.
    pub ready: Option<&'static str>,
    /// Whether it has started.
    pub start: &'static str,
    /// How long it may take to start.
    pub patience: Duration,
}

/// How often something may fail that is asked for every so many seconds, and how long it is let
/// alone first.
struct Pace {
    delay: Option<u32>,
    period: u32,
    failures: u32,
}

/// The name of the port that probes go to.
const PORT: &str = "probe-port";

impl Pod {
    /// The text of the file.
    pub fn manifest(&self) -> String {
        document::write(json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "annotations": self.annotation.as_ref().map(|(key, value)| json!({*key: value})),
                "labels": {"component": self.name, "tier": "control-plane"},
                "name": self.name,
                "namespace": "kube-system",
            },
            "spec": {
                "containers": [self.container()],
                "hostNetwork": true,
                "priority": 2_000_001_000,
                "priorityClassName": "system-node-critical",
                "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
                "volumes": self.volumes(),
            },
            "status": {},
        }))
    }

    fn container(&self) -> Value {
        json!({
            "command": self.command,
            "env": self.environment(),
            "image": self.image,
            "imagePullPolicy": "IfNotPresent",
            "livenessProbe": self.probes.liveness(),
            "name": self.name,
            "ports": [{"containerPort": self.probes.port, "name": PORT, "protocol": "TCP"}],
            "readinessProbe": self.probes.readiness(),
            "resources": {"requests": self.requests},
            "startupProbe": self.probes.startup(),
            "volumeMounts": self.volumes.iter().map(mount).collect::<Value>(),
        })
    }

    fn environment(&self) -> Option<Value> {
        let variable = |(name, value): (&String, &String)| json!({"name": name, "value": document::non_empty(value)});
        let variables = self.environment.iter().map(variable);
        (!self.environment.is_empty()).then(|| variables.collect())
    }

    fn volumes(&self) -> Value {
        let mut volumes: Vec<&Volume> = self.volumes.iter().collect();
        volumes.sort_by_key(|volume| &volume.name);
        let volume = |volume: &Volume| {
            let host_path = json!({"path": volume.host_path, "type": volume.path_type});
            json!({"hostPath": host_path, "name": volume.name})
        };
        volumes.into_iter().map(volume).collect()
    }
}

impl Probes {
    fn liveness(&self) -> Value {
        let pace = Pace {
            delay: Some(10),
            period: 10,
            failures: 8,
        };
        self.probe(self.live, pace)
    }

    fn readiness(&self) -> Option<Value> {
        let pace = Pace {
            delay: None,
            period: 1,
            failures: 3,
        };
        self.ready.map(|path| self.probe(path, pace))
    }

    fn startup(&self) -> Value {
        let failures = self.patience.as_nanos().div_ceil(10_000_000_000);
        let pace = Pace {
            delay: Some(10),
            period: 10,
            failures: u32::try_from(failures).unwrap_or(i32::MAX as u32),
        };
        self.probe(self.start, pace)
    }

    fn probe(&self, path: &str, pace: Pace) -> Value {
        json!({
            // What is nothing is not written.
            "failureThreshold": Some(pace.failures).filter(|failures| *failures > 0),
            "httpGet": {
                "host": document::non_empty(&self.host),
                "path": path,
                "port": PORT,
                "scheme": self.scheme,
            },
            "initialDelaySeconds": pace.delay,
            "periodSeconds": pace.period,
            "timeoutSeconds": 15,
        })
    }
}

/// Whom to ask when a component listens at an address: the unspecified one is nobody's
/// (`getProbeAddress`).
pub(super) fn probe_host(address: &str) -> String {
    match address {
        "0.0.0.0" | "::" => String::new(),
        address => address.to_owned(),
    }
}

/// What somebody wants in the environment goes before what is found there.
pub(super) fn environment(
    found: &[(String, String)],
    given: &[(String, String)],
) -> BTreeMap<String, String> {
    found.iter().chain(given).cloned().collect()
}

fn mount(volume: &Volume) -> Value {
    json!({
        "mountPath": volume.mount_path,
        "name": volume.name,
        "readOnly": volume.read_only.then_some(true),
    })
}
