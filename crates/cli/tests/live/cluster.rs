//! A control plane of real components, a machine for every node, which run by their manifests.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::https::{Client, Credentials};
use crate::machine::{self, Machine};
use crate::nodes::Nodes;
use crate::operator::{KUBEPKI, Operator};
use crate::pod::Pod;
use crate::process::{output, wait_for};
use crate::runner::{Node, Runner};
use crate::tools;

/// What runs on every node; the first is what others wait for.
const PODS: [&str; 4] = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
];

/// Those that work when they hold a lease.
const LEADERS: [&str; 2] = [PODS[2], PODS[3]];

/// The programs.
pub struct Programs {
    pods: Vec<PathBuf>,
    kubectl: PathBuf,
}

impl Programs {
    /// Where they are; what is missing is named.
    pub fn find() -> Option<Self> {
        let pods = PODS.iter().map(|name| tools::component(name));
        Some(Programs {
            pods: pods.collect::<Option<_>>()?,
            kubectl: tools::kubectl()?,
        })
    }
}

/// A cluster that runs.
pub struct Cluster {
    // Ended in this order.
    runners: Vec<Runner>,
    machines: Vec<Machine>,
    folder: PathBuf,
    nodes: Nodes,
    programs: Programs,
}

impl Cluster {
    /// Makes so many nodes, and starts everything on them.
    pub fn start(folder: &Path, count: u8, programs: Programs) -> Self {
        machine::connect();
        let addresses = (1..=count).map(machine::address).collect();
        let options = ["--key-algorithm=ECDSA-P256"];
        let nodes = Nodes::make_at(addresses, folder, &options);
        fs::create_dir(folder.join("ready")).unwrap();
        let mut cluster = Cluster {
            runners: Vec::new(),
            machines: Vec::new(),
            folder: folder.to_owned(),
            nodes,
            programs,
        };
        for number in 1..=count {
            cluster.add(number);
        }
        wait_for("everything is ready", &mut [], || cluster.is_ready());
        cluster
    }

    fn add(&mut self, number: u8) {
        let place = usize::from(number - 1);
        let (name, rootfs) = (self.nodes.names()[place], self.nodes.rootfs(place));
        let systemctl = rootfs.join("stand-ins/systemctl");
        fs::create_dir(systemctl.parent().unwrap()).unwrap();
        fs::copy(SYSTEMCTL, systemctl).unwrap();
        let own = PathBuf::from(KUBEPKI);
        let programs = self.programs.pods.iter().chain([&own]);
        let mut folders: Vec<PathBuf> = programs
            .map(|program| program.parent().unwrap().to_owned())
            .collect();
        folders.dedup();
        let machine = Machine::start(&rootfs, name, number, &folders);
        let pods: Vec<_> = PODS.into_iter().zip(self.programs.pods.clone()).collect();
        let first = machine.first();
        let command = move |pod: &str| {
            let (_, program) = pods.iter().find(|(name, _)| *name == pod).unwrap();
            let pod = Pod::read(&rootfs, pod);
            pod.add_to(machine::command(first, program))
        };
        for pod in PODS {
            fs::write(self.ready(name, &format!("{pod}.runs")), "").unwrap();
        }
        self.runners.push(Runner::start(Node {
            name: name.to_owned(),
            manifests: self.nodes.rootfs(place).join("etc/kubernetes/manifests"),
            ready: self.folder.join("ready"),
            logs: self.folder.clone(),
            network: Some(machine.network()),
            pods: PODS.to_vec(),
            command: Box::new(command),
        }));
        self.machines.push(machine);
    }

    fn ready(&self, node: &str, pod: &str) -> PathBuf {
        self.folder.join("ready").join(format!("{node}.{pod}"))
    }

    fn is_ready(&self) -> Result<(), String> {
        for node in self.nodes.names() {
            let mut pods = PODS.iter();
            if let Some(pod) = pods.find(|pod| !self.ready(node, pod).exists()) {
                return Err(format!("{pod}@{node} is not: {}", self.log(node, pod)));
            }
        }
        Ok(())
    }

    fn log(&self, node: &str, pod: &str) -> String {
        let log = fs::read(self.folder.join(format!("{node}.{pod}.log")));
        let log = String::from_utf8_lossy(&log.unwrap_or_default()).into_owned();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    /// Somebody who changes it: on the node itself, where there is only one.
    pub fn operator(&self) -> Operator<'_> {
        match self.machines.as_slice() {
            [machine] => Operator::on_a_node(|| {
                let mut command = machine.command(KUBEPKI);
                command.env("PATH", "/stand-ins:/usr/bin:/bin");
                command
            }),
            _ => {
                let (nodes, ready) = (self.folder.join("nodes"), self.folder.join("ready"));
                Operator::beside(&nodes, self.nodes.names(), &ready)
            }
        }
    }

    /// Every kube-apiserver.
    pub fn servers(&self) -> Vec<SocketAddr> {
        let addresses = self.nodes.addresses.iter();
        addresses.map(|address| (*address, 6443).into()).collect()
    }

    /// What is in a kubeconfig of the first node's.
    pub fn kubeconfig(&self, name: &str) -> Credentials {
        let path = self
            .nodes
            .rootfs(0)
            .join(format!("etc/kubernetes/{name}.conf"));
        credentials(&fs::read_to_string(path).unwrap())
    }

    /// Whom a kubeconfig trusts, on every node.
    pub fn trusted_by(&self, name: &str) -> Vec<String> {
        let files = self.files(&format!("{name}.conf")).into_iter();
        let trust = files.map(|text| credentials(&text).trust);
        trust
            .map(|trust| String::from_utf8(trust).unwrap())
            .collect()
    }

    /// What lies below `/etc/kubernetes` of every node, by node.
    pub fn files(&self, name: &str) -> Vec<String> {
        let trees = self.nodes.trees().into_iter();
        let text = |(_, rootfs): (_, PathBuf)| {
            fs::read_to_string(rootfs.join("etc/kubernetes").join(name)).unwrap()
        };
        trees.map(text).collect()
    }

    /// What the first kube-apiserver that answers says to somebody who may do everything.
    pub fn api(&self, method: &str, path: &str, body: &str) -> Result<Value, String> {
        let almighty = self.kubeconfig("super-admin");
        let mut last = String::new();
        for server in self.servers() {
            let client = Client::new(server, &almighty);
            match client.and_then(|mut client| client.ask(method, path, body)) {
                Ok(answer) if answer.status < 300 => {
                    return Ok(serde_json::from_str(&answer.body).unwrap());
                }
                Ok(answer) => last = answer.body,
                Err(failure) => last = failure.to_string(),
            }
        }
        Err(last)
    }

    /// The authorities that pods are given, once there are so many.
    pub fn pods_trust(&self, count: usize) -> Vec<u8> {
        let path = "/api/v1/namespaces/default/configmaps/kube-root-ca.crt";
        wait_for("kube-root-ca.crt", &mut [], || {
            let text = self.api("GET", path, "")?["data"]["ca.crt"].clone();
            let text = text.as_str().unwrap().to_owned();
            match text.matches("BEGIN").count() {
                found if found == count => Ok(text.into_bytes()),
                found => Err(format!("it has {found}")),
            }
        })
    }

    /// A new token of an account's, with what its pods trust.
    pub fn token(&self, trust: Vec<u8>) -> Credentials {
        let path = "/api/v1/namespaces/default/serviceaccounts/default/token";
        let token = wait_for("a token", &mut [], || {
            self.api("POST", path, "{\"spec\":{}}")
        });
        let token = token["status"]["token"].as_str().unwrap().to_owned();
        Credentials {
            trust,
            pair: None,
            token: Some(token),
        }
    }

    /// Waits until whoever works with a lease has renewed it from now on.
    pub fn leaders_lead(&self) {
        for name in LEADERS {
            let path = format!("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/{name}");
            let renewed = || Ok(self.api("GET", &path, "")?["spec"]["renewTime"].to_string());
            let before = wait_for(name, &mut [], renewed);
            wait_for(name, &mut [], || match renewed()? == before {
                true => Err("it is not renewed".to_owned()),
                false => Ok(()),
            });
        }
    }

    /// What real kubectl says with these to the first kube-apiserver.
    pub fn kubectl(&self, given: &Credentials) -> Result<String, String> {
        let file = |name: &str, content: &[u8]| {
            let path = self.folder.join(name);
            fs::write(&path, content).unwrap();
            path
        };
        let server = format!("--server=https://{}", self.servers()[0]);
        let mut command = Command::new(&self.programs.kubectl);
        command.args(["get", "--raw", "/readyz", "--kubeconfig=/dev/null", &server]);
        let path = file("trust.crt", &given.trust);
        command.arg("--certificate-authority").arg(path);
        if let Some((certificate, key)) = &given.pair {
            let (certificate, key) = (file("own.crt", certificate), file("own.key", key));
            command.arg("--client-certificate").arg(certificate);
            command.arg("--client-key").arg(key);
        }
        command.args(given.token.iter().map(|token| format!("--token={token}")));
        output(&mut command)
    }

    /// The lines in which a component says that a certificate kept a connection from coming about.
    pub fn complaints(&self) -> Vec<String> {
        let mut all = Vec::new();
        for node in self.nodes.names() {
            for pod in PODS {
                let log = fs::read(self.folder.join(format!("{node}.{pod}.log"))).unwrap();
                let log = String::from_utf8_lossy(&log);
                let lines = log.lines().filter(|line| line.contains("x509: "));
                all.extend(lines.map(|line| format!("{pod}@{node}: {line}")));
            }
        }
        all
    }
}

/// In systemd's place.
const SYSTEMCTL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/systemctl.sh");

/// Whom a kubeconfig trusts, and what it shows.
fn credentials(kubeconfig: &str) -> Credentials {
    let data = |key: &str| {
        let mut lines = kubeconfig.lines();
        let value = lines.find_map(|line| line.trim().strip_prefix(key));
        STANDARD.decode(value.unwrap().trim()).unwrap()
    };
    Credentials {
        trust: data("certificate-authority-data:"),
        pair: Some((data("client-certificate-data:"), data("client-key-data:"))),
        token: None,
    }
}
