//! A control plane of one node on a loopback address of its own: what the manifests that the
//! program wrote start.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::kubepki::init;
use crate::pod::Pod;
use crate::process::{Process, addresses, output, wait_for};
use crate::tools;

/// What issues certificates and publishes trust.
const CONTROLLER_MANAGER: &str = "kube-controller-manager";

/// The programs of a control plane, and kubectl.
pub struct Programs {
    etcd: PathBuf,
    apiserver: PathBuf,
    /// Those that work when they hold a lease, as far as they are there.
    leaders: Vec<(&'static str, PathBuf)>,
    kubectl: PathBuf,
}

impl Programs {
    /// Where they are; what is missing is named.
    pub fn find() -> Option<Self> {
        let leader = |name| Some((name, tools::component(name)?));
        Some(Programs {
            apiserver: tools::component("kube-apiserver")?,
            etcd: tools::etcd("etcd")?,
            kubectl: tools::kubectl()?,
            leaders: [CONTROLLER_MANAGER, "kube-scheduler"]
                .into_iter()
                .filter_map(leader)
                .collect(),
        })
    }

    /// Whether the cluster has a controller manager.
    pub fn have_controllers(&self) -> bool {
        self.leaders
            .iter()
            .any(|(name, _)| *name == CONTROLLER_MANAGER)
    }
}

/// A node of a control plane, and what runs on it.
pub struct Plane<'a> {
    programs: &'a Programs,
    folder: PathBuf,
    address: Ipv4Addr,
    running: Vec<Process>,
}

impl<'a> Plane<'a> {
    /// Makes all files of a node in the folder; nothing runs yet.
    pub fn make(programs: &'a Programs, folder: &Path, options: &[String]) -> Self {
        let [address] = addresses();
        let configuration = folder.join("kubeadm.yaml");
        fs::write(&configuration, text(address)).unwrap();
        let plane = Plane {
            programs,
            folder: folder.to_owned(),
            address,
            running: Vec::new(),
        };
        fs::create_dir(plane.rootfs()).unwrap();
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        init(&configuration, &plane.rootfs(), &options);
        plane
    }

    /// The configuration that it was made from.
    pub fn configuration(&self) -> String {
        fs::read_to_string(self.file("kubeadm.yaml")).unwrap()
    }

    /// The address of the API server.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The root of the node.
    pub fn rootfs(&self) -> PathBuf {
        self.folder.join("rootfs")
    }

    /// A file beside the node's.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A file of the PKI directory.
    pub fn pki(&self, name: &str) -> PathBuf {
        self.rootfs().join("etc/kubernetes/pki").join(name)
    }

    /// Starts everything; panics when something does not get ready or wins no lease.
    pub fn start(&mut self) {
        let etcd = self.pod("etcd").for_etcd(&self.programs.etcd);
        self.run("etcd", &etcd, &self.programs.etcd);
        let apiserver = self.on_loopback(self.pod("kube-apiserver"));
        self.run("kube-apiserver", &apiserver, &self.programs.apiserver);
        let admin = self.kubectl("super-admin");
        self.wait_for("/readyz", || admin.run(&["get", "--raw", "/readyz"]));
        for (name, program) in &self.programs.leaders {
            self.run(name, &self.pod(name), program);
        }
        for (name, _) in &self.programs.leaders {
            let lease = ["get", "lease", "-n", "kube-system", name];
            self.wait_for(name, || {
                let holder = &admin.object(&lease)?["spec"]["holderIdentity"];
                holder.as_str().map(drop).ok_or("nobody holds it".into())
            });
        }
    }

    /// Starts a component again, as its manifest says now; whether it is one that runs here.
    #[cfg(feature = "cluster")]
    pub fn restart(&mut self, name: &str) -> bool {
        let programs = [
            ("etcd", &self.programs.etcd),
            ("kube-apiserver", &self.programs.apiserver),
        ];
        let leaders = self.programs.leaders.iter();
        let mut all = programs
            .into_iter()
            .chain(leaders.map(|(name, program)| (*name, program)));
        let Some((_, program)) = all.find(|(own, _)| *own == name) else {
            return false;
        };
        let program = program.clone();
        self.running.retain(|process| process.name() != name);
        let mut pod = self.pod(name);
        if name == "etcd" {
            pod = pod.for_etcd(&program);
        }
        if name == "kube-apiserver" {
            pod = self.on_loopback(pod);
        }
        self.run(name, &pod, &program);
        true
    }

    /// An address of loopback cannot be told to others: the Service kubernetes has none.
    fn on_loopback(&self, apiserver: Pod) -> Pod {
        apiserver
            .with("--bind-address", &self.address.to_string())
            .with("--endpoint-reconciler-type", "none")
    }

    fn pod(&self, name: &str) -> Pod {
        let rootfs = self.rootfs();
        Pod::read(&rootfs, name).below(&rootfs).at(self.address)
    }

    fn run(&mut self, name: &str, pod: &Pod, program: &Path) {
        let process = Process::start(name, &mut pod.command(program), &self.folder);
        self.running.push(process);
    }

    /// Tries until it succeeds, for as long as everything runs.
    pub fn wait_for<T>(&mut self, what: &str, attempt: impl FnMut() -> Result<T, String>) -> T {
        wait_for(what, &mut self.running, attempt)
    }

    /// A kubectl with one of the node's kubeconfigs.
    pub fn kubectl(&self, name: &str) -> Kubectl {
        let path = self.rootfs().join(format!("etc/kubernetes/{name}.conf"));
        self.with(&["--kubeconfig".as_ref(), path.as_ref()])
    }

    /// A kubectl that says with options who it is, and what it trusts.
    pub fn with(&self, options: &[&Path]) -> Kubectl {
        let server = format!("https://{}:6443", self.address);
        let mut arguments: Vec<PathBuf> = options.iter().map(PathBuf::from).collect();
        arguments.extend(["--server".into(), server.into()]);
        arguments.extend(["--cache-dir".into(), self.folder.join("cache")]);
        Kubectl {
            program: self.programs.kubectl.clone(),
            arguments,
        }
    }
}

/// kubectl, as somebody.
pub struct Kubectl {
    program: PathBuf,
    arguments: Vec<PathBuf>,
}

impl Kubectl {
    /// What it prints.
    pub fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.program);
        output(command.args(&self.arguments).args(arguments))
    }

    /// The object that it prints.
    pub fn object(&self, arguments: &[&str]) -> Result<Value, String> {
        let text = self.run(&[arguments, &["-o", "json"]].concat())?;
        serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))
    }

    /// The user and the groups that the API server takes it for.
    pub fn whoami(&self) -> Result<(String, Vec<String>), String> {
        let review = self.object(&["auth", "whoami"])?;
        let info = &review["status"]["userInfo"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let groups = info["groups"].as_array().into_iter().flatten().map(text);
        Ok((text(&info["username"]), groups.collect()))
    }
}

fn text(address: Ipv4Addr) -> String {
    format!(
        "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {{advertiseAddress: {address}}}
nodeRegistration: {{name: cp-1}}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.0
controlPlaneEndpoint: {address}:6443
"
    )
}
